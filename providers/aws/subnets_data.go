package aws

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/mlinfra/mlinfra/providers"
)

type subnetsLookup struct {
	ID     string            `cty:"id"     is:"computed"     doc:"Name of the region."`
	Filter []filterBlock     `cty:"filter" is:"optional,set" doc:"Conditions of DescribeSubnets."`
	Tags   map[string]string `cty:"tags"   is:"optional"     doc:"Tags that they have to have."`
	IDs    []string          `cty:"ids"    is:"computed"     doc:"Ids of the subnets, sorted."`
}

var subnetsData = providers.DataSource[*client, subnetsLookup]{
	Type: "aws_subnets",
	Doc:  "The ids of subnets, such as all of a network.",
	Read: lookUpSubnets,
	Examples: []string{
		`data "aws_vpc" "example" {
  default = true
}

data "aws_subnets" "example" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.example.id]
  }
}`,
	},
}

func lookUpSubnets(ctx context.Context, c *client, x *subnetsLookup) error {
	x.ID, x.IDs = c.region, nil
	filters := filtersOf(x.Filter, x.Tags)
	list := askSubnets
	if providers.Remembers(ctx) && subnetFilters.know(filters) {
		list = chooseSubnets
	}
	ids, err := list(ctx, c, filters)
	x.IDs = slices.Sorted(slices.Values(ids))
	return err
}

// chooseSubnets returns the ids of the subnets that pass filters, out of the
// list that is asked for once in a plan.
func chooseSubnets(ctx context.Context, c *client, filters []ec2types.Filter) ([]string, error) {
	var ids []string
	for s, err := range providers.All(ctx, c, everySubnet, subnet{}) {
		if err != nil && !errors.Is(err, providers.ErrNotReady) {
			return nil, err
		}
		if subnetFilters.pass(s.got, filters) {
			ids = append(ids, s.ID)
		}
	}
	return ids, nil
}

// askSubnets returns the same as the API chooses.
func askSubnets(ctx context.Context, c *client, filters []ec2types.Filter) ([]string, error) {
	var ids []string
	p := ec2.NewDescribeSubnetsPaginator(c.ec2, &ec2.DescribeSubnetsInput{Filters: filters, MaxResults: aws.Int32(pageSize)})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, s := range page.Subnets {
			ids = append(ids, aws.ToString(s.SubnetId))
		}
	}
	return ids, nil
}
