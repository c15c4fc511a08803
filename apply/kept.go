package apply

import (
	"context"
	"errors"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// What only state keeps cannot be lost between a call and its record: there is
// one record, of what has come of it, and none before. Nobody waits for it
// unless provisioners have had effects: the intents of what stands on the object
// are written after it.

// keep makes or changes what only state keeps.
func (r *Run) keep(all context.Context, c *call) (cty.Value, error) {
	ctx, cancel := r.untilStop(all) // but provisioners that have begun may end
	defer cancel()
	if c.op == planner.OpUpdate && c.want.RawEquals(c.change.Before) {
		return c.want, r.record(c, state.Live, c.want)
	}
	if c.op == planner.OpUpdate {
		v, err := c.conn.Ops.Update(ctx, c.typ, c.change.Before, c.sent)
		if err != nil {
			return v, r.stopped(err)
		}
		return v, r.keepRecord(c, v)
	}
	v, err := c.conn.Ops.Create(ctx, c.typ, c.sent, providers.Attempt{Since: r.clock.Now()})
	if err != nil {
		return v, r.stopped(err)
	}
	c.object.Key = r.journal.newKey()
	if c.old != nil {
		old := *c.old
		old.Deposed = true
		if err := r.journal.commit(state.Change{Put: &old}); err != nil {
			return v, err
		}
	}
	if err := r.provisioned(all, c, v); err != nil {
		return v, err
	}
	if len(provisionersOf(c.block, false)) > 0 {
		return v, r.record(c, state.Live, v)
	}
	return v, r.keepRecord(c, v)
}

// keepRecord records the object of c without waiting for it: what stands on the
// object is recorded after it.
func (r *Run) keepRecord(c *call, v cty.Value) error {
	planner.EncodeObject(&c.object, c.typ, v)
	return r.journal.later(state.Change{Put: r.journal.status(&c.object, state.Live)})
}

// drop removes what only state keeps.
func (r *Run) drop(ctx context.Context, c *call) error {
	ctx, cancel := r.untilStop(ctx)
	defer cancel()
	if err := c.conn.Ops.Delete(ctx, c.typ, c.change.Before); err != nil && !errors.Is(err, providers.ErrGone) {
		return r.stopped(err)
	}
	if len(provisionersOf(c.block, true)) > 0 {
		return r.journal.drop(&c.object)
	}
	return r.journal.later(state.Change{Drop: c.object.Key})
}

// untilStop returns a context that ends when the run is to stop.
func (r *Run) untilStop(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(r.stopping, cancel)
	return ctx, func() { stop(); cancel() }
}

// stopped returns err, or that the run was stopped when that is why.
func (r *Run) stopped(err error) error {
	if r.stopping.Err() != nil {
		return providers.ErrStopped
	}
	return err
}
