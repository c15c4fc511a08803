package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mlinfra/mlinfra/state"
)

// builtin are the roots of references that mean no block.
var builtin = []string{"each", "count", "path", "terraform", "self"}

// resolve reads the references of b off the syntax tree into b.Needs.
func (l *loader) resolve(b *Block) {
	for c := b.Module.Call; c != nil; c = c.Module.Call {
		l.explicit(b, c)
	}
	l.explicit(b, b)
	for _, t := range b.references() {
		l.need(b, t)
	}
	if b.Arg != nil {
		outer := &loader{loading: l.loading, mod: b.Module.Parent, local: b.Module.Parent.local}
		for _, t := range b.Arg.Variables() {
			outer.argument(b, t)
		}
	}
	if b.Module.Call != nil {
		b.Needs = append(b.Needs, b.Module.Call.ID)
	}
	if b.Type != nil {
		l.needProvider(b)
	}
	slices.SortFunc(b.Needs, compareIDs)
	b.Needs = slices.Compact(b.Needs)
}

// explicit adds what depends_on of c, which is b or calls its module, names.
func (l *loader) explicit(b, c *Block) {
	for _, id := range c.explicit {
		switch {
		case b == c && !l.declared(id, b.Range):
		case id.Kind == Call && l.prog.byID[id] != nil:
			for _, inner := range l.prog.within(l.prog.byID[id].Calls) {
				b.Needs, b.DependsOn = append(b.Needs, inner.ID), append(b.DependsOn, inner.ID)
			}
			b.Needs = append(b.Needs, id)
		case l.prog.byID[id] != nil:
			b.Needs, b.DependsOn = append(b.Needs, id), append(b.DependsOn, id)
		}
	}
}

// need adds what t, which stands in b, means to the needs of b.
func (l *loader) need(b *Block, t hcl.Traversal) {
	id, rest, ok := target(l.mod.Path, t)
	switch {
	case slices.Contains(builtin, t.RootName()):
		l.builtin(b, t)
	case !ok:
		l.errorf(t.SourceRange(), "Invalid reference", "%s", incomplete(t))
	case id == b.ID && b.ID.Kind == Variable: // a validation looks at its own variable
	case id == b.ID:
		l.errorf(t.SourceRange(), "Self-referential block", "%s refers to itself. Use self in a postcondition; elsewhere move what is shared into a local value.", b.ID)
	case l.declared(id, t.SourceRange()):
		l.needs(b, id, t, rest)
	}
}

// incomplete says what a reference lacks that means no block.
func incomplete(t hcl.Traversal) string {
	root := t.RootName()
	switch {
	case root == "data":
		return "\"data\" is followed by the type and the name of a data source, such as data.digitalocean_vpc.main."
	case root != "var" && root != "local" && root != "module":
		return "A reference to a resource has a type and a name, such as digitalocean_vpc.main."
	case len(t) > 1:
		return fmt.Sprintf("%[1]q takes no brackets: write what is meant as %[1]s.name.", root)
	}
	return fmt.Sprintf("%[1]q cannot be accessed as a whole: write which one is meant, as %[1]s.name.", root)
}

// needs adds id, which is declared and which t means, to the needs of b. rest is
// the end of t behind the name of the block.
func (l *loader) needs(b *Block, id ID, t, rest hcl.Traversal) {
	to := l.prog.byID[id]
	b.Needs = append(b.Needs, id)
	switch id.Kind {
	case Call: // all of its outputs
		for _, name := range l.prog.outputsOf(to.Calls) {
			b.Needs = append(b.Needs, ID{Module: to.Calls.Path, Kind: Output, Name: name})
		}
	case Output:
		l.instanceKey(l.prog.byID[callID(id.Module)], t, rest)
	case Resource, Data:
		l.attribute(to, t, rest)
	}
}

// argument adds what t, in the argument that a module call has for the variable
// b, means to the needs of b.
func (l *loader) argument(b *Block, t hcl.Traversal) {
	if slices.Contains(builtin, t.RootName()) {
		l.builtin(b.Module.Call, t)
		return
	}
	l.need(b, t)
}

// needProvider adds the provider configuration of b, and what chooses it.
func (l *loader) needProvider(b *Block) {
	b.Needs = append(b.Needs, b.Provider.ID)
	if b.Provider.Key == nil {
		return
	}
	at, user := l, b
	if c := b.Provider.caller; c != nil {
		at, user = &loader{loading: l.loading, mod: c.Module, local: c.Module.local}, c
	}
	for _, t := range b.Provider.Key.Variables() {
		if slices.Contains(builtin, t.RootName()) {
			at.builtin(user, t)
			continue
		}
		at.need(b, t)
	}
}

// builtin checks that each, count and self stand where they have a value.
func (l *loader) builtin(b *Block, t hcl.Traversal) {
	at := t.SourceRange()
	within := func(e hcl.Expression) bool {
		return e != nil && e.Range().Filename == at.Filename && e.Range().Overlaps(at)
	}
	if name := t.RootName(); name != "self" {
		if len(t) < 2 {
			l.errorf(at, "Invalid reference", "%q cannot be accessed as a whole: write which of its attributes is meant.", name)
			return
		}
		if _, ok := t[1].(hcl.TraverseAttr); !ok {
			l.errorf(at, "Invalid reference", "%q takes no brackets: write what is meant as %[1]s.name.", name)
			return
		}
	}
	switch t.RootName() {
	case "each":
		if b.ForEach == nil || within(b.ForEach) {
			l.errorf(at, "Reference to \"each\" without for_each", "each.key and each.value exist in resource, data and module blocks that have for_each.")
		}
	case "count":
		if b.Count == nil || within(b.Count) {
			l.errorf(at, "Reference to \"count\" without count", "count.index exists in resource, data and module blocks that have count.")
		}
	case "self":
		if !b.knowsSelf(within) {
			l.errorf(at, "Invalid \"self\" reference", "self exists in postconditions, provisioners and connections only. Refer to the block that has the value by its name.")
		}
	}
}

// knowsSelf reports whether within, which says whether an expression holds a
// reference, is true of a part of b where self has a value.
func (b *Block) knowsSelf(within func(hcl.Expression) bool) bool {
	for _, c := range b.Conditions {
		if c.When == After && (within(c.Expr) || within(c.Message)) {
			return true
		}
	}
	bodies := []*hclsyntax.Body{b.Connection}
	for _, p := range b.Provisioners {
		bodies = append(bodies, p.Body, p.Connection)
	}
	for _, body := range bodies {
		if body == nil {
			continue
		}
		for _, a := range body.Attributes {
			if within(a.Expr) {
				return true
			}
		}
	}
	return false
}

// attribute checks what rest, the end of t, names of an instance of the block
// to, as far as that can be told without values.
func (l *loader) attribute(to *Block, t, rest hcl.Traversal) {
	if to.Type == nil || len(rest) == 0 {
		return
	}
	if rest = l.instanceKey(to, t, rest); len(rest) == 0 {
		return
	}
	if a, ok := rest[0].(hcl.TraverseAttr); ok && to.Type.Schema.Attr(a.Name) == nil {
		l.errorf(a.SrcRange, "Unsupported attribute", "%s has no attribute %q.%s", to.ID.Type, a.Name, l.didYouMean(a.Name, to.Type.Schema.Names))
	}
}

// instanceKey checks the instance key with which rest, the end of t, begins
// against what to has, and returns what follows it.
func (l *loader) instanceKey(to *Block, t, rest hcl.Traversal) hcl.Traversal {
	if len(rest) == 0 {
		return nil
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
		return nil
	case !many && indexed:
		l.errorf(t.SourceRange(), "Unexpected resource instance key", "%s has neither count nor for_each: remove the brackets.", to.ID)
		return nil
	case many:
		return rest[1:]
	}
	return rest
}

// references returns all traversals in b, without those to iterators of
// dynamic blocks.
func (b *Block) references() []hcl.Traversal {
	var ts []hcl.Traversal
	for _, e := range []hcl.Expression{b.Expr, b.Count, b.ForEach, b.Enabled, b.Lifecycle.PreventDestroy} {
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
	ts = append(ts, ignoreRefs(b.Lifecycle.IgnoreChanges)...)
	bodies := []*hclsyntax.Body{b.Connection}
	if b.ID.Kind == Resource || b.ID.Kind == Data || b.ID.Kind == Provider {
		bodies = append(bodies, b.Body)
	}
	for _, p := range b.Provisioners {
		bodies = append(bodies, p.Body, p.Connection)
	}
	for _, body := range bodies {
		if body != nil {
			ts = append(ts, bodyVariables(body, nil)...)
		}
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

// callID returns the ID of the call of a module, by its path.
func callID(module string) ID {
	parent, name := "", module
	if i := strings.LastIndex(module, ".module."); i >= 0 {
		parent, name = module[:i], module[i+1:]
	}
	return ID{Module: parent, Kind: Call, Name: strings.TrimPrefix(name, "module.")}
}

// target returns the block that t means where it stands in a module, and what
// follows its name, for an output that of the call; false for what is no block.
func target(module string, t hcl.Traversal) (ID, hcl.Traversal, bool) {
	name := func(i int) string {
		if i < len(t) {
			if a, ok := t[i].(hcl.TraverseAttr); ok {
				return a.Name
			}
		}
		return ""
	}
	id, named := ID{Module: module}, 2
	switch root := t.RootName(); {
	case slices.Contains(builtin, root):
		return id, nil, false
	case root == "var":
		id.Kind, id.Name = Variable, name(1)
	case root == "local":
		id.Kind, id.Name = Local, name(1)
	case root == "data":
		id.Kind, id.Type, id.Name, named = Data, name(1), name(2), 3
	case root == "resource":
		id.Kind, id.Type, id.Name, named = Resource, name(1), name(2), 3
	case root == "module":
		id.Kind, id.Name = Call, name(1)
		output := name(2)
		if len(t) > 3 {
			if _, ok := t[2].(hcl.TraverseIndex); ok {
				output = name(3)
			}
		}
		if id.Name != "" && output != "" {
			id = ID{Module: state.JoinModule(module, id.Name, state.Key{}), Kind: Output, Name: output}
		}
	default:
		id.Kind, id.Type, id.Name = Resource, root, name(1)
	}
	if id.Name == "" {
		return id, nil, false
	}
	return id, t[named:], true
}

// declared reports whether id is declared, else says what may be meant.
func (l *loader) declared(id ID, at hcl.Range) bool {
	if l.prog.byID[id] != nil {
		return true
	}
	hint := l.didYouMean(id.inModule(), func() []string {
		var names []string
		for other := range l.prog.byID {
			if other.Kind == id.Kind && other.Module == id.Module {
				names = append(names, other.inModule())
			}
		}
		return names
	})
	switch id.Kind {
	case Call:
		l.errorf(at, "Reference to undeclared module", "There is no module %q.%s", id.Name, hint)
	case Output:
		if call := callID(id.Module); l.prog.byID[call] == nil {
			return l.declared(call, at)
		}
		l.errorf(at, "Unsupported attribute", "The module %q has no output %q.%s", callID(id.Module).Name, id.Name, l.didYouMean(id.Name, func() []string { return l.names(id.Module, Output) }))
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
