package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// The declarations: each method reads one kind of block.

func (l *loader) variable(b *hclsyntax.Block) {
	d := &VariableDecl{Type: cty.DynamicPseudoType, Untyped: true, Nullable: true}
	v := &Block{ID: ID{Module: l.mod.Path, Kind: Variable, Name: b.Labels[0]}, Range: b.DefRange(), Variable: d, Body: b.Body}
	attrs := l.attributes(b, []string{"type", "default", "description", "sensitive", "nullable", "ephemeral"}, []string{"validation"})
	if a := attrs["type"]; a != nil {
		d.Type, d.Defaults = l.typeConstraint(a.Expr)
		d.Untyped = false
	}
	l.literal(attrs["description"], &d.Description)
	l.literal(attrs["sensitive"], &d.Sensitive)
	l.literal(attrs["ephemeral"], &d.Ephemeral)
	l.literal(attrs["nullable"], &d.Nullable)
	if a := attrs["default"]; a != nil {
		d.Default = l.variableDefault(d, a)
	}
	for _, sub := range b.Body.Blocks {
		v.Conditions = append(v.Conditions, l.validation(v.ID.Name, sub)...)
	}
	if slices.Contains([]string{"source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals", "provider"}, v.ID.Name) {
		l.errorf(b.LabelRanges[0], "Invalid variable name", "%q is reserved for the arguments of module blocks.", v.ID.Name)
	}
	l.add(v)
}

// typeConstraint reads a type. A list or map without the type of its elements is
// one of any, and types in quotes are refused, as Terraform has it.
func (l *loader) typeConstraint(e hcl.Expression) (cty.Type, *typeexpr.Defaults) {
	switch hcl.ExprAsKeyword(e) {
	case "list":
		return cty.List(cty.DynamicPseudoType), nil
	case "map":
		return cty.Map(cty.DynamicPseudoType), nil
	}
	if _, quoted := e.(*hclsyntax.TemplateExpr); quoted {
		l.errorf(e.Range(), "Invalid quoted type constraints", "A type is written without quotes, such as string or list(string).")
		return cty.DynamicPseudoType, nil
	}
	ty, defaults, diags := typeexpr.TypeConstraintWithDefaults(e)
	l.diags = append(l.diags, diags...)
	return ty, defaults
}

func (l *loader) variableDefault(d *VariableDecl, a *hclsyntax.Attribute) cty.Value {
	v, diags := a.Expr.Value(nil)
	l.diags = append(l.diags, once(diags)...)
	if diags.HasErrors() {
		return cty.NilVal
	}
	if v.IsNull() && !d.Nullable {
		l.errorf(a.Expr.Range(), "Invalid default value for variable", "The default is null, and nullable = false forbids null.")
	}
	if _, err := d.convert(v); err != nil {
		l.errorf(a.Expr.Range(), "Invalid default value for variable", "This default value is not compatible with the variable's type constraint: %s.", err)
	}
	return v
}

// convert returns v as the declared type, with optional attributes filled in.
func (d *VariableDecl) convert(v cty.Value) (cty.Value, error) {
	if d.Defaults != nil && !v.IsNull() {
		v = d.Defaults.Apply(v)
	}
	v, err := convert.Convert(v, d.Type)
	if err == nil {
		err = checkNumbers(v)
	}
	return v, err
}

func (l *loader) locals(b *hclsyntax.Block) {
	for _, sub := range b.Body.Blocks {
		l.errorf(sub.DefRange(), "Unexpected block", "Blocks are not allowed in locals.")
	}
	for _, a := range sortedAttributes(b.Body) {
		if !hclsyntax.ValidIdentifier(a.Name) { // possible in JSON only
			l.errorf(a.NameRange, "Invalid local value name", "%q is not a name: use letters, digits, underscores and dashes, beginning with a letter or underscore.", a.Name)
			continue
		}
		l.add(&Block{ID: ID{Module: l.mod.Path, Kind: Local, Name: a.Name}, Range: a.NameRange, Expr: a.Expr})
	}
}

func (l *loader) output(b *hclsyntax.Block) {
	d := &OutputDecl{}
	o := &Block{ID: ID{Module: l.mod.Path, Kind: Output, Name: b.Labels[0]}, Range: b.DefRange(), Output: d, Body: b.Body}
	attrs := l.attributes(b, []string{"value", "description", "sensitive", "depends_on", "ephemeral"}, []string{"precondition"})
	o.explicit = l.dependsOn(b.Body)
	l.literal(attrs["description"], &d.Description)
	l.literal(attrs["sensitive"], &d.Sensitive)
	l.literal(attrs["ephemeral"], &d.Ephemeral)
	if d.Ephemeral && l.mod.Path == "" {
		l.errorf(attrs["ephemeral"].Range(), "Ephemeral output not allowed", "Outputs of the root module are kept in state, and ephemeral values are not kept anywhere.")
	}
	for _, sub := range b.Body.Blocks {
		o.Conditions = append(o.Conditions, l.condition(sub, Before)...)
	}
	if a := attrs["value"]; a != nil {
		o.Expr = a.Expr
		l.add(o)
		return
	}
	l.errorf(b.DefRange(), "Missing required argument", "The argument \"value\" is required, but no definition was found.")
}

func (l *loader) unknownProvider(at hcl.Range, name string) {
	names := l.catalog.Names()
	l.errorf(at, "Unknown provider", "There is no provider %q in this mlinfra.%s Built in: %s.", name, didYouMean(name, names), strings.Join(names, ", "))
}

// attributes checks what stands in b against the names it may have.
func (l *loader) attributes(b *hclsyntax.Block, attrs, blocks []string) map[string]*hclsyntax.Attribute {
	for _, a := range sortedAttributes(b.Body) {
		if !slices.Contains(attrs, a.Name) {
			l.errorf(a.NameRange, "Unsupported argument", "An argument named %q is not expected in a %s block.%s", a.Name, b.Type, didYouMean(a.Name, attrs))
		}
	}
	for _, sub := range b.Body.Blocks {
		if !slices.Contains(blocks, sub.Type) {
			l.errorf(sub.TypeRange, "Unsupported block type", "Blocks of type %q are not expected in a %s block.%s", sub.Type, b.Type, didYouMean(sub.Type, blocks))
		}
	}
	return b.Body.Attributes
}

// literal sets *to from an attribute that may not refer to anything.
func (l *loader) literal(a *hclsyntax.Attribute, to any) {
	if a == nil {
		return
	}
	if len(a.Expr.Variables()) > 0 {
		l.errorf(a.Expr.Range(), "Variables not allowed", "%s must be a literal value.", a.Name)
		return
	}
	l.diags = append(l.diags, gohcl.DecodeExpression(a.Expr, nil, to)...)
}

// condition reads a validation, precondition, postcondition or assert block.
func (l *loader) condition(b *hclsyntax.Block, when When) []Condition {
	if !slices.Contains([]string{"validation", "precondition", "postcondition", "assert"}, b.Type) {
		return nil
	}
	attrs := l.attributes(b, []string{"condition", "error_message"}, nil)
	for _, name := range []string{"condition", "error_message"} {
		if attrs[name] == nil {
			l.errorf(b.DefRange(), "Missing required argument", "The argument %q is required in a %s block.", name, b.Type)
			return nil
		}
	}
	return []Condition{{When: when, Expr: attrs["condition"].Expr, Message: attrs["error_message"].Expr}}
}

// validation reads a validation block of the variable called name, which has to
// look at that variable.
func (l *loader) validation(name string, b *hclsyntax.Block) []Condition {
	list := l.condition(b, Before)
	for _, c := range list {
		if !slices.ContainsFunc(c.Expr.Variables(), func(t hcl.Traversal) bool {
			id, _, ok := target("", t)
			return ok && id.Kind == Variable && id.Name == name
		}) {
			l.errorf(c.Expr.Range(), "Invalid variable validation condition", "The condition for variable %q must refer to var.%s: it tests the values that the variable is given.", name, name)
		}
	}
	return list
}

// without returns body without the named attributes and blocks, which the
// language and not the schema defines.
func without(body *hclsyntax.Body, attrs, blocks []string) *hclsyntax.Body {
	out := *body
	out.Attributes = make(hclsyntax.Attributes, len(body.Attributes))
	for name, a := range body.Attributes {
		if !slices.Contains(attrs, name) {
			out.Attributes[name] = a
		}
	}
	out.Blocks = nil
	for _, b := range body.Blocks {
		if !slices.Contains(blocks, b.Type) {
			out.Blocks = append(out.Blocks, b)
		}
	}
	return &out
}

// terraform reads what has a meaning here: required_providers has been read
// before; a backend is named so that nobody believes it to be in use.
func (l *loader) terraform(b *hclsyntax.Block) {
	attrs := l.attributes(b, []string{"required_version", "experiments"}, []string{"required_providers", "backend", "cloud", "provider_meta"})
	if a := attrs["required_version"]; a != nil {
		l.requiredVersion(a)
	}
	for _, sub := range b.Body.Blocks {
		switch sub.Type {
		case "required_providers":
			l.requiredProviderVersions(sub)
		case "backend", "cloud":
			l.diags = append(l.diags, &hcl.Diagnostic{
				Severity: hcl.DiagWarning, Summary: fmt.Sprintf("The %s block is ignored", sub.Type),
				Detail:  "This version of mlinfra keeps its state in a local file, mlinfra.db unless -state names another.",
				Subject: sub.TypeRange.Ptr(),
			})
		}
	}
}
