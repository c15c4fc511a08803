package config

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/state"
)

// tree loads a configuration whose modules are the files in folders: keys are
// paths such as net/main.tf.
func tree(files map[string]string) (*Program, hcl.Diagnostics) {
	in := func(dir string) fstest.MapFS {
		list := fstest.MapFS{}
		for name, src := range files {
			if rest, ok := strings.CutPrefix(name, dir); ok && !strings.Contains(rest, "/") {
				list[rest] = &fstest.MapFile{Data: []byte(src)}
			}
		}
		return list
	}
	p, diags := Load(in(""), ".", toyCatalog(), func(c ModuleCall) (string, fs.FS, error) {
		dir := strings.TrimPrefix(c.Source, "./")
		if from := strings.TrimPrefix(c.From, "."); from != "" {
			dir = from + "/" + dir
		}
		return dir, in(dir + "/"), nil
	})
	if !diags.HasErrors() {
		diags = append(diags, p.SetInputs(fstest.MapFS{}, nil, nil)...)
	}
	return p, diags
}

func TestModules(t *testing.T) {
	const child = `
		variable "name" { default = "none" }
		variable "size" {
			type     = number
			default  = 7
			nullable = false
		}
		output "name" { value = "${path.module}:${var.name}" }
		output "size" { value = var.size }
		output "secret" {
			value     = "s"
			sensitive = true
		}`
	tests := []struct{ name, call, expr, want string }{
		{"one", `name = "a"`, `module.m.name`, `"net:a"`},
		{"a default", ``, `module.m.name`, `"net:none"`},
		{"null where null is forbidden", `size = null`, `module.m.size`, `7`},
		{"a conversion", `size = "12"`, `module.m.size`, `12`},
		{"count", "count = 2\n name = count.index", `module.m[1].name`, `"net:1"`},
		{"all of count", "count = 2\n name = count.index", `module.m[*].name`, `["net:0","net:1"]`},
		{"for_each", "for_each = { x = 1, y = 2 }\n name = each.value", `{ for k, m in module.m : k => m.name }`, `{"x":"net:1","y":"net:2"}`},
		{"none", "count = 0", `length(module.m)`, `0`},
		{"all outputs", ``, `keys(module.m)`, `["name","secret","size"]`},
		{"a sensitive output", ``, `issensitive(module.m.secret)`, `true`},
		{"disabled", "lifecycle { enabled = false }", `module.m == null`, `true`},
	}
	for _, tt := range tests {
		p, diags := tree(map[string]string{
			"main.tf":     "module \"m\" {\n source = \"./net\"\n" + tt.call + "\n}\nlocals { x = jsonencode(" + tt.expr + ") }",
			"net/main.tf": child,
		})
		if diags.HasErrors() {
			t.Errorf("%s: %v", tt.name, diags)
			continue
		}
		got, diags := local(t, NewScope(p, Env{}))
		if diags.HasErrors() || !got.RawEquals(cty.StringVal(tt.want)) {
			t.Errorf("%s: %#v, %v, want %s", tt.name, got, diags, tt.want)
		}
	}
}

func TestModulesRefuse(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"an unknown argument", map[string]string{"main.tf": "module \"m\" {\n source = \"./net\"\n nmae = 1\n}", "net/main.tf": `variable "name" { default = 1 }`},
			[]string{"main.tf:3,2 Unsupported argument"}},
		{"a missing argument", map[string]string{"main.tf": "module \"m\" {\n source = \"./net\"\n}", "net/main.tf": `variable "name" {}`},
			[]string{"main.tf:1,1 Missing required argument"}},
		{"an unknown output", map[string]string{"main.tf": "module \"m\" {\n source = \"./net\"\n}\nlocals { x = module.m.idd }", "net/main.tf": `output "id" { value = 1 }`},
			[]string{"main.tf:4,14 Unsupported attribute"}},
		{"an unknown module", map[string]string{"main.tf": "locals { x = module.m.id }"}, []string{"main.tf:1,14 Reference to undeclared module"}},
		{"a module of itself", map[string]string{"main.tf": "module \"m\" {\n source = \"./net\"\n}", "net/main.tf": "module \"m\" {\n source = \"../net\"\n}"}, nil},
		{"an empty folder", map[string]string{"main.tf": "module \"m\" {\n source = \"./net\"\n}"}, []string{"main.tf:1,1 No configuration files"}},
		{"an index of a module without count", map[string]string{"main.tf": "module \"m\" {\n source = \"./net\"\n}\nlocals { x = module.m[0].id }", "net/main.tf": `output "id" { value = 1 }`},
			[]string{"main.tf:4,14 Unexpected resource instance key"}},
		{"a circle through a module", map[string]string{"main.tf": "module \"m\" {\n source = \"./net\"\n a = module.m.id\n}", "net/main.tf": "variable \"a\" {}\noutput \"id\" { value = var.a }"},
			[]string{"net/main.tf:1,1 Cycle"}},
		{"a provider in a repeated module", map[string]string{"main.tf": "module \"m\" {\n source = \"./net\"\n count = 2\n}", "net/main.tf": `provider "toy" {}`},
			[]string{"net/main.tf:1,1 Provider configuration in a repeated module"}},
		{"an alias that is not passed", map[string]string{"main.tf": "module \"m\" {\n source = \"./net\"\n}", "net/main.tf": "resource \"toy_server\" \"a\" {\n name = \"a\"\n provider = toy.b\n}"},
			[]string{"net/main.tf:1,1 Provider configuration not present"}},
		{"a source that is not literal", map[string]string{"main.tf": "module \"m\" {\n source = local.x\n}\nlocals { x = \"./net\" }"}, []string{"main.tf:2,11 Variables not allowed"}},
	}
	for _, tt := range tests {
		_, diags := tree(tt.files)
		if tt.want == nil {
			if !diags.HasErrors() {
				t.Errorf("%s: no error", tt.name)
			}
			continue
		}
		if diff := cmp.Diff(tt.want, found(diags)); diff != "" {
			t.Errorf("%s: errors (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestModuleProviders(t *testing.T) {
	p, diags := tree(map[string]string{
		"main.tf": `
			provider "toy" {
				alias  = "b"
				region = "b"
			}
			provider "toy" {
				alias    = "by"
				for_each = toset(["x", "y"])
				region   = each.value
			}
			module "inherits" { source = "./net" }
			module "passed" {
				source    = "./net"
				providers = { toy = toy.b }
			}
			module "chosen" {
				source    = "./net"
				for_each  = toset(["x", "y"])
				providers = { toy = toy.by[each.key] }
			}
			resource "toy_server" "own" {
				name     = "a"
				provider = toy.by["y"]
			}`,
		"net/main.tf": `
			module "deep" { source = "./deep" }`,
		"net/deep/main.tf": `resource "toy_server" "a" { name = "a" }`,
	})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	s := NewScope(p, Env{})
	for addr, want := range map[string]string{
		"module.inherits.module.deep.toy_server.a":    "toy",
		"module.passed.module.deep.toy_server.a":      "toy.b",
		`module.chosen["x"].module.deep.toy_server.a`: `toy.by["x"]`,
		`module.chosen["y"].module.deep.toy_server.a`: `toy.by["y"]`,
		"toy_server.own": `toy.by["y"]`,
	} {
		a, err := state.ParseAddr(addr)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.ProviderOf(a); got != want {
			t.Errorf("%s uses %s, want %s", addr, got, want)
		}
	}
	v, diags := s.Provider(`toy.by["x"]`)
	if diags.HasErrors() || v.GetAttr("region").AsString() != "x" {
		t.Errorf(`toy.by["x"] is %#v, %v`, v, diags)
	}
}

func TestMove(t *testing.T) {
	tests := []struct{ from, to, addr, want string }{
		{"toy_server.a", "toy_server.b", "toy_server.a", "toy_server.b"},
		{"toy_server.a", "toy_server.b", "toy_server.a[1]", "toy_server.b[1]"},
		{"toy_server.a", "toy_server.b", "toy_server.c", ""},
		{"toy_server.a", "toy_server.a[0]", "toy_server.a", "toy_server.a[0]"},
		{"toy_server.a", "toy_server.a[0]", "toy_server.a[1]", ""},
		{"toy_server.a[0]", `toy_server.a["x"]`, "toy_server.a[0]", `toy_server.a["x"]`},
		{"toy_server.a[0]", "toy_server.a", "toy_server.a[0]", "toy_server.a"},
		{"toy_server.a[0]", "toy_server.a", "toy_server.a[1]", ""},
		{"toy_server.a", "module.m.toy_server.a", "toy_server.a[2]", "module.m.toy_server.a[2]"},
		{"module.m.toy_server.a", "toy_server.a", "module.m.toy_server.a", "toy_server.a"},
		{"module.m[0].toy_server.a", "toy_server.a", "module.m[1].toy_server.a", ""},
		{"module.m", "module.n", "module.m.toy_server.a", "module.n.toy_server.a"},
		{"module.m", "module.n", `module.m["k"].module.x[1].toy_server.a[3]`, `module.n["k"].module.x[1].toy_server.a[3]`},
		{"module.m", "module.m[0]", "module.m.toy_server.a", "module.m[0].toy_server.a"},
		{"module.m", "module.m[0]", "module.m[1].toy_server.a", ""},
		{"module.m[0]", "module.m", "module.m[0].toy_server.a", "module.m.toy_server.a"},
		{"module.m.module.x", "module.y", "module.m.module.x.toy_server.a", "module.y.toy_server.a"},
		{"module.m.module.x", "module.m.module.y", "module.m[2].module.x.toy_server.a", "module.m[2].module.y.toy_server.a"},
		{"module.m", "module.n", "toy_server.a", ""},
	}
	for _, tt := range tests {
		p, diags := tree(map[string]string{"main.tf": "moved {\n from = " + tt.from + "\n to = " + tt.to + "\n}"})
		if diags.HasErrors() {
			t.Fatalf("%s to %s: %v", tt.from, tt.to, diags)
		}
		a, err := state.ParseAddr(tt.addr)
		if err != nil {
			t.Fatal(err)
		}
		to, ok := p.Moves[0].Move(a)
		got := ""
		if ok {
			got = to.String()
		}
		if got != tt.want {
			t.Errorf("%s to %s moves %s to %q, want %q", tt.from, tt.to, tt.addr, got, tt.want)
		}
	}
}

// TestMoveInModule moves all instances of what stands in a module.
func TestMoveInModule(t *testing.T) {
	p, diags := tree(map[string]string{
		"main.tf":     "module \"m\" {\n source = \"./net\"\n count = 2\n}",
		"net/main.tf": "moved {\n from = toy_server.a\n to = toy_server.b\n}",
	})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	a, _ := state.ParseAddr("module.m[1].toy_server.a")
	if to, ok := p.Moves[0].Move(a); !ok || to.String() != "module.m[1].toy_server.b" {
		t.Errorf("it moves to %s, %v", to, ok)
	}
}

func TestOverride(t *testing.T) {
	p, diags := tree(map[string]string{
		"main.tf": `
			locals { x = "${toy_server.a.name} ${toy_server.a.size} ${local.y} ${var.v}" }
			locals { y = 1 }
			variable "v" { default = "a" }
			resource "toy_server" "a" {
				name = "a"
				size = "s"
				lifecycle { create_before_destroy = true }
				disk { kind = "x" }
				disk { kind = "y" }
			}`,
		"override.tf": `
			locals { y = 2 }
			variable "v" { default = "b" }
			resource "toy_server" "a" {
				size = "l"
				lifecycle { prevent_destroy = true }
				disk { kind = "z" }
			}`,
	})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	b := p.Block(ID{Kind: Resource, Type: "toy_server", Name: "a"})
	if !b.Lifecycle.CreateBeforeDestroy || b.Lifecycle.PreventDestroy == nil {
		t.Error("lifecycle has not been merged")
	}
	s := NewScope(p, Env{})
	v, diags := s.Body(b, Instance{})
	if diags.HasErrors() || v.GetAttr("size").AsString() != "l" || v.GetAttr("disk").LengthInt() != 1 {
		t.Errorf("the resource is %#v, %v", v, diags)
	}
	s.SetInstance(b.ID.Addr(), v)
	if got, diags := local(t, s); diags.HasErrors() || got.AsString() != "a l 2 b" {
		t.Errorf("local.x is %#v, %v", got, diags)
	}
	_, diags = tree(map[string]string{"main.tf": "locals { a = 1 }", "x_override.tf": `variable "none" {}`})
	if diff := cmp.Diff([]string{"x_override.tf:1,1 Missing base variable declaration to override"}, found(diags)); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

func TestIgnored(t *testing.T) {
	tests := []struct{ src, want string }{
		{`[size]`, "size"},
		{`[tags["a"], disk[0].kind]`, "tags[…] disk[…].kind"},
		{`all`, "all"},
		{`var.frozen ? all : []`, "all"},
		{`var.frozen ? [size, name] : [name]`, "size name"},
		{`!var.frozen ? [size] : [name]`, "name"},
		{`var.text ? [name] : [size]`, "size"},
		{`var.names`, "size tags"},
		{`[var.names[0], name]`, "size name"},
		{`["size"]`, "size"},
	}
	for _, tt := range tests {
		p, diags := tree(map[string]string{"main.tf": `
			variable "frozen" { default = true }
			variable "text" { default = "false" }
			variable "names" { default = ["size", "tags"] }
			resource "toy_server" "a" {
				name = "a"
				lifecycle { ignore_changes = ` + tt.src + ` }
			}`})
		if diags.HasErrors() {
			t.Errorf("%s: %v", tt.src, diags)
			continue
		}
		got, diags := NewScope(p, Env{}).Ignored(p.Block(ID{Kind: Resource, Type: "toy_server", Name: "a"}), Instance{})
		if diags.HasErrors() || ignoredText(got) != tt.want {
			t.Errorf("%s ignores %s, %v, want %s", tt.src, ignoredText(got), diags, tt.want)
		}
	}
}

func ignoredText(i Ignore) string {
	if i.All {
		return "all"
	}
	var list []string
	for _, t := range i.Paths {
		s := rootName(t)
		for _, step := range t[1:] {
			switch step := step.(type) {
			case hcl.TraverseAttr:
				s += "." + step.Name
			case hcl.TraverseIndex:
				s += "[…]"
			}
		}
		list = append(list, s)
	}
	return strings.Join(list, " ")
}
