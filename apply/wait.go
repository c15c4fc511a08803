package apply

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/zclconf/go-cty/cty"

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
	listFrom   = 3   // from how many waiting objects on one list replaces reads
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
}

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

// wait returns the object when the goal is reached: its value when ready. It
// ends with the error of ctx, with ErrGone when an object that should become
// ready has gone, or with what a look failed with.
func (w *waiter) wait(ctx context.Context, key string, ops providers.Ops, t *providers.Type, have cty.Value, g goal) (cty.Value, error) {
	key += " " + t.Name + " " + t.Within(have)
	done := make(chan outcome, 1)
	w.mu.Lock()
	p := w.pollers[key]
	if p == nil {
		p = &poller{w: w, key: key, ops: ops, typ: t, wake: make(chan struct{}, 1)}
		w.pollers[key] = p
		w.running.Go(p.run)
	}
	p.items = append(p.items, &waiting{ctx: ctx, goal: g, have: have, since: w.clock.Now(), done: done})
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
		p.look(items)
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

func (p *poller) look(items []*waiting) {
	if len(items) >= listFrom && p.typ.CanList() && !p.typ.Shallow {
		p.list(items)
		return
	}
	var wg sync.WaitGroup
	for _, it := range items {
		wg.Go(func() { p.read(it) })
	}
	wg.Wait()
}

func (p *poller) list(items []*waiting) {
	listed, err := p.ops.List(items[0].ctx, p.typ, items[0].have)
	if err != nil {
		if items[0].ctx.Err() != nil {
			return // its owner has left; the others ask again
		}
		for _, it := range items {
			p.finish(it, outcome{it.have, err})
		}
		return
	}
	byID := make(map[string]providers.Listed, len(listed))
	for _, l := range listed {
		byID[providers.ID(l.Value)] = l
	}
	for _, it := range items {
		l, ok := byID[providers.ID(it.have)]
		switch {
		case it.goal == gone && !ok:
			p.finish(it, outcome{it.have, nil})
		case it.goal == ready && ok && l.Ready:
			p.finish(it, outcome{p.typ.KeepBlind(it.have, l.Value), nil})
		case it.goal == ready && !ok:
			p.read(it) // lists may lag
		}
	}
}

func (p *poller) read(it *waiting) {
	v, err := p.ops.Read(it.ctx, p.typ, it.have)
	switch {
	case errors.Is(err, providers.ErrNotReady), err == nil && it.goal == gone:
	case errors.Is(err, providers.ErrGone) && it.goal == gone:
		p.finish(it, outcome{it.have, nil})
	case errors.Is(err, providers.ErrGone) && p.w.clock.Now().Sub(it.since) < p.typ.Grace:
	case err != nil:
		p.finish(it, outcome{it.have, err})
	default:
		p.finish(it, outcome{v, nil})
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
