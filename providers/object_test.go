package providers

import (
	"math/big"
	"reflect"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

// Objects of one type share it: the maps of attributes are one.
func TestObjectsShareTheirType(t *testing.T) {
	ty := cty.Object(map[string]cty.Type{"id": cty.String, "tags": cty.List(cty.String), "n": cty.Number})
	shares := func(v cty.Value) bool {
		return reflect.ValueOf(v.Type().AttributeTypes()).Pointer() == reflect.ValueOf(ty.AttributeTypes()).Pointer()
	}
	for _, vals := range []map[string]cty.Value{
		{"id": cty.StringVal("1"), "tags": cty.ListVal([]cty.Value{cty.StringVal("a")}), "n": cty.Zero},
		{"id": cty.NullVal(cty.String), "tags": cty.ListValEmpty(cty.String), "n": cty.UnknownVal(cty.Number)},
		{"id": cty.StringVal("secret").Mark("mark"), "tags": cty.NullVal(cty.List(cty.String)), "n": cty.Zero},
	} {
		v, want := Object(ty, vals), cty.ObjectVal(vals)
		if !v.RawEquals(want) || !shares(v) {
			t.Errorf("Object makes %#v, which shares its type: %t; want %#v", v, shares(v), want)
		}
		v, want = With(v, map[string]cty.Value{"n": cty.NumberIntVal(7)}), cty.ObjectVal(map[string]cty.Value{"id": vals["id"], "tags": vals["tags"], "n": cty.NumberIntVal(7)})
		if !v.RawEquals(want) || !shares(v) {
			t.Errorf("With makes %#v, which shares its type: %t; want %#v", v, shares(v), want)
		}
	}
}

func TestObjectsOfAnyType(t *testing.T) {
	ty := cty.Object(map[string]cty.Type{"any": cty.DynamicPseudoType})
	vals := map[string]cty.Value{"any": cty.StringVal("x")}
	if v := Object(ty, vals); !v.RawEquals(cty.ObjectVal(vals)) {
		t.Errorf("an attribute of any type has come out as %#v", v)
	}
	v := With(cty.ObjectVal(vals), map[string]cty.Value{"any": cty.True, "more": cty.Zero})
	if want := cty.ObjectVal(map[string]cty.Value{"any": cty.True, "more": cty.Zero}); !v.RawEquals(want) {
		t.Errorf("With makes %#v, want %#v", v, want)
	}
	if v := With(cty.NullVal(ty), nil); !v.RawEquals(cty.NullVal(ty)) {
		t.Errorf("With nothing makes %#v of null", v)
	}
}

// Same says what RawEquals says, of all pairs.
func TestSame(t *testing.T) {
	number := func(text string) cty.Value { return cty.MustParseNumberVal(text) }
	object := func(n cty.Value) cty.Value {
		return cty.ObjectVal(map[string]cty.Value{"n": n, "list": cty.ListVal([]cty.Value{n})})
	}
	values := []cty.Value{
		number("0.00893"), cty.NumberFloatVal(0.00893), number("0.1"), cty.NumberFloatVal(0.1), number("3"), cty.NumberIntVal(3),
		cty.Zero, cty.NumberVal(new(big.Float).Neg(new(big.Float))), cty.PositiveInfinity, cty.NegativeInfinity,
		cty.NullVal(cty.Number), cty.UnknownVal(cty.Number), cty.UnknownVal(cty.Number).RefineNotNull(), cty.Zero.Mark("mark"), cty.DynamicVal,
		cty.StringVal("3"), cty.True, cty.False, cty.SetVal([]cty.Value{number("0.1")}), cty.SetVal([]cty.Value{number("3")}),
		cty.EmptyObjectVal, cty.ObjectVal(map[string]cty.Value{"n": number("3")}), cty.ObjectVal(map[string]cty.Value{"m": number("3")}),
	}
	for _, v := range values {
		if v.Type() == cty.Number {
			values = append(values, object(v))
		}
	}
	values = append(values, object(cty.Zero).Mark("mark"), cty.NullVal(object(cty.Zero).Type()), cty.UnknownVal(object(cty.Zero).Type()))
	for _, a := range values {
		for _, b := range values {
			if got, want := Same(a, b), a.RawEquals(b); got != want {
				t.Errorf("Same(%#v, %#v) = %t, want %t", a, b, got, want)
			}
		}
	}
}
