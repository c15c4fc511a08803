package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/dynblock"
	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/mlinfra/mlinfra/providers"
)

// decoder is what evaluating a body takes, made once a body.
type decoder struct {
	spec hcldec.Spec
	refs []hcl.Traversal
}

func (s *Scope) decoder(body *hclsyntax.Body, schema *providers.Schema) *decoder {
	d := s.decoders[body]
	if d == nil {
		d = &decoder{spec: specOf(schema), refs: bodyVariables(body, nil)}
		s.decoders[body] = d
	}
	return d
}

func schemaOf(b *Block) *providers.Schema {
	if b.ID.Kind == Provider {
		return b.Cloud.Config
	}
	return b.Type.Schema
}

// Body evaluates the arguments of one instance of a resource, data source or
// provider block. The result has the type of the schema; what the
// configuration does not or may not set is null.
func (s *Scope) Body(b *Block, in Instance) (cty.Value, hcl.Diagnostics) {
	schema := schemaOf(b)
	if diags := unconfigurable(b, schema); diags.HasErrors() {
		return cty.NilVal, diags
	}
	v, diags := s.decode(b.Body, schema, in.In, instanceVars(in))
	if diags.HasErrors() {
		return cty.NilVal, diags
	}
	if v, diags = s.rendered(b, schema, v); diags.HasErrors() {
		return cty.NilVal, diags
	}
	if b.ID.Kind != Provider {
		diags = append(diags, kept(b, v)...)
	}
	return v, diags
}

// decode evaluates body by a schema. What the configuration does not or may
// not set is null.
func (s *Scope) decode(body *hclsyntax.Body, schema *providers.Schema, m *ModuleInstance, extra map[string]cty.Value) (cty.Value, hcl.Diagnostics) {
	if over := s.prog.budget.spent(); over != nil {
		return cty.NilVal, over
	}
	d := s.decoder(body, schema)
	ctx, diags := s.context(d.refs, m, extra)
	s.prog.budget.begin()
	from := hcl.Body(body)
	if len(body.Blocks) > 0 {
		from = dynblock.Expand(body, ctx)
	}
	v, more := hcldec.Decode(from, d.spec, ctx)
	diags = append(diags, diagnose(once(more))...)
	if !more.HasErrors() {
		var found survey
		if found, more = s.bounded(v, body.SrcRange); found.infinite {
			more = append(more, infinite(body, v)...)
		}
		diags = append(diags, more...)
	}
	if diags.HasErrors() {
		return cty.NilVal, diags
	}
	for _, a := range schema.Attrs {
		if a.Mode == providers.Required && a.Block == nil && v.GetAttr(a.Name).IsNull() {
			attr := body.Attributes[a.Name]
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "Missing required argument",
				Detail:  fmt.Sprintf("The argument %q is required and must not be null.", a.Name),
				Subject: attr.Expr.Range().Ptr(), Expression: attr.Expr, EvalContext: ctx,
			})
		}
	}
	return v, diags
}

// kept refuses ephemeral values where they would be kept in state.
func kept(b *Block, v cty.Value) hcl.Diagnostics {
	if !HasMark(v, Ephemeral) {
		return nil
	}
	if b.Type != nil {
		v = b.Type.Schema.Disclose(v, cty.NullVal(v.Type()))
	}
	if !HasMark(v, Ephemeral) {
		return nil
	}
	for name, a := range b.Body.Attributes {
		if v.Type().HasAttribute(name) && HasMark(v.GetAttr(name), Ephemeral) {
			return problem(a.Expr.Range(), "Invalid use of ephemeral value", fmt.Sprintf("The value of %q would be kept in state, and ephemeral values are kept nowhere. They may go to provider blocks, write-only arguments, provisioners and connections.", name))
		}
	}
	return problem(b.Range, "Invalid use of ephemeral value", "A nested block has an ephemeral value. They may go to provider blocks, write-only arguments, provisioners and connections only.")
}

// infinite refuses numbers such as that of 1/0, which no cloud can be told.
func infinite(body *hclsyntax.Body, v cty.Value) hcl.Diagnostics {
	var diags hcl.Diagnostics
	v, _ = v.UnmarkDeep()
	_ = cty.Walk(v, func(path cty.Path, v cty.Value) (bool, error) {
		if v.Type() == cty.Number && v.IsKnown() && !v.IsNull() && v.AsBigFloat().IsInf() {
			name := path[0].(cty.GetAttrStep).Name
			at := body.MissingItemRange()
			if attr := body.Attributes[name]; attr != nil {
				at = attr.Expr.Range()
			}
			diags = append(diags, problem(at, "Infinite number", fmt.Sprintf("The value of %q is infinite: something has been divided by zero.", name))...)
		}
		return true, nil
	})
	return diags
}

// unconfigurable refuses arguments for what only the cloud decides.
func unconfigurable(b *Block, schema *providers.Schema) hcl.Diagnostics {
	for _, attr := range sortedAttributes(b.Body) {
		if a := schema.Attr(attr.Name); a != nil && !a.Configurable() {
			return problem(attr.Range(), "Value for unconfigurable attribute",
				fmt.Sprintf("%q cannot be configured: %s decides it. Remove the argument.", attr.Name, b.Provider.ID.Type))
		}
	}
	return nil
}

// specOf returns how a body with the schema is decoded: to a value of the type of
// the schema, where what a configuration cannot set is null.
func specOf(schema *providers.Schema) hcldec.Spec {
	spec := hcldec.ObjectSpec{}
	for _, a := range schema.Attrs {
		switch {
		case !a.Configurable():
			spec[a.Name] = &hcldec.LiteralSpec{Value: cty.NullVal(a.Type)}
		case a.Block == nil:
			spec[a.Name] = &hcldec.AttrSpec{Name: a.Name, Type: a.Type, Required: a.Mode == providers.Required}
		case a.Type.IsSetType():
			spec[a.Name] = &hcldec.BlockSetSpec{TypeName: a.Name, Nested: specOf(a.Block), MinItems: minItems(a), MaxItems: a.MaxItems}
		default:
			spec[a.Name] = &hcldec.BlockListSpec{TypeName: a.Name, Nested: specOf(a.Block), MinItems: minItems(a), MaxItems: a.MaxItems}
		}
	}
	return spec
}

func minItems(a *providers.Attr) int {
	if a.Mode == providers.Required {
		return 1
	}
	return 0
}

// Check evaluates the conditions of b that belong to the moment when. self is
// the value of the instance, cty.NilVal before it has one. What is not known yet
// is not checked.
func (s *Scope) Check(b *Block, when When, in Instance, self cty.Value) hcl.Diagnostics {
	if len(b.Conditions) == 0 {
		return nil
	}
	extra := instanceVars(in)
	if self != cty.NilVal {
		if extra == nil {
			extra = map[string]cty.Value{}
		}
		extra["self"] = self
	}
	var diags hcl.Diagnostics
	for i, c := range b.Conditions {
		if c.When != when {
			continue
		}
		r, more := s.condition(b, c, in, extra)
		diags = append(diags, more...)
		s.resultsOf(b, in)[i] = r
	}
	return diags
}

// condition evaluates one condition of an instance.
func (s *Scope) condition(b *Block, c Condition, in Instance, extra map[string]cty.Value) (Result, hcl.Diagnostics) {
	ok, diags := s.Expr(c.Expr, in.In, extra)
	ok, _ = ok.Unmark()
	ok, err := convert.Convert(ok, cty.Bool)
	switch {
	case diags.HasErrors():
		return Result{Status: Errored}, diags
	case !ok.IsKnown():
		return Result{Status: Undecided}, diags
	case err != nil || ok.IsNull():
		return Result{Status: Errored}, append(diags, s.exprError(c.Expr, in, "Invalid condition result", "A condition must be true or false."))
	case ok.True():
		return Result{Status: Passed}, diags
	}
	r := Result{Status: Violated}
	text, own := s.message(c, in, extra)
	if own {
		r.Message = text
	}
	return r, append(diags, s.violated(b, c, in, extra, text))
}

func (s *Scope) violated(b *Block, c Condition, in Instance, extra map[string]cty.Value, text string) *hcl.Diagnostic {
	ctx, _ := s.context(c.Expr.Variables(), in.In, extra)
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Resource precondition failed", Detail: text, Subject: c.Expr.Range().Ptr(), Expression: c.Expr, EvalContext: ctx}
	switch {
	case b.ID.Kind == Variable:
		d.Summary = "Invalid value for variable"
	case b.ID.Kind == Output:
		d.Summary = "Module output value precondition failed"
	case c.When == Assert:
		d.Severity, d.Summary = hcl.DiagWarning, "Check block assertion failed"
	case c.When == After:
		d.Summary = "Resource postcondition failed"
	}
	if s.env.Observe && b.ID.Kind != Variable {
		d.Severity = hcl.DiagWarning
	}
	return d
}
