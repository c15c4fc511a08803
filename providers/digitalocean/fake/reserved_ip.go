package fake

import "time"

// reservedIP is a public address of a region that Droplets take turns with.
type reservedIP struct {
	IP        string    `json:"ip"`
	Region    string    `json:"region"`
	DropletID int       `json:"droplet_id"` // 0 while unassigned
	CreatedAt time.Time `json:"created_at"`
	home
}

func (r *reservedIP) Key() string   { return r.IP }
func (r *reservedIP) Title() string { return "" }

// urn has the product's old name, which projects have kept.
func (r *reservedIP) urn() string { return "do:floatingip:" + r.IP }

func (c *Cloud) createReservedIP(q *request) (reply, error) {
	var in struct {
		Region    string `json:"region"`
		DropletID int    `json:"droplet_id"`
		Project   string `json:"project_id"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if in.Region == "" && in.DropletID == 0 {
		return reply{}, invalid("either region or droplet_id is required")
	}
	if len(c.s.ReservedIPs) >= c.o.Quota.ReservedIPs {
		return reply{}, invalid("You have reached the limit of %d reserved IPs", c.o.Quota.ReservedIPs)
	}
	if in.DropletID != 0 {
		d, err := c.checkAssign(q, "", in.DropletID)
		if err != nil {
			return reply{}, err
		}
		in.Region = d.Region
	}
	if !regionExists(in.Region) {
		return reply{}, invalid("Region is not available")
	}
	project, err := c.homeFor(q, in.Project)
	if err != nil {
		return reply{}, err
	}
	r := &reservedIP{IP: c.publicAddress(), Region: in.Region, CreatedAt: q.now, home: project}
	c.s.ReservedIPs.Add(r)
	body := map[string]any{"links": map[string]any{}}
	if in.DropletID != 0 {
		a := c.start(q, r.action("assign_ip", in.DropletID), c.o.Settle)
		base := "https://" + q.Host + "/v2/"
		body["links"] = map[string]any{
			"droplets": []any{map[string]any{"id": in.DropletID, "rel": "droplet", "href": base + "droplets/" + itoa(in.DropletID)}},
			"actions":  []any{map[string]any{"id": a.ID, "rel": "assign_ip", "href": base + "actions/" + itoa(a.ID)}},
		}
	}
	body["reserved_ip"] = c.reservedIPView(q, r)
	return accepted(body)
}

func (r *reservedIP) action(kind string, dropletID int) action {
	return action{Type: kind, ResourceType: "reserved_ip", Region: r.Region, IP: r.IP, DropletID: dropletID}
}

// checkAssign returns the Droplet if it can get the address (none of its own yet).
func (c *Cloud) checkAssign(q *request, region string, dropletID int) (*droplet, error) {
	d, err := c.liveDroplet(q, dropletID)
	if err != nil || !d.DeletedAt.IsZero() {
		return nil, invalid("Droplet %d not found", dropletID)
	}
	if region != "" && d.Region != region {
		return nil, invalid("The Droplet must be in the region of the reserved IP")
	}
	for _, r := range c.s.ReservedIPs {
		if r.DropletID == dropletID {
			return nil, invalid("The Droplet already has a reserved IP")
		}
	}
	return d, c.pending(dropletID)
}

// addressBusy refuses while an action on a reserved address has not ended.
func (c *Cloud) addressBusy(ip string) error {
	for _, a := range c.s.Actions {
		if a.Status == inProgress && a.IP == ip {
			return invalid("The reserved IP already has a pending event.")
		}
	}
	return nil
}

func (c *Cloud) reservedIPView(q *request, r *reservedIP) map[string]any {
	v := map[string]any{
		"ip": r.IP, "region": regionView(r.Region), "droplet": nil, "locked": c.addressBusy(r.IP) != nil,
		"project_id": r.ProjectID,
	}
	if d, found := c.s.Droplets.Find(itoa(r.DropletID)); found {
		v["droplet"] = c.dropletView(q, d)
	}
	return v
}

func (c *Cloud) findReservedIP(q *request) (*reservedIP, error) {
	return get(c.s.ReservedIPs, q.PathValue("ip"))
}

func (c *Cloud) readReservedIP(q *request) (reply, error) {
	r, err := c.findReservedIP(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"reserved_ip": c.reservedIPView(q, r)})
}

func (c *Cloud) listReservedIPs(q *request) (reply, error) {
	return list(q, "reserved_ips", c.s.ReservedIPs, func(r *reservedIP) map[string]any { return c.reservedIPView(q, r) })
}

// deleteReservedIP releases the address also from the Droplet that has it; only
// an action in progress stops it.
func (c *Cloud) deleteReservedIP(q *request) (reply, error) {
	r, err := c.findReservedIP(q)
	if err != nil {
		return reply{}, err
	}
	if err := c.addressBusy(r.IP); err != nil {
		return reply{}, err
	}
	c.s.ReservedIPs.Drop(r.IP)
	return noContent()
}

func (c *Cloud) createReservedIPAction(q *request) (reply, error) {
	r, err := c.findReservedIP(q)
	if err != nil {
		return reply{}, err
	}
	a, err := c.actOnAddress(q, "reserved IP", r.action("", r.DropletID), func(dropletID int) error {
		_, err := c.checkAssign(q, r.Region, dropletID)
		return err
	})
	if err != nil {
		return reply{}, err
	}
	return created(r.actionAnswer(a))
}

// actOnAddress starts what the body asks of a reserved address of a kind. a tells
// of the address and the Droplet that has it, assignable whether another can get it.
func (c *Cloud) actOnAddress(q *request, kind string, a action, assignable func(dropletID int) error) (*action, error) {
	var in struct {
		Type      string `json:"type"`
		DropletID int    `json:"droplet_id"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	err := c.addressBusy(a.IP)
	switch {
	case err != nil:
	case in.Type == "assign":
		a.Type, a.DropletID = "assign_ip", in.DropletID
		err = assignable(in.DropletID)
	case in.Type == "unassign" && a.DropletID == 0:
		err = invalid("The %s is not assigned to a Droplet.", kind)
	case in.Type == "unassign":
		a.Type = "unassign_ip"
		err = c.pending(a.DropletID)
	default:
		err = invalid("%q is not a valid action type.", in.Type)
	}
	if err != nil {
		return nil, err
	}
	return c.start(q, a, c.o.Settle), nil
}

// actionAnswer tells of one action; lists do not tell the project.
func (r *reservedIP) actionAnswer(a *action) map[string]any {
	v := a.view()
	v["project_id"] = r.ProjectID
	return map[string]any{"action": v}
}

// finishReservedIP applies what a brings to r, which joins its Droplet's project.
func (c *Cloud) finishReservedIP(r *reservedIP, a *action) {
	r.DropletID = 0
	if d, there := c.s.Droplets.Find(itoa(a.DropletID)); there && a.Type == "assign_ip" {
		r.DropletID = a.DropletID
		if r.ProjectID != d.ProjectID {
			r.home = home{d.ProjectID, a.EndsAt}
		}
	}
}

func (c *Cloud) listReservedIPActions(q *request) (reply, error) {
	r, err := c.findReservedIP(q)
	if err != nil {
		return reply{}, err
	}
	return list(q, "actions", c.actionsWhere(func(a *action) bool { return a.IP == r.IP }), (*action).view)
}

func (c *Cloud) readReservedIPAction(q *request) (reply, error) {
	r, err := c.findReservedIP(q)
	if err != nil {
		return reply{}, err
	}
	a, found := c.s.Actions.Find(q.PathValue("aid"))
	if !found || a.IP != r.IP {
		return reply{}, notFound()
	}
	return ok(r.actionAnswer(a))
}
