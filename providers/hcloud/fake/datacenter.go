package fake

import "slices"

// datacenter is a building of a location. The real API says since October 2026 that
// they are no more, as this one does with Options.NoDatacenters.
type datacenter struct {
	id          int64
	name        string
	description string
	location    string
}

var datacenters = []datacenter{
	{2, "nbg1-dc3", "Nuremberg 1 virtual DC 3", "nbg1"},
	{3, "hel1-dc2", "Helsinki 1 virtual DC 2", "hel1"},
	{4, "fsn1-dc14", "Falkenstein 1 virtual DC14", "fsn1"},
	{5, "ash-dc1", "Ashburn virtual DC 1", "ash"},
	{6, "hil-dc1", "Hillsboro virtual DC 1", "hil"},
	{7, "sin-dc1", "Singapore virtual DC 1", "sin"},
}

func (c *Cloud) datacenterView(d datacenter) view {
	l, _ := findLocation(d.location)
	supported, available := []int64{}, []int64{}
	for _, t := range serverTypes {
		if t.in(l) {
			supported = append(supported, t.id)
		}
		if c.sold(t, l) {
			available = append(available, t.id)
		}
	}
	return view{
		"id": d.id, "name": d.name, "description": d.description, "location": l.view(),
		"server_types": view{"supported": supported, "available": available, "available_for_migration": available},
	}
}

func (c *Cloud) datacenterRoutes() map[string]handler {
	return map[string]handler{
		"GET /v1/datacenters":      c.listDatacenters,
		"GET /v1/datacenters/{id}": c.readDatacenter,
	}
}

// checkDatacenters refuses to speak of what is no more.
func (c *Cloud) checkDatacenters() error {
	if c.o.NoDatacenters {
		return refusal("deprecated_api_endpoint", "the datacenters endpoints were removed: use locations")
	}
	return nil
}

func (c *Cloud) listDatacenters(q *request) (reply, error) {
	if err := c.checkDatacenters(); err != nil {
		return fail(err)
	}
	return list(q, "datacenters", datacenters, c.datacenterView, "name")
}

func (c *Cloud) readDatacenter(q *request) (reply, error) {
	if err := c.checkDatacenters(); err != nil {
		return fail(err)
	}
	i := slices.IndexFunc(datacenters, func(d datacenter) bool { return itoa(d.id) == q.PathValue("id") })
	if i < 0 {
		return fail(notFound("datacenter", q.PathValue("id")))
	}
	return ok(view{"datacenter": c.datacenterView(datacenters[i])})
}
