package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// schemaOf returns the schema of an object's type. Of a type that the catalog
// does not know it is made up from the value.
func schemaOf(catalog config.Catalog, addr state.Addr, vals ...cty.Value) *providers.Schema {
	if t := catalog.TypeOf(addr); t != nil {
		return t.Schema
	}
	s := &providers.Schema{}
	for _, v := range vals {
		if v == cty.NilVal || !v.Type().IsObjectType() {
			continue
		}
		for name, ty := range v.Type().AttributeTypes() {
			if s.Attr(name) == nil {
				s.Attrs = append(s.Attrs, &providers.Attr{Name: name, Type: ty, Mode: providers.Default})
			}
		}
	}
	return s
}

// block is a resource, a data source or a nested block.
type block struct {
	fields []field  // attributes, sorted
	groups []blocks // nested blocks, sorted by name
}

// blocks are the nested blocks of one name.
type blocks struct {
	name  string
	items []node
}

// covers says what of an object is not as its schema says.
type covers struct {
	hidden  []string   // places of sensitive values
	replace []cty.Path // what replaces the object
	nested  bool       // a nested block in a path of replace
}

func (c covers) hides(a *providers.Attr) bool {
	return a.Hidden(c.hidden)
}

func (c covers) replaces(a *providers.Attr) bool {
	if c.nested && a.Replace {
		return true
	}
	return slices.ContainsFunc(c.replace, func(p cty.Path) bool {
		step, ok := p[0].(cty.GetAttrStep)
		return ok && step.Name == a.Name
	})
}

// diffBlock compares two objects of a schema; null stands for none.
func diffBlock(s *providers.Schema, was, now cty.Value, c covers) node {
	act := begin(was, now)
	var b block
	for _, a := range s.Attrs {
		old, next := argument(was, a.Name), argument(now, a.Name)
		if old == cty.NilVal && next == cty.NilVal {
			continue
		}
		if a.Block != nil {
			g := diffBlocks(a, old, next, c)
			for _, item := range g.items {
				act = join(act, item.act)
			}
			b.groups = append(b.groups, g)
			continue
		}
		if a.Type == cty.DynamicPseudoType {
			old, next = untyped(old), untyped(next)
		}
		n := diff(old, next)
		parts := c.parts(a)
		for _, steps := range parts {
			n = hidePart(n, steps)
		}
		if parts == nil && c.hides(a) {
			n = hide(n)
		}
		n.replace = n.act != planner.NoOp && c.replaces(a)
		act = join(act, n.act)
		b.fields = append(b.fields, field{a.Name, n})
	}
	slices.SortFunc(b.fields, func(x, y field) int { return cmp.Compare(x.name, y.name) })
	slices.SortFunc(b.groups, func(x, y blocks) int { return cmp.Compare(x.name, y.name) })
	return node{act: act, body: b}
}

// argument returns an attribute of an object, cty.NilVal when it is not set.
// The empty string counts as not set.
func argument(v cty.Value, name string) cty.Value {
	if shapeOf(v) != object || !v.Type().HasAttribute(name) {
		return cty.NilVal
	}
	got := v.GetAttr(name)
	if got.IsNull() || (got.IsKnown() && got.Type() == cty.String && got.AsString() == "") {
		return cty.NilVal
	}
	return got
}

func diffBlocks(a *providers.Attr, was, now cty.Value, c covers) blocks {
	g := blocks{name: a.Name}
	replaces := c.replaces(a)
	if now != cty.NilVal && !now.IsKnown() {
		n := diff(was, now)
		n.replace = replaces
		if c.hides(a) {
			n.body = sealed{}
		}
		g.items = []node{n}
		return g
	}
	var pairs [][2]cty.Value
	olds, news := elements(was), elements(now)
	if a.Type.IsSetType() {
		pairs = matchSets(olds, news)
	} else {
		for i := range max(len(olds), len(news)) {
			pairs = append(pairs, [2]cty.Value{at(olds, i), at(news, i)})
		}
	}
	for _, p := range pairs {
		both := p[0] != cty.NilVal && p[1] != cty.NilVal
		n := diffBlock(a.Block, p[0], p[1], covers{nested: replaces && both})
		n.replace = replaces && !both
		if c.hides(a) {
			n.body = sealed{}
		}
		g.items = append(g.items, n)
	}
	return g
}

func (b block) write(n *node, depth int, p pen) string {
	if len(b.fields) == 0 && len(b.groups) == 0 {
		return "{}" + p.forces(n)
	}
	var s strings.Builder
	s.WriteString("{" + p.forces(n) + "\n")
	width, skipped := widest(b.fields, keyText), 0
	for _, f := range b.fields {
		with := p
		if important(f.name) {
			with.all = true
		}
		if f.node.act == planner.NoOp && !with.all {
			skipped++
			continue
		}
		fmt.Fprintf(&s, "%s%-*s = %s\n", p.lead(depth+1, f.node.act), width, keyText(f.name), f.node.write(depth+1, with))
	}
	s.WriteString(p.hidden(depth+1, skipped, "attribute"))
	skipped = 0
	for _, g := range b.groups {
		skipped += g.write(&s, depth+1, p, len(b.fields) > 0)
	}
	if skipped > 0 {
		s.WriteString("\n" + p.hidden(depth+1, skipped, "block"))
	}
	s.WriteString(p.lead(depth, planner.NoOp) + "}")
	return s.String()
}

// write writes the blocks that change and returns how many do not. A gap is
// left before the first.
func (g blocks) write(s *strings.Builder, depth int, p pen, gap bool) (skipped int) {
	for _, item := range g.items {
		if item.act == planner.NoOp && !p.all {
			skipped++
			continue
		}
		if gap {
			s.WriteString("\n")
			gap = false
		}
		s.WriteString(p.lead(depth, item.act) + keyText(g.name) + " " + item.write(depth, p) + "\n")
	}
	return skipped
}

// sealed is a nested block of which nothing is shown.
type sealed struct{}

func (sealed) write(n *node, depth int, p pen) string {
	in := p.lead(depth, planner.NoOp)
	return "{" + p.forces(n) + "\n" +
		in + "  # At least one attribute in this block is (or was) sensitive,\n" +
		in + "  # so its contents will not be displayed.\n" + in + "}"
}

// header returns the first words of the block of an address.
func header(a state.Addr) string {
	kind := "resource"
	if a.Data {
		kind = "data"
	}
	return fmt.Sprintf("%s %s %s ", kind, quote(a.Type), quote(a.Name))
}

// pad returns s with spaces up to width columns.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}
