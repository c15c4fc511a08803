package digitalocean_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/digitalocean"
	"github.com/mlinfra/mlinfra/providers/digitalocean/fake"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// hasty is a clock whose waits take no time.
type hasty struct{ slept atomic.Int64 }

func (c *hasty) Now() time.Time {
	return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC).Add(time.Duration(c.slept.Load()))
}

func (c *hasty) Sleep(ctx context.Context, d time.Duration) error {
	c.slept.Add(int64(d))
	return ctx.Err()
}

// keyless is a run on the state "own" without keys to Spaces.
type keyless struct {
	t     *testing.T
	cloud *fake.Cloud
	conn  providers.Conn
	typ   *providers.Type
}

func newKeyless(t *testing.T, decide func(int64, *http.Request) fakecloud.Fault) *keyless {
	t.Helper()
	clock := &hasty{}
	k := &keyless{t: t, cloud: fake.New(fake.Options{Clock: clock.Now, SpacesLag: time.Second, Decide: decide})}
	server := httptest.NewServer(k.cloud.Handler())
	t.Cleanup(server.Close)
	p := digitalocean.Provider()
	settings := settingsAt(p, server.URL).AsValueMap()
	settings["spaces_endpoint"] = cty.StringVal(server.URL)
	conn, err := p.Connect(t.Context(), cty.ObjectVal(settings), providers.Env{
		Getenv: func(string) string { return "" }, Transport: http.DefaultTransport, Pace: func(float64) {}, Owner: "own",
	})
	if err != nil {
		t.Fatal(err)
	}
	k.conn, k.typ = providers.Retry(conn, clock), p.Resources.Of("digitalocean_spaces_bucket")
	return k
}

// touch makes a call to Spaces.
func (k *keyless) touch() error {
	in, err := k.typ.Identify("fra1,any")
	if err != nil {
		k.t.Fatal(err)
	}
	_, err = k.conn.Ops.List(k.t.Context(), k.typ, in)
	return err
}

// keys are the access keys that exist, with their names.
func (k *keyless) keys() []string {
	return slices.DeleteFunc(k.cloud.Inventory(), func(line string) bool { return !strings.HasPrefix(line, "spaces_key ") })
}

// make makes a key of a name.
func (k *keyless) make(name string) {
	post(k.t, k.cloud, "/v2/spaces/keys", fmt.Sprintf(`{"name": %q, "grants": [{"bucket": "", "permission": "fullaccess"}]}`, name))
}

func (k *keyless) wantKeys(names ...string) {
	k.t.Helper()
	var got []string
	for _, line := range k.keys() {
		got = append(got, strings.Fields(line)[2])
	}
	slices.Sort(got)
	if !slices.Equal(got, names) {
		k.t.Errorf("keys %q, want %q", got, names)
	}
}

func TestRunMakesAKeyForItself(t *testing.T) {
	k := newKeyless(t, nil)
	if err := k.conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	k.wantKeys()
	k.make("mlinfra-run-own") // of a run that was killed
	k.make("mlinfra-run-other")
	for range 2 {
		if err := k.touch(); err != nil {
			t.Fatal(err)
		}
	}
	k.wantKeys("mlinfra-run-other", "mlinfra-run-own")
	for range 2 {
		if err := k.conn.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	k.wantKeys("mlinfra-run-other")
}

func TestRunWhoseKeyIsDeletedMakesAnother(t *testing.T) {
	k := newKeyless(t, nil)
	if err := k.touch(); err != nil {
		t.Fatal(err)
	}
	was := k.keys()
	if !k.cloud.Remove("spaces_key", strings.Fields(was[0])[1]) {
		t.Fatal("no such key")
	}
	if err := k.touch(); err != nil {
		t.Fatal(err)
	}
	if got := k.keys(); len(got) != 1 || got[0] == was[0] {
		t.Errorf("keys %q after %q", got, was)
	}
}

func TestRunWhoseKeyIsLostLeavesNone(t *testing.T) {
	var lost atomic.Bool
	k := newKeyless(t, func(_ int64, r *http.Request) fakecloud.Fault {
		if r.Method != http.MethodPost || lost.Swap(true) {
			return fakecloud.None
		}
		return fakecloud.CutAfter
	})
	if err := k.touch(); err != nil || !lost.Load() {
		t.Fatal(err, lost.Load())
	}
	k.wantKeys("mlinfra-run-own")
	if err := k.conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	k.wantKeys()
}

func TestTokenThatMayNotMakeKeysIsTold(t *testing.T) {
	k := newKeyless(t, func(_ int64, r *http.Request) fakecloud.Fault {
		if r.Method == http.MethodPost {
			r.Header.Del("Authorization")
		}
		return fakecloud.None
	})
	if err := k.touch(); err == nil || !strings.Contains(err.Error(), "SPACES_ACCESS_KEY_ID") || !strings.Contains(err.Error(), "HTTP 401") {
		t.Errorf("error %v", err)
	}
}
