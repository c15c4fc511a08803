package providers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// LookUp is the data source of a resource type: one object of a collection, by
// its id or by what tells it apart.
type LookUp[C, T any] struct {
	Of Resource[C, T]
	// By names the attributes by which an object is looked up beside its id and
	// the one that names the collection. All that are set count.
	By []string
}

// Erase returns l as the engine sees it.
func (l LookUp[C, T]) Erase() *Type {
	codec := newCodec[T]()
	var parents []string
	for _, a := range l.Of.Erase().Parents() {
		parents = append(parents, a.Name)
	}
	t := &Type{Name: l.Of.Type, Doc: l.Of.Doc, Data: true, Examples: []string{l.example(parents)}}
	t.Schema = shown(codec.schema, l.keys(), parents)
	t.ty = t.Schema.ImpliedType()
	t.fns.read = func(ctx context.Context, c any, have cty.Value) (cty.Value, error) {
		return recall(ctx, question{c, "read " + l.Of.Type, have.GoString()}, func() (cty.Value, error) {
			var in T
			if err := codec.decode(have, &in); err != nil {
				return have, err
			}
			x, err := l.find(ctx, c.(C), codec, in, have)
			if err != nil {
				return have, err
			}
			return only(codec.encode(&x), t.ty), nil
		})
	}
	return t
}

// find returns the one object of the collection of in that has what is set in want.
func (l LookUp[C, T]) find(ctx context.Context, c C, codec codec[T], in T, want cty.Value) (found T, err error) {
	n := 0
	for x, err := range listAll(ctx, c, &l.Of, in) {
		if err != nil && !errors.Is(err, ErrNotReady) && !errors.Is(err, ErrBroken) {
			return found, err
		}
		if l.matches(codec.encode(&x), want) {
			found = x
			n++
		}
	}
	switch {
	case n == 0:
		return found, fmt.Errorf("there is no %s with %s", l.Of.Type, l.described(want))
	case n > 1:
		return found, fmt.Errorf("%d %s have %s: say more", n, l.Of.Type, l.described(want))
	case l.Of.Shallow:
		if err = l.Of.Read(ctx, c, &found); errors.Is(err, ErrNotReady) || errors.Is(err, ErrBroken) {
			err = nil
		}
	}
	return found, err
}

// keys are the attributes that are compared.
func (l LookUp[C, T]) keys() []string { return append([]string{"id"}, l.By...) }

// matches reports whether v has what is set in want.
func (l LookUp[C, T]) matches(v, want cty.Value) bool {
	for _, name := range l.keys() {
		if w := want.GetAttr(name); !w.IsNull() && !w.RawEquals(v.GetAttr(name)) {
			return false
		}
	}
	return true
}

// described says what is set in want.
func (l LookUp[C, T]) described(want cty.Value) string {
	var parts []string
	for _, name := range l.keys() {
		switch w := want.GetAttr(name); {
		case w.IsNull():
		case w.Type() == cty.String:
			parts = append(parts, fmt.Sprintf("%s %q", name, w.AsString()))
		case w.Type() == cty.Number:
			parts = append(parts, name+" "+w.AsBigFloat().Text('f', -1))
		}
	}
	return strings.Join(parts, ", ")
}

// example looks up what the first example of the resource type makes.
func (l LookUp[C, T]) example(parents []string) string {
	src := l.Of.Examples[0]
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\ndata %q \"example\" {\n", src, l.Of.Type)
	own := src[strings.LastIndex(src, fmt.Sprintf("resource %q", l.Of.Type)):]
	names := slices.Concat(parents, l.By)
	if len(l.By) == 0 {
		names = append(names, "id")
	}
	for _, name := range names {
		if name == "id" || strings.Contains(own, name+" ") {
			fmt.Fprintf(&b, "  %s = %s.example.%s\n", name, l.Of.Type, name)
		}
	}
	b.WriteString("}")
	return b.String()
}

// shown returns the schema of what a look-up shows: the keys can be set, parents
// have to be, and what the API never shows is left out.
func shown(s *Schema, keys, parents []string) *Schema {
	out := &Schema{}
	for _, a := range s.Attrs {
		if a.Blind || a.WriteOnly {
			continue
		}
		b := *a
		b.Mode, b.Else, b.Replace, b.After, b.Refs, b.Follows, b.MaxItems = Computed, cty.NilVal, false, nil, nil, "", 0
		switch {
		case slices.Contains(parents, a.Name):
			b.Mode = Required
		case slices.Contains(keys, a.Name):
			b.Mode = Default
		case a.Block != nil:
			b.Type, b.Block, b.Single = blockType(a, shown(a.Block, nil, nil)), nil, false
		}
		out.Attrs = append(out.Attrs, &b)
	}
	return out
}

// blockType returns the type of a, whose blocks have the schema s.
func blockType(a *Attr, s *Schema) cty.Type {
	if a.Type.IsSetType() {
		return cty.Set(s.ImpliedType())
	}
	return cty.List(s.ImpliedType())
}

// only returns v with the attributes that ty has.
func only(v cty.Value, ty cty.Type) cty.Value {
	switch {
	case v.IsNull():
		return cty.NullVal(ty)
	case ty.IsObjectType():
		vals := make(map[string]cty.Value, len(ty.AttributeTypes()))
		for name, want := range ty.AttributeTypes() {
			vals[name] = only(v.GetAttr(name), want)
		}
		return cty.ObjectVal(vals)
	case !ty.IsCollectionType() || !ty.ElementType().IsObjectType():
		return v
	}
	var items []cty.Value
	for _, item := range v.AsValueSlice() {
		items = append(items, only(item, ty.ElementType()))
	}
	switch {
	case ty.IsSetType() && len(items) == 0:
		return cty.SetValEmpty(ty.ElementType())
	case ty.IsSetType():
		return cty.SetVal(items)
	case len(items) == 0:
		return cty.ListValEmpty(ty.ElementType())
	}
	return cty.ListVal(items)
}
