package apply

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
)

// heartbeat is how often a running step says that it is still running.
const heartbeat = 10 * time.Second

// done is a finished step.
type done struct {
	step    int
	value   cty.Value
	err     error
	elapsed time.Duration
}

// queue knows which steps may start.
type queue struct {
	ready   []int
	waits   []int   // how many steps each still waits for
	unlocks [][]int // the steps that wait for each
	left    int     // steps that have not finished
}

func newQueue(steps []planner.Step) *queue {
	q := &queue{waits: make([]int, len(steps)), unlocks: make([][]int, len(steps)), left: len(steps)}
	for i, s := range steps {
		q.waits[i] = len(s.After)
		for _, e := range s.After {
			q.unlocks[e] = append(q.unlocks[e], i)
		}
		if q.waits[i] == 0 {
			q.ready = append(q.ready, i)
		}
	}
	return q
}

// next takes a step that may start.
func (q *queue) next() int {
	i := q.ready[0]
	q.ready = q.ready[1:]
	return i
}

// finish makes the steps ready that waited for i alone.
func (q *queue) finish(i int) {
	q.left--
	for _, next := range q.unlocks[i] {
		if q.waits[next]--; q.waits[next] == 0 {
			q.ready = append(q.ready, next)
		}
	}
}

// steps runs all steps and returns the indexes of those that failed or were
// skipped.
func (r *Run) steps(ctx context.Context) map[int]bool {
	q := newQueue(r.plan.Steps)
	failed := map[int]bool{}
	started := map[int]time.Time{}
	results := make(chan done)
	ticker := time.NewTicker(heartbeat)
	defer ticker.Stop()
	finish := func(d done) {
		if d.err != nil {
			failed[d.step] = true
		}
		q.finish(d.step)
	}
	end := func(d done) {
		d.elapsed = r.clock.Now().Sub(started[d.step])
		delete(started, d.step)
		d.err = r.report(d)
		finish(d)
	}
	for len(q.ready) > 0 || len(started) > 0 {
		for len(q.ready) > 0 && (r.Parallel == 0 || len(started) < r.Parallel) {
			i := q.next()
			if d, running := r.start(ctx, i, failed, results); !running {
				finish(d)
				continue
			}
			started[i] = r.clock.Now()
			// Steps that are done at once are dealt with before the next one begins: a
			// thousand of them take no thousand stacks.
			runtime.Gosched()
			for waiting := true; waiting; {
				select {
				case d := <-results:
					end(d)
				default:
					waiting = false
				}
			}
		}
		r.Store.Expect(len(started))
		if len(started) == 0 {
			continue
		}
		select {
		case d := <-results:
			end(d)
		case f := <-r.calls:
			f()
		case <-ticker.C:
			for _, i := range sortedKeys(started) {
				r.event(i, Progressed, r.clock.Now().Sub(started[i]), nil)
			}
		}
	}
	if q.left > 0 {
		panic("apply: steps of the plan wait for each other")
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
	case s.Op == planner.OpJoin, s.Op == planner.OpDelete && r.taken[s.Change]:
		return done{step: i}, false
	}
	what := r.plan.Changes[s.Change].Addr.Type + " " + string(s.Op)
	var c *call
	err := providers.Protect(what, func() (err error) { c, err = r.prepareCall(ctx, s); return err })
	if err != nil {
		r.result.NotDone++
		r.event(i, Failed, 0, err)
		return done{step: i, err: err}, false
	}
	r.event(i, Started, 0, nil)
	go func() {
		var v cty.Value
		err := providers.Protect(what, func() (err error) { v, err = r.do(ctx, c); return err })
		err = planner.Discreet(planner.Discreet(err, c.sent, c.change.Sensitive), c.change.Before, c.change.Secret())
		results <- done{step: i, value: v, err: err}
	}()
	return done{}, true
}

// report counts a finished step and tells of it. It returns why what depends
// on the step must not start.
func (r *Run) report(d done) error {
	s := r.plan.Steps[d.step]
	c := &r.plan.Changes[s.Change]
	if d.err != nil {
		r.result.NotDone++
		kind := Failed
		if errors.Is(d.err, providers.ErrStopped) {
			kind = Skipped // as the user wanted
		}
		r.event(d.step, kind, d.elapsed, d.err)
		return d.err
	}
	switch s.Op {
	case planner.OpCreate:
		r.result.Added++
		t := r.Catalog.TypeOf(c.Addr)
		if t != nil && c.CreateFirst && planner.TakesOver(t, c, d.value) {
			r.taken[s.Change] = true
		}
		if t != nil && t.TakenOver(d.value) {
			r.foreign = append(r.foreign, c.Addr.String())
		}
	case planner.OpUpdate:
		if c.Reason != "" || !d.value.RawEquals(c.Before) {
			r.result.Changed++
		}
	case planner.OpDelete:
		r.result.Destroyed++
	}
	if s.Op != planner.OpDelete {
		if err := providers.Protect(c.Addr.Type+" "+string(s.Op), func() error { return r.accept(c, d.value) }); err != nil {
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

// accept lets expressions refer to what a step has made, and says whether it is
// as it has to be.
func (r *Run) accept(c *planner.Change, v cty.Value) error {
	r.refer(r.scope, c.Addr, v, c.Sensitive)
	if path := planner.Refines(c.After, v); path != nil {
		r.result.Warnings = append(r.result.Warnings, fmt.Sprintf("%s: %s is not what was asked for: the cloud has changed it. The next plan will show the difference.", c.Addr, pathText(path)))
	}
	if t := r.Catalog.TypeOf(c.Addr); t != nil {
		texts := []string{t.Warn(v)}
		if t.Caution(c.After) == "" { // else the plan has said it
			texts = append(texts, t.Caution(v))
		}
		for _, text := range texts {
			if text != "" {
				r.result.Warnings = append(r.result.Warnings, fmt.Sprintf("%s: %s", c.Addr, text))
			}
		}
	}
	return r.postconditions(c, v)
}

func (r *Run) postconditions(c *planner.Change, v cty.Value) error {
	blk := r.Program.Block(config.BlockID(c.Addr))
	in, err := r.instance(blk, c.Addr)
	if err != nil {
		return err
	}
	self := planner.MarkSensitive(blk.Type.Schema, v, c.Sensitive)
	if diags := r.scope.Check(blk, config.After, in, self); diags.HasErrors() {
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
