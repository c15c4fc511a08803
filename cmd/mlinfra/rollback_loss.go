package main

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
)

// loss is what of a rollback nothing can take back. Its lines name objects and
// what they held.
type loss struct {
	destroyed []string // by the plan, with what they hold
	anew      []string // objects of then that are gone, and are made again
	replaced  []string // objects of then whose place another has taken, which stays
}

// losses returns what a plan back to past cannot take back. now are the objects
// that there are.
func losses(plan *planner.Plan, past map[state.ObjectKey]*state.Object, now []state.Object, catalog config.Catalog) loss {
	var l loss
	there := map[state.ObjectKey]bool{}
	for _, o := range now {
		there[o.Key] = true
	}
	gone := map[state.Addr]bool{} // addresses of objects of then
	for key, o := range past {
		if !there[key] && !o.Deposed {
			gone[o.Addr] = true
		}
	}
	for _, c := range plan.Changes {
		if c.Addr.Data {
			continue
		}
		holds := holdsOf(c.Addr, catalog)
		if (c.Action == planner.Delete || c.Action == planner.Replace) && holds != "" {
			l.destroyed = append(l.destroyed, fmt.Sprintf("%s: %s", c.Addr, holds))
		}
		if lost := lostBy(&c, catalog); lost != "" {
			l.destroyed = append(l.destroyed, fmt.Sprintf("%s: %s", c.Addr, lost))
		}
		if !gone[c.Addr] {
			continue
		}
		line := c.Addr.String()
		if holds != "" {
			line += fmt.Sprintf(": %s will not come back", holds)
		}
		switch c.Action {
		case planner.Create, planner.Replace:
			l.anew = append(l.anew, line)
		case planner.NoOp, planner.Update:
			l.replaced = append(l.replaced, line)
		}
	}
	return l
}

// holdsOf returns what is lost with an object of an address; "" for nothing.
func holdsOf(a state.Addr, catalog config.Catalog) string {
	if t := catalog.TypeOf(a); t != nil {
		return t.Holds
	}
	return ""
}

// lostBy returns what a change loses without deleting the object; "" for nothing.
func lostBy(c *planner.Change, catalog config.Catalog) string {
	t := catalog.TypeOf(c.Addr)
	if t == nil || c.Action != planner.Create && c.Action != planner.Update {
		return ""
	}
	return t.Loses(c.Before, c.After)
}

// announce says where a rollback leads, and what it cannot take back.
func (s *session) announce(run state.Run, f *planner.File, l loss) {
	lists := []struct {
		summary, detail string
		loud            bool
		lines           []string
	}{
		{"DATA WILL BE LOST", "The plan destroys these, with what they hold:", true, l.destroyed},
		{"What is gone is made anew", "These objects were there and are not any more. New ones take their places:", false, l.anew},
		{"What has been replaced stays", "Other objects have taken the places of these since then, and stay there:", false, l.replaced},
	}
	if s.flags.json {
		for _, list := range lists {
			if len(list.lines) > 0 {
				s.report(hcl.Diagnostics{{Severity: hcl.DiagWarning, Summary: list.summary, Detail: list.detail + bullets(list.lines)}})
			}
		}
		return
	}
	st := s.style(s.stdout)
	fmt.Fprintf(s.stdout, "Rolling back to the configuration of serials %s: mlinfra %s by %s at %s.\n", serials(run), view.Clean(run.Command), view.Clean(run.Who), localTime(run.At))
	if f.Plan.Destroy {
		fmt.Fprintln(s.stdout, "That run destroyed everything, and so does this one.")
	}
	if f.Plan.Partial {
		fmt.Fprintln(s.stdout, "That run was told to leave something out (-target, -exclude); this one does all that its configuration says.")
	}
	for _, list := range lists {
		if len(list.lines) == 0 {
			continue
		}
		title := st.Bold(list.summary + ".")
		if list.loud {
			title = st.Red(title)
		}
		fmt.Fprintf(s.stdout, "\n%s %s%s\n", title, list.detail, bullets(list.lines))
	}
}

func bullets(lines []string) string {
	text := ""
	for _, line := range slices.Sorted(slices.Values(lines)) {
		text += "\n  - " + view.Clean(line)
	}
	return text
}
