package config

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// TestErrorsShowNoSensitiveValues evaluates what goes wrong with a sensitive
// value: neither the summary nor the detail may hold it.
func TestErrorsShowNoSensitiveValues(t *testing.T) {
	const canary = "hunter2x:[%z"
	prog, diags := Load(fstest.MapFS{"main.tf": {Data: []byte(`variable "s" {
  sensitive = true
  default   = "` + strings.ReplaceAll(canary, "%", "%") + `"
}`)}}, ".", Catalog{}, nil)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	scope := NewScope(prog, Env{WorkDir: t.TempDir()})
	for _, src := range []string{
		`parseint(var.s, 10)`, `tonumber(var.s)`, `tobool(var.s)`, `tolist(var.s)`, `timeadd(var.s, "1h")`,
		`timeadd("2026-01-01T00:00:00Z", var.s)`, `formatdate("YYYY", var.s)`, `formatdate(var.s, "2026-01-01T00:00:00Z")`,
		`regex(var.s, "a")`, `regexall("${var.s}(", "a")`, `replace("a", "/${var.s}/", "b")`, `jsondecode(var.s)`, `yamldecode("${var.s}\t: [")`,
		`base64decode(var.s)`, `cidrhost(var.s, 1)`, `cidrsubnet(var.s, 1, 1)`, `cidrnetmask(var.s)`, `file(var.s)`, `filesha256(var.s)`,
		`templatefile(var.s, {})`, `lookup({}, var.s)`, `element([], var.s)`, `format(var.s)`, `format("%d", var.s)`, `csvdecode("a,b\n${var.s}")`,
		`substr(var.s, "x", 1)`, `zipmap([var.s], [1, 2])`, `one([var.s, var.s])`, `sum([var.s])`, `slice([var.s], 0, 9)`, `urlencode([var.s])`,
		`{}[var.s]`, `"${var.s}" + 1`, `!var.s`, `var.s ? 1 : 2`, `[for k in var.s : k]`, `var.s[0]`, `var.s.x`,
	} {
		e, diags := hclsyntax.ParseExpression([]byte(src), "test", hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatalf("%s: %v", src, diags)
		}
		_, diags = scope.InstanceExpr(e, Instance{})
		for _, d := range diags {
			if strings.Contains(d.Summary+d.Detail, "hunter2x") {
				t.Errorf("%s shows the value: %s; %s", src, d.Summary, d.Detail)
			}
		}
	}
}
