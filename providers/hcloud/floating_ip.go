package hcloud

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type floatingIP struct {
	providers.Aside

	ID               string            `cty:"id"                is:"computed"         doc:"Number of the floating IP."`
	Type             string            `cty:"type"              is:"required,replace" doc:"ipv4 or ipv6."`
	Name             string            `cty:"name"              is:"default"          doc:"Name, unique in the project; made up by the API if absent."`
	Description      string            `cty:"description"       is:"optional"         doc:"Free text."`
	HomeLocation     string            `cty:"home_location"     is:"default,replace,or=server_id" doc:"Name of the location to which it is routed best; that of server_id if absent."`
	ServerID         int               `cty:"server_id"         is:"default,ref=hcloud_server" doc:"Number of the server it leads to; 0 is none."`
	IPAddress        string            `cty:"ip_address"        is:"computed"         doc:"The address; of ipv6 the first of its network."`
	IPNetwork        string            `cty:"ip_network"        is:"computed"         doc:"Network of ipv6 in CIDR notation."`
	Labels           map[string]string `cty:"labels"            is:"optional"         doc:"Labels of the user."`
	DeleteProtection bool              `cty:"delete_protection" is:"else=false"       doc:"Whether it cannot be deleted."`
}

const floatingIPExample = `resource "hcloud_floating_ip" "example" {
  name          = "api"
  type          = "ipv4"
  home_location = "fsn1"
}`

var floatingIPType = providers.Resource[*client, floatingIP]{
	Type:      "hcloud_floating_ip",
	Doc:       "A public address that can move from server to server.",
	Holds:     "the address, which others may know",
	Create:    createFloatingIP,
	Read:      readFloatingIP,
	Update:    updateFloatingIP,
	Delete:    deleteFloatingIP,
	Find:      findFloatingIP,
	List:      listFloatingIPs,
	Mark:      providers.InLabels,
	Check:     checkFloatingIP,
	Protected: func(x floatingIP) error { return protected(x.DeleteProtection) },
	Lock:      func(x floatingIP) string { return serverLock(x.ServerID) },
	Natural:   func(x floatingIP) string { return x.Name },
	Explain: map[string]string{
		"type":          "an address of the other kind is another address",
		"home_location": "an address stays where it is routed to; it can lead to a server elsewhere all the same",
	},
	Examples: []string{
		floatingIPExample,
		serverExample + `

resource "hcloud_floating_ip" "example" {
  name        = "api-v2"
  description = "Address of the model server."
  type        = "ipv4"
  server_id   = hcloud_server.example.id
  labels      = { team = "ml" }
}`,
		`resource "hcloud_floating_ip" "example" {
  name          = "api-v2"
  type          = "ipv6"
  home_location = "fsn1"
}`,
	},
}

func createFloatingIP(ctx context.Context, c *client, x *floatingIP, a providers.Attempt) error {
	if x.HomeLocation == "" && x.ServerID == 0 {
		return errors.New("home_location or server_id has to be set")
	}
	o := hcloud.FloatingIPCreateOpts{Type: hcloud.FloatingIPType(x.Type), Name: some(x.Name), Description: &x.Description, Labels: marked(x.Labels, a)}
	if x.ServerID != 0 {
		o.Server = serverOf(x.ServerID)
	}
	if x.HomeLocation != "" {
		o.HomeLocation = &hcloud.Location{Name: x.HomeLocation}
	}
	got, resp, err := c.FloatingIP.Create(ctx, o)
	if err != nil {
		return err
	}
	protect := x.DeleteProtection
	if err := x.fill(got.FloatingIP); err != nil {
		return err
	}
	return followed(protect, started(got.Action, resp, nil))
}

func readFloatingIP(ctx context.Context, c *client, x *floatingIP) error {
	got, err := fetchFloatingIP(ctx, c, x.ID)
	if err != nil {
		return err
	}
	return x.fill(got)
}

// updateFloatingIP starts the first change that is not made yet. Which server the
// address leads to concerns it only if that is to change: an assignment may have
// seen to it.
func updateFloatingIP(ctx context.Context, c *client, was floatingIP, x *floatingIP) error {
	x.ID = was.ID
	got, err := fetchFloatingIP(ctx, c, x.ID)
	if err != nil {
		return err
	}
	labels := withMarks(x.Labels, got.Labels)
	if x.Name != "" && got.Name != x.Name || got.Description != x.Description || !maps.Equal(got.Labels, labels) {
		if err := c.renameFloatingIP(ctx, got.ID, x, labels); err != nil {
			return gone(err)
		}
		if got, err = fetchFloatingIP(ctx, c, x.ID); err != nil {
			return err
		}
	}
	moves := was.ServerID != x.ServerID && numberOf(got.Server) != x.ServerID
	switch {
	case got.Protection.Delete != x.DeleteProtection:
		err = more(c.FloatingIP.ChangeProtection(ctx, got, hcloud.FloatingIPChangeProtectionOpts{Delete: &x.DeleteProtection}))
	case moves && x.ServerID == 0:
		err = more(c.FloatingIP.Unassign(ctx, got))
	case moves:
		err = more(c.FloatingIP.Assign(ctx, got, serverOf(x.ServerID)))
	default:
		err = x.fill(got)
	}
	return gone(err)
}

// renameFloatingIP does without the SDK, which cannot take a description away.
func (c *client) renameFloatingIP(ctx context.Context, id int64, x *floatingIP, labels map[string]string) error {
	body, err := json.Marshal(struct {
		Name        string            `json:"name,omitempty"`
		Description string            `json:"description"`
		Labels      map[string]string `json:"labels"`
	}{x.Name, x.Description, labels})
	if err != nil {
		return err
	}
	req, err := c.NewRequest(ctx, "PUT", "/floating_ips/"+text(id), bytes.NewReader(body))
	if err != nil {
		return err
	}
	_, err = c.Do(req, nil)
	return err
}

// deleteFloatingIP takes it from its server first, as Terraform's provider does.
func deleteFloatingIP(ctx context.Context, c *client, x floatingIP) error {
	got, err := fetchFloatingIP(ctx, c, x.ID)
	if err != nil {
		return err
	}
	if got.Server != nil {
		return gone(more(c.FloatingIP.Unassign(ctx, got)))
	}
	_, err = c.FloatingIP.Delete(ctx, got)
	return gone(err)
}

func findFloatingIP(ctx context.Context, c *client, x *floatingIP, a providers.Attempt) (bool, error) {
	return born(ctx, c.listFloatingIPs, x, a, (*floatingIP).fill, func(x *floatingIP) string { return x.ID })
}

func listFloatingIPs(ctx context.Context, c *client, _ floatingIP) iter.Seq2[floatingIP, error] {
	return pages(ctx, c.listFloatingIPs, "", (*floatingIP).fill)
}

func (x *floatingIP) fill(got *hcloud.FloatingIP) error {
	x.ID, x.Type, x.Name, x.Description = text(got.ID), string(got.Type), got.Name, got.Description
	x.HomeLocation, x.ServerID, x.DeleteProtection = got.HomeLocation.Name, numberOf(got.Server), got.Protection.Delete
	x.IPAddress, x.IPNetwork = got.IP.String(), ""
	if got.Network != nil {
		x.IPNetwork = got.Network.String()
	}
	x.Labels, x.Owner = userLabels(got.Labels)
	return nil
}

func (c *client) listFloatingIPs(ctx context.Context, o hcloud.ListOpts) ([]*hcloud.FloatingIP, *hcloud.Response, error) {
	return c.FloatingIP.List(ctx, hcloud.FloatingIPListOpts{ListOpts: o})
}

func fetchFloatingIP(ctx context.Context, c *client, id string) (*hcloud.FloatingIP, error) {
	return byID(ctx, id, c.FloatingIP.GetByID)
}

func checkFloatingIP(_ *floatingIP, want floatingIP) error {
	if want.Type != string(hcloud.FloatingIPTypeIPv4) && want.Type != string(hcloud.FloatingIPTypeIPv6) {
		return fmt.Errorf("type %q is neither ipv4 nor ipv6", want.Type)
	}
	return checkLabels(want.Labels)
}
