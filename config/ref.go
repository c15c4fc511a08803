package config

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/state"
)

// Ref means a resource, one of its instances, or an attribute.
type Ref struct {
	Block ID
	Key   state.Key     // of the instance; meaningful when One
	One   bool          // means one instance, not all
	Attr  string        // "" means the whole
	Path  hcl.Traversal // from the attribute on; nil for all of it
}

// Of returns what r means of the value of its attribute; null where there is
// none.
func (r *Ref) Of(attr cty.Value) cty.Value {
	v, diags := r.Path.TraverseRel(attr)
	if diags.HasErrors() {
		return cty.NullVal(cty.DynamicPseudoType)
	}
	return v
}

// Refs returns what the expressions and arguments of b refer to.
func (b *Block) Refs() []Ref {
	var refs []Ref
	for _, t := range b.references() {
		if r, ok := refOf(b.ID.Module, t, nil); ok {
			refs = append(refs, r)
		}
	}
	return refs
}

// Ref returns what e refers to in an instance of its block: the key may be
// written as each.key or count.index. False when e is no reference.
func (s *Scope) Ref(e hcl.Expression, in Instance) (Ref, bool) {
	switch e := e.(type) {
	case *hclsyntax.ScopeTraversalExpr:
		return refOf(in.In.static(), e.Traversal, nil)
	case *hclsyntax.IndexExpr:
		return s.indexed(e, nil, in)
	case *hclsyntax.RelativeTraversalExpr:
		if index, ok := e.Source.(*hclsyntax.IndexExpr); ok {
			return s.indexed(index, e.Traversal, in)
		}
	}
	return Ref{}, false
}

func (s *Scope) indexed(e *hclsyntax.IndexExpr, rest hcl.Traversal, in Instance) (Ref, bool) {
	of, ok := e.Collection.(*hclsyntax.ScopeTraversalExpr)
	if !ok {
		return Ref{}, false
	}
	key, diags := s.InstanceExpr(e.Key, in)
	if diags.HasErrors() {
		return Ref{}, false
	}
	return refOf(in.In.static(), of.Traversal, append(hcl.Traversal{hcl.TraverseIndex{Key: key}}, rest...))
}

func refOf(module string, t, more hcl.Traversal) (Ref, bool) {
	id, rest, ok := target(module, t)
	if !ok || id.Kind != Resource {
		return Ref{}, false
	}
	r := Ref{Block: id}
	rest = append(slices.Clip(rest), more...)
	if len(rest) > 0 {
		if index, ok := rest[0].(hcl.TraverseIndex); ok {
			r.Key, r.One, rest = keyOf(index.Key), true, rest[1:]
		}
	}
	if len(rest) > 0 {
		if a, ok := rest[0].(hcl.TraverseAttr); ok {
			r.Attr, r.Path = a.Name, rest[1:]
		}
	}
	return r, true
}

// keyOf returns the instance key that an index means.
func keyOf(v cty.Value) state.Key {
	v, _ = v.Unmark()
	switch {
	case !v.IsKnown() || v.IsNull():
	case v.Type() == cty.Number:
		i, _ := v.AsBigFloat().Int64()
		return state.IndexKey(int(i))
	case v.Type() == cty.String:
		return state.NameKey(v.AsString())
	}
	return state.Key{}
}
