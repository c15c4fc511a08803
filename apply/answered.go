package apply

import (
	"context"
	"errors"
	"fmt"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/apply/provision"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// probing is what output of a probe is from.
const probing = "wait_for"

// answered waits until a new object answers as its configuration asks. One that
// says that it has failed is tainted; one that does not answer stays as it is,
// and the next run goes on waiting.
func (r *Run) answered(ctx context.Context, c *call, v cty.Value) error {
	p := c.typ.Probe(v)
	if p == nil {
		return nil
	}
	tell := func(line string) {
		r.onLoop(func() { r.Events(Event{Kind: Output, Addr: c.change.Addr, Op: c.op, Line: line, Source: probing}) })
	}
	if r.Offline && !p.Chosen {
		tell("Not asked: it is in a fake cloud. With host, another machine is.")
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stopped := context.AfterFunc(r.stopping, cancel)
	defer stopped()
	err := provision.Answer(ctx, *p, provision.Job{Environ: r.Environ, Clock: r.clock, Output: tell})
	var failed *provision.FailedError
	switch {
	case err != nil && r.stopping.Err() != nil:
		return providers.ErrStopped
	case errors.As(err, &failed):
		return errors.Join(fmt.Errorf("wait_for: %w", err), r.record(c, state.Tainted, v))
	case err != nil:
		return fmt.Errorf("wait_for: it exists, but: %w; the next apply goes on waiting", err)
	}
	return nil
}
