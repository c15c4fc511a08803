package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
	"github.com/mlinfra/mlinfra/state/seal"
)

// live returns an object of the past: key, address and value.
func live(key, addr, value string) *state.Object {
	a, err := state.ParseAddr(addr)
	if err != nil {
		panic(err)
	}
	return &state.Object{Key: state.ObjectKey(key), Addr: a, Status: state.Live, Attrs: fmt.Appendf(nil, `{"v":%q}`, value)}
}

// with returns o with another status.
func with(status state.Status, o *state.Object) *state.Object {
	o.Status = status
	return o
}

func TestTurns(t *testing.T) {
	for name, c := range map[string]struct {
		events []state.Event
		want   []string
	}{
		"made":                        {[]state.Event{{After: live("1", "t.a", "x")}}, []string{"create t.a"}},
		"changed":                     {[]state.Event{{Before: live("1", "t.a", "x"), After: live("1", "t.a", "y")}}, []string{"update t.a"}},
		"made and changed":            {[]state.Event{{After: live("1", "t.a", "x")}, {Before: live("1", "t.a", "x"), After: live("1", "t.a", "y")}}, []string{"create t.a"}},
		"made and gone":               {[]state.Event{{After: live("1", "t.a", "x")}, {Before: live("1", "t.a", "x")}}, nil},
		"changed and changed back":    {[]state.Event{{Before: live("1", "t.a", "x"), After: live("1", "t.a", "y")}, {Before: live("1", "t.a", "y"), After: live("1", "t.a", "x")}}, nil},
		"recorded again":              {[]state.Event{{Before: with(state.Updating, live("1", "t.a", "x")), After: live("1", "t.a", "x")}}, nil},
		"forgotten":                   {[]state.Event{{Before: live("1", "t.a", "x")}}, []string{"forget t.a"}},
		"destroyed":                   {[]state.Event{{Before: with(state.Deleting, live("1", "t.a", "x"))}}, []string{"delete t.a"}},
		"moved":                       {[]state.Event{{Before: live("1", "t.a", "x"), After: live("1", "t.b", "x")}}, []string{"no-op t.b"}},
		"tainted":                     {[]state.Event{{Before: live("1", "t.a", "x"), After: with(state.Tainted, live("1", "t.a", "x"))}}, []string{"no-op t.a"}},
		"replaced":                    {[]state.Event{{Before: with(state.Deleting, live("1", "t.a", "x"))}, {After: live("2", "t.a", "x")}}, []string{"replace t.a"}},
		"replaced, the new one first": {[]state.Event{{After: live("2", "t.a", "x")}, {Before: with(state.Deleting, live("1", "t.a", "x"))}}, []string{"replace t.a"}},
		"several, by address":         {[]state.Event{{After: live("1", "t.b", "x")}, {After: live("2", "t.a", "x")}}, []string{"create t.a", "create t.b"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			gone := newApp(nil).destroyed(bolt.History{Events: c.events})
			for _, turn := range turnsOf(c.events, gone) {
				got = append(got, fmt.Sprintf("%s %s", turn.Action(), turn.Addr()))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestCounts(t *testing.T) {
	turns := turnsOf([]state.Event{
		{After: live("1", "t.made", "x")}, {Before: live("2", "t.changed", "x"), After: live("2", "t.changed", "y")},
		{Before: live("3", "t.replaced", "x")}, {After: live("4", "t.replaced", "x")}, {Before: live("5", "t.gone", "x")},
	}, nil)
	added, changed, removed := counts(turns)
	if got := [3]int{added, changed, removed}; got != [3]int{2, 1, 2} {
		t.Errorf("counted %v, want 2 added, 1 changed, 2 removed", got)
	}
}

// TestObjectsAt changes a state at random, through the statuses of real runs,
// and asks the history for what there was after each run.
func TestObjectsAt(t *testing.T) {
	const seed = 7
	random := rand.New(rand.NewPCG(seed, 0))
	o := bolt.Options{
		Path: filepath.Join(t.TempDir(), "state.db"), Mode: bolt.Write, NewLineage: newID,
		Keys: seal.NewKeyring(func(name string) string {
			return map[string]string{"MLINFRA_KEY": testKey}[name]
		}, nil),
	}
	s, err := bolt.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	world := map[state.ObjectKey]string{} // values by key
	past := map[uint64]map[state.ObjectKey]string{0: {}}
	serial := uint64(0)
	commit := func(c state.Change) {
		t.Helper()
		if err := s.Commit(c); err != nil {
			t.Fatal(err)
		}
		serial++
	}
	put := func(status state.Status, key state.ObjectKey, value string) {
		obj := live(string(key), "t.k"+string(key), value)
		obj.Status, obj.Since = status, time.Unix(int64(serial), 0)
		if random.IntN(2) == 0 {
			obj.Secrets = map[string]json.RawMessage{"/s": json.RawMessage(`"` + value + `"`)}
		}
		commit(state.Change{Put: obj})
	}
	for run := range 40 {
		commit(state.Change{Run: &state.Run{ID: fmt.Sprintf("run%d", run), Command: "apply"}})
		for range random.IntN(6) {
			key := state.ObjectKey(fmt.Sprint(random.IntN(8)))
			value := fmt.Sprint(random.IntN(4))
			_, there := world[key]
			switch {
			case !there && random.IntN(4) == 0: // a create that failed
				put(state.Intended, key, value)
				commit(state.Change{Drop: key})
			case !there:
				put(state.Intended, key, value)
				put(state.Pending, key, value)
				put(state.Live, key, value)
				world[key] = value
			case random.IntN(3) == 0:
				put(state.Deleting, key, world[key])
				commit(state.Change{Drop: key})
				delete(world, key)
			default:
				put(state.Updating, key, world[key])
				put(state.Live, key, value)
				world[key] = value
			}
		}
		past[serial] = maps.Clone(world)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	check := func() {
		t.Helper()
		h, err := bolt.ReadHistory(o)
		if err != nil {
			t.Fatal(err)
		}
		snap := snapshotOf(t, o)
		for _, at := range slices.Sorted(maps.Keys(past)) {
			got := map[state.ObjectKey]string{}
			there, err := objectsAt(h, snap.Objects, at)
			if at < h.Known {
				if err == nil {
					t.Errorf("seed %d: serial %d is told, though it is forgotten", seed, at)
				}
				continue
			}
			if err != nil {
				t.Fatalf("seed %d: serial %d: %v", seed, at, err)
			}
			for key, obj := range there {
				var attrs struct{ V string }
				if err := json.Unmarshal(obj.Attrs, &attrs); err != nil {
					t.Fatal(err)
				}
				got[key] = attrs.V
			}
			if diff := cmp.Diff(past[at], got); diff != "" {
				t.Errorf("seed %d: serial %d (-want +got):\n%s", seed, at, diff)
			}
		}
	}
	check()
	if _, err := bolt.Prune(o, 10); err != nil {
		t.Fatal(err)
	}
	check()
}

func TestInsideName(t *testing.T) {
	for name, want := range map[string]string{
		"main.tf": "main.tf", "mod/main.tf": "mod/main.tf", "../shared/main.tf": "parent/shared/main.tf",
		"../../a/b.tf": "parent/parent/a/b.tf", "/opt/m/main.tf": "absolute/opt/m/main.tf",
	} {
		if got := insideName(name); got != want {
			t.Errorf("insideName(%q) = %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"a/../../../etc/passwd", "x/../.."} {
		if inside := insideName(name); filepath.IsLocal(inside) {
			t.Errorf("%q becomes %q, which counts as inside", name, inside)
		}
	}
}

// snapshotOf reads a state.
func snapshotOf(t *testing.T, o bolt.Options) state.Snapshot {
	t.Helper()
	o.Mode = bolt.Read
	s, err := bolt.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

func TestChangedSecretIsAChange(t *testing.T) {
	o := live("1", "t.a", "x")
	secret := live("1", "t.a", "x")
	secret.Secrets = map[string]json.RawMessage{"/s": json.RawMessage(`"y"`)}
	if got := (view.Turn{Before: o, After: secret}).Action(); got != planner.Update {
		t.Errorf("a changed secret is %s", got)
	}
}
