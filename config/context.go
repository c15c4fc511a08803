package config

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// context returns what expressions with the traversals ts are evaluated in.
func (s *Scope) context(ts []hcl.Traversal, m *ModuleInstance, extra map[string]cty.Value) (*hcl.EvalContext, hcl.Diagnostics) {
	vars := map[string]cty.Value{"path": s.path(m), "terraform": s.terraform}
	tree := map[string]map[string]cty.Value{} // root, or "data" or "resource" with a type → name → value
	outputs := map[string]*wantedOutputs{}
	var diags hcl.Diagnostics
	put := func(root, name string, v cty.Value, more hcl.Diagnostics) {
		diags = append(diags, more...)
		if tree[root] == nil {
			tree[root] = map[string]cty.Value{}
		}
		tree[root][name] = v
	}
	for _, t := range ts {
		id, _, ok := target(m.static(), t)
		if !ok || s.prog.Block(id) == nil {
			continue
		}
		switch id.Kind {
		case Call, Output:
			want(outputs, id)
			continue
		}
		root := t.RootName()
		if root == "data" || root == "resource" {
			root += " " + id.Type
		}
		if _, done := tree[root][id.Name]; !done {
			v, more := s.ValueIn(id, m)
			put(root, id.Name, v, more)
		}
	}
	for name, w := range outputs {
		v, more := s.moduleValue(s.prog.Block(w.call).Calls, m, w.names, w.all)
		put("module", name, v, more)
	}
	byType := map[string]map[string]cty.Value{}
	for root, names := range tree {
		root, typ, ok := strings.Cut(root, " ")
		if !ok {
			vars[root] = cty.ObjectVal(names)
			continue
		}
		if byType[root] == nil {
			byType[root] = map[string]cty.Value{}
		}
		byType[root][typ] = cty.ObjectVal(names)
	}
	for root, types := range byType {
		vars[root] = cty.ObjectVal(types)
	}
	for name, v := range extra {
		vars[name] = v
	}
	return &hcl.EvalContext{Variables: vars, Functions: s.functions}, diags
}

// path returns what expressions in a module instance see as path.
func (s *Scope) path(m *ModuleInstance) cty.Value {
	dir := m.dir()
	v, ok := s.paths[dir]
	if !ok {
		v = cty.ObjectVal(map[string]cty.Value{
			"module": cty.StringVal(dir), "root": cty.StringVal("."), "cwd": cty.StringVal(cmp.Or(s.env.Cwd, s.env.WorkDir)),
		})
		s.paths[dir] = v
	}
	return v
}

// wantedOutputs is what expressions refer to of a module call.
type wantedOutputs struct {
	call  ID
	names []string
	all   bool
}

// want adds what id, a module call or one of its outputs, means.
func want(outputs map[string]*wantedOutputs, id ID) {
	call := id
	if id.Kind == Output {
		call = callID(id.Module)
	}
	w := outputs[call.Name]
	if w == nil {
		w = &wantedOutputs{call: call}
		outputs[call.Name] = w
	}
	if id.Kind == Call {
		w.all = true
	} else if !slices.Contains(w.names, id.Name) {
		w.names = append(w.names, id.Name)
	}
}
