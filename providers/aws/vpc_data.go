package aws

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
	vpcs, err := matchingVPCs(ctx, c, x.ID, x.filters())
	if err != nil {
		return err
	}
	if len(vpcs) != 1 {
		return fmt.Errorf("%d networks match, exactly one has to: change id, tags or filter", len(vpcs))
	}
	x.fill(c, vpcs[0])
	if x.EnableDNSSupport, err = vpcSwitch(ctx, c, x.ID, ec2types.VpcAttributeNameEnableDnsSupport); err != nil {
		return err
	}
	if x.EnableDNSHostnames, err = vpcSwitch(ctx, c, x.ID, ec2types.VpcAttributeNameEnableDnsHostnames); err != nil {
		return err
	}
	x.MainRouteTableID, err = mainRouteTable(ctx, c, x.ID)
	return err
}

// filters returns all that x asks for beside an id.
func (x *vpcLookup) filters() []ec2types.Filter {
	list := filtersOf(x.Filter, x.Tags)
	list = with(with(with(list, "cidr", x.CIDRBlock), "dhcp-options-id", x.DHCPOptionsID), "state", x.State)
	if x.Default {
		list = with(list, "is-default", "true")
	}
	return list
}

// matchingVPCs returns the networks that pass filters; of all when id is "". A
// plan chooses from the list of all. The API is asked what it alone can tell,
// and for an id that the list does not show, for lists may lag.
func matchingVPCs(ctx context.Context, c *client, id string, filters []ec2types.Filter) ([]ec2types.Vpc, error) {
	if providers.Remembers(ctx) && vpcFilters.know(filters) {
		list, known, err := chooseVPCs(ctx, c, id, filters)
		if err != nil || known {
			return list, err
		}
	}
	in := &ec2.DescribeVpcsInput{Filters: filters}
	if id != "" {
		in.VpcIds = []string{id}
	}
	got, err := c.ec2.DescribeVpcs(ctx, in)
	if err != nil {
		return nil, err
	}
	return got.Vpcs, nil
}

// chooseVPCs returns the networks of the list that is asked for once in a plan.
// Known is false when it does not show the id.
func chooseVPCs(ctx context.Context, c *client, id string, filters []ec2types.Filter) (list []ec2types.Vpc, known bool, err error) {
	known = id == ""
	for v, err := range providers.All(ctx, c, everyVPC, vpc{}) {
		if err != nil && !errors.Is(err, providers.ErrNotReady) {
			return nil, false, err
		}
		if id != "" && v.ID != id {
			continue
		}
		known = true
		if vpcFilters.pass(v.got, filters) {
			list = append(list, *v.got)
		}
	}
	return list, known, nil
}

// mainRouteTable returns the id of the table that a network's subnets have
// without one of their own; "" when none is shown.
func mainRouteTable(ctx context.Context, c *client, id string) (string, error) {
	t, err := shown(ctx, c, routeTableType, func(t routeTable) bool {
		return t.VPCID == id && slices.ContainsFunc(t.got.Associations, func(a ec2types.RouteTableAssociation) bool { return aws.ToBool(a.Main) })
	})
	if err != nil || t.ID != "" {
		return t.ID, err
	}
	got, err := c.ec2.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{
		Filters: []ec2types.Filter{filter("vpc-id", id), filter("association.main", "true")},
	})
	if err != nil || len(got.RouteTables) == 0 {
		return "", err
	}
	return aws.ToString(got.RouteTables[0].RouteTableId), nil
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
