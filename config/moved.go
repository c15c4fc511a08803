package config

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/mlinfra/mlinfra/state"
)

// Place is what a moved, removed or import block means: a module, or a
// resource, or one of their instances.
type Place struct {
	Module string // path from the root; with instance keys where they are given
	Type   string // "" when the module itself is meant
	Name   string
	Key    state.Key
	// Wild means that no instance key is given: all instances are meant.
	Wild  bool
	Range hcl.Range
}

// String returns p as users write it.
func (p Place) String() string {
	if p.Type == "" {
		return p.Module
	}
	return state.Addr{Module: p.Module, Type: p.Type, Name: p.Name, Key: p.Key}.String()
}

// Move is a moved block.
type Move struct {
	From, To Place
	Range    hcl.Range
}

// Removed is a removed block: what it means is not in the configuration any
// more, and is destroyed, or forgotten.
type Removed struct {
	From         Place
	Keep         bool // the objects stay, only forgotten
	Provisioners []Provisioner
	Connection   *hclsyntax.Body
	Range        hcl.Range
}

// Import is an import block.
type Import struct {
	To       hclsyntax.Expression // the address; instance keys may be expressions
	Place    Place                // of To, without the keys that are expressions
	ID       hcl.Expression
	ForEach  hcl.Expression
	Provider ProviderRef
	Range    hcl.Range
}

func (l *loader) moved(b *hclsyntax.Block) {
	attrs := l.attributes(b, []string{"from", "to"}, nil)
	from, ok1 := l.placeArgument(b, attrs["from"], "from")
	to, ok2 := l.placeArgument(b, attrs["to"], "to")
	if !ok1 || !ok2 {
		return
	}
	if (from.Type == "") != (to.Type == "") {
		l.errorf(b.DefRange(), "Invalid \"moved\" addresses", "from is %s and to is %s: a resource moves to a resource, a module to a module.", from, to)
		return
	}
	if from.Type != "" && from.Type != to.Type && !(from.Type == "null_resource" && to.Type == "terraform_data") {
		l.errorf(b.DefRange(), "Resource type mismatch", "%s cannot become %s: an object keeps its type.", from, to)
		return
	}
	l.prog.Moves = append(l.prog.Moves, Move{From: from, To: to, Range: b.DefRange()})
}

// placeArgument reads an address argument, which is required.
func (l *loader) placeArgument(b *hclsyntax.Block, a *hclsyntax.Attribute, name string) (Place, bool) {
	if a == nil {
		l.errorf(b.DefRange(), "Missing required argument", "The argument %q is required in a %s block.", name, b.Type)
		return Place{}, false
	}
	return l.place(a.Expr)
}

// place reads an address relative to the module of l.
func (l *loader) place(e hclsyntax.Expression) (Place, bool) {
	t, diags := hcl.AbsTraversalForExpr(e)
	if diags.HasErrors() {
		l.errorf(e.Range(), "Invalid address", "This is no address such as digitalocean_vpc.main, digitalocean_droplet.web[0] or module.net.")
		return Place{}, false
	}
	p, err := placeOf(l.mod.Path, t)
	if err != nil {
		l.errorf(e.Range(), "Invalid address", "%s.", err)
		return p, false
	}
	return p, true
}

// placeOf reads an address relative to a module.
func placeOf(module string, t hcl.Traversal) (Place, error) {
	p := Place{Module: module, Range: t.SourceRange(), Wild: true}
	names, keys, err := splitTraversal(t)
	if err != nil {
		return p, err
	}
	for len(names) >= 2 && names[0] == "module" {
		p.Module = state.JoinModule(p.Module, names[1], keys[1])
		p.Wild = keys[1] == state.Key{}
		names, keys = names[2:], keys[2:]
	}
	switch {
	case len(names) == 0 && p.Module != module:
		return p, nil
	case len(names) == 2 && names[0] != "data" && keys[0] == state.Key{}:
		p.Type, p.Name, p.Key, p.Wild = names[0], names[1], keys[1], keys[1] == state.Key{}
		return p, nil
	case len(names) > 0 && names[0] == "data":
		return p, fmt.Errorf("data sources have no objects in state")
	}
	return p, fmt.Errorf("this is no address such as digitalocean_vpc.main, digitalocean_droplet.web[0] or module.net")
}

// splitTraversal returns the names of t, each with the instance key after it.
func splitTraversal(t hcl.Traversal) ([]string, []state.Key, error) {
	var names []string
	var keys []state.Key
	for _, step := range t {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			names, keys = append(names, step.Name), append(keys, state.Key{})
		case hcl.TraverseAttr:
			names, keys = append(names, step.Name), append(keys, state.Key{})
		case hcl.TraverseIndex:
			if keys[len(keys)-1] != (state.Key{}) {
				return nil, nil, fmt.Errorf("two instance keys follow each other")
			}
			keys[len(keys)-1] = keyOf(step.Key)
		default:
			return nil, nil, fmt.Errorf("splats are no addresses")
		}
	}
	return names, keys, nil
}

func (l *loader) removed(b *hclsyntax.Block) {
	attrs := l.attributes(b, []string{"from"}, []string{"lifecycle", "provisioner", "connection"})
	from, ok := l.placeArgument(b, attrs["from"], "from")
	if !ok {
		return
	}
	if !from.Wild {
		l.errorf(from.Range, "Resource instance keys not allowed", "A removed block means all instances: write the address without a key.")
		return
	}
	r := Removed{From: from, Range: b.DefRange()}
	holder := &Block{ID: ID{Module: l.mod.Path, Kind: Resource, Type: from.Type, Name: from.Name}}
	for _, sub := range b.Body.Blocks {
		switch sub.Type {
		case "lifecycle":
			destroy := true
			l.literal(l.attributes(sub, []string{"destroy"}, nil)["destroy"], &destroy)
			r.Keep = !destroy
		case "connection":
			r.Connection = sub.Body
		case "provisioner":
			l.provisioner(holder, sub)
			if n := len(holder.Provisioners); n > 0 && !holder.Provisioners[n-1].Destroy {
				l.errorf(sub.DefRange(), "Invalid provisioner block", "In a removed block a provisioner has when = destroy.")
			}
		}
	}
	r.Provisioners = holder.Provisioners
	l.prog.Removed = append(l.prog.Removed, r)
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

// resolveMoves checks moved and removed blocks against what is declared.
func (l *loader) resolveMoves() {
	seen, arrived := map[string]hcl.Range{}, map[string]hcl.Range{}
	for _, m := range l.prog.Moves {
		from := m.From.String()
		if at, ok := seen[from]; ok {
			l.errorf(m.Range, "Ambiguous move statements", "A move from %s is already declared at %s: each address moves once.", from, at)
		}
		seen[from] = m.Range
		if at, ok := arrived[m.To.String()]; ok {
			l.errorf(m.Range, "Ambiguous move statements", "A move to %s is already declared at %s: only one object can be there.", m.To, at)
		}
		arrived[m.To.String()] = m.Range
		if m.From.String() == m.To.String() {
			l.errorf(m.Range, "Redundant move statement", "This moves %s to itself.", from)
		}
		if m.From.Wild && m.From.Type != "" && l.prog.byID[m.From.block()] != nil {
			if to := l.prog.byID[m.From.block()]; m.To.block() != m.From.block() {
				l.errorf(m.Range, "Moved object still exists", "%s is declared at %s, and this says that it has moved to %s: remove one of the two.", from, to.Range, m.To)
			}
		}
	}
	l.circularMoves()
	for _, r := range l.prog.Removed {
		if b := l.prog.byID[r.From.block()]; r.From.Type != "" && b != nil {
			l.errorf(r.Range, "Removed resource still exists", "%s is declared at %s: remove that block, or this one.", r.From, b.Range)
		}
		if m := l.prog.Modules[state.StaticModule(r.From.Module)]; r.From.Type == "" && m != nil {
			l.errorf(r.Range, "Removed module still exists", "%s is called at %s: remove that block, or this one.", r.From, m.Call.Range)
		}
	}
}

// circularMoves refuses moves that lead back to where they begin.
func (l *loader) circularMoves() {
	next := map[string]string{}
	for _, m := range l.prog.Moves {
		next[m.From.String()] = m.To.String()
	}
	for _, m := range l.prog.Moves {
		from, at := m.From.String(), m.To.String()
		for steps := 0; at != "" && at != from && steps < len(next); steps++ {
			at = next[at]
		}
		if at == from && at != m.To.String() {
			l.errorf(m.Range, "Cyclic dependency in move statements", "The moves from %s lead back to it: remove one of them.", from)
			return
		}
	}
}

// block returns the ID of the block that a resource's place belongs to.
func (p Place) block() ID {
	return ID{Module: state.StaticModule(p.Module), Kind: Resource, Type: p.Type, Name: p.Name}
}

// Move returns where the object at a is according to m; false when m does not
// mean it.
func (m Move) Move(a state.Addr) (state.Addr, bool) {
	if a.Data {
		return a, false
	}
	if m.From.Type == "" {
		return moveModule(m, a)
	}
	all := m.From.Wild && m.To.Wild
	if a.Type != m.From.Type || a.Name != m.From.Name || !sameModule(m.From.Module, a.Module) || (!all && a.Key != m.From.Key) {
		return a, false
	}
	to := state.Addr{Module: withKeys(m.To.Module, a.Module), Type: m.To.Type, Name: m.To.Name, Key: m.To.Key}
	if all {
		to.Key = a.Key
	}
	return to, true
}

// sameModule reports whether a module instance is meant by a path whose levels
// without keys mean all instances.
func sameModule(path, instance string) bool {
	if path == instance {
		return true
	}
	want, err1 := state.ParseModule(path)
	have, err2 := state.ParseModule(instance)
	if err1 != nil || err2 != nil || len(want) != len(have) {
		return false
	}
	for i := range want {
		if want[i].Name != have[i].Name || (want[i].Key != state.Key{} && want[i].Key != have[i].Key) {
			return false
		}
	}
	return true
}

// withKeys returns path with the keys that it lacks taken from the levels of
// instance with the same names.
func withKeys(path, instance string) string {
	want, err1 := state.ParseModule(path)
	have, err2 := state.ParseModule(instance)
	if err1 != nil || err2 != nil {
		return path
	}
	out := ""
	for i, w := range want {
		if w.Key == (state.Key{}) && i < len(have) && have[i].Name == w.Name {
			w.Key = have[i].Key
		}
		out = state.JoinModule(out, w.Name, w.Key)
	}
	return out
}

// moveModule moves an object with the module that it is in.
func moveModule(m Move, a state.Addr) (state.Addr, bool) {
	have, err1 := state.ParseModule(a.Module)
	from, err2 := state.ParseModule(m.From.Module)
	to, err3 := state.ParseModule(m.To.Module)
	if err1 != nil || err2 != nil || err3 != nil || len(have) < len(from) {
		return a, false
	}
	both, last := m.From.Wild && m.To.Wild, len(from)-1
	for i, f := range from {
		all := f.Key == (state.Key{}) && (i < last || both)
		if f.Name != have[i].Name || (f.Key != have[i].Key && !all) {
			return a, false
		}
		if i < last && i < len(to)-1 && to[i].Name == f.Name && to[i].Key == (state.Key{}) {
			to[i].Key = have[i].Key
		}
	}
	if both {
		to[len(to)-1].Key = have[last].Key
	}
	path := ""
	for _, s := range append(to, have[len(from):]...) {
		path = state.JoinModule(path, s.Name, s.Key)
	}
	a.Module = path
	return a, true
}

// means reports whether r means the object at a.
func (r Removed) means(a state.Addr) bool {
	if r.From.Type != "" {
		return a.Type == r.From.Type && a.Name == r.From.Name && sameModule(r.From.Module, a.Module)
	}
	return sameModule(r.From.Module, a.Module) || strings.HasPrefix(state.StaticModule(a.Module)+".", r.From.Module+".")
}

// RemovedBy returns the removed block that means the object at a, or nil.
func (p *Program) RemovedBy(a state.Addr) *Removed {
	for i := range p.Removed {
		if p.Removed[i].means(a) {
			return &p.Removed[i]
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
		if !known {
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
		case more.HasErrors():
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
