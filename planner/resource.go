package planner

import (
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
	p, exists := b.prior(blk, addr)
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
		c.After = Propose(blk.Type, b.value(blk.Provider), cfg, none)
	}
	was := c.Before
	if c.Action == Replace {
		was = none // rules about changes do not bind a new object
	}
	if err := blk.Type.Check(was, c.After); err != nil {
		b.fail(blk, "Invalid configuration of "+addr.String(), Discreet(err, c.After, c.Sensitive))
	}
	if exists && c.Action != Replace && p.Object.Status == state.Pending && !p.Ready {
		c.After = unready(Propose(blk.Type, b.value(blk.Provider), cfg, none), p.Value)
	}
	if c.Action == Replace {
		if blk.Lifecycle.PreventDestroy {
			b.prevented(blk, addr)
		}
		b.protected(blk, p)
	}
	b.add(blk, c)
	self := MarkSensitive(blk.Type.Schema, c.After, c.Sensitive)
	b.scope.SetInstance(addr, self)
	b.diags = append(b.diags, b.scope.InstanceConditions(blk, in, config.After, self)...)
}

// prior returns the object at an address. When a block has gained or lost its
// count, that is the one object it had or keeps.
func (b *builder) prior(blk *config.Block, addr state.Addr) (Prior, bool) {
	p, ok := b.world.current[addr]
	if ok {
		return p, true
	}
	was := addr.Block()
	switch first := state.IndexKey(0); {
	case addr.Key == first:
	case addr.Key == state.Key{} && blk.ForEach == nil:
		was.Key = first
	default:
		return p, false
	}
	if p, ok = b.world.current[was]; ok {
		b.done[was] = true
	}
	return p, ok
}

// change decides what becomes of an object that is there.
func (b *builder) change(blk *config.Block, in config.Instance, c *Change, p Prior, cfg cty.Value) {
	t, none := blk.Type, cty.NullVal(blk.Type.ImpliedType())
	c.After = Ignored(blk, Propose(t, b.value(blk.Provider), cfg, p.Value), p.Value)
	changed, replace := changedPaths(t.Schema, p.Value, c.After)
	for _, name := range t.Replaces(p.Value, c.After) {
		replace = append(replace, cty.GetAttrPath(name))
	}
	switch {
	case p.Object.Provider != blk.Provider.ProviderKey():
		c.Action, c.Reason, c.HadProvider = Replace, BecauseProvider, p.Object.Provider
		b.providerPresent(p)
	case p.Object.Status == state.Tainted || p.Object.Status == state.Deleting:
		c.Action, c.Reason = Replace, BecauseTainted
	case len(replace) > 0 || (len(changed) > 0 && !t.CanUpdate()):
		c.Action, c.Reason, c.ReplacePaths = Replace, BecauseCannotUpdate, replace
		if len(replace) == 0 {
			c.ReplacePaths = changed
		}
	case b.triggered(blk, in):
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
	if c.Action == Replace {
		// A new object has no changes to ignore. What was evaluated once with
		// success is so again.
		fresh, _, _ := Configured(b.scope, blk, in, none)
		c.After = Propose(t, b.value(blk.Provider), fresh, none)
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

// Ignored returns want with what goes with ignored attributes as the object has it.
func Ignored(blk *config.Block, want, prior cty.Value) cty.Value {
	lc := blk.Lifecycle
	if prior.IsNull() || (!lc.IgnoreAll && len(lc.Ignore) == 0) {
		return want
	}
	vals := want.AsValueMap()
	for _, a := range blk.Type.Schema.Attrs {
		if a.Follows == "" {
			continue
		}
		ignored := lc.IgnoreAll
		for _, t := range lc.Ignore {
			name := t[0].(hcl.TraverseAttr).Name
			ignored = ignored || name == a.Name || name == a.Follows
		}
		if ignored {
			vals[a.Name] = prior.GetAttr(a.Name)
		}
	}
	return cty.ObjectVal(vals)
}

// triggered reports whether something that replace_triggered_by names changes.
func (b *builder) triggered(blk *config.Block, in config.Instance) bool {
	for _, e := range blk.Lifecycle.ReplaceTriggeredBy {
		if ref, ok := b.scope.Ref(e, in); ok && b.changes(ref) {
			return true
		}
	}
	return false
}

// changes reports whether the plan changes an existing object that ref means.
func (b *builder) changes(ref config.Ref) bool {
	for _, i := range b.byBlk[ref.Block] {
		c := &b.plan.Changes[i]
		if (c.Action != Update && c.Action != Replace) || (ref.One && c.Addr.Key != ref.Key) {
			continue
		}
		if ref.Attr == "" || !c.Before.Type().HasAttribute(ref.Attr) {
			return true
		}
		if !c.Before.GetAttr(ref.Attr).RawEquals(c.After.GetAttr(ref.Attr)) {
			return true
		}
	}
	return false
}
