package view

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
)

// explained returns the lines of a heading that say why the attributes that
// change replace an object, what is lost with it and how to keep it, or what is
// lost by a change in place; "" where its type, which may be nil, says nothing.
func explained(st Style, lead string, c *planner.Change, t *providers.Type) string {
	switch {
	case t == nil:
		return ""
	case c.Action == planner.Create || c.Action == planner.Update:
		if lost := t.Loses(c.Before, c.After); lost != "" {
			return commented(st, lead, st.Bold(st.Red("Lost for ever:"))+" "+cleanLine(lost)+".")
		}
		return ""
	case c.Action != planner.Replace:
		return ""
	}
	names := replacing(c)
	s := ""
	for _, name := range names {
		if why := t.Explain[name]; why != "" {
			s += commented(st, lead, name+": "+why)
		}
	}
	if s == "" {
		return ""
	}
	lost := ""
	if t.Holds != "" {
		lost = "Lost with it: " + t.Holds + "."
	}
	if c.Reason != planner.BecauseTriggered && c.Reason != planner.BecauseRequested {
		keep := strings.TrimSpace(lost + " To keep the object as it is:")
		return s + commented(st, lead, keep) + lead + "  lifecycle { ignore_changes = [" + strings.Join(names, ", ") + "] }\n"
	}
	if lost != "" {
		s += commented(st, lead, lost) // whatever its attributes are
	}
	return s
}

// replacing returns the names of the attributes whose change replaces the object.
func replacing(c *planner.Change) []string {
	var names []string
	for _, path := range c.ReplacePaths {
		if step, ok := path[0].(cty.GetAttrStep); ok && !slices.Contains(names, step.Name) {
			names = append(names, step.Name)
		}
	}
	return names
}

// commented returns text as lines that begin with lead.
func commented(st Style, lead, text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(wrap(text, st.Width-len(lead)), "\n") {
		b.WriteString(lead + line + "\n")
	}
	return b.String()
}
