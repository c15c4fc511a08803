package hcloud

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type lbNetwork struct {
	ID                    string `cty:"id"                      is:"computed"         doc:"Number of the load balancer, a dash, number of the network."`
	LoadBalancerID        int    `cty:"load_balancer_id"        is:"required,replace,ref=hcloud_load_balancer" doc:"Number of the load balancer."`
	NetworkID             int    `cty:"network_id"              is:"default,replace,or=subnet_id,ref=hcloud_network" doc:"Number of the network; that of subnet_id if absent."`
	SubnetID              string `cty:"subnet_id"               is:"optional,replace,blind,ref=hcloud_network_subnet" doc:"Id of the subnet that the address is from."`
	IP                    string `cty:"ip"                      is:"default,replace"  doc:"Its address in the network; any free one if absent."`
	EnablePublicInterface bool   `cty:"enable_public_interface" is:"else=true"        doc:"Whether it can be reached from the internet as well."`
}

const lbNetworkExample = loadBalancerExample + `

resource "hcloud_network" "example" {
  name     = "ml"
  ip_range = "10.0.0.0/16"
}

resource "hcloud_network_subnet" "example" {
  network_id   = hcloud_network.example.id
  type         = "cloud"
  network_zone = "eu-central"
  ip_range     = "10.0.1.0/24"
}`

var lbNetworkType = providers.Resource[*client, lbNetwork]{
	Type:   "hcloud_load_balancer_network",
	Doc:    "What a load balancer has in a private network.",
	Create: createLBNetwork,
	Read:   readLBNetwork,
	Update: updateLBNetwork,
	Delete: deleteLBNetwork,
	List:   listLBNetworks,
	Import: importLBNetwork,
	Check:  checkLBNetwork,
	Lock:   func(x lbNetwork) string { return lbLock(strconv.Itoa(x.LoadBalancerID)) },
	Again:  true,
	Natural: func(x lbNetwork) string {
		network, _, _ := x.place()
		return natural(x.LoadBalancerID, text(network))
	},
	Explain: map[string]string{
		"ip":        "a load balancer keeps its address in a network; targets that it reaches there are lost meanwhile",
		"subnet_id": "a load balancer keeps its address in a network; targets that it reaches there are lost meanwhile",
	},
	Examples: []string{
		lbNetworkExample + `

resource "hcloud_load_balancer_network" "example" {
  load_balancer_id = hcloud_load_balancer.example.id
  subnet_id        = hcloud_network_subnet.example.id
}`,
		lbNetworkExample + `

resource "hcloud_load_balancer_network" "example" {
  load_balancer_id        = hcloud_load_balancer.example.id
  subnet_id               = hcloud_network_subnet.example.id
  enable_public_interface = false
}`,
		lbNetworkExample + `

resource "hcloud_load_balancer_network" "example" {
  load_balancer_id = hcloud_load_balancer.example.id
  network_id       = hcloud_network.example.id
  ip               = "10.0.1.5"
  depends_on       = [hcloud_network_subnet.example]
}`,
	},
}

func createLBNetwork(ctx context.Context, c *client, x *lbNetwork, _ providers.Attempt) error {
	network, subnet, err := x.place()
	switch {
	case err != nil:
		return err
	case network == 0:
		return errors.New("network_id or subnet_id has to be set")
	}
	b, err := behind(ctx, c, strconv.Itoa(x.LoadBalancerID))
	if err != nil {
		return err
	}
	n := &hcloud.Network{ID: network}
	if b.PrivateNetFor(n) == nil {
		o := hcloud.LoadBalancerAttachToNetworkOpts{Network: n, IPRange: subnet}
		if x.IP != "" {
			o.IP = net.ParseIP(x.IP)
		}
		err = started(c.LoadBalancer.AttachToNetwork(ctx, b, o))
		if err != nil && providers.OperationOf(err) == "" {
			return err
		}
	}
	x.NetworkID, x.ID = int(network), lbNetworkID(b.ID, network)
	if b.PublicNet.Enabled != x.EnablePublicInterface {
		return then(err)
	}
	return err
}

// place returns the number of the network and the range of the subnet; 0 and nil for
// what is not said.
func (x lbNetwork) place() (network int64, subnet *net.IPNet, err error) {
	if x.SubnetID == "" {
		return int64(x.NetworkID), nil, nil
	}
	network, ipRange, err := splitPart(x.SubnetID)
	if err != nil {
		return 0, nil, err
	}
	return network, ipNet(ipRange), nil
}

func lbNetworkID(balancer, network int64) string { return fmt.Sprintf("%d-%d", balancer, network) }

func readLBNetwork(ctx context.Context, c *client, x *lbNetwork) error {
	b, err := fetchLoadBalancer(ctx, c, strconv.Itoa(x.LoadBalancerID))
	if err != nil {
		return err
	}
	got := b.PrivateNetFor(&hcloud.Network{ID: int64(x.NetworkID)})
	if got == nil {
		return providers.ErrGone
	}
	x.fill(b, got)
	return nil
}

// updateLBNetwork switches the public interface: all else replaces.
func updateLBNetwork(ctx context.Context, c *client, was lbNetwork, x *lbNetwork) error {
	x.ID, x.NetworkID = was.ID, was.NetworkID
	b, err := fetchLoadBalancer(ctx, c, strconv.Itoa(x.LoadBalancerID))
	if err != nil {
		return err
	}
	switch {
	case b.PublicNet.Enabled == x.EnablePublicInterface:
		return readLBNetwork(ctx, c, x)
	case x.EnablePublicInterface:
		err = started(c.LoadBalancer.EnablePublicInterface(ctx, b))
	default:
		err = started(c.LoadBalancer.DisablePublicInterface(ctx, b))
	}
	return gone(err)
}

// deleteLBNetwork leaves the public interface as it is, as Terraform's provider does.
func deleteLBNetwork(ctx context.Context, c *client, x lbNetwork) error {
	b, err := fetchLoadBalancer(ctx, c, strconv.Itoa(x.LoadBalancerID))
	if err != nil {
		return err
	}
	n := &hcloud.Network{ID: int64(x.NetworkID)}
	if b.PrivateNetFor(n) == nil {
		return providers.ErrGone
	}
	return gone(started(c.LoadBalancer.DetachFromNetwork(ctx, b, hcloud.LoadBalancerDetachFromNetworkOpts{Network: n})))
}

func listLBNetworks(ctx context.Context, c *client, _ lbNetwork) iter.Seq2[lbNetwork, error] {
	return partsOf(ctx, c, loadBalancerList, func(b *hcloud.LoadBalancer) []lbNetwork {
		all := make([]lbNetwork, len(b.PrivateNet))
		for i := range b.PrivateNet {
			all[i].fill(b, &b.PrivateNet[i])
		}
		return all
	})
}

func (x *lbNetwork) fill(b *hcloud.LoadBalancer, got *hcloud.LoadBalancerPrivateNet) {
	x.ID, x.LoadBalancerID, x.NetworkID = lbNetworkID(b.ID, got.Network.ID), int(b.ID), int(got.Network.ID)
	x.IP, x.EnablePublicInterface = address(got.IP), b.PublicNet.Enabled
}

// importLBNetwork takes Terraform's id apart, which is that of the object.
func importLBNetwork(id string) (x lbNetwork, err error) {
	first, second, _ := strings.Cut(id, "-")
	x.ID = id
	if x.LoadBalancerID, err = strconv.Atoi(first); err == nil {
		x.NetworkID, err = strconv.Atoi(second)
	}
	if err != nil {
		return x, fmt.Errorf("%q is not the number of a load balancer, a dash and the number of a network", id)
	}
	return x, nil
}

func checkLBNetwork(was *lbNetwork, want lbNetwork) error {
	network, subnet, err := want.place()
	switch {
	case err != nil:
		return fmt.Errorf("subnet_id: %w", err)
	case was == nil && want.SubnetID != "" && want.NetworkID != 0 && int(network) != want.NetworkID:
		return fmt.Errorf("subnet_id %q is of network %d, not of network_id %d: drop network_id", want.SubnetID, network, want.NetworkID)
	case want.IP == "":
		return nil
	}
	if err := checkIPv4("ip", want.IP); err != nil {
		return err
	}
	if was == nil && subnet != nil && !subnet.Contains(netip.MustParseAddr(want.IP).AsSlice()) {
		return fmt.Errorf("ip %q is not in subnet_id %q", want.IP, want.SubnetID)
	}
	return nil
}
