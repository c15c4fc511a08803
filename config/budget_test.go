package config

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// chain returns n locals, of which each is made of the one before by a format
// with its number as the first argument and that of the other as the second.
func chain(first, format string, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "locals {\n a0 = %s\n", first)
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, format+"\n", i, i-1)
	}
	fmt.Fprintf(&b, " x = local.a%d\n}\n", n)
	return b.String()
}

func x(expr string) string { return "locals {\n x = " + expr + "\n}\n" }

// exhausting are configurations that would fill the memory, or run for hours.
var exhausting = []struct{ name, src, want string }{
	{"lists in lists in lists", x("[for a in range(1000): [for b in range(1000): [for c in range(1000): a]]]"), "main.tf:2,6 Expression takes too much"},
	{"objects in objects", x("{for a in range(1000): a => {for b in range(1000): b => {for c in range(1000): c => a}}}"), "main.tf:2,6 Expression takes too much"},
	{"grouped objects", x(`{for a in range(1000): "k" => [for b in range(1000): {for c in range(1000): "k" => c...}]...}`), "main.tf:2,6 Expression takes too much"},
	{"loops in conditions", x("[for a in range(1000): a if length([for b in range(1000): b if length([for c in range(1000): c if false]) > 0]) > 0]"), "main.tf:2,6 Expression takes too much"},
	{"loops in keys", x(`{for a in range(1000): join("", [for b in range(1000): join("", [for c in range(1000): "" if false])]) => a...}`), "main.tf:2,6 Expression takes too much"},
	{"a loop over a loop", x("[for a in [for b in range(1000): [for c in range(1000): [for d in range(1000): d]]]: a]"), "main.tf:2,6 Expression takes too much"},
	{"a large body in a loop", x("[for a in range(1000): [for b in range(100): [" + strings.Repeat("a, ", 10_000) + "]]]"), "main.tf:2,6 Expression takes too much"},
	{"a long text in a loop", x(`[for a in range(1000): [for b in range(100): "` + strings.Repeat("text", 10_000) + `${a}"]]`), "main.tf:2,6 Expression takes too much"},
	{"splats in loops", "locals {\n y = range(1000)\n x = [for a in local.y: [for b in local.y: local.y[*]]]\n}", "main.tf:3,6 Expression takes too much"},
	{"template directives", x(`"%{for a in range(1000)}%{for b in range(1000)}%{for c in range(1000)}x%{endfor}%{endfor}%{endfor}"`), "main.tf:2,7 Expression takes too much"},
	{"a template that joins long texts", "locals {\n y = \"" + strings.Repeat("text", 10_000) + "\"\n x = \"%{for a in range(1000)}%{for b in range(1000)}${local.y}%{endfor}%{endfor}\"\n}", "main.tf:3,7 Expression takes too much"},
	{"texts that double", chain(`"text"`, ` a%d = "${local.a%[2]d}${local.a%[2]d}"`, 40), "Expression takes too much"},
	{"texts that double in heredocs", chain(`"text"`, " a%d = <<-E\n${local.a%[2]d}${local.a%[2]d}\nE", 40), "Expression takes too much"},
	{"lists that double", chain(`["text"]`, ` a%d = [local.a%[2]d, local.a%[2]d]`, 40), "Value too large"},
	{"objects that double", chain(`["text"]`, ` a%d = {a = local.a%[2]d, b = local.a%[2]d}`, 40), "Value too large"},
	{"lists that deepen", chain(`["text"]`, ` a%d = [local.a%d]`, 5000), "Value too large"},
	{"many loops", "locals {\n y = range(1000)\n" + manyLoops(40) + "}", "Expression takes too much"},
	{"a list of many types", "locals {\n y = flatten([for a in range(200): [for b in range(200): [b, \"b\"]]])\n x = tolist(local.y)\n}", "main.tf:3,13 Expression takes too much"},
	{"texts that functions take in loops", text40k + x(inLoops("sha512(local.y)")), "Expression takes too much"},
	{"texts that functions measure in loops", text40k + x(inLoops("length(local.y)")), "Expression takes too much"},
	{"lists that functions take in loops", list1k + x(inLoops("jsonencode(local.y)")), "Expression takes too much"},
	{"lists that functions search in loops", list1k + x(inLoops("contains(local.y, -1)")), "Expression takes too much"},
	{"lists that functions make in loops", x(inLoops(`split("", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")`)), "Expression takes too much"},
	{"elements that functions take in loops", list1k + x(inLoops("element(local.y, 1)")), "Expression takes too much"},
	{"lists that functions try in loops", list1k + x(inLoops("try(local.y, 1)")), "Expression takes too much"},
	{"functions by their second name", list1k + x(inLoops("core::jsonencode(local.y)")), "Expression takes too much"},
	{"a loop over a set in loops", list1k + "locals {\n s = toset(local.y)\n}\n" + x(inLoops("[for b in local.s: b if false]")), "Expression takes too much"},
	{"functions that are dear to call", x(inLoops(`yamldecode("a: 1")`)), "Expression takes too much"},
	{"sets in loops", list1k + x(inLoops("setunion(local.y, [-1])")), "Expression takes too much"},
	{"lists that are compared in loops", list1k + "locals {\n z = range(1000)\n}\n" + x(inLoops("local.y == local.z")), "Expression takes too much"},
	{"texts that are compared in loops", text40k + x(inLoops("local.y == \"${local.y}\"")), "Expression takes too much"},
	{"texts that become numbers", text40k + x(inLoops("local.y + 1")), "Number out of bounds"},
	{"texts that are compared with numbers", text40k + x(inLoops("local.y < 1")), "Number out of bounds"},
	{"texts that become the numbers of functions", text40k + x(inLoops("max(1, local.y)")), "Number out of bounds"},
	{"lists that double in functions", chain("range(10)", " a%d = concat(local.a%[2]d, local.a%[2]d)", 40), "Invalid function argument"},
	{"objects that double in functions", chain("{a = 1}", " a%d = merge({l = local.a%[2]d}, {r = local.a%[2]d})", 40), "Invalid function argument"},
	{"a default", "variable \"v\" {\n default = [for a in " + zeros + ": [for b in " + zeros + ": [for c in " + zeros + ": a]]]\n}\n" + x("var.v"), "main.tf:2,12 Expression takes too much"},
	{"nested dynamic blocks", `resource "toy_server" "x" {
		name = "a"
		dynamic "disk" {
			for_each = range(1000)
			content {
				kind = "a"
				dynamic "part" {
					for_each = [for a in range(1000): disk.value]
					content {
						name = join("", [for a in range(1000): "a"])
					}
				}
			}
		}
	}`, "Expression takes too much"},
}

// inLoops evaluates expr a hundred thousand times.
func inLoops(expr string) string {
	return "[for a in range(1000): [for b in range(100): " + expr + "]]"
}

var (
	text40k = "locals {\n y = \"" + strings.Repeat("1234", 10_000) + "\"\n}\n"
	list1k  = "locals {\n y = range(1000)\n}\n"
)

// zeros is a list of a thousand elements that needs no function.
var zeros = "[" + strings.Repeat("0, ", 1000) + "]"

func manyLoops(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " l%d = [for a in range(500): [for b in range(1000): a + b]]\n", i)
	}
	b.WriteString(" x = [")
	for i := range n {
		fmt.Fprintf(&b, "local.l%d[0], ", i)
	}
	return b.String() + "]\n"
}

// A file that is read in a loop costs what it has.
func TestFilesInLoopsAreBounded(t *testing.T) {
	if slowed {
		t.Skip("runs without -race")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "big.txt"), bytes.Repeat([]byte("text"), 10_000), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{"file", "filebase64", "filesha256", "templatefile"} {
		args := `("big.txt")`
		if f == "templatefile" {
			args = `("big.txt", {})`
		}
		p := load(t, x(inLoops(f+args)))
		diags := evaluate(NewScope(p, Env{WorkDir: dir}))
		if len(diags) != 1 || diags[0].Summary != overspent {
			t.Errorf("%s: %v, want that it takes too much", f, diags)
		}
	}
}

func TestExhaustionIsAnError(t *testing.T) {
	if slowed {
		t.Skip("runs without -race")
	}
	for _, tt := range exhausting {
		t.Run(tt.name, func(t *testing.T) {
			p, diags := Load(files(tt.src), ".", toyCatalog(), nil)
			if !diags.HasErrors() {
				diags = append(diags, p.SetInputs(fstest.MapFS{}, nil, nil)...)
				diags = append(diags, evaluate(NewScope(p, Env{WorkDir: "/w"}))...)
			}
			got := found(diags)
			if !slices.ContainsFunc(got, func(s string) bool { return strings.HasSuffix(s, tt.want) }) {
				t.Errorf("got %.600q, want %q", got, tt.want)
			}
			if len(got) > 100 {
				t.Errorf("%d diagnostics for one mistake", len(got))
			}
		})
	}
}

// evaluate evaluates all blocks of a scope.
func evaluate(s *Scope) hcl.Diagnostics {
	var all hcl.Diagnostics
	for _, b := range s.prog.Blocks {
		if b.ID.Kind == Resource {
			_, diags := s.Body(b, Instance{})
			all = append(all, diags...)
			continue
		}
		_, diags := s.Value(b.ID)
		all = append(all, diags...)
	}
	return all
}

func TestLoopsOfUsualSizeAreFree(t *testing.T) {
	s := scope(t, `
		variable "size" { default = "l" }
		locals {
			zones   = [for z in range(300): "zone-${z}"]
			subnets = {for p in setproduct(local.zones, range(30)): "${p[0]}-${p[1]}" => {
				zone = p[0], script = "#!/bin/sh\nexport ZONE=${p[0]} SIZE=${var.size}\n%{for i in range(3)}echo ${i}\n%{endfor}"
			}}
			x = [for k, v in local.subnets: upper(v.zone) if length(regexall("-1$", k)) > 0]
			splat = values(local.subnets)[*].script
		}`)
	for range 3 {
		v, diags := local(t, s)
		if diags.HasErrors() || v.LengthInt() != 300 {
			t.Fatalf("%d elements, %v; want 300", v.LengthInt(), diags)
		}
	}
	if v, diags := s.Value(ID{Kind: Local, Name: "splat"}); diags.HasErrors() || v.LengthInt() != 9000 {
		t.Errorf("%#v, %v; want 9000 scripts", v.Type(), diags)
	}
}

// TestSearchesInLoopsAreFree takes what is wanted out of a thousand things, a thousand
// times.
func TestSearchesInLoopsAreFree(t *testing.T) {
	if slowed {
		t.Skip("runs without -race")
	}
	for _, expr := range []string{
		`lookup(local.map, "k${i}", null)`, `local.map["k${i}"]`, `element(local.list, i)`, `index(local.list, i)`, `contains(local.list, i)`, `length(local.list)`, `try(local.list[i], 1)`, `"${i}-${local.list[i]}"`,
	} {
		s := scope(t, "locals {\n list = range(1000)\n map = {for i in local.list: \"k${i}\" => i}\n x = [for i in local.list: "+expr+"]\n}")
		if v, diags := local(t, s); diags.HasErrors() || v.LengthInt() != 1000 {
			t.Errorf("%s: %v", expr, diags)
		}
	}
}

// TestManyInstancesAreFree evaluates what a block of a thousand instances with
// a thousand texts each takes.
func TestManyInstancesAreFree(t *testing.T) {
	if slowed {
		t.Skip("runs without -race")
	}
	p := load(t, x(`[for i in range(1000): "${i}xxxxxxxxxxxxxxxx"]`))
	s := NewScope(p, Env{})
	for i := range 1000 {
		if v, diags := s.Expr(p.Block(ID{Kind: Local, Name: "x"}).Expr, nil, nil); diags.HasErrors() || v.LengthInt() != 1000 {
			t.Fatalf("instance %d: %v", i, diags)
		}
	}
}

// TestSmallExpressionsAreBounded evaluates one until there is no budget left,
// after another one in a loop that is large.
func TestSmallExpressionsAreBounded(t *testing.T) {
	for cost, want := range map[int]int{smallWork: maxTotalWork / smallWork, maxWork: maxLargeWork / (maxWork - smallWork), maxWork + 1: 0} {
		b, by, other := &budget{}, newBill(hcl.Range{Filename: "dear.tf"}), newBill(hcl.Range{Filename: "cheap.tf"})
		n := 0
		for b.begin(); b.spend(cost, by) == nil; b.begin() {
			n++
		}
		if n != want {
			t.Errorf("%d expressions that cost %d, want %d", n, cost, want)
		}
		b.begin()
		if over := b.spend(1, other); cost <= maxWork && (len(over) != 1 || over[0].Subject.Filename != "dear.tf") {
			t.Errorf("%d: %v, want dear.tf to be blamed", cost, over)
		}
		if b.reset(); b.spend(1, other) != nil {
			t.Errorf("%d: nothing left for another Scope", cost)
		}
	}
}

// TestTheDearestExpressionIsBlamed has loops that are too much together only,
// and things that cost next to nothing.
func TestTheDearestExpressionIsBlamed(t *testing.T) {
	if slowed {
		t.Skip("runs without -race")
	}
	var b strings.Builder
	b.WriteString("locals {\n dear = [for a in range(1000): [for b in range(300): b]]\n")
	for i := range 40 {
		fmt.Fprintf(&b, " loop%d = [for a in range(1000): [for b in range(250): b]]\n harmless%d = [for a in range(10): a]\n", i, i)
	}
	p := load(t, b.String()+"}")
	told := map[*hcl.Diagnostic]bool{}
	for _, d := range evaluate(NewScope(p, Env{})) {
		told[d] = true
		if d.Summary != overspent || d.Subject.Start.Line != 2 {
			t.Errorf("got %v, want line 2 to take too much", d)
		}
	}
	if len(told) != 1 {

		t.Errorf("%d errors, want one", len(told))
	}
}

func TestMeteredExpressionsAreReadAsBefore(t *testing.T) {
	const src = `
		variable "a" { default = ["x"] }
		locals {
			loop  = {for k, v in var.a: "${k}${v}" => local.b if v != local.c}
			splat = var.a[*]
			text  = "%{for v in var.a}${v}${local.d}%{endfor}"
			b = 1
			c = "c"
			d = "d"
		}`
	p := load(t, src)
	for name, want := range map[string]string{"loop": "local.b local.c var.a", "splat": "var.a", "text": "local.d var.a"} {
		var got []string
		for _, id := range p.Block(ID{Kind: Local, Name: name}).Needs {
			got = append(got, id.String())
		}
		slices.Sort(got)
		if strings.Join(got, " ") != want {
			t.Errorf("local.%s needs %q, want %q", name, got, want)
		}
	}
	s := NewScope(p, Env{})
	for name, want := range map[string]string{"loop": `{"0x":1}`, "splat": `["x"]`, "text": `"xd"`} {
		v, diags := s.Value(ID{Kind: Local, Name: name})
		if got := jsonText(t, v); diags.HasErrors() || got != want {
			t.Errorf("local.%s = %s, %v; want %s", name, got, diags, want)
		}
	}
}

func TestLongTuplesBecomeLists(t *testing.T) {
	if slowed {
		t.Skip("runs without -race")
	}
	s := scope(t, `locals {
		y    = flatten([for a in range(300): [for b in range(200): "${a}-${b}"]])
		list = tolist(local.y)
		set  = toset(local.y)
		x    = join(",", local.y)
		secret = tolist(sensitive(["a", "b"]))
		mixed  = tolist(["a", 1, null])
		objects = tolist([for a in range(1000): {n = a}])
		map    = tomap({for a in range(1000): "k${a}" => {n = a}})
	}`)
	value := func(name string) cty.Value {
		v, diags := s.Value(ID{Kind: Local, Name: name})
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		return v
	}
	if l, set := value("list"), value("set"); !l.Type().Equals(cty.List(cty.String)) || l.LengthInt() != 60_000 || set.LengthInt() != 60_000 {
		t.Errorf("%#v of %d, %#v of %d; want 60000", l.Type(), l.LengthInt(), set.Type(), set.LengthInt())
	}
	if l, m := value("objects"), value("map"); !l.Type().IsListType() || l.LengthInt() != 1000 || !m.Type().IsMapType() || m.LengthInt() != 1000 {
		t.Errorf("%#v, %#v; want a list and a map of 1000 objects", l.Type(), m.Type())
	}
	if v := value("secret"); !v.HasMark(Sensitive) || !v.Type().Equals(cty.List(cty.String)) {
		t.Errorf("secret is %#v", v)
	}
	if got := jsonText(t, value("mixed")); got != `["a","1",null]` {
		t.Errorf("mixed is %s", got)
	}
}

func jsonText(t *testing.T, v cty.Value) string {
	t.Helper()
	raw, err := ctyjson.Marshal(v, v.Type())
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestModulesWithoutEndAreErrors(t *testing.T) {
	self := func(c ModuleCall) (string, fs.FS, error) {
		return ".", files(`module "m" { source = "./" }`), nil
	}
	_, diags := Load(files(`module "m" { source = "./" }`), ".", toyCatalog(), self)
	if !slices.ContainsFunc(diags, func(d *hcl.Diagnostic) bool { return d.Summary == "Too many modules" }) {
		t.Errorf("a module that calls itself: %v, want Too many modules", diags)
	}
	twice := func(c ModuleCall) (string, fs.FS, error) {
		return ".", files("module \"a\" {\n source = \"./\"\n}\nmodule \"b\" {\n source = \"./\"\n}"), nil
	}
	_, diags = Load(files(`module "m" { source = "./" }`), ".", toyCatalog(), twice)
	if !slices.ContainsFunc(diags, func(d *hcl.Diagnostic) bool { return d.Summary == "Too many modules" }) {
		t.Errorf("a module that calls itself twice: %.300v, want Too many modules", diags)
	}
}

func TestVariablesFilesAreBounded(t *testing.T) {
	deep := strings.Repeat("[", 100_000)
	tests := []struct{ name, file, text, want string }{
		{"a deep file", "a.auto.tfvars", "v = " + deep, "Nested too deeply"},
		{"a deep JSON file", "a.auto.tfvars.json", `{"v": ` + deep, "Nested too deeply"},
		{"brackets in a JSON text", "a.auto.tfvars.json", `{"v": ["\"` + deep + `"]}`, ""},
		{"a large file", "a.auto.tfvars", "v = 1\n" + strings.Repeat("#", 50<<20), "Source file too large"},
		{"a large JSON file", "a.auto.tfvars.json", strings.Repeat(" ", 50<<20), "Source file too large"},
		{"loops in a file", "a.auto.tfvars", "v = [for a in " + zeros + ": [for b in " + zeros + ": [for c in " + zeros + ": a]]]", "Expression takes too much"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := load(t, "variable \"v\" {\n default = null\n}")
			diags := p.SetInputs(fstest.MapFS{tt.file: {Data: []byte(tt.text)}}, nil, nil)
			if tt.want == "" && !diags.HasErrors() {
				return
			}
			if len(diags) == 0 || diags[0].Summary != tt.want {
				t.Errorf("got %.300v, want %q", diags, tt.want)
			}
		})
	}
}

func TestManyMistakesAreAllTold(t *testing.T) {
	var b strings.Builder
	b.WriteString("locals {\n")
	for i := range 4000 {
		fmt.Fprintf(&b, " name%d = local.nmae%d\n", i, i)
	}
	_, diags := Load(files(b.String()+"}"), ".", toyCatalog(), nil)
	if len(diags) != 4000 || !strings.Contains(diags[0].Detail, "Did you mean") {
		t.Errorf("%d errors, the first %v; want 4000 with a suggestion", len(diags), diags[0])
	}
}

func TestEvaluationSaysWhatThereIs(t *testing.T) {
	const locals = `variable "secret" {
		sensitive = true
		default   = {hunter2 = 1}
	}
	locals {
		server = {name = "a", size = "s"}
		many   = {for i in range(20): "key-${i}" => i}
		list   = ["a", "b"]
		none   = []
		map    = tomap({prod = 1, dev = 2})
	`
	tests := []struct{ name, expr, want string }{
		{"a misspelt attribute", "local.server.nmae", `Did you mean "name"?`},
		{"an attribute like no other", "local.server.firewall", "It has name, size."},
		{"one of many", "local.many.key-21", `Did you mean "key-1"?`},
		{"like none of many", "local.many.firewall_rules", `does not have an attribute named "firewall_rules".`},
		{"a misspelt key", `local.map["prd"]`, `Did you mean "prod"?`},
		{"an index beyond the end", "local.list[2]", "It has 2 elements, from [0] to [1]."},
		{"an index of nothing", "local.none[0]", "It is empty."},
		{"a key of what is sensitive", `tomap(var.secret)["hunter"]`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, diags := local(t, scope(t, locals+"x = "+tt.expr+"\n}"))
			if len(diags) != 1 || !strings.Contains(diags[0].Detail, tt.want) || strings.Contains(diags[0].Detail, "hunter2") {
				t.Errorf("%s: %v, want %q", tt.expr, diags, tt.want)
			}
		})
	}
}

func TestModulesThatMultiplyAreErrors(t *testing.T) {
	nested := func(c ModuleCall) (string, fs.FS, error) {
		if strings.Count(c.Path, "module.") > 3 {
			return "./leaf", files(`locals { x = 1 }`), nil
		}
		return "./m", files("module \"m\" {\n source = \"./m\"\n count = 100\n}"), nil
	}
	p, diags := Load(files("module \"m\" {\n source = \"./m\"\n count = 100\n}"), ".", toyCatalog(), nested)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	s := NewScope(p, Env{})
	list, known, diags := s.ModuleInstances(p.Modules["module.m.module.m.module.m.module.m"])
	if len(diags) != 1 || diags[0].Summary != "Too many module instances" || !known || len(list) != 0 {
		t.Errorf("%d instances, %v; want the error that there are too many", len(list), diags)
	}
	if list, _, diags := s.ModuleInstances(p.Modules["module.m.module.m"]); len(list) != 10_000 || diags.HasErrors() {
		t.Errorf("%d instances, %v; want 10000", len(list), diags)
	}
}

// Values that are small each fill the memory together.
func TestValuesTogetherAreBounded(t *testing.T) {
	p := load(t, "locals {\n y = "+zeros+"\n x = local.y\n}\n")
	s := NewScope(p, Env{})
	e := p.Block(ID{Kind: Local, Name: "x"}).Expr
	for n := 0; ; n++ {
		_, diags := s.Expr(e, nil, nil)
		if !diags.HasErrors() && n <= maxKept/1000 {
			continue
		}
		if n < maxKept/1000*9/10 || len(diags) != 1 || diags[0].Summary != valueTooLarge || diags[0].Subject.Start.Line != 3 {
			t.Errorf("after %d values of a thousand elements: %v", n, diags)
		}
		break
	}
	if _, diags := NewScope(p, Env{}).Expr(e, nil, nil); diags.HasErrors() {
		t.Errorf("another scope: %v", diags)
	}
}
