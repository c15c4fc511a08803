package fake

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

func reachCommands() map[string]func(p *process) int {
	return map[string]func(p *process) int{"nc": nc, "ping": ping}
}

// others returns the hosts but h.
func (h *Host) others() []*Host {
	h.cloud.mu.Lock()
	defer h.cloud.mu.Unlock()
	var all []*Host
	for _, other := range h.cloud.hosts {
		if other != h {
			all = append(all, other)
		}
	}
	return all
}

// tunnels returns the interfaces of WireGuard that are up, by name.
func (h *Host) tunnels() map[string]device {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := map[string]device{}
	for name := range h.content.Kept["wireguard"] {
		if l, ok := keptAs[link](h.content, "link", name); ok && l.Up {
			all[name], _ = keptAs[device](h.content, "wireguard", name)
		}
	}
	return all
}

// knows reports whether a peer of d has the public key.
func (d device) knows(public string) bool {
	return slices.ContainsFunc(d.Peers, func(p wgPeer) bool { return p.Public == public })
}

// meets reports whether a tunnel of another host has the public key, knows that of
// d, and one of the two knows where the other is.
func (h *Host) meets(d device, public string) bool {
	for _, other := range h.others() {
		for _, o := range other.tunnels() {
			if publicKey(o.Private) == public && d.knows(public) && o.knows(publicKey(d.Private)) {
				return true
			}
		}
	}
	return false
}

// owner returns the host that has an address, and the interface that it has it on.
func (h *Host) owner(addr netip.Addr) (*Host, string) {
	for _, other := range append(h.others(), h) {
		other.mu.Lock()
		for _, dev := range other.content.devices() {
			for _, a := range other.content.addresses(dev) {
				if a.Addr() == addr && dev != "lo" {
					other.mu.Unlock()
					return other, dev
				}
			}
		}
		other.mu.Unlock()
	}
	return nil, ""
}

// reaches reports whether packets to an address arrive: it is there and, where it is
// in a tunnel, the tunnel's ends know each other.
func (h *Host) reaches(addr netip.Addr) bool {
	other, dev := h.owner(addr)
	if other == nil || other == h {
		return other == h
	}
	there, tunnel := other.tunnels()[dev]
	if !tunnel {
		return true
	}
	for _, d := range h.tunnels() {
		if d.knows(publicKey(there.Private)) && there.knows(publicKey(d.Private)) {
			return true
		}
	}
	return false
}

// ping ... ADDRESS
func ping(p *process) int {
	addr, err := netip.ParseAddr(p.args[len(p.args)-1])
	if err != nil {
		return p.says(2, "%s: Name or service not known", p.args[len(p.args)-1])
	}
	if !p.host.reaches(addr) {
		fmt.Fprintf(p.out, "PING %s: 1 packets transmitted, 0 received, 100%% packet loss\n", addr)
		return 1
	}
	fmt.Fprintf(p.out, "PING %s: 1 packets transmitted, 1 received, 0%% packet loss\n", addr)
	return 0
}

// ahosts is getent ahostsv4 NAME: names stand in /etc/hosts.
func ahosts(p *process) int {
	text, _ := p.host.ReadFile("/etc/hosts")
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) > 1 && slices.Contains(words[1:], p.args[2]) {
			fmt.Fprintf(p.out, "%s STREAM %s\n", words[0], p.args[2])
			return 0
		}
	}
	return 2
}

// nc -z -w SECONDS ADDRESS PORT
func nc(p *process) int {
	addr, err := netip.ParseAddr(p.args[len(p.args)-2])
	if err != nil || !p.host.reaches(addr) {
		return 1
	}
	_, err = net.LookupPort("tcp", p.args[len(p.args)-1])
	if err != nil {
		return p.says(1, "port number invalid: %s", p.args[len(p.args)-1])
	}
	return 0
}
