package config

import (
	"reflect"
	"slices"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// cty walks all of an argument before a function sees it, in search of marks. Functions
// here look for themselves: what they take of any type comes in a box, through which
// cty does not see.
var boxType = cty.Capsule("boxed value", reflect.TypeFor[cty.Value]())

// direct are the functions that are called past cty when the arguments are what they
// accept: to look up one of a thousand keys, it would walk all of them again.
var direct = map[string]*function.Spec{"contains": &containsSpec, "index": &indexSpec, "length": &lengthSpec, "lookup": &lookupSpec}

// boxed returns v in a box, when it may be large.
func boxed(v cty.Value) cty.Value {
	if v == cty.NilVal || v.IsMarked() || v.IsNull() || !v.IsKnown() || !v.CanIterateElements() {
		return v
	}
	return cty.CapsuleVal(boxType, &v)
}

// unboxed returns args without their boxes.
func unboxed(args []cty.Value) []cty.Value {
	isBoxed := func(v cty.Value) bool { return v.Type() == boxType }
	if !slices.ContainsFunc(args, isBoxed) {
		return args
	}
	args = slices.Clone(args)
	for i, v := range args {
		if isBoxed(v) {
			args[i] = *v.EncapsulatedValue().(*cty.Value)
		}
	}
	return args
}

// call calls the function f, called name.
func call(name string, f function.Function, args []cty.Value) (cty.Value, error) {
	spec := direct[name]
	if spec == nil || !accepts(spec, args) {
		return f.Call(args)
	}
	ty, err := spec.Type(args)
	if err != nil {
		return cty.NilVal, err
	}
	v, err := spec.Impl(args, ty)
	if err == nil && !v.IsKnown() {
		return f.Call(args) // which knows more about it
	}
	return v, err
}

// accepts reports whether there is nothing in args that cty would keep from the
// function, or that is not known.
func accepts(spec *function.Spec, args []cty.Value) bool {
	for i, arg := range args {
		p := spec.VarParam
		if i < len(spec.Params) {
			p = &spec.Params[i]
		}
		if !arg.IsKnown() || arg.IsNull() && !p.AllowNull || !p.AllowMarked && Marked(arg) {
			return false
		}
	}
	return true
}
