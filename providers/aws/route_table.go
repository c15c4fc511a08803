package aws

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/mlinfra/mlinfra/providers"
)

type routeTable struct {
	providers.Aside

	ID     string       `cty:"id"     is:"computed"         doc:"Id of the table."`
	VPCID  string       `cty:"vpc_id" is:"required,replace" doc:"Id of the network it is for."`
	Routes []routeBlock `cty:"route"  is:"default,set"      doc:"All its routes; if absent, aws_route may name them."`
	tagging
	ARN     string `cty:"arn"      is:"computed" doc:"ARN of the table."`
	OwnerID string `cty:"owner_id" is:"computed" doc:"Account that it belongs to."`

	got *ec2types.RouteTable // what it was filled from
}

type routeBlock struct {
	CIDRBlock     string `cty:"cidr_block"                 is:"optional" doc:"IPv4 range it is for, such as 0.0.0.0/0."`
	IPv6CIDRBlock string `cty:"ipv6_cidr_block"            is:"optional" doc:"IPv6 range it is for, such as ::/0."`
	PrefixListID  string `cty:"destination_prefix_list_id" is:"optional" doc:"Id of the prefix list it is for."`
	hop
}

// routeTablePage is the largest that the API serves of route tables.
const routeTablePage = 100

var routeTableType = providers.Resource[*client, routeTable]{
	Type:   "aws_route_table",
	Doc:    "Where the packets of the subnets go that are associated with it.",
	Create: createRouteTable,
	Read:   withTags(readRouteTable),
	Update: updateRouteTable,
	Delete: deleteRouteTable,
	Find:   findRouteTable,
	List:   listRouteTables,
	Mark:   providers.InTags,
	Normal: normalRouteTable,
	Check:  checkRouteTable,
	Replay: true,
	Grace:  settling,
	Examples: []string{
		`resource "aws_vpc" "example" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_route_table" "example" {
  vpc_id = aws_vpc.example.id
}`,
		`resource "aws_vpc" "example" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_internet_gateway" "example" {
  vpc_id = aws_vpc.example.id
}

resource "aws_route_table" "example" {
  vpc_id = aws_vpc.example.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.example.id
  }

  tags = {
    Name = "public"
  }
}`,
		`resource "aws_vpc" "example" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_vpc" "other" {
  cidr_block = "10.21.0.0/16"
}

resource "aws_internet_gateway" "other" {
  vpc_id = aws_vpc.other.id
}

resource "aws_route_table" "example" {
  vpc_id = aws_vpc.other.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.other.id
  }
}`,
	},
}

func createRouteTable(ctx context.Context, c *client, x *routeTable, a providers.Attempt) error {
	got, err := c.ec2.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{
		VpcId:             aws.String(x.VPCID),
		ClientToken:       optional(a.Token),
		TagSpecifications: tagSpec(ec2types.ResourceTypeRouteTable, x.TagsAll, a),
	})
	if err != nil {
		return err
	}
	x.ID = aws.ToString(got.RouteTable.RouteTableId)
	if len(x.Routes) > 0 {
		return providers.ErrAgain
	}
	return nil
}

func readRouteTable(ctx context.Context, c *client, x *routeTable) error {
	got, err := c.ec2.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{RouteTableIds: []string{x.ID}})
	if err != nil {
		return gone(err)
	}
	return first(got.RouteTables, func(t *ec2types.RouteTable) error { return x.fill(c, t) })
}

// updateRouteTable changes only what the configuration has changed: other
// routes may have a resource of their own. New ways come before old ones go.
func updateRouteTable(ctx context.Context, c *client, was routeTable, x *routeTable) error {
	x.ID = was.ID
	if !slices.Equal(was.sorted(), x.sorted()) {
		now := routeTable{ID: was.ID}
		if err := readRouteTable(ctx, c, &now); err != nil {
			return err
		}
		if err := reroute(ctx, c, now, was, *x); err != nil {
			return err
		}
	}
	return retag(ctx, c, was.ID, was.TagsAll, x.TagsAll)
}

func reroute(ctx context.Context, c *client, now, was, want routeTable) error {
	there, wanted := now.hops(), want.hops()
	for _, r := range want.sorted() {
		var err error
		switch h, has := there[r.destination()]; {
		case !has:
			_, err = c.ec2.CreateRoute(ctx, newRoute(now.ID, r.destination(), r.hop))
		case h != r.hop:
			_, err = c.ec2.ReplaceRoute(ctx, replacement(newRoute(now.ID, r.destination(), r.hop)))
		}
		if err != nil {
			return err
		}
	}
	for _, r := range was.sorted() {
		_, stays := wanted[r.destination()]
		if _, has := there[r.destination()]; stays || !has {
			continue
		}
		if _, err := c.ec2.DeleteRoute(ctx, oldRoute(now.ID, r.destination())); err != nil {
			return err
		}
	}
	return nil
}

// The API refuses while subnets are associated: classify says busy.
func deleteRouteTable(ctx context.Context, c *client, x routeTable) error {
	_, err := c.ec2.DeleteRouteTable(ctx, &ec2.DeleteRouteTableInput{RouteTableId: aws.String(x.ID)})
	return gone(err)
}

func findRouteTable(ctx context.Context, c *client, x *routeTable, a providers.Attempt) (bool, error) {
	got, err := c.ec2.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{Filters: tagged(a)})
	if err != nil {
		return false, err
	}
	return found(got.RouteTables, func(t *ec2types.RouteTable) error { return x.fill(c, t) })
}

func listRouteTables(ctx context.Context, c *client, _ routeTable) iter.Seq2[routeTable, error] {
	p := ec2.NewDescribeRouteTablesPaginator(c.ec2, &ec2.DescribeRouteTablesInput{MaxResults: aws.Int32(routeTablePage)})
	return pages(ctx, p, func(o *ec2.DescribeRouteTablesOutput) []ec2types.RouteTable { return o.RouteTables },
		func(x *routeTable, got *ec2types.RouteTable) error { return x.fill(c, got) })
}

func (x *routeTable) fill(c *client, got *ec2types.RouteTable) error {
	x.got = got
	x.ID, x.VPCID, x.OwnerID = aws.ToString(got.RouteTableId), aws.ToString(got.VpcId), aws.ToString(got.OwnerId)
	x.ARN = c.arn("route-table", x.ID)
	x.TagsAll, x.Owner = tagsOf(got.Tags, ec2Tag), ownerOf(got.Tags, ec2Tag)
	x.Routes = nil
	for _, r := range got.Routes {
		if !ours(r) {
			continue
		}
		d := destinationOf(r)
		x.Routes = append(x.Routes, routeBlock{CIDRBlock: d.ipv4, IPv6CIDRBlock: d.ipv6, PrefixListID: d.list, hop: hopOf(r)})
	}
	return nil
}

func (r routeBlock) destination() destination {
	return destination{r.CIDRBlock, r.IPv6CIDRBlock, r.PrefixListID}
}

// sorted returns the routes by destination.
func (x *routeTable) sorted() []routeBlock {
	return slices.SortedFunc(slices.Values(x.Routes), func(a, b routeBlock) int {
		return cmp.Compare(a.destination().String(), b.destination().String())
	})
}

func (x *routeTable) hops() map[destination]hop {
	hops := map[destination]hop{}
	for _, r := range x.Routes {
		hops[r.destination()] = r.hop
	}
	return hops
}

func normalRouteTable(x *routeTable) {
	for i := range x.Routes {
		x.Routes[i].IPv6CIDRBlock = canonicalRange(x.Routes[i].IPv6CIDRBlock)
	}
}

// checkRouteTable looks at destinations only: the target of a route may be one
// that is still to be made, of which nothing is known here.
func checkRouteTable(_ *routeTable, want routeTable) error {
	seen := map[destination]bool{}
	for _, r := range want.Routes {
		d := r.destination()
		if d == (destination{}) {
			continue // not known yet
		}
		if err := d.check([3]string{"cidr_block", "ipv6_cidr_block", "destination_prefix_list_id"}); err != nil {
			return fmt.Errorf("route: %w", err)
		}
		if seen[d] {
			return fmt.Errorf("route: %s stands twice, and a table has one route for each destination", d)
		}
		seen[d] = true
		if r.hop != (hop{}) {
			if err := r.hop.check(d.String()); err != nil {
				return err
			}
		}
	}
	return nil
}
