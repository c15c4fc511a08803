package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner/adopt"
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
	adopt.Comment(f.Body(), "__generated__ by mlinfra", "Please review these resources and move them into your main configuration files.")
	written := map[state.Addr]string{}
	for _, t := range targets {
		if _, ok := currentAt(s.snap, t.Addr); ok || s.prog.Block(config.BlockID(t.Addr)) != nil {
			continue
		}
		block, err := s.generateBlock(ctx, scope, t)
		if err != nil {
			return s.check(hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Cannot generate configuration for " + t.Addr.String(), Detail: sentence(err.Error()) + ".", Subject: t.Range.Ptr()}})
		}
		f.Body().AppendNewline()
		adopt.Comment(f.Body(), fmt.Sprintf("__generated__ by mlinfra from %q", t.ID))
		f.Body().AppendBlock(block)
		written[t.Addr] = strings.TrimSpace(string(hclwrite.Format(block.BuildTokens(nil).Bytes())))
	}
	if len(written) == 0 {
		return nil
	}
	if err := durable.Replace(name, hclwrite.Format(f.Bytes())); err != nil {
		return fmt.Errorf("write generated configuration: %w", err)
	}
	s.generated = written
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

// generateBlock returns the block of one object that is to be imported.
func (s *session) generateBlock(ctx context.Context, scope *config.Scope, t config.ImportTarget) (*hclwrite.Block, error) {
	typ := s.catalog.TypeOf(t.Addr)
	switch {
	case t.Addr.Module != "":
		return nil, errors.New("the block would have to stand in a module: write it there by hand")
	case t.Addr.Key != state.Key{}:
		return nil, errors.New("a block with count or for_each cannot be generated: write it by hand")
	case typ == nil:
		return nil, fmt.Errorf("there is no resource type %s", t.Addr.Type)
	}
	key, given, err := s.importProvider(t)
	if err != nil {
		return nil, err
	}
	settings, known, err := providerSettings(s.prog, scope, key)
	switch {
	case err != nil:
		return nil, err
	case !known:
		return nil, fmt.Errorf("the settings of provider %s are known only after an apply", key)
	}
	have, err := typ.Identify(t.ID)
	if err != nil {
		return nil, err
	}
	v, err := s.readImport(ctx, key, settings, typ, have)
	if err != nil {
		return nil, err
	}
	block := hclwrite.NewBlock("resource", []string{t.Addr.Type, t.Addr.Name})
	if given {
		block.Body().SetAttributeRaw("provider", hclwrite.TokensForIdentifier(key))
	}
	adopt.Writer{}.Arguments(block.Body(), typ.Schema, v)
	return block, nil
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
