package providers

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"
)

// address and Titled are embedded, address through postal as well. Aside has no
// attributes.
type (
	address struct {
		Street string   `cty:"street" is:"optional"`
		Doors  []nested `cty:"doors"  is:"optional"`
	}
	postal struct {
		Code int `cty:"code" is:"required,replace"`
		address
		Aside
	}
	Titled struct {
		Title string `cty:"title" is:"computed" doc:"What it is called."`
	}
	room struct {
		Titled
		Size int `cty:"size" is:"required"`
	}
	house struct {
		ID string `cty:"id" is:"computed"`
		postal
		Rooms  []room `cty:"rooms" is:"optional"`
		Sheds  []room `cty:"sheds" is:"optional,set"`
		Seen   []room `cty:"seen"  is:"computed"`
		Titled `cty:"sign" is:"computed"`
		Color  string `cty:"color" is:"else=red"`
	}
)

func TestFieldsOfEmbedded(t *testing.T) {
	names := func(s *Schema) (list []string) {
		for _, a := range s.Attrs {
			list = append(list, a.Name)
		}
		return list
	}
	s := SchemaOf(reflect.TypeFor[house]())
	if diff := cmp.Diff([]string{"id", "code", "street", "doors", "rooms", "sheds", "seen", "sign", "color"}, names(s)); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"title", "size"}, names(s.Attr("rooms").Block)); diff != "" {
		t.Errorf("attributes of a block (-want +got):\n%s", diff)
	}
	if a := s.Attr("code"); a.Mode != Required || !a.Replace || !a.Type.Equals(cty.Number) {
		t.Errorf("code is %+v, want what its tags say", a)
	}
	seen := cty.List(cty.Object(map[string]cty.Type{"title": cty.String, "size": cty.Number}))
	if a := s.Attr("seen"); !a.Type.Equals(seen) {
		t.Errorf("seen is %#v, want %#v", a.Type, seen)
	}
	if a := s.Attr("sign"); !a.Type.Equals(cty.Object(map[string]cty.Type{"title": cty.String})) {
		t.Errorf("sign, an embedded struct with a tag of its own, is %#v", a.Type)
	}
}

func TestValuesOfEmbedded(t *testing.T) {
	rooms := []room{{Titled{"hall"}, 20}, {Titled{"attic"}, 9}}
	want := house{
		ID: "1", postal: postal{Code: 10115, address: address{Street: "Elm", Doors: []nested{{Port: 1, Hosts: []string{"a"}}}}},
		Rooms: rooms, Sheds: rooms[:1], Seen: rooms, Titled: Titled{"Home"}, Color: "blue",
	}
	c := newCodec[house]()
	v := c.encode(&want)
	var got house
	if err := c.decode(v, &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(want, got) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !v.GetAttr("code").RawEquals(cty.NumberIntVal(10115)) || !v.GetAttr("street").RawEquals(cty.StringVal("Elm")) {
		t.Errorf("encoded %#v", v)
	}
	if first := v.GetAttr("seen").AsValueSlice()[0]; !first.RawEquals(cty.ObjectVal(map[string]cty.Value{"title": cty.StringVal("hall"), "size": cty.NumberIntVal(20)})) {
		t.Errorf("the first of a list is %#v", first)
	}
	if v := c.encode(&house{}); !v.GetAttr("street").IsNull() || v.GetAttr("code").IsNull() {
		t.Errorf("the zero value is %#v, want an optional attribute to be null", v)
	}
}
