package fake

import (
	"strings"
	"testing"
)

func TestSecurityGroups(t *testing.T) {
	a := newMachineAccount(t, Options{Quota: Quota{SecurityGroups: 5}})
	v, s := a.network()
	g := a.one("groupId", "CreateSecurityGroup", "GroupName=web", "GroupDescription=d", "VpcId="+v)
	for _, tt := range []struct{ code, name, text string }{
		{"InvalidGroup.Duplicate", "web", "d"}, {"InvalidParameterValue", "default", "d"}, {"InvalidParameterValue", "sg-1", "d"},
		{"InvalidParameterValue", "ä", "d"}, {"InvalidParameterValue", "x", "ä"}, {"MissingParameter", "x", ""},
		{"InvalidParameterValue", strings.Repeat("x", 256), "d"},
	} {
		a.wrong(tt.code, "CreateSecurityGroup", "GroupName="+tt.name, "GroupDescription="+tt.text, "VpcId="+v)
	}
	// Names are unique in a VPC only; without one it is the default VPC.
	a.do("CreateSecurityGroup", "GroupName=web", "GroupDescription=d")
	a.want("groupId", a.one("groupId", "DescribeSecurityGroups", "GroupName.1=web"), "DescribeSecurityGroups", "GroupName.1=web")
	a.wrong("InvalidGroup.NotFound", "DescribeSecurityGroups", "GroupName.1=none")
	peer := a.one("groupId", "CreateSecurityGroup", "GroupName=peer", "GroupDescription=d", "VpcId="+v)
	a.wrong("SecurityGroupLimitExceeded", "CreateSecurityGroup", "GroupName=more", "GroupDescription=d", "VpcId="+v)
	a.do("AuthorizeSecurityGroupIngress", "GroupId="+peer, "IpPermissions.1.IpProtocol=tcp", "IpPermissions.1.FromPort=1", "IpPermissions.1.ToPort=2", "IpPermissions.1.Groups.1.GroupId="+g)
	a.wrong("DependencyViolation", "DeleteSecurityGroup", "GroupId="+g)
	a.do("DeleteSecurityGroup", "GroupId="+peer)
	i := a.launch("SubnetId="+s, "SecurityGroupId.1="+g)
	a.wrong("DependencyViolation", "DeleteSecurityGroup", "GroupId="+g)
	a.do("TerminateInstances", "InstanceId.1="+i)
	a.do("DeleteSecurityGroup", "GroupId="+g)
	a.wrong("InvalidGroup.NotFound", "DeleteSecurityGroup", "GroupId="+g)
	def := a.one("groupId", "DescribeSecurityGroups", "Filter.1.Name=vpc-id", "Filter.1.Value.1="+v)
	a.wrong("CannotDelete", "DeleteSecurityGroup", "GroupId="+def)
}

// ssh is a permission as parameters.
func ssh(cidr string) []string {
	return []string{"IpPermissions.1.IpProtocol=tcp", "IpPermissions.1.FromPort=22", "IpPermissions.1.ToPort=22", "IpPermissions.1.IpRanges.1.CidrIp=" + cidr}
}

func TestRules(t *testing.T) {
	a := newMachineAccount(t, Options{Quota: Quota{Rules: 3}})
	v, _ := a.network()
	g := a.one("groupId", "CreateSecurityGroup", "GroupName=web", "GroupDescription=d", "VpcId="+v)
	in := func(params ...string) []string { return append(params, "GroupId="+g) }
	text := a.do("AuthorizeSecurityGroupIngress", in(append(ssh("10.1.2.3/8"), "IpPermissions.1.IpRanges.1.Description=home",
		"TagSpecification.1.ResourceType=security-group-rule", "TagSpecification.1.Tag.1.Key=k", "TagSpecification.1.Tag.1.Value=v")...)...)
	a.has(text, "<cidrIpv4>10.0.0.0/8</cidrIpv4>", "<description>home</description>", "<key>k</key>", "<isEgress>false</isEgress>")
	rule := all(text, "securityGroupRuleId")[0]
	a.wrong("InvalidPermission.Duplicate", "AuthorizeSecurityGroupIngress", in(ssh("10.0.0.0/8")...)...)
	for _, tt := range []struct{ code, name, value string }{
		{"InvalidParameterValue", "FromPort", "23"}, {"InvalidParameterValue", "ToPort", "65536"}, {"InvalidParameterValue", "FromPort", ""},
		{"InvalidParameterValue", "IpProtocol", "ipx"}, {"MissingParameter", "IpProtocol", ""}, {"InvalidParameterValue", "IpRanges.1.CidrIp", "10.0.0"},
		{"InvalidParameterValue", "IpRanges.1.CidrIp", "fd00::/8"}, {"MissingParameter", "IpRanges.1.CidrIp", ""},
		{"InvalidParameterValue", "IpRanges.2.CidrIp", "1.0.0.0/8"}, {"InvalidParameterValue", "IpRanges.1.Description", "ä"},
		{"InvalidGroup.NotFound", "Groups.1.GroupId", "sg-0"},
	} {
		a.wrong(tt.code, "AuthorizeSecurityGroupIngress", in(with(ssh("1.0.0.0/8"), "IpPermissions.1."+tt.name+"="+tt.value)...)...)
	}
	a.do("AuthorizeSecurityGroupIngress", in("IpProtocol=17", "FromPort=53", "ToPort=53", "CidrIp=0.0.0.0/0")...)
	a.do("AuthorizeSecurityGroupIngress", in("IpPermissions.1.IpProtocol=-1", "IpPermissions.1.Ipv6Ranges.1.CidrIpv6=::/0")...)
	a.wrong("RulesPerSecurityGroupLimitExceeded", "AuthorizeSecurityGroupIngress", in(ssh("2.0.0.0/8")...)...)
	text = a.do("DescribeSecurityGroups", "GroupId.1="+g)
	a.has(text, "<ipProtocol>udp</ipProtocol><fromPort>53</fromPort>", "<ipProtocol>-1</ipProtocol><groups>", "<cidrIpv6>::/0</cidrIpv6>")

	a.do("UpdateSecurityGroupRuleDescriptionsIngress", in(append(ssh("10.0.0.0/8"), "IpPermissions.1.IpRanges.1.Description=office")...)...)
	a.want("description", "office", "DescribeSecurityGroupRules", "SecurityGroupRuleId.1="+rule)
	a.do("UpdateSecurityGroupRuleDescriptionsIngress", in("SecurityGroupRuleDescription.1.SecurityGroupRuleId="+rule, "SecurityGroupRuleDescription.1.Description=van")...)
	change := []string{"GroupId=" + g, "SecurityGroupRule.1.SecurityGroupRuleId=" + rule}
	const body = "SecurityGroupRule.1.SecurityGroupRule."
	a.wrong("InvalidParameterValue", "ModifySecurityGroupRules", append(change, body+"IpProtocol=tcp", body+"FromPort=80", body+"ToPort=80", body+"CidrIpv6=::/0")...)
	a.wrong("InvalidPermission.Duplicate", "ModifySecurityGroupRules", append(change, body+"IpProtocol=udp", body+"FromPort=53", body+"ToPort=53", body+"CidrIpv4=0.0.0.0/0")...)
	a.do("ModifySecurityGroupRules", append(change, body+"IpProtocol=tcp", body+"FromPort=80", body+"ToPort=81", body+"CidrIpv4=10.0.0.0/8")...)
	text = a.do("DescribeSecurityGroupRules", "SecurityGroupRuleId.1="+rule)
	a.has(text, "<fromPort>80</fromPort>", "<toPort>81</toPort>", "<key>k</key>")
	if strings.Contains(text, "van") {
		t.Errorf("a modified rule keeps its description: %s", text)
	}

	a.wrong("InvalidPermission.NotFound", "RevokeSecurityGroupIngress", in(ssh("10.0.0.0/8")...)...)
	a.wrong("InvalidSecurityGroupRuleId.NotFound", "RevokeSecurityGroupIngress", in("SecurityGroupRuleId.1="+rule, "SecurityGroupRuleId.2=sgr-0")...)
	a.wrong("InvalidSecurityGroupRuleId.NotFound", "RevokeSecurityGroupEgress", in("SecurityGroupRuleId.1="+rule)...)
	a.do("RevokeSecurityGroupIngress", in("SecurityGroupRuleId.1="+rule)...)
	a.do("RevokeSecurityGroupEgress", in("IpPermissions.1.IpProtocol=-1", "IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0")...)
	a.want("isEgress", "false false", "DescribeSecurityGroupRules", "Filter.1.Name=group-id", "Filter.1.Value.1="+g)

	// In the default VPC, what is not there is only listed.
	def := a.one("groupId", "CreateSecurityGroup", "GroupName=x", "GroupDescription=d")
	a.has(a.do("RevokeSecurityGroupIngress", append(ssh("1.0.0.0/8"), "GroupId="+def)...), "<unknownIpPermissionSet><item><ipProtocol>tcp")
}
