package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// logical has the operators of conditions that stop at the operand that decides. hcl
// takes null for false there, which hides a mistake; elsewhere it is an error.
var logical = map[*hclsyntax.Operation]*hclsyntax.Operation{
	hclsyntax.OpLogicalAnd: withoutNull(hclsyntax.OpLogicalAnd, cty.False),
	hclsyntax.OpLogicalOr:  withoutNull(hclsyntax.OpLogicalOr, cty.True),
}

// withoutNull returns op without a result for null, unless the left operand decides.
func withoutNull(op *hclsyntax.Operation, decides cty.Value) *hclsyntax.Operation {
	strict := *op
	strict.ShortCircuit = func(left, right cty.Value, leftDiags, rightDiags hcl.Diagnostics) (cty.Value, hcl.Diagnostics) {
		if left.IsNull() || right.IsNull() && !left.RawEquals(decides) {
			return cty.NilVal, nil // to the error that op has for it
		}
		return op.ShortCircuit(left, right, leftDiags, rightDiags)
	}
	return &strict
}
