package aws

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/mlinfra/mlinfra/providers"
)

type vpcLookup struct {
	ID                 string            `cty:"id"                                   is:"default"  doc:"Id of the network."`
	CIDRBlock          string            `cty:"cidr_block"                           is:"default"  doc:"IPv4 range in CIDR notation."`
	Default            bool              `cty:"default"                              is:"default"  doc:"Whether it is the region's default network."`
	DHCPOptionsID      string            `cty:"dhcp_options_id"                      is:"default"  doc:"Id of its DHCP options."`
	State              string            `cty:"state"                                is:"default"  doc:"pending or available."`
	Tags               map[string]string `cty:"tags"                                 is:"default"  doc:"Tags that it has to have, then all of its tags."`
	Filter             []filterBlock     `cty:"filter"                               is:"optional,set" doc:"Conditions of DescribeVpcs."`
	ARN                string            `cty:"arn"                                  is:"computed" doc:"ARN of the network."`
	Associations       []vpcRange        `cty:"cidr_block_associations"              is:"computed" doc:"All its IPv4 ranges."`
	InstanceTenancy    string            `cty:"instance_tenancy"                     is:"computed" doc:"default or dedicated."`
	IPv6Association    string            `cty:"ipv6_association_id"                  is:"computed" doc:"Id of the association with its IPv6 range."`
	IPv6CIDRBlock      string            `cty:"ipv6_cidr_block"                      is:"computed" doc:"IPv6 range in CIDR notation."`
	EnableDNSSupport   bool              `cty:"enable_dns_support"                   is:"computed" doc:"Whether the resolver of AWS answers in it."`
	EnableDNSHostnames bool              `cty:"enable_dns_hostnames"                 is:"computed" doc:"Whether public addresses get names."`
	MainRouteTableID   string            `cty:"main_route_table_id"                  is:"computed" doc:"Id of the route table of subnets that have none."`
	OwnerID            string            `cty:"owner_id"                             is:"computed" doc:"Account that it belongs to."`
}

type vpcRange struct {
	AssociationID string `cty:"association_id" is:"computed" doc:"Id of the association."`
	CIDRBlock     string `cty:"cidr_block"     is:"computed" doc:"Range in CIDR notation."`
	State         string `cty:"state"          is:"computed" doc:"State of the association."`
}

var vpcData = providers.DataSource[*client, vpcLookup]{
	Type: "aws_vpc",
	Doc:  "A network, such as the default one.",
	Read: lookUpVPC,
	Examples: []string{
		`data "aws_vpc" "example" {
  default = true
}`,
		`resource "aws_vpc" "example" {
  cidr_block = "10.20.0.0/16"

  tags = {
    Name = "ml"
  }
}

data "aws_vpc" "example" {
  id = aws_vpc.example.id

  filter {
    name   = "tag:Name"
    values = ["m*"]
  }
}`,
	},
}

func lookUpVPC(ctx context.Context, c *client, x *vpcLookup) error {
	in := &ec2.DescribeVpcsInput{Filters: filtersOf(x.Filter, x.Tags)}
	in.Filters = with(with(with(in.Filters, "cidr", x.CIDRBlock), "dhcp-options-id", x.DHCPOptionsID), "state", x.State)
	if x.Default {
		in.Filters = with(in.Filters, "is-default", "true")
	}
	if x.ID != "" {
		in.VpcIds = []string{x.ID}
	}
	got, err := c.ec2.DescribeVpcs(ctx, in)
	if err != nil {
		return err
	}
	if len(got.Vpcs) != 1 {
		return fmt.Errorf("%d networks match, exactly one has to: change id, tags or filter", len(got.Vpcs))
	}
	x.fill(c, got.Vpcs[0])
	if x.EnableDNSSupport, err = vpcSwitch(ctx, c, x.ID, ec2types.VpcAttributeNameEnableDnsSupport); err != nil {
		return err
	}
	if x.EnableDNSHostnames, err = vpcSwitch(ctx, c, x.ID, ec2types.VpcAttributeNameEnableDnsHostnames); err != nil {
		return err
	}
	tables, err := c.ec2.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{
		Filters: []ec2types.Filter{filter("vpc-id", x.ID), filter("association.main", "true")},
	})
	if err != nil {
		return err
	}
	for _, t := range tables.RouteTables {
		x.MainRouteTableID = aws.ToString(t.RouteTableId)
	}
	return nil
}

func (x *vpcLookup) fill(c *client, got ec2types.Vpc) {
	x.ID, x.CIDRBlock, x.State = aws.ToString(got.VpcId), aws.ToString(got.CidrBlock), string(got.State)
	x.Default, x.DHCPOptionsID = aws.ToBool(got.IsDefault), aws.ToString(got.DhcpOptionsId)
	x.InstanceTenancy, x.OwnerID, x.ARN = string(got.InstanceTenancy), aws.ToString(got.OwnerId), c.arn("vpc", x.ID)
	x.Tags = tagsOf(got.Tags, ec2Tag)
	for _, a := range got.CidrBlockAssociationSet {
		r := vpcRange{AssociationID: aws.ToString(a.AssociationId), CIDRBlock: aws.ToString(a.CidrBlock)}
		if a.CidrBlockState != nil {
			r.State = string(a.CidrBlockState.State)
		}
		x.Associations = append(x.Associations, r)
	}
	if len(got.Ipv6CidrBlockAssociationSet) > 0 {
		a := got.Ipv6CidrBlockAssociationSet[0]
		x.IPv6Association, x.IPv6CIDRBlock = aws.ToString(a.AssociationId), aws.ToString(a.Ipv6CidrBlock)
	}
}
