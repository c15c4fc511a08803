package config

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func jsonFiles(src string) fstest.MapFS { return fstest.MapFS{"main.tf.json": {Data: []byte(src)}} }

func TestJSONValues(t *testing.T) {
	tests := []struct{ name, json, native string }{
		{"text", `"a"`, `"a"`},
		{"escapes", `"\u00e9\ud83d\ude00\/\n\""`, `"é😀/\n\""`},
		{"numbers", `[1, -2.5, 1e3, 123456789012345678901234567890]`, `[1, -2.5, 1000, 123456789012345678901234567890]`},
		{"other values", `[true, false, null, [], {}]`, `[true, false, null, [], {}]`},
		{"a template", `"${local.n + 1}"`, `local.n + 1`},
		{"quotes in a template", `"x-${upper(\"a\")}"`, `"x-${upper("a")}"`},
		{"directives", `"%{ if local.n > 1 }y%{ else }n%{ endif }"`, `"y"`},
		{"what is no template", `"$${a} %%{b} $c"`, `"$${a} %%{b} $c"`},
		{"names that are templates", `{"${local.n}": 1, "a b": 2, "n": 3}`, `{ (local.n) = 1, "a b" = 2, n = 3 }`},
		{"comments stay in values", `{"//": 1}`, `{ "//" = 1 }`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want, diags := local(t, scope(t, "locals {\n n = 2\n x = "+tt.native+"\n}"))
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			p, diags := Load(jsonFiles(`{"locals": [{"n": 2, "//": 0}, {"x": `+tt.json+`}]}`), ".", toyCatalog(), nil)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			if got, diags := local(t, NewScope(p, Env{})); diags.HasErrors() || !got.RawEquals(want) {
				t.Errorf("got %#v, want %#v (%v)", got, want, diags)
			}
		})
	}
}

func TestJSONBodies(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"arguments", `{"name": "a", "tags": ["x", "${1 + 1}"], "//": "comment"}`, "{name=a tags=[2 x]}"},
		{"one nested block", `{"name": "a", "disk": {"kind": "x"}}`, "{disk=[{kind=x}] name=a}"},
		{"several nested blocks", `{"name": "a", "disk": [{"kind": "x"}, {"kind": "y", "part": {"name": "p"}}]}`, "{disk=[{kind=x} {kind=y part=[{name=p}]}] name=a}"},
		{"no nested block", `{"name": "a", "disk": null}`, "{name=a}"},
		{"dynamic blocks", `{"name": "a", "dynamic": {"disk": {"for_each": ["x", "y"], "iterator": "d", "content": {"kind": "${d.value}"}}}}`, "{disk=[{kind=x} {kind=y}] name=a}"},
		{"blocks of the language", `{"name": "a", "lifecycle": {"ignore_changes": ["tags"], "precondition": {"condition": "${self.id}", "error_message": "m"}}}`, "Invalid \"self\" reference"},
		{"an argument that does not exist", `{"name": "a", "nam": 1}`, "Unsupported argument"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := `{"resource": {"toy_server": {"web": ` + tt.body + `}}}`
			p, diags := Load(jsonFiles(src), ".", toyCatalog(), nil)
			if !diags.HasErrors() {
				s := NewScope(p, Env{})
				v, more := s.Body(block(t, s, Resource, "toy_server", "web"), Instance{})
				if diags = more; !more.HasErrors() {
					if got := textOf(v); got != tt.want {
						t.Errorf("got %s, want %s", got, tt.want)
					}
					return
				}
			}
			if diags[0].Summary != tt.want {
				t.Errorf("got %v, want %s", diags, tt.want)
			}
		})
	}
}

func TestJSONReferences(t *testing.T) {
	p, diags := Load(jsonFiles(`{
	"variable": {"v": {"type": "list(string)", "default": ["${text}"]}},
	"provider": {"toy": [{"region": "a"}, {"alias": "b", "region": "b"}]},
	"resource": {"toy_server": {
		"db": {"name": "db"},
		"web": {
			"name": "web", "provider": "toy.b", "depends_on": ["toy_server.db"],
			"lifecycle": {"ignore_changes": "all", "replace_triggered_by": ["toy_server.db.id"], "create_before_destroy": true},
			"provisioner": [{"local-exec": {"command": "true", "when": "destroy"}}]
		}
	}},
	"moved": {"from": "toy_server.old[\"a\"]", "to": "toy_server.db"}
}`), ".", toyCatalog(), nil)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	web := p.Block(ID{Kind: Resource, Type: "toy_server", Name: "web"})
	got := []string{
		web.Provider.ID.String(), web.DependsOn[0].String(), web.Provisioners[0].Type, p.Moves[0].From.String(),
		textOf(p.Block(ID{Kind: Variable, Name: "v"}).Variable.Default),
	}
	want := []string{"toy.b", "toy_server.db", "local-exec", `toy_server.old["a"]`, "[${text}]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("references (-want +got):\n%s", diff)
	}
	if !web.Lifecycle.CreateBeforeDestroy || !web.Provisioners[0].Destroy || len(web.Lifecycle.ReplaceTriggeredBy) != 1 {
		t.Errorf("lifecycle %+v, provisioners %+v", web.Lifecycle, web.Provisioners)
	}
}

func TestJSONRefuses(t *testing.T) {
	tests := []struct {
		name, src string
		want      []string
	}{
		{"nothing", "", []string{"main.tf.json:1,1 Invalid JSON syntax"}},
		{"half a file", "{\n\"locals\": {", []string{"main.tf.json:2,12 Invalid JSON syntax"}},
		{"two values", "{} {}", []string{"main.tf.json:1,5 Invalid JSON syntax"}},
		{"a text", `"x"`, []string{"main.tf.json:1,1 Incorrect JSON value type"}},
		{"a text as block", `{"resource": {"toy_server": "x"}}`, []string{"main.tf.json:1,29 Incorrect JSON value type"}},
		{"a block that does not exist", `{"locls": {}}`, []string{"main.tf.json:1,2 Unsupported block type"}},
		{"a name that is none", `{"locals": {"a b": 1}}`, []string{"main.tf.json:1,13 Invalid local value name"}},
		{"an argument twice", `{"locals": {"a": 1, "a": 2}}`, []string{"main.tf.json:1,21 Attribute redefined"}},
		{"a block twice", `{"variable": {"a": {}, "a": {}}}`, []string{"main.tf.json:1,24 Duplicate declaration"}},
		{"a broken template", `{"locals": {"a": "${"}}`, []string{"main.tf.json:1,21 Missing expression"}},
		{"what is not declared", "{\"locals\": {\n\"a\": \"${var.b}\"}}", []string{"main.tf.json:2,9 Reference to undeclared input variable"}},
		{"no address", `{"moved": {"from": "a", "to": "b"}}`, []string{"main.tf.json:1,21 Invalid address", "main.tf.json:1,32 Invalid address"}},
		{"no text", "{\"a\": \"\xff\"}", []string{"main.tf.json:1,8 Invalid character encoding"}},
		{"a stack of brackets", `{"locals": {"a": ` + strings.Repeat("[", 1000), []string{"main.tf.json:1,218 Invalid JSON syntax"}},
		{"a stack of operators", `{"locals": {"a": "${` + strings.Repeat("!", 1000) + `true}"}}`, []string{"main.tf.json:1,221 Nested too deeply"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, diags := Load(jsonFiles(tt.src), ".", toyCatalog(), nil)
			if diff := cmp.Diff(tt.want, found(diags)); diff != "" {
				t.Errorf("errors (-want +got):\n%s\n%v", diff, diags)
			}
		})
	}
}

func TestJSONOverrides(t *testing.T) {
	fsys := fstest.MapFS{
		"main.tf":          {Data: []byte("locals {\n x = 1\n}")},
		"override.tf.json": {Data: []byte(`{"locals": {"x": 2}}`)},
		"values.json":      {Data: []byte(`no configuration`)},
	}
	p, diags := Load(fsys, ".", toyCatalog(), nil)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if v, _ := local(t, NewScope(p, Env{})); textOf(v) != "2" {
		t.Errorf("local.x is %s, want 2", textOf(v))
	}
}

// FuzzJSON looks for files that Load cannot bear.
func FuzzJSON(f *testing.F) {
	f.Add(`{"resource": {"toy_server": {"web": {"name": "${var.n}", "disk": [{"kind": "x"}], "dynamic": {"disk": {"content": {}}}}}}}`)
	f.Add(`{"variable": {"v": {"type": "list(string)"}}, "locals": {"a b": [1, null, {"": "%{if true}"}]}, "moved": {"from": "a.b[0]"}}`)
	f.Add(`{"module": {"m": {"source": "./m", "providers": {"toy": "toy.b"}}}, "import": {"to": "a.b", "id": 1}, "terraform": {"required_providers": {"a": {"source": "b/c"}}}}`)
	f.Fuzz(func(t *testing.T, src string) {
		p, diags := Load(jsonFiles(src), ".", toyCatalog(), nil)
		if diags.HasErrors() {
			return
		}
		s := NewScope(p, Env{})
		for _, b := range p.Blocks {
			s.Value(b.ID)
		}
	})
}
