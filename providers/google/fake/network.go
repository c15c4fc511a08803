package fake

import (
	"slices"
	"strings"
)

// network is a VPC network.
type network struct {
	head
	AutoCreateSubnetworks                 *bool           `json:"autoCreateSubnetworks,omitempty"`
	IPv4Range                             string          `json:"IPv4Range,omitempty"`
	GatewayIPv4                           string          `json:"gatewayIPv4,omitempty"`
	Mtu                                   int             `json:"mtu,omitempty"`
	RoutingConfig                         *routingConfig  `json:"routingConfig,omitempty"`
	EnableUlaInternalIpv6                 bool            `json:"enableUlaInternalIpv6,omitempty"`
	InternalIpv6Range                     string          `json:"internalIpv6Range,omitempty"`
	NetworkFirewallPolicyEnforcementOrder string          `json:"networkFirewallPolicyEnforcementOrder,omitempty" enum:"AFTER_CLASSIC_FIREWALL,BEFORE_CLASSIC_FIREWALL"`
	FirewallPolicy                        string          `json:"firewallPolicy,omitempty"`
	NetworkProfile                        string          `json:"networkProfile,omitempty"`
	Params                                *resourceParams `json:"params,omitempty"`
	Peerings                              []*peering      `json:"peerings,omitempty"`
	SelfLinkWithID                        string          `json:"selfLinkWithId,omitempty"`
	Subnetworks                           []string        `json:"subnetworks,omitempty"`
	Book                                  networkBook     `json:"book" wire:"-"`
}

// networkBook is what the fake remembers of a network.
type networkBook struct {
	Own bool `json:"own"` // it came with the project
}

// routingConfig is how a network exchanges routes.
type routingConfig struct {
	RoutingMode                  string `json:"routingMode,omitempty" enum:"GLOBAL,REGIONAL"`
	BgpAlwaysCompareMed          bool   `json:"bgpAlwaysCompareMed,omitempty"`
	BgpBestPathSelectionMode     string `json:"bgpBestPathSelectionMode,omitempty" enum:"LEGACY,STANDARD"`
	BgpInterRegionCost           string `json:"bgpInterRegionCost,omitempty" enum:"ADD_COST_TO_MED,DEFAULT"`
	EffectiveBgpAlwaysCompareMed bool   `json:"effectiveBgpAlwaysCompareMed,omitempty"`
	EffectiveBgpInterRegionCost  string `json:"effectiveBgpInterRegionCost,omitempty" enum:"ADD_COST_TO_MED,DEFAULT"`
}

// peering is read only here: peerings are made by a method of their own.
type peering struct {
	Name                 string `json:"name,omitempty"`
	Network              string `json:"network,omitempty"`
	AutoCreateRoutes     bool   `json:"autoCreateRoutes,omitempty"`
	ExchangeSubnetRoutes bool   `json:"exchangeSubnetRoutes,omitempty"`
	State                string `json:"state,omitempty"`
	StateDetails         string `json:"stateDetails,omitempty"`
}

// resourceParams are given at insert only, and not shown.
type resourceParams struct {
	ResourceManagerTags map[string]string `json:"resourceManagerTags,omitempty"`
}

func (n *network) assign(m map[string]any) error { return fill(n, m) }
func (n *network) Hidden() bool                  { return n.Book.Own }

func (n *network) auto() bool { return n.AutoCreateSubnetworks != nil && *n.AutoCreateSubnetworks }

func (c *Cloud) networks() *family[*network] {
	return &family[*network]{
		c: c, collection: "networks", kind: "compute#network", table: &c.s.Networks,
		fresh: func() *network { return new(network) }, takes: c.o.Settle, removal: c.o.Settle,
		complete: c.completeNetwork, view: c.networkView, guard: c.guardNetwork,
	}
}

func (c *Cloud) completeNetwork(q *request, n *network, _ *operation) error {
	switch {
	case n.IPv4Range != "":
		return invalidField("resource.IPv4Range", n.IPv4Range, "Legacy networks are not supported.")
	case n.AutoCreateSubnetworks == nil:
		return required("resource.autoCreateSubnetworks")
	case n.InternalIpv6Range != "" && !n.EnableUlaInternalIpv6:
		return invalidField("resource.internalIpv6Range", n.InternalIpv6Range, "enableUlaInternalIpv6 must be true.")
	}
	if err := checkMTU(n.Mtu); err != nil {
		return err
	}
	if count(c.s.Networks, q.project(), "", every[*network]) >= c.o.Quota.Networks {
		return quotaExceeded("NETWORKS", c.o.Quota.Networks, "globally")
	}
	n.Book, n.Peerings, n.Subnetworks, n.Params = networkBook{}, nil, nil, nil
	n.defaults()
	if n.auto() {
		for _, r := range regions {
			c.addAutoSubnetwork(q.project(), n, r)
		}
	}
	return nil
}

// defaults fills what a client may leave out.
func (n *network) defaults() {
	if n.Mtu == 0 {
		n.Mtu = 1460
	}
	if n.NetworkFirewallPolicyEnforcementOrder == "" {
		n.NetworkFirewallPolicyEnforcementOrder = "AFTER_CLASSIC_FIREWALL"
	}
	if n.RoutingConfig == nil {
		n.RoutingConfig = &routingConfig{}
	}
	if n.RoutingConfig.RoutingMode == "" {
		n.RoutingConfig.RoutingMode = "REGIONAL"
	}
	if n.RoutingConfig.BgpBestPathSelectionMode == "" {
		n.RoutingConfig.BgpBestPathSelectionMode = "LEGACY"
	}
}

func checkMTU(mtu int) error {
	if mtu != 0 && mtu < 1300 {
		return invalidField("resource.mtu", mtu, "Must be greater than or equal to 1300")
	}
	if mtu > 8896 {
		return invalidField("resource.mtu", mtu, "Must be less than or equal to 8896")
	}
	return nil
}

func (c *Cloud) networkView(_ *request, n *network) map[string]any {
	v := *n
	for _, s := range c.subnetworksOf(n.Key()) {
		v.Subnetworks = append(v.Subnetworks, s.SelfLink)
	}
	slices.Sort(v.Subnetworks)
	v.SelfLinkWithID = link(strings.TrimSuffix(n.Key(), n.Name) + n.ID.String())
	return visible(v)
}

func (c *Cloud) subnetworksOf(network string) []*subnetwork {
	var out []*subnetwork
	for _, s := range c.s.Subnetworks {
		if s.Network == link(network) {
			out = append(out, s)
		}
	}
	return out
}

func (c *Cloud) patchNetwork(q *request) (reply, error) {
	fields := []string{"routingConfig", "mtu", "networkFirewallPolicyEnforcementOrder", "enableUlaInternalIpv6", "internalIpv6Range"}
	return c.networks().patch(q, fields, func(_, n *network, _ map[string]any) error {
		n.defaults()
		return checkMTU(n.Mtu)
	})
}

func (c *Cloud) switchToCustomMode(q *request) (reply, error) {
	f := c.networks()
	n, err := f.find(q)
	if err == nil {
		err = c.busy(n.Key())
	}
	if err != nil {
		return fail(err)
	}
	if !n.auto() {
		return fail(invalid("The network resource '%s' is not in auto subnet mode.", n.Key()))
	}
	for _, s := range c.subnetworksOf(n.Key()) {
		s.Book.Auto = false
	}
	return f.change(q, "switchToCustomMode", func(n *network) error {
		n.AutoCreateSubnetworks = new(bool)
		return nil
	})
}

// guardNetwork refuses while anything but its own automatic subnetworks uses n.
func (c *Cloud) guardNetwork(_ *request, n *network, _ *operation) error {
	if user := c.networkUser(n); user != "" {
		return inUse("network", n.Key(), user)
	}
	return nil
}

func (c *Cloud) networkUser(n *network) string {
	for _, s := range c.subnetworksOf(n.Key()) {
		if user := c.subnetworkUser(s); user != "" {
			return user
		}
		if !s.Book.Auto {
			return s.Key()
		}
	}
	for _, f := range c.s.Firewalls {
		if f.Network == n.SelfLink {
			return f.Key()
		}
	}
	for _, r := range c.s.Routers {
		if r.Network == n.SelfLink {
			return r.Key()
		}
	}
	for _, a := range c.s.Addrs {
		if a.Network == n.SelfLink {
			return a.Key()
		}
	}
	for _, i := range c.s.Instances {
		for _, nic := range i.NetworkInterfaces {
			if nic.Network == n.SelfLink {
				return i.Key()
			}
		}
	}
	for _, i := range c.s.SQL {
		if i.privateNetwork() == n.Key() {
			return "projects/" + i.Project + "/instances/" + i.Name
		}
	}
	return ""
}
