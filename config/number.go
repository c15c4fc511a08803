package config

import (
	"errors"
	"math"
	"math/big"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// To write 1e600000000 out, or to add one to it, takes as many digits. All
// numbers are bounded, wherever they come from: literals before they are
// parsed, operands and results of operators and functions, and every value that
// an expression, a variable or a block is given.
const (
	maxExponent = 3322 // of the base two: from 1e-1000 to 1e1000
	maxDigits   = 4096 // in the text of a number, in any base
)

var errNumber = errors.New("numbers go from 1e-1000 to 1e1000 here, and are written with at most 4096 digits")

// checkNumbers refuses a value that is or holds a number beyond the bounds.
func checkNumbers(v cty.Value) error {
	if beyond(v) {
		return errNumber
	}
	return nil
}

func beyond(v cty.Value) bool {
	found := survey{left: math.MaxInt}
	found.take(v, math.MaxInt)
	return found.beyond
}

func beyondBounds(f *big.Float) bool {
	exp := f.MantExp(nil)
	return exp > maxExponent || exp < -maxExponent
}

// longDigits reports whether v is text that takes long to make a number of.
func longDigits(v cty.Value) bool {
	v, _ = unmarked(v)
	return v != cty.NilVal && isText(v) && len(v.AsString()) > maxDigits
}

// checkLiteral refuses the text of a number literal.
func checkLiteral(t hclsyntax.Token) hcl.Diagnostics {
	if len(t.Bytes) <= maxDigits {
		v, err := cty.ParseNumberVal(string(t.Bytes))
		if err != nil || !beyond(v) {
			return nil // the parser has an error of its own
		}
	}
	return badNumber(t.Range)
}

// outOfBounds is the summary of what an expression with such a number says.
const outOfBounds = "Number out of bounds"

func badNumber(at hcl.Range) hcl.Diagnostics {
	return problem(at, outOfBounds, "A number is too large, or too close to zero: "+errNumber.Error()+".")
}

// arithmetic has the operators whose operands and results are bounded.
var arithmetic = map[*hclsyntax.Operation]*hclsyntax.Operation{
	hclsyntax.OpAdd:      within(stdlib.AddFunc),
	hclsyntax.OpSubtract: within(stdlib.SubtractFunc),
	hclsyntax.OpMultiply: within(stdlib.MultiplyFunc),
	hclsyntax.OpDivide:   within(stdlib.DivideFunc),
	hclsyntax.OpModulo:   within(stdlib.ModuloFunc),
	hclsyntax.OpNegate:   within(stdlib.NegateFunc),
}

// within returns the operator that f implements, of numbers within the bounds.
func within(f function.Function) *hclsyntax.Operation {
	spec := &function.Spec{Params: f.Params(), Type: function.StaticReturnType(cty.Number), RefineResult: notNull}
	spec.Impl = func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		for _, arg := range args {
			if err := checkNumbers(arg); err != nil {
				return cty.UnknownVal(cty.Number), err
			}
		}
		v, err := f.Call(args)
		if err == nil {
			err = checkNumbers(v)
		}
		return v, err
	}
	return &hclsyntax.Operation{Impl: function.New(spec), Type: cty.Number}
}
