package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// fileFunctions returns the functions that read files, relative to dir.
// others are those that a template may call.
func fileFunctions(dir string, others map[string]function.Function) map[string]function.Function {
	// Not by way of a value: that would normalise the text.
	hashFile := func(hash func(string) (string, error)) function.Function {
		return textFunc(func(path string) (string, error) {
			b, err := readFile(dir, path)
			if err != nil {
				return "", err
			}
			return hash(string(b))
		})
	}
	text := func(path string) (string, error) {
		b, err := readFile(dir, path)
		if err == nil && !utf8.Valid(b) {
			err = fmt.Errorf("%s is not valid UTF-8; use filebase64", path)
		}
		return string(b), err
	}
	return map[string]function.Function{
		"file": textFunc(text),
		"filebase64": textFunc(func(path string) (string, error) {
			b, err := readFile(dir, path)
			return base64.StdEncoding.EncodeToString(b), err
		}),
		"filemd5": hashFile(md5Hex), "filesha1": hashFile(sha1Hex), "filesha256": hashFile(sha256Hex), "filesha512": hashFile(sha512Hex),
		"fileexists":   fileExistsFunc(dir),
		"templatefile": templateFileFunc(text, others),
		"pathexpand":   textFunc(expandHome),
	}
}

// expandHome puts the user's home directory in the place of a leading ~.
func expandHome(path string) (string, error) {
	if path != "~" && !strings.HasPrefix(path, "~/") {
		return path, nil
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, path[1:]), err
}

func resolvePath(dir, path string) string {
	if expanded, err := expandHome(path); err == nil {
		path = expanded
	}
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// maxFileRead bounds what a configuration reads into memory.
const maxFileRead = 16 << 20

func readFile(dir, path string) ([]byte, error) {
	full := resolvePath(dir, path)
	info, err := os.Stat(full)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("no file exists at %q; this function works only with files that are there before the run", path)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%q is not a regular file", path)
	case info.Size() > maxFileRead:
		return nil, fmt.Errorf("%q is larger than 16 MiB", path)
	}
	return os.ReadFile(full)
}

func fileExistsFunc(dir string) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			info, err := os.Stat(resolvePath(dir, args[0].AsString()))
			if err == nil && !info.Mode().IsRegular() {
				return cty.False, fmt.Errorf("%s is not a regular file", args[0].AsString())
			}
			return cty.BoolVal(err == nil), nil
		},
	})
}

func templateFileFunc(text func(string) (string, error), others map[string]function.Function) function.Function {
	render := func(path string, vars cty.Value) (cty.Value, error) {
		src, err := text(path)
		if err != nil {
			return cty.DynamicVal, function.NewArgError(0, err)
		}
		expr, diags := hclsyntax.ParseTemplate([]byte(src), path, hcl.InitialPos)
		if diags.HasErrors() {
			return cty.DynamicVal, function.NewArgError(0, diags)
		}
		functions := maps.Clone(others)
		delete(functions, "templatefile")
		ctx := &hcl.EvalContext{Functions: functions, Variables: map[string]cty.Value{}}
		for it := vars.ElementIterator(); it.Next(); {
			k, v := it.Element()
			ctx.Variables[k.AsString()] = v
		}
		for _, t := range expr.Variables() {
			if _, ok := ctx.Variables[t.RootName()]; !ok {
				return cty.DynamicVal, function.NewArgErrorf(1, "vars map does not contain key %q, referenced at %s", t.RootName(), t[0].SourceRange())
			}
		}
		v, diags := expr.Value(ctx)
		if diags.HasErrors() {
			return cty.DynamicVal, diags
		}
		return v, nil
	}
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "vars", Type: cty.DynamicPseudoType}},
		Type: func(args []cty.Value) (cty.Type, error) {
			if !args[0].IsKnown() || !args[1].IsKnown() {
				return cty.DynamicPseudoType, nil
			}
			if ty := args[1].Type(); !ty.IsObjectType() && !ty.IsMapType() {
				return cty.DynamicPseudoType, function.NewArgErrorf(1, "invalid vars value: must be a map")
			}
			v, err := render(args[0].AsString(), args[1])
			return v.Type(), err
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return render(args[0].AsString(), args[1])
		},
	})
}

func pathFunc(f func(string) string) function.Function {
	return textFunc(func(s string) (string, error) { return f(s), nil })
}

func abspathFunc(dir string) function.Function {
	return textFunc(func(s string) (string, error) { return resolvePath(dir, s), nil })
}
