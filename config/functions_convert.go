package config

import (
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// toFunc returns a function that converts to ty. Elements keep their own
// marks, other than with the library's function. It sees unknown arguments, too:
// whoever takes marked ones has to keep their marks.
func toFunc(ty cty.Type) function.Function {
	plain := stdlib.MakeToFunc(ty)
	param := plain.Params()[0]
	param.AllowMarked, param.AllowUnknown = true, true
	return function.New(&function.Spec{
		Params: []function.Parameter{param},
		Type:   plain.ReturnTypeForValues,
		Impl: func(args []cty.Value, retType cty.Type) (cty.Value, error) {
			v, err := convert.Convert(args[0], retType)
			if err != nil {
				return plain.Call(args) // has the better words
			}
			return v, nil
		},
	})
}
