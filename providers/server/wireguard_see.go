package server

import (
	"slices"

	"github.com/mlinfra/mlinfra/providers"
)

// seeWireguardInterface fills in what is configured and what is so; where the two
// differ, that which is not as it was. How long ago a peer was heard of is no part
// of it.
func seeWireguardInterface(x *serverWireguardInterface, a answer) error {
	text, ok := a.bytes("conf")
	if !ok {
		return providers.ErrGone
	}
	conf := parseWireguard(text)
	x.TakenOver = a.fact("made") == ""
	x.Boot, x.DroppedBy = a.fact("boot"), a.facts("dropped_by")
	if x.Routes, x.Table = conf.table != "off", conf.table; !x.Routes {
		x.Table = ""
	}
	x.seeForwarding(a)
	live, isUp := liveWireguard(a)
	if !isUp {
		x.Up = false
		if public := a.fact("public"); public != "" {
			x.PublicKey = public
		}
		x.Addresses, x.ListenPort, x.MTU = conf.addresses, conf.port, conf.mtu
		live = conf
	} else {
		x.Up = live.up && a.fact("starts") == "yes"
		x.PublicKey = live.public
		x.Addresses = other(x.Addresses, live.addresses, conf.addresses, sameSet)
		if conf.port == 0 {
			live.port = 0 // any will do
		}
		x.MTU = live.mtu
		x.ListenPort = other(x.ListenPort, live.port, conf.port, equal)
		x.Routes = x.Routes && live.routed(conf)
	}
	x.seePeers(live, conf, isUp)
	return nil
}

// other returns the one of two views that is not as it was before.
func other[T any](was, live, conf T, same func(a, b T) bool) T {
	if same(live, was) {
		return conf
	}
	return live
}

func equal[T comparable](a, b T) bool { return a == b }

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// seeForwarding fills in what is forwarded: nothing, when a part of it is missing.
func (x *serverWireguardInterface) seeForwarding(a answer) {
	var made []wireguardForwarding
	if !unpack(a.fact("forward"), &made) {
		made = nil
	}
	_, isUp := liveWireguard(a)
	if isUp && len(a.facts("lacks")) > 0 {
		made = nil
	}
	x.Forwarding = made
}

// seePeers fills in the peers, in the order that they had. One that is only
// configured, or only there, has been removed or added by somebody.
func (x *serverWireguardInterface) seePeers(live, conf wireguardView, isUp bool) {
	var peers []wireguardPeer
	seen := map[string]bool{}
	for _, was := range x.Peers {
		c, configured := conf.peer(was.PublicKey)
		l, there := live.peer(was.PublicKey)
		seen[was.PublicKey] = true
		if configured && there {
			peers = append(peers, was.seen(l, c, isUp))
		}
	}
	for _, p := range slices.Concat(conf.peers, live.peers) {
		if seen[p.PublicKey] {
			continue
		}
		seen[p.PublicKey] = true
		c, configured := conf.peer(p.PublicKey)
		if !configured {
			c = p
		}
		l, there := live.peer(p.PublicKey)
		if !there {
			l = p
		}
		peers = append(peers, wireguardPeer{PublicKey: p.PublicKey}.seen(l, c, isUp && there))
	}
	x.Peers = peers
}

// seen returns the peer as it is. Where it is called from may change all the time:
// its endpoint is the one that is configured.
func (p wireguardPeer) seen(live, conf peerView, isUp bool) wireguardPeer {
	p.Endpoint = conf.Endpoint
	p.AllowedIPs = other(p.AllowedIPs, live.AllowedIPs, conf.AllowedIPs, sameSet)
	p.Keepalive = other(p.Keepalive, live.Keepalive, conf.Keepalive, equal)
	if isUp && live.secret != secretSum(p.PresharedKey) {
		p.PresharedKey = "(another one)"
		if live.secret == "" {
			p.PresharedKey = ""
		}
	}
	return p
}
