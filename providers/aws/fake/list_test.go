package fake

import (
	"strings"
	"testing"
)

func TestPages(t *testing.T) {
	a := newMachineAccount(t, Options{})
	v, _ := a.network()
	var want []string
	for range 12 {
		want = append(want, a.one("routeTableId", "CreateRouteTable", "VpcId="+v))
	}
	mine := []string{"Filter.1.Name=association.main", "Filter.1.Value.1=false", "MaxResults=5"}
	var got []string
	token := ""
	for n := 0; n == 0 || token != ""; n++ {
		text := a.do("DescribeRouteTables", with(mine, "NextToken="+token)...)
		got = append(got, all(text, "routeTableId")...)
		if n == 1 {
			// What is deleted between pages takes nothing from the next one.
			a.do("DeleteRouteTable", "RouteTableId="+want[0])
		}
		token = strings.Join(all(text, "nextToken"), "")
		if n > 3 {
			t.Fatal("no last page")
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got %v, want %v", got, want)
	}
	a.wrong("InvalidParameterValue", "DescribeRouteTables", "MaxResults=4")
	a.wrong("InvalidParameterValue", "DescribeRouteTables", "MaxResults=1001")
	a.wrong("InvalidParameterValue", "DescribeInstanceTypes", "MaxResults=101")
	a.wrong("InvalidNextToken", "DescribeRouteTables", "NextToken=???")
	i := a.launch()
	a.wrong("InvalidParameterCombination", "DescribeInstances", "InstanceId.1="+i, "MaxResults=5")
	if got := len(all(a.do("DescribeInstanceTypes"), "instanceType")); got != 100 {
		t.Errorf("a page of instance types has %d, want 100", got)
	}
}

func TestFilters(t *testing.T) {
	a := newMachineAccount(t, Options{})
	_, s := a.network()
	i := a.launch("SubnetId="+s, "TagSpecification.1.ResourceType=instance", "TagSpecification.1.Tag.1.Key=Name", "TagSpecification.1.Tag.1.Value=web-1*")
	for _, tt := range []struct {
		name, value string
		found       bool
	}{
		{"tag:Name", "web-1*", true}, {"tag:Name", "web-?*", true}, {"tag:Name", `web-1\*`, true}, {"tag:Name", `web\*`, false},
		{"tag:Name", "WEB*", false}, {"tag:name", "*", false}, {"tag-key", "Name", true}, {"tag-key", "name", false},
		{"instance-state-name", "running", true}, {"instance-state-name", "stopped", false}, {"instance-state-code", "16", true},
		{"subnet-id", s, true}, {"availability-zone", "eu-central-1a", true}, {"availability-zone", "eu-central-1b", false},
		{"instance-type", "t3.*", true}, {"private-ip-address", "10.0.0.4", true}, {"instance.group-name", "default", true},
		{"instance-lifecycle", "spot", false}, {"block-device-mapping.device-name", "/dev/sda1", true}, {"image-id", "ami-*", true},
	} {
		got := all(a.do("DescribeInstances", "Filter.1.Name="+tt.name, "Filter.1.Value.1=no such", "Filter.1.Value.2="+tt.value), "instanceId")
		if found := len(got) == 1 && got[0] == i; found != tt.found {
			t.Errorf("%s=%s: found %v, want %v", tt.name, tt.value, got, tt.found)
		}
	}
	a.want("instanceId", "", "DescribeInstances", "Filter.1.Name=subnet-id", "Filter.1.Value.1="+s, "Filter.2.Name=tag-key", "Filter.2.Value.1=other")
	a.wrong("InvalidParameterValue", "DescribeInstances", "Filter.1.Name=nonsense", "Filter.1.Value.1=1")
	a.wrong("InvalidParameterValue", "DescribeInstances", "Filter.1.Name=subnet-id")
	a.wrong("MissingParameter", "DescribeInstances", "Filter.1.Value.1=x")
	var many []string
	for n := range 201 {
		many = append(many, "Filter.1.Value."+itoa(n+1)+"=x")
	}
	a.wrong("FilterLimitExceeded", "DescribeInstances", append(many, "Filter.1.Name=subnet-id")...)
}

func TestTags(t *testing.T) {
	a := newMachineAccount(t, Options{})
	v, s := a.network()
	a.do("CreateTags", "ResourceId.1="+v, "ResourceId.2="+s, "Tag.1.Key=a", "Tag.1.Value=1", "Tag.2.Key=b", "Tag.2.Value=")
	a.want("key", "a b", "DescribeTags", "Filter.1.Name=resource-id", "Filter.1.Value.1="+v)
	a.want("resourceId", v+" "+s, "DescribeTags", "Filter.1.Name=tag:a", "Filter.1.Value.1=1")
	a.want("resourceType", "subnet", "DescribeTags", "Filter.1.Name=resource-type", "Filter.1.Value.1=subnet", "Filter.2.Name=key", "Filter.2.Value.1=a")
	a.do("DeleteTags", "ResourceId.1="+v, "Tag.1.Key=a", "Tag.1.Value=2", "Tag.2.Key=b")
	a.want("key", "a", "DescribeTags", "Filter.1.Name=resource-id", "Filter.1.Value.1="+v)
	a.do("DeleteTags", "ResourceId.1="+v)
	a.want("key", "", "DescribeTags", "Filter.1.Name=resource-id", "Filter.1.Value.1="+v)

	long := strings.Repeat("x", 257)
	for _, tt := range []struct{ code, key, value string }{
		{"InvalidParameterValue", "aws:mine", "x"}, {"InvalidParameterValue", "AWS:mine", "x"}, {"InvalidParameterValue", long[:129], "x"},
		{"InvalidParameterValue", "a", long}, {"InvalidParameterValue", "", "x"},
	} {
		a.wrong(tt.code, "CreateTags", "ResourceId.1="+v, "Tag.1.Key="+tt.key, "Tag.1.Value="+tt.value)
		a.wrong(tt.code, "CreateVpc", "CidrBlock=10.1.0.0/16", "TagSpecification.1.ResourceType=vpc", "TagSpecification.1.Tag.1.Key="+tt.key, "TagSpecification.1.Tag.1.Value="+tt.value)
	}
	a.wrong("InvalidParameterValue", "CreateTags", "ResourceId.1="+v, "Tag.1.Key=a")
	a.wrong("InvalidID", "CreateTags", "ResourceId.1=thing", "Tag.1.Key=a", "Tag.1.Value=b")
	a.wrong("InvalidSubnetID.NotFound", "CreateTags", "ResourceId.1=subnet-0", "Tag.1.Key=a", "Tag.1.Value=b")
	a.wrong("InvalidParameterValue", "CreateVpc", "CidrBlock=10.1.0.0/16", "TagSpecification.1.ResourceType=subnet", "TagSpecification.1.Tag.1.Key=a", "TagSpecification.1.Tag.1.Value=b")
	var many []string
	for n := range 50 {
		many = append(many, "Tag."+itoa(n+1)+".Key=k"+itoa(n), "Tag."+itoa(n+1)+".Value=x")
	}
	a.do("CreateTags", append(many, "ResourceId.1="+v)...)
	a.do("CreateTags", "ResourceId.1="+v, "Tag.1.Key=k1", "Tag.1.Value=y")
	a.wrong("TagLimitExceeded", "CreateTags", "ResourceId.1="+v, "Tag.1.Key=more", "Tag.1.Value=y")
}

func TestParameters(t *testing.T) {
	a := newMachineAccount(t, Options{})
	for _, tt := range []struct{ code, action, params string }{
		{"MissingParameter", "CreateSubnet", "CidrBlock=10.0.0.0/24"},
		{"MissingParameter", "CreateSubnet", "VpcId= CidrBlock=10.0.0.0/24"},
		{"UnknownParameter", "CreateVpc", "CidrBlock=10.0.0.0/16 Name=x"},
		{"UnknownParameter", "CreateVpc", "CidrBlock.1=10.0.0.0/16"},
		{"UnknownParameter", "DescribeVpcs", "VpcId.x=vpc-1"},
		{"UnknownParameter", "DescribeVpcs", "VpcId=vpc-1"},
		{"InvalidParameterValue", "CreateVpc", "CidrBlock=10.0.0.0/16 InstanceTenancy=mine"},
		{"InvalidParameterValue", "CreateVpc", "CidrBlock=10.0.0.0/16 AmazonProvidedIpv6CidrBlock=maybe"},
		{"InvalidParameterValue", "DescribeVpcs", "MaxResults=many"},
		{"MissingParameter", "CreateVpc", "CidrBlock=10.0.0.0/16 TagSpecification.1.Tag.1.Key=a"},
		{"InvalidInstanceID.Malformed", "DescribeInstances", "InstanceId.1=nonsense"},
		{"InvalidInstanceID.NotFound", "DescribeInstances", "InstanceId.1=i-0123456789abcdef0"},
		{"InvalidVolumeID.Malformed", "DescribeVolumes", "VolumeId.1=nonsense"},
		{"InvalidGroupId.Malformed", "DescribeSecurityGroups", "GroupId.1=nonsense"},
	} {
		a.wrong(tt.code, tt.action, strings.Fields(tt.params)...)
	}
}

func TestCatalogues(t *testing.T) {
	a := newMachineAccount(t, Options{DisabledRegions: []string{"af-south-1"}})
	a.want("zoneName", "eu-central-1a eu-central-1b eu-central-1c", "DescribeAvailabilityZones")
	a.want("zoneName", "eu-central-1b", "DescribeAvailabilityZones", "ZoneId.1=euc1-az2")
	a.wrong("InvalidParameterValue", "DescribeAvailabilityZones", "ZoneName.1=us-east-1a")
	a.want("optInStatus", "not-opted-in", "DescribeRegions", "RegionName.1=af-south-1")
	if text := a.do("DescribeRegions"); strings.Contains(text, "af-south-1") || !strings.Contains(text, "<regionName>eu-south-1</regionName>") {
		t.Errorf("regions without AllRegions: %s", text)
	}
	a.want("attributeValue", "VPC", "DescribeAccountAttributes", "AttributeName.1=supported-platforms")

	name := "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*"
	got := all(a.do("DescribeImages", "Owner.1=099720109477", "Filter.1.Name=name", "Filter.1.Value.1="+name), "creationDate")
	if len(got) < 3 || got[0] >= got[len(got)-1] {
		t.Errorf("Ubuntu images %v, want several days", got)
	}
	a.want("imageId", "", "DescribeImages", "Owner.1=self")
	a.want("imageOwnerAlias", "amazon", "DescribeImages", "Owner.1=amazon", "Filter.1.Name=name", "Filter.1.Value.1=al2023-ami-2023*20261012*", "Filter.2.Name=architecture", "Filter.2.Value.1=arm64")
	a.wrong("InvalidAMIID.NotFound", "DescribeImages", "ImageId.1=ami-0123456789abcdef0")
	a.wrong("InvalidAMIID.Malformed", "DescribeImages", "ImageId.1=nonsense")
	if testImage("eu-central-1", "x86_64") == testImage("us-east-1", "x86_64") {
		t.Error("an image has the same id in two regions")
	}
	a.want("sizeInMiB", "16384 24576", "DescribeInstanceTypes", "InstanceType.1=g5.xlarge")
	a.wrong("InvalidInstanceType", "DescribeInstanceTypes", "InstanceType.1=g5.huge")
	a.wrong("InvalidInstanceType", "DescribeInstanceTypes", "InstanceType.1=p5.48xlarge")
	a.in("us-east-1").want("instanceType", "p5.48xlarge", "DescribeInstanceTypes", "InstanceType.1=p5.48xlarge")
}
