package main

import (
	"context"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
)

// foresee asks the clouds whether they offer what a plan makes, as far as they
// tell before. It shares the look that the plan is made from.
func (s *session) foresee(ctx context.Context, plan *planner.Plan) error {
	scope := s.priorScope(ctx)
	var diags hcl.Diagnostics
	for i := range plan.Changes {
		c := &plan.Changes[i]
		look := foresight(c, s.catalog.TypeOf(c.Addr))
		if look == nil {
			continue
		}
		settings, known, err := providerSettings(s.prog, scope, c.Provider)
		if err != nil {
			return err
		}
		if !known {
			continue
		}
		if _, err := s.readData(ctx, c.Provider, settings, look, c.After); err != nil {
			diags = append(diags, s.refusalDiag(c, err))
		}
	}
	return s.check(diags)
}

// foresight returns what looks whether the cloud offers what c makes; nil when
// nothing does. t may be nil.
func foresight(c *planner.Change, t *providers.Type) *providers.Type {
	if t == nil {
		return nil
	}
	switch c.Action {
	case planner.Create, planner.Replace:
		return t.Foresight(cty.NullVal(t.ImpliedType()))
	case planner.Update:
		return t.Foresight(c.Before)
	}
	return nil
}

func (s *session) refusalDiag(c *planner.Change, err error) *hcl.Diagnostic {
	err = planner.Discreet(err, c.After, c.Sensitive)
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Cannot make " + c.Addr.String(), Detail: sentence(err.Error()) + "."}
	if b := s.prog.Block(config.BlockID(c.Addr)); b != nil {
		d.Subject = b.Where(err.Error())
	}
	return d
}
