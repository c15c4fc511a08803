package fake

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDefaultNetwork(t *testing.T) {
	a := newMachineAccount(t, Options{})
	a.want("cidrBlock", "172.31.0.0/16 172.31.0.0/16", "DescribeVpcs") // of the VPC and its association
	a.want("cidrBlock", "172.31.0.0/20 172.31.16.0/20 172.31.32.0/20", "DescribeSubnets", "Filter.1.Name=default-for-az", "Filter.1.Value.1=true")
	a.want("groupName", "default", "DescribeSecurityGroups")
	a.want("destinationCidrBlock", "172.31.0.0/16 0.0.0.0/0", "DescribeRouteTables")
	if lines := a.Inventory(); len(lines) != 0 {
		t.Errorf("an unused account has %v", lines)
	}
	other := a.in("us-east-1").one("vpcId", "DescribeVpcs")
	a.wrong("InvalidVpcID.NotFound", "DescribeVpcs", "VpcId.1="+other)
}

func TestVPCs(t *testing.T) {
	a := newMachineAccount(t, Options{Settle: time.Second, Quota: Quota{VPCs: 2}})
	for _, tt := range []struct{ code, cidr string }{
		{"InvalidVpc.Range", "10.0.0.0/15"}, {"InvalidVpc.Range", "10.0.0.0/29"}, {"InvalidVpc.Range", "127.0.0.0/16"},
		{"InvalidParameterValue", "10.0.0.0"}, {"InvalidParameterValue", "fd00::/56"}, {"MissingParameter", ""},
	} {
		a.wrong(tt.code, "CreateVpc", "CidrBlock="+tt.cidr)
	}
	text := a.do("CreateVpc", "CidrBlock=10.0.9.9/16", "AmazonProvidedIpv6CidrBlock=true")
	a.has(text, "<state>pending</state>", "<cidrBlock>10.0.0.0/16</cidrBlock>", "::/56</ipv6CidrBlock>")
	v := all(text, "vpcId")[0]
	a.wrong("VpcLimitExceeded", "CreateVpc", "CidrBlock=10.1.0.0/16")
	a.want("state", "pending associated associated", "DescribeVpcs", "VpcId.1="+v)
	a.clock.Advance(time.Second)
	a.want("state", "available associated associated", "DescribeVpcs", "VpcId.1="+v)

	a.want("value", "false", "DescribeVpcAttribute", "VpcId="+v, "Attribute=enableDnsHostnames")
	a.do("ModifyVpcAttribute", "VpcId="+v, "EnableDnsHostnames.Value=true")
	a.want("value", "true", "DescribeVpcAttribute", "VpcId="+v, "Attribute=enableDnsHostnames")
	a.do("ModifyVpcAttribute", "VpcId="+v, "EnableDnsHostnames.Value=false")
	a.do("ModifyVpcAttribute", "VpcId="+v, "EnableDnsSupport.Value=false")
	a.wrong("InvalidParameterValue", "ModifyVpcAttribute", "VpcId="+v, "EnableDnsHostnames.Value=true")
	a.wrong("InvalidParameterCombination", "ModifyVpcAttribute", "VpcId="+v)
	a.wrong("InvalidParameterCombination", "ModifyVpcAttribute", "VpcId="+v, "EnableDnsHostnames.Value=false", "EnableDnsSupport.Value=true")
	a.wrong("InvalidParameterValue", "DescribeVpcAttribute", "VpcId="+v, "Attribute=color")
	a.do("DeleteVpc", "VpcId="+v)
	a.wrong("InvalidVpcID.NotFound", "DeleteVpc", "VpcId="+v)
	a.want("groupId", "", "DescribeSecurityGroups", "Filter.1.Name=vpc-id", "Filter.1.Value.1="+v)
	a.want("routeTableId", "", "DescribeRouteTables", "Filter.1.Name=vpc-id", "Filter.1.Value.1="+v)
}

// TestVPCDependencies makes one thing after the other in a VPC that must go first.
func TestVPCDependencies(t *testing.T) {
	for _, tt := range []struct{ name, element, create, remove string }{
		{"subnet", "subnetId", "CreateSubnet CidrBlock=10.0.0.0/24", "DeleteSubnet SubnetId="},
		{"group", "groupId", "CreateSecurityGroup GroupName=g GroupDescription=g", "DeleteSecurityGroup GroupId="},
		{"table", "routeTableId", "CreateRouteTable", "DeleteRouteTable RouteTableId="},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newMachineAccount(t, Options{})
			v := a.one("vpcId", "CreateVpc", "CidrBlock=10.0.0.0/16")
			create, remove := strings.Fields(tt.create), strings.Fields(tt.remove)
			id := a.one(tt.element, create[0], append(create[1:], "VpcId="+v)...)
			a.wrong("DependencyViolation", "DeleteVpc", "VpcId="+v)
			a.do(remove[0], remove[1]+id)
			a.do("DeleteVpc", "VpcId="+v)
		})
	}
}

func TestSubnets(t *testing.T) {
	a := newMachineAccount(t, Options{})
	v, s := a.network()
	for _, tt := range []struct{ code, params string }{
		{"InvalidSubnet.Conflict", "CidrBlock=10.0.0.128/25"}, {"InvalidSubnet.Range", "CidrBlock=10.1.0.0/24"},
		{"InvalidSubnet.Range", "CidrBlock=10.0.1.0/29"}, {"InvalidParameterValue", "CidrBlock=10.0.1.0"}, {"MissingParameter", ""},
		{"InvalidParameterValue", "CidrBlock=10.0.1.0/24 AvailabilityZone=us-east-1a"},
		{"InvalidSubnet.Range", "CidrBlock=10.0.1.0/24 Ipv6CidrBlock=2600:1f00::/64"},
	} {
		a.wrong(tt.code, "CreateSubnet", append(strings.Fields(tt.params), "VpcId="+v)...)
	}
	a.want("availableIpAddressCount", "251", "DescribeSubnets", "SubnetId.1="+s)
	i := a.launch("SubnetId=" + s)
	a.want("availableIpAddressCount", "250", "DescribeSubnets", "SubnetId.1="+s)
	a.wrong("DependencyViolation", "DeleteSubnet", "SubnetId="+s)
	a.do("TerminateInstances", "InstanceId.1="+i)
	a.do("ModifySubnetAttribute", "SubnetId="+s, "MapPublicIpOnLaunch.Value=true")
	a.want("mapPublicIpOnLaunch", "true", "DescribeSubnets", "SubnetId.1="+s)
	a.wrong("InvalidParameterValue", "ModifySubnetAttribute", "SubnetId="+s, "AssignIpv6AddressOnCreation.Value=true")
	a.wrong("InvalidParameterCombination", "ModifySubnetAttribute", "SubnetId="+s)
	a.do("ModifySubnetAttribute", "SubnetId="+s, "PrivateDnsHostnameTypeOnLaunch=resource-name")
	a.want("hostnameType", "resource-name", "DescribeSubnets", "SubnetId.1="+s)
	a.do("DeleteSubnet", "SubnetId="+s)
	a.wrong("InvalidSubnetID.NotFound", "DescribeSubnets", "SubnetId.1="+s)
}

func TestGatewaysAndRoutes(t *testing.T) {
	a := newMachineAccount(t, Options{Quota: Quota{Routes: 2, RouteTables: 3}})
	v, s := a.network()
	g := a.one("internetGatewayId", "CreateInternetGateway")
	table := a.one("routeTableId", "CreateRouteTable", "VpcId="+v, "ClientToken=t")
	a.want("routeTableId", table, "CreateRouteTable", "VpcId="+v, "ClientToken=t")
	a.wrong("IdempotentParameterMismatch", "CreateRouteTable", "VpcId="+v, "ClientToken=t", "TagSpecification.1.ResourceType=route-table",
		"TagSpecification.1.Tag.1.Key=a", "TagSpecification.1.Tag.1.Value=b")
	toAll := []string{"RouteTableId=" + table, "DestinationCidrBlock=0.0.0.0/0", "GatewayId=" + g}
	a.wrong("InvalidParameterValue", "CreateRoute", toAll...)
	a.do("AttachInternetGateway", "InternetGatewayId="+g, "VpcId="+v)
	a.wrong("Resource.AlreadyAssociated", "AttachInternetGateway", "InternetGatewayId="+g, "VpcId="+v)
	second := a.one("internetGatewayId", "CreateInternetGateway")
	a.wrong("InvalidParameterValue", "AttachInternetGateway", "InternetGatewayId="+second, "VpcId="+v)
	a.wrong("Gateway.NotAttached", "DetachInternetGateway", "InternetGatewayId="+second, "VpcId="+v)
	a.wrong("DependencyViolation", "DeleteInternetGateway", "InternetGatewayId="+g)
	a.do("CreateRoute", toAll...)
	for _, tt := range []struct{ code, action, params string }{
		{"RouteAlreadyExists", "CreateRoute", strings.Join(toAll, " ")},
		{"RouteAlreadyExists", "CreateRoute", "DestinationCidrBlock=10.0.0.0/16 GatewayId=" + g},
		{"InvalidGatewayID.NotFound", "CreateRoute", "DestinationCidrBlock=1.0.0.0/8 GatewayId=igw-0"},
		{"InvalidNatGatewayID.NotFound", "CreateRoute", "DestinationCidrBlock=1.0.0.0/8 NatGatewayId=nat-0"},
		{"InvalidParameterCombination", "CreateRoute", "DestinationCidrBlock=1.0.0.0/8"},
		{"MissingParameter", "CreateRoute", "GatewayId=" + g},
		{"InvalidParameterValue", "CreateRoute", "DestinationCidrBlock=1.0.0 GatewayId=" + g},
		{"InvalidParameterValue", "ReplaceRoute", "DestinationCidrBlock=1.0.0.0/8 GatewayId=" + g},
		{"InvalidRoute.NotFound", "DeleteRoute", "DestinationCidrBlock=1.0.0.0/8"},
		{"InvalidParameterValue", "DeleteRoute", "DestinationCidrBlock=10.0.0.0/16"},
	} {
		a.wrong(tt.code, tt.action, with(strings.Fields(tt.params), "RouteTableId="+table)...)
	}
	a.do("CreateRoute", "RouteTableId="+table, "DestinationIpv6CidrBlock=::/0", "GatewayId="+g)
	a.wrong("RouteLimitExceeded", "CreateRoute", "RouteTableId="+table, "DestinationCidrBlock=1.0.0.0/8", "GatewayId="+g)
	a.do("DeleteRoute", "RouteTableId="+table, "DestinationIpv6CidrBlock=::/0")
	a.do("DetachInternetGateway", "InternetGatewayId="+g, "VpcId="+v)
	a.want("state", "active blackhole", "DescribeRouteTables", "RouteTableId.1="+table)
	a.do("DeleteRoute", "RouteTableId="+table, "DestinationCidrBlock=0.0.0.0/0")

	use := a.one("associationId", "AssociateRouteTable", "RouteTableId="+table, "SubnetId="+s)
	a.wrong("DependencyViolation", "DeleteRouteTable", "RouteTableId="+table)
	other := a.one("routeTableId", "CreateRouteTable", "VpcId="+v)
	a.wrong("Resource.AlreadyAssociated", "AssociateRouteTable", "RouteTableId="+other, "SubnetId="+s)
	a.wrong("RouteTableLimitExceeded", "CreateRouteTable", "VpcId="+v)
	moved := a.one("newAssociationId", "ReplaceRouteTableAssociation", "AssociationId="+use, "RouteTableId="+other)
	a.wrong("InvalidAssociationID.NotFound", "DisassociateRouteTable", "AssociationId="+use)
	a.do("DisassociateRouteTable", "AssociationId="+moved)
	main := a.one("routeTableAssociationId", "DescribeRouteTables", "Filter.1.Name=association.main", "Filter.1.Value.1=true", "Filter.2.Name=vpc-id", "Filter.2.Value.1="+v)
	a.wrong("InvalidParameterValue", "DisassociateRouteTable", "AssociationId="+main)
	a.do("ReplaceRouteTableAssociation", "AssociationId="+main, "RouteTableId="+table)
	a.want("routeTableId", table+" "+table, "DescribeRouteTables", "Filter.1.Name=association.main", "Filter.1.Value.1=true", "Filter.2.Name=vpc-id", "Filter.2.Value.1="+v)
	a.do("DeleteRouteTable", "RouteTableId="+other)
	a.wrong("InvalidRouteTableID.NotFound", "DeleteRouteTable", "RouteTableId="+other)
}

func TestAddresses(t *testing.T) {
	a := newMachineAccount(t, Options{Boot: time.Minute, DeleteLag: time.Minute, Quota: Quota{Addresses: 2}})
	v, s := a.network()
	e := a.one("allocationId", "AllocateAddress", "Domain=vpc")
	ip := a.one("publicIp", "DescribeAddresses", "AllocationId.1="+e)
	i := a.launch("SubnetId=" + s)
	a.wrong("InvalidInstanceID", "AssociateAddress", "AllocationId="+e, "InstanceId="+i)
	a.clock.Advance(time.Minute)
	a.wrong("Gateway.NotAttached", "AssociateAddress", "AllocationId="+e, "InstanceId="+i)
	g := a.one("internetGatewayId", "CreateInternetGateway")
	a.do("AttachInternetGateway", "InternetGatewayId="+g, "VpcId="+v)
	use := a.one("associationId", "AssociateAddress", "AllocationId="+e, "InstanceId="+i)
	a.want("associationId", use, "AssociateAddress", "PublicIp="+ip, "InstanceId="+i)
	a.want("ipAddress", ip, "DescribeInstances", "InstanceId.1="+i)
	a.want("instanceId", i, "DescribeAddresses", "Filter.1.Name=instance-id", "Filter.1.Value.1="+i)
	a.wrong("DependencyViolation", "DetachInternetGateway", "InternetGatewayId="+g, "VpcId="+v)
	a.wrong("InvalidIPAddress.InUse", "ReleaseAddress", "AllocationId="+e)
	second := a.launch("SubnetId=" + s)
	a.clock.Advance(time.Minute)
	a.wrong("Resource.AlreadyAssociated", "AssociateAddress", "AllocationId="+e, "InstanceId="+second, "AllowReassociation=false")
	moved := a.one("associationId", "AssociateAddress", "AllocationId="+e, "InstanceId="+second)
	a.wrong("InvalidAssociationID.NotFound", "DisassociateAddress", "AssociationId="+use)
	a.do("TerminateInstances", "InstanceId.1="+second)
	a.want("associationId", moved, "DescribeAddresses", "AllocationId.1="+e)
	a.clock.Advance(time.Minute)
	a.want("associationId", "", "DescribeAddresses", "AllocationId.1="+e)

	a.do("AllocateAddress")
	a.wrong("AddressLimitExceeded", "AllocateAddress")
	a.wrong("InvalidAllocationID.NotFound", "DescribeAddresses", "AllocationId.1=eipalloc-0")
	a.wrong("InvalidAddress.NotFound", "DescribeAddresses", "PublicIp.1=1.2.3.4")
	a.wrong("InvalidParameterCombination", "ReleaseAddress", "AllocationId="+e, "PublicIp="+ip)
	a.wrong("MissingParameter", "ReleaseAddress")
	a.do("ReleaseAddress", "AllocationId="+e)
	a.wrong("InvalidAllocationID.NotFound", "ReleaseAddress", "AllocationId="+e)
}

func TestNATGateways(t *testing.T) {
	a := newMachineAccount(t, Options{Settle: time.Minute, DeleteLag: 2 * time.Minute, Quota: Quota{NATGateways: 1}})
	v, s := a.network()
	e := a.one("allocationId", "AllocateAddress")
	usual := []string{"SubnetId=" + s, "AllocationId=" + e, "ClientToken=one"}
	a.wrong("MissingParameter", "CreateNatGateway", "SubnetId="+s)
	a.wrong("InvalidAllocationID.NotFound", "CreateNatGateway", with(usual, "AllocationId=eipalloc-0")...)
	a.wrong("InvalidParameterCombination", "CreateNatGateway", with(usual, "ConnectivityType=private")...)
	broken := a.one("natGatewayId", "CreateNatGateway", with(usual, "ClientToken=zero")...)
	a.want("state", "pending", "DescribeNatGateways", "NatGatewayId.1="+broken)
	a.clock.Advance(time.Minute)
	a.has(a.do("DescribeNatGateways", "NatGatewayId.1="+broken), "<state>failed</state>", "<failureCode>Gateway.NotAttached</failureCode>")

	g := a.one("internetGatewayId", "CreateInternetGateway")
	a.do("AttachInternetGateway", "InternetGatewayId="+g, "VpcId="+v)
	n := a.one("natGatewayId", "CreateNatGateway", usual...)
	a.want("natGatewayId", n, "CreateNatGateway", usual...)
	a.wrong("IdempotentParameterMismatch", "CreateNatGateway", with(usual, "PrivateIpAddress=10.0.0.77")...)
	a.wrong("NatGatewayLimitExceeded", "CreateNatGateway", with(usual, "ClientToken=more")...)
	a.clock.Advance(time.Minute)
	a.want("state", "available", "DescribeNatGateways", "Filter.1.Name=vpc-id", "Filter.1.Value.1="+v, "Filter.2.Name=state", "Filter.2.Value.1=available")
	a.wrong("InvalidIPAddress.InUse", "ReleaseAddress", "AllocationId="+e)
	use := a.one("associationId", "DescribeAddresses", "AllocationId.1="+e)
	a.wrong("AuthFailure", "DisassociateAddress", "AssociationId="+use)
	a.wrong("DependencyViolation", "DeleteSubnet", "SubnetId="+s)
	table := a.one("routeTableId", "CreateRouteTable", "VpcId="+v)
	a.do("CreateRoute", "RouteTableId="+table, "DestinationCidrBlock=0.0.0.0/0", "NatGatewayId="+n)
	a.do("DeleteNatGateway", "NatGatewayId="+n)
	a.want("state", "active blackhole", "DescribeRouteTables", "RouteTableId.1="+table)
	a.want("state", "deleting", "DescribeNatGateways", "NatGatewayId.1="+n)
	a.wrong("InvalidIPAddress.InUse", "ReleaseAddress", "AllocationId="+e)
	a.clock.Advance(2 * time.Minute)
	a.want("state", "deleted", "DescribeNatGateways", "NatGatewayId.1="+n)
	a.wrong("NatGatewayNotFound", "DeleteNatGateway", "NatGatewayId="+n)
	a.do("ReleaseAddress", "AllocationId="+e)
	a.do("DeleteSubnet", "SubnetId="+s)
	if lines := a.Inventory(); slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "nat_gateway") }) {
		t.Errorf("deleted and failed gateways are listed: %v", lines)
	}
	a.clock.Advance(time.Hour)
	a.wrong("NatGatewayNotFound", "DescribeNatGateways", "NatGatewayId.1="+n)
	a.wrong("NatGatewayMalformed", "DescribeNatGateways", "NatGatewayId.1=nonsense")
}

func TestNATGatewayOfAUsedAddress(t *testing.T) {
	a := newMachineAccount(t, Options{})
	i := a.launch()
	e := a.one("allocationId", "AllocateAddress")
	a.do("AssociateAddress", "AllocationId="+e, "InstanceId="+i)
	s := a.one("subnetId", "DescribeInstances", "InstanceId.1="+i)
	n := a.one("natGatewayId", "CreateNatGateway", "SubnetId="+s, "AllocationId="+e)
	a.want("failureCode", "Resource.AlreadyAssociated", "DescribeNatGateways", "NatGatewayId.1="+n)
	private := a.one("natGatewayId", "CreateNatGateway", "SubnetId="+s, "ConnectivityType=private", "PrivateIpAddress=172.31.0.77")
	a.has(a.do("DescribeNatGateways", "NatGatewayId.1="+private), "<state>available</state>", "<privateIp>172.31.0.77</privateIp>")
	a.want("privateIpAddress", "172.31.0.77 172.31.0.77", "DescribeNetworkInterfaces", "Filter.1.Name=interface-type", "Filter.1.Value.1=nat_gateway")
}
