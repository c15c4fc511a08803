package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/durable"
)

// generateConfig writes the resource blocks that import blocks lack to a file,
// from what the objects have, and loads the configuration again.
func (s *session) generateConfig(ctx context.Context, name string) error {
	if err := s.checkTarget(name); err != nil {
		return err
	}
	targets, diags := s.stateScope().ImportTargets()
	if diags.HasErrors() {
		return s.check(diags)
	}
	scope := s.priorScope(ctx)
	f := hclwrite.NewEmptyFile()
	comment(f.Body(), "__generated__ by mlinfra", "Please review these resources and move them into your main configuration files.")
	n := 0
	for _, t := range targets {
		if _, ok := currentAt(s.snap, t.Addr); ok || s.prog.Block(config.BlockID(t.Addr)) != nil {
			continue
		}
		if err := s.generateBlock(ctx, f.Body(), scope, t); err != nil {
			return s.check(hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Cannot generate configuration for " + t.Addr.String(), Detail: upperFirst(err.Error()) + ".", Subject: t.Range.Ptr()}})
		}
		n++
	}
	if n == 0 {
		return nil
	}
	if err := durable.Replace(name, hclwrite.Format(f.Bytes())); err != nil {
		return fmt.Errorf("write generated configuration: %w", err)
	}
	s.generated = true
	inputs := s.prog.Inputs
	s.prog, diags = s.loadConfig(ctx, s.env.WorkDir, false)
	s.prog.Inputs = inputs
	return s.check(diags)
}

// checkTarget refuses a file that is there, or that the configuration does not
// include.
func (s *session) checkTarget(name string) error {
	full, err := filepath.Abs(name)
	if err != nil {
		return err
	}
	if filepath.Dir(full) != s.env.WorkDir || filepath.Ext(full) != ".tf" {
		return errorOf("Invalid file for generated configuration", fmt.Sprintf("-generate-config-out=%s: the plan includes what is generated, so name a *.tf file in the directory of the configuration.", name))
	}
	if _, err := os.Lstat(full); err == nil {
		return errorOf("Target generated file already exists", fmt.Sprintf("mlinfra can only write generated config into a new file, and there is a file %s. Either choose a different target location or move all existing configuration out of the target file, delete it and try again.", name))
	}
	return nil
}

// generateBlock writes the block of one object that is to be imported.
func (s *session) generateBlock(ctx context.Context, body *hclwrite.Body, scope *config.Scope, t config.ImportTarget) error {
	typ := s.catalog.TypeOf(t.Addr)
	switch {
	case t.Addr.Module != "":
		return errors.New("the block would have to stand in a module: write it there by hand")
	case t.Addr.Key != state.Key{}:
		return errors.New("a block with count or for_each cannot be generated: write it by hand")
	case typ == nil:
		return fmt.Errorf("there is no resource type %s", t.Addr.Type)
	}
	key, given, err := s.importProvider(t)
	if err != nil {
		return err
	}
	settings, known, err := providerSettings(s.prog, scope, key)
	switch {
	case err != nil:
		return err
	case !known:
		return fmt.Errorf("the settings of provider %s are known only after an apply", key)
	}
	v, err := s.readImport(ctx, key, settings, typ, t.ID)
	if err != nil {
		return err
	}
	body.AppendNewline()
	comment(body, fmt.Sprintf("__generated__ by mlinfra from %q", t.ID))
	b := body.AppendNewBlock("resource", []string{t.Addr.Type, t.Addr.Name}).Body()
	if given {
		b.SetAttributeRaw("provider", hclwrite.TokensForIdentifier(key))
	}
	writeArguments(b, typ.Schema, v)
	return nil
}

// importProvider returns the key of the provider configuration of an import,
// and whether its block names that.
func (s *session) importProvider(t config.ImportTarget) (string, bool, error) {
	name, _, _ := strings.Cut(t.Addr.Type, "_")
	for _, i := range s.prog.Imports {
		switch {
		case i.Range != t.Range || i.Provider.ID == config.ID{}:
		case i.Provider.Key != nil:
			return "", false, errors.New("its provider has for_each: write the block by hand")
		default:
			return i.Provider.ID.String(), true, nil
		}
	}
	return config.ID{Kind: config.Provider, Type: name}.String(), false, nil
}

// writeArguments writes what a configuration may set of v: arguments by name,
// then nested blocks.
func writeArguments(body *hclwrite.Body, s *providers.Schema, v cty.Value) {
	attrs := slices.SortedFunc(slices.Values(s.Attrs), func(x, y *providers.Attr) int {
		if (x.Block == nil) != (y.Block == nil) {
			if x.Block == nil {
				return -1
			}
			return 1
		}
		return cmp.Compare(x.Name, y.Name)
	})
	for _, a := range attrs {
		if !a.Configurable() {
			continue
		}
		writeArgument(body, a, v.GetAttr(a.Name))
	}
}

func writeArgument(body *hclwrite.Body, a *providers.Attr, v cty.Value) {
	required := a.Mode == providers.Required
	switch {
	case a.Block != nil:
		if v.IsNull() {
			return
		}
		for _, item := range v.AsValueSlice() {
			writeArguments(body.AppendNewBlock(a.Name, nil).Body(), a.Block, item)
		}
	case a.Absent(v).IsNull() && !required:
	case a.Sensitive:
		body.SetAttributeRaw(a.Name, noted("sensitive"))
	case v.IsNull():
		body.SetAttributeRaw(a.Name, noted("required, and not known from the object"))
	default:
		body.SetAttributeValue(a.Name, v)
	}
}

// noted returns null with a comment.
func noted(why string) hclwrite.Tokens {
	return hclwrite.Tokens{
		{Type: hclsyntax.TokenIdent, Bytes: []byte("null")},
		{Type: hclsyntax.TokenComment, Bytes: []byte(" # " + why)},
	}
}

func comment(body *hclwrite.Body, lines ...string) {
	for _, line := range lines {
		body.AppendUnstructuredTokens(hclwrite.Tokens{{Type: hclsyntax.TokenComment, Bytes: []byte("# " + line + "\n")}})
	}
}
