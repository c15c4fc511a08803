package aws

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// vpcFilters are those of DescribeVpcs.
var vpcFilters = filterable[ec2types.Vpc]{
	tags: func(v *ec2types.Vpc) []ec2types.Tag { return v.Tags },
	texts: map[string]func(*ec2types.Vpc) []string{
		"vpc-id":          func(v *ec2types.Vpc) []string { return text(v.VpcId) },
		"cidr":            vpcCIDR,
		"cidr-block":      vpcCIDR,
		"cidrBlock":       vpcCIDR,
		"dhcp-options-id": func(v *ec2types.Vpc) []string { return text(v.DhcpOptionsId) },
		"owner-id":        func(v *ec2types.Vpc) []string { return text(v.OwnerId) },
		"state":           func(v *ec2types.Vpc) []string { return []string{string(v.State)} },

		"cidr-block-association.cidr-block":           vpcRanges(func(a ec2types.VpcCidrBlockAssociation) *string { return a.CidrBlock }),
		"cidr-block-association.association-id":       vpcRanges(func(a ec2types.VpcCidrBlockAssociation) *string { return a.AssociationId }),
		"cidr-block-association.state":                vpcRanges(vpcRangeState),
		"ipv6-cidr-block-association.ipv6-cidr-block": vpcIPv6Ranges(func(a ec2types.VpcIpv6CidrBlockAssociation) *string { return a.Ipv6CidrBlock }),
		"ipv6-cidr-block-association.ipv6-pool":       vpcIPv6Ranges(func(a ec2types.VpcIpv6CidrBlockAssociation) *string { return a.Ipv6Pool }),
		"ipv6-cidr-block-association.association-id":  vpcIPv6Ranges(func(a ec2types.VpcIpv6CidrBlockAssociation) *string { return a.AssociationId }),
		"ipv6-cidr-block-association.state":           vpcIPv6Ranges(vpcIPv6RangeState),
	},
	switches: map[string]func(*ec2types.Vpc) *bool{
		"is-default": func(v *ec2types.Vpc) *bool { return v.IsDefault },
		"isDefault":  func(v *ec2types.Vpc) *bool { return v.IsDefault },
	},
}

func vpcCIDR(v *ec2types.Vpc) []string { return text(v.CidrBlock) }

func vpcRanges(get func(ec2types.VpcCidrBlockAssociation) *string) func(*ec2types.Vpc) []string {
	return func(v *ec2types.Vpc) []string { return allOf(v.CidrBlockAssociationSet, get) }
}

func vpcIPv6Ranges(get func(ec2types.VpcIpv6CidrBlockAssociation) *string) func(*ec2types.Vpc) []string {
	return func(v *ec2types.Vpc) []string { return allOf(v.Ipv6CidrBlockAssociationSet, get) }
}

func vpcRangeState(a ec2types.VpcCidrBlockAssociation) *string {
	return vpcBlockState(a.CidrBlockState)
}

func vpcIPv6RangeState(a ec2types.VpcIpv6CidrBlockAssociation) *string {
	return vpcBlockState(a.Ipv6CidrBlockState)
}

func vpcBlockState(s *ec2types.VpcCidrBlockState) *string {
	if s == nil {
		return nil
	}
	return aws.String(string(s.State))
}
