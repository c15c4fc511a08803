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
	}
	writeChanges(&b, st, p, shown, catalog)
	writeOutputs(&b, st, outputs, !acts(shown))
	writeDeferred(&b, st, p)
	io.WriteString(w, b.String())
}

func writeChanges(b *strings.Builder, st Style, p *planner.Plan, shown []*planner.Change, catalog config.Catalog) {
	if len(shown) == 0 {
		return
	}
	if acts(shown) {
		b.WriteString("\n" + wrap("mlinfra used the selected providers to generate the following execution plan. Resource actions are indicated with the following symbols:", st.Width) + "\n")
		b.WriteString(legend(st, shown))
	}
	b.WriteString("\nmlinfra will perform the following actions:\n")
	for _, c := range shown {
		b.WriteString("\n" + changeText(st, c, catalog) + "\n")
	}
	b.WriteString("\n" + st.Bold("Plan:") + strings.TrimPrefix(planMessage(p), "Plan:") + "\n")
}

// writeOutputs writes what happens to outputs. alone says that nothing else
// does.
func writeOutputs(b *strings.Builder, st Style, outputs string, alone bool) {
	if outputs == "" {
		return
	}
	b.WriteString("\nChanges to Outputs:\n" + outputs)
	if alone {
		b.WriteString("\n" + wrap("You can apply this plan to save these new output values to the mlinfra state, without changing any real infrastructure.", st.Width) + "\n")
	}
}

// writeDeferred lists what waits for the next plan.
func writeDeferred(b *strings.Builder, st Style, p *planner.Plan) {
	if len(p.Deferred) == 0 {
		return
	}
	title := "Deferred until this has been applied:"
	if p.Empty() {
		title = "Deferred:"
	}
	b.WriteString("\n" + st.Bold(title) + "\n")
	for _, d := range p.Deferred {
		b.WriteString("  " + cleanLine(d.Addr.String()) + ": " + cleanLine(d.Reason) + "\n")
	}
}

// shownChanges returns the changes that a reader sees: also those of addresses,
// and of what is managed, alone.
func shownChanges(p *planner.Plan) []*planner.Change {
	var list []*planner.Change
	for i := range p.Changes {
		c := &p.Changes[i]
		if c.Action == planner.NoOp && !moved(c) && c.ImportID == "" || (c.Addr.Data && c.Action != planner.Read) {
			continue
		}
		list = append(list, c)
	}
	return list
}

func moved(c *planner.Change) bool { return c.MovedFrom != state.Addr{} }

// acts reports whether a change does more than to move or import an object.
func acts(shown []*planner.Change) bool {
	return slices.ContainsFunc(shown, func(c *planner.Change) bool { return c.Action != planner.NoOp })
}

// planMessage counts what a plan does, in Terraform's words: programs look for
// them. What is forgotten or deferred is listed elsewhere.
func planMessage(p *planner.Plan) string {
	add, change, destroy := p.Count()
	s := fmt.Sprintf("%d to add, %d to change, %d to destroy", add, change, destroy)
	if n := imports(p); n > 0 {
		s = fmt.Sprintf("%d to import, ", n) + s
	}
	if n := count(p, planner.Await); n > 0 {
		s += fmt.Sprintf(", %d to wait for", n)
	}
	return "Plan: " + s + "."
}

func count(p *planner.Plan, a planner.Action) int {
	n := 0
	for _, c := range p.Changes {
		if c.Action == a {
			n++
		}
	}
	return n
}

func imports(p *planner.Plan) int {
	n := 0
	for _, c := range p.Changes {
		if c.ImportID != "" {
			n++
		}
	}
	return n
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
		{symbol(st, planner.Forget), "forget"},
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
	with := pen{st: st, symbols: true, all: c.ImportID != ""}
	after := c.After
	switch c.Action {
	case planner.Delete:
		after = cty.NilVal
	case planner.Forget:
		after = c.Before
	}
	n := diffBlock(s, c.Before, after, covers{hidden: c.Secret(), replace: c.ReplacePaths})
	return heading(st, c, s) + explained(st, "  # ", c, catalog.TypeOf(c.Addr)) + changeSymbol(st, c) + " " + header(c.Addr) + n.write(0, with)
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
	if o.Secret() {
		n = hide(n)
	}
	return n
}

func writeNothing(b *strings.Builder, st Style, p *planner.Plan, drifted bool) {
	headline, summary, detail := "No changes.", "Your infrastructure matches the configuration.",
		"mlinfra has compared your real infrastructure against your configuration and found no differences, so no changes are needed."
	switch {
	case len(p.Deferred) > 0:
		headline, summary = "No current changes.", "All that remains is deferred."
		detail = "This plan does nothing; see below what each block waits for."
	case p.Destroy:
		summary = "No objects need to be destroyed."
		detail = "Either you have not created any objects yet or the existing objects were already deleted outside of mlinfra."
	case drifted:
		detail = "Your configuration already matches the changes detected above, so applying this plan will only update the state to include the changes detected above and won't change any real infrastructure."
	}
	b.WriteString("\n" + st.Bold(st.Green(headline)) + " " + st.Bold(summary) + "\n\n" + wrap(detail, st.Width) + "\n")
}
