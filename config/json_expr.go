package config

import (
	"encoding/json"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// reading is how the strings in a JSON value are to be understood.
type reading int

const (
	templates  reading = iota // "${…}" and "%{…}" mean what they do in quotes
	literals                  // text
	references                // an address, a type or a keyword
)

// expr returns a JSON value as an expression.
func (l *loader) expr(v jsonValue, how reading) hclsyntax.Expression {
	switch x := v.value.(type) {
	case string:
		return l.text(x, v.at, how)
	case bool:
		return literalExpr(cty.BoolVal(x), v.at)
	case json.Number:
		n, err := cty.ParseNumberVal(x.String())
		if err != nil {
			l.errorf(v.at, "Invalid JSON number", "%q is no number: %s.", x, err)
		} else if beyond(n) {
			l.diags = append(l.diags, badNumber(v.at)...)
		}
		return literalExpr(n, v.at)
	case []jsonValue:
		list := &hclsyntax.TupleConsExpr{SrcRange: v.at, OpenRange: v.at}
		for _, item := range x {
			list.Exprs = append(list.Exprs, l.expr(item, how))
		}
		return list
	case []jsonField:
		object := &hclsyntax.ObjectConsExpr{SrcRange: v.at, OpenRange: v.at}
		for _, f := range x {
			object.Items = append(object.Items, hclsyntax.ObjectConsItem{KeyExpr: l.key(f, how), ValueExpr: l.expr(f.value, how)})
		}
		return object
	}
	return literalExpr(cty.NullVal(cty.DynamicPseudoType), v.at)
}

// key returns the name of a property as the key of an object.
func (l *loader) key(f jsonField, how reading) hclsyntax.Expression {
	if hclsyntax.ValidIdentifier(f.name) {
		return &hclsyntax.ObjectConsKeyExpr{Wrapped: &hclsyntax.ScopeTraversalExpr{
			Traversal: hcl.Traversal{hcl.TraverseRoot{Name: f.name, SrcRange: f.nameAt}}, SrcRange: f.nameAt,
		}}
	}
	return &hclsyntax.ObjectConsKeyExpr{Wrapped: l.text(f.name, f.nameAt, how)}
}

// text returns a string, which stands at a place in quotes, as an expression.
func (l *loader) text(s string, at hcl.Range, how reading) hclsyntax.Expression {
	inner := hcl.Pos{Line: at.Start.Line, Column: at.Start.Column + 1, Byte: at.Start.Byte + 1}
	parse := parseTemplate
	switch {
	case how == references:
		parse = parseExpression
	case how != templates || !strings.Contains(s, "${") && !strings.Contains(s, "%{"):
		return literalExpr(cty.StringVal(s), at)
	}
	e, diags := parse(s, at.Filename, inner, l.prog.budget)
	l.diags = append(l.diags, diags...)
	if diags.HasErrors() {
		return literalExpr(cty.DynamicVal, at)
	}
	return e
}

func literalExpr(v cty.Value, at hcl.Range) hclsyntax.Expression {
	return &hclsyntax.LiteralValueExpr{Val: v, SrcRange: at}
}
