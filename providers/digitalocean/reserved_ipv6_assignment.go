package digitalocean

import (
	"context"
	"fmt"
	"iter"
	"net/netip"
	"strconv"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type reservedIPv6Assignment struct {
	ID        string `cty:"id"         is:"computed"         doc:"Id of the droplet, a dash, the address."`
	IP        string `cty:"ip"         is:"required,replace,ref=digitalocean_reserved_ipv6.ip" doc:"The reserved address."`
	DropletID int    `cty:"droplet_id" is:"required,replace,ref=digitalocean_droplet" doc:"Id of the droplet, with ipv6 = true, that gets its traffic."`
}

var reservedIPv6AssignmentType = providers.Resource[*client, reservedIPv6Assignment]{
	Type:   "digitalocean_reserved_ipv6_assignment",
	Doc:    "The assignment of a reserved IPv6 address to a droplet of its region.",
	Create: createReservedIPv6Assignment,
	Read:   readReservedIPv6Assignment,
	Delete: deleteReservedIPv6Assignment,
	List:   listReservedIPv6Assignments,
	Import: importReservedIPv6Assignment,
	// Terraform's id ends with a time.
	Migrate: func(x *reservedIPv6Assignment) { x.fill(x.DropletID, x.IP) },
	Check:   checkReservedIPv6Assignment,
	Lock:    func(x reservedIPv6Assignment) string { return dropletLock(strconv.Itoa(x.DropletID)) },
	Again:   true,
	// The API has no word for an address that is being assigned.
	Grace:    lag,
	ImportID: func(x reservedIPv6Assignment) string { return x.IP + "," + strconv.Itoa(x.DropletID) },
	Natural:  func(x reservedIPv6Assignment) string { return x.IP },
	Examples: []string{
		`resource "digitalocean_droplet" "example" {
  name   = "worker"
  region = "nyc3"
  size   = "s-1vcpu-1gb"
  image  = "ubuntu-24-04-x64"
  ipv6   = true
}

resource "digitalocean_reserved_ipv6" "example" {
  region_slug = "nyc3"
}

resource "digitalocean_reserved_ipv6_assignment" "example" {
  ip         = digitalocean_reserved_ipv6.example.ip
  droplet_id = digitalocean_droplet.example.id
}`,
		`resource "digitalocean_droplet" "example" {
  name   = "worker"
  region = "nyc3"
  size   = "s-1vcpu-1gb"
  image  = "ubuntu-24-04-x64"
  ipv6   = true
}

resource "digitalocean_droplet" "other" {
  name   = "other-worker"
  region = "nyc3"
  size   = "s-1vcpu-1gb"
  image  = "ubuntu-24-04-x64"
  ipv6   = true
}

resource "digitalocean_reserved_ipv6" "example" {
  region_slug = "nyc3"
}

resource "digitalocean_reserved_ipv6_assignment" "example" {
  ip         = digitalocean_reserved_ipv6.example.ip
  droplet_id = digitalocean_droplet.other.id
}`,
	},
}

func createReservedIPv6Assignment(ctx context.Context, c *client, x *reservedIPv6Assignment, _ providers.Attempt) error {
	got, _, err := c.ReservedIPV6s.Get(ctx, x.IP)
	if err != nil {
		return err
	}
	if !isAssigned(got, x.DropletID) {
		if _, _, err := c.ReservedIPV6Actions.Assign(ctx, x.IP, x.DropletID); err != nil {
			return err
		}
	}
	x.fill(x.DropletID, x.IP)
	return nil
}

func readReservedIPv6Assignment(ctx context.Context, c *client, x *reservedIPv6Assignment) error {
	got, _, err := c.ReservedIPV6s.Get(ctx, x.IP)
	switch {
	case err != nil:
		return gone(err)
	case !isAssigned(got, x.DropletID):
		return providers.ErrGone
	}
	x.fill(x.DropletID, x.IP)
	return nil
}

func deleteReservedIPv6Assignment(ctx context.Context, c *client, x reservedIPv6Assignment) error {
	got, _, err := c.ReservedIPV6s.Get(ctx, x.IP)
	if err != nil {
		return gone(err)
	}
	if !isAssigned(got, x.DropletID) {
		return providers.ErrGone
	}
	_, _, err = c.ReservedIPV6Actions.Unassign(ctx, x.IP)
	return gone(err)
}

func listReservedIPv6Assignments(ctx context.Context, c *client, _ reservedIPv6Assignment) iter.Seq2[reservedIPv6Assignment, error] {
	return func(yield func(reservedIPv6Assignment, error) bool) {
		for ip, err := range pages(ctx, c.ReservedIPV6s.List, whole[godo.ReservedIPV6]) {
			var x reservedIPv6Assignment
			if err != nil {
				yield(x, err)
				return
			}
			if ip.Droplet == nil {
				continue
			}
			if x.fill(ip.Droplet.ID, ip.IP); !yield(x, nil) {
				return
			}
		}
	}
}

func isAssigned(got *godo.ReservedIPV6, dropletID int) bool {
	return got.Droplet != nil && got.Droplet.ID == dropletID
}

func (x *reservedIPv6Assignment) fill(dropletID int, ip string) {
	x.ID, x.DropletID, x.IP = assignmentID(dropletID, ip), dropletID, ip
}

// importReservedIPv6Assignment takes the address, a comma and the droplet, or an
// id of ours.
func importReservedIPv6Assignment(id string) (x reservedIPv6Assignment, err error) {
	if x.IP, x.DropletID, err = parseAssignment(id); err != nil {
		return x, fmt.Errorf("%q is not the address, a comma and the id of the droplet, such as 2001:db8::1,123456", id)
	}
	return x, nil
}

func checkReservedIPv6Assignment(_ *reservedIPv6Assignment, want reservedIPv6Assignment) error {
	if ip, err := netip.ParseAddr(want.IP); err != nil || !ip.Is6() {
		return fmt.Errorf("ip %q is not an IPv6 address", want.IP)
	}
	return nil
}
