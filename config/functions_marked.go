package config

import (
	"errors"

	"github.com/hashicorp/hcl/v2/ext/customdecode"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// discreet returns f with errors that do not show sensitive arguments: the
// functions of the libraries put values into their messages.
func discreet(f function.Function) function.Function {
	params := f.Params()
	for i, p := range params {
		if customdecode.CustomExpressionDecoderForType(p.Type) != nil {
			return f // it evaluates its argument itself, through discreet functions
		}
		params[i] = open(p)
	}
	spec := &function.Spec{Description: f.Description(), Params: params}
	if v := f.VarParam(); v != nil {
		if customdecode.CustomExpressionDecoderForType(v.Type) != nil {
			return f
		}
		p := open(*v)
		spec.VarParam = &p
	}
	spec.Type = func(args []cty.Value) (cty.Type, error) {
		ty, err := f.ReturnTypeForValues(args)
		return ty, hush(err, args)
	}
	spec.Impl = func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		v, err := f.Call(args)
		return v, hush(err, args)
	}
	return function.New(spec)
}

// open lets every value through to the function within, which knows what it
// takes.
func open(p function.Parameter) function.Parameter {
	p.AllowNull, p.AllowUnknown, p.AllowDynamicType, p.AllowMarked = true, true, true, true
	return p
}

func hush(err error, args []cty.Value) error {
	if err == nil {
		return nil
	}
	sensitive := false
	for _, a := range args {
		sensitive = sensitive || HasMark(a, Sensitive)
	}
	if !sensitive {
		return err
	}
	const text = "this value is not accepted; it is not shown because an argument is sensitive"
	var arg function.ArgError
	if errors.As(err, &arg) {
		return function.NewArgErrorf(arg.Index, text)
	}
	return errors.New(text)
}
