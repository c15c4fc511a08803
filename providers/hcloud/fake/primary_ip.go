package fake

import "time"

// primaryIP is an address, or a network of IPv6, that a server has on its public
// interface.
type primaryIP struct {
	ID         int64     `json:"id"`
	Name       string    `json:"name"`
	Type       string    `json:"type"`
	IP         string    `json:"ip"`
	Location   string    `json:"location"`
	Assignee   int64     `json:"assignee,omitempty"`
	AutoDelete bool      `json:"auto_delete"`
	Pointers   pointers  `json:"dns_ptr,omitempty"`
	Protected  bool      `json:"protected"`
	Labels     labels    `json:"labels"`
	CreatedAt  time.Time `json:"created"`
}

func (p *primaryIP) key() int64       { return p.ID }
func (p *primaryIP) title() string    { return p.Name }
func (p *primaryIP) subject() subject { return subject{p.ID, "primary_ip"} }

func (c *Cloud) primaryIPRoutes() map[string]handler {
	const one = "/v1/primary_ips/{id}"
	return map[string]handler{
		"POST /v1/primary_ips":                       c.createPrimaryIP,
		"GET /v1/primary_ips":                        c.listPrimaryIPs,
		"GET " + one:                                 c.readPrimaryIP,
		"PUT " + one:                                 c.updatePrimaryIP,
		"DELETE " + one:                              c.deletePrimaryIP,
		"GET " + one + "/actions":                    c.listActionsOf("primary_ip"),
		"POST " + one + "/actions/assign":            c.assignPrimaryIP,
		"POST " + one + "/actions/unassign":          c.unassignPrimaryIP,
		"POST " + one + "/actions/change_protection": c.protectPrimaryIP,
		"POST " + one + "/actions/change_dns_ptr":    c.pointPrimaryIP,
	}
}

func (c *Cloud) primaryIPEffects() map[string]effect {
	return map[string]effect{
		"assign_primary_ip":   c.onPrimaryIP(func(p *primaryIP, a *action) { c.give(p, brought[int64](a)) }),
		"unassign_primary_ip": c.onPrimaryIP(func(p *primaryIP, _ *action) { c.take(p) }),
	}
}

// onPrimaryIP is an effect on the address of an action that is there still.
func (c *Cloud) onPrimaryIP(f func(*primaryIP, *action)) effect {
	return func(a *action) {
		if p, found := c.s.PrimaryIPs.find(a.of("primary_ip")); found {
			f(p, a)
		}
	}
}

// give assigns p to a server that is there still.
func (c *Cloud) give(p *primaryIP, server int64) {
	s, found := c.s.Servers.find(server)
	if !found {
		return
	}
	p.Assignee = server
	*s.addressOf(p.Type) = p.ID
}

// take takes p from its server.
func (c *Cloud) take(p *primaryIP) {
	if s, found := c.s.Servers.find(p.Assignee); found {
		*s.addressOf(p.Type) = 0
	}
	p.Assignee = 0
}

func (p *primaryIP) view() view {
	return view{
		"id": p.ID, "name": p.Name, "type": p.Type, "ip": p.IP, "location": locationView(p.Location), "assignee_id": orNull(p.Assignee),
		"assignee_type": "server", "auto_delete": p.AutoDelete, "blocked": false, "dns_ptr": p.Pointers.views(p.IP),
		"protection": view{"delete": p.Protected}, "labels": p.Labels.shown(), "created": stamp(p.CreatedAt),
	}
}

// primaryIPSpec is the body of a create.
type primaryIPSpec struct {
	naming
	Type         string  `json:"type"`
	AssigneeType *string `json:"assignee_type"`
	AssigneeID   *int64  `json:"assignee_id"`
	AutoDelete   *bool   `json:"auto_delete"`
	Location     *string `json:"location"`
}

func (c *Cloud) createPrimaryIP(q *request) (reply, error) {
	var in primaryIPSpec
	if err := q.decode(&in); err != nil {
		return fail(err)
	}
	if err := checkNew(in.naming, c.s.PrimaryIPs, "primary_ip"); err != nil {
		return fail(err)
	}
	place, err := c.placeOfPrimaryIP(&in)
	if err != nil {
		return fail(err)
	}
	p := c.newPrimaryIP(q, *in.Name, in.Type, place)
	give(&p.AutoDelete, in.AutoDelete)
	give(&p.Labels, in.Labels)
	if in.AssigneeID == nil {
		return created(view{"primary_ip": p.view(), "action": nil})
	}
	c.give(p, *in.AssigneeID)
	a := c.start(q, "create_primary_ip", c.o.Settle, nil, p.subject(), subject{*in.AssigneeID, "server"})
	return created(view{"primary_ip": p.view(), "action": a.view()})
}

// newPrimaryIP makes an address.
func (c *Cloud) newPrimaryIP(q *request, name, kind, place string) *primaryIP {
	p := &primaryIP{ID: c.newID(), Name: name, Type: kind, Location: place, CreatedAt: q.now}
	if kind == "ipv4" {
		p.IP = c.publicIPv4()
	} else {
		p.IP = c.publicNetwork()
	}
	c.s.PrimaryIPs.add(p)
	return p
}

// placeOfPrimaryIP returns the location of a new address, unless what is asked for is
// refused.
func (c *Cloud) placeOfPrimaryIP(in *primaryIPSpec) (string, error) {
	switch {
	case in.Type != "ipv4" && in.Type != "ipv6":
		return "", invalid("type", "must be one of ipv4, ipv6")
	case len(c.s.PrimaryIPs) >= c.o.Quota.PrimaryIPs:
		return "", refusal("resource_limit_exceeded", "primary ip limit exceeded")
	case in.AssigneeType != nil && *in.AssigneeType != "server":
		return "", invalid("assignee_type", "must be server")
	case (in.AssigneeID == nil) == (in.Location == nil):
		return "", invalid("location", "exactly one of location and assignee_id has to be given")
	case in.AssigneeID != nil:
		s, err := c.recipient(*in.AssigneeID, in.Type)
		if err != nil {
			return "", err
		}
		return s.Location, nil
	}
	l, found := findLocation(*in.Location)
	if !found {
		return "", invalid("location", "location %q does not exist", *in.Location)
	}
	return l.name, nil
}

// recipient returns the server that is to get an address of a kind: it has to be off,
// and without one.
func (c *Cloud) recipient(id int64, kind string) (*server, error) {
	s, err := c.s.Servers.get("server", id)
	if err != nil {
		return nil, err
	}
	if err := c.idle(s.subject()); err != nil {
		return nil, err
	}
	switch {
	case s.Status != "off":
		return nil, refusal("server_not_stopped", "the server has to be powered off")
	case *s.addressOf(kind) != 0:
		return nil, refusal("server_has_"+kind, "server %d has an %s address already", id, kind)
	}
	return s, nil
}

func (c *Cloud) listPrimaryIPs(q *request) (reply, error) {
	return list(q, "primary_ips", c.s.PrimaryIPs, (*primaryIP).view, "name", "ip")
}

func (c *Cloud) readPrimaryIP(q *request) (reply, error) {
	return read(q, c.s.PrimaryIPs, "primary_ip", (*primaryIP).view)
}

func (c *Cloud) updatePrimaryIP(q *request) (reply, error) {
	p, err := inPath(q, c.s.PrimaryIPs, "primary_ip")
	if err != nil {
		return fail(err)
	}
	var in struct {
		naming
		AutoDelete *bool `json:"auto_delete"`
	}
	if err := q.decode(&in); err != nil {
		return fail(err)
	}
	if err := check(in.naming, c.s.PrimaryIPs, "primary_ip", p.ID); err != nil {
		return fail(err)
	}
	give(&p.Name, in.Name)
	give(&p.Labels, in.Labels)
	give(&p.AutoDelete, in.AutoDelete)
	return ok(view{"primary_ip": p.view()})
}

func (c *Cloud) deletePrimaryIP(q *request) (reply, error) {
	p, err := inPath(q, c.s.PrimaryIPs, "primary_ip")
	if err != nil {
		return fail(err)
	}
	if err := c.idle(p.subject()); err != nil {
		return fail(err)
	}
	switch {
	case p.Protected:
		return fail(refusal("protected", "primary ip is delete protected"))
	case p.Assignee != 0:
		return fail(refusal("primary_ip_assigned", "primary ip is assigned to server %d", p.Assignee))
	}
	c.s.PrimaryIPs.drop(p.ID)
	return noContent()
}

func (c *Cloud) assignPrimaryIP(q *request) (reply, error) {
	var in struct {
		AssigneeID   int64  `json:"assignee_id"`
		AssigneeType string `json:"assignee_type"`
	}
	p, err := acted(c, q, c.s.PrimaryIPs, "primary_ip", &in)
	if err != nil {
		return fail(err)
	}
	switch {
	case in.AssigneeType != "server":
		return fail(invalid("assignee_type", "must be server"))
	case p.Assignee != 0:
		return fail(refusal("primary_ip_already_assigned", "primary ip is assigned to server %d", p.Assignee))
	}
	s, err := c.recipient(in.AssigneeID, p.Type)
	if err != nil {
		return fail(err)
	}
	if s.Location != p.Location {
		return fail(refusal("primary_ip_datacenter_mismatch", "primary ip is in %s, the server in %s", p.Location, s.Location))
	}
	return c.start(q, "assign_primary_ip", c.o.Settle, s.ID, p.subject(), s.subject()).reply()
}

func (c *Cloud) unassignPrimaryIP(q *request) (reply, error) {
	p, err := acted(c, q, c.s.PrimaryIPs, "primary_ip", nil)
	if err != nil {
		return fail(err)
	}
	s, found := c.s.Servers.find(p.Assignee)
	if !found {
		return fail(refusal("primary_ip_not_assigned", "primary ip is not assigned"))
	}
	if err := c.idle(s.subject()); err != nil {
		return fail(err)
	}
	if s.Status != "off" {
		return fail(refusal("server_not_stopped", "the server has to be powered off"))
	}
	return c.start(q, "unassign_primary_ip", c.o.Settle, nil, p.subject(), s.subject()).reply()
}

func (c *Cloud) protectPrimaryIP(q *request) (reply, error) {
	p, err := protect(c, q, c.s.PrimaryIPs, "primary_ip", func(p *primaryIP) *bool { return &p.Protected })
	if err != nil {
		return fail(err)
	}
	return c.start(q, "change_protection", c.o.Settle, nil, p.subject()).reply()
}

func (c *Cloud) pointPrimaryIP(q *request) (reply, error) {
	return point(c, q, c.s.PrimaryIPs, "primary_ip", func(p *primaryIP) (*pointers, []string) { return &p.Pointers, []string{p.IP} })
}
