package planner

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/providers"
)

func TestUnmark(t *testing.T) {
	secret := str("s").Mark(config.Sensitive)
	tests := []struct {
		name string
		in   attrs
		want []string
	}{
		{"nothing", attrs{"name": str("x")}, nil},
		{"an attribute", attrs{"name": secret}, []string{"name"}},
		{"several, sorted and once each", attrs{"size": secret, "name": secret, "tags": cty.SetVal([]cty.Value{str("a")}).Mark(config.Sensitive)}, []string{"name", "size", "tags"}},
		{"deep inside", attrs{"labels": cty.MapVal(map[string]cty.Value{"a": secret}), "disk": blocks("disk", attrs{"kind": secret})}, []string{"disk", "labels/a"}},
		{"a key with a slash", attrs{"labels": cty.MapVal(map[string]cty.Value{"a/b~c": secret, "d": str("x")})}, []string{"labels/a~1b~0c"}},
		{"an attribute and a part of another", attrs{"name": secret, "labels": cty.MapVal(map[string]cty.Value{"a": secret, "b": secret})}, []string{"labels/a", "labels/b", "name"}},
		{"another mark", attrs{"name": str("x").Mark("other")}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := tt.in.server()
			raw, got := Unmark(v)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
			if raw.ContainsMarked() || !raw.RawEquals(Bare(v)) {
				t.Errorf("Unmark(%#v) = %#v, want the same without marks", v, raw)
			}
		})
	}
}

func TestMarkSensitive(t *testing.T) {
	v := MarkSensitive(serverType().Schema, web.with(attrs{
		"password": str("p"), "disk": blocks("disk", attrs{"kind": str("ssd"), "key": str("k")}),
	}).server(), []string{"name"})
	for name, want := range map[string]bool{"password": true, "name": true, "disk": true, "size": false, "rule": false} {
		if got := config.HasMark(v.GetAttr(name), config.Sensitive); got != want {
			t.Errorf("%s is marked: %v, want %v", name, got, want)
		}
	}
	if config.HasMark(v.GetAttr("disk").Index(cty.Zero).GetAttr("kind"), config.Sensitive) {
		t.Error("the kind of a disk is marked, want only its key")
	}
	if !Bare(v).RawEquals(Bare(MarkSensitive(serverType().Schema, Bare(v), nil))) {
		t.Error("marking changes a value")
	}
	for _, v := range []cty.Value{cty.NullVal(serverType().ImpliedType()), cty.UnknownVal(serverType().ImpliedType())} {
		if got := MarkSensitive(serverType().Schema, v, []string{"name"}); !got.RawEquals(v) {
			t.Errorf("MarkSensitive(%#v) = %#v, want the same", v, got)
		}
	}
}

// What Unmark has found is marked again, and nothing else.
func TestMarkSensitiveParts(t *testing.T) {
	secret := str("s").Mark(config.Sensitive)
	s := &providers.Schema{Attrs: []*providers.Attr{{Name: "input", Type: cty.DynamicPseudoType, Mode: providers.Optional}}}
	for name, in := range map[string]cty.Value{
		"all":             secret,
		"of a map":        cty.MapVal(map[string]cty.Value{"a": secret, "b/~": secret, "c": str("x")}),
		"of an object":    obj(map[string]cty.Value{"a": obj(map[string]cty.Value{"b": secret, "c": str("x")}), "d": str("x")}),
		"of a tuple":      cty.TupleVal([]cty.Value{str("x"), secret, obj(map[string]cty.Value{"a": secret, "b": str("x")})}),
		"a whole object":  obj(map[string]cty.Value{"a": obj(map[string]cty.Value{"b": str("x")}).Mark(config.Sensitive), "c": str("x")}),
		"not known":       obj(map[string]cty.Value{"a": cty.UnknownVal(cty.String).Mark(config.Sensitive), "b": str("x")}),
		"null":            obj(map[string]cty.Value{"a": cty.NullVal(cty.String).Mark(config.Sensitive), "b": str("x")}),
		"all of a list":   cty.ListVal([]cty.Value{str("x")}).Mark(config.Sensitive),
		"all and a part":  obj(map[string]cty.Value{"a": secret}).Mark(config.Sensitive),
		"nothing of this": cty.MapVal(map[string]cty.Value{"a": str("x")}),
	} {
		t.Run(name, func(t *testing.T) {
			raw, places := Unmark(obj(map[string]cty.Value{"input": in}))
			if got := MarkSensitive(s, raw, places).GetAttr("input"); name != "all and a part" && !got.RawEquals(in) || !config.HasMark(got, config.Sensitive) && config.HasMark(in, config.Sensitive) {
				t.Errorf("%v make it %#v, want %#v", places, got, in)
			}
		})
	}
	// What is in a list makes all of it sensitive: its order may change.
	raw, places := Unmark(obj(map[string]cty.Value{"input": cty.ListVal([]cty.Value{secret, str("x")})}))
	if got := MarkSensitive(s, raw, places).GetAttr("input"); !got.IsMarked() {
		t.Errorf("%v make it %#v, want all of it sensitive", places, got)
	}
	// So does what is not there, in a value from before.
	for _, before := range []cty.Value{str("x"), cty.MapVal(map[string]cty.Value{"b": str("x")}), cty.TupleVal([]cty.Value{str("x")}), cty.NullVal(cty.String), cty.UnknownVal(cty.DynamicPseudoType)} {
		for _, place := range []string{"input/a", "input/1", "input/a/b"} {
			if got := MarkSensitive(s, obj(map[string]cty.Value{"input": before}), []string{place}).GetAttr("input"); !got.IsMarked() {
				t.Errorf("%s makes %#v %#v, want all of it sensitive", place, before, got)
			}
		}
	}
}

// Lists of blocks that hold single blocks and lists of their own: the values of
// two that differ in what they hold still have one type.
func TestBlocksInBlocksHaveOneType(t *testing.T) {
	block := func(name string, single bool, attrs ...*providers.Attr) *providers.Attr {
		s := &providers.Schema{Attrs: attrs}
		return &providers.Attr{Name: name, Type: cty.List(s.ImpliedType()), Block: s, Single: single, Mode: providers.Optional}
	}
	size := block("size", true, &providers.Attr{Name: "gb", Type: cty.Number})
	disk := block("disk", false, size, block("part", false, size))
	s := &providers.Schema{Attrs: []*providers.Attr{disk}}

	gb := obj(map[string]cty.Value{"gb": cty.NumberIntVal(1)})
	some, none := cty.ListVal([]cty.Value{gb}), cty.ListValEmpty(gb.Type())
	part := cty.ListVal([]cty.Value{obj(map[string]cty.Value{"size": some}), obj(map[string]cty.Value{"size": none})})
	v := obj(map[string]cty.Value{"disk": cty.ListVal([]cty.Value{
		obj(map[string]cty.Value{"size": some, "part": part}),
		obj(map[string]cty.Value{"size": none, "part": cty.ListValEmpty(part.Type().ElementType())}),
		obj(map[string]cty.Value{"size": cty.UnknownVal(some.Type()), "part": cty.UnknownVal(part.Type())}),
	})})

	seenPart := cty.ListVal([]cty.Value{obj(map[string]cty.Value{"size": gb}), obj(map[string]cty.Value{"size": cty.NullVal(gb.Type())})})
	want := obj(map[string]cty.Value{"disk": cty.ListVal([]cty.Value{
		obj(map[string]cty.Value{"size": gb, "part": seenPart}),
		obj(map[string]cty.Value{"size": cty.NullVal(gb.Type()), "part": cty.ListValEmpty(seenPart.Type().ElementType())}),
		obj(map[string]cty.Value{"size": cty.UnknownVal(gb.Type()), "part": cty.UnknownVal(seenPart.Type())}),
	})})
	if got := MarkSensitive(s, v, nil); !got.RawEquals(want) {
		t.Errorf("got %#v\nwant %#v", got, want)
	}
}
