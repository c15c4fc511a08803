package providers

import (
	"maps"

	"github.com/zclconf/go-cty/cty"
)

// Object returns the object with the attributes vals, of type ty if that is what
// they make. Objects of it share ty then: cty.ObjectVal makes a type for each,
// which is half of the memory that an object takes.
func Object(ty cty.Type, vals map[string]cty.Value) cty.Value {
	v := cty.ObjectVal(vals)
	if !v.Type().Equals(ty) {
		return v // an attribute of any type has the type of its value
	}
	// The elements of a list have the type of the first.
	return cty.ListVal([]cty.Value{cty.NullVal(ty), v}).Index(second)
}

var second = cty.NumberIntVal(1)

// With returns the object v with the attributes of vals instead of its own; v
// itself when there are none.
func With(v cty.Value, vals map[string]cty.Value) cty.Value {
	if len(vals) == 0 {
		return v
	}
	ty := v.Type()
	all := make(map[string]cty.Value, len(ty.AttributeTypes()))
	for name := range ty.AttributeTypes() {
		all[name] = v.GetAttr(name)
	}
	maps.Copy(all, vals)
	return Object(ty, all)
}

// Same reports whether two values are the same in all. It is RawEquals, which
// spells out numbers to compare them.
func Same(a, b cty.Value) bool {
	switch {
	case !present(a) || !present(b):
	case a.Type() == cty.Number && b.Type() == cty.Number:
		if a.AsBigFloat().Cmp(b.AsBigFloat()) == 0 {
			return true
		}
	case a.Type().IsObjectType() && b.Type().IsObjectType():
		return sameAttributes(a, b)
	}
	return a.RawEquals(b)
}

// present reports whether v is known, not null and bears no mark itself.
func present(v cty.Value) bool { return v != cty.NilVal && !v.IsMarked() && v.IsKnown() && !v.IsNull() }

func sameAttributes(a, b cty.Value) bool {
	types := b.Type().AttributeTypes()
	if len(a.Type().AttributeTypes()) != len(types) {
		return false
	}
	for name := range a.Type().AttributeTypes() {
		if _, ok := types[name]; !ok || !Same(a.GetAttr(name), b.GetAttr(name)) {
			return false
		}
	}
	return true
}
