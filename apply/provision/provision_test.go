package provision

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/fakecloud/sshhost"
)

type vals map[string]cty.Value

func str(s string) cty.Value { return cty.StringVal(s) }

func list(s ...string) cty.Value {
	if len(s) == 0 {
		return cty.ListValEmpty(cty.String)
	}
	all := make([]cty.Value, len(s))
	for i := range s {
		all[i] = str(s[i])
	}
	return cty.ListVal(all)
}

// object returns a value of s: what is not set is null.
func object(t *testing.T, s *providers.Schema, set vals) cty.Value {
	t.Helper()
	full := map[string]cty.Value{}
	for _, a := range s.Attrs {
		full[a.Name] = cty.NullVal(a.Type)
	}
	for name, v := range set {
		if s.Attr(name) == nil {
			t.Fatalf("no attribute %s", name)
		}
		full[name] = v
	}
	return cty.ObjectVal(full)
}

// printed collects lines.
type printed struct {
	mu    sync.Mutex
	lines []string
	on    func(line string) // called for each, if set
}

func (p *printed) add(line string) {
	p.mu.Lock()
	p.lines = append(p.lines, line)
	p.mu.Unlock()
	if p.on != nil {
		p.on(line)
	}
}

func (p *printed) has(line string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Contains(p.lines, line)
}

// run runs a job with the environment of a test: no agent but the one in environ.
func run(t *testing.T, typ string, config, conn cty.Value, environ ...string) (*printed, error) {
	t.Helper()
	p := &printed{}
	err := Run(t.Context(), Job{Type: typ, Config: config, Connection: conn, Output: p.add, Environ: environment(environ...)})
	return p, err
}

func environment(more ...string) []string { return append([]string{"PATH=/usr/bin:/bin"}, more...) }

// startHost starts a host with a directory of its own.
func startHost(t *testing.T, c sshhost.Config) (*sshhost.Host, string) {
	t.Helper()
	c.Dir = t.TempDir()
	if c.User == "" {
		c.User = "root"
	}
	h, err := sshhost.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h, c.Dir
}

// to returns a connection to h as root with the password pw.
func to(t *testing.T, h *sshhost.Host, more vals) cty.Value {
	t.Helper()
	set := vals{
		"host": str("127.0.0.1"), "port": cty.NumberIntVal(int64(h.Port())),
		"password": str("pw"), "script_path": str(t.TempDir() + "/s_%RAND%.sh"), "timeout": str("30s"),
	}
	for name, v := range more {
		set[name] = v
	}
	return object(t, ConnectionSchema(), set)
}

func inline(t *testing.T, commands ...string) cty.Value {
	return object(t, Schema("remote-exec"), vals{"inline": list(commands...)})
}

// quickClock does not wait: Sleep moves it.
type quickClock struct {
	mu     sync.Mutex
	now    time.Time
	slept  []time.Duration
	before func(n int) // called with the number of each sleep, if set
}

func (c *quickClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *quickClock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	c.now = c.now.Add(d)
	c.slept = append(c.slept, d)
	n := len(c.slept)
	c.mu.Unlock()
	if c.before != nil {
		c.before(n)
	}
	return ctx.Err()
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error is %q, want it to hold %q", err, part)
		}
	}
}

func wantNoSecret(t *testing.T, p *printed, err error, secrets ...string) {
	t.Helper()
	text := strings.Join(p.lines, "\n")
	if err != nil {
		text += err.Error()
	}
	for _, s := range secrets {
		if strings.Contains(text, s) {
			t.Errorf("%q shows the secret %q", text, s)
		}
	}
}
