package config

import "testing"

func TestListFunctions(t *testing.T) {
	values{
		`alltrue(["true", true])`: "true", "alltrue([true, false])": "false", "alltrue([])": "true", "alltrue([null])": "false", "alltrue(toset([true]))": "true", "alltrue([false, unknown])": "false",
		"anytrue([true, false])": "true", "anytrue([])": "false", "anytrue([null])": "false", `anytrue(["false"])`: "false", "anytrue([unknown, true])": "true",
		`chunklist(["a", "b", "c", "d", "e"], 2)`: `tolist([tolist(["a", "b"]), tolist(["c", "d"]), tolist(["e"])])`, `chunklist(["a", "b"], 0)`: `tolist([tolist(["a", "b"])])`,
		`coalesce("", "b")`: `"b"`, `coalesce(null, "a", "b")`: `"a"`, `coalesce("", null, 1)`: `"1"`, `coalesce(unknown, "b") == null`: "false", `index([unknown], "b") == null`: "false", "coalesce(1, 2)": "1", "coalesce(false, true)": "false", "coalesce([], [1])": "slice(tolist([1]), 0, 0)",
		`coalescelist([], ["c", "d"])`: `["c", "d"]`, `coalescelist(tolist([]), tolist(["a"]))`: `tolist(["a"])`,
		`compact(["a", "", "b", null, "c"])`: `tolist(["a", "b", "c"])`, `length(compact([""]))`: "0",
		`concat(["a", ""], ["b", "c"])`: `["a", "", "b", "c"]`, `concat(tolist(["a"]), tolist(["b"]))`: `tolist(["a", "b"])`, "concat([])": "[]",
		`contains(["a", "b", "c"], "a")`: "true", `contains(["a"], "d")`: "false", `contains(toset(["a"]), "a")`: "true", `contains(["1"], 1)`: "false", "contains([], 1)": "false",
		`distinct(["a", "b", "a", "c", "d", "b"])`: `tolist(["a", "b", "c", "d"])`, "distinct([1, 1.0, 2, null, null])": "tolist([1, 2, null])", "distinct([[1], [1], [2]])": "tolist([[1], [2]])", "length(distinct([]))": "0",
		`distinct(["é", "e\u0301"])`: `tolist(["é"])`, `distinct([{ a = 1 }, { a = 1 }])`: "tolist([{ a = 1 }])",
		`element(["a", "b", "c"], 4)`: `"b"`, `element(tolist(["a", "b"]), 1)`: `"b"`, `element(["a", 1], 1)`: "1",
		`flatten([["a", "b"], [], ["c"]])`: `["a", "b", "c"]`, `flatten([[["a", "b"], []], ["c"]])`: `["a", "b", "c"]`, "flatten([])": "[]", "flatten([1, toset([2, 1])])": "[1, 1, 2]", "flatten([{ a = [1] }])": "[{ a = [1] }]",
		`index(["a", "b", "c"], "b")`: "1", `index(["a", 1], 1)`: "1", `index(tolist(["a", "a"]), "a")`: "0",
		"length([])": "0", `length(["a", "b"])`: "2", `length({ "a" = "b" })`: "1", `length("hello")`: "5", `length("👨‍👩‍👧‍👧")`: "1", `length("")`: "0", `length(toset([1, 1]))`: "1", "length([unknown, 1])": "2",
		`matchkeys(["i-123", "i-abc", "i-def"], ["us-west", "us-east", "us-east"], ["us-east"])`: `tolist(["i-abc", "i-def"])`, `matchkeys(["a", "b"], [1, 2], ["1"])`: `tolist(["a"])`,
		`matchkeys(["a", "b"], ["x", null], [null])`: `tolist(["b"])`, `length(matchkeys([1, 2], ["b", "c"], []))`: "0",
		`one(["a"])`: `"a"`, "one([])": "null", `one(toset(["a"]))`: `"a"`, "one([null])": "null", "one(toset([]))": "null",
		"range(3)": "tolist([0, 1, 2])", "range(1, 8, 2)": "tolist([1, 3, 5, 7])", "range(1, 4)": "tolist([1, 2, 3])", "range(4, 1)": "tolist([4, 3, 2])", "range(10, 5, -2)": "tolist([10, 8, 6])", "length(range(0))": "0",
		"range(0, 1, 0.25)": "tolist([0, 0.25, 0.5, 0.75])", "length(range(1024))": "1024",
		"reverse([1, 2, 3])": "[3, 2, 1]", "reverse([])": "[]", `reverse(tolist(["a", "b"]))`: `tolist(["b", "a"])`, `reverse(toset(["a", "b"]))`: `tolist(["b", "a"])`,
		`setintersection(["a", "b"], ["b", "c"], ["b", "d"])`: `toset(["b"])`, `length(setintersection(["a"], ["b"]))`: "0", `setintersection(["1"], [1])`: `toset(["1"])`,
		`setproduct(["a", "b"], ["c"])`: `tolist([["a", "c"], ["b", "c"]])`, `setproduct(["a"], ["b"], [true])`: `tolist([["a", "b", true]])`, `setproduct(["a"], [1, 2])`: `tolist([["a", 1], ["a", 2]])`,
		`setproduct(toset(["a", "b"]), toset(["c"]))`: `toset([["a", "c"], ["b", "c"]])`, "length(setproduct([], [1]))": "0",
		`setsubtract(["a", "b", "c"], ["a", "c"])`: `toset(["b"])`, `length(setsubtract(["a"], ["a"]))`: "0", `setunion(["a", "b"], ["b", "c"], ["d"])`: `toset(["a", "b", "c", "d"])`, `setunion(["b"])`: `toset(["b"])`,
		`slice(["a", "b", "c", "d"], 1, 3)`: `["b", "c"]`, `slice(tolist(["a", "b"]), 0, 1)`: `tolist(["a"])`, `slice(["a"], 1, 1)`: "[]",
		`sort(["e", "d", "a", "x"])`: `tolist(["a", "d", "e", "x"])`, `sort(["é", "z", "A", "a", "10", "9"])`: `tolist(["10", "9", "A", "a", "z", "é"])`, "length(sort([]))": "0", "sort([10, 9])": `tolist(["10", "9"])`,
	}.check(t)
}

func TestListFunctionsRefuse(t *testing.T) {
	refusals{
		`alltrue(["x"])`: "bool is required", "alltrue({})": "list of bool required", `anytrue(["x"])`: "bool is required", `chunklist(["a"], -1)`: "must be", `chunklist(["a"], 1.5)`: "whole number",
		"coalesce()": "same type", `coalesce("", null)`: "no non-null, non-empty-string", "coalesce([1], { a = 1 })": "same type", "coalescelist([], [])": "no non-null", "coalescelist()": "at least one",
		"compact([[]])": "string", `concat("a")`: "must be lists or tuples", `contains("a", "a")`: "must be list, tuple, or set", "element([], 0)": "empty list", `element("a", 0)`: "cannot read elements from string",
		"element([1], 0.5)": "whole number", `flatten("a")`: "can only flatten", `index(["a"], "b")`: "item not found", `index(["1"], 1)`: "item not found", `index([], "b")`: "cannot search an empty list",
		"index({ a = 1 }, 1)": "must be a list or tuple", `index(toset(["a"]), "a")`: "must be a list or tuple", "length(1)": "must be a string, a collection type", "length(null)": "must not be null",
		`matchkeys(["a"], ["b", "c"], ["b"])`: "should be equal", `matchkeys(["a"], [{ a = 1 }], ["x"])`: "same type", `one(["a", "b"])`: "zero or one elements", "one({})": "zero or one elements", "one(null)": "must not be null",
		"range(1, 2, -1, 4)": "", "range(1025)": "more than 1024", "range(1e9)": "more than 1024", "range(0, 1, 0)": "step", `reverse("a")`: "list or tuple", "setproduct()": "at least two", `setproduct(["a"])`: "at least two",
		`setunion("a")`: "set", `slice(["a"], 1, 0)`: "must not", `slice(["a"], 0, 2)`: "must not", "slice(toset([1]), 0, 1)": "set", `sort(["a", null])`: "null", "sort([[1]])": "string", "distinct(1)": "list",
	}.check(t)
}
