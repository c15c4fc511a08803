package fake

import (
	"net/netip"
	"slices"
)

// lbNet is what a load balancer has in a private network.
type lbNet struct {
	Network int64  `json:"network"`
	IP      string `json:"ip"`
}

// lbJoining asks for it.
type lbJoining struct {
	Network int64   `json:"network"`
	IP      *string `json:"ip"`
	Range   *string `json:"ip_range"`
}

// join returns what is asked for, or refuses it.
func (c *Cloud) join(b *loadBalancer, in lbJoining) (lbNet, error) {
	n, err := c.s.Networks.get("network", in.Network)
	switch {
	case err != nil:
		return lbNet{}, err
	case len(b.Nets) > 0:
		return lbNet{}, refusal("load_balancer_already_attached", "load balancer is already attached to network %d", b.Nets[0].Network)
	}
	as := joining{Network: n.ID}
	give(&as.IP, in.IP)
	give(&as.Range, in.Range)
	// It gets its address as a server in its place would.
	ip, err := c.freeAddress(&server{Location: b.Location}, n, as)
	if err == nil && in.Range != nil && !netip.MustParsePrefix(*in.Range).Contains(netip.MustParseAddr(ip)) {
		err = refusal("ip_not_available", "IP %s is not in subnet %s", ip, *in.Range)
	}
	return lbNet{n.ID, ip}, err
}

// leave takes b out of a network, and away what it reaches there.
func (b *loadBalancer) leave(network int64) {
	b.Nets = slices.DeleteFunc(b.Nets, func(n lbNet) bool { return n.Network == network })
	b.Targets = slices.DeleteFunc(b.Targets, func(t lbTarget) bool { return t.Private })
}

func (c *Cloud) attachLoadBalancer(q *request) (reply, error) {
	var in lbJoining
	b, err := acted(c, q, c.s.LoadBalancers, "load_balancer", &in)
	if err != nil {
		return fail(err)
	}
	if in.Range != nil {
		if _, err := netip.ParsePrefix(*in.Range); err != nil {
			return fail(invalid("ip_range", "is no range in CIDR notation"))
		}
	}
	n, err := c.join(b, in)
	if err != nil {
		return fail(err)
	}
	return c.joinedLB(q, "attach_to_network", b, in.Network, n)
}

func (c *Cloud) detachLoadBalancer(q *request) (reply, error) {
	var in struct {
		Network int64 `json:"network"`
	}
	b, err := acted(c, q, c.s.LoadBalancers, "load_balancer", &in)
	if err != nil {
		return fail(err)
	}
	if len(b.Nets) == 0 || b.Nets[0].Network != in.Network {
		return fail(refusal("not_found", "load balancer is not attached to network %d", in.Network))
	}
	return c.joinedLB(q, "detach_from_network", b, in.Network, nil)
}

// joinedLB starts an action on a load balancer and a network: that is changed by one
// at a time.
func (c *Cloud) joinedLB(q *request, command string, b *loadBalancer, network int64, brings any) (reply, error) {
	n := subject{network, "network"}
	if c.busy(n) {
		return fail(refusal("conflict", "network is being changed by another action"))
	}
	return c.start(q, command, c.o.Settle, brings, b.subject(), n).reply()
}

// loadBalancersIn returns the numbers of the load balancers in a network.
func (c *Cloud) loadBalancersIn(network int64) []int64 {
	ids := []int64{}
	for _, b := range c.s.LoadBalancers {
		if len(b.Nets) > 0 && b.Nets[0].Network == network {
			ids = append(ids, b.ID)
		}
	}
	return ids
}

func (c *Cloud) enablePublicInterface(q *request) (reply, error) {
	return c.switchPublic(q, "enable_public_interface", func(*loadBalancer) error { return nil })
}

func (c *Cloud) disablePublicInterface(q *request) (reply, error) {
	return c.switchPublic(q, "disable_public_interface", func(b *loadBalancer) error {
		if slices.ContainsFunc(b.Targets, func(t lbTarget) bool { return !t.Private }) {
			return refusal("targets_without_use_private_ip", "the load balancer has targets that use the public IP instead of the private IP")
		}
		return nil
	})
}

func (c *Cloud) switchPublic(q *request, command string, check func(*loadBalancer) error) (reply, error) {
	b, err := acted(c, q, c.s.LoadBalancers, "load_balancer", nil)
	switch {
	case err != nil:
		return fail(err)
	case len(b.Nets) == 0:
		return fail(refusal("load_balancer_not_attached_to_network", "the load balancer is not attached to a network"))
	}
	if err := check(b); err != nil {
		return fail(err)
	}
	return c.start(q, command, c.o.Settle, nil, b.subject()).reply()
}
