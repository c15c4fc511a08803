package hcloud

import (
	"context"
	"fmt"
	"iter"
	"net"
	"net/netip"
	"slices"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type networkRoute struct {
	ID          string `cty:"id"          is:"computed"         doc:"Number of the network, a dash, destination of the route."`
	NetworkID   int    `cty:"network_id"  is:"required,replace,ref=hcloud_network" doc:"Number of the network."`
	Destination string `cty:"destination" is:"required,replace" doc:"Range in CIDR notation; 0.0.0.0/0 is the internet."`
	Gateway     string `cty:"gateway"     is:"required,replace" doc:"Private address of the server that it leads to."`
}

var networkRouteType = providers.Resource[*client, networkRoute]{
	Type:   "hcloud_network_route",
	Doc:    "A route of a private network: where servers send what is for others.",
	Create: createNetworkRoute,
	Read:   readNetworkRoute,
	Delete: deleteNetworkRoute,
	List:   listNetworkRoutes,
	Check:  checkNetworkRoute,
	// No two have the same destination.
	Unique:  true,
	Lock:    func(x networkRoute) string { return networkLock(fmt.Sprint(x.NetworkID)) },
	Natural: func(x networkRoute) string { return natural(x.NetworkID, x.Destination) },
	Explain: map[string]string{
		"gateway": "a route cannot be changed, and there is none until the new one is made",
	},
	Examples: []string{
		networkSubnetExample + `

resource "hcloud_network_route" "example" {
  network_id  = hcloud_network.example.id
  destination = "10.100.1.0/24"
  gateway     = "10.0.1.5"
}`,
		networkSubnetExample + `

resource "hcloud_network_route" "example" {
  network_id  = hcloud_network.example.id
  destination = "0.0.0.0/0"
  gateway     = "10.0.1.5"
}`,
		networkSubnetExample + `

resource "hcloud_network_route" "example" {
  network_id  = hcloud_network.example.id
  destination = "0.0.0.0/0"
  gateway     = "10.0.1.6"
}`,
	},
}

func createNetworkRoute(ctx context.Context, c *client, x *networkRoute, _ providers.Attempt) error {
	n := &hcloud.Network{ID: int64(x.NetworkID)}
	action, resp, err := c.Network.AddRoute(ctx, n, hcloud.NetworkAddRouteOpts{Route: x.route()})
	if err == nil {
		x.ID = partID(n.ID, x.Destination)
	}
	return started(action, resp, err)
}

func readNetworkRoute(ctx context.Context, c *client, x *networkRoute) error {
	got, destination, err := fetchPart(ctx, c, x.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(got.Routes, func(r hcloud.NetworkRoute) bool { return r.Destination.String() == destination })
	if i < 0 {
		return providers.ErrGone
	}
	x.fill(got.ID, &got.Routes[i])
	return nil
}

func deleteNetworkRoute(ctx context.Context, c *client, x networkRoute) error {
	n := &hcloud.Network{ID: int64(x.NetworkID)}
	action, resp, err := c.Network.DeleteRoute(ctx, n, hcloud.NetworkDeleteRouteOpts{Route: x.route()})
	return started(action, resp, gone(err))
}

// listNetworkRoutes lists those of all networks, whose list the refresh shares.
func listNetworkRoutes(ctx context.Context, c *client, _ networkRoute) iter.Seq2[networkRoute, error] {
	return ofNetworks(ctx, c, func(n network, id int64) []networkRoute {
		var list []networkRoute
		for _, r := range n.routes {
			var x networkRoute
			x.fill(id, &r)
			list = append(list, x)
		}
		return list
	})
}

func (x *networkRoute) fill(network int64, got *hcloud.NetworkRoute) {
	x.ID, x.NetworkID = partID(network, got.Destination.String()), int(network)
	x.Destination, x.Gateway = got.Destination.String(), address(got.Gateway)
}

func (x *networkRoute) route() hcloud.NetworkRoute {
	return hcloud.NetworkRoute{Destination: ipNet(x.Destination), Gateway: net.ParseIP(x.Gateway)}
}

func checkNetworkRoute(_ *networkRoute, want networkRoute) error {
	p, err := netip.ParsePrefix(want.Destination)
	switch {
	case err != nil || !p.Addr().Is4():
		return fmt.Errorf("destination %q is no IPv4 range in CIDR notation such as 10.100.1.0/24", want.Destination)
	case p != p.Masked():
		return fmt.Errorf("destination %q does not begin at its first address: write %s", want.Destination, p.Masked())
	}
	return checkIPv4("gateway", want.Gateway)
}
