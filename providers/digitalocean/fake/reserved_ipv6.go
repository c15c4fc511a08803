package fake

import (
	"slices"
	"time"
)

// reservedIPv6 is a public IPv6 address of a region that Droplets take turns with.
type reservedIPv6 struct {
	IP         string    `json:"ip"`
	Region     string    `json:"region_slug"`
	DropletID  int       `json:"droplet_id"` // 0 while unassigned
	ReservedAt time.Time `json:"reserved_at"`
}

func (r *reservedIPv6) Key() string   { return r.IP }
func (r *reservedIPv6) Title() string { return "" }

func (c *Cloud) reservedIPv6Routes() map[string]handler {
	return map[string]handler{
		"POST /v2/reserved_ipv6":              c.createReservedIPv6,
		"GET /v2/reserved_ipv6":               c.listReservedIPv6s,
		"GET /v2/reserved_ipv6/{ip}":          c.readReservedIPv6,
		"DELETE /v2/reserved_ipv6/{ip}":       c.deleteReservedIPv6,
		"POST /v2/reserved_ipv6/{ip}/actions": c.createReservedIPv6Action,
	}
}

func (c *Cloud) createReservedIPv6(q *request) (reply, error) {
	var in struct {
		Region string `json:"region_slug"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	switch {
	case in.Region == "":
		return reply{}, invalid("region_slug is required")
	case !regionExists(in.Region):
		return reply{}, invalid("Region is not available")
	case len(c.s.ReservedIPv6s) >= c.o.Quota.ReservedIPs:
		return reply{}, invalid("You have reached the limit of %d reserved IPv6s", c.o.Quota.ReservedIPs)
	}
	r := &reservedIPv6{IP: c.publicIPv6(), Region: in.Region, ReservedAt: q.now}
	c.s.ReservedIPv6s.Add(r)
	view := c.reservedIPv6View(q, r)
	delete(view, "droplet") // which only reads show
	return created(map[string]any{"reserved_ipv6": view})
}

func (c *Cloud) reservedIPv6View(q *request, r *reservedIPv6) map[string]any {
	v := map[string]any{"ip": r.IP, "region_slug": r.Region, "reserved_at": stamp(r.ReservedAt), "droplet": nil}
	if d, found := c.s.Droplets.Find(itoa(r.DropletID)); found {
		v["droplet"] = c.dropletView(q, d)
	}
	return v
}

func (c *Cloud) findReservedIPv6(q *request) (*reservedIPv6, error) {
	return get(c.s.ReservedIPv6s, q.PathValue("ip"))
}

func (c *Cloud) readReservedIPv6(q *request) (reply, error) {
	r, err := c.findReservedIPv6(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"reserved_ipv6": c.reservedIPv6View(q, r)})
}

func (c *Cloud) listReservedIPv6s(q *request) (reply, error) {
	return list(q, "reserved_ipv6s", c.s.ReservedIPv6s, func(r *reservedIPv6) map[string]any { return c.reservedIPv6View(q, r) })
}

// deleteReservedIPv6 wants the address to be free, other than that of IPv4.
func (c *Cloud) deleteReservedIPv6(q *request) (reply, error) {
	r, err := c.findReservedIPv6(q)
	if err != nil {
		return reply{}, err
	}
	if err := c.addressBusy(r.IP); err != nil {
		return reply{}, err
	}
	if r.DropletID != 0 {
		return reply{}, invalid("The reserved IPv6 is assigned to a Droplet. Unassign it first.")
	}
	c.s.ReservedIPv6s.Drop(r.IP)
	return noContent()
}

func (c *Cloud) createReservedIPv6Action(q *request) (reply, error) {
	r, err := c.findReservedIPv6(q)
	if err != nil {
		return reply{}, err
	}
	about := action{ResourceType: "reserved_ipv6", Region: r.Region, IP: r.IP, DropletID: r.DropletID}
	a, err := c.actOnAddress(q, "reserved IPv6", about, func(dropletID int) error { return c.checkAssignIPv6(q, r, dropletID) })
	if err != nil {
		return reply{}, err
	}
	return created(map[string]any{"action": a.view()})
}

// checkAssignIPv6 wants a Droplet of the region with IPv6 and no reserved address yet.
func (c *Cloud) checkAssignIPv6(q *request, r *reservedIPv6, dropletID int) error {
	d, err := c.liveDroplet(q, dropletID)
	switch {
	case err != nil || !d.DeletedAt.IsZero():
		return invalid("Droplet %d not found", dropletID)
	case d.Region != r.Region:
		return invalid("The Droplet must be in the region of the reserved IPv6")
	case d.IPv6 == "":
		return invalid("The Droplet must have public IPv6 networking enabled")
	case slices.ContainsFunc(c.s.ReservedIPv6s, func(o *reservedIPv6) bool { return o.DropletID == dropletID }):
		return invalid("The Droplet already has a reserved IPv6")
	}
	return c.pending(dropletID)
}

// finishReservedIPv6 applies what a brings to r.
func (c *Cloud) finishReservedIPv6(r *reservedIPv6, a *action) {
	r.DropletID = 0
	if _, there := c.s.Droplets.Find(itoa(a.DropletID)); there && a.Type == "assign_ip" {
		r.DropletID = a.DropletID
	}
}
