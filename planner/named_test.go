package planner

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// labelled is a block of a type whose ids are made of names, which is a string or
// an expression.
func labelled(block, name string, more ...string) string {
	return "resource \"toy_label\" \"" + block + "\" {\nname = " + name + "\n" + strings.Join(more, "\n") + "\n}\n"
}

func TestNamed(t *testing.T) {
	there := func(block, name string) Prior {
		return prior(t, "toy_label."+block, attrs{"id": str("id of " + name), "name": str(name)})
	}
	const first = "lifecycle { create_before_destroy = true }"
	tests := []struct {
		name   string
		config string
		priors []Prior
		want   string // steps
		wrong  string // addresses that the error names
	}{
		{"two new ones that are the same", labelled("a", `"x"`) + labelled("b", `"x"`), nil, "", "toy_label.b toy_label.a"},
		{"a new one that is there", labelled("a", `"x"`) + labelled("b", `"x"`), []Prior{there("b", "x")}, "", "toy_label.a toy_label.b"},
		{"one that becomes another one", labelled("a", `"x"`) + labelled("b", `"x"`), []Prior{there("a", "y"), there("b", "x")}, "", "toy_label.a toy_label.b"},
		{"others", labelled("a", `"x"`) + labelled("b", `"y"`), nil, "0 create a\n1 create b\n", ""},
		{"the same of two provider configurations", "provider \"toy\" {\nalias = \"other\"\n}\n" + labelled("a", `"x"`) + labelled("b", `"x"`, "provider = toy.other"), nil, "0 create a\n1 create b\n", ""},
		{"names that are not known yet", labelled("a", "toy_server.s.ip") + labelled("b", "toy_server.s.ip") + `resource "toy_server" "s" { name = "s" }`, nil,
			"0 create a after 2\n1 create b after 2\n2 create s\n", ""},
		{"what is deleted goes before its id is given to another", labelled("b", `"x"`), []Prior{there("a", "x")}, "0 delete a\n1 create b after 0\n", ""},
		{"what is forgotten is no longer there", "removed {\nfrom = toy_label.a\nlifecycle {\ndestroy = false\n}\n}\n" + labelled("b", `"x"`), []Prior{there("a", "x")}, "0 create b\n", ""},
		{"names that are passed on", labelled("a", `"x"`) + labelled("b", `"y"`), []Prior{there("a", "y"), there("b", "z")},
			"0 delete a\n1 create a after 0\n2 delete b\n3 create b after 0 2\n", ""},
		{"one that replaces itself", labelled("a", `"x"`), []Prior{edited(there("a", "x"), func(p *Prior) { p.Object.Status = "tainted" })}, "0 delete a\n1 create a after 0\n", ""},
		{"names that are exchanged by replacements that create first make a circle", labelled("a", `"y"`, first) + labelled("b", `"x"`, first), []Prior{there("a", "x"), there("b", "y")},
			"0 delete a after 1\n1 create a after 2\n2 delete b after 3\n3 create b\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			plan, diags := Build(toyInput(t, tt.config, tt.priors...))
			if diags.HasErrors() != (tt.wrong != "") {
				t.Fatalf("errors %v, want some: %v", diags, tt.wrong != "")
			}
			for addr := range strings.FieldsSeq(tt.wrong) {
				if !strings.Contains(diags.Error(), addr) {
					t.Errorf("%v does not name %s", diags, addr)
				}
			}
			if diff := cmp.Diff(tt.want, text(plan.Changes, plan.Steps)); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
		})
	}
}
