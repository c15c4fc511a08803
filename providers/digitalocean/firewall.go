package digitalocean

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

// firewall carries no mark of a run: its tags choose droplets.
type firewall struct {
	ID             string          `cty:"id"              is:"computed"     doc:"UUID of the firewall."`
	Name           string          `cty:"name"            is:"required"     doc:"Name: letters, digits, dots and dashes."`
	DropletIDs     []int           `cty:"droplet_ids"     is:"optional,set,ref=digitalocean_droplet" doc:"Ids of the droplets it protects, at most ten."`
	Tags           []string        `cty:"tags"            is:"optional,set,ref=digitalocean_tag.name" doc:"Existing tags whose droplets it protects, at most five."`
	InboundRules   []inboundRule   `cty:"inbound_rule"    is:"optional,set" doc:"Traffic that is let in; all other is dropped."`
	OutboundRules  []outboundRule  `cty:"outbound_rule"   is:"optional,set" doc:"Traffic that is let out; all other is dropped."`
	Status         string          `cty:"status"          is:"computed,after=droplet_ids,after=tags,after=inbound_rule,after=outbound_rule" doc:"State: waiting, succeeded or failed."`
	PendingChanges []pendingChange `cty:"pending_changes" is:"computed,after=droplet_ids,after=tags,after=inbound_rule,after=outbound_rule" doc:"Droplets on which the rules are not in force yet."`
	CreatedAt      string          `cty:"created_at"      is:"computed"     doc:"Time of creation, RFC 3339."`
}

type inboundRule struct {
	Protocol         string   `cty:"protocol"                  is:"required,in=tcp|udp|icmp"     doc:"tcp, udp or icmp."`
	PortRange        string   `cty:"port_range"                is:"optional"     doc:"A port, a range such as 8000-9000, or all; none for icmp."`
	Addresses        []string `cty:"source_addresses"          is:"optional,set,ref=digitalocean_vpc.ip_range" doc:"Addresses and ranges in CIDR notation."`
	DropletIDs       []int    `cty:"source_droplet_ids"        is:"optional,set,ref=digitalocean_droplet" doc:"Ids of droplets."`
	LoadBalancerUIDs []string `cty:"source_load_balancer_uids" is:"optional,set,ref=digitalocean_loadbalancer" doc:"Ids of load balancers."`
	KubernetesIDs    []string `cty:"source_kubernetes_ids"     is:"optional,set,ref=digitalocean_kubernetes_cluster" doc:"Ids of Kubernetes clusters."`
	Tags             []string `cty:"source_tags"               is:"optional,set,ref=digitalocean_tag.name" doc:"Tags whose droplets are meant."`
}

// outboundRule has the fields of inboundRule: each converts to the other.
type outboundRule struct {
	Protocol         string   `cty:"protocol"                       is:"required,in=tcp|udp|icmp"     doc:"tcp, udp or icmp."`
	PortRange        string   `cty:"port_range"                     is:"optional"     doc:"A port, a range such as 8000-9000, or all; none for icmp."`
	Addresses        []string `cty:"destination_addresses"          is:"optional,set,ref=digitalocean_vpc.ip_range" doc:"Addresses and ranges in CIDR notation."`
	DropletIDs       []int    `cty:"destination_droplet_ids"        is:"optional,set,ref=digitalocean_droplet" doc:"Ids of droplets."`
	LoadBalancerUIDs []string `cty:"destination_load_balancer_uids" is:"optional,set,ref=digitalocean_loadbalancer" doc:"Ids of load balancers."`
	KubernetesIDs    []string `cty:"destination_kubernetes_ids"     is:"optional,set,ref=digitalocean_kubernetes_cluster" doc:"Ids of Kubernetes clusters."`
	Tags             []string `cty:"destination_tags"               is:"optional,set,ref=digitalocean_tag.name" doc:"Tags whose droplets are meant."`
}

type pendingChange struct {
	DropletID int    `cty:"droplet_id" is:"computed" doc:"Id of the droplet."`
	Removing  bool   `cty:"removing"   is:"computed" doc:"Whether the firewall is leaving it."`
	Status    string `cty:"status"     is:"computed" doc:"State of the change."`
}

var firewallType = providers.Resource[*client, firewall]{
	Type:    "digitalocean_firewall",
	Doc:     "Rules for the traffic of droplets; what none lets through is dropped.",
	Create:  createFirewall,
	Read:    readFirewall,
	Update:  updateFirewall,
	Delete:  deleteFirewall,
	List:    listFirewalls,
	Normal:  normalFirewall,
	Check:   checkFirewall,
	Natural: func(x firewall) string { return x.Name },
	Examples: []string{
		`resource "digitalocean_firewall" "example" {
  name = "ml"

  inbound_rule {
    protocol         = "tcp"
    port_range       = "22"
    source_addresses = ["0.0.0.0/0", "::/0"]
  }
}`,
		`resource "digitalocean_tag" "example" {
  name = "ml"
}

resource "digitalocean_firewall" "example" {
  name = "ml-workers"
  tags = [digitalocean_tag.example.name]

  inbound_rule {
    protocol         = "tcp"
    port_range       = "22"
    source_addresses = ["192.0.2.0/24"]
  }

  inbound_rule {
    protocol    = "tcp"
    port_range  = "8000-9000"
    source_tags = [digitalocean_tag.example.name]
  }

  outbound_rule {
    protocol              = "tcp"
    port_range            = "1-65535"
    destination_addresses = ["0.0.0.0/0", "::/0"]
  }

  outbound_rule {
    protocol              = "udp"
    port_range            = "53"
    destination_addresses = ["0.0.0.0/0", "::/0"]
  }

  outbound_rule {
    protocol              = "icmp"
    destination_addresses = ["0.0.0.0/0", "::/0"]
  }
}`,
	},
}

func createFirewall(ctx context.Context, c *client, x *firewall, _ providers.Attempt) error {
	got, _, err := c.Firewalls.Create(ctx, x.request())
	if err != nil {
		return err
	}
	x.fill(got)
	return nil
}

func readFirewall(ctx context.Context, c *client, x *firewall) error {
	got, _, err := c.Firewalls.Get(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	x.fill(got)
	return nil
}

// updateFirewall sends everything: what is missing would be reset.
func updateFirewall(ctx context.Context, c *client, was firewall, x *firewall) error {
	got, _, err := c.Firewalls.Update(ctx, was.ID, x.request())
	if err != nil {
		return gone(err)
	}
	x.fill(got)
	return nil
}

func deleteFirewall(ctx context.Context, c *client, x firewall) error {
	_, err := c.Firewalls.Delete(ctx, x.ID)
	return gone(err)
}

func listFirewalls(ctx context.Context, c *client, _ firewall) iter.Seq2[firewall, error] {
	return pages(ctx, c.Firewalls.List, func(x *firewall, got *godo.Firewall) error {
		x.fill(got)
		return nil
	})
}

func (x *firewall) request() *godo.FirewallRequest {
	req := &godo.FirewallRequest{ // its lists are sent empty, not null
		Name: x.Name, DropletIDs: append([]int{}, x.DropletIDs...), Tags: append([]string{}, x.Tags...),
		InboundRules: []godo.InboundRule{}, OutboundRules: []godo.OutboundRule{},
	}
	for _, r := range x.InboundRules {
		req.InboundRules = append(req.InboundRules, r.request())
	}
	for _, r := range x.OutboundRules {
		in := inboundRule(r).request()
		req.OutboundRules = append(req.OutboundRules, godo.OutboundRule{
			Protocol: in.Protocol, PortRange: in.PortRange, Destinations: (*godo.Destinations)(in.Sources),
		})
	}
	return req
}

// The API wants ports of icmp, too; "0" is what it shows.
func (r inboundRule) request() godo.InboundRule {
	return godo.InboundRule{Protocol: r.Protocol, PortRange: cmp.Or(r.PortRange, "0"), Sources: &godo.Sources{
		Addresses: r.Addresses, Tags: r.Tags, DropletIDs: r.DropletIDs,
		LoadBalancerUIDs: r.LoadBalancerUIDs, KubernetesIDs: r.KubernetesIDs,
	}}
}

func (x *firewall) fill(got *godo.Firewall) {
	x.ID, x.Name, x.DropletIDs, x.Tags = got.ID, got.Name, got.DropletIDs, respelled(x.Tags, got.Tags)
	x.Status, x.CreatedAt = got.Status, got.Created
	x.InboundRules, x.OutboundRules, x.PendingChanges = nil, nil, nil
	for _, r := range got.InboundRules {
		x.InboundRules = append(x.InboundRules, ruleOf(r.Protocol, r.PortRange, r.Sources))
	}
	for _, r := range got.OutboundRules {
		x.OutboundRules = append(x.OutboundRules, outboundRule(ruleOf(r.Protocol, r.PortRange, (*godo.Sources)(r.Destinations))))
	}
	for _, p := range got.PendingChanges {
		x.PendingChanges = append(x.PendingChanges, pendingChange(p))
	}
}

func ruleOf(protocol, ports string, from *godo.Sources) inboundRule {
	r := inboundRule{Protocol: protocol, PortRange: portRange(protocol, ports)}
	if from != nil {
		r.Addresses, r.Tags, r.DropletIDs = from.Addresses, from.Tags, from.DropletIDs
		r.LoadBalancerUIDs, r.KubernetesIDs = from.LoadBalancerUIDs, from.KubernetesIDs
	}
	return r
}

// portRange returns the one spelling of ports. The API takes "all" and shows
// it as "0"; the ports of icmp it ignores.
func portRange(protocol, ports string) string {
	switch {
	case protocol == "icmp":
		return ""
	case ports == "0" || ports == "1-65535":
		return "all"
	}
	return ports
}

func normalFirewall(x *firewall) {
	for i, r := range x.InboundRules {
		x.InboundRules[i].Protocol = strings.ToLower(r.Protocol)
		x.InboundRules[i].PortRange = portRange(x.InboundRules[i].Protocol, r.PortRange)
	}
	for i, r := range x.OutboundRules {
		x.OutboundRules[i].Protocol = strings.ToLower(r.Protocol)
		x.OutboundRules[i].PortRange = portRange(x.OutboundRules[i].Protocol, r.PortRange)
	}
}

var (
	firewallName = providers.NewPattern(`^[a-zA-Z0-9][a-zA-Z0-9.-]+$`)
	portSpec     = providers.NewPattern(`^(all|[0-9]{1,5}(-[0-9]{1,5})?)$`)
)

func checkFirewall(_ *firewall, want firewall) error {
	switch {
	case !firewallName.MatchString(want.Name):
		return fmt.Errorf("name %q: at least two letters, digits, dots and dashes, starting with a letter or digit", want.Name)
	case len(want.InboundRules)+len(want.OutboundRules) == 0:
		return errors.New("a firewall needs an inbound_rule or an outbound_rule")
	}
	for _, r := range want.InboundRules {
		if err := r.check("inbound_rule"); err != nil {
			return err
		}
	}
	for _, r := range want.OutboundRules {
		if err := inboundRule(r).check("outbound_rule"); err != nil {
			return err
		}
	}
	return checkTags(want.Tags)
}

func (r inboundRule) check(block string) error {
	switch {
	case r.Protocol != "icmp" && !portSpec.MatchString(r.PortRange):
		return fmt.Errorf("port_range %q of an %s is no port, no range such as 8000-9000 and not all", r.PortRange, block)
	}
	return checkTags(r.Tags)
}
