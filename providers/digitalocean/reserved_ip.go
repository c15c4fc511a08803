package digitalocean

import (
	"context"
	"iter"
	"strconv"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type reservedIP struct {
	ID        string `cty:"id"         is:"computed"         doc:"The address itself."`
	Region    string `cty:"region"     is:"required,replace" doc:"Slug of the region, such as fra1."`
	DropletID int    `cty:"droplet_id" is:"optional,sole,ref=digitalocean_droplet"    doc:"Id of the droplet, in the same region, that gets its traffic."`
	IPAddress string `cty:"ip_address" is:"computed"         doc:"The address itself."`
	Project   string `cty:"project" is:"optional,ref=digitalocean_project,listed=resources" doc:"Id of the project it is in; absent leaves it where it is."`
	URN       string `cty:"urn"        is:"computed"         doc:"Uniform resource name."`
}

var reservedIPType = inProject(providers.Resource[*client, reservedIP]{
	Type:   "digitalocean_reserved_ip",
	Doc:    "A public IPv4 address that can move between droplets.",
	Create: createReservedIP,
	Read:   readReservedIP,
	Update: updateReservedIP,
	Delete: deleteReservedIP,
	List:   listReservedIPs,
	Normal: func(x *reservedIP) { x.Region = strings.ToLower(x.Region) },
	Lock:   lockReservedIP,
	// Only Read knows whether the droplet is this resource's to show.
	Shallow: true,
	Examples: []string{
		`resource "digitalocean_reserved_ip" "example" {
  region = "fra1"
}`,
		`resource "digitalocean_droplet" "example" {
  name   = "worker"
  region = "fra1"
  size   = "s-1vcpu-1gb"
  image  = "ubuntu-24-04-x64"
}

resource "digitalocean_reserved_ip" "example" {
  region     = "fra1"
  droplet_id = digitalocean_droplet.example.id
}`,
		`resource "digitalocean_project" "example" {
  name = "ml"
}

resource "digitalocean_reserved_ip" "example" {
  region  = "ams3"
  project = digitalocean_project.example.id
}`,
	},
}, func(x *reservedIP) (string, *string) { return x.URN, &x.Project })

func createReservedIP(ctx context.Context, c *client, x *reservedIP, _ providers.Attempt) error {
	// The API takes the droplet or the region, not both.
	req := &godo.ReservedIPCreateRequest{DropletID: x.DropletID}
	if x.DropletID == 0 {
		req.Region = x.Region
	}
	got, _, err := c.ReservedIPs.Create(ctx, req)
	if err != nil {
		return err
	}
	x.ID, x.IPAddress, x.URN = got.IP, got.IP, got.URN()
	return nil
}

func readReservedIP(ctx context.Context, c *client, x *reservedIP) error {
	got, _, err := c.ReservedIPs.Get(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	if got.Locked {
		// Which droplet it will have shows only at the end: x keeps the one it has.
		return providers.ErrNotReady
	}
	x.fill(got)
	return nil
}

func updateReservedIP(ctx context.Context, c *client, was reservedIP, x *reservedIP) error {
	got, _, err := c.ReservedIPs.Get(ctx, was.ID)
	switch {
	case err != nil:
		return gone(err)
	case got.Locked:
		return providers.ErrAgain
	case x.DropletID == 0 && assignedTo(got) != 0 && assignedTo(got) == was.DropletID:
		return again(c.ReservedIPActions.Unassign(ctx, was.ID))
	case x.DropletID != 0 && assignedTo(got) != x.DropletID:
		return again(c.ReservedIPActions.Assign(ctx, was.ID, x.DropletID))
	}
	x.fill(got)
	return nil
}

func deleteReservedIP(ctx context.Context, c *client, x reservedIP) error {
	got, _, err := c.ReservedIPs.Get(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	if got.Droplet != nil && !got.Locked {
		// A refusal may mean that the droplet has just gone: the delete will tell.
		if _, _, err := c.ReservedIPActions.Unassign(ctx, x.ID); err != nil && classify(err).Kind != providers.Fatal {
			return gone(err)
		}
	}
	// Until it is unassigned the API refuses: classify says busy.
	_, err = c.ReservedIPs.Delete(ctx, x.ID)
	return gone(err)
}

func listReservedIPs(ctx context.Context, c *client, _ reservedIP) iter.Seq2[reservedIP, error] {
	return pages(ctx, c.ReservedIPs.List, func(x *reservedIP, got *godo.ReservedIP) error {
		x.fill(got)
		return idle(got)
	})
}

// fill shows the droplet if one is configured or nothing is known yet: else
// the assignment is a resource of its own.
func (x *reservedIP) fill(got *godo.ReservedIP) {
	if x.DropletID != 0 || x.Region == "" {
		x.DropletID = assignedTo(got)
	}
	x.ID, x.IPAddress, x.URN, x.Region = got.IP, got.IP, got.URN(), regionSlug(got.Region)
}

// idle returns ErrNotReady while the address is being assigned or unassigned.
func idle(got *godo.ReservedIP) error {
	if got.Locked {
		return providers.ErrNotReady
	}
	return nil
}

// assignedTo returns the id of the droplet that has the address, 0 for none.
func assignedTo(got *godo.ReservedIP) int {
	if got.Droplet == nil {
		return 0
	}
	return got.Droplet.ID
}

func lockReservedIP(x reservedIP) string {
	if x.DropletID == 0 {
		return ""
	}
	return dropletLock(strconv.Itoa(x.DropletID))
}
