package openapi

import (
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// unknown returns the fields in v that none of the schemas has, sorted. Where
// the schemas have no fields at all, or say that there may be more, all are known.
func unknown(schemas []*openapi3.Schema, v any, path []string) []string {
	found := map[string]bool{}
	switch v := v.(type) {
	case []any:
		items := children(schemas, func(s *openapi3.Schema) *openapi3.SchemaRef { return s.Items })
		for _, item := range v {
			add(found, unknown(items, item, append(path, "0")))
		}
	case map[string]any:
		open := isOpen(schemas)
		for name, field := range v {
			at := append(slices.Clone(path), name)
			has := children(schemas, func(s *openapi3.Schema) *openapi3.SchemaRef { return fieldOf(s, name) })
			if len(has) == 0 && !open {
				found[pointer(at)] = true
				continue
			}
			add(found, unknown(has, field, at))
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func add(found map[string]bool, fields []string) {
	for _, f := range fields {
		found[f] = true
	}
}

// fieldOf returns the schema of a field of s, nil when it has none of that name.
func fieldOf(s *openapi3.Schema, name string) *openapi3.SchemaRef {
	if f := s.Properties[name]; f != nil {
		return f
	}
	return s.AdditionalProperties.Schema
}

// isOpen tells whether an object of the schemas may have any field.
func isOpen(schemas []*openapi3.Schema) bool {
	closed := false
	for _, s := range applying(schemas) {
		if more := s.AdditionalProperties.Has; more != nil && *more {
			return true
		}
		closed = closed || len(s.Properties) > 0
	}
	return !closed
}

// children are what of returns for each schema that applies.
func children(schemas []*openapi3.Schema, of func(*openapi3.Schema) *openapi3.SchemaRef) []*openapi3.Schema {
	var all []*openapi3.Schema
	for _, s := range applying(schemas) {
		if ref := of(s); ref != nil {
			all = append(all, ref.Value)
		}
	}
	return all
}

// applying returns schemas and all that they are made of, alternatives included.
func applying(schemas []*openapi3.Schema) []*openapi3.Schema {
	all := slices.Clone(schemas)
	for i := 0; i < len(all); i++ {
		for _, parts := range []openapi3.SchemaRefs{all[i].AllOf, all[i].OneOf, all[i].AnyOf} {
			for _, part := range parts {
				if !slices.Contains(all, part.Value) {
					all = append(all, part.Value)
				}
			}
		}
	}
	return all
}
