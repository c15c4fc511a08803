package fake

import (
	"fmt"
	"time"
)

// floatingIP is an address, or a network of IPv6, that leads to one server at most.
type floatingIP struct {
	ID          int64     `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Type        string    `json:"type"`
	IP          string    `json:"ip"`
	Home        string    `json:"home_location"`
	Server      int64     `json:"server,omitempty"`
	Pointers    pointers  `json:"dns_ptr,omitempty"`
	Protected   bool      `json:"protected"`
	Labels      labels    `json:"labels"`
	CreatedAt   time.Time `json:"created"`
}

func (f *floatingIP) key() int64       { return f.ID }
func (f *floatingIP) title() string    { return f.Name }
func (f *floatingIP) subject() subject { return subject{f.ID, "floating_ip"} }

func (f *floatingIP) view() view {
	return view{
		"id": f.ID, "name": f.Name, "description": f.Description, "type": f.Type, "ip": f.IP, "home_location": locationView(f.Home),
		"server": orNull(f.Server), "dns_ptr": f.Pointers.views(f.IP), "blocked": false,
		"protection": view{"delete": f.Protected}, "labels": f.Labels.shown(), "created": stamp(f.CreatedAt),
	}
}

func (c *Cloud) floatingIPRoutes() map[string]handler {
	return map[string]handler{
		"POST /v1/floating_ips":                                c.createFloatingIP,
		"GET /v1/floating_ips":                                 c.listFloatingIPs,
		"GET /v1/floating_ips/{id}":                            c.readFloatingIP,
		"PUT /v1/floating_ips/{id}":                            c.updateFloatingIP,
		"DELETE /v1/floating_ips/{id}":                         c.deleteFloatingIP,
		"POST /v1/floating_ips/{id}/actions/change_protection": c.protectFloatingIP,
		"POST /v1/floating_ips/{id}/actions/assign":            c.assignFloatingIP,
		"POST /v1/floating_ips/{id}/actions/unassign":          c.unassignFloatingIP,
		"POST /v1/floating_ips/{id}/actions/change_dns_ptr":    c.pointFloatingIP,
		"GET /v1/floating_ips/{id}/actions":                    c.listActionsOf("floating_ip"),
	}
}

func (c *Cloud) floatingIPEffects() map[string]effect {
	return map[string]effect{
		"assign_floating_ip":   c.onFloatingIP(func(f *floatingIP, a *action) { f.Server = a.of("server") }),
		"unassign_floating_ip": c.onFloatingIP(func(f *floatingIP, _ *action) { f.Server = 0 }),
	}
}

// onFloatingIP is an effect on the address of an action that is there still.
func (c *Cloud) onFloatingIP(f func(*floatingIP, *action)) effect {
	return func(a *action) {
		if x, found := c.s.FloatingIPs.find(a.of("floating_ip")); found {
			f(x, a)
		}
	}
}

// floatingIPSpec is the body of a create.
type floatingIPSpec struct {
	naming
	Type        string  `json:"type"`
	Description *string `json:"description"`
	Home        *string `json:"home_location"`
	Server      *int64  `json:"server"`
}

func (c *Cloud) createFloatingIP(q *request) (reply, error) {
	var in floatingIPSpec
	if err := q.decode(&in); err != nil {
		return fail(err)
	}
	if err := check(in.naming, c.s.FloatingIPs, "floating_ip", 0); err != nil {
		return fail(err)
	}
	home, err := c.homeOf(&in)
	if err != nil {
		return fail(err)
	}
	f := &floatingIP{ID: c.newID(), Type: in.Type, IP: c.publicIPv4(), Home: home, CreatedAt: q.now}
	if in.Type == "ipv6" {
		f.IP = c.publicNetwork()
	}
	f.Name = "floating-ip-" + itoa(f.ID)
	give(&f.Name, in.Name)
	give(&f.Description, in.Description)
	give(&f.Labels, in.Labels)
	c.s.FloatingIPs.add(f)
	var assigning any
	if in.Server != nil {
		assigning = c.start(q, "assign_floating_ip", c.o.Settle, nil, f.subject(), subject{*in.Server, "server"}).view()
	}
	return created(view{"floating_ip": f.view(), "action": assigning})
}

// homeOf returns the location of a new address, unless what is asked for is refused.
func (c *Cloud) homeOf(in *floatingIPSpec) (string, error) {
	switch {
	case in.Type != "ipv4" && in.Type != "ipv6":
		return "", invalid("type", "must be one of ipv4, ipv6")
	case len(c.s.FloatingIPs) >= c.o.Quota.FloatingIPs:
		return "", refusal("resource_limit_exceeded", "floating IP limit exceeded")
	case in.Home == nil && in.Server == nil:
		return "", invalid("home_location", "is required without server")
	}
	if in.Server != nil {
		s, err := c.s.Servers.get("server", *in.Server)
		if err == nil {
			err = c.idle(s.subject())
		}
		if err != nil || in.Home == nil {
			return s.place(), err
		}
	}
	l, found := findLocation(*in.Home)
	if !found {
		return "", invalid("home_location", "location %q does not exist", *in.Home)
	}
	return l.name, nil
}

func (c *Cloud) listFloatingIPs(q *request) (reply, error) {
	return list(q, "floating_ips", c.s.FloatingIPs, (*floatingIP).view, "name")
}

func (c *Cloud) readFloatingIP(q *request) (reply, error) {
	return read(q, c.s.FloatingIPs, "floating_ip", (*floatingIP).view)
}

func (c *Cloud) updateFloatingIP(q *request) (reply, error) {
	f, err := inPath(q, c.s.FloatingIPs, "floating_ip")
	if err != nil {
		return fail(err)
	}
	var in struct {
		naming
		Description *string `json:"description"`
	}
	if err := q.decode(&in); err != nil {
		return fail(err)
	}
	if err := check(in.naming, c.s.FloatingIPs, "floating_ip", f.ID); err != nil {
		return fail(err)
	}
	give(&f.Name, in.Name)
	give(&f.Description, in.Description)
	give(&f.Labels, in.Labels)
	return ok(view{"floating_ip": f.view()})
}

// deleteFloatingIP refuses while the address leads to a server: it is stricter than
// the API here, which takes it from there by itself.
func (c *Cloud) deleteFloatingIP(q *request) (reply, error) {
	f, err := inPath(q, c.s.FloatingIPs, "floating_ip")
	if err != nil {
		return fail(err)
	}
	switch {
	case f.Protected:
		return fail(refusal("protected", "floating IP deletion is protected"))
	case f.Server != 0:
		return fail(refusal("resource_in_use", "floating IP is still assigned to a server"))
	}
	if err := c.idle(f.subject()); err != nil {
		return fail(err)
	}
	c.s.FloatingIPs.drop(f.ID)
	return noContent()
}

func (c *Cloud) protectFloatingIP(q *request) (reply, error) {
	f, err := protect(c, q, c.s.FloatingIPs, "floating_ip", func(f *floatingIP) *bool { return &f.Protected })
	if err != nil {
		return fail(err)
	}
	return c.start(q, "change_protection", c.o.Settle, nil, f.subject()).reply()
}

// place is the location of a server; "" for none.
func (s *server) place() string {
	if s == nil {
		return ""
	}
	return s.Location
}

// assignFloatingIP leads an address to a server, wherever it has led before.
func (c *Cloud) assignFloatingIP(q *request) (reply, error) {
	var in struct {
		Server int64 `json:"server"`
	}
	f, err := acted(c, q, c.s.FloatingIPs, "floating_ip", &in)
	if err != nil {
		return fail(err)
	}
	s, err := c.s.Servers.get("server", in.Server)
	if err != nil {
		return fail(err)
	}
	if err := c.idle(s.subject()); err != nil {
		return fail(err)
	}
	return c.start(q, "assign_floating_ip", c.o.Settle, nil, f.subject(), s.subject()).reply()
}

func (c *Cloud) unassignFloatingIP(q *request) (reply, error) {
	f, err := acted(c, q, c.s.FloatingIPs, "floating_ip", nil)
	if err != nil {
		return fail(err)
	}
	if f.Server == 0 {
		return fail(invalid("floating_ip", "is not assigned to a server"))
	}
	return c.start(q, "unassign_floating_ip", c.o.Settle, nil, f.subject()).reply()
}

func (c *Cloud) pointFloatingIP(q *request) (reply, error) {
	return point(c, q, c.s.FloatingIPs, "floating_ip", func(f *floatingIP) (*pointers, []string) { return &f.Pointers, []string{f.IP} })
}

// publicIPv4 returns an address that nobody has, from the range for benchmarks.
func (c *Cloud) publicIPv4() string {
	c.s.Addresses++
	n := c.s.Addresses
	return fmt.Sprintf("198.19.%d.%d", n/250%256, n%250+2) // 198.18 is what other fakes give
}

// publicNetwork returns a network of IPv6 that nobody has, from the range for
// documentation.
func (c *Cloud) publicNetwork() string {
	c.s.Addresses++
	return fmt.Sprintf("2001:db8:%x:%x::/64", c.s.Addresses>>16, c.s.Addresses&0xffff)
}
