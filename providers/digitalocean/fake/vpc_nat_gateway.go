package fake

import (
	"slices"
	"strings"
	"time"
)

// natGateway lets the Droplets of VPCs reach the internet.
type natGateway struct {
	ID        string       `json:"id"`
	Name      string       `json:"name"`
	Type      string       `json:"type"`
	Region    string       `json:"region"`
	Size      int          `json:"size"`
	VPCs      []natIngress `json:"vpcs"`
	Egress    string       `json:"egress"`
	UDP       int          `json:"udp_timeout_seconds"`
	ICMP      int          `json:"icmp_timeout_seconds"`
	TCP       int          `json:"tcp_timeout_seconds"`
	CreatedAt time.Time    `json:"created_at"`
	UpdatedAt time.Time    `json:"updated_at"`
	DeletedAt time.Time    `json:"deleted_at"`
	Broken    bool         `json:"broken"` // ends in ERROR
	home
}

// natIngress is a VPC behind a gateway.
type natIngress struct {
	VPC     string `json:"vpc_uuid"`
	Subnet  string `json:"subnet_uuid,omitempty"`
	IP      string `json:"gateway_ip"`
	Default bool   `json:"default_gateway"`
}

func (g *natGateway) Key() string   { return g.ID }
func (g *natGateway) Title() string { return g.Name }
func (g *natGateway) Hidden() bool  { return !g.DeletedAt.IsZero() }

// gone tells whether nothing depends on g any more: its VPCs are held longer
// than the API shows it.
func (g *natGateway) gone(now time.Time, o Options) bool {
	return !g.DeletedAt.IsZero() && !now.Before(g.DeletedAt.Add(o.DeleteLag+o.MemberLag))
}

func (g *natGateway) visible(now time.Time, o Options) bool {
	return g.DeletedAt.IsZero() || now.Before(g.DeletedAt.Add(o.DeleteLag))
}

func (g *natGateway) state(now time.Time, o Options) string {
	switch {
	case !g.DeletedAt.IsZero():
		return "DELETING"
	case now.Before(g.CreatedAt.Add(o.Boot / 2)):
		return "NEW"
	case now.Before(g.CreatedAt.Add(o.Boot)):
		return "PROVISIONING"
	case g.Broken:
		return "ERROR"
	}
	return "ACTIVE"
}

// natSpec is the body of create and PUT. Of PUT the documentation knows neither
// type nor region; they may be sent.
type natSpec struct {
	Name     string       `json:"name"`
	Type     string       `json:"type"`
	Region   string       `json:"region"`
	Size     int          `json:"size"`
	VPCs     []natIngress `json:"vpcs"`
	Project  string       `json:"project_id"`
	UDP      int          `json:"udp_timeout_seconds"`
	ICMP     int          `json:"icmp_timeout_seconds"`
	TCP      int          `json:"tcp_timeout_seconds"`
	Egresses *struct {
		Public []struct {
			IP string `json:"ip"`
		} `json:"public_gateways"`
	} `json:"egresses"`
}

func (c *Cloud) natGatewayRoutes() map[string]handler {
	return map[string]handler{
		"POST /v2/vpc_nat_gateways":        c.createNATGateway,
		"GET /v2/vpc_nat_gateways":         c.listNATGateways,
		"GET /v2/vpc_nat_gateways/{id}":    c.readNATGateway,
		"PUT /v2/vpc_nat_gateways/{id}":    c.replaceNATGateway,
		"DELETE /v2/vpc_nat_gateways/{id}": c.deleteNATGateway,
	}
}

func (c *Cloud) createNATGateway(q *request) (reply, error) {
	var in natSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	switch {
	case in.Type != "PUBLIC":
		return reply{}, invalid("type must be PUBLIC")
	case !regionExists(in.Region):
		return reply{}, invalid("Region is not available")
	case in.Egresses != nil && len(in.Egresses.Public) > 0:
		return reply{}, invalid("%s is not an unassigned address of your own in region %s", in.Egresses.Public[0].IP, in.Region)
	}
	g := &natGateway{Type: in.Type, Region: in.Region, CreatedAt: q.now}
	if err := c.checkNATGateway(q, g, &in); err != nil {
		return reply{}, err
	}
	project, err := c.homeFor(q, in.Project)
	if err != nil {
		return reply{}, err
	}
	g.ID, g.Egress, g.home = c.s.IDs.UUID(), c.publicAddress(), project
	c.fillNATGateway(q, g, in)
	c.s.NATGateways.Add(g)
	return accepted(map[string]any{"vpc_nat_gateway": c.natGatewayView(q, g)})
}

// natTimeouts are in seconds.
const (
	natUDP, natICMP, natTCP = 30, 30, 300
	maxNATSize              = 5
)

// checkNATGateway refuses a wrong body for g and fills in the defaults.
func (c *Cloud) checkNATGateway(q *request, g *natGateway, in *natSpec) error {
	switch {
	case in.Name == "":
		return invalid("name is required")
	case slices.ContainsFunc(c.s.NATGateways, func(o *natGateway) bool { return o.Name == in.Name && o != g && !o.Hidden() }):
		return invalid("a NAT gateway with the same name already exists")
	case in.Size < 1 || in.Size > maxNATSize:
		return invalid("size must be between 1 and %d", maxNATSize)
	case len(in.VPCs) == 0:
		return invalid("at least one VPC is required")
	}
	seen := map[string]bool{}
	for _, i := range in.VPCs {
		v, err := c.knownVPC(i.VPC)
		if err != nil {
			return err
		}
		if v.Region != g.Region || seen[i.VPC] {
			return invalid("VPC %s is not in region %s, or is there twice", i.VPC, g.Region)
		}
		seen[i.VPC] = true
	}
	for _, f := range []struct {
		name  string
		field *int
		usual int
	}{{"udp", &in.UDP, natUDP}, {"icmp", &in.ICMP, natICMP}, {"tcp", &in.TCP, natTCP}} {
		if *f.field == 0 {
			*f.field = f.usual
		}
		if *f.field < 5 || *f.field > 3600 {
			return invalid("%s_timeout_seconds must be between 5 and 3600", f.name)
		}
	}
	return nil
}

func (c *Cloud) fillNATGateway(q *request, g *natGateway, in natSpec) {
	g.Name, g.Size, g.UDP, g.ICMP, g.TCP, g.UpdatedAt = in.Name, in.Size, in.UDP, in.ICMP, in.TCP, q.now
	was := g.VPCs
	g.VPCs = nil
	for _, i := range in.VPCs {
		i.IP = ""
		if n := slices.IndexFunc(was, func(o natIngress) bool { return o.VPC == i.VPC }); n >= 0 {
			i.IP = was[n].IP
		}
		if i.IP == "" {
			i.IP = c.privateAddress(i.VPC)
		}
		g.VPCs = append(g.VPCs, i)
	}
}

func (c *Cloud) natGatewayView(q *request, g *natGateway) map[string]any {
	v := map[string]any{
		"id": g.ID, "name": g.Name, "type": g.Type, "state": g.state(q.now, c.o), "region": g.Region, "size": g.Size,
		"udp_timeout_seconds": g.UDP, "icmp_timeout_seconds": g.ICMP, "tcp_timeout_seconds": g.TCP,
		"created_at": stamp(g.CreatedAt), "updated_at": stamp(g.UpdatedAt), "project_id": g.ProjectID,
	}
	active := g.state(q.now, c.o) == "ACTIVE"
	vpcs := []any{}
	for _, i := range g.VPCs {
		one := map[string]any{"vpc_uuid": i.VPC, "default_gateway": i.Default}
		if active {
			one["gateway_ip"] = i.IP
		}
		vpcs = append(vpcs, one)
	}
	v["vpcs"] = vpcs
	if active {
		v["egresses"] = map[string]any{"public_gateways": []any{map[string]any{"ipv4": g.Egress}}}
	}
	return v
}

func (c *Cloud) findNATGateway(q *request) (*natGateway, error) {
	id := q.PathValue("id")
	g, found := c.s.NATGateways.Find(id)
	if !found || !g.visible(q.now, c.o) {
		return nil, missing("nat gateway with id %s not found", id)
	}
	return g, nil
}

func (c *Cloud) readNATGateway(q *request) (reply, error) {
	g, err := c.findNATGateway(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"vpc_nat_gateway": c.natGatewayView(q, g)})
}

func (c *Cloud) listNATGateways(q *request) (reply, error) {
	query := q.URL.Query()
	wants := func(name, value string) bool {
		return !query.Has(name) || slices.ContainsFunc(query[name], func(s string) bool { return strings.EqualFold(s, value) })
	}
	found := slices.DeleteFunc(slices.Clone(c.s.NATGateways), func(g *natGateway) bool {
		return !g.visible(q.now, c.o) || !wants("state", g.state(q.now, c.o)) || !wants("region", g.Region) || !wants("type", g.Type) || !wants("name", g.Name)
	})
	return list(q, "vpc_nat_gateways", found, func(g *natGateway) map[string]any { return c.natGatewayView(q, g) })
}

// replaceNATGateway is PUT: it wants a full representation.
func (c *Cloud) replaceNATGateway(q *request) (reply, error) {
	g, err := c.findNATGateway(q)
	if err != nil {
		return reply{}, err
	}
	var in natSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	switch {
	case g.state(q.now, c.o) != "ACTIVE":
		return reply{}, conflict("nat gateway %s is not active: it is %s", g.ID, g.state(q.now, c.o))
	case in.Type != "" && in.Type != g.Type, in.Region != "" && in.Region != g.Region:
		return reply{}, invalid("type and region of a NAT gateway can not be changed")
	}
	if err := c.checkNATGateway(q, g, &in); err != nil {
		return reply{}, err
	}
	if in.Project != "" && in.Project != g.ProjectID {
		if g.home, err = c.homeFor(q, in.Project); err != nil {
			return reply{}, err
		}
	}
	c.fillNATGateway(q, g, in)
	return ok(map[string]any{"vpc_nat_gateway": c.natGatewayView(q, g)})
}

func (c *Cloud) deleteNATGateway(q *request) (reply, error) {
	g, err := c.findNATGateway(q)
	if err != nil {
		return reply{}, err
	}
	if g.DeletedAt.IsZero() {
		g.DeletedAt = q.now
		c.settle(q.now)
	}
	return accepted(nil)
}
