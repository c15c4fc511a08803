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
		`templatefile(var.s, {})`, `lookup({}, var.s)`, `templatestring(var.s, {})`, `templatestring(var.s, { a = var.s })`, `bcrypt("x", var.s)`, `uuidv5(var.s, "x")`, `rsadecrypt(var.s, "x")`, `rsadecrypt("eHg=", var.s)`,
		`textencodebase64(var.s, "us-ascii9")`, `textencodebase64("x", var.s)`, `textdecodebase64(var.s, "utf-8")`, `base64gunzip(var.s)`, `urldecode("%${var.s}")`, `timecmp(var.s, "x")`, `fileset(".", "{${var.s}")`,
		`cidrcontains(var.s, "x")`, `cidrcontains("10.0.0.0/8", var.s)`, `deep_merge(var.s)`, `matchkeys([var.s], [], [])`, `provider::terraform::decode_tfvars(var.s)`, `provider::terraform::encode_tfvars({ (var.s) = 1 })`, `element([], var.s)`, `format(var.s)`, `format("%d", var.s)`, `csvdecode("a,b\n${var.s}")`,
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

// TestFunctionsKeepMarksOfUnknowns looks for the mark of an argument that is not
// known yet.
func TestFunctionsKeepMarksOfUnknowns(t *testing.T) {
	dir := t.TempDir()
	for _, expr := range []string{
		`tostring(X)`, `tonumber(X)`, `tobool(X)`, `tolist(jsondecode(X))`, `toset(jsondecode(X))`, `tomap(jsondecode(X))`, `toset(split("", X))`, `upper(X)`, `length(X)`, `jsondecode(X)`, `format(X)`, `format("%s", X)`, `formatlist(X, ["a"])`,
		`templatestring(local.t, { name = X })`, `element(["a"], tonumber(X))`, `coalesce(X, "a")`, `distinct(split("", X))`, `one(split("", X))`, `contains(split("", X), "a")`, `yamlencode(X)`, `jsonencode([X])`, `regex(X, "a")`, `range(tonumber(X))`,
	} {
		v, diags := eval(t, dir, strings.ReplaceAll(expr, "X", "sensitive(unknown)"))
		if diags.HasErrors() || !HasMark(v, Sensitive) {
			t.Errorf("%s = %#v, %v; want it sensitive", expr, v, diags)
		}
	}
}

// TestFunctionsKeepMarks looks for a mark in what comes of a marked argument,
// whatever the mark is.
func TestFunctionsKeepMarks(t *testing.T) {
	dir := testFiles(t)
	for _, expr := range []string{
		`upper(X)`, `length(X)`, `length([X][*])>0 ? X : X`, `sha256(X)`, `join("", [X])`, `jsonencode({ a = X })`, `yamlencode([X])`, `jsondecode("\"${X}\"")`, `one([X])`, `alltrue([X == "x"])`, `"${X}"`,
		`startswith(X, "x")`, `endswith("x", X)`, `replace("x", "x", X)`, `templatefile("t.tftpl", { port = X, ips = ["a"] })`, `templatestring(local.t, { name = X })`, `base64encode(X)`, `base64gzip(X)`, `format("%s", X)`,
		`formatlist("%s", [X])`, `lookup({ a = X }, "a")`, `lookup({ a = 1 }, "b", X)`, `lookup({ x = 1 }, X)`, `merge({ a = X })`, `deep_merge({ a = { b = X } }, { a = { c = 1 } })`, `tolist([X])`, `tomap({ a = X })`, `tostring(X)`,
		`distinct([X])`, `sort([X])`, `index([X], "x")`, `matchkeys([X], ["a"], ["a"])`, `transpose({ a = [X] })`, `coalesce(X, "a")`, `element([X], 0)`, `flatten([[X]])`, `keys({ (X) = 1 })`, `values({ a = X })`, `zipmap(["a"], [X])`,
		`sensitive(X)`, `textencodebase64(X, "UTF-8")`, `uuidv5("dns", X)`, `fileexists(X)`, `fileset(".", X)`, `basename(X)`, `try(X, 1)`, `provider::terraform::encode_expr(X)`, `split("", X)`, `contains([X], "x")`,
	} {
		for mark, source := range map[any]string{Sensitive: `sensitive("x")`, Ephemeral: "ephemeralx"} {
			v, diags := eval(t, dir, strings.ReplaceAll(expr, "X", source))
			if diags.HasErrors() || !HasMark(v, mark) {
				t.Errorf("%s = %#v, %v; want the mark %s", expr, v, diags, mark)
			}
		}
	}
}

func TestMarkFunctions(t *testing.T) {
	values{
		`nonsensitive(sensitive("x"))`: `"x"`, `nonsensitive("x")`: `"x"`, "nonsensitive(null)": "null", `nonsensitive([sensitive("x")])`: `[sensitive("x")]`, `nonsensitive(sensitive(ephemeralx))`: "ephemeralx",
		"issensitive(sensitive(1))": "true", "issensitive([sensitive(1)])": "false", `issensitive("x")`: "false", "issensitive(sensitive(unknown))": "true", "issensitive(ephemeralx)": "false",
		"ephemeralasnull(ephemeralx)": "tostring(null)", `ephemeralasnull([ephemeralx, "x"])`: `[tostring(null), "x"]`, "ephemeralasnull(sensitive(ephemeralx))": "sensitive(tostring(null))", "ephemeralasnull(null)": "null",
		`ephemeralasnull({ a = { b = ephemeralx }, c = 1 })`: "{ a = { b = tostring(null) }, c = 1 }", `ephemeralasnull(tomap({ a = "x" }))`: `tomap({ a = "x" })`,
	}.check(t)
}
