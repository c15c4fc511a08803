package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// fileSetFunc lists the regular files below a directory that match a pattern,
// as paths relative to that directory. Symbolic links are followed.
func fileSetFunc(dir string) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "pattern", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Set(cty.String)), RefineResult: notNull,
		Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
			names, err := fileSet(absolute(dir, args[0].AsString()), args[1].AsString())
			switch {
			case err != nil:
				return cty.UnknownVal(ty), err
			case len(names) == 0:
				return cty.SetValEmpty(cty.String), nil
			}
			return cty.SetVal(names), nil
		},
	})
}

// fileSet treats signs with a meaning in path like those in pattern, as
// Terraform does.
func fileSet(path, pattern string) ([]cty.Value, error) {
	base, rest := doublestar.SplitPattern(filepath.ToSlash(filepath.Join(path, pattern)))
	base = withoutEscapes.Replace(base)
	tree := &boundedFS{dir: base}
	var names []cty.Value
	err := doublestar.GlobWalk(tree, rest, func(name string, entry fs.DirEntry) error {
		full := filepath.Join(base, name)
		if !isRegular(full, entry) {
			return nil
		}
		rel, err := filepath.Rel(path, full)
		if err != nil {
			return err
		}
		names = append(names, cty.StringVal(filepath.ToSlash(rel)))
		return nil
	})
	if tree.left() < 0 {
		return nil, fmt.Errorf("the pattern %q leads through more than %d files and directories; use a narrower one, or look for a symbolic link to a directory above it", pattern, maxNames)
	}
	if err != nil {
		return nil, fmt.Errorf("failed to glob pattern %q: %w", pattern, err)
	}
	return names, nil
}

// isRegular reports whether entry, or what it is a link to, is a regular file.
// A link may lead nowhere.
func isRegular(full string, entry fs.DirEntry) bool {
	if entry.Type()&fs.ModeSymlink == 0 {
		return entry.Type().IsRegular()
	}
	info, err := os.Stat(full)
	return err == nil && info.Mode().IsRegular()
}

// withoutEscapes makes a name of the part of a pattern that has no signs with
// a meaning left.
var withoutEscapes = strings.NewReplacer(`\*`, "*", `\?`, "?", `\[`, "[", `\]`, "]", `\{`, "{", `\}`, "}", `\\`, `\`)

// maxNames bounds how many names fileset reads in directories: links can make a
// tree of endless size.
const maxNames = 200_000

// boundedFS is a directory of which only so many names can be read.
type boundedFS struct {
	dir  string
	read int
}

func (b *boundedFS) left() int { return maxNames - b.read }

func (b *boundedFS) Open(name string) (fs.File, error) { return os.DirFS(b.dir).Open(name) }

func (b *boundedFS) Stat(name string) (fs.FileInfo, error) {
	return fs.Stat(os.DirFS(b.dir), name)
}

func (b *boundedFS) ReadDir(name string) ([]fs.DirEntry, error) {
	if b.left() < 0 {
		return nil, errors.New("too many names")
	}
	entries, err := fs.ReadDir(os.DirFS(b.dir), name)
	b.read += 1 + len(entries)
	return entries, err
}
