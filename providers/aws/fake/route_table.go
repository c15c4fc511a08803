package fake

import "slices"

// routeTable says where the packets of subnets go.
type routeTable struct {
	meta
	VPC          string     `json:"vpc_id"`
	Routes       []route    `json:"routes"` // without the local ones
	Associations []tableUse `json:"associations"`
}

// tableUse is an association of a table: with a subnet, or as main table of its VPC.
type tableUse struct {
	ID     string `json:"id"`
	Subnet string `json:"subnet_id"`
	Main   bool   `json:"main"`
}

func (*routeTable) kind() kind {
	return kind{prefix: "rtb", tagType: "route-table", notFound: "InvalidRouteTableID.NotFound", message: "The routeTable ID '%s' does not exist"}
}

// Hidden is true for a main table nobody made; one that became main is the client's.
func (t *routeTable) Hidden() bool { return t.Builtin }

func (t *routeTable) isMain() bool {
	return slices.ContainsFunc(t.Associations, func(u tableUse) bool { return u.Main })
}

// mainTable returns the main table of a VPC, nil without one.
func (c *Cloud) mainTable(vpcID string) *routeTable {
	for _, t := range c.s.EC2.RouteTables {
		if t.VPC == vpcID && t.isMain() {
			return t
		}
	}
	return nil
}

// tableOf returns the table that holds for s.
func (c *Cloud) tableOf(s *subnet) *routeTable {
	for _, t := range c.s.EC2.RouteTables {
		if slices.ContainsFunc(t.Associations, func(u tableUse) bool { return u.Subnet == s.ID }) {
			return t
		}
	}
	return c.mainTable(s.VPC)
}

// tableUseView is an association in an answer.
type tableUseView struct {
	ID     string    `xml:"routeTableAssociationId"`
	Table  string    `xml:"routeTableId"`
	Subnet string    `xml:"subnetId,omitempty"`
	Main   bool      `xml:"main"`
	State  cidrState `xml:"associationState"`
}

// tableView is a route table in an answer.
type tableView struct {
	ID          string            `xml:"routeTableId"`
	VPC         string            `xml:"vpcId"`
	Owner       string            `xml:"ownerId"`
	Routes      set[routeView]    `xml:"routeSet"`
	Uses        set[tableUseView] `xml:"associationSet"`
	Propagating set[string]       `xml:"propagatingVgwSet"`
	Tags        set[tagView]      `xml:"tagSet"`
}

func (c *Cloud) routeTableOperations() map[string]operation {
	return map[string]operation{
		"CreateRouteTable": c.createTable, "DescribeRouteTables": c.describeTables, "DeleteRouteTable": c.deleteTable,
		"AssociateRouteTable": c.associateTable, "DisassociateRouteTable": c.disassociateTable,
		"ReplaceRouteTableAssociation": c.replaceTableUse,
		"CreateRoute":                  c.createRoute, "ReplaceRoute": c.replaceRoute, "DeleteRoute": c.deleteRoute,
	}
}

func (c *Cloud) createTable(q *call) (any, error) {
	var in struct {
		VpcID       string `q:"VpcId,required"`
		ClientToken string
		tagged
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	v, err := lookup(c, q, c.s.EC2.VPCs, in.VpcID)
	if err != nil {
		return nil, err
	}
	tags, err := in.forType("route-table")
	if err != nil {
		return nil, err
	}
	id, err := c.repeated(q)
	if err != nil {
		return nil, err
	}
	t, again := c.s.EC2.RouteTables.Find(id)
	if !again {
		if len(c.s.EC2.RouteTables.Where(func(t *routeTable) bool { return t.VPC == v.ID })) >= c.o.Quota.RouteTables {
			return nil, refusal("RouteTableLimitExceeded", "The maximum number of route tables has been reached.")
		}
		t = &routeTable{meta: c.newMeta(q, (*routeTable)(nil).kind(), tags), VPC: v.ID}
		c.s.EC2.RouteTables.Add(t)
		c.remember(q, t.ID)
	}
	return struct {
		Table tableView `xml:"routeTable"`
		Token string    `xml:"clientToken,omitempty"`
	}{c.tableView(t), in.ClientToken}, nil
}

func (c *Cloud) tableView(t *routeTable) tableView {
	return tableView{ID: t.ID, VPC: t.VPC, Owner: c.o.Account, Tags: tagViews(t.Tags),
		Routes: setOf(c.routesOf(t), c.routeView),
		Uses: setOf(t.Associations, func(u tableUse) tableUseView {
			return tableUseView{u.ID, t.ID, u.Subnet, u.Main, cidrState{"associated"}}
		})}
}

// eachUse is a filter over a table's associations.
func eachUse(get func(tableUse) string) func(*routeTable) []string {
	return func(t *routeTable) []string {
		var out []string
		for _, u := range t.Associations {
			if v := get(u); v != "" {
				out = append(out, v)
			}
		}
		return out
	}
}

func (c *Cloud) eachRoute(get func(routeView) string) func(*routeTable) []string {
	return func(t *routeTable) []string {
		var out []string
		for _, r := range c.routesOf(t) {
			if v := get(c.routeView(r)); v != "" {
				out = append(out, v)
			}
		}
		return out
	}
}

func (c *Cloud) describeTables(q *call) (any, error) {
	var in struct {
		IDs []string `q:"RouteTableId"`
		listing
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	found, next, err := list(c, q, c.s.EC2.RouteTables, in.listing, in.IDs, fields[*routeTable]{
		"route-table-id": one((*routeTable).Key), "vpc-id": one(func(t *routeTable) string { return t.VPC }),
		"owner-id":                               one(func(*routeTable) string { return c.o.Account }),
		"association.route-table-association-id": eachUse(func(u tableUse) string { return u.ID }),
		"association.route-table-id": func(t *routeTable) []string {
			if len(t.Associations) == 0 {
				return nil
			}
			return []string{t.ID}
		},
		"association.subnet-id": eachUse(func(u tableUse) string { return u.Subnet }),
		"association.main": func(t *routeTable) []string {
			if len(t.Associations) == 0 {
				return []string{"false"}
			}
			return flag(func(t *routeTable) bool { return t.isMain() })(t)
		},
		"route.destination-cidr-block":      c.eachRoute(func(r routeView) string { return r.CIDR }),
		"route.destination-ipv6-cidr-block": c.eachRoute(func(r routeView) string { return r.IPv6 }),
		"route.gateway-id":                  c.eachRoute(func(r routeView) string { return r.Gateway }),
		"route.nat-gateway-id":              c.eachRoute(func(r routeView) string { return r.NAT }),
		"route.instance-id":                 c.eachRoute(func(r routeView) string { return r.Instance }),
		"route.origin":                      c.eachRoute(func(r routeView) string { return r.Origin }),
		"route.state":                       c.eachRoute(func(r routeView) string { return r.State }),
	})
	if err != nil {
		return nil, err
	}
	return struct {
		Tables set[tableView] `xml:"routeTableSet"`
		Next   string         `xml:"nextToken,omitempty"`
	}{setOf(found, c.tableView), next}, nil
}

func (c *Cloud) deleteTable(q *call) (any, error) {
	var in struct {
		ID string `q:"RouteTableId,required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	t, err := lookup(c, q, c.s.EC2.RouteTables, in.ID)
	if err != nil {
		return nil, err
	}
	if len(t.Associations) > 0 {
		return nil, refusal("DependencyViolation", "The routeTable '%s' has dependencies and cannot be deleted.", t.ID)
	}
	c.s.EC2.RouteTables.Drop(t.ID)
	return done{true}, nil
}

// associated is the answer of calls that make an association.
type associated struct {
	ID    string    `xml:"associationId,omitempty"`
	NewID string    `xml:"newAssociationId,omitempty"`
	State cidrState `xml:"associationState"`
}

func (c *Cloud) associateTable(q *call) (any, error) {
	var in struct {
		ID       string `q:"RouteTableId,required"`
		SubnetID string `q:"SubnetId"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	t, err := lookup(c, q, c.s.EC2.RouteTables, in.ID)
	if err != nil {
		return nil, err
	}
	if in.SubnetID == "" {
		return nil, refusal("MissingParameter", "The request must contain exactly one of subnetId or gatewayId")
	}
	s, err := lookup(c, q, c.s.EC2.Subnets, in.SubnetID)
	if err != nil {
		return nil, err
	}
	if s.VPC != t.VPC {
		return nil, badValue("Route table %s and network %s belong to different networks", t.ID, s.VPC)
	}
	if other := c.tableOf(s); other != nil {
		for _, u := range other.Associations {
			if u.Subnet != s.ID {
				continue
			}
			if other == t {
				return associated{ID: u.ID, State: cidrState{"associated"}}, nil
			}
			return nil, refusal("Resource.AlreadyAssociated", "the specified association for route table %s conflicts with an existing association", t.ID)
		}
	}
	u := tableUse{ID: c.newID("rtbassoc"), Subnet: s.ID}
	t.Associations = append(t.Associations, u)
	return associated{ID: u.ID, State: cidrState{"associated"}}, nil
}

// findTableUse returns an association and the table it is on.
func (c *Cloud) findTableUse(q *call, id string) (*routeTable, tableUse, error) {
	for _, t := range c.s.EC2.RouteTables {
		if i := slices.IndexFunc(t.Associations, func(u tableUse) bool { return u.ID == id }); i >= 0 && c.seen(q, t) {
			return t, t.Associations[i], nil
		}
	}
	return nil, tableUse{}, refusal("InvalidAssociationID.NotFound", "The association ID '%s' does not exist", id)
}

func (t *routeTable) dropUse(id string) {
	t.Associations = slices.DeleteFunc(t.Associations, func(u tableUse) bool { return u.ID == id })
}

func (c *Cloud) disassociateTable(q *call) (any, error) {
	var in struct {
		ID string `q:"AssociationId,required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	t, u, err := c.findTableUse(q, in.ID)
	if err != nil {
		return nil, err
	}
	if u.Main {
		return nil, badValue("cannot disassociate the main route table association %s", u.ID)
	}
	t.dropUse(u.ID)
	return done{true}, nil
}

// replaceTableUse moves an association, the main one too, and gives it a new id.
func (c *Cloud) replaceTableUse(q *call) (any, error) {
	var in struct {
		ID    string `q:"AssociationId,required"`
		Table string `q:"RouteTableId,required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	from, u, err := c.findTableUse(q, in.ID)
	if err != nil {
		return nil, err
	}
	to, err := lookup(c, q, c.s.EC2.RouteTables, in.Table)
	if err != nil {
		return nil, err
	}
	if to.VPC != from.VPC {
		return nil, badValue("Route table %s and network %s belong to different networks", to.ID, from.VPC)
	}
	from.dropUse(u.ID)
	u.ID = c.newID("rtbassoc")
	to.Associations = append(to.Associations, u)
	return associated{NewID: u.ID, State: cidrState{"associated"}}, nil
}
