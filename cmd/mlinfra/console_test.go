package main

import (
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
