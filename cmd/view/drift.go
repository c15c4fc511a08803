package view

import (
	"io"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
)

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
	texts := driftTexts(st, shownDrift(p), catalog)
	if len(texts) == 0 {
		return false
	}
	writeDriftTexts(b, st, texts)
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

// driftTexts returns the blocks of drift that there is something to see of.
func driftTexts(st Style, list []planner.Drift, catalog config.Catalog) []string {
	var texts []string
	for _, d := range list {
		if text := driftText(st, d, catalog); text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

func writeDriftTexts(b *strings.Builder, st Style, texts []string) {
	b.WriteString("\n" + st.Bold(st.Cyan("Note:")) + " " + st.Bold("Objects have changed outside of mlinfra") + "\n\n")
	b.WriteString(wrap(`mlinfra detected the following changes made outside of mlinfra since the last "mlinfra apply" which may have affected this plan:`, st.Width) + "\n")
	for _, text := range texts {
		b.WriteString("\n" + text + "\n")
	}
}

// RefreshPlan writes what an apply of p would record, when p was made to do
// nothing else (planner.Input.RefreshOnly).
func RefreshPlan(w io.Writer, st Style, p *planner.Plan, catalog config.Catalog) {
	var b strings.Builder
	outputs := outputChanges(st, p.Outputs)
	texts := driftTexts(st, p.Drift, catalog)
	switch {
	case len(texts) > 0:
		writeDriftTexts(&b, st, texts)
		b.WriteString("\n\n" + wrap("This is a refresh-only plan, so mlinfra will not take any actions to undo these. If you were expecting these changes then you can apply this plan to record the updated values in the mlinfra state without changing any remote objects.", st.Width) + "\n")
	case len(p.Refresh) > 0:
		writeRefresh(&b, st, p)
	case outputs == "":
		b.WriteString("\n" + st.Bold(st.Green("No changes.")) + " " + st.Bold("Your infrastructure still matches the configuration.") + "\n\n")
		b.WriteString(wrap("mlinfra has checked that the real remote objects still match the result of your most recent changes, and found no differences.", st.Width) + "\n")
	}
	if b.Len() > 0 && outputs != "" {
		b.WriteString(st.rule())
	}
	writeOutputs(&b, st, outputs, true)
	io.WriteString(w, b.String())
}

// writeRefresh names the objects of which state has something to learn that
// nobody has changed.
func writeRefresh(b *strings.Builder, st Style, p *planner.Plan) {
	b.WriteString("\n" + wrap("This is a refresh-only plan. You can apply it to record in the mlinfra state what was observed of these objects, without changing any of them:", st.Width) + "\n")
	for _, c := range p.Refresh {
		if c.Put != nil {
			b.WriteString("  " + cleanLine(c.Put.Addr.String()) + "\n")
		}
	}
}
