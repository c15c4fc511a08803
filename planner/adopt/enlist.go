package adopt

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

// enlist gives objects the attributes that name what lists them, such as the
// project that they are in: their own lists do not show it.
func enlist(objects []*Object) {
	holders := map[entry]*Object{}
	for _, h := range objects {
		if h.Given {
			continue
		}
		for _, a := range h.Type.Schema.Attrs {
			for _, item := range items(h.Seen.Value.GetAttr(a.Name)) {
				for _, ref := range a.Refs {
					holders[entry{h.Type.Name, a.Name, ref, plain(item)}] = h
				}
			}
		}
	}
	for _, o := range objects {
		for _, a := range o.Type.Schema.Attrs {
			if a.Listed == "" || !o.Seen.Value.GetAttr(a.Name).IsNull() {
				continue
			}
			if v := holding(o, a, holders); !v.IsNull() && !o.names(a, v) {
				vals := o.Seen.Value.AsValueMap()
				vals[a.Name] = v
				o.Seen.Value = cty.ObjectVal(vals)
			}
		}
	}
}

// entry is a value in an attribute of an object of a type, which names another
// object.
type entry struct {
	typ, attr string
	ref       providers.Ref
	value     string
}

// holding returns what a, an attribute of o, says of the object that lists o; null
// when none does.
func holding(o *Object, a *providers.Attr, holders map[entry]*Object) cty.Value {
	for _, to := range a.Refs {
		for _, typ := range []string{o.Type.Name, "*"} {
			for _, mine := range o.Type.Schema.Attrs {
				value := plain(o.Seen.Value.GetAttr(mine.Name))
				if h := holders[entry{to.Type, a.Listed, providers.Ref{Type: typ, Attr: mine.Name}, value}]; h != nil && value != "" {
					return h.Seen.Value.GetAttr(to.Attr)
				}
			}
		}
	}
	return cty.NullVal(a.Type)
}

// names reports whether another attribute of o than a names v, an object of the
// same type, already.
func (o *Object) names(a *providers.Attr, v cty.Value) bool {
	return slices.ContainsFunc(o.Type.Schema.Attrs, func(b *providers.Attr) bool {
		return b != a && slices.Equal(a.Refs, b.Refs) && o.Seen.Value.GetAttr(b.Name).RawEquals(v)
	})
}

// items returns the elements of v; none of what is no collection.
func items(v cty.Value) []cty.Value {
	if ty := v.Type(); v.IsNull() || !ty.IsListType() && !ty.IsSetType() {
		return nil
	}
	return v.AsValueSlice()
}
