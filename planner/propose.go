package planner

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

// Propose returns the value that an object is to have: config where it says
// something, else what the type's schema gives, else what the object has
// (prior), else unknown, for the cloud to decide. prior is null for a new
// object. The result is in the type's normal spelling. config has no marks.
func Propose(t *providers.Type, config, prior cty.Value) cty.Value {
	v := t.Normal(propose(t.Schema, config, prior))
	if prior.IsNull() {
		return v
	}
	vals := v.AsValueMap()
	for _, a := range t.Schema.Attrs {
		if a.Block != nil || !a.DecidedByCloud() || !config.GetAttr(a.Name).IsNull() {
			continue
		}
		for _, cause := range a.After {
			if !v.GetAttr(cause).RawEquals(prior.GetAttr(cause)) {
				vals[a.Name] = cty.UnknownVal(a.Type)
			}
		}
	}
	return cty.ObjectVal(vals)
}

func propose(s *providers.Schema, config, prior cty.Value) cty.Value {
	vals := make(map[string]cty.Value, len(s.Attrs))
	for _, a := range s.Attrs {
		v := config.GetAttr(a.Name)
		switch {
		case a.Block != nil:
			v = proposeBlocks(a, v, attrOf(prior, a))
		case v.IsNull() && a.DecidedByCloud():
			v = attrOf(prior, a)
		case v.IsNull() && a.Else != cty.NilVal:
			v = a.Else
		}
		vals[a.Name] = a.Absent(v)
	}
	return cty.ObjectVal(vals)
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
		items = append(items, propose(a.Block, item, match(a, item, len(items), old)))
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
		if a.Configurable() && !want.GetAttr(a.Name).RawEquals(o.GetAttr(a.Name)) {
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
		if was.RawEquals(now) {
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
		return hasReplace(a.Block)
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

func hasReplace(s *providers.Schema) bool {
	for _, a := range s.Attrs {
		if a.Replace || (a.Block != nil && hasReplace(a.Block)) {
			return true
		}
	}
	return false
}
