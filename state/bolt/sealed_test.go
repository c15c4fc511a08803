package bolt

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bbolt "go.etcd.io/bbolt"

	"github.com/mlinfra/mlinfra/state/seal"
)

// ring returns a keyring with one key.
func ring(text string) *seal.Keyring {
	return seal.NewKeyring(func(name string) string {
		if name == "MLINFRA_KEY" {
			return text
		}
		return ""
	}, nil)
}

// withSecrets makes a state of two objects that have a secret each.
func withSecrets(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, path, Write)
	for _, name := range []string{"a", "b"} {
		o := object(name)
		o.Secrets = map[string]json.RawMessage{"/password": json.RawMessage(`"hunter-` + name + `"`)}
		commit(t, s, put(o))
	}
	shut(t, s)
	return path
}

// edit changes the records of objects as somebody might who knows the format:
// all checksums and digests are right afterwards.
func edit(t *testing.T, path string, f func(a, b *objectRecord)) {
	t.Helper()
	err := update(path, 0, func(tx *bbolt.Tx) error {
		ws := workspaceOf(tx, DefaultWorkspace)
		records := map[string]*objectRecord{}
		for _, key := range []string{"key-a", "key-b"} {
			raw, err := text(bucketObjects, []byte(key), ws.Bucket(bucketObjects).Get([]byte(key)))
			if err != nil {
				return err
			}
			records[key] = &objectRecord{}
			if err := json.Unmarshal(raw, records[key]); err != nil {
				return err
			}
		}
		f(records["key-a"], records["key-b"])
		for key, r := range records {
			raw, err := json.Marshal(r)
			if err := errors.Join(err, putRecord(ws, bucketObjects, []byte(key), raw)); err != nil {
				return err
			}
		}
		return putSum(ws.Bucket(bucketMeta))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestSealedValues attacks what is sealed: each attack has an error of its own,
// and none a panic.
func TestSealedValues(t *testing.T) {
	edits := map[string]func(a, b *objectRecord){
		"swapped between records": func(a, b *objectRecord) { a.Sealed, b.Sealed = b.Sealed, a.Sealed },
		"copied from another":     func(a, b *objectRecord) { a.Sealed = b.Sealed },
		"cut off":                 func(a, _ *objectRecord) { a.Sealed = a.Sealed[:len(a.Sealed)-1] },
		"cut off to a few bytes":  func(a, _ *objectRecord) { a.Sealed = a.Sealed[:5] },
		"a bit flipped":           func(a, _ *objectRecord) { a.Sealed[20] ^= 1 },
		"of an older commit":      func(a, _ *objectRecord) { a.Serial-- },
		"of another address":      func(a, b *objectRecord) { a.Addr, b.Addr = b.Addr, a.Addr },
	}
	for name, f := range edits {
		t.Run(name, func(t *testing.T) {
			path := withSecrets(t)
			edit(t, path, f)
			for _, mode := range []Mode{Read, Write} {
				_, err := Open(options(path, mode))
				if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "secrets cannot be opened") || strings.Contains(err.Error(), "hunter") {
					t.Errorf("mode %d: %v, want an error that names the file and its secrets", mode, err)
				}
			}
		})
	}
	t.Run("another key", func(t *testing.T) {
		path := withSecrets(t)
		o := options(path, Write)
		o.Keys = ring(strings.Repeat("cd", 32))
		var missing *seal.MissingError
		if _, err := Open(o); !errors.As(err, &missing) {
			t.Errorf("%v, want a MissingError", err)
		}
		o.Mode = Read
		s, err := Open(o)
		if err != nil {
			t.Fatal(err)
		}
		if got := snap(t, s); got.Locked == nil || len(got.Objects) != 2 || got.Objects[0].Secrets != nil {
			t.Errorf("read with another key: %+v; want two objects without secrets, and why", got)
		}
	})
	t.Run("another data key under the right one", func(t *testing.T) {
		path := withSecrets(t)
		err := update(path, 0, func(tx *bbolt.Tx) error {
			return errors.Join(makeEnvelope(options(path, Write), tx.Bucket(bucketMeta)), putSum(tx.Bucket(bucketMeta)))
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(options(path, Write)); err == nil || !strings.Contains(err.Error(), "secrets cannot be opened") {
			t.Errorf("%v, want an error about the secrets", err)
		}
	})
}

// TestLastResort takes the lock away while the journal of emergencies cannot be
// written either: a line says what exists, without its secrets.
func TestLastResort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	var lines []string
	o := options(path, Write)
	o.LastResort = func(line string) { lines = append(lines, line) }
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	made := intends(t, s, "a")
	made.Attrs = json.RawMessage(`{"id":"i-1"}`)
	made.Secrets = map[string]json.RawMessage{"/password": json.RawMessage(`"hunter"`)}
	if err := ForceUnlock(s.o, s.o.Holder.Epoch); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.o.rescueFile(), make([]byte, rescueSize+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.rescue.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(put(made)); !errors.Is(err, ErrFenced) {
		t.Errorf("%v, want ErrFenced", err)
	}
	close(s.writes)
	<-s.done
	if len(lines) != 1 || !strings.HasPrefix(lines[0], "MLINFRA-RECOVER v1 {") || !strings.Contains(lines[0], `"id":"i-1"`) || strings.Contains(lines[0], "hunter") {
		t.Errorf("the last words are %q, want one line with the id and without the secret", lines)
	}
}
