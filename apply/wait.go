package apply

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/planner/observe"
	"github.com/mlinfra/mlinfra/providers"
)

// goal is what a wait is for.
type goal int

const (
	ready goal = iota
	gone
)

// The pace of looking: at once, then after waits that grow with the age of
// what is waited for.
const (
	minPause   = 100 * time.Millisecond
	maxPause   = 10 * time.Second
	pauseShare = 0.3 // of the age
)

// waiter waits for objects to become ready or gone. Objects of one collection
// share their looks.
type waiter struct {
	clock providers.Clock

	mu      sync.Mutex
	pollers map[string]*poller
	running sync.WaitGroup
}

func newWaiter(clock providers.Clock) *waiter {
	return &waiter{clock: clock, pollers: map[string]*poller{}}
}

// waiting is one object that somebody waits for.
type waiting struct {
	ctx   context.Context
	goal  goal
	have  cty.Value
	since time.Time
	done  chan<- outcome
	// operation has to end before the object is looked at; "" for none.
	operation string
}

// failedError is why an operation of the cloud has failed, or the object is
// broken.
type failedError struct{ error }

// Unwrap returns the reason.
func (e *failedError) Unwrap() error { return e.error }

type outcome struct {
	value cty.Value
	err   error
}

// poller looks at the waiting objects of one collection.
type poller struct {
	w     *waiter
	key   string
	ops   providers.Ops
	typ   *providers.Type
	items []*waiting
	wake  chan struct{} // an object has come
}

// wait returns the object when its operation has ended and the goal is
// reached: its value when ready. It ends with the error of ctx, with ErrGone
// when an object that should become ready has gone, with a failedError when
// the operation has failed, or with what a look failed with.
func (w *waiter) wait(ctx context.Context, key string, ops providers.Ops, t *providers.Type, have cty.Value, g goal, operation string) (cty.Value, error) {
	key += " " + t.Name + " " + t.Within(have)
	done := make(chan outcome, 1)
	w.mu.Lock()
	p := w.pollers[key]
	if p == nil {
		p = &poller{w: w, key: key, ops: ops, typ: t, wake: make(chan struct{}, 1)}
		w.pollers[key] = p
		w.running.Go(p.run)
	}
	p.items = append(p.items, &waiting{ctx: ctx, goal: g, have: have, since: w.clock.Now(), done: done, operation: operation})
	w.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		return have, ctx.Err()
	}
}

// run looks until nobody waits.
func (p *poller) run() {
	last := time.Time{}
	for {
		items, pause := p.next(last)
		if items == nil {
			return
		}
		if pause > 0 {
			p.sleep(items[0].ctx, pause)
			continue
		}
		last = p.w.clock.Now()
		if err := providers.Protect(p.typ.Name+" wait", func() error { p.look(items); return nil }); err != nil {
			p.fail(err)
		}
	}
}

// next returns those who wait and how long to pause before the next look; nil
// when nobody waits, and the poller has ended.
func (p *poller) next(last time.Time) ([]*waiting, time.Duration) {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	var live []*waiting
	youngest := time.Time{}
	for _, it := range p.items {
		if it.ctx.Err() == nil {
			live = append(live, it)
		}
		if it.since.After(youngest) {
			youngest = it.since
		}
	}
	p.items = live
	if len(live) == 0 {
		delete(p.w.pollers, p.key)
		return nil, 0
	}
	now := p.w.clock.Now()
	age := now.Sub(youngest)
	pause := min(max(time.Duration(float64(age)*pauseShare), minPause), maxPause)
	return append([]*waiting(nil), live...), last.Add(pause).Sub(now)
}

// sleep pauses until the time is over, ctx ends or another object has come.
func (p *poller) sleep(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	slept := make(chan struct{})
	p.w.running.Go(func() {
		defer close(slept)
		_ = p.w.clock.Sleep(ctx, d)
	})
	select {
	case <-slept:
	case <-p.wake:
		cancel()
		<-slept
	}
}

// ended asks for the operations of those who wait, answers those whose
// operation has failed and returns those who have none, or none any more.
func (p *poller) ended(ctx context.Context, items []*waiting) []*waiting {
	var free, busy []*waiting
	var names []string
	for _, it := range items {
		if it.operation == "" {
			free = append(free, it)
			continue
		}
		busy, names = append(busy, it), append(names, it.operation)
	}
	if len(busy) == 0 {
		return free
	}
	results, err := p.ops.Operations(ctx, names)
	if ctx.Err() != nil {
		return nil
	}
	for i, it := range busy {
		switch {
		case err != nil:
			p.finish(it, outcome{it.have, err})
		case results[i] == nil:
			it.operation = ""
			free = append(free, it)
		case !errors.Is(results[i], providers.ErrNotReady):
			p.finish(it, outcome{it.have, &failedError{results[i]}})
		}
	}
	return free
}

// look looks at all who wait, and answers those whose goal is reached. Who
// waits for an object to go takes a list's word for it.
func (p *poller) look(items []*waiting) {
	ctx := items[0].ctx
	if items = p.ended(ctx, items); len(items) == 0 {
		return
	}
	have := make([]cty.Value, len(items))
	for i, it := range items {
		have[i] = it.have
	}
	sights, err := observe.Look(ctx, p.ops, p.typ, have, func(i int) bool { return items[i].goal == gone })
	if ctx.Err() != nil {
		return // its owner has left; the others look again
	}
	for i, it := range items {
		if err != nil {
			p.finish(it, outcome{it.have, err})
			continue
		}
		switch s := sights[i]; {
		case s.Err != nil && !s.Gone:
			p.finish(it, outcome{it.have, s.Err})
		case s.Gone && it.goal == gone:
			p.finish(it, outcome{it.have, nil})
		case s.Gone && p.w.clock.Now().Sub(it.since) >= p.typ.Grace:
			p.finish(it, outcome{it.have, s.Err})
		case s.Broken != nil && it.goal == ready:
			p.finish(it, outcome{s.Value, &failedError{s.Broken}})
		case s.Ready && it.goal == ready:
			p.finish(it, outcome{s.Value, nil})
		}
	}
}

// fail answers all who wait with err.
func (p *poller) fail(err error) {
	p.w.mu.Lock()
	items := p.items
	p.items = nil
	p.w.mu.Unlock()
	for _, it := range items {
		it.done <- outcome{it.have, err}
	}
}

// finish answers it and forgets it.
func (p *poller) finish(it *waiting, o outcome) {
	p.w.mu.Lock()
	for i, other := range p.items {
		if other == it {
			p.items = append(p.items[:i:i], p.items[i+1:]...)
			break
		}
	}
	p.w.mu.Unlock()
	it.done <- o
}
