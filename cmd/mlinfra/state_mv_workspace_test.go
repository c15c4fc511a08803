package main

import (
	"maps"
	"slices"
	"testing"

	"github.com/mlinfra/mlinfra/state"
)

// after returns a state after changes.
func after(snap state.Snapshot, changes []state.Change) state.Snapshot {
	objects := map[state.ObjectKey]state.Object{}
	for _, o := range snap.Objects {
		objects[o.Key] = o
	}
	for _, c := range changes {
		if c.Put != nil {
			objects[c.Put.Key] = *c.Put
			continue
		}
		delete(objects, c.Drop)
	}
	return state.Snapshot{Objects: slices.Collect(maps.Values(objects))}
}

func TestEmigrate(t *testing.T) {
	for name, c := range map[string]struct {
		have, there, args []string
		want, wantThere   []string
	}{
		"a resource":                    {[]string{"t.a", "t.b"}, nil, []string{"t.a"}, []string{"t.b"}, []string{"t.a"}},
		"one instance":                  {[]string{"t.a[0]", "t.a[1]"}, []string{"t.a[0]"}, []string{"t.a[1]"}, []string{"t.a[0]"}, []string{"t.a[0]", "t.a[1]"}},
		"several, some named twice":     {[]string{"t.a", "t.b", "module.m.t.c"}, nil, []string{"t.a", "module.m", "module.m.t.c"}, []string{"t.b"}, []string{"module.m.t.c", "t.a"}},
		"what others depend on":         {[]string{"t.a", "t.b -> t.a t.c", "t.c"}, nil, []string{"t.a"}, []string{"t.b -> t.c", "t.c"}, []string{"t.a"}},
		"a part of what others need":    {[]string{"t.a[0]", "t.a[1]", "t.b -> t.a"}, nil, []string{"t.a[1]"}, []string{"t.a[0]", "t.b -> t.a"}, []string{"t.a[1]"}},
		"what depends on what stays":    {[]string{"t.a", "t.b -> t.a"}, nil, []string{"t.b"}, []string{"t.a"}, []string{"t.b"}},
		"what depends on what moves":    {[]string{"t.a", "t.b -> t.a"}, nil, []string{"t.b", "t.a"}, nil, []string{"t.a", "t.b -> t.a"}},
		"what depends on what is there": {[]string{"t.a", "t.b -> t.a"}, []string{"t.a"}, []string{"t.b"}, []string{"t.a"}, []string{"t.a", "t.b -> t.a"}},
	} {
		t.Run(name, func(t *testing.T) {
			here, there := snapOf(t, c.have...), snapOf(t, c.there...)
			for i := range there.Objects {
				there.Objects[i].Key += " there"
			}
			gone, come, _, err := emigrate(here, there, c.args)
			if err != nil {
				t.Fatal(err)
			}
			if got := linesOf(after(here, gone), nil); !slices.Equal(got, sorted(c.want)) {
				t.Errorf("here: got %q, want %q", got, c.want)
			}
			if got := linesOf(after(there, come), nil); !slices.Equal(got, sorted(c.wantThere)) {
				t.Errorf("there: got %q, want %q", got, c.wantThere)
			}
		})
	}
}

func TestEmigrateRefuses(t *testing.T) {
	here, there := snapOf(t, "t.a", "t.b"), snapOf(t, "t.b")
	for _, args := range [][]string{{"t.none"}, {"t.a", "t.none"}, {"t.b"}, {"t.a", "t.b"}, {"?"}} {
		if gone, come, _, err := emigrate(here, there, args); err == nil || len(gone)+len(come) > 0 {
			t.Errorf("%q: %d changes here and %d there, error %v, want an error alone", args, len(gone), len(come), err)
		}
	}
}
