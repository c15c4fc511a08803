package apply

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/apply/provision"
	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
)

// provisioned runs the provisioners of an object that has just been made. It is
// tainted until they have ended: a run that is cut off meanwhile leaves one
// that is made anew.
func (r *Run) provisioned(ctx context.Context, c *call, v cty.Value) error {
	list := provisionersOf(c.block, false)
	if len(list) == 0 {
		return nil
	}
	if err := r.record(c, state.Tainted, v); err != nil {
		return err
	}
	return r.provision(ctx, c, list, v)
}

// dismissed runs the provisioners of an object that is about to go. One that is
// tainted has none, nor one whose successor has been made.
func (r *Run) dismissed(ctx context.Context, c *call) error {
	if c.object.Status == state.Tainted || c.object.Deposed {
		return nil
	}
	return r.provision(ctx, c, provisionersOf(c.block, true), c.change.Before)
}

// provisionersOf returns the provisioners of a block for one moment.
func provisionersOf(b *config.Block, destroy bool) []config.Provisioner {
	if b == nil {
		return nil
	}
	var list []config.Provisioner
	for _, p := range b.Provisioners {
		if p.Destroy == destroy {
			list = append(list, p)
		}
	}
	return list
}

// provision runs provisioners one after the other.
func (r *Run) provision(ctx context.Context, c *call, list []config.Provisioner, v cty.Value) error {
	for _, p := range list {
		err := r.provisionOne(ctx, c, p, v)
		switch {
		case err != nil && p.Continue && ctx.Err() == nil:
			r.onLoop(func() {
				r.result.Warnings = append(r.result.Warnings, fmt.Sprintf("%s: the provisioner %s failed, and on_failure = continue: %s", c.change.Addr, p.Type, err))
			})
		case err != nil:
			return provisionError(c.change.Addr, p, err)
		}
	}
	return nil
}

// provisionError shows err at its provisioner, which may stand there for many
// instances.
func provisionError(a state.Addr, p config.Provisioner, err error) error {
	var diags hcl.Diagnostics
	if errors.As(err, &diags) {
		return err
	}
	return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: p.Type + " provisioner error", Detail: a.String() + ": " + err.Error(), Subject: p.Range.Ptr()}}
}

func (r *Run) provisionOne(ctx context.Context, c *call, p config.Provisioner, v cty.Value) error {
	job := provision.Job{Type: p.Type, Environ: r.Environ, Clock: r.clock}
	var err error
	if r.Machines != nil {
		if job.Machines, err = r.Machines(); err != nil {
			return err
		}
	}
	r.onLoop(func() { job.Config, job.Connection, err = r.provisionConfig(c, p, v) })
	if err != nil {
		return err
	}
	report := func(kind EventKind, line string) {
		r.onLoop(func() { r.Events(Event{Kind: kind, Addr: c.change.Addr, Op: c.op, Line: line, Source: p.Type}) })
	}
	job.Output = func(line string) { report(Output, line) }
	report(Provisioning, "")
	if err := provision.Run(ctx, job); err != nil {
		report(ProvisionFailed, "")
		return err
	}
	report(Provisioned, "")
	return nil
}

// provisionConfig evaluates a provisioner and its connection.
func (r *Run) provisionConfig(c *call, p config.Provisioner, v cty.Value) (cfg, conn cty.Value, err error) {
	m, _ := r.scope.ModuleAt(c.change.Addr.Module)
	in := config.Instance{In: m, Key: c.change.Addr.Key, Each: cty.DynamicVal}
	if !p.Destroy {
		if in, err = r.instance(c.block, c.change.Addr); err != nil {
			return cfg, conn, err
		}
	}
	self := planner.MarkSensitive(c.typ.Schema, v, c.change.Sensitive)
	cfg, conn, diags := r.scope.Provision(c.block, p, in, self, provision.Schema(p.Type), provision.ConnectionSchema())
	if diags.HasErrors() {
		return cfg, conn, diags
	}
	if !cfg.IsWhollyKnown() || !conn.IsWhollyKnown() {
		return cfg, conn, errors.New("its arguments are not all known")
	}
	return cfg, conn, nil
}

// onLoop runs f on the goroutine that owns the scope and the result, and
// returns when it has.
func (r *Run) onLoop(f func()) {
	ended := make(chan struct{})
	r.calls <- func() {
		defer close(ended)
		f()
	}
	<-ended
}

// leaving returns the block with the provisioners of the object at an address:
// its own, or what a removed block says.
func leaving(p *config.Program, a state.Addr) *config.Block {
	if b := p.Block(config.BlockID(a)); b != nil {
		return b
	}
	removed := p.RemovedBy(a)
	if removed == nil {
		return nil
	}
	return &config.Block{ID: config.BlockID(a), Provisioners: removed.Provisioners, Connection: removed.Connection}
}
