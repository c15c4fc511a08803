package config

import "testing"

func TestTextFunctions(t *testing.T) {
	values{
		`chomp("hello\n")`: `"hello"`, `chomp("a\r\n\r\n")`: `"a"`, `chomp("a")`: `"a"`,
		`endswith("hello world", "world")`: "true", `endswith("hello world", "hello")`: "false", `endswith("a", "")`: "true",
		`indent(2, "a\nb")`: `"a\n  b"`, `indent(2, "a\n\nb\n")`: `"a\n  \n  b\n  "`, `indent(0, "a\nb")`: `"a\nb"`,
		`join("-", ["foo", "bar", "baz"])`: `"foo-bar-baz"`, `join(",", [])`: `""`, `join(",", ["a"], ["b"])`: `"a,b"`, `join(",", toset(["b", "a"]))`: `"a,b"`, `join(",", [1, true])`: `"1,true"`,
		`lower("АЛЛО!")`: `"алло!"`, `lower("ÀÉ")`: `"àé"`, `upper("hello")`: `"HELLO"`, `upper("straße ǆ")`: `"STRAßE Ǆ"`,
		`replace("1 + 2 + 3", "+", "-")`: `"1 - 2 - 3"`, `replace("hello world", "/w.*d/", "everybody")`: `"hello everybody"`, `replace("hello", "/(l+)/", "[$1]")`: `"he[ll]o"`,
		`replace("abc", "b", "$0")`: `"a$0c"`, `replace("abc", "/b/", "[$0]")`: `"a[b]c"`, `replace("abc", "/(?P<x>b)/", "[$${x}]")`: `"a[b]c"`, `replace("a/b", "/", "-")`: `"a-b"`,
		`replace("abc", "//", "-")`: `"-a-b-c-"`, `replace("abc", "", "-")`: `"-a-b-c-"`, `replace("ab12", "/[0-9]*$/", "x")`: `"abx"`, `replace("aab", "/a*/", "x")`: `"xbx"`,
		`split(",", "foo,bar,baz")`: `tolist(["foo", "bar", "baz"])`, `split("", "añb")`: `tolist(["a", "ñ", "b"])`, `split(",", "")`: `tolist([""])`, `split(",", "a,,b")`: `tolist(["a", "", "b"])`,
		`startswith("hello world", "hello")`: "true", `startswith("hello", "world")`: "false", `startswith("a", "")`: "true",
		`startswith("https://${unknown}", "https:")`: "true", `startswith("https://${unknown}", "ftp:")`: "false",
		`strcontains("hello world", "wor")`: "true", `strcontains("hello", "x")`: "false", `strcontains("a", "")`: "true",
		`strrev("☃hello")`: `"olleh☃"`, `strrev("noe\u0308l 👨‍👩‍👧‍👧")`: `"👨‍👩‍👧‍👧 lëon"`, `strrev("")`: `""`,
		`substr("hello world", 1, 4)`: `"ello"`, `substr("🤔🤷", 0, 1)`: `"🤔"`, `substr("hello world", -5, -1)`: `"world"`, `substr("hello", 10, 2)`: `""`, `substr("hello", -2, 1)`: `"l"`,
		`substr("hello", -9, 2)`: `"he"`, `substr("noe\u0308l", 0, 3)`: `"noë"`, `substr("hello", 2, 0)`: `""`, `substr("hello", 0, -2)`: `"hello"`, `substr("", 0, 3)`: `""`,
		`title("hello wORLD-foo_bar élan o'neil")`: `"Hello WORLD-Foo_bar Élan O'Neil"`,
		`trim("?!hello?!", "!?")`:                  `"hello"`, `trim("xax", "")`: `"xax"`, `trimprefix("helloworld", "hello")`: `"world"`, `trimprefix("aab", "a")`: `"ab"`,
		`trimsuffix("helloworld", "world")`: `"hello"`, `trimsuffix("a", "b")`: `"a"`, `trimspace("  hello\n\n")`: `"hello"`, `trimspace("\u00a0\t a \u2003\n")`: `"a"`,
	}.check(t)
}

func TestFormat(t *testing.T) {
	values{
		`format("Hello, %s!", "Ander")`: `"Hello, Ander!"`, `format("There are %d lights", 4)`: `"There are 4 lights"`, `format("%#v", "a")`: `"\"a\""`,
		`format("%d", 123456789012345678901234567890)`:                                             `"123456789012345678901234567890"`,
		`format("%q", "a\"ü\n\t\u0001☃")`:                                                          `"\"a\\\"ü\\n\\t\\u0001☃\""`,
		`format("%v|%v|%v", "x", 1.5, true)`:                                                       `"x|1.5|true"`,
		`format("%v", [1, "a", { b = null }])`:                                                     `"[1,\"a\",{\"b\":null}]"`,
		`format("%#v|%#v", "x<>&", [1, "a"])`:                                                      `"\"x\\u003c\\u003e\\u0026\"|[1,\"a\"]"`,
		`format("%5s|%-5s|%05d|%+d|% d|%x|%X|%o|%b|%#x", "a", "b", 42, 5, 5, 255, 255, 8, 5, 255)`: `"    a|b    |00042|+5| 5|ff|FF|10|101|0xff"`,
		`format("%.2f|%8.3f|%e|%g|%G|%E", 1.255, 3.14159, 12345.678, 1e20, 1e-7, 1)`:               `"1.25|   3.142|1.234568e+04|1e+20|1E-07|1.000000E+00"`,
		`format("%[2]s %[1]s", "a", "b")`:                                                          `"b a"`,
		`format("%%")`:                                                                             `"%"`,
		`format("%t", "true")`:                                                                     `"true"`,
		`format("%5q", "é")`:                                                                       `"  \"é\""`,
		`format("%.2s", "héé")`:                                                                    `"hé"`,
		`format("%5s", "👨‍👩‍👧‍👧")`:                                                                 `"    👨‍👩‍👧‍👧"`,
		`format("%d", "12")`:                                                                       `"12"`,
		`format("%g", 1e100)`:                                                                      `"1e+100"`,
		`format("")`:                                                                               `""`,
		`formatlist("Hello, %s!", ["Valentina", "Ander"])`:                                         `tolist(["Hello, Valentina!", "Hello, Ander!"])`,
		`formatlist("%s-%s", ["a", "b"], "x")`:                                                     `tolist(["a-x", "b-x"])`,
		`length(formatlist("%s", []))`:                                                             "0",
		`formatlist("x")`:                                                                          `tolist(["x"])`,
		`formatlist("%s", toset(["b", "a"]))`:                                                      `tolist(["a", "b"])`,
	}.check(t)
}

func TestRegexps(t *testing.T) {
	values{
		`regex("[a-z]+", "53453453.345345aaabbbccc23454")`: `"aaabbbccc"`, `regex("(\\d\\d\\d\\d)-(\\d\\d)-(\\d\\d)", "2019-02-01")`: `["2019", "02", "01"]`,
		`regex("^(?:(?P<scheme>[^:/?#]+):)?", "https://x")`: `{ scheme = "https" }`, `regex("a(b)?(c)", "ac")`: `[tostring(null), "c"]`, `regex("", "a")`: `""`, `regex("^$", "")`: `""`,
		`regex("\\d+(?i)X", "12x")`: `"12x"`, `regexall("[a-z]+", "1234abcd5678efgh9")`: `tolist(["abcd", "efgh"])`, `regexall("", "ab")`: `tolist(["", "", ""])`,
		`regexall("(a)(b)?", "aab")`: `tolist([["a", tostring(null)], ["a", "b"]])`, `regexall("(?P<x>a)", "aa")`: `tolist([{ x = "a" }, { x = "a" }])`,
		`length(regexall("b", "a"))`: "0",
	}.check(t)
}

func TestTextFunctionsRefuse(t *testing.T) {
	refusals{
		`indent(-1, "a\nb")`: "zero or more", `indent(1.5, "a\nb")`: "whole number", `join(",")`: "at least one list", `join(",", ["a", null])`: "element 1 is null", `join(",", "a")`: "list of string",
		`replace("abc", "/(/", "")`: "missing closing )", `startswith(null, "a")`: "must not be null", `substr("hello", 1.5, 1)`: "whole number", `substr("a", 0)`: "Missing", `upper(["a"])`: "string required",
		`regex("(", "a")`: "missing closing )", `regex("b", "a")`: "did not match", `regex("(?P<x>a)(b)", "ab")`: "mix both named and unnamed", `regexall("[", "a")`: "missing closing ]",
		`format("%d", "x")`: "number is required", `format("%d", 1.5)`: "integer is required", `format("%s %s", "a")`: "need index 2", `format("%s", "a", "b")`: "too many arguments",
		`format("%z", 1)`: "unsupported format verb", `format("%t", 1)`: "bool required", `format("%s", [1])`: "string required", `format("%")`: "invalid format string", `format("%!", 1)`: "unrecognized format character",
		`formatlist("%s-%s", ["a", "b"], ["x"])`: "argument 2 has length 1", `formatlist("%d", ["x"])`: "iteration 0",
	}.check(t)
}
