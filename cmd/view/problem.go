package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hcled"
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

// maxProblems bounds the errors, and the warnings, that are shown; maxAlike those
// of which only the values differ.
const (
	maxProblems = 100
	maxAlike    = 20
)

// problems returns diags in the order in which people read them: warnings
// before errors, so that the errors end up above the prompt, then by place.
// What says the same twice is said once. All texts have gone through scrub.
func problems(diags hcl.Diagnostics, sources map[string]*hcl.File, scrub func(string) string) []problem {
	diags = slices.Clone(diags)
	slices.SortStableFunc(diags, func(a, b *hcl.Diagnostic) int {
		return cmp.Or(-cmp.Compare(a.Severity, b.Severity), compareRanges(a.Subject, b.Subject))
	})
	seen := map[string]bool{}
	alike := map[said]int{}
	shown, more := map[hcl.DiagnosticSeverity]int{}, map[hcl.DiagnosticSeverity]int{}
	var list []problem
	for _, d := range diags {
		what := saidBy(d)
		alike[what]++
		switch {
		case alike[what] > maxAlike:
			continue
		case shown[d.Severity] == maxProblems:
			if alike[what] == 1 {
				more[d.Severity]++
			}
			continue
		}
		p := problemOf(d, sources, scrub)
		raw, err := marshal(p)
		if err != nil {
			panic("view: " + err.Error()) // all of it is ours
		}
		if !seen[string(raw)] {
			seen[string(raw)] = true
			shown[d.Severity]++
			list = append(list, p)
		}
	}
	return append(list, rest(more)...)
}

// said is what a diagnostic says, without the values.
type said struct {
	severity        hcl.DiagnosticSeverity
	summary, detail string
	at              hcl.Range
}

func saidBy(d *hcl.Diagnostic) said {
	s := said{severity: d.Severity, summary: d.Summary, detail: d.Detail}
	if d.Subject != nil {
		s.at = *d.Subject
	}
	return s
}

// rest says how many problems are not shown.
func rest(more map[hcl.DiagnosticSeverity]int) []problem {
	var list []problem
	if n := more[hcl.DiagWarning]; n > 0 {
		list = append(list, problem{Severity: "warning", Summary: fmt.Sprintf("%d more warnings", n), Detail: "They are not shown."})
	}
	if n := more[hcl.DiagError]; n > 0 {
		list = append(list, problem{Severity: "error", Summary: fmt.Sprintf("%d more errors", n), Detail: "They are not shown. Correct those above and run mlinfra again."})
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

func problemOf(d *hcl.Diagnostic, sources map[string]*hcl.File, scrub func(string) string) problem {
	p := problem{Severity: "error", Summary: scrub(d.Summary), Detail: scrub(d.Detail)}
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
	p.Snippet = snippetOf(file, at, d.Context, scrub)
	for _, r := range references(d) {
		p.Snippet.Values = append(p.Snippet.Values, reference{scrub(r.Traversal), scrub(r.Statement)})
	}
	p.Snippet.call = calling(d)
	return p
}

// maxLines bounds the lines of a snippet, and around how much of a line is shown
// on each side of what it is about.
const (
	maxLines = 20
	around   = 120
)

// snippetOf returns the lines that at, and context if there is one, stand on.
// Where they hold a secret, nothing is underlined.
func snippetOf(file *hcl.File, at hcl.Range, context *hcl.Range, scrub func(string) string) *snippet {
	shown := at
	if context != nil && context.Filename == at.Filename && context.End.Line-context.Start.Line < maxLines {
		shown = hcl.RangeOver(at, *context)
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
	s := &snippet{StartLine: shown.Start.Line, Values: []reference{}}
	start := bound(at.Start.Byte-from, code)
	if clean := scrub(code); clean == code {
		s.cut(code, start, max(start, bound(at.End.Byte-from, code)))
	} else {
		s.cut(clean, 0, 0)
	}
	if text := hcled.ContextString(file, at.Start.Byte-1); text != "" {
		s.Context = &text
	}
	return s
}

// cut sets the code of s, of which that from start to end is the subject. Of
// many lines the first are shown, of long lines what is near the subject.
func (s *snippet) cut(code string, start, end int) {
	var kept []string
	offset, size := 0, 0 // of the line in code, and of kept
	lines := strings.SplitN(code, "\n", maxLines+1)
	for i, line := range lines {
		if i == maxLines {
			kept = append(kept, "…")
			break
		}
		from := bound(start-offset, line)
		text, lead := near(line, from, max(from, bound(end-offset, line)))
		if offset <= start && start <= offset+len(line) {
			s.Start = bound(start-offset-lead, text) + size
			s.End = s.Start
		}
		if offset < end {
			s.End = max(s.Start, bound(end-offset-lead, text)+size)
		}
		kept = append(kept, text)
		offset, size = offset+len(line)+1, size+len(text)+1
	}
	s.Code = strings.Join(kept, "\n")
}

// near returns what of a line is shown of which that from start to end is the
// subject, and how much further to the left it stands there.
func near(line string, start, end int) (text string, lead int) {
	const dots = "…"
	from, to := start-around, min(end, start+around)+around
	if to < len(line) {
		for to > 0 && !utf8.RuneStart(line[to]) {
			to--
		}
		line = line[:to] + dots
	}
	if from <= 0 {
		return line, 0
	}
	for !utf8.RuneStart(line[from]) {
		from++
	}
	return dots + line[from:], from - len(dots)
}

func bound(i int, s string) int { return min(max(i, 0), len(s)) }
