package digitalocean

import (
	"context"
	"fmt"

	"github.com/mlinfra/mlinfra/providers"
)

// natGatewayLookup has the fields of natGateway: each converts to the other.
type natGatewayLookup struct {
	ID                 string       `cty:"id"                   is:"default"      doc:"UUID of the gateway."`
	Name               string       `cty:"name"                 is:"default"      doc:"Name of the gateway."`
	Type               string       `cty:"type"                 is:"computed"     doc:"Type: PUBLIC."`
	Region             string       `cty:"region"               is:"computed"     doc:"Slug of the region."`
	Size               int          `cty:"size"                 is:"computed"     doc:"How much it can carry: 1 is the smallest."`
	VPCs               []natIngress `cty:"vpcs"                 is:"computed,set" doc:"The networks whose traffic it takes."`
	Egresses           []natEgress  `cty:"egresses"             is:"computed"     doc:"Where the traffic leaves."`
	UDPTimeoutSeconds  int          `cty:"udp_timeout_seconds"  is:"computed"     doc:"Seconds after which idle UDP connections are forgotten."`
	ICMPTimeoutSeconds int          `cty:"icmp_timeout_seconds" is:"computed"     doc:"Seconds after which idle ICMP connections are forgotten."`
	TCPTimeoutSeconds  int          `cty:"tcp_timeout_seconds"  is:"computed"     doc:"Seconds after which idle TCP connections are forgotten."`
	ProjectID          string       `cty:"project_id"           is:"computed"     doc:"UUID of its project."`
	Project            string       // not asked for
	State              string       `cty:"state"                is:"computed"     doc:"State: NEW, PROVISIONING, ACTIVE, DELETING or ERROR."`
	CreatedAt          string       `cty:"created_at"           is:"computed"     doc:"Time of creation, RFC 3339."`
	UpdatedAt          string       `cty:"updated_at"           is:"computed"     doc:"Time of the last change, RFC 3339."`
}

var natGatewayData = providers.DataSource[*client, natGatewayLookup]{
	Type: "digitalocean_vpc_nat_gateway",
	Doc:  "A way to the internet for private networks, by id or by name.",
	Read: lookUpNATGateway,
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
}

data "digitalocean_vpc_nat_gateway" "example" {
  id = digitalocean_vpc_nat_gateway.example.id
}`,
	},
}

func lookUpNATGateway(ctx context.Context, c *client, x *natGatewayLookup) error {
	got, err := chosenBy(x.ID, x.Name, providers.All(ctx, c, natGatewayType, natGateway{}), func(g natGateway) (string, string) { return g.ID, g.Name })
	if err != nil {
		return fmt.Errorf("NAT gateway: %w", err)
	}
	*x = natGatewayLookup(got)
	return nil
}
