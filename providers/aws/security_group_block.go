package aws

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// groupBlock is an ingress or egress block: the rules for some packets.
type groupBlock struct {
	Protocol       string   `cty:"protocol"         is:"required"     doc:"tcp, udp, icmp, icmpv6, a number, or -1 for all."`
	FromPort       int      `cty:"from_port"        is:"required"     doc:"First port, or type of ICMP; 0 for all protocols."`
	ToPort         int      `cty:"to_port"          is:"required"     doc:"Last port, or code of ICMP; 0 for all protocols."`
	Description    string   `cty:"description"      is:"optional"     doc:"Free text of at most 255 characters."`
	CIDRBlocks     []string `cty:"cidr_blocks"      is:"optional,set" doc:"IPv4 ranges on the other side."`
	IPv6CIDRBlocks []string `cty:"ipv6_cidr_blocks" is:"optional,set" doc:"IPv6 ranges on the other side."`
	PrefixListIDs  []string `cty:"prefix_list_ids"  is:"optional,set" doc:"Ids of prefix lists on the other side."`
	SecurityGroups []string `cty:"security_groups"  is:"optional,set" doc:"Ids of security groups on the other side."`
	Self           bool     `cty:"self"             is:"else=false"   doc:"Whether the group itself is on the other side."`
}

// packets is what tells one block from another: the API keeps no blocks, so
// those of the same packets are one.
type packets struct {
	protocol    string
	from, to    int
	description string
}

func (b groupBlock) packets() packets {
	p := packets{protocolName(b.Protocol), b.FromPort, b.ToPort, b.Description}
	if !hasPorts(p.protocol) {
		p.from, p.to = 0, 0
	}
	return p
}

// mergedBlocks returns blocks in the form in which blocksOf reads them.
func mergedBlocks(blocks []groupBlock) []groupBlock {
	var order []packets
	merged := map[packets]*groupBlock{}
	for _, b := range blocks {
		p := b.packets()
		m := merged[p]
		if m == nil {
			m = &groupBlock{Protocol: p.protocol, FromPort: p.from, ToPort: p.to, Description: p.description}
			order, merged[p] = append(order, p), m
		}
		for _, r := range b.IPv6CIDRBlocks {
			m.IPv6CIDRBlocks = append(m.IPv6CIDRBlocks, canonicalRange(r))
		}
		m.CIDRBlocks = append(m.CIDRBlocks, b.CIDRBlocks...)
		m.PrefixListIDs = append(m.PrefixListIDs, b.PrefixListIDs...)
		m.SecurityGroups = append(m.SecurityGroups, b.SecurityGroups...)
		m.Self = m.Self || b.Self
	}
	var out []groupBlock
	for _, p := range order {
		out = append(out, *merged[p])
	}
	return out
}

// blocksOf returns the rules of a group as blocks.
func blocksOf(g *ec2types.SecurityGroup, list []ec2types.IpPermission) []groupBlock {
	var out []groupBlock
	for _, p := range list {
		b := groupBlock{Protocol: aws.ToString(p.IpProtocol), FromPort: int(aws.ToInt32(p.FromPort)), ToPort: int(aws.ToInt32(p.ToPort))}
		add := func(description *string, set func(*groupBlock)) {
			one := b
			one.Description = aws.ToString(description)
			set(&one)
			out = append(out, one)
		}
		for _, r := range p.IpRanges {
			add(r.Description, func(b *groupBlock) { b.CIDRBlocks = []string{aws.ToString(r.CidrIp)} })
		}
		for _, r := range p.Ipv6Ranges {
			add(r.Description, func(b *groupBlock) { b.IPv6CIDRBlocks = []string{aws.ToString(r.CidrIpv6)} })
		}
		for _, r := range p.PrefixListIds {
			add(r.Description, func(b *groupBlock) { b.PrefixListIDs = []string{aws.ToString(r.PrefixListId)} })
		}
		for _, r := range p.UserIdGroupPairs {
			name := groupName(aws.ToString(r.UserId), aws.ToString(r.GroupId), aws.ToString(g.OwnerId))
			add(r.Description, func(b *groupBlock) {
				if b.Self = name == aws.ToString(g.GroupId); !b.Self {
					b.SecurityGroups = []string{name}
				}
			})
		}
	}
	return mergedBlocks(out)
}

// permits returns the rules that blocks of the group with the given id stand
// for.
func permits(blocks []groupBlock, id string) []permit {
	var out []permit
	for _, b := range blocks {
		k := b.packets()
		add := func(to peer) {
			out = append(out, permit{protocol: k.protocol, from: k.from, to: k.to, description: k.description, peer: to})
		}
		for _, r := range b.CIDRBlocks {
			add(peer{ipv4: r})
		}
		for _, r := range b.IPv6CIDRBlocks {
			add(peer{ipv6: canonicalRange(r)})
		}
		for _, list := range b.PrefixListIDs {
			add(peer{list: list})
		}
		for _, group := range b.SecurityGroups {
			add(peer{group: group})
		}
		if b.Self {
			add(peer{group: id})
		}
	}
	slices.SortFunc(out, func(a, b permit) int { return cmp.Compare(a.String(), b.String()) })
	return out
}

// firstRules are those that a new group has: everything may leave, by IPv6 too
// when the network has it.
func firstRules() []permit {
	return []permit{{protocol: "-1", peer: peer{ipv4: "0.0.0.0/0"}}, {protocol: "-1", peer: peer{ipv6: "::/0"}}}
}

// withoutFirst returns the egress blocks of a new group without its first rules.
func withoutFirst(blocks []groupBlock) []groupBlock {
	var out []groupBlock
	for _, b := range blocks {
		if b.packets() == (packets{protocol: "-1"}) {
			b.CIDRBlocks = slices.DeleteFunc(b.CIDRBlocks, func(r string) bool { return r == "0.0.0.0/0" })
			b.IPv6CIDRBlocks = slices.DeleteFunc(b.IPv6CIDRBlocks, func(r string) bool { return r == "::/0" })
		}
		if !b.empty() {
			out = append(out, b)
		}
	}
	return out
}

// empty reports whether nothing is on the other side.
func (b groupBlock) empty() bool { return len(permits([]groupBlock{b}, "self")) == 0 }

// sourced refuses blocks without another side, which may have been unknown
// when the plan was made.
func sourced(x securityGroup) error {
	for name, blocks := range map[string][]groupBlock{"ingress": x.Ingress, "egress": x.Egress} {
		for _, b := range blocks {
			if b.empty() {
				return fmt.Errorf("%s: the block for %s %d to %d has no other side: set cidr_blocks, ipv6_cidr_blocks, prefix_list_ids, security_groups or self", name, b.Protocol, b.FromPort, b.ToPort)
			}
		}
	}
	return nil
}

func checkBlocks(blocks []groupBlock) error {
	for _, b := range blocks {
		if k := b.packets(); k.protocol != "" && !hasPorts(k.protocol) && (b.FromPort > 0 || b.ToPort > 0) {
			return fmt.Errorf("from_port %d and to_port %d: protocol %q has no ports, set both to 0", b.FromPort, b.ToPort, b.Protocol)
		}
	}
	seen := map[permit]bool{}
	for _, p := range permits(blocks, "self") {
		if p.protocol == "" {
			continue // not known yet
		}
		if err := p.check("cidr_blocks", "ipv6_cidr_blocks"); err != nil {
			return err
		}
		if seen[p.key()] {
			return fmt.Errorf("%s stands in two blocks with different descriptions, and the API has such a rule once", p)
		}
		seen[p.key()] = true
	}
	return nil
}
