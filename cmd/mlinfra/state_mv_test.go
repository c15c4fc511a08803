package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/mlinfra/mlinfra/state"
)

// snapOf returns a state with an object at each address; what stands behind an
// arrow are the blocks it depends on.
func snapOf(t *testing.T, lines ...string) state.Snapshot {
	t.Helper()
	var snap state.Snapshot
	for _, line := range lines {
		addr, deps, _ := strings.Cut(line, " -> ")
		a, err := state.ParseAddr(addr)
		if err != nil {
			t.Fatal(err)
		}
		o := state.Object{Key: state.ObjectKey(addr), Addr: a, Status: state.Live}
		for _, d := range strings.Fields(deps) {
			dep, err := state.ParseAddr(d)
			if err != nil {
				t.Fatal(err)
			}
			o.Deps = append(o.Deps, dep)
		}
		snap.Objects = append(snap.Objects, o)
	}
	return snap
}

func TestRename(t *testing.T) {
	for name, c := range map[string]struct {
		have     []string
		from, to string
		want     []string
	}{
		"a resource":                      {[]string{"t.a", "t.b"}, "t.a", "t.c", []string{"t.b", "t.c"}},
		"all instances":                   {[]string{"t.a[0]", "t.a[1]"}, "t.a", "t.c", []string{"t.c[0]", "t.c[1]"}},
		"one instance":                    {[]string{"t.a[0]", "t.a[1]"}, "t.a[1]", `t.c["x"]`, []string{`t.c["x"]`, "t.a[0]"}},
		"to an instance":                  {[]string{"t.a"}, "t.a", "t.a[0]", []string{"t.a[0]"}},
		"beside instances":                {[]string{"t.a", "t.a[0]"}, "t.a", "t.c", []string{"t.a[0]", "t.c"}},
		"a module":                        {[]string{"module.m.t.a", "module.m.module.n.t.b", "t.m"}, "module.m", "module.k", []string{"module.k.module.n.t.b", "module.k.t.a", "t.m"}},
		"a module to an instance":         {[]string{"module.m.t.a"}, "module.m", `module.m["x"]`, []string{`module.m["x"].t.a`}},
		"all instances of a module":       {[]string{"module.m[0].t.a", "module.m[1].t.a"}, "module.m", "module.k", []string{"module.k[0].t.a", "module.k[1].t.a"}},
		"out of a module":                 {[]string{"module.m.t.a"}, "module.m.t.a", "t.a", []string{"t.a"}},
		"what others depend on":           {[]string{"t.a", "t.b -> t.a"}, "t.a", "t.c", []string{"t.b -> t.c", "t.c"}},
		"a part of what others depend on": {[]string{"t.a[0]", "t.a[1]", "t.b -> t.a"}, "t.a[1]", "t.c", []string{"t.a[0]", "t.b -> t.a t.c", "t.c"}},
	} {
		t.Run(name, func(t *testing.T) {
			snap := snapOf(t, c.have...)
			changes, _, err := rename(snap, c.from, c.to)
			if err != nil {
				t.Fatal(err)
			}
			if got := linesOf(snap, changes); !slices.Equal(got, sorted(c.want)) {
				t.Errorf("%s to %s: got %q, want %q", c.from, c.to, got, c.want)
			}
		})
	}
}

// linesOf writes a state, after changes, as snapOf reads it.
func linesOf(snap state.Snapshot, changes []state.Change) []string {
	var lines []string
	for _, o := range snap.Objects {
		for _, c := range changes {
			if c.Put.Key == o.Key {
				o = *c.Put
			}
		}
		line := o.Addr.String()
		for i, d := range o.Deps {
			if i == 0 {
				line += " ->"
			}
			line += " " + d.String()
		}
		lines = append(lines, line)
	}
	return sorted(lines)
}

func sorted(lines []string) []string { return slices.Sorted(slices.Values(lines)) }

func TestRenameRefuses(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want string }{
		"what there is not":          {"t.z", "t.y", "does not match anything"},
		"a place that is taken":      {"t.a", "t.b", "already a resource instance"},
		"another type":               {"t.a", "u.a", "types don't match"},
		"a resource to a module":     {"t.a", "module.m", "a module moves to a module"},
		"a module to a resource":     {"module.m", "t.y", "a module moves to a module"},
		"a data source":              {"data.t.a", "data.t.b", "data source"},
		"what is no address":         {"t", "t.b", "not an address"},
		"a module that there is not": {"module.x", "module.y", "does not match anything"},
	} {
		t.Run(name, func(t *testing.T) {
			changes, _, err := rename(snapOf(t, "t.a", "t.b", "module.m.t.a"), c.from, c.to)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s to %s: got %v with %d changes, want an error with %q", c.from, c.to, err, len(changes), c.want)
			}
		})
	}
}
