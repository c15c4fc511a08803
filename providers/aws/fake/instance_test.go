package fake

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"
)

// usualLaunch are the parameters of a small instance.
func usualLaunch(changes ...string) []string {
	return with([]string{"ImageId=" + testImage("eu-central-1", "x86_64"), "InstanceType=t3.micro", "MinCount=1", "MaxCount=1"}, changes...)
}

func TestInstanceLifeCycle(t *testing.T) {
	a := newMachineAccount(t, Options{Boot: 30 * time.Second, Settle: 20 * time.Second, DeleteLag: 40 * time.Second})
	text := a.do("RunInstances", usualLaunch("TagSpecification.1.ResourceType=instance", "TagSpecification.1.Tag.1.Key=Name", "TagSpecification.1.Tag.1.Value=one")...)
	a.has(text, "<name>pending</name>", "<reservationId>r-0")
	if strings.Contains(text, "<ipAddress>") || strings.Contains(text, "<volumeId>") {
		t.Errorf("the answer of a launch has addresses or volumes: %s", text)
	}
	i := all(text, "instanceId")[0]
	state := func(want string) {
		t.Helper()
		if got := all(a.one("instanceState", "DescribeInstances", "InstanceId.1="+i), "name"); got[0] != want {
			t.Errorf("got %s, want %s", got[0], want)
		}
	}
	state("pending")
	a.wrong("IncorrectInstanceState", "StopInstances", "InstanceId.1="+i)
	a.clock.Advance(30 * time.Second)
	state("running")
	first := a.one("ipAddress", "DescribeInstances", "InstanceId.1="+i)
	a.wrong("IncorrectInstanceState", "ModifyInstanceAttribute", "InstanceId="+i, "InstanceType.Value=t3.small")
	a.has(a.do("StopInstances", "InstanceId.1="+i), "<currentState><code>64</code><name>stopping</name>", "<previousState><code>16</code>")
	state("stopping")
	a.wrong("IncorrectInstanceState", "StartInstances", "InstanceId.1="+i)
	a.clock.Advance(20 * time.Second)
	state("stopped")
	a.want("ipAddress", "", "DescribeInstances", "InstanceId.1="+i)
	a.do("ModifyInstanceAttribute", "InstanceId="+i, "InstanceType.Value=t3.small")
	a.wrong("InvalidParameterValue", "ModifyInstanceAttribute", "InstanceId="+i, "InstanceType.Value=t4g.small")
	a.do("StartInstances", "InstanceId.1="+i)
	state("pending")
	a.clock.Advance(30 * time.Second)
	if second := a.one("ipAddress", "DescribeInstances", "InstanceId.1="+i); second == first {
		t.Errorf("a started instance kept its public address %s", first)
	}
	a.want("instanceType", "t3.small", "DescribeInstances", "InstanceId.1="+i)
	a.do("TerminateInstances", "InstanceId.1="+i)
	state("shutting-down")
	a.clock.Advance(40 * time.Second)
	state("terminated")
	a.want("subnetId", "", "DescribeInstances", "InstanceId.1="+i)
	a.want("value", "one", "DescribeInstances", "InstanceId.1="+i)
	a.do("TerminateInstances", "InstanceId.1="+i)
	a.wrong("IncorrectInstanceState", "StartInstances", "InstanceId.1="+i)
	a.clock.Advance(time.Hour)
	a.wrong("InvalidInstanceID.NotFound", "DescribeInstances", "InstanceId.1="+i)
	if lines := a.Inventory(); len(lines) != 0 {
		t.Errorf("left: %v", lines)
	}
}

func TestLaunchRefusals(t *testing.T) {
	a := newMachineAccount(t, Options{Quota: Quota{StandardCPUs: 4, GCPUs: -1, SpotCPUs: 4}, NoStock: map[string]bool{"t3.nano": true, "t3.small@eu-central-1a": true}})
	v, s := a.network()
	foreign := a.one("groupId", "CreateSecurityGroup", "GroupName=g", "GroupDescription=g")
	group := a.one("groupId", "CreateSecurityGroup", "GroupName=g", "GroupDescription=g", "VpcId="+v)
	big := base64.StdEncoding.EncodeToString(make([]byte, 16385))
	mapping := "BlockDeviceMapping.1.DeviceName=/dev/sda1 BlockDeviceMapping.1.Ebs."
	for _, tt := range []struct{ code, params string }{
		{"MissingParameter", "ImageId="}, {"MissingParameter", "MaxCount="}, {"InvalidParameterValue", "MaxCount=0"}, {"InvalidParameterValue", "MinCount=2"},
		{"InvalidAMIID.NotFound", "ImageId=ami-0123456789abcdef0"}, {"InvalidAMIID.Malformed", "ImageId=x"},
		{"InvalidParameterValue", "InstanceType=t9.mega"}, {"Unsupported", "InstanceType="}, {"Unsupported", "InstanceType=p5.48xlarge"},
		{"InvalidParameterValue", "InstanceType=t4g.micro"}, {"InvalidKeyPair.NotFound", "KeyName=none"},
		{"InvalidSubnetID.NotFound", "SubnetId=subnet-0"}, {"InvalidGroup.NotFound", "SecurityGroupId.1=sg-0"},
		{"InvalidParameter", "SubnetId=" + s + " SecurityGroupId.1=" + foreign}, {"InvalidParameterCombination", "SubnetId=" + s + " SecurityGroup.1=default"},
		{"InvalidParameterValue", "SubnetId=" + s + " Placement.AvailabilityZone=eu-central-1b"}, {"InvalidParameterValue", "Placement.AvailabilityZone=us-east-1a"},
		{"InvalidParameterValue", "SubnetId=" + s + " PrivateIpAddress=10.0.0.3"}, {"InvalidParameterValue", "SubnetId=" + s + " PrivateIpAddress=10.0.1.9"},
		{"InvalidUserData.Malformed", "UserData=???"}, {"InvalidParameterValue", "UserData=" + big},
		{"InvalidParameterValue", "IamInstanceProfile.Name=none"}, {"InvalidParameterCombination", "IamInstanceProfile.Name=none IamInstanceProfile.Arn=arn"},
		{"InvalidParameterValue", mapping + "VolumeSize=7"}, {"InvalidParameterCombination", mapping + "VolumeType=gp2 BlockDeviceMapping.1.Ebs.Iops=3000"},
		{"InvalidBlockDeviceMapping", "BlockDeviceMapping.1.DeviceName=C: BlockDeviceMapping.1.Ebs.VolumeSize=9"},
		{"MissingParameter", "BlockDeviceMapping.1.DeviceName=/dev/sdf BlockDeviceMapping.1.Ebs.VolumeType=gp3"},
		{"InvalidParameterCombination", "InstanceType=m5.large CreditSpecification.CpuCredits=standard"},
		{"InvalidParameterValue", "CpuOptions.CoreCount=2 CpuOptions.ThreadsPerCore=2"}, {"InvalidParameterValue", "MetadataOptions.HttpPutResponseHopLimit=65"},
		{"InvalidParameterCombination", "SubnetId=" + s + " NetworkInterface.1.DeviceIndex=0"}, {"MissingParameter", "NetworkInterface.1.SubnetId=" + s},
		{"InvalidParameterCombination", "NetworkInterface.1.DeviceIndex=0 NetworkInterface.1.SubnetId=" + s + " SecurityGroupId.1=" + group},
		{"VcpuLimitExceeded", "InstanceType=m5.2xlarge"}, {"VcpuLimitExceeded", "InstanceType=g5.xlarge"},
		{"MaxSpotInstanceCountExceeded", "InstanceType=m5.2xlarge InstanceMarketOptions.MarketType=spot"},
		{"500 InsufficientInstanceCapacity", "InstanceType=t3.nano"}, {"500 InsufficientInstanceCapacity", "InstanceType=t3.small SubnetId=" + s},
		{"InvalidParameterCombination", "InstanceMarketOptions.MarketType=spot InstanceMarketOptions.SpotOptions.InstanceInterruptionBehavior=stop"},
		{"UnsupportedOperation", "InstanceMarketOptions.MarketType=spot DisableApiTermination=true"},
		{"InvalidParameterValue", "TagSpecification.1.ResourceType=vpc TagSpecification.1.Tag.1.Key=a TagSpecification.1.Tag.1.Value=b"},
		{"UnknownParameter", "LaunchTemplate.LaunchTemplateId=lt-1"},
	} {
		a.wrong(tt.code, "RunInstances", usualLaunch(strings.Fields(tt.params)...)...)
	}
	a.want("instanceId", "", "DescribeInstances")
	// Without a zone, one that has stock is found.
	a.want("availabilityZone", "eu-central-1b", "RunInstances", usualLaunch("InstanceType=t3.small")...)
	// As many as the quota lets, but not fewer than MinCount.
	if got := len(all(a.do("RunInstances", usualLaunch("MaxCount=9")...), "instanceId")); got != 1 {
		t.Errorf("launched %d, want the one that fits", got)
	}
	a.wrong("VcpuLimitExceeded", "RunInstances", usualLaunch()...)
}

func TestLaunchIsIdempotent(t *testing.T) {
	a := newMachineAccount(t, Options{})
	i := a.launch("ClientToken=one")
	if again := a.launch("ClientToken=one"); again != i {
		t.Errorf("got %s, want %s", again, i)
	}
	a.wrong("IdempotentParameterMismatch", "RunInstances", usualLaunch("ClientToken=one", "KeyName=k")...)
	a.wrong("InvalidParameterValue", "RunInstances", usualLaunch("ClientToken="+strings.Repeat("x", 65))...)
	a.want("instanceId", i, "DescribeInstances", "Filter.1.Name=client-token", "Filter.1.Value.1=one")
	// A token is a region's own.
	west := a.in("eu-west-1")
	if other := west.launch("ClientToken=one"); other == i {
		t.Error("the token of another region was taken")
	}
	a.do("TerminateInstances", "InstanceId.1="+i)
	a.has(a.do("RunInstances", usualLaunch("ClientToken=one")...), i, "<name>terminated</name>")
	a.clock.Advance(time.Hour)
	a.wrong("IdempotentInstanceTerminated", "RunInstances", usualLaunch("ClientToken=one")...)
}

func TestLaunchedDisksAndInterface(t *testing.T) {
	a := newMachineAccount(t, Options{DeleteLag: time.Minute})
	v, s := a.network()
	group := a.one("groupId", "CreateSecurityGroup", "GroupName=g", "GroupDescription=g", "VpcId="+v)
	i := a.launch("NetworkInterface.1.DeviceIndex=0", "NetworkInterface.1.SubnetId="+s, "NetworkInterface.1.SecurityGroupId.1="+group,
		"NetworkInterface.1.AssociatePublicIpAddress=true", "NetworkInterface.1.PrivateIpAddress=10.0.0.50",
		"BlockDeviceMapping.1.DeviceName=/dev/sda1", "BlockDeviceMapping.1.Ebs.VolumeSize=20", "BlockDeviceMapping.1.Ebs.Encrypted=true",
		"BlockDeviceMapping.2.DeviceName=/dev/sdf", "BlockDeviceMapping.2.Ebs.VolumeSize=5", "BlockDeviceMapping.2.Ebs.VolumeType=gp3", "BlockDeviceMapping.2.Ebs.DeleteOnTermination=false",
		"TagSpecification.1.ResourceType=volume", "TagSpecification.1.Tag.1.Key=k", "TagSpecification.1.Tag.1.Value=v", "UserData=aGVsbG8=", "Monitoring.Enabled=true")
	text := a.do("DescribeInstances", "InstanceId.1="+i)
	a.has(text, "<privateIpAddress>10.0.0.50</privateIpAddress>", "<publicIp>198.", "<groupId>"+group+"</groupId>", "<monitoring><state>enabled</state>",
		"<httpTokens>required</httpTokens><httpPutResponseHopLimit>2<", "<deviceName>/dev/sdf</deviceName>")
	a.want("size", "20 5", "DescribeVolumes", "Filter.1.Name=attachment.instance-id", "Filter.1.Value.1="+i, "Filter.2.Name=tag:k", "Filter.2.Value.1=v")
	a.want("encrypted", "true false", "DescribeVolumes")
	a.has(a.do("DescribeInstanceAttribute", "InstanceId="+i, "Attribute=userData"), "<userData><value>aGVsbG8=</value></userData>")
	a.want("privateIpAddress", "10.0.0.50 10.0.0.50", "DescribeNetworkInterfaces", "Filter.1.Name=attachment.instance-id", "Filter.1.Value.1="+i)
	a.wrong("InvalidIPAddress.InUse", "RunInstances", usualLaunch("SubnetId="+s, "PrivateIpAddress=10.0.0.50")...)
	a.do("TerminateInstances", "InstanceId.1="+i)
	a.wrong("DependencyViolation", "DeleteSecurityGroup", "GroupId="+group)
	a.clock.Advance(time.Minute)
	a.do("DeleteSecurityGroup", "GroupId="+group)
	a.want("status", "available", "DescribeVolumes", "Filter.1.Name=status", "Filter.1.Value.1=available")
}

func TestInstanceAttributes(t *testing.T) {
	a := newMachineAccount(t, Options{})
	v, s := a.network()
	i := a.launch("SubnetId="+s, "DisableApiTermination=true")
	set := func(params ...string) {
		t.Helper()
		a.do("ModifyInstanceAttribute", append(params, "InstanceId="+i)...)
	}
	value := func(attribute, want string) {
		t.Helper()
		a.want("value", want, "DescribeInstanceAttribute", "InstanceId="+i, "Attribute="+attribute)
	}
	a.wrong("OperationNotPermitted", "TerminateInstances", "InstanceId.1="+i)
	set("DisableApiTermination.Value=false")
	value("disableApiTermination", "false")
	set("Attribute=disableApiStop", "Value=true")
	a.wrong("OperationNotPermitted", "StopInstances", "InstanceId.1="+i)
	set("DisableApiStop.Value=false")
	set("SourceDestCheck.Value=false")
	value("sourceDestCheck", "false")
	set("InstanceInitiatedShutdownBehavior.Value=terminate")
	value("instanceInitiatedShutdownBehavior", "terminate")
	group := a.one("groupId", "CreateSecurityGroup", "GroupName=g", "GroupDescription=g", "VpcId="+v)
	set("GroupId.1=" + group)
	a.has(a.do("DescribeInstanceAttribute", "InstanceId="+i, "Attribute=groupSet"), group)
	set("BlockDeviceMapping.1.DeviceName=/dev/sda1", "BlockDeviceMapping.1.Ebs.DeleteOnTermination=false")
	a.has(a.do("DescribeInstanceAttribute", "InstanceId="+i, "Attribute=blockDeviceMapping"), "<deleteOnTermination>false<")
	for _, tt := range []struct{ code, params string }{
		{"IncorrectInstanceState", "UserData.Value=eA=="}, {"IncorrectInstanceState", "EbsOptimized.Value=true"},
		{"InvalidParameterCombination", ""}, {"InvalidParameterCombination", "SourceDestCheck.Value=true DisableApiStop.Value=true"},
		{"InvalidGroup.NotFound", "GroupId.1=sg-0"}, {"InvalidParameterValue", "Attribute=color Value=red"}, {"MissingParameter", "Attribute=instanceType"},
		{"InvalidParameterValue", "InstanceInitiatedShutdownBehavior.Value=dance"},
		{"InvalidInstanceAttributeValue", "BlockDeviceMapping.1.DeviceName=/dev/sdz BlockDeviceMapping.1.Ebs.DeleteOnTermination=true"},
	} {
		a.wrong(tt.code, "ModifyInstanceAttribute", append(strings.Fields(tt.params), "InstanceId="+i)...)
	}
	a.do("StopInstances", "InstanceId.1="+i)
	set("UserData.Value=eA==")
	value("userData", "eA==")
	a.wrong("InvalidUserData.Malformed", "ModifyInstanceAttribute", "InstanceId="+i, "UserData.Value=???")

	a.want("state", "pending", "ModifyInstanceMetadataOptions", "InstanceId="+i, "HttpTokens=optional", "HttpPutResponseHopLimit=5")
	a.has(a.do("DescribeInstances", "InstanceId.1="+i), "<httpTokens>optional</httpTokens><httpPutResponseHopLimit>5<")
	a.wrong("MissingParameter", "ModifyInstanceMetadataOptions", "InstanceId="+i)
	a.want("state", "pending", "MonitorInstances", "InstanceId.1="+i)
	a.want("state", "disabling", "UnmonitorInstances", "InstanceId.1="+i)
	a.want("cpuCredits", "unlimited", "DescribeInstanceCreditSpecifications", "InstanceId.1="+i)
	a.want("code", "InvalidInstanceID.NotFound", "ModifyInstanceCreditSpecification", "InstanceCreditSpecification.1.InstanceId="+i,
		"InstanceCreditSpecification.1.CpuCredits=standard", "InstanceCreditSpecification.2.InstanceId=i-0", "InstanceCreditSpecification.2.CpuCredits=standard")
	a.want("cpuCredits", "standard", "DescribeInstanceCreditSpecifications", "Filter.1.Name=instance-id", "Filter.1.Value.1="+i)
}

// iam is the account for calls to IAM.
func (a *machineAccount) iam() *queryAccount {
	q := *a.queryAccount
	q.service, q.version, q.region = "iam", "2010-05-08", "us-east-1"
	return &q
}

func TestInstanceProfiles(t *testing.T) {
	a := newMachineAccount(t, Options{IAMLag: 10 * time.Second})
	a.iam().do("CreateInstanceProfile", "InstanceProfileName=web")
	a.wrong("InvalidParameterValue", "RunInstances", usualLaunch("IamInstanceProfile.Name=web")...)
	a.clock.Advance(10 * time.Second)
	i := a.launch("IamInstanceProfile.Name=web")
	a.has(a.do("DescribeInstances", "InstanceId.1="+i), "<iamInstanceProfile><arn>arn:aws:iam::123456789012:instance-profile/web</arn><id>AIPA")
	use := a.one("associationId", "DescribeIamInstanceProfileAssociations", "Filter.1.Name=instance-id", "Filter.1.Value.1="+i)
	a.wrong("IncorrectState", "AssociateIamInstanceProfile", "InstanceId="+i, "IamInstanceProfile.Name=web")
	a.iam().do("CreateInstanceProfile", "InstanceProfileName=other")
	a.clock.Advance(10 * time.Second)
	next := a.one("associationId", "ReplaceIamInstanceProfileAssociation", "AssociationId="+use, "IamInstanceProfile.Arn=arn:aws:iam::123456789012:instance-profile/other")
	a.wrong("InvalidAssociationID.NotFound", "DisassociateIamInstanceProfile", "AssociationId="+use)
	a.has(a.do("DescribeInstances", "InstanceId.1="+i), "instance-profile/other")
	a.want("state", "disassociating", "DisassociateIamInstanceProfile", "AssociationId="+next)
	if text := a.do("DescribeInstances", "InstanceId.1="+i); strings.Contains(text, "iamInstanceProfile") {
		t.Errorf("still has a profile: %s", text)
	}
	a.want("state", "associating", "AssociateIamInstanceProfile", "InstanceId="+i, "IamInstanceProfile.Name=web")
}

func TestSpotInstances(t *testing.T) {
	a := newMachineAccount(t, Options{})
	spot := []string{"InstanceMarketOptions.MarketType=spot", "TagSpecification.1.ResourceType=spot-instances-request", "TagSpecification.1.Tag.1.Key=k", "TagSpecification.1.Tag.1.Value=v"}
	i := a.launch(spot...)
	a.has(a.do("DescribeInstances", "InstanceId.1="+i), "<instanceLifecycle>spot</instanceLifecycle><spotInstanceRequestId>sir-")
	a.wrong("UnsupportedOperation", "StopInstances", "InstanceId.1="+i)
	r := a.one("spotInstanceRequestId", "DescribeSpotInstanceRequests", "Filter.1.Name=instance-id", "Filter.1.Value.1="+i, "Filter.2.Name=state", "Filter.2.Value.1=active")
	a.do("TerminateInstances", "InstanceId.1="+i)
	a.want("state", "closed", "DescribeSpotInstanceRequests", "SpotInstanceRequestId.1="+r)
	if lines := a.Inventory(); len(lines) != 0 {
		t.Errorf("left: %v", lines)
	}
	i = a.launch(append(spot, "InstanceMarketOptions.SpotOptions.SpotInstanceType=persistent", "InstanceMarketOptions.SpotOptions.MaxPrice=0.5",
		"InstanceMarketOptions.SpotOptions.InstanceInterruptionBehavior=stop")...)
	r = a.one("spotInstanceRequestId", "DescribeInstances", "InstanceId.1="+i)
	a.do("StopInstances", "InstanceId.1="+i)
	a.do("TerminateInstances", "InstanceId.1="+i)
	a.want("state", "open", "DescribeSpotInstanceRequests", "SpotInstanceRequestId.1="+r)
	if lines := a.Inventory(); !slices.Contains(lines, "spot_instance_request "+r) {
		t.Errorf("got %v, want the request that waits for an instance", lines)
	}
	a.want("state", "cancelled", "CancelSpotInstanceRequests", "SpotInstanceRequestId.1="+r)
	a.wrong("InvalidSpotInstanceRequestID.NotFound", "CancelSpotInstanceRequests", "SpotInstanceRequestId.1=sir-0")
}

func TestStoppedInstancesLeaveTheQuota(t *testing.T) {
	a := newMachineAccount(t, Options{Quota: Quota{StandardCPUs: 2}})
	i := a.launch()
	a.wrong("VcpuLimitExceeded", "RunInstances", usualLaunch()...)
	a.do("StopInstances", "InstanceId.1="+i)
	second := a.launch()
	a.wrong("VcpuLimitExceeded", "StartInstances", "InstanceId.1="+i)
	a.do("TerminateInstances", "InstanceId.1="+second)
	a.do("StartInstances", "InstanceId.1="+i)
}

func TestElasticAddressStaysThroughAStop(t *testing.T) {
	a := newMachineAccount(t, Options{})
	i := a.launch()
	e := a.one("allocationId", "AllocateAddress")
	a.do("AssociateAddress", "AllocationId="+e, "InstanceId="+i)
	ip := a.one("publicIp", "DescribeAddresses")
	a.do("StopInstances", "InstanceId.1="+i)
	a.want("ipAddress", ip, "DescribeInstances", "InstanceId.1="+i)
	a.do("StartInstances", "InstanceId.1="+i)
	a.want("ipAddress", ip, "DescribeInstances", "InstanceId.1="+i)
	a.do("DisassociateAddress", "PublicIp="+ip)
	// An interface launched with a public address gets another one.
	if got := a.one("ipAddress", "DescribeInstances", "InstanceId.1="+i); got == ip {
		t.Errorf("still has the Elastic address %s", ip)
	}
}
