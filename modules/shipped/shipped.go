// Package shipped holds the modules that come with mlinfra, as its source
// mlinfra//NAME.
package shipped

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed hybrid-vpn
var files embed.FS

// prefix begins the sources of shipped modules.
const prefix = "mlinfra//"

// Names returns the names of the modules, sorted.
func Names() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// Find returns the files of the module that source names; false when it names a
// module from elsewhere. version has to be empty: the binary has one.
func Find(source, version string) (fs.FS, bool, error) {
	name, ok := strings.CutPrefix(source, prefix)
	if !ok {
		return nil, false, nil
	}
	if version != "" {
		return nil, true, fmt.Errorf("version: modules of mlinfra have the version of mlinfra; leave it out, or eject the module (mlinfra module eject %s)", name)
	}
	module, err := Module(name)
	return module, true, err
}

// Module returns the files of the module with a name.
func Module(name string) (fs.FS, error) {
	for _, n := range Names() {
		if n == name {
			return fs.Sub(files, name)
		}
	}
	return nil, fmt.Errorf("mlinfra has no module %q: there is %s", name, strings.Join(Names(), ", "))
}
