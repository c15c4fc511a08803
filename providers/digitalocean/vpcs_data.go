package digitalocean

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type vpcs struct {
	ID      string       `cty:"id"     is:"computed"     doc:"Always vpcs."`
	Filters []listFilter `cty:"filter" is:"optional,set" doc:"What a network has to match; all of them count."`
	Sorts   []listSort   `cty:"sort"   is:"optional"     doc:"What the networks are ordered by, most important first."`
	VPCs    []vpcLookup  `cty:"vpcs"   is:"computed"     doc:"The networks that match."`
}

var vpcsData = providers.DataSource[*client, vpcs]{
	Type: "digitalocean_vpcs",
	Doc:  "The networks of the account.",
	Read: readVPCs,
	Examples: []string{
		`resource "digitalocean_vpc" "example" {
  name   = "ml"
  region = "fra1"
}

data "digitalocean_vpcs" "example" {
  depends_on = [digitalocean_vpc.example]

  filter {
    key    = "region"
    values = ["fra1"]
  }

  sort {
    key = "name"
  }
}`,
	},
}

func readVPCs(ctx context.Context, c *client, x *vpcs) (err error) {
	x.ID = "vpcs"
	x.VPCs, err = selected(viewed(providers.All(ctx, c, vpcType, vpc{}), vpc.lookUp), x.Filters, x.Sorts)
	return err
}
