package aws

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// subnetFilters are those of DescribeSubnets, without some of rare hardware.
var subnetFilters = filterable[ec2types.Subnet]{
	tags: func(s *ec2types.Subnet) []ec2types.Tag { return s.Tags },
	texts: map[string]func(*ec2types.Subnet) []string{
		"subnet-id":            func(s *ec2types.Subnet) []string { return text(s.SubnetId) },
		"subnet-arn":           func(s *ec2types.Subnet) []string { return text(s.SubnetArn) },
		"vpc-id":               func(s *ec2types.Subnet) []string { return text(s.VpcId) },
		"owner-id":             func(s *ec2types.Subnet) []string { return text(s.OwnerId) },
		"outpost-arn":          func(s *ec2types.Subnet) []string { return text(s.OutpostArn) },
		"state":                func(s *ec2types.Subnet) []string { return []string{string(s.State)} },
		"availability-zone":    subnetZone,
		"availabilityZone":     subnetZone,
		"availability-zone-id": subnetZoneID,
		"availabilityZoneId":   subnetZoneID,
		"cidr":                 subnetCIDR,
		"cidr-block":           subnetCIDR,
		"cidrBlock":            subnetCIDR,

		"ipv6-cidr-block-association.ipv6-cidr-block": subnetRanges(func(a ec2types.SubnetIpv6CidrBlockAssociation) *string { return a.Ipv6CidrBlock }),
		"ipv6-cidr-block-association.association-id":  subnetRanges(func(a ec2types.SubnetIpv6CidrBlockAssociation) *string { return a.AssociationId }),
		"ipv6-cidr-block-association.state":           subnetRanges(subnetRangeState),
	},
	switches: map[string]func(*ec2types.Subnet) *bool{
		"default-for-az":          func(s *ec2types.Subnet) *bool { return s.DefaultForAz },
		"defaultForAz":            func(s *ec2types.Subnet) *bool { return s.DefaultForAz },
		"map-public-ip-on-launch": func(s *ec2types.Subnet) *bool { return s.MapPublicIpOnLaunch },
		"enable-dns64":            func(s *ec2types.Subnet) *bool { return s.EnableDns64 },
		"ipv6-native":             func(s *ec2types.Subnet) *bool { return s.Ipv6Native },
	},
}

func subnetZone(s *ec2types.Subnet) []string   { return text(s.AvailabilityZone) }
func subnetZoneID(s *ec2types.Subnet) []string { return text(s.AvailabilityZoneId) }
func subnetCIDR(s *ec2types.Subnet) []string   { return text(s.CidrBlock) }

func subnetRanges(get func(ec2types.SubnetIpv6CidrBlockAssociation) *string) func(*ec2types.Subnet) []string {
	return func(s *ec2types.Subnet) []string { return allOf(s.Ipv6CidrBlockAssociationSet, get) }
}

func subnetRangeState(a ec2types.SubnetIpv6CidrBlockAssociation) *string {
	if a.Ipv6CidrBlockState == nil {
		return nil
	}
	return aws.String(string(a.Ipv6CidrBlockState.State))
}
