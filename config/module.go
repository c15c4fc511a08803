package config

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/state"
)

// Module is a folder of configuration at one place of the tree of calls.
type Module struct {
	Path string // static: without instance keys; "" is the root
	Dir  string // of its files, relative to the root configuration
	Call *Block // nil for the root
	// Parent is the module that Call stands in; nil for the root.
	Parent *Module
	calls  map[string]*Module
	local  map[string]string // local name of a provider → name in the catalog
	passed map[passedProvider]ProviderRef
}

// ModuleCall is what a module block says of where its files are.
type ModuleCall struct {
	Path            string // static path of the module
	From            string // folder of the module that the block stands in
	Source, Version string
}

// Modules finds the files of a module. dir is their folder, relative to the
// root configuration.
type Modules func(ModuleCall) (dir string, files fs.FS, err error)

// maxModules and maxModuleDepth bound the tree of calls: a module that calls
// itself has no end.
const (
	maxModules     = 2000
	maxModuleDepth = 30
)

// moduleArguments belong to the language, not to the variables of the module.
var moduleArguments = []string{"source", "version", "providers", "count", "for_each", "depends_on"}

// call reads a module block and loads what it calls.
func (l *loader) call(b *hclsyntax.Block) {
	c := &Block{ID: ID{Module: l.mod.Path, Kind: Call, Name: b.Labels[0]}, Range: b.DefRange()}
	for _, sub := range b.Body.Blocks {
		if sub.Type == "lifecycle" {
			if a := l.attributes(sub, []string{"enabled"}, nil)["enabled"]; a != nil {
				c.Enabled = a.Expr
			}
			continue
		}
		l.errorf(sub.TypeRange, "Unsupported block type", "Blocks of type %q are not expected in a module block.", sub.Type)
	}
	l.repetition(c, b.Body)
	c.Body = without(b.Body, moduleArguments, []string{"lifecycle"})
	c.explicit = l.dependsOn(b.Body)
	mc := ModuleCall{Path: state.JoinModule(l.mod.Path, c.ID.Name, state.Key{}), From: l.mod.Dir}
	if b.Body.Attributes["source"] == nil {
		l.errorf(b.DefRange(), "Missing required argument", "The argument \"source\" is required: the folder, Git repository or archive of the module.")
		return
	}
	before := len(l.diags)
	l.literal(b.Body.Attributes["source"], &mc.Source)
	if mc.Source == "" && len(l.diags) == before {
		l.errorf(b.Body.Attributes["source"].Expr.Range(), "Invalid module source address", "The argument \"source\" must name the folder, Git repository or archive of the module.")
	}
	l.literal(b.Body.Attributes["version"], &mc.Version)
	if !l.add(c) || mc.Source == "" {
		return
	}
	l.child(c, b, mc)
}

// child loads the module that c calls.
func (l *loader) child(c *Block, b *hclsyntax.Block, mc ModuleCall) {
	at := b.Body.Attributes["source"].Expr.Range()
	depth := strings.Count(mc.Path, "module.")
	if depth > maxModuleDepth || len(l.prog.Modules) >= maxModules {
		l.errorf(at, "Too many modules", "Modules may be nested %d deep, and a configuration may have %d: does %s call itself?", maxModuleDepth, maxModules, mc.Source)
		return
	}
	if l.modules == nil {
		l.errorf(at, "Modules cannot be loaded", "The files of %s are not at hand here.", mc.Source)
		return
	}
	dir, files, err := l.modules(mc)
	if err != nil {
		l.errorf(at, "Module not found", "The module %q of %s cannot be loaded: %s.", mc.Source, c.ID, strings.TrimSuffix(err.Error(), "."))
		return
	}
	m := &Module{Path: mc.Path, Dir: path.Clean(dir), Call: c, Parent: l.mod, calls: map[string]*Module{}, local: map[string]string{}}
	l.mod.calls[c.ID.Name] = m
	c.Calls = m
	l.prog.Modules[m.Path] = m
	inner := &loader{loading: l.loading, mod: m, local: m.local}
	inner.load(files)
	l.passProviders(c, m, b.Body.Attributes["providers"])
	l.arguments(c, m)
}

// arguments gives the variables of m the expressions that its call has for
// them.
func (l *loader) arguments(c *Block, m *Module) {
	for _, a := range sortedAttributes(c.Body) {
		v := l.prog.byID[ID{Module: m.Path, Kind: Variable, Name: a.Name}]
		if v == nil {
			l.errorf(a.NameRange, "Unsupported argument", "The module %q has no variable %q.%s", c.ID.Name, a.Name, l.didYouMean(a.Name, func() []string { return l.names(m.Path, Variable) }))
			continue
		}
		v.Arg = a.Expr
	}
	for _, name := range l.names(m.Path, Variable) {
		v := l.prog.byID[ID{Module: m.Path, Kind: Variable, Name: name}]
		if v.Arg == nil && v.Variable.Default == cty.NilVal {
			l.errorf(c.Range, "Missing required argument", "The argument %q is required by the module %q (%s), but no definition was found.", name, c.ID.Name, v.Range)
		}
	}
}

// names returns the names of the blocks of a kind in a module, sorted.
func (l *loader) names(module string, kind Kind) []string {
	var names []string
	for id := range l.prog.byID {
		if id.Module == module && id.Kind == kind {
			names = append(names, id.Name)
		}
	}
	slices.Sort(names)
	return names
}

// within returns the blocks of a module and of those that it calls.
func (p *Program) within(m *Module) []*Block {
	var list []*Block
	for _, b := range p.Blocks {
		if b.ID.Module == m.Path || strings.HasPrefix(b.ID.Module, m.Path+".") {
			list = append(list, b)
		}
	}
	return list
}

// maxModuleBlocks bounds the blocks of a module, counted in all of its
// instances.
const maxModuleBlocks = 1_000_000

// sourceFile returns the name by which a source file of the module is shown.
func (m *Module) sourceFile(name string) string {
	if m.Path == "" {
		return name
	}
	return path.Join(m.Dir, name)
}

// String names m in messages.
func (m *Module) String() string {
	if m.Path == "" {
		return "the root module"
	}
	return fmt.Sprintf("module %s (%s)", m.Path, m.Dir)
}
