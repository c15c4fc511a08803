package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// eval evaluates an expression that calls functions only.
func eval(t *testing.T, dir, expr string) (cty.Value, hcl.Diagnostics) {
	t.Helper()
	e, diags := hclsyntax.ParseExpression([]byte(expr), "x", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("%s: %v", expr, diags)
	}
	return e.Value(&hcl.EvalContext{
		Functions: Functions(Env{WorkDir: dir, PlanTime: "2026-01-02T03:04:05Z"}),
		Variables: map[string]cty.Value{"unknown": cty.UnknownVal(cty.String), "unknownlist": cty.UnknownVal(cty.List(cty.String))},
	})
}

// TestFunctions compares with the examples of Terraform's documentation: both
// sides are expressions.
func TestFunctions(t *testing.T) {
	for expr, want := range map[string]string{
		"abs(-12.4)": "12.4", "ceil(5.1)": "6", "floor(4.9)": "4", "log(16, 2)": "4", "max(12, 54, 3)": "54", "max([12, 54, 3]...)": "54",
		"min(12, 54, 3)": "3", "parseint(\"FF\", 16)": "255", "parseint(\"-10\", 2)": "-2", "pow(3, 2)": "9", "signum(-13)": "-1",

		`chomp("hello\n")`: `"hello"`, `endswith("hello world", "world")`: "true", `endswith("hello world", "hello")`: "false",
		`format("Hello, %s!", "Ander")`: `"Hello, Ander!"`, `format("There are %d lights", 4)`: `"There are 4 lights"`, `format("%#v", "a")`: `"\"a\""`,
		`formatlist("Hello, %s!", ["Valentina", "Ander"])`: `tolist(["Hello, Valentina!", "Hello, Ander!"])`,
		`indent(2, "a\nb")`: `"a\n  b"`, `join("-", ["foo", "bar", "baz"])`: `"foo-bar-baz"`, `lower("АЛЛО!")`: `"алло!"`, `upper("hello")`: `"HELLO"`,
		`regex("[a-z]+", "53453453.345345aaabbbccc23454")`:         `"aaabbbccc"`,
		`regex("(\\d\\d\\d\\d)-(\\d\\d)-(\\d\\d)", "2019-02-01")`:  `["2019", "02", "01"]`,
		`regex("^(?:(?P<scheme>[^:/?#]+):)?", "https://x").scheme`: `"https"`,
		`regexall("[a-z]+", "1234abcd5678efgh9")`:                  `tolist(["abcd", "efgh"])`,
		`replace("1 + 2 + 3", "+", "-")`:                           `"1 - 2 - 3"`,
		`replace("hello world", "/w.*d/", "everybody")`:            `"hello everybody"`,
		`replace("hello", "/(l+)/", "[$1]")`:                       `"he[ll]o"`,
		`split(",", "foo,bar,baz")`:                                `tolist(["foo", "bar", "baz"])`,
		`startswith("hello world", "hello")`:                       "true",
		`strcontains("hello world", "wor")`:                        "true",
		`strrev("☃hello")`:                                         `"olleh☃"`,
		`substr("hello world", 1, 4)`:                              `"ello"`,
		`substr("🤔🤷", 0, 1)`:                                       `"🤔"`,
		`substr("hello world", -5, -1)`:                            `"world"`,
		`title("hello world")`:                                     `"Hello World"`,
		`trim("?!hello?!", "!?")`:                                  `"hello"`,
		`trimprefix("helloworld", "hello")`:                        `"world"`,
		`trimsuffix("helloworld", "world")`:                        `"hello"`,
		`trimspace("  hello\n\n")`:                                 `"hello"`,
		`alltrue(["true", true])`:                                  "true",
		"alltrue([true, false])":                                   "false",
		"alltrue([])":                                              "true",
		"anytrue([true, false])":                                   "true",
		"anytrue([])":                                              "false",
		`chunklist(["a", "b", "c", "d", "e"], 2)`:                  `tolist([tolist(["a", "b"]), tolist(["c", "d"]), tolist(["e"])])`,
		`coalesce("", "b")`:                                        `"b"`,
		`coalesce(null, "a", "b")`:                                 `"a"`, `coalesce("", null, 1)`: `"1"`, `index(["a", 1], 1)`: "1",
		`coalesce(1, 2)`:                                              "1",
		`coalescelist([], ["c", "d"])`:                                `["c", "d"]`,
		`compact(["a", "", "b", null, "c"])`:                          `tolist(["a", "b", "c"])`,
		`concat(["a", ""], ["b", "c"])`:                               `["a", "", "b", "c"]`,
		`contains(["a", "b", "c"], "a")`:                              "true",
		`distinct(["a", "b", "a", "c", "d", "b"])`:                    `tolist(["a", "b", "c", "d"])`,
		`element(["a", "b", "c"], 4)`:                                 `"b"`,
		`flatten([["a", "b"], [], ["c"]])`:                            `["a", "b", "c"]`,
		`flatten([[["a", "b"], []], ["c"]])`:                          `["a", "b", "c"]`,
		`index(["a", "b", "c"], "b")`:                                 "1",
		`keys({ a = 1, c = 2, d = 3 })`:                               `["a", "c", "d"]`,
		"length([])":                                                  "0",
		`length(["a", "b"])`:                                          "2",
		`length({ "a" = "b" })`:                                       "1",
		`length("hello")`:                                             "5",
		`length("👨‍👩‍👧‍👧")`:                                           "1",
		`lookup({ a = "ay", b = "bee" }, "a", "what?")`:               `"ay"`,
		`lookup({ a = "ay", b = "bee" }, "c", "what?")`:               `"what?"`,
		`merge({ a = "b", c = "d" }, { e = "f", c = "z" })`:           `{ a = "b", c = "z", e = "f" }`,
		`one(["a"])`:                                                  `"a"`,
		"one([])":                                                     "null",
		`one(toset(["a"]))`:                                           `"a"`,
		"range(3)":                                                    "tolist([0, 1, 2])",
		"range(1, 8, 2)":                                              "tolist([1, 3, 5, 7])",
		"reverse([1, 2, 3])":                                          "[3, 2, 1]",
		`setintersection(["a", "b"], ["b", "c"], ["b", "d"])`:         `toset(["b"])`,
		`setproduct(["a", "b"], ["c"])`:                               `tolist([["a", "c"], ["b", "c"]])`,
		`setsubtract(["a", "b", "c"], ["a", "c"])`:                    `toset(["b"])`,
		`setunion(["a", "b"], ["b", "c"], ["d"])`:                     `toset(["a", "b", "c", "d"])`,
		`slice(["a", "b", "c", "d"], 1, 3)`:                           `["b", "c"]`,
		`sort(["e", "d", "a", "x"])`:                                  `tolist(["a", "d", "e", "x"])`,
		"sum([10, 13, 6, 4.5])":                                       "33.5",
		"sum(toset([1, 1, 2]))":                                       "3",
		`values({ a = 3, c = 2, d = 1 })`:                             "[3, 2, 1]",
		`zipmap(["a", "b"], [1, 2])`:                                  `{ a = 1, b = 2 }`,
		`base64encode("Hello World")`:                                 `"SGVsbG8gV29ybGQ="`,
		`base64decode("SGVsbG8gV29ybGQ=")`:                            `"Hello World"`,
		`csvdecode("a,b\n1,2\n")`:                                     `tolist([{ a = "1", b = "2" }])`,
		`jsonencode({ "hello" = "world" })`:                           `"{\"hello\":\"world\"}"`,
		`jsondecode("{\"hello\": \"world\", \"n\": [1, true]}")`:      `{ hello = "world", n = [1, true] }`,
		`urlencode("Hello World!")`:                                   `"Hello+World%21"`,
		`yamlencode({ "a" = "b" })`:                                   `"\"a\": \"b\"\n"`,
		`yamldecode("hello: world")`:                                  `{ hello = "world" }`,
		`formatdate("DD MMM YYYY hh:mm ZZZ", "2018-01-02T23:12:01Z")`: `"02 Jan 2018 23:12 UTC"`,
		`timeadd("2017-11-22T00:00:00Z", "10m")`:                      `"2017-11-22T00:10:00Z"`,
		"plantimestamp()":                                             `"2026-01-02T03:04:05Z"`,
		`md5("hello world")`:                                          `"5eb63bbbe01eeed093cb22bb8f5acdc3"`,
		`sha1("hello world")`:                                         `"2aae6c35c94fcfb415dbe95f408b9ce91ee846ed"`,
		`sha256("hello world")`:                                       `"b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"`,
		`substr(sha512("hello world"), 0, 16)`:                        `"309ecc489c12d6eb"`,
		`base64sha256("hello world")`:                                 `"uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="`,
		`cidrhost("10.12.112.0/20", 16)`:                              `"10.12.112.16"`,
		`cidrhost("10.12.112.0/20", 268)`:                             `"10.12.113.12"`,
		`cidrhost("10.12.112.0/20", -1)`:                              `"10.12.127.255"`,
		`cidrhost("fd00:fd12:3456:7890:00a2::/72", 34)`:               `"fd00:fd12:3456:7890::22"`,
		`cidrnetmask("172.16.0.0/12")`:                                `"255.240.0.0"`,
		`cidrsubnet("172.16.0.0/12", 4, 2)`:                           `"172.18.0.0/16"`,
		`cidrsubnet("10.1.2.0/24", 4, 15)`:                            `"10.1.2.240/28"`,
		`cidrsubnet("fd00:fd12:3456:7890::/56", 16, 162)`:             `"fd00:fd12:3456:7800:a200::/72"`,
		`cidrsubnets("10.1.0.0/16", 4, 4, 8, 4)`:                      `tolist(["10.1.0.0/20", "10.1.16.0/20", "10.1.32.0/24", "10.1.48.0/20"])`,
		`basename("foo/bar/baz.txt")`:                                 `"baz.txt"`,
		`dirname("foo/bar/baz.txt")`:                                  `"foo/bar"`,
		`abspath("x")`:                                                `"DIR/x"`,
		`pathexpand("/etc/x")`:                                        `"/etc/x"`,
		`file("hello.txt")`:                                           `"Hello World"`,
		`fileexists("hello.txt")`:                                     "true",
		`fileexists("nothing.txt")`:                                   "false",
		`filebase64("hello.txt")`:                                     `"SGVsbG8gV29ybGQ="`,
		`filemd5("hello.txt")`:                                        `md5("Hello World")`,
		`filesha1("hello.txt")`:                                       `sha1("Hello World")`,
		`filesha256("hello.txt")`:                                     `sha256("Hello World")`,
		`filesha512("hello.txt")`:                                     `sha512("Hello World")`,
		`filesha1("decomposed")`:                                      `"7e3fbcf1b6a69221cd8eef7442ef3b51a253bb49"`,
		`filesha256("bytes")`:                                         `"b3d510ef04275ca8e698e5b3cbb0ece3949ef9252f0cdc839e9ee347409a2209"`,
		`templatefile("t.tftpl", { port = 8080, ips = ["a", "b"] })`:  `"backend a:8080\nbackend b:8080\n"`,
		`tobool("true")`:                                              "true",
		`tolist(["a", 1])`:                                            `tolist(["a", "1"])`,
		`tomap({ a = "b", c = 1 })`:                                   `tomap({ a = "b", c = "1" })`,
		`tonumber("1")`:                                               "1",
		`toset(["c", "b", "b"])`:                                      `toset(["b", "c"])`,
		"tostring(true)":                                              `"true"`,
		"tostring(null)":                                              "tostring(null)",
		`try({ a = 1 }.b, "fallback")`:                                `"fallback"`,
		`can({ a = 1 }.b)`:                                            "false",
		`nonsensitive(sensitive("x"))`:                                `"x"`,
		`nonsensitive("x")`:                                           `"x"`,
		"alltrue([false, unknown])":                                   "false",
		"length(timestamp()) > 0 || true":                             "true",
	} {
		t.Run(expr, func(t *testing.T) {
			dir := testFiles(t)
			got, diags := eval(t, dir, expr)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			wantValue, diags := eval(t, dir, strings.ReplaceAll(want, "DIR", dir))
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			if !got.RawEquals(wantValue) {
				t.Errorf("got %#v, want %#v", got, wantValue)
			}
		})
	}
}

func testFiles(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"hello.txt": "Hello World", "bytes": "\xff\xfe", "decomposed": "e\u0301",
		"t.tftpl":   "%{ for ip in ips ~}\nbackend ${ip}:${port}\n%{ endfor ~}\n",
		"bad.tftpl": "${", "self.tftpl": `${templatefile("self.tftpl", {})}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFunctionsRefuse(t *testing.T) {
	for _, expr := range []string{
		"max()", "parseint(\"12\", 2)", `index(["a"], "b")`, `index([], "b")`, `index({ a = 1 }, 1)`, `coalesce()`, `coalesce("", null)`, `coalesce([1], { a = 1 })`, `element([], 0)`, `lookup({}, "a")`, `one(["a", "b"])`, "sum([])", `sum(["x"])`, "sum([1, null])",
		"length(1)", `base64decode("?")`, `base64decode("/////w==")`, `jsondecode("{")`, `yamldecode("a: : b")`, `csvdecode("a,b\n1\n")`, `timeadd("x", "1h")`,
		`cidrhost("10.0.0.0", 1)`, `cidrhost("10.0.0.0/24", 300)`, `cidrhost("10.0.0.0/24", 1.5)`, `cidrnetmask("fd00::/8")`, `cidrsubnet("10.0.0.0/24", 9, 0)`,
		`cidrsubnet("10.0.0.0/24", 1, 2)`, `cidrsubnets("10.0.0.0/24", 0)`, `cidrsubnets("10.0.0.0/24", 1, 1, 1)`, `cidrsubnets("10.0.0.0/24", 40)`,
		`file("nothing.txt")`, `file(".")`, `file("bytes")`, `file("/dev/null")`, `fileexists(".")`, `filemd5("nothing.txt")`,
		`templatefile("bad.tftpl", {})`, `templatefile("t.tftpl", { ips = [] })`, `templatefile("t.tftpl", [])`, `templatefile("t.tftpl", null)`, `templatefile("self.tftpl", {})`,
		`replace("a", "/(/", "b")`, `regex("(", "a")`, `regex("b", "a")`, `substr("a", 0)`, `tonumber("x")`, `tobool("x")`, `zipmap(["a"], [])`, `range(1, 2, -1, 4)`, `setproduct()`,
		`chunklist(["a"], -1)`, `slice(["a"], 1, 0)`, `format("%d", "x")`, `formatdate("x", "2018")`, `urlencode(null)`, `startswith(null, "a")`, `alltrue(["x"])`,
	} {
		t.Run(expr, func(t *testing.T) {
			if v, diags := eval(t, testFiles(t), expr); !diags.HasErrors() {
				t.Errorf("%s = %#v, want an error", expr, v)
			}
		})
	}
}

func TestFunctionsOfUnknowns(t *testing.T) {
	for _, expr := range []string{
		"timestamp()", "upper(unknown)", "length(unknown)", "length(unknownlist)", "file(unknown)", "fileexists(unknown)", "sha256(unknown)", "one(unknownlist)",
		"sum(unknownlist)", "alltrue([true, tobool(unknown)])", "cidrhost(unknown, 1)", "templatefile(unknown, {})", `templatefile("t.tftpl", { port = unknown, ips = ["a"] })`,
		"jsondecode(unknown)", "replace(unknown, \"a\", \"b\")", "sensitive(unknown)", "coalesce(unknown, \"a\")", "base64encode(unknown)", "cidrsubnets(unknown, 1)",
	} {
		t.Run(expr, func(t *testing.T) {
			v, diags := eval(t, testFiles(t), expr)
			if v, _ := v.Unmark(); diags.HasErrors() || v.IsKnown() {
				t.Errorf("%s = %#v, %v; want unknown", expr, v, diags)
			}
		})
	}
}

func TestFunctionsKeepMarks(t *testing.T) {
	for _, expr := range []string{
		`sensitive("x")`, `upper(sensitive("x"))`, `length(sensitive("x"))`, `length(sensitive(["x"]))`, `sha256(sensitive("x"))`, `join("", [sensitive("x")])`, `jsonencode({ a = sensitive("x") })`,
		`one([sensitive("x")])`, `alltrue([sensitive(true)])`, `sum([sensitive(1)])`, `"${sensitive("x")}"`, `startswith(sensitive("x"), "x")`, `replace("x", "x", sensitive("y"))`,
		`templatefile("t.tftpl", { port = sensitive(1), ips = ["a"] })`, `cidrhost(sensitive("10.0.0.0/8"), 1)`, `base64encode(sensitive("x"))`, `format("%s", sensitive("x"))`,
	} {
		t.Run(expr, func(t *testing.T) {
			v, diags := eval(t, testFiles(t), expr)
			if diags.HasErrors() || !HasMark(v, Sensitive) {
				t.Errorf("%s = %#v, %v; want it to be sensitive", expr, v, diags)
			}
		})
	}
}
