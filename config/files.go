package config

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Files returns the source files of the configuration by their paths relative
// to its root, and the folders of its modules by their static paths. Files of
// variables are not among them: they may hold what must not be kept.
func (p *Program) Files() (sources map[string][]byte, modules map[string]string) {
	sources, modules = map[string][]byte{}, map[string]string{}
	for name, f := range p.Sources {
		if !p.inputFiles[name] {
			sources[name] = f.Bytes
		}
	}
	for path, m := range p.Modules {
		if path != "" {
			modules[path] = m.Dir
		}
	}
	return sources, modules
}

// SavedFiles returns what Load takes from what Files has returned.
func SavedFiles(sources map[string][]byte, modules map[string]string) (fs.FS, Modules) {
	in := func(dir string) fs.FS {
		files := fstest.MapFS{}
		for name, text := range sources {
			if path.Dir(name) == dir {
				files[path.Base(name)] = &fstest.MapFile{Data: text}
			}
		}
		return files
	}
	return in("."), func(c ModuleCall) (string, fs.FS, error) {
		dir, ok := modules[c.Path]
		if !ok {
			return "", nil, fmt.Errorf("the plan does not hold it; plan again")
		}
		return dir, in(dir), nil
	}
}

// KeptInputs returns the values of the variables that may be kept: those that
// are not ephemeral.
func (p *Program) KeptInputs() map[string]cty.Value {
	kept := map[string]cty.Value{}
	for name, v := range p.Inputs {
		if b := p.Block(ID{Kind: Variable, Name: name}); b == nil || !b.Variable.Ephemeral {
			kept[name] = v
		}
	}
	return kept
}

// SetEphemeral gives the ephemeral variables values, as SetInputs does: a saved
// plan does not hold them. Other variables cannot be set.
func (p *Program) SetEphemeral(fsys fs.FS, environ []string, args []Arg) hcl.Diagnostics {
	kept := p.Inputs
	diags := p.SetInputs(fsys, environ, args)
	given := p.Inputs
	p.Inputs = kept
	for name, v := range given {
		b := p.Block(ID{Kind: Variable, Name: name})
		if b != nil && b.Variable.Ephemeral {
			p.Inputs[name] = v
		}
	}
	for _, a := range args {
		name, _, _ := strings.Cut(a.Var, "=")
		b := p.Block(ID{Kind: Variable, Name: strings.TrimSpace(name)})
		old, ok := kept[strings.TrimSpace(name)]
		if b != nil && !b.Variable.Ephemeral && (!ok || !old.RawEquals(given[b.ID.Name])) {
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "Can't change variable when applying a saved plan",
				Detail: fmt.Sprintf("The variable %q has another value in the plan: plan again with the value. Only ephemeral variables are given to the apply of a plan.", b.ID.Name),
			})
		}
	}
	return diags
}
