package apply

import (
	"context"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
)

// checks evaluates the check blocks with what there is now, but for those that
// stand on what has failed, or is deferred. What changes nothing has been
// checked by its plan.
func (r *Run) checks(ctx context.Context, failed map[int]bool) hcl.Diagnostics {
	if len(r.plan.Steps) == 0 || r.plan.Destroy || r.stopping.Err() != nil || r.journal.failure() != nil {
		return nil
	}
	missing := map[config.ID]bool{}
	for a := range r.broken(failed) {
		missing[config.BlockID(a)] = true
	}
	for _, d := range r.plan.Deferred {
		missing[config.BlockID(d.Addr)] = true
	}
	needs := r.Program.Needs(func(id config.ID) bool { return id.Kind == config.Resource || id.Kind == config.Data })
	var diags hcl.Diagnostics
	for _, blk := range r.Program.Blocks {
		if !blk.InCheck() {
			continue
		}
		if slices.ContainsFunc(needs[blk.ID], func(n config.ID) bool { return missing[n] }) {
			missing[blk.ID] = true
			continue
		}
		more := r.check(ctx, blk)
		if r.plan.Partial && more.HasErrors() {
			continue // what it means was left out
		}
		diags = append(diags, more...)
	}
	return diags
}

// check evaluates one check block, or reads a data source of one.
func (r *Run) check(ctx context.Context, blk *config.Block) hcl.Diagnostics {
	modules, _, diags := r.scope.ModuleInstances(blk.Module)
	for _, m := range modules {
		if blk.ID.Kind == config.Check {
			diags = append(diags, r.scope.Check(blk, config.Assert, config.Instance{In: m}, cty.NilVal)...)
			continue
		}
		instances, _, more := r.scope.Expand(blk, m)
		diags = append(diags, more...)
		for _, in := range instances {
			diags = append(diags, r.readChecked(ctx, blk, in)...)
		}
	}
	return diags
}

// readChecked reads a data source of a check block. That it cannot be read is
// what the check is for: a warning.
func (r *Run) readChecked(ctx context.Context, blk *config.Block, in config.Instance) hcl.Diagnostics {
	addr := blk.ID.Addr()
	addr.Module, addr.Key = in.In.Path(), in.Key
	r.scope.SetInstance(addr, cty.UnknownVal(blk.Type.ImpliedType()))
	if diags := r.scope.Check(blk, config.Before, in, cty.NilVal); diags.HasErrors() {
		return diags
	}
	none := cty.NullVal(blk.Type.ImpliedType())
	cfg, sensitive, diags := planner.Configured(r.scope, blk, in, none)
	if diags.HasErrors() {
		return diags
	}
	key, diags := r.scope.ProviderKey(blk, in)
	if diags.HasErrors() {
		return diags
	}
	conn, err := r.conn(ctx, connKey{provider: key})
	if err != nil {
		return hcl.Diagnostics{unread(blk, addr.String(), err)}
	}
	settings, diags := r.scope.Provider(key)
	if diags.HasErrors() {
		return diags
	}
	v, err := conn.Ops.Read(ctx, blk.Type, planner.Known(planner.Propose(blk.Type, settings, cfg, none)))
	if err != nil {
		return hcl.Diagnostics{unread(blk, addr.String(), planner.Discreet(err, cfg, sensitive))}
	}
	self := planner.MarkSensitive(blk.Type.Schema, v, sensitive)
	r.scope.SetInstance(addr, self)
	return r.scope.Check(blk, config.After, in, self)
}

func unread(blk *config.Block, addr string, err error) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "Cannot read " + addr, Detail: err.Error(), Subject: blk.Range.Ptr()}
}
