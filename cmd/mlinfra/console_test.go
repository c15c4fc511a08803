package main

import (
	"slices"
	"strings"
	"testing"
)

func TestUnfinished(t *testing.T) {
	for entry, want := range map[string]bool{
		"1 + 1\n":                     false,
		"[1,\n":                       true,
		"[1,\n2]\n":                   false,
		"f(\n":                        true,
		"{\n":                         true,
		"{ a = [1, 2\n]\n":            true,
		"\"(\"\n":                     false,
		"\"${f(\n":                    true,
		"<<EOT\ntext\n":               true,
		"<<EOT\ntext\nEOT\n":          false,
		"<<-EOT\n  text (\n  EOT\n":   false,
		"1 + \\\n":                    true,
		"1 + \\\n2\n":                 false,
		")\n":                         false,
		"\n":                          false,
		"# a comment with (\n":        false,
		"exit\n":                      false,
		"[for x in [1] : {\n x = x\n": true,
	} {
		if got := unfinished(entry); got != want {
			t.Errorf("unfinished(%q) = %t, want %t", entry, got, want)
		}
	}
}

// TestEntries takes apart what comes in lines, some of it long.
func TestEntries(t *testing.T) {
	many := 20_000
	if slowed {
		many = 2_000
	}
	list := "[\n" + strings.Repeat("[1],\n", many) + "]\n"
	short := strings.Repeat("1\n", many)
	text := "1 + \\\n2\n" + list + "\"${[\n1][0]}\"\n<<E\n(\nE\n# (\n" + short + list + "f(\n"
	want := slices.Concat([]string{"1 + \\\n2\n", list, "\"${[\n1][0]}\"\n", "<<E\n(\nE\n", "# (\n"}, slices.Repeat([]string{"1\n"}, many), []string{list, "f(\n"})
	var e entries
	var got []string
	for line := range strings.Lines(text) {
		got = append(got, e.add(strings.TrimSuffix(line, "\n"))...)
	}
	if got = append(got, e.flush()...); !slices.Equal(got, want) {
		t.Errorf("%d entries, want %d", len(got), len(want))
	}
	if deep, _ := finished(strings.Repeat("[\n", 5000)); len(deep) == 0 {
		t.Error("brackets without an end are waited for")
	}
}
