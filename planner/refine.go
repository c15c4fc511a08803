package planner

import (
	"maps"
	"slices"

	"github.com/zclconf/go-cty/cty"
)

// Refines returns the path of the first part of got that is not what planned
// promised; nil when it keeps the promise. What is unknown in planned may
// become anything.
func Refines(planned, got cty.Value) cty.Path {
	return refines(nil, planned, got)
}

func refines(path cty.Path, planned, got cty.Value) cty.Path {
	ty := planned.Type()
	switch {
	case !planned.IsKnown() || planned.RawEquals(got):
		return nil
	case planned.IsNull() || got.IsNull() || !got.IsKnown() || planned.IsWhollyKnown():
		return atLeast(path)
	case ty.IsObjectType():
		if !got.Type().IsObjectType() || len(got.Type().AttributeTypes()) != len(ty.AttributeTypes()) {
			return atLeast(path)
		}
		for _, name := range slices.Sorted(maps.Keys(ty.AttributeTypes())) {
			if !got.Type().HasAttribute(name) {
				return atLeast(path)
			}
			if p := refines(path.GetAttr(name), planned.GetAttr(name), got.GetAttr(name)); p != nil {
				return p
			}
		}
		return nil
	case ty.IsSetType() != got.Type().IsSetType(), ty.IsMapType() != got.Type().IsMapType(), !got.CanIterateElements():
		return atLeast(path)
	case ty.IsSetType():
		// The unknown parts keep elements from being matched one by one.
		if planned.Length().IsKnown() && got.LengthInt() > planned.LengthInt() {
			return atLeast(path)
		}
		return nil
	case ty.IsListType(), ty.IsMapType(), ty.IsTupleType():
		if planned.LengthInt() != got.LengthInt() {
			return atLeast(path)
		}
		for k, v := range planned.Elements() {
			if got.HasIndex(k).False() {
				return atLeast(path)
			}
			if p := refines(path.Index(k), v, got.Index(k)); p != nil {
				return p
			}
		}
	}
	return nil
}

// atLeast makes a path that is never nil.
func atLeast(path cty.Path) cty.Path {
	if path == nil {
		return cty.Path{}
	}
	return path.Copy()
}
