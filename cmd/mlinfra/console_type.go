package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// typeArgument returns the argument of the function type when e is a call of
// it, else nil. Inside of other expressions there is no such function.
func typeArgument(e hclsyntax.Expression) (hcl.Expression, hcl.Diagnostics) {
	var diags hcl.Diagnostics
	top, _ := e.(*hclsyntax.FunctionCallExpr)
	_ = hclsyntax.VisitAll(e, func(n hclsyntax.Node) hcl.Diagnostics {
		if call, ok := n.(*hclsyntax.FunctionCallExpr); ok && call.Name == "type" && call != top {
			diags = diags.Append(&hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "Invalid use of type function",
				Detail: "The console-only \"type\" function cannot be used as part of an expression.", Subject: call.NameRange.Ptr(),
			})
		}
		return nil
	})
	if top == nil || top.Name != "type" || diags.HasErrors() {
		return nil, diags
	}
	if len(top.Args) != 1 || top.ExpandFinal {
		return nil, diags.Append(&hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Wrong number of arguments", Detail: "Function \"type\" takes one value, as in type(var.name).", Subject: top.NameRange.Ptr(),
		})
	}
	return top.Args[0], diags
}

// typeText writes out a type.
func typeText(ty cty.Type, indent string) string {
	inner := indent + "    "
	var lines []string
	switch {
	case ty == cty.DynamicPseudoType:
		return "dynamic"
	case ty.IsListType():
		return "list(" + elementText(ty, indent) + ")"
	case ty.IsSetType():
		return "set(" + elementText(ty, indent) + ")"
	case ty.IsMapType():
		return "map(" + elementText(ty, indent) + ")"
	case ty.IsTupleType():
		for _, t := range ty.TupleElementTypes() {
			lines = append(lines, typeText(t, inner))
		}
		return "tuple([" + listing(lines, indent) + "])"
	case ty.IsObjectType():
		attrs := ty.AttributeTypes()
		for _, name := range slices.Sorted(maps.Keys(attrs)) {
			lines = append(lines, name+": "+typeText(attrs[name], inner))
		}
		return "object({" + listing(lines, indent) + "})"
	}
	return ty.FriendlyName()
}

// elementText gives elements with a structure lines of their own.
func elementText(ty cty.Type, indent string) string {
	elem := ty.ElementType()
	if elem.IsObjectType() || elem.IsTupleType() {
		return listing([]string{typeText(elem, indent+"    ")}, indent)
	}
	return typeText(elem, indent)
}

func listing(lines []string, indent string) string {
	if len(lines) == 0 {
		return ""
	}
	return "\n" + indent + "    " + strings.Join(lines, ",\n"+indent+"    ") + ",\n" + indent
}
