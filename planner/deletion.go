package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/state"
)

// vanished records the objects that somebody else has deleted.
func (b *builder) vanished() {
	for _, p := range b.Priors {
		if p.Object.Status == state.Live && p.Value.IsNull() {
			b.plan.Drift = append(b.plan.Drift, Drift{Addr: p.Object.Addr, Before: p.Stored, After: p.Value, Sensitive: p.Object.Sensitive})
		}
	}
}

// deletions plans what nothing in the configuration wants any more.
func (b *builder) deletions() {
	b.stoodOn = b.standing()
	for _, a := range b.world.keys {
		if !b.done[a] && !b.RefreshOnly && b.selected.delete(a) {
			p := b.world.current[a]
			why := b.whyGone(a)
			if why == BecauseNoBlock && p.MovedFrom != (state.Addr{}) {
				why = BecauseMoved
			}
			b.delete(p, why)
		}
	}
	for _, p := range b.world.deposed {
		if !b.RefreshOnly && b.selected.delete(p.Object.Addr) {
			b.delete(p, BecauseDeposed)
		}
	}
	for name, o := range b.Snapshot.Outputs {
		if b.Destroy && b.selected.all() || b.Program.Block(config.ID{Kind: config.Output, Name: name}) == nil {
			v := DecodeOutput(o)
			b.plan.Outputs = append(b.plan.Outputs, OutputChange{Name: name, Action: Delete, Before: v, After: cty.NullVal(v.Type()), Sensitive: o.Sensitive})
		}
	}
	slices.SortFunc(b.plan.Outputs, func(x, y OutputChange) int { return strings.Compare(x.Name, y.Name) })
}

func (b *builder) delete(p Prior, why Reason) {
	a := p.Object.Addr
	blk := b.Program.Block(config.BlockID(a))
	c := Change{
		Addr: a, MovedFrom: p.MovedFrom, Provider: p.Object.Provider, Key: p.Object.Key, Action: Delete, Reason: why,
		Before: p.Value, After: cty.NullVal(p.Value.Type()), Sensitive: p.Object.Sensitive,
		Had: p.Object.Deps,
	}
	if b.forgotten(blk, p, why) {
		c.Action = Forget
		b.plan.Changes = append(b.plan.Changes, c)
		return
	}
	if user, ok := b.stoodOn[a.Block()]; ok {
		b.plan.Deferred = append(b.plan.Deferred, Deferred{Addr: a, Reason: "it is destroyed after " + user.String() + ", which needs it and is deferred"})
		return
	}
	if blk != nil && why != BecauseDeposed {
		b.prevented(blk, a)
	}
	b.protected(blk, p)
	b.providerPresent(p)
	b.plan.Changes = append(b.plan.Changes, c)
}

// forgotten reports whether an object is not destroyed but left to itself.
func (b *builder) forgotten(blk *config.Block, p Prior, why Reason) bool {
	if blk != nil {
		return blk.Lifecycle.Keep
	}
	if why == BecauseDeposed {
		return false
	}
	if r := b.Program.RemovedBy(p.Object.Addr); r != nil {
		return r.Keep
	}
	return p.Object.Keep
}

// providerPresent refuses to guess the settings of an aliased provider whose
// block is gone while objects made with it remain.
func (b *builder) providerPresent(p Prior) {
	id, _ := config.ProviderID(p.Object.Provider)
	if (id.Name == "" && id.Module == "") || b.Program.Block(id) != nil {
		return
	}
	b.diags = append(b.diags, &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "Provider configuration not present",
		Detail: fmt.Sprintf("%s was made with the provider configuration %s, whose block is gone. Put it back until the object is deleted.", p.Object.Addr, p.Object.Provider),
	})
}

// protected refuses to delete what the cloud, or its own settings, would keep.
func (b *builder) protected(blk *config.Block, p Prior) {
	err := p.Type.Protected(p.Value)
	if err == nil {
		return
	}
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Object is protected", Detail: fmt.Sprintf("%s cannot be deleted: %s.", p.Object.Addr, err)}
	if blk != nil {
		d.Subject = blk.Range.Ptr()
	}
	b.diags = append(b.diags, d)
}

// prevented reports an error when lifecycle.prevent_destroy of blk forbids that
// the object at a goes.
func (b *builder) prevented(blk *config.Block, a state.Addr) {
	e := blk.Lifecycle.PreventDestroy
	if e == nil {
		return
	}
	m, _ := b.scope.ModuleAt(a.Module)
	in := config.Instance{In: m, Key: a.Key, Each: cty.DynamicVal}
	v, diags := b.scope.InstanceExpr(e, in)
	v, _ = v.Unmark()
	if v, err := convert.Convert(v, cty.Bool); !diags.HasErrors() && err == nil && v.IsKnown() && !v.IsNull() && v.False() {
		return
	}
	b.diags = append(b.diags, diags...)
	b.diags = append(b.diags, &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "Instance cannot be destroyed",
		Detail:  fmt.Sprintf("%s has lifecycle.prevent_destroy set, and the plan calls for it to be destroyed. Remove prevent_destroy, or change the configuration so that the object stays.", a),
		Subject: e.Range().Ptr(),
	})
}

// inConfiguration reports whether a module instance is called for.
func (b *builder) inConfiguration(module string) bool {
	_, ok := b.scope.ModuleAt(module)
	return ok
}

// disabled reports whether enabled is why the object at a, of blk, goes: that of its
// block or of the first of its modules that is not there.
func (b *builder) disabled(blk *config.Block, a state.Addr) bool {
	path := ""
	steps, _ := state.ParseModule(a.Module) // which state has taken
	for _, step := range steps {
		if path = state.JoinModule(path, step.Name, step.Key); !b.inConfiguration(path) {
			call := b.Program.Modules[state.StaticModule(path)].Call
			return call.Enabled != nil && step.Key == state.Key{}
		}
	}
	return blk.Enabled != nil && a.Key == state.Key{}
}

func (b *builder) whyGone(a state.Addr) Reason {
	if b.Destroy {
		return ""
	}
	blk := b.Program.Block(config.BlockID(a))
	_, byIndex := a.Key.Index()
	_, byName := a.Key.Name()
	switch {
	case blk == nil:
		return BecauseNoBlock
	case b.disabled(blk, a):
		return BecauseDisabled
	case !b.inConfiguration(a.Module):
		return BecauseModule
	case blk.Count != nil && byIndex:
		return BecauseCountIndex
	case blk.ForEach != nil && byName:
		return BecauseEachKey
	}
	return BecauseWrongKey
}
