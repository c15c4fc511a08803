package planner

import (
	"cmp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// resource plans one instance of a resource block.
func (b *builder) resource(blk *config.Block, in config.Instance) {
	addr := addrOf(blk, in)
	b.done[addr] = true
	if !b.selected.instance(addr) {
		b.keepOne(blk, addr)
		return
	}
	b.diags = append(b.diags, b.scope.Check(blk, config.Before, in, cty.NilVal)...)
	none := cty.NullVal(blk.Type.ImpliedType())
	key := b.providerKey(blk, in)
	p, importID, exists := b.found(blk, in, addr, key)
	cfg, sensitive, diags := Configured(b.scope, blk, in, p.Value)
	if importID != "" && !diags.HasErrors() {
		var more hcl.Diagnostics
		p, more = b.learn(blk, key, p, cfg)
		diags = append(diags, more...)
	}
	b.diags = append(b.diags, diags...)
	if diags.HasErrors() {
		b.scope.SetInstance(addr, cty.UnknownVal(blk.Type.ImpliedType()))
		return
	}
	c := Change{
		Addr: addr, Provider: key, MovedFrom: p.MovedFrom, ImportID: importID, Action: Create, Sensitive: sensitive,
		CreateFirst: b.createFirst[blk.ID.Addr()], Keep: blk.Lifecycle.Keep, Before: p.Value,
	}
	settings := b.settings(key)
	if exists {
		c.Key, c.Had, c.HadSensitive = p.Object.Key, p.Object.Deps, p.Object.Sensitive
		if c.MovedFrom == (state.Addr{}) && p.Object.Addr != addr {
			c.MovedFrom = p.Object.Addr
		}
		b.change(blk, in, &c, p, cfg, settings)
		if importID == "" && p.drifted(cfg) {
			b.plan.Drift = append(b.plan.Drift, Drift{Addr: addr, Before: p.Stored, After: p.Value, Sensitive: c.Secret()})
		}
	} else {
		c.After = Propose(blk.Type, settings, cfg, none)
	}
	if c.Action == Replace && c.Keep {
		c = b.letGo(blk, c)
	}
	was := c.Before
	if c.Action == Replace {
		was = none // rules about changes do not bind a new object
	}
	if was.IsNull() {
		if err := blk.Type.Schema.Lacks(cfg); err != nil {
			b.fail(blk, "Invalid configuration of "+addr.String(), err)
		}
	}
	if err := blk.Type.Check(was, blk.Type.Schema.Disclose(c.After, cfg)); err != nil {
		b.fail(blk, "Invalid configuration of "+addr.String(), Discreet(err, blk.Type.Schema.Disclose(c.After, cfg), c.Sensitive))
	}
	if !c.Before.IsNull() && c.Action != Replace && p.Object.Status == state.Pending && !p.Ready {
		c.After = unready(Propose(blk.Type, settings, cfg, none), p.Value)
	}
	if c.Action == Replace {
		b.prevented(blk, addr)
		b.protected(blk, p)
	}
	b.caution(blk, c)
	b.add(blk, c)
	after, names := c.After, c.Sensitive
	b.scope.SetInstanceTo(addr, func() cty.Value { return MarkSensitive(blk.Type.Schema, after, names) })
	if len(blk.Provisioners)+len(blk.Conditions) > 0 {
		self := MarkSensitive(blk.Type.Schema, after, names)
		b.provisioners(blk, in, c, self)
		b.diags = append(b.diags, b.scope.Check(blk, config.After, in, self)...)
	}
}

// found returns the object that an instance has, or takes over by an id, which is ""
// otherwise. Without one its value is null.
func (b *builder) found(blk *config.Block, in config.Instance, addr state.Addr, key string) (p Prior, importID string, exists bool) {
	if p, exists = b.prior(blk, addr); exists {
		return p, "", true
	}
	if p, importID, exists = b.importAt(blk, addr, key); exists {
		return p, importID, true
	}
	if p, importID, exists = b.adopt(blk, in, addr, key); !exists {
		p.Value = cty.NullVal(blk.Type.ImpliedType())
	}
	return p, importID, exists
}

// letGo plans to forget the object that c replaces, which is not to be destroyed,
// and returns the change that makes another one.
func (b *builder) letGo(blk *config.Block, c Change) Change {
	none := cty.NullVal(blk.Type.ImpliedType())
	if c.Key != "" { // which an import is given by its step
		b.add(blk, Change{
			Addr: c.Addr, MovedFrom: c.MovedFrom, Provider: cmp.Or(c.HadProvider, c.Provider), Key: c.Key, Action: Forget, Reason: c.Reason,
			Before: c.Before, After: none, Sensitive: c.Sensitive, ReplacePaths: c.ReplacePaths,
		})
	}
	return Change{Addr: c.Addr, Provider: c.Provider, Action: Create, Keep: c.Keep, Before: none, After: c.After, Sensitive: c.Sensitive}
}

// caution warns of what the type says of an object before it is made or changed.
func (b *builder) caution(blk *config.Block, c Change) {
	if c.Action != Create && c.Action != Update && c.Action != Replace {
		return
	}
	if text := blk.Type.Caution(c.After); text != "" {
		b.diags = append(b.diags, &hcl.Diagnostic{
			Severity: hcl.DiagWarning, Summary: "Look at " + c.Addr.String() + " again", Detail: text, Subject: blk.Range.Ptr(),
		})
	}
}

// keepOne leaves the object at an address as it is.
func (b *builder) keepOne(blk *config.Block, addr state.Addr) {
	p, exists := b.prior(blk, addr)
	if !exists {
		return // as it will be when the plan is applied
	}
	if p.MovedFrom == (state.Addr{}) && p.Object.Addr != addr {
		p.MovedFrom, p.Object.Addr = p.Object.Addr, addr
	}
	b.stay(p)
}

// prior returns the object at an address. When a block has gained or lost its
// count, that is the one object it had or keeps.
func (b *builder) prior(blk *config.Block, addr state.Addr) (Prior, bool) {
	p, ok := b.world.current[addr]
	if ok {
		return p, true
	}
	was := addr
	was.Key = state.Key{}
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
func (b *builder) change(blk *config.Block, in config.Instance, c *Change, p Prior, cfg, settings cty.Value) {
	t, none := blk.Type, cty.NullVal(blk.Type.ImpliedType())
	ignore, diags := b.scope.Ignored(blk, in)
	b.diags = append(b.diags, diags...)
	c.After = Ignored(blk, ignore, Propose(t, settings, cfg, p.Value), p.Value)
	changed, replace := changedPaths(t.Schema, p.Value, c.After)
	for _, name := range t.Replaces(p.Value, c.After) {
		replace = append(replace, cty.GetAttrPath(name))
	}
	if c.ImportID != "" {
		replace = slices.DeleteFunc(replace, func(path cty.Path) bool {
			name := path[0].(cty.GetAttrStep).Name
			return unseen(t.Schema.Attr(name), p.Value.GetAttr(name))
		})
	}
	switch {
	case p.Object.Provider != c.Provider:
		c.Action, c.Reason, c.HadProvider = Replace, BecauseProvider, p.Object.Provider
		b.providerPresent(p)
	case p.Object.Status == state.Tainted || p.Object.Status == state.Deleting:
		c.Action, c.Reason = Replace, BecauseTainted
	case b.triggered(blk, in):
		c.Action, c.Reason, c.ReplacePaths = Replace, BecauseTriggered, replace
	case slices.Contains(b.Replace, c.Addr):
		c.Action, c.Reason, c.ReplacePaths = Replace, BecauseRequested, replace
	case len(replace) > 0 || (len(changed) > 0 && !t.CanUpdate()):
		c.Action, c.Reason, c.ReplacePaths = Replace, BecauseCannotUpdate, replace
		if len(replace) == 0 {
			c.ReplacePaths = changed
		}
	case unprovisioned(blk, p), p.Object.Status == state.Pending && t.Probe(c.After) != nil:
		c.Action, c.Reason = Await, BecauseUnfinished // which makes changes, too
	case len(changed) > 0:
		c.Action = Update
	case p.Object.Status == state.Updating:
		c.Action, c.Reason = Update, BecauseUnfinished
	case p.Object.Status == state.Pending && !p.Ready:
		c.Action, c.Reason = Await, BecauseUnfinished
	default:
		c.Action = NoOp
	}
	if len(changed) == 0 {
		c.After = c.Before // one value does for both: there are many
	}
	if c.Action == Replace {
		// A new object has no changes to ignore. What was evaluated once with
		// success is so again.
		fresh, _, _ := Configured(b.scope, blk, in, none)
		c.After = Propose(t, settings, fresh, none)
		c.CreateFirst = c.CreateFirst || t.First(p.Value, c.After)
	}
}

// unseen reports whether an attribute has no value, got, only because the API does
// not show it: an import takes it from the configuration, where it may be true.
func unseen(a *providers.Attr, got cty.Value) bool {
	// What is required is never null.
	empty := a.Mode == providers.Required && a.Type == cty.String && got.IsKnown() && !got.IsNull() && got.AsString() == ""
	none := a.Block != nil && got.IsKnown() && got.LengthInt() == 0
	return a.Blind && (got.IsNull() || empty || none)
}

// unprovisioned reports whether an earlier run has created an object and has not
// come to its provisioners.
func unprovisioned(blk *config.Block, p Prior) bool {
	created := func(p config.Provisioner) bool { return !p.Destroy }
	return p.Object.Status == state.Pending && slices.ContainsFunc(blk.Provisioners, created)
}

// unready returns what can be promised of an object that is still changing:
// its id, and what is configured.
func unready(fresh, prior cty.Value) cty.Value {
	return providers.With(fresh, map[string]cty.Value{"id": prior.GetAttr("id")})
}

// Configured evaluates the arguments of an instance as they are to be carried
// out: without marks, the places that bore them, and with what
// lifecycle.ignore_changes names as the object has it (prior; null for none).
func Configured(scope *config.Scope, blk *config.Block, in config.Instance, prior cty.Value) (cty.Value, []string, hcl.Diagnostics) {
	cfg, diags := scope.Body(blk, in)
	if diags.HasErrors() {
		return cty.NilVal, nil, diags
	}
	raw, sensitive := Unmark(cfg)
	sensitive = showing(blk.Type.Schema, raw, sensitive)
	if prior.IsNull() {
		return raw, sensitive, diags
	}
	ignored, diags := scope.Ignored(blk, in)
	return ignore(blk, ignored, raw, prior), sensitive, diags
}

// showing returns names, the places that are sensitive in cfg, and those of the attributes that
// may show what is.
func showing(s *providers.Schema, cfg cty.Value, names []string) []string {
	for _, a := range s.Attrs {
		for _, from := range a.Shows {
			source := s.Attr(from)
			secret := source.Sensitive && !cfg.GetAttr(from).IsNull()
			if (secret || source.Holds(names)) && !slices.Contains(names, a.Name) {
				names = append(names, a.Name)
			}
		}
	}
	return names
}

// ignore puts what lifecycle.ignore_changes names back to what the object has.
func ignore(blk *config.Block, ignored config.Ignore, cfg, prior cty.Value) cty.Value {
	if ignored.None() {
		return cfg
	}
	vals := cfg.AsValueMap()
	for _, a := range blk.Type.Schema.Attrs {
		if ignored.Names(a.Name) && a.Configurable() {
			vals[a.Name] = prior.GetAttr(a.Name)
		}
	}
	for _, t := range ignored.Paths {
		if step, ok := t[0].(hcl.TraverseAttr); ok && len(t) > 1 {
			vals[step.Name] = ignoreWithin(vals[step.Name], prior.GetAttr(step.Name), t[1:])
		}
	}
	return cty.ObjectVal(vals)
}

// ignoreWithin returns v with what path leads to as prior has it, also when only
// one of them has it.
func ignoreWithin(v, prior cty.Value, path hcl.Traversal) cty.Value {
	if len(path) == 0 {
		return prior
	}
	if !v.IsKnown() || !prior.IsKnown() {
		return v
	}
	switch step := path[0].(type) {
	case hcl.TraverseAttr:
		return ignoreKey(v, prior, cty.StringVal(step.Name), path[1:])
	case hcl.TraverseIndex:
		return ignoreKey(v, prior, step.Key, path[1:])
	}
	return v
}

func ignoreKey(v, prior, key cty.Value, rest hcl.Traversal) cty.Value {
	ty := v.Type()
	switch {
	case (ty.IsMapType() || ty.IsObjectType()) && key.Type() == cty.String:
		vals := map[string]cty.Value{}
		if !v.IsNull() {
			vals = v.AsValueMap()
		}
		var old map[string]cty.Value
		if !prior.IsNull() {
			old = prior.AsValueMap()
		}
		return ignoreEntry(ty, vals, old, key.AsString(), rest)
	case (ty.IsListType() || ty.IsTupleType()) && key.Type() == cty.Number && !v.IsNull() && !prior.IsNull():
		i, _ := key.AsBigFloat().Int64()
		if i < 0 || int(i) >= v.LengthInt() || int(i) >= prior.LengthInt() {
			return v
		}
		items := v.AsValueSlice()
		items[i] = ignoreWithin(items[i], prior.Index(key), rest)
		if ty.IsTupleType() {
			return cty.TupleVal(items)
		}
		return cty.ListVal(items)
	}
	return v
}

// ignoreEntry does that for one key of a map, or one attribute of an object.
func ignoreEntry(ty cty.Type, vals, old map[string]cty.Value, key string, rest hcl.Traversal) cty.Value {
	was, had := old[key]
	now, has := vals[key]
	switch {
	case had && has:
		vals[key] = ignoreWithin(now, was, rest)
	case had && len(rest) == 0:
		if vals == nil {
			vals = map[string]cty.Value{}
		}
		vals[key] = was
	case has && len(rest) == 0:
		delete(vals, key)
	}
	switch {
	case ty.IsObjectType():
		return cty.ObjectVal(vals)
	case len(vals) == 0 && len(old) == 0:
		return cty.NullVal(ty)
	case len(vals) == 0:
		return cty.MapValEmpty(ty.ElementType())
	}
	return cty.MapVal(vals)
}

// Ignored returns want with what goes with ignored attributes as the object has it.
func Ignored(blk *config.Block, ignored config.Ignore, want, prior cty.Value) cty.Value {
	if prior.IsNull() || ignored.None() {
		return want
	}
	vals := map[string]cty.Value{}
	for _, a := range blk.Type.Schema.Attrs {
		if a.Follows != "" && (ignored.Names(a.Name) || ignored.Names(a.Follows)) {
			vals[a.Name] = prior.GetAttr(a.Name)
		}
	}
	return providers.With(want, vals)
}

// triggered reports whether something that replace_triggered_by names changes.
func (b *builder) triggered(blk *config.Block, in config.Instance) bool {
	for _, e := range blk.Lifecycle.ReplaceTriggeredBy {
		if ref, ok := b.scope.Ref(e, in); ok && b.changes(ref, in.In.Path()) {
			return true
		}
	}
	return false
}

// changes reports whether the plan changes an existing object that ref means in
// a module instance; "" means in any.
func (b *builder) changes(ref config.Ref, module string) bool {
	for _, i := range b.byBlk[ref.Block] {
		c := &b.plan.Changes[i]
		if (c.Action != Update && c.Action != Replace && c.Action != Forget) || (ref.One && c.Addr.Key != ref.Key) || (module != "" && c.Addr.Module != module) {
			continue
		}
		if ref.Attr == "" || c.Action == Forget || !c.Before.Type().HasAttribute(ref.Attr) {
			return true
		}
		if !ref.Of(c.Before.GetAttr(ref.Attr)).RawEquals(ref.Of(c.After.GetAttr(ref.Attr))) {
			return true
		}
	}
	return false
}
