package apply

import (
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
)

// validations looks at the validations of variables, and the preconditions of
// outputs of modules, that could not be decided while the plan was made, because
// they stand on what it changes.
func (r *Run) validations(failed map[int]bool) hcl.Diagnostics {
	if r.plan.Destroy || r.journal.failure() != nil {
		return nil
	}
	needs := r.Program.Needs(func(id config.ID) bool { return id.Kind == config.Resource || id.Kind == config.Data })
	broken, changed := r.broken(failed), map[state.Addr]bool{}
	for _, c := range r.plan.Changes {
		changed[c.Addr.Block()] = changed[c.Addr.Block()] || c.Action != planner.NoOp
	}
	var diags hcl.Diagnostics
	for _, b := range r.Program.Blocks {
		anyOf := func(set map[state.Addr]bool) bool {
			return slices.ContainsFunc(needs[b.ID], func(n config.ID) bool { return set[n.Addr()] })
		}
		if !validates(b.ID) || len(b.Conditions) == 0 || !anyOf(changed) || anyOf(broken) {
			continue
		}
		instances, _, _ := r.scope.ModuleInstances(b.Module)
		for _, m := range instances {
			_, more := r.scope.ValueIn(b.ID, m)
			diags = append(diags, more...)
		}
	}
	return diags
}

// validates reports whether the value of a block is refused by conditions of its
// own. outputs looks at those of the root module.
func validates(id config.ID) bool {
	return id.Kind == config.Variable || (id.Kind == config.Output && id.Module != "")
}
