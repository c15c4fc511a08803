package config

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2/ext/customdecode"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// guard returns f, called name, with arguments and results of bounded size that are
// charged to b, and with errors that do not show marked arguments: the functions of
// the libraries put values into their messages.
func guard(b *budget, name string, f function.Function) function.Function {
	if takesExpressions(f) {
		return f // it evaluates them itself, through guarded functions
	}
	params := f.Params()
	for i, p := range params {
		params[i] = open(p)
	}
	spec := &function.Spec{Description: f.Description(), Params: params}
	if v := f.VarParam(); v != nil {
		p := open(*v)
		spec.VarParam = &p
	}
	spec.Type = func(args []cty.Value) (cty.Type, error) {
		args = unboxed(args)
		if err := checkSize(b, name, args); err != nil { // here: some compute their result to know its type
			return cty.NilType, hush(err, args)
		}
		if !slices.ContainsFunc(args, func(v cty.Value) bool { return !v.IsKnown() }) {
			return cty.DynamicPseudoType, nil // the call, which follows, works it out
		}
		ty, err := f.ReturnTypeForValues(args)
		return ty, hush(err, args)
	}
	spec.Impl = func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		args = unboxed(args)
		v, err := call(name, f, args)
		if err == nil {
			err = checkResult(b, name, v)
		}
		return v, hush(err, args)
	}
	return function.New(spec)
}

// takesExpressions reports whether f is given expressions in the place of values.
func takesExpressions(f function.Function) bool {
	params := f.Params()
	if v := f.VarParam(); v != nil {
		params = append(params, *v)
	}
	return slices.ContainsFunc(params, func(p function.Parameter) bool {
		return customdecode.CustomExpressionDecoderForType(p.Type) != nil
	})
}

// open lets every value through to the function within, which knows what it
// takes.
func open(p function.Parameter) function.Parameter {
	p.AllowNull, p.AllowUnknown, p.AllowDynamicType, p.AllowMarked = true, true, true, true
	return p
}

// hush makes err fit to be shown to the user who called a function with args.
func hush(err error, args []cty.Value) error {
	if err == nil {
		return nil
	}
	var arg function.ArgError
	isArg := errors.As(err, &arg)
	for _, a := range args {
		if !Marked(a) {
			continue
		}
		const text = "this value is not accepted; it is not shown because an argument is sensitive or ephemeral"
		if isArg {
			return function.NewArgErrorf(arg.Index, text)
		}
		return errors.New(text)
	}
	var broken function.PanicError
	if errors.As(err, &broken) { // the trace of a library helps nobody
		return fmt.Errorf("there is no result for these arguments: %v", broken.Value)
	}
	return err
}

var anything = []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowUnknown: true, AllowNull: true, AllowMarked: true, AllowDynamicType: true}}

func sameType(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil }

func sensitiveFunc(env Env) function.Function {
	return function.New(&function.Spec{
		Params: anything, Type: sameType,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return env.hide(args[0].Mark(Sensitive)), nil },
	})
}

// nonsensitiveFunc takes the mark from the value itself, not from what it holds.
func nonsensitiveFunc(env Env) function.Function {
	return function.New(&function.Spec{
		Params: anything, Type: sameType,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			v, marks := args[0].Unmark()
			delete(marks, Sensitive)
			if env.Secrets != nil && len(marks) == 0 && !v.ContainsMarked() {
				env.Secrets.Show(v)
			}
			return v.WithMarks(marks), nil
		},
	})
}

// isSensitiveFunc looks at the value itself, not at what it holds. A value
// that is not known yet may still become sensitive.
var isSensitiveFunc = function.New(&function.Spec{
	Params: anything, Type: function.StaticReturnType(cty.Bool), RefineResult: notNull,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		switch {
		case args[0].HasMark(Sensitive):
			return cty.True, nil
		case !args[0].IsKnown():
			return cty.UnknownVal(cty.Bool), nil
		}
		return cty.False, nil
	},
})

// ephemeralAsNullFunc puts null in the place of everything ephemeral.
var ephemeralAsNullFunc = function.New(&function.Spec{
	Params: anything, Type: sameType,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		return cty.Transform(args[0], func(_ cty.Path, v cty.Value) (cty.Value, error) {
			plain, marks := v.Unmark()
			if _, ok := marks[Ephemeral]; !ok {
				return v, nil
			}
			delete(marks, Ephemeral)
			return cty.NullVal(plain.Type()).WithMarks(marks), nil
		})
	},
})
