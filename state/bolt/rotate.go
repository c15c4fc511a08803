package bolt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	bbolt "go.etcd.io/bbolt"

	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/seal"
)

// Rotate seals all secrets of a file anew, with a new data key that key wraps,
// in one transaction: until it is durable the old key reads the file, and then
// the new one. What the old one has sealed does not stay in the file. No
// workspace may be in use.
func Rotate(o Options, key seal.Key) (err error) {
	if err := checkFile(o.Path); err != nil {
		return err
	}
	held, err := o.openAll()
	defer func() {
		for _, s := range held {
			s.written = s.written || err == nil // a copy that the new key reads
			err = errors.Join(err, s.Close())
		}
	}()
	if err != nil {
		return err
	}
	return guarded(o.Path, func() error {
		db, err := openFile(o.Path, false, lockPatience)
		if err != nil {
			return err
		}
		defer db.Close()
		if err := db.Update(func(tx *bbolt.Tx) error { return o.reseal(tx, key, held) }); err != nil {
			return err
		}
		still := func() bool {
			for _, s := range held {
				if !isAt(s.lock, s.o.lockFile()) {
					return false
				}
			}
			return true
		}
		if err := compact(o.Path, db, still); err != nil {
			return fmt.Errorf("the state is sealed with the new key, and what the old one sealed is still in free parts of the file: %w", err)
		}
		return nil
	})
}

// CanRotate returns why Rotate would be refused now; nil when it would not.
func CanRotate(o Options) error {
	unlock, err := o.alone()
	if err != nil {
		return err
	}
	defer unlock()
	f, err := os.OpenFile(o.Path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

// openAll opens all workspaces for writing, which locks them and records what
// the journal of emergencies has, sealed with the old key.
func (o Options) openAll() (held map[string]*Store, err error) {
	held = map[string]*Store{}
	names, err := Workspaces(o.Path)
	if err != nil {
		return held, err
	}
	for _, name := range names {
		w := o
		w.Workspace, w.Mode = name, Write
		s, err := openWrite(w)
		if err != nil {
			return held, err
		}
		held[name] = s
	}
	return held, nil
}

// reseal seals all that is in the file anew. held are the workspaces that
// nobody else works on.
func (o Options) reseal(tx *bbolt.Tx, key seal.Key, held map[string]*Store) error {
	e, now, err := seal.NewEnvelope(key, purpose)
	if err != nil {
		return err
	}
	was, locked, err := openBox(o, tx)
	if err = errors.Join(err, locked); err != nil {
		return err
	}
	err = eachWorkspace(tx, func(name string, ws *bbolt.Bucket) error {
		if held[name] == nil {
			return fmt.Errorf("workspace %s was made meanwhile: rotate again", name)
		}
		if held[name].fenced(ws) {
			return ErrFenced
		}
		r := resealing{ws, string(ws.Bucket(bucketMeta).Get(keyLineage)), was, now}
		return errors.Join(r.objects(), r.outputs(), r.sources(), r.history(), putSum(ws.Bucket(bucketMeta)))
	})
	if err != nil {
		return err
	}
	raw, err := json.Marshal(e)
	if err != nil {
		return err
	}
	meta := tx.Bucket(bucketMeta)
	return errors.Join(meta.Put(keyEnvelope, raw), putSum(meta))
}

// resealing seals what is in one workspace anew.
type resealing struct {
	ws       *bbolt.Bucket
	lineage  string
	was, now *seal.Box
}

// all returns the texts of a bucket by key: it is changed while they are read.
func (r resealing) all(bucket []byte) (map[string][]byte, error) {
	texts := map[string][]byte{}
	err := each(r.ws, bucket, func(k string, t []byte) error {
		texts[k] = bytes.Clone(t)
		return nil
	})
	return texts, err
}

func (r resealing) objects() error {
	texts, err := r.all(bucketObjects)
	for k, t := range texts {
		raw, err := r.object(t)
		if err != nil {
			return err
		}
		if err := putRecord(r.ws, bucketObjects, []byte(k), raw); err != nil {
			return err
		}
	}
	return err
}

// object seals a record anew, which stays that of the same commit.
func (r resealing) object(text []byte) ([]byte, error) {
	if string(text) == "null" {
		return text, nil
	}
	o, err := decodeObject(text, r.lineage, r.was)
	if err != nil {
		return nil, err
	}
	var rec objectRecord
	if err := json.Unmarshal(text, &rec); err != nil {
		return nil, err
	}
	return encodeObject(o, r.lineage, rec.Serial, r.now)
}

func (r resealing) outputs() error {
	texts, err := r.all(bucketOutputs)
	for k, t := range texts {
		o, err := decodeOutput(t, r.lineage, k, r.was)
		if err != nil {
			return err
		}
		var rec outputRecord
		if err := json.Unmarshal(t, &rec); err != nil {
			return err
		}
		raw, err := encodeOutput(o, r.lineage, k, rec.Serial, r.now)
		if err != nil {
			return err
		}
		if err := putRecord(r.ws, bucketOutputs, []byte(k), raw); err != nil {
			return err
		}
	}
	return err
}

// sources seals the configurations anew, under the names that the new key gives
// them, and lets the runs name them so.
func (r resealing) sources() error {
	texts, err := r.all(bucketSources)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for name, sealed := range texts {
		plain, err := r.was.Open(sealed, "sources "+name)
		if err != nil {
			return err
		}
		names[name] = r.now.Digest(plain)
		err = errors.Join(r.ws.Bucket(bucketSources).Delete([]byte(name)),
			putPlain(r.ws, bucketSources, []byte(names[name]), r.now.Seal(plain, "sources "+names[name])))
		if err != nil {
			return err
		}
	}
	runs, err := r.all(bucketRuns)
	for k, t := range runs {
		var run state.Run
		if err := json.Unmarshal(t, &run); err != nil {
			return err
		}
		run.Sources = names[run.Sources]
		raw, err := json.Marshal(run)
		if err != nil {
			return err
		}
		if err := putPlain(r.ws, bucketRuns, []byte(k), raw); err != nil {
			return err
		}
	}
	return err
}

// history seals the entries anew and makes the chain again.
func (r resealing) history() error {
	texts, err := r.all(bucketHistory)
	for k, t := range texts {
		var e entry
		if err := json.Unmarshal(t, &e); err != nil {
			return err
		}
		var err1, err2 error
		e.Before, err1 = r.object(e.Before)
		e.After, err2 = r.object(e.After)
		if err := errors.Join(err1, err2, putPlain(r.ws, bucketHistory, []byte(k), entryText(e))); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	meta := r.ws.Bucket(bucketMeta)
	head := bytes.Clone(meta.Get(keyBase))
	err = r.ws.Bucket(bucketHistory).ForEach(func(k, v []byte) error {
		head = link(head, k, v)
		return nil
	})
	return errors.Join(err, meta.Put(keyHead, head))
}
