package migrate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/mlinfra/mlinfra/providers"
)

// reader turns the JSON of Terraform's attributes into values of our types, and
// keeps the paths of what has no place there.
type reader struct {
	dropped []string
}

// object reads the attributes of an object or of a nested block. What is missing
// is what the schema says of it, else null.
func (r *reader) object(s *providers.Schema, raw json.RawMessage, path string) (cty.Value, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return cty.NilVal, fmt.Errorf("%s: want an object", strings.TrimSuffix(path, "."))
	}
	vals := make(map[string]cty.Value, len(s.Attrs))
	for _, a := range s.Attrs {
		v, err := r.attr(a, fields[a.Name], path+a.Name)
		if err != nil {
			if a.Mode != providers.Computed || a.Name == "id" {
				return cty.NilVal, err
			}
			// The cloud decides it, and the next plan looks.
			r.dropped = append(r.dropped, path+a.Name)
			v = cty.NullVal(a.Type)
		}
		if v.IsNull() && a.Else != cty.NilVal && a.Type == a.Else.Type() {
			v = a.Else
		}
		vals[a.Name] = v
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		// The engine keeps timeouts itself: they are no part of an object.
		if s.Attr(name) == nil && !empty(fields[name]) && name != "timeouts" {
			r.dropped = append(r.dropped, path+name)
		}
	}
	return cty.ObjectVal(vals), nil
}

// empty reports whether a value says nothing.
func empty(raw json.RawMessage) bool {
	switch string(bytes.TrimSpace(raw)) {
	case "", "null", `""`, "[]", "{}", "false", "0":
		return true
	}
	return false
}

func (r *reader) attr(a *providers.Attr, raw json.RawMessage, path string) (cty.Value, error) {
	if a.Block == nil {
		return r.value(a.Type, raw, path)
	}
	if isNull(raw) {
		return a.BlockValue(nil), nil
	}
	items, err := elements(raw)
	if err != nil {
		return cty.NilVal, fmt.Errorf("%s: want a list of blocks", path)
	}
	var vals []cty.Value
	for i, item := range items {
		v, err := r.object(a.Block, item, path+"["+strconv.Itoa(i)+"].")
		if err != nil {
			return v, err
		}
		vals = append(vals, v)
	}
	return a.BlockValue(vals), nil
}

func isNull(raw json.RawMessage) bool { return raw == nil || string(bytes.TrimSpace(raw)) == "null" }

// elements returns the items of a list; a single object is a list of one.
func elements(raw json.RawMessage) ([]json.RawMessage, error) {
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) {
		return []json.RawMessage{raw}, nil
	}
	var items []json.RawMessage
	err := json.Unmarshal(raw, &items)
	return slices.DeleteFunc(items, isNull), err
}

// value reads a value of type ty. Numbers and texts that stand for each other
// are taken as such: providers have changed their minds.
func (r *reader) value(ty cty.Type, raw json.RawMessage, path string) (cty.Value, error) {
	if isNull(raw) {
		return cty.NullVal(ty), nil
	}
	switch {
	case ty == cty.DynamicPseudoType:
		v, err := ctyjson.Unmarshal(raw, ty)
		if err != nil {
			err = fmt.Errorf("%s: %w", path, err)
		}
		return v, err
	case ty.IsPrimitiveType():
		return primitive(ty, raw, path)
	case ty.IsListType(), ty.IsSetType():
		return r.collection(ty, raw, path)
	case ty.IsMapType():
		return r.mapping(ty, raw, path)
	}
	return r.plainObject(ty, raw, path)
}

func (r *reader) collection(ty cty.Type, raw json.RawMessage, path string) (cty.Value, error) {
	items, err := elements(raw)
	if err != nil {
		return cty.NilVal, fmt.Errorf("%s: want a list", path)
	}
	var vals []cty.Value
	for i, item := range items {
		v, err := r.value(ty.ElementType(), item, path+"["+strconv.Itoa(i)+"]")
		if err != nil {
			return v, err
		}
		vals = append(vals, v)
	}
	return (&providers.Attr{Type: ty}).BlockValue(vals), nil
}

func (r *reader) mapping(ty cty.Type, raw json.RawMessage, path string) (cty.Value, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return cty.NilVal, fmt.Errorf("%s: want a map", path)
	}
	if len(fields) == 0 {
		return cty.MapValEmpty(ty.ElementType()), nil
	}
	vals := make(map[string]cty.Value, len(fields))
	for name, item := range fields {
		v, err := r.value(ty.ElementType(), item, path+"["+strconv.Quote(name)+"]")
		if err != nil {
			return v, err
		}
		vals[name] = v
	}
	return cty.MapVal(vals), nil
}

// plainObject reads an object that is no block, such as one of a computed list.
func (r *reader) plainObject(ty cty.Type, raw json.RawMessage, path string) (cty.Value, error) {
	if !ty.IsObjectType() {
		return cty.NilVal, fmt.Errorf("%s: values of type %s cannot be read", path, ty.FriendlyName())
	}
	items, err := elements(raw)
	if err != nil || len(items) > 1 {
		return cty.NilVal, fmt.Errorf("%s: want an object", path)
	}
	if len(items) == 0 {
		return cty.NullVal(ty), nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(items[0], &fields); err != nil {
		return cty.NilVal, fmt.Errorf("%s: want an object", path)
	}
	vals := map[string]cty.Value{}
	for name, aty := range ty.AttributeTypes() {
		v, err := r.value(aty, fields[name], path+"."+name)
		if err != nil {
			return v, err
		}
		vals[name] = v
	}
	return cty.ObjectVal(vals), nil
}

// primitive reads a text, a number or a truth. An empty text is no number.
func primitive(ty cty.Type, raw json.RawMessage, path string) (cty.Value, error) {
	text := string(bytes.TrimSpace(raw))
	if text[0] == '"' {
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return cty.NilVal, fmt.Errorf("%s: %w", path, err)
		}
		text = s
	} else if text[0] == '{' || text[0] == '[' {
		return cty.NilVal, fmt.Errorf("%s: want a %s, not %s", path, ty.FriendlyName(), raw[:1])
	}
	switch {
	case ty == cty.String:
		return cty.StringVal(text), nil
	case text == "":
		return cty.NullVal(ty), nil
	case ty == cty.Number:
		if v, err := cty.ParseNumberVal(text); err == nil {
			return v, nil
		}
	default:
		if b, err := strconv.ParseBool(text); err == nil {
			return cty.BoolVal(b), nil
		}
	}
	return cty.NilVal, fmt.Errorf("%s: it is no %s", path, ty.FriendlyName())
}
