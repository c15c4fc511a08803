package fake

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// direction is where the packets of a rule go.
type direction int

const (
	ingress direction = iota
	egress
)

// groupRule lets packets of one kind from or to one peer through. The peer is
// one of CIDR, IPv6 and Group. Ports are -1 where they mean nothing.
type groupRule struct {
	meta
	Owner       string `json:"group_id"` // the group it is in
	Egress      bool   `json:"is_egress"`
	Protocol    string `json:"ip_protocol"`
	From        int    `json:"from_port"`
	To          int    `json:"to_port"`
	CIDR        string `json:"cidr_ipv4"`
	IPv6        string `json:"cidr_ipv6"`
	Group       string `json:"referenced_group_id"`
	Description string `json:"description"`
}

func (*groupRule) kind() kind {
	return kind{prefix: "sgr", tagType: "security-group-rule", notFound: "InvalidSecurityGroupRuleId.NotFound",
		message: "The security group rule ID '%s' does not exist", malformed: "InvalidSecurityGroupRuleId.Malformed"}
}

// Hidden keeps rules out of Inventory: they go with their group.
func (r *groupRule) Hidden() bool { return true }

func (r *groupRule) direction() direction {
	if r.Egress {
		return egress
	}
	return ingress
}

// same tells whether two rules of a group let the same through.
func (r *groupRule) same(o *groupRule) bool {
	return r.Egress == o.Egress && r.Protocol == o.Protocol && r.From == o.From && r.To == o.To &&
		r.CIDR == o.CIDR && r.IPv6 == o.IPv6 && r.Group == o.Group
}

func (r *groupRule) peer() string { return r.CIDR + r.IPv6 + r.Group }

// addRule puts a copy of r into g.
func (c *Cloud) addRule(q *call, g *securityGroup, r groupRule, tags map[string]string) *groupRule {
	r.meta = c.newMeta(q, r.kind(), tags)
	r.Owner = g.ID
	c.s.EC2.Rules.Add(&r)
	return &r
}

func (c *Cloud) rulesOf(g *securityGroup, d direction) []*groupRule {
	return c.s.EC2.Rules.Where(func(r *groupRule) bool { return r.Owner == g.ID && r.direction() == d })
}

// permParam is an IpPermission as a parameter: many rules in one.
type permParam struct {
	Protocol string `q:"IpProtocol,required"`
	From     *int   `q:"FromPort"`
	To       *int   `q:"ToPort"`
	Groups   []struct {
		ID          string `q:"GroupId"`
		Name        string `q:"GroupName"`
		UserID      string `q:"UserId"`
		VpcID       string `q:"VpcId"`
		Description string
	}
	IPs []struct {
		CIDR        string `q:"CidrIp,required"`
		Description string
	} `q:"IpRanges"`
	IPv6s []struct {
		CIDR        string `q:"CidrIpv6,required"`
		Description string
	} `q:"Ipv6Ranges"`
}

// protocol writes a protocol as the API shows it: by name if it has one.
func protocol(text string) (string, error) {
	names := map[string]string{"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
	text = strings.ToLower(text)
	if name, ok := names[text]; ok {
		return name, nil
	}
	n, err := strconv.Atoi(text)
	if slices.Contains([]string{"-1", "tcp", "udp", "icmp", "icmpv6"}, text) || err == nil && n >= 0 && n <= 255 {
		return text, nil
	}
	return "", badValue("Invalid value '%s' for IP protocol. Unknown protocol.", text)
}

// ports returns the range of a permission, checked for its protocol.
func ports(proto string, from, to *int) (int, int, error) {
	lowest, highest := 0, 65535
	switch proto {
	case "tcp", "udp":
	case "icmp", "icmpv6":
		lowest, highest = -1, 255
	default:
		return -1, -1, nil
	}
	if from == nil || to == nil {
		return 0, 0, badValue("Invalid value 'Must specify both from and to ports with %s.' for portRange.", strings.ToUpper(proto))
	}
	// For ICMP these are type and code, not a range.
	if *from < lowest || *from > highest || *to < lowest || *to > highest || proto != "icmp" && proto != "icmpv6" && *from > *to {
		return 0, 0, badValue("Invalid %s port range (%d,%d)", strings.ToUpper(proto), *from, *to)
	}
	return *from, *to, nil
}

func checkRuleText(text string) error {
	if text != "" && !groupText.MatchString(text) {
		return badValue("Invalid rule description. Valid descriptions are strings less than 256 characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*")
	}
	return nil
}

// blocks reads the blocks of a rule in their canonical form.
func blocks(ipv4, ipv6 string) (string, string, error) {
	text := ipv4 + ipv6
	if text == "" {
		return "", "", nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil || p.Addr().Is4() != (ipv4 != "") {
		return "", "", badValue("CIDR block %s is malformed", text)
	}
	if ipv4 != "" {
		return p.Masked().String(), "", nil
	}
	return "", p.Masked().String(), nil
}

// readPermissions turns permissions into rules for g.
func (c *Cloud) readPermissions(q *call, g *securityGroup, d direction, params []permParam) ([]groupRule, error) {
	var out []groupRule
	for _, p := range params {
		proto, err := protocol(p.Protocol)
		if err != nil {
			return nil, err
		}
		r := groupRule{Egress: d == egress, Protocol: proto}
		if r.From, r.To, err = ports(proto, p.From, p.To); err != nil {
			return nil, err
		}
		add := func(ipv4, ipv6, group, text string) error {
			r := r
			r.Group, r.Description = group, text
			if err := checkRuleText(text); err != nil {
				return err
			}
			if r.CIDR, r.IPv6, err = blocks(ipv4, ipv6); err != nil {
				return err
			}
			if slices.ContainsFunc(out, func(o groupRule) bool { return o.same(&r) }) {
				return badValue("The same permission must not appear multiple times")
			}
			out = append(out, r)
			return nil
		}
		if len(p.IPs)+len(p.IPv6s)+len(p.Groups) == 0 {
			return nil, refusal("MissingParameter", "A permission must have a CIDR block, a prefix list or a source security group")
		}
		for _, x := range p.IPs {
			if err := add(x.CIDR, "", "", x.Description); err != nil {
				return nil, err
			}
		}
		for _, x := range p.IPv6s {
			if err := add("", x.CIDR, "", x.Description); err != nil {
				return nil, err
			}
		}
		for _, x := range p.Groups {
			if x.UserID != "" && x.UserID != c.o.Account {
				return nil, refusal("InvalidGroup.NotFound", "The security group '%s' of account %s does not exist", x.ID, x.UserID)
			}
			peer, err := c.aGroup(q, x.ID, x.Name)
			if err != nil {
				return nil, err
			}
			if peer.VPC != g.VPC {
				return nil, refusal("InvalidGroup.NotFound", "You have specified two resources that belong to different networks.")
			}
			if err := add("", "", peer.ID, x.Description); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// groupPeer is the other group of a permission in an answer.
type groupPeer struct {
	Owner       string `xml:"userId"`
	ID          string `xml:"groupId"`
	Description string `xml:"description,omitempty"`
}

// ipRange is an IPv4 block of a permission in an answer.
type ipRange struct {
	CIDR        string `xml:"cidrIp"`
	Description string `xml:"description,omitempty"`
}

// ipv6Range is an IPv6 block of a permission in an answer.
type ipv6Range struct {
	CIDR        string `xml:"cidrIpv6"`
	Description string `xml:"description,omitempty"`
}

// permission is an IpPermission in an answer: the rules of the same packets.
type permission struct {
	Protocol string         `xml:"ipProtocol"`
	From     *int           `xml:"fromPort"`
	To       *int           `xml:"toPort"`
	Groups   set[groupPeer] `xml:"groups"`
	IPs      set[ipRange]   `xml:"ipRanges"`
	IPv6s    set[ipv6Range] `xml:"ipv6Ranges"`
	Lists    set[string]    `xml:"prefixListIds"`
}

// permissions groups rules as DescribeSecurityGroups shows them.
func (c *Cloud) permissions(rules []*groupRule) set[permission] {
	type packets struct {
		protocol string
		from, to int
	}
	index := map[packets]int{}
	var out set[permission]
	for _, r := range rules {
		k := packets{r.Protocol, r.From, r.To}
		at, found := index[k]
		if !found {
			at = len(out.Items)
			index[k] = at
			p := permission{Protocol: r.Protocol}
			if slices.Contains([]string{"tcp", "udp", "icmp", "icmpv6"}, r.Protocol) {
				p.From, p.To = &r.From, &r.To
			}
			out.Items = append(out.Items, p)
		}
		p := &out.Items[at]
		switch {
		case r.CIDR != "":
			p.IPs.Items = append(p.IPs.Items, ipRange{r.CIDR, r.Description})
		case r.IPv6 != "":
			p.IPv6s.Items = append(p.IPv6s.Items, ipv6Range{r.IPv6, r.Description})
		default:
			p.Groups.Items = append(p.Groups.Items, groupPeer{c.o.Account, r.Group, r.Description})
		}
	}
	return out
}
