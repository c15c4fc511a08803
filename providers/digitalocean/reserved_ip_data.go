package digitalocean

import (
	"context"
	"fmt"

	"github.com/mlinfra/mlinfra/providers"
)

type reservedIPLookup struct {
	ID        string `cty:"id"         is:"computed" doc:"The address itself."`
	Region    string `cty:"region"     is:"computed" doc:"Slug of the region."`
	DropletID int    `cty:"droplet_id" is:"computed" doc:"Id of the droplet that gets its traffic; 0 for none."`
	IPAddress string `cty:"ip_address" is:"required" doc:"The address."`
	URN       string `cty:"urn"        is:"computed" doc:"Uniform resource name."`
}

var reservedIPData = providers.DataSource[*client, reservedIPLookup]{
	Type: "digitalocean_reserved_ip",
	Doc:  "A reserved public IPv4 address.",
	Read: lookUpReservedIP,
	Examples: []string{
		`resource "digitalocean_reserved_ip" "example" {
  region = "fra1"
}

data "digitalocean_reserved_ip" "example" {
  ip_address = digitalocean_reserved_ip.example.ip_address
}`,
	},
}

func lookUpReservedIP(ctx context.Context, c *client, x *reservedIPLookup) error {
	got, err := chosen(providers.All(ctx, c, reservedIPType, reservedIP{}), func(got reservedIP) bool { return got.IPAddress == x.IPAddress })
	if err != nil {
		return fmt.Errorf("reserved IP %s: %w", x.IPAddress, err)
	}
	*x = reservedIPLookup{got.ID, got.Region, got.DropletID, got.IPAddress, got.URN}
	return nil
}

type reservedIPv6Lookup struct {
	ID         string `cty:"id"          is:"computed" doc:"The address itself."`
	IP         string `cty:"ip"          is:"required" doc:"The address, however it is spelled."`
	RegionSlug string `cty:"region_slug" is:"computed" doc:"Slug of the region."`
	DropletID  int    `cty:"droplet_id"  is:"computed" doc:"Id of the droplet that gets its traffic; 0 for none."`
	URN        string `cty:"urn"         is:"computed" doc:"Uniform resource name."`
}

var reservedIPv6Data = providers.DataSource[*client, reservedIPv6Lookup]{
	Type: "digitalocean_reserved_ipv6",
	Doc:  "A reserved public IPv6 address.",
	Read: lookUpReservedIPv6,
	Examples: []string{
		`resource "digitalocean_reserved_ipv6" "example" {
  region_slug = "nyc3"
}

data "digitalocean_reserved_ipv6" "example" {
  ip = digitalocean_reserved_ipv6.example.ip
}`,
	},
}

func lookUpReservedIPv6(ctx context.Context, c *client, x *reservedIPv6Lookup) error {
	got, err := chosen(providers.All(ctx, c, reservedIPv6Type, reservedIPv6{}), func(got reservedIPv6) bool { return sameAddress(got.IP, x.IP) })
	if err != nil {
		return fmt.Errorf("reserved IPv6 %s: %w", x.IP, err)
	}
	// As it is asked for, or the answer would not be what was promised.
	*x = reservedIPv6Lookup{ID: got.IP, IP: x.IP, RegionSlug: got.RegionSlug, DropletID: got.DropletID, URN: got.URN}
	return nil
}
