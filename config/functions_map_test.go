package config

import "testing"

func TestMapFunctions(t *testing.T) {
	values{
		"keys({ a = 1, c = 2, d = 3 })": `["a", "c", "d"]`, "keys(tomap({ b = 1, a = 2 }))": `tolist(["a", "b"])`, "keys({})": "[]",
		`lookup({ a = "ay", b = "bee" }, "a", "what?")`: `"ay"`, `lookup({ a = "ay", b = "bee" }, "c", "what?")`: `"what?"`, `lookup({ a = 1 }, "a")`: "1", `lookup(tomap({ a = "x" }), "b", 2)`: `"2"`,
		`lookup(tomap({ a = "x" }), "a")`: `"x"`, `lookup({ a = 1, b = null }, "b", "x")`: "null", `lookup(tomap({ a = 1 }), "b", null)`: "tonumber(null)", `lookup({ a = sensitive(1), b = 1 }, "b")`: "1",
		`lookup({ a = 1 }, "b", { c = 2 })`: "{ c = 2 }", `lookup({ "" = 1 }, "")`: "1",
		`merge({ a = "b", c = "d" }, { e = "f", c = "z" })`: `{ a = "b", c = "z", e = "f" }`, "merge({ a = 1 }, null)": "{ a = 1 }", "merge()": "{}", "merge({ a = { b = 1 } }, { a = { c = 2 } })": "{ a = { c = 2 } }",
		"merge(tomap({ a = 1 }), tomap({ b = 2 }))":         "tomap({ a = 1, b = 2 })",
		`transpose({ "a" = ["1", "2"], "b" = ["2", "3"] })`: `tomap({ "1" = tolist(["a"]), "2" = tolist(["a", "b"]), "3" = tolist(["b"]) })`, "length(transpose({ a = [] }))": "0", "length(transpose({}))": "0",
		"values({ a = 3, c = 2, d = 1 })": "[3, 2, 1]", "values(tomap({ b = 1, a = 2 }))": "tolist([2, 1])", "values({})": "[]",
		`zipmap(["a", "b"], [1, 2])`: "{ a = 1, b = 2 }", `zipmap(["a", "b"], tolist([1, 2]))`: "tomap({ a = 1, b = 2 })", `zipmap(["a", "a"], [1, "x"])`: `{ a = "x" }`, "zipmap([], [])": "{}",
	}.check(t)
}

func TestDeepMerge(t *testing.T) {
	values{
		"deep_merge()": "{}", "deep_merge({ a = 1 })": "{ a = 1 }", "deep_merge(null)": "{}", "deep_merge({ a = 1 }, null, { b = 2 })": "{ a = 1, b = 2 }",
		"deep_merge({ a = { b = 1, c = 2 } }, { a = { c = 3, d = 4 } })":                      "{ a = { b = 1, c = 3, d = 4 } }",
		"deep_merge({ a = { b = { c = 1 } } }, { a = { b = { d = 2 } } }, { a = { e = 3 } })": "{ a = { b = { c = 1, d = 2 }, e = 3 } }",
		"deep_merge({ a = [1, 2] }, { a = [3] })":                                             "{ a = [3] }",
		"deep_merge({ a = { b = 1 } }, { a = null })":                                         "{ a = null }",
		"deep_merge({ a = null }, { a = { b = 1 } })":                                         "{ a = { b = 1 } }",
		`deep_merge({ a = { b = 1 } }, { a = "x" })`:                                          `{ a = "x" }`,
		`deep_merge({ a = "x" }, { a = { b = 1 } })`:                                          "{ a = { b = 1 } }",
		`deep_merge({ a = [{ b = 1 }] }, { a = [{ c = 1 }] })`:                                "{ a = [{ c = 1 }] }",
		"deep_merge({}, { a = 1 })":                                                           "{ a = 1 }", "deep_merge({ a = 1 }, {})": "{ a = 1 }", "deep_merge({ a = {} }, { a = {} })": "{ a = {} }",
		`deep_merge(tomap({ a = "1" }), tomap({ b = "2" }))`:                           `tomap({ a = "1", b = "2" })`,
		`deep_merge(tomap({ a = tomap({ x = 1 }) }), tomap({ a = tomap({ y = 2 }) }))`: "tomap({ a = tomap({ x = 1, y = 2 }) })",
		`deep_merge(tomap({ a = "1" }), tomap({ b = 2 }))`:                             `{ a = "1", b = 2 }`,
		`deep_merge(tomap({ a = "1" }), { a = { b = 2 } })`:                            "{ a = { b = 2 } }",
		"deep_merge({ a = unknown, b = 1 }, { a = 2 })":                                "{ a = 2, b = 1 }",
		"deep_merge({ a = 1, b = 1 }, { a = unknown })":                                "{ a = unknown, b = 1 }",
		"deep_merge({ a = unknownmap }, { a = { b = 1 } })":                            "{ a = unknownany }",
		"deep_merge({ a = { b = 1 } }, { a = unknownmap })":                            "{ a = unknownany }",
		"deep_merge({ a = unknownany }, { a = 1 })":                                    "{ a = 1 }",
		"deep_merge({ a = sensitive(1), b = 1 }, { a = 2 })":                           "{ a = 2, b = 1 }",
		"deep_merge({ a = 1, b = 1 }, { a = sensitive(2) })":                           "{ a = sensitive(2), b = 1 }",
		"deep_merge({ a = sensitive({ b = 1 }) }, { a = { c = 2 } })":                  "{ a = sensitive({ b = 1, c = 2 }) }",
		"deep_merge({ a = sensitive({ b = 1 }) }, { a = [] })":                         "{ a = [] }",
		"deep_merge(sensitive({ a = 1 }), { b = 2 })":                                  "sensitive({ a = 1, b = 2 })",
	}.check(t)
}

func TestMapFunctionsRefuse(t *testing.T) {
	refusals{
		`lookup({}, "a")`: `the given object has no attribute "a"`, `lookup(tomap({ a = 1 }), "b")`: `lookup failed to find key "b"`, `lookup({ a = 1 }, "b", 2, 3)`: "two or three arguments, got 4",
		`lookup([1], "b")`: "requires a map as the first argument", `lookup(tomap({ a = [1] }), "b", "x")`: "same type as the map elements", `lookup({ a = 1 }, null, 1)`: "must not be null",
		"keys(1)": "must have map or object type", "values([1])": "map", "merge([1])": "maps or objects", "transpose({ a = null })": "null list", "transpose({ a = [null] })": "null string", `transpose({ a = "x" })`: "list",
		`zipmap(["a"], [])`: "number of", `zipmap([null], [1])`: "null", "deep_merge([1])": "must be maps or objects, got tuple", `deep_merge({}, "x")`: "must be maps or objects, got string",
	}.check(t)
}
