package hcloud

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type primaryIPLookup struct {
	ID           string `cty:"id"            is:"default"  doc:"Number of the address."`
	Name         string `cty:"name"          is:"default"  doc:"Name of the address."`
	IPAddress    string `cty:"ip_address"    is:"default"  doc:"The address; of ipv6 that of the network."`
	WithSelector string `cty:"with_selector" is:"optional" doc:"Label selector that only this address matches."`
	primaryIPFacts
}

var primaryIPData = providers.DataSource[*client, primaryIPLookup]{
	Type: "hcloud_primary_ip",
	Doc:  "A primary IP of the project by id, name, address or labels.",
	Read: lookUpPrimaryIP,
	Examples: []string{
		primaryIPExample + `

data "hcloud_primary_ip" "example" {
  ip_address = hcloud_primary_ip.example.ip_address
}`,
	},
}

func lookUpPrimaryIP(ctx context.Context, c *client, x *primaryIPLookup) error {
	all, err := sought(ctx, c, primaryIPType, c.listPrimaryIPs, x.WithSelector, (*primaryIP).fill)
	if err != nil {
		return err
	}
	found, err := one(all, nil,
		key[primaryIP]{"id", x.ID, func(p primaryIP) string { return p.ID }},
		key[primaryIP]{"name", x.Name, func(p primaryIP) string { return p.Name }},
		key[primaryIP]{"ip_address", x.IPAddress, func(p primaryIP) string { return p.IPAddress }},
		key[primaryIP]{"with_selector", x.WithSelector, nil},
	)
	if err != nil {
		return err
	}
	providers.Shape(x, found)
	return nil
}
