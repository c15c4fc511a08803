package fake

import (
	"fmt"
	"net/netip"
	"slices"
)

// vpc is a network of a region.
type vpc struct {
	meta
	CIDR        string `json:"cidr_block"`
	IPv6        string `json:"ipv6_cidr_block"`
	Tenancy     string `json:"instance_tenancy"`
	Default     bool   `json:"is_default"`
	DNSSupport  bool   `json:"enable_dns_support"`
	DNSNames    bool   `json:"enable_dns_hostnames"`
	UsageMetric bool   `json:"enable_network_address_usage_metrics"`
	Association string `json:"association_id"` // of the CIDR block
}

func (*vpc) kind() kind {
	return kind{prefix: "vpc", tagType: "vpc", notFound: "InvalidVpcID.NotFound", message: "The vpc ID '%s' does not exist"}
}

// cidrState is the state of an association with a CIDR block.
type cidrState struct {
	State string `xml:"state"`
}

// cidrView is an IPv4 block of a VPC in an answer.
type cidrView struct {
	ID    string    `xml:"associationId"`
	Block string    `xml:"cidrBlock"`
	State cidrState `xml:"cidrBlockState"`
}

// ipv6View is an IPv6 block of a VPC or subnet in an answer.
type ipv6View struct {
	ID    string    `xml:"associationId"`
	Block string    `xml:"ipv6CidrBlock"`
	State cidrState `xml:"ipv6CidrBlockState"`
	Pool  string    `xml:"ipv6Pool,omitempty"`
}

// vpcView is a VPC in an answer.
type vpcView struct {
	ID      string        `xml:"vpcId"`
	Owner   string        `xml:"ownerId"`
	State   string        `xml:"state"`
	CIDR    string        `xml:"cidrBlock"`
	CIDRs   set[cidrView] `xml:"cidrBlockAssociationSet"`
	IPv6    set[ipv6View] `xml:"ipv6CidrBlockAssociationSet"`
	Options string        `xml:"dhcpOptionsId"`
	Tags    set[tagView]  `xml:"tagSet"`
	Tenancy string        `xml:"instanceTenancy"`
	Default bool          `xml:"isDefault"`
}

func (c *Cloud) vpcOperations() map[string]operation {
	return map[string]operation{
		"CreateVpc": c.createVPC, "DescribeVpcs": c.describeVPCs, "DeleteVpc": c.deleteVPC,
		"ModifyVpcAttribute": c.modifyVPC, "DescribeVpcAttribute": c.describeVPCAttribute,
	}
}

// parseCIDR reads an IPv4 block and writes it in its canonical form.
func parseCIDR(param, text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil || !p.Addr().Is4() {
		return netip.Prefix{}, badValue("Value (%s) for parameter %s is invalid. This is not a valid CIDR block.", text, param)
	}
	return p.Masked(), nil
}

func (c *Cloud) createVPC(q *call) (any, error) {
	var in struct {
		CidrBlock                   string
		AmazonProvidedIpv6CidrBlock bool
		InstanceTenancy             string `q:",enum=default|dedicated"`
		tagged
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if in.CidrBlock == "" {
		return nil, refusal("MissingParameter", "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.")
	}
	block, err := parseCIDR("cidrBlock", in.CidrBlock)
	if err != nil {
		return nil, err
	}
	if a := block.Addr(); block.Bits() < 16 || block.Bits() > 28 || a.IsLoopback() || a.IsMulticast() || a.IsLinkLocalUnicast() || a.IsUnspecified() {
		return nil, refusal("InvalidVpc.Range", "The CIDR '%s' is invalid.", in.CidrBlock)
	}
	tags, err := in.forType("vpc")
	if err != nil {
		return nil, err
	}
	if len(c.s.EC2.VPCs.Where(func(v *vpc) bool { return v.Region == q.region })) >= c.o.Quota.VPCs {
		return nil, refusal("VpcLimitExceeded", "The maximum number of VPCs has been reached.")
	}
	v := &vpc{meta: c.newMeta(q, (*vpc)(nil).kind(), tags), CIDR: block.String(), Tenancy: in.InstanceTenancy, DNSSupport: true,
		Association: c.newID("vpc-cidr-assoc")}
	if v.Tenancy == "" {
		v.Tenancy = "default"
	}
	if in.AmazonProvidedIpv6CidrBlock {
		v.IPv6 = fmt.Sprintf("2600:1f%02x:%x:%x00::/56", v.Serial>>24&0xff, v.Serial>>8&0xffff, v.Serial&0xff)
	}
	c.addVPC(q, v)
	return struct {
		VPC vpcView `xml:"vpc"`
	}{c.newVPCView(q, v)}, nil
}

// addVPC makes what comes with a VPC: a main route table and a default group.
func (c *Cloud) addVPC(q *call, v *vpc) {
	c.s.EC2.VPCs.Add(v)
	t := &routeTable{meta: c.newMeta(q, (*routeTable)(nil).kind(), nil), VPC: v.ID}
	t.Builtin = true
	t.Associations = []tableUse{{ID: c.newID("rtbassoc"), Main: true}}
	c.s.EC2.RouteTables.Add(t)
	g := &securityGroup{meta: c.newMeta(q, (*securityGroup)(nil).kind(), nil), VPC: v.ID, Name: "default", Description: "default VPC security group"}
	g.Builtin = true
	c.s.EC2.Groups.Add(g)
	c.addRule(q, g, groupRule{Protocol: "-1", From: -1, To: -1, Group: g.ID}, nil)
	c.addRule(q, g, groupRule{Protocol: "-1", From: -1, To: -1, CIDR: "0.0.0.0/0", Egress: true}, nil)
}

// prepare gives the region of q its default VPC when it is first used. It
// reports whether it did.
func (c *Cloud) prepare(q *call) bool {
	r, exists := findRegion(q.region)
	if !exists || slices.Contains(c.s.Regions, q.region) {
		return false
	}
	c.s.Regions = append(c.s.Regions, q.region)
	old := *q
	old.now = q.now.AddDate(-1, 0, 0)
	v := &vpc{meta: c.newMeta(&old, (*vpc)(nil).kind(), nil), CIDR: "172.31.0.0/16", Tenancy: "default", Default: true,
		DNSSupport: true, DNSNames: true, Association: c.newID("vpc-cidr-assoc")}
	v.Builtin = true
	c.addVPC(&old, v)
	g := &internetGateway{meta: c.newMeta(&old, (*internetGateway)(nil).kind(), nil), VPC: v.ID}
	g.Builtin = true
	c.s.EC2.Gateways.Add(g)
	main := c.mainTable(v.ID)
	main.Routes = []route{{Destination: "0.0.0.0/0", Gateway: g.ID}}
	for i, z := range r.zoneList() {
		s := &subnet{meta: c.newMeta(&old, (*subnet)(nil).kind(), nil), VPC: v.ID, Zone: z.name, Default: true, PublicIP: true,
			CIDR: fmt.Sprintf("172.31.%d.0/20", i*16), HostnameType: "ip-name"}
		s.Builtin = true
		c.s.EC2.Subnets.Add(s)
	}
	return true
}

// firstState is pending or available.
func (c *Cloud) firstState(q *call, m *meta) string {
	if !q.now.Before(m.CreatedAt.Add(c.o.Settle)) {
		return "available"
	}
	return "pending"
}

// newVPCView is v in the answer to its create: never available yet.
func (c *Cloud) newVPCView(q *call, v *vpc) vpcView {
	view := c.vpcView(q, v)
	view.State = "pending"
	return view
}

func (c *Cloud) vpcView(q *call, v *vpc) vpcView {
	view := vpcView{ID: v.ID, Owner: c.o.Account, State: c.firstState(q, &v.meta), CIDR: v.CIDR, Options: "dopt-0" + c.o.Account + "abcd",
		CIDRs: set[cidrView]{[]cidrView{{v.Association, v.CIDR, cidrState{"associated"}}}},
		Tags:  tagViews(v.Tags), Tenancy: v.Tenancy, Default: v.Default}
	if v.IPv6 != "" {
		view.IPv6.Items = []ipv6View{{v.Association + "6", v.IPv6, cidrState{"associated"}, "Amazon"}}
	}
	return view
}

func (c *Cloud) describeVPCs(q *call) (any, error) {
	var in struct {
		IDs []string `q:"VpcId"`
		listing
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	isDefault := flag(func(v *vpc) bool { return v.Default })
	cidr := one(func(v *vpc) string { return v.CIDR })
	found, next, err := list(c, q, c.s.EC2.VPCs, in.listing, in.IDs, fields[*vpc]{
		"vpc-id": one((*vpc).Key), "cidr": cidr, "cidr-block": cidr, "cidrBlock": cidr, "cidr-block-association.cidr-block": cidr,
		"is-default": isDefault, "isDefault": isDefault,
		"state":    one(func(v *vpc) string { return c.firstState(q, &v.meta) }),
		"owner-id": one(func(*vpc) string { return c.o.Account }),
		"ipv6-cidr-block-association.ipv6-cidr-block": one(func(v *vpc) string { return v.IPv6 }),
	})
	if err != nil {
		return nil, err
	}
	return struct {
		VPCs set[vpcView] `xml:"vpcSet"`
		Next string       `xml:"nextToken,omitempty"`
	}{setOf(found, func(v *vpc) vpcView { return c.vpcView(q, v) }), next}, nil
}

// switchParam is a boolean attribute as a parameter.
type switchParam struct {
	Value bool `q:",required"`
}

func (c *Cloud) modifyVPC(q *call) (any, error) {
	var in struct {
		VpcID                            string `q:"VpcId,required"`
		EnableDnsSupport                 *switchParam
		EnableDnsHostnames               *switchParam
		EnableNetworkAddressUsageMetrics *switchParam
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	v, err := lookup(c, q, c.s.EC2.VPCs, in.VpcID)
	if err != nil {
		return nil, err
	}
	n := 0
	for _, p := range []*switchParam{in.EnableDnsSupport, in.EnableDnsHostnames, in.EnableNetworkAddressUsageMetrics} {
		if p != nil {
			n++
		}
	}
	switch {
	case n != 1:
		return nil, badMix("Exactly one attribute can be modified at a time.")
	case in.EnableDnsSupport != nil:
		v.DNSSupport = in.EnableDnsSupport.Value
	case in.EnableDnsHostnames != nil:
		if in.EnableDnsHostnames.Value && !v.DNSSupport {
			return nil, badValue("DNS hostnames need DNS support in the VPC")
		}
		v.DNSNames = in.EnableDnsHostnames.Value
	default:
		v.UsageMetric = in.EnableNetworkAddressUsageMetrics.Value
	}
	return done{true}, nil
}

// boolValue is a boolean attribute in an answer.
type boolValue struct {
	Value bool `xml:"value"`
}

func (c *Cloud) describeVPCAttribute(q *call) (any, error) {
	var in struct {
		VpcID     string `q:"VpcId,required"`
		Attribute string `q:",required,enum=enableDnsSupport|enableDnsHostnames|enableNetworkAddressUsageMetrics"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	v, err := lookup(c, q, c.s.EC2.VPCs, in.VpcID)
	if err != nil {
		return nil, err
	}
	out := struct {
		ID      string     `xml:"vpcId"`
		Support *boolValue `xml:"enableDnsSupport"`
		Names   *boolValue `xml:"enableDnsHostnames"`
		Metrics *boolValue `xml:"enableNetworkAddressUsageMetrics"`
	}{ID: v.ID}
	switch in.Attribute {
	case "enableDnsSupport":
		out.Support = &boolValue{v.DNSSupport}
	case "enableDnsHostnames":
		out.Names = &boolValue{v.DNSNames}
	default:
		out.Metrics = &boolValue{v.UsageMetric}
	}
	return out, nil
}

func (c *Cloud) deleteVPC(q *call) (any, error) {
	var in struct {
		VpcID string `q:"VpcId,required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	v, err := lookup(c, q, c.s.EC2.VPCs, in.VpcID)
	if err != nil {
		return nil, err
	}
	e := &c.s.EC2
	if slices.ContainsFunc(e.Subnets, func(s *subnet) bool { return s.VPC == v.ID }) ||
		slices.ContainsFunc(e.Gateways, func(g *internetGateway) bool { return g.VPC == v.ID }) ||
		slices.ContainsFunc(e.Interfaces, func(i *networkInterface) bool { return i.VPC == v.ID }) ||
		slices.ContainsFunc(e.RouteTables, func(t *routeTable) bool { return t.VPC == v.ID && !t.isMain() }) ||
		slices.ContainsFunc(e.Groups, func(g *securityGroup) bool { return g.VPC == v.ID && !g.Builtin }) {
		return nil, refusal("DependencyViolation", "The vpc '%s' has dependencies and cannot be deleted.", v.ID)
	}
	e.VPCs.Drop(v.ID)
	c.dropParts(v)
	return done{true}, nil
}

// dropParts deletes what came with a VPC: its main route table and default group.
func (c *Cloud) dropParts(v *vpc) {
	c.s.EC2.RouteTables = slices.DeleteFunc(c.s.EC2.RouteTables, func(t *routeTable) bool { return t.VPC == v.ID && t.isMain() })
	for _, g := range c.s.EC2.Groups.Where(func(g *securityGroup) bool { return g.VPC == v.ID && g.Builtin }) {
		c.dropGroup(g)
	}
}
