package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// Ignore is what lifecycle.ignore_changes names for one instance.
type Ignore struct {
	All   bool
	Paths []hcl.Traversal // relative to the object
}

// None reports whether nothing is ignored.
func (i Ignore) None() bool { return !i.All && len(i.Paths) == 0 }

// Names reports whether the whole attribute called name is ignored.
func (i Ignore) Names(name string) bool {
	for _, t := range i.Paths {
		if len(t) == 1 && rootName(t) == name {
			return true
		}
	}
	return i.All
}

// rootName returns the attribute that a relative traversal begins with.
func rootName(t hcl.Traversal) string {
	switch step := t[0].(type) {
	case hcl.TraverseAttr:
		return step.Name
	case hcl.TraverseRoot:
		return step.Name
	}
	return ""
}

// checkIgnored refuses attribute names that the type of r does not have, as far
// as they stand there as such.
func (l *loader) checkIgnored(r *Block, e hclsyntax.Expression) {
	for _, t := range ignoredPaths(e) {
		if name := rootName(t); r.Type.Schema.Attr(name) == nil {
			l.errorf(t.SourceRange(), "Invalid ignore_changes", "%s has no attribute %q.%s", r.ID.Type, name, didYouMean(name, r.Type.Schema.Names()))
		}
	}
}

// ignoredPaths returns the paths that stand in ignore_changes as such: in a
// list, or in the lists of a condition's results.
func ignoredPaths(e hclsyntax.Expression) []hcl.Traversal {
	var paths []hcl.Traversal
	switch e := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		return ignoredPaths(e.Expression)
	case *hclsyntax.ConditionalExpr:
		return append(ignoredPaths(e.TrueResult), ignoredPaths(e.FalseResult)...)
	case *hclsyntax.TupleConsExpr:
		for _, item := range e.Exprs {
			if t, diags := hcl.RelTraversalForExpr(item); !diags.HasErrors() && !refersElsewhere(t) {
				paths = append(paths, t)
			}
		}
	}
	return paths
}

// refersElsewhere reports whether a path in ignore_changes is a reference to a
// value with names, not the name of an attribute.
func refersElsewhere(t hcl.Traversal) bool {
	switch rootName(t) {
	case "var", "local", "each", "count", "module":
		return len(t) > 1
	}
	return false
}

// ignoreRefs returns the references in ignore_changes to other values.
func ignoreRefs(e hcl.Expression) []hcl.Traversal {
	switch e := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		return ignoreRefs(e.Expression)
	case *hclsyntax.ConditionalExpr:
		ts := append(e.Condition.Variables(), ignoreRefs(e.TrueResult)...)
		return append(ts, ignoreRefs(e.FalseResult)...)
	case *hclsyntax.TupleConsExpr:
		var ts []hcl.Traversal
		for _, item := range e.Exprs {
			if t, diags := hcl.RelTraversalForExpr(item); diags.HasErrors() || refersElsewhere(t) {
				ts = append(ts, item.Variables()...)
			}
		}
		return ts
	}
	if e == nil || hcl.ExprAsKeyword(e) == "all" {
		return nil
	}
	return e.Variables()
}

// Ignored evaluates lifecycle.ignore_changes for an instance: a list of
// attributes and paths, all, a condition that chooses between such, or an
// expression that gives the names as strings.
func (s *Scope) Ignored(b *Block, in Instance) (Ignore, hcl.Diagnostics) {
	if b.Lifecycle.IgnoreChanges == nil {
		return Ignore{}, nil
	}
	return s.ignored(b, b.Lifecycle.IgnoreChanges, in)
}

func (s *Scope) ignored(b *Block, e hcl.Expression, in Instance) (Ignore, hcl.Diagnostics) {
	if hcl.ExprAsKeyword(e) == "all" {
		return Ignore{All: true}, nil
	}
	switch e := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		return s.ignored(b, e.Expression, in)
	case *hclsyntax.ConditionalExpr:
		v, diags := s.InstanceExpr(e.Condition, in)
		v, _ = v.Unmark()
		v, err := convert.Convert(v, cty.Bool)
		if diags.HasErrors() || err != nil || !v.IsKnown() || v.IsNull() {
			return Ignore{}, append(diags, s.exprError(e.Condition, in, "Invalid ignore_changes", "The condition must be true or false, and known before an apply."))
		}
		if v.True() {
			return s.ignored(b, e.TrueResult, in)
		}
		return s.ignored(b, e.FalseResult, in)
	case *hclsyntax.TupleConsExpr:
		var all Ignore
		var diags hcl.Diagnostics
		for _, item := range e.Exprs {
			if t, bad := hcl.RelTraversalForExpr(item); !bad.HasErrors() && !refersElsewhere(t) {
				all.Paths = append(all.Paths, t)
				continue
			}
			one, more := s.ignoredNames(b, item, in)
			diags = append(diags, more...)
			all.All = all.All || one.All
			all.Paths = append(all.Paths, one.Paths...)
		}
		return all, diags
	}
	return s.ignoredNames(b, e, in)
}

// ignoredNames evaluates e, which gives one name or several.
func (s *Scope) ignoredNames(b *Block, e hcl.Expression, in Instance) (Ignore, hcl.Diagnostics) {
	v, diags := s.InstanceExpr(e, in)
	if diags.HasErrors() {
		return Ignore{}, diags
	}
	v, _ = v.UnmarkDeep()
	if v.Type() == cty.String {
		v = cty.TupleVal([]cty.Value{v})
	}
	list, err := convert.Convert(v, cty.List(cty.String))
	if err != nil || list.IsNull() || !list.IsWhollyKnown() {
		return Ignore{}, append(diags, s.exprError(e, in, "Invalid ignore_changes", "ignore_changes is all, a list of attributes, or an expression that gives their names as strings, known before an apply."))
	}
	var all Ignore
	for _, name := range list.AsValueSlice() {
		switch {
		case name.IsNull():
		case name.AsString() == "all":
			all.All = true
		case b.Type.Schema.Attr(name.AsString()) == nil:
			diags = append(diags, s.exprError(e, in, "Invalid ignore_changes",
				b.ID.Type+" has no attribute \""+name.AsString()+"\"."+didYouMean(name.AsString(), b.Type.Schema.Names())))
		default:
			all.Paths = append(all.Paths, hcl.Traversal{hcl.TraverseAttr{Name: name.AsString(), SrcRange: e.Range()}})
		}
	}
	return all, diags
}
