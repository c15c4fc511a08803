package apply

import (
	"context"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// Options are what a run needs beside its plan.
type Options struct {
	Program *config.Program
	Env     config.Env
	Catalog config.Catalog
	Store   state.Store
	// Owner is the lineage of the state, which marks what is made; "" for no marks.
	Owner string
	Clock providers.Clock
	// Connect returns the connected provider whose configuration has the key
	// and, evaluated, the value; it is called once for each key.
	Connect func(ctx context.Context, key string, config cty.Value) (providers.Conn, error)
	// NewID returns a random text of at least eight letters and digits.
	NewID func() string
	// Window says how long a lost create of a type may stay invisible.
	Window func(*providers.Type) time.Duration
	// Parallel bounds the steps under way; 0 leaves that to the providers'
	// limits.
	Parallel int
	// Events is called for each event, from one goroutine.
	Events func(Event)
	// Offline means that what is made cannot be reached: only probes of a host
	// that the configuration names are sent.
	Offline bool
	// Machines returns the URL of a proxy that leads provisioners to machines in
	// memory, in place of those that their connections name; nil for those.
	Machines func() (string, error)
	// Environ is what the commands of provisioners start with.
	Environ []string
}

// maxSending bounds the creates under way: of more than the APIs take at once,
// only the intents would be written, and be open when the run is cut off.
const maxSending = 64

// Run is one apply.
type Run struct {
	Options
	clock    providers.Clock
	newID    func() string
	plan     *planner.Plan
	scope    *config.Scope // of what is there now
	before   *config.Scope // of what was there before the run
	journal  *journal
	waiter   *waiter
	births   births
	locks    keyLocks // what types lock
	turns    turns
	sending  chan struct{}   // a slot for each create that may be under way
	stopping context.Context // done when nothing new may start
	calls    chan func()     // to run on the goroutine of the steps

	objects map[state.ObjectKey]state.Object
	conns   map[connKey]providers.Conn
	taken   map[int]bool // changes whose new object has taken the old one over
	foreign []string     // addresses whose objects were there before they were made
	result  Result
}

// Apply carries out the plan. Cancelling ctx cancels running calls; ending
// stop lets them finish and starts nothing new. The error says why nothing was
// done or why the state could not be written; failed steps are in the Result.
func Apply(ctx context.Context, stop <-chan struct{}, plan *planner.Plan, snap state.Snapshot, o Options) (Result, hcl.Diagnostics, error) {
	stopping, ended := stoppable(ctx, stop)
	defer ended()
	r := newRun(stopping, plan, o)
	if err := r.prepare(snap); err != nil {
		return r.result, nil, err
	}
	failed := r.steps(ctx)
	r.waiter.running.Wait()
	r.journal.pending.Wait()
	diags := append(r.validations(failed), r.outputs(failed)...)
	diags = append(diags, r.checks(ctx, failed)...)
	r.result.Interrupted = stopping.Err() != nil
	r.tellForeign()
	r.unmark(ctx, snap.Marks)
	return r.result, diags, r.journal.failure()
}

// stoppable returns a context of ctx that ends with stop, too. The caller ends
// it when it is done.
func stoppable(ctx context.Context, stop <-chan struct{}) (context.Context, func()) {
	stopping, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		select {
		case <-stop:
			cancel()
		case <-ended:
		}
	}()
	return stopping, func() {
		close(ended)
		cancel()
	}
}

func newRun(stopping context.Context, plan *planner.Plan, o Options) *Run {
	return &Run{
		Options: o, clock: o.Clock, newID: o.NewID, plan: plan, stopping: stopping,
		scope:   config.NewScope(o.Program, o.Env),
		before:  config.NewScope(o.Program, o.Env),
		waiter:  newWaiter(o.Clock),
		journal: &journal{store: o.Store, clock: o.Clock, newID: o.NewID, tokens: map[string]string{}, ids: map[string]bool{}, names: map[string]state.Addr{}},
		objects: map[state.ObjectKey]state.Object{},
		conns:   map[connKey]providers.Conn{},
		taken:   map[int]bool{},
		sending: make(chan struct{}, maxSending),
		calls:   make(chan func()),
	}
}

// prepare brings state up to what the plan has observed, and the scope to what
// stays as it is.
func (r *Run) prepare(snap state.Snapshot) error {
	for _, o := range snap.Objects {
		r.objects[o.Key] = o
	}
	if len(r.plan.Refresh) > 0 {
		if err := r.journal.commit(r.plan.Refresh...); err != nil {
			return err
		}
	}
	for _, c := range r.plan.Changes {
		if c.ImportID != "" {
			r.result.Imported++
		}
	}
	for _, c := range r.plan.Refresh {
		switch {
		case c.Put != nil:
			r.objects[c.Put.Key] = *c.Put
		case c.Drop != "":
			delete(r.objects, c.Drop)
		}
	}
	seen := make(map[state.ObjectKey]cty.Value, len(r.plan.Changes))
	for _, c := range r.plan.Changes {
		seen[c.Key] = c.Before
	}
	for _, o := range r.objects {
		if o.Status == state.Intended {
			continue
		}
		v, ok := seen[o.Key]
		if !ok {
			p, err := planner.Unobserved(o, r.Catalog)
			if err != nil {
				return err
			}
			v = p.Value
		}
		r.journal.own(o.Provider, o.Addr.Type, providers.ID(v))
		if t := r.Catalog.TypeOf(o.Addr); t != nil && t.HasNamed() {
			r.journal.claim(o.Provider, t.Name, providers.ID(v), o.Addr)
		}
		if !o.Deposed {
			r.refer(r.before, o.Addr, v, o.Sensitive)
		}
	}
	for i := range r.plan.Changes {
		if c := &r.plan.Changes[i]; c.Action == planner.NoOp {
			r.refer(r.scope, c.Addr, c.After, c.Sensitive)
			r.refer(r.before, c.Addr, c.After, c.Sensitive)
		}
	}
	return nil
}

// refer lets expressions in scope refer to the object at an address as v.
func (r *Run) refer(scope *config.Scope, a state.Addr, v cty.Value, sensitive []string) {
	if blk := r.Program.Block(config.BlockID(a)); blk != nil && blk.Type != nil {
		scope.SetInstanceTo(a, func() cty.Value { return planner.MarkSensitive(blk.Type.Schema, v, sensitive) })
	}
}
