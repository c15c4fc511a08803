package digitalocean

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"strconv"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type reservedIPAssignment struct {
	ID        string `cty:"id"         is:"computed"         doc:"Id of the droplet, a dash, the address."`
	IPAddress string `cty:"ip_address" is:"required,replace,ref=digitalocean_reserved_ip.ip_address" doc:"The reserved address."`
	DropletID int    `cty:"droplet_id" is:"required,replace,ref=digitalocean_droplet" doc:"Id of the droplet that gets its traffic."`
}

var reservedIPAssignmentType = providers.Resource[*client, reservedIPAssignment]{
	Type:   "digitalocean_reserved_ip_assignment",
	Doc:    "The assignment of a reserved address to a droplet of its region.",
	Create: createReservedIPAssignment,
	Read:   readReservedIPAssignment,
	Delete: deleteReservedIPAssignment,
	List:   listReservedIPAssignments,
	Import: importReservedIPAssignment,
	// Terraform's id ends with a time.
	Migrate:   func(x *reservedIPAssignment) { x.fill(x.DropletID, x.IPAddress) },
	Check:     checkReservedIPAssignment,
	Lock:      func(x reservedIPAssignment) string { return dropletLock(strconv.Itoa(x.DropletID)) },
	Again:     true,
	Grace:     lag,
	ImportID:  func(x reservedIPAssignment) string { return x.IPAddress + "," + strconv.Itoa(x.DropletID) },
	Natural:   func(x reservedIPAssignment) string { return x.IPAddress },
	Redundant: true, // reserved_ip.droplet_id
	Examples: []string{
		`resource "digitalocean_droplet" "example" {
  name   = "worker"
  region = "fra1"
  size   = "s-1vcpu-1gb"
  image  = "ubuntu-24-04-x64"
}

resource "digitalocean_reserved_ip" "example" {
  region = "fra1"
}

resource "digitalocean_reserved_ip_assignment" "example" {
  ip_address = digitalocean_reserved_ip.example.ip_address
  droplet_id = digitalocean_droplet.example.id
}`,
		`resource "digitalocean_droplet" "example" {
  name   = "worker"
  region = "fra1"
  size   = "s-1vcpu-1gb"
  image  = "ubuntu-24-04-x64"
}

resource "digitalocean_droplet" "other" {
  name   = "other-worker"
  region = "fra1"
  size   = "s-1vcpu-1gb"
  image  = "ubuntu-24-04-x64"
}

resource "digitalocean_reserved_ip" "example" {
  region = "fra1"
}

resource "digitalocean_reserved_ip_assignment" "example" {
  ip_address = digitalocean_reserved_ip.example.ip_address
  droplet_id = digitalocean_droplet.other.id
}`,
	},
}

func createReservedIPAssignment(ctx context.Context, c *client, x *reservedIPAssignment, _ providers.Attempt) error {
	got, _, err := c.ReservedIPs.Get(ctx, x.IPAddress)
	if err != nil {
		return err
	}
	if assignedTo(got) != x.DropletID {
		if _, _, err := c.ReservedIPActions.Assign(ctx, x.IPAddress, x.DropletID); err != nil {
			return err
		}
	}
	x.fill(x.DropletID, x.IPAddress)
	return nil
}

func readReservedIPAssignment(ctx context.Context, c *client, x *reservedIPAssignment) error {
	got, _, err := c.ReservedIPs.Get(ctx, x.IPAddress)
	switch {
	case err != nil:
		return gone(err)
	case got.Locked:
		return providers.ErrNotReady
	case assignedTo(got) != x.DropletID:
		return providers.ErrGone
	}
	x.fill(x.DropletID, x.IPAddress)
	return nil
}

func deleteReservedIPAssignment(ctx context.Context, c *client, x reservedIPAssignment) error {
	got, _, err := c.ReservedIPs.Get(ctx, x.IPAddress)
	if err != nil {
		return gone(err)
	}
	if assignedTo(got) != x.DropletID {
		return providers.ErrGone
	}
	_, _, err = c.ReservedIPActions.Unassign(ctx, x.IPAddress)
	return gone(err)
}

func listReservedIPAssignments(ctx context.Context, c *client, _ reservedIPAssignment) iter.Seq2[reservedIPAssignment, error] {
	return func(yield func(reservedIPAssignment, error) bool) {
		for ip, err := range pages(ctx, c.ReservedIPs.List, whole[godo.ReservedIP]) {
			if err != nil {
				yield(reservedIPAssignment{}, err)
				return
			}
			if ip.Droplet == nil {
				continue
			}
			var x reservedIPAssignment
			x.fill(ip.Droplet.ID, ip.IP)
			if !yield(x, idle(&ip)) {
				return
			}
		}
	}
}

func (x *reservedIPAssignment) fill(dropletID int, ip string) {
	x.ID, x.DropletID, x.IPAddress = assignmentID(dropletID, ip), dropletID, ip
}

// assignmentID returns the id of the assignment of a reserved address.
func assignmentID(dropletID int, ip string) string { return fmt.Sprintf("%d-%s", dropletID, ip) }

// parseAssignment reads an address, a comma and a droplet, or what assignmentID
// returns.
func parseAssignment(id string) (ip string, dropletID int, err error) {
	ip, droplet, ok := strings.Cut(id, ",")
	if !ok {
		droplet, ip, _ = strings.Cut(id, "-")
	}
	if ip == "" {
		return "", 0, errors.New("no address")
	}
	dropletID, err = strconv.Atoi(droplet)
	return ip, dropletID, err
}

// importReservedIPAssignment takes the address, a comma and the droplet, or an
// id of ours.
func importReservedIPAssignment(id string) (x reservedIPAssignment, err error) {
	if x.IPAddress, x.DropletID, err = parseAssignment(id); err != nil {
		return x, fmt.Errorf("%q is not the address, a comma and the id of the droplet, such as 192.0.2.1,123456", id)
	}
	return x, nil
}

func checkReservedIPAssignment(_ *reservedIPAssignment, want reservedIPAssignment) error {
	if ip, err := netip.ParseAddr(want.IPAddress); err != nil || !ip.Is4() {
		return fmt.Errorf("ip_address %q is not an IPv4 address", want.IPAddress)
	}
	return nil
}
