package fake

import (
	"slices"
	"strings"
)

// groupCall are the parameters of Authorize and Revoke. Flat is the old way to
// say one rule.
type groupCall struct {
	ID          string      `q:"GroupId"`
	Name        string      `q:"GroupName"`
	Permissions []permParam `q:"IpPermissions"`
	Protocol    string      `q:"IpProtocol"`
	From        *int        `q:"FromPort"`
	To          *int        `q:"ToPort"`
	CIDR        string      `q:"CidrIp"`
}

// permissions returns the permissions of either way.
func (in groupCall) permissions() ([]permParam, error) {
	if in.Protocol == "" {
		return in.Permissions, nil
	}
	if len(in.Permissions) > 0 {
		return nil, badMix("The parameter ipPermissions may not be used with ipProtocol")
	}
	p := permParam{Protocol: in.Protocol, From: in.From, To: in.To}
	p.IPs = append(p.IPs, struct {
		CIDR        string `q:"CidrIp,required"`
		Description string
	}{CIDR: in.CIDR})
	return []permParam{p}, nil
}

// peerGroup is the other group of a rule in an answer.
type peerGroup struct {
	ID    string `xml:"groupId"`
	Owner string `xml:"userId"`
	VPC   string `xml:"vpcId"`
}

// ruleView is a rule in an answer.
type ruleView struct {
	ID          string       `xml:"securityGroupRuleId"`
	ARN         string       `xml:"securityGroupRuleArn"`
	Group       string       `xml:"groupId"`
	Owner       string       `xml:"groupOwnerId"`
	Egress      bool         `xml:"isEgress"`
	Protocol    string       `xml:"ipProtocol"`
	From        int          `xml:"fromPort"`
	To          int          `xml:"toPort"`
	CIDR        string       `xml:"cidrIpv4,omitempty"`
	IPv6        string       `xml:"cidrIpv6,omitempty"`
	Peer        *peerGroup   `xml:"referencedGroupInfo"`
	Description string       `xml:"description,omitempty"`
	Tags        set[tagView] `xml:"tagSet"`
}

func (c *Cloud) ruleView(r *groupRule) ruleView {
	view := ruleView{ID: r.ID, ARN: c.arn("ec2", r.Region, "security-group-rule/"+r.ID), Group: r.Owner, Owner: c.o.Account, Egress: r.Egress,
		Protocol: r.Protocol, From: r.From, To: r.To, CIDR: r.CIDR, IPv6: r.IPv6, Description: r.Description, Tags: tagViews(r.Tags)}
	if g, found := c.s.EC2.Groups.Find(r.Group); found {
		view.Peer = &peerGroup{g.ID, c.o.Account, g.VPC}
	}
	return view
}

func (c *Cloud) authorizeIngress(q *call) (any, error) { return c.authorize(q, ingress) }
func (c *Cloud) authorizeEgress(q *call) (any, error)  { return c.authorize(q, egress) }

func (c *Cloud) authorize(q *call, d direction) (any, error) {
	var in struct {
		groupCall
		tagged
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	g, err := c.aGroup(q, in.ID, in.Name)
	if err != nil {
		return nil, err
	}
	params, err := in.permissions()
	if err != nil {
		return nil, err
	}
	if len(params) == 0 {
		return nil, missingParameter("IpPermissions")
	}
	tags, err := in.forType("security-group-rule")
	if err != nil {
		return nil, err
	}
	rules, err := c.readPermissions(q, g, d, params)
	if err != nil {
		return nil, err
	}
	there := c.rulesOf(g, d)
	for _, r := range rules {
		if slices.ContainsFunc(there, func(o *groupRule) bool { return o.same(&r) }) {
			return nil, refusal("InvalidPermission.Duplicate", "the specified rule \"peer: %s, %s, from port: %d, to port: %d, ALLOW\" already exists",
				r.peer(), strings.ToUpper(r.Protocol), r.From, r.To)
		}
	}
	if len(there)+len(rules) > c.o.Quota.Rules {
		return nil, refusal("RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached.")
	}
	var views set[ruleView]
	for _, r := range rules {
		own := map[string]string{}
		for k, v := range tags {
			own[k] = v
		}
		views.Items = append(views.Items, c.ruleView(c.addRule(q, g, r, own)))
	}
	return struct {
		Return bool          `xml:"return"`
		Rules  set[ruleView] `xml:"securityGroupRuleSet"`
	}{true, views}, nil
}

func (c *Cloud) revokeIngress(q *call) (any, error) { return c.revoke(q, ingress) }
func (c *Cloud) revokeEgress(q *call) (any, error)  { return c.revoke(q, egress) }

// revokedRule is a rule in the answer of Revoke.
type revokedRule struct {
	ID          string `xml:"securityGroupRuleId"`
	Group       string `xml:"groupId"`
	Egress      bool   `xml:"isEgress"`
	Protocol    string `xml:"ipProtocol"`
	From        int    `xml:"fromPort"`
	To          int    `xml:"toPort"`
	CIDR        string `xml:"cidrIpv4,omitempty"`
	IPv6        string `xml:"cidrIpv6,omitempty"`
	Peer        string `xml:"referencedGroupId,omitempty"`
	Description string `xml:"description,omitempty"`
}

// revoke takes rules away, by id or by what they let through; all or none.
func (c *Cloud) revoke(q *call, d direction) (any, error) {
	var in struct {
		groupCall
		RuleIDs []string `q:"SecurityGroupRuleId"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	g, err := c.aGroup(q, in.ID, in.Name)
	if err != nil {
		return nil, err
	}
	params, err := in.permissions()
	if err != nil {
		return nil, err
	}
	if (len(params) == 0) == (len(in.RuleIDs) == 0) {
		return nil, refusal("MissingParameter", "The request must contain exactly one of ipPermissions and securityGroupRuleIds")
	}
	out, unknown, err := c.rulesByID(q, g, d, in.RuleIDs), []*groupRule(nil), error(nil)
	if len(in.RuleIDs) > 0 && len(out) != len(in.RuleIDs) {
		return nil, (*groupRule)(nil).kind().unknown(in.RuleIDs...)
	}
	if len(params) > 0 {
		out, unknown, err = c.rulesLike(q, g, d, params)
	}
	if err != nil {
		return nil, err
	}
	for _, r := range out {
		c.s.EC2.Rules.Drop(r.ID)
	}
	return struct {
		Return  bool             `xml:"return"`
		Unknown *set[permission] `xml:"unknownIpPermissionSet"`
		Revoked set[revokedRule] `xml:"revokedSecurityGroupRuleSet"`
	}{true, c.unknownPermissions(unknown), setOf(out, func(r *groupRule) revokedRule {
		return revokedRule{r.ID, r.Owner, r.Egress, r.Protocol, r.From, r.To, r.CIDR, r.IPv6, r.Group, r.Description}
	})}, nil
}

func (c *Cloud) unknownPermissions(rules []*groupRule) *set[permission] {
	if len(rules) == 0 {
		return nil
	}
	p := c.permissions(rules)
	return &p
}

// rulesByID returns those rules of g that are there.
func (c *Cloud) rulesByID(q *call, g *securityGroup, d direction, ids []string) []*groupRule {
	var out []*groupRule
	for _, id := range ids {
		r, err := lookup(c, q, c.s.EC2.Rules, id)
		if err == nil && r.Owner == g.ID && r.direction() == d && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

// rulesLike returns the rules that are the same as the permissions. What is
// missing is an error, but only listed for groups of the default VPC.
func (c *Cloud) rulesLike(q *call, g *securityGroup, d direction, params []permParam) (found, unknown []*groupRule, err error) {
	wanted, err := c.readPermissions(q, g, d, params)
	if err != nil {
		return nil, nil, err
	}
	there := c.rulesOf(g, d)
	for _, r := range wanted {
		i := slices.IndexFunc(there, func(o *groupRule) bool { return o.same(&r) })
		if i >= 0 {
			found = append(found, there[i])
		} else {
			unknown = append(unknown, &r)
		}
	}
	if v, _ := c.s.EC2.VPCs.Find(g.VPC); len(unknown) > 0 && (v == nil || !v.Default) {
		return nil, nil, refusal("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
	}
	return found, unknown, nil
}

func (c *Cloud) describeRules(q *call) (any, error) {
	var in struct {
		IDs []string `q:"SecurityGroupRuleId"`
		listing
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	found, next, err := list(c, q, c.s.EC2.Rules, in.listing, in.IDs, fields[*groupRule]{
		"group-id": one(func(r *groupRule) string { return r.Owner }), "security-group-rule-id": one((*groupRule).Key),
	})
	if err != nil {
		return nil, err
	}
	return struct {
		Rules set[ruleView] `xml:"securityGroupRuleSet"`
		Next  string        `xml:"nextToken,omitempty"`
	}{setOf(found, c.ruleView), next}, nil
}

// ruleChange is what ModifySecurityGroupRules makes of a rule: all of it is new.
type ruleChange struct {
	ID   string `q:"SecurityGroupRuleId,required"`
	Rule struct {
		Protocol    string `q:"IpProtocol,required"`
		From        *int   `q:"FromPort"`
		To          *int   `q:"ToPort"`
		CIDR        string `q:"CidrIpv4"`
		IPv6        string `q:"CidrIpv6"`
		Group       string `q:"ReferencedGroupId"`
		Description string
	} `q:"SecurityGroupRule,required"`
}

func (c *Cloud) modifyRules(q *call) (any, error) {
	var in struct {
		ID      string       `q:"GroupId,required"`
		Changes []ruleChange `q:"SecurityGroupRule,required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	g, err := lookup(c, q, c.s.EC2.Groups, in.ID)
	if err != nil {
		return nil, err
	}
	changed := map[*groupRule]groupRule{}
	for _, change := range in.Changes {
		r, err := lookup(c, q, c.s.EC2.Rules, change.ID)
		if err != nil || r.Owner != g.ID {
			return nil, (*groupRule)(nil).kind().unknown(change.ID)
		}
		if changed[r], err = c.modified(q, g, r, change); err != nil {
			return nil, err
		}
	}
	for _, r := range c.s.EC2.Rules {
		for old, now := range changed {
			if _, too := changed[r]; r.Owner == g.ID && r != old && !too && r.same(&now) {
				return nil, refusal("InvalidPermission.Duplicate", "the specified rule \"peer: %s, %s\" already exists", now.peer(), now.Protocol)
			}
		}
	}
	for r, now := range changed {
		*r = now
	}
	return done{true}, nil
}

// modified is r after a change. The type of its peer stays.
func (c *Cloud) modified(q *call, g *securityGroup, r *groupRule, change ruleChange) (groupRule, error) {
	now, in := *r, change.Rule
	var err error
	if now.Protocol, err = protocol(in.Protocol); err != nil {
		return now, err
	}
	if now.From, now.To, err = ports(now.Protocol, in.From, in.To); err != nil {
		return now, err
	}
	if err := checkRuleText(in.Description); err != nil {
		return now, err
	}
	if (in.CIDR != "") != (r.CIDR != "") || (in.IPv6 != "") != (r.IPv6 != "") || (in.Group != "") != (r.Group != "") {
		return now, badValue("The type of the source or destination of security group rule %s cannot be changed", r.ID)
	}
	if in.Group != "" {
		peer, err := lookup(c, q, c.s.EC2.Groups, in.Group)
		if err != nil {
			return now, err
		}
		if peer.VPC != g.VPC {
			return now, refusal("InvalidGroup.NotFound", "You have specified two resources that belong to different networks.")
		}
	}
	now.Group, now.Description = in.Group, in.Description
	now.CIDR, now.IPv6, err = blocks(in.CIDR, in.IPv6)
	return now, err
}

func (c *Cloud) describeIngressRules(q *call) (any, error) { return c.describeEachRule(q, ingress) }
func (c *Cloud) describeEgressRules(q *call) (any, error)  { return c.describeEachRule(q, egress) }

// describeEachRule changes descriptions of rules, named by id or by permission.
func (c *Cloud) describeEachRule(q *call, d direction) (any, error) {
	var in struct {
		ID          string      `q:"GroupId"`
		Name        string      `q:"GroupName"`
		Permissions []permParam `q:"IpPermissions"`
		Texts       []struct {
			ID          string `q:"SecurityGroupRuleId,required"`
			Description string
		} `q:"SecurityGroupRuleDescription"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	g, err := c.aGroup(q, in.ID, in.Name)
	if err != nil {
		return nil, err
	}
	if (len(in.Permissions) == 0) == (len(in.Texts) == 0) {
		return nil, refusal("MissingParameter", "The request must contain exactly one of ipPermissions and securityGroupRuleDescriptions")
	}
	wanted, err := c.readPermissions(q, g, d, in.Permissions)
	if err != nil {
		return nil, err
	}
	found, _, err := c.rulesLike(q, g, d, in.Permissions)
	if err != nil {
		return nil, err
	}
	for _, t := range in.Texts {
		own := c.rulesByID(q, g, d, []string{t.ID})
		if len(own) == 0 {
			return nil, (*groupRule)(nil).kind().unknown(t.ID)
		}
		if err := checkRuleText(t.Description); err != nil {
			return nil, err
		}
		found, wanted = append(found, own[0]), append(wanted, groupRule{Description: t.Description})
	}
	if len(found) != len(wanted) {
		return nil, refusal("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
	}
	for i, r := range found {
		r.Description = wanted[i].Description
	}
	return done{true}, nil
}
