package config

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestLoadRefuses(t *testing.T) {
	server := func(body string) string {
		return "resource \"toy_server\" \"web\" {\n name = \"web\"\n " + body + "\n}"
	}
	tests := []struct {
		name, src string
		want      []string
	}{
		{"an argument outside of blocks", "a = 1", []string{"main.tf:1,1 Unsupported argument"}},
		{"a block that does not exist", "resorce \"a\" \"b\" {}", []string{"main.tf:1,1 Unsupported block type"}},
		{"a module without a source", "module \"a\" {}", []string{"main.tf:1,1 Missing required argument"}},
		{"too few labels", "resource \"toy_server\" {}", []string{"main.tf:1,1 Wrong number of labels"}},
		{"too many labels", "locals \"a\" {}", []string{"main.tf:1,1 Wrong number of labels"}},
		{"a name that is none", "variable \"a b\" {}", []string{"main.tf:1,10 Invalid name"}},
		{"a name twice", "locals {\n a = 1\n}\nlocals {\n a = 2\n}", []string{"main.tf:5,2 Duplicate declaration"}},
		{"a resource twice", server("") + "\n" + server(""), []string{"main.tf:5,1 Duplicate declaration"}},
		{"a syntax error", "locals {", []string{"main.tf:1,8 Unclosed configuration block"}},

		{"a provider that does not exist", "provider \"tyo\" {}", []string{"main.tf:1,10 Unknown provider"}},
		{"a resource of a provider that does not exist", "resource \"cloud_x\" \"y\" {}", []string{"main.tf:1,10 Unknown provider"}},
		{"a type that does not exist", "resource \"toy_sever\" \"y\" {}", []string{"main.tf:1,10 Invalid resource type"}},
		{"a resource type as data source", "data \"toy_server\" \"y\" {}", []string{"main.tf:1,6 Invalid data source"}},
		{"an alias that does not exist", server("provider = toy.b"), []string{"main.tf:1,1 Provider configuration not present"}},
		{"a provider that is no name", server("provider = toy.b.c"), []string{"main.tf:3,13 Invalid provider reference"}},
		{"an alias that is not literal", "locals {\n x = 1\n}\nprovider \"toy\" {\n alias = local.x\n}", []string{"main.tf:5,10 Variables not allowed"}},

		{"count and for_each", server("count = 1\n for_each = {}"), []string{"main.tf:4,2 Invalid combination of \"count\" and \"for_each\""}},
		{"a destroy provisioner that refers to what may be gone", server("for_each = {}\n provisioner \"local-exec\" {\n when = destroy\n command = \"${each.key} ${self.id} ${path.module} ${each.value}\"\n }"), []string{"main.tf:6,53 Invalid reference from destroy provisioner"}},
		{"the connection of one that does", "variable \"a\" {}\n" + server("connection {\n host = var.a\n }\n provisioner \"local-exec\" {\n when = destroy\n command = \"x\"\n }"), []string{"main.tf:5,9 Invalid reference from destroy provisioner"}},
		{"a provisioner of a removed module", "removed {\n from = module.a\n provisioner \"local-exec\" {\n when = destroy\n command = \"x\"\n }\n}", []string{"main.tf:3,2 Invalid provisioner block"}},
		{"a connection of one", "removed {\n from = module.a\n connection {}\n}", []string{"main.tf:3,2 Invalid connection block"}},
		{"an import of a module", "import {\n to = module.a[each.key]\n id = \"x\"\n}", []string{"main.tf:2,7 Invalid import address"}},
		{"an import of something else", "import {\n to = upper(\"x\")[0]\n id = \"x\"\n}", []string{"main.tf:2,7 Invalid address"}},
		{"a provisioner", server("provisioner \"x\" {}"), []string{"main.tf:3,2 Invalid provisioner"}},
		{"a lifecycle argument that does not exist", server("lifecycle {\n prevent = true\n }"), []string{"main.tf:4,2 Unsupported argument"}},
		{"a lifecycle argument that is not literal", server("lifecycle {\n create_before_destroy = 1 == var.x\n }"), []string{"main.tf:4,26 Variables not allowed"}},
		{"ignore_changes of what does not exist", server("lifecycle {\n ignore_changes = [sizes]\n }"), []string{"main.tf:4,20 Invalid ignore_changes"}},
		{"a condition without message", server("lifecycle {\n precondition {\n condition = true\n }\n }"), []string{"main.tf:4,2 Missing required argument"}},
		{"depends_on of what is no block", server("depends_on = [path.root]"), []string{"main.tf:3,16 Invalid depends_on reference"}},
		{"depends_on of what does not exist", server("depends_on = [toy_server.db]"), []string{"main.tf:1,1 Reference to undeclared resource"}},

		{"a check without an assertion", "check \"a\" {}", []string{"main.tf:1,1 Zero assert blocks"}},
		{"moves in a circle", "moved {\n from = toy_server.a\n to = toy_server.b\n}\nmoved {\n from = toy_server.b\n to = toy_server.a\n}", []string{"main.tf:1,1 Cyclic dependency in move statements"}},
		{"depends_on in quotes of what does not exist", server("depends_on = [\"toy_server.db\"]"), []string{"main.tf:1,1 Reference to undeclared resource"}},
		{"a version that is none", "terraform {\n required_version = \"new\"\n}", []string{"main.tf:2,21 Invalid version constraint"}},
		{"a version of something else", "terraform {\n required_version = \"~> 0.12\"\n}", []string{"main.tf:2,2 Unsupported Terraform Core version"}},
		{"depends_on of an attribute", server("depends_on = [toy_server.db[0].id]"), []string{"main.tf:3,16 Invalid depends_on reference"}},
		{"lifecycle twice", server("lifecycle {}\n lifecycle {}"), []string{"main.tf:4,2 Duplicate lifecycle block"}},
		{"replace_triggered_by a value", server("lifecycle {\n replace_triggered_by = [path.root]\n }"), []string{"main.tf:4,26 Invalid replace_triggered_by expression"}},
		{"a validation of something else", "variable \"a\" {\n validation {\n condition = path.root != \"\"\n error_message = \"m\"\n }\n}", []string{"main.tf:3,14 Invalid variable validation condition"}},
		{"a type in quotes", "variable \"a\" {\n type = \"string\"\n}", []string{"main.tf:2,9 Invalid quoted type constraints"}},
		{"a variable argument that does not exist", "variable \"a\" {\n typ = string\n}", []string{"main.tf:2,2 Unsupported argument"}},
		{"a variable block that does not exist", "variable \"a\" {\n valid {}\n}", []string{"main.tf:2,2 Unsupported block type"}},
		{"a variable with a reserved name", "variable \"count\" {}", []string{"main.tf:1,10 Invalid variable name"}},
		{"a default of another type", "variable \"a\" {\n type = number\n default = \"x\"\n}", []string{"main.tf:3,12 Invalid default value for variable"}},
		{"a default of null that is forbidden", "variable \"a\" {\n nullable = false\n default = null\n}", []string{"main.tf:3,12 Invalid default value for variable"}},
		{"an output without value", "output \"a\" {}", []string{"main.tf:1,1 Missing required argument"}},
		{"a block in locals", "locals {\n a {}\n}", []string{"main.tf:2,2 Unexpected block"}},

		{"a variable that does not exist", "locals {\n x = var.nme\n}\nvariable \"name\" {\n default = 1\n}", []string{"main.tf:2,6 Reference to undeclared input variable"}},
		{"a local value that does not exist", "locals {\n x = local.y\n}", []string{"main.tf:2,6 Reference to undeclared local value"}},
		{"a resource that does not exist", "locals {\n x = toy_server.db.id\n}", []string{"main.tf:2,6 Reference to undeclared resource"}},
		{"a data source that does not exist", "locals {\n x = data.toy_image.i.id\n}", []string{"main.tf:2,6 Reference to undeclared data source"}},
		{"all variables", "locals {\n x = var\n}", []string{"main.tf:2,6 Invalid reference"}},
		{"a variable in brackets", "locals {\n x = var[\"a\"]\n}", []string{"main.tf:2,6 Invalid reference"}},
		{"all data sources of a type", "locals {\n x = data.toy_image\n}", []string{"main.tf:2,6 Invalid reference"}},
		{"all paths", "locals {\n x = path\n}", []string{"main.tf:2,6 Invalid reference"}},
		{"a path in brackets", "locals {\n x = path[\"root\"]\n}", []string{"main.tf:2,6 Invalid reference"}},
		{"a reference without a name", "locals {\n x = toy_server\n}", []string{"main.tf:2,6 Invalid reference"}},
		{"each of them", "locals {\n x = [local.y, var.z]\n}", []string{"main.tf:2,7 Reference to undeclared local value", "main.tf:2,16 Reference to undeclared input variable"}},
		{"a reference in a dynamic block", server("dynamic \"disk\" {\n for_each = local.y\n content {\n kind = disk.value\n }\n }"), []string{"main.tf:4,13 Reference to undeclared local value"}},
		{"an iterator outside of its block", server("size = disk.value\n dynamic \"disk\" {\n for_each = []\n content {\n kind = disk.value\n }\n }"), []string{"main.tf:3,9 Reference to undeclared resource"}},

		{"a block that refers to itself", "locals {\n x = local.x\n}", []string{"main.tf:2,6 Self-referential block"}},
		{"a circle", "locals {\n x = local.y\n y = local.x\n}", []string{"main.tf:2,2 Cycle"}},
		{"a circle through a provider", "provider \"toy\" {\n region = toy_server.web.id\n}\n" + server(""), []string{"main.tf:1,1 Cycle"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, diags := Load(files(tt.src), ".", toyCatalog(), nil)
			if diff := cmp.Diff(tt.want, found(diags)); diff != "" {
				t.Errorf("errors (-want +got):\n%s\nof\n%s\n%v", diff, tt.src, diags)
			}
			for _, d := range diags {
				if d.Detail == "" {
					t.Errorf("%q has no detail", d.Summary)
				}
			}
		})
	}
}

func TestLoadSuggests(t *testing.T) {
	for src, want := range map[string]string{
		`resorce "toy_server" "a" {}`:    "resource",
		`resource "toy_sever" "a" {}`:    "toy_server",
		`data "toy_imge" "a" {}`:         "toy_image",
		`provider "tooy" {}`:             "toy",
		`variable "a" { defalt = 1 }`:    "default",
		"locals {\n name = local.nam\n}": "local.name",
	} {
		_, diags := Load(files(src), ".", toyCatalog(), nil)
		if len(diags) == 0 || !strings.Contains(diags[0].Detail, fmt.Sprintf("Did you mean %q?", want)) {
			t.Errorf("%s: %v, want the suggestion %q", src, diags, want)
		}
	}
}

func TestLoadFiles(t *testing.T) {
	fsys := fstest.MapFS{
		"b.tf":          {Data: []byte("locals {\n b = local.a\n}")},
		"a.hcl":         {Data: []byte("locals {\n a = 1\n}")},
		".hidden.tf":    {Data: []byte("x")},
		"notes.txt":     {Data: []byte("x")},
		"dir/other.tf":  {Data: []byte("x")},
		"dir.tf/inside": {Data: []byte("x")},
	}
	p, diags := Load(fsys, ".", toyCatalog(), nil)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	var ids []string
	for _, b := range p.Blocks {
		ids = append(ids, b.ID.String())
	}
	if diff := cmp.Diff([]string{"local.a", "local.b"}, ids); diff != "" {
		t.Errorf("blocks (-want +got):\n%s", diff)
	}
	if empty, diags := Load(fstest.MapFS{"notes.txt": {}}, "stack", toyCatalog(), nil); len(diags) != 0 || !empty.Empty || p.Empty {
		t.Errorf("a directory without configuration: empty %t, %v, want an empty program; with one: %t", empty.Empty, diags, p.Empty)
	}
}

func TestBlocksStandAfterWhatTheyNeed(t *testing.T) {
	src := `
		output "o" { value = [local.z, data.toy_image.i.id] }
		locals { z = toy_server.a.id }
		resource "toy_server" "a" {
			name  = var.n
			count = local.c
			depends_on = [toy_server.b]
		}
		resource "toy_server" "b" {
			name = "b"
			dynamic "disk" {
				for_each = local.disks
				iterator = it
				content {
					kind = it.value
					dynamic "part" {
						for_each = [it.key, local.p]
						content { name = "${part.value}${local.q}" }
					}
				}
			}
			lifecycle {
				replace_triggered_by = [toy_server.c]
				precondition {
					condition     = local.r
					error_message = "no ${local.s}"
				}
			}
		}
		resource "toy_server" "c" {
			name     = each.key
			for_each = toset(["x"])
		}
		locals {
			c     = 1
			disks = []
			p     = 1
			q     = 2
			r     = true
			s     = 1
		}
		data "toy_image" "i" { slug = "x" }
		variable "n" { default = 1 }`
	src = strings.Replace(src, "toy_server.a.id", "toy_server.a[0].id", 1)
	p := load(t, src)
	at := map[ID]int{}
	for i, b := range p.Blocks {
		at[b.ID] = i
	}
	for _, b := range p.Blocks {
		for _, n := range b.Needs {
			if at[n] >= at[b.ID] {
				t.Errorf("%s stands before %s, which it needs", b.ID, n)
			}
		}
	}
	needs := func(typ, name string) string {
		return fmt.Sprint(p.Block(ID{Kind: Resource, Type: typ, Name: name}).Needs)
	}
	if diff := cmp.Diff("[local.disks local.p local.q local.r local.s toy toy_server.c]", needs("toy_server", "b")); diff != "" {
		t.Errorf("needs of b (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("[var.n local.c toy toy_server.b]", needs("toy_server", "a")); diff != "" {
		t.Errorf("needs of a (-want +got):\n%s", diff)
	}
	resources := p.Needs(func(id ID) bool { return id.Kind == Resource })
	if got := fmt.Sprint(resources[ID{Kind: Output, Name: "o"}]); got != "[toy_server.a]" {
		t.Errorf("nearest resources of the output: %s, want [toy_server.a]", got)
	}
}

func TestProviders(t *testing.T) {
	p := load(t, `
		terraform {
			required_providers { own = { source = "registry/somebody/toy" } }
		}
		provider "own" { region = "x" }
		provider "toy" {
			alias  = "b"
			region = "y"
		}
		resource "toy_server" "default" { name = "a" }
		resource "toy_server" "other" {
			name     = "a"
			provider = toy.b
		}`)
	for name, want := range map[string]string{"default": "toy", "other": "toy.b"} {
		b := p.Block(ID{Kind: Resource, Type: "toy_server", Name: name})
		if got, _ := NewScope(p, Env{}).ProviderKey(b, Instance{}); got != want {
			t.Errorf("provider of %s is %s, want %s", name, got, want)
		}
		if id, _ := ProviderID(want); id != b.Provider.ID {
			t.Errorf("ProviderID(%q) = %v, want %v", want, id, b.Provider.ID)
		}
	}
	implied := load(t, `resource "toy_server" "a" { name = "a" }`)
	if implied.Block(ID{Kind: Provider, Type: "toy"}) == nil {
		t.Error("a provider without a block has no configuration")
	}
}

func TestCheckSource(t *testing.T) {
	deep := strings.Repeat("[", 12_000) + strings.Repeat("]", 12_000)
	tests := []struct{ name, src, want string }{
		{"brackets", "locals {\n x = " + deep + "\n}", "Nested too deeply"},
		{"parentheses", "locals {\n x = " + strings.ReplaceAll(strings.ReplaceAll(deep, "[", "("), "]", ")") + "\n}", "Nested too deeply"},
		{"templates", "locals {\n x = " + strings.Repeat(`"${`, 12_000) + "1" + strings.Repeat(`}"`, 12_000) + "\n}", "Nested too deeply"},
		{"template directives", "locals {\n x = \"" + strings.Repeat("%{if true}", 12_000) + strings.Repeat("%{endif}", 12_000) + "\"\n}", ""},
		{"blocks", strings.Repeat("a {\n", 12_000), "Nested too deeply"},
		{"bangs", "locals {\n x = " + strings.Repeat("!", 100_000) + "true\n}", "Nested too deeply"},
		{"minuses", "locals {\n x = " + strings.Repeat("-", 12_000) + "1\n}", "Nested too deeply"},
		{"spaced minuses", "locals {\n x = " + strings.Repeat("- ", 12_000) + "1\n}", "Nested too deeply"},
		{"operators", "locals {\n x = 1" + strings.Repeat(" + 1", 12_000) + "\n}", "Expression too long"},
		{"conditionals", "locals {\n x = " + strings.Repeat("true ? 1 : ", 12_000) + "1\n}", "Expression too long"},
		{"attributes", "locals {\n x = a" + strings.Repeat(".a", 12_000) + "\n}", ""},
		{"indexes", "locals {\n x = []" + strings.Repeat("[0]", 12_000) + "\n}", "Expression too long"},
		{"splats", "locals {\n x = []" + strings.Repeat("[*]", 12_000) + "\n}", "Expression too long"},
		{"a file that is too large", "locals {}\n" + strings.Repeat("# x\n", 500_000), "Source file too large"},
		{"bytes that are no text", "locals {\n x = \"\xff\"\n}", "Invalid character encoding"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, diags := Load(files(tt.src), ".", toyCatalog(), nil)
			if tt.want == "" {
				if !diags.HasErrors() { // what loads can be evaluated as well
					_, _ = NewScope(p, Env{}).Value(ID{Kind: Local, Name: "x"})
				}
				return
			}
			if len(diags) == 0 || diags[0].Summary != tt.want {
				t.Errorf("got %.300v, want %q", diags, tt.want)
			}
		})
	}
	t.Run("what is nested as people do is fine", func(t *testing.T) {
		load(t, "locals {\n x = "+strings.Repeat("[", 150)+strings.Repeat("]", 150)+"\n y = !!!true\n}")
		load(t, "locals {\n x = ["+strings.Repeat("[1 + -1],\n", 6_000)+"]\n y = 1"+strings.Repeat(" + 1", 5000)+"\n}")
	})
}
