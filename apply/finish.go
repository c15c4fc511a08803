package apply

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
)

// outputs records the outputs. One that stands on a failed step keeps the
// value it had.
func (r *Run) outputs(failed map[int]bool) hcl.Diagnostics {
	if r.journal.failure() != nil {
		return nil
	}
	broken := r.broken(failed)
	needs := r.Program.Needs(func(id config.ID) bool { return id.Kind == config.Resource || id.Kind == config.Data })
	var diags hcl.Diagnostics
	outputs := map[string]state.Output{}
	changed := false
	for _, o := range r.plan.Outputs {
		changed = changed || o.Action != planner.NoOp
		if o.Action == planner.Delete && !(r.plan.Destroy && len(failed) > 0) {
			continue
		}
		id := config.ID{Kind: config.Output, Name: o.Name}
		v := o.Before
		if o.Action != planner.Delete && !o.Kept && !slices.ContainsFunc(needs[id], func(n config.ID) bool { return broken[n.Addr()] }) {
			got, more := r.scope.Value(id)
			diags = append(diags, more...)
			if !more.HasErrors() {
				v = got
			}
		}
		v = planner.Known(planner.Bare(v))
		if v.IsNull() {
			continue
		}
		out, err := planner.EncodeOutput(v, o.Sensitive)
		if err != nil {
			diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Cannot record output " + o.Name, Detail: err.Error()})
			continue
		}
		outputs[o.Name] = out
	}
	if changed && r.journal.commit(state.Change{Outputs: outputs}) != nil {
		return diags
	}
	r.result.Outputs = outputs
	return diags
}

// broken returns the blocks of which a step failed or was skipped.
func (r *Run) broken(failed map[int]bool) map[state.Addr]bool {
	broken := map[state.Addr]bool{}
	for i := range failed {
		if c := r.plan.Steps[i].Change; c >= 0 {
			broken[r.plan.Changes[c].Addr.Block()] = true
		}
	}
	return broken
}

// maxForeign is how many objects are named that were there before.
const maxForeign = 10

// tellForeign warns, once for all, of creates that have found what they were to
// make and have taken it over: the plan could not know.
func (r *Run) tellForeign() {
	if len(r.foreign) == 0 {
		return
	}
	slices.Sort(r.foreign)
	text := strings.Join(r.foreign[:min(len(r.foreign), maxForeign)], ", ")
	if more := len(r.foreign) - maxForeign; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	r.result.Warnings = append(r.result.Warnings, "There before, and taken over (taken_over): "+text+". A destroy leaves it, or puts it back as it was.")
}

// unmark takes the marks of this run, and of runs that were cut off before
// they could, from all objects. Marks that still serve to find an object stay. had
// are those of other runs.
func (r *Run) unmark(ctx context.Context, had []state.Mark) {
	if r.journal.failure() != nil || ctx.Err() != nil || len(had)+len(r.journal.tokens) == 0 {
		return
	}
	snap, err := r.Store.Snapshot()
	if err != nil {
		return
	}
	needed := map[string]bool{}
	for _, o := range snap.Objects {
		if o.Intent != nil {
			needed[o.Intent.Token] = true
		}
	}
	for _, m := range snap.Marks {
		if needed[m.Token] {
			continue
		}
		if err := r.unmarkOne(ctx, m); err != nil {
			r.result.Warnings = append(r.result.Warnings, "The mark "+m.Token+" could not be removed from what this run has made; the next run tries again: "+err.Error())
		}
	}
}

func (r *Run) unmarkOne(ctx context.Context, m state.Mark) error {
	conn, err := r.conn(ctx, connKey{provider: m.Provider})
	if err != nil {
		return err
	}
	if conn.Unmark != nil {
		if err := conn.Unmark(ctx, m.Token); err != nil {
			return err
		}
	}
	return r.journal.commit(state.Change{Unmark: m.Token})
}
