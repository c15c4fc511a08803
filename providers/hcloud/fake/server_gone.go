package fake

import "slices"

// release takes a server that goes away from all that names it.
func (c *Cloud) release(s *server) {
	for _, v := range c.s.Volumes {
		if v.Server == s.ID {
			v.Server = 0
		}
	}
	for _, f := range c.s.FloatingIPs {
		if f.Server == s.ID {
			f.Server = 0
		}
	}
	for _, b := range c.s.LoadBalancers {
		b.Targets = slices.DeleteFunc(b.Targets, func(t lbTarget) bool { return t.Server == s.ID })
	}
}

// floatingIPsOf returns the numbers of the addresses that lead to a server.
func (c *Cloud) floatingIPsOf(s *server) []int64 {
	ids := []int64{}
	for _, f := range c.s.FloatingIPs {
		if f.Server == s.ID {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// loadBalancersOf returns the numbers of the load balancers of which a server is a
// target.
func (c *Cloud) loadBalancersOf(s *server) []int64 {
	ids := []int64{}
	for _, b := range c.s.LoadBalancers {
		if slices.ContainsFunc(b.Targets, func(t lbTarget) bool { return t.Server == s.ID }) {
			ids = append(ids, b.ID)
		}
	}
	return ids
}
