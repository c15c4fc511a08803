package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// maxDepth bounds the nesting of brackets and blocks: the parser is recursive
// and a stack overflow cannot be caught.
const maxDepth = 200

// maxUnary bounds a run of operators such as !!!!x, for the same reason.
const maxUnary = 200

// checkSource refuses a file that would exhaust the parser.
func checkSource(name string, src []byte) hcl.Diagnostics {
	whole := hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
	if len(src) > maxFileSize {
		return problem(whole, "Source file too large", "A source file may have at most 1 MiB. Move data into files of its own and read them with file().")
	}
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos)
	depth, unary := 0, 0
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			depth++
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenTemplateSeqEnd:
			depth--
		}
		if t.Type == hclsyntax.TokenBang || t.Type == hclsyntax.TokenMinus {
			unary++
		} else {
			unary = 0
		}
		if depth > maxDepth || unary > maxUnary {
			return problem(t.Range, "Nested too deeply", "Brackets, templates and operators may be nested at most 200 deep.")
		}
	}
	return nil
}

func problem(at hcl.Range, summary, detail string) hcl.Diagnostics {
	return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: at.Ptr()}}
}
