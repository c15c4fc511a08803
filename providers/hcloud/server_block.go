package hcloud

import (
	"context"
	"net"
	"slices"
	"strings"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type publicNet struct {
	IPv4Enabled bool `cty:"ipv4_enabled" is:"else=true" doc:"Whether it has a public IPv4 address."`
	IPv6Enabled bool `cty:"ipv6_enabled" is:"else=true" doc:"Whether it has a public IPv6 network."`
	IPv4        int  `cty:"ipv4" is:"default,after=ipv4_enabled,ref=hcloud_primary_ip" doc:"Number of the IPv4 address; a new one that goes with it if absent."`
	IPv6        int  `cty:"ipv6" is:"default,after=ipv6_enabled,ref=hcloud_primary_ip" doc:"Number of the IPv6 network; a new one that goes with it if absent."`
}

type serverNet struct {
	NetworkID  int      `cty:"network_id"  is:"default,ref=hcloud_network"         doc:"Number of the network."`
	SubnetID   string   `cty:"subnet_id"   is:"default,ref=hcloud_network_subnet"  doc:"Id of the subnet; any of the network if absent."`
	IP         string   `cty:"ip"          is:"default"                            doc:"Address in the network; chosen by the API if absent."`
	AliasIPs   []string `cty:"alias_ips"   is:"default,set"                        doc:"More addresses in the network."`
	MACAddress string   `cty:"mac_address" is:"computed"                           doc:"MAC address of the interface."`
}

// publicNetOf shows what public addresses a server has.
func publicNetOf(got *hcloud.Server) publicNet {
	n := got.PublicNet
	return publicNet{IPv4Enabled: n.IPv4.ID != 0, IPv6Enabled: n.IPv6.ID != 0, IPv4: int(n.IPv4.ID), IPv6: int(n.IPv6.ID)}
}

// netsOf shows the networks that a server is in. The API does not show the subnets by
// which they were named.
func netsOf(got *hcloud.Server, named []serverNet) []serverNet {
	list := []serverNet{}
	for _, n := range got.PrivateNet {
		x := serverNet{NetworkID: int(n.Network.ID), IP: address(n.IP), AliasIPs: texts(n.Aliases), MACAddress: n.MACAddress}
		x.SubnetID = x.namedIn(named)
		list = append(list, x)
	}
	return list
}

// namedIn returns the subnet by which one of the blocks names the network of x, if the
// address of x is in it.
func (x serverNet) namedIn(named []serverNet) string {
	for _, n := range named {
		if n.SubnetID != "" && n.network() == x.network() && (x.IP == "" || n.holds(x.IP)) {
			return n.SubnetID
		}
	}
	return ""
}

// nameSubnets completes what a server has in networks, where that is missing, with the
// subnets that its addresses are in.
func nameSubnets(ctx context.Context, c *client, nets []serverNet) error {
	if !slices.ContainsFunc(nets, func(n serverNet) bool { return n.SubnetID == "" }) {
		return nil
	}
	subnets, err := gathered(providers.All(ctx, c, networkSubnetType, networkSubnet{}))
	for i, n := range nets {
		for _, s := range subnets {
			if n.SubnetID == "" && s.NetworkID == n.NetworkID && ipNet(s.IPRange).Contains(net.ParseIP(n.IP)) {
				nets[i].SubnetID = s.ID
			}
		}
	}
	return err
}

// network is the number of the network that x names in either way; 0 for none.
func (x serverNet) network() int {
	if id, _, err := splitPart(x.SubnetID); err == nil {
		return int(id)
	}
	return x.NetworkID
}

// holds reports whether an address is in the subnet that x names, which may be any.
func (x serverNet) holds(ip string) bool {
	_, ipRange, err := splitPart(x.SubnetID)
	return err != nil || ipNet(ipRange).Contains(net.ParseIP(ip))
}

// plain reports whether x says nothing but the network.
func (x serverNet) plain() bool { return x.SubnetID == "" && x.IP == "" && len(x.AliasIPs) == 0 }

// attachment asks for what x says.
func (x serverNet) attachment() hcloud.ServerAttachToNetworkOpts {
	o := hcloud.ServerAttachToNetworkOpts{Network: &hcloud.Network{ID: int64(x.network())}, IP: net.ParseIP(x.IP), AliasIPs: addresses(x.AliasIPs)}
	if _, ipRange, err := splitPart(x.SubnetID); err == nil {
		o.IPRange = ipNet(ipRange)
	}
	return o
}

// texts returns addresses as attributes have them.
func texts(ips []net.IP) []string {
	list := []string{}
	for _, ip := range ips {
		list = append(list, ip.String())
	}
	slices.Sort(list)
	return list
}

// addresses returns texts, which have been checked, as the SDK has them.
func addresses(list []string) []net.IP {
	var ips []net.IP
	for _, text := range list {
		ips = append(ips, net.ParseIP(strings.TrimSpace(text)))
	}
	return ips
}
