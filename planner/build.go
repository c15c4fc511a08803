package planner

import (
	"maps"
	"slices"

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
	// RefreshOnly only brings state up to what was observed.
	RefreshOnly bool
	// Targets and Excludes name what the plan is bounded to, and what it leaves
	// as it is.
	Targets, Excludes []Target
	// Replace are the objects to be made anew.
	Replace []state.Addr
	// Imports are objects to take over beside those of import blocks.
	Imports []config.ImportTarget
	// NoDeferral makes unknown numbers of instances an error, and plans with
	// provider settings that are not known.
	NoDeferral bool
	// Validate only looks for mistakes: numbers of instances may be unknown, and
	// such blocks are looked at once.
	Validate bool
	// ReadData reads a data source. provider is the evaluated configuration
	// of the block named by key, config the wholly known arguments.
	ReadData func(key string, provider cty.Value, t *providers.Type, config cty.Value) (cty.Value, error)
	// Provisioning checks provisioners; nil leaves that to the apply.
	Provisioning *Provisioning
	// Import reads the object that have, which holds at least what identifies it,
	// tells apart.
	Import func(key string, provider cty.Value, t *providers.Type, have cty.Value) (cty.Value, error)
	// Find returns the objects that have the same natural key as want.
	Find func(key string, provider cty.Value, t *providers.Type, want cty.Value) ([]providers.Listed, error)
}

// Build makes a plan. It is complete only when there are no errors.
func Build(in Input) (*Plan, hcl.Diagnostics) {
	for b := newBuilder(in); ; {
		plan, diags := b.build()
		more := b.undermined()
		if diags.HasErrors() || len(more) == 0 {
			return plan, diags
		}
		next := newBuilder(in)
		maps.Copy(next.held, b.deferred) // with the reasons that they have
		maps.Copy(next.held, more)
		next.awaiting = b.awaiting
		b = next
	}
}

func newBuilder(in Input) *builder {
	in.Priors = slices.Clone(in.Priors) // which moves and imports change
	in.Env.Validate, in.Env.Observe = in.Validate, in.RefreshOnly
	return &builder{
		Input: in,
		scope: config.NewScope(in.Program, in.Env),
		plan:  &Plan{Lineage: in.Snapshot.Lineage, Serial: in.Snapshot.Serial, Destroy: in.Destroy, RefreshOnly: in.RefreshOnly},
		done:  map[state.Addr]bool{},
		byBlk: map[config.ID][]int{},

		held: map[config.ID]string{}, deferred: map[config.ID]string{}, awaiting: map[state.Addr]bool{},
		checkable: map[config.ID][]config.Instance{},
	}
}

// maxProblems is how many mistakes are looked for: nobody reads more.
const maxProblems = 1000

// build plans once; what held names waits for another plan.
func (b *builder) build() (*Plan, hcl.Diagnostics) {
	in := b.Input
	b.move()
	b.world = newWorld(b.Priors)
	b.needs = needAddrs(in.Program, func(id config.ID) bool { return id.Kind == config.Resource || id.Kind == config.Data })
	b.deps = needAddrs(in.Program, func(id config.ID) bool { return id.Kind == config.Resource })
	b.selected = selectBlocks(in, b.needs)
	b.createFirst = b.creatingFirst()
	b.targets()
	for _, blk := range in.Program.Blocks {
		if !blk.InCheck() {
			b.block(blk)
		}
		if len(b.diags) > maxProblems && b.diags.HasErrors() {
			return b.plan, b.diags
		}
	}
	b.unimported()
	b.instancesTargeted()
	b.stillThere()
	b.ambiguous()
	b.replacements()
	b.deletions()
	b.bound()
	b.checks()
	b.plan.Checks = b.checked()
	b.plan.Refresh = refresh(b.Priors, b.plan.Changes, b.world.taken)
	b.vanished()
	slices.SortStableFunc(b.plan.Changes, func(x, y Change) int { return x.Addr.Compare(y.Addr) })
	slices.SortFunc(b.plan.Drift, func(x, y Drift) int { return x.Addr.Compare(y.Addr) })
	b.named()
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
	createFirst map[state.Addr]bool       // blocks whose objects are created before the old ones go
	done        map[state.Addr]bool       // addresses that the configuration wants
	byBlk       map[config.ID][]int       // changes of a block
	held        map[config.ID]string      // blocks that are to be deferred, and why
	deferred    map[config.ID]string      // blocks that are deferred, and why
	awaiting    map[state.Addr]bool       // blocks that deferred ones wait for
	stoodOn     map[state.Addr]state.Addr // deferred objects, by blocks that they stand on
	selected    selection
	expanded    []state.Addr // all instances, when the plan is bounded
	imports     map[state.Addr]*importing
	checkable   map[config.ID][]config.Instance // of resources and data sources with conditions
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
			b.refer(p)
			continue
		}
		b.done[a] = true
		b.stay(p)
	}
	if !b.RefreshOnly {
		b.inModules(blk, func(m *config.ModuleInstance) { b.missing(blk, m) })
	}
}

// missing lets expressions refer to those instances of blk that are not there, of
// a module instance, as they would be planned. A destroy that was cut off leaves
// such, and its next run must not fail on them.
func (b *builder) missing(blk *config.Block, m *config.ModuleInstance) {
	list, known, diags := b.scope.Expand(blk, m)
	if !known || diags.HasErrors() {
		if len(b.world.byBlock[blk.ID.Addr()]) == 0 {
			b.scope.SetBlock(blk.ID, m, cty.DynamicVal)
		}
		return
	}
	for _, in := range list {
		if a := addrOf(blk, in); !b.there(a) {
			b.scope.SetInstance(a, b.proposed(blk, in))
		}
	}
}

// proposed returns what an instance would be that is not there and stays so: what
// is wrong with it does not matter now.
func (b *builder) proposed(blk *config.Block, in config.Instance) cty.Value {
	none := cty.NullVal(blk.Type.ImpliedType())
	key, diags := b.scope.ProviderKey(blk, in)
	settings, more := b.scope.Provider(key)
	raw, sensitive, wrong := Configured(b.scope, blk, in, none)
	if diags.HasErrors() || more.HasErrors() || wrong.HasErrors() {
		return cty.UnknownVal(none.Type())
	}
	return MarkSensitive(blk.Type.Schema, Propose(blk.Type, settings, raw, none), sensitive)
}

// there reports whether an object is at a.
func (b *builder) there(a state.Addr) bool {
	_, ok := b.world.current[a]
	return ok
}

// refer lets expressions refer to p, which stays as it is.
func (b *builder) refer(p Prior) {
	s, v, names := p.Type.Schema, p.Value, p.Object.Sensitive
	b.scope.SetInstanceTo(p.Object.Addr, func() cty.Value { return MarkSensitive(s, v, names) })
}

// stay plans nothing for an object that the plan is not to touch; expressions
// can refer to it, now and during the apply.
func (b *builder) stay(p Prior) {
	a := p.Object.Addr
	b.refer(p)
	b.plan.Changes = append(b.plan.Changes, Change{
		Addr: a, MovedFrom: p.MovedFrom, Provider: p.Object.Provider, Action: NoOp, Before: p.Value, After: p.Value, Sensitive: p.Object.Sensitive,
	})
}

// instances calls each for the instances of blk, in all instances of its
// module, unless blk must wait.
func (b *builder) instances(blk *config.Block, each func(*config.Block, config.Instance)) {
	var all []config.Instance
	b.inModules(blk, func(m *config.ModuleInstance) {
		list, known, diags := b.scope.Expand(blk, m)
		b.diags = append(b.diags, diags...)
		if !known {
			b.undecided(blk)
		}
		if !known || diags.HasErrors() {
			for _, in := range list {
				each(blk, in) // for what is wrong whatever the number
			}
			b.scope.SetBlock(blk.ID, m, cty.DynamicVal)
			return
		}
		all = append(all, list...)
	})
	if blk.ID.Kind != config.Provider {
		if why := b.unsettled(blk, all); why != "" {
			b.postpone(blk, why)
			return
		}
	}
	if blk.ID.Kind == config.Resource {
		b.plan.Changes = slices.Grow(b.plan.Changes, len(all))
	}
	if len(blk.Conditions) > 0 {
		b.checkable[blk.ID] = all
	}
	for _, in := range all {
		if !b.selected.all() {
			b.expanded = append(b.expanded, addrOf(blk, in))
		}
		each(blk, in)
	}
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

// add completes and records a change of an instance of blk.
func (b *builder) add(blk *config.Block, c Change) {
	c.Needs = b.needs[blk.ID]
	c.Deps = b.deps[blk.ID]
	b.byBlk[blk.ID] = append(b.byBlk[blk.ID], len(b.plan.Changes))
	b.plan.Changes = append(b.plan.Changes, c)
}

func (b *builder) fail(blk *config.Block, summary string, err error) {
	b.refuse(blk, summary, err.Error())
}
