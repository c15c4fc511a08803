package server

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/providertest"
	"github.com/mlinfra/mlinfra/providers/server/fake"
	"github.com/mlinfra/mlinfra/providers/server/hosttest"
)

// cuts is at how many places a connection is cut.
func cuts(t *testing.T, most int) int {
	if os.Getenv("MLINFRA_TEST_FULL") != "" {
		return 5 * most / 2
	}
	if testing.Short() {
		return most / 10
	}
	if providertest.Race {
		return most / 5
	}
	return most
}

// TestCutConnections cuts the connection at many places of what goes over it while
// a command is created and changed. The process lives on, or dies with it and
// another one takes over: the scripts have run exactly once.
func TestCutConnections(t *testing.T) {
	c, err := fake.Open(fake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	look := func(addr, path string) string { text, _ := c.Host(addr).ReadFile(path); return text }
	cutEverywhere(t, c.Handler(), look, cuts(t, 200))
}

// TestCutConnectionsOfRealHosts is the same with a real sshd and shell.
func TestCutConnectionsOfRealHosts(t *testing.T) {
	n := hosttest.New(t, "sudo")
	hosts := &realHosts{t: t, n: n, hosts: map[string]*hosttest.Host{}}
	h := n.Host("h")
	look := func(_, path string) string { text, _ := h.Run("cat " + path); return text }
	hosts.all = h
	cutEverywhere(t, hosts, look, cuts(t, 20))
}

func cutEverywhere(t *testing.T, handler http.Handler, look func(addr, path string) string, n int) {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	whole := newCutter(t, server.Listener.Addr().String(), -1)
	if err := runsOnce(t, whole, "198.51.100.1", false, look); err != nil {
		t.Fatal(err)
	}
	total := whole.passed.Load()
	t.Logf("%d bytes go over a connection; %d cuts", total, n)
	var wg sync.WaitGroup
	slots := make(chan struct{}, 4)
	for i := range n {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			at := total * int64(i+1) / int64(n+1)
			cut := newCutter(t, server.Listener.Addr().String(), at)
			dies := i%2 == 1
			if err := runsOnce(t, cut, "198.51.100.2", dies, look); err != nil {
				t.Errorf("cut after %d bytes, process dies: %t: %v", at, dies, err)
			}
		})
	}
	wg.Wait()
}

// marks numbers what a run leaves on a host.
var marks atomic.Int64

// runsOnce creates a command by way of a proxy that cuts, then changes it, and
// says whether its scripts have not run exactly once each.
func runsOnce(t *testing.T, via *cutter, addr string, dies bool, look func(addr, path string) string) error {
	file := "/tmp/ran-" + strconv.FormatInt(marks.Add(1), 10)
	want := serverCommand{
		Host: "root@" + addr, Create: "echo created >>" + file, Change: "echo changed >>" + file,
		Directory: "/", Interpreter: "/bin/sh", Triggers: map[string]string{"n": "1"},
	}
	for attempt := 0; ; attempt++ {
		token := file + strconv.Itoa(attempt)
		v, err := via.process(t, addr, dies, func(ctx context.Context, c *client) (serverCommand, error) {
			x := want
			return x, commandType.Create(ctx, c, &x, providers.Attempt{Token: token})
		}, func(ctx context.Context, c *client) (serverCommand, error) {
			x := want
			found, err := commandType.Find(ctx, c, &x, providers.Attempt{Token: token})
			if err == nil && !found {
				err = errNotMade
			}
			return x, err
		})
		if errors.Is(err, errNotMade) {
			continue
		}
		if err != nil {
			return err
		}
		want.ID = v.ID
		break
	}
	was := want
	was.Runs, want.Triggers = 1, map[string]string{"n": "2"}
	update := func(ctx context.Context, c *client) (serverCommand, error) {
		x := want
		return x, commandType.Update(ctx, c, was, &x)
	}
	if _, err := via.process(t, addr, dies, update, update); err != nil {
		return err
	}
	if got := strings.TrimSpace(look(addr, file)); got != "created\nchanged" {
		return errors.New("the scripts have left " + strconv.Quote(got))
	}
	return nil
}

var errNotMade = errors.New("not made")

// process calls first as one process does; when that dies, another one calls then.
func (c *cutter) process(t *testing.T, addr string, dies bool, first, then func(context.Context, *client) (serverCommand, error)) (serverCommand, error) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if dies {
		c.onCut(cancel)
	}
	v, err := c.call(t, ctx, addr, first)
	if ctx.Err() == nil {
		return v, err
	}
	return c.call(t, t.Context(), addr, then)
}

func (c *cutter) call(t *testing.T, ctx context.Context, addr string, f func(context.Context, *client) (serverCommand, error)) (serverCommand, error) {
	host := serverHost{ID: "root@" + addr, Address: addr, Port: 22, User: "root", AcceptNewHostKey: true}
	client, err := connect(t.Context(), settings{Proxy: c.url, PrivateKey: hosttest.PrivateKey()}, providers.Env{
		Getenv: func(string) string { return "" }, Isolated: true,
	})
	if err != nil {
		return serverCommand{}, err
	}
	defer client.close()
	defer func() {
		if ctx.Err() == nil { // the process lives to the end of its run
			client.tidy(ctx)
		}
	}()
	client.introduce(host)
	for {
		v, err := f(ctx, client)
		// The engine asks again where nothing was sent.
		if kind := classify(err).Kind; err != nil && ctx.Err() == nil && (kind == providers.Unsent || kind == providers.Transient) {
			continue
		}
		return v, err
	}
}

// cutter is a proxy that cuts the connection once, when so many bytes have passed.
type cutter struct {
	url    string
	at     int64 // negative for never
	passed atomic.Int64
	mu     sync.Mutex
	then   func()
}

func newCutter(t *testing.T, to string, at int64) *cutter {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	c := &cutter{url: "http://" + l.Addr().String(), at: at}
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			dest, err := net.Dial("tcp", to)
			if err != nil {
				_ = from.Close()
				continue
			}
			cut := func() { _ = from.Close(); _ = dest.Close() }
			go c.pass(dest, from, cut)
			go c.pass(from, dest, cut)
		}
	}()
	return c
}

// onCut says what happens when the connection is cut.
func (c *cutter) onCut(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.then = f
}

// pass copies one way, up to the byte after which the connection is cut.
func (c *cutter) pass(to io.Writer, from io.Reader, cut func()) {
	defer cut()
	b := make([]byte, 4096)
	for {
		n, err := from.Read(b)
		after := c.passed.Add(int64(n))
		if before := after - int64(n); c.at >= 0 && before <= c.at && after > c.at {
			_, _ = to.Write(b[:c.at-before])
			c.mu.Lock()
			then := c.then
			c.mu.Unlock()
			if then != nil {
				then()
			}
			return
		}
		if _, werr := to.Write(b[:n]); err != nil || werr != nil {
			return
		}
	}
}

// TestRoundTrips counts what it takes to look at a host with much on it: 100 files,
// 20 packages and 10 units.
func TestRoundTrips(t *testing.T) {
	c, err := fake.Open(fake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	proxy := httptest.NewServer(c.Handler())
	t.Cleanup(proxy.Close)
	const addr, id = "203.0.113.5", "root@203.0.113.5"
	p := Provider()
	stored := map[string][]cty.Value{hostTypeName: {object(p.Resources.Of(hostTypeName), map[string]cty.Value{
		"id": cty.StringVal(id), "address": cty.StringVal(addr), "port": cty.NumberIntVal(22),
		"user": cty.StringVal("root"), "accept_new_host_key": cty.True, "host_public_key": cty.StringVal(c.HostKey(addr)),
	})}}
	connect := func() providers.Conn {
		conn, err := p.Connect(t.Context(), object2(p.Config, map[string]cty.Value{
			"proxy": cty.StringVal(proxy.URL), "host_authorities": cty.SetVal([]cty.Value{cty.StringVal(fake.Authority())}),
		}), providers.Env{
			Getenv: func(string) string { return "" }, Isolated: true,
			Stored: func(typ string) []cty.Value { return stored[typ] },
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close(context.Background()) })
		return conn
	}

	first := connect()
	put := func(typ, name string, set map[string]cty.Value) {
		set["host"] = cty.StringVal(id)
		made, err := first.Ops.Create(t.Context(), p.Resources.Of(typ), object(p.Resources.Of(typ), set), providers.Attempt{Token: name})
		if err != nil {
			t.Fatalf("%s %s: %v", typ, name, err)
		}
		stored[typ] = append(stored[typ], made)
	}
	for i := range 100 {
		path := "/etc/f" + strconv.Itoa(i)
		put("server_file", path, map[string]cty.Value{
			"path": cty.StringVal(path), "content": cty.StringVal("x"), "owner": cty.StringVal("root"), "group": cty.StringVal("root"), "mode": cty.StringVal("0644"),
		})
	}
	for _, name := range strings.Fields("acl bc btop chrony curl fio gdb git htop jq lsof nano pigz pv rsync socat strace tmux tree zstd") {
		put("server_package", name, map[string]cty.Value{"name": cty.StringVal(name), "state": cty.StringVal(present), "hold": cty.False})
	}
	for i := range 10 {
		name := "u" + strconv.Itoa(i) + ".service"
		put("server_systemd_unit", name, map[string]cty.Value{
			"name": cty.StringVal(name), "content": cty.StringVal("[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=multi-user.target\n"), "enabled": cty.True, "running": cty.True,
		})
	}

	h := c.Host(addr)
	logins, sessions := h.Logins(), h.Sessions()
	second := connect()
	ctx := providers.Remember(t.Context())
	var wg sync.WaitGroup
	looks := 0
	for typ, all := range stored {
		for _, v := range all {
			looks++
			wg.Go(func() {
				if _, err := second.Ops.Read(ctx, p.Resources.Of(typ), v); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	logins, sessions = h.Logins()-logins, h.Sessions()-sessions
	if looks != 131 || logins != 1 || sessions > 3 {
		t.Errorf("%d looks took %d connections and %d round trips, want 131, 1 and at most 3", looks, logins, sessions)
	}
	t.Logf("%d looks took %d connection and %d round trips", looks, logins, sessions)
}

func object(t *providers.Type, set map[string]cty.Value) cty.Value { return object2(t.Schema, set) }

func object2(s *providers.Schema, set map[string]cty.Value) cty.Value {
	vals := map[string]cty.Value{}
	for _, a := range s.Attrs {
		vals[a.Name] = cty.NullVal(a.Type)
		if a.Block != nil {
			vals[a.Name] = a.BlockValue(nil)
		}
		if v, ok := set[a.Name]; ok {
			vals[a.Name] = v
		}
	}
	return cty.ObjectVal(vals)
}
