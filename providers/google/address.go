package google

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/netip"
	"slices"

	compute "cloud.google.com/go/compute/apiv1"
	"cloud.google.com/go/compute/apiv1/computepb"

	"github.com/mlinfra/mlinfra/providers"
)

type address struct {
	providers.Aside

	ID                string            `cty:"id"                 is:"computed"              doc:"Path: projects/PROJECT/regions/REGION/addresses/NAME."`
	Name              string            `cty:"name"               is:"required,replace"      doc:"Name, unique in the region."`
	Region            string            `cty:"region"             is:"default,replace"       doc:"Region; absent means the provider's."`
	Project           string            `cty:"project"            is:"default,replace"       doc:"Id of the project; absent means the provider's."`
	Description       string            `cty:"description"        is:"optional,replace"      doc:"Free text."`
	Address           string            `cty:"address"            is:"default,replace"       doc:"The address; absent means any free one."`
	AddressType       string            `cty:"address_type"       is:"else=EXTERNAL,replace" doc:"EXTERNAL or INTERNAL."`
	Purpose           string            `cty:"purpose"            is:"default,replace"       doc:"What an internal one is for, such as GCE_ENDPOINT."`
	NetworkTier       string            `cty:"network_tier"       is:"default,replace"       doc:"PREMIUM or STANDARD, of an external one."`
	Subnetwork        string            `cty:"subnetwork"         is:"default,replace"       doc:"Name, path or URL of the subnetwork of an internal one."`
	Network           string            `cty:"network"            is:"optional,replace"      doc:"Name, path or URL of the network of a peering's range."`
	PrefixLength      int               `cty:"prefix_length"      is:"default,replace"       doc:"Length of the prefix of a range."`
	IPVersion         string            `cty:"ip_version"         is:"optional,replace"      doc:"IPV4 or IPV6; absent means IPV4."`
	IPv6EndpointType  string            `cty:"ipv6_endpoint_type" is:"optional,replace"      doc:"VM or NETLB, of an IPv6 address."`
	Labels            map[string]string `cty:"labels"             is:"optional,blind"        doc:"Labels by key."`
	TerraformLabels   map[string]string `cty:"terraform_labels"   is:"computed,blind"        doc:"Labels with the provider's default_labels."`
	EffectiveLabels   map[string]string `cty:"effective_labels"   is:"computed"              doc:"All labels, those of others included."`
	LabelFingerprint  string            `cty:"label_fingerprint"  is:"computed,after=effective_labels" doc:"Fingerprint of the labels."`
	Users             []string          `cty:"users"              is:"computed"              doc:"URLs of what uses it."`
	CreationTimestamp string            `cty:"creation_timestamp" is:"computed"              doc:"Time of creation, RFC 3339."`
	SelfLink          string            `cty:"self_link"          is:"computed"              doc:"URL of the address."`
}

var addressType = providers.Resource[*client, address]{
	Type:   "google_compute_address",
	Doc:    "A reserved address in one region.",
	Create: createAddress,
	Read:   readAddress,
	Import: func(id string) (x address, err error) {
		x.ID, err = importPath("projects/PROJECT/regions/REGION/addresses/NAME", id, 1)
		return x, err
	},
	Migrate: func(x *address) { migrateLabels(x.Labels, &x.TerraformLabels) },
	Update:  updateAddress,
	Delete:  deleteAddress,
	List:    listAddresses,
	// Not in labels: a new address takes none.
	Mark:   providers.InDescription,
	Spell:  spellAddress,
	Check:  checkAddress,
	Within: func(x address) string { return x.Project },
	Replay: true,
	Examples: []string{
		`resource "google_compute_address" "example" {
  name = "gateway"
}`,
		`resource "google_compute_address" "example" {
  name = "gateway"

  labels = {
    team = "ml"
  }
}`,
		`resource "google_compute_address" "example" {
  name         = "tracking"
  address_type = "INTERNAL"
  subnetwork   = "default"
  purpose      = "GCE_ENDPOINT"
  region       = "europe-west4"

  labels = {
    team = "ml"
  }
}`,
	},
}

// createAddress leaves the labels to an update: the API takes none here.
func createAddress(ctx context.Context, c *client, x *address, a providers.Attempt) error {
	project, region, err := c.projectRegion(x.Project, x.Region)
	if err != nil {
		return err
	}
	resource := &computepb.Address{
		Name: ptr(x.Name), Description: text(a.Describe(x.Description)), Address: text(x.Address), AddressType: ptr(x.AddressType),
		Purpose: text(x.Purpose), NetworkTier: text(x.NetworkTier), IpVersion: text(x.IPVersion), Ipv6EndpointType: text(x.IPv6EndpointType),
		Subnetwork: text(linkIn("projects/"+project+"/regions/"+region+"/subnetworks/", x.Subnetwork)),
		Network:    text(linkIn("projects/"+project+"/global/networks/", x.Network)),
	}
	if x.PrefixLength != 0 {
		resource.PrefixLength = ptr(int32(x.PrefixLength))
	}
	err = started(c.addresses.Insert(ctx, &computepb.InsertAddressRequest{Project: project, Region: region, AddressResource: resource, RequestId: requestID(a)}))
	if !isAnswer(err) {
		return err
	}
	x.ID, x.Project, x.Region = fmt.Sprintf("projects/%s/regions/%s/addresses/%s", project, region, x.Name), project, region
	if len(x.EffectiveLabels) > 0 {
		return more(err)
	}
	return err
}

func readAddress(ctx context.Context, c *client, x *address) error {
	if err := c.locate(&x.ID); err != nil {
		return err
	}
	got, err := c.address(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	return x.fill(got)
}

func (c *client) address(ctx context.Context, id string) (*computepb.Address, error) {
	return c.addresses.Get(ctx, &computepb.GetAddressRequest{Project: part(id, "projects"), Region: part(id, "regions"), Address: lastPart(id)})
}

// updateAddress changes the labels: all else replaces.
func updateAddress(ctx context.Context, c *client, was address, x *address) error {
	x.ID = was.ID
	got, err := c.address(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	if maps.Equal(userLabels(got.GetLabels()), x.EffectiveLabels) {
		return x.fill(got)
	}
	return gone(started(c.addresses.SetLabels(ctx, &computepb.SetLabelsAddressRequest{
		Project: part(x.ID, "projects"), Region: part(x.ID, "regions"), Resource: lastPart(x.ID),
		RegionSetLabelsRequestResource: &computepb.RegionSetLabelsRequest{
			Labels: withForeign(x.EffectiveLabels, got.GetLabels()), LabelFingerprint: got.LabelFingerprint,
		},
	})))
}

// deleteAddress is refused while something uses it: classify says busy.
func deleteAddress(ctx context.Context, c *client, x address) error {
	return gone(started(c.addresses.Delete(ctx, &computepb.DeleteAddressRequest{
		Project: part(x.ID, "projects"), Region: part(x.ID, "regions"), Address: lastPart(x.ID),
	})))
}

func listAddresses(ctx context.Context, c *client, in address) iter.Seq2[address, error] {
	project, err := c.project(in.Project)
	if err != nil {
		return failed[address](err)
	}
	it := c.addresses.AggregatedList(ctx, &computepb.AggregatedListAddressesRequest{Project: project, MaxResults: ptr(uint32(pageSize))})
	regional := func(p compute.AddressesScopedListPair) []*computepb.Address {
		// Those of no region are google_compute_global_address.
		return slices.DeleteFunc(p.Value.GetAddresses(), func(a *computepb.Address) bool { return a.GetRegion() == "" })
	}
	return each(items(it.Next, regional), (*address).fill)
}

func (x *address) fill(got *computepb.Address) error {
	x.ID, x.Name, x.SelfLink = path(got.GetSelfLink()), got.GetName(), got.GetSelfLink()
	x.Project, x.Region = part(x.ID, "projects"), lastPart(got.GetRegion())
	x.Description, x.Owner = providers.OwnDescription(got.GetDescription())
	x.Address, x.AddressType, x.Purpose = got.GetAddress(), got.GetAddressType(), got.GetPurpose()
	x.NetworkTier, x.Subnetwork, x.Network = got.GetNetworkTier(), got.GetSubnetwork(), got.GetNetwork()
	x.PrefixLength, x.IPVersion, x.IPv6EndpointType = int(got.GetPrefixLength()), got.GetIpVersion(), got.GetIpv6EndpointType()
	x.EffectiveLabels, x.LabelFingerprint = userLabels(got.GetLabels()), got.GetLabelFingerprint()
	x.Users, x.CreationTimestamp = got.GetUsers(), got.GetCreationTimestamp()
	return nil
}

func spellAddress(was address, x *address) {
	respell(was.Region, &x.Region)
	respell(was.Subnetwork, &x.Subnetwork)
	respell(was.Network, &x.Network)
	if cmp.Or(was.IPVersion, "IPV4") == cmp.Or(x.IPVersion, "IPV4") {
		x.IPVersion = was.IPVersion
	}
}

// checkAddress speaks of new ones only: the cloud fills what is left to it.
func checkAddress(was *address, want address) error {
	if err := checkName(want.Name); err != nil {
		return err
	}
	if err := checkLabels(want.Labels); err != nil {
		return err
	}
	internal := want.AddressType == "INTERNAL"
	switch {
	case !internal && want.AddressType != "EXTERNAL":
		return fmt.Errorf("address_type %q is neither EXTERNAL nor INTERNAL", want.AddressType)
	case was != nil:
		return nil
	case internal && want.NetworkTier != "":
		return fmt.Errorf("network_tier %q is that of an EXTERNAL address: leave it out", want.NetworkTier)
	case !slices.Contains([]string{"", "PREMIUM", "STANDARD"}, want.NetworkTier):
		return fmt.Errorf("network_tier %q is neither PREMIUM nor STANDARD", want.NetworkTier)
	case !internal && cmp.Or(want.Purpose, want.Network) != "":
		return errors.New("purpose and network are those of an address_type INTERNAL")
	case !internal && want.Subnetwork != "" && want.IPVersion != "IPV6":
		return errors.New("subnetwork is that of an address_type INTERNAL, or of an ip_version IPV6")
	case !slices.Contains([]string{"", "IPV4", "IPV6"}, want.IPVersion):
		return fmt.Errorf("ip_version %q is neither IPV4 nor IPV6", want.IPVersion)
	case !slices.Contains([]string{"", "VM", "NETLB"}, want.IPv6EndpointType):
		return fmt.Errorf("ipv6_endpoint_type %q is neither VM nor NETLB", want.IPv6EndpointType)
	}
	if _, err := netip.ParseAddr(want.Address); want.Address != "" && err != nil {
		return fmt.Errorf("address %q is no IP address", want.Address)
	}
	return nil
}
