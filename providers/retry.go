package providers

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/zclconf/go-cty/cty"
)

// Retry returns conn with calls that ask again where that can do no harm: after a refusal
// without effect always, after a lost answer only where the call can be sent
// twice. A create whose answer was lost is returned as it is.
func Retry(conn Conn, clock Clock) Conn {
	r := &retry{ops: conn.Ops, classify: conn.Classify, clock: clock}
	conn.Ops = r
	if verify := conn.Verify; verify != nil {
		conn.Verify = func(ctx context.Context) error {
			return r.do(ctx, true, func() error { return verify(ctx) })
		}
	}
	if unmark := conn.Unmark; unmark != nil {
		conn.Unmark = func(ctx context.Context, token string) error {
			return r.do(ctx, true, func() error { return unmark(ctx, token) })
		}
	}
	if end := conn.Close; end != nil {
		conn.Close = func(ctx context.Context) error {
			return r.do(ctx, true, func() error { return end(ctx) })
		}
	}
	return conn
}

type retry struct {
	ops      Ops
	classify func(error) Verdict
	clock    Clock

	mu    sync.Mutex
	grace time.Time // until then what was created last may not be seen yet
}

// patience is how long each kind of failure is met with another try.
var patience = [...]time.Duration{
	Fatal:     0,
	Gone:      0,
	Throttled: 10 * time.Minute,
	Unsent:    5 * time.Second,
	Busy:      2 * time.Minute,
	Transient: 30 * time.Second,
	Missing:   0, // see retry.until
}

const (
	firstPause = 100 * time.Millisecond
	maxPause   = 10 * time.Second
)

type patienceKey struct{}

// WithPatience returns a context in which calls that are refused as busy are made
// again for as long as d, in place of the usual time.
func WithPatience(ctx context.Context, d time.Duration) context.Context {
	return context.WithValue(ctx, patienceKey{}, d)
}

// do calls f until it succeeds, fails for good or the patience is used up.
func (r *retry) do(ctx context.Context, twice bool, f func() error) error {
	start, pause := r.clock.Now(), firstPause
	for {
		err := f()
		if err == nil || ctx.Err() != nil || isAnswer(err) || errors.Is(err, ErrStopped) {
			return err
		}
		v := r.classify(err)
		wait := max(v.After, pause+rand.N(pause/2))
		final := v.Kind == Transient && !twice
		if final || r.clock.Now().Add(wait).After(r.until(ctx, v, start)) || r.clock.Sleep(ctx, wait) != nil {
			return explained(err, v)
		}
		pause = min(pause*2, maxPause)
	}
}

// until returns when a failure is not met with another try any more, for a call
// that was first made at start.
func (r *retry) until(ctx context.Context, v Verdict, start time.Time) time.Time {
	if d, ok := ctx.Value(patienceKey{}).(time.Duration); ok && v.Kind == Busy {
		return start.Add(d)
	}
	if v.Kind != Missing {
		return start.Add(max(patience[v.Kind], v.Lasts))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.grace
}

// created remembers that an object of type t is new.
func (r *retry) created(t *Type) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if until := r.clock.Now().Add(t.Grace); t.Grace > 0 && until.After(r.grace) {
		r.grace = until
	}
}

func (r *retry) Create(ctx context.Context, t *Type, want cty.Value, a Attempt) (v cty.Value, err error) {
	// What came beside an object that exists is passed on as it is.
	var beside error
	err = r.do(ctx, t.Again || t.Replay, func() error {
		v, beside = r.ops.Create(ctx, t, want, a)
		if ID(v) != "" {
			r.created(t)
			return nil
		}
		return beside
	})
	if err == nil {
		err = beside
	}
	return v, err
}

func (r *retry) Read(ctx context.Context, t *Type, have cty.Value) (v cty.Value, err error) {
	err = r.do(ctx, true, func() error { v, err = r.ops.Read(ctx, t, have); return err })
	return v, err
}

func (r *retry) Inspect(ctx context.Context, t *Type, have cty.Value) (l Listed, err error) {
	err = r.do(ctx, true, func() error { l, err = r.ops.Inspect(ctx, t, have); return err })
	return l, err
}

func (r *retry) Leaves(ctx context.Context, t *Type, have cty.Value) (list []Leftover, err error) {
	err = r.do(ctx, true, func() error { list, err = r.ops.Leaves(ctx, t, have); return err })
	return list, err
}

func (r *retry) Update(ctx context.Context, t *Type, was, want cty.Value) (v cty.Value, err error) {
	err = r.do(ctx, true, func() error { v, err = r.ops.Update(ctx, t, was, want); return err })
	return v, err
}

func (r *retry) Delete(ctx context.Context, t *Type, have cty.Value) error {
	return r.do(ctx, true, func() error { return r.ops.Delete(ctx, t, have) })
}

func (r *retry) Find(ctx context.Context, t *Type, want cty.Value, a Attempt) (v cty.Value, found bool, err error) {
	err = r.do(ctx, true, func() error { v, found, err = r.ops.Find(ctx, t, want, a); return err })
	return v, found, err
}

func (r *retry) List(ctx context.Context, t *Type, in cty.Value) (all []Listed, err error) {
	err = r.do(ctx, true, func() error { all, err = r.ops.List(ctx, t, in); return err })
	return all, err
}

func (r *retry) Operations(ctx context.Context, names []string) (errs []error, err error) {
	err = r.do(ctx, true, func() error { errs, err = r.ops.Operations(ctx, names); return err })
	for i, e := range errs {
		if e != nil && !isAnswer(e) {
			errs[i] = explained(e, r.classify(e))
		}
	}
	return errs, err
}
