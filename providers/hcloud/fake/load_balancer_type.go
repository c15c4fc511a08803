package fake

import "slices"

// lbType is a type of load balancers: how much one carries.
type lbType struct {
	id                                           int64
	name                                         string
	connections, services, targets, certificates int
}

var lbTypes = []lbType{
	{1, "lb11", 10_000, 5, 25, 10},
	{2, "lb21", 20_000, 15, 75, 25},
	{3, "lb31", 40_000, 30, 150, 50},
}

func (t lbType) view() view {
	return view{
		"id": t.id, "name": t.name, "description": t.name, "max_connections": t.connections, "max_services": t.services,
		"max_targets": t.targets, "max_assigned_certificates": t.certificates, "prices": []view{}, "deprecated": nil, "deprecation": nil,
	}
}

// findLBType finds a type by its name or its number.
func findLBType(name string) (lbType, bool) {
	i := slices.IndexFunc(lbTypes, func(t lbType) bool { return t.name == name || itoa(t.id) == name })
	if i < 0 {
		return lbType{}, false
	}
	return lbTypes[i], true
}

func (c *Cloud) lbTypeRoutes() map[string]handler {
	return map[string]handler{
		"GET /v1/load_balancer_types":      c.listLBTypes,
		"GET /v1/load_balancer_types/{id}": c.readLBType,
	}
}

func (c *Cloud) listLBTypes(q *request) (reply, error) {
	return list(q, "load_balancer_types", lbTypes, lbType.view, "name")
}

func (c *Cloud) readLBType(q *request) (reply, error) {
	t, found := findLBType(q.PathValue("id"))
	if !found {
		return fail(notFound("load_balancer_type", q.PathValue("id")))
	}
	return ok(view{"load_balancer_type": t.view()})
}
