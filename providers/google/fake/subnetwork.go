package fake

import (
	"fmt"
	"net/netip"
	"strings"
)

// subnetwork is a range of addresses of a network in a region.
type subnetwork struct {
	head
	Network                          string            `json:"network,omitempty"`
	Region                           string            `json:"region,omitempty"`
	IPCidrRange                      string            `json:"ipCidrRange,omitempty"`
	GatewayAddress                   string            `json:"gatewayAddress,omitempty"`
	Fingerprint                      string            `json:"fingerprint,omitempty"`
	PrivateIPGoogleAccess            bool              `json:"privateIpGoogleAccess"`
	PrivateIpv6GoogleAccess          string            `json:"privateIpv6GoogleAccess,omitempty" enum:"DISABLE_GOOGLE_ACCESS,ENABLE_BIDIRECTIONAL_ACCESS_TO_GOOGLE,ENABLE_OUTBOUND_VM_ACCESS_TO_GOOGLE"`
	SecondaryIPRanges                []*secondaryRange `json:"secondaryIpRanges,omitempty"`
	Purpose                          string            `json:"purpose,omitempty" enum:"GLOBAL_MANAGED_PROXY,INTERNAL_HTTPS_LOAD_BALANCER,PEER_MIGRATION,PRIVATE,PRIVATE_NAT,PRIVATE_RFC_1918,PRIVATE_SERVICE_CONNECT,REGIONAL_MANAGED_PROXY"`
	Role                             string            `json:"role,omitempty" enum:"ACTIVE,BACKUP"`
	StackType                        string            `json:"stackType,omitempty" enum:"IPV4_IPV6,IPV4_ONLY,IPV6_ONLY"`
	Ipv6AccessType                   string            `json:"ipv6AccessType,omitempty" enum:"EXTERNAL,INTERNAL"`
	Ipv6CidrRange                    string            `json:"ipv6CidrRange,omitempty"`
	ExternalIpv6Prefix               string            `json:"externalIpv6Prefix,omitempty"`
	InternalIpv6Prefix               string            `json:"internalIpv6Prefix,omitempty"`
	IPCollection                     string            `json:"ipCollection,omitempty"`
	ReservedInternalRange            string            `json:"reservedInternalRange,omitempty"`
	AllowSubnetCidrRoutesOverlap     bool              `json:"allowSubnetCidrRoutesOverlap"`
	EnableFlowLogs                   bool              `json:"enableFlowLogs"`
	LogConfig                        *subnetworkLog    `json:"logConfig,omitempty"`
	State                            string            `json:"state,omitempty"`
	Params                           *resourceParams   `json:"params,omitempty"`
	SystemReservedInternalIpv6Ranges []string          `json:"systemReservedInternalIpv6Ranges,omitempty"`
	Book                             subnetworkBook    `json:"book" wire:"-"`
}

// subnetworkBook is what the fake remembers of a subnetwork.
type subnetworkBook struct {
	Auto bool `json:"auto"` // made by its auto mode network
}

// secondaryRange is a further range of a subnetwork, for alias addresses.
type secondaryRange struct {
	RangeName             string `json:"rangeName,omitempty"`
	IPCidrRange           string `json:"ipCidrRange,omitempty"`
	ReservedInternalRange string `json:"reservedInternalRange,omitempty"`
}

// subnetworkLog says what of the traffic is logged.
type subnetworkLog struct {
	Enable              bool     `json:"enable"`
	AggregationInterval string   `json:"aggregationInterval,omitempty" enum:"INTERVAL_10_MIN,INTERVAL_15_MIN,INTERVAL_1_MIN,INTERVAL_30_SEC,INTERVAL_5_MIN,INTERVAL_5_SEC"`
	FlowSampling        *float64 `json:"flowSampling,omitempty"`
	Metadata            string   `json:"metadata,omitempty" enum:"CUSTOM_METADATA,EXCLUDE_ALL_METADATA,INCLUDE_ALL_METADATA"`
	MetadataFields      []string `json:"metadataFields,omitempty"`
	FilterExpr          string   `json:"filterExpr,omitempty"`
}

func (s *subnetwork) assign(m map[string]any) error { return fill(s, m) }
func (s *subnetwork) Hidden() bool                  { return s.Book.Auto }

// region is the name of the region in the path.
func (s *subnetwork) region() string { return strings.Split(s.Key(), "/")[3] }

func (c *Cloud) subnetworks() *family[*subnetwork] {
	return &family[*subnetwork]{
		c: c, collection: "subnetworks", kind: "compute#subnetwork", table: &c.s.Subnetworks,
		fresh: func() *subnetwork { return new(subnetwork) }, takes: c.o.Settle, removal: c.o.Settle,
		complete: c.completeSubnetwork, view: c.subnetworkView, guard: c.guardSubnetwork,
	}
}

func (c *Cloud) completeSubnetwork(q *request, s *subnetwork, _ *operation) error {
	if s.Network == "" {
		return required("resource.network")
	}
	n, err := referTo(c, q, c.s.Networks, "resource.network", s.Network, "networks")
	if err != nil {
		return err
	}
	if s.IPCidrRange == "" {
		return required("resource.ipCidrRange")
	}
	if s.Region != "" && base(s.Region) != q.PathValue("region") {
		return invalidField("resource.region", s.Region, "The region does not match the one of the request.")
	}
	s.Network, s.Region = n.SelfLink, link("projects/"+q.project()+"/regions/"+q.PathValue("region"))
	if err := c.checkRanges(s, n); err != nil {
		return err
	}
	if count(c.s.Subnetworks, q.project(), "", every[*subnetwork]) >= c.o.Quota.Subnetworks+len(regions) {
		return quotaExceeded("SUBNETWORKS", c.o.Quota.Subnetworks, "globally")
	}
	s.Book, s.State, s.Params, s.SystemReservedInternalIpv6Ranges = subnetworkBook{}, "", nil, nil
	return s.defaults(n)
}

// defaults fills what a client may leave out, and checks what depends on it.
func (s *subnetwork) defaults(n *network) error {
	for _, f := range []struct {
		field *string
		value string
	}{
		{&s.Purpose, "PRIVATE"}, {&s.StackType, "IPV4_ONLY"}, {&s.PrivateIpv6GoogleAccess, "DISABLE_GOOGLE_ACCESS"},
	} {
		if *f.field == "" {
			*f.field = f.value
		}
	}
	proxy := s.Purpose == "REGIONAL_MANAGED_PROXY" || s.Purpose == "GLOBAL_MANAGED_PROXY" || s.Purpose == "INTERNAL_HTTPS_LOAD_BALANCER"
	switch {
	case s.Role != "" && !proxy:
		return invalidField("resource.role", s.Role, "Role can only be set for proxy-only subnetworks.")
	case s.StackType != "IPV4_ONLY" && s.Ipv6AccessType == "":
		return required("resource.ipv6AccessType")
	case s.StackType == "IPV4_ONLY" && s.Ipv6AccessType != "":
		return invalidField("resource.ipv6AccessType", s.Ipv6AccessType, "IPv6 access type must not be set for IPv4-only subnetworks.")
	case s.Ipv6AccessType == "INTERNAL" && !n.EnableUlaInternalIpv6:
		return invalidField("resource.ipv6AccessType", s.Ipv6AccessType, "The network does not have an internal IPv6 range.")
	}
	if s.LogConfig != nil {
		s.EnableFlowLogs = s.LogConfig.Enable
	}
	if s.EnableFlowLogs {
		s.LogConfig = s.LogConfig.withDefaults()
	}
	if p, err := netip.ParsePrefix(s.IPCidrRange); err == nil {
		s.GatewayAddress = p.Addr().Next().String()
	}
	if sampling := s.LogConfig.sampling(); sampling < 0 || sampling > 1 {
		return invalidField("resource.logConfig.flowSampling", sampling, "Must be between 0.0 and 1.0.")
	}
	return nil
}

// withDefaults is l, enabled, with what a client may leave out. Nil is all defaults.
func (l *subnetworkLog) withDefaults() *subnetworkLog {
	if l == nil {
		l = &subnetworkLog{}
	}
	half := 0.5
	l.Enable = true
	if l.FlowSampling == nil {
		l.FlowSampling = &half
	}
	if l.AggregationInterval == "" {
		l.AggregationInterval = "INTERVAL_5_SEC"
	}
	if l.Metadata == "" {
		l.Metadata = "EXCLUDE_ALL_METADATA"
	}
	return l
}

func (l *subnetworkLog) sampling() float64 {
	if l == nil || l.FlowSampling == nil {
		return 0
	}
	return *l.FlowSampling
}

// addAutoSubnetwork makes the subnetwork of an auto mode network in a region.
func (c *Cloud) addAutoSubnetwork(project string, n *network, r region) {
	path := "projects/" + project + "/regions/" + r.name + "/subnetworks/" + n.Name
	s := &subnetwork{
		head:    head{Kind: "compute#subnetwork", ID: c.newID(), Name: n.Name, CreationTimestamp: n.CreationTimestamp, SelfLink: link(path)},
		Network: n.SelfLink, Region: link("projects/" + project + "/regions/" + r.name), IPCidrRange: r.auto,
		Book: subnetworkBook{Auto: true},
	}
	if err := s.defaults(n); err != nil {
		panic(err) // our own values
	}
	c.s.Subnetworks.Add(s)
}

// unusable are ranges no subnetwork may be in.
var unusable = prefixes("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32",
	"199.36.153.4/30", "199.36.153.8/30")

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// parseRange reads a subnetwork's range.
func parseRange(field, s string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil || !p.Addr().Is4() || p != p.Masked() {
		return p, invalidField(field, s, "Must be a valid IPv4 CIDR address range.")
	}
	if p.Bits() > 29 || p.Bits() < 4 {
		return p, invalidField(field, s, "Invalid IPCidrRange: the prefix length must be between 4 and 29.")
	}
	for _, u := range unusable {
		if u.Overlaps(p) {
			return p, invalidField(field, s, "Invalid IPCidrRange: the range overlaps with the prohibited range %s.", u)
		}
	}
	return p, nil
}

// ranges returns all ranges of s with the field each is in.
func (s *subnetwork) ranges() map[string]string {
	out := map[string]string{"resource.ipCidrRange": s.IPCidrRange}
	for i, r := range s.SecondaryIPRanges {
		out[fmt.Sprintf("resource.secondaryIpRanges[%d].ipCidrRange", i)] = r.IPCidrRange
	}
	return out
}

// checkRanges refuses ranges that are invalid or overlap within the network.
func (c *Cloud) checkRanges(s *subnetwork, n *network) error {
	names := map[string]bool{}
	for i, r := range s.SecondaryIPRanges {
		field := fmt.Sprintf("resource.secondaryIpRanges[%d].rangeName", i)
		if err := checkName(field, r.RangeName); err != nil {
			return err
		}
		if names[r.RangeName] {
			return invalidField(field, r.RangeName, "Duplicate secondary range name.")
		}
		names[r.RangeName] = true
	}
	mine := s.ranges()
	var seen []netip.Prefix
	for _, field := range sortedKeys(mine) {
		p, err := parseRange(field, mine[field])
		if err != nil {
			return err
		}
		if n.auto() && netip.MustParsePrefix("10.128.0.0/9").Overlaps(p) && !s.Book.Auto {
			return invalidField(field, p, "The range overlaps with 10.128.0.0/9, which is reserved for auto mode.")
		}
		for _, other := range seen {
			if other.Overlaps(p) {
				return invalid("Invalid IPCidrRange: %s conflicts with another range of the same subnetwork.", p)
			}
		}
		seen = append(seen, p)
		if other := c.overlapping(s, p); other != nil {
			return invalid("Invalid IPCidrRange: %s conflicts with existing subnetwork '%s' in region '%s'.", p, other.Name, other.region())
		}
	}
	return nil
}

// overlapping returns another subnetwork of the same network that has addresses of p.
func (c *Cloud) overlapping(s *subnetwork, p netip.Prefix) *subnetwork {
	for _, other := range c.s.Subnetworks {
		if other.Network != s.Network || other.SelfLink == s.SelfLink {
			continue
		}
		for _, r := range other.ranges() {
			if have, err := netip.ParsePrefix(r); err == nil && have.Overlaps(p) {
				return other
			}
		}
	}
	return nil
}

func (s *subnetwork) print() string {
	v := *s
	v.Fingerprint = ""
	return fingerprint(v)
}

func (c *Cloud) subnetworkView(_ *request, s *subnetwork) map[string]any {
	v := *s
	v.Fingerprint = s.print()
	return visible(v)
}

func (c *Cloud) guardSubnetwork(_ *request, s *subnetwork, _ *operation) error {
	if s.Book.Auto {
		return invalid("Cannot delete auto subnetwork '%s' of an auto mode network.", s.Key())
	}
	if user := c.subnetworkUser(s); user != "" {
		return inUse("subnetwork", s.Key(), user)
	}
	return nil
}

// subnetworkUser is something that keeps s from being deleted, or "".
func (c *Cloud) subnetworkUser(s *subnetwork) string {
	for _, i := range c.s.Instances {
		for _, nic := range i.NetworkInterfaces {
			if nic.Subnetwork == s.SelfLink {
				return i.Key()
			}
		}
	}
	for _, a := range c.s.Addrs {
		if a.Subnetwork == s.SelfLink {
			return a.Key()
		}
	}
	for _, r := range c.s.Routers {
		for _, n := range r.Nats {
			for _, used := range n.Subnetworks {
				if used.Name == s.SelfLink {
					return r.Key()
				}
			}
		}
	}
	return ""
}
