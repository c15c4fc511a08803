package providers

import (
	"reflect"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

// note has attributes of any type.
type note struct {
	ID    string      `cty:"id" is:"computed"`
	Text  cty.Value   `cty:"text" is:"optional"`
	Copy  cty.Value   `cty:"copy" is:"computed"`
	Pages []page      `cty:"page" is:"optional,single"`
	List  []cty.Value `cty:"list" is:"optional"`
}

type page struct {
	Any cty.Value `cty:"any" is:"required"`
}

func TestSchemaOfAnyType(t *testing.T) {
	s := SchemaOf(reflect.TypeFor[note]())
	for _, name := range []string{"text", "copy"} {
		if a := s.Attr(name); a.Type != cty.DynamicPseudoType || a.Block != nil {
			t.Errorf("%s is %#v, a block: %v", name, a.Type, a.Block != nil)
		}
	}
	if a := s.Attr("list"); !a.Type.Equals(cty.List(cty.DynamicPseudoType)) || a.Block != nil {
		t.Errorf("list is %#v, a block: %v", a.Type, a.Block != nil)
	}
	a := s.Attr("page")
	if a.Block == nil || !a.Single || a.MaxItems != 1 || a.Block.Attr("any").Type != cty.DynamicPseudoType {
		t.Errorf("page is %+v", a)
	}
}

func TestAnyTypeRoundTrip(t *testing.T) {
	c := newCodec[note]()
	for _, v := range []cty.Value{
		cty.NullVal(cty.DynamicPseudoType), cty.NullVal(cty.String), cty.StringVal(""), cty.Zero, cty.False, cty.EmptyTupleVal, cty.EmptyObjectVal,
		cty.MapValEmpty(cty.Bool), cty.TupleVal([]cty.Value{cty.True, cty.StringVal("a")}), cty.ObjectVal(map[string]cty.Value{"a": cty.UnknownVal(cty.String)}),
	} {
		want := cty.ObjectVal(map[string]cty.Value{
			"id": cty.StringVal("1"), "text": v, "copy": v, "list": cty.NullVal(cty.List(cty.DynamicPseudoType)),
			"page": cty.ListVal([]cty.Value{cty.ObjectVal(map[string]cty.Value{"any": v})}),
		})
		var x note
		if err := c.decode(want, &x); err != nil {
			t.Errorf("%#v: %v", v, err)
		}
		if got := c.encode(&x); !got.RawEquals(want) {
			t.Errorf("got %#v, want %#v", got, want)
		}
	}
	t.Run("what is not known is nothing", func(t *testing.T) {
		x := note{Text: cty.True}
		v := c.encode(&x).AsValueMap()
		v["text"] = cty.UnknownVal(cty.String)
		if err := c.decode(cty.ObjectVal(v), &x); err != nil || x.Text != cty.NilVal {
			t.Errorf("text %#v, %v", x.Text, err)
		}
		if got := c.encode(&x).GetAttr("text"); !got.RawEquals(cty.NullVal(cty.DynamicPseudoType)) {
			t.Errorf("encoded %#v, want null", got)
		}
	})
}
