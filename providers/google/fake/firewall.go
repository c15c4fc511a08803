package fake

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// firewall is a rule for the traffic of a network.
type firewall struct {
	head
	Network               string          `json:"network,omitempty"`
	Priority              *int            `json:"priority,omitempty"`
	Direction             string          `json:"direction,omitempty" enum:"EGRESS,INGRESS"`
	Allowed               []*trafficKind  `json:"allowed,omitempty"`
	Denied                []*trafficKind  `json:"denied,omitempty"`
	SourceRanges          []string        `json:"sourceRanges,omitempty"`
	DestinationRanges     []string        `json:"destinationRanges,omitempty"`
	SourceTags            []string        `json:"sourceTags,omitempty"`
	TargetTags            []string        `json:"targetTags,omitempty"`
	SourceServiceAccounts []string        `json:"sourceServiceAccounts,omitempty"`
	TargetServiceAccounts []string        `json:"targetServiceAccounts,omitempty"`
	Disabled              bool            `json:"disabled"`
	LogConfig             *firewallLog    `json:"logConfig,omitempty"`
	Params                *resourceParams `json:"params,omitempty"`
}

// trafficKind is a protocol and its ports.
type trafficKind struct {
	IPProtocol string   `json:"IPProtocol,omitempty"`
	Ports      []string `json:"ports,omitempty"`
}

// firewallLog says whether hits are logged.
type firewallLog struct {
	Enable   bool   `json:"enable"`
	Metadata string `json:"metadata,omitempty" enum:"EXCLUDE_ALL_METADATA,INCLUDE_ALL_METADATA"`
}

func (f *firewall) assign(m map[string]any) error { return fill(f, m) }

func (c *Cloud) firewalls() *family[*firewall] {
	return &family[*firewall]{
		c: c, collection: "firewalls", kind: "compute#firewall", table: &c.s.Firewalls,
		fresh: func() *firewall { return new(firewall) }, takes: c.o.Settle, removal: c.o.Settle,
		complete: c.completeFirewall,
		view:     func(_ *request, f *firewall) map[string]any { return visible(f) },
		guard:    func(*request, *firewall, *operation) error { return nil },
	}
}

func (c *Cloud) completeFirewall(q *request, f *firewall, _ *operation) error {
	if f.Network == "" {
		f.Network = "global/networks/default"
	}
	path, err := q.reference("resource.network", f.Network, "networks")
	if err != nil {
		return err
	}
	if _, found := c.s.Networks.Find(path); !found {
		return notFound(path)
	}
	n, err := referTo(c, q, c.s.Networks, "resource.network", f.Network, "networks")
	if err != nil {
		return err
	}
	f.Network, f.Params = n.SelfLink, nil
	if count(c.s.Firewalls, q.project(), "", every[*firewall]) >= c.o.Quota.Firewalls {
		return quotaExceeded("FIREWALLS", c.o.Quota.Firewalls, "globally")
	}
	return f.check()
}

// check fills what a client may leave out and refuses what does not fit together.
func (f *firewall) check() error {
	if f.Priority == nil {
		p := 1000
		f.Priority = &p
	}
	if *f.Priority < 0 || *f.Priority > 65535 {
		return invalidField("resource.priority", *f.Priority, "Must be between 0 and 65535, inclusive.")
	}
	if f.Direction == "" {
		f.Direction = "INGRESS"
	}
	if f.LogConfig == nil {
		f.LogConfig = &firewallLog{}
	}
	if f.LogConfig.Metadata != "" && !f.LogConfig.Enable {
		return invalidField("resource.logConfig.metadata", f.LogConfig.Metadata, "This field can only be specified if logging is enabled.")
	}
	if f.LogConfig.Enable && f.LogConfig.Metadata == "" {
		f.LogConfig.Metadata = "INCLUDE_ALL_METADATA"
	}
	switch {
	case len(f.Allowed) == 0 && len(f.Denied) == 0:
		return required("resource.allowed")
	case len(f.Allowed) > 0 && len(f.Denied) > 0:
		return invalidField("resource.denied", "", "Only one of allowed and denied can be specified in a firewall rule.")
	}
	if err := checkTraffic("resource.allowed", f.Allowed); err != nil {
		return err
	}
	if err := checkTraffic("resource.denied", f.Denied); err != nil {
		return err
	}
	if err := f.checkEnds(); err != nil {
		return err
	}
	f.everywhere()
	return nil
}

// everywhere fills the ranges of a rule without any end.
func (f *firewall) everywhere() {
	if f.Direction == "EGRESS" && len(f.DestinationRanges) == 0 {
		f.DestinationRanges = []string{"0.0.0.0/0"}
	}
	if f.Direction == "INGRESS" && len(f.SourceRanges)+len(f.SourceTags)+len(f.SourceServiceAccounts) == 0 {
		f.SourceRanges = []string{"0.0.0.0/0"}
	}
}

// checkEnds refuses sources and targets that are invalid or cannot be combined.
func (f *firewall) checkEnds() error {
	accounts := len(f.SourceServiceAccounts) + len(f.TargetServiceAccounts)
	switch {
	case f.Direction == "EGRESS" && len(f.SourceTags) > 0:
		return invalidField("resource.sourceTags", f.SourceTags, "Source tags cannot be specified for EGRESS rules.")
	case f.Direction == "EGRESS" && len(f.SourceServiceAccounts) > 0:
		return invalidField("resource.sourceServiceAccounts", f.SourceServiceAccounts, "Source service accounts cannot be specified for EGRESS rules.")
	case accounts > 0 && len(f.SourceTags)+len(f.TargetTags) > 0:
		return invalidField("resource", f.Name, "Tags cannot be used together with service accounts in a firewall rule.")
	case len(f.SourceServiceAccounts) > 10 || len(f.TargetServiceAccounts) > 10:
		return invalidField("resource.targetServiceAccounts", accounts, "At most 10 service accounts can be specified.")
	}
	for field, list := range map[string][]string{"sourceRanges": f.SourceRanges, "destinationRanges": f.DestinationRanges} {
		for i, s := range list {
			if !isRange(s) {
				return invalidField(fmt.Sprintf("resource.%s[%d]", field, i), s, "Must be a valid IPV4 or IPV6 address range.")
			}
		}
	}
	for field, list := range map[string][]string{"sourceTags": f.SourceTags, "targetTags": f.TargetTags} {
		for i, s := range list {
			if err := checkName(fmt.Sprintf("resource.%s[%d]", field, i), s); err != nil {
				return err
			}
		}
	}
	return nil
}

// isRange tells whether s is an address or a CIDR block without host bits.
func isRange(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	p, err := netip.ParsePrefix(s)
	return err == nil && p == p.Masked()
}

var protocolNames = []string{"tcp", "udp", "icmp", "esp", "ah", "ipip", "sctp", "all"}

// portRange matches one port or two with a hyphen.
var portRange = providers.NewPattern(`^(\d{1,5})(?:-(\d{1,5}))?$`)

func checkTraffic(field string, list []*trafficKind) error {
	for i, k := range list {
		where := fmt.Sprintf("%s[%d]", field, i)
		if k == nil || k.IPProtocol == "" {
			return required(where + ".IPProtocol")
		}
		k.IPProtocol = strings.ToLower(k.IPProtocol)
		if n, err := strconv.Atoi(k.IPProtocol); !slices.Contains(protocolNames, k.IPProtocol) && (err != nil || n < 0 || n > 255) {
			return invalidField(where+".IPProtocol", k.IPProtocol, "Must be a valid IP protocol.")
		}
		if len(k.Ports) > 0 && !slices.Contains([]string{"tcp", "udp", "sctp", "6", "17", "132"}, k.IPProtocol) {
			return invalidField(where+".ports", strings.Join(k.Ports, ","), "Ports can only be specified for TCP, UDP and SCTP.")
		}
		for j, p := range k.Ports {
			if !isPorts(p) {
				return invalidField(fmt.Sprintf("%s.ports[%d]", where, j), p, "Must be a valid port or port range.")
			}
		}
	}
	return nil
}

func isPorts(s string) bool {
	m := portRange.FindStringSubmatch(s)
	if m == nil {
		return false
	}
	from, _ := strconv.Atoi(m[1])
	to := from
	if m[2] != "" {
		to, _ = strconv.Atoi(m[2])
	}
	return from <= to && to <= 65535
}

// firewallFields are those that can change.
var firewallFields = []string{"allowed", "denied", "sourceRanges", "destinationRanges", "sourceTags", "targetTags",
	"sourceServiceAccounts", "targetServiceAccounts", "priority", "disabled", "logConfig", "description"}

func (c *Cloud) patchFirewall(q *request) (reply, error) {
	return c.firewalls().patch(q, firewallFields, func(_, f *firewall, sent map[string]any) error {
		// A rule whose logging is switched off keeps no other setting of it.
		if !f.LogConfig.enabled() && sent["logConfig"] != nil {
			f.LogConfig = &firewallLog{}
		}
		return f.check()
	})
}

func (l *firewallLog) enabled() bool { return l != nil && l.Enable }

// updateFirewall is PUT: what is not sent gets its default.
func (c *Cloud) updateFirewall(q *request) (reply, error) {
	var in firewall
	if err := q.decode("resource", &in); err != nil {
		return fail(err)
	}
	return c.firewalls().change(q, "update", func(f *firewall) error {
		same := in.Network == "" || equalText(in.Network, f.Network) || "projects/"+q.project()+"/"+shortLink(in.Network) == shortLink(f.Network)
		switch {
		case in.Name != "" && in.Name != f.Name:
			return invalidField("resource.name", in.Name, "The field cannot be changed by this method.")
		case !same:
			return invalidField("resource.network", in.Network, "The field cannot be changed by this method.")
		case in.Direction != "" && in.Direction != f.Direction:
			return invalidField("resource.direction", in.Direction, "The field cannot be changed by this method.")
		}
		h := f.head
		h.Description = in.Description
		in.head, in.Network, in.Direction, in.Params = h, f.Network, f.Direction, nil
		*f = in
		return f.check()
	})
}
