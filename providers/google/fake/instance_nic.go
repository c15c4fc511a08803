package fake

import (
	"fmt"
	"net/netip"
	"slices"
)

// connectInterfaces checks the interfaces of a new instance and gives them addresses.
func (c *Cloud) connectInterfaces(q *request, i *instance) error {
	if len(i.NetworkInterfaces) == 0 {
		return invalidField("resource.networkInterfaces", "", "At least one network interface is required.")
	}
	if len(i.NetworkInterfaces) > 8 {
		return invalidField("resource.networkInterfaces", len(i.NetworkInterfaces), "At most 8 network interfaces can be specified.")
	}
	used := map[string]bool{}
	for n, nic := range i.NetworkInterfaces {
		root := fmt.Sprintf("resource.networkInterfaces[%d]", n)
		if err := c.connect(q, nic, root, i.region(), i.Key()); err != nil {
			return err
		}
		if used[nic.Network] {
			return invalidField(root+".network", nic.Network, "Networks must be distinct for NICs attached to a VM.")
		}
		used[nic.Network] = true
		nic.Name = fmt.Sprintf("nic%d", n)
	}
	return nil
}

// connect resolves network and subnetwork of nic, and its addresses. self is the
// path of the instance.
func (c *Cloud) connect(q *request, nic *networkInterface, root, region, self string) error {
	nic.Kind, nic.Fingerprint, nic.Ipv6AccessType = "compute#networkInterface", "", ""
	s, err := c.findSubnetwork(q, nic, root, region)
	if err != nil {
		return err
	}
	nic.Network, nic.Subnetwork = s.Network, s.SelfLink
	if s.Purpose != "PRIVATE" {
		return invalidField(root+".subnetwork", s.SelfLink, "Subnetworks of purpose %s cannot be used by instances.", s.Purpose)
	}
	if nic.StackType == "" {
		nic.StackType = "IPV4_ONLY"
	}
	if nic.StackType != "IPV4_ONLY" && s.StackType == "IPV4_ONLY" {
		return invalidField(root+".stackType", nic.StackType, "The subnetwork is IPv4 only.")
	}
	if err := c.internalAddress(nic, s, root, self); err != nil {
		return err
	}
	if err := s.checkAliases(nic, root); err != nil {
		return err
	}
	if len(nic.AccessConfigs) > 1 {
		return invalidField(root+".accessConfigs", len(nic.AccessConfigs), "At most one access config can be specified.")
	}
	for k, a := range nic.AccessConfigs {
		if err := c.externalAddress(q, a, fmt.Sprintf("%s.accessConfigs[%d]", root, k), region); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cloud) findSubnetwork(q *request, nic *networkInterface, root, region string) (*subnetwork, error) {
	if nic.Subnetwork == "" {
		return c.autoSubnetwork(q, nic, root, region)
	}
	s, err := referTo(c, q, c.s.Subnetworks, root+".subnetwork", nic.Subnetwork, "subnetworks")
	if err != nil {
		return nil, err
	}
	if s.region() != region {
		return nil, invalidField(root+".subnetwork", nic.Subnetwork, "Subnetwork must be in the same region as the instance: '%s'.", region)
	}
	if nic.Network == "" {
		return s, nil
	}
	n, err := referTo(c, q, c.s.Networks, root+".network", nic.Network, "networks")
	if err == nil && n.SelfLink != s.Network {
		err = invalidField(root+".subnetwork", nic.Subnetwork, "The referenced network and subnetwork do not match.")
	}
	return s, err
}

// autoSubnetwork is the subnetwork of an auto mode network.
func (c *Cloud) autoSubnetwork(q *request, nic *networkInterface, root, region string) (*subnetwork, error) {
	if nic.Network == "" {
		nic.Network = "global/networks/default"
	}
	n, err := referTo(c, q, c.s.Networks, root+".network", nic.Network, "networks")
	if err != nil {
		return nil, err
	}
	if !n.auto() {
		return nil, invalidField(root, fmt.Sprintf(`{  "network": "%s"}`, n.Key()), "Subnetwork should be specified for custom subnetmode network")
	}
	for _, s := range c.subnetworksOf(n.Key()) {
		if s.Book.Auto && s.region() == region {
			return s, nil
		}
	}
	return nil, invalidField(root+".network", nic.Network, "The network has no subnetwork in region '%s'.", region)
}

// internalAddress gives nic its address: the one asked for, by value or by the
// name of a reservation, or a free one.
func (c *Cloud) internalAddress(nic *networkInterface, s *subnetwork, root, self string) (err error) {
	if nic.NetworkIP == "" {
		nic.NetworkIP, err = c.freeInternal(s)
		return err
	}
	if a, found := c.s.Addrs.Find(shortLink(nic.NetworkIP)); found {
		nic.NetworkIP = a.Address
	}
	reserved := ""
	for _, a := range c.s.Addrs {
		if a.Address != nic.NetworkIP || a.Subnetwork != s.SelfLink {
			continue
		}
		if users := c.users(a); len(users) > 0 && shortLink(users[0]) != self {
			return inUse("address", a.Key(), shortLink(users[0]))
		}
		reserved = a.Key()
	}
	if reserved == "" {
		reserved = self
	}
	return c.checkInternal(root+".networkIP", s, nic.NetworkIP, reserved)
}

// checkAliases wants alias ranges inside of the ranges they name.
func (s *subnetwork) checkAliases(nic *networkInterface, root string) error {
	for n, a := range nic.AliasIPRanges {
		field := fmt.Sprintf("%s.aliasIpRanges[%d]", root, n)
		within := s.IPCidrRange
		if a.SubnetworkRangeName != "" {
			i := slices.IndexFunc(s.SecondaryIPRanges, func(r *secondaryRange) bool { return r.RangeName == a.SubnetworkRangeName })
			if i < 0 {
				return invalidField(field+".subnetworkRangeName", a.SubnetworkRangeName, "The subnetwork has no such secondary range.")
			}
			within = s.SecondaryIPRanges[i].IPCidrRange
		}
		p, err := netip.ParsePrefix(a.IPCidrRange)
		if err != nil {
			return invalidField(field+".ipCidrRange", a.IPCidrRange, "Alias ranges must be given as CIDR blocks.")
		}
		outer := netip.MustParsePrefix(within)
		if !outer.Contains(p.Addr()) || p.Bits() < outer.Bits() {
			return invalidField(field+".ipCidrRange", a.IPCidrRange, "The alias range is not within %s.", within)
		}
	}
	return nil
}

// externalAddress checks an access config and gives it an address.
func (c *Cloud) externalAddress(q *request, a *accessConfig, root, region string) error {
	a.Kind = "compute#accessConfig"
	if a.Type == "" {
		a.Type = "ONE_TO_ONE_NAT"
	}
	if a.Name == "" {
		a.Name = "External NAT"
	}
	if a.Type != "ONE_TO_ONE_NAT" {
		return invalidField(root+".type", a.Type, "The type must be ONE_TO_ONE_NAT.")
	}
	if a.PublicPtrDomainName != "" && !a.SetPublicPtr {
		return invalidField(root+".publicPtrDomainName", a.PublicPtrDomainName, "setPublicPtr must be true.")
	}
	if a.NatIP == "" {
		a.NatIP = c.publicAddress()
		if a.NetworkTier == "" {
			a.NetworkTier = "PREMIUM"
		}
		return nil
	}
	reserved := c.addressWith(a.NatIP)
	if reserved == nil || base(reserved.Region) != region {
		return invalidField(root+".natIP", a.NatIP, "The specified external IP address '%s' was not found in region '%s'.", a.NatIP, region)
	}
	if users := c.users(reserved); len(users) > 0 {
		return refusal(400, "resourceInUseByAnotherResource", "External IP address: %s is already in-use.", a.NatIP)
	}
	if a.NetworkTier == "" {
		a.NetworkTier = reserved.NetworkTier
	}
	if a.NetworkTier != reserved.NetworkTier {
		return invalidField(root+".networkTier", a.NetworkTier, "The network tier must be that of the external address: %s.", reserved.NetworkTier)
	}
	return nil
}

// nicOf finds the interface the query parameter networkInterface names.
func nicOf(q *request, i *instance) (*networkInterface, error) {
	name := q.URL.Query().Get("networkInterface")
	if name == "" {
		return nil, required("networkInterface")
	}
	for _, nic := range i.NetworkInterfaces {
		if nic.Name == name {
			return nic, nil
		}
	}
	return nil, invalidField("networkInterface", name, "The instance has no such network interface.")
}

func (c *Cloud) addAccessConfig(q *request) (reply, error) {
	a := new(accessConfig)
	if err := q.decode("resource", a); err != nil {
		return fail(err)
	}
	return c.instances().change(q, "addAccessConfig", func(i *instance) error {
		nic, err := nicOf(q, i)
		if err != nil {
			return err
		}
		if len(nic.AccessConfigs) > 0 {
			return invalid("At most one access config currently supported.")
		}
		if err := c.externalAddress(q, a, "resource", i.region()); err != nil {
			return err
		}
		nic.AccessConfigs = []*accessConfig{a}
		return nil
	})
}

func (c *Cloud) deleteAccessConfig(q *request) (reply, error) {
	return c.instances().change(q, "deleteAccessConfig", func(i *instance) error {
		nic, err := nicOf(q, i)
		if err != nil {
			return err
		}
		name := q.URL.Query().Get("accessConfig")
		if !drop(&nic.AccessConfigs, func(a *accessConfig) bool { return a.Name == name }) {
			return invalidField("accessConfig", name, "The network interface has no such access config.")
		}
		return nil
	})
}

// updateAccessConfig changes the public name and the tier; the address itself
// needs delete and add.
func (c *Cloud) updateAccessConfig(q *request) (reply, error) {
	raw, err := q.object()
	if err == nil {
		err = fit("resource", raw, new(accessConfig))
	}
	if err != nil {
		return fail(err)
	}
	return c.instances().change(q, "updateAccessConfig", func(i *instance) error {
		nic, err := nicOf(q, i)
		if err != nil {
			return err
		}
		for _, a := range nic.AccessConfigs {
			if name := text(raw["name"]); name != "" && name != a.Name {
				continue
			}
			if ip := text(raw["natIP"]); ip != "" && ip != a.NatIP {
				return invalidField("resource.natIP", ip, "The address of an access config cannot be changed.")
			}
			return fill(a, merge(document(a), raw))
		}
		return invalidField("resource.name", text(raw["name"]), "The network interface has no such access config.")
	})
}

// updateNetworkInterface changes network and subnetwork of a stopped instance,
// alias ranges of any.
func (c *Cloud) updateNetworkInterface(q *request) (reply, error) {
	raw, err := q.object()
	if err == nil {
		err = fit("resource", raw, new(networkInterface))
	}
	if err != nil {
		return fail(err)
	}
	return c.instances().change(q, "updateNetworkInterface", func(i *instance) error {
		nic, err := nicOf(q, i)
		if err != nil {
			return err
		}
		if err := checkFingerprint("resource.fingerprint", text(raw["fingerprint"]), nic.print()); err != nil {
			return err
		}
		before := *nic
		if err := fill(nic, merge(document(nic), raw)); err != nil {
			return err
		}
		moved := raw["network"] != nil && !equalText(raw["network"], before.Network) ||
			raw["subnetwork"] != nil && !equalText(raw["subnetwork"], before.Subnetwork)
		if raw["networkIP"] != nil && nic.NetworkIP != before.NetworkIP {
			moved = true
		}
		if moved && c.statusAt(i, q.now) != "TERMINATED" {
			return invalid("The instance must be stopped before the network interface can be moved.")
		}
		if moved && raw["networkIP"] == nil {
			nic.NetworkIP = ""
		}
		if raw["subnetwork"] != nil && raw["network"] == nil {
			nic.Network = ""
		}
		kept := nic.AccessConfigs
		nic.AccessConfigs = nil
		err = c.connect(q, nic, "resource", i.region(), i.Key())
		nic.AccessConfigs = kept
		return err
	})
}
