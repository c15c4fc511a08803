package digitalocean

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type natGateway struct {
	ID                 string       `cty:"id"                   is:"computed"              doc:"UUID of the gateway."`
	Name               string       `cty:"name"                 is:"required"              doc:"Name of the gateway."`
	Type               string       `cty:"type"                 is:"required,replace"      doc:"Type: PUBLIC."`
	Region             string       `cty:"region"               is:"required,replace"      doc:"Slug of the region, such as fra1."`
	Size               int          `cty:"size"                 is:"required"              doc:"How much it can carry: 1 is the smallest."`
	VPCs               []natIngress `cty:"vpcs"                 is:"required,set"          doc:"The networks whose traffic it takes."`
	Egresses           []natEgress  `cty:"egresses"             is:"default,replace,max=1" usual:"*" doc:"Where the traffic leaves; an address is reserved if absent."`
	UDPTimeoutSeconds  int          `cty:"udp_timeout_seconds"  is:"default" usual:"30"               doc:"Seconds after which idle UDP connections are forgotten."`
	ICMPTimeoutSeconds int          `cty:"icmp_timeout_seconds" is:"default" usual:"30"               doc:"Seconds after which idle ICMP connections are forgotten."`
	TCPTimeoutSeconds  int          `cty:"tcp_timeout_seconds"  is:"default" usual:"300"               doc:"Seconds after which idle TCP connections are forgotten."`
	ProjectID          string       `cty:"project_id"           is:"default,after=project,ref=digitalocean_project" doc:"UUID of its project; the default one if absent."`
	Project            string       `cty:"project" is:"optional,ref=digitalocean_project,listed=resources" doc:"The same as project_id; absent leaves it where it is."`
	State              string       `cty:"state"                is:"computed"              doc:"State: NEW, PROVISIONING, ACTIVE, DELETING or ERROR."`
	CreatedAt          string       `cty:"created_at"           is:"computed"              doc:"Time of creation, RFC 3339."`
	UpdatedAt          string       `cty:"updated_at"           is:"computed,after=name,after=size,after=vpcs,after=udp_timeout_seconds,after=icmp_timeout_seconds,after=tcp_timeout_seconds,after=project_id,after=project" doc:"Time of the last change, RFC 3339."`
}

type natIngress struct {
	VPCUUID        string `cty:"vpc_uuid"        is:"required,ref=digitalocean_vpc" doc:"UUID of the network."`
	SubnetUUID     string `cty:"subnet_uuid"     is:"default,replace"               doc:"UUID of the subnet in it."`
	GatewayIP      string `cty:"gateway_ip"      is:"computed"                      doc:"Address of the gateway in the network."`
	DefaultGateway bool   `cty:"default_gateway" is:"else=false"                    doc:"Whether droplets without public networking go out through it."`
}

type natEgress struct {
	PublicGateways []natPublic `cty:"public_gateways" is:"default,set" doc:"Addresses on the internet."`
}

type natPublic struct {
	IPv4 string `cty:"ipv4" is:"default" doc:"IPv4 address; one of your own, of the region, that is unassigned."`
}

var natGatewayType = providers.Resource[*client, natGateway]{
	Type:    "digitalocean_vpc_nat_gateway",
	Doc:     "A way to the internet for the private networks of a region.",
	Create:  createNATGateway,
	Read:    readNATGateway,
	Update:  updateNATGateway,
	Delete:  deleteNATGateway,
	List:    listNATGateways,
	Normal:  normalNATGateway,
	Check:   checkNATGateway,
	View:    func(x natGateway) string { return asksProject(x.Project) },
	Natural: func(x natGateway) string { return x.Name },
	Examples: []string{
		`resource "digitalocean_vpc" "example" {
  name   = "ml"
  region = "fra1"
}

resource "digitalocean_vpc_nat_gateway" "example" {
  name   = "ml"
  type   = "PUBLIC"
  region = "fra1"
  size   = 1

  vpcs {
    vpc_uuid = digitalocean_vpc.example.id
  }
}`,
		`resource "digitalocean_vpc" "example" {
  name   = "ml"
  region = "fra1"
}

resource "digitalocean_project" "example" {
  name = "ml"
}

resource "digitalocean_vpc_nat_gateway" "example" {
  name                 = "ml-egress"
  type                 = "PUBLIC"
  region               = "fra1"
  size                 = 2
  udp_timeout_seconds  = 60
  icmp_timeout_seconds = 60
  tcp_timeout_seconds  = 600
  project              = digitalocean_project.example.id

  vpcs {
    vpc_uuid = digitalocean_vpc.example.id
  }
}`,
		`resource "digitalocean_vpc" "other" {
  name   = "ml-ams"
  region = "ams3"
}

resource "digitalocean_vpc_nat_gateway" "example" {
  name   = "ml-egress"
  type   = "PUBLIC"
  region = "ams3"
  size   = 1

  vpcs {
    vpc_uuid        = digitalocean_vpc.other.id
    default_gateway = true
  }
}`,
	},
}

func createNATGateway(ctx context.Context, c *client, x *natGateway, _ providers.Attempt) error {
	req := x.request()
	req.Egresses = egressesOf(x.Egresses)
	got, _, err := c.VPCNATGateways.Create(ctx, req)
	if err != nil {
		return err
	}
	// The documented answer has no id, the real one has.
	x.fill(got)
	return nil
}

func readNATGateway(ctx context.Context, c *client, x *natGateway) error {
	got, _, err := c.VPCNATGateways.Get(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	x.fill(got)
	return settledNATGateway(got)
}

// updateNATGateway sends everything: the API wants a full representation.
func updateNATGateway(ctx context.Context, c *client, was natGateway, x *natGateway) error {
	if _, _, err := c.VPCNATGateways.Update(ctx, was.ID, x.request()); err != nil {
		return gone(err)
	}
	// The documented answer has not all of it.
	x.ID = was.ID
	return readNATGateway(ctx, c, x)
}

func deleteNATGateway(ctx context.Context, c *client, x natGateway) error {
	_, err := c.VPCNATGateways.Delete(ctx, x.ID)
	return gone(err)
}

func listNATGateways(ctx context.Context, c *client, in natGateway) iter.Seq2[natGateway, error] {
	return pages(ctx, c.natGateways, func(x *natGateway, got **godo.VPCNATGateway) error {
		x.Project = in.Project
		x.fill(*got)
		return settledNATGateway(*got)
	})
}

// natGateways fetches a page of the gateways in all states.
func (c *client) natGateways(ctx context.Context, opt *godo.ListOptions) ([]*godo.VPCNATGateway, *godo.Response, error) {
	return c.VPCNATGateways.List(ctx, &godo.VPCNATGatewaysListOptions{ListOptions: *opt})
}

func (x *natGateway) request() *godo.VPCNATGatewayRequest {
	req := &godo.VPCNATGatewayRequest{
		Name: x.Name, Type: x.Type, Region: x.Region, Size: uint32(x.Size), ProjectID: cmp.Or(x.Project, x.ProjectID),
		UDPTimeoutSeconds: uint32(x.UDPTimeoutSeconds), ICMPTimeoutSeconds: uint32(x.ICMPTimeoutSeconds), TCPTimeoutSeconds: uint32(x.TCPTimeoutSeconds),
	}
	for _, v := range x.VPCs {
		req.VPCs = append(req.VPCs, &godo.IngressVPC{VpcUUID: v.VPCUUID, SubnetUUID: v.SubnetUUID, DefaultGateway: v.DefaultGateway})
	}
	return req
}

// egressesOf returns the addresses that are wanted; nil for one that is made up.
func egressesOf(blocks []natEgress) *godo.Egresses {
	var out []*godo.PublicGateway
	for _, e := range blocks {
		for _, g := range e.PublicGateways {
			if g.IPv4 != "" {
				out = append(out, &godo.PublicGateway{IP: g.IPv4})
			}
		}
	}
	if len(out) == 0 {
		return nil
	}
	return &godo.Egresses{PublicGateways: out}
}

func (x *natGateway) fill(got *godo.VPCNATGateway) {
	x.ID, x.Name, x.Type, x.Region, x.Size, x.State = got.ID, got.Name, got.Type, got.Region, int(got.Size), got.State
	x.UDPTimeoutSeconds, x.ICMPTimeoutSeconds, x.TCPTimeoutSeconds = int(got.UDPTimeoutSeconds), int(got.ICMPTimeoutSeconds), int(got.TCPTimeoutSeconds)
	x.ProjectID = cmp.Or(got.ProjectID, x.ProjectID)
	if x.Project != "" {
		x.Project = cmp.Or(got.ProjectID, x.Project)
	}
	x.CreatedAt, x.UpdatedAt = rfc3339(got.CreatedAt), rfc3339(got.UpdatedAt)
	x.VPCs, x.Egresses = nil, nil
	for _, v := range got.VPCs {
		x.VPCs = append(x.VPCs, natIngress{VPCUUID: v.VpcUUID, SubnetUUID: v.SubnetUUID, GatewayIP: v.GatewayIP, DefaultGateway: v.DefaultGateway})
	}
	if got.Egresses != nil && len(got.Egresses.PublicGateways) > 0 {
		e := natEgress{}
		for _, g := range got.Egresses.PublicGateways {
			e.PublicGateways = append(e.PublicGateways, natPublic{IPv4: cmp.Or(g.IPv4, g.IP)})
		}
		x.Egresses = []natEgress{e}
	}
}

// settledNATGateway returns ErrNotReady while got is being made or deleted, and
// ErrBroken when that has failed.
func settledNATGateway(got *godo.VPCNATGateway) error {
	switch strings.ToUpper(got.State) {
	case "ACTIVE":
		return nil
	case "ERROR", "INVALID":
		return fmt.Errorf("%w: its state is %s", providers.ErrBroken, got.State)
	}
	return providers.ErrNotReady
}

func normalNATGateway(x *natGateway) {
	x.Region, x.Type = strings.ToLower(x.Region), strings.ToUpper(x.Type)
}

func checkNATGateway(_ *natGateway, want natGateway) error {
	switch {
	case want.Name == "":
		return errors.New("name must not be empty")
	case want.Type != "PUBLIC":
		return fmt.Errorf("type %q is not PUBLIC, the only one there is", want.Type)
	case want.Size < 1:
		return fmt.Errorf("size is %d, at least 1 is needed", want.Size)
	case len(want.VPCs) == 0:
		return errors.New("a NAT gateway needs a vpcs block")
	}
	if err := checkProjects(want.Project, want.ProjectID); err != nil {
		return err
	}
	for i, v := range want.VPCs {
		if slices.ContainsFunc(want.VPCs[:i], func(o natIngress) bool { return o.VPCUUID == v.VPCUUID }) {
			return fmt.Errorf("network %s stands in two vpcs blocks", v.VPCUUID)
		}
	}
	return nil
}
