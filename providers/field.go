package providers

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
)

// Field is a field of a tagged struct that is an attribute. Its Index leads to it
// from the struct, also through one that the struct embeds.
type Field struct {
	reflect.StructField
	Attr string // name of the attribute
}

// Fields returns the attributes of a tagged struct, in their order. Those of a
// struct that it embeds stand in its place, unless it has a tag itself: what two
// structs have in common is written once. It panics on a name that occurs twice.
func Fields(t reflect.Type) []Field {
	if known, ok := fieldsByType.Load(t); ok {
		return known.([]Field)
	}
	var all []Field
	for i := range t.NumField() {
		for _, f := range fieldsAt(t, i) {
			if slices.ContainsFunc(all, func(g Field) bool { return g.Attr == f.Attr }) {
				panic(fmt.Sprintf("%s: two attributes are called %q", t, f.Attr))
			}
			all = append(all, f)
		}
	}
	fieldsByType.Store(t, all)
	return all
}

// fieldsByType remembers what Fields has returned: each value that is read or
// written asks.
var fieldsByType sync.Map

// fieldsAt returns the attributes that the field of t at i contributes.
func fieldsAt(t reflect.Type, i int) []Field {
	f := t.Field(i)
	if name, ok := f.Tag.Lookup("cty"); ok {
		return []Field{{f, name}}
	}
	if !f.Anonymous || f.Type.Kind() != reflect.Struct {
		return nil
	}
	inner := slices.Clone(Fields(f.Type))
	for n := range inner {
		inner[n].Index = append([]int{i}, inner[n].Index...)
	}
	return inner
}
