package fake

import (
	"net/netip"
	"slices"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

// peering lets two VPCs reach each other.
type peering struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	VPCs      []string  `json:"vpc_ids"`
	CreatedAt time.Time `json:"created_at"`
	DeletedAt time.Time `json:"deleted_at"`
}

func (p *peering) Key() string   { return p.ID }
func (p *peering) Title() string { return p.Name }
func (p *peering) Hidden() bool  { return !p.DeletedAt.IsZero() }

func (p *peering) gone(now time.Time, o Options) bool {
	return !p.DeletedAt.IsZero() && !now.Before(p.DeletedAt.Add(o.Settle))
}

func (p *peering) status(now time.Time, o Options) string {
	switch {
	case !p.DeletedAt.IsZero():
		return "DELETING"
	case now.Before(p.CreatedAt.Add(o.Settle)):
		return "PROVISIONING"
	}
	return "ACTIVE"
}

func (c *Cloud) peeringRoutes() map[string]handler {
	const one, ofVPC = "/v2/vpc_peerings/{pid}", "/v2/vpcs/{id}/peerings"
	return map[string]handler{
		"POST /v2/vpc_peerings":     c.createPeering,
		"GET /v2/vpc_peerings":      c.listPeerings,
		"GET " + one:                c.readPeering,
		"PATCH " + one:              c.renamePeering,
		"DELETE " + one:             c.deletePeering,
		"POST " + ofVPC:             c.createPeeringOfVPC,
		"GET " + ofVPC:              c.listPeeringsOfVPC,
		"PATCH " + ofVPC + "/{pid}": c.renamePeering,
	}
}

type peeringSpec struct {
	Name string   `json:"name"`
	VPCs []string `json:"vpc_ids"`
	To   string   `json:"vpc_id"` // on the path below a VPC
}

var peeringName = providers.NewPattern(`^[a-zA-Z0-9\-]+$`)

func (c *Cloud) createPeering(q *request) (reply, error) {
	var in peeringSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	return c.addPeering(q, in)
}

func (c *Cloud) createPeeringOfVPC(q *request) (reply, error) {
	v, err := c.findVPC(q)
	if err != nil {
		return reply{}, err
	}
	var in peeringSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	in.VPCs = []string{v.ID, in.To}
	return c.addPeering(q, in)
}

func (c *Cloud) addPeering(q *request, in peeringSpec) (reply, error) {
	if err := c.checkPeeringName("", in.Name); err != nil {
		return reply{}, err
	}
	if len(in.VPCs) != 2 || in.VPCs[0] == in.VPCs[1] {
		return reply{}, invalid("vpc_ids must name two different VPCs")
	}
	var ranges []netip.Prefix
	for _, id := range in.VPCs {
		v, err := c.knownVPC(id)
		if err != nil {
			return reply{}, err
		}
		ranges = append(ranges, netip.MustParsePrefix(v.IPRange))
	}
	if ranges[0].Overlaps(ranges[1]) {
		return reply{}, invalid("the ranges of the VPCs overlap")
	}
	for _, p := range c.s.Peerings {
		if slices.Contains(p.VPCs, in.VPCs[0]) && slices.Contains(p.VPCs, in.VPCs[1]) {
			return reply{}, conflict("the VPCs are peered already")
		}
	}
	p := &peering{ID: c.s.IDs.UUID(), Name: in.Name, VPCs: in.VPCs, CreatedAt: q.now}
	c.s.Peerings.Add(p)
	return accepted(map[string]any{"vpc_peering": c.peeringView(q, p)})
}

func (c *Cloud) checkPeeringName(id, name string) error {
	if !peeringName.MatchString(name) {
		return invalid("name can only contain alphanumeric characters and dashes")
	}
	if slices.ContainsFunc(c.s.Peerings, func(p *peering) bool { return p.Name == name && p.ID != id }) {
		return conflict("a VPC peering with the same name already exists in your account")
	}
	return nil
}

func (c *Cloud) peeringView(q *request, p *peering) map[string]any {
	return map[string]any{
		"id": p.ID, "name": p.Name, "vpc_ids": p.VPCs, "status": p.status(q.now, c.o), "created_at": stamp(p.CreatedAt),
	}
}

func (c *Cloud) findPeering(q *request) (*peering, error) {
	p, found := c.s.Peerings.Find(q.PathValue("pid"))
	if of := q.PathValue("id"); !found || of != "" && !slices.Contains(p.VPCs, of) {
		return nil, notFound()
	}
	return p, nil
}

func (c *Cloud) readPeering(q *request) (reply, error) {
	p, err := c.findPeering(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"vpc_peering": c.peeringView(q, p)})
}

func (c *Cloud) listPeerings(q *request) (reply, error) {
	region := q.URL.Query().Get("region")
	return c.peeringsWhere(q, func(p *peering) bool {
		return region == "" || slices.ContainsFunc(p.VPCs, func(id string) bool {
			v, found := c.s.VPCs.Find(id)
			return found && v.Region == region
		})
	})
}

func (c *Cloud) listPeeringsOfVPC(q *request) (reply, error) {
	v, err := c.findVPC(q)
	if err != nil {
		return reply{}, err
	}
	return c.peeringsWhere(q, func(p *peering) bool { return slices.Contains(p.VPCs, v.ID) })
}

func (c *Cloud) peeringsWhere(q *request, match func(*peering) bool) (reply, error) {
	found := slices.DeleteFunc(slices.Clone(c.s.Peerings), func(p *peering) bool { return !match(p) })
	return list(q, "vpc_peerings", found, func(p *peering) map[string]any { return c.peeringView(q, p) })
}

func (c *Cloud) renamePeering(q *request) (reply, error) {
	p, err := c.findPeering(q)
	if err != nil {
		return reply{}, err
	}
	var in peeringSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if err := c.checkPeeringName(p.ID, in.Name); err != nil {
		return reply{}, err
	}
	p.Name = in.Name
	return ok(map[string]any{"vpc_peering": c.peeringView(q, p)})
}

// deletePeering is refused with 403 while the peering is being made.
func (c *Cloud) deletePeering(q *request) (reply, error) {
	p, err := c.findPeering(q)
	switch {
	case err != nil:
		return reply{}, err
	case p.status(q.now, c.o) == "PROVISIONING":
		return reply{}, forbidden("the VPC peering is provisioning")
	}
	if p.DeletedAt.IsZero() {
		p.DeletedAt = q.now
	}
	view := c.peeringView(q, p)
	c.settle(q.now)
	return accepted(map[string]any{"vpc_peering": view})
}
