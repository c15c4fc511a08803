package bolt

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"
	bbolt "go.etcd.io/bbolt"

	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/durable"
)

// The journal of emergencies takes what cannot be written to the state any more:
// the disk is full, or the lock was taken away. Its space was reserved when the
// state was opened. The next run records what it holds.

// rescueSize is the space that is reserved, in bytes.
const rescueSize = 1 << 20

func (o Options) rescueFile() string { return o.beside("emergency") }

// fact is a record in the journal of emergencies.
type fact struct {
	Workspace string          `json:"workspace"`
	Lineage   string          `json:"lineage"`
	Key       state.ObjectKey `json:"key"`
	Dropped   bool            `json:"dropped,omitempty"`
	Object    json.RawMessage `json:"object,omitempty"` // as the state has it, sealed

	// Marks are those that the run has left on objects of the same provider.
	Marks []state.Mark `json:"marks,omitempty"`

	at    int  // in the journal
	size0 byte // the first of its size
}

// openRescue opens the journal, with its space reserved.
func openRescue(o Options) (*os.File, error) {
	f, err := os.OpenFile(o.rescueFile(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make the journal of emergencies: %w", err)
	}
	info, err := f.Stat()
	if err == nil && info.Size() >= rescueSize {
		return f, nil
	}
	// Written, not only sized: a file with holes needs space later.
	if err == nil {
		err = reserve(f)
	}
	if err = errors.Join(err, f.Sync(), durable.SyncDir(o.Path+".d"), durable.SyncDir(filepath.Dir(o.Path))); err != nil {
		return nil, errors.Join(fmt.Errorf("reserve space beside the state: %w", err), f.Close(), os.Remove(o.rescueFile()))
	}
	return f, nil
}

// reserve fills the journal with zeros.
func reserve(f *os.File) error {
	zeros := make([]byte, 32<<10)
	for at := 0; at < rescueSize; at += len(zeros) {
		if _, err := f.WriteAt(zeros, int64(at)); err != nil {
			return err
		}
	}
	return nil
}

// refuse answers writes with the error that keeps them from the state. What they
// say of objects that exist is written down.
func (s *Store) refuse(broken error, writes ...write) {
	for _, w := range writes {
		err := broken
		for _, c := range w.changes {
			if lost := s.rescueOne(c); lost != nil {
				err = errors.Join(err, lost)
			}
		}
		w.done <- err
	}
}

// rescueOne writes a change into the journal; where that is not possible either,
// it tells a person.
func (s *Store) rescueOne(c state.Change) error {
	known := c.Put != nil && c.Put.Status != state.Intended
	if !known && c.Drop == "" {
		return nil
	}
	f := fact{Workspace: s.o.workspace(), Lineage: s.lineage, Key: c.Drop, Dropped: c.Put == nil}
	if known {
		f.Key = c.Put.Key
		raw, err := encodeObject(*c.Put, s.lineage, rescueSerial, s.box)
		if err != nil {
			return err
		}
		f.Object = raw
		f.Marks = slices.Clone(s.marks)
		f.Marks = slices.DeleteFunc(f.Marks, func(m state.Mark) bool { return m.Provider != c.Put.Provider })
	}
	err := s.appendFact(f)
	if err != nil && s.o.LastResort != nil {
		s.o.LastResort(lastWords(f, c))
	}
	return err
}

// rescueSerial stands for the serial of a commit that was not made.
const rescueSerial = 0

// alone calls f while no other process writes to the journal: those that work on
// other workspaces share it, and so does one whose lock was taken away. It does
// not wait for ever: a fact is better written than not.
func (s *Store) alone(f func() error) error {
	lock := flock.New(s.o.rescueFile(), flock.SetPermissions(0o600))
	for deadline := time.Now().Add(rescuePatience); ; time.Sleep(poll) {
		if ok, err := lock.TryLock(); ok || err != nil || time.Now().After(deadline) {
			return errors.Join(f(), lock.Close())
		}
	}
}

// rescuePatience is how long others may take to write to the journal.
const rescuePatience = time.Second

// appendFact writes a record behind the last one.
func (s *Store) appendFact(f fact) error {
	b, err := factBytes(f)
	if err != nil {
		return err
	}
	return s.alone(func() error {
		if err := s.reopenRescue(); err != nil {
			return err
		}
		raw, err := os.ReadFile(s.o.rescueFile())
		if err != nil {
			return err
		}
		_, end := factsIn(raw)
		if end+len(b) > rescueSize {
			return errors.New("the journal of emergencies is full")
		}
		if _, err := s.rescue.WriteAt(b, int64(end)); err != nil {
			return err
		}
		return s.rescue.Sync()
	})
}

// reopenRescue makes the journal again when somebody has removed it.
func (s *Store) reopenRescue() error {
	if isAt(s.rescue, s.o.rescueFile()) {
		return nil
	}
	if err := prepareDirs(s.o); err != nil {
		return err
	}
	f, err := openRescue(s.o)
	if err != nil {
		return err
	}
	s.rescue, f = f, s.rescue
	return f.Close()
}

// factBytes returns a record: size, checksum, text.
func factBytes(f fact) ([]byte, error) {
	raw, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(len(raw)))
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(raw, castagnoli))
	return append(b, raw...), nil
}

// lastWords is a line that says what exists and could be written nowhere. It
// bears no secrets.
func lastWords(f fact, c state.Change) string {
	words := struct {
		Workspace string          `json:"workspace"`
		Lineage   string          `json:"lineage"`
		Key       state.ObjectKey `json:"key"`
		Address   string          `json:"address,omitempty"`
		ID        json.RawMessage `json:"id,omitempty"`
		Status    state.Status    `json:"status,omitempty"`
		Gone      bool            `json:"gone,omitempty"`
	}{Workspace: f.Workspace, Lineage: f.Lineage, Key: f.Key, Gone: f.Dropped}
	if c.Put != nil {
		words.Address, words.Status, words.ID = c.Put.Addr.String(), c.Put.Status, json.RawMessage(idOf(c.Put.Attrs))
	}
	raw, _ := json.Marshal(words) // texts only
	return "MLINFRA-RECOVER v1 " + string(raw)
}

// readRescue returns the facts in the journal; none when there is no journal.
func readRescue(o Options) ([]fact, error) {
	raw, err := os.ReadFile(o.rescueFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the journal of emergencies: %w", err)
	}
	facts, _ := factsIn(raw)
	return facts, nil
}

// recorded is the bit in the size of a fact which says that the state holds it.
const recorded = 0x80

// factsIn returns the facts in the bytes of a journal that no state holds yet,
// and where all facts end.
func factsIn(raw []byte) (facts []fact, end int) {
	for len(raw)-end > 8 {
		size := int64(binary.BigEndian.Uint32(raw[end:]) &^ (recorded << 24))
		if size == 0 || size > int64(len(raw)-end-8) {
			break
		}
		text := raw[end+8:][:size]
		var f fact
		if crc32.Checksum(text, castagnoli) != binary.BigEndian.Uint32(raw[end+4:]) || json.Unmarshal(text, &f) != nil {
			break // the end of it was not written any more
		}
		if f.at, f.size0 = end, raw[end]; f.size0&recorded == 0 {
			facts = append(facts, f)
		}
		end += 8 + len(text)
	}
	return facts, end
}

// recordFacts records the facts of this workspace where state knows less.
func (s *Store) recordFacts(ws *bbolt.Bucket, facts []fact) error {
	meta := ws.Bucket(bucketMeta)
	s.lineage = string(meta.Get(keyLineage))
	var changes []state.Change
	for _, f := range facts {
		if f.Lineage != s.lineage {
			continue
		}
		s.recorded = append(s.recorded, f)
		more, err := s.changesOf(ws, f)
		if err != nil {
			return fmt.Errorf("%s: %w", s.o.rescueFile(), err)
		}
		changes = append(changes, more...)
	}
	if len(changes) == 0 {
		return nil
	}
	s.written = true
	if err := s.apply(ws, changes); err != nil {
		return err
	}
	s.lastSeen = number(meta, keySerial)
	return putSum(meta)
}

// changesOf returns what a fact changes in state: nothing when state knows it, or
// something newer.
func (s *Store) changesOf(ws *bbolt.Bucket, f fact) ([]state.Change, error) {
	var now state.Object
	if v := ws.Bucket(bucketObjects).Get([]byte(f.Key)); v != nil {
		if err := json.Unmarshal(v[sumSize:], &now); err != nil {
			return nil, err
		}
	}
	if f.Dropped {
		if now.Status != state.Deleting {
			return nil, nil
		}
		return []state.Change{{Drop: f.Key}}, nil
	}
	o, err := decodeObject(bytes.Clone(f.Object), f.Lineage, s.box)
	if err != nil {
		// Sealed before the key was rotated: that the object exists counts for
		// more, and the next refresh reads the rest.
		if o, err = decodeObject(bytes.Clone(f.Object), f.Lineage, nil); err != nil {
			return nil, err
		}
		o.Locked = false
	}
	switch {
	case now.Key == "":
		return leftOver(ws, o, f.Marks)
	case idOf(now.Attrs) != "" && idOf(now.Attrs) != idOf(o.Attrs):
		o.Key += "-late" // another run has taken the intent over
		return leftOver(ws, o, f.Marks)
	case now.Since.After(o.Since), now.Since.Equal(o.Since) && now.Status == o.Status:
		return nil, nil // it was settled without
	}
	return []state.Change{{Put: &o}}, nil
}

// leftOver returns what becomes of an object that state does not know. A run
// whose lock was taken away has made it, after another had looked for it and
// made its own: it is to be deleted, unless it is one that state knows after all.
func leftOver(ws *bbolt.Bucket, o state.Object, marks []state.Mark) ([]state.Change, error) {
	id := idOf(o.Attrs)
	if id == "" {
		return nil, nil
	}
	known := false
	err := each(ws, bucketObjects, func(_ string, raw []byte) error {
		var other state.Object
		err := json.Unmarshal(raw, &other)
		known = known || other.Addr.Type == o.Addr.Type && idOf(other.Attrs) == id
		return err
	})
	if err != nil || known {
		return nil, err
	}
	o.Deposed = true
	changes := []state.Change{{Put: &o}}
	for i := range marks {
		changes = append(changes, state.Change{Mark: &marks[i]})
	}
	return changes, nil
}

// idOf returns the id among attributes as JSON; "" when there is none.
func idOf(attrs json.RawMessage) string {
	var with struct{ ID json.RawMessage }
	_ = json.Unmarshal(attrs, &with) // what has no id has none
	if string(with.ID) == "null" {
		return ""
	}
	return string(with.ID)
}

// emptyRescue marks the facts of this workspace as recorded, once they are
// durable in the state, and empties the journal when all are.
func (s *Store) emptyRescue() error {
	if len(s.recorded) == 0 {
		return nil
	}
	return s.alone(func() error {
		for _, f := range s.recorded {
			if _, err := s.rescue.WriteAt([]byte{recorded | f.size0}, int64(f.at)); err != nil {
				return err
			}
		}
		s.recorded = nil
		left, err := readRescue(s.o)
		if err == nil && len(left) == 0 {
			err = reserve(s.rescue)
		}
		return errors.Join(err, s.rescue.Sync())
	})
}
