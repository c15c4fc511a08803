package view

import (
	"bytes"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/mlinfra/mlinfra/config"
)

const source1 = `variable "names" {
  type = list(string)
}

resource "toy_server" "web" {
  name = upper([var.names, var.names[0], var.password, var.all.password, var.nested, local.later, local.any, var.none])
  size = "sm\u001ball"
	tab  = lower(1, 2)
}
`

// trouble returns diagnostics of every kind, and the files they are about.
func trouble(t *testing.T) (hcl.Diagnostics, map[string]*hcl.File) {
	t.Helper()
	file, diags := hclsyntax.ParseConfig([]byte(source1), "main.tf", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	body := file.Body.(*hclsyntax.Body).Blocks[1].Body
	secret := cty.StringVal(canary).Mark(config.Sensitive)
	ctx := &hcl.EvalContext{
		Variables: map[string]cty.Value{
			"var": cty.ObjectVal(map[string]cty.Value{
				"names":    cty.ListVal(strs("a", "b", "c")),
				"password": secret,
				"all":      cty.ObjectVal(map[string]cty.Value{"password": secret}).Mark(config.Sensitive),
				"nested":   cty.SetVal([]cty.Value{secret}),
				"none":     cty.NullVal(cty.String),
			}),
			"local": cty.ObjectVal(map[string]cty.Value{"later": cty.UnknownVal(cty.String), "any": cty.DynamicVal}),
		},
		Functions: map[string]function.Function{"upper": stdlib.UpperFunc, "lower": stdlib.LowerFunc},
	}
	name := body.Attributes["name"].Expr
	_, call := body.Attributes["tab"].Expr.Value(ctx)
	gone := hcl.Range{Filename: "gone.tf", Start: hcl.Pos{Line: 3, Column: 1, Byte: 40}, End: hcl.Pos{Line: 3, Column: 2, Byte: 41}}
	return append(hcl.Diagnostics{
		{Severity: hcl.DiagError, Summary: "Bad name", Detail: "A name is " + strings.Repeat("long ", 30) + "and then ends.\n\n    kept = as it is, however long this line may be, because it begins with a space\n\nBye.", Subject: name.Range().Ptr(), Expression: name, EvalContext: ctx},
		{Severity: hcl.DiagError, Summary: "Bad name", Detail: "Twice.", Subject: name.Range().Ptr()},
		{Severity: hcl.DiagError, Summary: "Bad name", Detail: "Twice.", Subject: name.Range().Ptr()},
		{Severity: hcl.DiagWarning, Summary: "Odd size", Detail: "Line one.\x1b[2J", Subject: body.Attributes["size"].Expr.Range().Ptr()},
		{Severity: hcl.DiagError, Summary: "Forged\n│ text\x1b[31m"},
		{Severity: hcl.DiagError, Summary: "Whole block", Subject: file.Body.(*hclsyntax.Body).Blocks[0].Range().Ptr()},
		{Severity: hcl.DiagError, Summary: "No file", Detail: "Short.", Subject: &gone},
	}, call...), map[string]*hcl.File{"main.tf": file}
}

func TestDiagnosticsReadLikeTerraforms(t *testing.T) {
	diags, sources := trouble(t)
	var plain, coloured, stream bytes.Buffer
	Diagnostics(&plain, plain80, sources, diags)
	golden(t, "diagnostics.txt", plain.String())
	Diagnostics(&coloured, Style{Width: 78, Color: true}, sources, diags)
	golden(t, "diagnostics_colour.txt", coloured.String())
	testStream(&stream).Diagnostics(diags, sources)
	golden(t, "diagnostics.jsonl", stream.String())
	for _, b := range []bytes.Buffer{plain, coloured, stream} {
		if strings.Contains(b.String(), canary) {
			t.Errorf("a diagnostic shows %s:\n%s", canary, b.String())
		}
	}
}

func TestFileThatDoesNotParseIsShown(t *testing.T) {
	src := []byte("resource \"a\" \"b\" {\n  x = \n}\n")
	_, diags := hclsyntax.ParseConfig(src, "main.tf", hcl.InitialPos)
	var b bytes.Buffer
	Diagnostics(&b, plain80, map[string]*hcl.File{"main.tf": {Bytes: src}}, diags)
	golden(t, "diagnostics_syntax.txt", b.String())
}

func TestRangesOutsideTheFileAreSurvived(t *testing.T) {
	src := []byte("a = 1")
	file, _ := hclsyntax.ParseConfig(src, "f", hcl.InitialPos)
	for start := range 9 {
		for end := range 9 {
			r := hcl.Range{Filename: "f", Start: hcl.Pos{Line: 1, Byte: start}, End: hcl.Pos{Line: 2, Byte: end}}
			d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "s", Subject: &r}
			var b bytes.Buffer
			Diagnostics(&b, plain80, map[string]*hcl.File{"f": file}, hcl.Diagnostics{d})
			Diagnostics(&b, Style{}, map[string]*hcl.File{"f": {}}, hcl.Diagnostics{d})
		}
	}
}
