package hcloud

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type networkSubnet struct {
	ID          string `cty:"id"           is:"computed"         doc:"Number of the network, a dash, range of the subnet."`
	NetworkID   int    `cty:"network_id"   is:"required,replace,ref=hcloud_network" doc:"Number of the network."`
	Type        string `cty:"type"         is:"required,replace" doc:"Kind: cloud, server, its old name, or vswitch."`
	NetworkZone string `cty:"network_zone" is:"required,replace" doc:"Zone whose locations are in it, such as eu-central."`
	IPRange     string `cty:"ip_range"     is:"required,replace" doc:"Part of the range of the network, in CIDR notation."`
	VSwitchID   int    `cty:"vswitch_id"   is:"optional,replace" doc:"Number of the vSwitch, for the kind vswitch."`
	Gateway     string `cty:"gateway"      is:"computed"         doc:"Address of the gateway."`
}

const networkSubnetExample = networkExample + `

resource "hcloud_network_subnet" "example" {
  network_id   = hcloud_network.example.id
  type         = "cloud"
  network_zone = "eu-central"
  ip_range     = "10.0.1.0/24"
}`

var networkSubnetType = providers.Resource[*client, networkSubnet]{
	Type:   "hcloud_network_subnet",
	Doc:    "A part of a private network that servers can be in.",
	Create: createNetworkSubnet,
	Read:   readNetworkSubnet,
	Delete: deleteNetworkSubnet,
	List:   listNetworkSubnets,
	Check:  checkNetworkSubnet,
	// No two have the same range.
	Unique: true,
	Lock:   func(x networkSubnet) string { return networkLock(fmt.Sprint(x.NetworkID)) },
	Natural: func(x networkSubnet) string {
		return natural(x.NetworkID, x.IPRange)
	},
	Explain: map[string]string{
		"ip_range":     "a subnet cannot be changed; add another one, and move the servers",
		"network_zone": "a subnet cannot move to another zone; add another one",
	},
	Examples: []string{
		networkSubnetExample,
		networkExample + `

resource "hcloud_network_subnet" "example" {
  network_id   = hcloud_network.example.id
  type         = "cloud"
  network_zone = "us-east"
  ip_range     = "10.0.2.0/24"
}`,
		networkExample + `

resource "hcloud_network_subnet" "example" {
  network_id   = hcloud_network.example.id
  type         = "vswitch"
  network_zone = "eu-central"
  ip_range     = "10.0.2.0/24"
  vswitch_id   = 4711
}`,
	},
}

func createNetworkSubnet(ctx context.Context, c *client, x *networkSubnet, _ providers.Attempt) error {
	n := &hcloud.Network{ID: int64(x.NetworkID)}
	action, resp, err := c.Network.AddSubnet(ctx, n, hcloud.NetworkAddSubnetOpts{Subnet: hcloud.NetworkSubnet{
		Type: hcloud.NetworkSubnetType(x.Type), IPRange: ipNet(x.IPRange), NetworkZone: hcloud.NetworkZone(x.NetworkZone), VSwitchID: int64(x.VSwitchID),
	}})
	if err == nil {
		x.ID = partID(n.ID, x.IPRange)
	}
	return started(action, resp, err)
}

func readNetworkSubnet(ctx context.Context, c *client, x *networkSubnet) error {
	got, ipRange, err := fetchPart(ctx, c, x.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(got.Subnets, func(s hcloud.NetworkSubnet) bool { return s.IPRange.String() == ipRange })
	if i < 0 {
		return providers.ErrGone
	}
	x.fill(got.ID, &got.Subnets[i])
	return nil
}

// deleteNetworkSubnet is refused while servers are in it: classify says busy.
func deleteNetworkSubnet(ctx context.Context, c *client, x networkSubnet) error {
	id, ipRange, err := splitPart(x.ID)
	if err != nil {
		return err
	}
	subnet := hcloud.NetworkSubnet{IPRange: ipNet(ipRange)}
	action, resp, err := c.Network.DeleteSubnet(ctx, &hcloud.Network{ID: id}, hcloud.NetworkDeleteSubnetOpts{Subnet: subnet})
	return started(action, resp, gone(err))
}

// listNetworkSubnets lists those of all networks, whose list the refresh shares.
func listNetworkSubnets(ctx context.Context, c *client, _ networkSubnet) iter.Seq2[networkSubnet, error] {
	return ofNetworks(ctx, c, func(n network, id int64) []networkSubnet {
		var list []networkSubnet
		for _, s := range n.subnets {
			var x networkSubnet
			x.fill(id, &s)
			list = append(list, x)
		}
		return list
	})
}

func (x *networkSubnet) fill(network int64, got *hcloud.NetworkSubnet) {
	x.ID, x.NetworkID = partID(network, got.IPRange.String()), int(network)
	x.Type, x.NetworkZone, x.IPRange = string(got.Type), string(got.NetworkZone), got.IPRange.String()
	x.VSwitchID, x.Gateway = int(got.VSwitchID), address(got.Gateway)
}

func checkNetworkSubnet(_ *networkSubnet, want networkSubnet) error {
	switch {
	case !slices.Contains([]string{"cloud", "server", "vswitch"}, want.Type):
		return fmt.Errorf("type %q is none of cloud, server and vswitch", want.Type)
	case want.Type == "vswitch" && want.VSwitchID == 0:
		return errors.New("type vswitch needs vswitch_id, the number that Robot shows")
	case want.Type != "vswitch" && want.VSwitchID != 0:
		return fmt.Errorf(`vswitch_id is for type = "vswitch", not for %s`, want.Type)
	case want.NetworkZone == "":
		return errors.New("network_zone must not be empty: eu-central, us-east, us-west or ap-southeast")
	}
	return checkRange("ip_range", want.IPRange, 30)
}

// ofNetworks yields what parts returns of each network.
func ofNetworks[T any](ctx context.Context, c *client, parts func(n network, id int64) []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for n, err := range providers.All(ctx, c, networkType, network{}) {
			id, bad := number(n.ID)
			if err = errors.Join(err, bad); err != nil {
				yield(*new(T), err)
				return
			}
			for _, x := range parts(n, id) {
				if !yield(x, nil) {
					return
				}
			}
		}
	}
}

// partID is the id of a part of a network, as Terraform's provider has it.
func partID(network int64, ipRange string) string { return text(network) + "-" + ipRange }

// splitPart takes the id of a part of a network apart.
func splitPart(id string) (network int64, ipRange string, err error) {
	first, ipRange, _ := strings.Cut(id, "-")
	network, err = number(first)
	p, bad := netip.ParsePrefix(ipRange)
	if err != nil || bad != nil {
		return 0, "", fmt.Errorf("id %q is not the number of a network, a dash and a range, as in 4711-10.0.1.0/24", id)
	}
	return network, p.Masked().String(), nil
}

// fetchPart returns the network that the id of a part names, and the range in it.
func fetchPart(ctx context.Context, c *client, id string) (*hcloud.Network, string, error) {
	n, ipRange, err := splitPart(id)
	if err != nil {
		return nil, "", err
	}
	got, err := there(c.Network.GetByID(ctx, n))
	return got, ipRange, err
}
