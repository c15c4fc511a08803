package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mlinfra/mlinfra/state"
)

// openFor opens a workspace of a file for writing.
func openFor(t *testing.T, path, workspace string) *Store {
	t.Helper()
	o := options(path, Write)
	o.Workspace, o.NewLineage = workspace, func() string { return "lineage of " + workspace }
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// intends writes that an object is about to be made, and returns it as made.
func intends(t *testing.T, s *Store, name string) state.Object {
	t.Helper()
	o := object(name)
	commit(t, s, put(o))
	o.Status, o.Intent = state.Pending, nil
	o.Attrs = []byte(`{"id":"` + name + `"}`)
	o.Since = o.Since.Add(1)
	return o
}

// TestEmergenciesOfTwoWorkspaces takes the locks of two runs away while each has
// made an object: the next run in each workspace knows it.
func TestEmergenciesOfTwoWorkspaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	names := []string{"one", "two"}
	var stores []*Store
	for _, name := range names {
		stores = append(stores, openFor(t, path, name))
	}
	for i, s := range stores {
		made := intends(t, s, names[i])
		if err := ForceUnlock(s.o, s.o.Holder.Epoch); err != nil {
			t.Fatal(err)
		}
		if err := s.Commit(put(made)); !errors.Is(err, ErrFenced) {
			t.Fatalf("a commit without the lock: %v, want ErrFenced", err)
		}
	}
	for _, s := range stores {
		shut(t, s)
	}
	for range 2 { // the second time, nothing is recorded any more
		for _, name := range names {
			s := openFor(t, path, name)
			got := snap(t, s)
			if len(got.Objects) != 1 || got.Objects[0].Status != state.Pending || got.Serial != 2 {
				t.Errorf("workspace %s: %+v, serial %d; want one pending object and serial 2", name, got.Objects, got.Serial)
			}
			shut(t, s)
		}
	}
	facts, err := readRescue(Options{Path: path})
	if err != nil || len(facts) > 0 {
		t.Errorf("%d facts are left in the journal (%v)", len(facts), err)
	}
}

// TestDamagedFileIsLetGo opens a file that bbolt panics over: another process can
// have it after that.
func TestDamagedFileIsLetGo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	raw := sample(t)
	for page := 2; page*os.Getpagesize() < len(raw); page++ {
		bad := append([]byte(nil), raw...)
		clear(bad[page*os.Getpagesize():][:os.Getpagesize()])
		for _, content := range [][]byte{bad, raw} {
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, mode := range []Mode{Read, Write} {
				s, err := Open(options(path, mode))
				if err == nil {
					shut(t, s)
				} else if strings.Contains(err.Error(), errBusy.Error()) {
					t.Fatalf("page %d, mode %d: %v", page, mode, err)
				}
			}
		}
	}
}

// TestForceUnlockOfNobody takes the lock away from a holder that was stopped
// before it has said who it is, and before there is a state.
func TestForceUnlockOfNobody(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	o := options(path, Write)
	if err := prepareDirs(o); err != nil {
		t.Fatal(err)
	}
	lock, err := acquire(o)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Unlock() //nolint:errcheck // it is nobody's any more
	if err := ForceUnlock(o, 1); err == nil {
		t.Error("a lock with another epoch was taken away")
	}
	locks, err := Locks(path)
	if err != nil || len(locks) != 1 {
		t.Fatalf("locks %v, %v; want one", locks, err)
	}
	if err := ForceUnlock(o, locks[0].Holder.Epoch); err != nil {
		t.Fatal(err)
	}
	shut(t, open(t, path, Write))
	// The first goes on: its lock is not the workspace's any more.
	s := &Store{o: o, lock: lock}
	if err := s.begin(); !errors.Is(err, ErrFenced) {
		t.Errorf("to begin without the lock: %v, want ErrFenced", err)
	}
}

// TestStateIsGone deletes a state: nobody begins anew by accident.
func TestStateIsGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, path, Write)
	commit(t, s, put(object("a")))
	shut(t, s)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	refused(t, path, "a state that is gone")
	if _, err := Restore(options(path, Write), Copies(path)[0].Path); err != nil {
		t.Fatal(err)
	}
	s = open(t, path, Read)
	if n := len(snap(t, s).Objects); n != 1 {
		t.Errorf("%d objects after it was restored, want 1", n)
	}
	shut(t, s)
	if err := errors.Join(os.Remove(path), os.RemoveAll(path+".d")); err != nil {
		t.Fatal(err)
	}
	shut(t, open(t, path, Write))
}
