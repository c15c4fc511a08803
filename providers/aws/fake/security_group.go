package fake

import (
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// securityGroup is a firewall around network interfaces. Its rules are groupRule.
type securityGroup struct {
	meta
	VPC         string `json:"vpc_id"`
	Name        string `json:"group_name"`
	Description string `json:"description"`
}

func (*securityGroup) kind() kind {
	return kind{prefix: "sg", tagType: "security-group", notFound: "InvalidGroup.NotFound", malformed: "InvalidGroupId.Malformed",
		message: "The security group '%s' does not exist"}
}

func (g *securityGroup) Title() string { return g.Name }

// groupName is a group where only its name matters.
type groupName struct {
	ID   string `xml:"groupId"`
	Name string `xml:"groupName"`
}

// groupNames are the names of groups by their ids.
func (c *Cloud) groupNames(ids []string) set[groupName] {
	return setOf(ids, func(id string) groupName {
		n := groupName{ID: id}
		if g, found := c.s.EC2.Groups.Find(id); found {
			n.Name = g.Name
		}
		return n
	})
}

// groupView is a security group in an answer.
type groupView struct {
	Owner       string          `xml:"ownerId"`
	ID          string          `xml:"groupId"`
	ARN         string          `xml:"securityGroupArn"`
	Name        string          `xml:"groupName"`
	Description string          `xml:"groupDescription"`
	VPC         string          `xml:"vpcId"`
	Ingress     set[permission] `xml:"ipPermissions"`
	Egress      set[permission] `xml:"ipPermissionsEgress"`
	Tags        set[tagView]    `xml:"tagSet"`
}

func (c *Cloud) groupOperations() map[string]operation {
	return map[string]operation{
		"CreateSecurityGroup": c.createGroup, "DescribeSecurityGroups": c.describeGroups, "DeleteSecurityGroup": c.deleteGroup,
		"AuthorizeSecurityGroupIngress": c.authorizeIngress, "AuthorizeSecurityGroupEgress": c.authorizeEgress,
		"RevokeSecurityGroupIngress": c.revokeIngress, "RevokeSecurityGroupEgress": c.revokeEgress,
		"DescribeSecurityGroupRules": c.describeRules, "ModifySecurityGroupRules": c.modifyRules,
		"UpdateSecurityGroupRuleDescriptionsIngress": c.describeIngressRules, "UpdateSecurityGroupRuleDescriptionsEgress": c.describeEgressRules,
	}
}

// groupText is what names and descriptions of groups in a VPC may have.
var groupText = providers.NewPattern(`^[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}$`)

func (c *Cloud) createGroup(q *call) (any, error) {
	var in struct {
		GroupName        string `q:",required"`
		GroupDescription string `q:",required"`
		VpcID            string `q:"VpcId"`
		tagged
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	v, err := c.vpcOrDefault(q, in.VpcID)
	if err != nil {
		return nil, err
	}
	tags, err := in.forType("security-group")
	if err != nil {
		return nil, err
	}
	switch {
	case strings.EqualFold(in.GroupName, "default"):
		return nil, badValue("Cannot use reserved security group name: default")
	case strings.HasPrefix(in.GroupName, "sg-"):
		return nil, badValue("Value (%s) for parameter GroupName is invalid. Group names may not be in the format sg-*.", in.GroupName)
	case !groupText.MatchString(in.GroupName):
		return nil, badValue("Value (%s) for parameter GroupName is invalid. Character sets beyond ASCII are not supported.", in.GroupName)
	case !groupText.MatchString(in.GroupDescription):
		return nil, badValue("Value (%s) for parameter GroupDescription is invalid. Character sets beyond ASCII are not supported.", in.GroupDescription)
	case slices.ContainsFunc(c.s.EC2.Groups, func(g *securityGroup) bool { return g.VPC == v.ID && g.Name == in.GroupName }):
		return nil, refusal("InvalidGroup.Duplicate", "The security group '%s' already exists for VPC '%s'", in.GroupName, v.ID)
	case len(c.s.EC2.Groups.Where(func(g *securityGroup) bool { return g.Region == q.region })) >= c.o.Quota.SecurityGroups:
		return nil, refusal("SecurityGroupLimitExceeded", "The maximum number of security groups has been reached.")
	}
	g := &securityGroup{meta: c.newMeta(q, (*securityGroup)(nil).kind(), tags), VPC: v.ID, Name: in.GroupName, Description: in.GroupDescription}
	c.s.EC2.Groups.Add(g)
	c.addRule(q, g, groupRule{Protocol: "-1", From: -1, To: -1, CIDR: "0.0.0.0/0", Egress: true}, nil)
	return struct {
		Return bool         `xml:"return"`
		ID     string       `xml:"groupId"`
		ARN    string       `xml:"securityGroupArn"`
		Tags   set[tagView] `xml:"tagSet"`
	}{true, g.ID, c.arn("ec2", g.Region, "security-group/"+g.ID), tagViews(g.Tags)}, nil
}

// vpcOrDefault finds a VPC; the region's default one without an id.
func (c *Cloud) vpcOrDefault(q *call, id string) (*vpc, error) {
	if id != "" {
		return lookup(c, q, c.s.EC2.VPCs, id)
	}
	for _, v := range c.s.EC2.VPCs {
		if v.Default && v.Region == q.region {
			return v, nil
		}
	}
	return nil, refusal("VPCIdNotSpecified", "No default VPC for this user")
}

// groupByName finds a group of the default VPC, the only one where names will do.
func (c *Cloud) groupByName(q *call, name string) (*securityGroup, error) {
	v, err := c.vpcOrDefault(q, "")
	if err != nil {
		return nil, err
	}
	for _, g := range c.s.EC2.Groups {
		if g.VPC == v.ID && g.Name == name && c.seen(q, g) {
			return g, nil
		}
	}
	return nil, refusal("InvalidGroup.NotFound", "The security group '%s' does not exist in default VPC '%s'", name, v.ID)
}

// aGroup finds the group that a call names by id or name.
func (c *Cloud) aGroup(q *call, id, name string) (*securityGroup, error) {
	switch {
	case id != "":
		return lookup(c, q, c.s.EC2.Groups, id)
	case name != "":
		return c.groupByName(q, name)
	}
	return nil, refusal("MissingParameter", "The request must contain the parameter groupName or groupId")
}

func (c *Cloud) groupView(g *securityGroup) groupView {
	return groupView{Owner: c.o.Account, ID: g.ID, ARN: c.arn("ec2", g.Region, "security-group/"+g.ID), Name: g.Name,
		Description: g.Description, VPC: g.VPC, Ingress: c.permissions(c.rulesOf(g, ingress)), Egress: c.permissions(c.rulesOf(g, egress)),
		Tags: tagViews(g.Tags)}
}

// eachRule is a filter over a group's rules of one direction.
func (c *Cloud) eachRule(d direction, get func(*groupRule) string) func(*securityGroup) []string {
	return func(g *securityGroup) []string {
		var out []string
		for _, r := range c.rulesOf(g, d) {
			if v := get(r); v != "" {
				out = append(out, v)
			}
		}
		return out
	}
}

// groupFields are the filters on groups.
func (c *Cloud) groupFields() fields[*securityGroup] {
	f := fields[*securityGroup]{
		"group-id": one((*securityGroup).Key), "group-name": one(func(g *securityGroup) string { return g.Name }),
		"vpc-id": one(func(g *securityGroup) string { return g.VPC }), "description": one(func(g *securityGroup) string { return g.Description }),
		"owner-id": one(func(*securityGroup) string { return c.o.Account }),
	}
	for prefix, d := range map[string]direction{"ip-permission.": ingress, "egress.ip-permission.": egress} {
		f[prefix+"cidr"] = c.eachRule(d, func(r *groupRule) string { return r.CIDR })
		f[prefix+"ipv6-cidr"] = c.eachRule(d, func(r *groupRule) string { return r.IPv6 })
		f[prefix+"group-id"] = c.eachRule(d, func(r *groupRule) string { return r.Group })
		f[prefix+"protocol"] = c.eachRule(d, func(r *groupRule) string { return r.Protocol })
		f[prefix+"from-port"] = c.eachRule(d, func(r *groupRule) string { return itoa(r.From) })
		f[prefix+"to-port"] = c.eachRule(d, func(r *groupRule) string { return itoa(r.To) })
	}
	return f
}

func (c *Cloud) describeGroups(q *call) (any, error) {
	var in struct {
		IDs   []string `q:"GroupId"`
		Names []string `q:"GroupName"`
		listing
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	ids := in.IDs
	for _, name := range in.Names {
		g, err := c.groupByName(q, name)
		if err != nil {
			return nil, err
		}
		ids = append(ids, g.ID)
	}
	found, next, err := list(c, q, c.s.EC2.Groups, in.listing, ids, c.groupFields())
	if err != nil {
		return nil, err
	}
	return struct {
		Groups set[groupView] `xml:"securityGroupInfo"`
		Next   string         `xml:"nextToken,omitempty"`
	}{setOf(found, c.groupView), next}, nil
}

func (c *Cloud) deleteGroup(q *call) (any, error) {
	var in struct {
		ID   string `q:"GroupId"`
		Name string `q:"GroupName"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	g, err := c.aGroup(q, in.ID, in.Name)
	if err != nil {
		return nil, err
	}
	if g.Builtin {
		return nil, refusal("CannotDelete", "the specified group: \"%s\" name: \"%s\" cannot be deleted by a user", g.ID, g.Name)
	}
	used := slices.ContainsFunc(c.s.EC2.Interfaces, func(i *networkInterface) bool { return slices.Contains(i.Groups, g.ID) })
	referenced := slices.ContainsFunc(c.s.EC2.Rules, func(r *groupRule) bool { return r.Group == g.ID && r.Owner != g.ID })
	if used || referenced {
		return nil, refusal("DependencyViolation", "resource %s has a dependent object", g.ID)
	}
	c.dropGroup(g)
	return struct {
		Return bool   `xml:"return"`
		ID     string `xml:"groupId"`
	}{true, g.ID}, nil
}

// dropGroup deletes a group with its rules.
func (c *Cloud) dropGroup(g *securityGroup) {
	c.s.EC2.Groups.Drop(g.ID)
	c.s.EC2.Rules = slices.DeleteFunc(c.s.EC2.Rules, func(r *groupRule) bool { return r.Owner == g.ID })
}
