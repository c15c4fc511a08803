package server

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/server/hosttest"
)

// oneHost returns a real host, and an interface for it whose key is made.
func oneHost(t *testing.T) (bench, *hosttest.Host, serverWireguardInterface) {
	n := hosttest.New(t, tunnelTools...)
	h := n.Host("h")
	b := newBench(t, settings{PrivateKey: n.PrivateKey}, false)
	k := madeOn(b, wireguardKeyType, serverWireguardKey{Host: b.host(h.Addr, h.HostKey), Name: "k"})
	return b, h, serverWireguardInterface{
		Host: k.Host, Name: "wg0", PublicKey: k.PublicKey, Addresses: []string{"10.99.0.1/24"}, Routes: true, Up: true,
		Peers: []wireguardPeer{{PublicKey: "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=", AllowedIPs: []string{"10.99.0.2/32"}}},
	}
}

// refusedOn demands that a put fails for a reason, and changes nothing.
func refusedOn[T any](b bench, h *hosttest.Host, th thing[T], x T, want string) {
	b.t.Helper()
	before := tunnelInventory(h)
	err := th.bring(b.t.Context(), b.c, nil, x)
	if err == nil || !strings.Contains(err.Error(), want) {
		b.t.Errorf("error %v, want %q", err, want)
	}
	if diff := cmp.Diff(before, tunnelInventory(h)); diff != "" {
		b.t.Errorf("after a put that has failed (-before +after):\n%s", diff)
	}
}

// TestTunnelTrouble holds that what cannot be made says why, and leaves things as
// they were.
func TestTunnelTrouble(t *testing.T) {
	b, h, x := oneHost(t)
	y := x
	y.PublicKey = x.Peers[0].PublicKey
	refusedOn(b, h, wireguardInterfaceType, y, "there is no server_wireguard_key with the public key")
	y = x
	y.Forwarding = []wireguardForwarding{{Networks: []string{"172.20.0.0/16"}}}
	refusedOn(b, h, wireguardInterfaceType, y, "no interface of this host but wg0 leads to 172.20.0.0/16")
	h.Must("mv /usr/bin/wireguard-go /usr/bin/wireguard-went")
	refusedOn(b, h, wireguardInterfaceType, x, "add a server_package for wireguard-go")
	h.Must("mv /usr/bin/wireguard-went /usr/bin/wireguard-go; mv /usr/bin/wg /usr/bin/wg-went")
	refusedOn(b, h, wireguardInterfaceType, x, "add a server_package for wireguard-tools")
	h.Must("mv /usr/bin/wg-went /usr/bin/wg")
	h.Must("ip route add 192.168.7.0/24 dev eth0")
	taken := x
	taken.Peers = []wireguardPeer{{PublicKey: x.Peers[0].PublicKey, AllowedIPs: []string{"192.168.7.0/24"}}}
	refusedOn(b, h, wireguardInterfaceType, taken, "File exists")
	x = madeOn(b, wireguardInterfaceType, x)
	refusedOn(b, h, wireguardInterfaceType, taken, "the configuration of before is in its place again")
	madeOn(b, wireguardInterfaceType, x)
	staysOn(b, wireguardInterfaceType, x)
	r := serverRoute{Host: x.Host, Destination: "10.99.0.0/24", InterfaceOf: "172.20.0.0/16", Persistent: true}
	refusedOn(b, h, routeType, r, "is the network of an interface of this host")
	r.Destination = "172.21.0.0/16"
	refusedOn(b, h, routeType, r, "no interface of this host has an address in 172.20.0.0/16")
}

// TestTunnelTakenOver takes over what somebody has made by hand: its hooks are
// called when it goes.
func TestTunnelTakenOver(t *testing.T) {
	b, h, x := oneHost(t)
	h.Must(`umask 077; { printf '[Interface]\nPrivateKey=%s\nAddress=10.99.0.1/24,10.98.0.1/24\nPostUp=touch /tmp/is-up\nPostDown=rm /tmp/is-up\n' "$(wg genkey)"; printf '[Peer]\nPublicKey=%s\nAllowedIPs=10.0.0.0/16\n' "$(wg genkey | wg pubkey)"; } >/etc/wireguard/wg0.conf; wg-quick up wg0 && ls /tmp/is-up`)
	x = madeOn(b, wireguardInterfaceType, x)
	staysOn(b, wireguardInterfaceType, x)
	if len(x.Peers) != 1 || x.Peers[0].PublicKey != "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=" || len(x.Addresses) != 1 {
		t.Errorf("it has become %+v", x)
	}
	if out, err := h.Run("ls /tmp/is-up; ip -o route | grep 10.0.0.0"); err == nil {
		t.Errorf("of what was before there is %s", out)
	}
	if err := wireguardInterfaceType.take(t.Context(), b.c, x); !errors.Is(err, providers.ErrGone) {
		t.Error(err)
	}
	h.Must("ls /tmp/is-up; ip -o route | grep 10.0.0.0; grep PostUp /etc/wireguard/wg0.conf")
	if err := wireguardInterfaceType.take(t.Context(), b.c, x); !errors.Is(err, providers.ErrGone) {
		t.Error(err)
	}
	h.Must("ls /tmp/is-up; ip -o route | grep 10.0.0.0; grep PostUp /etc/wireguard/wg0.conf")
}

// TestTunnelForEverything leads everything into a tunnel: packets of the tunnel
// itself go on as before, also after a change.
func TestTunnelForEverything(t *testing.T) {
	b, h, x := oneHost(t)
	before := tunnelInventory(h)
	x.Peers[0].AllowedIPs = []string{"0.0.0.0/0"}
	x = madeOn(b, wireguardInterfaceType, x)
	staysOn(b, wireguardInterfaceType, x)
	x.Peers[0].Keepalive = 20
	x = madeOn(b, wireguardInterfaceType, x)
	staysOn(b, wireguardInterfaceType, x)
	if out := h.Must("wg show wg0 fwmark; ip route get 192.0.2.1; ip -4 rule"); !strings.Contains(out, "0xca6c") || !strings.Contains(out, "dev wg0") {
		t.Errorf("after a change: %s", out)
	}
	x.Peers[0].AllowedIPs = []string{"10.99.0.2/32"}
	x = madeOn(b, wireguardInterfaceType, x)
	staysOn(b, wireguardInterfaceType, x)
	if out := h.Must("ip -4 rule"); strings.Contains(out, "51820") {
		t.Errorf("when it is for little only: %s", out)
	}
	droppedFrom(b, wireguardInterfaceType, x)
	if diff := cmp.Diff(before, tunnelInventory(h)); diff != "" {
		t.Errorf("left (-before +after):\n%s", diff)
	}
}

// TestTunnelWithoutNFT forwards by the older tool.
func TestTunnelWithoutNFT(t *testing.T) {
	b, h, x := oneHost(t)
	h.Must(`mv /usr/sbin/nft /usr/sbin/nft-went; ip addr add 10.108.0.2/20 dev eth0; iptables -P FORWARD DROP; iptables -t nat -S; iptables -t mangle -S`)
	x.Forwarding = []wireguardForwarding{{Networks: []string{"10.108.0.0/20"}, SNAT: []wireguardSNAT{
		{From: "10.99.0.0/24", To: "10.108.0.0/20"}, {From: "192.168.7.0/24", Interface: "eth0", Address: "10.108.0.2"},
	}}}
	clean := func() string { return h.Must("iptables-save | grep '^-A' || true") }
	before := clean()
	x = madeOn(b, wireguardInterfaceType, x)
	staysOn(b, wireguardInterfaceType, x)
	for _, want := range []string{"-j MASQUERADE", "-j SNAT --to-source 10.108.0.2", "-j TCPMSS --clamp-mss-to-pmtu", "-A FORWARD -d 10.108.0.0/20 -i wg0 -j ACCEPT"} {
		if out := clean(); !strings.Contains(out, want) {
			t.Errorf("there is no %s in\n%s", want, out)
		}
	}
	h.Must("iptables -t nat -F POSTROUTING")
	if got := seenOn(b, wireguardInterfaceType, x); got.Forwarding != nil {
		t.Error("no look shows that rules are gone")
	}
	x.Forwarding = nil
	x = madeOn(b, wireguardInterfaceType, x)
	staysOn(b, wireguardInterfaceType, x)
	if diff := cmp.Diff(before, clean()); diff != "" {
		t.Errorf("left (-before +after):\n%s", diff)
	}
}

// TestTunnelMTU looks at the way to the endpoints, where nobody has set the size of
// packets.
func TestTunnelMTU(t *testing.T) {
	b, h, x := oneHost(t)
	h.Must(`ip link add eth1 type bridge && ip link set eth1 up mtu 1400 && ip addr add 192.0.2.1/24 dev eth1
		ip addr add 2001:db8:1::1/64 dev eth0 nodad
		ip route add 198.51.100.0/24 dev eth0 mtu 1450; ip route add 203.0.113.0/24 dev eth0 mtu lock 1330
		printf '192.0.2.8 gateway.example\n' >>/etc/hosts`)
	x.Up = false
	for _, c := range []struct {
		endpoints string
		want      int
	}{
		{"", 1420},               // nobody knows where they call from
		{"10.9.9.9:51820", 1440}, // no way there yet
		{h.Addr[:strings.LastIndex(h.Addr, ".")] + ".99:51820", 1440},
		{"192.0.2.9:51820", 1340},
		{"198.51.100.9:51820", 1390},
		{"203.0.113.9:51820", 1270},
		{"[2001:db8:1::9]:51820", 1420},
		{"gateway.example:51820", 1340},
		{"nowhere.invalid:51820", 1420},
		{"198.51.100.9:51820 192.0.2.9:51820 [2001:db8:1::9]:51820", 1340},
	} {
		x.Peers, x.MTU = nil, 0
		for i, e := range strings.Fields(c.endpoints) {
			x.Peers = append(x.Peers, wireguardPeer{PublicKey: []string{keyA, keyB, keyC}[i], Endpoint: e, AllowedIPs: []string{"10.99.0." + strconv.Itoa(i+2)}})
		}
		if x = madeOn(b, wireguardInterfaceType, x); x.MTU != c.want {
			t.Errorf("to %q the MTU is %d, want %d", c.endpoints, x.MTU, c.want)
		}
	}
}

// TestRoutesAtBoot holds that routes are made again in each of the ways in which
// hosts without systemd begin.
func TestRoutesAtBoot(t *testing.T) {
	b, h, x := oneHost(t)
	for _, c := range []struct{ way, are, begin string }{
		{"none", "rm -rf /etc/cron.d", "true"},
		{"cron", "mkdir /etc/cron.d; printf '#!/bin/sh\n' >/usr/sbin/cron; chmod +x /usr/sbin/cron", "$(sed -n 's/^@reboot root //p' /etc/cron.d/mlinfra-routes)"},
		{"ifupdown", "mkdir -p /etc/network/if-up.d; cp /usr/sbin/cron /usr/sbin/ifup", "run-parts /etc/network/if-up.d"},
		{"openrc", "mkdir -p /etc/local.d; cp /usr/sbin/cron /usr/sbin/rc-update", "/etc/local.d/mlinfra-routes.start"},
	} {
		h.Must(c.are)
		before := h.Must("find /etc | sort")
		r := madeOn(b, routeType, serverRoute{Host: x.Host, Destination: "192.168.7.0/24", Via: strings.TrimSuffix(h.Addr, "1") + "9", Persistent: true})
		staysOn(b, routeType, r)
		if r.Boot != c.way || (routeType.Warn(r) == "") != (c.way != "none") {
			t.Errorf("%s: it is %+v and says %q", c.way, r, routeType.Warn(r))
		}
		if c.way != "none" {
			h.Must("ip route del 192.168.7.0/24; " + c.begin + "; for i in 1 2 3 4 5 6 7 8 9; do ip route get 192.168.7.1 && exit; sleep 0.2; done; exit 1")
			staysOn(b, routeType, r)
		}
		droppedFrom(b, routeType, r)
		if diff := cmp.Diff(before, h.Must("find /etc | sort")); diff != "" {
			t.Errorf("%s: left (-before +after):\n%s", c.way, diff)
		}
	}
}
