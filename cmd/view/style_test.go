package view

import (
	"testing"
	"unicode"
)

func TestClean(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain text stays", "a é 日本 \"q\"", "a é 日本 \"q\""},
		{"line feeds and tabs stay", "a\n\tb", "a\n\tb"},
		{"escape sequences are shown", "\x1b[31mred\x1b[0m", `\x1b[31mred\x1b[0m`},
		{"carriage returns are shown", "good\rbad", `good\x0dbad`},
		{"bell and delete are shown", "\a\x7f", `\x07\x7f`},
		{"C1 controls are shown", "\u009b31m\u0080", `\u009b31m\u0080`},
		{"C1 controls in bytes are shown", "\x9b31m", `\x9b31m`},
		{"bidi overrides are shown", "a\u202eb\u202a\u2066\u2069", `a\u202eb\u202a\u2066\u2069`},
		{"direction marks are shown", "\u200e\u200f\u061c", `\u200e\u200f\u061c`},
		{"line separators are shown", "a\u2028b", `a\u2028b`},
		{"the replacement character stays", "a\uFFFDb", "a\uFFFDb"},
		{"broken text is shown in bytes", "a\xffb\xe2\x80", `a\xffb\xe2\x80`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := Clean(test.in); got != test.want {
				t.Errorf("Clean(%q) = %q, want %q", test.in, got, test.want)
			}
		})
	}
}

func TestCleanLineKeepsTextOnItsLine(t *testing.T) {
	if got, want := cleanLine("a\nb\tc"), `a\x0ab\x09c`; got != want {
		t.Errorf("cleanLine = %q, want %q", got, want)
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x1b\u202e\x9b\xff\n")
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range Clean(s) {
			if r != '\n' && r != '\t' && unicode.IsControl(r) {
				t.Errorf("Clean(%q) holds %q", s, r)
			}
		}
	})
}

func TestWrap(t *testing.T) {
	tests := []struct {
		name, in string
		width    int
		want     string
	}{
		{"no width, no wrapping", "one two three", 0, "one two three"},
		{"between words", "one two three", 8, "one two\nthree"},
		{"a line is shorter than the width", "one two", 7, "one\ntwo"},
		{"a long word stands alone", "a incomprehensible b", 6, "a\nincomprehensible\nb"},
		{"lines stay lines", "one\n\ntwo three", 6, "one\n\ntwo\nthree"},
		{"what begins with a space stays", " a b c d e", 4, " a b c d e"},
		{"letters count, not bytes", "éé éé", 6, "éé éé"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := wrap(test.in, test.width); got != test.want {
				t.Errorf("wrap(%q, %d) = %q, want %q", test.in, test.width, got, test.want)
			}
		})
	}
}
