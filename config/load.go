package config

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mlinfra/mlinfra/providers"
)

// Catalog is the set of clouds that a configuration may name.
type Catalog map[string]*providers.Provider

// maxFileSize bounds a source file; parsing takes memory in proportion.
const maxFileSize = 1 << 20

// loader collects the blocks of one module.
type loader struct {
	catalog Catalog
	prog    *Program
	sources map[string]string // local name of a provider → name in the catalog
	diags   hcl.Diagnostics
}

// Load reads the configuration in the root of fsys, which is shown to users
// as dir. The Program is usable only when there are no errors.
func Load(fsys fs.FS, dir string, catalog Catalog) (*Program, hcl.Diagnostics) {
	l := &loader{
		catalog: catalog,
		sources: map[string]string{},
		prog:    &Program{Dir: dir, Sources: map[string]*hcl.File{}, byID: map[ID]*Block{}},
	}
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
	if l.diags.HasErrors() {
		return l.prog, l.diags
	}
	l.implyProviders()
	for _, b := range l.prog.Blocks {
		l.resolve(b)
	}
	if !l.diags.HasErrors() {
		l.sort()
	}
	return l.prog, l.diags
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
		if !e.IsDir() && (ext == ".tf" || ext == ".hcl") && !strings.HasPrefix(e.Name(), ".") {
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
		l.fail("No configuration files", "The directory %s contains no *.tf or *.hcl files. Write some, or name another directory with -chdir=DIR.", l.prog.Dir)
		return nil
	}
	var bodies []*hclsyntax.Body
	for _, name := range names {
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			l.fail("Cannot read a configuration file", "%s.", err)
			continue
		}
		if file := l.parseFile(name, src); file != nil {
			bodies = append(bodies, file.Body.(*hclsyntax.Body))
		}
	}
	return bodies
}

func (l *loader) parseFile(name string, src []byte) *hcl.File {
	l.prog.Sources[name] = &hcl.File{Bytes: src}
	if diags := checkSource(name, src); diags.HasErrors() {
		l.diags = append(l.diags, diags...)
		return nil
	}
	file, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	l.diags = append(l.diags, diags...)
	if diags.HasErrors() {
		return nil
	}
	l.prog.Sources[name] = file
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
	case "module", "moved", "removed", "import", "check":
		l.errorf(b.TypeRange, "Unsupported block type", "This version of mlinfra does not support %s blocks yet.", b.Type)
	default:
		l.errorf(b.TypeRange, "Unsupported block type", "Blocks of type %q are not expected here.%s", b.Type,
			didYouMean(b.Type, []string{"terraform", "variable", "locals", "provider", "resource", "data", "output"}))
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
func (l *loader) add(b *Block) {
	if old := l.prog.byID[b.ID]; old != nil {
		l.errorf(b.Range, "Duplicate declaration", "%s is already declared at %s. Names must be unique.", b.ID, old.Range)
		return
	}
	l.prog.byID[b.ID] = b
	l.prog.Blocks = append(l.prog.Blocks, b)
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
