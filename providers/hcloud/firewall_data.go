package hcloud

import (
	"context"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

type firewallLookup struct {
	ID           string            `cty:"id"            is:"default"      doc:"Number of the firewall."`
	Name         string            `cty:"name"          is:"default"      doc:"Name of the firewall."`
	WithSelector string            `cty:"with_selector" is:"optional"     doc:"Label selector that only this firewall matches."`
	MostRecent   bool              `cty:"most_recent"   is:"optional"     doc:"Whether the newest is meant where several match."`
	Labels       map[string]string `cty:"labels"        is:"computed"     doc:"Labels of the user."`
	Rules        []firewallRule    `cty:"rule"          is:"computed,set" doc:"Traffic that is let through."`
	ApplyTo      []appliedTo       `cty:"apply_to"      is:"computed,set" doc:"Servers that it protects."`
}

var firewallData = providers.DataSource[*client, firewallLookup]{
	Type: "hcloud_firewall",
	Doc:  "A firewall of the project by id, name or labels.",
	Read: lookUpFirewall,
	Examples: []string{
		firewallExample + `

data "hcloud_firewall" "example" {
  name = hcloud_firewall.example.name
}`,
	},
}

func lookUpFirewall(ctx context.Context, c *client, x *firewallLookup) error {
	all, err := sought(ctx, c, firewallType, c.listFirewalls, x.WithSelector, (*firewall).fill)
	if err != nil {
		return err
	}
	found, err := one(all, newest(x.MostRecent, firewall.createdAt),
		key[firewall]{"id", x.ID, func(f firewall) string { return f.ID }},
		key[firewall]{"name", x.Name, func(f firewall) string { return f.Name }},
		key[firewall]{"with_selector", x.WithSelector, nil},
	)
	if err != nil {
		return err
	}
	providers.Shape(x, found)
	return nil
}

func (x firewall) createdAt() time.Time { return x.created }
