package apply

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// Orphan is an object that bears the ownership mark of a state and is not in it.
type Orphan struct {
	// Addr is where it stands in state while it is being deleted: of its type,
	// and of no block.
	Addr     state.Addr
	Provider string // key of the configuration that Conn is connected with
	Conn     providers.Conn
	Value    cty.Value // identifies it
}

// Remove deletes orphans as steps of an apply are: each is recorded before its
// call and forgotten when it is gone, so that after a crash the next apply goes
// on. Right before, each is read again: only what bears the mark of o.Owner
// goes. An orphan that stands in the way of another is deleted first by trying
// again what was refused. The errors are those of the orphans, nil for those
// that are gone; one that was refused is not in state, as before.
func Remove(ctx context.Context, stop <-chan struct{}, orphans []Orphan, o Options) []error {
	stopping, ended := stoppable(ctx, stop)
	defer ended()
	r := newRun(stopping, nil, o)
	errs := make([]error, len(orphans))
	left := make([]int, len(orphans))
	for i := range orphans {
		left[i] = i
	}
	for {
		r.removeAll(ctx, orphans, left, errs)
		var again []int
		for _, i := range left {
			if errs[i] != nil {
				again = append(again, i)
			}
		}
		if len(again) == 0 || len(again) == len(left) || stopping.Err() != nil || r.journal.failure() != nil {
			break
		}
		left = again
	}
	r.waiter.running.Wait()
	return errs
}

// removeAll tries to delete some orphans at once.
func (r *Run) removeAll(ctx context.Context, orphans []Orphan, which []int, errs []error) {
	var wg sync.WaitGroup
	var mu sync.Mutex // events come one at a time
	event := func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		r.Events(e)
	}
	for _, i := range which {
		wg.Go(func() {
			x := orphans[i]
			e := Event{Kind: Started, Addr: x.Addr, Op: planner.OpDelete, ID: providers.ID(x.Value)}
			start := r.clock.Now()
			event(e)
			errs[i] = r.remove(ctx, x)
			if e.Kind, e.Elapsed = Completed, r.clock.Now().Sub(start); errs[i] != nil {
				e.Kind, e.Err = Failed, errs[i]
			}
			event(e)
		})
	}
	wg.Wait()
}

// remove deletes one orphan.
func (r *Run) remove(ctx context.Context, x Orphan) error {
	t := r.Catalog.TypeOf(x.Addr)
	if t == nil {
		return fmt.Errorf("unknown type %s", x.Addr.Type)
	}
	seen, err := x.Conn.Ops.Inspect(ctx, t, x.Value)
	switch {
	case errors.Is(err, providers.ErrGone):
		return nil
	case err != nil:
		return fmt.Errorf("it could not be looked at before it was to be deleted: %w", err)
	case r.Owner == "" || seen.Owner != r.Owner:
		return errors.New("it does not bear the mark of this state any more, and so it stays")
	}
	if err := t.Protected(seen.Value); err != nil {
		return err
	}
	c := &call{
		op: planner.OpDelete, typ: t, conn: x.Conn, via: connKey{provider: x.Provider, before: true}, timeout: waitTimeout,
		change: &planner.Change{Addr: x.Addr, Provider: x.Provider, Action: planner.Delete, Before: seen.Value},
		object: state.Object{
			Key: r.journal.newKey(), Addr: x.Addr, Provider: x.Provider, Identity: x.Conn.Identity(),
			Status: state.Live,
		},
	}
	planner.EncodeObject(&c.object, t, seen.Value)
	unlock, err := r.locks.lock(ctx, c)
	if err != nil {
		return err
	}
	defer unlock()
	if err = r.delete(ctx, c); err != nil && c.object.Status == state.Live {
		return errors.Join(err, r.journal.drop(&c.object)) // refused: it is where it was
	}
	return err
}
