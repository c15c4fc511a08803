package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/planner/observe"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// lastLook is how long a stopped run goes on waiting for what it has called.
const lastLook = time.Second

// maxAttempts bounds how often a create is sent whose answer was lost and
// whose object was never made.
const maxAttempts = 5

func (r *Run) do(ctx context.Context, c *call) (cty.Value, error) {
	unlock, err := r.locks.lock(ctx, c)
	if err != nil {
		return cty.NilVal, err
	}
	defer unlock()
	if c.patience > 0 {
		ctx = providers.WithPatience(ctx, c.patience)
	}
	switch {
	case c.op == planner.OpDelete:
		if err := r.dismissed(ctx, c); err != nil {
			return cty.NilVal, err
		}
	case c.op != planner.OpRead && c.typ.Kept:
		return r.keep(ctx, c)
	}
	switch c.op {
	case planner.OpCreate:
		return r.create(ctx, c)
	case planner.OpUpdate:
		return r.update(ctx, c)
	case planner.OpDelete:
		return cty.NullVal(c.typ.ImpliedType()), r.delete(ctx, c)
	case planner.OpAwait:
		return r.finish(ctx, c)
	}
	return c.conn.Ops.Read(ctx, c.typ, c.want) // of a data source
}

// create makes an object: intent, call, id, readiness, each durable before
// the next.
func (r *Run) create(ctx context.Context, c *call) (cty.Value, error) {
	v, err := r.make(ctx, c)
	if providers.ID(v) == "" {
		return v, err
	}
	c.object.Operation = providers.OperationOf(err)
	more := errors.Is(err, providers.ErrAgain)
	if err != nil && !more && c.object.Operation == "" && !errors.Is(err, providers.ErrNotReady) {
		return v, errors.Join(err, r.record(c, state.Tainted, v))
	}
	if err := r.record(c, state.Pending, v); err != nil {
		return v, fmt.Errorf("%s %s exists, but: %w", c.typ.Name, providers.ID(v), err)
	}
	if v, err = r.born(ctx, c, v); err != nil {
		return v, err
	}
	if more {
		if v, err = r.change(ctx, c, v); err != nil {
			return v, err
		}
	}
	if err := r.answered(ctx, c, v); err != nil {
		return v, err
	}
	if err := r.provisioned(ctx, c, v); err != nil {
		return v, err
	}
	return v, r.record(c, state.Live, v)
}

// errNotMade means that a create whose answer was lost has made nothing.
var errNotMade = errors.New("the answer to the request was lost, and the object was not made")

// make sends creates until one has made the object, or has been refused. It
// returns a value with an id when the object exists.
func (r *Run) make(ctx context.Context, c *call) (cty.Value, error) {
	for attempt := 1; ; attempt++ {
		v, err := r.send(ctx, c)
		switch {
		case providers.ID(v) != "" || errors.As(err, new(notSent)):
			return v, err
		case errors.As(err, new(*providers.BugError)):
			return v, fmt.Errorf("%w. Whether it was created is not known: the next run finds out", err)
		case c.conn.Classify(err).Kind.Performed():
			v, err = r.search(ctx, c, err)
		default:
			return r.refused(ctx, c, attempt, err)
		}
		if !errors.Is(err, errNotMade) || attempt == maxAttempts {
			return v, err
		}
	}
}

// refused settles a create that was refused. The refusal may mean that what it
// was to make is there: an attempt taken for lost came late, or one request was
// delivered twice.
func (r *Run) refused(ctx context.Context, c *call, attempt int, refusal error) (cty.Value, error) {
	c.object.Intent.Refused = attempt == 1
	found, ok, err := r.searchOnce(ctx, c)
	var undecided *observe.UndecidedError
	switch {
	case ok:
		return found, nil
	case errors.As(err, &undecided) && len(undecided.Candidates) > 0:
		// The intent stays: the next run asks, if it cannot find out either.
		return cty.NilVal, errors.Join(refusal, undecided, r.journal.put(&c.object, state.Intended))
	}
	return cty.NilVal, errors.Join(refusal, r.forget(c))
}

// notSent is why a create never left: its intent could not be written, or the
// run is to stop.
type notSent struct{ error }

// Unwrap returns the reason.
func (e notSent) Unwrap() error { return e.error }

// send records the intent and sends one create. Searches wait until it has
// ended: an object whose answer is on its way looks like one without an owner.
func (r *Run) send(ctx context.Context, c *call) (cty.Value, error) {
	select {
	case r.sending <- struct{}{}:
	case <-r.stopping.Done():
		return cty.NilVal, notSent{providers.ErrStopped}
	}
	defer func() { <-r.sending }()
	turn := r.turns.of(c)
	turn.RLock()
	defer turn.RUnlock()
	if r.stopping.Err() != nil {
		return cty.NilVal, notSent{providers.ErrStopped}
	}
	if id := c.typ.Named(c.want); id != "" {
		if other, taken := r.journal.claim(c.change.Provider, c.typ.Name, id, c.change.Addr); taken {
			return cty.NilVal, notSent{errors.New(planner.SameObject(c.change.Addr, other, id))}
		}
	}
	if err := r.intend(ctx, c); err != nil {
		return cty.NilVal, notSent{err}
	}
	a := providers.Attempt{Token: c.object.Intent.Token, Owner: r.Owner, Since: c.object.Since, Known: r.knows(c)}
	v, err := c.conn.Ops.Create(providers.WithStop(ctx, r.stopping.Done()), c.typ, c.sent, a)
	switch {
	case providers.ID(v) != "":
		r.journal.own(c.change.Provider, c.typ.Name, providers.ID(v))
	case err == nil:
		err = &providers.BugError{What: c.typ.Name + " create", Text: "it returned no id"}
	}
	return v, err
}

// intend records that c is about to be created, and how to recognise it.
func (r *Run) intend(ctx context.Context, c *call) error {
	o := &c.object
	o.Key = r.journal.newKey()
	o.Identity = c.conn.Identity()
	planner.EncodeObject(o, c.typ, c.want)
	intent := &state.Intent{}
	var changes []state.Change
	if c.conn.Unmark == nil {
		intent.Token = r.newID()
	}
	switch {
	case c.typ.Again:
	case c.typ.CanFind() && c.conn.Unmark != nil:
		token, mark := r.journal.mark(c.change.Provider)
		intent.Token, changes = token, []state.Change{mark}
	case c.typ.CanFind():
	case c.typ.CanList():
		before, err := r.births.before(providers.WithStop(ctx, r.stopping.Done()), c)
		if err != nil {
			return fmt.Errorf("list what exists before creating: %w", err)
		}
		intent.Before = before
	}
	o.Intent = intent
	if c.old != nil {
		old := *c.old
		old.Deposed = true
		changes = append(changes, state.Change{Put: &old})
	}
	return r.journal.put(o, state.Intended, changes...)
}

// forget takes an intent back whose call had no effect.
func (r *Run) forget(c *call) error {
	var changes []state.Change
	if c.old != nil {
		changes = append(changes, state.Change{Put: c.old})
	}
	if id := c.typ.Named(c.want); c.old == nil || providers.ID(c.change.Before) != id {
		r.journal.release(c.change.Provider, c.typ.Name, id, c.change.Addr)
	}
	return r.journal.drop(&c.object, changes...)
}

// search finds out what became of a create whose answer was lost: at once, and
// when nothing is found, again after the window in which it may still appear.
func (r *Run) search(ctx context.Context, c *call, lost error) (cty.Value, error) {
	for last := false; ; last = true {
		v, found, err := r.searchOnce(ctx, c)
		switch {
		case found:
			return v, err
		case err != nil && (last || !errors.Is(err, providers.ErrNotReady)):
			return cty.NilVal, fmt.Errorf("%w; whether it was created could not be found out: %w; the next run looks again", lost, err)
		case last:
			return cty.NilVal, errors.Join(fmt.Errorf("%w: %w", errNotMade, lost), r.forget(c))
		}
		if err := r.pause(ctx, r.Window(c.typ)); err != nil {
			return cty.NilVal, fmt.Errorf("%w; the next run finds out whether it was created", lost)
		}
	}
}

// searchOnce looks once, while no create of the type is under way and nobody
// else searches, so that two never take the same object.
func (r *Run) searchOnce(ctx context.Context, c *call) (cty.Value, bool, error) {
	turn := r.turns.of(c)
	turn.Lock()
	defer turn.Unlock()
	l := observe.Lost{Addr: c.object.Addr, Type: c.typ, Want: c.want, Intent: *c.object.Intent, Since: c.object.Since, Known: r.knows(c), Owner: r.Owner, Refused: c.object.Intent.Refused}
	v, found, err := observe.Search(ctx, c.conn.Ops, l)
	if found {
		r.journal.own(c.change.Provider, c.typ.Name, providers.ID(v))
	}
	return v, found, err
}

// knows returns what Attempt.Known promises.
func (r *Run) knows(c *call) func(string) bool {
	before := c.object.Intent.Existed()
	return func(id string) bool { return before[id] || r.journal.owns(c.change.Provider, c.typ.Name, id) }
}

// record writes the object of c as v with the given status. What it replaces is
// forgotten with that when it has been taken over.
func (r *Run) record(c *call, s state.Status, v cty.Value) error {
	planner.EncodeObject(&c.object, c.typ, v)
	var changes []state.Change
	if c.old != nil && planner.TakesOver(c.typ, c.change, v) {
		changes = append(changes, state.Change{Drop: c.old.Key})
		c.old = nil
	}
	return r.journal.put(&c.object, s, changes...)
}

// finish waits for an object that an earlier run has created, and makes the
// changes that were to follow its creation.
func (r *Run) finish(ctx context.Context, c *call) (cty.Value, error) {
	v, err := r.born(ctx, c, c.change.Before)
	if err != nil {
		return v, err
	}
	if planner.Refines(c.change.After, v) != nil && c.typ.CanUpdate() {
		if v, err = r.change(ctx, c, v); err != nil {
			return v, err
		}
	}
	if err := r.answered(ctx, c, v); err != nil {
		return v, err
	}
	if err := r.provisioned(ctx, c, v); err != nil {
		return v, err
	}
	return v, r.record(c, state.Live, v)
}

// born waits until the object v, which has been created, is ready. One that
// goes before is forgotten; one that the cloud has given up is forgotten when
// nothing is left of it, else it is tainted.
func (r *Run) born(ctx context.Context, c *call, v cty.Value) (cty.Value, error) {
	got, err := r.waitFor(ctx, c, v, ready, c.object.Operation)
	var failed *failedError
	switch {
	case errors.Is(err, providers.ErrGone):
		return got, errors.Join(fmt.Errorf("it was created and is gone again (%w); the next apply makes it anew", err), r.journal.drop(&c.object))
	case errors.As(err, &failed):
		if _, look := c.conn.Ops.Read(ctx, c.typ, v); errors.Is(look, providers.ErrGone) {
			return v, errors.Join(err, r.journal.drop(&c.object))
		}
		return v, errors.Join(err, r.record(c, state.Tainted, v))
	}
	return got, err
}

// waitFor waits until the operation has ended, if there is one, and then until
// the goal is reached for the object v.
func (r *Run) waitFor(ctx context.Context, c *call, v cty.Value, g goal, operation string) (cty.Value, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.timeout, fmt.Errorf("not done after %s; the next apply goes on with it", c.timeout))
	defer cancel()
	// What has just been called is given the time for a last look.
	stopped := context.AfterFunc(r.stopping, func() {
		_ = r.clock.Sleep(ctx, lastLook)
		cancel()
	})
	defer stopped()
	got, err := r.waiter.wait(ctx, c.via.String(), c.conn.Ops, c.typ, v, g, operation)
	if err != nil && r.stopping.Err() != nil {
		return got, providers.ErrStopped
	}
	if err != nil && ctx.Err() != nil {
		return got, context.Cause(ctx)
	}
	return got, err
}

// update changes an object in place.
func (r *Run) update(ctx context.Context, c *call) (cty.Value, error) {
	was := c.object
	if c.change.Reason == "" && c.want.RawEquals(c.change.Before) {
		return c.want, r.record(c, state.Live, c.want) // what was unknown has come out as it was
	}
	if err := r.journal.put(&c.object, state.Updating); err != nil {
		return cty.NilVal, err
	}
	v, err := r.change(ctx, c, c.change.Before)
	if err != nil {
		if errors.As(err, new(*refusedError)) {
			c.object.Attrs, c.object.Secrets = was.Attrs, was.Secrets
			err = errors.Join(err, r.journal.put(&c.object, was.Status))
		}
		return v, err
	}
	return v, r.record(c, state.Live, v)
}

// refusedError is an update that was refused: what the object is like is what it
// was before, or what the next look shows.
type refusedError struct{ error }

// Error says whether the update had an effect.
func (e *refusedError) Error() string {
	if errors.Is(e.error, providers.ErrPartly) {
		return e.error.Error()
	}
	return e.error.Error() + " (nothing was changed)"
}

// Unwrap returns the reason.
func (e *refusedError) Unwrap() error { return e.error }

// change calls Update until nothing is left to change, and returns the object
// when it is ready.
func (r *Run) change(ctx context.Context, c *call, was cty.Value) (cty.Value, error) {
	start := r.clock.Now()
	for first := true; ; first = false {
		call := ctx
		if first {
			call = providers.WithStop(ctx, r.stopping.Done())
		}
		v, err := c.conn.Ops.Update(call, c.typ, was, c.sent)
		again, operation := errors.Is(err, providers.ErrAgain), providers.OperationOf(err)
		if err != nil && !again && operation == "" && !errors.Is(err, providers.ErrNotReady) {
			if first && !c.conn.Classify(err).Kind.Performed() {
				err = &refusedError{err}
			}
			return was, err
		}
		if v, err = r.waitFor(ctx, c, v, ready, operation); err != nil || !again {
			return v, err
		}
		if r.clock.Now().Sub(start) > c.timeout {
			return v, fmt.Errorf("not done after %s: the cloud does not take the change; the next apply goes on with it", c.timeout)
		}
		if err := r.pause(ctx, minPause); err != nil {
			return v, providers.ErrStopped
		}
	}
}

// delete removes an object and waits until it is gone.
func (r *Run) delete(ctx context.Context, c *call) error {
	was, start := c.object.Status, r.clock.Now()
	if providers.ID(c.change.Before) == "" {
		return errors.New("its id is not known, so it cannot be deleted")
	}
	if c.typ.Kept {
		return r.drop(ctx, c)
	}
	if err := r.journal.put(&c.object, state.Deleting); err != nil {
		return err
	}
	doubted := false
	refused := func(err error) error { return errors.Join(err, r.journal.put(&c.object, was)) }
	for {
		err := c.conn.Ops.Delete(providers.WithStop(ctx, r.stopping.Done()), c.typ, c.change.Before)
		again, operation := errors.Is(err, providers.ErrAgain), providers.OperationOf(err)
		switch {
		case err == nil || again || operation != "":
		case errors.Is(err, providers.ErrGone):
			if !doubted && c.typ.Grace > 0 {
				// One answer may lag: only what a look does not show either is gone.
				if _, look := c.conn.Ops.Read(ctx, c.typ, c.change.Before); !errors.Is(look, providers.ErrGone) {
					doubted = true
					continue
				}
			}
			return r.bury(c)
		case !c.conn.Classify(err).Kind.Performed():
			return refused(err)
		default:
			return err
		}
		left, err := r.leave(ctx, c, again, operation)
		switch {
		case errors.As(err, new(*failedError)):
			return refused(err)
		case err != nil:
			return err
		case left:
			return r.bury(c)
		case r.clock.Now().Sub(start) > c.timeout:
			return fmt.Errorf("not gone after %s; the next apply goes on with it", c.timeout)
		}
		if err := r.pause(ctx, minPause); err != nil {
			return providers.ErrStopped
		}
	}
}

// bury forgets the object of c, which has been deleted. What is made in its place may
// get its id, where that is made of names.
func (r *Run) bury(c *call) error {
	id := providers.ID(c.change.Before)
	r.journal.disown(c.change.Provider, c.typ.Name, id)
	r.journal.release(c.object.Provider, c.typ.Name, id, c.object.Addr)
	r.births.forget(c, c.change.Before)
	return r.journal.drop(&c.object)
}

// leave waits until what a call of Delete has started is over. left is false
// when Delete has to be called again.
func (r *Run) leave(ctx context.Context, c *call, again bool, operation string) (left bool, err error) {
	g := gone
	if again {
		g = ready
	}
	if again && operation == "" {
		return false, nil
	}
	_, err = r.waitFor(ctx, c, c.change.Before, g, operation)
	var failed *failedError
	if errors.As(err, &failed) && c.conn.Classify(failed.error).Kind == providers.Busy {
		return false, nil // what is in the way leaves by itself
	}
	return err == nil && !again, err
}

// pause waits for d, or until the run is to stop.
func (r *Run) pause(ctx context.Context, d time.Duration) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stopped := context.AfterFunc(r.stopping, cancel)
	defer stopped()
	return r.clock.Sleep(ctx, d)
}
