package config

import "testing"

func TestProviderFunctions(t *testing.T) {
	values{
		`provider::terraform::encode_tfvars({ a = 1, b = "x", c = [1, { d = null }], e = true, f = {}, g = [], h = { x = 1, "y z" = 2 }, z = "2 \n q" })`: `"a = 1\nb = \"x\"\nc = [1, {\n  d = null\n}]\ne = true\nf = {}\ng = []\nh = {\n  x     = 1\n  \"y z\" = 2\n}\nz = \"2 \\n q\"\n"`,
		`provider::terraform::encode_tfvars({ a = "$${x} %%{y}" })`:                                                                                       `join("", ["a = \"$", "$${x} %", "%%{y}\"\n"])`, `provider::terraform::encode_tfvars({})`: `""`, `provider::terraform::encode_tfvars(tomap({ a = 1, b = 2 }))`: `"a = 1\nb = 2\n"`,
		`provider::terraform::encode_tfvars({ a = 1, long = 2 })`:                                        `"a    = 1\nlong = 2\n"`,
		`provider::terraform::encode_tfvars({ a = sensitive(1) })`:                                       `sensitive("a = 1\n")`,
		`provider::terraform::encode_expr({ a = 1, b = "x", c = [1, { d = null }] })`:                    `"{\n  a = 1\n  b = \"x\"\n  c = [1, {\n    d = null\n  }]\n}"`,
		`provider::terraform::encode_expr("a\"\n")`:                                                      `"\"a\\\"\\n\""`,
		`provider::terraform::encode_expr(1.50)`:                                                         `"1.5"`,
		`provider::terraform::encode_expr(toset(["b", "a"]))`:                                            `"[\"a\", \"b\"]"`,
		`provider::terraform::encode_expr([null])`:                                                       `"[null]"`,
		`provider::terraform::decode_tfvars("a = 1\nb = [1, \"x\"]\nc = {\n  d = null\n}")`:              `{ a = 1, b = [1, "x"], c = { d = null } }`,
		`provider::terraform::decode_tfvars("a = 1 + 1")`:                                                "{ a = 2 }",
		`provider::terraform::decode_tfvars("")`:                                                         "{}",
		`provider::terraform::decode_tfvars(provider::terraform::encode_tfvars({ a = "$${x}", b = 1 }))`: `{ a = "$${x}", b = 1 }`,
	}.check(t)
}

func TestProviderFunctionsRefuse(t *testing.T) {
	refusals{
		`provider::terraform::encode_tfvars({ "a b" = 2 })`: `invalid variable name "a b"`, `provider::terraform::encode_tfvars([1])`: "must be an object", `provider::terraform::encode_tfvars(null)`: "must not be null", `provider::terraform::encode_expr(null)`: "must not be null",
		`provider::terraform::decode_tfvars("a = foo")`: `invalid expression for variable "a": <decode_tfvars argument>:1,5-8: Variables not allowed`, `provider::terraform::decode_tfvars("a = upper(\"x\")")`: "Function calls not allowed",
		`provider::terraform::decode_tfvars("a {}\n")`: "invalid tfvars content", `provider::terraform::decode_tfvars("a = ")`: "invalid tfvars syntax: <decode_tfvars argument>:1,5-5", `provider::terraform::decode_tfvars("a=1\na=2")`: "Attribute redefined",
	}.check(t)
}
