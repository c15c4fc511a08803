package config

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// JSON files say the same as the others. They are translated into the syntax
// tree of those, so that nothing else has to know of them. JSON does not tell
// blocks from arguments: a jsonShape does.

// isJSON reports whether a file is one in JSON.
func isJSON(name string) bool { return strings.HasSuffix(name, ".tf.json") }

// parseJSON reads a file in JSON; nil when it has mistakes.
func (l *loader) parseJSON(name string, src []byte) *hcl.File {
	diags := checkText(name, src)
	if !diags.HasErrors() {
		var v jsonValue
		if v, diags = readJSON(name, src); !diags.HasErrors() {
			before := len(l.diags)
			body := l.jsonBody(v, l.fileShape(), "the file")
			if hcl.Diagnostics(l.diags[before:]).HasErrors() {
				return nil
			}
			return &hcl.File{Body: body, Bytes: src}
		}
	}
	l.diags = append(l.diags, diags...)
	return nil
}

// jsonBody returns an object, or a list of them, as the body of a block.
func (l *loader) jsonBody(v jsonValue, s jsonShape, what string) *hclsyntax.Body {
	body := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: v.at, EndRange: hcl.Range{Filename: v.at.Filename, Start: v.at.End, End: v.at.End}}
	for _, f := range l.jsonFields(v, what) {
		if inner, ok := s.blocks[f.name]; ok {
			body.Blocks = append(body.Blocks, l.jsonBlocks(jsonBlock{name: f.name, nameAt: f.nameAt, shape: inner}, f.value)...)
			continue
		}
		if s.onlyBlocks {
			body.Blocks = append(body.Blocks, l.jsonBlocks(jsonBlock{name: f.name, nameAt: f.nameAt}, f.value)...)
			continue
		}
		if old := body.Attributes[f.name]; old != nil {
			l.errorf(f.nameAt, "Attribute redefined", "The argument %q was already set at %s. Each argument may be set only once.", f.name, old.NameRange)
			continue
		}
		body.Attributes[f.name] = &hclsyntax.Attribute{
			Name: f.name, Expr: l.expr(f.value, s.reading(f.name)), NameRange: f.nameAt, EqualsRange: f.nameAt, SrcRange: hcl.RangeBetween(f.nameAt, f.value.at),
		}
	}
	return body
}

// jsonBlock is a block as far as it has been read: its name and some labels.
type jsonBlock struct {
	name     string
	nameAt   hcl.Range
	labels   []string
	labelsAt []hcl.Range
	shape    jsonShape
}

// jsonBlocks returns the blocks that a property stands for: each label is one
// more level of objects, and a list of objects is several blocks.
func (l *loader) jsonBlocks(b jsonBlock, v jsonValue) []*hclsyntax.Block {
	var blocks []*hclsyntax.Block
	if len(b.labels) < b.shape.labels {
		for _, f := range l.jsonFields(v, b.name) {
			inner := b
			inner.labels = append(slices.Clone(b.labels), f.name)
			inner.labelsAt = append(slices.Clone(b.labelsAt), f.nameAt)
			blocks = append(blocks, l.jsonBlocks(inner, f.value)...)
		}
		return blocks
	}
	shape := b.shape
	if shape.inner != nil {
		shape = shape.inner(b.labels)
	}
	items, several := v.value.([]jsonValue)
	if !several {
		items = []jsonValue{v}
	}
	for _, item := range items {
		if item.value == nil {
			continue
		}
		at := b.nameAt
		if len(b.labelsAt) > 0 {
			at = b.labelsAt[len(b.labelsAt)-1] // the line that a reader looks for
		}
		blocks = append(blocks, &hclsyntax.Block{
			Type: b.name, Labels: b.labels, Body: l.jsonBody(item, shape, b.name),
			TypeRange: at, LabelRanges: b.labelsAt, OpenBraceRange: item.at, CloseBraceRange: item.at,
		})
	}
	return blocks
}

// jsonFields returns the properties of an object, or of the objects in a list,
// without comments.
func (l *loader) jsonFields(v jsonValue, what string) []jsonField {
	switch x := v.value.(type) {
	case []jsonField:
		return slices.DeleteFunc(slices.Clone(x), func(f jsonField) bool { return f.name == "//" })
	case []jsonValue:
		var fields []jsonField
		for _, item := range x {
			fields = append(fields, l.jsonFields(item, what)...)
		}
		return fields
	case nil:
		return nil
	}
	l.errorf(v.at, "Incorrect JSON value type", "A JSON object, or an array of objects, is required here to define %s.", what)
	return nil
}
