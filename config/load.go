package config

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// maxFileSize bounds a source file; parsing takes memory in proportion.
const maxFileSize = 1 << 20

// loading is what the loaders of all modules share.
type loading struct {
	catalog Catalog
	modules Modules
	prog    *Program
	diags   hcl.Diagnostics
}

// loader collects the blocks of one module.
type loader struct {
	*loading
	mod   *Module
	local map[string]string // of mod
}

// Load reads the configuration in the root of fsys, which is shown to users
// as dir, and the modules that it calls; modules is nil when there can be
// none. A root without files is an empty program. The Program is usable only when there are no errors.
func Load(fsys fs.FS, dir string, catalog Catalog, modules Modules) (*Program, hcl.Diagnostics) {
	root := &Module{Dir: ".", calls: map[string]*Module{}, local: map[string]string{}}
	l := &loader{mod: root, local: root.local, loading: &loading{
		catalog: catalog, modules: modules,
		prog: &Program{Dir: dir, Sources: map[string]*hcl.File{}, Modules: map[string]*Module{"": root}, byID: map[ID]*Block{}, inputFiles: map[string]bool{}, budget: &budget{}},
	}}
	l.load(fsys)
	if l.diags.HasErrors() {
		return l.prog, l.diags
	}
	for _, b := range slices.Clone(l.prog.Blocks) {
		if b.Type != nil {
			l.resolveProvider(b)
		}
	}
	for _, b := range l.prog.Blocks {
		(&loader{loading: l.loading, mod: b.Module, local: b.Module.local}).resolve(b)
	}
	l.resolveMoves()
	if !l.diags.HasErrors() {
		l.sort()
	}
	return l.prog, l.diags
}

// load reads the files of one module.
func (l *loader) load(fsys fs.FS) {
	bodies := l.parse(fsys)
	for _, body := range bodies {
		l.requiredProviders(body)
	}
	for _, body := range bodies {
		for _, attr := range sortedAttributes(body) {
			l.errorf(attr.NameRange, "Unsupported argument", "An argument named %q is not expected here: everything stands in blocks.", attr.Name)
		}
		for _, b := range body.Blocks {
			l.block(b)
		}
	}
}

// Files returns the names of the source files in the root of fsys, sorted.
func Files(fsys fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		ext := path.Ext(e.Name())
		if !e.IsDir() && (ext == ".tf" || ext == ".hcl" || isJSON(e.Name())) && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

func (l *loader) parse(fsys fs.FS) []*hclsyntax.Body {
	names, err := Files(fsys)
	if err != nil {
		l.fail("Cannot read the configuration directory", "%s.", err)
		return nil
	}
	if len(names) == 0 {
		if l.mod.Path != "" {
			l.errorf(l.mod.Call.Range, "No configuration files", "The folder %s of %s contains no *.tf, *.tf.json or *.hcl files.", l.mod.Dir, l.mod.Call.ID)
			return nil
		}
		l.prog.Empty = true
		return nil
	}
	var bodies, overrides []*hclsyntax.Body
	for _, name := range names {
		src, err := readSource(fsys, name)
		if err != nil {
			l.fail("Cannot read a configuration file", "%s.", err)
			continue
		}
		file := l.parseFile(l.mod.sourceFile(name), src)
		switch {
		case file == nil:
		case isOverride(name):
			overrides = append(overrides, file.Body.(*hclsyntax.Body))
		default:
			bodies = append(bodies, file.Body.(*hclsyntax.Body))
		}
	}
	for _, by := range overrides {
		l.override(bodies, by)
	}
	return bodies
}

func (l *loader) parseFile(name string, src []byte) *hcl.File {
	if isJSON(name) {
		l.prog.Sources[name] = &hcl.File{Bytes: src}
		return l.parseJSON(name, src)
	}
	file, diags := parseFile(src, name, l.prog.budget)
	l.prog.Sources[name] = file
	l.diags = append(l.diags, diags...)
	if diags.HasErrors() {
		return nil
	}
	return file
}

func (l *loader) block(b *hclsyntax.Block) {
	switch b.Type {
	case "terraform":
		l.terraform(b)
	case "variable":
		l.named(b, 1, l.variable)
	case "locals":
		l.named(b, 0, l.locals)
	case "provider":
		l.named(b, 1, l.provider)
	case "resource":
		l.named(b, 2, l.resource)
	case "data":
		l.named(b, 2, l.data)
	case "output":
		l.named(b, 1, l.output)
	case "module":
		l.named(b, 1, l.call)
	case "check":
		l.named(b, 1, l.check)
	case "moved":
		l.named(b, 0, l.moved)
	case "removed":
		l.named(b, 0, l.removed)
	case "import":
		l.named(b, 0, l.imported)
	case "ephemeral":
		l.errorf(b.TypeRange, "Unsupported block type", "mlinfra has no ephemeral resources. Use a variable with ephemeral = true for values that must not be kept.")
	default:
		l.errorf(b.TypeRange, "Unsupported block type", "Blocks of type %q are not expected here.%s", b.Type,
			didYouMean(b.Type, []string{"terraform", "variable", "locals", "provider", "resource", "data", "output", "module", "check", "moved", "removed", "import"}))
	}
}

// named calls f when b has the right number of labels, each a valid name.
func (l *loader) named(b *hclsyntax.Block, labels int, f func(*hclsyntax.Block)) {
	if len(b.Labels) != labels {
		l.errorf(b.DefRange(), "Wrong number of labels", "A %s block has %d labels, this one has %d.", b.Type, labels, len(b.Labels))
		return
	}
	for i, label := range b.Labels {
		if !hclsyntax.ValidIdentifier(label) {
			l.errorf(b.LabelRanges[i], "Invalid name", "%q is not a name: use letters, digits, underscores and dashes, beginning with a letter or underscore.", label)
			return
		}
	}
	f(b)
}

// add declares a block unless its ID is taken.
func (l *loader) add(b *Block) bool {
	if old := l.prog.byID[b.ID]; old != nil {
		l.errorf(b.Range, "Duplicate declaration", "%s is already declared at %s. Names must be unique.", b.ID, old.Range)
		return false
	}
	if b.Module == nil {
		b.Module = l.mod
	}
	l.prog.byID[b.ID] = b
	l.prog.Blocks = append(l.prog.Blocks, b)
	return true
}

func (l *loader) errorf(at hcl.Range, summary, detail string, args ...any) {
	l.diags = append(l.diags, &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(detail, args...), Subject: at.Ptr(),
	})
}

// fail reports an error that has no place in a file.
func (l *loader) fail(summary, detail string, args ...any) {
	l.diags = append(l.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(detail, args...)})
}

func sortedAttributes(body *hclsyntax.Body) []*hclsyntax.Attribute {
	list := make([]*hclsyntax.Attribute, 0, len(body.Attributes))
	for _, a := range body.Attributes {
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b *hclsyntax.Attribute) int {
		return a.NameRange.Start.Byte - b.NameRange.Start.Byte
	})
	return list
}
