package fake

import "time"

// placementGroup is a group of servers that run on different hosts.
type placementGroup struct {
	ID        int64     `json:"id"`
	Name      string    `json:"name"`
	Type      string    `json:"type"`
	Labels    labels    `json:"labels"`
	CreatedAt time.Time `json:"created"`
}

func (g *placementGroup) key() int64    { return g.ID }
func (g *placementGroup) title() string { return g.Name }

func (c *Cloud) placementGroupRoutes() map[string]handler {
	return map[string]handler{
		"POST /v1/placement_groups":        c.createPlacementGroup,
		"GET /v1/placement_groups":         c.listPlacementGroups,
		"GET /v1/placement_groups/{id}":    c.readPlacementGroup,
		"PUT /v1/placement_groups/{id}":    c.updatePlacementGroup,
		"DELETE /v1/placement_groups/{id}": c.deletePlacementGroup,
	}
}

// membersOf returns the numbers of the servers in a group.
func (c *Cloud) membersOf(g *placementGroup) []int64 {
	ids := []int64{}
	for _, s := range c.s.Servers {
		if s.Group == g.ID {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

func (c *Cloud) placementGroupView(g *placementGroup) view {
	return view{"id": g.ID, "name": g.Name, "type": g.Type, "labels": g.Labels.shown(), "created": stamp(g.CreatedAt), "servers": c.membersOf(g)}
}

func (c *Cloud) createPlacementGroup(q *request) (reply, error) {
	var in struct {
		naming
		Type string `json:"type"`
	}
	if err := q.decode(&in); err != nil {
		return fail(err)
	}
	if err := checkNew(in.naming, c.s.PlacementGroups, "placement_group"); err != nil {
		return fail(err)
	}
	if in.Type != "spread" {
		return fail(invalid("type", "must be spread"))
	}
	g := &placementGroup{ID: c.newID(), Name: *in.Name, Type: in.Type, CreatedAt: q.now}
	give(&g.Labels, in.Labels)
	c.s.PlacementGroups.add(g)
	return created(view{"placement_group": c.placementGroupView(g), "action": nil})
}

func (c *Cloud) listPlacementGroups(q *request) (reply, error) {
	return list(q, "placement_groups", c.s.PlacementGroups, c.placementGroupView, "name", "type")
}

func (c *Cloud) readPlacementGroup(q *request) (reply, error) {
	return read(q, c.s.PlacementGroups, "placement_group", c.placementGroupView)
}

func (c *Cloud) updatePlacementGroup(q *request) (reply, error) {
	return update(q, c.s.PlacementGroups, "placement_group", func(g *placementGroup) (*string, *labels) { return &g.Name, &g.Labels }, c.placementGroupView)
}

func (c *Cloud) deletePlacementGroup(q *request) (reply, error) {
	g, err := inPath(q, c.s.PlacementGroups, "placement_group")
	if err != nil {
		return fail(err)
	}
	if len(c.membersOf(g)) > 0 {
		return fail(refusal("resource_in_use", "placement group has servers"))
	}
	c.s.PlacementGroups.drop(g.ID)
	return noContent()
}
