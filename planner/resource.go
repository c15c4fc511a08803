package planner

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/state"
)

// resource plans one instance of a resource block.
func (b *builder) resource(blk *config.Block, in config.Instance) {
	addr := addrOf(blk, in)
	b.done[addr] = true
	b.diags = append(b.diags, b.scope.InstanceConditions(blk, in, config.Before, cty.NilVal)...)
	none := cty.NullVal(blk.Type.ImpliedType())
	p, exists := b.world.current[addr]
	if !exists {
		p.Value = none
	}
	cfg, sensitive, diags := Configured(b.scope, blk, in, p.Value)
	b.diags = append(b.diags, diags...)
	if diags.HasErrors() {
		b.scope.SetInstance(addr, cty.UnknownVal(blk.Type.ImpliedType()))
		return
	}
	c := Change{Addr: addr, Action: Create, Sensitive: sensitive, CreateFirst: blk.Lifecycle.CreateBeforeDestroy, Before: p.Value}
	if exists {
		c.Key, c.Had = p.Object.Key, p.Object.Deps
		b.change(blk, in, &c, p, cfg)
		if p.drifted(cfg) {
			b.plan.Drift = append(b.plan.Drift, Drift{Addr: addr, Before: p.Stored, After: p.Value, Sensitive: sensitive})
		}
	} else {
		c.After = Propose(blk.Type, cfg, none)
	}
	was := c.Before
	if c.Action == Replace {
		was = none // rules about changes do not bind a new object
	}
	if err := blk.Type.Check(was, c.After); err != nil {
		b.fail(blk, "Invalid configuration of "+addr.String(), err)
	}
	if c.Action == Replace && blk.Lifecycle.PreventDestroy {
		b.prevented(blk, addr)
	}
	b.add(blk, c)
	self := MarkSensitive(blk.Type.Schema, c.After, c.Sensitive)
	b.scope.SetInstance(addr, self)
	b.diags = append(b.diags, b.scope.InstanceConditions(blk, in, config.After, self)...)
}

// change decides what becomes of an object that is there.
func (b *builder) change(blk *config.Block, in config.Instance, c *Change, p Prior, cfg cty.Value) {
	t, none := blk.Type, cty.NullVal(blk.Type.ImpliedType())
	c.After = Propose(t, cfg, p.Value)
	changed, replace := changedPaths(t.Schema, p.Value, c.After)
	switch {
	case p.Object.Status == state.Tainted || p.Object.Status == state.Deleting:
		c.Action, c.Reason = Replace, BecauseTainted
	case len(replace) > 0 || (len(changed) > 0 && !t.CanUpdate()):
		c.Action, c.Reason, c.ReplacePaths = Replace, BecauseCannotUpdate, replace
		if len(replace) == 0 {
			c.ReplacePaths = changed
		}
	case b.triggered(blk):
		c.Action, c.Reason = Replace, BecauseTriggered
	case len(changed) > 0:
		c.Action = Update
	case p.Object.Status == state.Updating:
		c.Action, c.Reason = Update, BecauseUnfinished
	case p.Object.Status == state.Pending && !p.Ready:
		c.Action, c.Reason = Await, BecauseUnfinished
	default:
		c.Action = NoOp
	}
	switch {
	case c.Action == Replace:
		// A new object has no changes to ignore. What was evaluated once with
		// success is so again.
		fresh, _, _ := Configured(b.scope, blk, in, none)
		c.After = Propose(t, fresh, none)
	case p.Object.Status == state.Pending && !p.Ready:
		c.After = unready(Propose(t, cfg, none), p.Value)
	}
}

// unready returns what can be promised of an object that is still changing:
// its id, and what is configured.
func unready(fresh, prior cty.Value) cty.Value {
	vals := fresh.AsValueMap()
	vals["id"] = prior.GetAttr("id")
	return cty.ObjectVal(vals)
}

// Configured evaluates the arguments of an instance as they are to be carried
// out: without marks, the attributes that bore them named, and with what
// lifecycle.ignore_changes names as the object has it (prior; null for none).
func Configured(scope *config.Scope, blk *config.Block, in config.Instance, prior cty.Value) (cty.Value, []string, hcl.Diagnostics) {
	cfg, diags := scope.Body(blk, in)
	if diags.HasErrors() {
		return cty.NilVal, nil, diags
	}
	raw, sensitive := Unmark(cfg)
	if !prior.IsNull() {
		raw = ignore(blk, raw, prior)
	}
	return raw, sensitive, diags
}

// ignore puts what lifecycle.ignore_changes names back to what the object has.
func ignore(blk *config.Block, cfg, prior cty.Value) cty.Value {
	lc := blk.Lifecycle
	if !lc.IgnoreAll && len(lc.Ignore) == 0 {
		return cfg
	}
	vals := cfg.AsValueMap()
	for _, a := range blk.Type.Schema.Attrs {
		ignored := lc.IgnoreAll
		for _, t := range lc.Ignore {
			ignored = ignored || t[0].(hcl.TraverseAttr).Name == a.Name
		}
		if ignored && a.Configurable() {
			vals[a.Name] = prior.GetAttr(a.Name)
		}
	}
	return cty.ObjectVal(vals)
}

// triggered reports whether something that replace_triggered_by names changes.
func (b *builder) triggered(blk *config.Block) bool {
	for _, e := range blk.Lifecycle.ReplaceTriggeredBy {
		for _, t := range e.Variables() {
			if b.changes(blk, t) {
				return true
			}
		}
	}
	return false
}

// changes reports whether the plan changes what t refers to: a resource, one
// of its instances, or an attribute.
func (b *builder) changes(blk *config.Block, t hcl.Traversal) bool {
	if len(t) < 2 {
		return false
	}
	name, ok := t[1].(hcl.TraverseAttr)
	if !ok {
		return false
	}
	rest := t[2:]
	key := cty.NilVal
	if len(rest) > 0 {
		if index, ok := rest[0].(hcl.TraverseIndex); ok {
			key, rest = index.Key, rest[1:]
		}
	}
	for _, i := range b.byBlk[config.ID{Module: blk.ID.Module, Kind: config.Resource, Type: t.RootName(), Name: name.Name}] {
		c := &b.plan.Changes[i]
		if key != cty.NilVal && c.Addr.Key.String() != keyText(key) {
			continue
		}
		if c.Action != Update && c.Action != Replace {
			continue
		}
		if len(rest) == 0 {
			return true
		}
		attr, ok := rest[0].(hcl.TraverseAttr)
		if ok && c.Before.Type().HasAttribute(attr.Name) && !c.Before.GetAttr(attr.Name).RawEquals(c.After.GetAttr(attr.Name)) {
			return true
		}
	}
	return false
}

func keyText(key cty.Value) string {
	if key.Type() == cty.Number {
		return fmt.Sprintf("[%s]", key.AsBigFloat().Text('f', -1))
	}
	return fmt.Sprintf("[%q]", key.AsString())
}
