package view

import (
	"fmt"
	"strings"

	"github.com/mlinfra/mlinfra/planner"
)

// list is a list, a tuple or a set.
type list struct {
	items   []node
	context bool // the neighbours of what changes are shown, too
}

func (b list) write(n *node, depth int, p pen) string {
	if len(b.items) == 0 {
		return "[]" + p.toNull(n.act) + p.forces(n)
	}
	inner, still := p, p
	inner.noNull, still.all = true, true
	var s strings.Builder
	item := func(i int, with pen) {
		s.WriteString(with.lead(depth+1, b.items[i].act) + b.items[i].write(depth+1, with) + ",\n")
	}
	s.WriteString("[" + p.forces(n) + "\n")
	skipped := 0 // the items just before i that were left out
	for i := range b.items {
		changes := b.items[i].act != planner.NoOp
		after := b.context && i > 0 && b.items[i-1].act != planner.NoOp
		switch {
		case !changes && !p.all && !after:
			skipped++
			continue
		case changes && b.context && skipped > 0:
			s.WriteString(p.hidden(depth+1, skipped-1, "element"))
			item(i-1, still)
			skipped = 0
		}
		if changes {
			item(i, inner)
		} else {
			item(i, still)
		}
	}
	s.WriteString(p.hidden(depth+1, skipped, "element"))
	s.WriteString(p.lead(depth, planner.NoOp) + "]" + p.toNull(n.act))
	return s.String()
}

// table is a map or an object.
type table struct {
	fields []field
	isMap  bool
}

func (b table) write(n *node, depth int, p pen) string {
	if len(b.fields) == 0 {
		return "{}" + p.toNull(n.act) + p.forces(n)
	}
	key, what := keyText, "attribute"
	inner := p
	inner.noNull = true
	if b.isMap {
		key, what = quote, "element"
	}
	width := widest(b.fields, key)
	var s strings.Builder
	s.WriteString("{" + p.forces(n) + "\n")
	skipped := 0
	for _, f := range b.fields {
		with := inner
		if !b.isMap && important(f.name) {
			with.all = true
		}
		if f.node.act == planner.NoOp && !with.all {
			skipped++
			continue
		}
		fmt.Fprintf(&s, "%s%-*s = %s\n", p.lead(depth+1, f.node.act), width, key(f.name), f.node.write(depth+1, with))
	}
	s.WriteString(p.hidden(depth+1, skipped, what))
	s.WriteString(p.lead(depth, planner.NoOp) + "}" + p.toNull(n.act))
	return s.String()
}
