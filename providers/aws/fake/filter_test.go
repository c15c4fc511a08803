package fake

import (
	"slices"
	"strings"
	"testing"
)

// TestFiltersOfEveryKind looks for the same world through every filter: with the
// value it must find the object, with another one it must not.
func TestFiltersOfEveryKind(t *testing.T) {
	a := newMachineAccount(t, Options{})
	v, s := a.network()
	a.do("ModifyVpcAttribute", "VpcId="+v, "EnableDnsHostnames.Value=true")
	g := a.one("internetGatewayId", "CreateInternetGateway")
	a.do("AttachInternetGateway", "InternetGatewayId="+g, "VpcId="+v)
	sg := a.one("groupId", "CreateSecurityGroup", "GroupName=web", "GroupDescription=front", "VpcId="+v)
	a.do("AuthorizeSecurityGroupIngress", append(ssh("10.0.0.0/8"), "GroupId="+sg)...)
	a.do("AuthorizeSecurityGroupEgress", append(ssh("11.0.0.0/8"), "GroupId="+sg)...)
	table := a.one("routeTableId", "CreateRouteTable", "VpcId="+v)
	a.do("CreateRoute", "RouteTableId="+table, "DestinationCidrBlock=0.0.0.0/0", "GatewayId="+g)
	use := a.one("associationId", "AssociateRouteTable", "RouteTableId="+table, "SubnetId="+s)
	i := a.launch("SubnetId="+s, "SecurityGroupId.1="+sg, "ClientToken=tok", "InstanceMarketOptions.MarketType=spot")
	e := a.one("allocationId", "AllocateAddress")
	a.do("AssociateAddress", "AllocationId="+e, "InstanceId="+i)
	n := a.one("networkInterfaceId", "DescribeNetworkInterfaces")
	disk := a.one("volumeId", "DescribeVolumes")
	for action, part := range map[string]struct{ element, id, filters string }{
		"DescribeVpcs": {"vpcId", v, "vpc-id=" + v + " cidr=10.0.0.0/16 cidr-block-association.cidr-block=10.0.0.0/16 state=available is-default=false isDefault=false owner-id=123456789012"},
		"DescribeSubnets": {"subnetId", s, "subnet-id=" + s + " vpc-id=" + v + " availability-zone=eu-central-1a availability-zone-id=euc1-az1 cidr-block=10.0.0.0/24 " +
			"default-for-az=false available-ip-address-count=250 state=available map-public-ip-on-launch=false"},
		"DescribeInternetGateways": {"internetGatewayId", g, "internet-gateway-id=" + g + " attachment.vpc-id=" + v + " attachment.state=available"},
		"DescribeRouteTables": {"routeTableAssociationId", use, "route-table-id=" + table + " association.subnet-id=" + s + " association.route-table-association-id=" + use +
			" association.route-table-id=" + table + " association.main=false route.destination-cidr-block=0.0.0.0/0 route.gateway-id=" + g + " route.origin=CreateRoute route.state=active vpc-id=" + v},
		"DescribeSecurityGroups": {"groupId", sg, "group-id=" + sg + " group-name=web description=front vpc-id=" + v + " ip-permission.cidr=10.0.0.0/8 ip-permission.from-port=22 " +
			"ip-permission.to-port=22 ip-permission.protocol=tcp egress.ip-permission.cidr=11.0.0.0/8 egress.ip-permission.protocol=tcp"},
		"DescribeSecurityGroupRules": {"groupId", sg, "group-id=" + sg},
		"DescribeAddresses": {"allocationId", e, "allocation-id=" + e + " instance-id=" + i + " network-interface-id=" + n + " domain=vpc private-ip-address=10.0.0.4 " +
			"network-border-group=eu-central-1 network-interface-owner-id=123456789012"},
		"DescribeNetworkInterfaces": {"networkInterfaceId", n, "network-interface-id=" + n + " subnet-id=" + s + " vpc-id=" + v + " group-id=" + sg + " group-name=web private-ip-address=10.0.0.4 " +
			"addresses.private-ip-address=10.0.0.4 attachment.instance-id=" + i + " attachment.delete-on-termination=true interface-type=interface requester-managed=false source-dest-check=true status=in-use availability-zone=eu-central-1a"},
		"DescribeVolumes": {"volumeId", disk, "volume-id=" + disk + " availability-zone=eu-central-1a attachment.instance-id=" + i + " attachment.device=/dev/sda1 attachment.status=attached " +
			"attachment.delete-on-termination=true status=in-use volume-type=gp3 size=8 encrypted=false"},
		"DescribeInstances": {"instanceId", i, "instance-id=" + i + " client-token=tok vpc-id=" + v + " network-interface.network-interface-id=" + n + " group-id=" + sg + " instance.group-name=web " +
			"block-device-mapping.volume-id=" + disk + " instance-lifecycle=spot architecture=x86_64 root-device-type=ebs tenancy=default virtualization-type=hvm metadata-options.http-tokens=required network-interface.subnet-id=" + s},
		"DescribeSpotInstanceRequests": {"instanceId", i, "instance-id=" + i + " state=active status-code=fulfilled type=one-time launched-availability-zone=eu-central-1a launch.instance-type=t3.micro"},
		"DescribeInstanceTypes": {"instanceType", "t3.micro", "instance-type=t3.micro processor-info.supported-architecture=x86_64 current-generation=true bare-metal=false hypervisor=nitro " +
			"instance-storage-supported=false memory-info.size-in-mib=1024 vcpu-info.default-vcpus=2 vcpu-info.default-cores=1 burstable-performance-supported=true free-tier-eligible=true " +
			"supported-usage-class=spot supported-virtualization-type=hvm network-info.ena-support=required"},
		"DescribeImages": {"imageId", testImage(a.region, "x86_64"), "image-id=" + testImage(a.region, "x86_64") + " owner-id=099720109477 architecture=x86_64 root-device-type=ebs root-device-name=/dev/sda1 " +
			"virtualization-type=hvm state=available image-type=machine hypervisor=xen is-public=true ena-support=true block-device-mapping.volume-type=gp3"},
		"DescribeAvailabilityZones": {"zoneName", "eu-central-1a", "zone-name=eu-central-1a zone-id=euc1-az1 region-name=eu-central-1 state=available zone-type=availability-zone opt-in-status=opt-in-not-required group-name=eu-central-1-zg-1"},
		"DescribeRegions":           {"regionName", "eu-south-1", "region-name=eu-south-1 opt-in-status=opted-in endpoint=ec2.eu-south-1.amazonaws.com"},
		"DescribeNetworkAcls":       {"vpcId", v, "vpc-id=" + v + " default=true"},
	} {
		for _, f := range strings.Fields(part.filters) {
			name, value, _ := strings.Cut(f, "=")
			if got := all(a.do(action, "Filter.1.Name="+name, "Filter.1.Value.1="+value), part.element); !slices.Contains(got, part.id) {
				t.Errorf("%s %s: got %v, want %s among them", action, f, got, part.id)
			}
			if got := all(a.do(action, "Filter.1.Name="+name, "Filter.1.Value.1=no "+value), part.element); len(got) > 0 {
				t.Errorf("%s %s=no %s: got %v, want nothing", action, name, value, got)
			}
		}
		a.wrong("InvalidParameterValue", action, "Filter.1.Name=surprise", "Filter.1.Value.1=x")
	}
}

func TestEveryAttributeOfAnInstance(t *testing.T) {
	a := newMachineAccount(t, Options{})
	i := a.launch()
	for attribute, want := range map[string]string{
		"instanceType": "<instanceType><value>t3.micro</value>", "kernel": "<kernel>", "ramdisk": "<ramdisk>", "userData": "<userData></userData>",
		"disableApiTermination": "<disableApiTermination><value>false<", "disableApiStop": "<disableApiStop><value>false<",
		"instanceInitiatedShutdownBehavior": "<value>stop</value>", "rootDeviceName": "<value>/dev/sda1</value>", "blockDeviceMapping": "<volumeId>vol-",
		"productCodes": "<productCodes>", "sourceDestCheck": "<value>true</value>", "groupSet": "<groupId>sg-", "ebsOptimized": "<value>false</value>",
		"sriovNetSupport": "<sriovNetSupport>", "enaSupport": "<value>true</value>", "enclaveOptions": "<enabled>false</enabled>",
	} {
		a.has(a.do("DescribeInstanceAttribute", "InstanceId="+i, "Attribute="+attribute), want)
	}
	a.wrong("InvalidParameterValue", "DescribeInstanceAttribute", "InstanceId="+i, "Attribute=color")
}

func TestRoutesThroughInstances(t *testing.T) {
	a := newMachineAccount(t, Options{})
	v, s := a.network()
	i := a.launch("SubnetId=" + s)
	n := a.one("networkInterfaceId", "DescribeInstances", "InstanceId.1="+i)
	table := a.one("routeTableId", "CreateRouteTable", "VpcId="+v)
	a.do("CreateRoute", "RouteTableId="+table, "DestinationCidrBlock=1.0.0.0/8", "InstanceId="+i)
	a.do("CreateRoute", "RouteTableId="+table, "DestinationCidrBlock=2.0.0.0/8", "NetworkInterfaceId="+n)
	a.want("instanceId", i+" "+i, "DescribeRouteTables", "RouteTableId.1="+table)
	a.do("ReplaceRoute", "RouteTableId="+table, "DestinationCidrBlock=2.0.0.0/8", "InstanceId="+i)
	a.do("TerminateInstances", "InstanceId.1="+i)
	a.want("state", "active blackhole blackhole", "DescribeRouteTables", "RouteTableId.1="+table)
	a.wrong("InvalidNetworkInterfaceID.NotFound", "CreateRoute", "RouteTableId="+table, "DestinationCidrBlock=3.0.0.0/8", "NetworkInterfaceId="+n)
}

func TestIPv6(t *testing.T) {
	a := newMachineAccount(t, Options{})
	text := a.do("CreateVpc", "CidrBlock=10.0.0.0/16", "AmazonProvidedIpv6CidrBlock=true")
	v, block := all(text, "vpcId")[0], strings.TrimSuffix(all(text, "ipv6CidrBlock")[0], "::/56")
	a.wrong("InvalidParameterValue", "CreateSubnet", "VpcId="+v, "CidrBlock=10.0.0.0/24", "Ipv6CidrBlock="+block+"::/60")
	s := a.one("subnetId", "CreateSubnet", "VpcId="+v, "CidrBlock=10.0.0.0/24", "Ipv6CidrBlock="+block+"::/64")
	a.wrong("InvalidSubnet.Conflict", "CreateSubnet", "VpcId="+v, "CidrBlock=10.0.1.0/24", "Ipv6CidrBlock="+block+"::/64")
	a.do("ModifySubnetAttribute", "SubnetId="+s, "AssignIpv6AddressOnCreation.Value=true")
	a.want("ipv6CidrBlock", block+"::/64", "DescribeSubnets", "SubnetId.1="+s)
	table := a.one("routeTableId", "DescribeRouteTables", "Filter.1.Name=vpc-id", "Filter.1.Value.1="+v)
	a.want("destinationIpv6CidrBlock", block+"::/56", "DescribeRouteTables", "RouteTableId.1="+table)
}

func TestRemoveTakesThePartsToo(t *testing.T) {
	a := newMachineAccount(t, Options{})
	v, s := a.network()
	sg := a.one("groupId", "CreateSecurityGroup", "GroupName=web", "GroupDescription=front", "VpcId="+v)
	a.launch("SubnetId="+s, "SecurityGroupId.1="+sg)
	e := a.one("allocationId", "AllocateAddress")
	g := a.one("internetGatewayId", "CreateInternetGateway")
	a.do("AttachInternetGateway", "InternetGatewayId="+g, "VpcId="+v)
	n := a.one("natGatewayId", "CreateNatGateway", "SubnetId="+s, "AllocationId="+e)
	if !a.Remove("nat_gateway", n) || !a.Remove("security_group", sg) {
		t.Fatal("cannot remove")
	}
	a.do("ReleaseAddress", "AllocationId="+e)
	a.want("groupId", "", "DescribeNetworkInterfaces")
	table := a.one("routeTableId", "CreateRouteTable", "VpcId="+v)
	a.do("AssociateRouteTable", "RouteTableId="+table, "SubnetId="+s)
	if !a.Remove("subnet", s) || !a.Remove("vpc", v) {
		t.Fatal("cannot remove")
	}
	a.do("DeleteRouteTable", "RouteTableId="+table)
	a.want("groupId", "", "DescribeSecurityGroups", "Filter.1.Name=vpc-id", "Filter.1.Value.1="+v)
}
