package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

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
	if len(names) == 3 && names[0] == "resource" && keys[0] == (state.Key{}) {
		names, keys = names[1:], keys[1:]
	}
	switch {
	case len(names) == 0 && p.Module != module:
		return p, nil
	case len(names) == 2 && names[0] != "data" && names[0] != "resource" && keys[0] == state.Key{}:
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

// block returns the ID of the block that a resource's place belongs to.
func (p Place) block() ID {
	return ID{Module: state.StaticModule(p.Module), Kind: Resource, Type: p.Type, Name: p.Name}
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
