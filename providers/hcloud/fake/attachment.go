package fake

import (
	"fmt"
	"net/netip"
	"slices"
)

// attachment is what a server has in a private network.
type attachment struct {
	Network int64    `json:"network"`
	IP      string   `json:"ip"`
	Aliases []string `json:"alias_ips"`
	MAC     string   `json:"mac_address"`
}

// joining asks for an attachment.
type joining struct {
	Network int64    `json:"network"`
	IP      string   `json:"ip"`
	Aliases []string `json:"alias_ips"`
	Range   string   `json:"ip_range"`
}

// maxNets is how many private networks a server can be in.
const maxNets = 3

// place returns the attachment of s that is asked for, or refuses it.
func (c *Cloud) place(s *server, in joining) (attachment, error) {
	n, err := c.s.Networks.get("network", in.Network)
	if err != nil {
		return attachment{}, err
	}
	switch {
	case s.netOf(n.ID) != nil:
		return attachment{}, refusal("server_already_attached", "server is already attached to network %d", n.ID)
	case len(s.Nets) >= maxNets:
		return attachment{}, refusal("resource_limit_exceeded", "a server can be attached to %d networks", maxNets)
	}
	for _, a := range s.Nets {
		if other, found := c.s.Networks.find(a.Network); found && netip.MustParsePrefix(other.IPRange).Overlaps(netip.MustParsePrefix(n.IPRange)) {
			return attachment{}, refusal("networks_overlap", "network overlaps with network %d of the server", other.ID)
		}
	}
	ip, err := c.freeAddress(s, n, in)
	if err != nil {
		return attachment{}, err
	}
	for _, alias := range in.Aliases {
		if err := c.checkFree(s, n, alias); err != nil || alias == ip {
			return attachment{}, refusal("ip_not_available", "alias IP %s is not available", alias)
		}
	}
	mac := fmt.Sprintf("86:00:00:%02x:%02x:%02x", byte(s.ID>>8), byte(s.ID), byte(n.ID))
	return attachment{n.ID, ip, orEmpty(in.Aliases), mac}, nil
}

// freeAddress returns the address in n that is asked for, or the next one that is
// free.
func (c *Cloud) freeAddress(s *server, n *network, in joining) (string, error) {
	if in.IP != "" {
		return in.IP, c.checkFree(s, n, in.IP)
	}
	for _, sub := range slices.Backward(n.Subnets) {
		if sub.Zone != zoneOf(s.Location) || in.Range != "" && sub.IPRange != in.Range {
			continue
		}
		p := netip.MustParsePrefix(sub.IPRange)
		for a := p.Addr().Next(); p.Contains(a.Next()); a = a.Next() {
			if c.checkFree(s, n, a.String()) == nil {
				return a.String(), nil
			}
		}
	}
	return "", refusal("no_subnet_available", "no subnet or IP is available in network %d", n.ID)
}

// checkFree refuses an address that s cannot have in n.
func (c *Cloud) checkFree(s *server, n *network, text string) error {
	ip, err := netip.ParseAddr(text)
	if err != nil {
		return invalid("ip", "is no valid IP")
	}
	i := slices.IndexFunc(n.Subnets, func(sub subnet) bool { return netip.MustParsePrefix(sub.IPRange).Contains(ip) })
	switch {
	case i < 0 || n.Subnets[i].Zone != zoneOf(s.Location):
		return refusal("ip_not_available", "IP %s is in no subnet for %s", text, s.Location)
	case text == n.Subnets[i].Gateway || ip == netip.MustParsePrefix(n.Subnets[i].IPRange).Addr():
		return refusal("ip_not_available", "IP %s is reserved", text)
	}
	for _, other := range c.s.Servers {
		if a := other.netOf(n.ID); a != nil && (a.IP == text || slices.Contains(a.Aliases, text)) {
			return refusal("ip_not_available", "IP %s is used by server %d", text, other.ID)
		}
	}
	for _, b := range c.s.LoadBalancers {
		if slices.Contains(b.Nets, lbNet{n.ID, text}) {
			return refusal("ip_not_available", "IP %s is used by load balancer %d", text, b.ID)
		}
	}
	return nil
}

// netOf is the attachment to a network; nil for none.
func (s *server) netOf(network int64) *attachment {
	i := slices.IndexFunc(s.Nets, func(a attachment) bool { return a.Network == network })
	if i < 0 {
		return nil
	}
	return &s.Nets[i]
}

// zoneOf is the network zone of a location.
func zoneOf(place string) string {
	l, _ := findLocation(place)
	return l.zone
}

// serversIn returns the numbers of the servers in a network.
func (c *Cloud) serversIn(network int64) []int64 {
	ids := []int64{}
	for _, s := range c.s.Servers {
		if s.netOf(network) != nil {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// inhabited reports whether a server or a load balancer is in a range of a network.
func (c *Cloud) inhabited(network int64, p netip.Prefix) bool {
	return slices.ContainsFunc(c.s.Servers, func(s *server) bool {
		a := s.netOf(network)
		return a != nil && p.Contains(netip.MustParseAddr(a.IP))
	}) || slices.ContainsFunc(c.s.LoadBalancers, func(b *loadBalancer) bool {
		return len(b.Nets) > 0 && b.Nets[0].Network == network && p.Contains(netip.MustParseAddr(b.Nets[0].IP))
	})
}

// detachAll takes all servers and load balancers out of a network.
func (c *Cloud) detachAll(network int64) {
	for _, s := range c.s.Servers {
		s.leave(network)
	}
	for _, b := range c.s.LoadBalancers {
		if len(b.Nets) > 0 && b.Nets[0].Network == network {
			b.leave(network)
		}
	}
}

// leave takes s out of a network.
func (s *server) leave(network int64) {
	s.Nets = slices.DeleteFunc(s.Nets, func(a attachment) bool { return a.Network == network })
}

func (c *Cloud) attachToNetwork(q *request) (reply, error) {
	var in joining
	s, err := acted(c, q, c.s.Servers, "server", &in)
	if err != nil {
		return fail(err)
	}
	a, err := c.place(s, in)
	if err != nil {
		return fail(err)
	}
	return c.joinedAction(q, "attach_to_network", s, in.Network, a)
}

func (c *Cloud) detachFromNetwork(q *request) (reply, error) {
	var in struct {
		Network int64 `json:"network"`
	}
	s, err := acted(c, q, c.s.Servers, "server", &in)
	if err != nil {
		return fail(err)
	}
	if s.netOf(in.Network) == nil {
		return fail(refusal("not_found", "server is not attached to network %d", in.Network))
	}
	return c.joinedAction(q, "detach_from_network", s, in.Network, nil)
}

func (c *Cloud) changeAliasIPs(q *request) (reply, error) {
	var in struct {
		Network int64    `json:"network"`
		Aliases []string `json:"alias_ips"`
	}
	s, err := acted(c, q, c.s.Servers, "server", &in)
	if err != nil {
		return fail(err)
	}
	a := s.netOf(in.Network)
	n, found := c.s.Networks.find(in.Network)
	if a == nil || !found {
		return fail(refusal("not_found", "server is not attached to network %d", in.Network))
	}
	for _, alias := range in.Aliases {
		if err := c.checkFree(s, n, alias); err != nil && !slices.Contains(a.Aliases, alias) {
			return fail(err)
		}
	}
	return c.joinedAction(q, "change_alias_ips", s, in.Network, orEmpty(in.Aliases))
}

// joinedAction starts an action on a server and a network: that is changed by one at
// a time.
func (c *Cloud) joinedAction(q *request, command string, s *server, network int64, brings any) (reply, error) {
	n := subject{network, "network"}
	if c.busy(n) {
		return fail(refusal("conflict", "network is being changed by another action"))
	}
	return c.start(q, command, c.o.Settle, brings, s.subject(), n).reply()
}
