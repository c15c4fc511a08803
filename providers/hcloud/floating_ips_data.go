package hcloud

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type floatingIPs struct {
	ID           string          `cty:"id"            is:"computed" doc:"Always floating_ips."`
	WithSelector string          `cty:"with_selector" is:"optional" doc:"Label selector that they match; absent means all."`
	FloatingIPs  []floatingIPRow `cty:"floating_ips"  is:"computed" doc:"The floating IPs that match."`
}

// floatingIPFacts is what data sources show of a floating IP beside what names it.
type floatingIPFacts struct {
	Type             string            `cty:"type"              is:"computed" doc:"ipv4 or ipv6."`
	Description      string            `cty:"description"       is:"computed" doc:"Free text."`
	HomeLocation     string            `cty:"home_location"     is:"computed" doc:"Name of the location to which it is routed best."`
	ServerID         int               `cty:"server_id"         is:"computed" doc:"Number of the server it leads to; 0 is none."`
	IPNetwork        string            `cty:"ip_network"        is:"computed" doc:"Network of ipv6 in CIDR notation."`
	Labels           map[string]string `cty:"labels"            is:"computed" doc:"Labels of the user."`
	DeleteProtection bool              `cty:"delete_protection" is:"computed" doc:"Whether it cannot be deleted."`
}

type floatingIPRow struct {
	ID        string `cty:"id"         is:"computed" doc:"Number of the floating IP."`
	Name      string `cty:"name"       is:"computed" doc:"Name of the floating IP."`
	IPAddress string `cty:"ip_address" is:"computed" doc:"The address; of ipv6 the first of its network."`
	floatingIPFacts
}

var floatingIPsData = providers.DataSource[*client, floatingIPs]{
	Type: "hcloud_floating_ips",
	Doc:  "The floating IPs of the project.",
	Read: readFloatingIPs,
	Examples: []string{
		floatingIPExample + `

data "hcloud_floating_ips" "example" {
  depends_on = [hcloud_floating_ip.example]
}`,
	},
}

func readFloatingIPs(ctx context.Context, c *client, x *floatingIPs) error {
	all, err := sought(ctx, c, floatingIPType, c.listFloatingIPs, x.WithSelector, (*floatingIP).fill)
	x.ID, x.FloatingIPs = "floating_ips", rows[floatingIPRow](all)
	return err
}
