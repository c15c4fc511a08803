package config

import (
	"errors"
	"fmt"
	"maps"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

// lookupSpec returns what a map or object has under a key, or a default.
var lookupSpec = function.Spec{
	Params:   []function.Parameter{{Name: "inputMap", Type: cty.DynamicPseudoType, AllowMarked: true}, {Name: "key", Type: cty.String, AllowMarked: true}},
	VarParam: &function.Parameter{Name: "default", Type: cty.DynamicPseudoType, AllowUnknown: true, AllowDynamicType: true, AllowNull: true, AllowMarked: true},
	Type:     lookupType,
	Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
		m, mapMarks := args[0].Unmark()
		key, keyMarks := args[1].Unmark()
		if v, ok := attribute(m, key.AsString()); ok {
			return v.WithMarks(mapMarks, keyMarks), nil
		}
		if len(args) < 3 {
			return cty.NilVal, fmt.Errorf("lookup failed to find key %q; give a default as third argument", key.AsString())
		}
		v, err := convert.Convert(args[2], ty)
		if err != nil {
			return cty.NilVal, function.NewArgError(2, err)
		}
		return v.WithMarks(mapMarks, keyMarks), nil
	},
}

// attribute returns what a map or object has under a name.
func attribute(m cty.Value, name string) (cty.Value, bool) {
	if m.Type().IsObjectType() {
		if !m.Type().HasAttribute(name) {
			return cty.NilVal, false
		}
		return m.GetAttr(name), true
	}
	key := cty.StringVal(name)
	if m.HasIndex(key).False() {
		return cty.NilVal, false
	}
	return m.Index(key), true
}

func lookupType(args []cty.Value) (cty.Type, error) {
	if len(args) > 3 {
		return cty.NilType, fmt.Errorf("lookup() takes two or three arguments, got %d", len(args))
	}
	ty := args[0].Type()
	switch {
	case ty.IsMapType() && len(args) == 3:
		if _, err := convert.Convert(args[2], ty.ElementType()); err != nil {
			return cty.NilType, function.NewArgErrorf(2, "the default value must have the same type as the map elements")
		}
		return ty.ElementType(), nil
	case ty.IsMapType():
		return ty.ElementType(), nil
	case !ty.IsObjectType():
		return cty.NilType, function.NewArgErrorf(0, "lookup() requires a map as the first argument")
	case !args[1].IsKnown():
		return cty.DynamicPseudoType, nil
	}
	key, _ := args[1].Unmark()
	switch {
	case ty.HasAttribute(key.AsString()):
		return ty.AttributeType(key.AsString()), nil
	case len(args) == 3:
		return args[2].Type(), nil
	}
	return cty.NilType, function.NewArgErrorf(0, "the given object has no attribute %q", key.AsString())
}

// transposeFunc turns a map of lists inside out: elements become keys.
var transposeFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "values", Type: cty.Map(cty.List(cty.String))}},
	Type:   function.StaticReturnType(cty.Map(cty.List(cty.String))), RefineResult: notNull,
	Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
		if !args[0].IsWhollyKnown() {
			return cty.UnknownVal(ty), nil
		}
		keys := map[string][]cty.Value{}
		for key, list := range args[0].Elements() { // in the order of the keys
			if list.IsNull() {
				return cty.NilVal, errors.New("input must not contain null list")
			}
			for _, v := range list.Elements() {
				if v.IsNull() {
					return cty.NilVal, errors.New("input list must not contain null string")
				}
				keys[v.AsString()] = append(keys[v.AsString()], key)
			}
		}
		if len(keys) == 0 {
			return cty.MapValEmpty(ty.ElementType()), nil
		}
		lists := make(map[string]cty.Value, len(keys))
		for name, list := range keys {
			lists[name] = cty.ListVal(list)
		}
		return cty.MapVal(lists), nil
	},
})

// deepMergeFunc merges maps and objects, and those within them. Of anything
// else, lists also, the last argument that has a value for a name decides,
// even with null. Null in the place of a whole argument is left out, as merge
// does. The result is a map when all arguments are maps of one type, and else
// an object.
var deepMergeFunc = function.New(&function.Spec{
	VarParam: &function.Parameter{Name: "maps", Type: cty.DynamicPseudoType, AllowUnknown: true, AllowDynamicType: true, AllowNull: true, AllowMarked: true},
	Type:     function.StaticReturnType(cty.DynamicPseudoType),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		merged := cty.NilVal
		var marks []cty.ValueMarks
		for i, arg := range args {
			plain, m := arg.Unmark()
			switch ty := plain.Type(); {
			case plain.IsNull():
				marks = append(marks, m)
			case ty != cty.DynamicPseudoType && !isTree(ty):
				return cty.NilVal, function.NewArgErrorf(i, "arguments must be maps or objects, got %s", ty.FriendlyName())
			case merged == cty.NilVal:
				merged = arg
			default:
				merged = mergeTrees(merged, arg)
			}
		}
		if merged == cty.NilVal {
			merged = cty.EmptyObjectVal
		}
		return merged.WithMarks(marks...), nil
	},
})

func isTree(ty cty.Type) bool { return ty.IsMapType() || ty.IsObjectType() }

// mergeTrees puts what is in b over what is in a.
func mergeTrees(a, b cty.Value) cty.Value {
	under, underMarks := a.Unmark()
	over, overMarks := b.Unmark()
	same := under.Type().Equals(over.Type())
	bothTrees := isTree(under.Type()) && isTree(over.Type())
	switch {
	case over.IsNull(), over.IsKnown() && !isTree(over.Type()):
		return b
	case !over.IsKnown() && !isTree(over.Type()) && over.Type() != cty.DynamicPseudoType:
		return b
	case under.IsNull(), under.Type() != cty.DynamicPseudoType && !isTree(under.Type()) && over.Type() != cty.DynamicPseudoType:
		return b.WithMarks(underMarks)
	case !under.IsKnown() || !over.IsKnown():
		if bothTrees && same {
			return cty.UnknownVal(under.Type()).WithMarks(underMarks, overMarks)
		}
		return cty.DynamicVal.WithMarks(underMarks, overMarks)
	}
	merged := maps.Clone(under.AsValueMap())
	for name, v := range over.AsValueMap() {
		if was, ok := merged[name]; ok {
			v = mergeTrees(was, v)
		}
		if merged == nil {
			merged = map[string]cty.Value{}
		}
		merged[name] = v
	}
	return treeOf(merged, under.Type(), over.Type()).WithMarks(underMarks, overMarks)
}

func treeOf(values map[string]cty.Value, under, over cty.Type) cty.Value {
	switch {
	case !under.IsMapType() || !under.Equals(over):
		return cty.ObjectVal(values)
	case len(values) == 0:
		return cty.MapValEmpty(under.ElementType())
	}
	return cty.MapVal(values)
}
