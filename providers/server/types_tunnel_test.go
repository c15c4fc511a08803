package server

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/mlinfra/mlinfra/providers"
)

const (
	keyA = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="
	keyB = "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw="
	keyC = "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0="
)

// TestWireguardChecks holds that what would fail late, or work other than people
// expect, is refused before anything is done.
func TestWireguardChecks(t *testing.T) {
	for name, c := range map[string]struct {
		change func(x *serverWireguardInterface)
		want   string // "" for nothing
	}{
		"as it should be":       {func(*serverWireguardInterface) {}, ""},
		"a long name":           {func(x *serverWireguardInterface) { x.Name = "wireguard-of-the-office" }, "no name of an interface"},
		"a path as name":        {func(x *serverWireguardInterface) { x.Name = "../wg0" }, "no name of an interface"},
		"no key":                {func(x *serverWireguardInterface) { x.PublicKey = "wg0" }, "refer to server_wireguard_key.NAME.public_key"},
		"no address":            {func(x *serverWireguardInterface) { x.Addresses = nil }, "addresses: wg0 needs one"},
		"an address alone":      {func(x *serverWireguardInterface) { x.Addresses = []string{"10.99.0.1"} }, "no address with the size of its range"},
		"a range as address":    {func(x *serverWireguardInterface) { x.Addresses = []string{"10.99.0.0/24"} }, "10.99.0.0/24 is a range: write an address in it, such as 10.99.0.1/24"},
		"a port of 65536":       {func(x *serverWireguardInterface) { x.ListenPort = 65536 }, "listen_port 65536 is none of"},
		"an MTU of 100":         {func(x *serverWireguardInterface) { x.MTU = 100 }, "mtu 100 is none of 576 to"},
		"an MTU below IPv6":     {func(x *serverWireguardInterface) { x.MTU, x.Addresses = 1200, []string{"fd99::1/64"} }, "mtu 1200 is none of 1280 to"},
		"a table without":       {func(x *serverWireguardInterface) { x.Routes, x.Table = false, "51" }, "table 51 is for routes"},
		"a table of wg-quick":   {func(x *serverWireguardInterface) { x.Table = "off" }, "set routes = false"},
		"the key of itself":     {func(x *serverWireguardInterface) { x.Peers[0].PublicKey = keyA }, "has the key of wg0 itself"},
		"a peer twice":          {func(x *serverWireguardInterface) { x.Peers[1].PublicKey = keyB }, "stands twice"},
		"one range, two peers":  {func(x *serverWireguardInterface) { x.Peers[1].AllowedIPs = []string{"10.99.0.2"} }, "allowed_ips 10.99.0.2/32 stands at the peers " + keyB + " and " + keyC},
		"a range in another":    {func(x *serverWireguardInterface) { x.Peers[1].AllowedIPs = []string{"0.0.0.0/0"} }, ""},
		"the tunnel in a range": {func(x *serverWireguardInterface) { x.Peers[0].AllowedIPs = []string{"10.0.0.0/8"} }, "10.0.0.0/8 of the peer " + keyB + " holds the tunnel's own range 10.99.0.0/24"},
		"the tunnel's range":    {func(x *serverWireguardInterface) { x.Peers[0].AllowedIPs = []string{"10.99.0.0/24"} }, ""},
		"itself in a range":     {func(x *serverWireguardInterface) { x.Peers[0].AllowedIPs = []string{"203.0.113.0/24"} }, "holds its own endpoint 203.0.113.9"},
		"that without routes":   {func(x *serverWireguardInterface) { x.Routes, x.Peers[0].AllowedIPs = false, []string{"203.0.113.0/24"} }, ""},
		"an address as range":   {func(x *serverWireguardInterface) { x.Peers[0].AllowedIPs = []string{"10.99.0.2/24"} }, "is an address in the range 10.99.0.0/24: write the range, or 10.99.0.2/32"},
		"no range":              {func(x *serverWireguardInterface) { x.Peers[0].AllowedIPs = nil }, "allowed_ips is empty"},
		"no port":               {func(x *serverWireguardInterface) { x.Peers[0].Endpoint = "203.0.113.9" }, "no address and port"},
		"a port of 0":           {func(x *serverWireguardInterface) { x.Peers[0].Endpoint = "203.0.113.9:0" }, "port 0 is none of"},
		"IPv6 without brackets": {func(x *serverWireguardInterface) { x.Peers[0].Endpoint = "2001:db8::9:51820" }, "no address and port"},
		"IPv6":                  {func(x *serverWireguardInterface) { x.Peers[0].Endpoint = "[2001:db8::9]:51820" }, ""},
		"a line more":           {func(x *serverWireguardInterface) { x.Peers[0].Endpoint = "a\nPostUp = reboot:1" }, "no address and port"},
		"a short shared key":    {func(x *serverWireguardInterface) { x.Peers[0].PresharedKey = "secret" }, "44 characters: wg genpsk prints one"},
		"a day of silence":      {func(x *serverWireguardInterface) { x.Peers[0].Keepalive = 86400 }, "persistent_keepalive 86400"},
		"the tunnel as network": {forwards("10.99.0.0/16"), "the network 10.99.0.0/16 and the tunnel's own range 10.99.0.0/24 overlap"},
		"a network of a peer":   {forwards("192.168.20.0/24"), "is behind the peer " + keyB},
		"everything":            {forwards(everything), ""},
		"a network of IPv6":     {forwards("fd00::/64"), "only IPv4 is forwarded"},
		"no network":            {forwards("eth1"), "networks: \"eth1\" is no range"},
		"snat to a rule":        {snat(wireguardSNAT{From: "10.99.0.0/24", Interface: "eth1; drop"}), "no name of an interface"},
		"snat from nowhere":     {snat(wireguardSNAT{From: "vpn"}), "from: \"vpn\" is no range"},
		"snat to a name":        {snat(wireguardSNAT{From: "10.99.0.0/24", Address: "gateway"}), "\"gateway\" is no IPv4 address"},
	} {
		x := serverWireguardInterface{
			Name: "wg0", PublicKey: keyA, Addresses: []string{"10.99.0.1/24"}, ListenPort: 51820, Routes: true, Up: true,
			Peers: []wireguardPeer{
				{PublicKey: keyB, Endpoint: "203.0.113.9:51820", AllowedIPs: []string{"10.99.0.2/32", "192.168.20.0/24"}, Keepalive: 25},
				{PublicKey: keyC, AllowedIPs: []string{"10.99.0.3/32"}},
			},
		}
		c.change(&x)
		saysWrong(t, name, checkWireguardInterface(nil, x), c.want)
	}
}

func forwards(network string) func(x *serverWireguardInterface) {
	return func(x *serverWireguardInterface) { x.Forwarding = []wireguardForwarding{{Networks: []string{network}}} }
}

func snat(s wireguardSNAT) func(x *serverWireguardInterface) {
	return func(x *serverWireguardInterface) {
		x.Forwarding = []wireguardForwarding{{Networks: []string{"10.108.0.0/20"}, SNAT: []wireguardSNAT{s}}}
	}
}

func saysWrong(t *testing.T, name string, err error, want string) {
	t.Helper()
	if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
		t.Errorf("%s: error %v, want %q", name, err, want)
	}
}

func TestRouteChecks(t *testing.T) {
	for name, c := range map[string]struct {
		x    serverRoute
		want string
	}{
		"by a router":              {serverRoute{Destination: "10.99.0.0/24", Via: "10.108.0.2"}, ""},
		"everything":               {serverRoute{Destination: "default", Via: "10.108.0.2", Table: "51"}, ""},
		"into a part of itself":    {serverRoute{Destination: "10.0.0.0/16", Via: "10.0.0.1"}, ""},
		"by nothing":               {serverRoute{Destination: "10.99.0.0/24"}, "nothing says where the route leads"},
		"to an address in a range": {serverRoute{Destination: "10.99.0.1/24", Via: "10.108.0.2"}, "10.99.0.1/24 is an address in the range"},
		"by a name":                {serverRoute{Destination: "10.99.0.0/24", Via: "gateway"}, "via \"gateway\" is no address"},
		"by another family":        {serverRoute{Destination: "10.99.0.0/24", Via: "fe80::1"}, "of different families"},
		"by two interfaces":        {serverRoute{Destination: "10.99.0.0/24", Interface: "eth1", InterfaceOf: "10.108.0.0/20"}, "exclude each other"},
		"by a command":             {serverRoute{Destination: "10.99.0.0/24", Interface: "$(reboot)"}, "no name of an interface"},
		"to a table of symbols":    {serverRoute{Destination: "10.99.0.0/24", Via: "10.108.0.2", Table: "a b"}, "no number or name of a routing table"},
		"by what is no range":      {serverRoute{Destination: "10.99.0.0/24", InterfaceOf: "eth1"}, "interface_of: \"eth1\" is no range"},
	} {
		saysWrong(t, name, checkRoute(nil, c.x), c.want)
	}
}

// TestRouteIDs takes ids apart that were put together.
func TestRouteIDs(t *testing.T) {
	for _, x := range []serverRoute{
		{Host: "root@203.0.113.5", Destination: "10.99.0.0/24"},
		{Host: "root@203.0.113.5:2222", Destination: "10.99.0.0/24", Table: "51", Metric: 7},
		{Host: "root@[2001:db8::5]", Destination: "2001:db8:1::/48"},
	} {
		x.ID = x.Host + ":" + x.name()
		if got, err := importRoute(x.ID); err != nil || got != x {
			t.Errorf("%s: %+v, %v", x.ID, got, err)
		}
	}
	for _, id := range []string{"10.99.0.0/24", "root@203.0.113.5", "root@203.0.113.5:10.99.0.0/24,metric=x"} {
		if _, err := importRoute(id); err == nil {
			t.Errorf("%s is taken for an id", id)
		}
	}
}

// TestKeyBeforeTheOld makes a key before the one goes that it replaces: what goes
// then is not the new one.
func TestKeyBeforeTheOld(t *testing.T) {
	b, _ := fakeBench(t)
	old := madeOn(b, wireguardKeyType, serverWireguardKey{Host: "root@203.0.113.5", Name: "wg0"})
	again := madeOn(b, wireguardKeyType, old)
	if again.PublicKey != old.PublicKey {
		t.Error("making it twice makes another one")
	}
	next := old
	next.Rotate, next.PublicKey = "2026-11", ""
	next = madeOn(b, wireguardKeyType, next)
	if next.PublicKey == old.PublicKey {
		t.Fatal("the key is the old one")
	}
	droppedFrom(b, wireguardKeyType, old)
	staysOn(b, wireguardKeyType, next)
	droppedFrom(b, wireguardKeyType, next)
}

// TestKeyOfNoUse holds that a file which is no key is made anew.
func TestKeyOfNoUse(t *testing.T) {
	b, h := fakeBench(t)
	k := madeOn(b, wireguardKeyType, serverWireguardKey{Host: "root@203.0.113.5", Name: "wg0"})
	h.WriteFile("/etc/wireguard/wg0.key", "half a k")
	seen := k
	if err := wireguardKeyType.read(t.Context(), b.c, &seen); !errors.Is(err, providers.ErrGone) {
		t.Errorf("a look says %v", err)
	}
	k.PublicKey = ""
	madeOn(b, wireguardKeyType, k)
}

// aTunnel is an interface of the fake host.
func aTunnel(b bench) serverWireguardInterface {
	k := madeOn(b, wireguardKeyType, serverWireguardKey{Host: "root@203.0.113.5", Name: "wg0"})
	return serverWireguardInterface{
		Host: k.Host, Name: "wg0", PublicKey: k.PublicKey, Addresses: []string{"10.99.0.1/24"}, ListenPort: 51820, Routes: true, Up: true,
		Peers:      []wireguardPeer{{PublicKey: keyB, Endpoint: "203.0.113.9:51820", AllowedIPs: []string{"10.99.0.2/32"}, PresharedKey: sharedKey}},
		Forwarding: []wireguardForwarding{{Networks: []string{"10.108.0.0/20"}}},
	}
}

// TestTunnelOfSystemd holds that systemd has the unit of wg-quick, and that what
// somebody has disabled counts as down.
func TestTunnelOfSystemd(t *testing.T) {
	b, h := fakeBench(t)
	x := madeOn(b, wireguardInterfaceType, aTunnel(b))
	staysOn(b, wireguardInterfaceType, x)
	if x.Boot != "systemd" || !x.Up || wireguardInterfaceType.Warn(x) != "" {
		t.Errorf("it is %+v", x)
	}
	b.run(x.Host, "systemctl disable wg-quick@wg0.service")
	if seenOn(b, wireguardInterfaceType, x).Up {
		t.Error("it is up, though it does not come up again")
	}
	madeOn(b, wireguardInterfaceType, x)
	staysOn(b, wireguardInterfaceType, x)
	x.Up = false
	x = madeOn(b, wireguardInterfaceType, x)
	staysOn(b, wireguardInterfaceType, x)
	if out := b.run(x.Host, "ip -o link show dev wg0 2>&1 || true; cat /proc/sys/net/ipv4/ip_forward"); out != "Device \"wg0\" does not exist.\n0" {
		t.Errorf("when it is to be down: %s", out)
	}
	if _, ok := h.ReadFile("/etc/wireguard/wg0.conf"); !ok {
		t.Error("its configuration is gone")
	}
	droppedFrom(b, wireguardInterfaceType, x)
}

// TestDroppedBy finds a firewall of its own that lets nothing pass.
func TestDroppedBy(t *testing.T) {
	b, _ := fakeBench(t)
	x := aTunnel(b)
	b.run(x.Host, `printf 'table inet filter {\n\tchain forward {\n\t\ttype filter hook forward priority 0; policy drop;\n\t}\n}\n' | nft -f -`)
	x = madeOn(b, wireguardInterfaceType, x)
	staysOn(b, wireguardInterfaceType, x)
	if !slices.Equal(x.DroppedBy, []string{"inet filter forward"}) || !strings.Contains(wireguardInterfaceType.Warn(x), "inet filter forward") {
		t.Errorf("dropped by %v: %s", x.DroppedBy, wireguardInterfaceType.Warn(x))
	}
}

// TestForwardingSharesWithOthers holds that what others have set to the same stays
// when a tunnel goes.
func TestForwardingSharesWithOthers(t *testing.T) {
	for name, c := range map[string]struct{ before, want string }{
		"nobody else":     {"true", "0"},
		"it was so":       {"echo 1 >/proc/sys/net/ipv4/ip_forward", "1"},
		"a file says so":  {"echo net.ipv4.ip_forward=1 >/etc/sysctl.d/90-router.conf", "1"},
		"a file says not": {"echo '#net.ipv4.ip_forward=1' >/etc/sysctl.d/90-router.conf", "0"},
	} {
		b, _ := fakeBench(t)
		x := aTunnel(b)
		b.run(x.Host, c.before)
		x = madeOn(b, wireguardInterfaceType, x)
		second := x
		second.Name, second.Addresses, second.ListenPort = "wg1", []string{"10.98.0.1/24"}, 51821
		second.Peers = nil
		second = madeOn(b, wireguardInterfaceType, second)
		droppedFrom(b, wireguardInterfaceType, x)
		if got := b.run(x.Host, "cat /proc/sys/net/ipv4/ip_forward"); got != "1" {
			t.Errorf("%s: with one tunnel left it is %s", name, got)
		}
		staysOn(b, wireguardInterfaceType, second)
		droppedFrom(b, wireguardInterfaceType, second)
		if got := b.run(x.Host, "cat /proc/sys/net/ipv4/ip_forward"); got != c.want {
			t.Errorf("%s: in the end it is %s, want %s", name, got, c.want)
		}
	}
}

// TestRouteOfSystemd holds that routes are made at each start, as long as there are
// any, and that networkd leaves them alone.
func TestRouteOfSystemd(t *testing.T) {
	b, h := fakeBench(t)
	b.run("root@203.0.113.5", "mkdir -p /run/systemd/netif")
	r := serverRoute{Host: "root@203.0.113.5", Destination: "10.99.0.0/24", Via: "10.108.0.2", InterfaceOf: "10.108.0.0/20", Persistent: true}
	r = madeOn(b, routeType, r)
	staysOn(b, routeType, r)
	if r.Device != "eth1" || r.Boot != "systemd" {
		t.Errorf("it is %+v", r)
	}
	if text, _ := h.ReadFile("/etc/systemd/networkd.conf.d/60-mlinfra-routes.conf"); !strings.Contains(text, "ManageForeignRoutes=no") {
		t.Errorf("networkd is told %q", text)
	}
	b.run(r.Host, "systemctl disable mlinfra-routes.service")
	if seenOn(b, routeType, r).Persistent {
		t.Error("it is persistent, though nothing makes it")
	}
	madeOn(b, routeType, r)
	b.run(r.Host, "ip route replace 10.99.0.0/24 dev eth0 proto static")
	if got := seenOn(b, routeType, r); got.Via != "" || got.InterfaceOf != "(none: it uses eth0)" {
		t.Errorf("replaced by hand it is %+v", got)
	}
	r = madeOn(b, routeType, r)
	staysOn(b, routeType, r)
	r.Persistent = false
	r = madeOn(b, routeType, r)
	staysOn(b, routeType, r)
	if _, ok := h.ReadFile("/etc/systemd/system/mlinfra-routes.service"); ok {
		t.Error("the unit is there without routes")
	}
	droppedFrom(b, routeType, r)
}
