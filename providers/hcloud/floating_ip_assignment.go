package hcloud

import (
	"context"
	"fmt"
	"iter"
	"strconv"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type floatingIPAssignment struct {
	ID           string `cty:"id"             is:"computed"         doc:"Number of the floating IP, which has one assignment at most."`
	FloatingIPID int    `cty:"floating_ip_id" is:"required,replace,ref=hcloud_floating_ip" doc:"Number of the floating IP."`
	ServerID     int    `cty:"server_id"      is:"required,ref=hcloud_server" doc:"Number of the server that it leads to."`
}

const floatingIPServerExample = serverExample + "\n\n" + floatingIPExample

var floatingIPAssignmentType = providers.Resource[*client, floatingIPAssignment]{
	Type:   "hcloud_floating_ip_assignment",
	Doc:    "Which server a floating IP leads to.",
	Create: createFloatingIPAssignment,
	Read:   readFloatingIPAssignment,
	Update: updateFloatingIPAssignment,
	Delete: deleteFloatingIPAssignment,
	List:   listFloatingIPAssignments,
	Import: func(id string) (x floatingIPAssignment, err error) {
		x.ID = id
		x.FloatingIPID, err = strconv.Atoi(id)
		return x, err
	},
	Lock:      func(x floatingIPAssignment) string { return serverLock(x.ServerID) },
	Again:     true,
	Natural:   func(x floatingIPAssignment) string { return natural(x.FloatingIPID) },
	Redundant: true, // floating_ip.server_id
	Examples: []string{
		floatingIPServerExample + `

resource "hcloud_floating_ip_assignment" "example" {
  floating_ip_id = hcloud_floating_ip.example.id
  server_id      = hcloud_server.example.id
}`,
		floatingIPServerExample + `

resource "hcloud_server" "other" {
  name        = "spare"
  server_type = "cx23"
  image       = "debian-12"
  location    = "nbg1"
}

resource "hcloud_floating_ip_assignment" "example" {
  floating_ip_id = hcloud_floating_ip.example.id
  server_id      = hcloud_server.other.id
}`,
		floatingIPServerExample + `

resource "hcloud_floating_ip" "other" {
  name          = "api-v6"
  type          = "ipv6"
  home_location = "fsn1"
}

resource "hcloud_floating_ip_assignment" "example" {
  floating_ip_id = hcloud_floating_ip.other.id
  server_id      = hcloud_server.example.id
}`,
	},
}

func createFloatingIPAssignment(ctx context.Context, c *client, x *floatingIPAssignment, _ providers.Attempt) error {
	got, _, err := c.FloatingIP.GetByID(ctx, int64(x.FloatingIPID))
	if err == nil && got == nil {
		err = fmt.Errorf("floating_ip_id is %d, there is no such floating IP", x.FloatingIPID)
	}
	if err != nil {
		return err
	}
	if err = c.leadTo(ctx, got, x.ServerID); err == nil || providers.OperationOf(err) != "" {
		x.ID = text(got.ID)
	}
	return err
}

// leadTo makes an address lead to a server, wherever it leads now.
func (c *client) leadTo(ctx context.Context, got *hcloud.FloatingIP, server int) error {
	if numberOf(got.Server) == server {
		return nil
	}
	return started(c.FloatingIP.Assign(ctx, got, serverOf(server)))
}

func readFloatingIPAssignment(ctx context.Context, c *client, x *floatingIPAssignment) error {
	got, err := fetchFloatingIP(ctx, c, strconv.Itoa(x.FloatingIPID))
	switch {
	case err != nil:
		return err
	case got.Server == nil:
		return providers.ErrGone
	}
	x.ID, x.FloatingIPID, x.ServerID = text(got.ID), int(got.ID), numberOf(got.Server)
	return nil
}

func updateFloatingIPAssignment(ctx context.Context, c *client, was floatingIPAssignment, x *floatingIPAssignment) error {
	x.ID = was.ID
	got, err := fetchFloatingIP(ctx, c, x.ID)
	if err != nil {
		return err
	}
	return gone(c.leadTo(ctx, got, x.ServerID))
}

// deleteFloatingIPAssignment leaves an address that leads elsewhere by now.
func deleteFloatingIPAssignment(ctx context.Context, c *client, x floatingIPAssignment) error {
	got, err := fetchFloatingIP(ctx, c, strconv.Itoa(x.FloatingIPID))
	switch {
	case err != nil:
		return err
	case numberOf(got.Server) != x.ServerID:
		return providers.ErrGone
	}
	return gone(started(c.FloatingIP.Unassign(ctx, got)))
}

func listFloatingIPAssignments(ctx context.Context, c *client, _ floatingIPAssignment) iter.Seq2[floatingIPAssignment, error] {
	return partsOf(ctx, c, floatingIPType, func(f floatingIP) []floatingIPAssignment {
		if f.ServerID == 0 {
			return nil
		}
		id, _ := strconv.Atoi(f.ID) // which was made of a number
		return []floatingIPAssignment{{ID: f.ID, FloatingIPID: id, ServerID: f.ServerID}}
	})
}
