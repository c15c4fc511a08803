package bolt

import (
	"encoding/json"
	"fmt"
	"os"

	bbolt "go.etcd.io/bbolt"

	"github.com/mlinfra/mlinfra/state/seal"
)

// Examined is what Examine has found in a file without faults.
type Examined struct {
	Bytes int64
	// Key is the ID of the key that the file is sealed with; "" when it is not.
	Key string
	// Locked says why what is sealed was not opened; nil when it was.
	Locked     error
	Workspaces []ExaminedWorkspace
}

// ExaminedWorkspace counts what is in a workspace.
type ExaminedWorkspace struct {
	Name           string
	Serial         uint64
	Objects        int
	Outputs        int
	Runs           int
	Events         int
	Configurations int
}

// Workspace returns what is in the workspace with a name; the zero value when
// there is none.
func (x Examined) Workspace(name string) ExaminedWorkspace {
	for _, w := range x.Workspaces {
		if w.Name == name {
			return w
		}
	}
	return ExaminedWorkspace{Name: name}
}

// Verify checks all of a file: pages, checksums, digests, the chains of history
// and, when the key is there, what is sealed.
func Verify(o Options) error {
	_, err := Examine(o)
	return err
}

// Examine does what Verify does, and says what there is.
func Examine(o Options) (x Examined, err error) {
	err = view(o.Path, func(tx *bbolt.Tx) error {
		if err := check(o.Path, tx); err != nil {
			return err
		}
		e, err := envelopeOf(o.Path, tx)
		if err != nil {
			return err
		}
		box, locked, err := openBox(o, tx)
		if err != nil {
			return err
		}
		x = Examined{Key: e.Key, Locked: locked, Bytes: tx.Size()}
		return eachWorkspace(tx, func(name string, ws *bbolt.Bucket) error {
			w, err := examine(tx, name, ws, box)
			if err != nil {
				return damaged(o.Path, fmt.Errorf("workspace %s: %w", name, err))
			}
			x.Workspaces = append(x.Workspaces, w)
			return o.checkSerial(string(ws.Bucket(bucketMeta).Get(keyLineage)), w.Serial)
		})
	})
	return x, err
}

// examine reads all of a workspace.
func examine(tx *bbolt.Tx, name string, ws *bbolt.Bucket, box *seal.Box) (w ExaminedWorkspace, err error) {
	if err := verifyChain(ws); err != nil {
		return w, err
	}
	snap, err := snapshot(tx, name, box)
	if err != nil {
		return w, err
	}
	var h History
	if err := h.readRuns(ws); err != nil {
		return w, err
	}
	if err := h.readEvents(ws, snap.Lineage, box); err != nil {
		return w, err
	}
	w = ExaminedWorkspace{
		Name: name, Serial: snap.Serial, Objects: len(snap.Objects), Outputs: len(snap.Outputs),
		Runs: len(h.Runs), Events: len(h.Events),
	}
	err = each(ws, bucketSources, func(name string, sealed []byte) error {
		w.Configurations++
		if box == nil {
			return nil
		}
		if _, err := box.Open(sealed, "sources "+name); err != nil {
			return fmt.Errorf("configuration %s: %w", name, err)
		}
		return nil
	})
	return w, err
}

// envelopeOf returns the envelope of the file's data key; the zero Envelope when
// it was made without keys.
func envelopeOf(path string, tx *bbolt.Tx) (e seal.Envelope, err error) {
	raw := tx.Bucket(bucketMeta).Get(keyEnvelope)
	if raw == nil {
		return e, nil
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return e, damaged(path, err)
	}
	return e, nil
}

// SealedWith returns the ID of the key that a file is sealed with, and whether
// key, which may be nil, is that one; "" when nothing is sealed.
func SealedWith(path string, key seal.Key) (id string, same bool, err error) {
	err = view(path, func(tx *bbolt.Tx) error {
		if tx.Bucket(bucketMeta) == nil {
			return fmt.Errorf("%s is a bbolt file of another program: name another file with -state", path)
		}
		e, err := envelopeOf(path, tx)
		if err != nil || e.Key == "" {
			return err
		}
		id = e.Key
		if key != nil && key.ID() == id {
			_, wrong := key.Unwrap(e, purpose)
			same = wrong == nil // all passphrases have one ID
		}
		return nil
	})
	return id, same, err
}

// Exists reports whether there is a file of states at path.
func Exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
