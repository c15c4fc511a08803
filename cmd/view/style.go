package view

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Style says how text may look. The zero Style is plain and never wrapped.
type Style struct {
	Color bool
	Width int // columns of the terminal; 0 means that lines are not wrapped
}

// Bold returns s in bold.
func (st Style) Bold(s string) string { return st.paint("1", s) }

// Red returns s in red.
func (st Style) Red(s string) string { return st.paint("31", s) }

// Green returns s in green.
func (st Style) Green(s string) string { return st.paint("32", s) }

// Yellow returns s in yellow.
func (st Style) Yellow(s string) string { return st.paint("33", s) }

// Cyan returns s in cyan.
func (st Style) Cyan(s string) string { return st.paint("36", s) }

// Dim returns s in grey.
func (st Style) Dim(s string) string { return st.paint("90", s) }

// Underline returns s underlined.
func (st Style) Underline(s string) string { return st.paint("4", s) }

func (st Style) paint(code, s string) string {
	if !st.Color || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// Clean returns s with control characters and characters that reorder text
// written as escapes, so that no text from outside steers a terminal. Line
// feeds and tabs stay.
func Clean(s string) string {
	return escape(s, func(r rune) bool { return r != '\n' && r != '\t' && steers(r) })
}

// cleanLine is Clean for text that must stay on its line.
func cleanLine(s string) string { return escape(s, steers) }

// steers reports whether a terminal or a text layout acts on r instead of
// showing it.
func steers(r rune) bool {
	switch {
	case r < ' ', r >= 0x7f && r <= 0x9f: // C0, DEL, C1
		return true
	case r == 0x200e, r == 0x200f, r == 0x061c: // marks of direction
		return true
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069: // bidi
		return true
	case r == 0x2028, r == 0x2029: // separators of lines and paragraphs
		return true
	}
	return false
}

func escape(s string, hide func(rune) bool) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, hide) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i]) // not UTF-8: could be a C1 control
		case !hide(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// wrap breaks the lines of s between words so that they have less than width
// columns. Lines that begin with a space are left as they are.
func wrap(s string, width int) string {
	if width <= 1 {
		return s
	}
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if !strings.HasPrefix(line, " ") {
			lines[i] = wrapLine(line, width-1)
		}
	}
	return strings.Join(lines, "\n")
}

func wrapLine(line string, limit int) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Split(line, " ") {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+n > limit:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}

// rule returns a line across the terminal, below an empty line.
func (st Style) rule() string {
	if st.Width <= 1 {
		return "\n"
	}
	return "\n" + st.Dim(strings.Repeat("─", st.Width-1)) + "\n"
}
