package aws

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/mlinfra/mlinfra/providers"
)

// direction is where the packets of a rule go.
type direction bool

const (
	ingress direction = false
	egress  direction = true
)

func directionOf(r *ec2types.SecurityGroupRule) direction { return direction(aws.ToBool(r.IsEgress)) }

// permit is what one rule of a security group lets through, in the API's
// spelling. Ports are zero where the protocol has none.
type permit struct {
	protocol    string
	from, to    int
	peer        peer
	description string
}

// peer is the other side of a rule: one of the four.
type peer struct{ ipv4, ipv6, list, group string }

// String returns the one that is set.
func (p peer) String() string { return cmp.Or(p.ipv4, p.ipv6, p.list, p.group) }

// kind names the attribute of rules that holds it.
func (p peer) kind() string {
	switch {
	case p.ipv4 != "":
		return "cidr_ipv4"
	case p.ipv6 != "":
		return "cidr_ipv6"
	case p.list != "":
		return "prefix_list_id"
	}
	return "referenced_security_group_id"
}

// key is p without its description: a group has no two rules that are the same
// but for it.
func (p permit) key() permit {
	p.description = ""
	return p
}

// String returns what p lets through, for people.
func (p permit) String() string {
	switch {
	case !hasPorts(p.protocol):
		return fmt.Sprintf("protocol %s, %s", p.protocol, p.peer)
	case p.from == p.to:
		return fmt.Sprintf("%s %d, %s", p.protocol, p.from, p.peer)
	}
	return fmt.Sprintf("%s %d to %d, %s", p.protocol, p.from, p.to, p.peer)
}

// permitOf returns what a rule lets through.
func permitOf(r *ec2types.SecurityGroupRule) permit {
	p := permit{protocol: aws.ToString(r.IpProtocol), description: aws.ToString(r.Description)}
	if hasPorts(p.protocol) {
		p.from, p.to = int(aws.ToInt32(r.FromPort)), int(aws.ToInt32(r.ToPort))
	}
	p.peer = peer{ipv4: aws.ToString(r.CidrIpv4), ipv6: canonicalRange(aws.ToString(r.CidrIpv6)), list: aws.ToString(r.PrefixListId)}
	if g := r.ReferencedGroupInfo; g != nil {
		p.peer.group = groupName(aws.ToString(g.UserId), aws.ToString(g.GroupId), aws.ToString(r.GroupOwnerId))
	}
	return p
}

// groupName returns the id of a group, after its account and a slash when that
// is not the account of owner.
func groupName(account, id, owner string) string {
	if account == "" || account == owner {
		return id
	}
	return account + "/" + id
}

// permission returns p as the API takes it.
func (p permit) permission() ec2types.IpPermission {
	out := ec2types.IpPermission{IpProtocol: aws.String(p.protocol)}
	if hasPorts(p.protocol) {
		out.FromPort, out.ToPort = aws.Int32(int32(p.from)), aws.Int32(int32(p.to))
	}
	text := optional(p.description)
	switch {
	case p.peer.ipv4 != "":
		out.IpRanges = []ec2types.IpRange{{CidrIp: aws.String(p.peer.ipv4), Description: text}}
	case p.peer.ipv6 != "":
		out.Ipv6Ranges = []ec2types.Ipv6Range{{CidrIpv6: aws.String(p.peer.ipv6), Description: text}}
	case p.peer.list != "":
		out.PrefixListIds = []ec2types.PrefixListId{{PrefixListId: aws.String(p.peer.list), Description: text}}
	default:
		account, id, ok := strings.Cut(p.peer.group, "/")
		if !ok {
			account, id = "", p.peer.group
		}
		out.UserIdGroupPairs = []ec2types.UserIdGroupPair{{UserId: optional(account), GroupId: aws.String(id), Description: text}}
	}
	return out
}

// authorize adds rules to a group, all or none.
func (way direction) authorize(ctx context.Context, c *client, group string, list []ec2types.IpPermission, tags []ec2types.TagSpecification) ([]ec2types.SecurityGroupRule, error) {
	if way == egress {
		got, err := c.ec2.AuthorizeSecurityGroupEgress(ctx, &ec2.AuthorizeSecurityGroupEgressInput{GroupId: aws.String(group), IpPermissions: list, TagSpecifications: tags})
		if err != nil {
			return nil, err
		}
		return got.SecurityGroupRules, nil
	}
	got, err := c.ec2.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: aws.String(group), IpPermissions: list, TagSpecifications: tags})
	if err != nil {
		return nil, err
	}
	return got.SecurityGroupRules, nil
}

// revoke takes rules from a group.
func (way direction) revoke(ctx context.Context, c *client, group string, ids ...string) error {
	if way == egress {
		_, err := c.ec2.RevokeSecurityGroupEgress(ctx, &ec2.RevokeSecurityGroupEgressInput{GroupId: aws.String(group), SecurityGroupRuleIds: ids})
		return err
	}
	_, err := c.ec2.RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{GroupId: aws.String(group), SecurityGroupRuleIds: ids})
	return err
}

// changeRule makes a rule let through p in place of what it does: nothing is
// closed in between.
func changeRule(ctx context.Context, c *client, group, id string, p permit) error {
	_, other, abroad := strings.Cut(p.peer.group, "/")
	if !abroad {
		other = p.peer.group
	}
	rule := &ec2types.SecurityGroupRuleRequest{
		IpProtocol: aws.String(p.protocol), Description: optional(p.description),
		CidrIpv4: optional(p.peer.ipv4), CidrIpv6: optional(p.peer.ipv6), PrefixListId: optional(p.peer.list), ReferencedGroupId: optional(other),
	}
	if hasPorts(p.protocol) {
		rule.FromPort, rule.ToPort = aws.Int32(int32(p.from)), aws.Int32(int32(p.to))
	}
	_, err := c.ec2.ModifySecurityGroupRules(ctx, &ec2.ModifySecurityGroupRulesInput{
		GroupId: aws.String(group), SecurityGroupRules: []ec2types.SecurityGroupRuleUpdate{{SecurityGroupRuleId: aws.String(id), SecurityGroupRule: rule}},
	})
	return err
}

// protocolName returns a protocol as the API answers it: by name if it has one.
func protocolName(text string) string {
	text = strings.ToLower(text)
	names := map[string]string{"all": "-1", "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
	return cmp.Or(names[text], text)
}

// hasPorts reports whether rules of a protocol say more than its name.
func hasPorts(protocol string) bool {
	switch protocol {
	case "tcp", "udp", "icmp", "icmpv6":
		return true
	}
	return false
}

var (
	protocolPattern = providers.NewPattern(`^(-1|tcp|udp|icmp|icmpv6|\d{1,3})$`)
	// groupText is what names and descriptions may consist of.
	groupText = providers.NewPattern(`^[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}$`)
)

// check refuses what the API would; ipv4 and ipv6 name the attributes of ranges.
func (p permit) check(ipv4, ipv6 string) error {
	if !protocolPattern.MatchString(p.protocol) {
		return fmt.Errorf("protocol %q is none of tcp, udp, icmp, icmpv6, a number, and -1 for all", p.protocol)
	}
	if !groupText.MatchString(p.description) {
		return fmt.Errorf("description %q: at most 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*", p.description)
	}
	if err := p.checkPorts(); err != nil {
		return err
	}
	if p.peer.ipv4 != "" {
		if err := checkRange(ipv4, p.peer.ipv4, 0, 32); err != nil {
			return err
		}
	}
	if p.peer.ipv6 != "" {
		return checkIPv6Range(ipv6, p.peer.ipv6)
	}
	return nil
}

func (p permit) checkPorts() error {
	lowest, highest := 0, 65535
	switch p.protocol {
	case "icmp", "icmpv6":
		lowest, highest = -1, 255
	case "tcp", "udp":
		if p.from > p.to {
			return fmt.Errorf("from_port %d is greater than to_port %d", p.from, p.to)
		}
	default:
		return nil
	}
	for _, port := range []int{p.from, p.to} {
		if port < lowest || port > highest {
			return fmt.Errorf("from_port %d and to_port %d of %s are between %d and %d", p.from, p.to, p.protocol, lowest, highest)
		}
	}
	return nil
}
