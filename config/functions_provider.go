package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// providerFunctions are the functions of the provider that is built into
// Terraform.
func providerFunctions(env Env) map[string]function.Function {
	return map[string]function.Function{"decode_tfvars": decodeTFVarsFunc(env), "encode_expr": encodeExprFunc, "encode_tfvars": encodeTFVarsFunc}
}

// encodeExprFunc writes a value as an expression.
var encodeExprFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType}},
	Type:   function.StaticReturnType(cty.String), RefineResult: notNull,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if !args[0].IsWhollyKnown() {
			return cty.UnknownVal(cty.String), nil
		}
		return cty.StringVal(string(hclwrite.TokensForValue(args[0]).Bytes())), nil
	},
})

// encodeTFVarsFunc writes an object as a file of variables.
var encodeTFVarsFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType}},
	Type:   function.StaticReturnType(cty.String), RefineResult: notNull,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if ty := args[0].Type(); !ty.IsObjectType() && !ty.IsMapType() {
			return cty.UnknownVal(cty.String), errors.New("invalid value to encode: must be an object whose attribute names will become the encoded variable names")
		}
		if !args[0].IsWhollyKnown() {
			return cty.UnknownVal(cty.String), nil
		}
		f := hclwrite.NewEmptyFile()
		values := args[0].AsValueMap()
		for _, name := range slices.Sorted(maps.Keys(values)) {
			if !hclsyntax.ValidIdentifier(name) {
				return cty.UnknownVal(cty.String), fmt.Errorf("invalid variable name %q: must be a valid identifier, per the rules for input variable declarations", name)
			}
			f.Body().SetAttributeValue(name, values[name])
		}
		return cty.StringVal(string(f.Bytes())), nil
	},
})

// decodeTFVarsFunc reads a file of variables into an object.
func decodeTFVarsFunc(env Env) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "src", Type: cty.String}},
		Type:   function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			f, diags := parseFile([]byte(args[0].AsString()), "<decode_tfvars argument>", env.budget)
			if diags.HasErrors() {
				return cty.NilVal, fmt.Errorf("invalid tfvars syntax: %w", diagError(diags))
			}
			attrs, diags := f.Body.JustAttributes()
			if diags.HasErrors() {
				return cty.NilVal, fmt.Errorf("invalid tfvars content: %w", diagError(diags))
			}
			inOrder := slices.SortedFunc(maps.Values(attrs), func(a, b *hcl.Attribute) int { return cmp.Compare(a.Range.Start.Byte, b.Range.Start.Byte) })
			values := make(map[string]cty.Value, len(attrs))
			for _, attr := range inOrder {
				v, diags := attr.Expr.Value(nil)
				if diags.HasErrors() {
					return cty.NilVal, fmt.Errorf("invalid expression for variable %q: %w", attr.Name, diagError(diags))
				}
				values[attr.Name] = v
			}
			return cty.ObjectVal(values), nil
		},
	})
}
