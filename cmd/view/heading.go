package view

import (
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// heading returns the comment above a change: what is done, and why.
func heading(st Style, c *planner.Change, schema *providers.Schema) string {
	lead := "  # "
	if c.Action == planner.Forget {
		lead = " # " // Terraform indents these by one
	}
	name := cleanLine(c.Addr.String())
	if c.Reason == planner.BecauseDeposed {
		name += fmt.Sprintf(" (deposed object %s)", cleanLine(string(c.Key)))
	}
	if c.Action == planner.NoOp && moved(c) {
		return st.Bold(lead+cleanLine(c.MovedFrom.String())) + " has moved to " + st.Bold(name) + "\n"
	}
	s := st.Bold(lead+name) + " " + verdict(st, c) + "\n"
	if why := because(c, schema); why != "" {
		s += lead + "(" + why + ")\n"
	}
	if c.TakesOver {
		s += lead + "(the new object takes over the old one, which is not destroyed)\n"
	}
	if moved(c) {
		s += lead + "(moved from " + cleanLine(c.MovedFrom.String()) + ")\n"
	}
	if c.Action == planner.NoOp {
		return s
	}
	s += imported(lead, c)
	if c.Action == planner.Replace && c.ImportID != "" {
		s += lead + st.Bold(st.Yellow("Warning: this will destroy the imported resource")) + "\n"
	}
	return s
}

// imported returns the line that says by which id an object is taken over; ""
// when it is not.
func imported(lead string, c *planner.Change) string {
	if c.ImportID == "" {
		return ""
	}
	return lead + "(imported from " + quote(c.ImportID) + ")\n"
}

func verdict(st Style, c *planner.Change) string {
	switch c.Action {
	case planner.NoOp:
		return "will be imported"
	case planner.Create:
		return "will be created"
	case planner.Read:
		return "will be read during apply"
	case planner.Await:
		return "is still being created by an earlier run and will be waited for"
	case planner.Delete:
		return "will be " + st.Bold(st.Red("destroyed"))
	case planner.Forget:
		return "will no longer be managed by mlinfra, but will " + st.Bold(st.Red("not")) + " be destroyed"
	case planner.Update:
		if c.Reason == planner.BecauseUnfinished {
			return "was being updated when an earlier run was cut off; the update will be finished"
		}
		return "will be updated in-place"
	}
	return replacedBecause(c, st.Bold(st.Red("replaced")))
}

func replacedBecause(c *planner.Change, replaced string) string {
	switch c.Reason {
	case planner.BecauseTainted:
		return "is tainted, so must be " + replaced
	case planner.BecauseRequested:
		return "will be " + replaced + ", as requested"
	case planner.BecauseTriggered:
		return "will be " + replaced + " due to changes in replace_triggered_by"
	case planner.BecauseProvider:
		return "is not in the account of " + cleanLine(c.Provider) + ", so it must be " + replaced
	}
	return "must be " + replaced
}

// because returns the second line of a heading, "" for none.
func because(c *planner.Change, schema *providers.Schema) string {
	if c.Action == planner.Forget {
		return "destroy = false is set in the configuration" + beside(c)
	}
	switch c.Reason {
	case planner.BecauseModule:
		return "because " + cleanLine(c.Addr.Module) + " is not in configuration"
	case planner.BecauseDisabled:
		return "because enabled is false"
	case planner.BecauseMoved:
		return "because " + cleanLine(c.MovedFrom.String()) + " was moved to " + cleanLine(c.Addr.String()) + ", which is not in configuration"
	case planner.BecauseNoBlock:
		return "because " + cleanLine(c.Addr.Type+"."+c.Addr.Name) + " is not in configuration"
	case planner.BecauseCountIndex:
		return "because index " + cleanLine(c.Addr.Key.String()) + " is out of range for count"
	case planner.BecauseEachKey:
		return "because key " + cleanLine(c.Addr.Key.String()) + " is not in for_each map"
	case planner.BecauseWrongKey:
		return wrongKey(c.Addr.Key)
	case planner.BecauseDeposed:
		return "left over from a partially-failed replacement of this instance"
	}
	if c.Action != planner.Read {
		return ""
	}
	if waitsForValues(schema, c.After) {
		return "config refers to values not yet known"
	}
	return "depends on a resource or a module with changes pending"
}

// beside says that the object that c forgets has a successor, and why.
func beside(c *planner.Change) string {
	switch c.Reason {
	case planner.BecauseTainted:
		return ", and it is tainted: another one is created"
	case planner.BecauseRequested:
		return ", and another one is asked for"
	case planner.BecauseTriggered:
		return ", and replace_triggered_by asks for another one"
	case planner.BecauseProvider:
		return ", and another one is created in the account of another provider"
	case planner.BecauseCannotUpdate:
		return ", and another one is created: what cannot be changed in place is " + strings.Join(replacing(c), ", ")
	}
	return ""
}

func wrongKey(k state.Key) string {
	if _, ok := k.Index(); ok {
		return "because resource does not use count"
	}
	if _, ok := k.Name(); ok {
		return "because resource does not use for_each"
	}
	return "because resource uses count or for_each"
}

// waitsForValues reports whether an argument in the configuration of a data
// source is not known yet.
func waitsForValues(s *providers.Schema, v cty.Value) bool {
	for _, a := range s.Attrs {
		arg := argument(v, a.Name)
		if arg != cty.NilVal && !a.DecidedByCloud() && !arg.IsWhollyKnown() {
			return true
		}
	}
	return false
}
