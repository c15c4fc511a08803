package aws

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/mlinfra/mlinfra/providers"
)

type routeTableAssociation struct {
	ID           string `cty:"id"             is:"computed,after=route_table_id" doc:"Id of the association; a change of the table changes it."`
	SubnetID     string `cty:"subnet_id"      is:"optional,replace"              doc:"Id of the subnet that the table is for."`
	GatewayID    string `cty:"gateway_id"     is:"optional,replace"              doc:"Id of the gateway that the table is for, in place of a subnet."`
	RouteTableID string `cty:"route_table_id" is:"required"                      doc:"Id of the table."`
}

var routeTableAssociationType = providers.Resource[*client, routeTableAssociation]{
	Type:   "aws_route_table_association",
	Doc:    "Which route table holds for a subnet or a gateway.",
	Create: createRouteTableAssociation,
	Read:   readRouteTableAssociation,
	Update: updateRouteTableAssociation,
	Delete: deleteRouteTableAssociation,
	List:   listRouteTableAssociations,
	Import: importRouteTableAssociation,
	Check:  checkRouteTableAssociation,
	Unique: true,
	Grace:  settling,
	Examples: []string{
		`resource "aws_vpc" "example" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_subnet" "example" {
  vpc_id     = aws_vpc.example.id
  cidr_block = "10.20.1.0/24"
}

resource "aws_route_table" "example" {
  vpc_id = aws_vpc.example.id
}

resource "aws_route_table_association" "example" {
  subnet_id      = aws_subnet.example.id
  route_table_id = aws_route_table.example.id
}`,
		`resource "aws_vpc" "example" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_subnet" "example" {
  vpc_id     = aws_vpc.example.id
  cidr_block = "10.20.1.0/24"
}

resource "aws_route_table" "example" {
  vpc_id = aws_vpc.example.id
}

resource "aws_route_table" "other" {
  vpc_id = aws_vpc.example.id
}

resource "aws_route_table_association" "example" {
  subnet_id      = aws_subnet.example.id
  route_table_id = aws_route_table.other.id
}`,
		`resource "aws_vpc" "example" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_subnet" "example" {
  vpc_id     = aws_vpc.example.id
  cidr_block = "10.20.1.0/24"
}

resource "aws_subnet" "other" {
  vpc_id     = aws_vpc.example.id
  cidr_block = "10.20.2.0/24"
}

resource "aws_route_table" "example" {
  vpc_id = aws_vpc.example.id
}

resource "aws_route_table_association" "example" {
  subnet_id      = aws_subnet.other.id
  route_table_id = aws_route_table.example.id
}`,
	},
}

// createRouteTableAssociation looks first: the API answers with the association
// that is there, and it would be somebody else's.
func createRouteTableAssociation(ctx context.Context, c *client, x *routeTableAssociation, _ providers.Attempt) error {
	now := routeTableAssociation{SubnetID: x.SubnetID, GatewayID: x.GatewayID}
	err := readRouteTableAssociation(ctx, c, &now)
	if err == nil {
		return fmt.Errorf("%s has a route table already, %s: remove that association (%s) first", x.end(), now.RouteTableID, now.ID)
	}
	if !errors.Is(err, providers.ErrGone) {
		return err
	}
	got, err := c.ec2.AssociateRouteTable(ctx, &ec2.AssociateRouteTableInput{
		RouteTableId: aws.String(x.RouteTableID), SubnetId: optional(x.SubnetID), GatewayId: optional(x.GatewayID),
	})
	if err != nil {
		return err
	}
	x.ID = aws.ToString(got.AssociationId)
	return nil
}

// readRouteTableAssociation goes by the subnet or gateway, which has one at
// most: a change of the table, whose answer may be lost, makes another id.
func readRouteTableAssociation(ctx context.Context, c *client, x *routeTableAssociation) error {
	by := filter("association.route-table-association-id", x.ID)
	switch {
	case x.SubnetID != "":
		by = filter("association.subnet-id", x.SubnetID)
	case x.GatewayID != "":
		by = filter("association.gateway-id", x.GatewayID)
	}
	got, err := c.ec2.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{Filters: []ec2types.Filter{by}})
	if err != nil {
		return err
	}
	for _, t := range got.RouteTables {
		for _, a := range t.Associations {
			if x.is(a) {
				return x.fill(&a)
			}
		}
	}
	return providers.ErrGone
}

// is reports whether a is x.
func (x *routeTableAssociation) is(a ec2types.RouteTableAssociation) bool {
	if x.end() == "" {
		return aws.ToString(a.RouteTableAssociationId) == x.ID
	}
	return aws.ToString(a.SubnetId) == x.SubnetID && aws.ToString(a.GatewayId) == x.GatewayID
}

func updateRouteTableAssociation(ctx context.Context, c *client, was routeTableAssociation, x *routeTableAssociation) error {
	now := was
	if err := untilReady(readRouteTableAssociation(ctx, c, &now)); err != nil {
		return err
	}
	x.ID = now.ID
	if now.RouteTableID == x.RouteTableID {
		return nil
	}
	got, err := c.ec2.ReplaceRouteTableAssociation(ctx, &ec2.ReplaceRouteTableAssociationInput{
		AssociationId: aws.String(now.ID), RouteTableId: aws.String(x.RouteTableID),
	})
	if err != nil {
		return err
	}
	x.ID = aws.ToString(got.NewAssociationId)
	return nil
}

func deleteRouteTableAssociation(ctx context.Context, c *client, x routeTableAssociation) error {
	if err := untilReady(readRouteTableAssociation(ctx, c, &x)); err != nil {
		return err
	}
	_, err := c.ec2.DisassociateRouteTable(ctx, &ec2.DisassociateRouteTableInput{AssociationId: aws.String(x.ID)})
	return gone(err)
}

func listRouteTableAssociations(ctx context.Context, c *client, _ routeTableAssociation) iter.Seq2[routeTableAssociation, error] {
	p := ec2.NewDescribeRouteTablesPaginator(c.ec2, &ec2.DescribeRouteTablesInput{MaxResults: aws.Int32(routeTablePage)})
	all := func(o *ec2.DescribeRouteTablesOutput) (list []ec2types.RouteTableAssociation) {
		for _, t := range o.RouteTables {
			list = append(list, t.Associations...)
		}
		return list
	}
	return pages(ctx, p, all, (*routeTableAssociation).fill)
}

func (x *routeTableAssociation) fill(got *ec2types.RouteTableAssociation) error {
	x.ID, x.RouteTableID = aws.ToString(got.RouteTableAssociationId), aws.ToString(got.RouteTableId)
	x.SubnetID, x.GatewayID = aws.ToString(got.SubnetId), aws.ToString(got.GatewayId)
	if x.end() == "" {
		return providers.ErrGone // of the main table with its network: no object of this type
	}
	if s := got.AssociationState; s != nil {
		switch s.State {
		case ec2types.RouteTableAssociationStateCodeDisassociated, ec2types.RouteTableAssociationStateCodeFailed:
			return providers.ErrGone
		case ec2types.RouteTableAssociationStateCodeAssociating, ec2types.RouteTableAssociationStateCodeDisassociating:
			return providers.ErrNotReady
		}
	}
	return nil
}

// end returns what the table is for.
func (x *routeTableAssociation) end() string { return x.SubnetID + x.GatewayID }

// importRouteTableAssociation takes the subnet or gateway, a slash and the table,
// or the id itself.
func importRouteTableAssociation(id string) (routeTableAssociation, error) {
	end, table, ok := strings.Cut(id, "/")
	x := routeTableAssociation{RouteTableID: table}
	switch {
	case strings.HasPrefix(id, "rtbassoc-") && !ok:
		x.ID = id
	case end == "" || !strings.HasPrefix(table, "rtb-"):
		return x, fmt.Errorf("%q is not the id of a subnet or gateway, a slash and the id of the route table, such as subnet-0123/rtb-4567", id)
	case strings.HasPrefix(end, "subnet-"):
		x.SubnetID = end
	default:
		x.GatewayID = end
	}
	return x, nil
}

func checkRouteTableAssociation(_ *routeTableAssociation, want routeTableAssociation) error {
	if (want.SubnetID == "") == (want.GatewayID == "") {
		return errors.New("a route table is associated with one thing: set either subnet_id or gateway_id")
	}
	return nil
}
