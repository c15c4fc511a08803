package bolt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/seal"
)

// secretObject returns an object that has a secret.
func secretObject(name, secret string) state.Object {
	o := object(name)
	o.Status, o.Intent = state.Live, nil
	o.Secrets = map[string]json.RawMessage{"/password": json.RawMessage(`"` + secret + `"`)}
	return o
}

// run begins a run.
func run(id string) state.Change {
	return state.Change{Run: &state.Run{ID: id, Command: "apply", Config: []byte("configuration of " + id)}}
}

func TestPruneKeepsTheState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, path, Write)
	for i := range 50 {
		o := secretObject("a", strings.Repeat(fmt.Sprint(i), 500))
		commit(t, s, run(fmt.Sprint("r", i)), put(o))
	}
	want := snap(t, s)
	shut(t, s)
	if _, err := Prune(options(path, Write), 0); err == nil {
		t.Error("all runs can be pruned")
	}
	p, err := Prune(options(path, Write), 5)
	if err != nil {
		t.Fatal(err)
	}
	if p.Runs != 45 || p.After >= p.Before {
		t.Errorf("pruned %+v, want 45 runs and a smaller file", p)
	}
	r := open(t, path, Read)
	if diff := cmp.Diff(want, snap(t, r), compareAddrs); diff != "" {
		t.Errorf("the state is another (-want +got):\n%s", diff)
	}
	x, err := Examine(options(path, Read))
	if err != nil {
		t.Fatal(err)
	}
	wantThere := ExaminedWorkspace{Name: "default", Serial: 50, Objects: 1, Runs: 5, Events: 5, Configurations: 5}
	if diff := cmp.Diff(wantThere, x.Workspace("default")); diff != "" {
		t.Errorf("what is left (-want +got):\n%s", diff)
	}
	s = open(t, path, Write) // and goes on
	commit(t, s, run("next"), put(secretObject("b", "x")))
	shut(t, s)
	if err := Verify(options(path, Read)); err != nil {
		t.Error(err)
	}
}

func TestKeepRunsIsExact(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	o := options(path, Write)
	o.KeepRuns = 3
	for i := range 6 {
		s, err := Open(o)
		if err != nil {
			t.Fatal(err)
		}
		commit(t, s, run(fmt.Sprint("r", i)), put(secretObject("a", fmt.Sprint(i))))
		shut(t, s)
	}
	h, err := ReadHistory(o)
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Runs) != 3 || h.Known != h.Runs[0].First-1 {
		t.Errorf("%d runs are kept, known from serial %d, want 3 from %d", len(h.Runs), h.Known, h.Runs[0].First-1)
	}
}

// otherKeys has a new key in front of that of testKeys.
var otherKeys = seal.NewKeyring(func(name string) string {
	if name == "MLINFRA_KEY" {
		return strings.Repeat("cd", 32) + "," + strings.Repeat("ab", 32)
	}
	return ""
}, nil)

func rotateKey(t *testing.T, path string) {
	t.Helper()
	o := options(path, Write)
	o.Keys = otherKeys
	key, _, err := otherKeys.Current()
	if err != nil {
		t.Fatal(err)
	}
	if err := Rotate(o, key); err != nil {
		t.Fatal(err)
	}
	if id, same, err := SealedWith(path, key); id != key.ID() || !same || err != nil {
		t.Errorf("it is sealed with %s, %v, %v", id, same, err)
	}
}

func TestRotationLeavesNothingOfTheOldKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, path, Write)
	for i := range 20 {
		commit(t, s, run(fmt.Sprint("r", i)), put(secretObject("a", fmt.Sprint("secret", i))))
	}
	shut(t, s)
	sealed := sealedTexts(t, path)
	rotateKey(t, path)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range sealed {
		if bytes.Contains(raw, text) {
			t.Fatalf("%s is still in the file", text)
		}
	}
	o := options(path, Read)
	o.Keys = otherKeys
	if err := Verify(o); err != nil {
		t.Error(err)
	}
	h, err := ReadHistory(o)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range h.Runs {
		config, err := ReadSources(o, r.Sources)
		if err != nil || string(config) != fmt.Sprint("configuration of r", i) {
			t.Errorf("the configuration of run %d is %q, %v", i, config, err)
		}
	}
}

// sealedTexts returns what stands behind "sealed" in a file.
func sealedTexts(t *testing.T, path string) [][]byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var texts [][]byte
	for _, part := range bytes.Split(raw, []byte(`"sealed":"`))[1:] {
		text, _, _ := bytes.Cut(part, []byte(`"`))
		texts = append(texts, text)
	}
	if len(texts) < 20 {
		t.Fatalf("only %d sealed texts found", len(texts))
	}
	return texts
}

// TestRotationTakesOverEmergencies: facts in the journal are sealed with the
// old key.
func TestRotationTakesOverEmergencies(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, path, Write)
	o := secretObject("a", "before")
	o.Status = state.Updating
	commit(t, s, put(o))
	o = secretObject("a", "after")
	o.Since = o.Since.AddDate(0, 0, 1)
	if err := s.rescueOne(put(o)); err != nil {
		t.Fatal(err)
	}
	shut(t, s)
	rotateKey(t, path)
	r := options(path, Write)
	r.Keys = otherKeys
	again, err := Open(r)
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, again)
	if got := snap(t, again).Objects[0]; string(got.Secrets["/password"]) != `"after"` || got.Status != state.Live {
		t.Errorf("the fact of the journal is lost: %+v", got)
	}
}

func TestRestoreWaitsForNobody(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, path, Write)
	commit(t, s, run("r"), put(secretObject("a", "x")))
	shut(t, s)
	other := options(path, Write)
	other.Workspace, other.NewLineage = "other", func() string { return "lineage-2" }
	holder, err := Open(other)
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, holder)
	from := Copies(path)[0].Path
	for name, f := range map[string]func() error{
		"restore": func() error { _, err := Restore(options(path, Write), from); return err },
		"accept":  func() error { return Accept(options(path, Write)) },
	} {
		var locked *LockedError
		if err := f(); !errors.As(err, &locked) || locked.Workspace != "other" {
			t.Errorf("%s while another workspace is in use: %v", name, err)
		}
	}
}

func TestRestoreKeepsWhatWasThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, path, Write)
	commit(t, s, run("r"), put(secretObject("a", "x")))
	shut(t, s)
	from := Copies(path)[0].Path
	s = open(t, path, Write)
	commit(t, s, run("r2"), put(secretObject("b", "y")))
	want := snap(t, s)
	shut(t, s)
	kept, err := Restore(options(path, Write), from)
	if err != nil {
		t.Fatal(err)
	}
	now := snap(t, open(t, path, Read))
	if len(now.Objects) != 1 || now.Serial <= want.Serial {
		t.Errorf("restored %d objects at serial %d, want 1 after serial %d", len(now.Objects), now.Serial, want.Serial)
	}
	if diff := cmp.Diff(want, snap(t, open(t, kept, Read)), compareAddrs); diff != "" {
		t.Errorf("what was there is not kept (-want +got):\n%s", diff)
	}
}
