package server

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/providers/providertest"
	"github.com/mlinfra/mlinfra/providers/server/hosttest"
)

// tunnelTools are what hosts need for tunnels.
var tunnelTools = []string{"sudo", "wg", "wg-quick", "wireguard-go", "nft", "iptables", "ping"}

// tunnelInventory returns what a host has that tunnels and routes are made of.
func tunnelInventory(h *hosttest.Host) []string {
	return strings.Split(h.Must(`
		find /etc/wireguard /etc/mlinfra /etc/sysctl.d /etc/cron.d /etc/systemd/networkd.conf.d 2>/dev/null
		ip -o link | while read -r _ name _; do echo "link $name"; done
		ip -o addr | while read -r _ name _ address _; do echo "address $name $address"; done
		ip -4 route show table all; ip -4 rule
		nft list tables; iptables -S; iptables -t nat -S
		cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/eth*/rp_filter
		ps -A -o comm= | grep -c wireguard-go`+" || true"), "\n")
}

// TestRealTunnelTypes runs the examples of what tunnels are made of on machines
// with real tools.
func TestRealTunnelTypes(t *testing.T) {
	key := hosttest.New(t, tunnelTools...).PrivateKey
	providertest.Run(t, providertest.Suite{
		Provider: Provider(),
		Only:     []string{routeType.Type, wireguardInterfaceType.Type, wireguardKeyType.Type},
		New: func(t testing.TB, _ func() time.Time, _ func(int64, *http.Request) fakecloud.Fault) providertest.Fake {
			n := hosttest.New(t)
			h := n.Host("h")
			h.Must(`useradd -m -p '*' admin && echo 'admin ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/admin && cp -r /root/.ssh /home/admin/ && chown -R admin: /home/admin
				ip addr add 203.0.113.5/24 dev eth0
				ip link add eth1 type bridge && ip addr add 10.108.0.2/20 dev eth1 && ip link set eth1 up
				ls /usr/sbin/cron >/dev/null 2>&1 || { printf '#!/bin/sh\n' >/usr/sbin/cron && chmod +x /usr/sbin/cron; }; mkdir -p /etc/cron.d`)
			return providertest.Fake{Handler: &realHosts{t: t, n: n, all: h}, Inventory: func() []string { return tunnelInventory(h) }}
		},
		Settings: func(url string) map[string]cty.Value {
			return map[string]cty.Value{"proxy": cty.StringVal(url), "private_key": cty.StringVal(key)}
		},
		Calm:    true,
		Stays:   []string{hostTypeName},
		Unasked: []string{"accept_new_host_key", "wait_for"},
	})
}
