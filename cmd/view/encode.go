package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
)

// null stands for JSON's null where an absent value would be left out.
var null = json.RawMessage("null")

// JSON returns v as JSON in which nothing steers a terminal.
func JSON(v any) ([]byte, error) { return marshal(v) }

// marshal returns v as JSON in which nothing steers a terminal: what
// encoding/json leaves as it is stands as an escape, too.
func marshal(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil || !bytes.ContainsFunc(raw, steers) {
		return raw, err
	}
	var b bytes.Buffer
	for _, r := range string(raw) {
		if steers(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.Bytes(), nil
}

func typeJSON(v cty.Value) json.RawMessage {
	if v == cty.NilVal {
		return nil
	}
	raw, err := ctyjson.MarshalType(v.Type())
	if err != nil {
		return nil
	}
	return raw
}

// jsonValue returns v as encoding/json writes it. Unknown attributes are left
// out; other unknown parts are null.
func jsonValue(v cty.Value) any {
	switch shapeOf(v) {
	case nothing:
		return null
	case text:
		return v.AsString()
	case sequence, set:
		items := []any{}
		for _, e := range v.Elements() {
			items = append(items, jsonValue(e))
		}
		return items
	case mapping, object:
		fields := map[string]any{}
		for k, e := range v.Elements() {
			if e.IsKnown() {
				fields[k.AsString()] = jsonValue(e)
			}
		}
		return fields
	}
	if v.Type() == cty.Bool {
		return v.True()
	}
	return json.Number(v.AsBigFloat().Text('f', -1))
}

// unknownParts returns the shape of v with true in the place of what is
// unknown. As in Terraform, known parts of maps and objects are left out, and
// those of lists are false.
func unknownParts(v cty.Value) any {
	if v == cty.NilVal {
		return false
	}
	if !v.IsKnown() {
		return true
	}
	switch shapeOf(v) {
	case sequence, set:
		items := []any{}
		for _, e := range v.Elements() {
			items = append(items, unknownParts(e))
		}
		return items
	case mapping, object:
		fields := map[string]any{}
		for k, e := range v.Elements() {
			if part := unknownParts(e); part != false {
				fields[k.AsString()] = part
			}
		}
		return fields
	}
	return false
}

// attributes returns the attributes of an object; what c hides is null unless
// reveal.
func attributes(s *providers.Schema, v cty.Value, c covers, reveal bool) any {
	if shapeOf(v) != object {
		return null
	}
	fields := map[string]any{}
	for _, a := range s.Attrs {
		if !v.Type().HasAttribute(a.Name) {
			continue
		}
		got := v.GetAttr(a.Name)
		switch {
		case !got.IsKnown():
		case c.hides(a) && !reveal:
			fields[a.Name] = null
			if parts := c.parts(a); parts != nil {
				fields[a.Name] = putAll(jsonValue(got), parts, null)
			}
		case a.Block != nil && !got.IsNull():
			items := []any{}
			for _, e := range got.Elements() {
				items = append(items, attributes(a.Block, e, covers{}, reveal))
			}
			fields[a.Name] = blocksJSON(a, items, null)
		default:
			fields[a.Name] = jsonValue(got)
		}
	}
	return fields
}

// blocksJSON returns the nested blocks of a: a list, or of a single one the
// object, else none.
func blocksJSON(a *providers.Attr, items []any, none any) any {
	switch {
	case !a.Single:
		return items
	case len(items) == 0:
		return none
	}
	return items[0]
}

// objects returns v with its single blocks as they are written: as objects.
func objects(s *providers.Schema, v cty.Value) cty.Value {
	if shapeOf(v) != object || !slices.ContainsFunc(s.Attrs, func(a *providers.Attr) bool { return a.Single }) {
		return v
	}
	vals := v.AsValueMap()
	for _, a := range s.Attrs {
		if !a.Single || shapeOf(vals[a.Name]) == nothing {
			continue
		}
		if items := vals[a.Name].AsValueSlice(); len(items) > 0 {
			vals[a.Name] = items[0]
		} else {
			vals[a.Name] = cty.NullVal(a.Type.ElementType())
		}
	}
	return cty.ObjectVal(vals)
}

// sensitiveParts returns the shape of v with true in the place of what is
// sensitive.
func sensitiveParts(s *providers.Schema, v cty.Value, c covers) any {
	if shapeOf(v) != object {
		return false
	}
	fields := map[string]any{}
	for _, a := range s.Attrs {
		if !v.Type().HasAttribute(a.Name) {
			continue
		}
		got := v.GetAttr(a.Name)
		switch {
		case c.hides(a):
			if parts := c.parts(a); parts != nil && !got.IsNull() {
				fields[a.Name] = putAll(unknownParts(planner.Known(got)), parts, true)
			} else if !got.IsNull() {
				fields[a.Name] = true
			}
		case a.Block != nil && shapeOf(got) != nothing:
			items := []any{}
			for _, e := range got.Elements() {
				items = append(items, sensitiveParts(a.Block, e, covers{}))
			}
			fields[a.Name] = blocksJSON(a, items, false)
		default:
			if part := unknownParts(planner.Known(got)); part != false {
				fields[a.Name] = part
			}
		}
	}
	return fields
}
