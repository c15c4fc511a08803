package fake

import (
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// maxDBSubnets is how many subnets a group may have.
const maxDBSubnets = 20

// dbSubnetGroup are the subnets that database instances may be in.
type dbSubnetGroup struct {
	dbMeta
	Description string   `json:"description"`
	VPC         string   `json:"vpc_id"`
	Subnets     []string `json:"subnet_ids"`
	Builtin     bool     `json:"builtin"` // of the default VPC
}

func (g *dbSubnetGroup) Hidden() bool { return g.Builtin }

// dbSubnetView is a subnet of a group in an answer.
type dbSubnetView struct {
	SubnetIdentifier string
	Zone             string `xml:"SubnetAvailabilityZone>Name"`
	SubnetStatus     string
}

// dbGroupView is a group in an answer.
type dbGroupView struct {
	DBSubnetGroupName        string
	DBSubnetGroupDescription string
	VpcId                    string //nolint:revive // as in the API
	SubnetGroupStatus        string
	Subnets                  []dbSubnetView `xml:"Subnets>Subnet"`
	DBSubnetGroupArn         string
	SupportedNetworkTypes    []string `xml:"SupportedNetworkTypes>member"`
}

func (c *Cloud) dbGroupView(g *dbSubnetGroup) dbGroupView {
	v := dbGroupView{DBSubnetGroupName: g.Name, DBSubnetGroupDescription: g.Description, VpcId: g.VPC, SubnetGroupStatus: "Complete",
		DBSubnetGroupArn: g.ARN, SupportedNetworkTypes: []string{"IPV4"}}
	for _, id := range g.Subnets {
		// A subnet without instances can be deleted; the group keeps its id.
		if s, found := c.s.EC2.Subnets.Find(id); found {
			v.Subnets = append(v.Subnets, dbSubnetView{id, s.Zone, "Active"})
		}
	}
	return v
}

func (c *Cloud) dbGroupOperations() map[string]operation {
	return map[string]operation{
		"CreateDBSubnetGroup": c.createDBGroup, "DescribeDBSubnetGroups": c.describeDBGroups,
		"ModifyDBSubnetGroup": c.modifyDBGroup, "DeleteDBSubnetGroup": c.deleteDBGroup,
	}
}

func (c *Cloud) findDBGroup(q *call, name string) (*dbSubnetGroup, error) {
	g, found := dbFind(c, q, c.s.RDS.Groups, name)
	if !found {
		return nil, dbNotFound("DBSubnetGroupNotFoundFault", "DB subnet group '%s' does not exist.", name)
	}
	return g, nil
}

// dbSubnets returns the VPC of the subnets, which must cover two zones.
func (c *Cloud) dbSubnets(q *call, ids []string) (vpcID string, err error) {
	var zones, bad []string
	for _, id := range ids {
		s, err := lookup(c, q, c.s.EC2.Subnets, id)
		if err != nil {
			bad = append(bad, id)
			continue
		}
		if vpcID != "" && s.VPC != vpcID {
			return "", refusal("InvalidSubnet", "Subnets must be in the same VPC.")
		}
		vpcID = s.VPC
		if !slices.Contains(zones, s.Zone) {
			zones = append(zones, s.Zone)
		}
	}
	switch {
	case len(bad) > 0:
		return "", refusal("InvalidSubnet", "Some input subnets in :[%s] are invalid.", strings.Join(bad, ", "))
	case len(ids) > maxDBSubnets:
		return "", refusal("DBSubnetQuotaExceededFault", "The request would result in more than %d subnets in the DB subnet group.", maxDBSubnets)
	case len(zones) < 2:
		return "", refusal("DBSubnetGroupDoesNotCoverEnoughAZs",
			"The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: %s. Add subnets to cover at least 2 AZs.", strings.Join(zones, ", "))
	}
	return vpcID, nil
}

var dbGroupName = providers.NewPattern(`^[a-z0-9 ._-]{1,255}$`)

func (c *Cloud) createDBGroup(q *call) (any, error) {
	var in struct {
		DBSubnetGroupName        string     `q:",required"`
		DBSubnetGroupDescription string     `q:",required"`
		SubnetIds                []string   `q:",required,item=SubnetIdentifier"`
		Tags                     []tagParam `q:",item=Tag"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	name := strings.ToLower(in.DBSubnetGroupName)
	if !dbGroupName.MatchString(name) || name == "default" {
		return nil, badValue("The parameter DBSubnetGroupName is not a valid identifier. It must contain from 1 to 255 letters, numbers, spaces, hyphens, underscores, and periods, and must not be Default.")
	}
	tags, err := readDBTags(in.Tags)
	if err != nil {
		return nil, err
	}
	if dbTaken(q, c.s.RDS.Groups, name) {
		return nil, refusal("DBSubnetGroupAlreadyExists", "The DB subnet group '%s' already exists.", name)
	}
	vpcID, err := c.dbSubnets(q, in.SubnetIds)
	if err != nil {
		return nil, err
	}
	if len(c.s.RDS.Groups.Where(func(g *dbSubnetGroup) bool { return g.Region == q.region })) >= maxDBGroups {
		return nil, refusal("DBSubnetGroupQuotaExceeded", "You have reached the maximum number of DB subnet groups.")
	}
	g := &dbSubnetGroup{dbMeta: c.newDBMeta(q, "subgrp", name, tags), Description: in.DBSubnetGroupDescription, VPC: vpcID, Subnets: in.SubnetIds}
	c.s.RDS.Groups.Add(g)
	return struct{ DBSubnetGroup dbGroupView }{c.dbGroupView(g)}, nil
}

// maxDBGroups is how many groups a region may have.
const maxDBGroups = 50

func (c *Cloud) describeDBGroups(q *call) (any, error) {
	var in struct {
		DBSubnetGroupName string
		dbPage
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	groups := dbSeen(c, q, c.s.RDS.Groups)
	if in.DBSubnetGroupName != "" {
		g, err := c.findDBGroup(q, in.DBSubnetGroupName)
		if err != nil {
			return nil, err
		}
		groups = []*dbSubnetGroup{g}
	}
	groups, err := dbFiltered(in.Filters, groups, nil)
	if err != nil {
		return nil, err
	}
	page, next, err := dbPageOf(in.dbPage, groups, (*dbSubnetGroup).dbName)
	if err != nil {
		return nil, err
	}
	out := struct {
		DBSubnetGroups struct{ DBSubnetGroup []dbGroupView }
		Marker         string `xml:",omitempty"`
	}{Marker: next}
	for _, g := range page {
		out.DBSubnetGroups.DBSubnetGroup = append(out.DBSubnetGroups.DBSubnetGroup, c.dbGroupView(g))
	}
	return out, nil
}

func (c *Cloud) modifyDBGroup(q *call) (any, error) {
	var in struct {
		DBSubnetGroupName        string `q:",required"`
		DBSubnetGroupDescription *string
		SubnetIds                []string `q:",required,item=SubnetIdentifier"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	g, err := c.findDBGroup(q, in.DBSubnetGroupName)
	if err != nil {
		return nil, err
	}
	vpcID, err := c.dbSubnets(q, in.SubnetIds)
	if err != nil {
		return nil, err
	}
	if vpcID != g.VPC {
		return nil, refusal("InvalidSubnet", "The specified subnets are not in the VPC of the DB subnet group: %s", g.VPC)
	}
	for _, d := range c.dbInGroup(g) {
		for _, used := range c.dbSubnetsOf(d) {
			if !slices.Contains(in.SubnetIds, used) {
				return nil, refusal("SubnetAlreadyInUse", "The subnet %s is already in use by DB instance %s.", used, d.Name)
			}
		}
	}
	g.Subnets = in.SubnetIds
	if in.DBSubnetGroupDescription != nil {
		g.Description = *in.DBSubnetGroupDescription
	}
	return struct{ DBSubnetGroup dbGroupView }{c.dbGroupView(g)}, nil
}

// dbInGroup returns the instances in a group, those on their way out as well.
func (c *Cloud) dbInGroup(g *dbSubnetGroup) []*dbInstance {
	return c.s.RDS.Instances.Where(func(d *dbInstance) bool { return d.Group == g.ARN })
}

func (c *Cloud) deleteDBGroup(q *call) (any, error) {
	var in struct {
		DBSubnetGroupName string `q:",required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	g, err := c.findDBGroup(q, in.DBSubnetGroupName)
	if err != nil {
		return nil, err
	}
	if users := c.dbInGroup(g); len(users) > 0 {
		return nil, refusal("InvalidDBSubnetGroupStateFault",
			"Cannot delete the subnet group '%s' because at least one database instance: %s is still using it.", g.Name, users[0].Name)
	}
	c.s.RDS.Groups.Drop(g.ARN)
	return nil, nil
}

// defaultDBGroup returns the group for instances that name none: the subnets of
// the default VPC.
func (c *Cloud) defaultDBGroup(q *call) (*dbSubnetGroup, error) {
	vpcs := c.s.EC2.VPCs.Where(func(v *vpc) bool { return v.Default && v.Region == q.region })
	if len(vpcs) == 0 {
		return nil, refusal("InvalidSubnet", "No default subnet detected in VPC. Please contact AWS Support to recreate default Subnets.")
	}
	name := "default-" + vpcs[0].ID
	if g, found := dbFind(c, q, c.s.RDS.Groups, name); found {
		return g, nil
	}
	g := &dbSubnetGroup{dbMeta: c.newDBMeta(q, "subgrp", name, nil), Description: "default", VPC: vpcs[0].ID, Builtin: true}
	g.CreatedAt = vpcs[0].CreatedAt
	for _, s := range c.s.EC2.Subnets {
		if s.VPC == g.VPC && s.Default {
			g.Subnets = append(g.Subnets, s.ID)
		}
	}
	if _, err := c.dbSubnets(q, g.Subnets); err != nil {
		return nil, err
	}
	return g, nil
}
