package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/mlinfra/mlinfra/config"
)

// modules finds the files of a module call.
func (a *app) modules(c config.ModuleCall) (string, fs.FS, error) {
	if !strings.HasPrefix(c.Source, "./") && !strings.HasPrefix(c.Source, "../") {
		return "", nil, fmt.Errorf("only local modules yet")
	}
	dir := path.Join(c.From, c.Source)
	if info, err := os.Stat(dir); err != nil {
		return "", nil, err
	} else if !info.IsDir() {
		return "", nil, fmt.Errorf("%s is not a folder", dir)
	}
	return dir, os.DirFS(dir), nil
}
