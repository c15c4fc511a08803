package aws

import (
	"context"
	"fmt"
	"iter"
	"net/netip"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/mlinfra/mlinfra/providers"
)

// settling is how long EC2 may answer that what is new does not exist.
const settling = 30 * time.Second

type vpc struct {
	providers.Aside

	ID                 string `cty:"id"                   is:"computed"         doc:"Id of the network."`
	CIDRBlock          string `cty:"cidr_block"           is:"required,replace" doc:"IPv4 range in CIDR notation, /16 to /28."`
	InstanceTenancy    string `cty:"instance_tenancy"     is:"else=default,replace" doc:"default, or dedicated hardware for all its instances."`
	EnableDNSSupport   bool   `cty:"enable_dns_support"   is:"else=true"        doc:"Whether the resolver of AWS answers in it."`
	EnableDNSHostnames bool   `cty:"enable_dns_hostnames" is:"else=false"       doc:"Whether public addresses get names."`
	tagging
	ARN                 string `cty:"arn"                       is:"computed" doc:"ARN of the network."`
	DHCPOptionsID       string `cty:"dhcp_options_id"           is:"computed" doc:"Id of its DHCP options."`
	MainRouteTableID    string `cty:"main_route_table_id"       is:"computed" doc:"Id of the route table of subnets that have none."`
	DefaultRouteTableID string `cty:"default_route_table_id"    is:"computed" doc:"Id of the route table that came with it."`
	DefaultACLID        string `cty:"default_network_acl_id"    is:"computed" doc:"Id of the network ACL that came with it."`
	DefaultGroupID      string `cty:"default_security_group_id" is:"computed" doc:"Id of the security group that came with it."`
	OwnerID             string `cty:"owner_id"                  is:"computed" doc:"Account that it belongs to."`

	got *ec2types.Vpc // what it was filled from
}

var vpcType = providers.Resource[*client, vpc]{
	Type:   "aws_vpc",
	Doc:    "A private network in one region.",
	Create: createVPC,
	Read:   withTags(readVPC),
	Update: updateVPC,
	Delete: deleteVPC,
	Find:   findVPC,
	List:   listVPCs,
	Mark:   providers.InTags,
	Check:  checkVPC,
	// What came with it takes calls of its own.
	Shallow: true,
	Grace:   settling,
	Examples: []string{
		`resource "aws_vpc" "example" {
  cidr_block = "10.20.0.0/16"
}`,
		`resource "aws_vpc" "example" {
  cidr_block           = "10.20.0.0/16"
  enable_dns_hostnames = true

  tags = {
    Name = "ml"
  }
}`,
		`resource "aws_vpc" "example" {
  cidr_block = "10.21.0.0/20"
}`,
	},
}

func createVPC(ctx context.Context, c *client, x *vpc, a providers.Attempt) error {
	got, err := c.ec2.CreateVpc(ctx, &ec2.CreateVpcInput{
		CidrBlock:         aws.String(x.CIDRBlock),
		InstanceTenancy:   ec2types.Tenancy(x.InstanceTenancy),
		TagSpecifications: tagSpec(ec2types.ResourceTypeVpc, x.TagsAll, a),
	})
	if err != nil {
		return err
	}
	x.ID = aws.ToString(got.Vpc.VpcId)
	if !x.EnableDNSSupport || x.EnableDNSHostnames {
		return providers.ErrAgain
	}
	return nil
}

func readVPC(ctx context.Context, c *client, x *vpc) error {
	got, err := getVPC(ctx, c, x.ID)
	if err != nil {
		return err
	}
	if err := x.fill(c, got); err != nil {
		return err
	}
	if x.EnableDNSSupport, err = vpcSwitch(ctx, c, x.ID, ec2types.VpcAttributeNameEnableDnsSupport); err != nil {
		return gone(err)
	}
	if x.EnableDNSHostnames, err = vpcSwitch(ctx, c, x.ID, ec2types.VpcAttributeNameEnableDnsHostnames); err != nil {
		return gone(err)
	}
	if x.DefaultRouteTableID == "" {
		return x.findCompanions(ctx, c)
	}
	return nil
}

// everyVPC is the list of a plan. It stands for vpcType, which refers to its
// reader.
var everyVPC = providers.Resource[*client, vpc]{Type: "aws_vpc", List: listVPCs}

// getVPC returns what DescribeVpcs shows of a network. A plan asks for all at once.
func getVPC(ctx context.Context, c *client, id string) (*ec2types.Vpc, error) {
	v, err := shown(ctx, c, everyVPC, func(v vpc) bool { return v.ID == id })
	if err != nil || v.got != nil {
		return v.got, err
	}
	got, err := c.ec2.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{id}})
	if err != nil {
		return nil, gone(err)
	}
	return only(got.Vpcs)
}

// vpcSwitch reads one of the switches that DescribeVpcs does not show.
func vpcSwitch(ctx context.Context, c *client, id string, name ec2types.VpcAttributeName) (bool, error) {
	got, err := c.ec2.DescribeVpcAttribute(ctx, &ec2.DescribeVpcAttributeInput{VpcId: aws.String(id), Attribute: name})
	if err != nil {
		return false, err
	}
	for _, v := range []*ec2types.AttributeBooleanValue{got.EnableDnsSupport, got.EnableDnsHostnames} {
		if v != nil {
			return aws.ToBool(v.Value), nil
		}
	}
	return false, nil
}

// findCompanions reads what came with a network. It stays for its life, so
// this is done once.
func (x *vpc) findCompanions(ctx context.Context, c *client) error {
	own := filter("vpc-id", x.ID)
	tables, err := c.ec2.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{Filters: []ec2types.Filter{own, filter("association.main", "true")}})
	if err != nil {
		return err
	}
	groups, err := c.ec2.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{Filters: []ec2types.Filter{own, filter("group-name", "default")}})
	if err != nil {
		return err
	}
	lists, err := c.ec2.DescribeNetworkAcls(ctx, &ec2.DescribeNetworkAclsInput{Filters: []ec2types.Filter{own, filter("default", "true")}})
	if err != nil {
		return err
	}
	if len(tables.RouteTables) == 0 || len(groups.SecurityGroups) == 0 || len(lists.NetworkAcls) == 0 {
		return providers.ErrNotReady // they appear with a lag
	}
	x.MainRouteTableID = aws.ToString(tables.RouteTables[0].RouteTableId)
	x.DefaultRouteTableID = x.MainRouteTableID
	x.DefaultGroupID = aws.ToString(groups.SecurityGroups[0].GroupId)
	x.DefaultACLID = aws.ToString(lists.NetworkAcls[0].NetworkAclId)
	return nil
}

// updateVPC changes one switch a call, as the API demands. Names need the
// resolver: it is turned on first and off last.
func updateVPC(ctx context.Context, c *client, was vpc, x *vpc) error {
	x.ID = was.ID
	support := &ec2.ModifyVpcAttributeInput{VpcId: aws.String(was.ID), EnableDnsSupport: &ec2types.AttributeBooleanValue{Value: aws.Bool(x.EnableDNSSupport)}}
	names := &ec2.ModifyVpcAttributeInput{VpcId: aws.String(was.ID), EnableDnsHostnames: &ec2types.AttributeBooleanValue{Value: aws.Bool(x.EnableDNSHostnames)}}
	order := []*ec2.ModifyVpcAttributeInput{support, names}
	if !x.EnableDNSSupport {
		order = []*ec2.ModifyVpcAttributeInput{names, support}
	}
	for _, change := range order {
		if _, err := c.ec2.ModifyVpcAttribute(ctx, change); err != nil {
			return err
		}
	}
	return retag(ctx, c, was.ID, was.TagsAll, x.TagsAll)
}

// The API refuses while anything is in it: classify says busy.
func deleteVPC(ctx context.Context, c *client, x vpc) error {
	_, err := c.ec2.DeleteVpc(ctx, &ec2.DeleteVpcInput{VpcId: aws.String(x.ID)})
	return gone(err)
}

func findVPC(ctx context.Context, c *client, x *vpc, a providers.Attempt) (bool, error) {
	got, err := c.ec2.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{Filters: tagged(a)})
	if err != nil {
		return false, err
	}
	return found(got.Vpcs, func(v *ec2types.Vpc) error { return x.fill(c, v) })
}

func listVPCs(ctx context.Context, c *client, _ vpc) iter.Seq2[vpc, error] {
	p := ec2.NewDescribeVpcsPaginator(c.ec2, &ec2.DescribeVpcsInput{MaxResults: aws.Int32(pageSize)})
	return pages(ctx, p, func(o *ec2.DescribeVpcsOutput) []ec2types.Vpc { return o.Vpcs },
		func(x *vpc, got *ec2types.Vpc) error { return x.fill(c, got) })
}

func (x *vpc) fill(c *client, got *ec2types.Vpc) error {
	x.got = got
	x.ID, x.CIDRBlock, x.InstanceTenancy = aws.ToString(got.VpcId), aws.ToString(got.CidrBlock), string(got.InstanceTenancy)
	x.OwnerID, x.DHCPOptionsID = aws.ToString(got.OwnerId), aws.ToString(got.DhcpOptionsId)
	x.ARN = c.arn("vpc", x.ID)
	x.TagsAll, x.Owner = tagsOf(got.Tags, ec2Tag), ownerOf(got.Tags, ec2Tag)
	if got.State != ec2types.VpcStateAvailable {
		return providers.ErrNotReady
	}
	return nil
}

func checkVPC(_ *vpc, want vpc) error {
	if err := checkRange("cidr_block", want.CIDRBlock, 16, 28); err != nil {
		return err
	}
	if want.InstanceTenancy != "default" && want.InstanceTenancy != "dedicated" {
		return fmt.Errorf("instance_tenancy %q is neither default nor dedicated", want.InstanceTenancy)
	}
	return nil
}

// checkRange refuses what is no IPv4 range with a prefix between shortest and longest.
func checkRange(name, text string, shortest, longest int) error {
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil || !p.Addr().Is4():
		return fmt.Errorf("%s %q is not an IPv4 range in CIDR notation, such as 10.0.0.0/16", name, text)
	case p.Masked() != p:
		return fmt.Errorf("%s %q has bits beyond its prefix; the range is %s", name, text, p.Masked())
	case p.Bits() < shortest || p.Bits() > longest:
		return fmt.Errorf("%s %q: the prefix is between /%d and /%d", name, text, shortest, longest)
	}
	return nil
}
