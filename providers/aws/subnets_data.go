package aws

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

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
	p := ec2.NewDescribeSubnetsPaginator(c.ec2, &ec2.DescribeSubnetsInput{Filters: filtersOf(x.Filter, x.Tags), MaxResults: aws.Int32(pageSize)})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, s := range page.Subnets {
			x.IDs = append(x.IDs, aws.ToString(s.SubnetId))
		}
	}
	slices.Sort(x.IDs)
	return nil
}
