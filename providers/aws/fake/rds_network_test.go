package fake

import (
	"fmt"
	"testing"
	"time"
)

func TestDBIsRenamedAndUpgraded(t *testing.T) {
	a := newDBAccount(t, Options{})
	a.do("CreateDBInstance", usual("DBInstanceIdentifier=old", "MultiAZ=true")...)
	a.do("ModifyDBInstance", "DBInstanceIdentifier=old", "NewDBInstanceIdentifier=db", "EngineVersion=18", "AllowMajorVersionUpgrade=true", "MultiAZ=false", "ApplyImmediately=true")
	a.refused("404 DBInstanceNotFound", "DescribeDBInstances", "DBInstanceIdentifier=old")
	text := a.do("DescribeDBInstances", "DBInstanceIdentifier=db")
	a.has(text, ":db:db<", "<EngineVersion>18.1<", "default.postgres18", "<Address>db.", "<MultiAZ>false<")
	a.ec2().do("DeleteSubnet", "SubnetId="+a.subnets[1]) // the standby's interface is gone
	a.ec2().refusedEC2("DependencyViolation", "DeleteSubnet", "SubnetId="+a.subnets[0])
}

// refusedEC2 is refused for EC2's own shape of errors.
func (a *queryAccount) refusedEC2(want, action string, params ...string) {
	a.t.Helper()
	_, text := a.call(action, params...)
	if got := all(text, "Code"); len(got) != 1 || got[0] != want {
		a.t.Errorf("%s %v: got %v, want %s", action, params, got, want)
	}
}

func TestDBKeepsItsNetwork(t *testing.T) {
	a := newDBAccount(t, Options{DeleteLag: time.Minute})
	a.do("CreateDBInstance", usual("VpcSecurityGroupIds.VpcSecurityGroupId.1="+a.group)...)
	net := a.ec2()
	a.has(net.do("DescribeNetworkInterfaces"), "RDSNetworkInterface", "<requesterId>amazon-rds<", a.group)
	a.do("DeleteDBInstance", "DBInstanceIdentifier=db", "SkipFinalSnapshot=true")
	net.refusedEC2("DependencyViolation", "DeleteSubnet", "SubnetId="+a.subnets[0])
	net.refusedEC2("DependencyViolation", "DeleteSecurityGroup", "GroupId="+a.group)
	a.refused("InvalidDBSubnetGroupStateFault", "DeleteDBSubnetGroup", "DBSubnetGroupName=main")
	a.clock.Advance(time.Minute)
	a.do("DeleteDBSubnetGroup", "DBSubnetGroupName=main")
	a.refused("404 DBSubnetGroupNotFoundFault", "DeleteDBSubnetGroup", "DBSubnetGroupName=main")
	net.do("DeleteSecurityGroup", "GroupId="+a.group)
	net.do("DeleteSubnet", "SubnetId="+a.subnets[0])
	net.do("DeleteSubnet", "SubnetId="+a.subnets[1])
	net.do("DeleteVpc", "VpcId="+a.vpc)
}

func TestDBIsPublic(t *testing.T) {
	a := newDBAccount(t, Options{})
	net := a.ec2()
	names := func(on string) { net.do("ModifyVpcAttribute", "VpcId="+a.vpc, "EnableDnsHostnames.Value="+on) }
	names("true")
	a.refused("InvalidVPCNetworkStateFault", "CreateDBInstance", usual("PubliclyAccessible=true")...)
	names("false")
	gateway := all(net.do("CreateInternetGateway"), "internetGatewayId")[0]
	net.do("AttachInternetGateway", "InternetGatewayId="+gateway, "VpcId="+a.vpc)
	a.refused("InvalidVPCNetworkStateFault", "CreateDBInstance", usual("PubliclyAccessible=true")...)
	names("true")
	a.do("CreateDBInstance", usual("PubliclyAccessible=true")...)
	net.refusedEC2("DependencyViolation", "DetachInternetGateway", "InternetGatewayId="+gateway, "VpcId="+a.vpc)
	a.do("ModifyDBInstance", "DBInstanceIdentifier=db", "PubliclyAccessible=false")
	net.do("DetachInternetGateway", "InternetGatewayId="+gateway, "VpcId="+a.vpc)
}

func TestDBWantsFirewallsOfItsVPC(t *testing.T) {
	a := newDBAccount(t, Options{})
	other := all(a.ec2().do("CreateVpc", "CidrBlock=10.9.0.0/16"), "vpcId")[0]
	group := all(a.ec2().do("CreateSecurityGroup", "VpcId="+other, "GroupName=db", "GroupDescription=db"), "groupId")[0]
	a.refused("InvalidParameterCombination", "CreateDBInstance", usual("VpcSecurityGroupIds.VpcSecurityGroupId.1="+group)...)
	a.do("CreateDBInstance", usual()...)
	a.refused("InvalidParameterCombination", "ModifyDBInstance", "DBInstanceIdentifier=db", "VpcSecurityGroupIds.VpcSecurityGroupId.1="+group)
}

func TestDBSubnetGroups(t *testing.T) {
	a := newDBAccount(t, Options{})
	create := func(name string, subnets ...string) []string {
		params := []string{"DBSubnetGroupName=" + name, "DBSubnetGroupDescription=d"}
		for i, s := range subnets {
			params = append(params, fmt.Sprintf("SubnetIds.SubnetIdentifier.%d=%s", i+1, s))
		}
		return params
	}
	a.refused("DBSubnetGroupAlreadyExists", "CreateDBSubnetGroup", create("MAIN", a.subnets...)...)
	a.refused("DBSubnetGroupDoesNotCoverEnoughAZs", "CreateDBSubnetGroup", create("one", a.subnets[0])...)
	a.refused("InvalidSubnet", "CreateDBSubnetGroup", create("none", a.subnets[0], "subnet-0123456789abcdef0")...)
	a.refused("InvalidParameterValue", "CreateDBSubnetGroup", create("default", a.subnets...)...)
	a.refused("InvalidParameterValue", "CreateDBSubnetGroup", create("a!b", a.subnets...)...)
	a.has(a.do("DescribeDBSubnetGroups", "DBSubnetGroupName=main"), "<VpcId>"+a.vpc, "<Name>eu-central-1b</Name>", "<SubnetGroupStatus>Complete<")
	a.do("CreateDBInstance", usual()...)
	third := all(a.ec2().do("CreateSubnet", "VpcId="+a.vpc, "CidrBlock=10.0.9.0/24", "AvailabilityZone=eu-central-1c"), "subnetId")[0]
	a.refused("SubnetAlreadyInUse", "ModifyDBSubnetGroup", create("main", a.subnets[1], third)...)
	a.has(a.do("ModifyDBSubnetGroup", create("main", a.subnets[0], third)...), third)
}
