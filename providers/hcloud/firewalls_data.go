package hcloud

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type firewalls struct {
	ID           string        `cty:"id"            is:"computed" doc:"Always firewalls."`
	WithSelector string        `cty:"with_selector" is:"optional" doc:"Label selector that the firewalls match; absent means all."`
	MostRecent   bool          `cty:"most_recent"   is:"optional" doc:"Whether the newest come first."`
	Firewalls    []firewallRow `cty:"firewalls"     is:"computed" doc:"The firewalls that match."`
}

type firewallRow struct {
	ID      string            `cty:"id"       is:"computed"     doc:"Number of the firewall."`
	Name    string            `cty:"name"     is:"computed"     doc:"Name of the firewall."`
	Labels  map[string]string `cty:"labels"   is:"computed"     doc:"Labels of the user."`
	Rules   []firewallRule    `cty:"rule"     is:"computed,set" doc:"Traffic that is let through."`
	ApplyTo []appliedTo       `cty:"apply_to" is:"computed,set" doc:"Servers that it protects."`
}

var firewallsData = providers.DataSource[*client, firewalls]{
	Type: "hcloud_firewalls",
	Doc:  "The firewalls of the project.",
	Read: readFirewalls,
	Examples: []string{
		firewallExample + `

data "hcloud_firewalls" "example" {
  most_recent = true
  depends_on  = [hcloud_firewall.example]
}`,
	},
}

func readFirewalls(ctx context.Context, c *client, x *firewalls) error {
	all, err := sought(ctx, c, firewallType, c.listFirewalls, x.WithSelector, (*firewall).fill)
	if x.MostRecent {
		newestFirst(all, firewall.createdAt)
	}
	x.ID, x.Firewalls = "firewalls", rows[firewallRow](all)
	return err
}
