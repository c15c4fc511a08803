package config

import (
	"errors"
	"maps"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/customdecode"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

// templateFunctions returns the functions that render templates. others are
// the functions that a template may call; it must not render another one.
func templateFunctions(env Env, others map[string]function.Function) map[string]function.Function {
	inside := maps.Clone(others)
	for _, name := range []string{"templatefile", "templatestring"} {
		inside[name] = refuseFunc("cannot recursively call " + name + " from inside another template function")
	}
	addCore(inside)
	return map[string]function.Function{
		"templatefile":   guard(env.budget, "templatefile", templateFileFunc(env, inside)),
		"templatestring": templateStringFunc(env, inside),
	}
}

// refuseFunc returns a function that always fails.
func refuseFunc(text string) function.Function {
	return function.New(&function.Spec{
		VarParam: &function.Parameter{Name: "args", Type: cty.DynamicPseudoType, AllowUnknown: true, AllowDynamicType: true, AllowNull: true, AllowMarked: true},
		Type:     func([]cty.Value) (cty.Type, error) { return cty.NilType, errors.New(text) },
		Impl:     func([]cty.Value, cty.Type) (cty.Value, error) { return cty.NilVal, errors.New(text) },
	})
}

// templateFileFunc leaves the type of its result open: to know it takes
// rendering.
func templateFileFunc(env Env, inside map[string]function.Function) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "vars", Type: cty.DynamicPseudoType}},
		Type:   function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			path := args[0].AsString()
			text, err := env.readText(path)
			if err != nil {
				return cty.DynamicVal, function.NewArgError(0, err)
			}
			t, err := env.template(text, path)
			if err != nil {
				return cty.DynamicVal, err
			}
			return renderTemplate(t, args[1], inside)
		},
	})
}

// template reads a template. That costs something, too: loops may do it often.
func (e Env) template(text, name string) (hclsyntax.Expression, error) {
	start := hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
	if over := e.budget.spend(templateWork+len(text)/sourceUnit, newBill(start)); over != nil {
		return nil, diagError(over)
	}
	t, diags := parseTemplate(text, name, hcl.InitialPos, e.budget)
	if diags.HasErrors() {
		return nil, diagError(diags)
	}
	return t, nil
}

// diagError has the file and line, and ends as errors do.
func diagError(diags hcl.Diagnostics) error {
	return errors.New(strings.TrimSuffix(diags.Error(), "."))
}

// renderTemplate evaluates t. vars is the second argument of a function.
func renderTemplate(t hclsyntax.Expression, vars cty.Value, functions map[string]function.Function) (cty.Value, error) {
	if ty := vars.Type(); !ty.IsObjectType() && !ty.IsMapType() {
		return cty.DynamicVal, function.NewArgErrorf(1, "invalid vars value: must be a map")
	}
	ctx := &hcl.EvalContext{Functions: functions, Variables: vars.AsValueMap()}
	for name := range ctx.Variables {
		if !hclsyntax.ValidIdentifier(name) {
			return cty.DynamicVal, function.NewArgErrorf(1, "invalid template variable name %q: must start with a letter, followed by zero or more letters, digits, and underscores", name)
		}
	}
	for _, ref := range t.Variables() {
		if _, ok := ctx.Variables[ref.RootName()]; !ok {
			return cty.DynamicVal, function.NewArgErrorf(1, "vars map does not contain key %q, referenced at %s", ref.RootName(), ref[0].SourceRange())
		}
	}
	v, diags := t.Value(ctx)
	if diags.HasErrors() {
		return cty.DynamicVal, diagError(once(diags))
	}
	return v, nil
}

// templateStringFunc renders a template that is the value of something else.
// It sees its first argument as an expression, to refuse templates written
// in place: those are better written as what they are.
func templateStringFunc(env Env, inside map[string]function.Function) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "template", Type: customdecode.ExpressionClosureType}, {Name: "vars", Type: cty.DynamicPseudoType, AllowMarked: true}},
		Type:   function.StaticReturnType(cty.String), RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			vars, marks := args[1].UnmarkDeep()
			source, err := templateSource(customdecode.ExpressionClosureFromVal(args[0]))
			if err != nil {
				return cty.UnknownVal(cty.String), function.NewArgError(0, err)
			}
			plain, more := source.Unmark()
			if !plain.IsKnown() {
				return plain.WithMarks(marks, more), nil
			}
			v, err := renderText(env, plain.AsString(), vars, inside)
			return v.WithMarks(marks, more), hush(err, []cty.Value{source, args[1]})
		},
	})
}

func renderText(env Env, text string, vars cty.Value, inside map[string]function.Function) (cty.Value, error) {
	t, err := env.template(text, "<templatestring argument>")
	if err != nil {
		return cty.UnknownVal(cty.String), function.NewArgErrorf(0, "invalid template: %s", err)
	}
	v, err := renderTemplate(t, vars, inside)
	if err != nil {
		return cty.UnknownVal(cty.String), err
	}
	v, err = convert.Convert(v, cty.String)
	switch plain, _ := v.Unmark(); {
	case err != nil:
		return cty.UnknownVal(cty.String), errors.New("invalid template result: string required")
	case isText(plain):
		err = checkLength(len(plain.AsString()))
	}
	return v, err
}

// templateSource returns the text that the expression refers to.
func templateSource(c *customdecode.ExpressionClosure) (cty.Value, error) {
	if err := checkReference(c.Expression); err != nil {
		return cty.NilVal, err
	}
	v, diags := c.Value()
	if diags.HasErrors() {
		return cty.NilVal, diagError(diags)
	}
	v, err := convert.Convert(v, cty.String)
	if err != nil || v.IsNull() {
		return cty.NilVal, errors.New("invalid template value: a string is required")
	}
	return v, nil
}

func checkReference(e hcl.Expression) error {
	const only = "invalid template expression: templatestring is only for rendering templates retrieved dynamically from elsewhere"
	switch e := e.(type) {
	case *hclsyntax.ScopeTraversalExpr, *hclsyntax.SplatExpr:
		return nil
	case *metered:
		return checkReference(e.Expression)
	case *hclsyntax.RelativeTraversalExpr:
		return checkReference(e.Source)
	case *hclsyntax.IndexExpr:
		return checkReference(e.Collection)
	case *hclsyntax.TemplateWrapExpr:
		return errors.New(only + "; to treat the inner expression as template syntax, write the reference expression directly without any template interpolation syntax")
	case *hclsyntax.TemplateExpr:
		if e.IsStringLiteral() || len(e.Parts) == 0 {
			return errors.New(only + ", and so does not support providing a literal template; consider using a template string expression instead")
		}
		return errors.New(only + "; to render an inline template, consider using a plain template string expression")
	}
	return errors.New("invalid template expression: must be a direct reference to a single string from elsewhere, containing valid template syntax")
}
