package view

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hcled"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// problem is a diagnostic as the stream has it.
type problem struct {
	Severity string   `json:"severity"`
	Summary  string   `json:"summary"`
	Detail   string   `json:"detail"`
	Range    *span    `json:"range,omitempty"`
	Snippet  *snippet `json:"snippet,omitempty"`
}

type span struct {
	Filename string   `json:"filename"`
	Start    position `json:"start"`
	End      position `json:"end"`
}

type position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

// snippet is the source that a problem is about.
type snippet struct {
	Context   *string     `json:"context"`
	Code      string      `json:"code"`
	StartLine int         `json:"start_line"`
	Start     int         `json:"highlight_start_offset"`
	End       int         `json:"highlight_end_offset"`
	Values    []reference `json:"values"`

	call string // signature of the function that was being called
}

// reference is what an expression refers to, and what is known of it.
type reference struct {
	Traversal string `json:"traversal"`
	Statement string `json:"statement"`
}

// problems returns diags in the order in which people read them: warnings
// before errors, so that the errors end up above the prompt, then by place.
// What says the same twice is said once.
func problems(diags hcl.Diagnostics, sources map[string]*hcl.File) []problem {
	diags = slices.Clone(diags)
	slices.SortStableFunc(diags, func(a, b *hcl.Diagnostic) int {
		return cmp.Or(-cmp.Compare(a.Severity, b.Severity), compareRanges(a.Subject, b.Subject))
	})
	seen := map[string]bool{}
	var list []problem
	for _, d := range diags {
		p := problemOf(d, sources)
		raw, err := marshal(p)
		if err != nil {
			panic("view: " + err.Error()) // all of it is ours
		}
		if !seen[string(raw)] {
			seen[string(raw)] = true
			list = append(list, p)
		}
	}
	return list
}

// compareRanges orders places by file and line; what has none comes first.
func compareRanges(a, b *hcl.Range) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return cmp.Or(
		strings.Compare(a.Filename, b.Filename),
		cmp.Compare(a.Start.Line, b.Start.Line),
		cmp.Compare(a.Start.Column, b.Start.Column),
	)
}

func problemOf(d *hcl.Diagnostic, sources map[string]*hcl.File) problem {
	p := problem{Severity: "error", Summary: d.Summary, Detail: d.Detail}
	if d.Severity == hcl.DiagWarning {
		p.Severity = "warning"
	}
	if d.Subject == nil {
		return p
	}
	at := *d.Subject
	if at.Empty() {
		at.End.Byte++
		at.End.Column++
	}
	p.Range = &span{at.Filename, position(at.Start), position(at.End)}
	file := sources[at.Filename]
	if file == nil || at.Start.Byte > len(file.Bytes) {
		return p
	}
	p.Snippet = snippetOf(navigable(file, at.Filename), at, d.Context)
	p.Snippet.Values = references(d)
	p.Snippet.call = calling(d)
	return p
}

// navigable returns file with what is needed to name blocks: a file that could
// not be read whole has lost it.
func navigable(file *hcl.File, name string) *hcl.File {
	if file.Nav != nil {
		return file
	}
	if again, _ := hclsyntax.ParseConfig(file.Bytes, name, hcl.InitialPos); again != nil {
		return again
	}
	return file
}

// snippetOf returns the lines that at, and around if there is one, stand on.
func snippetOf(file *hcl.File, at hcl.Range, around *hcl.Range) *snippet {
	shown := at
	if around != nil && around.Filename == at.Filename {
		shown = hcl.RangeOver(at, *around)
	}
	src := string(file.Bytes)
	from := strings.LastIndexByte(src[:bound(shown.Start.Byte, src)], '\n') + 1
	// The line of the last byte: a range may end behind its newline.
	to := max(bound(shown.End.Byte-1, src), from)
	if n := strings.IndexByte(src[to:], '\n'); n >= 0 {
		to += n
	} else {
		to = len(src)
	}
	code := strings.TrimSuffix(src[from:to], "\r")
	s := &snippet{Code: code, StartLine: shown.Start.Line, Values: []reference{}}
	s.Start = bound(at.Start.Byte-from, code)
	s.End = max(s.Start, bound(at.End.Byte-from, code))
	if text := hcled.ContextString(file, at.Start.Byte-1); text != "" {
		s.Context = &text
	}
	return s
}

func bound(i int, s string) int { return min(max(i, 0), len(s)) }
