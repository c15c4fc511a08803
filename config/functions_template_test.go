package config

import (
	"testing"

	"github.com/zclconf/go-cty/cty"
)

// templateTexts are what expressions of the tests refer to as local.
var templateTexts = cty.ObjectVal(map[string]cty.Value{
	"t": cty.StringVal("hello ${name}"), "bad": cty.StringVal("hello ${"), "num": cty.NumberIntVal(5), "k": cty.StringVal("a"),
	"tt":  cty.ObjectVal(map[string]cty.Value{"a": cty.StringVal("x ${n+1}"), "k": cty.TupleVal([]cty.Value{cty.StringVal("q ${n}")})}),
	"lst": cty.TupleVal([]cty.Value{cty.StringVal("v ${n}")}), "tup": cty.StringVal("${[1]}"), "num2": cty.StringVal("${1}"),
	"nul": cty.NullVal(cty.DynamicPseudoType), "sens": cty.StringVal("a ${x}").Mark(Sensitive), "self": cty.StringVal("${templatestring(s, {})}"),
	"long": cty.StringVal("${join(\"\", [for i in range(1000) : format(\"%68000s\", \"x\")])}"),
})

func TestTemplates(t *testing.T) {
	values{
		`templatefile("t.tftpl", { port = 8080, ips = ["a", "b"] })`: `"backend a:8080\nbackend b:8080\n"`, `templatefile("list.tftpl", { l = ["a"] })`: `["A"]`, `templatefile("hello.txt", {})`: `"Hello World"`,
		`templatefile("t.tftpl", { "a-b" = 1, ips = [], port = 1 })`: `""`, `templatefile("t.tftpl", tomap({ ips = [], port = [] }))`: `""`,
		`templatefile("t.tftpl", { port = sensitive(1), ips = ["a"] })`: `sensitive("backend a:1\n")`, `templatefile("t.tftpl", { port = 1, ips = ["a"], unused = sensitive(1) })`: `sensitive("backend a:1\n")`,
		`templatefile(sensitive("hello.txt"), {})`:                      `sensitive("Hello World")`,
		`[for n in ["a", "b"] : templatestring(local.t, { name = n })]`: `["hello a","hello b"]`,
		`templatestring(local.t, { name = "x" })`:                       `"hello x"`, `templatestring(local.tt.a, { n = 1 })`: `"x 2"`, `templatestring(local.tt["k"][0], { n = 1 })`: `"q 1"`, `templatestring(local.tt[local.k], { n = 1 })`: `"x 2"`,
		`templatestring(local.num2, {})`: `"1"`, `templatestring(local.sens, { x = 1 })`: `sensitive("a 1")`, `templatestring(local.t, { name = sensitive("x") })`: `sensitive("hello x")`,
	}.check(t)
}

func TestTemplatesRefuse(t *testing.T) {
	refusals{
		`templatefile("nothing.tftpl", {})`: "no file exists", `templatefile("bytes", {})`: "not valid UTF-8", `templatefile("t.tftpl", [])`: "must be a map", `templatefile("t.tftpl", null)`: "must not be null",
		`templatefile("bad.tftpl", {})`: "bad.tftpl:1,3-3: Missing expression", `templatefile("nofunc.tftpl", {})`: `nofunc.tftpl:2,3-9: Call to unknown function; There is no function named "nosuch"`,
		`templatefile("t.tftpl", { ips = [] })`: `vars map does not contain key "port", referenced at t.tftpl:2,17-21`, `templatefile("t.tftpl", { "a b" = 1, ips = [], port = 1 })`: `invalid template variable name "a b"`,
		`templatefile("t.tftpl", { ips = ["a"], port = null })`: "t.tftpl:2,17-21: Invalid template interpolation value", `templatefile("self.tftpl", {})`: "cannot recursively call templatefile from inside another template function",
		`templatefile("core.tftpl", {})`: "cannot recursively call templatefile", `templatefile("string.tftpl", { s = "x" })`: "cannot recursively call templatestring",
		`templatestring(local.self, { s = "x" })`: "cannot recursively call templatestring", `templatestring(local.t, {})`: `vars map does not contain key "name", referenced at <templatestring argument>:1,9-13`,
		`templatestring(local.bad, {})`: "invalid template: <templatestring argument>:1,9-9", `templatestring(local.num, "x")`: "must be a map", `templatestring(local.tt, {})`: "string is required",
		`templatestring("${local.t}", {})`: "write the reference expression directly", `templatestring("a ${local.t}", {})`: "plain template string expression", `templatestring("a", {})`: "does not support providing a literal template",
		`templatestring("", {})`: "does not support providing a literal template", `templatestring(upper(local.t), {})`: "must be a direct reference", `templatestring(5, {})`: "must be a direct reference", `templatestring((local.t), {})`: "must be a direct reference",
		`templatestring((local.tt).a, { n = 1 })`: "must be a direct reference", `templatestring(local.lst[*], { n = 1 })`: "string is required", `templatestring(local.tup, {})`: "invalid template result: string required", `templatestring(local.nul, {})`: "string is required",
		`templatestring(local.t, null)`: "must not be null", `templatestring(local.nosuch, {})`: "nosuch", `templatestring(local.sens, {})`: "not shown", `templatestring(local.long, {})`: "more than 32 MiB",
	}.check(t)
}
