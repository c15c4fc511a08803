package config

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// builtin are the roots of references that mean no block.
var builtin = []string{"each", "count", "path", "terraform", "self"}

// resolve reads the references of b off the syntax tree into b.Needs.
func (l *loader) resolve(b *Block) {
	for _, id := range b.DependsOn {
		if l.declared(id, b.Range) {
			b.Needs = append(b.Needs, id)
		}
	}
	for _, t := range b.references() {
		id, ok := l.reference(t)
		if !ok {
			if !slices.Contains(builtin, t.RootName()) {
				l.errorf(t.SourceRange(), "Invalid reference", "A reference to a resource has a type and a name, such as digitalocean_vpc.main.")
			}
			continue
		}
		if id == b.ID && b.ID.Kind == Variable {
			continue // a validation looks at its own variable
		}
		if l.declared(id, t.SourceRange()) {
			b.Needs = append(b.Needs, id)
		}
	}
	if b.Type != nil {
		b.Needs = append(b.Needs, b.Provider)
	}
	slices.SortFunc(b.Needs, compareIDs)
	b.Needs = slices.Compact(b.Needs)
}

// references returns all traversals in b, without those to iterators of
// dynamic blocks.
func (b *Block) references() []hcl.Traversal {
	var ts []hcl.Traversal
	for _, e := range []hcl.Expression{b.Expr, b.Count, b.ForEach} {
		if e != nil {
			ts = append(ts, e.Variables()...)
		}
	}
	for _, c := range b.Conditions {
		ts = append(ts, c.Expr.Variables()...)
		ts = append(ts, c.Message.Variables()...)
	}
	for _, e := range b.Lifecycle.ReplaceTriggeredBy {
		ts = append(ts, e.Variables()...)
	}
	if b.Body != nil && (b.ID.Kind == Resource || b.ID.Kind == Data || b.ID.Kind == Provider) {
		ts = append(ts, bodyVariables(b.Body, nil)...)
	}
	return ts
}

// bodyVariables returns the traversals in body; iterators are the names that
// enclosing dynamic blocks bind.
func bodyVariables(body *hclsyntax.Body, iterators []string) []hcl.Traversal {
	var ts []hcl.Traversal
	add := func(e hcl.Expression) {
		for _, t := range e.Variables() {
			if !slices.Contains(iterators, t.RootName()) {
				ts = append(ts, t)
			}
		}
	}
	for _, a := range sortedAttributes(body) {
		add(a.Expr)
	}
	for _, sub := range body.Blocks {
		if sub.Type != "dynamic" || len(sub.Labels) != 1 {
			ts = append(ts, bodyVariables(sub.Body, iterators)...)
			continue
		}
		inner := append(slices.Clone(iterators), iteratorOf(sub))
		for _, a := range sortedAttributes(sub.Body) {
			switch a.Name {
			case "for_each":
				add(a.Expr)
			case "labels":
				for _, t := range a.Expr.Variables() {
					if !slices.Contains(inner, t.RootName()) {
						ts = append(ts, t)
					}
				}
			}
		}
		for _, content := range sub.Body.Blocks {
			ts = append(ts, bodyVariables(content.Body, inner)...)
		}
	}
	return ts
}

func iteratorOf(dynamic *hclsyntax.Block) string {
	if a := dynamic.Body.Attributes["iterator"]; a != nil {
		return hcl.ExprAsKeyword(a.Expr)
	}
	return dynamic.Labels[0]
}

// reference returns the block that t means; false for what is no block.
func (l *loader) reference(t hcl.Traversal) (ID, bool) {
	name := func(i int) string {
		if i < len(t) {
			if a, ok := t[i].(hcl.TraverseAttr); ok {
				return a.Name
			}
		}
		return ""
	}
	var id ID
	switch root := t.RootName(); {
	case slices.Contains(builtin, root):
		return id, false
	case root == "var":
		id = ID{Kind: Variable, Name: name(1)}
	case root == "local":
		id = ID{Kind: Local, Name: name(1)}
	case root == "data":
		id = ID{Kind: Data, Type: name(1), Name: name(2)}
	default:
		id = ID{Kind: Resource, Type: root, Name: name(1)}
	}
	return id, id.Name != ""
}

// declared reports whether id is declared, else says what may be meant.
func (l *loader) declared(id ID, at hcl.Range) bool {
	if l.prog.byID[id] != nil {
		return true
	}
	var names []string
	for other := range l.prog.byID {
		if other.Kind == id.Kind {
			names = append(names, other.String())
		}
	}
	hint := didYouMean(id.String(), names)
	switch id.Kind {
	case Variable:
		l.errorf(at, "Reference to undeclared input variable", "There is no variable %q. Declare it with a variable block.%s", id.Name, hint)
	case Local:
		l.errorf(at, "Reference to undeclared local value", "There is no local value %q.%s", id.Name, hint)
	default:
		what := "resource"
		if id.Kind == Data {
			what = "data source"
		}
		l.errorf(at, "Reference to undeclared "+what, "A %s %q %q has not been declared.%s", what, id.Type, id.Name, hint)
	}
	return false
}
