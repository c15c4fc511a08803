package hcloud

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type primaryIPs struct {
	ID           string         `cty:"id"            is:"computed" doc:"Always primary_ips."`
	WithSelector string         `cty:"with_selector" is:"optional" doc:"Label selector that the addresses match; absent means all."`
	PrimaryIPs   []primaryIPRow `cty:"primary_ips"   is:"computed" doc:"The addresses that match."`
}

// primaryIPFacts is what data sources show of a primary IP beside what names it.
type primaryIPFacts struct {
	Type             string            `cty:"type"              is:"computed" doc:"Kind: ipv4 or ipv6."`
	Location         string            `cty:"location"          is:"computed" doc:"Name of the location."`
	AssigneeID       int               `cty:"assignee_id"       is:"computed" doc:"Number of the server that has it; 0 for none."`
	AssigneeType     string            `cty:"assignee_type"     is:"computed" doc:"Kind of what has it."`
	AutoDelete       bool              `cty:"auto_delete"       is:"computed" doc:"Whether it goes with the server that has it."`
	Labels           map[string]string `cty:"labels"            is:"computed" doc:"Labels of the user."`
	DeleteProtection bool              `cty:"delete_protection" is:"computed" doc:"Whether the API refuses to delete it."`
	IPNetwork        string            `cty:"ip_network"        is:"computed" doc:"The network in CIDR notation, of ipv6."`
}

type primaryIPRow struct {
	ID        string `cty:"id"         is:"computed" doc:"Number of the address."`
	Name      string `cty:"name"       is:"computed" doc:"Name of the address."`
	IPAddress string `cty:"ip_address" is:"computed" doc:"The address; of ipv6 that of the network."`
	primaryIPFacts
}

var primaryIPsData = providers.DataSource[*client, primaryIPs]{
	Type: "hcloud_primary_ips",
	Doc:  "The primary IPs of the project.",
	Read: readPrimaryIPs,
	Examples: []string{
		primaryIPExample + `

data "hcloud_primary_ips" "example" {
  depends_on = [hcloud_primary_ip.example]
}`,
	},
}

func readPrimaryIPs(ctx context.Context, c *client, x *primaryIPs) error {
	all, err := sought(ctx, c, primaryIPType, c.listPrimaryIPs, x.WithSelector, (*primaryIP).fill)
	x.ID, x.PrimaryIPs = "primary_ips", rows[primaryIPRow](all)
	return err
}
