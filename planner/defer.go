package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/state"
)

// A block whose number of instances depends on what is not there yet is
// deferred, and so is what needs it: the plan is exact for the rest, and after
// its apply another plan goes on.

// mustDefer returns why blk waits for a later plan; "" when it does not.
func (b *builder) mustDefer(blk *config.Block) string {
	if b.Validate || b.Destroy || len(b.deferred) == 0 {
		return ""
	}
	for _, id := range blk.Needs {
		if why, ok := b.deferred[id]; ok {
			if id.Kind != config.Resource && id.Kind != config.Data && id.Kind != config.Call {
				return why
			}
			return "it needs " + id.String() + ", which is deferred"
		}
	}
	return ""
}

// undecided defers blk, whose number of instances is not known.
func (b *builder) undecided(blk *config.Block) {
	what, e := "count", blk.Count
	switch {
	case blk.ForEach != nil:
		what, e = "for_each", blk.ForEach
	case blk.Enabled != nil:
		what, e = "enabled", blk.Enabled
	}
	switch {
	case b.Validate || b.deferred[blk.ID] != "":
	case e == nil: // its module's
	case b.NoDeferral || b.Destroy:
		b.diags = append(b.diags, &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Invalid " + what + " argument",
			Detail:  fmt.Sprintf("The %s of %s depends on something that is known only after an apply, so the number of instances cannot be planned. Use values that are known before, such as variables, or plan without -no-deferral.", what, blk.ID),
			Subject: e.Range().Ptr(),
		})
		b.deferred[blk.ID] = "its " + what + " is not known" // one error says it, not one for each user
	default:
		b.postpone(blk, fmt.Sprintf("its %s is known only after %s", what, b.unknownOf(e, blk)))
	}
}

// unknownOf names what the value of e waits for.
func (b *builder) unknownOf(e hcl.Expression, blk *config.Block) string {
	var names []string
	for _, a := range b.needs[blk.ID] {
		for _, i := range b.byBlk[config.BlockID(a)] {
			if c := &b.plan.Changes[i]; c.Action != NoOp {
				names = append(names, a.String())
				break
			}
		}
	}
	if len(names) == 0 {
		return "apply"
	}
	return "the apply of " + strings.Join(slices.Compact(names), ", ")
}

// postpone leaves the objects of blk as they are until a later plan.
func (b *builder) postpone(blk *config.Block, why string) {
	b.deferred[blk.ID] = why
	switch blk.ID.Kind {
	case config.Resource, config.Data:
		b.plan.Deferred = append(b.plan.Deferred, Deferred{Addr: blk.ID.Addr(), Reason: why})
		for _, a := range b.world.byBlock[blk.ID.Addr()] {
			b.done[a] = true
		}
		b.inModules(blk, func(m *config.ModuleInstance) { b.scope.SetBlock(blk.ID, m, cty.DynamicVal) })
	case config.Output:
		if blk.ID.Module == "" {
			b.keepOutput(blk, b.outputBefore(blk.ID.Name))
		}
	}
}

// hold finds what deferred objects stand on, directly or through objects whose
// deletion waits for them: none of it may go yet.
func (b *builder) hold() map[state.Addr]state.Addr {
	users := map[state.Addr]state.Addr{} // of blocks
	var visit func(p Prior, user state.Addr)
	visit = func(p Prior, user state.Addr) {
		for _, dep := range p.Object.Deps {
			if _, ok := users[dep]; ok {
				continue
			}
			users[dep] = user
			for _, next := range b.Priors {
				if next.Object.Addr.Block() == dep && b.leaves(next) {
					visit(next, user)
				}
			}
		}
	}
	if len(b.deferred) == 0 {
		return users
	}
	for _, a := range b.world.keys {
		if b.deferred[config.BlockID(a)] != "" {
			visit(b.world.current[a], a)
		}
	}
	return users
}

// leaves reports whether nothing wants an object any more.
func (b *builder) leaves(p Prior) bool {
	return !p.Value.IsNull() && (p.Object.Deposed || !b.done[p.Object.Addr])
}
