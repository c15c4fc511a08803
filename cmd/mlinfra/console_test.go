package main

import (
	"testing"

	"github.com/zclconf/go-cty/cty"
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

func TestTypeText(t *testing.T) {
	for _, c := range []struct {
		ty   cty.Type
		want string
	}{
		{cty.String, "string"},
		{cty.DynamicPseudoType, "dynamic"},
		{cty.List(cty.Number), "list(number)"},
		{cty.Map(cty.Set(cty.Bool)), "map(set(bool))"},
		{cty.EmptyObject, "object({})"},
		{cty.EmptyTuple, "tuple([])"},
		{cty.Object(map[string]cty.Type{"b": cty.String, "a": cty.Tuple([]cty.Type{cty.Number})}), "object({\n    a: tuple([\n        number,\n    ]),\n    b: string,\n})"},
		{cty.List(cty.Object(map[string]cty.Type{"a": cty.String})), "list(\n    object({\n        a: string,\n    }),\n)"},
	} {
		if got := typeText(c.ty, ""); got != c.want {
			t.Errorf("type %#v:\n%s\nwant\n%s", c.ty, got, c.want)
		}
	}
}
