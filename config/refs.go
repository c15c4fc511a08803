package config

import (
	"cmp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mlinfra/mlinfra/providers"
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
		switch {
		case slices.Contains(builtin, t.RootName()):
			l.builtin(b, t)
		case !ok:
			l.errorf(t.SourceRange(), "Invalid reference", "A reference to a resource has a type and a name, such as digitalocean_vpc.main.")
		case id == b.ID && b.ID.Kind == Variable: // a validation looks at its own variable
		case id == b.ID:
			l.errorf(t.SourceRange(), "Self-referential block", "%s refers to itself. Use self in a postcondition; elsewhere move what is shared into a local value.", b.ID)
		case l.declared(id, t.SourceRange()):
			b.Needs = append(b.Needs, id)
			l.attribute(l.prog.byID[id], t)
		}
	}
	if b.Type != nil {
		b.Needs = append(b.Needs, b.Provider)
	}
	slices.SortFunc(b.Needs, compareIDs)
	b.Needs = slices.Compact(b.Needs)
}

// builtin checks that each, count and self stand where they have a value.
func (l *loader) builtin(b *Block, t hcl.Traversal) {
	at := t.SourceRange()
	within := func(e hcl.Expression) bool {
		return e != nil && e.Range().Filename == at.Filename && e.Range().Overlaps(at)
	}
	switch t.RootName() {
	case "each":
		if b.ForEach == nil || within(b.ForEach) {
			l.errorf(at, "Reference to \"each\" without for_each", "each.key and each.value exist in resource and data blocks that have for_each.")
		}
	case "count":
		if b.Count == nil || within(b.Count) {
			l.errorf(at, "Reference to \"count\" without count", "count.index exists in resource and data blocks that have count.")
		}
	case "self":
		if !slices.ContainsFunc(b.Conditions, func(c Condition) bool { return c.When == After && (within(c.Expr) || within(c.Message)) }) {
			l.errorf(at, "Invalid \"self\" reference", "self exists in postconditions only. Refer to the block that has the value by its name.")
		}
	}
}

// attribute checks what t names of an instance of the block to, as far as
// that can be told without values.
func (l *loader) attribute(to *Block, t hcl.Traversal) {
	if to.Type == nil {
		return
	}
	rest := t[2:]
	if to.ID.Kind == Data {
		rest = t[3:]
	}
	if len(rest) == 0 {
		return
	}
	_, indexed := rest[0].(hcl.TraverseIndex)
	many := to.Count != nil || to.ForEach != nil
	switch {
	case many && !indexed:
		key := "0"
		if to.ForEach != nil {
			key = "\"key\""
		}
		l.errorf(t.SourceRange(), "Missing resource instance key", "%s has several instances: name one, such as %[1]s[%s], or all, as values of a for expression or a splat.", to.ID, key)
		return
	case !many && indexed:
		l.errorf(t.SourceRange(), "Unexpected resource instance key", "%s has neither count nor for_each: remove the brackets.", to.ID)
		return
	case many:
		rest = rest[1:]
	}
	if len(rest) == 0 {
		return
	}
	if a, ok := rest[0].(hcl.TraverseAttr); ok && to.Type.Schema.Attr(a.Name) == nil {
		l.errorf(a.SrcRange, "Unsupported attribute", "%s has no attribute %q.%s", to.ID.Type, a.Name, didYouMean(a.Name, attrNames(to.Type.Schema)))
	}
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
		l.errorf(at, "Reference to undeclared input variable", "There is no variable %q.%s", id.Name, cmp.Or(hint, " Declare it with a variable block."))
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

func attrNames(s *providers.Schema) []string {
	var names []string
	for _, a := range s.Attrs {
		names = append(names, a.Name)
	}
	return names
}
