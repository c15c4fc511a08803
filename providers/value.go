package providers

import (
	"fmt"
	"math/big"
	"reflect"
	"strconv"

	"github.com/zclconf/go-cty/cty"
)

// encode returns the value, of type ty, of the struct x by its schema. Zero is null
// for what Attr.Absent says, else it is itself.
func encode(s *Schema, ty cty.Type, x reflect.Value) cty.Value {
	vals := make(map[string]cty.Value, len(s.Attrs))
	for i, f := range Fields(x.Type()) {
		a := s.Attrs[i]
		if a.WriteOnly {
			vals[a.Name] = cty.NullVal(a.Type)
			continue
		}
		vals[a.Name] = a.Absent(encodeField(a.Type, a.Block, x.FieldByIndex(f.Index)))
	}
	return Object(ty, vals)
}

func encodeField(ty cty.Type, block *Schema, x reflect.Value) cty.Value {
	if v, ok := reflect.TypeAssert[cty.Value](x); ok {
		if v == cty.NilVal {
			return cty.NullVal(ty)
		}
		return v
	}
	switch x.Kind() {
	case reflect.Pointer:
		if x.IsNil() {
			return cty.NullVal(ty)
		}
		return encodeField(ty, block, x.Elem())
	case reflect.String:
		return cty.StringVal(x.String())
	case reflect.Bool:
		return cty.BoolVal(x.Bool())
	case reflect.Int, reflect.Int64:
		return cty.NumberIntVal(x.Int())
	case reflect.Float64:
		// By way of decimals, as state keeps it: the two must compare equal.
		return cty.MustParseNumberVal(strconv.FormatFloat(x.Float(), 'f', -1, 64))
	case reflect.Struct:
		if block == nil {
			block = SchemaOf(x.Type())
		}
		return encode(block, ty, x)
	case reflect.Map:
		return encodeMap(ty, x)
	}
	if block == nil && isStructSlice(x.Type()) {
		block = SchemaOf(x.Type().Elem())
	}
	items := make([]cty.Value, x.Len())
	for i := range items {
		items[i] = encodeField(ty.ElementType(), block, x.Index(i))
	}
	return (&Attr{Type: ty}).BlockValue(items)
}

func encodeMap(ty cty.Type, x reflect.Value) cty.Value {
	if x.Len() == 0 {
		return cty.MapValEmpty(ty.ElementType())
	}
	vals := make(map[string]cty.Value, x.Len())
	for iter := x.MapRange(); iter.Next(); {
		vals[iter.Key().String()] = encodeField(ty.ElementType(), nil, iter.Value())
	}
	return cty.MapVal(vals)
}

// Decode fills the tagged struct that x points to from v, a wholly unmarked
// object of its schema's type. Null and unknown leave the zero value.
func Decode(v cty.Value, x any) error { return decode(v, reflect.ValueOf(x).Elem()) }

// decode fills the struct x from v. Null and unknown leave the zero value; of
// an attribute of any type, null keeps its type.
func decode(v cty.Value, x reflect.Value) error {
	for _, f := range Fields(x.Type()) {
		if !v.Type().HasAttribute(f.Attr) {
			continue
		}
		if err := decodeField(v.GetAttr(f.Attr), x.FieldByIndex(f.Index)); err != nil {
			return fmt.Errorf("%s: %w", f.Attr, err)
		}
	}
	return nil
}

func decodeField(v cty.Value, x reflect.Value) error {
	x.SetZero()
	if x.Type() == anyType && v.IsKnown() {
		x.Set(reflect.ValueOf(v))
		return nil
	}
	if v.IsNull() || !v.IsKnown() {
		return nil
	}
	switch x.Kind() {
	case reflect.Pointer:
		x.Set(reflect.New(x.Type().Elem()))
		return decodeField(v, x.Elem())
	case reflect.String:
		x.SetString(v.AsString())
	case reflect.Bool:
		x.SetBool(v.True())
	case reflect.Int, reflect.Int64:
		i, acc := v.AsBigFloat().Int64()
		if acc != big.Exact {
			return fmt.Errorf("%s is not a whole number", v.AsBigFloat().Text('f', -1))
		}
		x.SetInt(i)
	case reflect.Float64:
		f, _ := v.AsBigFloat().Float64()
		x.SetFloat(f)
	case reflect.Struct:
		return decode(v, x)
	case reflect.Map:
		x.Set(reflect.MakeMap(x.Type()))
		for key, e := range v.Elements() {
			item := reflect.New(x.Type().Elem()).Elem()
			if err := decodeField(e, item); err != nil {
				return err
			}
			x.SetMapIndex(reflect.ValueOf(key.AsString()), item)
		}
	case reflect.Slice:
		n := v.LengthInt()
		if n == 0 {
			return nil
		}
		x.Set(reflect.MakeSlice(x.Type(), 0, n))
		for _, e := range v.Elements() {
			x.SetLen(x.Len() + 1)
			if err := decodeField(e, x.Index(x.Len()-1)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Complete returns got, which a list has shown, with the attributes that the
// API never shows taken from have, and in have's spelling.
func (t *Type) Complete(have, got cty.Value) cty.Value {
	blind := map[string]cty.Value{}
	for _, a := range t.Schema.Attrs {
		if a.Blind {
			blind[a.Name] = have.GetAttr(a.Name)
		}
	}
	return t.Spell(have, With(got, blind))
}
