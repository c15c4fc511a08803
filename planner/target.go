package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/state"
)

// Target is what -target or -exclude names: a module or a resource, all of it
// or one instance.
type Target struct {
	Module string     // path, when a module is meant
	Addr   state.Addr // else; without a key all instances are meant
}

// ParseTarget reads a target as users write it.
func ParseTarget(s string) (Target, error) {
	if _, err := state.ParseModule(s); err == nil && s != "" {
		return Target{Module: s}, nil
	}
	a, err := state.ParseAddr(s)
	return Target{Addr: a}, err
}

// String returns t as users write it.
func (t Target) String() string {
	if t.Module != "" {
		return t.Module
	}
	return t.Addr.String()
}

// Has reports whether t means the instance at a.
func (t Target) Has(a state.Addr) bool {
	if t.Module != "" {
		return within(t.Module, a.Module)
	}
	if a.Type != t.Addr.Type || a.Name != t.Addr.Name || a.Data != t.Addr.Data {
		return false
	}
	if a.Module != t.Addr.Module && (strings.Contains(t.Addr.Module, "[") || state.StaticModule(a.Module) != t.Addr.Module) {
		return false
	}
	return t.Addr.Key == state.Key{} || t.Addr.Key == a.Key
}

// within reports whether a module instance is module or in it. A path without
// keys means all instances.
func within(module, instance string) bool {
	for _, path := range []string{instance, state.StaticModule(instance)} {
		if path == module || strings.HasPrefix(path, module+".") || strings.HasPrefix(path, module+"[") {
			return true
		}
	}
	return false
}

// block reports whether t means some of the block at a, which has no keys.
func (t Target) block(a state.Addr) bool {
	if t.Module != "" {
		return within(state.StaticModule(t.Module), a.Module)
	}
	return t.Addr.Block() == a
}

// selection is what a plan is bounded to.
type selection struct {
	targets  []Target
	excludes []Target
	destroy  bool
	needed   map[state.Addr]bool // blocks that the targets stand on; when destroying, that stand on them
	left     map[state.Addr]bool // blocks that stand on what is excluded
	needs    map[config.ID][]state.Addr
}

// selectBlocks works out what the targets and exclusions of in mean for its
// blocks: with a target goes what it needs, with an exclusion what needs it.
func selectBlocks(in Input, deps map[config.ID][]state.Addr) selection {
	s := selection{targets: in.Targets, excludes: in.Excludes, destroy: in.Destroy, needs: deps, needed: map[state.Addr]bool{}, left: map[state.Addr]bool{}}
	if s.all() {
		return s
	}
	users := map[state.Addr][]state.Addr{}
	for id, needs := range deps {
		if id.Kind != config.Resource && id.Kind != config.Data {
			continue
		}
		for _, n := range needs {
			users[n] = append(users[n], id.Addr())
		}
	}
	for _, p := range in.Priors {
		for _, n := range p.Object.Deps {
			users[n] = append(users[n], p.Object.Addr.Block())
		}
	}
	of := func(a state.Addr) []state.Addr { return deps[config.BlockID(a)] }
	if in.Destroy {
		of = func(a state.Addr) []state.Addr { return users[a] }
	}
	for _, a := range s.named(in, in.Targets) {
		reach(a, of, s.needed)
	}
	leaves := func(a state.Addr) []state.Addr { return users[a] }
	if in.Destroy {
		leaves = func(a state.Addr) []state.Addr { return hadBy(in.Priors, a) }
	}
	for _, a := range s.named(in, in.Excludes) {
		reach(a, leaves, s.left)
	}
	return s
}

// hadBy returns the blocks that the objects of a block need.
func hadBy(priors []Prior, a state.Addr) []state.Addr {
	var list []state.Addr
	for _, p := range priors {
		if p.Object.Addr.Block() == a {
			list = append(list, p.Object.Deps...)
		}
	}
	return list
}

// reach marks what of leads to from a, not a itself.
func reach(a state.Addr, of func(state.Addr) []state.Addr, seen map[state.Addr]bool) {
	for _, n := range of(a) {
		if !seen[n] {
			seen[n] = true
			reach(n, of, seen)
		}
	}
}

// named returns the blocks of the program and of state that the targets mean.
func (s *selection) named(in Input, targets []Target) []state.Addr {
	var list []state.Addr
	add := func(a state.Addr) {
		if slices.ContainsFunc(targets, func(t Target) bool { return t.block(a) }) {
			list = append(list, a)
		}
	}
	for _, b := range in.Program.Blocks {
		if b.ID.Kind == config.Resource || b.ID.Kind == config.Data {
			add(b.ID.Addr())
		}
	}
	for _, p := range in.Priors {
		add(p.Object.Addr.Block())
	}
	slices.SortFunc(list, state.Addr.Compare)
	return slices.Compact(list)
}

// all reports whether nothing is left out.
func (s *selection) all() bool { return len(s.targets) == 0 && len(s.excludes) == 0 }

// block reports whether some instances of a block may be in the plan.
func (s *selection) block(id config.ID) bool {
	if s.all() {
		return true
	}
	a := id.Addr()
	if s.left[a] {
		return false
	}
	return len(s.targets) == 0 || s.needed[a] || slices.ContainsFunc(s.targets, func(t Target) bool { return t.block(a) })
}

// instance reports whether an instance is in the plan.
func (s *selection) instance(a state.Addr) bool {
	if s.all() {
		return true
	}
	has := func(t Target) bool { return t.Has(a) }
	if s.left[a.Block()] || slices.ContainsFunc(s.excludes, has) {
		return false
	}
	return len(s.targets) == 0 || s.needed[a.Block()] || slices.ContainsFunc(s.targets, has)
}

// delete reports whether an object that nothing wants may be deleted: what a
// target stands on is not meant by it.
func (s *selection) delete(a state.Addr) bool {
	if len(s.targets) == 0 || s.destroy {
		return s.instance(a)
	}
	return slices.ContainsFunc(s.targets, func(t Target) bool { return t.Has(a) })
}

// output reports whether all that an output stands on is in the plan.
func (s *selection) output(id config.ID) bool {
	if s.all() {
		return true
	}
	return !slices.ContainsFunc(s.needs[id], func(a state.Addr) bool { return !s.block(config.BlockID(a)) })
}

// targets refuses targets that mean nothing.
func (b *builder) targets() {
	b.plan.Partial = !b.selected.all()
	for _, t := range append(slices.Clone(b.Targets), b.Excludes...) {
		if len(b.selected.named(b.Input, []Target{t})) == 0 {
			b.errorf("Nothing to target", "%s means nothing in the configuration or in state; mlinfra state list shows what there is.", t)
		}
	}
}

// instancesTargeted refuses targets that name an instance which there is not, of
// something that there is. What mlinfra import names has an error of its own.
func (b *builder) instancesTargeted() {
	if len(b.Imports) > 0 {
		return
	}
	for _, t := range append(slices.Clone(b.Targets), b.Excludes...) {
		blocks := b.selected.named(b.Input, []Target{t})
		undecided := func(a state.Addr) bool {
			id := config.BlockID(a)
			return b.deferred[id] != "" || !b.selected.block(id)
		}
		if !t.one() || len(blocks) == 0 || b.diags.HasErrors() || slices.ContainsFunc(blocks, undecided) {
			continue
		}
		var others []string
		found := false
		for _, a := range append(slices.Clone(b.expanded), b.world.keys...) {
			found = found || t.Has(a)
			if slices.Contains(blocks, a.Block()) {
				others = append(others, a.String())
			}
		}
		if !found {
			slices.Sort(others)
			b.errorf("Nothing to target", "%s is neither in the configuration nor in state. There %s.", t, are(slices.Compact(others)))
		}
	}
}

// one reports whether t names an instance, of a resource or of a module.
func (t Target) one() bool {
	return t.Addr.Key != state.Key{} || strings.Contains(t.Module+t.Addr.Module, "[")
}

// are names the instances that there are.
func are(names []string) string {
	const shown = 5
	switch n := len(names); {
	case n == 0:
		return "are no instances"
	case n == 1:
		return "is only " + names[0]
	case n > shown:
		return fmt.Sprintf("are %s and %d more", strings.Join(names[:shown], ", "), n-shown)
	}
	return "are " + strings.Join(names, ", ")
}

// replacements refuses to replace what there is not, and is not going to be.
func (b *builder) replacements() {
	for _, a := range b.Replace {
		_, exists := b.world.current[a]
		if exists || b.done[a] || b.deferred[config.BlockID(a)] != "" {
			continue
		}
		others := slices.Clone(b.world.byBlock[a.Block()])
		for _, i := range b.byBlk[config.BlockID(a)] {
			others = append(others, b.plan.Changes[i].Addr)
		}
		if len(others) > 0 {
			b.errorf("Nothing to replace", "%s, which -replace names, is none of the instances: name one, such as %s.", a, others[0])
			continue
		}
		b.errorf("Nothing to replace", "%s, which -replace names, is neither in the configuration nor in state: mlinfra state list shows what there is.", a)
	}
}

func (b *builder) errorf(summary, detail string, args ...any) {
	b.diags = append(b.diags, diagnostic(summary, fmt.Sprintf(detail, args...)))
}
