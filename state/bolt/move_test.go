package bolt

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	bbolt "go.etcd.io/bbolt"

	"github.com/mlinfra/mlinfra/state"
)

// both opens two workspaces of a file, the first with an object that has a
// secret.
func both(t *testing.T) (from, to *Store) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	from = open(t, path, Write)
	o := options(path, Write)
	o.Workspace, o.NewLineage = "other", func() string { return "lineage-2" }
	to, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	a := secretObject("a", "s3cret")
	commit(t, from, put(a), put(object("b")))
	return from, to
}

func TestMove(t *testing.T) {
	from, to := both(t)
	run := func(id string) state.Change { return state.Change{Run: &state.Run{ID: id, Command: "state mv"}} }
	a, b := secretObject("a", "s3cret"), object("b")
	b.Deps = nil
	err := Move(from, to, []state.Change{run("one"), {Drop: a.Key}, put(b)}, []state.Change{run("two"), put(a)})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]state.Object{b}, snap(t, from).Objects, compareAddrs); diff != "" {
		t.Errorf("objects of the first (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]state.Object{a}, snap(t, to).Objects, compareAddrs); diff != "" {
		t.Errorf("objects of the other (-want +got):\n%s", diff)
	}
	for s, want := range map[*Store]string{from: "one", to: "two"} {
		h, err := ReadHistory(s.o)
		if err != nil {
			t.Fatal(err)
		}
		if len(h.Runs) != 1 || h.Runs[0].ID != want || len(h.Events) == 0 || h.Events[len(h.Events)-1].Run != want {
			t.Errorf("history of %q: runs %+v, events %+v, want those of run %s", s.o.workspace(), h.Runs, h.Events, want)
		}
	}
	commit(t, from, put(object("c"))) // both go on
	commit(t, to, put(object("c")))
	shut(t, to)
	shut(t, from)
}

// TestMoveIsAllOrNothing takes the lock of one side away.
func TestMoveIsAllOrNothing(t *testing.T) {
	from, to := both(t)
	defer shut(t, from)
	defer shut(t, to)
	before, there := snap(t, from), snap(t, to)
	err := update(to.o.Path, lockPatience, func(tx *bbolt.Tx) error {
		ws := workspaceOf(tx, "other")
		_, _, err := nextEpoch(ws)
		return errors.Join(err, putSum(ws.Bucket(bucketMeta)))
	})
	if err != nil {
		t.Fatal(err)
	}
	a := secretObject("a", "s3cret")
	if err := Move(from, to, []state.Change{{Drop: a.Key}}, []state.Change{put(a)}); !errors.Is(err, ErrFenced) {
		t.Errorf("error %v, want %v", err, ErrFenced)
	}
	if diff := cmp.Diff(before, snap(t, from), compareAddrs); diff != "" {
		t.Errorf("the first has changed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(there, snap(t, to), compareAddrs); diff != "" {
		t.Errorf("the other has changed (-want +got):\n%s", diff)
	}
}

func TestFirstSerial(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	o := options(path, Write)
	o.FirstSerial = 41
	for want := uint64(42); want < 44; want++ { // later it means nothing
		s, err := Open(o)
		if err != nil {
			t.Fatal(err)
		}
		commit(t, s, put(object("a")))
		if got := snap(t, s).Serial; got != want {
			t.Errorf("serial %d, want %d", got, want)
		}
		shut(t, s)
	}
}
