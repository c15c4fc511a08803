package view

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// Diagnostics writes diags, warnings first, each in a box. sources are the
// files that they point into.
func Diagnostics(w io.Writer, st Style, sources map[string]*hcl.File, diags hcl.Diagnostics) {
	var b strings.Builder
	for _, p := range problems(diags, sources, scrubOf(w)) {
		b.WriteString(boxed(st, p))
	}
	io.WriteString(w, b.String())
}

// scrubber is a writer that lets no secret through and, so that none gets
// through in pieces, cleans text before it is wrapped and underlined.
type scrubber interface{ Scrub(text string) string }

// scrubOf returns what cleans text that goes to w.
func scrubOf(w io.Writer) func(string) string {
	if s, ok := w.(scrubber); ok {
		return s.Scrub
	}
	return asItIs
}

func asItIs(text string) string { return text }

func boxed(st Style, p problem) string {
	paint, word := st.Red, "Error: "
	if p.Severity == "warning" {
		paint, word = st.Yellow, "Warning: "
	}
	width := st.Width
	if width > 0 {
		width = max(width-len("│ "), 2)
	}
	body := st.Bold(paint(word)) + st.Bold(cleanLine(p.Summary)) + "\n\n" + place(st, p)
	if p.Detail != "" {
		body += wrap(Clean(p.Detail), width) + "\n"
	}
	var b strings.Builder
	b.WriteString(paint("╷") + "\n")
	for line := range strings.SplitSeq(strings.TrimRight(body, "\n"), "\n") {
		b.WriteString(paint("│"))
		if line != "" {
			b.WriteString(" " + line)
		}
		b.WriteString("\n")
	}
	b.WriteString(paint("╵") + "\n")
	return b.String()
}

// place says where a problem is, with the source and the values in it.
func place(st Style, p problem) string {
	if p.Range == nil {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "  on %s line %d", cleanLine(p.Range.Filename), p.Range.Start.Line)
	if p.Snippet == nil {
		b.WriteString(":\n  (source code not available)\n\n")
		return b.String()
	}
	if p.Snippet.Context != nil {
		b.WriteString(", in " + cleanLine(*p.Snippet.Context))
	}
	b.WriteString(":\n" + source(st, p.Snippet))
	if len(p.Snippet.Values) > 0 || p.Snippet.call != "" {
		b.WriteString("    " + st.Dim("├────────────────") + "\n")
	}
	if p.Snippet.call != "" {
		b.WriteString("    " + st.Dim("│") + " while calling " + cleanLine(p.Snippet.call) + "\n")
	}
	for _, v := range p.Snippet.Values {
		b.WriteString("    " + st.Dim("│") + " " + st.Bold(cleanLine(v.Traversal)) + " " + cleanLine(v.Statement) + "\n")
	}
	b.WriteString("\n")
	return b.String()
}

// source returns the lines of a snippet with their numbers. What they are
// about is underlined; without colours by a line of its own, if it stands on
// one line.
func source(st Style, s *snippet) string {
	var b strings.Builder
	offset := 0
	lines := strings.Split(s.Code, "\n")
	for i, raw := range lines {
		line := strings.TrimSuffix(raw, "\r")
		from := min(max(s.Start-offset, 0), len(line))
		to := min(max(s.End-offset, from), len(line))
		before, marked, after := Clean(line[:from]), Clean(line[from:to]), Clean(line[to:])
		fmt.Fprintf(&b, "%4d: %s%s%s\n", s.StartLine+i, before, st.Underline(marked), after)
		if !st.Color && marked != "" && !strings.Contains(s.Code[s.Start:s.End], "\n") {
			fmt.Fprintf(&b, "      %s%s\n", blank(before), strings.Repeat("^", utf8.RuneCountInString(marked)))
		}
		offset += len(raw) + 1
	}
	return b.String()
}

// blank returns spaces as wide as s; tabs stay.
func blank(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, s)
}
