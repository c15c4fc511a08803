package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"
)

// fmtFlags are those of fmt.
type fmtFlags struct {
	check, diff, recursive, list, write bool
}

func (a *app) fmtCommand() *cobra.Command {
	var flags fmtFlags
	c := &cobra.Command{
		Use:   "fmt [DIR|FILE|-]...",
		Short: "Format configuration files",
		Long: `Formats *.tf, *.hcl and *.tfvars files in place and lists those it changed.
"-" formats standard input. With -check nothing is written, and the exit code
is 3 when a file is not formatted.`,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"."}
			}
			return a.fmt(args, flags)
		},
	}
	c.Flags().BoolVar(&flags.check, "check", false, "only check")
	c.Flags().BoolVar(&flags.diff, "diff", false, "show the differences")
	c.Flags().BoolVar(&flags.recursive, "recursive", false, "also in directories below")
	c.Flags().BoolVar(&flags.list, "list", true, "list changed files")
	c.Flags().BoolVar(&flags.write, "write", true, "write changed files")
	return c
}

func (a *app) fmt(args []string, flags fmtFlags) error {
	changed := false
	for _, arg := range args {
		if arg == "-" {
			src, err := io.ReadAll(a.stdin)
			if err != nil {
				return err
			}
			out, err := a.format("<stdin>", src)
			if err != nil {
				return err
			}
			changed = changed || !bytes.Equal(src, out)
			if !flags.check {
				_, _ = a.stdout.Write(out)
			}
			continue
		}
		files, err := sourceFiles(arg, flags.recursive)
		if err != nil {
			return err
		}
		for _, name := range files {
			did, err := a.fmtFile(name, flags)
			if err != nil {
				return err
			}
			changed = changed || did
		}
	}
	if changed && flags.check {
		return exitError(3)
	}
	return nil
}

func (a *app) fmtFile(name string, flags fmtFlags) (bool, error) {
	src, err := os.ReadFile(name)
	if err != nil {
		return false, err
	}
	out, err := a.format(name, src)
	if err != nil || bytes.Equal(src, out) {
		return false, err
	}
	if flags.list {
		fmt.Fprintln(a.stdout, name)
	}
	if flags.diff {
		_, _ = a.stdout.Write(diff.Diff("old/"+name, src, "new/"+name, out))
	}
	if flags.check || !flags.write {
		return true, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return true, err
	}
	return true, os.WriteFile(name, out, info.Mode().Perm())
}

// format returns src formatted. A file that does not parse is left alone.
func (a *app) format(name string, src []byte) ([]byte, error) {
	if _, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos); diags.HasErrors() {
		a.printDiags(map[string]*hcl.File{name: {Bytes: src}}, diags)
		return nil, exitError(2)
	}
	return hclwrite.Format(src), nil
}

// sourceFiles returns the files that fmt means by path.
func sourceFiles(path string, recursive bool) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		if !isSource(path) {
			return nil, errors.New("only .tf, .hcl and .tfvars files can be formatted, not " + path)
		}
		return []string{path}, nil
	}
	var files []string
	err = filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != path && (!recursive || strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case !d.IsDir() && isSource(name) && !strings.HasPrefix(d.Name(), "."):
			files = append(files, name)
		}
		return nil
	})
	slices.Sort(files)
	return files, err
}

func isSource(name string) bool {
	return slices.Contains([]string{".tf", ".hcl", ".tfvars"}, filepath.Ext(name))
}
