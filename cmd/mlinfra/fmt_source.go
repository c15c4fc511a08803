package main

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// canonical returns src as terraform fmt writes it: beside white space, labels
// get quotes, "${x}" becomes x, and types in the spelling of Terraform 0.11 that
// of today. Src has to parse.
func canonical(src []byte, name string) []byte {
	f, diags := hclwrite.ParseConfig(src, name, hcl.InitialPos)
	if diags.HasErrors() {
		return src
	}
	tidyBody(f.Body(), "")
	return f.Bytes()
}

// tidyBody rewrites the attributes and blocks of a body; block is the type of
// the block it is of when that stands at the top of the file.
func tidyBody(body *hclwrite.Body, block string) {
	for name, attr := range body.Attributes() {
		rewrite := unwrapped
		if block == "variable" && name == "type" {
			rewrite = modernType
		}
		body.SetAttributeRaw(name, rewrite(attr.Expr().BuildTokens(nil)))
	}
	for _, b := range body.Blocks() {
		b.SetLabels(b.Labels())
		inner := nested
		if block == "" {
			inner = b.Type()
		}
		tidyBody(b.Body(), inner)
	}
}

// nested stands for the type of any block within another one.
const nested = "/"

// modernType returns the type of a variable without the quotes of Terraform
// 0.11, and collections with what they hold: strings then, anything today.
func modernType(expr hclwrite.Tokens) hclwrite.Tokens {
	switch {
	case isTypes(expr, hclsyntax.TokenIdent):
		if word := string(expr[0].Bytes); word == "list" || word == "map" || word == "set" {
			return typeOf(word, "any")
		}
	case isTypes(expr, hclsyntax.TokenOQuote, hclsyntax.TokenQuotedLit, hclsyntax.TokenCQuote):
		switch word := string(expr[1].Bytes); word {
		case "string":
			return hclwrite.TokensForIdentifier(word)
		case "list", "map":
			return typeOf(word, "string")
		}
	}
	return expr
}

func isTypes(tokens hclwrite.Tokens, types ...hclsyntax.TokenType) bool {
	return slices.EqualFunc(tokens, types, func(t *hclwrite.Token, typ hclsyntax.TokenType) bool { return t.Type == typ })
}

func typeOf(collection, element string) hclwrite.Tokens {
	return hclwrite.TokensForFunctionCall(collection, hclwrite.TokensForIdentifier(element))
}

// unwrapped returns the expression in a template that consists of it alone, as
// Terraform 0.11 wrote all expressions; any other one as it is. One that takes
// several lines is put in parentheses, unless it stands in such.
func unwrapped(expr hclwrite.Tokens) hclwrite.Tokens {
	n := len(expr)
	if n < 5 || !isTypes(expr[:2], hclsyntax.TokenOQuote, hclsyntax.TokenTemplateInterp) ||
		!isTypes(expr[n-2:], hclsyntax.TokenTemplateSeqEnd, hclsyntax.TokenCQuote) || !isSingle(expr[2:n-2]) {
		return expr
	}
	inside := withoutNewlines(expr[2 : n-2])
	isNewline := func(t *hclwrite.Token) bool { return t.Type == hclsyntax.TokenNewline }
	if !slices.ContainsFunc(inside, isNewline) ||
		(inside[0].Type == hclsyntax.TokenOParen && inside[len(inside)-1].Type == hclsyntax.TokenCParen) {
		return inside
	}
	open := &hclwrite.Token{Type: hclsyntax.TokenOParen, Bytes: []byte("(")}
	end := &hclwrite.Token{Type: hclsyntax.TokenCParen, Bytes: []byte(")")}
	return slices.Concat(hclwrite.Tokens{open}, inside, hclwrite.Tokens{end})
}

// isSingle reports whether what stands in a template is surely one
// interpolation, and not "${a} and ${b}". Inner templates may hold anything.
func isSingle(inside hclwrite.Tokens) bool {
	depth := 0
	for _, t := range inside {
		switch t.Type {
		case hclsyntax.TokenOQuote:
			depth++
		case hclsyntax.TokenCQuote:
			depth--
		case hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateSeqEnd, hclsyntax.TokenQuotedLit:
			if depth <= 0 {
				return false
			}
		}
	}
	return true
}

// withoutNewlines returns tokens without the newlines around them.
func withoutNewlines(tokens hclwrite.Tokens) hclwrite.Tokens {
	isText := func(t *hclwrite.Token) bool { return t.Type != hclsyntax.TokenNewline }
	first := slices.IndexFunc(tokens, isText)
	if first < 0 {
		return nil
	}
	last := len(tokens) - 1
	for !isText(tokens[last]) {
		last--
	}
	return tokens[first : last+1]
}
