package config

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/state"
)

func TestExpand(t *testing.T) {
	tests := []struct {
		name, argument string
		want           string // keys, "unknown" or the summary of an error
	}{
		{"neither", "", "[]"},
		{"count", "count = 3", "[[0] [1] [2]]"},
		{"count of zero", "count = 0", ""},
		{"count as text", `count = "2"`, "[[0] [1]]"},
		{"count of a condition", "count = true ? 1 : 0", "[[0]]"},
		{"count that is sensitive", "count = sensitive(1)", "[[0]]"},
		{"count that is not known", "count = length(toy_server.db.id)", "unknown"},
		{"count below zero", "count = -1", "Invalid count argument"},
		{"count with a fraction", "count = 1.5", "Invalid count argument"},
		{"count of null", "count = null", "Invalid count argument"},
		{"count of a list", "count = []", "Invalid count argument"},
		{"count beyond all bounds", "count = 100001", "Invalid count argument"},
		{"for_each of a set", `for_each = toset(["b", "a"])`, `[["a"] ["b"]]`},
		{"for_each of an object", `for_each = { b = 1, a = 2 }`, `[["a"] ["b"]]`},
		{"for_each of a map", `for_each = tomap({ b = 1, a = 2 })`, `[["a"] ["b"]]`},
		{"for_each of nothing", `for_each = {}`, ""},
		{"for_each of an empty set", `for_each = toset([])`, ""},
		{"for_each with values that are not known", `for_each = { a = toy_server.db.id }`, `[["a"]]`},
		{"for_each with keys that are not known", `for_each = { (toy_server.db.id) = 1 }`, "unknown"},
		{"for_each of a set that is not known", `for_each = toset([toy_server.db.id])`, "unknown"},
		{"for_each with sensitive values", `for_each = { a = sensitive("x") }`, `[["a"]]`},
		{"for_each that is sensitive", `for_each = sensitive({ a = 1 })`, "Invalid for_each argument"},
		{"for_each of a set with a sensitive element", `for_each = toset([sensitive("x")])`, "Invalid for_each argument"},
		{"for_each of a list", `for_each = ["a"]`, "Invalid for_each argument"},
		{"for_each of null", `for_each = null`, "Invalid for_each argument"},
		{"for_each of numbers", `for_each = toset([1])`, "Invalid for_each set argument"},
		{"for_each with null", `for_each = toset(["a", null])`, "Invalid for_each set argument"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := scope(t, "resource \"toy_server\" \"db\" {\n name = \"db\"\n}\nresource \"toy_server\" \"web\" {\n name = \"web\"\n"+tt.argument+"\n}")
			list, known, diags := s.Expand(block(t, s, Resource, "toy_server", "web"), nil)
			var keys []string
			for _, in := range list {
				keys = append(keys, in.Key.String())
			}
			got := ""
			switch {
			case diags.HasErrors():
				got = diags[0].Summary
			case !known:
				got = "unknown"
			case len(keys) > 0:
				got = fmt.Sprint(keys)
			}
			if got != tt.want {
				t.Errorf("got %q, want %q (%v)", got, tt.want, diags)
			}
		})
	}
}

// textOf returns an object in short: what is not null, in order of name.
func textOf(v cty.Value) string {
	switch {
	case !v.IsKnown():
		return "?"
	case v.IsNull():
		return "null"
	case v.IsMarked():
		v, _ = v.Unmark()
		return "hidden " + textOf(v)
	case v.Type() == cty.String:
		return v.AsString()
	case v.Type() == cty.Number:
		return v.AsBigFloat().Text('f', -1)
	case v.Type() == cty.Bool:
		return fmt.Sprint(v.True())
	case v.Type().IsObjectType() || v.Type().IsMapType():
		var parts []string
		for it := v.ElementIterator(); it.Next(); {
			k, e := it.Element()
			if text := textOf(e); text != "null" && text != "[]" {
				parts = append(parts, k.AsString()+"="+text)
			}
		}
		return "{" + strings.Join(parts, " ") + "}"
	}
	var parts []string
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		parts = append(parts, textOf(e))
	}
	return "[" + strings.Join(parts, " ") + "]"
}

func TestBody(t *testing.T) {
	tests := []struct {
		name, body string
		want       string
	}{
		{"attributes", `name = "a"`, "{name=a}"},
		{"attributes are converted", "name = 1\n tags = [2, \"b\"]", "{name=1 tags=[2 b]}"},
		{"what is not known", "name = toy_server.db.id", "{name=?}"},
		{"what is sensitive", "name = sensitive(\"x\")", "{name=hidden x}"},
		{"blocks of a list", "name = \"a\"\n disk {\n kind = \"x\"\n }\n disk {\n kind = \"y\"\n }", "{disk=[{kind=x} {kind=y}] name=a}"},
		{"blocks of a set", "name = \"a\"\n rule {\n port = 2\n }\n rule {\n port = 1\n }\n rule {\n port = 2\n }", "{name=a rule=[{port=1} {port=2}]}"},
		{"blocks in blocks", "name = \"a\"\n disk {\n kind = \"x\"\n part {\n name = \"p\"\n }\n }", "{disk=[{kind=x part=[{name=p}]}] name=a}"},
		{"dynamic blocks", "name = \"a\"\n dynamic \"disk\" {\n for_each = [\"x\", \"y\"]\n content {\n kind = \"${disk.key}${disk.value}\"\n }\n }", "{disk=[{kind=0x} {kind=1y}] name=a}"},
		{"dynamic blocks in dynamic blocks", "name = \"a\"\n dynamic \"disk\" {\n for_each = { x = [1, 2] }\n iterator = d\n content {\n kind = d.key\n dynamic \"part\" {\n for_each = d.value\n content {\n name = \"${d.key}${part.value}\"\n }\n }\n }\n }",
			"{disk=[{kind=x part=[{name=x1} {name=x2}]}] name=a}"},
		{"dynamic blocks whose number is not known", "name = \"a\"\n dynamic \"disk\" {\n for_each = toy_server.db.tags\n content {\n kind = disk.value\n }\n }", "{disk=? name=a}"},

		{"a required argument is missing", "", "Missing required argument"},
		{"a required argument is null", "name = null", "Missing required argument"},
		{"an argument that does not exist", "name = \"a\"\n nam = 1", "Unsupported argument"},
		{"an argument that the cloud decides", "name = \"a\"\n id = 1", "Value for unconfigurable attribute"},
		{"a value of another type", "name = []", "Incorrect attribute value type"},
		{"a block that does not exist", "name = \"a\"\n dsk {}", "Unsupported block type"},
		{"a block as argument", "name = \"a\"\n disk = []", "Unsupported argument"},
		{"an argument as block", "name = \"a\"\n size {}", "Unsupported block type"},
		{"too many blocks", "name = \"a\"\n" + strings.Repeat(" disk {\n kind = \"x\"\n }\n", 4), "Too many disk blocks"},
		{"an argument that is missing in a block", "name = \"a\"\n disk {}", "Missing required argument"},
		{"an infinite number", "name = \"a\"\n rule {\n port = 1 / 0\n }", "Infinite number"},
		{"a function that does not exist", "name = nothing()", "Call to unknown function"},
		{"a key that does not exist", "name = { a = 1 }.b", "Unsupported attribute"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := scope(t, "resource \"toy_server\" \"db\" {\n name = \"db\"\n}\nresource \"toy_server\" \"web\" {\n"+tt.body+"\n}")
			v, diags := s.Body(block(t, s, Resource, "toy_server", "web"), Instance{})
			got := ""
			if diags.HasErrors() {
				got = diags[0].Summary
			} else {
				got = textOf(v)
				if v.Type().HasAttribute("id") != true {
					t.Errorf("the value has no id: %s", v.Type().FriendlyName())
				}
			}
			if got != tt.want {
				t.Errorf("got %s, want %s (%v)", got, tt.want, diags)
			}
		})
	}
}

func TestBodySeesItsInstance(t *testing.T) {
	s := scope(t, "resource \"toy_server\" \"web\" {\n for_each = { a = \"x\" }\n name = \"${each.key}-${each.value}\"\n}")
	v, diags := s.Body(block(t, s, Resource, "toy_server", "web"), Instance{Key: state.NameKey("a"), Each: cty.StringVal("x")})
	if diags.HasErrors() || textOf(v) != "{name=a-x}" {
		t.Errorf("got %s, %v; want {name=a-x}", textOf(v), diags)
	}
	s = scope(t, "resource \"toy_server\" \"web\" {\n count = 3\n name = \"n${count.index}\"\n}")
	v, diags = s.Body(block(t, s, Resource, "toy_server", "web"), Instance{Key: state.IndexKey(2)})
	if diags.HasErrors() || textOf(v) != "{name=n2}" {
		t.Errorf("got %s, %v; want {name=n2}", textOf(v), diags)
	}
}

func TestScopeValues(t *testing.T) {
	const resources = "resource \"toy_server\" \"one\" {\n name = \"a\"\n}\nresource \"toy_server\" \"many\" {\n name = \"a\"\n count = 2\n}\nresource \"toy_server\" \"each\" {\n name = \"a\"\n for_each = { k = 1 }\n}\n"
	set := func(s *Scope) {
		ty := block(t, s, Resource, "toy_server", "one").Type.ImpliedType()
		object := func(id string) cty.Value {
			vals := map[string]cty.Value{}
			for name, aty := range ty.AttributeTypes() {
				vals[name] = cty.NullVal(aty)
			}
			vals["id"] = cty.StringVal(id)
			return cty.ObjectVal(vals)
		}
		a := state.Addr{Type: "toy_server", Name: "one"}
		s.SetInstance(a, object("1"))
		a.Name = "many"
		for i := range 2 {
			a.Key = state.IndexKey(i)
			s.SetInstance(a, object(fmt.Sprint("m", i)))
		}
		a.Name, a.Key = "each", state.NameKey("k")
		s.SetInstance(a, object("e"))
	}
	tests := []struct{ expr, want string }{
		{"toy_server.one.id", "1"},
		{"toy_server.many[1].id", "m1"},
		{"toy_server.many[*].id", "[m0 m1]"},
		{"[for s in toy_server.many : s.id]", "[m0 m1]"},
		{"length(toy_server.many)", "2"},
		{`toy_server.each["k"].id`, "e"},
		{"{ for k, s in toy_server.each : k => s.id }", "{k=e}"},
		{"values(toy_server.each)[*].id", "[e]"},
		{"toy_server.one.name", "null"},
		{"terraform.workspace", "prod"},
		{"ephemeralasnull(terraform.applying)", "null"},
		{"path.cwd", "/w"},
		{"path.module", "."},
		{"path.root", "."},
	}
	for _, tt := range tests {
		t.Run(tt.expr, func(t *testing.T) {
			s := scope(t, resources+"locals {\n x = "+tt.expr+"\n}")
			set(s)
			v, diags := local(t, s)
			if diags.HasErrors() || textOf(v) != tt.want {
				t.Errorf("got %s, want %s (%v)", textOf(v), tt.want, diags)
			}
		})
	}
	t.Run("what is not there yet is unknown", func(t *testing.T) {
		s := scope(t, resources+"locals {\n x = [toy_server.one.id, toy_server.one.name]\n}")
		if v, diags := local(t, s); diags.HasErrors() || textOf(v) != "[? ?]" {
			t.Errorf("got %s, %v", textOf(v), diags)
		}
	})
	t.Run("an error is reported once", func(t *testing.T) {
		s := scope(t, "locals {\n bad = tonumber(\"x\")\n x = local.bad\n y = local.bad\n}")
		var all hcl.Diagnostics
		for _, name := range []string{"x", "y", "bad"} {
			_, diags := s.Value(ID{Kind: Local, Name: name})
			all = append(all, diags...)
		}
		if len(all) != 1 {
			t.Errorf("%d errors, want 1: %v", len(all), all)
		}
	})
}

func TestOutputs(t *testing.T) {
	tests := []struct{ name, output, want string }{
		{"a value", `value = "x"`, "x"},
		{"a sensitive value that says so", "value = sensitive(\"x\")\n sensitive = true", "hidden x"},
		{"a sensitive value that does not", `value = sensitive("x")`, "Output refers to sensitive values"},
		{"a sensitive part that does not", `value = { a = sensitive("x") }`, "Output refers to sensitive values"},
		{"a precondition that fails", "value = 1\n precondition {\n condition = false\n error_message = \"no\"\n }", "Module output value precondition failed"},
		{"a condition that is none", "value = 1\n precondition {\n condition = \"x\"\n error_message = \"no\"\n }", "Invalid condition result"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := scope(t, "output \"o\" {\n"+tt.output+"\n}")
			v, diags := s.Value(ID{Kind: Output, Name: "o"})
			got := textOf(v)
			if diags.HasErrors() {
				got = diags[0].Summary
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestVariables(t *testing.T) {
	tests := []struct {
		name, variable string
		args           []Arg
		want           string
	}{
		{"a default", "default = 1", nil, "1"},
		{"a default that is converted", "type = list(string)\n default = [1]", nil, "[1]"},
		{"optional attributes are filled in", "type = object({ a = optional(number, 3), b = optional(string) })\n default = {}", nil, "{a=3}"},
		{"optional attributes are absent, at any depth", "type = list(object({ a = optional(string) }))\n default = [{}]", nil, "[{}]"},
		{"null of an object with optional attributes", "type = object({ a = optional(string) })\n default = null", nil, "null"},
		{"an attribute that is not optional", "type = object({ a = string })\n default = { a = 1 }", []Arg{{File: "f.tfvars", Text: []byte("v = {}")}}, "Invalid value for input variable"},
		{"none", "", nil, "No value for required variable"},
		{"a text", "type = string", []Arg{{Var: "v=a b"}}, "a b"},
		{"a text with an equals sign", "type = string", []Arg{{Var: "v=a=b"}}, "a=b"},
		{"an empty text", "type = string", []Arg{{Var: "v="}}, ""},
		{"a number", "type = number", []Arg{{Var: "v=3"}}, "3"},
		{"a list", "type = list(number)", []Arg{{Var: "v=[1, 2]"}}, "[1 2]"},
		{"any is an expression", "type = any", []Arg{{Var: "v=[1]"}}, "[1]"},
		{"any is no bare word", "type = any", []Arg{{Var: "v=x"}}, "Invalid value for input variable"},
		{"no type is text", "", []Arg{{Var: "v=[1]"}}, "[1]"},
		{"null where it is forbidden gives the default", "default = 1\n nullable = false", []Arg{{File: "f.tfvars", Text: []byte("v = null")}}, "1"},
		{"null where it is allowed", "default = 1", []Arg{{File: "f.tfvars", Text: []byte("v = null")}}, "null"},
		{"what is sensitive", "type = string\n sensitive = true", []Arg{{Var: "v=x"}}, "hidden x"},
		{"a validation that holds", "default = 1\n validation {\n condition = var.v > 0\n error_message = \"no\"\n }", nil, "1"},
		{"a validation that fails", "default = 0\n validation {\n condition = var.v > 0\n error_message = \"no\"\n }", nil, "Invalid value for variable"},
		{"a number that is none", "type = number", []Arg{{Var: "v=x"}}, "Invalid value for input variable"},
		{"a list that is none", "type = list(number)", []Arg{{Var: "v=["}}, "Invalid value for input variable"},
		{"a list of something else", "type = list(number)", []Arg{{Var: `v=["x"]`}}, "Invalid value for input variable"},
		{"an argument without equals sign", "type = string", []Arg{{Var: "v"}}, "Invalid -var option"},
		{"an argument for what is not declared", "default = 1", []Arg{{Var: "w=1"}}, "Value for undeclared variable"},
		{"a file that is none", "default = 1", []Arg{{File: "f.tfvars", Text: []byte("v = ")}}, "Missing expression"},
		{"a file in JSON", "", []Arg{{File: "f.tfvars.json", Text: []byte(`{"v": {"a": [1]}}`)}}, "{a=[1]}"},
		{"a file that refers to something", "", []Arg{{File: "f.tfvars", Text: []byte("v = var.x")}}, "Variables not allowed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := load(t, "variable \"v\" {\n"+tt.variable+"\n}")
			diags := p.SetInputs(fstest.MapFS{}, nil, tt.args)
			v := cty.NilVal
			if !diags.HasErrors() {
				v, diags = NewScope(p, Env{}).Value(ID{Kind: Variable, Name: "v"})
			}
			got := ""
			if diags.HasErrors() {
				got = diags[0].Summary
			} else {
				got = textOf(v)
			}
			if got != tt.want {
				t.Errorf("got %s, want %s (%v)", got, tt.want, diags)
			}
		})
	}
}

func TestInputsPrecedence(t *testing.T) {
	// Each source sets its own variable and all that come after it: the last
	// one must win.
	names := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i"}
	src := ""
	for _, n := range names {
		src += fmt.Sprintf("variable %q {\n default = \"default\"\n}\n", n)
	}
	text := func(from string, first int) []byte {
		s := ""
		for _, n := range names[first:] {
			s += fmt.Sprintf("%s = %q\n", n, from)
		}
		return []byte(s)
	}
	jsonText := func(from string, first int) []byte {
		var parts []string
		for _, n := range names[first:] {
			parts = append(parts, fmt.Sprintf("%q: %q", n, from))
		}
		return []byte("{" + strings.Join(parts, ",") + "}")
	}
	var environ []string
	for _, n := range names[1:] {
		environ = append(environ, "TF_VAR_"+n+"=TF_VAR")
	}
	for _, n := range names[2:] {
		environ = append([]string{"MLINFRA_VAR_" + n + "=MLINFRA_VAR"}, environ...)
	}
	environ = append(environ, "TF_VAR_undeclared=x", "OTHER=x", "")
	fsys := fstest.MapFS{
		"terraform.tfvars":      {Data: text("terraform.tfvars", 3)},
		"terraform.tfvars.json": {Data: jsonText("terraform.tfvars.json", 4)},
		"a.auto.tfvars":         {Data: text("a.auto.tfvars", 5)},
		"b.auto.tfvars.json":    {Data: jsonText("b.auto.tfvars.json", 6)},
		"other.tfvars":          {Data: text("other", 0)},
	}
	args := []Arg{{File: "x.tfvars", Text: text("x.tfvars", 7)}, {Var: "i=-var"}}
	p := load(t, src)
	if diags := p.SetInputs(fsys, environ, args); len(diags) > 0 {
		t.Fatal(diags)
	}
	s := NewScope(p, Env{})
	got := map[string]string{}
	for _, n := range names {
		v, _ := s.Value(ID{Kind: Variable, Name: n})
		got[n] = v.AsString()
	}
	want := map[string]string{
		"a": "default", "b": "TF_VAR", "c": "MLINFRA_VAR", "d": "terraform.tfvars", "e": "terraform.tfvars.json",
		"f": "a.auto.tfvars", "g": "b.auto.tfvars.json", "h": "x.tfvars", "i": "-var",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if diags := p.SetInputs(fsys, nil, []Arg{{Var: "i=-var"}, {File: "x.tfvars", Text: text("x.tfvars", 7)}}); diags.HasErrors() {
		t.Fatal(diags)
	}
	if got := p.Inputs["i"].AsString(); got != "x.tfvars" {
		t.Errorf("of two arguments %s wins, want the last", got)
	}
}

// An instance is seen when something refers to it, and only once.
func TestSetInstanceTo(t *testing.T) {
	s := scope(t, "resource \"toy_server\" \"a\" {\n name = \"a\"\n}\nlocals {\n x = toy_server.a.name\n}")
	a := state.Addr{Type: "toy_server", Name: "a"}
	seen := 0
	named := func(name string) cty.Value { return cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal(name)}) }
	s.SetInstance(a, named("before"))
	s.SetInstanceTo(a, func() cty.Value { seen++; return named("never") })
	s.SetInstanceTo(a, func() cty.Value { seen++; return named("now") })
	if seen > 0 {
		t.Error("the instance is seen before anything refers to it")
	}
	for range 2 {
		if v, diags := s.Value(ID{Kind: Resource, Type: "toy_server", Name: "a"}); diags.HasErrors() || v.GetAttr("name").AsString() != "now" {
			t.Errorf("the block is %#v, %v", v, diags)
		}
	}
	if v, diags := local(t, s); diags.HasErrors() || v.AsString() != "now" {
		t.Errorf("what refers to it is %#v, %v", v, diags)
	}
	if seen != 1 {
		t.Errorf("seen %d times, want once", seen)
	}
	s.SetInstanceTo(a, func() cty.Value { seen++; return named("never") })
	s.SetInstance(a, named("after"))
	if v, _ := s.Value(ID{Kind: Resource, Type: "toy_server", Name: "a"}); v.GetAttr("name").AsString() != "after" || seen != 1 {
		t.Errorf("the block is %#v after it was set anew, seen %d times", v, seen)
	}
}

func TestMissing(t *testing.T) {
	p := load(t, "variable \"a\" {}\nvariable \"b\" {\n default = null\n}\nvariable \"c\" {}")
	if diags := p.SetInputs(fstest.MapFS{}, []string{"TF_VAR_c=x"}, nil); diags.HasErrors() {
		t.Fatal(diags)
	}
	if m := p.Missing(); len(m) != 1 || m[0].ID.Name != "a" {
		t.Errorf("missing %v, want a", m)
	}
	if diags := p.SetText("a", "x"); diags.HasErrors() || len(p.Missing()) > 0 {
		t.Errorf("missing %v after it was set, %v", p.Missing(), diags)
	}
}
