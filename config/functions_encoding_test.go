package config

import "testing"

func TestEncodings(t *testing.T) {
	values{
		`base64encode("Hello World")`: `"SGVsbG8gV29ybGQ="`, `base64encode("é")`: `"w6k="`, `base64decode("SGVsbG8gV29ybGQ=")`: `"Hello World"`, `base64decode("SGVs\nbG8=")`: `"Hello"`, `base64decode("")`: `""`,
		`base64gzip("Hello World")`: `"H4sIAAAAAAAA//JIzcnJVwjPL8pJAQAAAP//AQAA//9WsRdKCwAAAA=="`, `base64gzip("")`: `"H4sIAAAAAAAA/wAAAP//AQAA//8AAAAAAAAAAA=="`,
		`base64gunzip(base64gzip("Hello World"))`: `"Hello World"`, `base64gunzip("H4sIAAAAAAAA//JIzcnJVwjPL8pJAQAAAP//AQAA//9WsRdKCwAAAA==")`: `"Hello World"`,
		`urlencode("Hello World!")`: `"Hello+World%21"`, `urlencode("a b+c/ü~*'()!")`: `"a+b%2Bc%2F%C3%BC~%2A%27%28%29%21"`, `urldecode("a+b%2Bc%2F%C3%BC~%2A%27%28%29%21")`: `"a b+c/ü~*'()!"`, `urldecode("")`: `""`,
		`textencodebase64("Hello World", "UTF-16LE")`: `"SABlAGwAbABvACAAVwBvAHIAbABkAA=="`, `textencodebase64("Hello World", "utf-16")`: `"/v8ASABlAGwAbABvACAAVwBvAHIAbABk"`, `textencodebase64("x", "utf-16be")`: `"AHg="`,
		`textencodebase64("Hello World", "cp437")`: `"SGVsbG8gV29ybGQ="`, `textencodebase64("héllo", "ISO-8859-1")`: `"aOlsbG8="`, `textencodebase64("héllo", "latin1")`: `"aOlsbG8="`, `textencodebase64("héllo", "windows-1252")`: `"aOlsbG8="`,
		`textencodebase64("日本", "Shift_JIS")`: `"k/qWew=="`, `textencodebase64("日本", "euc-jp")`: `"xvzL3A=="`, `textencodebase64("日本", "GB18030")`: `"yNWxvg=="`, `textencodebase64("日本", "big5")`: `"pOmluw=="`,
		`textencodebase64("日本", "iso-2022-jp")`: `"GyRCRnxLXBsoQg=="`, `textencodebase64("x", "us-ascii")`: `"eA=="`, `textencodebase64("Щ", "koi8-r")`: `"/Q=="`, `textencodebase64("é", "utf-8")`: `"w6k="`,
		`textdecodebase64("SABlAGwAbABvACAAVwBvAHIAbABkAA==", "UTF-16LE")`: `"Hello World"`, `textdecodebase64("k/qWew==", "Shift_JIS")`: `"日本"`, `textdecodebase64("/Q==", "koi8-r")`: `"Щ"`,
	}.check(t)
}

func TestDigests(t *testing.T) {
	values{
		`md5("hello world")`: `"5eb63bbbe01eeed093cb22bb8f5acdc3"`, `sha1("hello world")`: `"2aae6c35c94fcfb415dbe95f408b9ce91ee846ed"`, `sha256("hello world")`: `"b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"`,
		`substr(sha512("hello world"), 0, 16)`: `"309ecc489c12d6eb"`, `base64sha256("hello world")`: `"uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="`, `md5("")`: `"d41d8cd98f00b204e9800998ecf8427e"`,
		`base64sha512("x")`: `"pKvURIxJVi2CgRXROh/M6pJ/UrTVRZKX+LQ+QtqJI4vBNibkPcs43bCCSIkn7JBPtCBXRDmD6IWFF51QVRr+Yg=="`,
	}.check(t)
}

func TestJSON(t *testing.T) {
	values{
		`jsonencode({ "hello" = "world" })`: `"{\"hello\":\"world\"}"`, `jsonencode("<>&\u2028\u0001é\"\\/")`: `"\"\\u003c\\u003e\\u0026\\u2028\\u0001é\\\"\\\\/\""`,
		`jsonencode({ b = 1, a = [1.5, null, true, ""], c = {} })`: `"{\"a\":[1.5,null,true,\"\"],\"b\":1,\"c\":{}}"`, "jsonencode(1e30)": `"1000000000000000000000000000000"`, "jsonencode(0.1)": `"0.1"`,
		"jsonencode(null)": `"null"`, "jsonencode(toset([2, 1]))": `"[1,2]"`, "jsonencode(123456789012345678901234567890)": `"123456789012345678901234567890"`,
		`jsondecode("{\"hello\": \"world\", \"n\": [1, true]}")`: `{ hello = "world", n = [1, true] }`, `jsondecode("null")`: "null", `jsondecode("{\"a\":1,\"a\":2}")`: "{ a = 2 }", `jsondecode("[]")`: "[]",
		`jsondecode("[1, \"a\", 1.50, 123456789012345678901234567890]")`: `[1, "a", 1.5, 123456789012345678901234567890]`, `jsondecode(" {\"a\": {\"b\": [] } } ")`: "{ a = { b = [] } }", `jsondecode("\"[[\\\"{\"")`: `"[[\"{"`,
	}.check(t)
}

func TestYAML(t *testing.T) {
	values{
		`yamlencode({ "a" = "b" })`: `"\"a\": \"b\"\n"`, `yamlencode("x")`: `"\"x\"\n"`, "yamlencode(null)": `"null\n...\n"`, "yamlencode([])": `"[]\n"`, `yamlencode(toset(["b", "a"]))`: `"- \"a\"\n- \"b\"\n"`,
		`yamlencode({ a = [1, { b = "x" }], c = null, d = true, e = "multi\nline\n", f = "", g = {}, h = [], i = "yes", j = 1.5, k = "1" })`: `"\"a\":\n- 1\n- \"b\": \"x\"\n\"c\": null\n\"d\": true\n\"e\": |\n  multi\n  line\n\"f\": \"\"\n\"g\": {}\n\"h\": []\n\"i\": \"yes\"\n\"j\": 1.5\n\"k\": \"1\"\n"`,
		`yamldecode("hello: world")`: `{ hello = "world" }`, `yamldecode("a: 1\nb: [x, 1.5, true, null, ~, 2017-01-01, 0x1F, 1e3]")`: `{ a = 1, b = ["x", 1.5, true, null, null, "2017-01-01T00:00:00Z", 31, 1000] }`,
		`yamldecode("null")`: "null", `yamldecode("- a\n- b: c\n")`: `["a", { b = "c" }]`, `yamldecode("{a: &x 1, b: *x}")`: "{ a = 1, b = 1 }", `yamldecode("a: !!binary SGVsbG8=")`: `{ a = "SGVsbG8=" }`,
		`yamldecode("<<: {a: 1}\nb: 2")`: "{ a = 1, b = 2 }", `yamldecode("1: a")`: `{ "1" = "a" }`, `yamldecode("yes: no")`: `{ "true" = false }`, `yamldecode("a: |\n  x\n  y\n")`: `{ a = "x\ny\n" }`,
	}.check(t)
}

func TestCSV(t *testing.T) {
	values{
		`csvdecode("a,b\n1,2\n")`: `tolist([{ a = "1", b = "2" }])`, `csvdecode("a,b\r\n1,2\r\n")`: `tolist([{ a = "1", b = "2" }])`, `csvdecode("a,b\n\"1,\"\"x\",2\n\n3,4\n")`: `tolist([{ a = "1,\"x", b = "2" }, { a = "3", b = "4" }])`,
		`csvdecode("a, b\n1, 2")`: `tolist([{ a = "1", " b" = " 2" }])`, `csvdecode("a,\n1,2")`: `tolist([{ a = "1", "" = "2" }])`, `csvdecode("\ufeffa\n1")`: `tolist([{ "\ufeffa" = "1" }])`, `csvdecode("#a\n1")`: `tolist([{ "#a" = "1" }])`,
		`length(csvdecode("a,b"))`: "0",
	}.check(t)
}

func TestEncodingsRefuse(t *testing.T) {
	refusals{
		`base64decode("?")`: `failed to decode base64 data "?"`, `base64decode("SGVsbG8")`: "failed to decode base64", `base64decode("/////w==")`: "not valid UTF-8", `base64gunzip("?")`: "failed to decode base64", `base64gunzip("eHg=")`: "failed to gunzip",
		`base64gunzip("H4sIAAAAAAAA//JIzcnJ")`: "failed to read gunzip", `urlencode(null)`: "must not be null", `urldecode("%zz")`: "failed to decode URL", `urldecode("%ff")`: "not valid UTF-8",
		`textencodebase64("日本", "windows-1252")`: "cannot be represented in windows-1252", `textencodebase64("x", "not-exists")`: `"not-exists" is not a supported IANA encoding`, `textencodebase64("x", "utf-7")`: "not a supported IANA encoding",
		`textencodebase64("x", "")`: "not a supported IANA encoding", `textdecodebase64("!", "UTF-16LE")`: "invalid base64 symbol at offset 0", `textdecodebase64("SGVs", "nope")`: "not a supported IANA encoding",
		`textdecodebase64("gQ==", "windows-1252")`: "not defined for windows-1252", `textdecodebase64("/w==", "utf-8")`: "not defined for UTF-8", `textdecodebase64("/w==", "Shift_JIS")`: "not defined for Shift_JIS",
		`textdecodebase64("/w==", "us-ascii")`: "not defined for US-ASCII", `textdecodebase64("AA==", "utf-16le")`: "not defined for UTF-16LE",
		`jsondecode("{")`: "EOF", `jsondecode("")`: "EOF", `jsondecode("1 2")`: "extraneous data", `yamldecode("")`: "missing start of document", `yamldecode("a: : b")`: "mapping values are not allowed", `yamldecode("a: 1\n---\nb: 2")`: "extra content",
		`yamldecode("a: *nope")`: "undefined anchor", `yamldecode("a: !foo x")`: "unsupported tag", `csvdecode("a,b\n1\n")`: "wrong number of fields", `csvdecode("a,a\n1,2")`: `duplicate column name "a"`, `csvdecode("")`: "missing header line",
	}.check(t)
}
