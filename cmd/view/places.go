package view

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
)

// parts returns the steps to what c hides in the value of a; nil when that is all of
// it or nothing.
func (c covers) parts(a *providers.Attr) [][]string {
	if a.Sensitive || a.Block != nil {
		return nil
	}
	var all [][]string
	for _, place := range c.hidden {
		steps := planner.Steps(place)
		if steps[0] != a.Name && (a.Follows == "" || steps[0] != a.Follows) {
			continue
		}
		if len(steps) == 1 {
			return nil
		}
		all = append(all, steps[1:])
	}
	return all
}

// hidePart returns n without the values that steps lead to. Where they lead nowhere,
// as in a list, whose order may change, nothing of it is shown.
func hidePart(n node, steps []string) node {
	t, ok := n.body.(table)
	if !ok || len(steps) == 0 {
		return hide(n)
	}
	i := slices.IndexFunc(t.fields, func(f field) bool { return f.name == steps[0] })
	if i < 0 {
		return hide(n)
	}
	t.fields = slices.Clone(t.fields)
	t.fields[i].node = hidePart(t.fields[i].node, steps[1:])
	n.body = t
	return n
}

// putAt returns v, of JSON, with what instead of the part that steps lead to. Where
// they lead nowhere that is all of v.
func putAt(v any, steps []string, what any) any {
	if len(steps) == 0 {
		return what
	}
	switch v := v.(type) {
	case map[string]any:
		v[steps[0]] = putAt(v[steps[0]], steps[1:], what)
		return v
	case []any:
		if i, err := strconv.Atoi(steps[0]); err == nil && i < len(v) {
			v[i] = putAt(v[i], steps[1:], what)
			return v
		}
	}
	return what
}

// putAll does that for several parts, shorter ones last: they win.
func putAll(v any, parts [][]string, what any) any {
	parts = slices.Clone(parts)
	slices.SortFunc(parts, func(a, b []string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(strings.Join(a, "/"), strings.Join(b, "/"))
	})
	for _, steps := range parts {
		v = putAt(v, steps, what)
	}
	return v
}
