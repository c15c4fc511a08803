package aws

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/mlinfra/mlinfra/providers"
)

type eip struct {
	providers.Aside

	ID                 string `cty:"id"                        is:"computed"         doc:"Id of the allocation."`
	Domain             string `cty:"domain"                    is:"else=vpc,replace" doc:"vpc; there is nothing else any more."`
	Instance           string `cty:"instance"                  is:"default,after=network_interface" doc:"Id of the instance that has it."`
	NetworkInterface   string `cty:"network_interface"         is:"default,after=instance" doc:"Id of the network interface that has it."`
	AssociateWith      string `cty:"associate_with_private_ip" is:"optional,blind"   doc:"Private address to go with, if there are several."`
	NetworkBorderGroup string `cty:"network_border_group"      is:"default,replace"  doc:"Where it is announced: the region, or a local zone."`
	PublicIPv4Pool     string `cty:"public_ipv4_pool"          is:"default,replace"  doc:"Id of the pool it comes from, or amazon."`
	AllocationID       string `cty:"allocation_id"             is:"computed"         doc:"Id of the allocation."`
	AssociationID      string `cty:"association_id"            is:"computed,after=instance,after=network_interface,after=associate_with_private_ip" doc:"Id of the association."`
	PublicIP           string `cty:"public_ip"                 is:"computed"         doc:"The address."`
	PublicDNS          string `cty:"public_dns"                is:"computed"         doc:"Name of the address."`
	PrivateIP          string `cty:"private_ip"                is:"computed,after=instance,after=network_interface,after=associate_with_private_ip" doc:"Private address that it goes with."`
	PrivateDNS         string `cty:"private_dns"               is:"computed,after=instance,after=network_interface,after=associate_with_private_ip" doc:"Name of the private address."`
	tagging
	ARN string `cty:"arn" is:"computed" doc:"ARN of the address."`
}

var eipType = providers.Resource[*client, eip]{
	Type:   "aws_eip",
	Doc:    "A public IPv4 address that stays, billed by the hour, used or not.",
	Create: createEIP,
	Read:   withTags(readEIP),
	Update: updateEIP,
	Delete: deleteEIP,
	Find:   findEIP,
	List:   listEIPs,
	Mark:   providers.InTags,
	Check:  checkEIP,
	Grace:  settling,
	Examples: []string{
		`resource "aws_eip" "example" {
}`,
		`resource "aws_eip" "example" {
  domain = "vpc"

  tags = {
    Name = "ml"
  }
}`,
		`data "aws_ami" "example" {
  most_recent = true
  owners      = ["amazon"]

  filter {
    name   = "name"
    values = ["al2023-ami-2023.*-x86_64"]
  }
}

resource "aws_instance" "example" {
  ami           = data.aws_ami.example.id
  instance_type = "t3.micro"
}

resource "aws_eip" "example" {
  instance = aws_instance.example.id
}`,
	},
}

func createEIP(ctx context.Context, c *client, x *eip, a providers.Attempt) error {
	got, err := c.ec2.AllocateAddress(ctx, &ec2.AllocateAddressInput{
		Domain:             ec2types.DomainType(x.Domain),
		NetworkBorderGroup: optional(x.NetworkBorderGroup),
		PublicIpv4Pool:     optional(x.PublicIPv4Pool),
		TagSpecifications:  tagSpec(ec2types.ResourceTypeElasticIp, x.TagsAll, a),
	})
	if err != nil {
		return err
	}
	x.ID = aws.ToString(got.AllocationId)
	if x.Instance != "" || x.NetworkInterface != "" {
		return providers.ErrAgain
	}
	return nil
}

func readEIP(ctx context.Context, c *client, x *eip) error {
	got, err := c.ec2.DescribeAddresses(ctx, &ec2.DescribeAddressesInput{AllocationIds: []string{x.ID}})
	if err != nil {
		return gone(err)
	}
	return first(got.Addresses, func(a *ec2types.Address) error { return x.fill(c, a) })
}

func updateEIP(ctx context.Context, c *client, was eip, x *eip) error {
	x.ID = was.ID
	if was.Instance != x.Instance || was.NetworkInterface != x.NetworkInterface || was.AssociateWith != x.AssociateWith {
		now := eip{ID: was.ID}
		if err := readEIP(ctx, c, &now); err != nil {
			return err
		}
		if err := moveEIP(ctx, c, now, *x); err != nil {
			return err
		}
	}
	return retag(ctx, c, was.ID, was.TagsAll, x.TagsAll)
}

// moveEIP brings the address from where it is now to where it is wanted.
func moveEIP(ctx context.Context, c *client, now, want eip) error {
	in := &ec2.AssociateAddressInput{
		AllocationId: aws.String(now.ID), PrivateIpAddress: optional(want.AssociateWith), AllowReassociation: aws.Bool(true),
	}
	there := want.AssociateWith == "" || want.AssociateWith == now.PrivateIP
	switch {
	case want.NetworkInterface != "": // says more than the instance
		in.NetworkInterfaceId = aws.String(want.NetworkInterface)
		there = there && now.NetworkInterface == want.NetworkInterface
	case want.Instance != "":
		in.InstanceId = aws.String(want.Instance)
		there = there && now.Instance == want.Instance
	default:
		return disassociateEIP(ctx, c, now)
	}
	if there {
		return nil
	}
	_, err := c.ec2.AssociateAddress(ctx, in)
	return err
}

func disassociateEIP(ctx context.Context, c *client, now eip) error {
	if now.AssociationID == "" {
		return nil
	}
	_, err := c.ec2.DisassociateAddress(ctx, &ec2.DisassociateAddressInput{AssociationId: aws.String(now.AssociationID)})
	if notFound(codeOf(err)) {
		return nil
	}
	return err
}

func deleteEIP(ctx context.Context, c *client, x eip) error {
	now := eip{ID: x.ID}
	if err := readEIP(ctx, c, &now); err != nil {
		return err
	}
	// The API lets nobody take it from a NAT gateway or a load balancer. Then the
	// release is refused as long as that is there: classify says busy.
	if err := disassociateEIP(ctx, c, now); err != nil && codeOf(err) != "AuthFailure" {
		return err
	}
	in := &ec2.ReleaseAddressInput{AllocationId: aws.String(x.ID)}
	if now.NetworkBorderGroup != c.region {
		in.NetworkBorderGroup = optional(now.NetworkBorderGroup)
	}
	_, err := c.ec2.ReleaseAddress(ctx, in)
	return gone(err)
}

func findEIP(ctx context.Context, c *client, x *eip, a providers.Attempt) (bool, error) {
	got, err := c.ec2.DescribeAddresses(ctx, &ec2.DescribeAddressesInput{Filters: tagged(a)})
	if err != nil {
		return false, err
	}
	return found(got.Addresses, func(a *ec2types.Address) error { return x.fill(c, a) })
}

func listEIPs(ctx context.Context, c *client, _ eip) iter.Seq2[eip, error] {
	return onePage(func() ([]ec2types.Address, error) {
		got, err := c.ec2.DescribeAddresses(ctx, &ec2.DescribeAddressesInput{})
		if err != nil {
			return nil, err
		}
		return got.Addresses, nil
	}, func(x *eip, got *ec2types.Address) error { return x.fill(c, got) })
}

// onePage lists a collection that the API serves as a whole.
func onePage[S, T any](fetch func() ([]S, error), fill func(*T, *S) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		list, err := fetch()
		if err != nil {
			yield(*new(T), err)
			return
		}
		for i := range list {
			var x T
			if err := fill(&x, &list[i]); !yield(x, err) {
				return
			}
		}
	}
}

func (x *eip) fill(c *client, got *ec2types.Address) error {
	x.ID, x.Domain = aws.ToString(got.AllocationId), string(got.Domain)
	x.AllocationID, x.AssociationID = x.ID, aws.ToString(got.AssociationId)
	x.Instance, x.NetworkInterface = aws.ToString(got.InstanceId), aws.ToString(got.NetworkInterfaceId)
	x.NetworkBorderGroup, x.PublicIPv4Pool = aws.ToString(got.NetworkBorderGroup), aws.ToString(got.PublicIpv4Pool)
	x.PublicIP, x.PrivateIP = aws.ToString(got.PublicIp), aws.ToString(got.PrivateIpAddress)
	x.PublicDNS, x.PrivateDNS = c.publicName(x.PublicIP), c.privateName(x.PrivateIP)
	x.ARN = c.arn("elastic-ip", x.ID)
	x.TagsAll, x.Owner = tagsOf(got.Tags, ec2Tag), ownerOf(got.Tags, ec2Tag)
	return nil
}

// publicName returns the name that EC2 gives to a public address.
func (c *client) publicName(ip string) string {
	switch {
	case ip == "":
		return ""
	case c.region == firstRegion:
		return "ec2-" + dashed(ip) + ".compute-1." + c.domain()
	}
	return "ec2-" + dashed(ip) + "." + c.region + ".compute." + c.domain()
}

// privateName returns the name that EC2 gives to a private address.
func (c *client) privateName(ip string) string {
	switch {
	case ip == "":
		return ""
	case c.region == firstRegion:
		return "ip-" + dashed(ip) + ".ec2.internal"
	}
	return "ip-" + dashed(ip) + "." + c.region + ".compute.internal"
}

func dashed(ip string) string { return strings.ReplaceAll(ip, ".", "-") }

// domain is the one of the partition's endpoints.
func (c *client) domain() string {
	if c.partition() == "aws-cn" {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}

func checkEIP(_ *eip, want eip) error {
	if want.Domain != "vpc" {
		return fmt.Errorf("domain %q: addresses outside of networks are retired; leave it out, or set vpc", want.Domain)
	}
	return nil
}
