package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"
)

// Text becomes expressions here and nowhere else. The parser is recursive, and
// takes time and memory for whatever it is given: what would exhaust it is
// refused before, and what it returns pays for its evaluation.

// ParseFile reads a file without evaluating it. Beside errors it returns what
// of the file could be read; one that is refused has its text only.
func ParseFile(src []byte, name string) (*hcl.File, hcl.Diagnostics) {
	return parseFile(src, name, nil)
}

// ParseExpression reads an expression that is evaluated with those of p. name
// says where it comes from.
func (p *Program) ParseExpression(text, name string) (hclsyntax.Expression, hcl.Diagnostics) {
	return parseExpression(text, name, hcl.InitialPos, p.budget)
}

func parseFile(src []byte, name string, b *budget) (*hcl.File, hcl.Diagnostics) {
	if diags := checkText(name, src); diags.HasErrors() {
		return &hcl.File{Bytes: src}, diags
	}
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos)
	if diags := checkTokens(tokens); diags.HasErrors() {
		return &hcl.File{Bytes: src}, diags
	}
	file, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	if body, ok := file.Body.(*hclsyntax.Body); ok && b != nil {
		meter(body, b)
	}
	return file, diags
}

// parseJSONFile reads a variables file in JSON.
func parseJSONFile(src []byte, name string) (*hcl.File, hcl.Diagnostics) {
	if diags := checkJSONSource(name, src); diags.HasErrors() {
		return &hcl.File{Bytes: src}, diags
	}
	file, diags := json.Parse(src, name)
	if file == nil {
		file = &hcl.File{Bytes: src}
	}
	return file, diags
}

func parseExpression(text, name string, start hcl.Pos, b *budget) (hclsyntax.Expression, hcl.Diagnostics) {
	return parse(text, name, start, b, hclsyntax.LexExpression, hclsyntax.ParseExpression)
}

func parseTemplate(text, name string, start hcl.Pos, b *budget) (hclsyntax.Expression, hcl.Diagnostics) {
	return parse(text, name, start, b, hclsyntax.LexTemplate, hclsyntax.ParseTemplate)
}

type (
	lexing  func(src []byte, name string, start hcl.Pos) (hclsyntax.Tokens, hcl.Diagnostics)
	parsing func(src []byte, name string, start hcl.Pos) (hclsyntax.Expression, hcl.Diagnostics)
)

// parse returns no expression beside errors.
func parse(text, name string, start hcl.Pos, b *budget, lex lexing, read parsing) (hclsyntax.Expression, hcl.Diagnostics) {
	src := []byte(text)
	if diags := checkText(name, src); diags.HasErrors() {
		return nil, diags
	}
	tokens, _ := lex(src, name, start)
	if diags := checkTokens(tokens); diags.HasErrors() {
		return nil, diags
	}
	e, diags := read(src, name, start)
	if diags.HasErrors() {
		return nil, diags
	}
	return metering(e, b), diags
}
