package config

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/mlinfra/mlinfra/state"
)

// Import is an import block.
type Import struct {
	To       hclsyntax.Expression // the address; instance keys, also of modules, may be expressions
	ID       hcl.Expression
	ForEach  hcl.Expression
	Provider ProviderRef
	Range    hcl.Range
}

func (l *loader) imported(b *hclsyntax.Block) {
	if l.mod.Path != "" {
		l.errorf(b.DefRange(), "Invalid import configuration", "import blocks stand in the root module only: move it there, with the module's path in the address.")
		return
	}
	attrs := l.attributes(b, []string{"to", "id", "for_each", "provider"}, nil)
	for _, name := range []string{"to", "id"} {
		if attrs[name] == nil {
			l.errorf(b.DefRange(), "Missing required argument", "The argument %q is required in an import block.", name)
			return
		}
	}
	i := Import{To: attrs["to"].Expr, ID: attrs["id"].Expr, Range: b.DefRange()}
	if a := attrs["for_each"]; a != nil {
		i.ForEach = a.Expr
	}
	if a := attrs["provider"]; a != nil {
		p, key, ok := l.providerName(a.Expr)
		if !ok {
			return
		}
		i.Provider = ProviderRef{ID: ID{Kind: Provider, Type: p.typ, Name: p.alias}, Key: key}
	}
	if _, ok := l.importPlace(i.To); !ok {
		return
	}
	l.prog.Imports = append(l.prog.Imports, i)
}

// importPlace returns the resource that the to argument of an import means.
func (l *loader) importPlace(e hclsyntax.Expression) (Place, bool) {
	t := spelled(e, func(hclsyntax.Expression) cty.Value { return cty.DynamicVal })
	if t == nil {
		return l.place(e) // which says what is wrong
	}
	p, err := placeOf(l.mod.Path, t)
	switch {
	case err != nil:
		l.errorf(e.Range(), "Invalid address", "%s.", err)
	case p.Type == "":
		l.errorf(e.Range(), "Invalid import address", "An import needs the address of a resource, not of a module.")
	}
	return p, err == nil && p.Type != ""
}

// spelled returns the address that e is, with the instance keys that are expressions
// as key evaluates them; nil when e is no address.
func spelled(e hclsyntax.Expression, key func(hclsyntax.Expression) cty.Value) hcl.Traversal {
	switch e := e.(type) {
	case *hclsyntax.ScopeTraversalExpr:
		return slices.Clone(e.Traversal)
	case *hclsyntax.RelativeTraversalExpr:
		if t := spelled(e.Source, key); t != nil {
			return append(t, e.Traversal...)
		}
	case *hclsyntax.IndexExpr:
		if t := spelled(e.Collection, key); t != nil {
			return append(t, hcl.TraverseIndex{Key: key(e.Key), SrcRange: e.SrcRange})
		}
	}
	return nil
}

// ImportTarget is one object that an import block names.
type ImportTarget struct {
	Addr  state.Addr
	ID    string
	Range hcl.Range
}

// ImportTargets evaluates the import blocks.
func (s *Scope) ImportTargets() ([]ImportTarget, hcl.Diagnostics) {
	var targets []ImportTarget
	var diags hcl.Diagnostics
	for _, i := range s.prog.Imports {
		list, more := s.importTargets(i)
		targets, diags = append(targets, list...), append(diags, more...)
	}
	return targets, diags
}

func (s *Scope) importTargets(i Import) ([]ImportTarget, hcl.Diagnostics) {
	instances := []Instance{{}}
	if i.ForEach != nil {
		list, known, diags := s.expandForEach(i.ForEach, Instance{})
		if !known && !s.env.Validate {
			diags = append(diags, s.exprError(i.ForEach, Instance{}, "Invalid for_each argument", "for_each of an import block must be known before an apply."))
		}
		if diags.HasErrors() {
			return nil, diags
		}
		instances = list
	}
	var targets []ImportTarget
	var diags hcl.Diagnostics
	for _, in := range instances {
		t := ImportTarget{Range: i.Range}
		v, more := s.InstanceExpr(i.ID, in)
		t.Addr = s.importAddr(i, in, &more)
		diags = append(diags, more...)
		v, marks := v.Unmark()
		v, err := convert.Convert(v, cty.String)
		switch {
		case more.HasErrors(), s.env.Validate && !v.IsKnown():
			continue
		case len(marks) > 0:
			diags = append(diags, s.exprError(i.ID, in, "Invalid import id argument", "The id is shown, and this value is sensitive or ephemeral."))
		case err != nil || v.IsNull() || !v.IsKnown() || v.AsString() == "":
			diags = append(diags, s.exprError(i.ID, in, "Invalid import id argument", "The id of what is imported must be a string that is known before an apply."))
		default:
			t.ID = v.AsString()
			targets = append(targets, t)
		}
	}
	return targets, diags
}

// importAddr returns the address that one of the targets of i has.
func (s *Scope) importAddr(i Import, in Instance, diags *hcl.Diagnostics) state.Addr {
	t := spelled(i.To, func(e hclsyntax.Expression) cty.Value {
		v, more := s.InstanceExpr(e, in)
		if !more.HasErrors() && (v.IsMarked() || keyOf(v) == state.Key{}) {
			more = append(more, s.exprError(e, in, "Invalid import address", "An instance key is a string or a number that is known before an apply, and not sensitive."))
		}
		*diags = append(*diags, more...)
		return v
	})
	p, _ := placeOf("", t) // which the loader has read without keys
	return state.Addr{Module: p.Module, Type: p.Type, Name: p.Name, Key: p.Key}
}
