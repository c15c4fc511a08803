package digitalocean

import (
	"context"
	"fmt"

	"github.com/mlinfra/mlinfra/providers"
)

type firewallLookup struct {
	ID             string          `cty:"id"              is:"computed"     doc:"UUID of the firewall."`
	FirewallID     string          `cty:"firewall_id"     is:"required"     doc:"UUID of the firewall."`
	Name           string          `cty:"name"            is:"computed"     doc:"Name of the firewall."`
	DropletIDs     []int           `cty:"droplet_ids"     is:"computed,set" doc:"Ids of the droplets it protects."`
	Tags           []string        `cty:"tags"            is:"computed,set" doc:"Tags whose droplets it protects."`
	InboundRules   []inboundRule   `cty:"inbound_rule"    is:"computed,set" doc:"Traffic that is let in."`
	OutboundRules  []outboundRule  `cty:"outbound_rule"   is:"computed,set" doc:"Traffic that is let out."`
	Status         string          `cty:"status"          is:"computed"     doc:"State: waiting, succeeded or failed."`
	PendingChanges []pendingChange `cty:"pending_changes" is:"computed"     doc:"Droplets on which the rules are not in force yet."`
	CreatedAt      string          `cty:"created_at"      is:"computed"     doc:"Time of creation, RFC 3339."`
}

var firewallData = providers.DataSource[*client, firewallLookup]{
	Type: "digitalocean_firewall",
	Doc:  "A firewall by its id.",
	Read: lookUpFirewall,
	Examples: []string{
		`resource "digitalocean_firewall" "example" {
  name = "ml"

  inbound_rule {
    protocol         = "tcp"
    port_range       = "22"
    source_addresses = ["0.0.0.0/0", "::/0"]
  }
}

data "digitalocean_firewall" "example" {
  firewall_id = digitalocean_firewall.example.id
}`,
	},
}

func lookUpFirewall(ctx context.Context, c *client, x *firewallLookup) error {
	got, err := chosen(providers.All(ctx, c, firewallType, firewall{}), func(got firewall) bool { return got.ID == x.FirewallID })
	if err != nil {
		return fmt.Errorf("firewall %s: %w", x.FirewallID, err)
	}
	providers.Shape(x, got)
	return nil
}
