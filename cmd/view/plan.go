package view

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
)

// Plan writes what an apply of p would do.
func Plan(w io.Writer, st Style, p *planner.Plan, catalog config.Catalog) {
	var b strings.Builder
	shown := shownChanges(p)
	outputs := outputChanges(st, p.Outputs)
	nothing := len(shown) == 0 && outputs == ""
	drifted := writeDrift(&b, st, p, catalog, !nothing)
	if nothing {
		writeNothing(&b, st, p, drifted)
		io.WriteString(w, b.String())
		return
	}
	if len(shown) > 0 {
		b.WriteString("\n" + wrap("mlinfra used the selected providers to generate the following execution plan. Resource actions are indicated with the following symbols:", st.Width) + "\n")
		b.WriteString(legend(st, shown))
		b.WriteString("\nmlinfra will perform the following actions:\n")
		for _, c := range shown {
			b.WriteString("\n" + changeText(st, c, catalog) + "\n")
		}
		b.WriteString("\n" + st.Bold("Plan:") + strings.TrimPrefix(planMessage(p), "Plan:") + "\n")
	}
	if outputs != "" {
		b.WriteString("\nChanges to Outputs:\n" + outputs)
		if len(shown) == 0 {
			b.WriteString("\n" + wrap("You can apply this plan to save these new output values to the mlinfra state, without changing any real infrastructure.", st.Width) + "\n")
		}
	}
	io.WriteString(w, b.String())
}

// shownChanges returns the changes that a reader sees.
func shownChanges(p *planner.Plan) []*planner.Change {
	var list []*planner.Change
	for i := range p.Changes {
		c := &p.Changes[i]
		if c.Action == planner.NoOp || (c.Addr.Data && c.Action != planner.Read) {
			continue
		}
		list = append(list, c)
	}
	return list
}

// planMessage counts what a plan does.
func planMessage(p *planner.Plan) string {
	add, change, destroy := p.Count()
	s := fmt.Sprintf("Plan: %d to add, %d to change, %d to destroy", add, change, destroy)
	await := 0
	for _, c := range p.Changes {
		if c.Action == planner.Await {
			await++
		}
	}
	if await > 0 {
		s += fmt.Sprintf(", %d to wait for", await)
	}
	return s + "."
}

// kind is an action as the legend names it.
type kind struct{ symbol, meaning string }

func legend(st Style, shown []*planner.Change) string {
	all := []kind{
		{symbol(st, planner.Create), "create"},
		{symbol(st, planner.Update), "update in-place"},
		{symbol(st, planner.Delete), "destroy"},
		{replacement(st, false), "destroy and then create replacement"},
		{replacement(st, true), "create replacement and then destroy"},
		{symbol(st, planner.Read), "read (data resources)"},
		{symbol(st, planner.Await), "wait until it is ready"},
	}
	used := map[string]bool{}
	for _, c := range shown {
		used[changeSymbol(st, c)] = true
	}
	var b strings.Builder
	for _, k := range all {
		if used[k.symbol] {
			b.WriteString(k.symbol + " " + k.meaning + "\n")
		}
	}
	return b.String()
}

func replacement(st Style, createFirst bool) string {
	if createFirst {
		return st.Green("+") + "/" + st.Red("-")
	}
	return st.Red("-") + "/" + st.Green("+")
}

func changeSymbol(st Style, c *planner.Change) string {
	if c.Action == planner.Replace {
		return replacement(st, c.CreateFirst)
	}
	return symbol(st, c.Action)
}

// changeText returns the heading and the block of a change.
func changeText(st Style, c *planner.Change, catalog config.Catalog) string {
	s := schemaOf(catalog, c.Addr, c.Before, c.After)
	after := c.After
	if c.Action == planner.Delete {
		after = cty.NilVal
	}
	n := diffBlock(s, c.Before, after, covers{hidden: c.Sensitive, replace: c.ReplacePaths})
	return heading(st, c, s) + changeSymbol(st, c) + " " + header(c.Addr) + n.write(0, pen{st: st, symbols: true})
}

func outputChanges(st Style, outputs []planner.OutputChange) string {
	var fields []field
	for _, o := range outputs {
		if o.Action != planner.NoOp {
			fields = append(fields, field{o.Name, outputNode(o)})
		}
	}
	var b strings.Builder
	width := widest(fields, keyText)
	for _, f := range fields {
		b.WriteString(symbol(st, f.node.act) + " " + pad(keyText(f.name), width) + " = " + f.node.write(0, pen{st: st, symbols: true}) + "\n")
	}
	return b.String()
}

func outputNode(o planner.OutputChange) node {
	was, now := o.Before, o.After
	if o.Action == planner.Create {
		was = cty.NilVal
	}
	if o.Action == planner.Delete {
		now = cty.NilVal
	}
	n := diff(was, now)
	n.act = o.Action
	if o.Sensitive {
		n = hide(n)
	}
	return n
}

func writeNothing(b *strings.Builder, st Style, p *planner.Plan, drifted bool) {
	summary, detail := "Your infrastructure matches the configuration.",
		"mlinfra has compared your real infrastructure against your configuration and found no differences, so no changes are needed."
	switch {
	case p.Destroy:
		summary = "No objects need to be destroyed."
		detail = "Either you have not created any objects yet or the existing objects were already deleted outside of mlinfra."
	case drifted:
		detail = "Your configuration already matches the changes detected above, so applying this plan will only update the state to include the changes detected above and won't change any real infrastructure."
	}
	b.WriteString("\n" + st.Bold(st.Green("No changes.")) + " " + st.Bold(summary) + "\n\n" + wrap(detail, st.Width) + "\n")
}

// shownDrift returns the drift that a reader should see beside the plan: of
// objects that change, or that something which changes needs. When nothing
// changes it is all there is.
func shownDrift(p *planner.Plan) []planner.Drift {
	changes := shownChanges(p)
	if len(changes) == 0 {
		return p.Drift
	}
	touched := map[state.Addr]bool{}
	for _, c := range changes {
		touched[c.Addr] = true
		for _, n := range c.Needs {
			touched[n] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(p.Drift), func(d planner.Drift) bool {
		return !touched[d.Addr] && !touched[d.Addr.Block()]
	})
}

// writeDrift writes what has changed outside, and reports whether anything
// has. more says that a plan follows.
func writeDrift(b *strings.Builder, st Style, p *planner.Plan, catalog config.Catalog, more bool) bool {
	var texts []string
	for _, d := range shownDrift(p) {
		if text := driftText(st, d, catalog); text != "" {
			texts = append(texts, text)
		}
	}
	if len(texts) == 0 {
		return false
	}
	b.WriteString("\n" + st.Bold(st.Cyan("Note:")) + " " + st.Bold("Objects have changed outside of mlinfra") + "\n\n")
	b.WriteString(wrap(`mlinfra detected the following changes made outside of mlinfra since the last "mlinfra apply" which may have affected this plan:`, st.Width) + "\n")
	for _, text := range texts {
		b.WriteString("\n" + text + "\n")
	}
	if more {
		b.WriteString("\n\n" + wrap("Unless you have made equivalent changes to your configuration, or ignored the relevant attributes using ignore_changes, the following plan may include actions to undo or respond to these changes.", st.Width) + "\n")
	}
	b.WriteString(st.rule())
	return true
}

// driftNode compares what was remembered of an object with what is there.
func driftNode(d planner.Drift, catalog config.Catalog) node {
	s := schemaOf(catalog, d.Addr, d.Before, d.After)
	return diffBlock(s, d.Before, d.After, covers{hidden: d.Sensitive})
}

// driftText returns the block of a drift, "" when there is nothing to see.
func driftText(st Style, d planner.Drift, catalog config.Catalog) string {
	n := driftNode(d, catalog)
	head := st.Bold("  # " + cleanLine(d.Addr.String()))
	switch n.act {
	case planner.NoOp:
		return ""
	case planner.Delete:
		head += " has been deleted\n"
	default:
		head += " has changed\n"
	}
	return head + symbol(st, n.act) + " " + header(d.Addr) + n.write(0, pen{st: st, symbols: true})
}
