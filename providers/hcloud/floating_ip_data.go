package hcloud

import (
	"cmp"
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type floatingIPLookup struct {
	ID           string `cty:"id"            is:"default"  doc:"Number of the floating IP."`
	Name         string `cty:"name"          is:"default"  doc:"Name of the floating IP."`
	IPAddress    string `cty:"ip_address"    is:"default"  doc:"The address; of ipv6 the first of its network."`
	Selector     string `cty:"selector"      is:"optional" doc:"Deprecated name of with_selector."`
	WithSelector string `cty:"with_selector" is:"optional" doc:"Label selector that only this floating IP matches."`
	floatingIPFacts
}

var floatingIPData = providers.DataSource[*client, floatingIPLookup]{
	Type: "hcloud_floating_ip",
	Doc:  "A floating IP of the project by id, name, address or labels.",
	Read: lookUpFloatingIP,
	Examples: []string{
		floatingIPExample + `

data "hcloud_floating_ip" "example" {
  ip_address = hcloud_floating_ip.example.ip_address
}`,
	},
}

func lookUpFloatingIP(ctx context.Context, c *client, x *floatingIPLookup) error {
	selector := cmp.Or(x.WithSelector, x.Selector)
	all, err := sought(ctx, c, floatingIPType, c.listFloatingIPs, selector, (*floatingIP).fill)
	if err != nil {
		return err
	}
	found, err := one(all, nil,
		key[floatingIP]{"id", x.ID, func(f floatingIP) string { return f.ID }},
		key[floatingIP]{"name", x.Name, func(f floatingIP) string { return f.Name }},
		key[floatingIP]{"ip_address", canonicalIP(x.IPAddress), func(f floatingIP) string { return f.IPAddress }},
		key[floatingIP]{"with_selector", selector, nil},
	)
	if err != nil {
		return err
	}
	providers.Shape(x, found)
	return nil
}
