package planner

import (
	"encoding/json"
	"fmt"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// Known returns v with null in the place of what is unknown.
func Known(v cty.Value) cty.Value {
	if v.IsWhollyKnown() {
		return v
	}
	v, _ = cty.Transform(v, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		if !v.IsKnown() {
			return cty.NullVal(v.Type()), nil
		}
		return v, nil
	})
	return v
}

// encodeJSON returns v as JSON of type ty, with the types of what is of any type
// in ty; what is unknown is null.
func encodeJSON(v cty.Value, ty cty.Type) (json.RawMessage, error) {
	return ctyjson.Marshal(Known(v), ty)
}

// decodeJSON reads what encodeJSON wrote. An attribute that the schema has
// gained since is null. Objects are taken apart here: there are many, and the
// general decoder takes ten times the memory for what is mostly text.
func decodeJSON(raw []byte, ty cty.Type) (cty.Value, error) {
	var attrs map[string]json.RawMessage
	if !ty.IsObjectType() || json.Unmarshal(raw, &attrs) != nil || attrs == nil {
		return ctyjson.Unmarshal(raw, ty)
	}
	types := ty.AttributeTypes()
	vals := make(map[string]cty.Value, len(types))
	for name, aty := range types {
		vals[name] = cty.NullVal(aty)
		if a, ok := attrs[name]; ok {
			v, err := decodeAttr(a, aty)
			if err != nil {
				return cty.DynamicVal, fmt.Errorf("%s: %w", name, err)
			}
			vals[name] = v
		}
	}
	return providers.Object(ty, vals), nil
}

func decodeAttr(raw json.RawMessage, ty cty.Type) (cty.Value, error) {
	if string(raw) == "null" {
		return cty.NullVal(ty), nil
	}
	switch text := string(raw); {
	case ty == cty.String:
		var s string
		err := json.Unmarshal(raw, &s)
		return cty.StringVal(s), err
	case ty == cty.Number && text[0] != '"':
		return cty.ParseNumberVal(text)
	case ty == cty.Bool && (text == "true" || text == "false"):
		return cty.BoolVal(text == "true"), nil
	case (ty.IsListType() || ty.IsSetType()) && ty.ElementType() == cty.String:
		return decodeTexts(raw, ty)
	case ty == cty.DynamicPseudoType:
		return decodeAny(raw)
	}
	return ctyjson.Unmarshal(raw, ty)
}

// decodeTexts reads a list or a set of texts.
func decodeTexts(raw json.RawMessage, ty cty.Type) (cty.Value, error) {
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return cty.NullVal(ty), err
	}
	var vals []cty.Value
	for _, item := range items {
		v, err := decodeAttr(item, cty.String)
		if err != nil {
			return v, err
		}
		vals = append(vals, v)
	}
	return (&providers.Attr{Type: ty}).BlockValue(vals), nil
}

// decodeAny reads a value that stands there with its type.
func decodeAny(raw json.RawMessage) (cty.Value, error) {
	var typed struct{ Value, Type json.RawMessage }
	if err := json.Unmarshal(raw, &typed); err == nil && string(typed.Type) == `"string"` {
		return decodeAttr(typed.Value, cty.String)
	}
	return ctyjson.Unmarshal(raw, cty.DynamicPseudoType)
}

// EncodeOutput returns an output as state keeps it.
func EncodeOutput(v cty.Value, sensitive bool) (state.Output, error) {
	v, _ = v.UnmarkDeep()
	ty, err := ctyjson.MarshalType(v.Type())
	if err != nil {
		return state.Output{}, err
	}
	raw, err := encodeJSON(v, v.Type())
	return state.Output{Type: ty, Value: raw, Sensitive: sensitive}, err
}

// DecodeOutput returns the value of an output of state; null when it cannot
// be read.
func DecodeOutput(o state.Output) cty.Value {
	v, err := decodeOutput(o)
	if err != nil {
		return cty.NullVal(cty.DynamicPseudoType)
	}
	return v
}

func decodeOutput(o state.Output) (cty.Value, error) {
	ty, err := ctyjson.UnmarshalType(o.Type)
	if err != nil {
		return cty.DynamicVal, err
	}
	return ctyjson.Unmarshal(o.Value, ty)
}
