package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/seal"
)

// live returns an object that exists, with a secret.
func live(name string) state.Object {
	o := secretObject(name, "s3cret-"+name)
	o.Status, o.Intent, o.Deposed = state.Live, nil, false
	return o
}

// TestEpochsRepeatAndFencesDoNot: a holder whose lock was taken away stays
// fenced when its epoch comes again.
func TestEpochsRepeatAndFencesDoNot(t *testing.T) {
	t.Run("after a copy was restored", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "state.db")
		first := open(t, path, Write)
		commit(t, first, put(live("a")))
		shut(t, first)
		from := Copies(path)[0].Path
		stopped := open(t, path, Write)
		epoch := stopped.o.Holder.Epoch
		if err := ForceUnlock(stopped.o, epoch); err != nil {
			t.Fatal(err)
		}
		if _, err := Restore(options(path, Write), from); err != nil {
			t.Fatal(err)
		}
		now := open(t, path, Write)
		if err := stopped.Commit(put(live("b"))); !errors.Is(err, ErrFenced) {
			t.Errorf("a commit of the one that was stopped: %v, want ErrFenced", err)
		}
		commit(t, now, put(live("c")))
		shut(t, now)
		shut(t, stopped)
	})
	t.Run("after the workspace was made anew", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "state.db")
		shut(t, open(t, path, Write))
		stopped := openFor(t, path, "w")
		if err := ForceUnlock(stopped.o, stopped.o.Holder.Epoch); err != nil {
			t.Fatal(err)
		}
		o := options(path, Write)
		o.Workspace = "w"
		if err := DeleteWorkspace(o, true); err != nil {
			t.Fatal(err)
		}
		now := openFor(t, path, "w")
		if err := stopped.Commit(put(live("b"))); !errors.Is(err, ErrFenced) {
			t.Errorf("a commit of the one that was stopped: %v, want ErrFenced", err)
		}
		shut(t, now)
		shut(t, stopped)
	})
}

// TestNobodyReplacesTheFileOfOthers: what puts another file in the place of the
// state does so only while nobody works on any of its workspaces.
func TestNobodyReplacesTheFileOfOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, path, Write)
	commit(t, s, put(live("a")))
	shut(t, s)
	other := openFor(t, path, "two")
	commit(t, other, put(live("b")))
	var locked *LockedError
	if _, err := Restore(options(path, Write), Copies(path)[0].Path); !errors.As(err, &locked) || locked.Workspace != "two" {
		t.Errorf("Restore: %v, want a LockedError of workspace two", err)
	}
	if err := Accept(options(path, Write)); !errors.As(err, &locked) {
		t.Errorf("Accept: %v, want a LockedError", err)
	}
	if err := CanRotate(options(path, Write)); !errors.As(err, &locked) {
		t.Errorf("CanRotate: %v, want a LockedError", err)
	}
	shut(t, other)

	db, err := openFile(path, false, 0)
	if err != nil {
		t.Fatal(err)
	}
	before, _ := os.Stat(path)
	if err := compact(path, db, func() bool { return false }); !errors.Is(err, ErrFenced) {
		t.Errorf("compacting without the lock: %v, want ErrFenced", err)
	}
	after, _ := os.Stat(path)
	if !os.SameFile(before, after) {
		t.Error("the file was replaced all the same")
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestPathsLikePatterns: a path that looks like a pattern is a path.
func TestPathsLikePatterns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "st[1]*.db")
	s := open(t, path, Write)
	commit(t, s, put(live("a")))
	if held, err := Locks(path); err != nil || len(held) != 1 {
		t.Errorf("locks %v, %v; want one", held, err)
	}
	shut(t, s)
	if got := Copies(path); len(got) != 1 {
		t.Errorf("copies %v, want one", got)
	}
}

// TestDamagedFilesAreNotCopied: a command that fails on a damaged file does not
// push good copies out.
func TestDamagedFilesAreNotCopied(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, path, Write)
	commit(t, s, put(live("a")))
	shut(t, s)
	shut(t, openFor(t, path, "w"))
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	broken := strings.Replace(string(raw), `"name":"a"`, `"name":"X"`, -1)
	if broken == string(raw) {
		t.Fatal("the file does not hold the object in clear")
	}
	if err := os.WriteFile(path, []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	o := options(path, Write)
	o.Workspace = "w"
	before := len(Copies(path))
	for range copiesKept + 1 {
		if err := DeleteWorkspace(o, true); err == nil {
			t.Fatal("a workspace of a damaged file was deleted")
		}
	}
	if got := len(Copies(path)); got != before {
		t.Errorf("%d copies, want %d as before", got, before)
	}
	for _, name := range []string{"nope", "../../victim"} {
		o.Workspace = name
		if err := DeleteWorkspace(o, true); err == nil {
			t.Errorf("workspace %s was deleted", name)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*.lock")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestFactsOfAnOldKey: what a fenced holder has written down before the key was
// rotated is recorded without its secrets, and stops nobody.
func TestFactsOfAnOldKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	stopped := open(t, path, Write)
	commit(t, stopped, put(intends(t, stopped, "a")))
	if err := ForceUnlock(stopped.o, stopped.o.Holder.Epoch); err != nil {
		t.Fatal(err)
	}
	text, err := seal.NewKeyText()
	if err != nil {
		t.Fatal(err)
	}
	ring := seal.NewKeyring(func(name string) string {
		if name == "MLINFRA_KEY" {
			return text + "," + strings.Repeat("ab", 32)
		}
		return ""
	}, nil)
	o := options(path, Write)
	o.Keys = ring
	key, _, err := ring.Current()
	if err != nil {
		t.Fatal(err)
	}
	if err := Rotate(o, key); err != nil {
		t.Fatal(err)
	}
	made := live("a")
	made.Attrs = []byte(`{"id":"id-a","name":"a","password":null}`)
	if err := stopped.Commit(put(made)); !errors.Is(err, ErrFenced) {
		t.Fatalf("%v, want ErrFenced", err)
	}
	shut(t, stopped)
	s, err := Open(o)
	if err != nil {
		t.Fatalf("the next run: %v", err)
	}
	defer shut(t, s)
	found := false
	for _, obj := range snap(t, s).Objects {
		found = found || idOf(obj.Attrs) == `"id-a"`
	}
	if !found {
		t.Error("what was made is not in the state")
	}
}

// TestJournalThatIsGone: the journal of emergencies is made again when somebody
// has removed it.
func TestJournalThatIsGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, path, Write)
	commit(t, s, put(intends(t, s, "a")))
	if err := os.RemoveAll(path + ".d"); err != nil {
		t.Fatal(err)
	}
	other := open(t, path, Write) // nothing keeps it out any more
	made := live("a")
	made.Attrs = []byte(`{"id":"id-a","name":"a","password":null}`)
	if err := s.Commit(put(made)); !errors.Is(err, ErrFenced) {
		t.Fatalf("%v, want ErrFenced", err)
	}
	facts, err := readRescue(s.o)
	if err != nil || len(facts) != 1 {
		t.Errorf("facts %v, %v; want one", facts, err)
	}
	shut(t, other)
	shut(t, s)
}

// TestRestoreOfSomethingElse: a copy of another state is not put in the place of
// this one.
func TestRestoreOfSomethingElse(t *testing.T) {
	dir := t.TempDir()
	path, foreign := filepath.Join(dir, "state.db"), filepath.Join(dir, "foreign.db")
	for _, p := range []string{path, foreign} {
		o := options(p, Write)
		o.NewLineage = func() string { return "lineage of " + filepath.Base(p) }
		s, err := Open(o)
		if err != nil {
			t.Fatal(err)
		}
		commit(t, s, put(live("a")))
		shut(t, s)
	}
	if _, err := Restore(options(path, Write), foreign); err == nil || !strings.Contains(err.Error(), "something else") {
		t.Errorf("%v, want an error", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(options(path, Write), foreign); err != nil {
		t.Errorf("where there is none: %v", err)
	}
}
