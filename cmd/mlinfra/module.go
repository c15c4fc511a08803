package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/modules/shipped"
)

func (a *app) moduleCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "module",
		Short: "Read the modules that come with mlinfra",
		Long: `Modules that come with mlinfra are used as source = "mlinfra//NAME" and have the
version of mlinfra. They are normal modules: eject writes their files.`,
	}
	c.AddCommand(
		&cobra.Command{
			Use: "list", Short: "List the modules that come with mlinfra", Args: atMost(0),
			RunE: func(*cobra.Command, []string) error {
				for _, name := range shipped.Names() {
					fmt.Fprintln(a.stdout, name)
				}
				return nil
			},
		},
		&cobra.Command{
			Use: "eject NAME [DIR]", Short: "Write the files of a module, to read or to change them",
			Long: `Writes the files of a module that comes with mlinfra into a directory, by default
modules/NAME. Set the source of the module block to that directory to use them.`,
			Args:      cobra.RangeArgs(1, 2),
			ValidArgs: shipped.Names(),
			RunE: func(_ *cobra.Command, args []string) error {
				dir := filepath.Join("modules", args[0])
				if len(args) > 1 {
					dir = args[1]
				}
				return a.eject(args[0], dir)
			},
		},
	)
	return c
}

// eject writes the files of a module into a directory that has none yet.
func (a *app) eject(name, dir string) error {
	module, err := shipped.Module(strings.TrimPrefix(name, "mlinfra//"))
	if err != nil {
		return err
	}
	if there, err := os.ReadDir(dir); err == nil && len(there) > 0 {
		return fmt.Errorf("%s is not empty: name another directory, as in mlinfra module eject %s DIR", dir, name)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	err = fs.WalkDir(module, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(module, path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, path), text, 0o644) //nolint:gosec // it is source
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s has the files of %s. To use them:\n\n    source = \"./%s\"\n", dir, name, filepath.ToSlash(dir))
	return nil
}
