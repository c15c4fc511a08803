package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// The tests of this package run in bubbles of testing/synctest: the time of
// the machine is simulated there, and a goroutine that outlives its test fails
// it.

// The faults of the toy cloud.
var (
	errRefusal = errors.New("refused")
	errLost    = errors.New("the answer was lost")
)

func classify(err error) providers.Verdict {
	if errors.Is(err, errLost) || errors.Is(err, context.Canceled) {
		return providers.Verdict{Kind: providers.Transient}
	}
	return providers.Verdict{Kind: providers.Fatal}
}

// server is the attributes of all types of the toy cloud. The types differ in
// how a lost create is settled.
type server struct {
	providers.Aside

	ID    string `cty:"id" is:"computed"`
	Name  string `cty:"name" is:"required"`
	Size  string `cty:"size" is:"optional"`
	Image string `cty:"image" is:"optional,replace"`
	IP    string `cty:"ip" is:"computed"`

	Password string `cty:"password_wo" is:"optional,writeonly"`
	Version  int    `cty:"password_wo_version" is:"optional"`
}

type object struct {
	server
	token string
	made  time.Time
}

// toy is a cloud in memory. The calls made to it and the writes to state stand
// in one log.
type toy struct {
	mu      sync.Mutex
	objects map[string]*object
	next    int
	named   bool // ids are made of names
	log     []string

	// boot is how long a new object is not ready; fade how long a deleted one
	// stays.
	boot, fade time.Duration
	fading     map[string]time.Time
	// operations are what the cloud still does, by name.
	operations map[string]time.Time
	// broken are the operations that fail in the end, leaving what they were to
	// change as it was.
	broken map[string]error
	// fault is asked before each call, as in "create a"; with effect reports
	// whether the call is performed nevertheless.
	fault func(ctx context.Context, call string) (err error, effect bool)
}

func newToy() *toy {
	return &toy{objects: map[string]*object{}, fading: map[string]time.Time{}, operations: map[string]time.Time{}, broken: map[string]error{}}
}

// start makes a call go on as an operation for a minute.
func (c *toy) start(err error, name string) error {
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.operations[name] = time.Now().Add(time.Minute)
	return &providers.Started{Operation: name}
}

// ask says how operations stand.
func (c *toy) ask(ctx context.Context, names []string) ([]error, error) {
	if err, _ := c.begin(ctx, "ask for "+strings.Join(names, ", ")); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	errs := make([]error, len(names))
	for i, name := range names {
		switch {
		case time.Now().Before(c.operations[name]):
			errs[i] = providers.ErrNotReady
		case c.broken[name] != nil:
			errs[i] = c.broken[name]
			if verb, what, _ := strings.Cut(name, " "); verb == "create" {
				maps.DeleteFunc(c.objects, func(_ string, o *object) bool { return o.Name == what })
			}
		}
	}
	return errs, nil
}

func (c *toy) note(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.log = append(c.log, fmt.Sprintf(format, args...))
}

// begin logs a call; it returns the error that the call ends with, and whether
// it is performed.
func (c *toy) begin(ctx context.Context, call string) (error, bool) {
	c.note("%s", call)
	if c.fault == nil {
		return nil, true
	}
	err, effect := c.fault(ctx, call)
	return err, err == nil || effect
}

func (c *toy) create(ctx context.Context, x *server, a providers.Attempt) error {
	err, effect := c.begin(ctx, "create "+x.Name)
	if effect {
		c.mu.Lock()
		c.next++
		x.ID = fmt.Sprintf("id-%d", c.next)
		if c.named {
			x.ID = "id-" + x.Name
		}
		x.Owner = a.Owner
		c.objects[x.ID] = &object{server: *x, token: a.Token, made: time.Now()}
		c.mu.Unlock()
	}
	if err != nil && !errors.Is(err, providers.ErrAgain) {
		x.ID = "" // the answer does not arrive
	}
	if errors.Is(err, errHalf) {
		x.ID = fmt.Sprintf("id-%d", c.next)
	}
	return err
}

// errHalf is a failure of a later call of a create: the object is there.
var errHalf = errors.New("half made")

func (c *toy) read(ctx context.Context, x *server) error {
	if err, _ := c.begin(ctx, "read "+x.Name); err != nil {
		return err
	}
	return c.look(x)
}

func (c *toy) look(x *server) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if until, ok := c.fading[x.ID]; ok && !time.Now().Before(until) {
		delete(c.objects, x.ID)
		delete(c.fading, x.ID)
	}
	o := c.objects[x.ID]
	if o == nil {
		return providers.ErrGone
	}
	*x = o.server
	if time.Since(o.made) < c.boot {
		return providers.ErrNotReady
	}
	x.IP = "ip of " + x.ID
	return nil
}

func (c *toy) update(ctx context.Context, was server, want *server) error {
	err, effect := c.begin(ctx, "update "+want.Name)
	if effect {
		c.mu.Lock()
		defer c.mu.Unlock()
		if o := c.objects[was.ID]; o != nil {
			o.Name, o.Size, o.Version, o.Password = want.Name, want.Size, want.Version, want.Password
		}
	}
	want.ID = was.ID
	return err
}

func (c *toy) delete(ctx context.Context, x server) error {
	err, effect := c.begin(ctx, "delete "+x.Name)
	c.mu.Lock()
	defer c.mu.Unlock()
	if effect && c.objects[x.ID] == nil {
		return providers.ErrGone
	}
	if effect {
		c.fading[x.ID] = time.Now().Add(c.fade)
	}
	return err
}

func (c *toy) find(ctx context.Context, x *server, a providers.Attempt) (bool, error) {
	if err, _ := c.begin(ctx, "find "+x.Name); err != nil {
		return false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, o := range c.objects {
		if o.token == a.Token && o.Name == x.Name && !a.Known(o.ID) {
			*x = o.server
			return true, nil
		}
	}
	return false, nil
}

func (c *toy) list(ctx context.Context, _ server) iter.Seq2[server, error] {
	return func(yield func(server, error) bool) {
		if err, _ := c.begin(ctx, "list"); err != nil {
			yield(server{}, err)
			return
		}
		c.mu.Lock()
		ids := slices.Sorted(maps.Keys(c.objects))
		c.mu.Unlock()
		for _, id := range ids {
			x := server{ID: id}
			if err := c.look(&x); !errors.Is(err, providers.ErrGone) && !yield(x, err) {
				return
			}
		}
	}
}

// again makes an object, or finds the one of that name.
func (c *toy) again(ctx context.Context, x *server, a providers.Attempt) error {
	c.mu.Lock()
	for _, o := range c.objects {
		if o.Name == x.Name {
			*x = o.server
		}
	}
	c.mu.Unlock()
	if x.ID != "" {
		c.note("create %s again", x.Name)
		return nil
	}
	return c.create(ctx, x, a)
}

func toyProvider() *providers.Provider {
	full := providers.Resource[*toy, server]{
		Type:   "toy_token",
		Create: func(ctx context.Context, c *toy, x *server, a providers.Attempt) error { return c.create(ctx, x, a) },
		Read:   func(ctx context.Context, c *toy, x *server) error { return c.read(ctx, x) },
		Update: func(ctx context.Context, c *toy, was server, want *server) error { return c.update(ctx, was, want) },
		Delete: func(ctx context.Context, c *toy, x server) error { return c.delete(ctx, x) },
		Find: func(ctx context.Context, c *toy, x *server, a providers.Attempt) (bool, error) {
			return c.find(ctx, x, a)
		},
		List: func(ctx context.Context, c *toy, in server) iter.Seq2[server, error] { return c.list(ctx, in) },
		Warn: func(x server) string {
			if x.Size == "leaky" {
				return "it leaks"
			}
			return ""
		},
		Caution: func(x server) string {
			if strings.HasPrefix(x.Size, "sharp") {
				return "it cuts"
			}
			return ""
		},
	}
	birth, none, again, locked, operated := full, full, full, full, full
	operated.Type = "toy_operated"
	operated.Create = func(ctx context.Context, c *toy, x *server, a providers.Attempt) error {
		return c.start(c.create(ctx, x, a), "create "+x.Name)
	}
	operated.Update = func(ctx context.Context, c *toy, was server, want *server) error {
		return c.start(c.update(ctx, was, want), "update "+want.Name)
	}
	operated.Delete = func(ctx context.Context, c *toy, x server) error {
		return c.start(c.delete(ctx, x), "delete "+x.Name)
	}
	birth.Type, birth.Find = "toy_birth", nil
	none.Type, none.Find, none.List = "toy_none", nil, nil
	again.Type, again.Again = "toy_again", true
	again.Create = func(ctx context.Context, c *toy, x *server, a providers.Attempt) error { return c.again(ctx, x, a) }
	named := again
	named.Type, named.Named = "toy_named", func(x server) string { return "id-" + x.Name }
	locked.Type, locked.Lock = "toy_locked", func(x server) string { return x.Size }
	return providers.Cloud[*toy, struct{}]{
		Name: "toy", Classify: classify,
		Resources: []providers.Erasable{full, birth, none, again, named, locked, operated},
	}.Provider()
}

// store is a state in memory whose writes stand in the log of the cloud.
type store struct {
	cloud   *toy
	snap    state.Snapshot
	objects map[state.ObjectKey]state.Object
	marks   map[string]state.Mark
	fail    int // the number of the write that fails; 0 for none
	writes  int
}

var errDisk = errors.New("the disk is full")

func (s *store) Snapshot() (state.Snapshot, error) {
	s.cloud.mu.Lock()
	defer s.cloud.mu.Unlock()
	snap := s.snap
	snap.Marks = slices.SortedFunc(maps.Values(s.marks), func(a, b state.Mark) int { return cmp.Compare(a.Token, b.Token) })
	for _, key := range slices.Sorted(maps.Keys(s.objects)) {
		snap.Objects = append(snap.Objects, s.objects[key])
	}
	slices.SortStableFunc(snap.Objects, func(a, b state.Object) int { return a.Addr.Compare(b.Addr) })
	return snap, nil
}

// Enqueue commits at once.
func (s *store) Enqueue(changes ...state.Change) func() error {
	err := s.Commit(changes...)
	return func() error { return err }
}

// Expect waits for nobody.
func (s *store) Expect(int) {}

func (s *store) Commit(changes ...state.Change) error {
	s.cloud.mu.Lock()
	defer s.cloud.mu.Unlock()
	if s.writes++; s.writes == s.fail {
		s.cloud.log = append(s.cloud.log, "write fails")
		return errDisk
	}
	s.snap.Serial++
	var words []string
	for _, c := range changes {
		switch {
		case c.Put != nil:
			s.objects[c.Put.Key] = *c.Put
			word := string(c.Put.Status)
			if c.Put.Deposed && c.Put.Status == state.Live {
				word = "deposed"
			}
			words = append(words, word+" "+c.Put.Addr.Name)
		case c.Drop != "":
			words = append(words, "drop "+s.objects[c.Drop].Addr.Name)
			delete(s.objects, c.Drop)
		case c.Mark != nil:
			s.marks[c.Mark.Token] = *c.Mark
		case c.Unmark != "":
			delete(s.marks, c.Unmark)
			words = append(words, "unmark")
		default:
			s.snap.Outputs = maps.Clone(c.Outputs)
			words = append(words, "outputs")
		}
	}
	s.cloud.log = append(s.cloud.log, "write: "+strings.Join(words, ", "))
	return nil
}

func (s *store) Close() error { return nil }

// world is a cloud, a state and what a run needs beside them.
type world struct {
	owner    string // lineage in the marks; "" when there are none
	t        *testing.T
	cloud    *toy
	store    *store
	parallel int
	stop     chan struct{}
	unmarked []string
	identity string // of the account
	bare     bool   // calls are not guarded against panics
	ids      atomic.Int64
	events   []Event
}

func newWorld(t *testing.T) *world {
	c := newToy()
	return &world{owner: "l",
		t: t, cloud: c, parallel: 1, stop: make(chan struct{}),
		store: &store{cloud: c, objects: map[state.ObjectKey]state.Object{}, marks: map[string]state.Mark{}, snap: state.Snapshot{Lineage: "l", Outputs: map[string]state.Output{}}},
	}
}

var catalog = config.NewCatalog(toyProvider())

func program(t *testing.T, src string) *config.Program {
	t.Helper()
	p, diags := config.Load(fstest.MapFS{"main.tf": {Data: []byte(src)}}, ".", catalog, nil)
	if diags.HasErrors() {
		t.Fatalf("load: %v\n%s", diags, src)
	}
	return p
}

// plan plans src for what state has; nobody looks at the cloud.
func (w *world) plan(p *config.Program) *planner.Plan {
	w.t.Helper()
	snap, _ := w.store.Snapshot()
	in := planner.Input{Program: p, Snapshot: snap}
	for _, o := range snap.Objects {
		prior, err := planner.Unobserved(o, catalog)
		if err != nil {
			w.t.Fatal(err)
		}
		in.Priors = append(in.Priors, prior)
	}
	plan, diags := planner.Build(in)
	if diags.HasErrors() {
		w.t.Fatalf("plan: %v", diags)
	}
	return plan
}

// apply plans src and carries the plan out. The log is that of this run.
func (w *world) apply(ctx context.Context, src string) (Result, error) {
	w.t.Helper()
	p := program(w.t, src)
	return w.carryOut(ctx, p, w.plan(p))
}

func (w *world) carryOut(ctx context.Context, p *config.Program, plan *planner.Plan) (Result, error) {
	w.t.Helper()
	snap, _ := w.store.Snapshot()
	w.cloud.log, w.events, w.store.writes = nil, nil, 0
	result, diags, err := Apply(ctx, w.stop, plan, snap, Options{
		Program: p, Catalog: catalog, Store: w.store, Owner: w.owner, Clock: providers.WallClock{}, Parallel: w.parallel,
		Connect: func(ctx context.Context, _ string, _ cty.Value) (providers.Conn, error) {
			return w.guard(providers.Conn{Ops: w.ops(), Classify: classify, Identity: func() string { return w.identity }, Unmark: func(_ context.Context, token string) error {
				w.unmarked = append(w.unmarked, token)
				return nil
			}}), nil
		},
		NewID:  func() string { return fmt.Sprintf("key%05d", w.ids.Add(1)) },
		Window: func(t *providers.Type) time.Duration { return t.Settle },
		Events: func(e Event) { w.events = append(w.events, e) },
	})
	if diags.HasErrors() {
		w.t.Fatalf("apply: %v", diags)
	}
	return result, err
}

// guard guards conn, as the program does, unless the world is bare.
func (w *world) guard(conn providers.Conn) providers.Conn {
	if w.bare {
		return conn
	}
	return providers.Guard(conn)
}

func (w *world) ops() providers.Ops {
	p := providers.Cloud[*toy, struct{}]{
		Name:    "toy",
		Connect: func(context.Context, struct{}, providers.Env) (*toy, error) { return w.cloud, nil },
		Operations: func(ctx context.Context, c *toy, names []string) ([]error, error) {
			return c.ask(ctx, names)
		},
	}.Provider()
	conn, err := p.Connect(context.Background(), cty.EmptyObjectVal, providers.Env{})
	if err != nil {
		w.t.Fatal(err)
	}
	return conn.Ops
}

// must applies src without failures.
func (w *world) must(src string) Result {
	w.t.Helper()
	result, err := w.apply(context.Background(), src)
	if err != nil || len(result.Failed) > 0 {
		w.t.Fatalf("apply: %v, failed %v", err, w.failures(result))
	}
	return result
}

// failures returns what failed, as "failed a" and "skipped b", sorted.
func (w *world) failures(r Result) []string {
	var list []string
	for _, e := range r.Failed {
		word := "failed "
		if e.Kind == Skipped {
			word = "skipped "
		}
		list = append(list, word+e.Addr.Name)
	}
	slices.Sort(list)
	return list
}

// states returns the objects of state as "live a id-1", in order of address.
func (w *world) states() []string {
	var list []string
	snap, _ := w.store.Snapshot()
	for _, o := range snap.Objects {
		p, err := planner.Unobserved(o, catalog)
		if err != nil {
			w.t.Fatal(err)
		}
		word := string(o.Status)
		if o.Deposed {
			word += " deposed"
		}
		list = append(list, strings.TrimSpace(word+" "+o.Addr.Name+" "+providers.ID(p.Value)))
	}
	return list
}

// calls returns the log without reads, lists and writes.
func (w *world) calls() []string {
	return slices.DeleteFunc(slices.Clone(w.cloud.log), func(s string) bool {
		return strings.HasPrefix(s, "write") || strings.HasPrefix(s, "read") || strings.HasPrefix(s, "list") || strings.HasPrefix(s, "find")
	})
}

// resource is a block of a type with a name and more.
func resource(typ, name, body string) string {
	return fmt.Sprintf("resource %q %q {\n name = %q\n%s\n}\n", typ, name, name, body)
}

// once makes the first call that is as named fail.
func once(call string, err error, effect bool) func(context.Context, string) (error, bool) {
	return times(1, call, err, effect)
}

// times makes the first n calls that are as named fail.
func times(n int, call string, err error, effect bool) func(context.Context, string) (error, bool) {
	var mu sync.Mutex
	return func(_ context.Context, got string) (error, bool) {
		mu.Lock()
		defer mu.Unlock()
		if got != call || n == 0 {
			return nil, true
		}
		n--
		return err, effect
	}
}

// inBubble runs f in simulated time with a new world.
func inBubble(t *testing.T, name string, f func(t *testing.T, w *world)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { f(t, newWorld(t)) })
	})
}
