package main

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/hashicorp/hcl/v2"

	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/modules"
	"github.com/mlinfra/mlinfra/modules/shipped"
)

// lockFile pins the versions of modules. It belongs into the repository.
const lockFile = ".mlinfra.lock.hcl"

// dataDir is where downloaded modules and the fakes' content are kept.
func (a *app) dataDir() string {
	return cmp.Or(a.setting("DATA_DIR"), ".mlinfra")
}

// offlineDir is where -offline keeps the fakes' content and a state of its
// own, apart from the real one.
func (a *app) offlineDir() string { return filepath.Join(a.dataDir(), "offline") }

// stateFile returns the file of the state that the flags name.
func (a *app) stateFile(f stateFlags) string {
	if f.offline {
		return filepath.Join(a.offlineDir(), "state.db")
	}
	return f.path
}

// contentDir returns where the fakes keep what they hold; "" for the real
// clouds.
func (a *app) contentDir(f stateFlags) string {
	if f.offline {
		return a.offlineDir()
	}
	return ""
}

// loadConfig loads the configuration of the working directory, which is shown
// as dir. Modules that are missing are downloaded; upgrade takes what their
// sources have now.
func (a *app) loadConfig(ctx context.Context, dir string, upgrade bool) (*config.Program, hcl.Diagnostics) {
	return a.loadFrom(ctx, os.DirFS("."), dir, upgrade)
}

// loadFrom is loadConfig for the files of fsys in the place of those of the
// working directory.
func (a *app) loadFrom(ctx context.Context, fsys fs.FS, dir string, upgrade bool) (*config.Program, hcl.Diagnostics) {
	in := &modules.Installer{
		Dir: filepath.Join(a.dataDir(), "modules"), Lock: lockFile, Update: upgrade, Prune: upgrade,
		Log:   func(line string) { fmt.Fprintln(a.stderr, view.Clean(line)) },
		Trace: func(next http.RoundTripper) http.RoundTripper { return a.traced("module", next) },
	}
	prog, diags := config.Load(fsys, dir, a.catalog, func(c config.ModuleCall) (string, fs.FS, error) {
		if module, ok, err := shipped.Find(c.Source, c.Version); ok {
			return c.Source, module, err
		}
		at, err := in.Find(ctx, c.From, c.Source, c.Version)
		if err != nil {
			return "", nil, err
		}
		return at, os.DirFS(at), nil
	})
	if err := in.Save(); err != nil {
		diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Cannot write the lock file of modules", Detail: sentence(err.Error()) + "."})
	}
	return prog, diags
}
