package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/config"
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
		Long: `Formats *.tf, *.tfvars and *.hcl files (so *.tftest.hcl too) in place, as
terraform fmt does, and lists those it changed. "-" formats standard input to
standard output. With -check nothing is written, and the exit code is 3 when a
file is not formatted. What does not parse is reported and left alone; the exit
code is 2 then. With -list=false -write=false the result is printed.`,
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

// Exit codes of fmt, which are Terraform's.
const (
	fmtBroken = exitError(2) // what was asked for cannot be read or parsed
	fmtUntidy = exitError(3) // -check has found what is not formatted
)

// fmt formats what args name. One file that fails does not keep the others
// from being formatted.
func (a *app) fmt(args []string, flags fmtFlags) error {
	changed, broken := false, false
	for _, arg := range args {
		did, err := a.fmtTarget(arg, flags)
		changed = changed || did
		broken = broken || err != nil
	}
	switch {
	case broken:
		return fmtBroken
	case changed && flags.check:
		return fmtUntidy
	}
	return nil
}

// fmtTarget formats a file, a directory or standard input, and reports whether
// there was anything to change.
func (a *app) fmtTarget(target string, flags fmtFlags) (changed bool, err error) {
	if target == "-" {
		src, err := config.ReadSource(a.stdin)
		if err != nil {
			return false, a.unreadable(err)
		}
		flags.list, flags.write = false, false
		return a.fmtSource("<stdin>", src, flags)
	}
	files, err := sourceFiles(target, flags.recursive)
	if err != nil {
		return false, a.unreadable(err)
	}
	for _, name := range files {
		did, fault := a.fmtFile(name, flags)
		changed = changed || did
		if fault != nil {
			err = fault
		}
	}
	return changed, err
}

func (a *app) fmtFile(name string, flags fmtFlags) (changed bool, err error) {
	src, err := readSource(name)
	if err != nil {
		return false, a.unreadable(err)
	}
	return a.fmtSource(name, src, flags)
}

// readSource reads a file of the user's, up to the size that such a file has.
func readSource(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return config.ReadSource(f)
}

// unreadable prints err and returns what fmt fails with.
func (a *app) unreadable(err error) error {
	a.printDiags(nil, errorDiags(err))
	return fmtBroken
}

// fmtSource formats src and shows or writes what flags say. What does not parse
// is left alone: a formatter would spoil it.
func (a *app) fmtSource(name string, src []byte, flags fmtFlags) (changed bool, err error) {
	if file, diags := config.ParseFile(src, name); diags.HasErrors() {
		a.printDiags(map[string]*hcl.File{name: file}, diags)
		return false, fmtBroken
	}
	out := canonical(src, name)
	changed = !bytes.Equal(src, out)
	if changed && flags.list {
		fmt.Fprintln(a.stdout, name)
	}
	if changed && flags.diff {
		_, hunks, _ := bytes.Cut(diff.Diff("old/"+name, src, "new/"+name, out), []byte("\n"))
		_, _ = a.asked().Write(hunks)
	}
	switch {
	case flags.check:
	case !flags.list && !flags.write && !flags.diff:
		if !bytes.HasSuffix(out, []byte("\n")) {
			out = append(out, '\n')
		}
		_, err = a.asked().Write(out)
	case changed && flags.write:
		err = os.WriteFile(name, out, 0o600) // the mode of a file that exists stays
	}
	if err != nil {
		return changed, a.unreadable(err)
	}
	return changed, nil
}

// sourceFiles returns the files that fmt means by path, as seen from the
// working directory.
func sourceFiles(path string, recursive bool) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("no file or directory at %s", path)
	}
	path = relative(path)
	if !info.IsDir() {
		if !isSource(path) {
			return nil, errors.New("only .tf, .tfvars and .hcl files can be formatted, not " + path)
		}
		return []string{path}, nil
	}
	var files []string
	err = filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != path && (!recursive || isLeftover(d.Name())):
			return fs.SkipDir
		case !d.IsDir() && isSource(name) && !isLeftover(d.Name()):
			files = append(files, name)
		}
		return nil
	})
	return files, err
}

func isSource(name string) bool {
	return slices.Contains([]string{".tf", ".tfvars", ".hcl"}, filepath.Ext(name))
}

// isLeftover reports whether name is hidden or an editor's copy.
func isLeftover(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") || (strings.HasPrefix(name, "#") && strings.HasSuffix(name, "#"))
}

// relative returns path as seen from the working directory, where it can be.
func relative(path string) string {
	dir, err := os.Getwd()
	if err != nil || !filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	if rel, err := filepath.Rel(dir, path); err == nil {
		return rel
	}
	return filepath.Clean(path)
}
