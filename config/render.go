package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/mlinfra/mlinfra/providers"
)

// rendered returns v, the arguments of b, with the texts of the templates that it
// names where the schema has them.
func (s *Scope) rendered(b *Block, schema *providers.Schema, v cty.Value) (cty.Value, hcl.Diagnostics) {
	for _, a := range schema.Attrs {
		if a.Renders == "" || v.GetAttr(a.Name).IsNull() {
			continue
		}
		at := b.Body.Attributes[a.Name].Expr.Range()
		if !v.GetAttr(a.Renders).IsNull() {
			return cty.NilVal, problem(at, "Conflicting arguments",
				fmt.Sprintf("%q gives the value of %q, which is set, too. Remove one of them.", a.Name, a.Renders))
		}
		text, err := s.template(v.GetAttr(a.Name), v.GetAttr(a.With), schema.Attr(a.Renders).Type)
		if err != nil {
			return cty.NilVal, problem(at, "Invalid template", fmt.Sprintf("The value of %q: %s.", a.Name, err))
		}
		v = providers.With(v, map[string]cty.Value{a.Renders: text})
	}
	return v, nil
}

// template renders the file at path as templatefile() does. vars may be null.
func (s *Scope) template(path, vars cty.Value, as cty.Type) (cty.Value, error) {
	if vars.IsNull() {
		vars = cty.EmptyObjectVal
	}
	text, err := s.functions["templatefile"].Call([]cty.Value{path, vars})
	if err != nil {
		return cty.NilVal, err
	}
	return convert.Convert(text, as)
}
