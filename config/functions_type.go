package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// TypeText marks what the function type returns: a console prints it as it
// is, and refuses it inside of another value.
const TypeText = mark("type")

// typeFunc writes out the type of a value, for a console.
var typeFunc = function.New(&function.Spec{
	Params: anything, Type: function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		return cty.StringVal(typeText(args[0].Type(), "")).Mark(TypeText), nil
	},
})

func typeText(ty cty.Type, indent string) string {
	var lines []string
	inner := indent + "    "
	switch {
	case ty == cty.DynamicPseudoType:
		return "dynamic"
	case ty.IsCollectionType():
		return collectionText(ty, indent)
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

// collectionText gives elements with a structure lines of their own.
func collectionText(ty cty.Type, indent string) string {
	kind := "set"
	switch {
	case ty.IsListType():
		kind = "list"
	case ty.IsMapType():
		kind = "map"
	}
	elem := ty.ElementType()
	if elem.IsObjectType() || elem.IsTupleType() {
		return kind + "(" + listing([]string{typeText(elem, indent+"    ")}, indent) + ")"
	}
	return kind + "(" + typeText(elem, indent) + ")"
}

func listing(lines []string, indent string) string {
	if len(lines) == 0 {
		return ""
	}
	return "\n" + indent + "    " + strings.Join(lines, ",\n"+indent+"    ") + ",\n" + indent
}
