package config

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// context returns what expressions with the traversals ts are evaluated in.
func (s *Scope) context(ts []hcl.Traversal, m *ModuleInstance, extra map[string]cty.Value) (*hcl.EvalContext, hcl.Diagnostics) {
	vars := map[string]cty.Value{
		"path": cty.ObjectVal(map[string]cty.Value{
			"module": cty.StringVal(m.dir()), "root": cty.StringVal("."), "cwd": cty.StringVal(s.env.WorkDir),
		}),
		"terraform": cty.ObjectVal(map[string]cty.Value{"workspace": cty.StringVal(s.env.Workspace)}),
	}
	tree := map[string]map[string]cty.Value{} // root or data type → name → value
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
		id, ok := target(m.static(), t)
		if !ok || s.prog.Block(id) == nil {
			continue
		}
		switch id.Kind {
		case Call, Output:
			want(outputs, id)
			continue
		}
		root := t.RootName()
		if id.Kind == Data {
			root = dataRoot + id.Type
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
	data := map[string]cty.Value{}
	for root, names := range tree {
		if typ, ok := strings.CutPrefix(root, dataRoot); ok {
			data[typ] = cty.ObjectVal(names)
			continue
		}
		vars[root] = cty.ObjectVal(names)
	}
	if len(data) > 0 {
		vars["data"] = cty.ObjectVal(data)
	}
	for name, v := range extra {
		vars[name] = v
	}
	return &hcl.EvalContext{Variables: vars, Functions: s.functions}, diags
}

// dataRoot begins the roots of data sources in the tree of a context.
const dataRoot = "data "

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
