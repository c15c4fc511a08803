package bolt

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	bbolt "go.etcd.io/bbolt"

	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/seal"
)

// keepRuns is how many runs the history keeps when Options do not say.
const keepRuns = 500

// entry is what a commit has done to one object, as the file has it: the
// records of the object before and after.
type entry struct {
	At     time.Time       `json:"at"`
	Run    string          `json:"run,omitempty"`
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
}

// settled reports whether a status says how an object is, not what is being done
// to it.
func settled(s state.Status) bool { return s == state.Live || s == state.Tainted }

// record adds to the history that the object with a key becomes o, whose record
// is after; nil when it goes.
func (s *Store) record(ws *bbolt.Bucket, serial uint64, i int, key state.ObjectKey, o *state.Object, after []byte) error {
	if o != nil && !settled(o.Status) {
		return nil
	}
	var before []byte
	if v := ws.Bucket(bucketObjects).Get([]byte(key)); v != nil {
		var was state.Object
		if err := json.Unmarshal(v[sumSize:], &was); err != nil {
			return err
		}
		known := was.Status != state.Intended && was.Status != state.Pending
		if known && o != nil && sameObject(&was, o) {
			return nil
		}
		if known {
			before = v[sumSize:]
		}
	}
	if before == nil && after == nil {
		return nil
	}
	raw := entryText(entry{At: time.Now().UTC(), Run: s.run, Before: before, After: after})
	at := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(nil, serial), uint32(i))
	v := append(binary.BigEndian.AppendUint32(nil, checksum(bucketHistory, at, raw)), raw...)
	meta := ws.Bucket(bucketMeta)
	return errors.Join(ws.Bucket(bucketHistory).Put(at, v), meta.Put(keyHead, link(meta.Get(keyHead), at, v)))
}

// sameObject reports whether now says the same of an object as its record. What
// has secrets never does: they are sealed in the record.
func sameObject(was, now *state.Object) bool {
	return was.Addr == now.Addr && was.Status == now.Status && was.Deposed == now.Deposed && was.Provider == now.Provider &&
		bytes.Equal(was.Attrs, now.Attrs) && now.Secrets == nil
}

// entryText returns the JSON of an entry. Records are JSON already: reading them
// again for each commit would cost more than writing them.
func entryText(e entry) []byte {
	null := []byte("null")
	if e.Before == nil {
		e.Before = null
	}
	if e.After == nil {
		e.After = null
	}
	b := make([]byte, 0, len(e.Before)+len(e.After)+96)
	b = append(b, `{"at":"`...)
	b = e.At.AppendFormat(b, time.RFC3339Nano)
	b = append(b, `","run":"`...)
	b = append(b, e.Run...) // letters and digits
	b = append(b, `","before":`...)
	b = append(b, e.Before...)
	b = append(b, `,"after":`...)
	b = append(b, e.After...)
	return append(b, '}')
}

// link returns the head of the chain after an entry.
func link(head, key, v []byte) []byte {
	h := sha256.New()
	h.Write(head)
	h.Write(key)
	h.Write(v)
	return h.Sum(nil)
}

// startRun records a run, to which the commits after it belong, and forgets the
// oldest ones.
func (s *Store) startRun(ws *bbolt.Bucket, serial uint64, run state.Run) error {
	run.First = serial
	if len(run.Config) > 0 && s.box != nil {
		packed, err := pack(run.Config)
		if err != nil {
			return err
		}
		run.Sources = s.box.Digest(packed)
		name := []byte(run.Sources)
		if ws.Bucket(bucketSources).Get(name) == nil {
			sealed := s.box.Seal(packed, "sources "+run.Sources)
			if err := putPlain(ws, bucketSources, name, sealed); err != nil {
				return err
			}
		}
	}
	if len(run.PlanText) > 0 && s.box != nil {
		run.Plan = s.box.Digest(run.PlanText)
	}
	raw, err := json.Marshal(run)
	if err != nil {
		return err
	}
	if err := putPlain(ws, bucketRuns, binary.BigEndian.AppendUint64(nil, serial), raw); err != nil {
		return err
	}
	s.run = run.ID
	keep := s.o.KeepRuns
	if keep <= 0 {
		keep = keepRuns
	}
	return prune(ws, keep)
}

// pack compresses a configuration, which each run keeps that has another one.
func pack(config []byte) ([]byte, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(config)
	err = errors.Join(err, w.Close())
	return b.Bytes(), err
}

func unpack(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// putPlain writes a record that is no part of the digest.
func putPlain(ws *bbolt.Bucket, bucket, key, text []byte) error {
	return ws.Bucket(bucket).Put(key, append(binary.BigEndian.AppendUint32(nil, checksum(bucket, key, text)), text...))
}

// prune forgets all but the newest runs, with what they did.
func prune(ws *bbolt.Bucket, keep int) error {
	runs := ws.Bucket(bucketRuns)
	over := countKeys(runs) - keep
	if over <= 0 {
		return nil
	}
	var goes [][]byte
	c := runs.Cursor()
	k, _ := c.First()
	for ; k != nil && len(goes) < over; k, _ = c.Next() {
		goes = append(goes, bytes.Clone(k))
	}
	for _, k := range goes {
		if err := runs.Delete(k); err != nil {
			return err
		}
	}
	if err := pruneEntries(ws, k); err != nil {
		return err
	}
	return pruneSources(ws)
}

// countKeys counts the keys of a bucket, those that were put in this transaction
// among them: Stats does not know them.
func countKeys(b *bbolt.Bucket) int {
	n := 0
	_ = b.ForEach(func([]byte, []byte) error { // returns what the function does
		n++
		return nil
	})
	return n
}

// pruneEntries forgets the entries before the serial first.
func pruneEntries(ws *bbolt.Bucket, first []byte) error {
	meta, entries := ws.Bucket(bucketMeta), ws.Bucket(bucketHistory)
	base := meta.Get(keyBase)
	var goes [][]byte
	c := entries.Cursor()
	for k, v := c.First(); k != nil && bytes.Compare(k[:8], first) < 0; k, v = c.Next() {
		base = link(base, k, v)
		goes = append(goes, bytes.Clone(k))
	}
	for _, k := range goes {
		if err := entries.Delete(k); err != nil {
			return err
		}
	}
	return meta.Put(keyBase, base)
}

// pruneSources forgets the configurations that no run names any more.
func pruneSources(ws *bbolt.Bucket) error {
	used := map[string]bool{}
	err := each(ws, bucketRuns, func(_ string, raw []byte) error {
		var run state.Run
		err := json.Unmarshal(raw, &run)
		used[run.Sources] = true
		return err
	})
	if err != nil {
		return err
	}
	b := ws.Bucket(bucketSources)
	var goes [][]byte
	_ = b.ForEach(func(k, _ []byte) error {
		if !used[string(k)] {
			goes = append(goes, bytes.Clone(k))
		}
		return nil
	})
	for _, k := range goes {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// History is the past of a workspace.
type History struct {
	Runs   []state.Run // oldest first
	Events []state.Event
	Serial uint64 // of the state
	// Known is the first serial at which the objects can be told: what was done
	// before it has been forgotten.
	Known uint64
	// Locked says why secrets could not be read; nil when they could.
	Locked error
}

// ReadHistory reads the past of a workspace.
func ReadHistory(o Options) (History, error) {
	var h History
	err := view(o.Path, func(tx *bbolt.Tx) error {
		if err := check(o.Path, tx); err != nil {
			return err
		}
		ws := workspaceOf(tx, o.workspace())
		if ws == nil {
			return nil
		}
		box, locked, err := openBox(o, tx)
		if err != nil {
			return err
		}
		h.Locked = locked
		meta := ws.Bucket(bucketMeta)
		h.Serial = number(meta, keySerial)
		if err := h.readRuns(ws); err != nil {
			return damaged(o.Path, err)
		}
		if len(h.Runs) > 0 && meta.Get(keyBase) != nil {
			h.Known = h.Runs[0].First - 1
		}
		return h.readEvents(ws, string(meta.Get(keyLineage)), box)
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return h, err
}

func (h *History) readRuns(ws *bbolt.Bucket) error {
	err := each(ws, bucketRuns, func(_ string, raw []byte) error {
		var run state.Run
		err := json.Unmarshal(raw, &run)
		h.Runs = append(h.Runs, run)
		return err
	})
	for i := range h.Runs {
		h.Runs[i].Last = h.Serial
		if i+1 < len(h.Runs) {
			h.Runs[i].Last = h.Runs[i+1].First - 1
		}
	}
	return err
}

func (h *History) readEvents(ws *bbolt.Bucket, lineage string, box *seal.Box) error {
	return each(ws, bucketHistory, func(k string, raw []byte) error {
		var e entry
		if err := json.Unmarshal(raw, &e); err != nil {
			return err
		}
		ev := state.Event{Serial: binary.BigEndian.Uint64([]byte(k)), At: e.At, Run: e.Run}
		for _, side := range []struct {
			raw json.RawMessage
			to  **state.Object
		}{{e.Before, &ev.Before}, {e.After, &ev.After}} {
			if string(side.raw) == "null" {
				continue
			}
			o, err := decodeObject(side.raw, lineage, box)
			if err != nil {
				return fmt.Errorf("history of serial %d: %w", ev.Serial, err)
			}
			*side.to = &o
		}
		h.Events = append(h.Events, ev)
		return nil
	})
}

// ReadSources returns the configuration that a run has kept under a name.
func ReadSources(o Options, name string) ([]byte, error) {
	var config []byte
	err := view(o.Path, func(tx *bbolt.Tx) error {
		box, locked, err := openBox(o, tx)
		if err != nil || locked != nil {
			return errors.Join(err, locked)
		}
		ws := workspaceOf(tx, o.workspace())
		if ws == nil || box == nil {
			return errors.New("there is no such workspace")
		}
		v := ws.Bucket(bucketSources).Get([]byte(name))
		if v == nil {
			return errors.New("its configuration was not kept")
		}
		sealed, err := text(bucketSources, []byte(name), v)
		if err != nil {
			return damaged(o.Path, err)
		}
		packed, err := box.Open(sealed, "sources "+name)
		if err != nil {
			return err
		}
		config, err = unpack(packed)
		return err
	})
	return config, err
}

// verifyChain follows the history from its oldest entry to the head.
func verifyChain(ws *bbolt.Bucket) error {
	meta := ws.Bucket(bucketMeta)
	head := meta.Get(keyBase)
	err := ws.Bucket(bucketHistory).ForEach(func(k, v []byte) error {
		head = link(head, k, v)
		return nil
	})
	if err == nil && !bytes.Equal(head, meta.Get(keyHead)) {
		err = errors.New("the chain of its history is broken: entries are missing or were changed")
	}
	return err
}
