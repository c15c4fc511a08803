package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

func TestTemplateArguments(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"hello": "hello ${upper(name)}\n", "plain": "as it is\n", "list": "${names}", "broken": "${", "deep": "${templatefile(\"plain\", {})}",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	secret := func(text string) cty.Value { return cty.StringVal(text).Mark(Sensitive) }
	tests := []struct {
		name, arguments string
		want            cty.Value // text; NilVal when there is an error
		problem         string    // where and what
	}{
		{"none", `text = "x"`, cty.StringVal("x"), ""},
		{"null", `template = null`, cty.NullVal(cty.String), ""},
		{"values", `template = "hello"
			vars = { name = "ada" }`, cty.StringVal("hello ADA\n"), ""},
		{"without values", `template = "plain"`, cty.StringVal("as it is\n"), ""},
		{"a path of its own", `template = "${path.root}/plain"`, cty.StringVal("as it is\n"), ""},
		{"a secret value", `template = "hello"
			vars = { name = sensitive("ada") }`, secret("hello ADA\n"), ""},
		{"a value that is not known", `template = "hello"
			vars = { name = toy_server.db.id }`, cty.UnknownVal(cty.String).Refine().NotNull().StringPrefixFull("hello ").NewValue(), ""},
		{"values that are not known", `template = "hello"
			vars = jsondecode(toy_server.db.id)`, cty.UnknownVal(cty.String), ""},
		{"a path that is not known", `template = toy_server.db.id`, cty.UnknownVal(cty.String), ""},
		{"both", `text = "x"
			template = "plain"`, cty.NilVal, `6,15 "template" gives the value of "text", which is set, too`},
		{"no file", `template = "nothing"`, cty.NilVal, `5,15 The value of "template": no file exists at "nothing"`},
		{"no such value", `template = "hello"`, cty.NilVal, `5,15 The value of "template": vars map does not contain key "name", referenced at hello:1,15-19`},
		{"no text", `template = "list"
			vars = { names = ["a"] }`, cty.NilVal, `5,15 The value of "template": string required`},
		{"no template", `template = "broken"`, cty.NilVal, `5,15 The value of "template": broken:1,`},
		{"a template in a template", `template = "deep"`, cty.NilVal, `5,15 The value of "template": deep:1,3`},
		{"values that are no map", `template = "hello"
			vars = "ada"`, cty.NilVal, `5,15 The value of "template": invalid vars value: must be a map`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := "resource \"toy_server\" \"db\" {\n name = \"db\"\n}\nresource \"toy_note\" \"n\" {\n   " + strings.TrimSpace(tt.arguments) + "\n}"
			s := NewScope(load(t, src), Env{WorkDir: dir})
			v, diags := s.Body(block(t, s, Resource, "toy_note", "n"), Instance{})
			if diags.HasErrors() {
				d := diags[0]
				at := d.Subject.Start
				got := fmt.Sprintf("%d,%d %s", at.Line, at.Column, d.Detail)
				if tt.problem == "" || !strings.HasPrefix(got, tt.problem) {
					t.Fatalf("%s\nwant %s", got, tt.problem)
				}
				return
			}
			if tt.problem != "" {
				t.Fatalf("no problem, want %s", tt.problem)
			}
			if got := v.GetAttr("text"); !got.RawEquals(tt.want) {
				t.Errorf("text is %#v, want %#v", got, tt.want)
			}
		})
	}
}
