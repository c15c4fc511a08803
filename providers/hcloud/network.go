package hcloud

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"net/netip"
	"time"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type network struct {
	providers.Aside

	ID               string            `cty:"id"                       is:"computed"   doc:"Number of the network."`
	Name             string            `cty:"name"                     is:"required"   doc:"Name, unique in the project."`
	IPRange          string            `cty:"ip_range"                 is:"required"   doc:"Private IPv4 range in CIDR notation; it can only grow at its end."`
	Labels           map[string]string `cty:"labels"                   is:"optional"   doc:"Labels of the user."`
	DeleteProtection bool              `cty:"delete_protection"        is:"else=false" doc:"Whether the API, and a plan, refuse to delete it."`
	ExposeRoutes     bool              `cty:"expose_routes_to_vswitch" is:"else=false" doc:"Whether its routes are known to servers behind a vSwitch."`

	subnets []hcloud.NetworkSubnet
	routes  []hcloud.NetworkRoute
	created time.Time
}

const networkExample = `resource "hcloud_network" "example" {
  name     = "ml"
  ip_range = "10.0.0.0/16"
}`

var networkType = providers.Resource[*client, network]{
	Type:      "hcloud_network",
	Doc:       "A private network, of which subnets are parts.",
	Create:    createNetwork,
	Read:      readNetwork,
	Update:    updateNetwork,
	Delete:    deleteNetwork,
	Find:      findNetwork,
	List:      listNetworks,
	Mark:      providers.InLabels,
	Check:     checkNetwork,
	Replaces:  replacesNetwork,
	Protected: func(x network) error { return protected(x.DeleteProtection) },
	Lock:      func(x network) string { return networkLock(x.ID) },
	Natural:   func(x network) string { return x.Name },
	Explain: map[string]string{
		"ip_range": "the range of a network can grow at its end, so that it begins at the same address, and not shrink or move",
	},
	Examples: []string{
		networkExample,
		`resource "hcloud_network" "example" {
  name                     = "ml-network"
  ip_range                 = "10.0.0.0/12"
  expose_routes_to_vswitch = true
  labels                   = { team = "ml" }
}`,
		`resource "hcloud_network" "example" {
  name     = "ml-network"
  ip_range = "192.168.0.0/20"
  labels   = { team = "ml" }
}`,
	},
}

// createNetwork leaves protection to an update.
func createNetwork(ctx context.Context, c *client, x *network, a providers.Attempt) error {
	protect := x.DeleteProtection
	got, _, err := c.Network.Create(ctx, hcloud.NetworkCreateOpts{
		Name: x.Name, IPRange: ipNet(x.IPRange), ExposeRoutesToVSwitch: x.ExposeRoutes, Labels: marked(x.Labels, a),
	})
	if err != nil {
		return err
	}
	return followed(protect, x.fill(got))
}

func readNetwork(ctx context.Context, c *client, x *network) error {
	got, err := fetchNetwork(ctx, c, x.ID)
	if err != nil {
		return err
	}
	return x.fill(got)
}

func updateNetwork(ctx context.Context, c *client, was network, x *network) error {
	x.ID = was.ID
	now, err := fetchNetwork(ctx, c, was.ID)
	if err != nil {
		return err
	}
	got, _, err := c.Network.Update(ctx, now, hcloud.NetworkUpdateOpts{
		Name: x.Name, Labels: withMarks(x.Labels, now.Labels), ExposeRoutesToVSwitch: &x.ExposeRoutes,
	})
	switch {
	case err != nil:
		return gone(err)
	case now.IPRange.String() != x.IPRange:
		return more(c.Network.ChangeIPRange(ctx, now, hcloud.NetworkChangeIPRangeOpts{IPRange: ipNet(x.IPRange)}))
	case now.Protection.Delete != x.DeleteProtection:
		return more(c.Network.ChangeProtection(ctx, now, hcloud.NetworkChangeProtectionOpts{Delete: &x.DeleteProtection}))
	}
	return x.fill(got)
}

func deleteNetwork(ctx context.Context, c *client, x network) error {
	id, err := number(x.ID)
	if err != nil {
		return err
	}
	_, err = c.Network.Delete(ctx, &hcloud.Network{ID: id})
	return gone(err)
}

func findNetwork(ctx context.Context, c *client, x *network, a providers.Attempt) (bool, error) {
	return born(ctx, c.listNetworks, x, a, (*network).fill, func(x *network) string { return x.ID })
}

func listNetworks(ctx context.Context, c *client, _ network) iter.Seq2[network, error] {
	return pages(ctx, c.listNetworks, "", (*network).fill)
}

func (x *network) fill(got *hcloud.Network) error {
	x.ID, x.Name, x.IPRange = text(got.ID), got.Name, got.IPRange.String()
	x.Labels, x.Owner = userLabels(got.Labels)
	x.DeleteProtection, x.ExposeRoutes = got.Protection.Delete, got.ExposeRoutesToVSwitch
	x.subnets, x.routes, x.created = got.Subnets, got.Routes, got.Created
	return nil
}

func (c *client) listNetworks(ctx context.Context, o hcloud.ListOpts) ([]*hcloud.Network, *hcloud.Response, error) {
	return c.Network.List(ctx, hcloud.NetworkListOpts{ListOpts: o})
}

func fetchNetwork(ctx context.Context, c *client, id string) (*hcloud.Network, error) {
	return byID(ctx, id, c.Network.GetByID)
}

// networkLock names a network among locks: the API changes it one call at a time.
func networkLock(id string) string {
	if id == "" || id == "0" {
		return ""
	}
	return "network " + id
}

// replacesNetwork: what begins elsewhere or ends earlier is another range.
func replacesNetwork(was, want network) []string {
	old, errOld := netip.ParsePrefix(was.IPRange)
	now, errNow := netip.ParsePrefix(want.IPRange)
	if errOld != nil || errNow != nil || now.Addr() == old.Addr() && now.Bits() <= old.Bits() {
		return nil
	}
	return []string{"ip_range"}
}

// privateRanges are those of RFC 1918.
var privateRanges = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
}

func checkNetwork(_ *network, want network) error {
	if want.Name == "" {
		return errors.New("name must not be empty")
	}
	if err := checkRange("ip_range", want.IPRange, 24); err != nil {
		return err
	}
	return checkLabels(want.Labels)
}

// checkRange refuses what is no private range with at most so many bits.
func checkRange(attr, text string, bits int) error {
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil || !p.Addr().Is4():
		return fmt.Errorf("%s %q is no IPv4 range in CIDR notation such as 10.0.0.0/16", attr, text)
	case p != p.Masked():
		return fmt.Errorf("%s %q does not begin at its first address: write %s", attr, text, p.Masked())
	case p.Bits() > bits:
		return fmt.Errorf("%s %q is too small: at least a /%d", attr, text, bits)
	}
	for _, r := range privateRanges {
		if r.Contains(p.Addr()) && p.Bits() >= r.Bits() {
			return nil
		}
	}
	return fmt.Errorf("%s %q is not private: it has to be in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16", attr, text)
}

// ipNet returns a range, which has been checked, as the SDK has it.
func ipNet(text string) *net.IPNet {
	_, n, _ := net.ParseCIDR(text)
	return n
}
