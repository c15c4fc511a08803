package fake

import (
	"net/netip"
	"slices"
)

// route sends packets for a destination to one target.
type route struct {
	Destination string `json:"destination"` // an IPv4 or IPv6 block
	Gateway     string `json:"gateway_id"`  // "local" too
	NAT         string `json:"nat_gateway_id"`
	Interface   string `json:"network_interface_id"`
}

// routeView is a route in an answer.
type routeView struct {
	CIDR      string `xml:"destinationCidrBlock,omitempty"`
	IPv6      string `xml:"destinationIpv6CidrBlock,omitempty"`
	Gateway   string `xml:"gatewayId,omitempty"`
	NAT       string `xml:"natGatewayId,omitempty"`
	Interface string `xml:"networkInterfaceId,omitempty"`
	Instance  string `xml:"instanceId,omitempty"`
	Owner     string `xml:"instanceOwnerId,omitempty"`
	State     string `xml:"state"`
	Origin    string `xml:"origin"`
}

// routesOf returns a table's routes with the local ones.
func (c *Cloud) routesOf(t *routeTable) []route {
	var out []route
	if v, found := c.s.EC2.VPCs.Find(t.VPC); found {
		out = append(out, route{Destination: v.CIDR, Gateway: "local"})
		if v.IPv6 != "" {
			out = append(out, route{Destination: v.IPv6, Gateway: "local"})
		}
	}
	return append(out, t.Routes...)
}

func (c *Cloud) routeView(r route) routeView {
	view := routeView{Gateway: r.Gateway, NAT: r.NAT, Interface: r.Interface, State: "active", Origin: "CreateRoute"}
	if netip.MustParsePrefix(r.Destination).Addr().Is4() {
		view.CIDR = r.Destination
	} else {
		view.IPv6 = r.Destination
	}
	if r.Gateway == "local" {
		view.Origin = "CreateRouteTable"
		return view
	}
	if !c.targetThere(r) {
		view.State = "blackhole"
	}
	if i, found := c.s.EC2.Interfaces.Find(r.Interface); found && i.Instance != "" {
		view.Instance, view.Owner = i.Instance, c.o.Account
	}
	return view
}

// targetThere tells whether a route still leads somewhere.
func (c *Cloud) targetThere(r route) bool {
	switch {
	case r.NAT != "":
		n, found := c.s.EC2.NATs.Find(r.NAT)
		return found && n.DeletedAt.IsZero()
	case r.Interface != "":
		_, found := c.s.EC2.Interfaces.Find(r.Interface)
		return found
	}
	g, found := c.s.EC2.Gateways.Find(r.Gateway)
	return found && g.VPC != ""
}

// destination is what a route is for.
type destination struct {
	CIDR string `q:"DestinationCidrBlock"`
	IPv6 string `q:"DestinationIpv6CidrBlock"`
}

// routeParams are the parameters of CreateRoute and ReplaceRoute.
type routeParams struct {
	Table string `q:"RouteTableId,required"`
	destination
	Gateway   string `q:"GatewayId"`
	NAT       string `q:"NatGatewayId"`
	Instance  string `q:"InstanceId"`
	Interface string `q:"NetworkInterfaceId"`
}

// block returns the destination in its canonical form.
func (d destination) block() (string, error) {
	if (d.CIDR == "") == (d.IPv6 == "") {
		return "", refusal("MissingParameter", "The request must contain exactly one of destinationCidrBlock, destinationIpv6CidrBlock, destinationPrefixListId")
	}
	if d.CIDR != "" {
		p, err := parseCIDR("destinationCidrBlock", d.CIDR)
		return p.String(), err
	}
	p, err := netip.ParsePrefix(d.IPv6)
	if err != nil || !p.Addr().Is6() {
		return "", badValue("Value (%s) for parameter destinationIpv6CidrBlock is invalid. This is not a valid CIDR block.", d.IPv6)
	}
	return p.Masked().String(), nil
}

// readRoute reads a call's route and the table it is for, and checks the target.
func (c *Cloud) readRoute(q *call) (*routeTable, route, error) {
	var in routeParams
	if err := q.decode(&in); err != nil {
		return nil, route{}, err
	}
	t, err := lookup(c, q, c.s.EC2.RouteTables, in.Table)
	if err != nil {
		return nil, route{}, err
	}
	r := route{Gateway: in.Gateway, NAT: in.NAT, Interface: in.Interface}
	if r.Destination, err = in.block(); err != nil {
		return nil, route{}, err
	}
	targets := slices.DeleteFunc([]string{in.Gateway, in.NAT, in.Instance, in.Interface}, func(s string) bool { return s == "" })
	if len(targets) != 1 {
		return nil, route{}, refusal("InvalidParameterCombination", "The request must contain exactly one target for the route")
	}
	if in.Instance != "" {
		if r.Interface, err = c.onlyInterface(q, in.Instance); err != nil {
			return nil, route{}, err
		}
	}
	return t, r, c.checkTarget(q, t, r)
}

// onlyInterface returns the interface of an instance that has one.
func (c *Cloud) onlyInterface(q *call, instanceID string) (string, error) {
	i, err := lookup(c, q, c.s.EC2.Instances, instanceID)
	if err != nil {
		return "", err
	}
	if n := c.interfacesOf(i); len(n) == 1 {
		return n[0].ID, nil
	}
	return "", refusal("InvalidInstanceID", "There is not exactly one interface attached to instance '%s'.", instanceID)
}

func (c *Cloud) checkTarget(q *call, t *routeTable, r route) error {
	if r.Gateway == "local" {
		return badValue("cannot create a route to the local gateway")
	}
	if r.NAT != "" {
		n, err := lookup(c, q, c.s.EC2.NATs, r.NAT)
		switch {
		case err != nil:
			return refusal("InvalidNatGatewayID.NotFound", "The natGateway ID '%s' does not exist", r.NAT)
		case n.VPC != t.VPC:
			return badValue("route table %s and NAT gateway %s belong to different networks", t.ID, n.ID)
		case !n.DeletedAt.IsZero():
			return refusal("InvalidNatGatewayID.NotFound", "The natGateway ID '%s' does not exist", r.NAT)
		}
		return nil
	}
	if r.Interface != "" {
		i, err := lookup(c, q, c.s.EC2.Interfaces, r.Interface)
		if err == nil && i.VPC != t.VPC {
			err = badValue("route table %s and interface %s belong to different networks", t.ID, i.ID)
		}
		return err
	}
	g, err := lookup(c, q, c.s.EC2.Gateways, r.Gateway)
	if err != nil {
		return refusal("InvalidGatewayID.NotFound", "The gateway ID '%s' does not exist", r.Gateway)
	}
	if g.VPC != t.VPC {
		return badValue("route table %s and network gateway %s belong to different networks", t.ID, g.ID)
	}
	return nil
}

func (t *routeTable) indexOf(destination string) int {
	return slices.IndexFunc(t.Routes, func(r route) bool { return r.Destination == destination })
}

func (c *Cloud) isLocal(t *routeTable, destination string) bool {
	return slices.ContainsFunc(c.routesOf(t), func(r route) bool { return r.Gateway == "local" && r.Destination == destination })
}

func (c *Cloud) createRoute(q *call) (any, error) {
	t, r, err := c.readRoute(q)
	if err != nil {
		return nil, err
	}
	if t.indexOf(r.Destination) >= 0 || c.isLocal(t, r.Destination) {
		return nil, refusal("RouteAlreadyExists", "The route identified by %s already exists.", r.Destination)
	}
	if len(t.Routes) >= c.o.Quota.Routes {
		return nil, refusal("RouteLimitExceeded", "The maximum number of routes has been reached.")
	}
	t.Routes = append(t.Routes, r)
	return done{true}, nil
}

func noRoute(t *routeTable, destination string) error {
	return refusal("InvalidRoute.NotFound", "no route with destination-cidr-block %s in route table %s", destination, t.ID)
}

func (c *Cloud) replaceRoute(q *call) (any, error) {
	t, r, err := c.readRoute(q)
	if err != nil {
		return nil, err
	}
	i := t.indexOf(r.Destination)
	if i < 0 {
		return nil, badValue("There is no route defined for '%s' in the route table. Use CreateRoute instead.", r.Destination)
	}
	t.Routes[i] = r
	return done{true}, nil
}

func (c *Cloud) deleteRoute(q *call) (any, error) {
	var in struct {
		Table string `q:"RouteTableId,required"`
		destination
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	t, err := lookup(c, q, c.s.EC2.RouteTables, in.Table)
	if err != nil {
		return nil, err
	}
	block, err := in.block()
	if err != nil {
		return nil, err
	}
	if c.isLocal(t, block) {
		return nil, badValue("cannot remove local route %s in route table %s", block, t.ID)
	}
	i := t.indexOf(block)
	if i < 0 {
		return nil, noRoute(t, block)
	}
	t.Routes = slices.Delete(t.Routes, i, i+1)
	return done{true}, nil
}
