package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// waitTimeout ends the wait for one object. A GPU droplet may take an hour.
const waitTimeout = 90 * time.Minute

// heartbeat is how often a running step says that it is still running.
const heartbeat = 10 * time.Second

// Options are what a run needs beside its plan.
type Options struct {
	Program *config.Program
	Env     config.Env
	Catalog config.Catalog
	Store   state.Store
	Clock   providers.Clock
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
}

// Run is one apply.
type Run struct {
	Options
	clock    providers.Clock
	newID    func() string
	plan     *planner.Plan
	scope    *config.Scope
	journal  *journal
	waiter   *waiter
	births   births
	locks    keyLocks // what types lock
	searches keyLocks
	stopping context.Context // done when nothing new may start

	objects  map[state.ObjectKey]state.Object
	conns    map[string]providers.Conn
	expanded map[config.ID]map[state.Key]config.Instance
	result   Result
}

// done is a finished step.
type done struct {
	step    int
	value   cty.Value
	err     error
	elapsed time.Duration
}

// Apply carries out the plan. Cancelling ctx cancels running calls; ending
// stop lets them finish and starts nothing new. The error says why nothing was
// done or why the state could not be written; failed steps are in the Result.
func Apply(ctx context.Context, stop <-chan struct{}, plan *planner.Plan, snap state.Snapshot, o Options) (Result, hcl.Diagnostics, error) {
	stopping, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-stop:
			cancel()
		case <-ended:
		}
	}()
	r := &Run{
		Options: o, clock: o.Clock, newID: o.NewID, plan: plan, stopping: stopping,
		scope:    config.NewScope(o.Program, o.Env),
		waiter:   newWaiter(o.Clock),
		journal:  &journal{store: o.Store, clock: o.Clock, newID: o.NewID, tokens: map[string]string{}, ids: map[string]string{}},
		objects:  map[state.ObjectKey]state.Object{},
		conns:    map[string]providers.Conn{},
		expanded: map[config.ID]map[state.Key]config.Instance{},
	}
	if err := r.prepare(snap); err != nil {
		return r.result, nil, err
	}
	failed := r.steps(ctx)
	r.waiter.running.Wait()
	diags := r.outputs(failed)
	r.result.Interrupted = stopping.Err() != nil
	r.unmark(ctx)
	return r.result, diags, r.journal.failure()
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
	for _, c := range r.plan.Refresh {
		switch {
		case c.Put != nil:
			r.objects[c.Put.Key] = *c.Put
		case c.Drop != "":
			delete(r.objects, c.Drop)
		}
	}
	for _, o := range r.objects {
		if o.Status == state.Intended {
			continue
		}
		t, err := planner.Unobserved(o, r.Catalog)
		if err != nil {
			return err
		}
		r.journal.own(o.Addr.Type, providers.ID(t.Value))
	}
	for i := range r.plan.Changes {
		c := &r.plan.Changes[i]
		if c.Action == planner.NoOp {
			r.settleValue(c, c.After)
		}
		if r.plan.Destroy && c.Action == planner.Delete && !r.isDeposed(c) {
			r.settleValue(c, c.Before)
		}
	}
	return nil
}

func (r *Run) isDeposed(c *planner.Change) bool { return c.Reason == planner.BecauseDeposed }

// settleValue lets expressions refer to the object of c as v.
func (r *Run) settleValue(c *planner.Change, v cty.Value) {
	if blk := r.Program.Block(config.BlockID(c.Addr)); blk != nil && blk.Type != nil {
		r.scope.SetInstance(c.Addr, planner.MarkSensitive(blk.Type.Schema, v, c.Sensitive))
	}
}

// steps runs all steps and returns the indexes of those that failed or were
// skipped.
func (r *Run) steps(ctx context.Context) map[int]bool {
	plan := r.plan
	waits := make([]int, len(plan.Steps)) // how many steps each still waits for
	unlocks := make([][]int, len(plan.Steps))
	var queue []int
	for i, s := range plan.Steps {
		waits[i] = len(s.After)
		for _, e := range s.After {
			unlocks[e] = append(unlocks[e], i)
		}
		if waits[i] == 0 {
			queue = append(queue, i)
		}
	}
	failed := map[int]bool{}
	started := map[int]time.Time{}
	results := make(chan done)
	ticker := time.NewTicker(heartbeat)
	defer ticker.Stop()
	finish := func(d done) {
		if d.err != nil {
			failed[d.step] = true
		}
		for _, next := range unlocks[d.step] {
			if waits[next]--; waits[next] == 0 {
				queue = append(queue, next)
			}
		}
	}
	for len(queue) > 0 || len(started) > 0 {
		for len(queue) > 0 && (r.Parallel == 0 || len(started) < r.Parallel) {
			i := queue[0]
			queue = queue[1:]
			if d, running := r.start(ctx, i, failed, results); !running {
				finish(d)
				continue
			}
			started[i] = r.clock.Now()
		}
		if len(started) == 0 {
			continue
		}
		select {
		case d := <-results:
			d.elapsed = r.clock.Now().Sub(started[d.step])
			delete(started, d.step)
			d.err = r.report(d)
			finish(d)
		case <-ticker.C:
			for _, i := range sortedKeys(started) {
				r.event(i, Progressed, r.clock.Now().Sub(started[i]), nil)
			}
		}
	}
	return failed
}

func sortedKeys(m map[int]time.Time) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// errSkipped is the error of a step that was not started.
var errSkipped = errors.New("not started")

// start begins step i on a worker. It returns the result at once for a step
// that does nothing or may not start.
func (r *Run) start(ctx context.Context, i int, failed map[int]bool, results chan<- done) (done, bool) {
	s := r.plan.Steps[i]
	blocked := slices.ContainsFunc(s.After, func(e int) bool { return failed[e] })
	switch {
	case blocked || r.stopping.Err() != nil || r.journal.failure() != nil:
		if s.Op != planner.OpJoin {
			r.result.NotDone++
			r.event(i, Skipped, 0, errSkipped)
		}
		return done{step: i, err: errSkipped}, false
	case s.Op == planner.OpJoin:
		return done{step: i}, false
	}
	c, err := r.prepareCall(ctx, s)
	if err != nil {
		r.result.NotDone++
		r.event(i, Failed, 0, err)
		return done{step: i, err: err}, false
	}
	r.event(i, Started, 0, nil)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				results <- done{step: i, err: fmt.Errorf("bug in %s: %v; state is intact, please report this", c.typ.Name, p)}
			}
		}()
		v, err := r.do(ctx, c)
		results <- done{step: i, value: v, err: err}
	}()
	return done{}, true
}

// prepareCall evaluates what step s needs with the values there are now.
func (r *Run) prepareCall(ctx context.Context, s planner.Step) (*call, error) {
	ch := &r.plan.Changes[s.Change]
	blk := r.Program.Block(config.BlockID(ch.Addr))
	c := &call{op: s.Op, change: ch, timeout: timeoutOf(blk, s.Op)}
	var err error
	if c.typ = r.Catalog.TypeOf(ch.Addr); c.typ == nil {
		return nil, fmt.Errorf("unknown type %s", ch.Addr.Type)
	}
	if c.conn, err = r.conn(ctx, ch.Provider); err != nil {
		return nil, err
	}
	if ch.Key != "" {
		c.object = r.objects[ch.Key]
	}
	switch s.Op {
	case planner.OpCreate:
		if ch.Action == planner.Replace && ch.CreateFirst {
			old := c.object
			c.old = &old
		}
		c.object = state.Object{Addr: ch.Addr, Provider: ch.Provider}
		fallthrough
	case planner.OpUpdate, planner.OpRead, planner.OpAwait:
		c.object.Deps, c.object.CreateFirst, c.object.Sensitive = ch.Deps, ch.CreateFirst, ch.Sensitive
		prior := cty.NullVal(c.typ.ImpliedType())
		if s.Op == planner.OpUpdate || s.Op == planner.OpAwait {
			prior = ch.Before
		}
		c.want, err = r.want(blk, ch, prior)
	}
	return c, err
}

// timeoutOf returns how long a step may wait for its object: what the block's
// timeouts say, else waitTimeout. blk is nil when the block is gone.
func timeoutOf(blk *config.Block, op planner.Op) time.Duration {
	if blk == nil {
		return waitTimeout
	}
	name := string(op)
	if op == planner.OpAwait {
		name = "create"
	}
	return cmp.Or(blk.Timeouts[name], blk.Timeouts["default"], waitTimeout)
}

// want evaluates an instance. The result must keep what the plan promised.
func (r *Run) want(blk *config.Block, ch *planner.Change, prior cty.Value) (cty.Value, error) {
	in, err := r.instance(blk, ch.Addr.Key)
	if err != nil {
		return cty.NilVal, err
	}
	cfg, _, diags := planner.Configured(r.scope, blk, in, prior)
	if diags.HasErrors() {
		return cty.NilVal, diags
	}
	want := planner.Propose(blk.Type, cfg, prior)
	if path := planner.Refines(ch.After, want); path != nil {
		return cty.NilVal, fmt.Errorf("%s is not what was planned any more: something that it depends on has changed since; plan again", pathText(path))
	}
	if err := blk.Type.Check(prior, want); err != nil {
		return cty.NilVal, err
	}
	return planner.Known(want), nil
}

func pathText(path cty.Path) string {
	var s strings.Builder
	for _, step := range path {
		switch step := step.(type) {
		case cty.GetAttrStep:
			s.WriteString("." + step.Name)
		case cty.IndexStep:
			s.WriteString("[…]")
		}
	}
	if s.Len() == 0 {
		return "it"
	}
	return s.String()[1:]
}

// instance returns the instance of blk with the key, as the plan has expanded it.
func (r *Run) instance(blk *config.Block, key state.Key) (config.Instance, error) {
	if r.expanded[blk.ID] == nil {
		list, _, diags := r.scope.Expand(blk)
		if diags.HasErrors() {
			return config.Instance{}, diags
		}
		byKey := make(map[state.Key]config.Instance, len(list))
		for _, in := range list {
			byKey[in.Key] = in
		}
		r.expanded[blk.ID] = byKey
	}
	in, ok := r.expanded[blk.ID][key]
	if !ok {
		return in, errors.New("its key is not in the configuration any more: something that count or for_each depends on has changed since the plan; plan again")
	}
	return in, nil
}

// conn returns the provider configuration called key, connected.
func (r *Run) conn(ctx context.Context, key string) (providers.Conn, error) {
	if c, ok := r.conns[key]; ok {
		return c, nil
	}
	cfg := cty.NilVal
	if id := config.ProviderID(key); r.Program.Block(id) != nil {
		v, diags := r.scope.Value(id)
		if diags.HasErrors() {
			return providers.Conn{}, diags
		}
		if !v.IsWhollyKnown() {
			return providers.Conn{}, fmt.Errorf("the settings of provider %s are not known yet", key)
		}
		cfg = v
	}
	c, err := r.Connect(ctx, key, cfg)
	if err != nil {
		return c, err
	}
	r.conns[key] = c
	return c, nil
}

// report counts a finished step and tells of it. It returns why what depends
// on the step must not start.
func (r *Run) report(d done) error {
	s := r.plan.Steps[d.step]
	c := &r.plan.Changes[s.Change]
	if d.err != nil {
		r.result.NotDone++
		r.event(d.step, Failed, d.elapsed, d.err)
		return d.err
	}
	switch s.Op {
	case planner.OpCreate:
		r.result.Added++
	case planner.OpUpdate:
		r.result.Changed++
	case planner.OpDelete:
		r.result.Destroyed++
	}
	if s.Op != planner.OpDelete {
		r.settleValue(c, d.value)
		if path := planner.Refines(c.After, d.value); path != nil {
			r.result.Warnings = append(r.result.Warnings, fmt.Sprintf("%s: %s is not what was asked for: the cloud has changed it. The next plan will show the difference.", c.Addr, pathText(path)))
		}
		if err := r.postconditions(c, d.value); err != nil {
			r.event(d.step, Failed, d.elapsed, err)
			return err
		}
	}
	id := providers.ID(d.value)
	if s.Op == planner.OpDelete {
		id = providers.ID(c.Before)
	}
	r.Events(Event{Kind: Completed, Addr: c.Addr, Op: s.Op, ID: id, Elapsed: d.elapsed})
	return nil
}

func (r *Run) postconditions(c *planner.Change, v cty.Value) error {
	blk := r.Program.Block(config.BlockID(c.Addr))
	in, err := r.instance(blk, c.Addr.Key)
	if err != nil {
		return err
	}
	self := planner.MarkSensitive(blk.Type.Schema, v, c.Sensitive)
	if diags := r.scope.InstanceConditions(blk, in, config.After, self); diags.HasErrors() {
		return diags
	}
	return nil
}

func (r *Run) event(step int, kind EventKind, elapsed time.Duration, err error) {
	s := r.plan.Steps[step]
	c := &r.plan.Changes[s.Change]
	e := Event{Kind: kind, Addr: c.Addr, Op: s.Op, Elapsed: elapsed, Err: err, ID: providers.ID(c.Before)}
	if kind == Failed || kind == Skipped {
		r.result.Failed = append(r.result.Failed, e)
	}
	r.Events(e)
}
