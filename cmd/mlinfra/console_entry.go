package main

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// isExit reports whether an entry is the word that ends the console.
func isExit(entry string) bool { return strings.TrimSpace(entry) == "exit" }

// joinLines returns an entry without the \ that continue its lines.
func joinLines(entry string) string {
	return strings.TrimSpace(strings.ReplaceAll(entry, "\\\n", "\n"))
}

// unfinished reports whether an expression goes on in the next line: a bracket
// or a heredoc is open, or the line ends with a \.
func unfinished(entry string) bool {
	if strings.HasSuffix(entry, "\\\n") {
		return true
	}
	tokens, _ := hclsyntax.LexExpression([]byte(joinLines(entry)+"\n"), "", hcl.InitialPos)
	open := 0
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOHeredoc,
			hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			open++
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCHeredoc,
			hclsyntax.TokenTemplateSeqEnd:
			open--
		}
	}
	return open > 0
}
