package aws

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/mlinfra/mlinfra/providers"
)

type natGateway struct {
	providers.Aside

	ID                 string `cty:"id"                   is:"computed"            doc:"Id of the gateway."`
	SubnetID           string `cty:"subnet_id"            is:"required,replace"    doc:"Id of the subnet it stands in, a public one as a rule."`
	ConnectivityType   string `cty:"connectivity_type"    is:"else=public,replace" doc:"public, or private for ways to other networks only."`
	AllocationID       string `cty:"allocation_id"        is:"optional,replace"    doc:"Id of its Elastic IP address; a public one needs it."`
	PrivateIP          string `cty:"private_ip"           is:"default,replace"     doc:"Address in the subnet; AWS chooses one if absent."`
	PublicIP           string `cty:"public_ip"            is:"computed"            doc:"Its Elastic IP address."`
	AssociationID      string `cty:"association_id"       is:"computed"            doc:"Id of the association with the Elastic IP address."`
	NetworkInterfaceID string `cty:"network_interface_id" is:"computed"            doc:"Id of its network interface."`
	tagging
}

var natGatewayType = providers.Resource[*client, natGateway]{
	Type:   "aws_nat_gateway",
	Doc:    "The way out of private subnets, billed by the hour and by traffic.",
	Create: createNATGateway,
	Read:   withTags(readNATGateway),
	Update: updateNATGateway,
	Delete: deleteNATGateway,
	Find:   findNATGateway,
	List:   listNATGateways,
	Mark:   providers.InTags,
	Check:  checkNATGateway,
	Replay: true,
	Grace:  settling,
	Examples: []string{
		`resource "aws_vpc" "example" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_subnet" "example" {
  vpc_id     = aws_vpc.example.id
  cidr_block = "10.20.1.0/24"
}

resource "aws_nat_gateway" "example" {
  subnet_id         = aws_subnet.example.id
  connectivity_type = "private"
}`,
		`resource "aws_vpc" "example" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_subnet" "example" {
  vpc_id     = aws_vpc.example.id
  cidr_block = "10.20.1.0/24"
}

resource "aws_nat_gateway" "example" {
  subnet_id         = aws_subnet.example.id
  connectivity_type = "private"

  tags = {
    Name = "ml"
  }
}`,
		`resource "aws_vpc" "example" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_subnet" "example" {
  vpc_id     = aws_vpc.example.id
  cidr_block = "10.20.1.0/24"
}

resource "aws_internet_gateway" "example" {
  vpc_id = aws_vpc.example.id
}

resource "aws_eip" "example" {
  depends_on = [aws_internet_gateway.example]
}

resource "aws_nat_gateway" "example" {
  subnet_id     = aws_subnet.example.id
  allocation_id = aws_eip.example.id
}`,
	},
}

// createNATGateway says what it has started, so that a failure is told with its
// reason: the gateway itself is then as good as gone.
func createNATGateway(ctx context.Context, c *client, x *natGateway, a providers.Attempt) error {
	got, err := c.ec2.CreateNatGateway(ctx, &ec2.CreateNatGatewayInput{
		SubnetId:          aws.String(x.SubnetID),
		ConnectivityType:  ec2types.ConnectivityType(x.ConnectivityType),
		AllocationId:      optional(x.AllocationID),
		PrivateIpAddress:  optional(x.PrivateIP),
		ClientToken:       optional(a.Token),
		TagSpecifications: tagSpec(ec2types.ResourceTypeNatgateway, x.TagsAll, a),
	})
	if err != nil {
		return err
	}
	x.ID = aws.ToString(got.NatGateway.NatGatewayId)
	return &providers.Started{Operation: x.ID}
}

// natGatewayOperations says how far gateways have come whose creation goes on. A
// name is the id of the gateway.
func natGatewayOperations(ctx context.Context, c *client, names []string) ([]error, error) {
	got, err := c.ec2.DescribeNatGateways(ctx, &ec2.DescribeNatGatewaysInput{Filter: []ec2types.Filter{filter("nat-gateway-id", names...)}})
	if err != nil {
		return nil, err
	}
	results := make([]error, len(names)) // what is not shown is for Read to judge
	for i, id := range names {
		for _, g := range got.NatGateways {
			if aws.ToString(g.NatGatewayId) == id {
				results[i] = natGatewayProgress(g)
			}
		}
	}
	return results, nil
}

func natGatewayProgress(g ec2types.NatGateway) error {
	switch g.State {
	case ec2types.NatGatewayStatePending:
		return providers.ErrNotReady
	case ec2types.NatGatewayStateFailed:
		return fmt.Errorf("NAT gateway %s has failed: %s (%s); AWS removes it by itself, the next apply makes another one",
			aws.ToString(g.NatGatewayId), aws.ToString(g.FailureMessage), aws.ToString(g.FailureCode))
	}
	return nil
}

func readNATGateway(ctx context.Context, c *client, x *natGateway) error {
	got, err := c.ec2.DescribeNatGateways(ctx, &ec2.DescribeNatGatewaysInput{NatGatewayIds: []string{x.ID}})
	if err != nil {
		return gone(err)
	}
	return first(got.NatGateways, x.fill)
}

func updateNATGateway(ctx context.Context, c *client, was natGateway, x *natGateway) error {
	x.ID = was.ID
	return retag(ctx, c, was.ID, was.TagsAll, x.TagsAll)
}

// The subnet and the address are free only when the gateway is deleted, which
// Read says.
func deleteNATGateway(ctx context.Context, c *client, x natGateway) error {
	_, err := c.ec2.DeleteNatGateway(ctx, &ec2.DeleteNatGatewayInput{NatGatewayId: aws.String(x.ID)})
	return gone(err)
}

// findNATGateway passes over those that have failed: they are no answer.
func findNATGateway(ctx context.Context, c *client, x *natGateway, a providers.Attempt) (bool, error) {
	got, err := c.ec2.DescribeNatGateways(ctx, &ec2.DescribeNatGatewaysInput{Filter: tagged(a)})
	if err != nil {
		return false, err
	}
	for i := range got.NatGateways {
		have := *x
		if err := have.fill(&got.NatGateways[i]); !errors.Is(err, providers.ErrGone) {
			*x = have
			return true, err
		}
	}
	return false, nil
}

func listNATGateways(ctx context.Context, c *client, _ natGateway) iter.Seq2[natGateway, error] {
	p := ec2.NewDescribeNatGatewaysPaginator(c.ec2, &ec2.DescribeNatGatewaysInput{MaxResults: aws.Int32(pageSize)})
	return pages(ctx, p, func(o *ec2.DescribeNatGatewaysOutput) []ec2types.NatGateway { return o.NatGateways }, (*natGateway).fill)
}

func (x *natGateway) fill(got *ec2types.NatGateway) error {
	x.ID, x.SubnetID = aws.ToString(got.NatGatewayId), aws.ToString(got.SubnetId)
	x.ConnectivityType = string(got.ConnectivityType)
	x.TagsAll, x.Owner = tagsOf(got.Tags, ec2Tag), ownerOf(got.Tags, ec2Tag)
	for _, a := range got.NatGatewayAddresses {
		// Gateways that are older than second addresses have one, unmarked.
		if aws.ToBool(a.IsPrimary) || len(got.NatGatewayAddresses) == 1 {
			x.AllocationID, x.AssociationID = aws.ToString(a.AllocationId), aws.ToString(a.AssociationId)
			x.PrivateIP, x.PublicIP = aws.ToString(a.PrivateIp), aws.ToString(a.PublicIp)
			x.NetworkInterfaceID = aws.ToString(a.NetworkInterfaceId)
		}
	}
	switch got.State {
	case ec2types.NatGatewayStateAvailable:
		return nil
	case ec2types.NatGatewayStateDeleted, ec2types.NatGatewayStateFailed:
		// Both are shown for about an hour; nothing is left of them.
		return providers.ErrGone
	}
	return providers.ErrNotReady
}

func checkNATGateway(_ *natGateway, want natGateway) error {
	switch want.ConnectivityType {
	case "public":
		if want.AllocationID == "" {
			return errors.New("allocation_id is missing: a public NAT gateway needs an Elastic IP address; connectivity_type = \"private\" needs none")
		}
	case "private":
		if want.AllocationID != "" {
			return fmt.Errorf("allocation_id %q: a private NAT gateway has no Elastic IP address", want.AllocationID)
		}
	default:
		return fmt.Errorf("connectivity_type %q is neither public nor private", want.ConnectivityType)
	}
	return nil
}
