package planner

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/state"
)

func noteAddr(name string) state.Addr { return state.Addr{Type: "toy_note", Name: name} }

func obj(vals map[string]cty.Value) cty.Value { return cty.ObjectVal(vals) }

// anything are values that an attribute of any type may have.
var anything = map[string]cty.Value{
	"nothing":             cty.NullVal(cty.DynamicPseudoType),
	"null of a type":      cty.NullVal(cty.Map(cty.String)),
	"an empty text":       str(""),
	"a number":            num(1),
	"a tuple":             cty.TupleVal([]cty.Value{num(1), str("a")}),
	"a list":              cty.ListVal([]cty.Value{str("a")}),
	"a set":               cty.SetVal([]cty.Value{str("a"), str("b")}),
	"an object in a list": cty.ListVal([]cty.Value{obj(map[string]cty.Value{"a": cty.True, "n": cty.NullVal(cty.String)})}),
	"an object":           obj(map[string]cty.Value{"value": str("x"), "type": str("y")}),
}

func TestStateKeepsTheTypeOfAnything(t *testing.T) {
	for name, v := range anything {
		want := attrs{"id": str("1"), "text": v, "copy": v, "paper": cty.ListVal([]cty.Value{obj(map[string]cty.Value{"color": str("red"), "any": v})})}.note()
		got, err := DecodeObject(noteType(), state.Object{Attrs: JSON(noteType(), want)})
		if err != nil || !got.RawEquals(want) {
			t.Errorf("%s: read back %#v, %v; want %#v", name, got, err, want)
		}
	}
}

func TestFileKeepsAnything(t *testing.T) {
	cases := map[string]cty.Value{
		"what is not known at all":             cty.DynamicVal,
		"a text that is not known":             unknownStr,
		"a part of an object":                  obj(map[string]cty.Value{"a": unknownStr, "b": num(1)}),
		"a part of a tuple":                    cty.TupleVal([]cty.Value{unknownNum, str("b")}),
		"parts of a set, alike but for them":   cty.SetVal([]cty.Value{unknownStr, str("b")}),
		"a set in a tuple in an object":        obj(map[string]cty.Value{"t": cty.TupleVal([]cty.Value{cty.SetVal([]cty.Value{unknownStr, str("x")})})}),
		"an attribute of any type in a object": obj(map[string]cty.Value{"a": cty.DynamicVal}),
	}
	for name, v := range anything {
		cases[name] = v
	}
	for name, v := range cases {
		before := attrs{"id": str("1"), "text": cty.SetVal([]cty.Value{str("old")})}.note()
		after := attrs{"id": str("1"), "text": v, "copy": cty.UnknownVal(v.Type())}.note()
		f := &File{Plan: &Plan{
			Changes: []Change{{Addr: noteAddr("n"), Action: Update, Before: before, After: after}},
			Drift:   []Drift{{Addr: noteAddr("n"), Before: before, After: cty.NullVal(before.Type())}},
		}}
		raw, err := f.Marshal(toyCatalog())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := ReadFile(raw, toyCatalog())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		c := got.Plan.Changes[0]
		if !c.Before.RawEquals(before) || !c.After.RawEquals(after) || !got.Plan.Drift[0].Before.RawEquals(before) {
			t.Errorf("%s: read back\n%#v\n%#v, want\n%#v\n%#v", name, c.Before, c.After, before, after)
		}
	}
}

func TestReadFileRefusesAnotherType(t *testing.T) {
	after := attrs{"text": str("x")}.note()
	f := &File{Plan: &Plan{Changes: []Change{{Addr: noteAddr("n"), Action: Create, Before: cty.NullVal(after.Type()), After: after}}}}
	raw, err := f.Marshal(toyCatalog())
	if err != nil {
		t.Fatal(err)
	}
	body := string(raw)
	for _, edit := range [][2]string{{`"id":"string"`, `"id":"bool"`}, {`"after_type":[`, `"after_type":["x",`}} {
		other := strings.Replace(body, edit[0], edit[1], 1)
		if other == body {
			t.Fatalf("the file has no %s:\n%s", edit[0], body)
		}
		if _, err := ReadFile([]byte(other), toyCatalog()); err == nil {
			t.Errorf("no error with %s", edit[1])
		}
	}
}

func TestSingleBlockIsAnObject(t *testing.T) {
	const src = `
resource "toy_note" "a" {
  text = ["x", 1]
  paper { color = "red" }
}
resource "toy_note" "b" { text = toy_note.a.text[0] }
output "color" {
  value     = toy_note.a.paper.color
  sensitive = true
}
output "none" { value = toy_note.b.paper == null }
`
	p, diags := config.Load(fstest.MapFS{"main.tf": {Data: []byte(src)}}, ".", toyCatalog(), nil)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	plan, diags := Build(Input{Program: p})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if got := plan.Outputs[0].After; !got.RawEquals(str("red")) {
		t.Errorf("color %#v", got)
	}
	if got := plan.Outputs[1].After; !got.RawEquals(cty.True) {
		t.Errorf("no paper is null: %#v", got)
	}
	if got := plan.Changes[1].After.GetAttr("text"); !got.RawEquals(str("x")) {
		t.Errorf("text %#v", got)
	}
}

func TestListedPartsAreSensitive(t *testing.T) {
	parts := obj(map[string]cty.Value{"a": str("x"), "b": str("y")})
	for name, tt := range map[string]struct{ parts, secret, want cty.Value }{
		"listed":          {parts, cty.ListVal([]cty.Value{str("b"), str("none")}), obj(map[string]cty.Value{"a": str("x"), "b": str("y").Mark(config.Sensitive)})},
		"none":            {parts, cty.ListValEmpty(cty.String), parts},
		"no list":         {parts, cty.NullVal(cty.List(cty.String)), parts},
		"not known yet":   {cty.DynamicVal, cty.ListVal([]cty.Value{str("b")}), cty.DynamicVal},
		"nothing to hide": {cty.NullVal(cty.DynamicPseudoType), cty.ListVal([]cty.Value{str("b")}), cty.NullVal(cty.DynamicPseudoType)},
	} {
		v := attrs{"parts": tt.parts, "secret": tt.secret}.note()
		if got := MarkSensitive(noteType().Schema, v, nil).GetAttr("parts"); !got.RawEquals(tt.want) {
			t.Errorf("%s: %#v, want %#v", name, got, tt.want)
		}
	}
}

func TestRefinesAnything(t *testing.T) {
	partly := obj(map[string]cty.Value{"a": unknownStr, "b": num(1)})
	for name, tt := range map[string]struct {
		planned, got cty.Value
		want         bool
	}{
		"what was open may become anything":  {cty.DynamicVal, partly, true},
		"an object that is filled":           {partly, obj(map[string]cty.Value{"a": str("x"), "b": num(1)}), true},
		"an object that becomes a text":      {partly, str("x"), false},
		"an object that becomes another":     {partly, obj(map[string]cty.Value{"a": str("x"), "c": num(1)}), false},
		"an object with more attributes":     {partly, obj(map[string]cty.Value{"a": str("x"), "b": num(1), "c": num(1)}), false},
		"a tuple that is filled":             {cty.TupleVal([]cty.Value{unknownStr, num(1)}), cty.TupleVal([]cty.Value{str("x"), num(1)}), true},
		"a tuple with another element":       {cty.TupleVal([]cty.Value{unknownStr, num(1)}), cty.TupleVal([]cty.Value{str("x"), num(2)}), false},
		"a tuple that becomes shorter":       {cty.TupleVal([]cty.Value{unknownStr, num(1)}), cty.TupleVal([]cty.Value{str("x")}), false},
		"a tuple that becomes a text":        {cty.TupleVal([]cty.Value{unknownStr, num(1)}), str("x"), false},
		"a map that becomes an object":       {cty.MapVal(map[string]cty.Value{"a": unknownStr}), obj(map[string]cty.Value{"a": str("x")}), false},
		"a set that becomes a list":          {cty.SetVal([]cty.Value{unknownStr, str("x")}), cty.ListVal([]cty.Value{str("x")}), false},
		"a text that is not known, a number": {unknownStr, num(1), true},
	} {
		if got := Refines(tt.planned, tt.got) == nil; got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
