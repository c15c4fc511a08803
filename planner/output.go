package planner

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
)

func (b *builder) output(blk *config.Block) {
	if blk.ID.Module != "" {
		b.inModules(blk, func(m *config.ModuleInstance) { b.moduleOutput(blk, m) })
		return
	}
	if b.Destroy {
		return // deletions drops it
	}
	before := b.outputBefore(blk.ID.Name)
	if !b.selected.output(blk.ID) {
		b.keepOutput(blk, before)
		return
	}
	v, diags := b.scope.ValueIn(blk.ID, nil)
	if b.plan.Partial && diags.HasErrors() {
		b.keepOutput(blk, before) // it needs an instance that was left out
		return
	}
	b.diags = append(b.diags, diags...)
	v = Bare(v)
	c := OutputChange{Name: blk.ID.Name, Before: before, After: v, Sensitive: blk.Output.Sensitive, HadSensitive: b.Snapshot.Outputs[blk.ID.Name].Sensitive, Action: Update}
	switch {
	case before.IsNull() && !v.IsNull():
		c.Action = Create
	case c.HadSensitive != c.Sensitive:
	case before.RawEquals(v), before.IsNull() && v.IsNull():
		c.Action = NoOp
	}
	b.plan.Outputs = append(b.plan.Outputs, c)
}

// moduleOutput evaluates an output of a module, for what is wrong in it to be
// told. What stands on an instance that was left out is told where it is used.
func (b *builder) moduleOutput(blk *config.Block, m *config.ModuleInstance) {
	_, diags := b.scope.ValueIn(blk.ID, m)
	if !b.plan.Partial {
		b.diags = append(b.diags, diags...)
	}
}

// outputBefore returns the value that state has of an output.
func (b *builder) outputBefore(name string) cty.Value {
	if o, ok := b.Snapshot.Outputs[name]; ok {
		return DecodeOutput(o)
	}
	return cty.NullVal(cty.DynamicPseudoType)
}

// keepOutput leaves an output as it is.
func (b *builder) keepOutput(blk *config.Block, before cty.Value) {
	b.plan.Outputs = append(b.plan.Outputs, OutputChange{Name: blk.ID.Name, Before: before, After: before, Sensitive: blk.Output.Sensitive, Action: NoOp, Kept: true})
}
