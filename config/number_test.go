package config

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// TestNumbersAreBounded uses numbers that take gigabytes to write out.
func TestNumbersAreBounded(t *testing.T) {
	result := func(expr string) hcl.Diagnostics {
		p, diags := Load(files("variable \"s\" {\n default = \"1e600000000\"\n}\nlocals {\n x = "+expr+"\n}"), ".", toyCatalog(), nil)
		if diags.HasErrors() {
			return diags
		}
		_, diags = NewScope(p, Env{}).Value(ID{Kind: Local, Name: "x"})
		return diags
	}
	given := func(fsys fstest.MapFS, environ []string, args ...Arg) hcl.Diagnostics {
		return load(t, "variable \"n\" {\n type = number\n}\nvariable \"any\" {\n default = null\n}").SetInputs(fsys, environ, args)
	}
	tests := []struct {
		name  string
		diags func() hcl.Diagnostics
	}{
		{"a literal", func() hcl.Diagnostics { return result("1e-600000000 * 1") }},
		{"literals in a loop", func() hcl.Diagnostics { return result("[for i in range(1000): 1e600000 + i]") }},
		{"a literal in a text", func() hcl.Diagnostics { return result(`[for i in range(1000): "${1e100000}"]`) }},
		{"a literal of many digits", func() hcl.Diagnostics { return result(strings.Repeat("7", 100_000)) }},
		{"a text that is added to", func() hcl.Diagnostics { return result("var.s + 1") }},
		{"a number of a state in a text", func() hcl.Diagnostics {
			s := NewScope(load(t, x(`"a${[1][0]}"`)), Env{})
			text := s.prog.Block(ID{Kind: Local, Name: "x"}).Expr.(*hclsyntax.TemplateExpr)
			text.Parts[1].(*metered).Expression = literalExpr(cty.MustParseNumberVal("1e600000000"), text.SrcRange)
			_, diags := s.Value(ID{Kind: Local, Name: "x"})
			return diags
		}},
		{"a text whose sign changes", func() hcl.Diagnostics { return result(`"${-var.s}"`) }},
		{"a text modulo", func() hcl.Diagnostics { return result("[for i in range(1, 20): var.s % i]") }},
		{"a product", func() hcl.Diagnostics { return result("1e999 * 1e999 % 7") }},
		{"a product in a function", func() hcl.Diagnostics { return result("tostring(1e999 * 1e999)") }},
		{"a quotient", func() hcl.Diagnostics { return result("1 / 1e999 / 1e999") }},
		{"-var", func() hcl.Diagnostics { return given(nil, nil, Arg{Var: "n=1e600000000"}) }},
		{"the environment", func() hcl.Diagnostics { return given(nil, []string{"TF_VAR_n=1e600000000"}) }},
		{"a variables file", func() hcl.Diagnostics {
			return given(fstest.MapFS{"terraform.tfvars": {Data: []byte("any = [1e600000000]")}}, nil)
		}},
		{"a text in a variables file", func() hcl.Diagnostics {
			return given(fstest.MapFS{"terraform.tfvars": {Data: []byte(`n = "1e600000000"`)}}, nil)
		}},
		{"a variables file in JSON", func() hcl.Diagnostics {
			return given(fstest.MapFS{"terraform.tfvars.json": {Data: []byte(`{"any": [1e600000000]}`)}}, nil)
		}},
		{"a JSON file", func() hcl.Diagnostics {
			_, diags := Load(fstest.MapFS{"main.tf.json": {Data: []byte(`{"locals": {"x": 1e600000000}}`)}}, ".", toyCatalog(), nil)
			return diags
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			diags := tt.diags()
			if !diags.HasErrors() || !strings.Contains(diags[0].Detail, "1e1000") {
				t.Errorf("got %.300v, want that numbers go up to 1e1000", diags)
			}
		})
	}
	if diags := result("[1e1000, -1e1000 + 1, 1e-999 / 10, 9e999 % 7, 1e500 * 1e499]"); diags.HasErrors() {
		t.Errorf("numbers within the bounds: %v", diags)
	}
}
