package config

import (
	"bytes"
	"io"
	"io/fs"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// maxDepth bounds the nesting of brackets and blocks: the parser is recursive
// and a stack overflow cannot be caught.
const maxDepth = 200

// maxUnary bounds a run of operators such as !!!!x, for the same reason.
const maxUnary = 200

// maxChain bounds operators, splats and indexes that follow each other without
// an equals sign or comma in between: each is one level of evaluation.
const maxChain = 10_000

// ReadSource reads a configuration or variables file, and of one that is too
// large only enough to tell.
func ReadSource(r io.Reader) ([]byte, error) { return io.ReadAll(io.LimitReader(r, maxFileSize+1)) }

func readSource(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return ReadSource(f)
}

// checkJSONSource refuses JSON that would exhaust the parser.
func checkJSONSource(name string, src []byte) hcl.Diagnostics {
	pos := hcl.InitialPos
	if len(src) > maxFileSize {
		return tooLarge(hcl.Range{Filename: name, Start: pos, End: pos})
	}
	depth, quoted := 0, false
	for i := 0; i < len(src); i++ {
		switch c := src[i]; {
		case c == '\n':
			pos.Line, pos.Column = pos.Line+1, 0
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == '[' || c == '{'):
			depth++
		case !quoted && (c == ']' || c == '}'):
			depth = max(depth-1, 0)
		}
		pos.Column, pos.Byte = pos.Column+1, i+1
		if depth > maxDepth {
			return tooDeep(hcl.Range{Filename: name, Start: pos, End: pos})
		}
	}
	return nil
}

func tooLarge(at hcl.Range) hcl.Diagnostics {
	return problem(at, "Source file too large", "A source file may have at most 1 MiB. Move data into files of its own and read them with file().")
}

func tooDeep(at hcl.Range) hcl.Diagnostics {
	return problem(at, "Nested too deeply", "Brackets, templates and operators may be nested at most 200 deep.")
}

// checkText refuses a file that is too large, or no text.
func checkText(name string, src []byte) hcl.Diagnostics {
	whole := hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
	if len(src) > maxFileSize {
		return tooLarge(whole)
	}
	if at := invalidUTF8(src); at >= 0 {
		line := bytes.Count(src[:at], []byte("\n")) + 1
		column := at - bytes.LastIndexByte(src[:at], '\n')
		pos := hcl.Pos{Line: line, Column: column, Byte: at}
		end := hcl.Pos{Line: line, Column: column + 1, Byte: at + 1}
		return problem(hcl.Range{Filename: name, Start: pos, End: end}, "Invalid character encoding", "Source files are UTF-8 text, and this byte is not. Save the file as UTF-8.")
	}
	return nil
}

func checkTokens(tokens hclsyntax.Tokens) hcl.Diagnostics {
	depth, unary, chain := 0, 0, 0
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			depth++
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenTemplateSeqEnd:
			depth = max(depth-1, 0)
		}
		if t.Type == hclsyntax.TokenBang || t.Type == hclsyntax.TokenMinus {
			unary++
		} else {
			unary = 0
		}
		switch t.Type {
		case hclsyntax.TokenEqual, hclsyntax.TokenComma:
			chain = 0
		case hclsyntax.TokenOBrack, hclsyntax.TokenStar, hclsyntax.TokenSlash, hclsyntax.TokenPercent, hclsyntax.TokenPlus, hclsyntax.TokenMinus,
			hclsyntax.TokenAnd, hclsyntax.TokenOr, hclsyntax.TokenEqualOp, hclsyntax.TokenNotEqual, hclsyntax.TokenQuestion,
			hclsyntax.TokenGreaterThan, hclsyntax.TokenGreaterThanEq, hclsyntax.TokenLessThan, hclsyntax.TokenLessThanEq:
			chain++
		}
		if chain > maxChain {
			return problem(t.Range, "Expression too long", "An expression may have at most 10000 operators and indexes. Take it apart with local values.")
		}
		if t.Type == hclsyntax.TokenNumberLit && len(t.Bytes) > len("1e999") {
			if diags := checkLiteral(t); diags.HasErrors() {
				return diags
			}
		}
		if depth > maxDepth || unary > maxUnary {
			return tooDeep(t.Range)
		}
	}
	return nil
}

// invalidUTF8 returns where src stops to be UTF-8; -1 when all is well.
func invalidUTF8(src []byte) int {
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return -1
}

func problem(at hcl.Range, summary, detail string) hcl.Diagnostics {
	return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: at.Ptr()}}
}
