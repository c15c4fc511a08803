package server

import (
	"cmp"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/providers/providertest"
	"github.com/mlinfra/mlinfra/providers/server/hosttest"
)

// TestRealHosts runs the examples of every type on machines with a real sshd and
// a real shell, where what the type needs is there: what the fake takes for
// granted has to be so.
func TestRealHosts(t *testing.T) {
	hosttest.New(t, "sudo")
	realExamples(t, []string{hostTypeName, "server_file", "server_command", "server_directory", "server_user", "server_authorized_key", "server_sysctl", "server_systemd_unit"}, nil)
}

// realExamples runs the examples of types on real hosts, which setUp makes ready; it
// may be nil.
func realExamples(t *testing.T, types []string, setUp func(*hosttest.Host)) {
	providertest.Run(t, providertest.Suite{
		Provider: Provider(),
		Only:     types,
		New: func(t testing.TB, _ func() time.Time, _ func(int64, *http.Request) fakecloud.Fault) providertest.Fake {
			n := hosttest.New(t)
			hosts := &realHosts{t: t, n: n, setUp: setUp, hosts: map[string]*hosttest.Host{}}
			return providertest.Fake{Handler: hosts, Inventory: func() []string { return nil }}
		},
		Settings: func(url string) map[string]cty.Value {
			return map[string]cty.Value{"proxy": cty.StringVal(url), "private_key": cty.StringVal(hosttest.PrivateKey())}
		},
		Calm:     true,
		Stays:    []string{hostTypeName},
		ImportID: map[string]func(cty.Value) string{"server_command": nil},
		Warned:   func(warning string) bool { return strings.Contains(warning, "has no systemd") },
		Unasked:  unasked(),
	})
}

// realHosts is a proxy to a real host for each address that is asked for.
type realHosts struct {
	t     testing.TB
	n     *hosttest.Net
	mu    sync.Mutex
	hosts map[string]*hosttest.Host
	setUp func(*hosttest.Host) // makes a new host ready; nil for as it is
	all   *hosttest.Host       // stands for every address; nil for one each
}

func (r *realHosts) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	addr, port, err := net.SplitHostPort(req.Host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	h := cmp.Or(r.all, r.hosts[addr])
	if h == nil {
		h = r.n.Host("h")
		h.Must("useradd -m -p '*' admin && echo 'admin ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/admin && cp -r /root/.ssh /home/admin/ && chown -R admin: /home/admin")
		h.Must("rm -f /etc/motd") // what is there before an example stays when it goes
		if r.setUp != nil {
			r.setUp(h)
		}
		r.hosts[addr] = h
	}
	r.mu.Unlock()
	to, err := net.Dial("tcp", net.JoinHostPort(h.Addr, port))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	from, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		r.t.Error(err)
		return
	}
	_, _ = io.WriteString(from, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() { _, _ = io.Copy(to, from); _ = to.Close() }()
	go func() { _, _ = io.Copy(from, to); _ = from.Close() }()
}

// TestRealBusybox runs examples on a host whose shell and tools are busybox's.
func TestRealBusybox(t *testing.T) {
	hosttest.New(t, "busybox")
	realExamples(t, []string{"server_file", "server_user", "server_authorized_key"}, func(h *hosttest.Host) {
		h.Must(`set -e
for applet in $(busybox --list); do ln -s /usr/bin/busybox /usr/local/bin/$applet; done
ln -sf /usr/bin/busybox /bin/sh`)
	})
}
