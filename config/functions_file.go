package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// fileFunctions returns the functions that read files. Reading is charged for.
func fileFunctions(env Env) map[string]function.Function {
	f := map[string]function.Function{
		"file": textFunc("path", env.readText),
		"filebase64": textFunc("path", func(path string) (string, error) {
			b, err := env.readFile(path)
			return base64.StdEncoding.EncodeToString(b), err
		}),
		"fileexists": fileExistsFunc(env.WorkDir),
		"fileset":    fileSetFunc(env.WorkDir),
	}
	for _, d := range digests {
		f["file"+d.name] = textFunc("path", func(path string) (string, error) { return d.ofFile(env, path) })
	}
	return f
}

func pathFunc(f func(string) string) function.Function {
	return textFunc("path", func(s string) (string, error) { return f(s), nil })
}

// expandHome puts the user's home directory in the place of a leading ~.
func expandHome(path string) (string, error) {
	if !strings.HasPrefix(path, "~") {
		return path, nil
	}
	if path != "~" && path[1] != '/' {
		return "", errors.New("cannot expand user-specific home dir")
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, path[1:]), err
}

// absolute returns path as it is seen from dir.
func absolute(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

func resolvePath(dir, path string) (string, error) {
	expanded, err := expandHome(path)
	if err != nil {
		return "", fmt.Errorf("failed to expand ~: %w", err)
	}
	return absolute(dir, expanded), nil
}

// maxFileRead bounds what a configuration reads into memory.
const maxFileRead = 16 << 20

// openFile opens a regular file: another kind may block for ever.
func (e Env) openFile(path string) (*os.File, error) {
	full, err := resolvePath(e.WorkDir, path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(full)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("no file exists at %q; this function works only with files that are distributed as part of the configuration source code, so if this file will be created by a resource in this configuration you must instead obtain this result from an attribute of that resource", path)
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%q is a directory, not a file", path)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%q is not a regular file", path)
	}
	e.budget.charge(int(info.Size() / inputUnit))
	return os.Open(full)
}

func (e Env) readFile(path string) ([]byte, error) {
	f, err := e.openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFileRead+1))
	if err == nil && len(b) > maxFileRead {
		err = fmt.Errorf("%q is larger than %d MiB", path, maxFileRead>>20)
	}
	return b, err
}

func (e Env) readText(path string) (string, error) {
	b, err := e.readFile(path)
	if err == nil && !utf8.Valid(b) {
		err = fmt.Errorf("contents of %q are not valid UTF-8; use the filebase64 function to obtain the Base64 encoded contents or the other file functions (e.g. filemd5, filesha256) to obtain file hashing results instead", path)
	}
	return string(b), err
}

func fileExistsFunc(dir string) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Bool), RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			path := args[0].AsString()
			full, err := resolvePath(dir, path)
			if err != nil {
				return cty.UnknownVal(cty.Bool), err
			}
			info, err := os.Stat(full)
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return cty.False, nil
			case err != nil:
				return cty.UnknownVal(cty.Bool), fmt.Errorf("failed to stat %q: %w", path, err)
			case info.IsDir():
				return cty.UnknownVal(cty.Bool), fmt.Errorf("%q is a directory, not a file", path)
			case !info.Mode().IsRegular():
				return cty.UnknownVal(cty.Bool), fmt.Errorf("%q is not a regular file", path)
			}
			return cty.True, nil
		},
	})
}
