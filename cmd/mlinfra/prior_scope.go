package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// priorScope returns a scope in which the resources that provider blocks refer
// to have the values of state.
func (s *session) priorScope(ctx context.Context) *config.Scope {
	scope := config.NewScope(s.prog, s.env)
	wanted := s.forProviders()
	for _, o := range s.snap.Objects {
		id := config.BlockID(o.Addr)
		if !wanted[id] || o.Deposed || o.Status == state.Intended {
			continue
		}
		if p, err := planner.Unobserved(o, s.catalog); err == nil {
			scope.SetInstance(o.Addr, planner.MarkSensitive(p.Type.Schema, p.Value, o.Sensitive))
		}
	}
	s.readForProviders(ctx, scope, wanted)
	return scope
}

// forProviders returns the resources and data sources that provider blocks, and
// the choice between their instances, stand on.
func (s *session) forProviders() map[config.ID]bool {
	needs := s.prog.Needs(func(id config.ID) bool { return id.Kind == config.Data || id.Kind == config.Resource })
	wanted := map[config.ID]bool{}
	for _, b := range slices.Backward(s.prog.Blocks) {
		if b.ID.Kind == config.Provider || b.Provider.Key != nil || wanted[b.ID] {
			for _, id := range needs[b.ID] {
				wanted[id] = true
			}
		}
	}
	return wanted
}

// readForProviders reads the data sources that provider blocks stand on. What
// cannot be read stays unknown; planning says why.
func (s *session) readForProviders(ctx context.Context, scope *config.Scope, wanted map[config.ID]bool) {
	for _, b := range s.prog.Blocks {
		if b.ID.Kind != config.Data || !wanted[b.ID] {
			continue
		}
		modules, _, _ := scope.ModuleInstances(b.Module)
		for _, m := range modules {
			instances, _, _ := scope.Expand(b, m)
			for _, in := range instances {
				s.readForProvider(ctx, scope, b, in)
			}
		}
	}
}

// readForProvider reads one instance of a data source, if it can be read.
func (s *session) readForProvider(ctx context.Context, scope *config.Scope, b *config.Block, in config.Instance) {
	cfg, _, diags := planner.Configured(scope, b, in, cty.NullVal(b.Type.ImpliedType()))
	if diags.HasErrors() || !cfg.IsWhollyKnown() {
		return
	}
	key, diags := scope.ProviderKey(b, in)
	settings, known, err := providerSettings(s.prog, scope, key)
	if diags.HasErrors() || err != nil || !known {
		return
	}
	v, err := s.readData(ctx, key, settings, b.Type, planner.Known(planner.Propose(b.Type, settings, cfg, cty.NullVal(cfg.Type()))))
	if err != nil {
		return
	}
	a := b.ID.Addr()
	a.Module, a.Key = in.In.Path(), in.Key
	scope.SetInstance(a, planner.MarkSensitive(b.Type.Schema, v, nil))
}

// readData reads a data source through the provider configuration called key.
func (s *session) readData(ctx context.Context, key string, settings cty.Value, t *providers.Type, cfg cty.Value) (cty.Value, error) {
	conn, err := s.clouds.connect(ctx, key, settings)
	if err != nil {
		return cty.NilVal, err
	}
	return conn.Ops.Read(ctx, t, cfg)
}

// providerSettings evaluates the provider block called key; NilVal when there
// is none, false when its value is not known yet.
func providerSettings(prog *config.Program, scope *config.Scope, key string) (cty.Value, bool, error) {
	id, _ := config.ProviderID(key)
	if prog.Block(id) == nil && (id.Name != "" || id.Module != "") {
		return cty.NilVal, false, hcl.Diagnostics{{
			Severity: hcl.DiagError, Summary: "Provider configuration not present",
			Detail: fmt.Sprintf("Objects in state were made with the provider configuration %s, whose block is gone. Put it back until they are deleted.", key),
		}}
	}
	v, diags := scope.Provider(key)
	switch {
	case diags.HasErrors():
		return cty.NilVal, false, diags
	case v == cty.NilVal:
		return v, true, nil
	}
	return v, v.IsWhollyKnown(), nil
}
