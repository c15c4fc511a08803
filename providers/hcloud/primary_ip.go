package hcloud

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type primaryIP struct {
	providers.Aside

	ID               string            `cty:"id"                is:"computed"         doc:"Number of the address."`
	Name             string            `cty:"name"              is:"required"         doc:"Name, unique in the project."`
	Type             string            `cty:"type"              is:"required,replace" doc:"Kind: ipv4, or ipv6, which is a network."`
	Location         string            `cty:"location"          is:"default,replace"  doc:"Name of the location, such as fsn1; that of assignee_id if absent."`
	AssigneeID       int               `cty:"assignee_id"       is:"default,ref=hcloud_server" doc:"Number of the server that has it, which has to be off for a change."`
	AssigneeType     string            `cty:"assignee_type"     is:"default"          doc:"Kind of what has it: server."`
	AutoDelete       bool              `cty:"auto_delete"       is:"else=false"       doc:"Whether it goes with the server that has it."`
	Labels           map[string]string `cty:"labels"            is:"optional"         doc:"Labels of the user."`
	DeleteProtection bool              `cty:"delete_protection" is:"else=false"       doc:"Whether the API, and a plan, refuse to delete it."`
	IPAddress        string            `cty:"ip_address"        is:"computed"         doc:"The address; of ipv6 that of the network."`
	IPNetwork        string            `cty:"ip_network"        is:"computed"         doc:"The network in CIDR notation, of ipv6."`
}

const primaryIPExample = `resource "hcloud_primary_ip" "example" {
  name     = "api"
  type     = "ipv4"
  location = "fsn1"
}`

var primaryIPType = providers.Resource[*client, primaryIP]{
	Type:      "hcloud_primary_ip",
	Doc:       "A public address that a server has on its own interface.",
	Holds:     "the address, which others may know",
	Create:    createPrimaryIP,
	Read:      readPrimaryIP,
	Update:    updatePrimaryIP,
	Delete:    deletePrimaryIP,
	Find:      findPrimaryIP,
	List:      listPrimaryIPs,
	Mark:      providers.InLabels,
	Check:     checkPrimaryIP,
	Protected: func(x primaryIP) error { return protected(x.DeleteProtection) },
	Lock:      func(x primaryIP) string { return serverLock(x.AssigneeID) },
	Natural:   func(x primaryIP) string { return x.Name },
	// The API makes these with a server and deletes them with it.
	Given: func(x primaryIP) bool { return x.AutoDelete && strings.HasPrefix(x.Name, addressPrefix) },
	Explain: map[string]string{
		"type":     "an address of the other kind is another address",
		"location": "an address belongs to its location",
	},
	Examples: []string{
		primaryIPExample,
		`resource "hcloud_primary_ip" "example" {
  name        = "api-v2"
  type        = "ipv4"
  location    = "fsn1"
  auto_delete = true
  labels      = { team = "ml" }
}`,
		`resource "hcloud_primary_ip" "example" {
  name     = "api-v2"
  type     = "ipv6"
  location = "hel1"
}`,
	},
}

func createPrimaryIP(ctx context.Context, c *client, x *primaryIP, a providers.Attempt) error {
	o := hcloud.PrimaryIPCreateOpts{Name: x.Name, Type: hcloud.PrimaryIPType(x.Type), AutoDelete: &x.AutoDelete, Labels: marked(x.Labels, a)}
	if x.AssigneeID != 0 {
		id := int64(x.AssigneeID)
		o.AssigneeID, o.AssigneeType = &id, "server"
	} else {
		o.Location = x.Location
	}
	got, resp, err := c.PrimaryIP.Create(ctx, o)
	if err != nil {
		return err
	}
	protect := x.DeleteProtection
	if err := x.fill(got.PrimaryIP); err != nil {
		return err
	}
	return followed(protect, started(got.Action, resp, nil))
}

func readPrimaryIP(ctx context.Context, c *client, x *primaryIP) error {
	got, err := fetchPrimaryIP(ctx, c, x.ID)
	if err != nil {
		return err
	}
	return x.fill(got)
}

// updatePrimaryIP starts the first change that is not made yet. Which server has the
// address concerns it only if that is to change: the server may have seen to it.
func updatePrimaryIP(ctx context.Context, c *client, was primaryIP, x *primaryIP) error {
	x.ID = was.ID
	now, err := fetchPrimaryIP(ctx, c, was.ID)
	if err != nil {
		return err
	}
	labels := withMarks(x.Labels, now.Labels)
	got, _, err := c.PrimaryIP.Update(ctx, now, hcloud.PrimaryIPUpdateOpts{Name: x.Name, Labels: &labels, AutoDelete: &x.AutoDelete})
	if err != nil {
		return gone(err)
	}
	want := int64(x.AssigneeID)
	moves := was.AssigneeID != x.AssigneeID && got.AssigneeID != want
	switch {
	case got.Protection.Delete != x.DeleteProtection:
		return more(c.PrimaryIP.ChangeProtection(ctx, hcloud.PrimaryIPChangeProtectionOpts{ID: got.ID, Delete: x.DeleteProtection}))
	case moves && got.AssigneeID != 0:
		return more(c.PrimaryIP.Unassign(ctx, got.ID))
	case moves:
		return more(c.PrimaryIP.Assign(ctx, hcloud.PrimaryIPAssignOpts{ID: got.ID, AssigneeID: want, AssigneeType: "server"}))
	}
	return x.fill(got)
}

// deletePrimaryIP takes the address from its server first, which is off for that
// while.
func deletePrimaryIP(ctx context.Context, c *client, x primaryIP) error {
	got, err := fetchPrimaryIP(ctx, c, x.ID)
	if err != nil {
		return err
	}
	if got.AssigneeID != 0 {
		return gone(release(ctx, c, got))
	}
	if err := restart(ctx, c, got); err != nil {
		return err
	}
	_, err = c.PrimaryIP.Delete(ctx, got)
	return gone(err)
}

func findPrimaryIP(ctx context.Context, c *client, x *primaryIP, a providers.Attempt) (bool, error) {
	return born(ctx, c.listPrimaryIPs, x, a, (*primaryIP).fill, func(x *primaryIP) string { return x.ID })
}

func listPrimaryIPs(ctx context.Context, c *client, _ primaryIP) iter.Seq2[primaryIP, error] {
	return pages(ctx, c.listPrimaryIPs, "", (*primaryIP).fill)
}

func (x *primaryIP) fill(got *hcloud.PrimaryIP) error {
	x.ID, x.Name, x.Type, x.Location = text(got.ID), got.Name, string(got.Type), got.Location.Name
	x.AssigneeID, x.AssigneeType = int(got.AssigneeID), got.AssigneeType
	x.AutoDelete, x.DeleteProtection = got.AutoDelete, got.Protection.Delete
	x.IPAddress, x.IPNetwork = got.IP.String(), ""
	if got.Network != nil {
		x.IPNetwork = got.Network.String()
	}
	x.Labels, x.Owner = userLabels(got.Labels)
	return nil
}

func (c *client) listPrimaryIPs(ctx context.Context, o hcloud.ListOpts) ([]*hcloud.PrimaryIP, *hcloud.Response, error) {
	return c.PrimaryIP.List(ctx, hcloud.PrimaryIPListOpts{ListOpts: o})
}

func fetchPrimaryIP(ctx context.Context, c *client, id string) (*hcloud.PrimaryIP, error) {
	return byID(ctx, id, c.PrimaryIP.GetByID)
}

func checkPrimaryIP(was *primaryIP, want primaryIP) error {
	switch {
	case want.Name == "":
		return errors.New("name must not be empty")
	case want.Type != string(hcloud.PrimaryIPTypeIPv4) && want.Type != string(hcloud.PrimaryIPTypeIPv6):
		return fmt.Errorf("type %q is neither ipv4 nor ipv6", want.Type)
	case was == nil && want.Location == "" && want.AssigneeID == 0:
		return errors.New("location or assignee_id has to be set")
	case want.AssigneeType != "" && want.AssigneeType != "server":
		return fmt.Errorf("assignee_type %q is not known: write server, the only kind there is", want.AssigneeType)
	}
	return checkLabels(want.Labels)
}
