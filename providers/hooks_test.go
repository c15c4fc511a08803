package providers

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

// place is a thing whose network can be named in two ways.
type place struct {
	ID      string            `cty:"id" is:"computed"`
	Network string            `cty:"network" is:"required"`
	Size    int               `cty:"size" is:"optional"`
	Tags    map[string]string `cty:"tags" is:"optional,blind"`
	All     map[string]string `cty:"tags_all" is:"computed"`
}

type placeSettings struct {
	Tag string `cty:"tag" is:"optional"`
}

// placeType is a type whose cloud shows networks by URL.
func placeType() *Type {
	seen := func(x *place) error {
		if !strings.HasPrefix(x.Network, "https://") {
			x.Network = "https://" + x.Network
		}
		return nil
	}
	return Cloud[struct{}, placeSettings]{
		Name: "x",
		Imply: func(s placeSettings, _ *Type, _, prior, want cty.Value) map[string]cty.Value {
			all := map[string]cty.Value{"default": cty.StringVal(s.Tag)}
			if !prior.IsNull() {
				all["old"] = prior.GetAttr("id")
			}
			return map[string]cty.Value{"tags_all": cty.MapVal(all)}
		},
		Resources: []Erasable{Resource[struct{}, place]{
			Type:   "x_place",
			Create: func(_ context.Context, _ struct{}, x *place, _ Attempt) error { x.ID = "1"; return seen(x) },
			Read:   func(_ context.Context, _ struct{}, x *place) error { return seen(x) },
			Update: func(_ context.Context, _ struct{}, _ place, x *place) error { return seen(x) },
			Spell: func(was place, x *place) {
				if strings.TrimPrefix(was.Network, "https://") == strings.TrimPrefix(x.Network, "https://") {
					x.Network = was.Network
				}
			},
			First: func(was, want place) bool { return want.Network != was.Network },
			Replaces: func(was, want place) []string {
				if want.Size < was.Size {
					return []string{"size"}
				}
				return nil
			},
		}},
	}.Provider().Resources.Of("x_place")
}

func TestSpell(t *testing.T) {
	typ, c := placeType(), newCodec[place]()
	ops := calls{client: struct{}{}}
	short := c.encode(&place{ID: "1", Network: "net"})
	url := c.encode(&place{ID: "1", Network: "https://net"})
	for name, call := range map[string]func() (cty.Value, error){
		"create": func() (cty.Value, error) { return ops.Create(t.Context(), typ, short, Attempt{}) },
		"read":   func() (cty.Value, error) { return ops.Read(t.Context(), typ, short) },
		"update": func() (cty.Value, error) { return ops.Update(t.Context(), typ, url, short) },
		"a list": func() (cty.Value, error) { return typ.Complete(short, url), nil },
	} {
		if got, err := call(); err != nil || got.GetAttr("network").AsString() != "net" {
			t.Errorf("%s: network %#v, %v; want it as the user spells it", name, got.GetAttr("network"), err)
		}
	}
	if other := c.encode(&place{Network: "https://other"}); !typ.Spell(short, other).RawEquals(other) {
		t.Error("another network was taken for the same")
	}
	vals := url.AsValueMap()
	vals["size"] = cty.UnknownVal(cty.Number)
	if got := typ.Spell(short, cty.ObjectVal(vals)); got.GetAttr("size").IsKnown() || got.GetAttr("network").AsString() != "net" {
		t.Errorf("got %#v, want an unknown size to stay unknown", got)
	}
	if none := cty.NullVal(typ.ImpliedType()); !typ.Spell(none, url).RawEquals(url) || !typ.Spell(url, none).RawEquals(none) {
		t.Error("what is not there has a spelling")
	}
}

func TestImply(t *testing.T) {
	typ, c := placeType(), newCodec[place]()
	want, none := c.encode(&place{Network: "net"}), cty.NullVal(typ.ImpliedType())
	settings := func(tag cty.Value) cty.Value { return cty.ObjectVal(map[string]cty.Value{"tag": tag}) }
	tags := func(v cty.Value) cty.Value { return v.GetAttr("tags_all") }
	if got := tags(typ.Imply(settings(cty.StringVal("ml")), want, none, want)); !got.RawEquals(cty.MapVal(map[string]cty.Value{"default": cty.StringVal("ml")})) {
		t.Errorf("tags %#v, want the provider's", got)
	}
	if got := tags(typ.Imply(settings(cty.StringVal("ml").Mark("secret")), want, none, want)); got.ContainsMarked() {
		t.Errorf("tags %#v carry a mark", got)
	}
	if got := tags(typ.Imply(cty.NilVal, want, c.encode(&place{ID: "1"}), want)); got.LengthInt() != 2 {
		t.Errorf("tags %#v, want those of no provider block and of the object before", got)
	}
	for _, unknown := range []cty.Value{settings(cty.UnknownVal(cty.String)), cty.DynamicVal} {
		if got := tags(typ.Imply(unknown, want, none, want)); got.IsKnown() {
			t.Errorf("tags %#v, want them unknown as the settings are", got)
		}
	}
}

func TestFirst(t *testing.T) {
	typ, c := placeType(), newCodec[place]()
	was, want := c.encode(&place{Network: "a"}), c.encode(&place{Network: "b"})
	if !typ.First(was, want) || typ.First(was, was) {
		t.Error("want what is in another network to be made first, and only that")
	}
	vals := want.AsValueMap()
	vals["network"] = cty.UnknownVal(cty.String)
	if !typ.First(was, cty.ObjectVal(vals)) {
		t.Error("want what may be in another network to be made first")
	}
	if none := (Resource[struct{}, place]{Type: "x_plain"}).Erase(); none.First(was, want) {
		t.Error("a type that does not say so is made first")
	}
}

func TestReplaces(t *testing.T) {
	typ, c := placeType(), newCodec[place]()
	if got := typ.Replaces(c.encode(&place{Size: 2}), c.encode(&place{Size: 1})); !slices.Equal(got, []string{"size"}) {
		t.Errorf("got %v, want a smaller size to replace", got)
	}
	if got := typ.Replaces(c.encode(&place{Size: 1}), c.encode(&place{Size: 2})); got != nil {
		t.Errorf("got %v, want a larger size to be a change in place", got)
	}
}
