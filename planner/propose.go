package planner

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

// Propose returns the value that an object is to have: config where it says
// something, else what the type's schema gives, else what the object has
// (prior), else unknown, for the cloud to decide. prior is null for a new
// object, settings is the value of its provider block. The result is in the
// type's normal spelling, or in that of prior where both say the same. config
// has no marks.
func Propose(t *providers.Type, settings, config, prior cty.Value) cty.Value {
	v := t.Imply(settings, config, prior, t.Spell(prior, t.Normal(propose(t.Schema, config, prior))))
	if prior.IsNull() {
		return v
	}
	changed := func(name string) bool {
		return t.Schema.Attr(name) != nil && !providers.Same(v.GetAttr(name), prior.GetAttr(name))
	}
	return recomputedInside(t.Schema, recomputed(t.Schema, v, config, prior), config, changed)
}

// recomputedInside returns v with what the cloud computes anew in nested blocks
// because of changes to the object itself unknown.
func recomputedInside(s *providers.Schema, v, config cty.Value, changed func(string) bool) cty.Value {
	vals := map[string]cty.Value{}
	for _, a := range s.Attrs {
		if a.Block == nil || a.Type.IsSetType() {
			continue
		}
		list := v.GetAttr(a.Name)
		if !list.IsKnown() || list.IsNull() || list.LengthInt() == 0 {
			continue
		}
		configured := config.GetAttr(a.Name)
		var items []cty.Value
		for i, item := range list.AsValueSlice() {
			cfg := cty.NullVal(item.Type())
			if configured.IsKnown() && i < configured.LengthInt() {
				cfg = configured.Index(cty.NumberIntVal(int64(i)))
			}
			items = append(items, recomputedInBlock(a.Block, item, cfg, changed))
		}
		vals[a.Name] = a.BlockValue(items)
	}
	return providers.With(v, vals)
}

// recomputedInBlock does that in one block; config is null when the cloud has
// chosen all of it.
func recomputedInBlock(s *providers.Schema, v, config cty.Value, changed func(string) bool) cty.Value {
	if !v.IsKnown() || v.IsNull() {
		return v
	}
	if config.IsNull() {
		vals := map[string]cty.Value{}
		for _, a := range s.Attrs {
			vals[a.Name] = cty.NullVal(a.Type)
			if a.Block != nil {
				vals[a.Name] = a.BlockValue(nil)
			}
		}
		config = cty.ObjectVal(vals)
	}
	vals := map[string]cty.Value{}
	for _, a := range s.Attrs {
		if a.Block == nil && a.DecidedByCloud() && config.GetAttr(a.Name).IsNull() && slices.ContainsFunc(a.After, changed) {
			vals[a.Name] = cty.UnknownVal(a.Type)
		}
	}
	return providers.With(recomputedInside(s, v, config, changed), vals)
}

// recomputed returns v with what the cloud computes anew because of other
// changes unknown.
func recomputed(s *providers.Schema, v, config, prior cty.Value) cty.Value {
	if prior.IsNull() || !prior.IsKnown() {
		return v
	}
	vals := map[string]cty.Value{}
	for _, a := range s.Attrs {
		if !a.DecidedByCloud() || !absent(a, config.GetAttr(a.Name)) {
			continue
		}
		for _, cause := range a.After {
			if s.Attr(cause) == nil {
				continue // an attribute of the object that this block is in
			}
			if !providers.Same(v.GetAttr(cause), prior.GetAttr(cause)) {
				vals[a.Name] = cty.UnknownVal(a.Type)
			}
		}
	}
	return providers.With(v, vals)
}

// absent reports whether a configuration says nothing of a.
func absent(a *providers.Attr, config cty.Value) bool {
	if a.Block == nil {
		return config.IsNull()
	}
	return config.IsNull() || (config.IsKnown() && config.LengthInt() == 0)
}

func propose(s *providers.Schema, config, prior cty.Value) cty.Value {
	vals := make(map[string]cty.Value, len(s.Attrs))
	for _, a := range s.Attrs {
		v := config.GetAttr(a.Name)
		switch {
		case a.WriteOnly:
			v = cty.NullVal(a.Type)
		case a.Block != nil:
			v = proposeBlocks(a, v, attrOf(prior, a))
		case v.IsNull() && a.DecidedByCloud():
			v = attrOf(prior, a)
		case v.IsNull() && a.Else != cty.NilVal:
			v = a.Else
		}
		vals[a.Name] = a.Absent(v)
	}
	return providers.Object(prior.Type(), vals)
}

// attrOf returns the attribute of a prior object, unknown when there is none.
func attrOf(prior cty.Value, a *providers.Attr) cty.Value {
	if prior.IsNull() {
		return cty.UnknownVal(a.Type)
	}
	return prior.GetAttr(a.Name)
}

// proposeBlocks matches nested blocks with those of the prior object: those of
// a list by position, those of a set by what a configuration can set.
func proposeBlocks(a *providers.Attr, config, prior cty.Value) cty.Value {
	if !config.IsKnown() {
		return config
	}
	if a.Mode == providers.Default && config.LengthInt() == 0 {
		return prior
	}
	var old []cty.Value
	if prior.IsKnown() && !prior.IsNull() {
		for _, v := range prior.Elements() {
			old = append(old, v)
		}
	}
	var items []cty.Value
	for _, item := range config.Elements() {
		was := match(a, item, len(items), old)
		items = append(items, recomputed(a.Block, propose(a.Block, item, was), item, was))
	}
	return a.BlockValue(items)
}

func match(a *providers.Attr, item cty.Value, i int, old []cty.Value) cty.Value {
	if !a.Type.IsSetType() {
		if i < len(old) {
			return old[i]
		}
		return cty.NullVal(a.Type.ElementType())
	}
	for _, o := range old {
		if sameConfig(a.Block, item, o) {
			return o
		}
	}
	return cty.NullVal(a.Type.ElementType())
}

// sameConfig reports whether what item configures is what o has.
func sameConfig(s *providers.Schema, item, o cty.Value) bool {
	want := propose(s, item, o)
	for _, a := range s.Attrs {
		if a.Configurable() && !providers.Same(want.GetAttr(a.Name), o.GetAttr(a.Name)) {
			return false
		}
	}
	return true
}

// changedPaths returns the attributes in which want differs from prior, and
// among them those whose change needs a replacement.
func changedPaths(s *providers.Schema, prior, want cty.Value) (changed, replace []cty.Path) {
	for _, a := range s.Attrs {
		was, now := prior.GetAttr(a.Name), want.GetAttr(a.Name)
		if providers.Same(was, now) {
			continue
		}
		path := cty.GetAttrPath(a.Name)
		changed = append(changed, path)
		if a.Replace || (a.Block != nil && blockReplaces(a, was, now)) {
			replace = append(replace, path)
		}
	}
	return changed, replace
}

// blockReplaces reports whether nested blocks differ in an attribute whose
// change replaces the object.
func blockReplaces(a *providers.Attr, was, now cty.Value) bool {
	if !now.IsKnown() || !was.IsKnown() || was.LengthInt() != now.LengthInt() {
		return a.MayReplace()
	}
	var olds []cty.Value
	for _, v := range was.Elements() {
		olds = append(olds, v)
	}
	for _, v := range now.Elements() {
		stays := func(old cty.Value) bool {
			_, replace := changedPaths(a.Block, old, v)
			return len(replace) == 0
		}
		i := 0
		if a.Type.IsSetType() {
			i = slices.IndexFunc(olds, stays) // the order says nothing
		}
		if i < 0 || !stays(olds[i]) {
			return true
		}
		olds = slices.Delete(olds, i, i+1)
	}
	return false
}
