package hcloud

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type networks struct {
	ID           string       `cty:"id"            is:"computed" doc:"Always networks."`
	WithSelector string       `cty:"with_selector" is:"optional" doc:"Label selector that the networks match; absent means all."`
	Networks     []networkRow `cty:"networks"      is:"computed" doc:"The networks that match."`
}

type networkRow struct {
	ID               string            `cty:"id"                       is:"computed" doc:"Number of the network."`
	Name             string            `cty:"name"                     is:"computed" doc:"Name of the network."`
	IPRange          string            `cty:"ip_range"                 is:"computed" doc:"Private range in CIDR notation."`
	Labels           map[string]string `cty:"labels"                   is:"computed" doc:"Labels of the user."`
	DeleteProtection bool              `cty:"delete_protection"        is:"computed" doc:"Whether the API refuses to delete it."`
	ExposeRoutes     bool              `cty:"expose_routes_to_vswitch" is:"computed" doc:"Whether its routes are known to servers behind a vSwitch."`
}

var networksData = providers.DataSource[*client, networks]{
	Type: "hcloud_networks",
	Doc:  "The networks of the project.",
	Read: readNetworks,
	Examples: []string{
		networkExample + `

data "hcloud_networks" "example" {
  depends_on = [hcloud_network.example]
}`,
	},
}

func readNetworks(ctx context.Context, c *client, x *networks) error {
	all, err := sought(ctx, c, networkType, c.listNetworks, x.WithSelector, (*network).fill)
	x.ID, x.Networks = "networks", rows[networkRow](all)
	return err
}
