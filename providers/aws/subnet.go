package aws

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/mlinfra/mlinfra/providers"
)

type subnet struct {
	providers.Aside

	ID                 string `cty:"id"                                             is:"computed"         doc:"Id of the subnet."`
	VPCID              string `cty:"vpc_id"                                         is:"required,replace" doc:"Id of the network it is a part of."`
	CIDRBlock          string `cty:"cidr_block"                                     is:"required,replace" doc:"IPv4 range in CIDR notation, /16 to /28."`
	AvailabilityZone   string `cty:"availability_zone"                              is:"default,replace"  doc:"Zone such as eu-central-1a; AWS chooses one if absent."`
	AvailabilityZoneID string `cty:"availability_zone_id"                           is:"default,replace"  doc:"Zone by its id, such as euc1-az1, in place of its name."`
	IPv6CIDRBlock      string `cty:"ipv6_cidr_block"                                is:"default,replace"  doc:"IPv6 range out of the network's, /64."`
	AssignIPv6         bool   `cty:"assign_ipv6_address_on_creation"                is:"else=false"       doc:"Whether new interfaces get an IPv6 address."`
	MapPublicIP        bool   `cty:"map_public_ip_on_launch"                        is:"else=false"       doc:"Whether new instances get a public IPv4 address."`
	EnableDNS64        bool   `cty:"enable_dns64"                                   is:"else=false"       doc:"Whether names of IPv4 hosts get IPv6 addresses by NAT64."`
	NameType           string `cty:"private_dns_hostname_type_on_launch"            is:"default"          doc:"What instances are named after: ip-name or resource-name."`
	RecordA            bool   `cty:"enable_resource_name_dns_a_record_on_launch"    is:"else=false"       doc:"Whether resource names get A records."`
	RecordAAAA         bool   `cty:"enable_resource_name_dns_aaaa_record_on_launch" is:"else=false"       doc:"Whether resource names get AAAA records."`
	tagging
	ARN             string `cty:"arn"                            is:"computed" doc:"ARN of the subnet."`
	OwnerID         string `cty:"owner_id"                       is:"computed" doc:"Account that it belongs to."`
	IPv6Association string `cty:"ipv6_cidr_block_association_id" is:"computed" doc:"Id of the association with the IPv6 range."`

	got *ec2types.Subnet // what it was filled from
}

var subnetType = providers.Resource[*client, subnet]{
	Type:   "aws_subnet",
	Doc:    "A part of a private network, in one zone.",
	Create: createSubnet,
	Read:   withTags(readSubnet),
	Update: updateSubnet,
	Delete: deleteSubnet,
	Find:   findSubnet,
	List:   listSubnets,
	Mark:   providers.InTags,
	Check:  checkSubnet,
	Grace:  settling,
	Examples: []string{
		`resource "aws_vpc" "example" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_subnet" "example" {
  vpc_id     = aws_vpc.example.id
  cidr_block = "10.20.1.0/24"
}`,
		`resource "aws_vpc" "example" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_subnet" "example" {
  vpc_id                              = aws_vpc.example.id
  cidr_block                          = "10.20.1.0/24"
  map_public_ip_on_launch             = true
  private_dns_hostname_type_on_launch = "resource-name"

  tags = {
    Name = "public"
  }
}`,
		`resource "aws_vpc" "example" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_subnet" "example" {
  vpc_id            = aws_vpc.example.id
  cidr_block        = "10.20.2.0/24"
  availability_zone = "eu-central-1b"
}`,
	},
}

// createSubnet makes the subnet with the switches as the API sets them; the
// others follow, each by a call of its own.
func createSubnet(ctx context.Context, c *client, x *subnet, a providers.Attempt) error {
	got, err := c.ec2.CreateSubnet(ctx, &ec2.CreateSubnetInput{
		VpcId:              aws.String(x.VPCID),
		CidrBlock:          aws.String(x.CIDRBlock),
		Ipv6CidrBlock:      optional(x.IPv6CIDRBlock),
		AvailabilityZone:   optional(x.AvailabilityZone),
		AvailabilityZoneId: optional(x.AvailabilityZoneID),
		TagSpecifications:  tagSpec(ec2types.ResourceTypeSubnet, x.TagsAll, a),
	})
	if err != nil {
		return err
	}
	x.ID = aws.ToString(got.Subnet.SubnetId)
	if x.AssignIPv6 || x.MapPublicIP || x.EnableDNS64 || x.NameType != "" || x.RecordA || x.RecordAAAA {
		return providers.ErrAgain
	}
	return nil
}

// everySubnet is the list of a plan. It stands for subnetType, which refers to
// its reader.
var everySubnet = providers.Resource[*client, subnet]{Type: "aws_subnet", List: listSubnets}

// readSubnet asks for all at once in a plan.
func readSubnet(ctx context.Context, c *client, x *subnet) error {
	s, err := shown(ctx, c, everySubnet, func(s subnet) bool { return s.ID == x.ID })
	if err != nil {
		return err
	}
	if s.got != nil {
		return x.fill(s.got)
	}
	got, err := c.ec2.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{SubnetIds: []string{x.ID}})
	if err != nil {
		return gone(err)
	}
	return first(got.Subnets, x.fill)
}

// updateSubnet changes one switch a call, as the API demands.
func updateSubnet(ctx context.Context, c *client, was subnet, x *subnet) error {
	x.ID = was.ID
	var changes []*ec2.ModifySubnetAttributeInput
	change := func(set func(*ec2.ModifySubnetAttributeInput, *ec2types.AttributeBooleanValue), was, want bool) {
		if was != want {
			in := &ec2.ModifySubnetAttributeInput{}
			set(in, &ec2types.AttributeBooleanValue{Value: aws.Bool(want)})
			changes = append(changes, in)
		}
	}
	type input = ec2.ModifySubnetAttributeInput
	type value = ec2types.AttributeBooleanValue
	change(func(in *input, v *value) { in.AssignIpv6AddressOnCreation = v }, was.AssignIPv6, x.AssignIPv6)
	change(func(in *input, v *value) { in.MapPublicIpOnLaunch = v }, was.MapPublicIP, x.MapPublicIP)
	change(func(in *input, v *value) { in.EnableDns64 = v }, was.EnableDNS64, x.EnableDNS64)
	change(func(in *input, v *value) { in.EnableResourceNameDnsARecordOnLaunch = v }, was.RecordA, x.RecordA)
	change(func(in *input, v *value) { in.EnableResourceNameDnsAAAARecordOnLaunch = v }, was.RecordAAAA, x.RecordAAAA)
	if x.NameType != "" && x.NameType != was.NameType {
		changes = append(changes, &input{PrivateDnsHostnameTypeOnLaunch: ec2types.HostnameType(x.NameType)})
	}
	for _, in := range changes {
		in.SubnetId = aws.String(was.ID)
		if _, err := c.ec2.ModifySubnetAttribute(ctx, in); err != nil {
			return err
		}
	}
	return retag(ctx, c, was.ID, was.TagsAll, x.TagsAll)
}

// The API refuses while an interface is in it: classify says busy.
func deleteSubnet(ctx context.Context, c *client, x subnet) error {
	_, err := c.ec2.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: aws.String(x.ID)})
	return gone(err)
}

func findSubnet(ctx context.Context, c *client, x *subnet, a providers.Attempt) (bool, error) {
	got, err := c.ec2.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{Filters: tagged(a)})
	if err != nil {
		return false, err
	}
	return found(got.Subnets, x.fill)
}

func listSubnets(ctx context.Context, c *client, _ subnet) iter.Seq2[subnet, error] {
	p := ec2.NewDescribeSubnetsPaginator(c.ec2, &ec2.DescribeSubnetsInput{MaxResults: aws.Int32(pageSize)})
	return pages(ctx, p, func(o *ec2.DescribeSubnetsOutput) []ec2types.Subnet { return o.Subnets }, (*subnet).fill)
}

func (x *subnet) fill(got *ec2types.Subnet) error {
	x.got = got
	x.ID, x.VPCID, x.CIDRBlock = aws.ToString(got.SubnetId), aws.ToString(got.VpcId), aws.ToString(got.CidrBlock)
	x.AvailabilityZone, x.AvailabilityZoneID = aws.ToString(got.AvailabilityZone), aws.ToString(got.AvailabilityZoneId)
	x.ARN, x.OwnerID = aws.ToString(got.SubnetArn), aws.ToString(got.OwnerId)
	x.AssignIPv6, x.MapPublicIP = aws.ToBool(got.AssignIpv6AddressOnCreation), aws.ToBool(got.MapPublicIpOnLaunch)
	x.EnableDNS64 = aws.ToBool(got.EnableDns64)
	x.NameType, x.RecordA, x.RecordAAAA = "", false, false
	if names := got.PrivateDnsNameOptionsOnLaunch; names != nil {
		x.NameType = string(names.HostnameType)
		x.RecordA, x.RecordAAAA = aws.ToBool(names.EnableResourceNameDnsARecord), aws.ToBool(names.EnableResourceNameDnsAAAARecord)
	}
	x.IPv6CIDRBlock, x.IPv6Association = "", ""
	for _, a := range got.Ipv6CidrBlockAssociationSet {
		if a.Ipv6CidrBlockState != nil && a.Ipv6CidrBlockState.State == ec2types.SubnetCidrBlockStateCodeAssociated {
			x.IPv6CIDRBlock, x.IPv6Association = aws.ToString(a.Ipv6CidrBlock), aws.ToString(a.AssociationId)
		}
	}
	x.TagsAll, x.Owner = tagsOf(got.Tags, ec2Tag), ownerOf(got.Tags, ec2Tag)
	if got.State != ec2types.SubnetStateAvailable {
		return providers.ErrNotReady
	}
	return nil
}

func checkSubnet(was *subnet, want subnet) error {
	if err := checkRange("cidr_block", want.CIDRBlock, 16, 28); err != nil {
		return err
	}
	if want.IPv6CIDRBlock != "" {
		if err := checkIPv6Range("ipv6_cidr_block", want.IPv6CIDRBlock); err != nil {
			return err
		}
		if !strings.HasSuffix(want.IPv6CIDRBlock, "/64") {
			return fmt.Errorf("ipv6_cidr_block %q: the prefix of a subnet is /64", want.IPv6CIDRBlock)
		}
	}
	if was == nil && want.AvailabilityZone != "" && want.AvailabilityZoneID != "" {
		return errors.New("availability_zone and availability_zone_id are two names of one thing: set one of them")
	}
	kinds := ec2types.HostnameType("").Values()
	if want.NameType != "" && !slices.Contains(kinds, ec2types.HostnameType(want.NameType)) {
		return fmt.Errorf("private_dns_hostname_type_on_launch %q is neither ip-name nor resource-name", want.NameType)
	}
	return nil
}
