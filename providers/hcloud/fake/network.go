package fake

import (
	"net/netip"
	"slices"
	"time"
)

// network is a private network.
type network struct {
	ID           int64     `json:"id"`
	Name         string    `json:"name"`
	IPRange      string    `json:"ip_range"`
	Subnets      []subnet  `json:"subnets"`
	Routes       []route   `json:"routes"`
	Labels       labels    `json:"labels"`
	Protected    bool      `json:"protected"`
	ExposeRoutes bool      `json:"expose_routes_to_vswitch"`
	CreatedAt    time.Time `json:"created"`
}

// subnet is a part of a network.
type subnet struct {
	Type      string `json:"type"`
	IPRange   string `json:"ip_range"`
	Zone      string `json:"network_zone"`
	Gateway   string `json:"gateway"`
	VSwitchID int64  `json:"vswitch_id,omitempty"`
}

// route says where a network sends what is for others.
type route struct {
	Destination string `json:"destination"`
	Gateway     string `json:"gateway"`
}

func (n *network) key() int64       { return n.ID }
func (n *network) title() string    { return n.Name }
func (n *network) subject() subject { return subject{n.ID, "network"} }

// parts are what Inventory shows beside the network.
func (n *network) parts() []string {
	var lines []string
	for _, s := range n.Subnets {
		lines = append(lines, "subnet "+s.IPRange)
	}
	for _, r := range n.Routes {
		lines = append(lines, "route "+r.Destination+" "+r.Gateway)
	}
	return lines
}

func (c *Cloud) networkRoutes() map[string]handler {
	const one = "/v1/networks/{id}"
	return map[string]handler{
		"POST /v1/networks":                          c.createNetwork,
		"GET /v1/networks":                           c.listNetworks,
		"GET " + one:                                 c.readNetwork,
		"PUT " + one:                                 c.updateNetwork,
		"DELETE " + one:                              c.deleteNetwork,
		"GET " + one + "/actions":                    c.listActionsOf("network"),
		"POST " + one + "/actions/add_subnet":        c.addSubnet,
		"POST " + one + "/actions/delete_subnet":     c.deleteSubnet,
		"POST " + one + "/actions/add_route":         c.addRoute,
		"POST " + one + "/actions/delete_route":      c.deleteRoute,
		"POST " + one + "/actions/change_ip_range":   c.changeIPRange,
		"POST " + one + "/actions/change_protection": c.protectNetwork,
	}
}

func (c *Cloud) networkEffects() map[string]effect {
	return map[string]effect{
		"add_subnet": c.onNetwork(func(n *network, a *action) { n.Subnets = append(n.Subnets, brought[subnet](a)) }),
		"delete_subnet": c.onNetwork(func(n *network, a *action) {
			gone := brought[subnet](a)
			n.Subnets = slices.DeleteFunc(n.Subnets, func(s subnet) bool { return s.IPRange == gone.IPRange })
		}),
		"add_route": c.onNetwork(func(n *network, a *action) { n.Routes = append(n.Routes, brought[route](a)) }),
		"delete_route": c.onNetwork(func(n *network, a *action) {
			gone := brought[route](a)
			n.Routes = slices.DeleteFunc(n.Routes, func(r route) bool { return r == gone })
		}),
		"change_ip_range": c.onNetwork(func(n *network, a *action) { n.IPRange = brought[string](a) }),
	}
}

// onNetwork is an effect on the network of an action that is there still.
func (c *Cloud) onNetwork(f func(*network, *action)) effect {
	return func(a *action) {
		if n, found := c.s.Networks.find(a.of("network")); found {
			f(n, a)
		}
	}
}

func (c *Cloud) networkView(n *network) view {
	subnets := []view{}
	for _, s := range n.Subnets {
		v := view{"type": s.Type, "ip_range": s.IPRange, "network_zone": s.Zone, "gateway": s.Gateway, "vswitch_id": nil}
		if s.VSwitchID != 0 {
			v["vswitch_id"] = s.VSwitchID
		}
		subnets = append(subnets, v)
	}
	return view{
		"id": n.ID, "name": n.Name, "ip_range": n.IPRange, "subnets": subnets, "routes": orEmpty(n.Routes),
		"servers": c.serversIn(n.ID), "load_balancers": c.loadBalancersIn(n.ID), "protection": view{"delete": n.Protected},
		"labels": n.Labels.shown(), "expose_routes_to_vswitch": n.ExposeRoutes, "created": stamp(n.CreatedAt),
	}
}

// networkSpec is the body of POST and PUT. Nil fields were not sent.
type networkSpec struct {
	naming
	IPRange      *string  `json:"ip_range"`
	Subnets      []subnet `json:"subnets"`
	Routes       []route  `json:"routes"`
	ExposeRoutes *bool    `json:"expose_routes_to_vswitch"`
}

func (c *Cloud) createNetwork(q *request) (reply, error) {
	var in networkSpec
	if err := q.decode(&in); err != nil {
		return fail(err)
	}
	if err := checkNew(in.naming, c.s.Networks, "network"); err != nil {
		return fail(err)
	}
	if len(c.s.Networks) >= c.o.Quota.Networks {
		return fail(refusal("resource_limit_exceeded", "network limit exceeded"))
	}
	if in.IPRange == nil {
		return fail(invalid("ip_range", "is required"))
	}
	if _, err := privateRange(*in.IPRange, 24); err != nil {
		return fail(err)
	}
	n := &network{ID: c.newID(), Name: *in.Name, IPRange: *in.IPRange, CreatedAt: q.now}
	give(&n.Labels, in.Labels)
	give(&n.ExposeRoutes, in.ExposeRoutes)
	for _, s := range in.Subnets {
		s, err := c.checkSubnet(n, s)
		if err != nil {
			return fail(err)
		}
		n.Subnets = append(n.Subnets, s)
	}
	for _, r := range in.Routes {
		if err := checkRoute(n, r); err != nil {
			return fail(err)
		}
		n.Routes = append(n.Routes, r)
	}
	c.s.Networks.add(n)
	return created(view{"network": c.networkView(n)})
}

func (c *Cloud) listNetworks(q *request) (reply, error) {
	return list(q, "networks", c.s.Networks, c.networkView, "name")
}

func (c *Cloud) readNetwork(q *request) (reply, error) {
	return read(q, c.s.Networks, "network", c.networkView)
}

func (c *Cloud) updateNetwork(q *request) (reply, error) {
	n, err := inPath(q, c.s.Networks, "network")
	if err != nil {
		return fail(err)
	}
	var in networkSpec
	if err := q.decode(&in); err != nil {
		return fail(err)
	}
	if in.IPRange != nil || in.Subnets != nil || in.Routes != nil {
		return fail(invalid("ip_range", "is changed by an action, as subnets and routes are"))
	}
	if err := check(in.naming, c.s.Networks, "network", n.ID); err != nil {
		return fail(err)
	}
	give(&n.Name, in.Name)
	give(&n.Labels, in.Labels)
	give(&n.ExposeRoutes, in.ExposeRoutes)
	return ok(view{"network": c.networkView(n)})
}

// deleteNetwork detaches what is in the network, as the API does.
func (c *Cloud) deleteNetwork(q *request) (reply, error) {
	n, err := c.idleNetwork(q, nil)
	if err != nil {
		return fail(err)
	}
	if n.Protected {
		return fail(refusal("protected", "network is delete protected"))
	}
	c.detachAll(n.ID)
	c.s.Networks.drop(n.ID)
	return noContent()
}

// idleNetwork returns the network in the path, when no action on it is under way, with
// the body of the request, if it has one.
func (c *Cloud) idleNetwork(q *request, in any) (*network, error) {
	n, err := inPath(q, c.s.Networks, "network")
	if err == nil && in != nil {
		err = q.decode(in)
	}
	if err != nil {
		return nil, err
	}
	if c.busy(n.subject()) {
		return nil, refusal("conflict", "network is being changed by another action")
	}
	return n, nil
}

func (c *Cloud) protectNetwork(q *request) (reply, error) {
	n, err := protect(c, q, c.s.Networks, "network", func(n *network) *bool { return &n.Protected })
	if err != nil {
		return fail(err)
	}
	return c.start(q, "change_protection", c.o.Settle, nil, n.subject()).reply()
}

func (c *Cloud) changeIPRange(q *request) (reply, error) {
	var in struct {
		IPRange string `json:"ip_range"`
	}
	n, err := c.idleNetwork(q, &in)
	if err != nil {
		return fail(err)
	}
	p, err := privateRange(in.IPRange, 24)
	if err != nil {
		return fail(err)
	}
	old := netip.MustParsePrefix(n.IPRange)
	if p.Addr() != old.Addr() || p.Bits() > old.Bits() {
		return fail(invalid("ip_range", "can only be extended at its end"))
	}
	return c.start(q, "change_ip_range", c.o.Settle, in.IPRange, n.subject()).reply()
}

func (c *Cloud) addSubnet(q *request) (reply, error) {
	var in struct {
		Type      string `json:"type"`
		IPRange   string `json:"ip_range"`
		Zone      string `json:"network_zone"`
		VSwitchID int64  `json:"vswitch_id"`
	}
	n, err := c.idleNetwork(q, &in)
	if err != nil {
		return fail(err)
	}
	s, err := c.checkSubnet(n, subnet{Type: in.Type, IPRange: in.IPRange, Zone: in.Zone, VSwitchID: in.VSwitchID})
	if err != nil {
		return fail(err)
	}
	return c.start(q, "add_subnet", c.o.Settle, s, n.subject()).reply()
}

// checkSubnet refuses what cannot be a part of n, and returns it with its gateway.
func (c *Cloud) checkSubnet(n *network, s subnet) (subnet, error) {
	switch {
	case !slices.Contains([]string{"cloud", "server", "vswitch"}, s.Type):
		return s, invalid("type", "must be one of cloud, server, vswitch")
	case !slices.ContainsFunc(locations, func(l location) bool { return l.zone == s.Zone }):
		return s, invalid("network_zone", "network zone '%s' does not exist", s.Zone)
	case (s.Type == "vswitch") != (s.VSwitchID != 0):
		return s, invalid("vswitch_id", "is required for subnets of type vswitch, and for those only")
	}
	p, err := privateRange(s.IPRange, 30)
	if err != nil {
		return s, err
	}
	whole := netip.MustParsePrefix(n.IPRange)
	if !whole.Contains(p.Addr()) || p.Bits() < whole.Bits() {
		return s, invalid("ip_range", "must be a subnet of the ip_range of the network")
	}
	if err := n.clear(p); err != nil {
		return s, err
	}
	for _, other := range c.s.Networks {
		for _, o := range other.Subnets {
			if s.VSwitchID != 0 && o.VSwitchID == s.VSwitchID {
				return s, refusal("vswitch_id_already_used", "vswitch %d is already used in network %d", s.VSwitchID, other.ID)
			}
		}
	}
	// All of a network have the same one, but a vSwitch, which has its own.
	s.Gateway = whole.Addr().Next().String()
	if s.VSwitchID != 0 {
		s.Gateway = p.Addr().Next().String()
	}
	return s, nil
}

// clear refuses a range that overlaps with a subnet, or with where a route leads.
func (n *network) clear(p netip.Prefix) error {
	for _, s := range n.Subnets {
		if netip.MustParsePrefix(s.IPRange).Overlaps(p) {
			return invalid("ip_range", "%s overlaps with subnet %s", p, s.IPRange)
		}
	}
	for _, r := range n.Routes {
		if d := netip.MustParsePrefix(r.Destination); d.Bits() > 0 && d.Overlaps(p) {
			return invalid("ip_range", "%s overlaps with the destination %s of a route", p, r.Destination)
		}
	}
	return nil
}

func (c *Cloud) deleteSubnet(q *request) (reply, error) {
	var in struct {
		IPRange string `json:"ip_range"`
	}
	n, err := c.idleNetwork(q, &in)
	if err != nil {
		return fail(err)
	}
	i := slices.IndexFunc(n.Subnets, func(s subnet) bool { return s.IPRange == in.IPRange })
	if i < 0 {
		return fail(refusal("not_found", "subnet %s not found in network %d", in.IPRange, n.ID))
	}
	if c.inhabited(n.ID, netip.MustParsePrefix(in.IPRange)) {
		return fail(refusal("service_error", "cannot delete subnet: servers are attached to it"))
	}
	return c.start(q, "delete_subnet", c.o.Settle, n.Subnets[i], n.subject()).reply()
}

func (c *Cloud) addRoute(q *request) (reply, error) {
	var in route
	n, err := c.idleNetwork(q, &in)
	if err != nil {
		return fail(err)
	}
	if err := checkRoute(n, in); err != nil {
		return fail(err)
	}
	return c.start(q, "add_route", c.o.Settle, in, n.subject()).reply()
}

// publicGateway is that of the public interface of every server.
const publicGateway = "172.31.1.1"

func checkRoute(n *network, r route) error {
	d, err := netip.ParsePrefix(r.Destination)
	if err != nil || d != d.Masked() || !d.Addr().Is4() {
		return invalid("destination", "is no valid IPv4 range")
	}
	g, err := netip.ParseAddr(r.Gateway)
	whole := netip.MustParsePrefix(n.IPRange)
	switch {
	case err != nil || !g.Is4():
		return invalid("gateway", "is no valid IPv4 address")
	case !whole.Contains(g) || g == whole.Addr().Next() || r.Gateway == publicGateway:
		return invalid("gateway", "must be an address of the network, and not its first one")
	}
	for _, other := range n.Routes {
		o := netip.MustParsePrefix(other.Destination)
		if o == d || o.Bits() > 0 && d.Bits() > 0 && o.Overlaps(d) {
			return invalid("destination", "%s overlaps with that of another route", d)
		}
	}
	for _, s := range n.Subnets {
		if d.Bits() > 0 && netip.MustParsePrefix(s.IPRange).Overlaps(d) {
			return invalid("destination", "%s overlaps with subnet %s", d, s.IPRange)
		}
	}
	return nil
}

func (c *Cloud) deleteRoute(q *request) (reply, error) {
	var in route
	n, err := c.idleNetwork(q, &in)
	if err != nil {
		return fail(err)
	}
	if !slices.Contains(n.Routes, in) {
		return fail(refusal("not_found", "route to %s not found in network %d", in.Destination, n.ID))
	}
	return c.start(q, "delete_route", c.o.Settle, in, n.subject()).reply()
}

// privateRange reads a range of RFC 1918 with at most so many bits.
func privateRange(text string, bits int) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil || p != p.Masked() || !p.Addr().Is4() {
		return p, invalid("ip_range", "is no valid IPv4 range")
	}
	if p.Bits() > bits {
		return p, invalid("ip_range", "must be at least a /%d", bits)
	}
	for _, private := range []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"} {
		if r := netip.MustParsePrefix(private); r.Contains(p.Addr()) && p.Bits() >= r.Bits() {
			return p, nil
		}
	}
	return p, invalid("ip_range", "must be one of the private ranges of RFC1918")
}
