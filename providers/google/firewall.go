package google

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"cloud.google.com/go/compute/apiv1/computepb"

	"github.com/mlinfra/mlinfra/providers"
)

type firewall struct {
	providers.Aside

	ID                    string        `cty:"id"                      is:"computed"             doc:"Path: projects/PROJECT/global/firewalls/NAME."`
	Name                  string        `cty:"name"                    is:"required,replace"     doc:"Name, unique in the project."`
	Network               string        `cty:"network"                 is:"required,replace"     doc:"Name, path or URL of the network it rules."`
	Project               string        `cty:"project"                 is:"default,replace"      doc:"Id of the project; absent means the provider's."`
	Description           string        `cty:"description"             is:"optional"             doc:"Free text."`
	Direction             string        `cty:"direction"               is:"else=INGRESS,replace" doc:"INGRESS or EGRESS."`
	Priority              int           `cty:"priority"                is:"else=1000"            doc:"0 to 65535; the rule with the lowest number counts."`
	Disabled              bool          `cty:"disabled"                is:"else=false"           doc:"Whether the rule is switched off."`
	Allow                 []traffic     `cty:"allow"                   is:"optional,set"         doc:"Traffic that is let through."`
	Deny                  []traffic     `cty:"deny"                    is:"optional,set"         doc:"Traffic that is stopped."`
	SourceRanges          []string      `cty:"source_ranges"           is:"optional,set"         doc:"Ranges that the traffic comes from."`
	SourceTags            []string      `cty:"source_tags"             is:"optional,set"         doc:"Network tags of instances that it comes from."`
	SourceServiceAccounts []string      `cty:"source_service_accounts" is:"optional,set"         doc:"Service accounts of instances that it comes from."`
	DestinationRanges     []string      `cty:"destination_ranges"      is:"default,set"          doc:"Ranges that the traffic goes to."`
	TargetTags            []string      `cty:"target_tags"             is:"optional,set"         doc:"Network tags of the instances it is for; absent means all."`
	TargetServiceAccounts []string      `cty:"target_service_accounts" is:"optional,set"         doc:"Service accounts of the instances it is for."`
	LogConfig             []firewallLog `cty:"log_config"              is:"optional,max=1"       doc:"Log of what it meets; absent means none."`
	CreationTimestamp     string        `cty:"creation_timestamp"      is:"computed"             doc:"Time of creation, RFC 3339."`
	SelfLink              string        `cty:"self_link"               is:"computed"             doc:"URL of the rule."`
}

type traffic struct {
	Protocol string   `cty:"protocol" is:"required" doc:"tcp, udp, icmp, esp, ah, sctp, ipip, all, or a number."`
	Ports    []string `cty:"ports"    is:"optional" doc:"Ports and ranges such as 8000-9000; absent means all."`
}

type firewallLog struct {
	Metadata string `cty:"metadata" is:"required" doc:"INCLUDE_ALL_METADATA or EXCLUDE_ALL_METADATA."`
}

var firewallType = providers.Resource[*client, firewall]{
	Type:   "google_compute_firewall",
	Doc:    "A rule for the traffic of a network.",
	Create: createFirewall,
	Read:   readFirewall,
	Import: func(id string) (x firewall, err error) {
		x.ID, err = importPath("projects/PROJECT/global/firewalls/NAME", id, 1)
		return x, err
	},
	Update: updateFirewall,
	Delete: deleteFirewall,
	List:   listFirewalls,
	Mark:   providers.InDescription,
	Spell:  spellFirewall,
	Check:  checkFirewall,
	Within: func(x firewall) string { return x.Project },
	Replay: true,
	Examples: []string{
		`resource "google_compute_firewall" "example" {
  name          = "ssh"
  network       = "default"
  source_ranges = ["192.0.2.0/24"]

  allow {
    protocol = "tcp"
    ports    = ["22"]
  }
}`,
		`resource "google_compute_firewall" "example" {
  name        = "ssh"
  network     = "default"
  description = "Between the workers."
  priority    = 900
  source_tags = ["worker"]
  target_tags = ["worker"]

  allow {
    protocol = "tcp"
    ports    = ["22", "8000-9000"]
  }

  allow {
    protocol = "icmp"
  }

  log_config {
    metadata = "EXCLUDE_ALL_METADATA"
  }
}`,
		`resource "google_compute_firewall" "example" {
  name      = "no-mail"
  network   = "default"
  direction = "EGRESS"

  deny {
    protocol = "tcp"
    ports    = ["25"]
  }
}`,
	},
}

func createFirewall(ctx context.Context, c *client, x *firewall, a providers.Attempt) error {
	project, err := c.project(x.Project)
	if err != nil {
		return err
	}
	err = started(c.firewalls.Insert(ctx, &computepb.InsertFirewallRequest{Project: project, FirewallResource: x.request(project, a.Describe(x.Description)), RequestId: requestID(a)}))
	if isAnswer(err) {
		x.ID, x.Project = fmt.Sprintf("projects/%s/global/firewalls/%s", project, x.Name), project
	}
	return err
}

func readFirewall(ctx context.Context, c *client, x *firewall) error {
	if err := c.locate(&x.ID); err != nil {
		return err
	}
	got, err := c.firewalls.Get(ctx, &computepb.GetFirewallRequest{Project: part(x.ID, "projects"), Firewall: lastPart(x.ID)})
	if err != nil {
		return gone(err)
	}
	return x.fill(got)
}

// updateFirewall sends everything: what is missing is reset, which a patch of
// this client cannot say of lists. A mark is not missing.
func updateFirewall(ctx context.Context, c *client, was firewall, x *firewall) error {
	x.ID = was.ID
	project := part(x.ID, "projects")
	got, err := c.firewalls.Get(ctx, &computepb.GetFirewallRequest{Project: project, Firewall: lastPart(x.ID)})
	if err != nil {
		return gone(err)
	}
	resource := x.request(project, providers.KeepOwner(x.Description, got.GetDescription()))
	return gone(started(c.firewalls.Update(ctx, &computepb.UpdateFirewallRequest{Project: project, Firewall: lastPart(x.ID), FirewallResource: resource})))
}

func deleteFirewall(ctx context.Context, c *client, x firewall) error {
	return gone(started(c.firewalls.Delete(ctx, &computepb.DeleteFirewallRequest{Project: part(x.ID, "projects"), Firewall: lastPart(x.ID)})))
}

func listFirewalls(ctx context.Context, c *client, in firewall) iter.Seq2[firewall, error] {
	project, err := c.project(in.Project)
	if err != nil {
		return failed[firewall](err)
	}
	it := c.firewalls.List(ctx, &computepb.ListFirewallsRequest{Project: project, MaxResults: ptr(uint32(pageSize))})
	return each(it.Next, (*firewall).fill)
}

func (x *firewall) request(project, description string) *computepb.Firewall {
	resource := &computepb.Firewall{
		Name: ptr(x.Name), Network: ptr(linkIn("projects/"+project+"/global/networks/", x.Network)), Description: text(description),
		Direction: ptr(x.Direction), Priority: ptr(int32(x.Priority)), Disabled: ptr(x.Disabled),
		SourceRanges: x.SourceRanges, SourceTags: x.SourceTags, SourceServiceAccounts: x.SourceServiceAccounts,
		DestinationRanges: x.DestinationRanges, TargetTags: x.TargetTags, TargetServiceAccounts: x.TargetServiceAccounts,
		LogConfig: &computepb.FirewallLogConfig{Enable: ptr(len(x.LogConfig) > 0)},
	}
	for _, l := range x.LogConfig {
		resource.LogConfig.Metadata = ptr(l.Metadata)
	}
	for _, t := range x.Allow {
		resource.Allowed = append(resource.Allowed, &computepb.Allowed{IPProtocol: ptr(t.Protocol), Ports: t.Ports})
	}
	for _, t := range x.Deny {
		resource.Denied = append(resource.Denied, &computepb.Denied{IPProtocol: ptr(t.Protocol), Ports: t.Ports})
	}
	return resource
}

func (x *firewall) fill(got *computepb.Firewall) error {
	x.ID, x.Name, x.SelfLink = path(got.GetSelfLink()), got.GetName(), got.GetSelfLink()
	x.Project, x.Network, x.CreationTimestamp = part(x.ID, "projects"), got.GetNetwork(), got.GetCreationTimestamp()
	x.Description, x.Owner = providers.OwnDescription(got.GetDescription())
	x.Direction, x.Priority, x.Disabled = got.GetDirection(), int(got.GetPriority()), got.GetDisabled()
	x.SourceRanges, x.SourceTags, x.SourceServiceAccounts = got.GetSourceRanges(), got.GetSourceTags(), got.GetSourceServiceAccounts()
	x.DestinationRanges, x.TargetTags, x.TargetServiceAccounts = got.GetDestinationRanges(), got.GetTargetTags(), got.GetTargetServiceAccounts()
	x.Allow, x.Deny, x.LogConfig = nil, nil, nil
	for _, t := range got.GetAllowed() {
		x.Allow = append(x.Allow, traffic{t.GetIPProtocol(), t.GetPorts()})
	}
	for _, t := range got.GetDenied() {
		x.Deny = append(x.Deny, traffic{t.GetIPProtocol(), t.GetPorts()})
	}
	if log := got.GetLogConfig(); log.GetEnable() {
		x.LogConfig = []firewallLog{{log.GetMetadata()}}
	}
	return nil
}

func spellFirewall(was firewall, x *firewall) {
	respell(was.Network, &x.Network)
	respellTraffic(was.Allow, x.Allow)
	respellTraffic(was.Deny, x.Deny)
	respellRanges(was.SourceRanges, x.SourceRanges)
	respellRanges(was.DestinationRanges, x.DestinationRanges)
}

// respellTraffic gives x the case and order of was where both mean the same.
func respellTraffic(was, x []traffic) {
	for i, t := range x {
		for _, w := range was {
			if strings.EqualFold(w.Protocol, t.Protocol) && slices.Equal(slices.Sorted(slices.Values(w.Ports)), slices.Sorted(slices.Values(t.Ports))) {
				x[i] = w
			}
		}
	}
}

// respellRanges gives x the spelling of was where both mean the same: an
// address is a range of one, and IPv6 has many spellings.
func respellRanges(was, x []string) {
	for i, r := range x {
		for _, w := range was {
			if a, b := canonicalRange(w), canonicalRange(r); a.IsValid() && a == b {
				x[i] = w
			}
		}
	}
}

// canonicalRange is not valid for what is no range.
func canonicalRange(text string) netip.Prefix {
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(a, a.BitLen())
	}
	p, _ := netip.ParsePrefix(text)
	return p
}

func checkFirewall(_ *firewall, want firewall) error {
	if err := checkName(want.Name); err != nil {
		return err
	}
	sources := len(want.SourceRanges) + len(want.SourceTags) + len(want.SourceServiceAccounts)
	accounts := len(want.SourceServiceAccounts) + len(want.TargetServiceAccounts)
	switch {
	case want.Direction != "INGRESS" && want.Direction != "EGRESS":
		return fmt.Errorf("direction %q is neither INGRESS nor EGRESS", want.Direction)
	case want.Priority < 0 || want.Priority > 65535:
		return fmt.Errorf("priority %d is not between 0 and 65535", want.Priority)
	case len(want.Allow) == 0 && len(want.Deny) == 0:
		return errors.New("a firewall needs an allow or a deny block")
	case len(want.Allow) > 0 && len(want.Deny) > 0:
		return errors.New("allow and deny: a firewall has blocks of one kind; make a second one")
	case want.Direction == "INGRESS" && sources == 0:
		return errors.New(`direction INGRESS needs source_ranges, source_tags or source_service_accounts: for everybody, source_ranges = ["0.0.0.0/0"]`)
	case want.Direction == "EGRESS" && sources > 0:
		return errors.New("direction EGRESS goes with destination_ranges, not with source_ranges, source_tags or source_service_accounts")
	case accounts > 0 && len(want.SourceTags)+len(want.TargetTags) > 0:
		return errors.New("source_tags and target_tags cannot stand beside source_service_accounts and target_service_accounts")
	case len(want.SourceServiceAccounts) > 10 || len(want.TargetServiceAccounts) > 10:
		return errors.New("source_service_accounts and target_service_accounts hold at most ten each")
	}
	for _, l := range want.LogConfig {
		if l.Metadata != "INCLUDE_ALL_METADATA" && l.Metadata != "EXCLUDE_ALL_METADATA" {
			return fmt.Errorf("metadata %q of log_config is neither INCLUDE_ALL_METADATA nor EXCLUDE_ALL_METADATA", l.Metadata)
		}
	}
	for _, r := range slices.Concat(want.SourceRanges, want.DestinationRanges) {
		if p := canonicalRange(r); r != "" && (!p.IsValid() || p != p.Masked()) {
			return fmt.Errorf("source_ranges and destination_ranges: %q is not a range in CIDR notation without bits beyond its prefix", r)
		}
	}
	for _, t := range slices.Concat(want.Allow, want.Deny) {
		if err := t.check(); err != nil {
			return err
		}
	}
	return nil
}

var portSpec = providers.NewPattern(`^([0-9]{1,5})(?:-([0-9]{1,5}))?$`)

func (t traffic) check() error {
	protocol := strings.ToLower(t.Protocol)
	number, err := strconv.Atoi(protocol)
	if !slices.Contains([]string{"tcp", "udp", "icmp", "esp", "ah", "sctp", "ipip", "all"}, protocol) && (err != nil || number < 0 || number > 255) {
		return fmt.Errorf("protocol %q is none of tcp, udp, icmp, esp, ah, sctp, ipip, all, and no number up to 255", t.Protocol)
	}
	if len(t.Ports) > 0 && !slices.Contains([]string{"tcp", "udp", "sctp", "6", "17", "132"}, protocol) {
		return fmt.Errorf("ports %s: protocol %s has none", strings.Join(t.Ports, ", "), t.Protocol)
	}
	for _, p := range t.Ports {
		m := portSpec.FindStringSubmatch(p)
		if m == nil {
			return fmt.Errorf("ports: %q is no port and no range such as 8000-9000", p)
		}
		first, _ := strconv.Atoi(m[1]) // digits
		last := first
		if m[2] != "" {
			last, _ = strconv.Atoi(m[2])
		}
		if first > last || last > 65535 {
			return fmt.Errorf("ports: %q is not between 0 and 65535, the lower one first", p)
		}
	}
	return nil
}
