package config

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mlinfra/mlinfra/state"
)

// Move is a moved block.
type Move struct {
	From, To Place
	Module   string // that the block stands in, without instance keys
	Range    hcl.Range
}

// In returns m as it stands in one instance of its module.
func (m Move) In(at *ModuleInstance) Move {
	if at != nil {
		m.From.Module = at.Addr + strings.TrimPrefix(m.From.Module, m.Module)
		m.To.Module = at.Addr + strings.TrimPrefix(m.To.Module, m.Module)
	}
	return m
}

func (l *loader) moved(b *hclsyntax.Block) {
	attrs := l.attributes(b, []string{"from", "to"}, nil)
	from, ok1 := l.placeArgument(b, attrs["from"], "from")
	to, ok2 := l.placeArgument(b, attrs["to"], "to")
	if !ok1 || !ok2 {
		return
	}
	if (from.Type == "") != (to.Type == "") {
		l.errorf(b.DefRange(), "Invalid \"moved\" addresses", "from is %s and to is %s: a resource moves to a resource, a module to a module.", from, to)
		return
	}
	if from.Type != "" && from.Type != to.Type && !(from.Type == "null_resource" && to.Type == "terraform_data") {
		l.errorf(b.DefRange(), "Resource type mismatch", "%s cannot become %s: an object keeps its type.", from, to)
		return
	}
	l.prog.Moves = append(l.prog.Moves, Move{From: from, To: to, Module: l.mod.Path, Range: b.DefRange()})
}

// resolveMoves checks moved and removed blocks against what is declared.
func (l *loader) resolveMoves() {
	for _, m := range l.prog.Moves {
		from := m.From.String()
		if m.From.String() == m.To.String() {
			l.errorf(m.Range, "Redundant move statement", "This moves %s to itself.", from)
		}
		// Which instances of a module there are is known to plans alone.
		anywhere := m.From.Module == state.StaticModule(m.From.Module)
		if anywhere && m.From.Wild && m.From.Type != "" && l.prog.byID[m.From.block()] != nil {
			if to := l.prog.byID[m.From.block()]; m.To.block() != m.From.block() {
				l.errorf(m.Range, "Moved object still exists", "%s is declared at %s, and this says that it has moved to %s: remove one of the two.", from, to.Range, m.To)
			}
		}
	}
	l.circularMoves()
	for _, r := range l.prog.Removed {
		if b := l.prog.byID[r.From.block()]; r.From.Type != "" && b != nil {
			l.errorf(r.Range, "Removed resource still exists", "%s is declared at %s: remove that block, or this one.", r.From, b.Range)
		}
		if m := l.prog.Modules[state.StaticModule(r.From.Module)]; r.From.Type == "" && m != nil {
			l.errorf(r.Range, "Removed module still exists", "%s is called at %s: remove that block, or this one.", r.From, m.Call.Range)
		}
	}
}

// circularMoves refuses moves that lead back to where they begin.
func (l *loader) circularMoves() {
	next := map[string]string{}
	for _, m := range l.prog.Moves {
		next[m.From.String()] = m.To.String()
	}
	for _, m := range l.prog.Moves {
		from, at := m.From.String(), m.To.String()
		for steps := 0; at != "" && at != from && steps < len(next); steps++ {
			at = next[at]
		}
		if at == from && at != m.To.String() {
			l.errorf(m.Range, "Cyclic dependency in move statements", "The moves from %s lead back to it: remove one of them.", from)
			return
		}
	}
}

// Move returns where the object at a is according to m; false when m does not
// mean it.
func (m Move) Move(a state.Addr) (state.Addr, bool) {
	if a.Data {
		return a, false
	}
	if m.From.Type == "" {
		return moveModule(m, a)
	}
	all := m.From.Wild && m.To.Wild
	if a.Type != m.From.Type || a.Name != m.From.Name || !sameModule(m.From.Module, a.Module) || (!all && a.Key != m.From.Key) {
		return a, false
	}
	to := state.Addr{Module: withKeys(m.To.Module, a.Module), Type: m.To.Type, Name: m.To.Name, Key: m.To.Key}
	if all {
		to.Key = a.Key
	}
	return to, true
}

// moveModule moves an object with the module that it is in.
func moveModule(m Move, a state.Addr) (state.Addr, bool) {
	have, err1 := state.ParseModule(a.Module)
	from, err2 := state.ParseModule(m.From.Module)
	to, err3 := state.ParseModule(m.To.Module)
	if err1 != nil || err2 != nil || err3 != nil || len(have) < len(from) {
		return a, false
	}
	both, last := m.From.Wild && m.To.Wild, len(from)-1
	for i, f := range from {
		all := f.Key == (state.Key{}) && (i < last || both)
		if f.Name != have[i].Name || (f.Key != have[i].Key && !all) {
			return a, false
		}
		if i < last && i < len(to)-1 && to[i].Name == f.Name && to[i].Key == (state.Key{}) {
			to[i].Key = have[i].Key
		}
	}
	if both {
		to[len(to)-1].Key = have[last].Key
	}
	path := ""
	for _, s := range append(to, have[len(from):]...) {
		path = state.JoinModule(path, s.Name, s.Key)
	}
	a.Module = path
	return a, true
}
