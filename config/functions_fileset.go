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
	err := doublestar.GlobWalk(tree, rest, func(name string, _ fs.DirEntry) error {
		full := filepath.Join(base, name)
		info, err := os.Stat(full)
		if err != nil || !info.Mode().IsRegular() { // a link may lead nowhere
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
		return nil, fmt.Errorf("the pattern %q leads through more than %d directories; use a narrower one, or look for a symbolic link to a directory above it", pattern, maxDirs)
	}
	if err != nil {
		return nil, fmt.Errorf("failed to glob pattern %q: %w", pattern, err)
	}
	return names, nil
}

// withoutEscapes makes a name of the part of a pattern that has no signs with
// a meaning left.
var withoutEscapes = strings.NewReplacer(`\*`, "*", `\?`, "?", `\[`, "[", `\]`, "]", `\{`, "{", `\}`, "}", `\\`, `\`)

// maxDirs bounds how many directories fileset reads: links can make a tree of
// endless size.
const maxDirs = 50_000

// boundedFS is a directory that can be listed only so many times.
type boundedFS struct {
	dir  string
	read int
}

func (b *boundedFS) left() int { return maxDirs - b.read }

func (b *boundedFS) Open(name string) (fs.File, error) { return os.DirFS(b.dir).Open(name) }

func (b *boundedFS) Stat(name string) (fs.FileInfo, error) {
	return fs.Stat(os.DirFS(b.dir), name)
}

func (b *boundedFS) ReadDir(name string) ([]fs.DirEntry, error) {
	b.read++
	if b.left() < 0 {
		return nil, errors.New("too many directories")
	}
	return fs.ReadDir(os.DirFS(b.dir), name)
}
