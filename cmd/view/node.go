package view

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mlinfra/mlinfra/planner"
)

// node is a value of a diff: what happens to it, and how to write it.
type node struct {
	act     planner.Action // Create, Update, Delete or NoOp
	replace bool           // its change replaces the object
	body    body
}

// body writes the value of a node whose first line stands at depth.
type body interface {
	write(n *node, depth int, p pen) string
}

// pen says how nodes are written.
type pen struct {
	st      Style
	symbols bool // with +, - and ~ before the values; else values only
	all     bool // also what does not change
	noNull  bool // without "-> null" behind what goes
}

func (n *node) write(depth int, p pen) string { return n.body.write(n, depth, p) }

// lead returns what stands before a value at depth: indentation and symbol.
func (p pen) lead(depth int, act planner.Action) string {
	if !p.symbols {
		return indent(depth)
	}
	return indent(depth) + symbol(p.st, act) + " "
}

func indent(depth int) string { return strings.Repeat("    ", depth) }

// symbol returns the sign of an action, three columns wide.
func symbol(st Style, act planner.Action) string {
	switch act {
	case planner.Create:
		return "  " + st.Green("+")
	case planner.Delete:
		return "  " + st.Red("-")
	case planner.Update:
		return "  " + st.Yellow("~")
	case planner.Read:
		return " " + st.Cyan("<=")
	case planner.Await:
		return "  " + st.Cyan(">")
	case planner.Forget:
		return " " + st.Red(".")
	}
	return "   "
}

// toNull returns what stands behind a value that goes.
func (p pen) toNull(act planner.Action) string {
	if act != planner.Delete || p.noNull || !p.symbols {
		return ""
	}
	return " " + p.st.Dim("-> null")
}

// forces returns what stands behind a value whose change replaces the object.
func (p pen) forces(n *node) string {
	if !n.replace {
		return ""
	}
	return " " + p.st.Red("# forces replacement")
}

func (p pen) arrow() string { return " " + p.st.Yellow("->") + " " }

// hidden returns the line that counts what was left out.
func (p pen) hidden(depth, count int, what string) string {
	if count == 0 {
		return ""
	}
	if count > 1 {
		what += "s"
	}
	return p.lead(depth, planner.NoOp) + p.st.Dim(fmt.Sprintf("# (%d unchanged %s hidden)", count, what)) + "\n"
}

// important are attributes that are shown even when they do not change.
func important(name string) bool { return name == "id" || name == "name" || name == "tags" }

// keyText returns a name as it stands on the left of an equals sign.
func keyText(name string) string {
	if hclsyntax.ValidIdentifier(name) {
		return cleanLine(name)
	}
	return quote(name)
}

// join adds an action of a part to that of the whole.
func join(whole, part planner.Action) planner.Action {
	if part == planner.NoOp || part == whole {
		return whole
	}
	return planner.Update
}

// field is an attribute or an element of a map.
type field struct {
	name string
	node node
}

// widest returns the width of the longest key.
func widest(fields []field, text func(string) string) int {
	n := 0
	for _, f := range fields {
		n = max(n, utf8.RuneCountInString(text(f.name)))
	}
	return n
}
