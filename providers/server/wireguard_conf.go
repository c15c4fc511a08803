package server

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// conf returns the configuration for wg-quick, as it follows after the first lines
// of the section Interface, which the host writes: the private key and the MTU.
func (x serverWireguardInterface) conf() string {
	var b strings.Builder
	for _, a := range slices.Sorted(slices.Values(x.Addresses)) {
		fmt.Fprintf(&b, "Address = %s\n", a)
	}
	if x.ListenPort != 0 {
		fmt.Fprintf(&b, "ListenPort = %d\n", x.ListenPort)
	}
	switch {
	case !x.Routes:
		b.WriteString("Table = off\n")
	case x.Table != "":
		fmt.Fprintf(&b, "Table = %s\n", x.Table)
	}
	if len(x.Forwarding) > 0 {
		b.WriteString("PostUp = sh /etc/wireguard/%i.forward up\nPostDown = sh /etc/wireguard/%i.forward down\n")
	}
	for _, p := range x.Peers {
		fmt.Fprintf(&b, "\n[Peer]\nPublicKey = %s\n", p.PublicKey)
		if p.PresharedKey != "" {
			fmt.Fprintf(&b, "PresharedKey = %s\n", p.PresharedKey)
		}
		if p.Endpoint != "" {
			fmt.Fprintf(&b, "Endpoint = %s\n", p.Endpoint)
		}
		// Each on a line of its own: the host looks for those that are everything.
		for _, a := range slices.Sorted(slices.Values(p.AllowedIPs)) {
			fmt.Fprintf(&b, "AllowedIPs = %s\n", a)
		}
		if p.Keepalive != 0 {
			fmt.Fprintf(&b, "PersistentKeepalive = %d\n", p.Keepalive)
		}
	}
	return b.String()
}

// wireguardView is an interface as a configuration or the kernel shows it.
type wireguardView struct {
	public    string
	port, mtu int
	table     string
	addresses []string
	peers     []peerView
	up        bool
	routes    []netip.Prefix
}

// peerView is a peer as it is shown.
type peerView struct {
	wireguardPeer
	secret string // SHA-256 of its shared key; "" for none
}

func (v wireguardView) peer(public string) (peerView, bool) {
	for _, p := range v.peers {
		if p.PublicKey == public {
			return p, true
		}
	}
	return peerView{}, false
}

// parseWireguard reads a configuration for wg-quick without its secrets.
func parseWireguard(text string) wireguardView {
	var v wireguardView
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); strings.EqualFold(line, "[Peer]") {
			v.peers = append(v.peers, peerView{})
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			continue
		}
		v.set(strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value))
	}
	return v
}

// set understands one line of a configuration.
func (v *wireguardView) set(name, value string) {
	number, _ := strconv.Atoi(value)
	if len(v.peers) == 0 {
		switch name {
		case "address":
			v.addresses = append(v.addresses, ranges(value)...)
		case "listenport":
			v.port = number
		case "mtu":
			v.mtu = number
		case "table":
			if v.table = value; value == "auto" {
				v.table = ""
			}
		}
		return
	}
	p := &v.peers[len(v.peers)-1]
	switch name {
	case "publickey":
		p.PublicKey = value
	case "endpoint":
		p.Endpoint = value
	case "allowedips":
		p.AllowedIPs = append(p.AllowedIPs, ranges(value)...)
	case "persistentkeepalive":
		p.Keepalive = number // off is 0
	}
}

// ranges takes a list with commas apart.
func ranges(list string) []string {
	var all []string
	for r := range strings.SplitSeq(list, ",") {
		if r = strings.TrimSpace(r); r != "" && r != "(none)" {
			all = append(all, spellRange(r))
		}
	}
	return all
}

// liveWireguard returns the interface as the kernel has it; false when it has none.
func liveWireguard(a answer) (wireguardView, bool) {
	link := a.fact("link")
	if link == "" {
		return wireguardView{}, false
	}
	v := wireguardView{public: a.fact("public"), port: a.number("port")}
	v.mtu, _ = strconv.Atoi(wordAfter(link, "mtu"))
	v.up = strings.Contains(link, ",UP") || strings.Contains(link, "<UP")
	for _, line := range a.facts("addr") {
		for _, kind := range []string{"inet", "inet6"} {
			if w := wordAfter(line, kind); w != "" && wordAfter(line, "scope") != "link" {
				v.addresses = append(v.addresses, spellRange(w))
			}
		}
	}
	for _, line := range a.facts("peer") {
		var p peerView
		var keepalive, allowed string
		if n, _ := fmt.Sscan(line, &p.PublicKey, &p.secret, &keepalive, &allowed); n < 4 {
			continue
		}
		if p.secret == "-" {
			p.secret = ""
		}
		p.Keepalive, _ = strconv.Atoi(keepalive)
		p.AllowedIPs = ranges(allowed)
		v.peers = append(v.peers, p)
	}
	for _, line := range a.facts("route") {
		to, _, _ := strings.Cut(line, " ")
		if p, err := rangeOf(to); err == nil {
			v.routes = append(v.routes, p)
		}
	}
	return v, true
}

// routed reports whether the ranges of the peers of conf lead into v. Those that are
// everything have rules of their own.
func (v wireguardView) routed(conf wireguardView) bool {
	for _, p := range conf.peers {
		for _, text := range p.AllowedIPs {
			to, err := rangeOf(text)
			leads := func(r netip.Prefix) bool { return r.Bits() <= to.Bits() && r.Contains(to.Addr()) }
			if err == nil && to.Bits() > 0 && !slices.ContainsFunc(v.routes, leads) {
				return false
			}
		}
	}
	return true
}

// secretSum returns the SHA-256 of a secret; "" for none.
func secretSum(secret string) string {
	if secret == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
