package server

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/server/fake"
)

// TestTrouble holds that a host which is of no use is told apart at plan, with what
// to do, and that nothing has been changed on it then.
func TestTrouble(t *testing.T) {
	const addr = "203.0.113.9"
	for name, c := range map[string]struct {
		is   func(*fake.Host)
		how  func(*serverHost)
		want string
	}{
		"nobody answers":          {func(h *fake.Host) { h.Down = true }, nil, "cannot reach root@203.0.113.9: ‥ check address and port"},
		"it does not know us":     {func(h *fake.Host) { h.Closed = true }, nil, "root@203.0.113.9 refuses the login: check user, private_key"},
		"another host key":        {nil, func(x *serverHost) { x.HostKey = otherKey }, "shows the host key SHA256:‥ host_key says SHA256:‥ installed anew"},
		"another fingerprint":     {nil, func(x *serverHost) { x.HostKey = "SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8" }, "shows the host key SHA256:‥ host_key says SHA256:nThb"},
		"a host key of first use": {nil, func(x *serverHost) { x.HostKeySeen = otherKey }, "state, where its first use has left it"},
		"a key of another kind":   {nil, func(x *serverHost) { x.HostKey = ecKey }, "no host key of the kind that it is known by"},
		"a host key of nobody":    {nil, func(x *serverHost) { x.AcceptNewHostKey = false }, "the host key of root@203.0.113.9 is not known: it shows SHA256:‥ set host_key = \"ssh-ed25519 AAAA"},
		"a full disk":             {func(h *fake.Host) { h.Full = true }, nil, "the disk of root@203.0.113.9 is full"},
		"no sudo":                 {func(h *fake.Host) { h.Rootless = true }, func(x *serverHost) { x.User = "admin" }, "user admin on admin@203.0.113.9 may not become root without a password: add \"admin ALL=(ALL) NOPASSWD: ALL\""},
		"another system":          {func(h *fake.Host) { h.System = "FreeBSD" }, nil, "runs FreeBSD: mlinfra puts things on Linux only"},
		"itself as its way":       {nil, func(x *serverHost) { x.JumpHost = "root@203.0.113.9" }, "is its own jump_host"},
		"nothing":                 {nil, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			cloud, err := fake.Open(fake.Options{Trouble: func(_ string, h *fake.Host) {
				if c.is != nil {
					c.is(h)
				}
			}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = cloud.Close() })
			proxy := httptest.NewServer(cloud.Handler())
			t.Cleanup(proxy.Close)
			client, err := connect(t.Context(), settings{Proxy: proxy.URL}, providers.Env{Getenv: func(string) string { return "" }, Isolated: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(client.close)
			x := serverHost{Address: addr, Port: 22, User: "root", AcceptNewHostKey: true}
			if c.how != nil {
				c.how(&x)
			}
			if x.HostKey != "" {
				x.AcceptNewHostKey = false
			}
			err = hostType.Foresee(context.Background(), client, nil, x)
			if c.want == "" {
				if err != nil {
					t.Errorf("a host without trouble: %v", err)
				}
				return
			}
			rest := ""
			if err != nil {
				rest = err.Error()
			}
			for _, part := range strings.Split(c.want, "‥ ") {
				i := strings.Index(rest, part)
				if err == nil || i < 0 {
					t.Fatalf("error is %q, want it to hold %q", err, c.want)
				}
				rest = rest[i+len(part):]
			}
			good := serverHost{Address: addr, Port: 22, User: "root", AcceptNewHostKey: true}
			if trust := x.HostKey != "" || !x.AcceptNewHostKey; trust {
				x.ID, good.ID = x.identity(), x.identity()
				if got := hostType.Foresee(context.Background(), client, &good, x); got == nil || got.Error() != err.Error() {
					t.Errorf("when it was reached in another way before, the error is %v, want %v", got, err)
				}
			}
			if got := cloud.Inventory(); len(got) > 0 {
				t.Errorf("the look has left %q", got)
			}
		})
	}
}

const (
	otherKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJZxskJvlwUVgxhrwODVPjacB85Rw71ouR1zmoCDwlrE"
	ecKey    = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBDOaZrDFr1wgB67eecEufGwdj8L6iXAQRyWopfPVrUsFK2Miz1xmoVJilXmaivlDsEnVf5QhwDyflhH3OJIT2NQ="
)

// TestHostThatIsNone holds that a host is named by its id, which plans check.
func TestHostThatIsNone(t *testing.T) {
	content := "x"
	for host, want := range map[string]string{"gpu": "refer to it, as in server_host.NAME.id", "@gpu": "is no id", "root@203.0.113.5": ""} {
		err := fileType.check(nil, serverFile{Host: host, Path: "/etc/x", Content: &content, Mode: "0644"})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("host %q: error %v, want one with %q", host, err, want)
		}
	}
}

// TestNotReady holds that what a new machine is waited for says what it has printed
// last, and how far the machine has come.
func TestNotReady(t *testing.T) {
	b, h := fakeBench(t)
	h.WriteFile("/var/log/cloud-init-output.log", "unpacking\nfetching the driver\n")
	for _, w := range []hostWait{{Command: "echo no GPU; false"}, {HTTP: "http://127.0.0.1:1/"}} {
		m, err := b.c.machine("root@203.0.113.5")
		if err != nil {
			t.Fatal(err)
		}
		x := m.how
		x.WaitFor = []hostWait{w}
		err = m.arrived(t.Context(), &x)
		if !errors.Is(err, providers.ErrNotReady) || !strings.Contains(err.Error(), "fetching the driver") || w.Command != "" && !strings.Contains(err.Error(), "no GPU") {
			t.Errorf("%+v: error %v, want ErrNotReady with what was printed and the end of the log", w, err)
		}
	}
}
