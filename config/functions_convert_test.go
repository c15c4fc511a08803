package config

import (
	"testing"

	"github.com/zclconf/go-cty/cty"
)

func TestConversions(t *testing.T) {
	values{
		`tobool("true")`: "true", "tobool(null) == null": "true", "tobool(false)": "false", `tonumber("1")`: "1", `tonumber("1e3")`: "1000", `tonumber("-0.5")`: "-0.5", "tonumber(null) == null": "true",
		"tostring(true)": `"true"`, "tostring(1.0)": `"1"`, "tostring(1e30)": `"1000000000000000000000000000000"`, "tostring(0.1)": `"0.1"`, "tostring(null)": "tostring(null)",
		"tolist([1, \"a\", true])": `tolist(["1", "a", "true"])`, "tolist(toset([3, 1, 2]))": "tolist([1, 2, 3])", "length(tolist([]))": "0", "tolist([1, null])": "tolist([1, null])",
		`tomap({ a = "b", c = 1 })`: `tomap({ a = "b", c = "1" })`, "tomap({ a = sensitive(1) })": "tomap({ a = sensitive(1) })", "tolist([sensitive(1)])": "tolist([sensitive(1)])",
		`toset(["c", "b", "b"])`: `toset(["b", "c"])`, "toset([1, \"1\"])": `toset(["1"])`, "toset([null])": "toset([null])",
		`try({ a = 1 }.b, "fallback")`: `"fallback"`, "try(1, 2)": "1", `can({ a = 1 }.b)`: "false", "can(1)": "true", "can(unknown)": "tobool(unknown)",
	}.check(t)
}

func TestConversionsRefuse(t *testing.T) {
	refusals{
		`tobool("True")`: `cannot convert "True" to bool; only the strings "true" or "false" are allowed`, "tobool(1)": "cannot convert number to bool", `tonumber("x")`: "decimal representation of a number",
		"tonumber(true)": "cannot convert bool to number", `tonumber("0x10")`: "cannot convert", `tonumber("")`: "cannot convert", "tonumber([])": "cannot convert tuple to number", "tostring([])": "cannot convert tuple to string",
		"tostring({})": "cannot convert object to string", `tolist("x")`: "cannot convert string to list of any single type", "tolist([1, [2]])": "cannot convert tuple to list of any single type",
		`tomap("x")`: "cannot convert string to map", "tomap({ a = 1, b = [1] })": "cannot convert object to map", "tomap([1])": "cannot convert tuple to map", "toset([1, [1]])": "cannot convert tuple to set",
		"try()": "at least one", "try(1 + \"x\")": "no expression succeeded",
	}.check(t)
}

func TestType(t *testing.T) {
	dir := t.TempDir()
	for expr, want := range map[string]string{
		"1": "number", `"a"`: "string", "true": "bool", "null": "dynamic", "[]": "tuple([])", "{}": "object({})", "unknown": "string", "tomap({ a = 1 })": "map(number)", `tolist([tolist(["a"])])`: "list(list(string))",
		`sensitive(toset(["a"]))`: "set(string)", `{ b = 1, a = ["x"] }`: "object({\n    a: tuple([\n        string,\n    ]),\n    b: number,\n})", "{ a1 = 1, \"a b\" = 2 }": "object({\n    a b: number,\n    a1: number,\n})",
		"[{ a = 1 }, tolist([{ b = [1] }])]": "tuple([\n    object({\n        a: number,\n    }),\n    list(\n        object({\n            b: tuple([\n                number,\n            ]),\n        }),\n    ),\n])",
		"tomap({ x = tolist([{ a = 1 }]) })": "map(list(\n    object({\n        a: number,\n    }),\n))", "tolist([{}])": "list(\n    object({}),\n)",
	} {
		got, diags := eval(t, dir, "type("+expr+")")
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		if !got.RawEquals(cty.StringVal(want).Mark(TypeText)) {
			t.Errorf("type(%s) = %#v, want %s", expr, got, want)
		}
	}
}
