package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

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
	// RefreshOnly only brings state up to what was observed.
	RefreshOnly bool
	// Targets and Excludes name what the plan is bounded to, and what it leaves
	// as it is.
	Targets, Excludes []Target
	// Replace are the objects to be made anew.
	Replace []state.Addr
	// Imports are objects to take over beside those of import blocks.
	Imports []config.ImportTarget
	// NoDeferral makes what would be deferred an error.
	NoDeferral bool
	// Validate only looks for mistakes: numbers of instances may be unknown.
	Validate bool
	// ReadData reads a data source. provider is the evaluated configuration
	// of the block named by key, config the wholly known arguments.
	ReadData func(key string, provider cty.Value, t *providers.Type, config cty.Value) (cty.Value, error)
	// Provisioning checks provisioners; nil leaves that to the apply.
	Provisioning *Provisioning
	// Import reads the object with an id, in the words of its type.
	Import func(key string, provider cty.Value, t *providers.Type, id string) (cty.Value, error)
}

// Build makes a plan. It is complete only when there are no errors.
func Build(in Input) (*Plan, hcl.Diagnostics) {
	b := &builder{
		Input: in,
		scope: config.NewScope(in.Program, in.Env),
		plan:  &Plan{Lineage: in.Snapshot.Lineage, Serial: in.Snapshot.Serial, Destroy: in.Destroy, RefreshOnly: in.RefreshOnly},
		done:  map[state.Addr]bool{},
		byBlk: map[config.ID][]int{},

		deferred: map[config.ID]string{},
	}
	b.move()
	b.world = newWorld(b.Priors)
	b.needs = needAddrs(in.Program, func(id config.ID) bool { return id.Kind == config.Resource || id.Kind == config.Data })
	b.deps = needAddrs(in.Program, func(id config.ID) bool { return id.Kind == config.Resource })
	b.selected = selectBlocks(in, b.needs)
	b.targets()
	for _, blk := range in.Program.Blocks {
		if !blk.InCheck() {
			b.block(blk)
		}
	}
	b.unimported()
	b.stillThere()
	b.replacements()
	b.deletions()
	b.checks()
	b.plan.Refresh = refresh(b.Priors, b.plan.Changes)
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

	needs, deps map[config.ID][]state.Addr
	done        map[state.Addr]bool // addresses that the configuration wants
	byBlk       map[config.ID][]int // changes of a block
	deferred    map[config.ID]string
	held        map[state.Addr]state.Addr // deferred objects, by blocks that they stand on
	selected    selection
	imports     map[state.Addr]*importing
}

// needAddrs returns, for every block, the addresses of the nearest blocks that
// it needs and for which stop holds.
func needAddrs(p *config.Program, stop func(config.ID) bool) map[config.ID][]state.Addr {
	needs := map[config.ID][]state.Addr{}
	for id, ids := range p.Needs(stop) {
		list := make([]state.Addr, len(ids))
		for i, n := range ids {
			list[i] = n.Addr()
		}
		needs[id] = list
	}
	return needs
}

func (b *builder) block(blk *config.Block) {
	if why := b.mustDefer(blk); why != "" {
		b.postpone(blk, why)
		return
	}
	switch blk.ID.Kind {
	case config.Variable, config.Local:
		b.inModules(blk, func(m *config.ModuleInstance) { b.value(blk.ID, m) })
	case config.Provider:
		b.provider(blk)
	case config.Output:
		b.output(blk)
	case config.Call:
		b.call(blk)
	case config.Check:
		b.inModules(blk, func(m *config.ModuleInstance) {
			b.diags = append(b.diags, b.scope.Check(blk, config.Assert, config.Instance{In: m}, cty.NilVal)...)
		})
	case config.Data:
		b.instances(blk, b.data)
	case config.Resource:
		if b.Destroy || b.RefreshOnly || !b.selected.block(blk.ID) {
			b.keep(blk)
			return
		}
		b.instances(blk, b.resource)
	}
}

// checks evaluates the check blocks, which nothing stands on, when all else is
// planned. Destroying checks nothing.
func (b *builder) checks() {
	if b.Destroy {
		return
	}
	for _, blk := range b.Program.Blocks {
		if blk.InCheck() {
			b.block(blk)
		}
	}
}

// changing reports whether the plan changes some object.
func (b *builder) changing() bool {
	return slices.ContainsFunc(b.plan.Changes, func(c Change) bool { return c.Action != NoOp })
}

// inModules calls f for each instance of the module of blk.
func (b *builder) inModules(blk *config.Block, f func(*config.ModuleInstance)) {
	list, _, diags := b.scope.ModuleInstances(blk.Module)
	b.diags = append(b.diags, diags...)
	for _, m := range list {
		f(m)
	}
}

func (b *builder) value(id config.ID, m *config.ModuleInstance) cty.Value {
	v, diags := b.scope.ValueIn(id, m)
	b.diags = append(b.diags, diags...)
	return v
}

// provider evaluates a provider block, for what is wrong in it to be told.
func (b *builder) provider(blk *config.Block) {
	if blk.ForEach == nil {
		b.inModules(blk, func(m *config.ModuleInstance) { b.value(blk.ID, m) })
		return
	}
	b.instances(blk, func(blk *config.Block, in config.Instance) {
		_, diags := b.scope.Body(blk, in)
		b.diags = append(b.diags, diags...)
	})
}

// settings returns the value of a provider configuration.
func (b *builder) settings(key string) cty.Value {
	v, diags := b.scope.Provider(key)
	b.diags = append(b.diags, diags...)
	return v
}

// providerKey returns which provider configuration an instance uses.
func (b *builder) providerKey(blk *config.Block, in config.Instance) string {
	key, diags := b.scope.ProviderKey(blk, in)
	b.diags = append(b.diags, diags...)
	return key
}

// call expands a module call.
func (b *builder) call(blk *config.Block) {
	_, known, diags := b.scope.ModuleInstances(blk.Calls)
	b.diags = append(b.diags, diags...)
	if !known {
		b.undecided(blk)
	}
}

// keep lets a program without its resources refer to the objects there are.
func (b *builder) keep(blk *config.Block) {
	for _, a := range b.world.byBlock[blk.ID.Addr()] {
		p := b.world.current[a]
		if b.Destroy {
			b.scope.SetInstance(a, MarkSensitive(p.Type.Schema, p.Value, p.Object.Sensitive))
			continue
		}
		b.done[a] = true
		b.stay(p)
	}
	b.inModules(blk, func(m *config.ModuleInstance) {
		if len(b.world.byBlock[blk.ID.Addr()]) == 0 {
			b.scope.SetBlock(blk.ID, m, cty.DynamicVal)
		}
	})
}

// stay plans nothing for an object that the plan is not to touch; expressions
// can refer to it, now and during the apply.
func (b *builder) stay(p Prior) {
	a := p.Object.Addr
	b.scope.SetInstance(a, MarkSensitive(p.Type.Schema, p.Value, p.Object.Sensitive))
	b.plan.Changes = append(b.plan.Changes, Change{
		Addr: a, MovedFrom: p.MovedFrom, Provider: p.Object.Provider, Action: NoOp, Before: p.Value, After: p.Value, Sensitive: p.Object.Sensitive,
	})
}

func (b *builder) instances(blk *config.Block, each func(*config.Block, config.Instance)) {
	b.inModules(blk, func(m *config.ModuleInstance) {
		list, known, diags := b.scope.Expand(blk, m)
		b.diags = append(b.diags, diags...)
		if !known {
			b.undecided(blk)
		}
		if !known || diags.HasErrors() {
			b.scope.SetBlock(blk.ID, m, cty.DynamicVal)
			return
		}
		for _, in := range list {
			each(blk, in)
		}
	})
}

// addrOf returns the address of an instance.
func addrOf(blk *config.Block, in config.Instance) state.Addr {
	a := blk.ID.Addr()
	a.Key = in.Key
	if in.In != nil {
		a.Module = in.In.Addr
	}
	return a
}

func (b *builder) data(blk *config.Block, in config.Instance) {
	addr := addrOf(blk, in)
	if b.Destroy && !b.neededByProvider(blk.ID) || !b.selected.block(blk.ID) {
		b.scope.SetInstance(addr, cty.UnknownVal(blk.Type.ImpliedType()))
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
		b.scope.SetInstance(addr, MarkSensitive(blk.Type.Schema, want, sensitive))
		return // the apply reads it when all has changed
	}
	if b.mustWait(blk, raw, settings) {
		b.add(blk, Change{Addr: addr, Provider: key, Action: Read, Before: cty.NullVal(want.Type()), After: want, Sensitive: sensitive})
		b.scope.SetInstance(addr, MarkSensitive(blk.Type.Schema, want, sensitive))
		return
	}
	got, err := b.ReadData(key, settings, blk.Type, Known(want))
	if err != nil {
		b.unread(blk, addr, Discreet(err, raw, sensitive))
		got = want
	}
	b.add(blk, Change{Addr: addr, Provider: key, Action: NoOp, Before: got, After: got, Sensitive: sensitive})
	self := MarkSensitive(blk.Type.Schema, got, sensitive)
	b.scope.SetInstance(addr, self)
	b.diags = append(b.diags, b.scope.Check(blk, config.After, in, self)...)
}

// unread reports that a data source could not be read: an error, or a warning
// when it is there for a check alone.
func (b *builder) unread(blk *config.Block, addr state.Addr, err error) {
	b.fail(blk, "Cannot read "+addr.String(), err)
	if blk.InCheck() {
		b.diags[len(b.diags)-1].Severity = hcl.DiagWarning
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

// add completes and records a change of an instance of blk.
func (b *builder) add(blk *config.Block, c Change) {
	c.Needs = b.needs[blk.ID]
	c.Deps = b.deps[blk.ID]
	b.byBlk[blk.ID] = append(b.byBlk[blk.ID], len(b.plan.Changes))
	b.plan.Changes = append(b.plan.Changes, c)
}

func (b *builder) fail(blk *config.Block, summary string, err error) {
	b.diags = append(b.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: err.Error(), Subject: blk.Range.Ptr()})
}

func (b *builder) output(blk *config.Block) {
	if blk.ID.Module != "" {
		b.inModules(blk, func(m *config.ModuleInstance) { b.moduleOutput(blk, m) })
		return
	}
	if b.Destroy {
		return // deletions drops it
	}
	before := b.outputBefore(blk.ID.Name)
	if !b.selected.output(blk.ID) {
		b.keepOutput(blk, before)
		return
	}
	v, diags := b.scope.ValueIn(blk.ID, nil)
	if b.plan.Partial && diags.HasErrors() {
		b.keepOutput(blk, before) // it needs an instance that was left out
		return
	}
	b.diags = append(b.diags, diags...)
	v = Bare(v)
	c := OutputChange{Name: blk.ID.Name, Before: before, After: v, Sensitive: blk.Output.Sensitive, Action: Update}
	switch {
	case before.IsNull() && !v.IsNull():
		c.Action = Create
	case b.Snapshot.Outputs[c.Name].Sensitive != c.Sensitive:
	case before.RawEquals(v), before.IsNull() && v.IsNull():
		c.Action = NoOp
	}
	b.plan.Outputs = append(b.plan.Outputs, c)
}

// moduleOutput evaluates an output of a module, for what is wrong in it to be
// told. What stands on an instance that was left out is told where it is used.
func (b *builder) moduleOutput(blk *config.Block, m *config.ModuleInstance) {
	_, diags := b.scope.ValueIn(blk.ID, m)
	if !b.plan.Partial {
		b.diags = append(b.diags, diags...)
	}
}

// outputBefore returns the value that state has of an output.
func (b *builder) outputBefore(name string) cty.Value {
	if o, ok := b.Snapshot.Outputs[name]; ok {
		return DecodeOutput(o)
	}
	return cty.NullVal(cty.DynamicPseudoType)
}

// keepOutput leaves an output as it is.
func (b *builder) keepOutput(blk *config.Block, before cty.Value) {
	b.plan.Outputs = append(b.plan.Outputs, OutputChange{Name: blk.ID.Name, Before: before, After: before, Sensitive: blk.Output.Sensitive, Action: NoOp, Kept: true})
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
	b.held = b.hold()
	for _, a := range b.world.keys {
		if !b.done[a] && !b.RefreshOnly && b.selected.delete(a) {
			b.delete(b.world.current[a], b.whyGone(a))
		}
	}
	for _, p := range b.world.deposed {
		if !b.RefreshOnly && b.selected.delete(p.Object.Addr) {
			b.delete(p, BecauseDeposed)
		}
	}
	for name, o := range b.Snapshot.Outputs {
		if b.Destroy && b.selected.all() || b.Program.Block(config.ID{Kind: config.Output, Name: name}) == nil {
			v := DecodeOutput(o)
			b.plan.Outputs = append(b.plan.Outputs, OutputChange{Name: name, Action: Delete, Before: v, After: cty.NullVal(v.Type()), Sensitive: o.Sensitive})
		}
	}
	slices.SortFunc(b.plan.Outputs, func(x, y OutputChange) int { return strings.Compare(x.Name, y.Name) })
}

func (b *builder) delete(p Prior, why Reason) {
	a := p.Object.Addr
	blk := b.Program.Block(config.BlockID(a))
	c := Change{
		Addr: a, MovedFrom: p.MovedFrom, Provider: p.Object.Provider, Key: p.Object.Key, Action: Delete, Reason: why,
		Before: p.Value, After: cty.NullVal(p.Value.Type()), Sensitive: p.Object.Sensitive,
		Had: p.Object.Deps,
	}
	if b.forgotten(blk, p, why) {
		c.Action = Forget
		b.plan.Changes = append(b.plan.Changes, c)
		return
	}
	if user, ok := b.held[a.Block()]; ok {
		b.plan.Deferred = append(b.plan.Deferred, Deferred{Addr: a, Reason: "it is destroyed after " + user.String() + ", which needs it and is deferred"})
		return
	}
	if blk != nil && why != BecauseDeposed {
		b.prevented(blk, a)
	}
	b.protected(blk, p)
	b.providerPresent(p)
	b.plan.Changes = append(b.plan.Changes, c)
}

// forgotten reports whether an object is not destroyed but left to itself.
func (b *builder) forgotten(blk *config.Block, p Prior, why Reason) bool {
	if why == BecauseDeposed {
		return false
	}
	if blk != nil {
		return blk.Lifecycle.Keep
	}
	if r := b.Program.RemovedBy(p.Object.Addr); r != nil {
		return r.Keep
	}
	return p.Object.Keep
}

// providerPresent refuses to guess the settings of an aliased provider whose
// block is gone while objects made with it remain.
func (b *builder) providerPresent(p Prior) {
	id, _ := config.ProviderID(p.Object.Provider)
	if (id.Name == "" && id.Module == "") || b.Program.Block(id) != nil {
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

// prevented reports an error when lifecycle.prevent_destroy of blk forbids that
// the object at a goes.
func (b *builder) prevented(blk *config.Block, a state.Addr) {
	e := blk.Lifecycle.PreventDestroy
	if e == nil {
		return
	}
	m, _ := b.scope.ModuleAt(a.Module)
	in := config.Instance{In: m, Key: a.Key, Each: cty.DynamicVal}
	v, diags := b.scope.InstanceExpr(e, in)
	v, _ = v.Unmark()
	if v, err := convert.Convert(v, cty.Bool); !diags.HasErrors() && err == nil && v.IsKnown() && !v.IsNull() && v.False() {
		return
	}
	b.diags = append(b.diags, diags...)
	b.diags = append(b.diags, &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "Instance cannot be destroyed",
		Detail:  fmt.Sprintf("%s has lifecycle.prevent_destroy set, and the plan calls for it to be destroyed. Remove prevent_destroy, or change the configuration so that the object stays.", a),
		Subject: e.Range().Ptr(),
	})
}

// inConfiguration reports whether a module instance is called for.
func (b *builder) inConfiguration(module string) bool {
	_, ok := b.scope.ModuleAt(module)
	return ok
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
	case !b.inConfiguration(a.Module):
		return BecauseModule
	case blk.Count != nil && byIndex:
		return BecauseCountIndex
	case blk.ForEach != nil && byName:
		return BecauseEachKey
	}
	return BecauseWrongKey
}
