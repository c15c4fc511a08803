package digitalocean

import (
	"context"
	"fmt"
	"iter"
	"net/netip"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type reservedIPv6 struct {
	ID         string `cty:"id"          is:"computed"         doc:"The address itself."`
	RegionSlug string `cty:"region_slug" is:"required,replace" doc:"Slug of the region, such as nyc3."`
	IP         string `cty:"ip"          is:"computed"         doc:"The address itself."`
	DropletID  int    `cty:"droplet_id"  is:"computed"         doc:"Id of the droplet that gets its traffic; 0 for none."`
	URN        string `cty:"urn"         is:"computed"         doc:"Uniform resource name."`
}

var reservedIPv6Type = providers.Resource[*client, reservedIPv6]{
	Type:   "digitalocean_reserved_ipv6",
	Doc:    "A public IPv6 address that can move between droplets.",
	Create: createReservedIPv6,
	Read:   readReservedIPv6,
	Delete: deleteReservedIPv6,
	List:   listReservedIPv6s,
	Normal: func(x *reservedIPv6) { x.RegionSlug = strings.ToLower(x.RegionSlug) },
	Examples: []string{
		`resource "digitalocean_reserved_ipv6" "example" {
  region_slug = "nyc3"
}`,
		`resource "digitalocean_reserved_ipv6" "example" {
  region_slug = "ams3"
}`,
	},
}

func createReservedIPv6(ctx context.Context, c *client, x *reservedIPv6, _ providers.Attempt) error {
	got, _, err := c.ReservedIPV6s.Create(ctx, &godo.ReservedIPV6CreateRequest{Region: x.RegionSlug})
	if err != nil {
		return err
	}
	return x.fill(got)
}

func readReservedIPv6(ctx context.Context, c *client, x *reservedIPv6) error {
	got, _, err := c.ReservedIPV6s.Get(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	return x.fill(got)
}

// deleteReservedIPv6 takes the address off its droplet, which takes a moment
// during which the API refuses to delete it.
func deleteReservedIPv6(ctx context.Context, c *client, x reservedIPv6) error {
	got, _, err := c.ReservedIPV6s.Get(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	if got.Droplet != nil {
		if _, _, err := c.ReservedIPV6Actions.Unassign(ctx, x.ID); err != nil && classify(err).Kind != providers.Fatal {
			return gone(err)
		}
	}
	_, err = c.ReservedIPV6s.Delete(ctx, x.ID)
	if got.Droplet != nil && classify(err).Kind == providers.Fatal && err != nil {
		return &busyError{err: err, message: fmt.Sprintf("%s is being taken off droplet %d, and cannot be deleted until that is done", x.ID, got.Droplet.ID)}
	}
	return gone(err)
}

func listReservedIPv6s(ctx context.Context, c *client, _ reservedIPv6) iter.Seq2[reservedIPv6, error] {
	return pages(ctx, c.ReservedIPV6s.List, (*reservedIPv6).fill)
}

func (x *reservedIPv6) fill(got *godo.ReservedIPV6) error {
	x.ID, x.IP, x.RegionSlug, x.URN, x.DropletID = got.IP, got.IP, got.RegionSlug, got.URN(), 0
	if got.Droplet != nil {
		x.DropletID = got.Droplet.ID
	}
	return nil
}

// sameAddress reports whether two texts are one address: IPv6 has many spellings.
func sameAddress(a, b string) bool {
	x, err := netip.ParseAddr(a)
	y, other := netip.ParseAddr(b)
	return a == b || err == nil && other == nil && x == y
}
