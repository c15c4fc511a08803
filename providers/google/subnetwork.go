package google

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	compute "cloud.google.com/go/compute/apiv1"
	"cloud.google.com/go/compute/apiv1/computepb"

	"github.com/mlinfra/mlinfra/providers"
)

type subnetwork struct {
	providers.Aside

	ID                      string           `cty:"id"                         is:"computed"         doc:"Path: projects/PROJECT/regions/REGION/subnetworks/NAME."`
	Name                    string           `cty:"name"                       is:"required,replace" doc:"Name, unique in the region."`
	Network                 string           `cty:"network"                    is:"required,replace" doc:"Name, path or URL of the network it belongs to."`
	IPCIDRRange             string           `cty:"ip_cidr_range"              is:"required"         doc:"IPv4 range in CIDR notation; one that does not grow replaces."`
	Region                  string           `cty:"region"                     is:"default,replace"  doc:"Region; absent means the provider's."`
	Project                 string           `cty:"project"                    is:"default,replace"  doc:"Id of the project; absent means the provider's."`
	Description             string           `cty:"description"                is:"optional,replace" doc:"Free text."`
	Purpose                 string           `cty:"purpose"                    is:"default,replace"  doc:"What it is for: PRIVATE, or REGIONAL_MANAGED_PROXY and others."`
	Role                    string           `cty:"role"                       is:"default"          doc:"ACTIVE or BACKUP, of a subnetwork for proxies."`
	PrivateIPGoogleAccess   *bool            `cty:"private_ip_google_access"   is:"default"          doc:"Whether instances without public address reach Google's APIs."`
	PrivateIPv6GoogleAccess string           `cty:"private_ipv6_google_access" is:"default"          doc:"The same for IPv6, such as DISABLE_GOOGLE_ACCESS."`
	SecondaryIPRanges       []secondaryRange `cty:"secondary_ip_range"         is:"default"          doc:"Further ranges, for alias addresses such as those of pods."`
	LogConfig               []subnetworkLog  `cty:"log_config"                 is:"optional,max=1"   doc:"Log of the traffic; absent means none."`
	StackType               string           `cty:"stack_type"                 is:"default"          doc:"IPV4_ONLY or IPV4_IPV6."`
	IPv6AccessType          string           `cty:"ipv6_access_type"           is:"default"          doc:"INTERNAL or EXTERNAL, of a subnetwork with IPv6."`
	IPv6CIDRRange           string           `cty:"ipv6_cidr_range"            is:"computed,after=stack_type,after=ipv6_access_type" doc:"IPv6 range in CIDR notation."`
	InternalIPv6Prefix      string           `cty:"internal_ipv6_prefix"       is:"computed,after=stack_type,after=ipv6_access_type" doc:"IPv6 range within the network."`
	ExternalIPv6Prefix      string           `cty:"external_ipv6_prefix"       is:"computed,after=stack_type,after=ipv6_access_type" doc:"IPv6 range that the Internet reaches."`
	GatewayAddress          string           `cty:"gateway_address"            is:"computed,after=ip_cidr_range" doc:"Address of the gateway."`
	CreationTimestamp       string           `cty:"creation_timestamp"         is:"computed"         doc:"Time of creation, RFC 3339."`
	SelfLink                string           `cty:"self_link"                  is:"computed"         doc:"URL of the subnetwork."`
}

type secondaryRange struct {
	RangeName   string `cty:"range_name"    is:"required" doc:"Name, unique in the subnetwork."`
	IPCIDRRange string `cty:"ip_cidr_range" is:"required" doc:"IPv4 range in CIDR notation."`
}

type subnetworkLog struct {
	AggregationInterval string   `cty:"aggregation_interval" is:"else=INTERVAL_5_SEC"       doc:"Time in which packets make one entry, such as INTERVAL_10_MIN."`
	FlowSampling        *float64 `cty:"flow_sampling"        is:"optional"                  doc:"Part of the traffic that is logged, 0 to 1; absent means 0.5."`
	Metadata            string   `cty:"metadata"             is:"else=INCLUDE_ALL_METADATA" doc:"INCLUDE_ALL_METADATA, EXCLUDE_ALL_METADATA or CUSTOM_METADATA."`
	MetadataFields      []string `cty:"metadata_fields"      is:"optional,set"              doc:"What entries tell when metadata is CUSTOM_METADATA."`
	FilterExpr          string   `cty:"filter_expr"          is:"else=true"                 doc:"CEL expression that chooses the traffic."`
}

var subnetworkType = providers.Resource[*client, subnetwork]{
	Type:   "google_compute_subnetwork",
	Doc:    "A range of addresses of a network in one region.",
	Create: createSubnetwork,
	Read:   readSubnetwork,
	Import: func(id string) (x subnetwork, err error) {
		x.ID, err = importPath("projects/PROJECT/regions/REGION/subnetworks/NAME", id, 1)
		return x, err
	},
	Update: updateSubnetwork,
	Delete: deleteSubnetwork,
	List:   listSubnetworks,
	Mark:   providers.InDescription,
	Normal: normalSubnetwork,
	Spell:  spellSubnetwork,
	Check:  checkSubnetwork,
	Replaces: func(was, want subnetwork) []string {
		if want.IPCIDRRange != "" && !holds(want.IPCIDRRange, was.IPCIDRRange) {
			return []string{"ip_cidr_range"}
		}
		return nil
	},
	Within: func(x subnetwork) string { return x.Project },
	Replay: true,
	Examples: []string{
		`resource "google_compute_network" "example" {
  name                    = "ml"
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "example" {
  name          = "ml"
  network       = google_compute_network.example.id
  ip_cidr_range = "10.20.1.0/24"
}`,
		`resource "google_compute_network" "example" {
  name                    = "ml"
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "example" {
  name                     = "ml"
  network                  = google_compute_network.example.id
  ip_cidr_range            = "10.20.0.0/20"
  private_ip_google_access = true

  secondary_ip_range {
    range_name    = "pods"
    ip_cidr_range = "10.24.0.0/14"
  }

  log_config {
    flow_sampling = 0.1
    metadata      = "EXCLUDE_ALL_METADATA"
  }
}`,
		`resource "google_compute_network" "example" {
  name                    = "ml"
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "example" {
  name          = "ml-europe"
  network       = google_compute_network.example.self_link
  region        = "europe-west4"
  description   = "Training."
  ip_cidr_range = "10.40.0.0/20"
}`,
	},
}

func createSubnetwork(ctx context.Context, c *client, x *subnetwork, a providers.Attempt) error {
	project, region, err := c.projectRegion(x.Project, x.Region)
	if err != nil {
		return err
	}
	resource := &computepb.Subnetwork{
		Name: ptr(x.Name), Description: text(a.Describe(x.Description)), IpCidrRange: ptr(x.IPCIDRRange),
		Network: ptr(linkIn("projects/"+project+"/global/networks/", x.Network)),
		Purpose: text(x.Purpose), Role: text(x.Role), StackType: text(x.StackType), Ipv6AccessType: text(x.IPv6AccessType),
		PrivateIpGoogleAccess: x.PrivateIPGoogleAccess, PrivateIpv6GoogleAccess: text(x.PrivateIPv6GoogleAccess),
		SecondaryIpRanges: secondaryRanges(x.SecondaryIPRanges),
	}
	if len(x.LogConfig) > 0 {
		resource.LogConfig = x.logConfig()
	}
	err = started(c.subnetworks.Insert(ctx, &computepb.InsertSubnetworkRequest{Project: project, Region: region, SubnetworkResource: resource, RequestId: requestID(a)}))
	if isAnswer(err) {
		x.ID, x.Project, x.Region = fmt.Sprintf("projects/%s/regions/%s/subnetworks/%s", project, region, x.Name), project, region
	}
	return err
}

func readSubnetwork(ctx context.Context, c *client, x *subnetwork) error {
	if err := c.locate(&x.ID); err != nil {
		return err
	}
	got, err := c.subnetwork(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	return x.fill(got)
}

func (c *client) subnetwork(ctx context.Context, id string) (*computepb.Subnetwork, error) {
	return c.subnetworks.Get(ctx, &computepb.GetSubnetworkRequest{Project: part(id, "projects"), Region: part(id, "regions"), Subnetwork: lastPart(id)})
}

// deleteSubnetwork is refused while anything is in it: classify says busy.
func deleteSubnetwork(ctx context.Context, c *client, x subnetwork) error {
	return gone(started(c.subnetworks.Delete(ctx, &computepb.DeleteSubnetworkRequest{
		Project: part(x.ID, "projects"), Region: part(x.ID, "regions"), Subnetwork: lastPart(x.ID),
	})))
}

func listSubnetworks(ctx context.Context, c *client, in subnetwork) iter.Seq2[subnetwork, error] {
	project, err := c.project(in.Project)
	if err != nil {
		return failed[subnetwork](err)
	}
	it := c.subnetworks.AggregatedList(ctx, &computepb.AggregatedListSubnetworksRequest{Project: project, MaxResults: ptr(uint32(pageSize))})
	next := items(it.Next, func(p compute.SubnetworksScopedListPair) []*computepb.Subnetwork { return p.Value.GetSubnetworks() })
	return each(next, (*subnetwork).fill)
}

func (x *subnetwork) fill(got *computepb.Subnetwork) error {
	x.ID, x.Name, x.SelfLink = path(got.GetSelfLink()), got.GetName(), got.GetSelfLink()
	x.Project, x.Region, x.Network = part(x.ID, "projects"), lastPart(got.GetRegion()), got.GetNetwork()
	x.Description, x.Owner = providers.OwnDescription(got.GetDescription())
	x.IPCIDRRange, x.GatewayAddress = got.GetIpCidrRange(), got.GetGatewayAddress()
	x.Purpose, x.Role, x.CreationTimestamp = got.GetPurpose(), got.GetRole(), got.GetCreationTimestamp()
	x.PrivateIPGoogleAccess, x.PrivateIPv6GoogleAccess = ptr(got.GetPrivateIpGoogleAccess()), got.GetPrivateIpv6GoogleAccess()
	x.StackType, x.IPv6AccessType, x.IPv6CIDRRange = got.GetStackType(), got.GetIpv6AccessType(), got.GetIpv6CidrRange()
	x.InternalIPv6Prefix, x.ExternalIPv6Prefix = got.GetInternalIpv6Prefix(), got.GetExternalIpv6Prefix()
	x.SecondaryIPRanges, x.LogConfig = nil, nil
	for _, r := range got.GetSecondaryIpRanges() {
		x.SecondaryIPRanges = append(x.SecondaryIPRanges, secondaryRange{r.GetRangeName(), r.GetIpCidrRange()})
	}
	if log := got.GetLogConfig(); log.GetEnable() {
		l := subnetworkLog{
			AggregationInterval: log.GetAggregationInterval(), FlowSampling: ptr(decimal(log.GetFlowSampling())),
			Metadata: log.GetMetadata(), FilterExpr: log.GetFilterExpr(),
		}
		if l.Metadata == customMetadata { // those of before stay, without effect
			l.MetadataFields = log.GetMetadataFields()
		}
		x.LogConfig = []subnetworkLog{l}
	}
	return nil
}

const customMetadata = "CUSTOM_METADATA"

// logConfig returns what is to be logged, or that nothing is.
func (x *subnetwork) logConfig() *computepb.SubnetworkLogConfig {
	if len(x.LogConfig) == 0 {
		return &computepb.SubnetworkLogConfig{Enable: ptr(false)}
	}
	l := x.LogConfig[0]
	log := &computepb.SubnetworkLogConfig{
		Enable: ptr(true), AggregationInterval: ptr(l.AggregationInterval),
		Metadata: ptr(l.Metadata), MetadataFields: l.MetadataFields, FilterExpr: ptr(l.FilterExpr),
	}
	if l.FlowSampling != nil {
		log.FlowSampling = ptr(float32(*l.FlowSampling))
	}
	return log
}

func secondaryRanges(list []secondaryRange) []*computepb.SubnetworkSecondaryRange {
	var out []*computepb.SubnetworkSecondaryRange
	for _, r := range list {
		out = append(out, &computepb.SubnetworkSecondaryRange{RangeName: ptr(r.RangeName), IpCidrRange: ptr(r.IPCIDRRange)})
	}
	return out
}

// decimal returns f as it is written, not as it is stored.
func decimal(f float32) float64 {
	d, _ := strconv.ParseFloat(strconv.FormatFloat(float64(f), 'g', -1, 32), 64) // our own text
	return d
}

func normalSubnetwork(x *subnetwork) {
	for i, l := range x.LogConfig {
		if l.FlowSampling == nil {
			x.LogConfig[i].FlowSampling = ptr(0.5)
		}
	}
}

func spellSubnetwork(was subnetwork, x *subnetwork) {
	respell(was.Network, &x.Network)
	respell(was.Region, &x.Region)
	x.SecondaryIPRanges = reordered(was.SecondaryIPRanges, x.SecondaryIPRanges)
	for i := range x.LogConfig {
		if i < len(was.LogConfig) && sameSampling(was.LogConfig[i].FlowSampling, x.LogConfig[i].FlowSampling) {
			x.LogConfig[i].FlowSampling = was.LogConfig[i].FlowSampling
		}
	}
}

func checkSubnetwork(was *subnetwork, want subnetwork) error {
	if err := checkName(want.Name); err != nil {
		return err
	}
	if err := checkRange("ip_cidr_range", want.IPCIDRRange, 4, 29); err != nil {
		return err
	}
	if err := checkSecondaryRanges(was, want); err != nil {
		return err
	}
	switch {
	case !slices.Contains([]string{"", "IPV4_ONLY", "IPV4_IPV6"}, want.StackType):
		return fmt.Errorf("stack_type %q is neither IPV4_ONLY nor IPV4_IPV6", want.StackType)
	case want.StackType == "IPV4_IPV6" && was == nil && want.IPv6AccessType == "":
		return errors.New("stack_type IPV4_IPV6 needs ipv6_access_type: INTERNAL or EXTERNAL")
	case !slices.Contains([]string{"", "ACTIVE", "BACKUP"}, want.Role):
		return fmt.Errorf("role %q is neither ACTIVE nor BACKUP", want.Role)
	}
	for _, l := range want.LogConfig {
		if err := l.check(); err != nil {
			return err
		}
	}
	return nil
}

// checkSecondaryRanges leaves out what is not known yet.
func checkSecondaryRanges(was *subnetwork, want subnetwork) error {
	taken := []string{want.IPCIDRRange}
	names := map[string]bool{}
	for _, r := range want.SecondaryIPRanges {
		if r.RangeName == "" || r.IPCIDRRange == "" {
			continue
		}
		if err := checkName(r.RangeName); err != nil {
			return fmt.Errorf("range_%w", err)
		}
		if err := checkRange("ip_cidr_range of "+r.RangeName, r.IPCIDRRange, 4, 29); err != nil {
			return err
		}
		if names[r.RangeName] {
			return fmt.Errorf("range_name %q stands twice", r.RangeName)
		}
		for _, other := range taken {
			if overlap(other, r.IPCIDRRange) {
				return fmt.Errorf("ip_cidr_range %s of %s overlaps with %s", r.IPCIDRRange, r.RangeName, other)
			}
		}
		names[r.RangeName], taken = true, append(taken, r.IPCIDRRange)
		if was != nil && r.replacesLast(was.SecondaryIPRanges, want.SecondaryIPRanges) {
			return fmt.Errorf("secondary_ip_range %s takes the name or addresses of the last one that goes, and both cannot be done at once: add it under another name or range, or keep one of the others for now", r.RangeName)
		}
	}
	return nil
}

// replacesLast reports whether r is in the way of one of have, all of which go.
func (r secondaryRange) replacesLast(have, want []secondaryRange) bool {
	if slices.ContainsFunc(have, func(h secondaryRange) bool { return slices.Contains(want, h) }) {
		return false
	}
	return slices.ContainsFunc(have, func(h secondaryRange) bool {
		return h.RangeName == r.RangeName || overlap(h.IPCIDRRange, r.IPCIDRRange)
	})
}

func (l subnetworkLog) check() error {
	intervals := []string{"INTERVAL_5_SEC", "INTERVAL_30_SEC", "INTERVAL_1_MIN", "INTERVAL_5_MIN", "INTERVAL_10_MIN", "INTERVAL_15_MIN"}
	switch {
	case !slices.Contains(intervals, l.AggregationInterval):
		return fmt.Errorf("aggregation_interval %q is none of %s", l.AggregationInterval, strings.Join(intervals, ", "))
	case l.FlowSampling != nil && (*l.FlowSampling < 0 || *l.FlowSampling > 1):
		return fmt.Errorf("flow_sampling %v is not between 0 and 1", *l.FlowSampling)
	case !slices.Contains([]string{"INCLUDE_ALL_METADATA", "EXCLUDE_ALL_METADATA", customMetadata}, l.Metadata):
		return fmt.Errorf("metadata %q is none of INCLUDE_ALL_METADATA, EXCLUDE_ALL_METADATA and CUSTOM_METADATA", l.Metadata)
	case (l.Metadata == customMetadata) != (len(l.MetadataFields) > 0):
		return fmt.Errorf("metadata %q with %d metadata_fields: they belong to CUSTOM_METADATA, which needs one", l.Metadata, len(l.MetadataFields))
	}
	return nil
}
