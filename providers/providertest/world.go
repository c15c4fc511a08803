package providertest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/apply"
	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/planner/observe"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/state"
)

// Fake is a cloud in memory.
type Fake struct {
	Handler http.Handler
	// Inventory returns a line for each object that exists, sorted.
	Inventory func() []string
}

// Suite says what is tested.
type Suite struct {
	Provider *providers.Provider
	// New makes an empty cloud whose time is clock and whose faults decide
	// chooses. Nil for a provider that calls nothing.
	New func(t testing.TB, clock func() time.Time, decide func(n int64, r *http.Request) fakecloud.Fault) Fake
	// Settings returns the provider block that reaches the fake at url. Nil for
	// one without settings.
	Settings func(url string) map[string]cty.Value
	// Call names what a request asks for and reports whether it changes
	// something. Nil goes by method and URL.
	Call func(r *http.Request) (name string, changes bool)
	// Undecided names the types for which a lost create is shown to a human,
	// because the API has no proof.
	Undecided []string
	// Stays names the types of what is part of something else and goes only with
	// it, such as its settings: deleting one is forgetting it.
	Stays []string
	// Calm leaves out lost answers and crashes: clouds that others made do not
	// model what settles them.
	Calm bool
	// Lag is how long the fake may hide what is new, in lists and from reads.
	Lag time.Duration
	// Full tries every kind of failure at every request, which takes minutes.
	Full bool
	// Stride is from one request, or state write, at which a run is cut to the next;
	// 0 is 1, which cuts at each, as a full suite does.
	Stride int
	// RaceStride is Stride with -race, and RaceSample from one type that is tested
	// then to the next. Without -race all are.
	RaceStride, RaceSample int
	// Residue reports whether a line of the inventory is something that the
	// cloud itself leaves behind and that costs nothing.
	Residue func(line string) bool
	// Warned reports whether a warning is as it has to be, where the suite runs; nil
	// when there is none.
	Warned func(warning string) bool
	// Only names the resource types to test; empty means all, and the data sources.
	Only []string
	// ImportID returns the id by which users import an object, of the types for
	// which they know another than Type.ImportID. Nil for a type that cannot be
	// imported.
	ImportID map[string]func(v cty.Value) string
	// Unasked names attributes that no look shows and that make no difference by
	// themselves: an import does not know them, and the plan after it sets them.
	Unasked []string
	// Terraform brings the attributes of an object into the spelling of
	// Terraform's provider, of the types where that is another.
	Terraform map[string]func(attrs map[string]any)
}

// world is one account with one state and a process that can die.
type world struct {
	t        testing.TB
	s        Suite
	clock    *clock
	fake     Fake
	server   *httptest.Server
	store    *memory
	requests atomic.Int64
	dead     context.CancelCauseFunc // ends the running process

	serving    sync.RWMutex // read-locked by each request
	connecting sync.Mutex
	connected  bool // conn is that of the running process
	conn       providers.Conn

	unmarked bool         // the settings want no ownership marks
	mentions atomic.Int64 // requests that mention the lineage

	mu     sync.Mutex
	decide func(r *http.Request) fakecloud.Fault
}

// faults sets how requests fail from now on; nil for not at all. decide is
// called for one request at a time.
func (w *world) faults(decide func(r *http.Request) fakecloud.Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.decide = decide
}

func newWorld(t testing.TB, s Suite) *world {
	w := &world{t: t, s: s, clock: newClock(), store: &memory{objects: map[state.ObjectKey]state.Object{}, outputs: map[string]state.Output{}, marks: map[string]state.Mark{}}}
	if s.New == nil {
		s.New = newNothing
	}
	w.fake = s.New(t, w.clock.Now, func(_ int64, r *http.Request) fakecloud.Fault {
		w.requests.Add(1)
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.decide == nil {
			return fakecloud.None
		}
		return w.decide(r)
	})
	w.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == drain {
			return
		}
		w.serving.RLock()
		defer w.serving.RUnlock()
		w.notice(r)
		w.fake.Handler.ServeHTTP(rw, r)
	}))
	t.Cleanup(w.server.Close)
	return w
}

// drain is the path of the request behind those of a process that has ended.
const drain = "/providertest/drain"

// notice counts a request that mentions the lineage of the state.
func (w *world) notice(r *http.Request) {
	if !w.unmarked {
		return // nobody asks
	}
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	if err == nil && (bytes.Contains(body, []byte(lineage)) || strings.Contains(r.URL.String(), lineage) || strings.Contains(fmt.Sprint(r.Header), lineage)) {
		w.mentions.Add(1)
	}
}

// newNothing returns a cloud in which nothing is ever made.
func newNothing(testing.TB, func() time.Time, func(int64, *http.Request) fakecloud.Fault) Fake {
	return Fake{Handler: http.NotFoundHandler(), Inventory: func() []string { return nil }}
}

// errDied is why the calls of a dead process fail.
var errDied = errors.New("the process has died")

// kill ends the running process: no request and no state write leaves it.
func (w *world) kill() { w.dead(errDied) }

// disperse cuts the lines of a process that has ended and waits until what it
// has sent is done.
func (w *world) disperse() {
	w.server.CloseClientConnections()
	// What it has sent may stand in the queue of the listener still: a request
	// behind it is answered when it has been taken out.
	if resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(w.server.URL + drain); err == nil {
		resp.Body.Close()
	}
	w.server.CloseClientConnections()
	w.serving.Lock()
	defer w.serving.Unlock()
}

// outcome is what a run did.
type outcome struct {
	plan   *planner.Plan
	result apply.Result
}

// run is one process: it plans the configuration src and applies it. An empty
// src destroys everything. When it returns, the cloud has also finished the
// requests of a process that died: the suite's windows are the lag of its fake.
func (w *world) run(src string) (outcome, error) {
	defer w.disperse()
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	w.dead = cancel
	w.disconnect()
	defer w.end(ctx)
	w.store.attach(ctx)
	plan, prog, err := w.plan(ctx, src)
	if err != nil {
		return outcome{plan: plan}, err
	}
	snap, _ := w.store.Snapshot()
	result, diags, err := apply.Apply(ctx, nil, plan, snap, apply.Options{
		Program: prog, Catalog: w.catalog(), Store: w.store, Owner: lineage, Clock: w.clock, Connect: w.connect,
		NewID: func() string { return strings.ToLower(rand.Text()) }, Window: w.window, Events: func(apply.Event) {},
	})
	o := outcome{plan, result}
	if err == nil && diags.HasErrors() {
		err = diags
	}
	for _, e := range result.Failed {
		err = errors.Join(err, fmt.Errorf("%s %s: %w", e.Op, e.Addr, e.Err))
	}
	return o, err
}

// window is the lag of the fake: a dead process has no request under way.
func (w *world) window(*providers.Type) time.Duration { return w.s.Lag }

func (w *world) catalog() config.Catalog {
	return config.NewCatalog(w.s.Provider)
}

// plan makes a plan for src as a process would.
func (w *world) plan(ctx context.Context, src string) (*planner.Plan, *config.Program, error) {
	if src == "" {
		src = "locals {}"
	}
	prog, diags := config.Load(fstest.MapFS{"main.tf": {Data: []byte(src)}}, ".", w.catalog(), nil)
	if diags.HasErrors() {
		return nil, nil, diags
	}
	snap, err := w.store.Snapshot()
	if err != nil {
		return nil, nil, err
	}
	o := observe.Observer{
		Catalog: w.catalog(), Clock: w.clock, Refresh: true, Window: w.window, Provider: config.NewScope(prog, config.Env{}).ProviderOf, Waiting: func([]state.Addr) {},
		Connect: func(ctx context.Context, key string) (providers.Conn, bool, error) {
			conn, err := w.connect(ctx, key, cty.NilVal)
			return conn, true, err
		},
	}
	priors, err := o.Run(ctx, snap)
	if err != nil {
		return nil, nil, err
	}
	plan, diags := planner.Build(planner.Input{
		Program: prog, Snapshot: snap, Priors: priors,
		ReadData: func(key string, _ cty.Value, t *providers.Type, cfg cty.Value) (cty.Value, error) {
			conn, err := w.connect(ctx, key, cty.NilVal)
			if err != nil {
				return cty.NilVal, err
			}
			return conn.Ops.Read(ctx, t, cfg)
		},
		Import: func(key string, _ cty.Value, t *providers.Type, have cty.Value) (cty.Value, error) {
			conn, err := w.connect(ctx, key, cty.NilVal)
			if err != nil {
				return cty.NilVal, err
			}
			return conn.Ops.Read(ctx, t, have)
		},
	})
	if diags.HasErrors() {
		return plan, prog, diags
	}
	return plan, prog, nil
}

// disconnect makes the next call connect anew.
func (w *world) disconnect() {
	w.connecting.Lock()
	defer w.connecting.Unlock()
	w.connected = false
}

// end closes the connection, unless its process has died.
func (w *world) end(ctx context.Context) {
	w.t.Helper()
	w.connecting.Lock()
	defer w.connecting.Unlock()
	if !w.connected || w.conn.Close == nil {
		return
	}
	w.connected = false
	if err := w.conn.Close(ctx); err != nil && ctx.Err() == nil {
		w.t.Errorf("the connection does not close: %v", err)
	}
}

// connect returns the connection of the running process.
func (w *world) connect(ctx context.Context, _ string, _ cty.Value) (providers.Conn, error) {
	w.connecting.Lock()
	defer w.connecting.Unlock()
	if w.connected {
		return w.conn, nil
	}
	settings := map[string]cty.Value{}
	if w.s.Settings != nil {
		settings = w.s.Settings(w.server.URL)
	}
	for _, a := range w.s.Provider.Config.Attrs {
		if _, ok := settings[a.Name]; !ok {
			settings[a.Name] = cty.NullVal(a.Type)
		}
	}
	if w.unmarked {
		settings["ownership_marks"] = cty.False
	}
	conn, err := w.s.Provider.Connect(ctx, cty.ObjectVal(settings), providers.Env{
		Getenv: func(string) string { return "" }, Transport: w.server.Client().Transport,
		Pace: func(float64) {}, Isolated: true, UserAgent: "providertest", Owner: lineage,
		Stored: w.stored,
	})
	conn = providers.Retry(conn, unhurried{w.clock})
	if err == nil && conn.Verify != nil {
		err = conn.Verify(ctx)
	}
	if err != nil {
		return conn, err
	}
	w.conn, w.connected = conn, true
	return conn, nil
}

// stored returns the objects of a type in state.
func (w *world) stored(typ string) []cty.Value {
	snap, err := w.store.Snapshot()
	if err != nil {
		return nil
	}
	var all []cty.Value
	for _, o := range snap.Objects {
		if o.Addr.Type != typ {
			continue
		}
		if v, err := planner.DecodeObject(w.s.Provider.Resources.Of(typ), o); err == nil {
			all = append(all, v)
		}
	}
	return all
}

// inventory returns what exists in the cloud.
func (w *world) inventory() []string { return slices.Clone(w.fake.Inventory()) }

// clock is a time that moves only when somebody sleeps.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)} }

// Now returns the current time.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Sleep moves the time.
func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(max(d, 0))
	return nil
}

// unhurried is a clock for who waits for what other steps do: their requests take
// real time, and it gives them some.
type unhurried struct{ *clock }

// Sleep moves the time.
func (c unhurried) Sleep(ctx context.Context, d time.Duration) error {
	time.Sleep(time.Millisecond)
	return c.clock.Sleep(ctx, d)
}
