package planner

import (
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/providers"
)

// Unmark returns v without marks, and the places in it that bore the mark of
// sensitive values, sorted: names of attributes, and "triggers/password" for a part
// of one. The order of lists may change, so that what is in one makes all of it
// sensitive.
func Unmark(v cty.Value) (cty.Value, []string) {
	if !config.Marked(v) {
		return v, nil
	}
	raw, marks := v.UnmarkDeepWithPaths()
	var places []string
	for _, m := range marks {
		if _, ok := m.Marks[config.Sensitive]; ok && len(m.Path) > 0 {
			places = append(places, placeOf(m.Path, raw))
		}
	}
	slices.Sort(places)
	return raw, slices.Compact(places)
}

// escaped is how the name of an attribute or a key stands in a place, and named the
// inverse.
var (
	escaped = strings.NewReplacer("~", "~0", "/", "~1")
	named   = strings.NewReplacer("~1", "/", "~0", "~")
)

// placeOf returns the place in v that path leads to, or that of the list or set on
// the way there.
func placeOf(path cty.Path, v cty.Value) string {
	var steps []string
	for _, step := range path {
		switch s := step.(type) {
		case cty.GetAttrStep:
			steps, v = append(steps, escaped.Replace(s.Name)), v.GetAttr(s.Name)
			continue
		case cty.IndexStep:
			switch ty := v.Type(); {
			case ty.IsMapType():
				steps, v = append(steps, escaped.Replace(s.Key.AsString())), v.Index(s.Key)
				continue
			case ty.IsTupleType():
				steps, v = append(steps, s.Key.AsBigFloat().Text('f', 0)), v.Index(s.Key)
				continue
			}
		}
		break
	}
	return strings.Join(steps, "/")
}

// Steps returns the steps of a place: the name of the attribute, and what leads to
// the part of its value.
func Steps(place string) []string {
	steps := strings.Split(place, "/")
	for i, s := range steps {
		steps[i] = named.Replace(s)
	}
	return steps
}

// MarkSensitive returns v as expressions see it: with the mark on the attributes
// that are sensitive by the schema, and on the places that Unmark has returned;
// single blocks are objects.
func MarkSensitive(s *providers.Schema, v cty.Value, places []string) cty.Value {
	if v.IsNull() || !v.IsKnown() {
		return v
	}
	if len(places) == 0 && plain(s) {
		return v
	}
	vals := v.AsValueMap()
	for _, a := range s.Attrs {
		hidden := a.Sensitive || slices.Contains(places, a.Name) || a.Block != nil && a.Holds(places)
		if a.Hide != "" && !hidden {
			vals[a.Name] = markSome(vals[a.Name], v.GetAttr(a.Hide))
		}
		if a.Block != nil {
			vals[a.Name] = markBlocks(a, vals[a.Name])
		}
		if hidden {
			vals[a.Name] = vals[a.Name].Mark(config.Sensitive)
			continue
		}
		for _, place := range places {
			if steps := Steps(place); steps[0] == a.Name {
				vals[a.Name] = markPart(vals[a.Name], steps[1:])
			}
		}
	}
	return cty.ObjectVal(vals)
}

// markPart returns v with the mark on the part that steps lead to; on all of it
// when they do not, as in a value from before the part was there.
func markPart(v cty.Value, steps []string) cty.Value {
	if len(steps) == 0 || v.IsMarked() || v.IsNull() || !v.IsKnown() {
		return v.Mark(config.Sensitive)
	}
	if ty := v.Type(); ty.IsTupleType() {
		items := v.AsValueSlice()
		if i, err := strconv.Atoi(steps[0]); err == nil && i < len(items) {
			items[i] = markPart(items[i], steps[1:])
			return cty.TupleVal(items)
		}
		return v.Mark(config.Sensitive)
	} else if !ty.IsObjectType() && !ty.IsMapType() {
		return v.Mark(config.Sensitive)
	}
	vals := v.AsValueMap()
	part, ok := vals[steps[0]]
	if !ok {
		return v.Mark(config.Sensitive)
	}
	vals[steps[0]] = markPart(part, steps[1:])
	if v.Type().IsMapType() {
		return cty.MapVal(vals)
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
