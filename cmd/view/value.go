package view

import (
	"fmt"
	"maps"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/planner"
)

// shape is how a value is written, whatever its exact type.
type shape int

const (
	nothing shape = iota // absent or null
	scalar
	text
	sequence
	set
	mapping
	object
)

func shapeOf(v cty.Value) shape {
	if v == cty.NilVal || v.IsNull() || !v.IsKnown() {
		return nothing
	}
	switch ty := v.Type(); {
	case ty == cty.String:
		return text
	case ty.IsSetType():
		return set
	case ty.IsListType(), ty.IsTupleType():
		return sequence
	case ty.IsMapType():
		return mapping
	case ty.IsObjectType():
		return object
	}
	return scalar
}

// diff compares two values without marks. cty.NilVal stands for a value that
// is not there; null is a value.
func diff(was, now cty.Value) node {
	if now != cty.NilVal && !now.IsKnown() {
		if shapeOf(was) == nothing {
			return node{act: planner.Create, body: unknown{}}
		}
		before := diff(was, cty.NilVal)
		return node{act: planner.Update, body: unknown{&before}}
	}
	old, next := shapeOf(was), shapeOf(now)
	if old != nothing && next != nothing && old != next {
		return retyped(was, now)
	}
	switch max(old, next) {
	case text:
		return diffText(was, now)
	case sequence:
		return diffSequence(was, now)
	case set:
		return diffSet(was, now)
	case mapping, object:
		return diffMapping(was, now)
	}
	return node{act: action(was, now), body: plain{was, now}}
}

// action says what happens to a value as a whole.
func action(was, now cty.Value) planner.Action {
	switch {
	case was == cty.NilVal && now == cty.NilVal:
		return planner.NoOp
	case was == cty.NilVal:
		return planner.Create
	case now == cty.NilVal:
		return planner.Delete
	case was.RawEquals(now):
		return planner.NoOp
	}
	return planner.Update
}

// begin is the action of a collection before its elements are looked at.
func begin(was, now cty.Value) planner.Action {
	switch old, next := shapeOf(was), shapeOf(now); {
	case old == nothing && next != nothing:
		return planner.Create
	case old != nothing && next == nothing:
		return planner.Delete
	}
	return planner.NoOp
}

func retyped(was, now cty.Value) node {
	return node{act: planner.Update, body: change{diff(was, cty.NilVal), diff(cty.NilVal, now)}}
}

func elements(v cty.Value) []cty.Value {
	if shapeOf(v) == nothing {
		return nil
	}
	return v.AsValueSlice()
}

func diffSequence(was, now cty.Value) node {
	olds, news := elements(was), elements(now)
	act := begin(was, now)
	var items []node
	align(olds, news, cty.Value.RawEquals, bothMappings, func(i, j int) {
		item := diff(at(olds, i), at(news, j))
		act = join(act, item.act)
		items = append(items, item)
	})
	return node{act: act, body: list{items: items, context: true}}
}

func at(list []cty.Value, i int) cty.Value {
	if i < 0 || i >= len(list) {
		return cty.NilVal
	}
	return list[i]
}

func bothMappings(a, b cty.Value) bool { return shapeOf(a) >= mapping && shapeOf(b) >= mapping }

func diffSet(was, now cty.Value) node {
	act := begin(was, now)
	var items []node
	for _, p := range matchSets(elements(was), elements(now)) {
		item := diff(p[0], p[1])
		act = join(act, item.act)
		items = append(items, item)
	}
	return node{act: act, body: list{items: items}}
}

// matchSets pairs the elements that two sets share; the others stand alone.
func matchSets(olds, news []cty.Value) [][2]cty.Value {
	var pairs [][2]cty.Value
	matched := make([]bool, len(news))
	for _, o := range olds {
		j := slices.IndexFunc(news, o.RawEquals)
		if j < 0 || matched[j] {
			pairs = append(pairs, [2]cty.Value{o, cty.NilVal})
			continue
		}
		matched[j] = true
		pairs = append(pairs, [2]cty.Value{o, news[j]})
	}
	for j, n := range news {
		if !matched[j] {
			pairs = append(pairs, [2]cty.Value{cty.NilVal, n})
		}
	}
	return pairs
}

func diffMapping(was, now cty.Value) node {
	olds, news := members(was), members(now)
	names := slices.Sorted(maps.Keys(olds))
	for name := range news {
		if _, ok := olds[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	act := begin(was, now)
	fields := make([]field, len(names))
	for i, name := range names {
		fields[i] = field{name, diff(olds[name], news[name])}
		act = join(act, fields[i].node.act)
	}
	return node{act: act, body: table{fields, max(shapeOf(was), shapeOf(now)) == mapping}}
}

func members(v cty.Value) map[string]cty.Value {
	if shapeOf(v) == nothing {
		return nil
	}
	return v.AsValueMap()
}

// untyped returns v as its JSON reads: what may be of any type is shown by the
// values in it, and a map there looks like an object.
func untyped(v cty.Value) cty.Value {
	switch shapeOf(v) {
	case sequence, set:
		items := elements(v)
		for i := range items {
			items[i] = untyped(items[i])
		}
		return cty.TupleVal(items)
	case mapping, object:
		vals := members(v)
		for k := range vals {
			vals[k] = untyped(vals[k])
		}
		return cty.ObjectVal(vals)
	}
	return v
}

// plain is a number, a bool or null.
type plain struct{ was, now cty.Value }

func (b plain) write(n *node, _ int, p pen) string {
	switch n.act {
	case planner.Create:
		return p.scalar(b.now) + p.forces(n)
	case planner.Delete:
		return p.scalar(b.was) + p.toNull(n.act) + p.forces(n)
	case planner.NoOp:
		return p.scalar(b.was) + p.forces(n)
	}
	return p.scalar(b.was) + p.arrow() + p.scalar(b.now) + p.forces(n)
}

func (p pen) scalar(v cty.Value) string {
	switch {
	case v == cty.NilVal || v.IsNull():
		return p.st.Dim("null")
	case v.Type() == cty.Number:
		return v.AsBigFloat().Text('f', -1)
	case v.Type() == cty.Bool:
		return fmt.Sprint(v.True())
	}
	return v.Type().FriendlyName()
}

// unknown is a value that the apply will show.
type unknown struct{ before *node }

func (b unknown) write(n *node, depth int, p pen) string {
	if b.before == nil {
		return "(known after apply)" + p.forces(n)
	}
	p.noNull = true
	return b.before.write(depth, p) + " -> (known after apply)" + p.forces(n)
}

// secret is a value that is not shown.
type secret struct{}

func (secret) write(n *node, _ int, p pen) string {
	return Hidden + p.toNull(n.act) + p.forces(n)
}

// hide returns n without its value.
func hide(n node) node { return node{act: n.act, replace: n.replace, body: secret{}} }

// change is a value that becomes one of another shape.
type change struct{ before, after node }

func (b change) write(n *node, depth int, p pen) string {
	p.noNull = true
	return b.before.write(depth, p) + p.arrow() + b.after.write(depth, p) + p.forces(n)
}
