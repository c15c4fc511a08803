package view

import (
	"fmt"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// heading returns the comment above a change: what is done, and why.
func heading(st Style, c *planner.Change, schema *providers.Schema) string {
	name := cleanLine(c.Addr.String())
	if c.Reason == planner.BecauseDeposed {
		name += fmt.Sprintf(" (deposed object %s)", cleanLine(string(c.Key)))
	}
	s := st.Bold("  # "+name) + " " + verdict(st, c) + "\n"
	if why := because(c, schema); why != "" {
		s += "  # (" + why + ")\n"
	}
	return s
}

func verdict(st Style, c *planner.Change) string {
	replaced := st.Bold(st.Red("replaced"))
	switch c.Action {
	case planner.Create:
		return "will be created"
	case planner.Read:
		return "will be read during apply"
	case planner.Await:
		return "is still being created by an earlier run and will be waited for"
	case planner.Delete:
		return "will be " + st.Bold(st.Red("destroyed"))
	case planner.Update:
		if c.Reason == planner.BecauseUnfinished {
			return "was being updated when an earlier run was cut off; the update will be finished"
		}
		return "will be updated in-place"
	}
	switch c.Reason {
	case planner.BecauseTainted:
		return "is tainted, so it must be " + replaced
	case planner.BecauseTriggered:
		return "will be " + replaced + " due to changes in replace_triggered_by"
	case planner.BecauseProvider:
		return "is not in the account of " + cleanLine(c.Provider) + ", so it must be " + replaced
	}
	return "must be " + replaced
}

// because returns the second line of a heading, "" for none.
func because(c *planner.Change, schema *providers.Schema) string {
	switch c.Reason {
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
