package hcloud

import (
	"context"
	"slices"

	"github.com/mlinfra/mlinfra/providers"
)

type serverLookup struct {
	ID           string   `cty:"id"            is:"default"      doc:"Number of the server."`
	Name         string   `cty:"name"          is:"default"      doc:"Name of the server."`
	WithSelector string   `cty:"with_selector" is:"optional"     doc:"Label selector that only this server matches."`
	WithStatus   []string `cty:"with_status"   is:"optional,set" doc:"States of which it has one, such as running."`
	serverFacts
}

type serverNetRow struct {
	NetworkID  int      `cty:"network_id"  is:"computed"     doc:"Number of the network."`
	IP         string   `cty:"ip"          is:"computed"     doc:"Address in the network."`
	AliasIPs   []string `cty:"alias_ips"   is:"computed,set" doc:"More addresses in the network."`
	MACAddress string   `cty:"mac_address" is:"computed"     doc:"MAC address of the interface."`
}

var serverData = providers.DataSource[*client, serverLookup]{
	Type: "hcloud_server",
	Doc:  "A server of the project by id, name or labels.",
	Read: lookUpServer,
	Examples: []string{
		serverExample + `

data "hcloud_server" "example" {
  name = hcloud_server.example.name
}`,
	},
}

func lookUpServer(ctx context.Context, c *client, x *serverLookup) error {
	all, err := soughtServers(ctx, c, x.WithSelector, x.WithStatus)
	if err != nil {
		return err
	}
	found, err := one(all, nil,
		key[serverRow]{"id", x.ID, func(s serverRow) string { return s.ID }},
		key[serverRow]{"name", x.Name, func(s serverRow) string { return s.Name }},
		key[serverRow]{"with_selector", x.WithSelector, nil},
	)
	if err != nil {
		return err
	}
	providers.Shape(x, found)
	return nil
}

// soughtServers returns the servers with the labels and one of the states, which may
// be any.
func soughtServers(ctx context.Context, c *client, selector string, states []string) ([]serverRow, error) {
	all, err := sought(ctx, c, serverType, c.listServers, selector, (*server).fill)
	list := []serverRow{}
	for _, s := range all {
		if len(states) == 0 || slices.Contains(states, s.Status) {
			list = append(list, s.row())
		}
	}
	return list, err
}

// row returns x as data sources show it: what the resource does not ask the API for,
// they do.
func (x server) row() (r serverRow) {
	x.ISO, x.Rescue = x.disc, x.rescuing
	providers.Shape(&r, x)
	return r
}
