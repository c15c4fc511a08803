package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"

	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
)

// budgets warns of accounts that allow fewer requests than a plan needs.
func (s *session) budgets(plan *planner.Plan) hcl.Diagnostics {
	need := map[*providers.Limiter]int{}
	keys := map[*providers.Limiter]string{}
	for _, step := range plan.Steps {
		switch step.Op {
		case planner.OpCreate, planner.OpUpdate, planner.OpDelete:
		default:
			continue
		}
		key := plan.Changes[step.Change].Provider
		if l := s.clouds.limiterOf(key); l != nil {
			need[l]++
			keys[l] = key
		}
	}
	var diags hcl.Diagnostics
	for l, n := range need {
		b, known := l.Budget()
		if !known || n <= b.Left {
			continue
		}
		diags = append(diags, &hcl.Diagnostic{
			Severity: hcl.DiagWarning, Summary: "The account does not allow so many requests now",
			Detail: fmt.Sprintf("The plan needs at least %d requests to %s, and %d are left; from %s on there are more. An apply waits then and goes on by itself; -target does a part of it.",
				n, keys[l], b.Left, b.Until.Local().Format("15:04")),
		})
	}
	slices.SortFunc(diags, func(a, b *hcl.Diagnostic) int { return cmp.Compare(a.Detail, b.Detail) })
	return diags
}

// leftovers warns of what outlives the objects that a plan deletes and nobody has
// meant to keep.
func (s *session) leftovers(ctx context.Context, plan *planner.Plan) hcl.Diagnostics {
	meant := map[string]bool{} // ids of what the plan deletes itself, or leaves on purpose
	for _, c := range plan.Changes {
		meant[providers.ID(c.Before)] = true
	}
	scope := s.priorScope(ctx)
	found := make(hcl.Diagnostics, len(plan.Changes))
	var wg sync.WaitGroup
	for i, c := range plan.Changes {
		t := s.catalog.TypeOf(c.Addr)
		if t == nil || !t.Leaves() || c.Action != planner.Delete && c.Action != planner.Replace {
			continue
		}
		key := cmp.Or(c.HadProvider, c.Provider)
		settings, known, err := providerSettings(s.prog, scope, key)
		if err != nil || !known {
			continue // the apply says what is wrong
		}
		conn, err := s.clouds.connect(ctx, key, settings)
		if err != nil {
			continue
		}
		wg.Go(func() {
			left, err := conn.Ops.Leaves(ctx, t, c.Before)
			// What names itself is only forgotten, whatever the plan says of it.
			self := providers.ID(c.Before)
			left = slices.DeleteFunc(left, func(l providers.Leftover) bool { return meant[l.ID] && l.ID != self })
			found[i] = leftoverWarning(c.Addr.String(), left, err)
		})
	}
	wg.Wait()
	return slices.DeleteFunc(found, func(d *hcl.Diagnostic) bool { return d == nil })
}

// leftoverWarning names what outlives the object at addr; nil when nothing does.
func leftoverWarning(addr string, left []providers.Leftover, err error) *hcl.Diagnostic {
	d := &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "Not all goes with " + addr}
	switch {
	case err != nil:
		d.Detail = fmt.Sprintf("What outlives it could not be found out: %s.", err)
	case len(left) == 0:
		return nil
	default:
		d.Detail = leftoverText(left)
	}
	return d
}

func leftoverText(left []providers.Leftover) string {
	costs := slices.DeleteFunc(slices.Clone(left), func(l providers.Leftover) bool { return l.Free })
	free := slices.DeleteFunc(slices.Clone(left), func(l providers.Leftover) bool { return !l.Free })
	var parts []string
	if len(costs) > 0 {
		parts = append(parts, "These outlive it, and go on costing what they cost:\n"+leftoverLines(costs))
	}
	if len(free) > 0 {
		parts = append(parts, "These outlive it, and cost nothing:\n"+leftoverLines(free))
	}
	total, all := 0.0, true
	for _, l := range costs {
		total, all = total+l.Monthly, all && l.Monthly > 0
	}
	if total > 0 {
		parts = append(parts, "Together "+priceText(total, all)+".")
	}
	return strings.Join(parts, "\n\n")
}

// leftoverLines names each of left in a line.
func leftoverLines(left []providers.Leftover) string {
	var b strings.Builder
	for _, l := range left {
		fmt.Fprintf(&b, "\n  %s %s", l.Kind, view.Clean(l.ID))
		if l.Name != "" {
			fmt.Fprintf(&b, " (%s)", view.Clean(l.Name))
		}
		if l.Monthly > 0 {
			b.WriteString(", " + priceText(l.Monthly, true))
		}
	}
	return b.String()
}
