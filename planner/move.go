package planner

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

func diagnostic(summary, detail string) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail}
}

// move gives the objects the addresses that moved blocks say.
func (b *builder) move() {
	moves := b.Program.Moves
	if len(moves) == 0 {
		return
	}
	taken := map[state.Addr]bool{}
	for _, p := range b.Priors {
		taken[p.Object.Addr] = true
	}
	blocks := map[state.Addr]state.Addr{}
	for i := range b.Priors {
		p := &b.Priors[i]
		was := p.Object.Addr
		to, ok := b.destination(was)
		switch {
		case !ok || to == was:
		case taken[to] && !p.Object.Deposed:
			b.diags = append(b.diags, &hcl.Diagnostic{
				Severity: hcl.DiagWarning, Summary: "Unresolved resource instance address changes",
				Detail: fmt.Sprintf("%s was to become %s, where another object is already: nothing has moved.", was, to),
			})
		case to.Type != was.Type && !b.becomeData(p, to):
		default:
			delete(taken, was)
			taken[to] = true
			p.Object.Addr, p.MovedFrom = to, was
			blocks[was.Block()] = to.Block()
		}
	}
	b.follow(blocks)
}

// follow lets the objects that need one in a block need it in the block that it
// has moved to, and still in the old one when another instance has stayed.
func (b *builder) follow(blocks map[state.Addr]state.Addr) {
	stayed := map[state.Addr]bool{}
	for _, p := range b.Priors {
		stayed[p.Object.Addr.Block()] = true
	}
	for i := range b.Priors {
		p := &b.Priors[i]
		var deps []state.Addr
		for _, dep := range p.Object.Deps {
			to, moved := blocks[dep]
			moved = moved && to != dep // else it has only gained or lost its key
			if moved {
				deps = append(deps, to)
				p.Settled = true
			}
			if !moved || stayed[dep] {
				deps = append(deps, dep)
			}
		}
		p.Object.Deps = deps
	}
}

// becomeData makes the terraform_data at an address of a null_resource, the one
// change of type that a move can mean. False when the address is not declared,
// or the object is gone.
func (b *builder) becomeData(p *Prior, to state.Addr) bool {
	blk := b.Program.Block(config.BlockID(to))
	if blk == nil || p.Value.IsNull() {
		return false
	}
	vals := map[string]cty.Value{}
	for _, a := range blk.Type.Schema.Attrs {
		vals[a.Name] = cty.NullVal(a.Type)
		if a.Block != nil {
			vals[a.Name] = a.BlockValue(nil)
		}
	}
	vals["id"] = p.Value.GetAttr("id")
	if t := p.Value.GetAttr("triggers"); !t.IsNull() && t.LengthInt() > 0 {
		vals["triggers_replace"] = cty.ObjectVal(t.AsValueMap())
	}
	var secret []string
	for _, place := range p.Object.Sensitive {
		if part, ok := strings.CutPrefix(place, "triggers"); ok {
			secret = append(secret, "triggers_replace"+part)
		}
	}
	p.Object.Sensitive = secret
	p.Type, p.Value = blk.Type, cty.ObjectVal(vals)
	p.Stored = p.Value
	EncodeObject(&p.Object, p.Type, p.Value)
	p.Object.Provider = b.scope.ProviderOf(to)
	return true
}

// stillThere refuses moves away from instances that the configuration declares.
// Those of whole resources have been refused when it was loaded.
func (b *builder) stillThere() {
	if b.Destroy || b.RefreshOnly || b.plan.Partial {
		return
	}
	for _, m := range b.Program.Moves {
		for _, a := range slices.SortedFunc(maps.Keys(b.done), state.Addr.Compare) {
			to, ok := m.Move(a)
			if !ok || to == a {
				continue
			}
			b.diags = append(b.diags, &hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "Moved object still exists",
				Detail:  fmt.Sprintf("%s is declared, and this says that it has moved to %s: remove one of the two.", a, to),
				Subject: m.Range.Ptr(),
			})
			break
		}
	}
}

// ambiguous refuses moves from one address to two, or from two to one, in all
// instances of the modules that the moved blocks stand in.
func (b *builder) ambiguous() {
	leaves, arrives := map[string]config.Move{}, map[string]config.Move{}
	for _, m := range b.Program.Moves {
		list, _, _ := b.scope.ModuleInstances(b.Program.Modules[m.Module]) // the module call has what is wrong with it
		for _, at := range list {
			m := m.In(at)
			from, to := m.From.String(), m.To.String()
			if other, ok := leaves[from]; ok && other.To.String() != to {
				b.ambiguousMove(m, fmt.Sprintf("%s moves to %s here, and to %s at %s: each address moves once.", from, to, other.To, other.Range))
			}
			if other, ok := arrives[to]; ok && other.From.String() != from {
				b.ambiguousMove(m, fmt.Sprintf("%s moves to %s here, and %s does at %s: only one object can be there.", from, to, other.From, other.Range))
			}
			leaves[from], arrives[to] = m, m
		}
	}
}

func (b *builder) ambiguousMove(m config.Move, detail string) {
	b.diags = append(b.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Ambiguous move statements", Detail: detail, Subject: m.Range.Ptr()})
}

// destination follows the moves of an address, one after the other.
func (b *builder) destination(a state.Addr) (state.Addr, bool) {
	moves := b.Program.Moves
	for n := 0; ; n++ {
		next, moved := a, false
		for _, m := range moves {
			if to, ok := m.Move(a); ok && to != a {
				next, moved = to, true
				break
			}
		}
		if !moved {
			return a, n > 0
		}
		if n > len(moves) {
			b.errorf("Cyclic dependency in move statements", "The moved blocks lead %s around in a circle: remove one of them.", a)
			return a, false
		}
		a = next
	}
}

// importing is an object that is taken over.
type importing struct {
	config.ImportTarget
	used bool
}

// importAt returns the object that is to be taken over at an address, read
// through the provider configuration called key.
func (b *builder) importAt(blk *config.Block, addr state.Addr, key string) (Prior, string, bool) {
	t := b.importTargets()[addr]
	if t == nil {
		return Prior{}, "", false
	}
	t.used = true
	if b.Validate {
		return Prior{}, "", false
	}
	settings := b.settings(key)
	if settings != cty.NilVal && !settings.IsWhollyKnown() {
		b.errorf("Cannot import "+addr.String(), "The settings of provider %s are known only after an apply.", key)
		return Prior{}, "", false
	}
	have, err := blk.Type.Identify(t.ID)
	v := have
	if err == nil {
		if v, err = b.Import(key, settings, blk.Type, have); err != nil {
			err = b.first(blk.Type, have, err)
		}
	}
	if err != nil {
		b.diags = append(b.diags, cannotImport(addr, t.Range, fmt.Errorf("%s with the id %q: %w", blk.Type.Name, t.ID, err)))
		return Prior{}, "", false
	}
	if other, ok := b.objectWithID(blk, key, v); ok {
		b.diags = append(b.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Object already managed by mlinfra", Detail: fmt.Sprintf("The object with the ID %q, to be imported to %s, is %s already. Two addresses for one object would fight over it: move it with a moved block, or with mlinfra state mv.", t.ID, addr, other), Subject: t.Range.Ptr()})
		return Prior{}, "", false
	}
	return b.takeOver(blk, addr, key, t.ID, v), t.ID, true
}

// first adds to why the object that have identifies could not be read that what it
// is in, such as its host, has to be there first.
func (b *builder) first(t *providers.Type, have cty.Value, err error) error {
	for _, a := range t.Schema.Attrs {
		if !a.Within || have.GetAttr(a.Name).IsNull() {
			continue
		}
		id, outer := have.GetAttr(a.Name).AsString(), a.Refs[0].Type
		if !slices.ContainsFunc(b.Priors, func(p Prior) bool { return p.Type.Name == outer && providers.ID(p.Stored) == id }) {
			return fmt.Errorf("%w. No %s %s is in state: apply that first, without the import, then import what is in it", err, outer, id)
		}
	}
	return err
}

// takeOver returns the object v, with an id in the words of its type's import, as
// if state had it at addr.
func (b *builder) takeOver(blk *config.Block, addr state.Addr, key, id string, v cty.Value) Prior {
	p := Prior{
		Object: state.Object{Key: importKey(blk.Type.Name, id), Addr: addr, Provider: key, Status: state.Live},
		Type:   blk.Type, Stored: cty.NullVal(v.Type()), Value: v, Ready: true, Settled: true,
	}
	b.Priors = append(b.Priors, p)
	return p
}

// learn returns p, which is to be taken over, with what cannot be known of it but
// by the configuration: what only a new object would be given and no look shows,
// such as a private key, is what it was made with. What is only shown to who asks
// is asked for.
func (b *builder) learn(blk *config.Block, key string, p Prior, cfg cty.Value) (Prior, hcl.Diagnostics) {
	t, settings := blk.Type, b.settings(key)
	want := Propose(t, settings, cfg, p.Value)
	have, ask := p.Value.AsValueMap(), false
	for _, a := range t.Schema.Attrs {
		v, was := Known(want.GetAttr(a.Name)), have[a.Name]
		if !a.Configurable() || !cfg.GetAttr(a.Name).IsWhollyKnown() || v.IsNull() {
			continue
		}
		switch {
		case unseen(a, was) && (a.MayReplace() || t.Schema.Resends(a)):
			have[a.Name] = v
			ask = ask || a.Block != nil // for what the cloud decides in it
		case was.IsNull() && views(t, have, a.Name, v):
			have[a.Name], ask = v, true
		}
	}
	p.Value = cty.ObjectVal(have)
	if ask {
		v, err := b.Import(key, settings, t, p.Value)
		if err != nil {
			return p, hcl.Diagnostics{cannotImport(p.Object.Addr, blk.Range, err)}
		}
		p.Value = v
	}
	i := slices.IndexFunc(b.Priors, func(o Prior) bool { return o.Object.Key == p.Object.Key })
	b.Priors[i] = p
	return p, nil
}

// views reports whether a look at an object has more to show when the attribute
// called name is v.
func views(t *providers.Type, have map[string]cty.Value, name string, v cty.Value) bool {
	asked := maps.Clone(have)
	asked[name] = v
	return t.View(cty.ObjectVal(asked)) != t.View(cty.ObjectVal(have))
}

func cannotImport(addr state.Addr, at hcl.Range, err error) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Cannot import " + addr.String(), Detail: strings.TrimRight(err.Error(), ".") + ".", Subject: at.Ptr()}
}

// objectWithID returns the address of the object that the value of an import is
// already.
func (b *builder) objectWithID(blk *config.Block, key string, v cty.Value) (state.Addr, bool) {
	for _, p := range b.Priors {
		if p.Type == blk.Type && p.Object.Provider == key && !p.Value.IsNull() && providers.ID(p.Value) == providers.ID(v) {
			return p.Object.Addr, true
		}
	}
	return state.Addr{}, false
}

// importKey returns the key of an imported object: equal plans have equal keys.
func importKey(typ, id string) state.ObjectKey {
	sum := sha256.Sum256([]byte(typ + "\x00" + id))
	return state.ObjectKey("import-" + hex.EncodeToString(sum[:12]))
}

// importTargets evaluates the imports once.
func (b *builder) importTargets() map[state.Addr]*importing {
	if b.imports != nil {
		return b.imports
	}
	b.imports = map[state.Addr]*importing{}
	list, diags := b.scope.ImportTargets()
	b.diags = append(b.diags, diags...)
	for _, t := range append(list, b.Imports...) {
		if other := b.imports[t.Addr]; other != nil && other.ID != t.ID {
			b.diags = append(b.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Duplicate import configuration", Detail: fmt.Sprintf("%s is to be imported with the id %q, and with %q at %s.", t.Addr, t.ID, other.ID, other.Range), Subject: t.Range.Ptr()})
			continue
		}
		_, known := b.world.current[t.Addr]
		b.imports[t.Addr] = &importing{ImportTarget: t, used: known}
	}
	return b.imports
}

// unimported reports imports to addresses that the configuration does not have.
func (b *builder) unimported() {
	if b.Validate || b.Destroy || b.RefreshOnly || !b.selected.all() {
		return
	}
	for addr, t := range b.importTargets() {
		if t.used || b.deferred[config.BlockID(addr)] != "" || b.done[addr] {
			continue
		}
		b.diags = append(b.diags, &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Configuration for import target does not exist",
			Detail:  fmt.Sprintf("There is no %s in the configuration. Write the block, or let mlinfra plan -generate-config-out=FILE write it.", addr),
			Subject: t.Range.Ptr(),
		})
	}
}
