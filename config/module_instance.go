package config

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/state"
)

// ModuleInstance is a module as often as its calls are repeated. Nil is the
// root.
type ModuleInstance struct {
	Module *Module
	Addr   string   // path with instance keys
	Call   Instance // of the call; its In is the calling module
}

// Path returns the path of m with instance keys.
func (m *ModuleInstance) Path() string {
	if m == nil {
		return ""
	}
	return m.Addr
}

// static returns the path of m without instance keys.
func (m *ModuleInstance) static() string {
	if m == nil {
		return ""
	}
	return m.Module.Path
}

// ModuleInstances returns the instances of a module; false when their number
// is not known yet.
func (s *Scope) ModuleInstances(m *Module) ([]*ModuleInstance, bool, hcl.Diagnostics) {
	if m.Call == nil {
		return []*ModuleInstance{nil}, true, nil
	}
	if e, ok := s.expanded[m.Path]; ok {
		return e.list, e.known, nil
	}
	parents, known, diags := s.ModuleInstances(m.Parent)
	e := expansion{known: known}
	for _, parent := range parents {
		calls, known, more := s.Expand(m.Call, parent)
		diags = append(diags, more...)
		e.known = e.known && known
		for _, in := range calls {
			e.list = append(e.list, &ModuleInstance{Module: m, Addr: state.JoinModule(parent.Path(), m.Call.ID.Name, in.Key), Call: in})
		}
	}
	if more := s.tooMany(m, len(e.list)); more.HasErrors() {
		e = expansion{known: true}
		diags = append(diags, more...)
	}
	if e.known {
		s.expanded[m.Path] = e
	}
	return e.list, e.known, diags
}

// tooMany reports an error when m, which has n instances, is too much of a
// crowd: counts of modules in modules multiply.
func (s *Scope) tooMany(m *Module, n int) hcl.Diagnostics {
	blocks := 1
	for _, b := range s.prog.Blocks {
		if b.ID.Module == m.Path {
			blocks++
		}
	}
	if n <= maxInstances && n*blocks <= maxModuleBlocks {
		return nil
	}
	return problem(m.Call.Range, "Too many module instances", fmt.Sprintf("%s has %d instances with %d blocks each. There may be 100000 instances, and 1000000 blocks in all of them: the counts of modules that call each other multiply.", m.Path, n, blocks))
}

// expansion is the instances of a module.
type expansion struct {
	list  []*ModuleInstance
	known bool
}

// ModuleAt returns the module instance with an address, nil for the root; false
// when there is none.
func (s *Scope) ModuleAt(addr string) (*ModuleInstance, bool) {
	if addr == "" {
		return nil, true
	}
	m := s.prog.Modules[state.StaticModule(addr)]
	if m == nil {
		return nil, false
	}
	list, _, _ := s.ModuleInstances(m)
	for _, mi := range list {
		if mi.Addr == addr {
			return mi, true
		}
	}
	return nil, false
}

// moduleValue returns what references to a module call mean in the module
// instance at: its outputs, those named or all.
func (s *Scope) moduleValue(m *Module, at *ModuleInstance, names []string, all bool) (cty.Value, hcl.Diagnostics) {
	if all {
		names = s.prog.outputsOf(m)
	}
	list, known, diags := s.ModuleInstances(m)
	if !known || diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	var keys []state.Key
	items := map[state.Key]cty.Value{}
	for _, mi := range list {
		if mi.Call.In != at {
			continue
		}
		outputs := make(map[string]cty.Value, len(names))
		for _, name := range names {
			v, more := s.ValueIn(ID{Module: m.Path, Kind: Output, Name: name}, mi)
			diags = append(diags, more...)
			outputs[name] = v
		}
		keys = append(keys, mi.Call.Key)
		items[mi.Call.Key] = cty.ObjectVal(outputs)
	}
	return collect(m.Call, keys, items), diags
}

// outputsOf returns the names of the outputs of m, sorted.
func (p *Program) outputsOf(m *Module) []string {
	var names []string
	for _, b := range p.Blocks {
		if b.ID.Module == m.Path && b.ID.Kind == Output {
			names = append(names, b.ID.Name)
		}
	}
	slices.Sort(names)
	return names
}

// collect returns the value of a block from those of its instances, sorted by
// key.
func collect(b *Block, keys []state.Key, items map[state.Key]cty.Value) cty.Value {
	switch {
	case b.Count != nil:
		list := make([]cty.Value, len(keys))
		for i := range list {
			v, ok := items[state.IndexKey(i)]
			if !ok {
				return cty.DynamicVal
			}
			list[i] = v
		}
		return cty.TupleVal(list)
	case b.ForEach != nil:
		list := make(map[string]cty.Value, len(keys))
		for k, v := range items {
			name, _ := k.Name()
			list[name] = v
		}
		return cty.ObjectVal(list)
	}
	if v, ok := items[state.Key{}]; ok {
		return v
	}
	if b.Enabled != nil {
		return cty.NullVal(cty.DynamicPseudoType)
	}
	return cty.DynamicVal
}

// dirOf returns what path.module is in m.
func (m *ModuleInstance) dir() string {
	if m == nil {
		return "."
	}
	return m.Module.Dir
}
