package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// Input is what a plan is made from.
type Input struct {
	Program  *config.Program
	Env      config.Env
	Snapshot state.Snapshot
	Priors   []Prior
	Destroy  bool // plan for the program without its resources
	// Validate only looks for mistakes: numbers of instances may be unknown.
	Validate bool
	// ReadData reads a data source. provider is the evaluated configuration
	// of the block named by key, config the wholly known arguments.
	ReadData func(key string, provider cty.Value, t *providers.Type, config cty.Value) (cty.Value, error)
}

// Build makes a plan. It is complete only when there are no errors.
func Build(in Input) (*Plan, hcl.Diagnostics) {
	b := &builder{
		Input: in,
		scope: config.NewScope(in.Program, in.Env),
		world: newWorld(in.Priors),
		plan:  &Plan{Lineage: in.Snapshot.Lineage, Serial: in.Snapshot.Serial, Destroy: in.Destroy},
		done:  map[state.Addr]bool{},
		byBlk: map[config.ID][]int{},
	}
	b.needs = in.Program.Needs(func(id config.ID) bool { return id.Kind == config.Resource || id.Kind == config.Data })
	b.deps = in.Program.Needs(func(id config.ID) bool { return id.Kind == config.Resource })
	for _, blk := range in.Program.Blocks {
		b.block(blk)
	}
	b.deletions()
	b.plan.Refresh = refresh(in.Priors, b.plan.Changes)
	b.vanished()
	slices.SortStableFunc(b.plan.Changes, func(x, y Change) int { return x.Addr.Compare(y.Addr) })
	slices.SortFunc(b.plan.Drift, func(x, y Drift) int { return x.Addr.Compare(y.Addr) })
	if !b.diags.HasErrors() {
		spread(b.plan.Changes)
		b.plan.Steps = Order(b.plan.Changes)
	}
	return b.plan, b.diags
}

type builder struct {
	Input
	scope *config.Scope
	world world
	plan  *Plan
	diags hcl.Diagnostics

	needs, deps map[config.ID][]config.ID
	done        map[state.Addr]bool // addresses that the configuration wants
	byBlk       map[config.ID][]int // changes of a block
}

func (b *builder) block(blk *config.Block) {
	switch blk.ID.Kind {
	case config.Variable, config.Local, config.Provider:
		b.value(blk.ID)
	case config.Output:
		b.output(blk)
	case config.Data:
		b.instances(blk, b.data)
	case config.Resource:
		if b.Destroy {
			b.keep(blk)
			return
		}
		b.instances(blk, b.resource)
	}
}

func (b *builder) value(id config.ID) cty.Value {
	v, diags := b.scope.Value(id)
	b.diags = append(b.diags, diags...)
	return v
}

// keep lets a program without its resources refer to the objects there are.
func (b *builder) keep(blk *config.Block) {
	found := false
	for _, a := range b.world.keys {
		if a.Block() == blk.ID.Addr() {
			p := b.world.current[a]
			b.scope.SetInstance(a, MarkSensitive(p.Type.Schema, p.Value, p.Object.Sensitive))
			found = true
		}
	}
	if !found {
		b.scope.SetBlock(blk.ID, cty.DynamicVal)
	}
}

func (b *builder) instances(blk *config.Block, each func(*config.Block, config.Instance)) {
	list, known, diags := b.scope.Expand(blk)
	b.diags = append(b.diags, diags...)
	if !known && !b.Validate {
		what, e := "count", blk.Count
		if blk.ForEach != nil {
			what, e = "for_each", blk.ForEach
		}
		b.diags = append(b.diags, &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Invalid " + what + " argument",
			Detail:  fmt.Sprintf("The %s of %s depends on something that is known only after an apply, so the number of instances cannot be planned. Use values that are known before, such as variables.", what, blk.ID),
			Subject: e.Range().Ptr(),
		})
	}
	if !known || diags.HasErrors() {
		b.scope.SetBlock(blk.ID, cty.DynamicVal)
		return
	}
	for _, in := range list {
		each(blk, in)
	}
}

// addrOf returns the address of an instance.
func addrOf(blk *config.Block, in config.Instance) state.Addr {
	a := blk.ID.Addr()
	a.Key = in.Key
	return a
}

func (b *builder) data(blk *config.Block, in config.Instance) {
	addr := addrOf(blk, in)
	if b.Destroy && !b.neededByProvider(blk.ID) {
		b.scope.SetInstance(addr, cty.UnknownVal(blk.Type.ImpliedType()))
		return
	}
	b.diags = append(b.diags, b.scope.InstanceConditions(blk, in, config.Before, cty.NilVal)...)
	cfg, diags := b.scope.Body(blk, in)
	b.diags = append(b.diags, diags...)
	if diags.HasErrors() {
		b.scope.SetInstance(addr, cty.UnknownVal(blk.Type.ImpliedType()))
		return
	}
	raw, sensitive := Unmark(cfg)
	want := Propose(blk.Type, b.value(blk.Provider), raw, cty.NullVal(raw.Type()))
	if b.mustWait(blk, raw) {
		b.add(blk, Change{Addr: addr, Action: Read, Before: cty.NullVal(want.Type()), After: want, Sensitive: sensitive})
		b.scope.SetInstance(addr, MarkSensitive(blk.Type.Schema, want, sensitive))
		return
	}
	got, err := b.ReadData(blk.Provider.ProviderKey(), b.value(blk.Provider), blk.Type, Known(want))
	if err != nil {
		b.fail(blk, "Cannot read "+addr.String(), Discreet(err, raw, sensitive))
		got = want
	}
	b.add(blk, Change{Addr: addr, Action: NoOp, Before: got, After: got, Sensitive: sensitive})
	self := MarkSensitive(blk.Type.Schema, got, sensitive)
	b.scope.SetInstance(addr, self)
	b.diags = append(b.diags, b.scope.InstanceConditions(blk, in, config.After, self)...)
}

// neededByProvider reports whether a provider block stands on id.
func (b *builder) neededByProvider(id config.ID) bool {
	for _, blk := range b.Program.Blocks {
		if blk.ID.Kind == config.Provider && slices.Contains(b.needs[blk.ID], id) {
			return true
		}
	}
	return false
}

// mustWait reports whether a data source can be read only during apply:
// because of what is unknown, of changes to what depends_on names, or because
// an object that it refers to is not there yet (Terraform reads at once then,
// and finds nothing).
func (b *builder) mustWait(blk *config.Block, cfg cty.Value) bool {
	if !cfg.IsWhollyKnown() || !b.value(blk.Provider).IsWhollyKnown() {
		return true
	}
	if slices.ContainsFunc(blk.Refs(), b.changes) {
		return true
	}
	for _, id := range b.needs[blk.ID] {
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

// add completes and records a change of an instance of blk.
func (b *builder) add(blk *config.Block, c Change) {
	c.Provider = blk.Provider.ProviderKey()
	c.Needs = addrs(b.needs[blk.ID])
	c.Deps = addrs(b.deps[blk.ID])
	b.byBlk[blk.ID] = append(b.byBlk[blk.ID], len(b.plan.Changes))
	b.plan.Changes = append(b.plan.Changes, c)
}

func addrs(ids []config.ID) []state.Addr {
	list := make([]state.Addr, len(ids))
	for i, id := range ids {
		list[i] = id.Addr()
	}
	return list
}

func (b *builder) fail(blk *config.Block, summary string, err error) {
	b.diags = append(b.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: err.Error(), Subject: blk.Range.Ptr()})
}

func (b *builder) output(blk *config.Block) {
	name := blk.ID.Name
	before := cty.NullVal(cty.DynamicPseudoType)
	if o, ok := b.Snapshot.Outputs[name]; ok {
		before = DecodeOutput(o)
	}
	if b.Destroy {
		return // deletions drops it
	}
	v := Bare(b.value(blk.ID))
	c := OutputChange{Name: name, Before: before, After: v, Sensitive: blk.Output.Sensitive, Action: Update}
	switch {
	case before.IsNull() && !v.IsNull():
		c.Action = Create
	case before.RawEquals(v), before.IsNull() && v.IsNull():
		c.Action = NoOp
	}
	b.plan.Outputs = append(b.plan.Outputs, c)
}

// vanished records the objects that somebody else has deleted.
func (b *builder) vanished() {
	for _, p := range b.Priors {
		if p.Object.Status == state.Live && p.Value.IsNull() {
			b.plan.Drift = append(b.plan.Drift, Drift{Addr: p.Object.Addr, Before: p.Stored, After: p.Value, Sensitive: p.Object.Sensitive})
		}
	}
}

// deletions plans what nothing in the configuration wants any more.
func (b *builder) deletions() {
	for _, a := range b.world.keys {
		if !b.done[a] {
			p := b.world.current[a]
			b.delete(p, b.whyGone(a))
		}
	}
	for _, p := range b.world.deposed {
		b.delete(p, BecauseDeposed)
	}
	for name, o := range b.Snapshot.Outputs {
		if b.Destroy || b.Program.Block(config.ID{Kind: config.Output, Name: name}) == nil {
			v := DecodeOutput(o)
			b.plan.Outputs = append(b.plan.Outputs, OutputChange{Name: name, Action: Delete, Before: v, After: cty.NullVal(v.Type()), Sensitive: o.Sensitive})
		}
	}
	slices.SortFunc(b.plan.Outputs, func(x, y OutputChange) int { return strings.Compare(x.Name, y.Name) })
}

func (b *builder) delete(p Prior, why Reason) {
	blk := b.Program.Block(config.BlockID(p.Object.Addr))
	if blk != nil && blk.Lifecycle.PreventDestroy && why != BecauseDeposed {
		b.prevented(blk, p.Object.Addr)
	}
	b.protected(blk, p)
	b.providerPresent(p)
	b.plan.Changes = append(b.plan.Changes, Change{
		Addr: p.Object.Addr, Provider: p.Object.Provider, Key: p.Object.Key, Action: Delete, Reason: why,
		Before: p.Value, After: cty.NullVal(p.Value.Type()), Sensitive: p.Object.Sensitive,
		Had: p.Object.Deps,
	})
}

// providerPresent refuses to guess the settings of an aliased provider whose
// block is gone while objects made with it remain.
func (b *builder) providerPresent(p Prior) {
	id := config.ProviderID(p.Object.Provider)
	if id.Name == "" || b.Program.Block(id) != nil {
		return
	}
	b.diags = append(b.diags, &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "Provider configuration not present",
		Detail: fmt.Sprintf("%s was made with the provider configuration %s, whose block is gone. Put it back until the object is deleted.", p.Object.Addr, p.Object.Provider),
	})
}

// protected refuses to delete what the cloud, or its own settings, would keep.
func (b *builder) protected(blk *config.Block, p Prior) {
	err := p.Type.Protected(p.Value)
	if err == nil {
		return
	}
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Object is protected", Detail: fmt.Sprintf("%s cannot be deleted: %s.", p.Object.Addr, err)}
	if blk != nil {
		d.Subject = blk.Range.Ptr()
	}
	b.diags = append(b.diags, d)
}

func (b *builder) prevented(blk *config.Block, a state.Addr) {
	b.diags = append(b.diags, &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "Instance cannot be destroyed",
		Detail:  fmt.Sprintf("%s has lifecycle.prevent_destroy set, and the plan calls for it to be destroyed. Remove prevent_destroy, or change the configuration so that the object stays.", a),
		Subject: blk.Lifecycle.PreventRange.Ptr(),
	})
}

func (b *builder) whyGone(a state.Addr) Reason {
	if b.Destroy {
		return ""
	}
	blk := b.Program.Block(config.BlockID(a))
	_, byIndex := a.Key.Index()
	_, byName := a.Key.Name()
	switch {
	case blk == nil:
		return BecauseNoBlock
	case blk.Count != nil && byIndex:
		return BecauseCountIndex
	case blk.ForEach != nil && byName:
		return BecauseEachKey
	}
	return BecauseWrongKey
}
