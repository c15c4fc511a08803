package hcloud

import (
	"context"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

type networkLookup struct {
	ID               string            `cty:"id"                       is:"default"  doc:"Number of the network."`
	Name             string            `cty:"name"                     is:"default"  doc:"Name of the network."`
	WithSelector     string            `cty:"with_selector"            is:"optional" doc:"Label selector that only this network matches."`
	MostRecent       bool              `cty:"most_recent"              is:"optional" doc:"Whether the newest is meant where several match."`
	IPRange          string            `cty:"ip_range"                 is:"computed" doc:"Private range in CIDR notation."`
	Labels           map[string]string `cty:"labels"                   is:"computed" doc:"Labels of the user."`
	DeleteProtection bool              `cty:"delete_protection"        is:"computed" doc:"Whether the API refuses to delete it."`
	ExposeRoutes     bool              `cty:"expose_routes_to_vswitch" is:"computed" doc:"Whether its routes are known to servers behind a vSwitch."`
}

var networkData = providers.DataSource[*client, networkLookup]{
	Type: "hcloud_network",
	Doc:  "A network of the project by id, name or labels.",
	Read: lookUpNetwork,
	Examples: []string{
		networkExample + `

data "hcloud_network" "example" {
  name = hcloud_network.example.name
}`,
	},
}

func lookUpNetwork(ctx context.Context, c *client, x *networkLookup) error {
	all, err := sought(ctx, c, networkType, c.listNetworks, x.WithSelector, (*network).fill)
	if err != nil {
		return err
	}
	found, err := one(all, newest(x.MostRecent, network.createdAt),
		key[network]{"id", x.ID, func(n network) string { return n.ID }},
		key[network]{"name", x.Name, func(n network) string { return n.Name }},
		key[network]{"with_selector", x.WithSelector, nil},
	)
	if err != nil {
		return err
	}
	providers.Shape(x, found)
	return nil
}

func (x network) createdAt() time.Time { return x.created }
