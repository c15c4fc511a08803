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

// A block whose number of instances, or whose provider's settings, depend on
// what is not there yet is deferred, and so is what needs it: the plan is exact
// for the rest, and after its apply another plan goes on.

// mustDefer returns why blk waits for a later plan; "" when it does not.
func (b *builder) mustDefer(blk *config.Block) string {
	if why, ok := b.held[blk.ID]; ok {
		return why
	}
	if b.Validate || b.Destroy || len(b.deferred) == 0 || b.unselected(blk.ID) {
		return ""
	}
	for _, id := range blk.Needs {
		if why, ok := b.deferred[id]; ok {
			if id.Kind != config.Resource && id.Kind != config.Data && id.Kind != config.Call {
				return why
			}
			needs := "it needs " + id.String() + ", which is deferred"
			if id.Kind == config.Call { // which the plan does not list
				needs += ": " + why
			}
			return needs
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
	case b.Validate || b.deferred[blk.ID] != "" || b.unselected(blk.ID):
	case e == nil: // its module's
	case b.NoDeferral || b.Destroy:
		b.diags = append(b.diags, &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Invalid " + what + " argument",
			Detail:  fmt.Sprintf("The %s of %s depends on something that is known only after an apply, so the number of instances cannot be planned. Use values that are known before, such as variables, or plan without -no-deferral.", what, blk.ID),
			Subject: e.Range().Ptr(),
		})
		b.deferred[blk.ID] = "its " + what + " is not known" // one error says it, not one for each user
	case blk.ID.Kind == config.Provider: // those who use it say so
		b.postpone(blk, fmt.Sprintf("the %s of provider %s is known only after %s", what, blk.ID, b.unknownOf(blk)))
	default:
		b.postpone(blk, fmt.Sprintf("its %s is known only after %s", what, b.unknownOf(blk)))
	}
}

// unselected reports whether a target or an exclusion leaves a resource or a
// data source out: it stays as it is, and nothing about it has to wait.
func (b *builder) unselected(id config.ID) bool {
	return (id.Kind == config.Resource || id.Kind == config.Data) && !b.selected.block(id)
}

// unsettled returns why instances of blk wait for the settings of their
// provider; "" when they do not. Settings that no change of this plan makes
// known, such as timestamp(), would be as unknown in the next. What is read for a
// check alone is read at the end of the apply.
func (b *builder) unsettled(blk *config.Block, list []config.Instance) string {
	if b.Validate || b.Destroy || b.RefreshOnly || b.NoDeferral || blk.InCheck() {
		return ""
	}
	seen := map[string]bool{}
	for _, in := range list {
		key, diags := b.scope.ProviderKey(blk, in)
		if diags.HasErrors() || seen[key] || !b.selected.instance(addrOf(blk, in)) {
			continue
		}
		seen[key] = true
		settings, diags := b.scope.Provider(key)
		if diags.HasErrors() || settings == cty.NilVal || settings.IsWhollyKnown() {
			continue
		}
		if names := b.awaited(blk.Provider.ID); len(names) > 0 {
			return fmt.Sprintf("the settings of provider %s are known only after the apply of %s", key, strings.Join(names, ", "))
		}
	}
	return ""
}

// unknownOf names what the number of instances of blk waits for.
func (b *builder) unknownOf(blk *config.Block) string {
	names := b.awaited(blk.ID)
	if len(names) == 0 {
		return "apply"
	}
	return "the apply of " + strings.Join(names, ", ")
}

// awaited names what a block needs and the plan changes.
func (b *builder) awaited(id config.ID) []string {
	var names []string
	for _, a := range b.needs[id] {
		if slices.ContainsFunc(b.byBlk[config.BlockID(a)], func(i int) bool { return b.plan.Changes[i].Action != NoOp }) {
			names = append(names, a.String())
			b.awaiting[a] = true
			reach(a, func(a state.Addr) []state.Addr { return b.needs[config.BlockID(a)] }, b.awaiting)
		}
	}
	return slices.Compact(names)
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

// standing finds what deferred objects stand on, directly or through objects
// whose deletion waits for them: none of it may go yet.
func (b *builder) standing() map[state.Addr]state.Addr {
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

// undermined returns why blocks must wait whose replacement would take from
// deferred objects what they stand on, but for what the deferred wait for.
func (b *builder) undermined() map[config.ID]string {
	why := map[config.ID]string{}
	for _, c := range b.plan.Changes {
		if user, ok := b.stoodOn[c.Addr.Block()]; ok && c.Action == Replace && !b.awaiting[c.Addr.Block()] {
			why[config.BlockID(c.Addr)] = "it is replaced after " + user.String() + ", which needs it and is deferred"
		}
	}
	return why
}

// leaves reports whether nothing wants an object any more.
func (b *builder) leaves(p Prior) bool {
	return !p.Value.IsNull() && !b.world.taken[p.Object.Key] && (p.Object.Deposed || !b.done[p.Object.Addr])
}
