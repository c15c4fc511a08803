package server

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// tableName is what numbers and names of routing tables look like.
var tableName = providers.NewPattern(`^[a-z0-9][a-z0-9_-]{0,30}$`)

// checkWireguardInterface refuses what WireGuard takes and then does not do as
// people expect, beside what is wrong.
func checkWireguardInterface(_ *serverWireguardInterface, x serverWireguardInterface) error {
	if err := checkInterfaceName(x.Name); err != nil {
		return err
	}
	if err := checkWireguardKey("public_key", x.PublicKey); err != nil {
		return err
	}
	tunnel, err := x.tunnel()
	switch {
	case err != nil:
		return err
	case x.ListenPort < 0 || x.ListenPort > 65535:
		return fmt.Errorf("listen_port %d is none of 1 to 65535", x.ListenPort)
	case x.Table != "" && !x.Routes:
		return fmt.Errorf("table %s is for routes, and routes is false: drop one of the two", x.Table)
	case x.Table == "off" || x.Table == "auto" || x.Table != "" && !tableName.MatchString(x.Table):
		return fmt.Errorf("table %q is no number or name of a routing table; set routes = false for no routes", x.Table)
	}
	if err := x.checkMTU(tunnel); err != nil {
		return err
	}
	if err := x.checkPeers(tunnel); err != nil {
		return err
	}
	for _, f := range x.Forwarding {
		if err := f.check(tunnel, x.Peers); err != nil {
			return err
		}
	}
	return nil
}

// tunnel returns the ranges of the addresses.
func (x serverWireguardInterface) tunnel() ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, a := range x.Addresses {
		p, err := netip.ParsePrefix(a)
		if err != nil {
			return nil, fmt.Errorf("addresses: %q is no address with the size of its range such as 10.99.0.1/24", a)
		}
		if p.Addr() == p.Masked().Addr() && p.Bits() < p.Addr().BitLen()-1 && p.Addr().Is4() {
			return nil, fmt.Errorf("addresses: %s is a range: write an address in it, such as %s/%d", a, p.Addr().Next(), p.Bits())
		}
		all = append(all, p.Masked())
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("addresses: %s needs one, such as 10.99.0.1/24", x.Name)
	}
	return all, nil
}

func (x serverWireguardInterface) checkMTU(tunnel []netip.Prefix) error {
	if x.MTU == 0 {
		return nil
	}
	least := 576
	for _, t := range tunnel {
		if t.Addr().Is6() {
			least = 1280
		}
	}
	if x.MTU < least || x.MTU > 65455 {
		return fmt.Errorf("mtu %d is none of %d to 65455", x.MTU, least)
	}
	return nil
}

// checkPeers refuses peers in each other's way, and ranges in their own.
func (x serverWireguardInterface) checkPeers(tunnel []netip.Prefix) error {
	keys := map[string]bool{}
	owners := map[netip.Prefix]string{}
	for _, p := range x.Peers {
		switch {
		case p.PublicKey == x.PublicKey:
			return fmt.Errorf("peer %s has the key of %s itself: its public_key is that of the other end", p.PublicKey, x.Name)
		case keys[p.PublicKey]:
			return fmt.Errorf("peer %s stands twice: write all its allowed_ips into one", p.PublicKey)
		}
		keys[p.PublicKey] = true
		if err := p.check(); err != nil {
			return err
		}
		for _, a := range p.AllowedIPs {
			r, _ := rangeOf(a) // check has
			if other, taken := owners[r]; taken {
				return fmt.Errorf("allowed_ips %s stands at the peers %s and %s: only the last one would get it; each range has one peer", r, other, p.PublicKey)
			}
			owners[r] = p.PublicKey
			if err := x.checkAllowed(r, p, tunnel); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkAllowed refuses a range that would lead the tunnel into itself. What is
// everything has rules of its own for that.
func (x serverWireguardInterface) checkAllowed(r netip.Prefix, p wireguardPeer, tunnel []netip.Prefix) error {
	if r.Bits() == 0 {
		return nil
	}
	for _, t := range tunnel {
		if !t.IsSingleIP() && r.Bits() < t.Bits() && r.Contains(t.Addr()) {
			return fmt.Errorf("allowed_ips %s of the peer %s holds the tunnel's own range %s: choose the tunnel's range outside of what it leads to", r, p.PublicKey, t)
		}
	}
	host, _, _ := splitEndpoint(p.Endpoint)
	if addr, err := netip.ParseAddr(host); err == nil && x.Routes && x.Table == "" && r.Contains(addr) {
		return fmt.Errorf("allowed_ips %s of the peer %s holds its own endpoint %s: the tunnel would lead into itself", r, p.PublicKey, host)
	}
	return nil
}

func (p wireguardPeer) check() error {
	if err := checkWireguardKey("peer: public_key", p.PublicKey); err != nil {
		return err
	}
	if p.PresharedKey != "" {
		if err := checkWireguardKey("peer: preshared_key", p.PresharedKey); err != nil {
			return err
		}
	}
	host, port, ok := splitEndpoint(p.Endpoint)
	switch {
	case p.Endpoint == "":
	case !ok || strings.ContainsAny(host, " #'\"\n\\/@"):
		return fmt.Errorf("endpoint %q is no address and port such as 203.0.113.5:51820", p.Endpoint)
	case port < 1 || port > 65535:
		return fmt.Errorf("endpoint %q: port %d is none of 1 to 65535", p.Endpoint, port)
	}
	if p.Keepalive < 0 || p.Keepalive > 65535 {
		return fmt.Errorf("persistent_keepalive %d is none of 1 to 65535 seconds", p.Keepalive)
	}
	if len(p.AllowedIPs) == 0 {
		return fmt.Errorf("peer %s: allowed_ips is empty: nothing would go there", p.PublicKey)
	}
	for _, a := range p.AllowedIPs {
		if err := checkRange("allowed_ips", a); err != nil {
			return err
		}
	}
	return nil
}
