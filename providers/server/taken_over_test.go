package server

import (
	"errors"
	"testing"

	"github.com/mlinfra/mlinfra/providers"
)

// roundTrip returns what makes the first of all, changes it into the next ones, takes
// the last one away, and says whether that was taken over.
func roundTrip[T any](ty thing[T], over func(T) bool, all ...T) func(t *testing.T, c *client) bool {
	return func(t *testing.T, c *client) bool {
		t.Helper()
		var was *T
		var seen T
		for _, x := range all {
			seen = brought(t, c, ty, was, x)
			was = &x
		}
		for range 2 { // as after a lost answer
			if err := ty.take(t.Context(), c, seen); err != nil && !errors.Is(err, providers.ErrGone) {
				t.Fatal(err)
			}
		}
		return over(seen)
	}
}

// TestWhatWasThereComesBack holds that a host is after a destroy as it was before
// the create, whether there was something or not.
func TestWhatWasThereComesBack(t *testing.T) {
	file := func(path, text string) serverFile {
		return serverFile{Host: hostID, Path: path, Content: &text, Owner: "nobody", Group: "root", Mode: "0600"}
	}
	key := serverAuthorizedKey{Host: hostID, User: "root", PublicKey: exampleKeys[0] + " me", Options: []string{"no-pty"}}
	source := serverAptRepository{Host: hostID, Name: "debian", URIs: []string{"http://deb.debian.org/debian"}, Suites: []string{"bookworm"}, Components: []string{"main", "contrib"}, SignedBy: "mQINBFit2ioBEADhWpZ8"}
	route := serverRoute{Host: hostID, Destination: everything, Via: "192.0.2.2", Persistent: true}
	again := route
	again.Via = "192.0.2.3"
	wireguard := serverWireguardKey{Host: hostID, Name: "wg5", Rotate: "x"}
	unit := serverUnit{Host: hostID, Name: "mine.service", Content: "[Service]\nExecStart=/usr/bin/sleep infinity\n", Running: true, DropIns: map[string]string{"a.conf": "[Service]\nNice=1\n"}}
	overFile := func(x serverFile) bool { return x.TakenOver }
	overKey := func(x serverAuthorizedKey) bool { return x.TakenOver }
	overSource := func(x serverAptRepository) bool { return x.TakenOver }
	overRoute := func(x serverRoute) bool { return x.TakenOver }
	overWireguard := func(x serverWireguardKey) bool { return x.TakenOver }
	for name, test := range map[string]struct {
		before string // brings about what was there
		show   string
		bring  func(t *testing.T, c *client) bool
		over   bool
	}{
		"a file": {
			before: "", show: "stat -c '%a %U' /etc/fstab; cat /etc/fstab; ls -a /etc",
			bring: roundTrip(fileType, overFile, file("/etc/fstab", "x\n"), file("/etc/fstab", "y\n")), over: true,
		},
		"a file in new directories": {
			show: "ls -a /opt /etc", bring: roundTrip(fileType, overFile, file("/opt/a/b/c", "x\n"), file("/opt/a/b/c", "y\n")),
		},
		"a link": {
			before: "ln -s ../run/resolv.conf /etc/resolv.conf", show: "readlink /etc/resolv.conf; ls -a /etc",
			bring: roundTrip(fileType, overFile, file("/etc/resolv.conf", "x\n")), over: true,
		},
		"a key that lets in": {
			before: "mkdir -p /root/.ssh; echo 'restrict " + exampleKeys[0] + " first' >/root/.ssh/authorized_keys; echo '" + exampleKeys[1] + "' >>/root/.ssh/authorized_keys",
			show:   "cat /root/.ssh/authorized_keys", bring: roundTrip(authorizedKeyType, overKey, key), over: true,
		},
		"a key of nobody": {
			before: "mkdir -p /root/.ssh; echo '" + exampleKeys[1] + "' >/root/.ssh/authorized_keys",
			show:   "cat /root/.ssh/authorized_keys", bring: roundTrip(authorizedKeyType, overKey, key),
		},
		"a source of packages": {
			before: "mkdir -p /etc/apt/keyrings; echo mine >/etc/apt/keyrings/debian.asc",
			show:   "cat /etc/apt/sources.list.d/debian.sources /etc/apt/keyrings/debian.asc; ls /etc/apt/sources.list.d /etc/apt/keyrings",
			bring:  roundTrip(aptRepositoryType, overSource, source), over: true,
		},
		"a route": {
			before: "ip route replace default via 192.0.2.1 dev eth0 proto dhcp", show: "ip -o route show; ls /etc",
			bring: roundTrip(routeType, overRoute, route, again), over: true,
		},
		"a route to nowhere yet": {
			before: "ip route del default", show: "ip -o route show; ls /etc", bring: roundTrip(routeType, overRoute, route),
		},
		"a key of WireGuard": {
			before: "mkdir -p /etc/wireguard; wg genkey >/etc/wireguard/wg5.key", show: "cat /etc/wireguard/wg5.key; ls /etc/wireguard",
			bring: roundTrip(wireguardKeyType, overWireguard, serverWireguardKey{Host: hostID, Name: "wg5"}), over: true,
		},
		"a key of WireGuard of another rotation": {
			before: "mkdir -p /etc/wireguard; wg genkey >/etc/wireguard/wg5.key; echo p >/etc/wireguard/wg5.pub", show: "cat /etc/wireguard/wg5.key /etc/wireguard/wg5.pub; ls /etc/wireguard",
			bring: roundTrip(wireguardKeyType, overWireguard, wireguard), over: true,
		},
		"a unit": {
			before: "mkdir -p /etc/systemd/system/mine.service.d; printf '[Service]\nExecStart=/usr/bin/sleep 1\n[Install]\nWantedBy=multi-user.target\n' >/etc/systemd/system/mine.service; echo '[Service]' >/etc/systemd/system/mine.service.d/a.conf; systemctl daemon-reload; systemctl enable mine.service; systemctl start mine.service",
			show:   "cat /etc/systemd/system/mine.service /etc/systemd/system/mine.service.d/a.conf; systemctl show -p ActiveState -p UnitFileState mine.service",
			bring:  roundTrip(unitType, func(serverUnit) bool { return true }, unit), over: true,
		},
		"no unit":             {show: "ls /etc/systemd/system", bring: roundTrip(unitType, func(serverUnit) bool { return false }, unit)},
		"no key of WireGuard": {show: "ls /etc", bring: roundTrip(wireguardKeyType, overWireguard, wireguard)},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := testHost(t)
			run(t, c, test.before+"\ntrue")
			show := "{ " + test.show + "; find /var/lib/mlinfra -name '.*' -type f; ls /var/lib/mlinfra; } 2>&1"
			was := run(t, c, show)
			if got := test.bring(t, c); got != test.over {
				t.Errorf("taken over: %t", got)
			}
			if now := run(t, c, show); now != was {
				t.Errorf("it was\n%s\nand is\n%s", was, now)
			}
		})
	}
}
