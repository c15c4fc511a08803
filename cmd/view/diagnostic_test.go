package view

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

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
	file, diags := config.ParseFile(src, "main.tf")
	var b bytes.Buffer
	Diagnostics(&b, plain80, map[string]*hcl.File{"main.tf": file}, diags)
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

func TestLongSourceIsCutAroundItsSubject(t *testing.T) {
	long := "x = [" + strings.Repeat("é", 5000) + "BAD" + strings.Repeat("日", 5000) + "]"
	many := strings.Repeat("line\n", 500)
	tests := []struct {
		name, src, bad string
		want           string // of the marked text
	}{
		{"a long line", long, "BAD", "BAD"},
		{"a long line among others", "a\nb\n" + long + "\nc", "BAD", "BAD"},
		{"the begin of a long line", long, "x", "x"},
		{"the end of a long line", long, "]", "]"},
		{"a subject of many lines", many, many, "line"},
		{"a short line", "a = BAD", "BAD", "BAD"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			file := &hcl.File{Bytes: []byte(test.src)}
			start := strings.Index(test.src, test.bad)
			line := strings.Count(test.src[:start], "\n") + 1
			at := hcl.Range{Filename: "f", Start: hcl.Pos{Line: line, Byte: start}, End: hcl.Pos{Line: line, Byte: start + len(test.bad)}}
			s := snippetOf(file, at, nil, asItIs)
			if marked := s.Code[s.Start:s.End]; !strings.HasPrefix(marked, test.want) || (test.want == test.bad && marked != test.want) {
				t.Errorf("marked %q, want %q", marked, test.want)
			}
			if len(s.Code) > 800 || !utf8.ValidString(s.Code) || s.StartLine != line {
				t.Errorf("%d bytes from line %d: %q; want at most 800 from line %d", len(s.Code), s.StartLine, s.Code, line)
			}
		})
	}
}

func TestValuesInErrors(t *testing.T) {
	tests := []struct {
		name string
		in   cty.Value
		want string
	}{
		{"a text", str("a\x1b"), `is "a\x1b"`},
		{"a long text", str(strings.Repeat("é", 500)), `is "` + strings.Repeat("é", 100) + `"… (500 characters)`},
		{"an object", cty.ObjectVal(map[string]cty.Value{"a": cty.True, "b": cty.True, "c": cty.True}), "is object with 3 attributes"},
		{"what is not known", cty.UnknownVal(cty.String), "is a string, known only after apply"},
		{"of which nothing is known", cty.DynamicVal, "will be known only after apply"},
		{"a sensitive value", str(canary).Mark(config.Sensitive), "has a sensitive value"},
		{"an ephemeral value", str(canary).Mark(config.Ephemeral), "has an ephemeral value"},
		{"a list of sensitive values", cty.ListVal([]cty.Value{str(canary).Mark(config.Sensitive)}), "is list of string with 1 element"},
	}
	for _, test := range tests {
		if got := statement(test.in); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestManyProblemsAreSortedAndCounted(t *testing.T) {
	var diags hcl.Diagnostics
	for i := range 500 {
		at := hcl.Range{Filename: "main.tf", Start: hcl.Pos{Line: 500 - i}, End: hcl.Pos{Line: 500 - i}}
		d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Bad line", Subject: &at}
		diags = append(diags, d, d)
	}
	diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "Odd"})
	got := problems(diags, nil, asItIs)
	if len(got) != 102 {
		t.Fatalf("%d problems, want a warning, 100 errors and the count of the rest", len(got))
	}
	for i, p := range got[1:101] {
		if p.Range.Start.Line != i+1 {
			t.Fatalf("error %d is that of line %d", i, p.Range.Start.Line)
		}
	}
	if got[0].Severity != "warning" || got[101].Summary != "400 more errors" {
		t.Errorf("first %q, last %q", got[0].Summary, got[101].Summary)
	}
}
