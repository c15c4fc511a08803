package server

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/server/fake"
	"github.com/mlinfra/mlinfra/providers/server/hosttest"
)

// bench is where things are made without an engine.
type bench struct {
	t *testing.T
	c *client
}

// newBench returns a bench for what a proxy leads to.
func newBench(t *testing.T, s settings, isolated bool) bench {
	t.Helper()
	c, err := connect(t.Context(), s, providers.Env{Getenv: func(string) string { return "" }, Isolated: isolated})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	return bench{t, c}
}

// fakeBench returns a bench with a fake host.
func fakeBench(t *testing.T) (bench, *fake.Host) {
	t.Helper()
	cloud, err := fake.Open(fake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	proxy := httptest.NewServer(cloud.Handler())
	t.Cleanup(proxy.Close)
	b := newBench(t, settings{Proxy: proxy.URL}, true)
	b.host("203.0.113.5", "")
	return b, cloud.Host("203.0.113.5")
}

// host makes a host known and returns its id.
func (b bench) host(addr, key string) string {
	x := serverHost{Address: addr, Port: 22, User: "root", HostKey: key, AcceptNewHostKey: key == ""}
	x.ID = x.identity()
	b.c.introduce(x)
	return x.ID
}

// run runs a script on a host, which has to succeed.
func (b bench) run(host, script string) string {
	b.t.Helper()
	m, err := b.c.machine(host)
	if err != nil {
		b.t.Fatal(err)
	}
	out, err := m.do(b.t.Context(), deed{what: "a test", call: script}, "")
	if err != nil {
		b.t.Fatal(err)
	}
	return strings.TrimSpace(out)
}

// madeOn makes a thing, or changes it, and returns it as a look shows it.
func madeOn[T any](b bench, th thing[T], x T) T {
	b.t.Helper()
	if err := th.bring(b.t.Context(), b.c, nil, x); err != nil {
		b.t.Fatal(err)
	}
	return seenOn(b, th, x)
}

// seenOn returns a thing as a look shows it.
func seenOn[T any](b bench, th thing[T], x T) T {
	b.t.Helper()
	if err := th.read(b.t.Context(), b.c, &x); err != nil {
		b.t.Fatal(err)
	}
	return x
}

// staysOn demands that a look shows a thing as it was.
func staysOn[T any](b bench, th thing[T], x T) {
	b.t.Helper()
	if diff := cmp.Diff(x, seenOn(b, th, x)); diff != "" {
		b.t.Errorf("a look shows (-made +seen):\n%s", diff)
	}
}

// droppedFrom takes a thing away and demands that it is gone.
func droppedFrom[T any](b bench, th thing[T], x T) {
	b.t.Helper()
	for range 2 {
		if err := th.take(b.t.Context(), b.c, x); err != nil && !errors.Is(err, providers.ErrGone) {
			b.t.Fatal(err)
		}
	}
	if err := th.read(b.t.Context(), b.c, &x); !errors.Is(err, providers.ErrGone) {
		b.t.Errorf("after the removal a look says %v", err)
	}
}

// site is two real hosts with a tunnel between them: a server, and a gateway that
// is in a network with a third host.
type site struct {
	bench
	server, gateway, member *hosttest.Host
	keys                    [2]serverWireguardKey
	ends                    [2]serverWireguardInterface // of the server, of the gateway
}

const sharedKey = "mLm5nXUnRT6lfCE+wp1jk7xxYO7Y5eh3dBO2xeoz2tM="

// newSite starts the hosts. The gateway has Docker's rules, and is strict about
// where packets come from.
func newSite(t *testing.T) *site {
	n := hosttest.New(t, tunnelTools...)
	s := &site{bench: newBench(t, settings{PrivateKey: n.PrivateKey}, false), server: n.Host("server"), gateway: n.Host("gateway"), member: n.Host("member")}
	s.gateway.Must(`ip addr add 10.108.0.2/20 dev eth0
		iptables -P FORWARD DROP && iptables -N DOCKER-USER && iptables -A DOCKER-USER -j RETURN && iptables -A FORWARD -j DOCKER-USER
		for file in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 1 >$file; done`)
	s.member.Must("ip addr add 10.108.0.5/20 dev eth0")
	for i, h := range []*hosttest.Host{s.server, s.gateway} {
		s.keys[i] = serverWireguardKey{Host: s.host(h.Addr, h.HostKey), Name: "wg0"}
	}
	s.host(s.member.Addr, s.member.HostKey)
	return s
}

// up makes the keys and the tunnel.
func (s *site) up() {
	s.t.Helper()
	for i := range s.keys {
		s.keys[i] = madeOn(s.bench, wireguardKeyType, s.keys[i])
	}
	s.ends[0] = madeOn(s.bench, wireguardInterfaceType, serverWireguardInterface{
		Host: s.keys[0].Host, Name: "wg0", PublicKey: s.keys[0].PublicKey, Addresses: []string{"10.99.0.2/24"}, Routes: true, Up: true,
		Peers: []wireguardPeer{{PublicKey: s.keys[1].PublicKey, Endpoint: s.gateway.Addr + ":51820", AllowedIPs: []string{"10.99.0.0/24", "10.108.0.0/20"}, Keepalive: 25, PresharedKey: sharedKey}},
	})
	s.ends[1] = madeOn(s.bench, wireguardInterfaceType, serverWireguardInterface{
		Host: s.keys[1].Host, Name: "wg0", PublicKey: s.keys[1].PublicKey, Addresses: []string{"10.99.0.1/24"}, ListenPort: 51820, Routes: true, Up: true, MTU: 1400,
		Peers:      []wireguardPeer{{PublicKey: s.keys[0].PublicKey, AllowedIPs: []string{"10.99.0.2/32"}, PresharedKey: sharedKey}},
		Forwarding: []wireguardForwarding{{Networks: []string{"10.108.0.0/20"}, SNAT: []wireguardSNAT{{From: "10.99.0.0/24", To: "10.108.0.0/20"}}}},
	})
}

// ping demands that a host reaches an address. WireGuard asks again for a handshake
// that got no answer only after five seconds and more.
func ping(from *hosttest.Host, to string) { from.Must("ping -c 1 -w 20 " + to) }

// TestTunnel makes a tunnel between real hosts, by way of which a third one is
// reached, changes it while it is in use, and takes it away.
func TestTunnel(t *testing.T) {
	s := newSite(t)
	before := [2][]string{tunnelInventory(s.server), tunnelInventory(s.gateway)}
	s.up()
	if s.ends[0].MTU != 1440 {
		t.Errorf("the MTU of the server is %d, want 1500 less 60", s.ends[0].MTU)
	}
	ping(s.server, "10.99.0.1")
	ping(s.server, "10.108.0.5") // which has no route back
	if out := s.member.Must("ip route"); strings.Contains(out, "10.99") {
		t.Fatalf("the member has a route into the tunnel: %s", out)
	}
	for i := range s.ends {
		staysOn(s.bench, wireguardInterfaceType, s.ends[i])
		staysOn(s.bench, wireguardKeyType, s.keys[i])
	}
	t.Run("no look shows a secret", func(t *testing.T) { s.secrets(t) })
	t.Run("segments are clamped", func(t *testing.T) { s.clamped(t) })
	t.Run("changes do not interrupt", func(t *testing.T) { s.changed(t) })
	t.Run("a member reaches the server", func(t *testing.T) { s.routed(t) })
	t.Run("what is changed by hand is seen and mended", func(t *testing.T) { s.mended(t) })
	t.Run("it comes up again", func(t *testing.T) { s.restarted(t) })
	t.Run("a new key", func(t *testing.T) { s.rotated(t) })
	for i, h := range []*hosttest.Host{s.server, s.gateway} {
		droppedFrom(s.bench, wireguardInterfaceType, s.ends[i])
		droppedFrom(s.bench, wireguardKeyType, s.keys[i])
		if diff := cmp.Diff(before[i], tunnelInventory(h)); diff != "" {
			t.Errorf("what is left on %s (-before +after):\n%s", h.Name, diff)
		}
	}
}

// secrets looks for private and shared keys in what comes from the hosts.
func (s *site) secrets(t *testing.T) {
	for i, h := range []*hosttest.Host{s.server, s.gateway} {
		private := h.Must("cat /etc/wireguard/wg0.key")
		a, err := s.c.ask(t.Context(), s.ends[i].Host, wireguardInterfaceType.look(s.ends[i]))
		if err != nil {
			t.Fatal(err)
		}
		conf, _ := a.bytes("conf")
		for _, secret := range []string{private, sharedKey} {
			if strings.Contains(a.text+conf, secret) {
				t.Errorf("a look at %s shows a secret", h.Name)
			}
			if out, err := h.Run("grep -rlF '" + secret + "' /var/lib/mlinfra /run/mlinfra"); err == nil {
				t.Errorf("on %s a secret is left in %s", h.Name, out)
			}
		}
		if modes := h.Must("stat -c %a /etc/wireguard/wg0.key /etc/wireguard/wg0.conf"); modes != "600\n600" {
			t.Errorf("on %s the modes are %s", h.Name, modes)
		}
	}
}

// clamped opens a connection from behind the tunnel: the member sends segments
// that fit through it, though its own network takes bigger ones.
func (s *site) clamped(t *testing.T) {
	s.server.Must(`bash -c 'exec 5<>/dev/tcp/10.108.0.5/22; read -r line <&5; sleep 0.5' >/dev/null 2>&1 &`)
	out := s.member.Must("for i in 1 2 3 4 5 6 7 8; do ss -tinH 'src 10.108.0.5 and sport = :22' | grep -o ' mss:[0-9]*' && exit; sleep 0.1; done; ss -tin")
	if out != " mss:1348" && out != "mss:1348" { // 1400 less 40 and the time stamps
		t.Errorf("the member sends segments of %q", out)
	}
}

// changed adds a peer and an address, and changes the MTU, while packets flow.
func (s *site) changed(t *testing.T) {
	s.server.Must("ping -i 0.01 -c 200 10.99.0.1 >/tmp/pings 2>&1 & echo")
	x := s.ends[1]
	x.Peers = append(x.Peers, wireguardPeer{PublicKey: "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=", Endpoint: "192.0.2.7:51820", AllowedIPs: []string{"10.99.0.3/32", "192.168.7.0/24"}})
	x.Addresses = []string{"10.99.0.1/24", "10.98.0.1/24"}
	x.MTU = 1380
	x = madeOn(s.bench, wireguardInterfaceType, x)
	s.gateway.Must("ip route get 192.168.7.9 | grep 'dev wg0'")
	x.Peers, x.Addresses = x.Peers[:1], []string{"10.99.0.1/24"}
	x = madeOn(s.bench, wireguardInterfaceType, x)
	if out, err := s.gateway.Run("ip route show 192.168.7.0/24 | grep wg0"); err == nil {
		t.Errorf("the route of a peer that is gone is there: %s", out)
	}
	staysOn(s.bench, wireguardInterfaceType, x)
	s.ends[1] = x
	// WireGuard takes the networks of a peer away and sets them again, whoever asks:
	// a packet that comes in between is lost.
	out := s.server.Must("while ! grep transmitted /tmp/pings; do sleep 0.1; done")
	var sent, received int
	if _, err := fmt.Sscanf(out, "%d packets transmitted, %d received", &sent, &received); err != nil || sent != 200 || sent-received > 2 {
		t.Errorf("meanwhile: %s", out)
	}
}

// routed gives the member a route to the tunnel by way of the gateway.
func (s *site) routed(t *testing.T) {
	r := madeOn(s.bench, routeType, serverRoute{Host: "root@" + s.member.Addr, Destination: "10.99.0.0/24", Via: "10.108.0.2", InterfaceOf: "10.108.0.0/20", Persistent: true})
	if r.Device != "eth0" || r.Boot != "none" || routeType.Warn(r) == "" {
		t.Errorf("the route is %+v", r)
	}
	ping(s.member, "10.99.0.2")
	staysOn(s.bench, routeType, r)
	s.member.Must("ip route del 10.99.0.0/24 && sh /etc/mlinfra/routes && ip route get 10.99.0.2 | grep 'via 10.108.0.2'")
	droppedFrom(s.bench, routeType, r)
	if out, err := s.member.Run("ls -d /etc/mlinfra"); err == nil {
		t.Errorf("left: %s", out)
	}
}

// mended changes things by hand: looks show it, and another put mends it.
func (s *site) mended(t *testing.T) {
	for _, c := range []struct {
		by   string
		what func(x serverWireguardInterface) bool // whether a look shows it
	}{
		{"wg set wg0 peer " + s.keys[0].PublicKey + " remove", func(x serverWireguardInterface) bool { return len(x.Peers) == 0 }},
		{"wg set wg0 peer " + s.keys[0].PublicKey + " allowed-ips 10.99.0.9/32", func(x serverWireguardInterface) bool { return x.Peers[0].AllowedIPs[0] == "10.99.0.9/32" }},
		{"wg set wg0 peer xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg= allowed-ips 10.99.0.9/32", func(x serverWireguardInterface) bool { return len(x.Peers) == 2 }},
		{"wg genpsk >/tmp/psk; wg set wg0 peer " + s.keys[0].PublicKey + " preshared-key /tmp/psk", func(x serverWireguardInterface) bool { return x.Peers[0].PresharedKey == "(another one)" }},
		{"wg set wg0 listen-port 51999", func(x serverWireguardInterface) bool { return x.ListenPort == 51999 }},
		{"wg genkey >/tmp/key; wg set wg0 private-key /tmp/key", func(x serverWireguardInterface) bool { return x.PublicKey != s.keys[1].PublicKey }},
		{"ip link set mtu 1300 dev wg0", func(x serverWireguardInterface) bool { return x.MTU == 1300 }},
		{"ip link set down dev wg0", func(x serverWireguardInterface) bool { return !x.Up }},
		{"ip link del wg0", func(x serverWireguardInterface) bool { return !x.Up && len(x.Peers) == 1 }},
		{"ip addr add 10.97.0.1/24 dev wg0", func(x serverWireguardInterface) bool { return len(x.Addresses) == 2 }},
		{"sed -i 's/^ListenPort.*/ListenPort = 51998/' /etc/wireguard/wg0.conf", func(x serverWireguardInterface) bool { return x.ListenPort == 51998 }},
		{"sed -i 's/^AllowedIPs.*/AllowedIPs = 10.99.0.8/' /etc/wireguard/wg0.conf", func(x serverWireguardInterface) bool { return x.Peers[0].AllowedIPs[0] == "10.99.0.8/32" }},
		{"iptables -D DOCKER-USER -i wg0 -d 10.108.0.0/20 -j ACCEPT", func(x serverWireguardInterface) bool { return len(x.Forwarding) == 0 }},
		{"nft delete table inet mlinfra_wg0", func(x serverWireguardInterface) bool { return len(x.Forwarding) == 0 }},
		{"echo 0 >/proc/sys/net/ipv4/ip_forward", func(x serverWireguardInterface) bool { return len(x.Forwarding) == 0 }},
		{"echo 1 >/proc/sys/net/ipv4/conf/eth0/rp_filter", func(x serverWireguardInterface) bool { return len(x.Forwarding) == 0 }},
	} {
		s.gateway.Must(c.by)
		x := seenOn(s.bench, wireguardInterfaceType, s.ends[1])
		if !c.what(x) {
			t.Errorf("%s: a look shows %+v", c.by, x)
		}
		madeOn(s.bench, wireguardInterfaceType, s.ends[1])
		staysOn(s.bench, wireguardInterfaceType, s.ends[1])
	}
	s.server.Must("wg-quick down wg0 && wg-quick up wg0") // else it calls only after 15 seconds
	ping(s.server, "10.108.0.5")
	s.server.Must("ip route del 10.108.0.0/20 dev wg0")
	if x := seenOn(s.bench, wireguardInterfaceType, s.ends[0]); x.Routes {
		t.Error("no look shows that a route is gone")
	}
	madeOn(s.bench, wireguardInterfaceType, s.ends[0])
	staysOn(s.bench, wireguardInterfaceType, s.ends[0])
}

// restarted starts the tunnel as the start of a host would: what is in its
// configuration is all there is to know.
func (s *site) restarted(t *testing.T) {
	// The gateway first: the server calls when it comes up.
	for i, h := range []*hosttest.Host{s.gateway, s.server} {
		h.Must("wg-quick down wg0 && echo 0 >/proc/sys/net/ipv4/ip_forward && wg-quick up wg0")
		staysOn(s.bench, wireguardInterfaceType, s.ends[1-i])
	}
	ping(s.server, "10.108.0.5")
}

// rotated gives the gateway a new key, of which the server hears.
func (s *site) rotated(t *testing.T) {
	old := s.keys[1]
	droppedFrom(s.bench, wireguardKeyType, old)
	s.keys[1].PublicKey, s.keys[1].Rotate = "", "2026-11"
	s.keys[1] = madeOn(s.bench, wireguardKeyType, s.keys[1])
	if s.keys[1].PublicKey == old.PublicKey {
		t.Fatal("the key is the same")
	}
	s.ends[1].PublicKey = s.keys[1].PublicKey
	s.ends[0].Peers[0].PublicKey = s.keys[1].PublicKey
	for _, i := range []int{1, 0} {
		s.ends[i] = madeOn(s.bench, wireguardInterfaceType, s.ends[i])
		staysOn(s.bench, wireguardInterfaceType, s.ends[i])
	}
	ping(s.server, "10.108.0.5")
}
