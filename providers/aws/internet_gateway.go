package aws

import (
	"context"
	"errors"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/mlinfra/mlinfra/providers"
)

type internetGateway struct {
	providers.Aside

	ID    string `cty:"id"     is:"computed" doc:"Id of the gateway."`
	VPCID string `cty:"vpc_id" is:"default"  doc:"Id of the network it is attached to."`
	tagging
	ARN     string `cty:"arn"      is:"computed" doc:"ARN of the gateway."`
	OwnerID string `cty:"owner_id" is:"computed" doc:"Account that it belongs to."`
}

var internetGatewayType = providers.Resource[*client, internetGateway]{
	Type:   "aws_internet_gateway",
	Doc:    "The way from a network to the internet and back.",
	Create: createInternetGateway,
	Read:   withTags(readInternetGateway),
	Update: updateInternetGateway,
	Delete: deleteInternetGateway,
	Find:   findInternetGateway,
	List:   listInternetGateways,
	Mark:   providers.InTags,
	Grace:  settling,
	Examples: []string{
		`resource "aws_internet_gateway" "example" {
}`,
		`resource "aws_vpc" "example" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_internet_gateway" "example" {
  vpc_id = aws_vpc.example.id

  tags = {
    Name = "ml"
  }
}`,
		`resource "aws_vpc" "example" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_vpc" "other" {
  cidr_block = "10.21.0.0/16"
}

resource "aws_internet_gateway" "example" {
  vpc_id = aws_vpc.other.id
}`,
	},
}

// createInternetGateway makes one that is attached to nothing.
func createInternetGateway(ctx context.Context, c *client, x *internetGateway, a providers.Attempt) error {
	got, err := c.ec2.CreateInternetGateway(ctx, &ec2.CreateInternetGatewayInput{
		TagSpecifications: tagSpec(ec2types.ResourceTypeInternetGateway, x.TagsAll, a),
	})
	if err != nil {
		return err
	}
	x.ID = aws.ToString(got.InternetGateway.InternetGatewayId)
	if x.VPCID != "" {
		return providers.ErrAgain
	}
	return nil
}

func readInternetGateway(ctx context.Context, c *client, x *internetGateway) error {
	got, err := c.ec2.DescribeInternetGateways(ctx, &ec2.DescribeInternetGatewaysInput{InternetGatewayIds: []string{x.ID}})
	if err != nil {
		return gone(err)
	}
	return first(got.InternetGateways, func(g *ec2types.InternetGateway) error { return x.fill(c, g) })
}

func updateInternetGateway(ctx context.Context, c *client, was internetGateway, x *internetGateway) error {
	x.ID = was.ID
	if was.VPCID != x.VPCID {
		now := internetGateway{ID: was.ID}
		if err := untilReady(readInternetGateway(ctx, c, &now)); err != nil {
			return err
		}
		if now.VPCID != x.VPCID {
			if err := detachInternetGateway(ctx, c, now); err != nil {
				return err
			}
			if err := attachInternetGateway(ctx, c, *x); err != nil {
				return err
			}
		}
	}
	return retag(ctx, c, was.ID, was.TagsAll, x.TagsAll)
}

// untilReady turns ErrNotReady of a look before a change into ErrAgain: the change
// has to wait for what goes on.
func untilReady(err error) error {
	if errors.Is(err, providers.ErrNotReady) {
		return providers.ErrAgain
	}
	return err
}

func attachInternetGateway(ctx context.Context, c *client, x internetGateway) error {
	if x.VPCID == "" {
		return nil
	}
	_, err := c.ec2.AttachInternetGateway(ctx, &ec2.AttachInternetGatewayInput{InternetGatewayId: aws.String(x.ID), VpcId: aws.String(x.VPCID)})
	return err
}

// detachInternetGateway takes x off its network. The API refuses while public
// addresses of the network are in use: classify says busy.
func detachInternetGateway(ctx context.Context, c *client, x internetGateway) error {
	if x.VPCID == "" {
		return nil
	}
	_, err := c.ec2.DetachInternetGateway(ctx, &ec2.DetachInternetGatewayInput{InternetGatewayId: aws.String(x.ID), VpcId: aws.String(x.VPCID)})
	if codeOf(err) == "Gateway.NotAttached" {
		return nil
	}
	return err
}

func deleteInternetGateway(ctx context.Context, c *client, x internetGateway) error {
	now := internetGateway{ID: x.ID}
	if err := untilReady(readInternetGateway(ctx, c, &now)); err != nil {
		return err
	}
	if err := detachInternetGateway(ctx, c, now); err != nil {
		return gone(err)
	}
	_, err := c.ec2.DeleteInternetGateway(ctx, &ec2.DeleteInternetGatewayInput{InternetGatewayId: aws.String(x.ID)})
	return gone(err)
}

func findInternetGateway(ctx context.Context, c *client, x *internetGateway, a providers.Attempt) (bool, error) {
	got, err := c.ec2.DescribeInternetGateways(ctx, &ec2.DescribeInternetGatewaysInput{Filters: tagged(a)})
	if err != nil {
		return false, err
	}
	return found(got.InternetGateways, func(g *ec2types.InternetGateway) error { return x.fill(c, g) })
}

func listInternetGateways(ctx context.Context, c *client, _ internetGateway) iter.Seq2[internetGateway, error] {
	p := ec2.NewDescribeInternetGatewaysPaginator(c.ec2, &ec2.DescribeInternetGatewaysInput{MaxResults: aws.Int32(pageSize)})
	return pages(ctx, p, func(o *ec2.DescribeInternetGatewaysOutput) []ec2types.InternetGateway { return o.InternetGateways },
		func(x *internetGateway, got *ec2types.InternetGateway) error { return x.fill(c, got) })
}

func (x *internetGateway) fill(c *client, got *ec2types.InternetGateway) error {
	x.ID, x.OwnerID = aws.ToString(got.InternetGatewayId), aws.ToString(got.OwnerId)
	x.ARN = c.arn("internet-gateway", x.ID)
	x.TagsAll, x.Owner = tagsOf(got.Tags, ec2Tag), ownerOf(got.Tags, ec2Tag)
	x.VPCID = ""
	for _, use := range got.Attachments {
		switch use.State {
		case ec2types.AttachmentStatusDetached:
		case ec2types.AttachmentStatusAttaching, ec2types.AttachmentStatusDetaching:
			return providers.ErrNotReady
		default: // "available", which the SDK does not name
			x.VPCID = aws.ToString(use.VpcId)
		}
	}
	return nil
}
