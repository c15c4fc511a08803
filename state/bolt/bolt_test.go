package bolt

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bbolt "go.etcd.io/bbolt"

	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/seal"
)

var compareAddrs = cmp.Comparer(func(a, b state.Addr) bool { return a == b })

func lineage() string { return "lineage-1" }

func open(t testing.TB, path string, mode Mode) *Store {
	t.Helper()
	s, err := Open(options(path, mode))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func options(path string, mode Mode) Options {
	return Options{Path: path, Mode: mode, NewLineage: lineage, Keys: testKeys}
}

// testKeys has a key that is not kept.
var testKeys = seal.NewKeyring(func(name string) string {
	if name == "MLINFRA_KEY" {
		return strings.Repeat("ab", 32)
	}
	return ""
}, nil)

func shut(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func snap(t *testing.T, s *Store) state.Snapshot {
	t.Helper()
	snap, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

func commit(t testing.TB, s *Store, changes ...state.Change) {
	t.Helper()
	if err := s.Commit(changes...); err != nil {
		t.Fatal(err)
	}
}

func object(name string) state.Object {
	return state.Object{
		Key: state.ObjectKey("key-" + name), Addr: state.Addr{Type: "toy_server", Name: name, Key: state.IndexKey(2)}, Provider: "toy.fra",
		Status: state.Intended, Attrs: json.RawMessage(`{"id":null,"name":"` + name + `"}`), Sensitive: []string{"name"},
		Deps: []state.Addr{{Type: "toy_net", Name: "n"}}, Deposed: true,
		Since: time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC), Intent: &state.Intent{Token: "t", Before: []string{"1", "2"}},
	}
}

func put(o state.Object) state.Change { return state.Change{Put: &o} }

func TestRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, path, Write)
	want := state.Snapshot{
		Lineage: "lineage-1", Serial: 1, Objects: []state.Object{object("a"), object("b")},
		Outputs: map[string]state.Output{"o": {Type: json.RawMessage(`"string"`), Value: json.RawMessage(`"x"`), Sensitive: true}},
		Marks:   []state.Mark{{Token: "t1", Provider: "toy"}, {Token: "t2", Provider: "toy.fra"}},
	}
	commit(t, s, put(object("b")), put(object("a")), state.Change{Outputs: want.Outputs}, state.Change{Mark: &want.Marks[1]}, state.Change{Mark: &want.Marks[0]})
	if diff := cmp.Diff(want, snap(t, s), compareAddrs); diff != "" {
		t.Errorf("snapshot (-want +got):\n%s", diff)
	}
	shut(t, s)

	for _, mode := range []Mode{Write, Read} {
		s = open(t, path, mode)
		if diff := cmp.Diff(want, snap(t, s), compareAddrs); diff != "" {
			t.Errorf("snapshot opened again in mode %d (-want +got):\n%s", mode, diff)
		}
		shut(t, s)
	}

	s = open(t, path, Write)
	commit(t, s, state.Change{Drop: "key-a"}, state.Change{Unmark: "t1"})
	commit(t, s, state.Change{Outputs: map[string]state.Output{}})
	commit(t, s, state.Change{Drop: "key-of-nothing"}, state.Change{Unmark: "nothing"})
	want.Serial, want.Objects, want.Marks, want.Outputs = 4, want.Objects[1:], want.Marks[1:], map[string]state.Output{}
	if diff := cmp.Diff(want, snap(t, s), compareAddrs); diff != "" {
		t.Errorf("snapshot after deletions (-want +got):\n%s", diff)
	}
	shut(t, s)
}

func TestObjectsAreSorted(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"), Write)
	defer shut(t, s)
	var want []string
	for i, name := range []string{"c", "a", "b"} {
		o := object(name)
		o.Key = state.ObjectKey(fmt.Sprint(i))
		commit(t, s, put(o))
	}
	old := object("a")
	old.Key = "0-old"
	commit(t, s, put(old))
	for _, o := range snap(t, s).Objects {
		want = append(want, o.Addr.Name+" "+string(o.Key))
	}
	if diff := cmp.Diff([]string{"a 0-old", "a 1", "b 2", "c 0"}, want); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
}

func TestCommitsOfManyGoroutines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, path, Write)
	const writers, each = 40, 5
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				o := object(fmt.Sprintf("%d-%d", w, i))
				if err := s.Commit(put(o)); err != nil {
					t.Error(err)
				}
				// What Commit has returned from is there.
				if i == each-1 {
					if snap, err := s.Snapshot(); err != nil || len(snap.Objects) < each || snap.Serial < each {
						t.Errorf("%d objects, serial %d, %v", len(snap.Objects), snap.Serial, err)
					}
				}
			}
		})
	}
	wg.Wait()
	shut(t, s)
	s = open(t, path, Read)
	defer shut(t, s)
	snap := snap(t, s)
	if len(snap.Objects) != writers*each || snap.Serial != writers*each {
		t.Errorf("%d objects, serial %d; want %d of each: every commit counts one", len(snap.Objects), snap.Serial, writers*each)
	}
}

func TestCommitsShareTransactions(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"), Write)
	defer shut(t, s)
	// Nobody can write while this process has the file: the commits gather.
	db, err := openFile(s.o.Path, false, 0)
	if err != nil {
		t.Fatal(err)
	}
	before := transaction(t, db)
	const writers = 100
	var wg, begun sync.WaitGroup
	for w := range writers {
		begun.Add(1)
		wg.Go(func() {
			begun.Done()
			if err := s.Commit(put(object(fmt.Sprint(w)))); err != nil {
				t.Error(err)
			}
		})
	}
	begun.Wait()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if db, err = openFile(s.o.Path, true, time.Second); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if n := transaction(t, db) - before; n >= writers {
		t.Errorf("%d commits took %d transactions", writers, n)
	}
	if got := snap(t, s).Serial; got != writers {
		t.Errorf("serial %d, want %d", got, writers)
	}
}

// A transaction waits for others to share it when many are at work, and neither
// when few are nor when all are there.
func TestCommitsWaitForACrowd(t *testing.T) {
	for _, tt := range []struct{ writers, here, come, want int }{
		{0, 1, 1, 1},
		{1, 1, 1, 1},
		{crowd - 1, 1, 1, 1},
		{crowd, 1, 5, 6},
		{crowd, crowd, 5, crowd},
		{2 * maxGroup, maxGroup, 5, maxGroup},
	} {
		s := &Store{writes: make(chan write, tt.come)}
		for range tt.come {
			s.writes <- write{}
		}
		s.Expect(tt.writers)
		group := s.await(make([]write, tt.here))
		if len(group) != tt.want || len(s.writes) != tt.here+tt.come-tt.want {
			t.Errorf("of %d writers %d were here and %d came: %d share a transaction, want %d", tt.writers, tt.here, tt.come, len(group), tt.want)
		}
	}
	s := &Store{writes: make(chan write)}
	close(s.writes)
	s.Expect(crowd)
	if n := len(s.await(make([]write, 1))); n != 1 {
		t.Errorf("at the end %d share a transaction, want 1", n)
	}
}

// transaction returns the number of the last transaction.
func transaction(t *testing.T, db *openDB) (id int) {
	t.Helper()
	if err := db.View(func(tx *bbolt.Tx) error { id = tx.ID(); return nil }); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestCommitIsAllOrNothing(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"), Write)
	defer shut(t, s)
	bad := object("bad")
	bad.Attrs = json.RawMessage(`{`)
	if err := s.Commit(put(object("a")), put(bad)); err == nil {
		t.Fatal("an object whose attributes are no JSON was written")
	}
	if snap := snap(t, s); len(snap.Objects) > 0 || snap.Serial != 0 {
		t.Errorf("%d objects, serial %d; want nothing", len(snap.Objects), snap.Serial)
	}
}

func TestNothingIsWrittenAfterAFailure(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"), Write)
	defer shut(t, s)
	bad := object("bad")
	bad.Attrs = json.RawMessage(`{`)
	_ = s.Enqueue(put(bad))() // whoever has queued it has not looked yet when the next comes
	if err := s.Commit(put(object("a"))); err == nil {
		t.Error("what came after a lost write was written")
	}
	if snap := snap(t, s); len(snap.Objects) > 0 {
		t.Errorf("%d objects, want none", len(snap.Objects))
	}
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	o := options(path, Write)
	o.Holder = state.Holder{Who: "ana@laptop", PID: 4711, Command: "apply"}
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	commit(t, s, put(object("a")))
	_, err = Open(options(path, Write))
	var locked *LockedError
	if !errors.As(err, &locked) || locked.Holder.Who != "ana@laptop" || locked.Holder.PID != 4711 || locked.Holder.Epoch != 1 {
		t.Errorf("opening for writing what is open: %v, want a LockedError that names its holder", err)
	}
	r := open(t, path, Read)
	if got := snap(t, r); len(got.Objects) != 1 {
		t.Errorf("a reader beside a writer sees %d objects, want 1", len(got.Objects))
	}
	commit(t, s, put(object("b")))
	shut(t, s)
	shut(t, r)
	shut(t, open(t, path, Write))
}

func TestWorkspacesAreWrittenSideBySide(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	one := open(t, path, Write)
	o := options(path, Write)
	o.Workspace = "two"
	two, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i, s := range []*Store{one, two} {
		wg.Go(func() {
			for n := range 20 {
				if err := s.Commit(put(object(fmt.Sprintf("%d-%d", i, n)))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, s := range []*Store{one, two} {
		if n := len(snap(t, s).Objects); n != 20 {
			t.Errorf("%d objects, want 20", n)
		}
		shut(t, s)
	}
}

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, path, Read)
	if snap := snap(t, s); snap.Lineage != "" || snap.Serial != 0 || len(snap.Objects) > 0 {
		t.Errorf("snapshot of nothing: %+v", snap)
	}
	if err := s.Commit(put(object("a"))); err == nil {
		t.Error("a commit to what is open for reading succeeded")
	}
	shut(t, s)
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("reading made a file: %v", err)
	}
	shut(t, open(t, path, Write))
	s = open(t, path, Read)
	defer shut(t, s)
	if err := s.Commit(put(object("a"))); err == nil {
		t.Error("a commit to what is open for reading succeeded")
	}
}

func TestFileIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	shut(t, open(t, path, Write))
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode(); got != 0o600 {
		t.Errorf("mode %v, want -rw-------", got)
	}
}

func TestLineageIsGivenOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	shut(t, open(t, path, Write))
	o := options(path, Write)
	o.NewLineage = func() string { return "another" }
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, s)
	if got := snap(t, s).Lineage; got != "lineage-1" {
		t.Errorf("lineage %q, want lineage-1", got)
	}
}

// refused opens path in both modes; nothing may crash, and no mode may succeed.
func refused(t *testing.T, path, what string) {
	t.Helper()
	for _, mode := range []Mode{Read, Write} {
		s, err := Open(options(path, mode))
		if err != nil {
			if !strings.Contains(err.Error(), path) {
				t.Errorf("%s, mode %d: %v, want an error that names the file", what, mode, err)
			}
			continue
		}
		t.Errorf("%s, mode %d: opened", what, mode)
		shut(t, s)
	}
}

func TestForeignFiles(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"an empty file":     "",
		"a short file":      "x",
		"a Terraform state": `{"version": 4, "resources": []}`,
		"text":              strings.Repeat("text\n", 10000),
		"zeros":             strings.Repeat("\x00", 65536),
	} {
		path := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		refused(t, path, name)
		after, err := os.ReadFile(path)
		if err != nil || string(after) != content {
			t.Errorf("%s was changed (%v)", name, err)
		}
	}
	t.Run("a directory", func(t *testing.T) { refused(t, dir, "a directory") })
	t.Run("a symbolic link", func(t *testing.T) {
		target, link := filepath.Join(dir, "target.db"), filepath.Join(dir, "link.db")
		shut(t, open(t, target, Write))
		if err := os.Symlink(target, link); err != nil {
			t.Skip(err)
		}
		refused(t, link, "a symbolic link")
	})
	t.Run("a bbolt file of another program", func(t *testing.T) {
		path := filepath.Join(dir, "other.db")
		db, err := bbolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("x")); return err })
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		refused(t, path, "a bbolt file of another program")
	})
	t.Run("a state of another format", func(t *testing.T) {
		path := filepath.Join(dir, "format.db")
		s := open(t, path, Write)
		shut(t, s)
		err := update(path, 0, func(tx *bbolt.Tx) error { return tx.Bucket(bucketMeta).Put(keyFormat, []byte("3")) })
		if err != nil {
			t.Fatal(err)
		}
		refused(t, path, "a state of another format")
	})
}

// sample returns the bytes of a state with a tree of pages.
func sample(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, path, Write)
	for i := range 2 {
		var changes []state.Change
		for n := range 25 {
			changes = append(changes, put(object(fmt.Sprintf("%d-%d", i, n))))
		}
		commit(t, s, changes...)
	}
	shut(t, s)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// survives opens and reads what is damaged; an error is fine, a crash is not.
// It reports whether it was read.
func survives(t *testing.T, raw []byte) bool {
	t.Helper()
	readable := false
	for _, mode := range []Mode{Read, Write} {
		path := filepath.Join(t.TempDir(), "state.db")
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(options(path, mode))
		if err != nil {
			continue
		}
		if _, err := s.Snapshot(); err == nil {
			readable = true
		}
		shut(t, s)
	}
	return readable
}

func TestTruncatedFiles(t *testing.T) {
	raw := sample(t)
	for size := 0; size < len(raw); size += 512 {
		if survives(t, raw[:size]) && size < len(raw)/4 {
			t.Errorf("%d of %d bytes were read as a whole state", size, len(raw))
		}
	}
}

func TestDamagedPages(t *testing.T) {
	raw := sample(t)
	page := os.Getpagesize()
	damage := map[string]func([]byte){
		"zeros": func(b []byte) { clear(b) },
		"ones": func(b []byte) {
			for i := range b {
				b[i] = 0xff
			}
		},
		"another page": func(b []byte) { copy(b, raw[3*page:4*page]) },
		"a header with a huge count": func(b []byte) {
			b[10], b[11] = 0xff, 0xff
		},
	}
	for name, f := range damage {
		for at := 0; at+page <= len(raw); at += page {
			bad := append([]byte(nil), raw...)
			f(bad[at : at+page])
			t.Run(fmt.Sprintf("%s in page %d", name, at/page), func(t *testing.T) { survives(t, bad) })
		}
	}
}
