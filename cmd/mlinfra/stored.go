package main

import (
	"context"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// stored returns the objects of a type in state; see providers.Env.Stored.
func (s *session) stored(typ string) []cty.Value {
	var all []cty.Value
	for _, o := range s.snap.Objects {
		if v, ok := s.storedObject(o, typ); ok {
			all = append(all, v)
		}
	}
	return all
}

// storedObject returns o if it is of a type, is there and can be read.
func (s *session) storedObject(o state.Object, typ string) (cty.Value, bool) {
	t := s.catalog.TypeOf(o.Addr)
	if t == nil || t.Name != typ || o.Status == state.Intended {
		return cty.NilVal, false
	}
	v, err := planner.DecodeObject(t, o)
	return v, err == nil
}

// wanted returns the objects of a type in state as the configuration has them, as
// far as it says so before anything is looked at; see providers.Env.Wanted.
func (s *session) wanted(ctx context.Context, typ string) []cty.Value {
	if s.prog == nil {
		return nil
	}
	scope := s.priorScope(ctx)
	priors := map[string]cty.Value{}
	for _, o := range s.snap.Objects {
		p, err := planner.Unobserved(o, s.catalog)
		if err != nil || o.Deposed || o.Status == state.Intended {
			continue
		}
		scope.SetInstance(o.Addr, planner.MarkSensitive(p.Type.Schema, p.Value, o.Sensitive))
		if p.Type.Name == typ {
			priors[o.Addr.String()] = p.Value
		}
	}
	var all []cty.Value
	for _, b := range s.prog.Blocks {
		if b.ID.Kind != config.Resource || b.ID.Type != typ {
			continue
		}
		s.eachInstance(scope, b, func(in config.Instance) {
			a := b.ID.Addr()
			a.Module, a.Key = in.In.Path(), in.Key
			prior, ok := priors[a.String()]
			if !ok {
				return
			}
			cfg, _, diags := planner.Configured(scope, b, in, prior)
			if diags.HasErrors() {
				return
			}
			all = append(all, overlayKnown(prior, planner.Propose(b.Type, cty.NilVal, cfg, prior)))
		})
	}
	return all
}

// overlayKnown returns want with what prior has where it is not known.
func overlayKnown(prior, want cty.Value) cty.Value {
	vals := want.AsValueMap()
	for name, v := range vals {
		if !v.IsWhollyKnown() {
			vals[name] = prior.GetAttr(name)
		}
	}
	return cty.ObjectVal(vals)
}

// reach tells providers what state has, and what the configuration makes of it.
func (s *session) reach(ctx context.Context, env providers.Env) providers.Env {
	env.Stored = s.stored
	env.Wanted = func(typ string) []cty.Value { return s.wanted(ctx, typ) }
	return env
}
