package hcloud

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/providers/hcloud/fake"
)

// testTime is when the tests of this package happen.
var testTime = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// project is a client of a fake whose clock the test moves.
type project struct {
	*client
	*fake.Cloud
	t     *testing.T
	clock *fakecloud.ManualClock
}

// newProject returns a project where actions take a second each, unless o says more.
func newProject(t *testing.T, o fake.Options) *project {
	t.Helper()
	clock := fakecloud.NewManualClock(testTime)
	o.Clock, o.Boot, o.Settle = clock.Now, 2*time.Second, cmp.Or(o.Settle, time.Second)
	cloud := fake.New(o)
	server := httptest.NewServer(cloud.Handler())
	t.Cleanup(func() {
		server.Close()
		_ = cloud.Close()
	})
	c, err := connect(context.Background(), settings{Token: "t", Endpoint: server.URL + "/v1"}, providers.Env{
		Getenv: func(string) string { return "" }, Transport: http.DefaultTransport, Pace: func(float64) {}, UserAgent: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	return &project{c, cloud, t, clock}
}

// settled returns err as it is when what it has started has ended: nil, or why that
// has failed. again reports whether more is to follow.
func (p *project) settled(err error) (again bool, _ error) {
	p.t.Helper()
	again = errors.Is(err, providers.ErrAgain)
	name := providers.OperationOf(err)
	if err != nil && !again && name == "" {
		return false, err
	}
	p.clock.Advance(3 * time.Second)
	if name == "" {
		return again, nil
	}
	results, err := operations(p.t.Context(), p.client, []string{name})
	if err != nil {
		p.t.Fatal(err)
	}
	return again, results[0]
}

// until calls what asks to be called again, and returns how many calls that took.
func (p *project) until(call func() error) (int, error) {
	p.t.Helper()
	for n := 1; n < 40; n++ {
		if again, err := p.settled(call()); !again {
			return n, err
		}
	}
	p.t.Fatal("it does not end")
	return 0, nil
}

// must is until for what has to succeed.
func (p *project) must(call func() error) {
	p.t.Helper()
	if _, err := p.until(call); err != nil {
		p.t.Fatal(err)
	}
}

// server makes a server of what is wanted, and returns it as it is then.
func (p *project) server(want server) server {
	p.t.Helper()
	x := want
	again, err := p.settled(createServer(p.t.Context(), p.client, &x, providers.Attempt{Token: "attempt-1", Owner: "lineage-1"}))
	if err != nil {
		p.t.Fatal(err)
	}
	p.read(&x)
	if again {
		return p.change(x, func(y *server) {
			y.ISO, y.Rescue, y.Backups, y.Networks = want.ISO, want.Rescue, want.Backups, want.Networks
			y.DeleteProtection, y.RebuildProtection = want.DeleteProtection, want.RebuildProtection
		})
	}
	return x
}

// read reads x, which has to be ready.
func (p *project) read(x *server) {
	p.t.Helper()
	if err := readServer(p.t.Context(), p.client, x); err != nil {
		p.t.Fatal(err)
	}
}

// change updates was as edit says, and returns it as it is then.
func (p *project) change(was server, edit func(*server)) server {
	p.t.Helper()
	want := was
	edit(&want)
	p.must(func() error {
		x := want
		return updateServer(p.t.Context(), p.client, was, &x)
	})
	p.read(&want)
	return want
}

// has reports whether the inventory has a line with a text.
func (p *project) has(part string) bool {
	return strings.Contains(strings.Join(p.Inventory(), "\n"), part)
}

// testServer is a small server.
var testServer = server{Name: "worker", ServerType: "cx23", Image: "debian-12", Location: "fsn1"}

// checkError wants an error that contains part, none if it is empty.
func checkError(t *testing.T, name string, err error, part string) {
	t.Helper()
	switch {
	case part == "" && err != nil:
		t.Errorf("%s: error %v, want none", name, err)
	case part != "" && (err == nil || !strings.Contains(err.Error(), part)):
		t.Errorf("%s: error %v, want one with %q", name, err, part)
	}
}
