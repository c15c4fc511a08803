package hcloud

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type firewall struct {
	providers.Aside

	ID      string            `cty:"id"       is:"computed"     doc:"Number of the firewall."`
	Name    string            `cty:"name"     is:"required"     doc:"Name, unique in the project."`
	Labels  map[string]string `cty:"labels"   is:"optional"     doc:"Labels of the user."`
	Rules   []firewallRule    `cty:"rule"     is:"optional,set" doc:"Traffic that is let through; other traffic of its direction is dropped."`
	ApplyTo []appliedTo       `cty:"apply_to" is:"default,set"  doc:"Servers that it protects."`

	created time.Time
}

type firewallRule struct {
	Direction      string   `cty:"direction"       is:"required"     doc:"in or out."`
	Protocol       string   `cty:"protocol"        is:"required"     doc:"tcp, udp, icmp, gre or esp."`
	Port           string   `cty:"port"            is:"optional"     doc:"A port, a range such as 8000-9000, or any: of tcp and udp."`
	SourceIPs      []string `cty:"source_ips"      is:"optional,set" doc:"Addresses and ranges in CIDR notation, of direction in."`
	DestinationIPs []string `cty:"destination_ips" is:"optional,set" doc:"Addresses and ranges in CIDR notation, of direction out."`
	Description    string   `cty:"description"     is:"optional"     doc:"Free text."`
}

// appliedTo is a server, or those with some labels, that a firewall protects.
type appliedTo struct {
	LabelSelector string `cty:"label_selector" is:"optional" doc:"What the labels of servers are like."`
	Server        int    `cty:"server"         is:"optional,ref=hcloud_server" doc:"Number of a server."`
}

const firewallExample = `resource "hcloud_firewall" "example" {
  name = "ml"

  rule {
    direction  = "in"
    protocol   = "tcp"
    port       = "22"
    source_ips = ["0.0.0.0/0", "::/0"]
  }
}`

var firewallType = providers.Resource[*client, firewall]{
	Type:    "hcloud_firewall",
	Doc:     "Rules for the public traffic of servers; that in their networks is not looked at.",
	Create:  createFirewall,
	Read:    readFirewall,
	Update:  updateFirewall,
	Delete:  deleteFirewall,
	Find:    findFirewall,
	List:    listFirewalls,
	Mark:    providers.InLabels,
	Normal:  normalFirewall,
	Check:   checkFirewall,
	Lock:    func(x firewall) string { return firewallLock(x.ID) },
	Natural: func(x firewall) string { return x.Name },
	Examples: []string{
		firewallExample,
		`resource "hcloud_firewall" "example" {
  name   = "ml-workers"
  labels = { team = "ml" }

  rule {
    direction  = "in"
    protocol   = "tcp"
    port       = "22"
    source_ips = ["192.0.2.7", "2001:DB8::/32"]
  }

  rule {
    direction   = "in"
    protocol    = "tcp"
    port        = "8000-9000"
    source_ips  = ["0.0.0.0/0", "::/0"]
    description = "Model servers."
  }

  rule {
    direction       = "out"
    protocol        = "icmp"
    destination_ips = ["0.0.0.0/0", "::/0"]
  }

  apply_to {
    label_selector = "serves=api"
  }
}`,
		`resource "hcloud_firewall" "example" {
  name = "ml-workers"

  apply_to {
    label_selector = "serves=api,!canary"
  }
}`,
	},
}

func createFirewall(ctx context.Context, c *client, x *firewall, a providers.Attempt) error {
	got, resp, err := c.Firewall.Create(ctx, hcloud.FirewallCreateOpts{
		Name: x.Name, Labels: marked(x.Labels, a), Rules: rulesOf(x.Rules), ApplyTo: resourcesOf(x.ApplyTo),
	})
	if err != nil {
		return err
	}
	if err := x.fill(got.Firewall); err != nil {
		return err
	}
	return startedAll(got.Actions, resp, nil)
}

func readFirewall(ctx context.Context, c *client, x *firewall) error {
	got, err := fetchFirewall(ctx, c, x.ID)
	if err != nil {
		return err
	}
	return x.fill(got)
}

// updateFirewall starts the first change that is not made yet. What the firewall is
// applied to concerns it only if that is to change: an attachment, or a server, may
// have seen to it.
func updateFirewall(ctx context.Context, c *client, was firewall, x *firewall) error {
	x.ID = was.ID
	got, err := fetchFirewall(ctx, c, x.ID)
	if err != nil {
		return err
	}
	if labels := withMarks(x.Labels, got.Labels); got.Name != x.Name || !maps.Equal(got.Labels, labels) {
		if got, _, err = c.Firewall.Update(ctx, got, hcloud.FirewallUpdateOpts{Name: x.Name, Labels: labels}); err != nil {
			return gone(err)
		}
	}
	if !sameRules(rulesShown(got.Rules), x.Rules) {
		return gone(then(startedAll(c.Firewall.SetRules(ctx, got, hcloud.FirewallSetRulesOpts{Rules: rulesOf(x.Rules)}))))
	}
	if !slices.Equal(was.ApplyTo, x.ApplyTo) {
		if err := c.reapply(ctx, got, x.ApplyTo); err != nil {
			return gone(err)
		}
	}
	return x.fill(got)
}

// deleteFirewall takes it from all servers first: the API refuses to delete one that
// protects any.
func deleteFirewall(ctx context.Context, c *client, x firewall) error {
	got, err := fetchFirewall(ctx, c, x.ID)
	if err != nil {
		return err
	}
	if err := c.reapply(ctx, got, nil); err != nil {
		return gone(err)
	}
	_, err = c.Firewall.Delete(ctx, got)
	return gone(err)
}

// reapply starts the first change that applies a firewall to what is wanted and to
// nothing else; nil means that there is nothing to change. What is new comes first: an
// attachment is there as long as there is something that it attaches.
func (c *client) reapply(ctx context.Context, got *hcloud.Firewall, want []appliedTo) error {
	have := shownTo(got.AppliedTo)
	lacks := func(in []appliedTo) func(appliedTo) bool {
		return func(x appliedTo) bool { return slices.Contains(in, x) }
	}
	if more := slices.DeleteFunc(slices.Clone(want), lacks(have)); len(more) > 0 {
		err := startedAll(c.Firewall.ApplyResources(ctx, got, resourcesOf(more)))
		if hcloud.IsError(err, hcloud.ErrorCodeFirewallAlreadyApplied) {
			err = nil
		}
		return then(err)
	}
	if less := slices.DeleteFunc(slices.Clone(have), lacks(want)); len(less) > 0 {
		return then(c.unapply(ctx, got, less))
	}
	return nil
}

// unapply takes a firewall from what it is applied to.
func (c *client) unapply(ctx context.Context, got *hcloud.Firewall, from []appliedTo) error {
	err := startedAll(c.Firewall.RemoveResources(ctx, got, resourcesOf(from)))
	if hcloud.IsError(err, hcloud.ErrorCodeFirewallResourceNotFound) {
		return nil // the server has gone meanwhile
	}
	return err
}

func findFirewall(ctx context.Context, c *client, x *firewall, a providers.Attempt) (bool, error) {
	return born(ctx, c.listFirewalls, x, a, (*firewall).fill, func(x *firewall) string { return x.ID })
}

func listFirewalls(ctx context.Context, c *client, _ firewall) iter.Seq2[firewall, error] {
	return pages(ctx, c.listFirewalls, "", (*firewall).fill)
}

func (x *firewall) fill(got *hcloud.Firewall) error {
	x.ID, x.Name, x.created = text(got.ID), got.Name, got.Created
	x.Rules, x.ApplyTo = rulesShown(got.Rules), shownTo(got.AppliedTo)
	x.Labels, x.Owner = userLabels(got.Labels)
	return nil
}

func (c *client) listFirewalls(ctx context.Context, o hcloud.ListOpts) ([]*hcloud.Firewall, *hcloud.Response, error) {
	return c.Firewall.List(ctx, hcloud.FirewallListOpts{ListOpts: o})
}

func fetchFirewall(ctx context.Context, c *client, id string) (*hcloud.Firewall, error) {
	return byID(ctx, id, c.Firewall.GetByID)
}

// firewallLock is Lock of a firewall and its attachment.
func firewallLock(id string) string {
	if id == "" {
		return ""
	}
	return "firewall " + id
}

func checkFirewall(_ *firewall, want firewall) error {
	if want.Name == "" {
		return errors.New("name must not be empty")
	}
	if len(want.Rules) > maxRules {
		return fmt.Errorf("there are %d blocks rule, a firewall has %d at most", len(want.Rules), maxRules)
	}
	for _, r := range want.Rules {
		if err := r.check(); err != nil {
			return fmt.Errorf("rule of direction %q and protocol %q: %w", r.Direction, r.Protocol, err)
		}
	}
	for _, a := range want.ApplyTo {
		if (a.Server != 0) == (a.LabelSelector != "") {
			return errors.New("apply_to: a block needs either server or label_selector")
		}
	}
	return checkLabels(want.Labels)
}
