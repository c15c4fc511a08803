package planner

import (
	"encoding/json"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/mlinfra/mlinfra/state"
)

// Known returns v with null in the place of what is unknown.
func Known(v cty.Value) cty.Value {
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

func decodeJSON(raw []byte, ty cty.Type) (cty.Value, error) {
	v, err := ctyjson.Unmarshal(raw, ty)
	if err == nil || !ty.IsObjectType() {
		return v, err
	}
	// An attribute that the schema has gained is absent from older records.
	var attrs map[string]json.RawMessage
	if json.Unmarshal(raw, &attrs) != nil {
		return v, err
	}
	vals := map[string]cty.Value{}
	for name, aty := range ty.AttributeTypes() {
		vals[name] = cty.NullVal(aty)
		if a, ok := attrs[name]; ok {
			if vals[name], err = ctyjson.Unmarshal(a, aty); err != nil {
				return v, err
			}
		}
	}
	return cty.ObjectVal(vals), nil
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
