package planner

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
)

func (b *builder) data(blk *config.Block, in config.Instance) {
	addr := addrOf(blk, in)
	if b.Destroy && !b.neededByProvider(blk.ID) || !b.selected.block(blk.ID) {
		b.readLater(blk, in, cty.UnknownVal(blk.Type.ImpliedType()))
		return
	}
	b.diags = append(b.diags, b.scope.Check(blk, config.Before, in, cty.NilVal)...)
	cfg, diags := b.scope.Body(blk, in)
	b.diags = append(b.diags, diags...)
	key := b.providerKey(blk, in)
	if diags.HasErrors() {
		b.scope.SetInstance(addr, cty.UnknownVal(blk.Type.ImpliedType()))
		return
	}
	raw, sensitive := Unmark(cfg)
	settings := b.settings(key)
	want := Propose(blk.Type, settings, raw, cty.NullVal(raw.Type()))
	if blk.InCheck() && b.changing() {
		b.readLater(blk, in, MarkSensitive(blk.Type.Schema, want, sensitive))
		return // the apply reads it when all has changed
	}
	if b.mustWait(blk, raw, settings) {
		b.add(blk, Change{Addr: addr, Provider: key, Action: Read, Before: cty.NullVal(want.Type()), After: want, Sensitive: sensitive})
		b.readLater(blk, in, MarkSensitive(blk.Type.Schema, want, sensitive))
		return
	}
	got, err := b.ReadData(key, settings, blk.Type, Known(want))
	if err != nil {
		b.unread(blk, in, Discreet(err, raw, sensitive))
		got = want
	}
	b.add(blk, Change{Addr: addr, Provider: key, Action: NoOp, Before: got, After: got, Sensitive: sensitive})
	self := MarkSensitive(blk.Type.Schema, got, sensitive)
	b.scope.SetInstance(addr, self)
	b.diags = append(b.diags, b.scope.Check(blk, config.After, in, self)...)
}

// readLater lets expressions refer to a data source that this plan does not read
// as v. What checks it decides nothing yet.
func (b *builder) readLater(blk *config.Block, in config.Instance, v cty.Value) {
	b.scope.SetInstance(addrOf(blk, in), v)
	if blk.InCheck() {
		b.scope.Report(blk.CheckedBy, in.In, config.Result{Status: config.Undecided})
	}
}

// unread reports that a data source could not be read: an error, or a warning
// when it is there for a check alone, whose result says so without the error:
// that may hold what only a screen is kept from.
func (b *builder) unread(blk *config.Block, in config.Instance, err error) {
	summary := "Cannot read " + addrOf(blk, in).String()
	b.fail(blk, summary, err)
	if blk.InCheck() {
		b.diags[len(b.diags)-1].Severity = hcl.DiagWarning
		b.scope.Report(blk.CheckedBy, in.In, config.Result{Status: config.Violated, Message: summary})
	}
}

// neededByProvider reports whether a provider block stands on id.
func (b *builder) neededByProvider(id config.ID) bool {
	for _, blk := range b.Program.Blocks {
		if blk.ID.Kind == config.Provider && slices.Contains(b.needs[blk.ID], id.Addr()) {
			return true
		}
	}
	return false
}

// mustWait reports whether a data source can be read only during apply:
// because of what is unknown, of changes to what depends_on names, or because
// an object that it refers to is not there yet (Terraform reads at once then,
// and finds nothing).
func (b *builder) mustWait(blk *config.Block, cfg, settings cty.Value) bool {
	if !cfg.IsWhollyKnown() || (settings != cty.NilVal && !settings.IsWhollyKnown()) {
		return true
	}
	if slices.ContainsFunc(blk.Refs(), func(r config.Ref) bool { return b.changes(r, "") }) {
		return true
	}
	for _, a := range b.needs[blk.ID] {
		id := config.BlockID(a)
		explicit := slices.Contains(blk.DependsOn, id)
		for _, i := range b.byBlk[id] {
			switch action := b.plan.Changes[i].Action; {
			case action == Create, action == Replace, explicit && action != NoOp:
				return true
			}
		}
	}
	return false
}
