package fake

import (
	"net/netip"
	"slices"
)

// address is a reserved address of a region.
type address struct {
	head
	Address          string            `json:"address,omitempty"`
	AddressType      string            `json:"addressType,omitempty" enum:"EXTERNAL,INTERNAL,UNSPECIFIED_TYPE"`
	IPVersion        string            `json:"ipVersion,omitempty" enum:"IPV4,IPV6,UNSPECIFIED_VERSION"`
	Ipv6EndpointType string            `json:"ipv6EndpointType,omitempty" enum:"NETLB,VM"`
	NetworkTier      string            `json:"networkTier,omitempty" enum:"FIXED_STANDARD,PREMIUM,STANDARD,STANDARD_OVERRIDES_FIXED_STANDARD"`
	Purpose          string            `json:"purpose,omitempty" enum:"DNS_RESOLVER,GCE_ENDPOINT,IPSEC_INTERCONNECT,NAT_AUTO,PRIVATE_SERVICE_CONNECT,SERVERLESS,SHARED_LOADBALANCER_VIP,VPC_PEERING"`
	PrefixLength     int               `json:"prefixLength,omitempty"`
	Network          string            `json:"network,omitempty"`
	Subnetwork       string            `json:"subnetwork,omitempty"`
	Region           string            `json:"region,omitempty"`
	IPCollection     string            `json:"ipCollection,omitempty"`
	Labels           map[string]string `json:"labels,omitempty"`
	LabelFingerprint string            `json:"labelFingerprint,omitempty"`
	Status           string            `json:"status,omitempty"`
	Users            []string          `json:"users,omitempty"`
}

func (a *address) assign(m map[string]any) error { return fill(a, m) }

func (c *Cloud) addresses() *family[*address] {
	return &family[*address]{
		c: c, collection: "addresses", kind: "compute#address", table: &c.s.Addrs,
		fresh: func() *address { return new(address) }, takes: c.o.Settle, removal: c.o.Settle,
		complete: c.completeAddress, view: c.addressView, guard: c.guardAddress,
	}
}

func (c *Cloud) completeAddress(q *request, a *address, _ *operation) error {
	a.Region = link("projects/" + q.project() + "/regions/" + q.PathValue("region"))
	a.Status, a.Users, a.LabelFingerprint = "", nil, ""
	if a.AddressType == "" || a.AddressType == "UNSPECIFIED_TYPE" {
		a.AddressType = "EXTERNAL"
	}
	if a.IPVersion == "IPV6" {
		return invalidField("resource.ipVersion", a.IPVersion, "Only IPv4 regional addresses are supported here.")
	}
	if a.PrefixLength != 0 {
		return invalidField("resource.prefixLength", a.PrefixLength, "Prefix length can only be specified for global internal addresses.")
	}
	if err := checkLabels(a.Labels); err != nil {
		return err
	}
	if a.AddressType == "INTERNAL" {
		return c.completeInternal(q, a)
	}
	return c.completeExternal(q, a)
}

func (c *Cloud) completeExternal(q *request, a *address) error {
	switch {
	case a.Subnetwork != "" || a.Network != "":
		return invalidField("resource.subnetwork", a.Subnetwork, "Subnetwork and network can only be specified for internal addresses.")
	case a.Purpose != "":
		return invalidField("resource.purpose", a.Purpose, "Purpose cannot be specified for external addresses.")
	case c.addressesUsed(q.project(), q.PathValue("region")) >= c.o.Quota.Addresses:
		return quotaExceeded("STATIC_ADDRESSES", c.o.Quota.Addresses, "in region "+q.PathValue("region"))
	}
	if a.NetworkTier == "" {
		a.NetworkTier = "PREMIUM"
	}
	if a.Address == "" {
		a.Address = c.publicAddress()
		return nil
	}
	// An ephemeral address of an instance can be kept, nothing else chosen.
	if _, err := netip.ParseAddr(a.Address); err != nil {
		return invalidField("resource.address", a.Address, "Must be a valid IP address.")
	}
	if user := c.publicUser(a.Address); user == "" || c.addressWith(a.Address) != nil {
		return invalidField("resource.address", a.Address, "Specified IP address is not an in-use ephemeral IP address.")
	}
	return nil
}

func (c *Cloud) completeInternal(q *request, a *address) error {
	switch {
	case a.NetworkTier != "":
		return invalidField("resource.networkTier", a.NetworkTier, "Network tier cannot be specified for internal addresses.")
	case a.Network != "":
		return invalidField("resource.network", a.Network, "Network can only be specified for purposes of global addresses.")
	case a.Subnetwork == "":
		a.Subnetwork = "regions/" + q.PathValue("region") + "/subnetworks/default"
	}
	if a.Purpose == "" {
		a.Purpose = "GCE_ENDPOINT"
	}
	s, err := referTo(c, q, c.s.Subnetworks, "resource.subnetwork", a.Subnetwork, "subnetworks")
	if err != nil {
		return err
	}
	if s.region() != q.PathValue("region") {
		return invalidField("resource.subnetwork", a.Subnetwork, "The subnetwork is not in region %s.", q.PathValue("region"))
	}
	a.Subnetwork = s.SelfLink
	if a.Address == "" {
		a.Address, err = c.freeInternal(s)
		return err
	}
	return c.checkInternal("resource.address", s, a.Address, "")
}

// checkInternal refuses an address that s cannot give; reserved is the address
// resource it may belong to already.
func (c *Cloud) checkInternal(field string, s *subnetwork, ip, reserved string) error {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return invalidField(field, ip, "Must be a valid IP address.")
	}
	if !usable(s, addr) {
		return invalidField(field, ip, "Requested internal IP address is not in the range of subnetwork '%s' or is reserved.", s.Key())
	}
	if user := c.internalUser(s, ip); user != "" && user != reserved {
		return refusal(400, "resourceInUseByAnotherResource", "IP '%s' is already being used by another resource.", ip)
	}
	return nil
}

// usable tells whether addr can be given out. The first two and the last two
// addresses of a range are the cloud's own.
func usable(s *subnetwork, addr netip.Addr) bool {
	p := netip.MustParsePrefix(s.IPCidrRange)
	first := p.Addr()
	last := lastAddr(p)
	return p.Contains(addr) && addr != first && addr != first.Next() && addr != last && addr != last.Prev()
}

func lastAddr(p netip.Prefix) netip.Addr {
	b := p.Addr().As4()
	n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	n |= 1<<(32-p.Bits()) - 1
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// freeInternal returns the first free address of s.
func (c *Cloud) freeInternal(s *subnetwork) (string, error) {
	p := netip.MustParsePrefix(s.IPCidrRange)
	for a := p.Addr(); p.Contains(a); a = a.Next() {
		if usable(s, a) && c.internalUser(s, a.String()) == "" {
			return a.String(), nil
		}
	}
	return "", refusal(400, "resourceInUseByAnotherResource", "IP space of '%s' is exhausted.", s.Key())
}

// internalUser is who has an address of s: an address resource before the
// instance that uses it.
func (c *Cloud) internalUser(s *subnetwork, ip string) string {
	for _, a := range c.s.Addrs {
		if a.Subnetwork == s.SelfLink && a.Address == ip {
			return a.Key()
		}
	}
	for _, i := range c.s.Instances {
		for _, nic := range i.NetworkInterfaces {
			if nic.Subnetwork == s.SelfLink && nic.NetworkIP == ip {
				return i.Key()
			}
		}
	}
	return ""
}

// publicUser is the link of the instance that has the external address, or "".
func (c *Cloud) publicUser(ip string) string {
	for _, i := range c.s.Instances {
		for _, nic := range i.NetworkInterfaces {
			for _, a := range nic.AccessConfigs {
				if a.NatIP == ip {
					return i.SelfLink
				}
			}
		}
	}
	return ""
}

// addressWith is the external address resource that has ip, or nil.
func (c *Cloud) addressWith(ip string) *address {
	for _, a := range c.s.Addrs {
		if a.Address == ip && a.AddressType == "EXTERNAL" {
			return a
		}
	}
	return nil
}

// users are the links of what uses a.
func (c *Cloud) users(a *address) []string {
	var out []string
	for _, i := range c.s.Instances {
		for _, nic := range i.NetworkInterfaces {
			if a.AddressType == "INTERNAL" && nic.Subnetwork == a.Subnetwork && nic.NetworkIP == a.Address {
				out = append(out, i.SelfLink)
			}
		}
	}
	if a.AddressType == "INTERNAL" {
		return out
	}
	if user := c.publicUser(a.Address); user != "" {
		out = append(out, user)
	}
	for _, r := range c.s.Routers {
		for _, n := range r.Nats {
			for _, ip := range slices.Concat(n.NatIPs, n.DrainNatIPs) {
				if ip == a.SelfLink {
					out = append(out, r.SelfLink)
				}
			}
		}
	}
	return out
}

func (c *Cloud) addressView(_ *request, a *address) map[string]any {
	v := *a
	v.Users, v.Status, v.LabelFingerprint = c.users(a), "RESERVED", fingerprint(a.Labels)
	if len(v.Users) > 0 {
		v.Status = "IN_USE"
	}
	if c.inserting(a.Key()) {
		v.Status = "RESERVING"
	}
	return visible(v)
}

func (c *Cloud) guardAddress(_ *request, a *address, _ *operation) error {
	if users := c.users(a); len(users) > 0 {
		return inUse("address", a.Key(), shortLink(users[0]))
	}
	return nil
}

// addressesUsed counts what the quota of a region counts.
func (c *Cloud) addressesUsed(project, region string) int {
	return count(c.s.Addrs, project, "regions/"+region+"/", func(a *address) bool { return a.AddressType == "EXTERNAL" })
}

func (c *Cloud) setAddressLabels(q *request) (reply, error) {
	return c.addresses().change(q, "setLabels", func(a *address) (err error) {
		a.Labels, err = q.newLabels(a.Labels)
		return err
	})
}
