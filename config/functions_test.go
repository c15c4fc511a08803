package config

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// eval evaluates an expression that calls functions only, as it is done for a
// plan, where it is metered.
func eval(t *testing.T, dir, expr string) (cty.Value, hcl.Diagnostics) {
	t.Helper()
	return evalIn(t, Env{WorkDir: dir, PlanTime: "2026-01-02T03:04:05Z"}, expr)
}

func evalIn(t *testing.T, env Env, expr string) (cty.Value, hcl.Diagnostics) {
	t.Helper()
	env.budget = &budget{}
	return evalWith(t, env, expr)
}

func evalWith(t *testing.T, env Env, expr string) (cty.Value, hcl.Diagnostics) {
	t.Helper()
	e, diags := hclsyntax.ParseExpression([]byte(expr), "x", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("%s: %v", expr, diags)
	}
	return metering(e, env.budget).Value(&hcl.EvalContext{
		Functions: Functions(console(env)),
		Variables: map[string]cty.Value{
			"unknown": cty.UnknownVal(cty.String), "unknownlist": cty.UnknownVal(cty.List(cty.String)),
			"unknownmap": cty.UnknownVal(cty.Map(cty.String)), "unknownany": cty.DynamicVal,
			"ephemeralx": cty.StringVal("x").Mark(Ephemeral), "local": templateTexts,
		},
	})
}

// values are expressions with the expressions they are equal to.
type values map[string]string

func (cases values) check(t *testing.T) {
	dir := testFiles(t)
	for expr, want := range cases {
		t.Run(expr, func(t *testing.T) {
			got, diags := eval(t, dir, strings.ReplaceAll(expr, "DIR", dir))
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			wantValue, diags := evalWith(t, Env{WorkDir: dir, PlanTime: "2026-01-02T03:04:05Z"}, strings.ReplaceAll(want, "DIR", dir))
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			if !got.RawEquals(wantValue) {
				t.Errorf("got %#v, want %#v", got, wantValue)
			}
		})
	}
}

// refusals are expressions with a part of what is said about them.
type refusals map[string]string

func (cases refusals) check(t *testing.T) {
	dir := testFiles(t)
	for expr, want := range cases {
		t.Run(expr, func(t *testing.T) {
			v, diags := eval(t, dir, expr)
			if !diags.HasErrors() {
				t.Fatalf("%s = %#v, want an error", expr, v)
			}
			if !strings.Contains(diags[0].Detail, want) {
				t.Errorf("%s: %s; want %q in it", expr, diags[0].Detail, want)
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
		"bad.tftpl": "${", "self.tftpl": `${templatefile("self.tftpl", {})}`, "core.tftpl": `${core::templatefile("t.tftpl", {})}`,
		"string.tftpl": `${templatestring(s, {})}`, "list.tftpl": "${[for i in l : upper(i)]}", "nofunc.tftpl": "a\n${nosuch(1)}\n",
		"tree/a.txt": "", "tree/b.txt": "", "tree/c.json": "", "tree/.hidden.txt": "", "tree/é.txt": "", "tree/br[ack]/g.txt": "",
		"tree/sub/d.txt": "", "tree/sub/deep/e.txt": "",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"tree/link.txt": "a.txt", "tree/linkdir": "sub"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// terraform lists the functions of Terraform 1.11, with those of OpenTofu and
// our own that are called like them.
const terraform = `abs abspath alltrue anytrue base64decode base64encode base64gzip base64sha256 base64sha512 basename bcrypt can ceil chomp
chunklist cidrhost cidrnetmask cidrsubnet cidrsubnets coalesce coalescelist compact concat contains csvdecode dirname distinct element endswith
ephemeralasnull file filebase64 filebase64sha256 filebase64sha512 fileexists filemd5 fileset filesha1 filesha256 filesha512 flatten floor format
formatdate formatlist indent index issensitive join jsondecode jsonencode keys length log lookup lower matchkeys max md5 merge min nonsensitive
one parseint pathexpand plantimestamp pow range regex regexall replace reverse rsadecrypt sensitive setintersection setproduct setsubtract
setunion sha1 sha256 sha512 signum slice sort split startswith strcontains strrev substr sum templatefile templatestring textdecodebase64
textencodebase64 timeadd timecmp timestamp title tobool tolist tomap tonumber toset tostring transpose trim trimprefix trimspace trimsuffix try
upper urlencode uuid uuidv5 values yamldecode yamlencode zipmap
base64gunzip cidrcontains deep_merge urldecode`

func TestFunctionNames(t *testing.T) {
	var want []string
	for _, name := range strings.Fields(terraform) {
		want = append(want, name, "core::"+name)
	}
	for _, name := range []string{"decode_tfvars", "encode_expr", "encode_tfvars"} {
		want = append(want, "provider::terraform::"+name)
	}
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(Functions(Env{}))); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCoreFunctions(t *testing.T) {
	values{
		`core::upper("a")`: `"A"`, `core::try(1 + "x", 2)`: "2", `core::type(1)`: "type(1)", `core::templatefile("list.tftpl", { l = ["a"] })`: `["A"]`,
		`core::deep_merge({}, {})`: "{}",
	}.check(t)
}

// TestFunctionsOfUnknowns looks at what depends on values not known yet.
func TestFunctionsOfUnknowns(t *testing.T) {
	dir := testFiles(t)
	for _, expr := range []string{
		"timestamp()", "uuid()", `bcrypt("x")`, `bcrypt("x", 4)`, "upper(unknown)", "length(unknown)", "length(unknownlist)", "file(unknown)", "fileexists(unknown)",
		"fileset(unknown, \"*\")", "filesha256(unknown)", "sha256(unknown)", "one(unknownlist)", "sum(unknownlist)", "sum([1, tonumber(unknown)])",
		"alltrue([true, tobool(unknown)])", "anytrue([false, tobool(unknown)])", "cidrhost(unknown, 1)", `cidrcontains(unknown, "10.0.0.1")`, "templatefile(unknown, {})",
		`templatefile("t.tftpl", { port = unknown, ips = ["a"] })`, `templatefile("t.tftpl", unknownmap)`, `templatestring(unknown, {})`, `templatestring(local.t, { name = unknown })`,
		"jsondecode(unknown)", "jsonencode([unknown])", "yamldecode(unknown)", "csvdecode(unknown)", "replace(unknown, \"a\", \"b\")", "sensitive(unknown)", "issensitive(unknown)",
		"coalesce(unknown, \"a\")", "base64encode(unknown)", "base64gunzip(unknown)", "cidrsubnets(unknown, 1)", "lookup(unknownmap, \"a\")", `lookup({ a = 1 }, unknown, 2)`,
		`lookup(unknownmap, "a", "b")`, "transpose({ a = [unknown] })", "matchkeys([1], [unknown], [\"a\"])", "distinct([unknown, \"a\"])", `timecmp(unknown, "2026-01-02T03:04:05Z")`,
		`startswith("a${unknown}", "ab")`, `textencodebase64(unknown, "UTF-8")`, `uuidv5("dns", unknown)`, "index([unknown], \"a\")", "deep_merge(unknownmap, { a = 1 })",
		"deep_merge(unknownany, { a = 1 })", "deep_merge({ a = 1 }, unknownany)", "ephemeralasnull(unknown)", "provider::terraform::encode_expr([unknown])",
		"provider::terraform::encode_tfvars({ a = unknown })", "provider::terraform::decode_tfvars(unknown)", "tostring(unknownany)",
	} {
		t.Run(expr, func(t *testing.T) {
			v, diags := eval(t, dir, expr)
			if v, _ := v.Unmark(); diags.HasErrors() || v.IsKnown() {
				t.Errorf("%s = %#v, %v; want unknown", expr, v, diags)
			}
		})
	}
}

func console(env Env) Env {
	env.Console = true
	return env
}
