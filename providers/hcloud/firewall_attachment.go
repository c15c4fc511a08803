package hcloud

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"

	"github.com/mlinfra/mlinfra/providers"
)

// firewallAttachment is all that a firewall is applied to: there is one of a firewall.
type firewallAttachment struct {
	ID             string   `cty:"id"              is:"computed"         doc:"Number of the firewall, which has one attachment at most."`
	FirewallID     int      `cty:"firewall_id"     is:"required,replace,ref=hcloud_firewall" doc:"Number of the firewall."`
	ServerIDs      []int    `cty:"server_ids"      is:"optional,set,ref=hcloud_server" doc:"Numbers of the servers that it protects."`
	LabelSelectors []string `cty:"label_selectors" is:"optional,set"     doc:"What the labels of other servers that it protects are like."`
}

const firewallServerExample = serverExample + "\n\n" + firewallExample

var firewallAttachmentType = providers.Resource[*client, firewallAttachment]{
	Type:   "hcloud_firewall_attachment",
	Doc:    "All that a firewall protects, where neither it nor the servers say so.",
	Create: createFirewallAttachment,
	Read:   readFirewallAttachment,
	Update: updateFirewallAttachment,
	Delete: deleteFirewallAttachment,
	List:   listFirewallAttachments,
	Import: func(id string) (x firewallAttachment, err error) {
		x.ID = id
		x.FirewallID, err = strconv.Atoi(id)
		return x, err
	},
	Check:     checkFirewallAttachment,
	Lock:      func(x firewallAttachment) string { return firewallLock(strconv.Itoa(x.FirewallID)) },
	Again:     true,
	Natural:   func(x firewallAttachment) string { return natural(x.FirewallID) },
	Redundant: true, // firewall.apply_to
	Examples: []string{
		firewallExample + `

resource "hcloud_firewall_attachment" "example" {
  firewall_id     = hcloud_firewall.example.id
  label_selectors = ["serves=api"]
}`,
		firewallServerExample + `

resource "hcloud_firewall_attachment" "example" {
  firewall_id     = hcloud_firewall.example.id
  server_ids      = [hcloud_server.example.id]
  label_selectors = ["serves=models"]
}`,
		firewallServerExample + `

resource "hcloud_firewall" "other" {
  name = "ml-strict"
}

resource "hcloud_firewall_attachment" "example" {
  firewall_id = hcloud_firewall.other.id
  server_ids  = [hcloud_server.example.id]
}`,
	},
}

func createFirewallAttachment(ctx context.Context, c *client, x *firewallAttachment, _ providers.Attempt) error {
	got, _, err := c.Firewall.GetByID(ctx, int64(x.FirewallID))
	if err == nil && got == nil {
		err = fmt.Errorf("firewall_id is %d, there is no such firewall", x.FirewallID)
	}
	if err != nil {
		return err
	}
	if err = c.reapply(ctx, got, x.applied()); err == nil || providers.OperationOf(err) != "" || errors.Is(err, providers.ErrAgain) {
		x.ID = text(got.ID)
	}
	return err
}

func readFirewallAttachment(ctx context.Context, c *client, x *firewallAttachment) error {
	got, err := fetchFirewall(ctx, c, strconv.Itoa(x.FirewallID))
	if err != nil {
		return err
	}
	if len(got.AppliedTo) == 0 {
		return providers.ErrGone
	}
	x.fill(int(got.ID), shownTo(got.AppliedTo))
	return nil
}

func updateFirewallAttachment(ctx context.Context, c *client, was firewallAttachment, x *firewallAttachment) error {
	x.ID = was.ID
	got, err := fetchFirewall(ctx, c, x.ID)
	if err != nil {
		return err
	}
	if err := c.reapply(ctx, got, x.applied()); err != nil {
		return gone(err)
	}
	x.fill(int(got.ID), shownTo(got.AppliedTo))
	return nil
}

// deleteFirewallAttachment leaves what others have applied the firewall to meanwhile.
func deleteFirewallAttachment(ctx context.Context, c *client, x firewallAttachment) error {
	got, err := fetchFirewall(ctx, c, strconv.Itoa(x.FirewallID))
	if err != nil {
		return err
	}
	mine := x.applied()
	there := slices.DeleteFunc(shownTo(got.AppliedTo), func(a appliedTo) bool { return !slices.Contains(mine, a) })
	if len(there) == 0 {
		return providers.ErrGone
	}
	return gone(c.unapply(ctx, got, there))
}

func listFirewallAttachments(ctx context.Context, c *client, _ firewallAttachment) iter.Seq2[firewallAttachment, error] {
	return partsOf(ctx, c, firewallType, func(f firewall) []firewallAttachment {
		if len(f.ApplyTo) == 0 {
			return nil
		}
		var x firewallAttachment
		id, _ := strconv.Atoi(f.ID) // which was made of a number
		x.fill(id, f.ApplyTo)
		return []firewallAttachment{x}
	})
}

// applied returns what the firewall is to be applied to.
func (x firewallAttachment) applied() []appliedTo {
	var all []appliedTo
	for _, id := range x.ServerIDs {
		all = append(all, appliedTo{Server: id})
	}
	for _, s := range x.LabelSelectors {
		all = append(all, appliedTo{LabelSelector: s})
	}
	return all
}

func (x *firewallAttachment) fill(id int, to []appliedTo) {
	*x = firewallAttachment{ID: strconv.Itoa(id), FirewallID: id}
	for _, a := range to {
		if a.LabelSelector != "" {
			x.LabelSelectors = append(x.LabelSelectors, a.LabelSelector)
			continue
		}
		x.ServerIDs = append(x.ServerIDs, a.Server)
	}
}

func checkFirewallAttachment(_ *firewallAttachment, want firewallAttachment) error {
	switch {
	case len(want.ServerIDs)+len(want.LabelSelectors) == 0:
		return errors.New("server_ids or label_selectors has to be set")
	case slices.Contains(want.ServerIDs, 0):
		return errors.New("server_ids: 0 is no number of a server")
	case slices.Contains(want.LabelSelectors, ""):
		return errors.New("label_selectors: one is empty, which would be every server")
	}
	return nil
}
