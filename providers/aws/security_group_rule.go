package aws

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/mlinfra/mlinfra/providers"
)

// groupRule is a rule of a security group that is an object of its own.
type groupRule struct {
	providers.Aside

	ID              string `cty:"id"                           is:"computed"         doc:"Id of the rule."`
	SecurityGroupID string `cty:"security_group_id"            is:"required,replace" doc:"Id of the group that it is in."`
	Protocol        string `cty:"ip_protocol"                  is:"required"         doc:"tcp, udp, icmp, icmpv6, a number, or -1 for all."`
	FromPort        *int   `cty:"from_port"                    is:"optional"         doc:"First port, or type of ICMP; none for all protocols."`
	ToPort          *int   `cty:"to_port"                      is:"optional"         doc:"Last port, or code of ICMP; none for all protocols."`
	CIDRIPv4        string `cty:"cidr_ipv4"                    is:"optional"         doc:"IPv4 range on the other side."`
	CIDRIPv6        string `cty:"cidr_ipv6"                    is:"optional"         doc:"IPv6 range on the other side."`
	PrefixListID    string `cty:"prefix_list_id"               is:"optional"         doc:"Id of the prefix list on the other side."`
	ReferencedGroup string `cty:"referenced_security_group_id" is:"optional"         doc:"Id of the security group on the other side."`
	Description     string `cty:"description"                  is:"optional"         doc:"Free text of at most 255 characters."`
	RuleID          string `cty:"security_group_rule_id"       is:"computed"         doc:"Id of the rule."`
	tagging
	ARN string `cty:"arn" is:"computed" doc:"ARN of the rule."`
}

var (
	ingressRuleType = groupRuleType("aws_vpc_security_group_ingress_rule", "What a security group lets in.", ingress)
	egressRuleType  = groupRuleType("aws_vpc_security_group_egress_rule", "What a security group lets out.", egress)
)

// groupRuleType returns the resource type of the rules of one direction.
func groupRuleType(name, doc string, way direction) providers.Resource[*client, groupRule] {
	return providers.Resource[*client, groupRule]{
		Type: name,
		Doc:  doc,
		Create: func(ctx context.Context, c *client, x *groupRule, a providers.Attempt) error {
			return createGroupRule(ctx, c, x, a, way)
		},
		Read:   withTags(readGroupRule),
		Update: updateGroupRule,
		Delete: func(ctx context.Context, c *client, x groupRule) error {
			return gone(way.revoke(ctx, c, x.SecurityGroupID, x.ID))
		},
		Find: findGroupRule,
		List: func(ctx context.Context, c *client, _ groupRule) iter.Seq2[groupRule, error] {
			return listGroupRules(ctx, c, way)
		},
		Mark:     providers.InTags,
		Normal:   normalGroupRule,
		Check:    checkGroupRule,
		Replaces: groupRuleReplaces,
		Grace:    settling,
		Examples: []string{
			ruleExample(name, `  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
`),
			ruleExample(name, `  ip_protocol       = "udp"
  from_port         = 53
  to_port           = 54
  cidr_ipv4         = "10.0.0.0/8"
  description       = "Names."

  tags = {
    Name = "dns"
  }
`),
			`resource "aws_security_group" "example" {
  name = "example"
}

resource "aws_security_group" "other" {
  name = "other"
}

resource "` + name + `" "example" {
  security_group_id            = aws_security_group.other.id
  ip_protocol                  = "-1"
  referenced_security_group_id = aws_security_group.example.id
}`,
		},
	}
}

func ruleExample(name, body string) string {
	return `resource "aws_security_group" "example" {
  name = "example"
}

resource "` + name + `" "example" {
  security_group_id = aws_security_group.example.id
` + body + `}`
}

func createGroupRule(ctx context.Context, c *client, x *groupRule, a providers.Attempt, way direction) error {
	rules, err := way.authorize(ctx, c, x.SecurityGroupID, []ec2types.IpPermission{x.permit().permission()}, tagSpec(ec2types.ResourceTypeSecurityGroupRule, x.TagsAll, a))
	if err != nil {
		return err
	}
	for _, r := range rules {
		x.ID = aws.ToString(r.SecurityGroupRuleId)
	}
	return nil
}

func readGroupRule(ctx context.Context, c *client, x *groupRule) error {
	got, err := c.ec2.DescribeSecurityGroupRules(ctx, &ec2.DescribeSecurityGroupRulesInput{SecurityGroupRuleIds: []string{x.ID}})
	if err != nil {
		return gone(err)
	}
	return first(got.SecurityGroupRules, func(r *ec2types.SecurityGroupRule) error { return x.fill(c, r) })
}

func updateGroupRule(ctx context.Context, c *client, was groupRule, x *groupRule) error {
	x.ID = was.ID
	if was.permit() != x.permit() {
		if err := changeRule(ctx, c, was.SecurityGroupID, was.ID, x.permit()); err != nil {
			return err
		}
	}
	return retag(ctx, c, was.ID, was.TagsAll, x.TagsAll)
}

func findGroupRule(ctx context.Context, c *client, x *groupRule, a providers.Attempt) (bool, error) {
	got, err := c.ec2.DescribeSecurityGroupRules(ctx, &ec2.DescribeSecurityGroupRulesInput{Filters: tagged(a)})
	if err != nil {
		return false, err
	}
	return found(got.SecurityGroupRules, func(r *ec2types.SecurityGroupRule) error { return x.fill(c, r) })
}

func listGroupRules(ctx context.Context, c *client, way direction) iter.Seq2[groupRule, error] {
	p := ec2.NewDescribeSecurityGroupRulesPaginator(c.ec2, &ec2.DescribeSecurityGroupRulesInput{MaxResults: aws.Int32(pageSize)})
	return pages(ctx, p, func(o *ec2.DescribeSecurityGroupRulesOutput) []ec2types.SecurityGroupRule {
		return o.SecurityGroupRules
	},
		func(x *groupRule, got *ec2types.SecurityGroupRule) error {
			if directionOf(got) != way {
				return providers.ErrGone
			}
			return x.fill(c, got)
		})
}

func (x *groupRule) fill(c *client, got *ec2types.SecurityGroupRule) error {
	x.ID, x.RuleID, x.SecurityGroupID = aws.ToString(got.SecurityGroupRuleId), aws.ToString(got.SecurityGroupRuleId), aws.ToString(got.GroupId)
	p := permitOf(got)
	x.Protocol, x.FromPort, x.ToPort, x.Description = p.protocol, nil, nil, p.description
	if hasPorts(p.protocol) {
		x.FromPort, x.ToPort = aws.Int(p.from), aws.Int(p.to)
	}
	x.CIDRIPv4, x.CIDRIPv6, x.PrefixListID, x.ReferencedGroup = p.peer.ipv4, p.peer.ipv6, p.peer.list, p.peer.group
	x.ARN = c.arn("security-group-rule", x.ID)
	x.TagsAll, x.Owner = tagsOf(got.Tags, ec2Tag), ownerOf(got.Tags, ec2Tag)
	return nil
}

// permit returns what x lets through.
func (x *groupRule) permit() permit {
	normal := *x
	normalGroupRule(&normal)
	p := permit{protocol: normal.Protocol, description: x.Description, peer: peer{normal.CIDRIPv4, normal.CIDRIPv6, x.PrefixListID, x.ReferencedGroup}}
	if normal.FromPort != nil && normal.ToPort != nil {
		p.from, p.to = *normal.FromPort, *normal.ToPort
	}
	return p
}

// normalGroupRule gives ICMP its "all types" and takes ports from protocols that
// have none, as the API does.
func normalGroupRule(x *groupRule) {
	x.Protocol, x.CIDRIPv6 = protocolName(x.Protocol), canonicalRange(x.CIDRIPv6)
	switch {
	case x.Protocol == "": // not known yet
	case !hasPorts(x.Protocol):
		x.FromPort, x.ToPort = nil, nil
	case strings.HasPrefix(x.Protocol, "icmp"):
		for _, port := range []**int{&x.FromPort, &x.ToPort} {
			if *port == nil {
				*port = aws.Int(-1)
			}
		}
	}
}

func checkGroupRule(_ *groupRule, want groupRule) error {
	if given(want.CIDRIPv4, want.CIDRIPv6, want.PrefixListID, want.ReferencedGroup) != 1 {
		return fmt.Errorf("a rule has one other side: set one of cidr_ipv4, cidr_ipv6, prefix_list_id and referenced_security_group_id")
	}
	if hasPorts(want.Protocol) && (want.FromPort == nil || want.ToPort == nil) {
		return fmt.Errorf("ip_protocol %q needs from_port and to_port", want.Protocol)
	}
	return want.permit().check("cidr_ipv4", "cidr_ipv6")
}

// groupRuleReplaces makes a new rule for another kind of other side: the API
// keeps the kind. What is not known yet is taken to be of the same kind.
func groupRuleReplaces(was, want groupRule) []string {
	if given(want.CIDRIPv4, want.CIDRIPv6, want.PrefixListID, want.ReferencedGroup) != 1 {
		return nil
	}
	old, kind := was.permit().peer.kind(), want.permit().peer.kind()
	if old == kind {
		return nil
	}
	return []string{old, kind}
}
