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
func unfinished(entry string) bool { return entryEnd(entry) < 0 }

// entryEnd returns where the first entry in text ends, -1 when it goes on. To
// find short entries before a long one does not take reading all of it.
func entryEnd(text string) int {
	for size := 1 << 8; ; size *= 4 {
		if end := firstEnd(text[:min(size, len(text))]); end >= 0 || size >= len(text) {
			return end
		}
	}
}

// maxOpen is how many brackets are waited for: more is an error.
const maxOpen = 1000

func firstEnd(text string) int {
	tokens, _ := hclsyntax.LexExpression([]byte(text), "", hcl.InitialPos)
	open := 0
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOHeredoc,
			hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			open++
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCHeredoc,
			hclsyntax.TokenTemplateSeqEnd:
			open--
		case hclsyntax.TokenNewline, hclsyntax.TokenQuotedNewline, hclsyntax.TokenComment:
			end := t.Range.End.Byte
			if (open <= 0 || open > maxOpen) && text[end-1] == '\n' && !strings.HasSuffix(text[:end], "\\\n") {
				return end
			}
		}
	}
	return -1
}

// entries takes lines, and gives the entries that they make.
type entries struct {
	text  []byte // of what is unfinished
	ready int    // length of text from which it is looked at again
}

// add returns the entries that a line completes. In a long one not every line
// is looked at: that would take for ever.
func (e *entries) add(line string) []string {
	e.text = append(append(e.text, line...), '\n')
	if len(e.text) < e.ready {
		return nil
	}
	list, rest := finished(string(e.text))
	e.text, e.ready = []byte(rest), 0
	if len(rest) > 1<<12 {
		e.ready = len(rest) + len(rest)/8
	}
	return list
}

// flush returns what is left: its last entry may be unfinished.
func (e *entries) flush() []string {
	list, rest := finished(string(e.text))
	if rest != "" {
		list = append(list, rest)
	}
	return list
}

// finished returns the entries in text, and what is not one yet.
func finished(text string) (list []string, rest string) {
	for end := entryEnd(text); end >= 0; end = entryEnd(text) {
		list, text = append(list, text[:end]), text[end:]
	}
	return list, text
}
