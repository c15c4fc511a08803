package fake

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

// firewall filters the traffic of the Droplets it names or that carry its tags.
type firewall struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	Inbound    []rule    `json:"inbound_rules"`
	Outbound   []rule    `json:"outbound_rules"`
	DropletIDs []int     `json:"droplet_ids"`
	Tags       []string  `json:"tags"`
	CreatedAt  time.Time `json:"created_at"`
	ChangedAt  time.Time `json:"changed_at"`
}

func (f *firewall) Key() string   { return f.ID }
func (f *firewall) Title() string { return f.Name }

// The documented limits of one firewall.
const (
	maxFirewallDroplets = 10
	maxFirewallTags     = 5
	maxFirewallRules    = 50
	maxRuleAddresses    = 1000
)

// firewallSpec is the body of create, PUT, and the three sub-resources.
type firewallSpec struct {
	Name       string   `json:"name"`
	Inbound    []rule   `json:"inbound_rules"`
	Outbound   []rule   `json:"outbound_rules"`
	DropletIDs []int    `json:"droplet_ids"`
	Tags       []string `json:"tags"`
}

var firewallName = providers.NewPattern(`^[a-zA-Z0-9][a-zA-Z0-9.-]+$`)

func (c *Cloud) createFirewall(q *request) (reply, error) {
	var in firewallSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if err := c.checkFirewall(q, "", &in); err != nil {
		return reply{}, err
	}
	f := &firewall{ID: c.s.IDs.UUID(), CreatedAt: q.now}
	c.fillFirewall(q, f, in)
	c.s.Firewalls.Add(f)
	v := c.firewallView(q, f)
	if len(f.DropletIDs) > 0 {
		v["status"] = "waiting"
	}
	return accepted(map[string]any{"firewall": v})
}

func (c *Cloud) fillFirewall(q *request, f *firewall, in firewallSpec) {
	f.Name, f.Inbound, f.Outbound, f.DropletIDs = in.Name, in.Inbound, in.Outbound, in.DropletIDs
	f.Tags, f.ChangedAt = c.spell(in.Tags), q.now
}

// checkFirewall refuses a whole firewall and normalises its rules; id is the
// firewall that may keep its name.
func (c *Cloud) checkFirewall(q *request, id string, in *firewallSpec) error {
	if !firewallName.MatchString(in.Name) {
		return invalid("name must begin with an alphanumeric character and may only contain alphanumerics, periods and dashes")
	}
	for _, f := range c.s.Firewalls {
		if f.Name == in.Name && f.ID != id {
			return conflict("duplicate name")
		}
	}
	switch {
	case len(in.Inbound)+len(in.Outbound) == 0:
		return invalid("must contain at least one inbound or outbound access rule")
	case len(in.Inbound)+len(in.Outbound) > maxFirewallRules:
		return invalid("a firewall can have at most %d rules", maxFirewallRules)
	case len(in.DropletIDs) > maxFirewallDroplets:
		return invalid("a firewall can be applied to at most %d droplets", maxFirewallDroplets)
	case len(in.Tags) > maxFirewallTags:
		return invalid("a firewall can be applied to at most %d tags", maxFirewallTags)
	}
	if err := c.checkTargets(q, in.DropletIDs, in.Tags); err != nil {
		return err
	}
	return c.checkRules(q, in)
}

// checkTargets refuses Droplets and tags that do not exist.
func (c *Cloud) checkTargets(q *request, droplets []int, tags []string) error {
	for _, id := range droplets {
		if _, err := c.liveDroplet(q, id); err != nil {
			return invalid("droplet %d not found", id)
		}
	}
	for _, t := range tags {
		if _, found := c.findTag(t); !found {
			return invalid("tag %q does not exist", t)
		}
	}
	return nil
}

// covers tells whether f filters d.
func (f *firewall) covers(d *droplet) bool {
	return slices.Contains(f.DropletIDs, d.ID) ||
		slices.ContainsFunc(f.Tags, func(t string) bool { return hasTag(d.Tags, t) })
}

func (c *Cloud) firewallView(q *request, f *firewall) map[string]any {
	status, pending := "succeeded", []any{}
	if q.now.Before(f.ChangedAt.Add(c.o.Settle)) {
		for _, d := range c.visibleDroplets(q) {
			if f.covers(d) {
				status = "waiting"
				pending = append(pending, map[string]any{"droplet_id": d.ID, "removing": false, "status": "waiting"})
			}
		}
	}
	return map[string]any{
		"id": f.ID, "name": f.Name, "status": status, "created_at": stamp(f.CreatedAt), "pending_changes": pending,
		"inbound_rules": orEmpty(f.Inbound), "outbound_rules": orEmpty(f.Outbound),
		"droplet_ids": orEmpty(f.DropletIDs), "tags": orEmpty(f.Tags),
	}
}

func (c *Cloud) findFirewall(q *request) (*firewall, error) {
	return get(c.s.Firewalls, q.PathValue("id"))
}

func (c *Cloud) readFirewall(q *request) (reply, error) {
	f, err := c.findFirewall(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"firewall": c.firewallView(q, f)})
}

func (c *Cloud) listFirewalls(q *request) (reply, error) {
	return list(q, "firewalls", c.s.Firewalls, func(f *firewall) map[string]any { return c.firewallView(q, f) })
}

// replaceFirewall is PUT: what is missing from the body is gone.
func (c *Cloud) replaceFirewall(q *request) (reply, error) {
	f, err := c.findFirewall(q)
	if err != nil {
		return reply{}, err
	}
	var in firewallSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if err := c.checkFirewall(q, f.ID, &in); err != nil {
		return reply{}, err
	}
	c.fillFirewall(q, f, in)
	return ok(map[string]any{"firewall": c.firewallView(q, f)})
}

func (c *Cloud) deleteFirewall(q *request) (reply, error) {
	f, err := c.findFirewall(q)
	if err != nil {
		return reply{}, err
	}
	c.s.Firewalls.Drop(f.ID)
	return noContent()
}

// changeFirewall reads the body of a sub-resource and checks the firewall that
// would come out of it. The droplets and tags it had already are not looked up
// again: they may be gone by now.
func (c *Cloud) changeFirewall(q *request, change func(f *firewallSpec, in firewallSpec) error) (reply, error) {
	f, err := c.findFirewall(q)
	if err != nil {
		return reply{}, err
	}
	var in firewallSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	whole := firewallSpec{f.Name, slices.Clone(f.Inbound), slices.Clone(f.Outbound), slices.Clone(f.DropletIDs), slices.Clone(f.Tags)}
	if err := change(&whole, in); err != nil {
		return reply{}, err
	}
	switch {
	case len(whole.DropletIDs) > maxFirewallDroplets:
		return reply{}, invalid("a firewall can be applied to at most %d droplets", maxFirewallDroplets)
	case len(whole.Tags) > maxFirewallTags:
		return reply{}, invalid("a firewall can be applied to at most %d tags", maxFirewallTags)
	case len(whole.Inbound)+len(whole.Outbound) > maxFirewallRules:
		return reply{}, invalid("a firewall can have at most %d rules", maxFirewallRules)
	case len(whole.Inbound)+len(whole.Outbound) == 0:
		return reply{}, invalid("must contain at least one inbound or outbound access rule")
	}
	c.fillFirewall(q, f, whole)
	return noContent()
}

func (c *Cloud) addFirewallDroplets(q *request) (reply, error) {
	return c.changeFirewall(q, func(f *firewallSpec, in firewallSpec) error {
		for _, id := range in.DropletIDs {
			if !slices.Contains(f.DropletIDs, id) {
				f.DropletIDs = append(f.DropletIDs, id)
			}
		}
		return c.checkTargets(q, in.DropletIDs, nil)
	})
}

func (c *Cloud) removeFirewallDroplets(q *request) (reply, error) {
	return c.changeFirewall(q, func(f *firewallSpec, in firewallSpec) error {
		f.DropletIDs = slices.DeleteFunc(f.DropletIDs, func(id int) bool { return slices.Contains(in.DropletIDs, id) })
		return nil
	})
}

func (c *Cloud) addFirewallTags(q *request) (reply, error) {
	return c.changeFirewall(q, func(f *firewallSpec, in firewallSpec) error {
		f.Tags = append(f.Tags, in.Tags...)
		return c.checkTargets(q, nil, in.Tags)
	})
}

func (c *Cloud) removeFirewallTags(q *request) (reply, error) {
	return c.changeFirewall(q, func(f *firewallSpec, in firewallSpec) error {
		f.Tags = slices.DeleteFunc(f.Tags, func(t string) bool { return hasTag(in.Tags, t) })
		return nil
	})
}

func (c *Cloud) addFirewallRules(q *request) (reply, error) {
	return c.changeFirewall(q, func(f *firewallSpec, in firewallSpec) error {
		if err := c.checkRules(q, &in); err != nil {
			return err
		}
		f.Inbound, f.Outbound = append(f.Inbound, in.Inbound...), append(f.Outbound, in.Outbound...)
		return nil
	})
}

func (c *Cloud) removeFirewallRules(q *request) (reply, error) {
	return c.changeFirewall(q, func(f *firewallSpec, in firewallSpec) error {
		normalise(in.Inbound)
		normalise(in.Outbound)
		f.Inbound, f.Outbound = without(f.Inbound, in.Inbound), without(f.Outbound, in.Outbound)
		return nil
	})
}

func without(rules, gone []rule) []rule {
	return slices.DeleteFunc(rules, func(r rule) bool {
		return slices.ContainsFunc(gone, func(g rule) bool { return reflect.DeepEqual(r, g) })
	})
}

// normalise writes ports as the API returns them: "0" for "all", and always for
// ICMP. The range 1-65535 stays: Terraform's users write it and see no drift.
func normalise(rules []rule) {
	for i, r := range rules {
		if strings.EqualFold(r.Ports, "all") || r.Protocol == "icmp" {
			rules[i].Ports = "0"
		}
	}
}
