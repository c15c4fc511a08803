package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/mlinfra/mlinfra/state"
)

// Import is an import block.
type Import struct {
	To       hclsyntax.Expression // the address; instance keys may be expressions
	Place    Place                // of To, without the keys that are expressions
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
	var ok bool
	if i.Place, ok = l.importPlace(i.To); !ok {
		return
	}
	l.prog.Imports = append(l.prog.Imports, i)
}

// importPlace returns the resource that the to argument of an import means; a
// key of its last part may be an expression.
func (l *loader) importPlace(e hclsyntax.Expression) (Place, bool) {
	if index, ok := e.(*hclsyntax.IndexExpr); ok {
		e = index.Collection
	}
	p, ok := l.place(e)
	if ok && p.Type == "" {
		l.errorf(e.Range(), "Invalid import address", "An import needs the address of a resource, not of a module.")
		return p, false
	}
	return p, ok
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
		t := ImportTarget{Addr: state.Addr{Module: i.Place.Module, Type: i.Place.Type, Name: i.Place.Name, Key: i.Place.Key}, Range: i.Range}
		if index, ok := i.To.(*hclsyntax.IndexExpr); ok {
			v, more := s.InstanceExpr(index.Key, in)
			diags = append(diags, more...)
			t.Addr.Key = keyOf(v)
		}
		v, more := s.InstanceExpr(i.ID, in)
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
