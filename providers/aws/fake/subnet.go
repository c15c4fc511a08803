package fake

import (
	"net/netip"
	"slices"
)

// subnet is a part of a VPC in one zone.
type subnet struct {
	meta
	VPC          string `json:"vpc_id"`
	Zone         string `json:"availability_zone"`
	CIDR         string `json:"cidr_block"`
	IPv6         string `json:"ipv6_cidr_block"`
	Default      bool   `json:"default_for_az"`
	PublicIP     bool   `json:"map_public_ip_on_launch"`
	IPv6OnCreate bool   `json:"assign_ipv6_address_on_creation"`
	DNS64        bool   `json:"enable_dns64"`
	HostnameType string `json:"private_dns_hostname_type_on_launch"`
	ARecord      bool   `json:"enable_resource_name_dns_a_record_on_launch"`
	AAAARecord   bool   `json:"enable_resource_name_dns_aaaa_record_on_launch"`
}

func (*subnet) kind() kind {
	return kind{prefix: "subnet", tagType: "subnet", notFound: "InvalidSubnetID.NotFound", message: "The subnet ID '%s' does not exist"}
}

// reserved is how many addresses of a subnet are AWS's: the first four and the last.
const reserved = 5

// namesView is how instances of a subnet are called.
type namesView struct {
	Type string `xml:"hostnameType"`
	A    bool   `xml:"enableResourceNameDnsARecord"`
	AAAA bool   `xml:"enableResourceNameDnsAAAARecord"`
}

// subnetView is a subnet in an answer.
type subnetView struct {
	ID           string        `xml:"subnetId"`
	ARN          string        `xml:"subnetArn"`
	State        string        `xml:"state"`
	Owner        string        `xml:"ownerId"`
	VPC          string        `xml:"vpcId"`
	CIDR         string        `xml:"cidrBlock"`
	IPv6         set[ipv6View] `xml:"ipv6CidrBlockAssociationSet"`
	Free         int           `xml:"availableIpAddressCount"`
	Zone         string        `xml:"availabilityZone"`
	ZoneID       string        `xml:"availabilityZoneId"`
	Default      bool          `xml:"defaultForAz"`
	PublicIP     bool          `xml:"mapPublicIpOnLaunch"`
	CustomerIP   bool          `xml:"mapCustomerOwnedIpOnLaunch"`
	IPv6OnCreate bool          `xml:"assignIpv6AddressOnCreation"`
	DNS64        bool          `xml:"enableDns64"`
	IPv6Native   bool          `xml:"ipv6Native"`
	Names        namesView     `xml:"privateDnsNameOptionsOnLaunch"`
	Tags         set[tagView]  `xml:"tagSet"`
}

func (c *Cloud) subnetOperations() map[string]operation {
	return map[string]operation{"CreateSubnet": c.createSubnet, "DescribeSubnets": c.describeSubnets,
		"ModifySubnetAttribute": c.modifySubnet, "DeleteSubnet": c.deleteSubnet}
}

func (c *Cloud) createSubnet(q *call) (any, error) {
	var in struct {
		VpcID              string `q:"VpcId,required"`
		CidrBlock          string
		Ipv6CidrBlock      string
		AvailabilityZone   string
		AvailabilityZoneID string `q:"AvailabilityZoneId"`
		tagged
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	v, err := lookup(c, q, c.s.EC2.VPCs, in.VpcID)
	if err != nil {
		return nil, err
	}
	if in.CidrBlock == "" {
		return nil, refusal("MissingParameter", "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.")
	}
	block, err := c.checkSubnetRange(v, in.CidrBlock)
	if err != nil {
		return nil, err
	}
	ipv6, err := c.checkSubnetIPv6(v, in.Ipv6CidrBlock)
	if err != nil {
		return nil, err
	}
	z, err := c.zoneFor(q, in.AvailabilityZone, in.AvailabilityZoneID)
	if err != nil {
		return nil, err
	}
	tags, err := in.forType("subnet")
	if err != nil {
		return nil, err
	}
	if len(c.s.EC2.Subnets.Where(func(s *subnet) bool { return s.VPC == v.ID })) >= c.o.Quota.Subnets {
		return nil, refusal("SubnetLimitExceeded", "The maximum number of subnets has been reached.")
	}
	s := &subnet{meta: c.newMeta(q, (*subnet)(nil).kind(), tags), VPC: v.ID, Zone: z.name, CIDR: block.String(), IPv6: ipv6, HostnameType: "ip-name"}
	c.s.EC2.Subnets.Add(s)
	view := c.subnetView(q, s)
	return struct {
		Subnet subnetView `xml:"subnet"`
	}{view}, nil
}

func (c *Cloud) checkSubnetRange(v *vpc, text string) (netip.Prefix, error) {
	block, err := parseCIDR("cidrBlock", text)
	if err != nil {
		return block, err
	}
	whole := netip.MustParsePrefix(v.CIDR)
	if block.Bits() < 16 || block.Bits() > 28 || block.Bits() < whole.Bits() || !whole.Contains(block.Addr()) {
		return block, refusal("InvalidSubnet.Range", "The CIDR '%s' is invalid.", text)
	}
	for _, s := range c.s.EC2.Subnets {
		if s.VPC == v.ID && netip.MustParsePrefix(s.CIDR).Overlaps(block) {
			return block, refusal("InvalidSubnet.Conflict", "The CIDR '%s' conflicts with another subnet", text)
		}
	}
	return block, nil
}

// checkSubnetIPv6 returns a /64 of the VPC's block, "" when none is wanted.
func (c *Cloud) checkSubnetIPv6(v *vpc, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	block, err := netip.ParsePrefix(text)
	if err != nil || !block.Addr().Is6() || block.Bits() != 64 {
		return "", badValue("Value (%s) for parameter ipv6CidrBlock is invalid. This is not a valid CIDR block.", text)
	}
	if v.IPv6 == "" || !netip.MustParsePrefix(v.IPv6).Contains(block.Addr()) {
		return "", refusal("InvalidSubnet.Range", "The CIDR '%s' is invalid.", text)
	}
	for _, s := range c.s.EC2.Subnets {
		if s.VPC == v.ID && s.IPv6 == block.Masked().String() {
			return "", refusal("InvalidSubnet.Conflict", "The CIDR '%s' conflicts with another subnet", text)
		}
	}
	return block.Masked().String(), nil
}

// zoneFor finds the zone a new object goes to; the first one when it is left open.
func (c *Cloud) zoneFor(q *call, name, id string) (zone, error) {
	r, _ := findRegion(q.region)
	if name != "" && id != "" {
		return zone{}, badMix("Only one of AvailabilityZone and AvailabilityZoneId can be specified")
	}
	for _, z := range r.zoneList() {
		if z.name == name || z.id == id || name == "" && id == "" {
			return z, nil
		}
	}
	return zone{}, badValue("Value (%s) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: %s.",
		name+id, zoneNames(r))
}

// free returns how many addresses of s nobody has.
func (c *Cloud) free(s *subnet) int {
	n := 1<<(32-netip.MustParsePrefix(s.CIDR).Bits()) - reserved
	for _, i := range c.s.EC2.Interfaces {
		if i.Subnet == s.ID {
			n--
		}
	}
	return n
}

func (c *Cloud) subnetView(q *call, s *subnet) subnetView {
	view := subnetView{ID: s.ID, ARN: c.arn("ec2", s.Region, "subnet/"+s.ID), State: c.firstState(q, &s.meta), Owner: c.o.Account,
		VPC: s.VPC, CIDR: s.CIDR, Free: c.free(s), Zone: s.Zone, ZoneID: zoneID(s.Zone), Default: s.Default, PublicIP: s.PublicIP,
		IPv6OnCreate: s.IPv6OnCreate, DNS64: s.DNS64, Names: namesView{s.HostnameType, s.ARecord, s.AAAARecord}, Tags: tagViews(s.Tags)}
	if s.IPv6 != "" {
		view.IPv6.Items = []ipv6View{{ID: "subnet-cidr-assoc-" + s.ID[7:], Block: s.IPv6, State: cidrState{"associated"}}}
	}
	return view
}

func (c *Cloud) describeSubnets(q *call) (any, error) {
	var in struct {
		IDs []string `q:"SubnetId"`
		listing
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	zoneName := one(func(s *subnet) string { return s.Zone })
	zoneCode := one(func(s *subnet) string { return zoneID(s.Zone) })
	cidr := one(func(s *subnet) string { return s.CIDR })
	isDefault := flag(func(s *subnet) bool { return s.Default })
	found, next, err := list(c, q, c.s.EC2.Subnets, in.listing, in.IDs, fields[*subnet]{
		"subnet-id": one((*subnet).Key), "vpc-id": one(func(s *subnet) string { return s.VPC }),
		"availability-zone": zoneName, "availabilityZone": zoneName, "availability-zone-id": zoneCode, "availabilityZoneId": zoneCode,
		"cidr": cidr, "cidr-block": cidr, "cidrBlock": cidr, "default-for-az": isDefault, "defaultForAz": isDefault,
		"available-ip-address-count": one(func(s *subnet) string { return itoa(c.free(s)) }),
		"map-public-ip-on-launch":    flag(func(s *subnet) bool { return s.PublicIP }),
		"owner-id":                   one(func(*subnet) string { return c.o.Account }),
		"subnet-arn":                 one(func(s *subnet) string { return c.arn("ec2", s.Region, "subnet/"+s.ID) }),
		"state":                      one(func(s *subnet) string { return c.firstState(q, &s.meta) }),
		"ipv6-cidr-block-association.ipv6-cidr-block": one(func(s *subnet) string { return s.IPv6 }),
	})
	if err != nil {
		return nil, err
	}
	return struct {
		Subnets set[subnetView] `xml:"subnetSet"`
		Next    string          `xml:"nextToken,omitempty"`
	}{setOf(found, func(s *subnet) subnetView { return c.subnetView(q, s) }), next}, nil
}

func (c *Cloud) modifySubnet(q *call) (any, error) {
	var in struct {
		SubnetID                             string `q:"SubnetId,required"`
		AssignIpv6AddressOnCreation          *switchParam
		MapPublicIpOnLaunch                  *switchParam
		EnableDns64                          *switchParam
		PrivateDnsHostnameTypeOnLaunch       string `q:",enum=ip-name|resource-name"`
		EnableResourceNameDnsARecordOnLaunch *switchParam
		EnableResourceNameDnsAAAARecord      *switchParam `q:"EnableResourceNameDnsAAAARecordOnLaunch"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	s, err := lookup(c, q, c.s.EC2.Subnets, in.SubnetID)
	if err != nil {
		return nil, err
	}
	var change func()
	n := 0
	for _, a := range []struct {
		param *switchParam
		field *bool
	}{
		{in.AssignIpv6AddressOnCreation, &s.IPv6OnCreate}, {in.MapPublicIpOnLaunch, &s.PublicIP}, {in.EnableDns64, &s.DNS64},
		{in.EnableResourceNameDnsARecordOnLaunch, &s.ARecord}, {in.EnableResourceNameDnsAAAARecord, &s.AAAARecord},
	} {
		if a.param != nil {
			n++
			change = func() { *a.field = a.param.Value }
		}
	}
	if in.PrivateDnsHostnameTypeOnLaunch != "" {
		n++
		change = func() { s.HostnameType = in.PrivateDnsHostnameTypeOnLaunch }
	}
	if n != 1 {
		return nil, badMix("Exactly one attribute can be modified at a time.")
	}
	for _, p := range []*switchParam{in.AssignIpv6AddressOnCreation, in.EnableDns64, in.EnableResourceNameDnsAAAARecord} {
		if p != nil && p.Value && s.IPv6 == "" {
			return nil, badValue("Invalid value 'true' for an attribute of subnet %s, which does not have an IPv6 CIDR block", s.ID)
		}
	}
	change()
	return done{true}, nil
}

func (c *Cloud) deleteSubnet(q *call) (any, error) {
	var in struct {
		SubnetID string `q:"SubnetId,required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	s, err := lookup(c, q, c.s.EC2.Subnets, in.SubnetID)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(c.s.EC2.Interfaces, func(i *networkInterface) bool { return i.Subnet == s.ID }) {
		return nil, refusal("DependencyViolation", "The subnet '%s' has dependencies and cannot be deleted.", s.ID)
	}
	c.dropUses(s)
	c.s.EC2.Subnets.Drop(s.ID)
	return done{true}, nil
}

// dropUses ends the association of a subnet with a route table.
func (c *Cloud) dropUses(s *subnet) {
	for _, t := range c.s.EC2.RouteTables {
		t.Associations = slices.DeleteFunc(t.Associations, func(u tableUse) bool { return u.Subnet == s.ID })
	}
}
