package view

import (
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/mlinfra/mlinfra/planner"
)

// quote returns s in quotes, with what does not print escaped.
func quote(s string) string { return strconv.Quote(s) }

func diffText(was, now cty.Value) node {
	act := action(was, now)
	old, next := asJSON(was), asJSON(now)
	both := shapeOf(was) != nothing && shapeOf(now) != nothing
	switch {
	case act == planner.Update && !both:
		return node{act: act, body: change{whole(was), whole(now)}}
	case old == cty.NilVal && next == cty.NilVal:
		return node{act: act, body: words{was, now}}
	case act == planner.Update && (old == cty.NilVal || next == cty.NilVal):
		return retyped(was, now)
	}
	return node{act: act, body: encoded{diff(old, next)}}
}

// whole returns v as it stands on one side of an arrow.
func whole(v cty.Value) node {
	n := diff(v, v)
	n.act = planner.NoOp
	return n
}

// asJSON returns the value of a string that holds a JSON object or array, else
// cty.NilVal.
func asJSON(v cty.Value) cty.Value {
	if shapeOf(v) != text {
		return cty.NilVal
	}
	s := v.AsString()
	if !strings.HasPrefix(s, "{") && !strings.HasPrefix(s, "[") {
		return cty.NilVal
	}
	ty, err := ctyjson.ImpliedType([]byte(s))
	if err != nil {
		return cty.NilVal
	}
	got, err := ctyjson.Unmarshal([]byte(s), ty)
	if err != nil {
		return cty.NilVal
	}
	return got
}

// words is a string.
type words struct{ was, now cty.Value }

func (b words) write(n *node, depth int, p pen) string {
	switch n.act {
	case planner.Create, planner.NoOp:
		return p.alone(b.now, n, depth)
	case planner.Delete:
		return p.alone(b.was, n, depth)
	}
	olds, news := lines(b.was), lines(b.now)
	// What differs only in the space around it would look the same in lines.
	if len(olds) <= 1 && len(news) <= 1 || slices.Equal(olds, news) {
		return p.quoted(b.was) + p.arrow() + p.quoted(b.now) + p.forces(n)
	}
	var body []string
	same := func(x, y string) bool { return x == y }
	never := func(string, string) bool { return false }
	align(olds, news, same, never, func(i, j int) {
		switch {
		case i < 0:
			body = append(body, p.lead(depth+1, planner.Create)+Clean(news[j]))
		case j < 0:
			body = append(body, p.lead(depth+1, planner.Delete)+Clean(olds[i]))
		default:
			body = append(body, p.lead(depth+1, planner.NoOp)+Clean(olds[i]))
		}
	})
	return p.heredoc(body, n, depth)
}

// alone writes a string that does not change, comes or goes.
func (p pen) alone(v cty.Value, n *node, depth int) string {
	if shapeOf(v) != text || !strings.Contains(v.AsString(), "\n") {
		return p.quoted(v) + p.toNull(n.act) + p.forces(n)
	}
	var body []string
	for _, line := range lines(v) {
		body = append(body, p.lead(depth+1, planner.NoOp)+Clean(line))
	}
	return p.heredoc(body, n, depth)
}

func (p pen) heredoc(body []string, n *node, depth int) string {
	return "<<-EOT" + p.forces(n) + "\n" + strings.Join(body, "\n") + "\n" +
		p.lead(depth, planner.NoOp) + "EOT" + p.toNull(n.act)
}

func (p pen) quoted(v cty.Value) string {
	if shapeOf(v) != text {
		return p.st.Dim("null")
	}
	return quote(v.AsString())
}

// lines returns the lines of a string, without the space around all of it.
func lines(v cty.Value) []string {
	if shapeOf(v) != text {
		return nil
	}
	if !strings.Contains(v.AsString(), "\n") {
		return []string{v.AsString()}
	}
	return strings.Split(strings.TrimSpace(v.AsString()), "\n")
}

// encoded is a string that holds JSON.
type encoded struct{ inner node }

func (b encoded) write(n *node, depth int, p pen) string {
	act, note := n.act, p.forces(n)
	with := p
	with.noNull = true
	if n.act == planner.Update && b.inner.act == planner.NoOp {
		// The values are the same: without a word the diff would look empty.
		act, with.all, note = planner.NoOp, true, " # whitespace changes"
		if n.replace {
			note += " force replacement"
		}
	}
	if n.act != planner.Update {
		act = planner.NoOp // the symbols stand within
	}
	inner := b.inner.write(depth+1, with)
	if !strings.Contains(inner, "\n") {
		return "jsonencode(" + inner + ")" + note + p.toNull(n.act)
	}
	open, end := "", note
	if strings.HasPrefix(note, " # whitespace") {
		open, end = note, ""
	}
	return "jsonencode(" + open + "\n" + p.lead(depth+1, act) + inner + end + "\n" +
		p.lead(depth, planner.NoOp) + ")" + p.toNull(n.act)
}
