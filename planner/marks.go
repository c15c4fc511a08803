package planner

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/providers"
)

// Unmark returns v without marks, and the names of its attributes that bore
// the mark of sensitive values, sorted.
func Unmark(v cty.Value) (cty.Value, []string) {
	raw, marks := v.UnmarkDeepWithPaths()
	var names []string
	for _, m := range marks {
		if _, ok := m.Marks[config.Sensitive]; !ok || len(m.Path) == 0 {
			continue
		}
		if step, ok := m.Path[0].(cty.GetAttrStep); ok {
			names = append(names, step.Name)
		}
	}
	slices.Sort(names)
	return raw, slices.Compact(names)
}

// MarkSensitive returns v as expressions see it: with the mark on the attributes
// that are sensitive by the schema, and on those named; single blocks are
// objects.
func MarkSensitive(s *providers.Schema, v cty.Value, names []string) cty.Value {
	if v.IsNull() || !v.IsKnown() {
		return v
	}
	if len(names) == 0 && plain(s) {
		return v
	}
	vals := v.AsValueMap()
	for _, a := range s.Attrs {
		hidden := a.Sensitive || slices.Contains(names, a.Name)
		if a.Hide != "" && !hidden {
			vals[a.Name] = markSome(vals[a.Name], v.GetAttr(a.Hide))
		}
		if a.Block != nil {
			vals[a.Name] = markBlocks(a, vals[a.Name])
		}
		if hidden {
			vals[a.Name] = vals[a.Name].Mark(config.Sensitive)
		}
	}
	return cty.ObjectVal(vals)
}

// plain reports whether expressions see values of s as they are.
func plain(s *providers.Schema) bool {
	return !slices.ContainsFunc(s.Attrs, func(a *providers.Attr) bool {
		return a.Sensitive || a.Hide != "" || a.Single || a.Block != nil && !plain(a.Block)
	})
}

// markSome returns the object v with the mark on the attributes that hidden
// lists.
func markSome(v, hidden cty.Value) cty.Value {
	if !v.IsKnown() || v.IsNull() || !hidden.IsWhollyKnown() || hidden.IsNull() {
		return v
	}
	vals := v.AsValueMap()
	for _, name := range hidden.AsValueSlice() {
		if part, ok := vals[name.AsString()]; ok {
			vals[name.AsString()] = part.Mark(config.Sensitive)
		}
	}
	return cty.ObjectVal(vals)
}

// markBlocks returns v, a nested block, as expressions see it. Its type does not
// depend on what is in it, since lists hold elements of one type.
func markBlocks(a *providers.Attr, v cty.Value) cty.Value {
	switch {
	case !v.IsKnown():
		return cty.UnknownVal(seenAs(a))
	case v.IsNull() || v.LengthInt() == 0 && a.Single:
		return cty.NullVal(seenAs(a))
	case v.LengthInt() == 0 && a.Type.IsSetType():
		return cty.SetValEmpty(seenType(a.Block))
	case v.LengthInt() == 0:
		return cty.ListValEmpty(seenType(a.Block))
	}
	var items []cty.Value
	for _, item := range v.Elements() {
		items = append(items, MarkSensitive(a.Block, item, nil))
	}
	if a.Single {
		return items[0]
	}
	return a.BlockValue(items)
}

// seenAs returns the type of an attribute in expressions: a single block is an
// object.
func seenAs(a *providers.Attr) cty.Type {
	switch {
	case a.Block == nil:
		return a.Type
	case a.Single:
		return seenType(a.Block)
	case a.Type.IsSetType():
		return cty.Set(seenType(a.Block))
	}
	return cty.List(seenType(a.Block))
}

// seenType returns the type of values of s in expressions.
func seenType(s *providers.Schema) cty.Type {
	attrs := make(map[string]cty.Type, len(s.Attrs))
	for _, a := range s.Attrs {
		attrs[a.Name] = seenAs(a)
	}
	return cty.Object(attrs)
}

// Bare returns v without any marks.
func Bare(v cty.Value) cty.Value {
	v, _ = v.UnmarkDeep()
	return v
}
