package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2"
)

// deep would exhaust the parser: without the guard a test does not fail, it
// dies.
var deep = strings.Repeat("[", 60_000)

// TestTextIsGuardedBeforeItIsParsed gives the parser what would exhaust it, or
// run for hours, in every way in which text becomes an expression.
func TestTextIsGuardedBeforeItIsParsed(t *testing.T) {
	const program = "variable \"v\" {\n type = list(any)\n default = []\n}\n"
	dir := t.TempDir()
	for name, text := range map[string]string{"deep": "${" + deep, "large": strings.Repeat("x", 2<<20)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	given := func(environ []string, args ...Arg) hcl.Diagnostics {
		return load(t, program).SetInputs(fstest.MapFS{}, environ, args)
	}
	result := func(expr string, locals ...string) hcl.Diagnostics {
		p := load(t, "locals {\n"+strings.Join(locals, "\n")+"\n x = "+expr+"\n}")
		_, diags := NewScope(p, Env{WorkDir: dir}).Value(ID{Kind: Local, Name: "x"})
		return diags
	}
	loops := "[for a in " + zeros + ": [for b in " + zeros + ": [for c in " + zeros + ": a]]]"
	times := "%{for a in l}%{for b in l}%{for c in l}x%{endfor}%{endfor}%{endfor}"
	tests := []struct {
		name  string
		diags func() hcl.Diagnostics
		want  string
	}{
		{"-var", func() hcl.Diagnostics { return given(nil, Arg{Var: "v=" + deep}) }, "200 deep"},
		{"the environment", func() hcl.Diagnostics { return given([]string{"TF_VAR_v=" + deep}) }, "200 deep"},
		{"-var-file", func() hcl.Diagnostics { return given(nil, Arg{File: "a.tfvars", Text: []byte("v = " + deep)}) }, "200 deep"},
		{"a loop of -var", func() hcl.Diagnostics { return given(nil, Arg{Var: "v=" + loops}) }, "more elements or text"},
		{"the console", func() hcl.Diagnostics {
			_, diags := load(t, program).ParseExpression(deep, "<console-input>")
			return diags
		}, "200 deep"},
		{"brackets after those that close nothing", func() hcl.Diagnostics {
			_, diags := load(t, program).ParseExpression(strings.Repeat("]", 60_000)+deep, "<console-input>")
			return diags
		}, "200 deep"},
		{"fmt", func() hcl.Diagnostics {
			_, diags := ParseFile([]byte("a = "+deep), "main.tf")
			return diags
		}, "200 deep"},
		{"templatefile", func() hcl.Diagnostics { return result(`templatefile("deep", {})`) }, "200 deep"},
		{"a large templatefile", func() hcl.Diagnostics { return result(`templatefile("large", {})`) }, "1 MiB"},
		{"templatestring", func() hcl.Diagnostics {
			return result(`templatestring(local.t, {})`, ` t = "$${`+deep+`"`)
		}, "200 deep"},
		{"loops in templatestring", func() hcl.Diagnostics {
			return result(`templatestring(local.t, { l = range(1000) })`, fmt.Sprintf(" t = %q", strings.ReplaceAll(times, "%", "%%")))
		}, "more elements or text"},
		{"templates in a loop", func() hcl.Diagnostics {
			return result(`[for i in range(1000): templatestring(local.t, {})]`, ` t = format("%900000s", "")`)
		}, "more elements or text"},
		{"decode_tfvars", func() hcl.Diagnostics { return result(`provider::terraform::decode_tfvars("a = ` + deep + `")`) }, "200 deep"},
		{"loops in decode_tfvars", func() hcl.Diagnostics {
			return result(`provider::terraform::decode_tfvars("a = ` + loops + `")`)
		}, "more elements or text"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			diags := tt.diags()
			if len(diags) == 0 || !strings.Contains(diags[0].Detail, tt.want) {
				t.Errorf("got %.300v, want %q", diags, tt.want)
			}
		})
	}
}
