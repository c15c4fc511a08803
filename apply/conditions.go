package apply

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
)

// conditions looks at the validations, preconditions and assertions that could not be decided
// while the plan was made, because they stand on what it changes.
func (r *Run) conditions(failed map[int]bool) hcl.Diagnostics {
	if r.plan.Destroy || r.journal.failure() != nil {
		return nil
	}
	needs := r.Program.Needs(func(id config.ID) bool { return id.Kind == config.Resource || id.Kind == config.Data })
	broken, changed := r.broken(failed), map[state.Addr]bool{}
	for _, c := range r.plan.Changes {
		changed[c.Addr.Block()] = changed[c.Addr.Block()] || c.Action != planner.NoOp
	}
	planned := r.planned()
	var diags hcl.Diagnostics
	for _, b := range r.Program.Blocks {
		anyOf := func(set map[state.Addr]bool) bool {
			return slices.ContainsFunc(needs[b.ID], func(n config.ID) bool { return set[n.Addr()] })
		}
		if len(b.Conditions) == 0 || !anyOf(changed) || anyOf(broken) {
			continue
		}
		instances, _, _ := r.scope.ModuleInstances(b.Module)
		for _, m := range instances {
			diags = append(diags, r.decide(b, m, planned)...)
		}
	}
	return diags
}

// decide evaluates a variable, output or check block of a module instance. What the
// plan has said of it is not said again.
func (r *Run) decide(b *config.Block, m *config.ModuleInstance, planned *config.Scope) hcl.Diagnostics {
	switch b.ID.Kind {
	case config.Output:
		if m == nil {
			return nil // outputs looks at it
		}
		_, diags := r.scope.ValueIn(b.ID, m)
		return diags
	case config.Variable:
		_, diags := r.scope.ValueIn(b.ID, m)
		return diags
	case config.Check:
		in := config.Instance{In: m}
		said := planned.Check(b, config.Assert, in, cty.NilVal)
		return slices.DeleteFunc(r.scope.Check(b, config.Assert, in, cty.NilVal), func(d *hcl.Diagnostic) bool {
			return slices.ContainsFunc(said, func(s *hcl.Diagnostic) bool { return s.Subject.String() == d.Subject.String() })
		})
	}
	return nil
}

// planned returns a scope with the values that the plan has promised.
func (r *Run) planned() *config.Scope {
	scope := config.NewScope(r.Program, r.Env)
	for _, c := range r.plan.Changes {
		if !c.After.IsNull() {
			r.refer(scope, c.Addr, c.After, c.Sensitive)
		}
	}
	return scope
}

// broken returns the blocks of which a step has failed.
func (r *Run) broken(failed map[int]bool) map[state.Addr]bool {
	broken := map[state.Addr]bool{}
	for i := range failed {
		if c := r.plan.Steps[i].Change; c >= 0 {
			broken[r.plan.Changes[c].Addr.Block()] = true
		}
	}
	return broken
}
