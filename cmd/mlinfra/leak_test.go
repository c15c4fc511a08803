package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
)

// probed is a secret that most functions refuse, and that stands differently in
// quotes, in JSON and in a URL.
const probed = "hunter2x:[%z\"<\té\n2nd-Line-9)"

// probedFunctions are expressions that fail because of var.s, or use it where a
// message may tell what was there.
var probedFunctions = []string{
	`parseint(var.s, 10)`, `tonumber(var.s)`, `tobool(var.s)`, `tolist(var.s)`, `tomap(var.s)`, `toset(var.s)`, `tostring([var.s])`,
	`timeadd(var.s, "1h")`, `timeadd("2026-01-01T00:00:00Z", var.s)`, `timecmp(var.s, "x")`, `formatdate("YYYY", var.s)`, `formatdate(var.s, "2026-01-01T00:00:00Z")`,
	`regex(var.s, "a")`, `regex("a", var.s)`, `regexall("${var.s}(", "a")`, `replace("a", "/${var.s}/", "b")`, `split(var.s)`, `strrev(var.s, 1)`,
	`jsondecode(var.s)`, `yamldecode("${var.s}\t: [")`, `csvdecode("a,b\n${var.s}")`, `csvdecode("\"${var.s}")`, `base64decode(var.s)`, `base64gunzip(var.s)`, `urldecode("%${var.s}")`,
	`textencodebase64(var.s, "us-ascii9")`, `textencodebase64("x", var.s)`, `textdecodebase64(var.s, "utf-8")`, `urlencode([var.s])`, `rsadecrypt(var.s, "x")`, `rsadecrypt("eHg=", var.s)`, `bcrypt("x", var.s)`, `uuidv5(var.s, "x")`,
	`cidrhost(var.s, 1)`, `cidrhost("10.0.0.0/8", var.s)`, `cidrsubnet(var.s, 1, 1)`, `cidrsubnets(var.s, 1)`, `cidrnetmask(var.s)`, `cidrcontains(var.s, "x")`, `cidrcontains("10.0.0.0/8", var.s)`,
	`lookup({}, var.s)`, `lookup({ (var.s) = 1 }, "x")`, `element([], var.s)`, `element(["a"], var.s)`, `index(["a"], var.s)`, `index([var.s], "a")`, `merge({}, var.s)`, `deep_merge(var.s)`, `keys(var.s)`, `values(var.s)`, `zipmap([var.s], [1, 2])`, `zipmap([var.s], var.s)`,
	`range(var.s)`, `range(0, 9, var.s)`, `chunklist(["a"], var.s)`, `chunklist(var.s, 1)`, `substr(var.s, "x", 1)`, `substr("x", var.s, 1)`, `slice([var.s], 0, 9)`, `slice(["a"], var.s, 1)`, `matchkeys([var.s], [], [])`, `one([var.s, var.s])`, `sum([var.s])`, `max(var.s)`, `pow(var.s, 1)`, `log(var.s, 1)`, `signum(var.s)`, `abs(var.s)`,
	`format(var.s)`, `format("%d", var.s)`, `format("${var.s}%!", 1)`, `formatlist("%d", [var.s])`, `formatlist(var.s, ["a", "b"])`, `join(var.s, 1)`, `indent(var.s, "a")`, `setproduct(var.s)`, `setunion(var.s)`, `setsubtract([var.s], var.s)`, `flatten(var.s)`, `concat(var.s)`, `distinct(var.s)`, `sort(var.s)`, `sort([[var.s]])`, `contains(var.s, "a")`, `transpose({ a = var.s })`, `coalesce(null, [])[var.s]`, `coalescelist(var.s)`, `compact(var.s)`, `alltrue([var.s])`, `anytrue(var.s)`, `length(tonumber(var.s))`,
	`file(var.s)`, `filebase64(var.s)`, `filesha256(var.s)`, `fileset(".", "{${var.s}")`, `fileset(var.s, "[")`, `templatefile(var.s, {})`, `templatefile("t.tftpl", { x = var.s })`, `templatefile("t.tftpl", var.s)`, `templatestring(var.s, {})`, `templatestring(local.t, { x = var.s })`, `templatestring(local.t, var.s)`, `pathexpand([var.s])`,
	`try(parseint(var.s, 10))`, `try(tonumber(var.s), jsondecode(var.s))`, `can(jsondecode(var.s)) ? 1 : var.s.x`, `nosuch(var.s)`, `upper(var.s, var.s)`, `upper([var.s]...)[9]`, `upper(var.s...)`, `provider::terraform::decode_tfvars(var.s)`, `provider::terraform::encode_tfvars({ (var.s) = 1 })`, `provider::terraform::encode_tfvars(var.s)`,
	`{}[var.s]`, `{ a = 1 }[var.s]`, `tomap({ a = 1 })[var.s]`, `[1][var.s]`, `tolist([1])[var.s]`, `tomap({ (var.s) = 1 }).a`, `tomap({ (var.s) = 1 })["a"]`, `{ (var.s) = 1 }.a`, `{ (var.s) = 1, (var.s) = 2 }.a`, `{ for k in [var.s, var.s] : k => 1 }`, `{ for k in [var.s] : k => k.x }`, `[for k, v in { (var.s) = 1 } : v.x]`,
	`"${var.s}" + 1`, `-var.s`, `!var.s`, `var.s ? 1 : 2`, `true ? [var.s] : { a = var.s }`, `var.s && true`, `var.s > 1`, `[for k in var.s : k]`, `[for k in [1] : k if var.s]`, `var.s[0]`, `var.s.x`, `var.s.*.x`, `var.o.y`, `var.o[var.s]`, `var.m["${var.s}x"]`, `var.m.nosuch`, `"%{if var.s}x%{endif}"`, `"%{for x in var.s}x%{endfor}"`, `"${[var.s]}"`,
}

// probedBlocks are configurations that are wrong because of var.s.
var probedBlocks = map[string]string{
	"a conversion at a variable": `module "m" {
  source = "./m"
  n      = var.s
  l      = [var.s, [var.s]]
  o      = { (var.s) = 1 }
}`,
	"a validation": `module "m" {
  source = "./m"
  v      = var.s
}`,
	"for_each":                    `resource "terraform_data" "x" { for_each = toset([var.s]) }`,
	"for_each of a map":           `resource "terraform_data" "x" { for_each = tomap({ (var.s) = 1 }) }`,
	"for_each of an object":       `resource "terraform_data" "x" { for_each = { (var.s) = 1 } }`,
	"for_each of keys":            `resource "terraform_data" "x" { for_each = { for k in [var.s] : k => 1 } }`,
	"for_each of what is none":    `resource "terraform_data" "x" { for_each = var.s }`,
	"for_each of values":          `resource "terraform_data" "x" { for_each = { a = var.s }` + "\n input = each.value.x }",
	"for_each of a module":        `module "m" {` + "\n source = \"./m\"\n for_each = toset([var.s])\n v = \"longer than five\"\n}",
	"count":                       `resource "terraform_data" "x" { count = var.s }`,
	"enabled":                     `resource "terraform_data" "x" {` + "\n lifecycle { enabled = var.s }\n}",
	"an index by a secret key":    `resource "terraform_data" "x" { for_each = toset(["a"]) }` + "\nlocals { y = terraform_data.x[var.s].id }",
	"an argument of another type": `resource "random_integer" "x" {` + "\n min = var.s\n max = [var.s]\n}",
	"a value that is refused":     `resource "random_integer" "x" {` + "\n min = 9\n max = parseint(substr(var.s, 6, 1), 10)\n}",
	"a name that is refused":      `resource "digitalocean_tag" "x" { name = var.s }`,
	"a range that is refused":     `resource "digitalocean_vpc" "x" {` + "\n name = var.s\n region = var.s\n ip_range = var.s\n}",
	"a key that is refused":       `resource "tls_cert_request" "x" { private_key_pem = var.s }`,
	"a nested block":              `resource "digitalocean_firewall" "x" {` + "\n name = \"x\"\n inbound_rule {\n protocol = var.s\n port_range = var.s\n source_addresses = [var.s]\n }\n}",
	"a dynamic block":             `resource "digitalocean_firewall" "x" {` + "\n name = \"x\"\n dynamic \"inbound_rule\" {\n for_each = var.s\n content {\n protocol = inbound_rule.key\n }\n }\n}",
	"a precondition": `resource "terraform_data" "x" {
  lifecycle {
    precondition {
      condition     = var.s == "a"
      error_message = "it is ${var.s}"
    }
    precondition {
      condition     = length(regexall("a", var.s)) > 9
      error_message = "it is ${jsonencode({ x = var.s })} ${sha256(var.s)}."
    }
    precondition {
      condition     = tobool(var.s)
      error_message = parseint(var.s, 10)
    }
  }
}`,
	"a check": `check "x" {
  assert {
    condition     = var.s == "a"
    error_message = "it is ${var.s}"
  }
  assert {
    condition     = var.s
    error_message = var.s.x
  }
}`,
	"an output's precondition": `output "x" {
  value = 1
  precondition {
    condition     = contains(["a"], var.s)
    error_message = base64encode(var.s)
  }
}`,
	"an output":                      `output "x" { value = var.s }`,
	"an output of an object":         `output "x" { value = { a = [var.s] } }`,
	"settings of a provider":         `provider "digitalocean" {` + "\n token = [var.s]\n api_endpoint = var.s\n requests_per_second = var.s\n}\nresource \"digitalocean_tag\" \"x\" { name = \"a\" }",
	"the region of a provider":       `provider "aws" { region = var.s }` + "\nresource \"aws_vpc\" \"x\" { cidr_block = \"10.0.0.0/8\" }",
	"a data source":                  `data "digitalocean_vpc" "x" { name = var.s }`,
	"a data source of the wrong URL": `data "http" "x" { url = var.s }`,
	"an import":                      `import {` + "\n to = digitalocean_tag.x\n id = var.s\n}\nresource \"digitalocean_tag\" \"x\" { name = \"a\" }",
	"a provisioner":                  `resource "terraform_data" "x" {` + "\n provisioner \"local-exec\" {\n command = [var.s]\n }\n}",
	"a trigger of a replacement":     `resource "terraform_data" "x" { lifecycle { replace_triggered_by = [var.s] } }`,
	"ignored changes":                `resource "terraform_data" "x" { lifecycle { ignore_changes = [var.s] } }`,
	"a type that is refused":         `resource "terraform_data" "x" { triggers_replace = var.s.a }`,
}

const probedModule = `
variable "n" {
  type    = number
  default = 1
}
variable "l" {
  type    = list(string)
  default = []
}
variable "o" {
  type    = object({ a = optional(string), b = number })
  default = { b = 1 }
}
variable "v" {
  type    = string
  default = "abc"
  validation {
    condition     = length(var.v) < 5
    error_message = "it is ${var.v}"
  }
  validation {
    condition     = can(jsondecode(var.v)) || var.v == "abc"
    error_message = format("%s, %q", var.v, var.v)
  }
}
`

const probedVariables = `
variable "s" {
  type      = string
  sensitive = true
}
variable "o" {
  type      = object({ x = string })
  sensitive = true
}
variable "m" {
  type      = map(string)
  sensitive = true
}
locals {
  t = "$${x + 1}"
}
`

// probe plans a configuration and returns what is wrong with it.
func probe(t *testing.T, src string) (hcl.Diagnostics, *config.Program) {
	t.Helper()
	files := fstest.MapFS{"main.tf": {Data: []byte(probedVariables + src)}}
	modules := func(c config.ModuleCall) (string, fs.FS, error) {
		return "m", fstest.MapFS{"main.tf": {Data: []byte(probedModule)}}, nil
	}
	p, diags := config.Load(files, ".", catalog(nil), modules)
	if diags.HasErrors() {
		return diags, p
	}
	p.Inputs = map[string]cty.Value{
		"s": cty.StringVal(probed), "o": cty.ObjectVal(map[string]cty.Value{"x": cty.StringVal(probed)}),
		"m": cty.MapVal(map[string]cty.Value{probed: cty.StringVal(probed)}),
	}
	plan, more := planner.Build(planner.Input{
		Program: p, Env: config.Env{WorkDir: t.TempDir(), PlanTime: "2026-01-02T03:04:05Z", Workspace: "default"}, Provisioning: provisioning(),
		ReadData: func(_ string, _ cty.Value, _ *providers.Type, have cty.Value) (cty.Value, error) {
			return have, fmt.Errorf("nothing is called %#v", planner.Bare(have))
		},
		Import: func(_ string, _ cty.Value, _ *providers.Type, have cty.Value) (cty.Value, error) {
			return cty.NilVal, errors.New("there is no " + providers.ID(have))
		},
	})
	diags = append(diags, more...)
	if plan != nil && !diags.HasErrors() {
		var b bytes.Buffer
		view.Plan(&b, view.Style{Width: 80}, plan, catalog(nil))
		view.NewStream(&b, time.Now).Plan(plan)
		diags = append(diags, &hcl.Diagnostic{Summary: "Plan", Detail: b.String()})
	}
	return diags, p
}

// TestNoDiagnosticShowsASensitiveValue renders what is wrong with expressions
// and blocks of a sensitive value, as text and as JSON, with no scrubber behind:
// the value must not stand there in any spelling.
func TestNoDiagnosticShowsASensitiveValue(t *testing.T) {
	failing := 0
	check := func(name, src string) {
		diags, p := probe(t, src)
		for _, d := range diags {
			if d.Severity == hcl.DiagError {
				failing++
				break
			}
		}
		var b bytes.Buffer
		view.Diagnostics(&b, view.Style{}, p.Sources, diags)
		view.Diagnostics(&b, view.Style{Color: true, Width: 40}, p.Sources, diags)
		view.NewStream(&b, time.Now).Diagnostics(diags, p.Sources)
		for _, s := range append(spellings(probed), "hunter2x", "2nd-Line-9") {
			if strings.Contains(b.String(), s) {
				t.Errorf("%s: the output holds %q:\n%s", name, s, b.String())
				return
			}
		}
	}
	for _, e := range probedFunctions {
		check(e, "locals { x = "+e+" }\noutput \"x\" {\n value = local.x\n sensitive = true\n}")
	}
	for name, src := range probedBlocks {
		check(name, src)
	}
	if all := len(probedFunctions) + len(probedBlocks); failing < all*9/10 {
		t.Errorf("only %d of %d probes fail at all", failing, all)
	}
}

// probedInputs are files of variables, and arguments, that are wrong beside a
// secret or because of it.
var probedInputs = []struct{ name, declared, file, arg, environ string }{
	{name: "a file with text for a number", declared: "type = number", file: `s = "hunter2x!"`},
	{name: "a file with text for a list", declared: "type = list(number)", file: "s = [\"hunter2x!\",\n \"hunter2x!\"]"},
	{name: "a file with an object that lacks an attribute", declared: "type = object({ a = string, b = number })", file: `s = { a = "hunter2x!" }`},
	{name: "a file whose quotes are open", declared: "type = string", file: `s = "hunter2x!`},
	{name: "a file with the quotes forgotten", declared: "type = string", file: `s = hunter2x!`},
	{name: "a file with a reference", declared: "type = string", file: `s = "hunter2x!${var.x}"`},
	{name: "a file with a function", declared: "type = string", file: `s = nosuch("hunter2x!")`},
	{name: "a file with a heredoc that does not end", declared: "type = string", file: "s = <<EOT\nhunter2x!\n"},
	{name: "a file that sets it twice", declared: "type = string", file: "s = \"hunter2x!\"\ns = \"hunter2x!\"\n"},
	{name: "an argument with text for a number", declared: "type = number", arg: "s=hunter2x!"},
	{name: "an argument that is no expression", declared: "type = list(string)", arg: "s=[hunter2x!"},
	{name: "an argument with a function", declared: "type = list(string)", arg: `s=nosuch("hunter2x!")`},
	{name: "an argument with a name", declared: "type = map(string)", arg: `s={ a = hunter2x }`},
	{name: "the environment with text for a bool", declared: "type = bool", environ: "TF_VAR_s=hunter2x!"},
	{name: "the environment with no expression", declared: "type = set(string)", environ: "TF_VAR_s=hunter2x(1)"},
	{name: "an ephemeral variable", declared: "type = number\n ephemeral = true", file: `s = "hunter2x!"`},
	{name: "a validation", declared: "type = string\n validation {\n condition = length(var.s) < 2\n error_message = \"it is ${var.s}\"\n}", file: `s = "hunter2x!"`},
	{name: "null where it must not be", declared: "type = string\n nullable = false", file: "s = true ? null : \"hunter2x!\""},
}

// TestNoInputIsShown sets sensitive variables to what is not fit for them.
func TestNoInputIsShown(t *testing.T) {
	for _, tt := range probedInputs {
		files := fstest.MapFS{"main.tf": {Data: []byte("variable \"s\" {\n sensitive = true\n " + tt.declared + "\n}\noutput \"o\" {\n value = var.s\n sensitive = true\n}\n")}}
		if tt.file != "" {
			files["terraform.tfvars"] = &fstest.MapFile{Data: []byte(tt.file)}
		}
		p, diags := config.Load(files, ".", catalog(nil), nil)
		if diags.HasErrors() {
			t.Fatalf("%s: %v", tt.name, diags)
		}
		var args []config.Arg
		if tt.arg != "" {
			args = append(args, config.Arg{Var: tt.arg})
		}
		diags = p.SetInputs(files, []string{tt.environ}, args)
		if !diags.HasErrors() {
			_, more := planner.Build(planner.Input{Program: p})
			diags = append(diags, more...)
		}
		var b bytes.Buffer
		view.Diagnostics(&b, view.Style{}, p.Sources, diags)
		view.NewStream(&b, time.Now).Diagnostics(diags, p.Sources)
		if !diags.HasErrors() || strings.Contains(b.String(), "hunter2x") {
			t.Errorf("%s: %s", tt.name, b.String())
		}
	}
}
