package config

import (
	"slices"
	"strings"
	"testing"
)

// nullTaken are calls with a null that has no type, and what they return.
var nullTaken = values{
	"jsonencode(null)": `"null"`, "yamlencode(null)": `"null\n...\n"`, `format("%v", null)`: `"null"`, `formatlist("%v", null)`: `tolist(["null"])`,
	`coalesce(null, "a")`: `"a"`, "merge(null)": "{}", "merge(null, { a = 1 })": "{ a = 1 }", "deep_merge(null, { a = 1 })": "{ a = 1 }", `lookup({ a = 1 }, "b", null)`: "null",
	"flatten([null])": "[null]", "reverse([null])": "[null]", "values({ a = null })": "[null]", `zipmap(["a"], [null])`: "{ a = null }", "one([null])": "null", "compact([null])": "slice(tolist([\"a\"]), 0, 0)",
	`contains(["a", null], "b")`: "false", `contains([null, "b"], "b")`: "true", "alltrue([null])": "false", "anytrue([null])": "false", `element(["a", null], 1)`: "null",
	"can(null)": "true", "try(null, 1)": "null", "issensitive(null)": "false", "nonsensitive(null)": "null", "nonsensitive(sensitive(null))": "null", "ephemeralasnull(null)": "null",
	"tobool(null)": "tobool(null)", "tonumber(null)": "tonumber(null)", "tostring(null)": "tostring(null)", "tolist([null])": "tolist([null])", "toset([null])": "toset([null])", "tomap({ a = null })": "tomap({ a = null })",
}

// nullRefused are the calls that null without a type is an error in, as in
// Terraform.
var nullRefused = []string{
	`abs(null)`,
	`ceil(null)`,
	`floor(null)`,
	`log(null,2)`, `log(4,null)`,
	`max(1,null)`,
	`min(1,null)`,
	`parseint(null,10)`, `parseint("1",null)`,
	`pow(null,2)`, `pow(2,null)`,
	`signum(null)`,
	`sum(null)`, `sum([1,null])`,
	`chomp(null)`,
	`format(null)`,
	`formatlist(null)`,
	`indent(null,"a")`, `indent(1,null)`,
	`join(null,["a"])`, `join(",",null)`, `join(",",["a",null])`,
	`lower(null)`,
	`regex(null,"a")`, `regex("a",null)`,
	`regexall(null,"a")`, `regexall("a",null)`,
	`replace(null,"a","b")`, `replace("a",null,"b")`, `replace("a","a",null)`,
	`split(null,"a")`, `split(",",null)`,
	`strrev(null)`,
	`substr(null,0,1)`, `substr("a",null,1)`, `substr("a",0,null)`,
	`title(null)`,
	`trim(null,"a")`, `trim("a",null)`,
	`trimprefix(null,"a")`,
	`trimspace(null)`,
	`trimsuffix("a",null)`,
	`upper(null)`,
	`startswith(null,"a")`,
	`endswith("a",null)`,
	`strcontains(null,"a")`,
	`md5(null)`,
	`base64decode(null)`,
	`base64encode(null)`,
	`base64gzip(null)`,
	`textdecodebase64(null,"UTF-8")`,
	`textencodebase64("a",null)`,
	`urlencode(null)`,
	`csvdecode(null)`,
	`jsondecode(null)`,
	`yamldecode(null)`,
	`uuidv5(null,"a")`, `uuidv5("dns",null)`,
	`alltrue(null)`,
	`anytrue(null)`,
	`chunklist(null,1)`, `chunklist(["a"],null)`,
	`coalesce(null)`, `coalesce(null,null)`,
	`coalescelist(null)`, `coalescelist(null,["a"])`, `coalescelist([],null)`, `coalescelist(["a"],null)`,
	`compact(null)`,
	`concat(null)`, `concat(["a"],null)`, `concat(null,["a"])`,
	`contains(null,"a")`, `contains(["a"],null)`, `contains(["a",null],null)`, `contains(["a"],tostring(null))`, `contains(toset(["a"]),null)`,
	`distinct(null)`,
	`element(null,0)`, `element(["a"],null)`,
	`flatten(null)`,
	`index(null,"a")`, `index(["a"],null)`, `index(["a",null],null)`,
	`length(null)`,
	`lookup(null,"a",1)`, `lookup({a=1},null,1)`,
	`matchkeys(null,["a"],["a"])`, `matchkeys(["a"],null,["a"])`, `matchkeys(["a"],["a"],null)`,
	`one(null)`,
	`range(null)`, `range(1,null)`, `range(1,2,null)`,
	`reverse(null)`,
	`setintersection(null)`, `setintersection(["a"],null)`,
	`setproduct(null)`, `setproduct(["a"],null)`, `setproduct(null,["a"])`,
	`setsubtract(null,["a"])`, `setsubtract(["a"],null)`,
	`setunion(null)`, `setunion(["a"],null)`, `setunion(null,["a"])`,
	`slice(null,0,1)`, `slice(["a"],null,1)`, `slice(["a"],0,null)`,
	`sort(null)`, `sort(["a",null])`,
	`keys(null)`,
	`values(null)`,
	`transpose(null)`, `transpose({a=null})`,
	`zipmap(null,["a"])`, `zipmap(["a"],null)`,
	`cidrhost(null,1)`, `cidrhost("10.0.0.0/8",null)`,
	`cidrnetmask(null)`,
	`cidrsubnet(null,8,1)`, `cidrsubnet("10.0.0.0/8",null,1)`,
	`cidrsubnets("10.0.0.0/8",null)`,
	`formatdate(null,"2020-01-01T00:00:00Z")`, `formatdate("YYYY",null)`,
	`timeadd(null,"1h")`,
	`timecmp(null,"2020-01-01T00:00:00Z")`,
	`basename(null)`,
	`dirname(null)`,
	`abspath(null)`,
	`pathexpand(null)`,
	`file(null)`,
	`fileexists(null)`,
	`fileset(null,"*")`,
	`templatestring(null,{})`,
	`bcrypt(null)`,
	`sha1(null)`, `sha256(null)`, `sha512(null)`, `base64sha256(null)`, `base64sha512(null)`, `filemd5(null)`, `filesha1(null)`, `filesha256(null)`, `filesha512(null)`,
	`filebase64(null)`, `filebase64sha256(null)`, `filebase64sha512(null)`, `templatefile(null, {})`, `rsadecrypt(null, "a")`, `urldecode(null)`, `base64gunzip(null)`, `cidrcontains("10.0.0.0/8", null)`,
}

func TestNullWithoutType(t *testing.T) {
	nullTaken.check(t)
	for _, call := range nullRefused {
		if got, diags := eval(t, t.TempDir(), call); !diags.HasErrors() {
			t.Errorf("%s = %#v, want an error", call, got)
		}
	}
}

func TestNullWithoutTypeOfAllFunctions(t *testing.T) {
	calls := slices.Clone(nullRefused)
	for call := range nullTaken {
		calls = append(calls, call)
	}
	for name, f := range Functions(Env{}) {
		takes := len(f.Params()) > 0 || f.VarParam() != nil
		tried := slices.ContainsFunc(calls, func(call string) bool { return strings.Contains(call, name+"(") })
		if takes && !tried && !strings.Contains(name, "::") {
			t.Errorf("no case calls %s with null", name)
		}
	}
}
