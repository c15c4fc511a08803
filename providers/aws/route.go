package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/mlinfra/mlinfra/providers"
)

type route struct {
	ID              string `cty:"id"                          is:"computed"         doc:"Id of the table, an underscore, the destination."`
	RouteTableID    string `cty:"route_table_id"              is:"required,replace" doc:"Id of the table that it is in."`
	DestinationIPv4 string `cty:"destination_cidr_block"      is:"optional,replace" doc:"IPv4 range it is for, such as 0.0.0.0/0."`
	DestinationIPv6 string `cty:"destination_ipv6_cidr_block" is:"optional,replace" doc:"IPv6 range it is for, such as ::/0."`
	DestinationList string `cty:"destination_prefix_list_id"  is:"optional,replace" doc:"Id of the prefix list it is for."`
	hop
	InstanceID      string `cty:"instance_id"       is:"computed" doc:"Id of the instance that has the network interface."`
	InstanceOwnerID string `cty:"instance_owner_id" is:"computed" doc:"Account of the instance."`
	Origin          string `cty:"origin"            is:"computed" doc:"How it was made."`
	State           string `cty:"state"             is:"computed" doc:"active, or blackhole when its target is not there."`
}

var routeType = providers.Resource[*client, route]{
	Type:   "aws_route",
	Doc:    "One way out of a route table that names no routes itself.",
	Create: createRoute,
	Read:   readRoute,
	Update: updateRoute,
	Delete: deleteRoute,
	List:   listRoutes,
	Import: importRoute,
	// Terraform's id has a hash of the destination.
	Migrate: func(x *route) { x.ID = x.identity() },
	Normal:  normalRoute,
	Check:   checkRoute,
	Unique:  true,
	Grace:   settling,
	Examples: []string{
		`resource "aws_vpc" "example" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_internet_gateway" "example" {
  vpc_id = aws_vpc.example.id
}

resource "aws_route_table" "example" {
  vpc_id = aws_vpc.example.id
}

resource "aws_route" "example" {
  route_table_id         = aws_route_table.example.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.example.id
}`,
		`resource "aws_vpc" "example" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_internet_gateway" "example" {
  vpc_id = aws_vpc.example.id
}

resource "aws_subnet" "example" {
  vpc_id     = aws_vpc.example.id
  cidr_block = "10.20.1.0/24"
}

resource "aws_nat_gateway" "example" {
  subnet_id         = aws_subnet.example.id
  connectivity_type = "private"
}

resource "aws_route_table" "example" {
  vpc_id = aws_vpc.example.id
}

resource "aws_route" "example" {
  route_table_id         = aws_route_table.example.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.example.id
}`,
		`resource "aws_vpc" "example" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_internet_gateway" "example" {
  vpc_id = aws_vpc.example.id
}

resource "aws_route_table" "example" {
  vpc_id = aws_vpc.example.id
}

resource "aws_route" "example" {
  route_table_id         = aws_route_table.example.id
  destination_cidr_block = "192.0.2.0/24"
  gateway_id             = aws_internet_gateway.example.id
}`,
	},
}

// createRoute looks first: the API answers with success to a route that is
// there, and it would be somebody else's.
func createRoute(ctx context.Context, c *client, x *route, _ providers.Attempt) error {
	there := *x
	err := readRoute(ctx, c, &there)
	if err == nil {
		return fmt.Errorf("%s has a route for %s already, which is not in this state: remove it first", x.RouteTableID, x.destination())
	}
	if !errors.Is(err, providers.ErrGone) {
		return err
	}
	if _, err := c.ec2.CreateRoute(ctx, newRoute(x.RouteTableID, x.destination(), x.hop)); err != nil {
		return err
	}
	x.ID = x.identity()
	return nil
}

func readRoute(ctx context.Context, c *client, x *route) error {
	got, err := c.ec2.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{RouteTableIds: []string{x.RouteTableID}})
	if err != nil {
		return gone(err)
	}
	for _, t := range got.RouteTables {
		for _, r := range t.Routes {
			if destinationOf(r) == x.destination() {
				return x.fill(x.RouteTableID, r)
			}
		}
	}
	return providers.ErrGone
}

func updateRoute(ctx context.Context, c *client, was route, x *route) error {
	x.ID = was.ID
	_, err := c.ec2.ReplaceRoute(ctx, replacement(newRoute(was.RouteTableID, was.destination(), x.hop)))
	return err
}

func deleteRoute(ctx context.Context, c *client, x route) error {
	_, err := c.ec2.DeleteRoute(ctx, oldRoute(x.RouteTableID, x.destination()))
	return gone(err)
}

func listRoutes(ctx context.Context, c *client, _ route) iter.Seq2[route, error] {
	return func(yield func(route, error) bool) {
		p := ec2.NewDescribeRouteTablesPaginator(c.ec2, &ec2.DescribeRouteTablesInput{MaxResults: aws.Int32(routeTablePage)})
		for p.HasMorePages() {
			page, err := p.NextPage(ctx)
			if err != nil {
				yield(route{}, err)
				return
			}
			for _, t := range page.RouteTables {
				for _, r := range t.Routes {
					var x route
					if ours(r) && !yield(x, x.fill(aws.ToString(t.RouteTableId), r)) {
						return
					}
				}
			}
		}
	}
}

func (x *route) fill(table string, got ec2types.Route) error {
	x.RouteTableID = table
	d := destinationOf(got)
	x.DestinationIPv4, x.DestinationIPv6, x.DestinationList = d.ipv4, d.ipv6, d.list
	x.hop = hopOf(got)
	x.InstanceID, x.InstanceOwnerID = aws.ToString(got.InstanceId), aws.ToString(got.InstanceOwnerId)
	x.Origin, x.State = string(got.Origin), string(got.State)
	x.ID = x.identity()
	return nil
}

func (x *route) identity() string { return x.RouteTableID + "_" + x.destination().String() }

// importRoute takes the id of the table, an underscore and the destination.
func importRoute(id string) (route, error) {
	table, to, ok := strings.Cut(id, "_")
	x := route{ID: id, RouteTableID: table}
	switch {
	case !ok || table == "" || to == "":
		return x, fmt.Errorf("%q is not the id of a route table, an underscore and a destination, such as rtb-0123_0.0.0.0/0", id)
	case strings.HasPrefix(to, "pl-"):
		x.DestinationList = to
	case strings.Contains(to, ":"):
		x.DestinationIPv6 = canonicalRange(to)
	default:
		x.DestinationIPv4 = to
	}
	return x, nil
}

func (x *route) destination() destination {
	return destination{x.DestinationIPv4, x.DestinationIPv6, x.DestinationList}
}

func normalRoute(x *route) { x.DestinationIPv6 = canonicalRange(x.DestinationIPv6) }

func checkRoute(_ *route, want route) error {
	names := [3]string{"destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id"}
	if err := want.destination().check(names); err != nil {
		return err
	}
	return want.hop.check(want.destination().String())
}

// destination is what a route is for: one of the three.
type destination struct{ ipv4, ipv6, list string }

// String returns the one that is set.
func (d destination) String() string { return cmp.Or(d.ipv4, d.ipv6, d.list) }

// check refuses what the API would; names are those of the attributes.
func (d destination) check(names [3]string) error {
	if given(d.ipv4, d.ipv6, d.list) != 1 {
		return fmt.Errorf("a route is for one destination: set one of %s, %s and %s", names[0], names[1], names[2])
	}
	if d.ipv4 != "" {
		return checkRange(names[0], d.ipv4, 0, 32)
	}
	if d.ipv6 != "" {
		return checkIPv6Range(names[1], d.ipv6)
	}
	return nil
}

func destinationOf(r ec2types.Route) destination {
	return destination{aws.ToString(r.DestinationCidrBlock), canonicalRange(aws.ToString(r.DestinationIpv6CidrBlock)), aws.ToString(r.DestinationPrefixListId)}
}

// hop is where a route leads to: one of them.
type hop struct {
	GatewayID           string `cty:"gateway_id"                is:"optional" doc:"Id of the internet gateway or virtual private gateway it leads to."`
	NATGatewayID        string `cty:"nat_gateway_id"            is:"optional" doc:"Id of the NAT gateway it leads to."`
	NetworkInterfaceID  string `cty:"network_interface_id"      is:"optional" doc:"Id of the network interface it leads to."`
	PeeringID           string `cty:"vpc_peering_connection_id" is:"optional" doc:"Id of the peering connection it leads to."`
	EgressOnlyGatewayID string `cty:"egress_only_gateway_id"    is:"optional" doc:"Id of the egress-only internet gateway it leads to."`
	TransitGatewayID    string `cty:"transit_gateway_id"        is:"optional" doc:"Id of the transit gateway it leads to."`
	VPCEndpointID       string `cty:"vpc_endpoint_id"           is:"optional" doc:"Id of the endpoint of a load balancer it leads to."`
}

func (h hop) check(to string) error {
	if given(h.GatewayID, h.NATGatewayID, h.NetworkInterfaceID, h.PeeringID, h.EgressOnlyGatewayID, h.TransitGatewayID, h.VPCEndpointID) != 1 {
		return fmt.Errorf("the route for %s leads to one target: set one of gateway_id, nat_gateway_id, network_interface_id, vpc_peering_connection_id, egress_only_gateway_id, transit_gateway_id and vpc_endpoint_id", to)
	}
	return nil
}

func hopOf(r ec2types.Route) hop {
	h := hop{
		GatewayID: aws.ToString(r.GatewayId), NATGatewayID: aws.ToString(r.NatGatewayId), NetworkInterfaceID: aws.ToString(r.NetworkInterfaceId),
		PeeringID: aws.ToString(r.VpcPeeringConnectionId), EgressOnlyGatewayID: aws.ToString(r.EgressOnlyInternetGatewayId), TransitGatewayID: aws.ToString(r.TransitGatewayId),
	}
	// The API takes endpoints by a name of their own and shows them as gateways.
	if strings.HasPrefix(h.GatewayID, "vpce-") {
		h.GatewayID, h.VPCEndpointID = "", h.GatewayID
	}
	return h
}

// ours reports whether a route was made by a call for it. Those within the
// network, of gateways that announce them, and of endpoints come by themselves.
func ours(r ec2types.Route) bool {
	byEndpoint := r.DestinationPrefixListId != nil && strings.HasPrefix(aws.ToString(r.GatewayId), "vpce-")
	return r.Origin == ec2types.RouteOriginCreateRoute && aws.ToString(r.GatewayId) != "local" && !byEndpoint
}

func newRoute(table string, d destination, h hop) *ec2.CreateRouteInput {
	return &ec2.CreateRouteInput{
		RouteTableId:         aws.String(table),
		DestinationCidrBlock: optional(d.ipv4), DestinationIpv6CidrBlock: optional(d.ipv6), DestinationPrefixListId: optional(d.list),
		GatewayId: optional(h.GatewayID), NatGatewayId: optional(h.NATGatewayID), NetworkInterfaceId: optional(h.NetworkInterfaceID),
		VpcPeeringConnectionId: optional(h.PeeringID), EgressOnlyInternetGatewayId: optional(h.EgressOnlyGatewayID),
		TransitGatewayId: optional(h.TransitGatewayID), VpcEndpointId: optional(h.VPCEndpointID),
	}
}

func replacement(r *ec2.CreateRouteInput) *ec2.ReplaceRouteInput {
	return &ec2.ReplaceRouteInput{
		RouteTableId:         r.RouteTableId,
		DestinationCidrBlock: r.DestinationCidrBlock, DestinationIpv6CidrBlock: r.DestinationIpv6CidrBlock, DestinationPrefixListId: r.DestinationPrefixListId,
		GatewayId: r.GatewayId, NatGatewayId: r.NatGatewayId, NetworkInterfaceId: r.NetworkInterfaceId,
		VpcPeeringConnectionId: r.VpcPeeringConnectionId, EgressOnlyInternetGatewayId: r.EgressOnlyInternetGatewayId,
		TransitGatewayId: r.TransitGatewayId, VpcEndpointId: r.VpcEndpointId,
	}
}

func oldRoute(table string, d destination) *ec2.DeleteRouteInput {
	return &ec2.DeleteRouteInput{
		RouteTableId:         aws.String(table),
		DestinationCidrBlock: optional(d.ipv4), DestinationIpv6CidrBlock: optional(d.ipv6), DestinationPrefixListId: optional(d.list),
	}
}

// given returns how many of the texts are set.
func given(texts ...string) int {
	n := 0
	for _, t := range texts {
		if t != "" {
			n++
		}
	}
	return n
}

// canonicalRange returns an IPv6 range in the spelling of RFC 5952, which is
// what the API answers. What is none stays for the check.
func canonicalRange(text string) string {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.String()
	}
	return text
}

// checkIPv6Range refuses what is no IPv6 range.
func checkIPv6Range(name, text string) error {
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil || !p.Addr().Is6():
		return fmt.Errorf("%s %q is not an IPv6 range in CIDR notation, such as ::/0", name, text)
	case p.Masked() != p:
		return fmt.Errorf("%s %q has bits beyond its prefix; the range is %s", name, text, p.Masked())
	}
	return nil
}
