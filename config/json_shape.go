package config

import (
	"slices"

	"github.com/mlinfra/mlinfra/providers"
)

// jsonShape says which properties of an object in JSON are blocks, and how the
// strings of the others are understood.
type jsonShape struct {
	labels     int
	blocks     map[string]jsonShape
	onlyBlocks bool
	literals   []string // arguments whose strings are text
	references []string // arguments whose strings are addresses or keywords
	// inner, when it is not nil, gives the shape that the labels decide.
	inner func(labels []string) jsonShape
}

func (s jsonShape) reading(name string) reading {
	switch {
	case slices.Contains(s.references, name):
		return references
	case slices.Contains(s.literals, name):
		return literals
	}
	return templates
}

// fileShape is the shape of a whole file.
func (l *loader) fileShape() jsonShape {
	plain := jsonShape{}
	removed := jsonShape{references: []string{"from"}, blocks: map[string]jsonShape{"lifecycle": plain, "provisioner": provisionerShape, "connection": plain}}
	data := jsonShape{labels: 2, inner: func(labels []string) jsonShape {
		return resourceShape(l.jsonSchema(labels[0], Data))
	}}
	return jsonShape{onlyBlocks: true, blocks: map[string]jsonShape{
		"terraform": {literals: []string{"required_version"}, blocks: map[string]jsonShape{
			"required_providers": plain, "backend": {labels: 1}, "cloud": plain, "provider_meta": {labels: 1},
		}},
		"variable": {
			labels: 1, blocks: map[string]jsonShape{"validation": plain},
			references: []string{"type"}, literals: []string{"default", "description"},
		},
		"locals": plain,
		"output": {labels: 1, blocks: map[string]jsonShape{"precondition": plain}, references: []string{"depends_on"}, literals: []string{"description"}},
		"module": {labels: 1, blocks: map[string]jsonShape{"lifecycle": plain}, references: []string{"depends_on", "providers"}, literals: []string{"source", "version"}},
		"provider": {labels: 1, inner: func(labels []string) jsonShape {
			if cloud := l.catalog.Of(labels[0]); cloud != nil {
				return jsonShape{blocks: schemaShape(cloud.Config)}
			}
			return plain
		}},
		"resource": {labels: 2, inner: func(labels []string) jsonShape {
			return resourceShape(l.jsonSchema(labels[0], Resource))
		}},
		"data":    data,
		"check":   {labels: 1, blocks: map[string]jsonShape{"assert": plain, "data": data}},
		"moved":   {references: []string{"from", "to"}},
		"removed": removed,
		"import":  {references: []string{"to", "provider"}},
	}}
}

// provisionerShape is that of provisioner blocks.
var provisionerShape = jsonShape{labels: 1, blocks: map[string]jsonShape{"connection": {}}, references: []string{"when", "on_failure"}}

// resourceShape is that of a resource or data block; schema may be nil.
func resourceShape(schema *providers.Schema) jsonShape {
	condition := jsonShape{}
	s := jsonShape{references: []string{"depends_on", "provider"}, blocks: schemaShape(schema)}
	s.blocks["lifecycle"] = jsonShape{
		references: []string{"ignore_changes", "replace_triggered_by"},
		blocks:     map[string]jsonShape{"precondition": condition, "postcondition": condition},
	}
	s.blocks["timeouts"], s.blocks["connection"] = jsonShape{}, jsonShape{}
	s.blocks["provisioner"] = provisionerShape
	return s
}

// schemaShape returns the nested blocks of a schema, and dynamic blocks of them.
func schemaShape(schema *providers.Schema) map[string]jsonShape {
	blocks := map[string]jsonShape{}
	if schema == nil {
		return blocks
	}
	nested := map[string]jsonShape{}
	for _, a := range schema.Attrs {
		if a.Block != nil {
			nested[a.Name] = jsonShape{blocks: schemaShape(a.Block)}
			blocks[a.Name] = nested[a.Name]
		}
	}
	if len(nested) > 0 {
		blocks["dynamic"] = jsonShape{labels: 1, inner: func(labels []string) jsonShape {
			return jsonShape{references: []string{"iterator"}, blocks: map[string]jsonShape{"content": nested[labels[0]]}}
		}}
	}
	return blocks
}

// jsonSchema returns the schema of a type; nil when no cloud has it.
func (l *loader) jsonSchema(name string, kind Kind) *providers.Schema {
	for cloud := range l.catalog.All() {
		types := cloud.Resources
		if kind == Data {
			types = cloud.Data
		}
		if t := types.Of(name); t != nil {
			return t.Schema
		}
	}
	return nil
}
