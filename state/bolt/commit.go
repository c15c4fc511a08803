package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	bbolt "go.etcd.io/bbolt"

	"github.com/mlinfra/mlinfra/state"
)

// write is one call of Commit on its way to the writer.
type write struct {
	changes []state.Change
	done    chan<- error
}

// maxGroup bounds how many commits share one transaction.
const maxGroup = 1000

const (
	// linger is how long the file stays open for the next commit: opening it
	// costs about as much as the commit.
	linger = 2 * time.Millisecond
	// together is how long a transaction waits for others to share it when at
	// least crowd writers are at work: of so many some come within that time.
	together = 5 * time.Millisecond
	crowd    = 32
	// holdMost is after how long others may have the file, however much there
	// is to commit.
	holdMost = 100 * time.Millisecond
	// copyEvery is how often a long run copies the file.
	copyEvery = time.Minute
)

// ErrFenced means that another process works on the workspace now: somebody has
// taken the lock away from this one.
var ErrFenced = errors.New("the lock of this workspace was taken away (force-unlock), and another mlinfra may be working on it")

// Commit makes the changes durable. Commits that arrive while another is
// being synced share the next transaction. Once one has failed, all that follow
// do.
func (s *Store) Commit(changes ...state.Change) error { return s.Enqueue(changes...)() }

// Enqueue queues the changes behind those of earlier calls, and returns what
// waits for them.
func (s *Store) Enqueue(changes ...state.Change) func() error {
	if s.lock == nil {
		err := fmt.Errorf("%s is open for reading only", s.o.Path)
		return func() error { return err }
	}
	done := make(chan error, 1)
	s.writes <- write{changes, done}
	return func() error { return <-done }
}

// writer is the only one that writes. It ends when Close closes s.writes. After
// a failed write it refuses all others: what was queued behind that stands on
// it. What they wanted to record goes into the journal of emergencies.
func (s *Store) writer() {
	defer close(s.done)
	var broken error
	for w := range s.writes {
		if broken == nil {
			broken = guarded(s.o.Path, func() error { return s.hold(w) })
			continue
		}
		s.refuse(broken, w)
	}
}

// hold opens the file and commits w and what comes after it, until nothing more
// does or others have waited long enough.
func (s *Store) hold(w write) (err error) {
	until := time.Now().Add(holdMost)
	pending := []write{w}
	defer func() {
		if err != nil {
			s.refuse(err, pending...)
		}
	}()
	db, err := openFile(s.o.Path, false, lockPatience)
	if err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	return db.during(func() error {
		for len(pending) > 0 {
			pending = s.gather(s.await(pending))
			if err := s.commit(db, pending); err != nil {
				return fmt.Errorf("write state: %w", err)
			}
			for _, w := range pending {
				w.done <- nil
			}
			pending = nil
			if time.Now().Before(until) {
				pending = s.next()
			}
		}
		if time.Since(s.copied) > copyEvery {
			s.copied = time.Now()
			_ = s.o.copyOf(db) // what was committed stands; Close tries again, and tells
		}
		return nil
	})
}

// Expect says how many writers are at work.
func (s *Store) Expect(writers int) { s.expected.Store(int64(writers)) }

// await waits a moment for the writes of a crowd: a transaction writes pages of its
// own beside theirs. When all are there it does not wait, and few never do.
func (s *Store) await(group []write) []write {
	n := int(s.expected.Load())
	if n < crowd {
		return group
	}
	timer := time.NewTimer(together)
	defer timer.Stop()
	for len(group) < min(n, maxGroup) {
		select {
		case w, ok := <-s.writes:
			if !ok {
				return group
			}
			group = append(group, w)
		case <-timer.C:
			return group
		}
	}
	return group
}

// gather adds what is queued to group.
func (s *Store) gather(group []write) []write {
	for len(group) < maxGroup {
		select {
		case w, ok := <-s.writes:
			if !ok {
				return group
			}
			group = append(group, w)
		default:
			return group
		}
	}
	return group
}

// next waits a moment for another write.
func (s *Store) next() []write {
	timer := time.NewTimer(linger)
	defer timer.Stop()
	select {
	case w, ok := <-s.writes:
		if ok {
			return []write{w}
		}
	case <-timer.C:
	}
	return nil
}

// commit makes a group of writes in one transaction.
func (s *Store) commit(db *openDB, group []write) error {
	var serial uint64
	err := db.Update(func(tx *bbolt.Tx) error {
		ws, err := s.mine(tx)
		if err != nil {
			return err
		}
		for _, w := range group {
			if err := s.apply(ws, w.changes); err != nil {
				return err
			}
		}
		serial = number(ws.Bucket(bucketMeta), keySerial)
		return putSum(ws.Bucket(bucketMeta))
	})
	if err != nil {
		return err
	}
	if !isAt(db.file, s.o.Path) {
		return ErrFenced // what was written went into a file that is no longer the state
	}
	s.written, s.lastSeen = true, serial
	return nil
}

// mine returns the bucket of the workspace, or ErrFenced when somebody else has
// taken it over, or has sealed the file anew.
func (s *Store) mine(tx *bbolt.Tx) (*bbolt.Bucket, error) {
	ws := workspaceOf(tx, s.o.workspace())
	if ws == nil || s.fenced(ws) || !bytes.Equal(tx.Bucket(bucketMeta).Get(keyEnvelope), s.envelope) {
		return nil, ErrFenced
	}
	return ws, nil
}

func (s *Store) fenced(ws *bbolt.Bucket) bool {
	return string(ws.Bucket(bucketMeta).Get(keyFence)) != s.fence
}

// apply does the changes of one commit, and counts and records it.
func (s *Store) apply(ws *bbolt.Bucket, changes []state.Change) error {
	meta := ws.Bucket(bucketMeta)
	serial := number(meta, keySerial) + 1
	if err := putNumber(meta, keySerial, serial); err != nil {
		return err
	}
	for i, c := range changes {
		if err := s.applyOne(ws, serial, i, c); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) applyOne(ws *bbolt.Bucket, serial uint64, i int, c state.Change) error {
	lineage := string(ws.Bucket(bucketMeta).Get(keyLineage))
	switch {
	case c.Put != nil:
		raw, err := encodeObject(*c.Put, lineage, serial, s.box)
		if err != nil {
			return err
		}
		if err := s.record(ws, serial, i, c.Put.Key, c.Put, raw); err != nil {
			return err
		}
		return putRecord(ws, bucketObjects, []byte(c.Put.Key), raw)
	case c.Drop != "":
		if err := s.record(ws, serial, i, c.Drop, nil, nil); err != nil {
			return err
		}
		return putRecord(ws, bucketObjects, []byte(c.Drop), nil)
	case c.Mark != nil:
		s.marks = append(s.marks, *c.Mark)
		return putRecord(ws, bucketTokens, []byte(c.Mark.Token), []byte(c.Mark.Provider))
	case c.Unmark != "":
		return putRecord(ws, bucketTokens, []byte(c.Unmark), nil)
	case c.Run != nil:
		return s.startRun(ws, serial, *c.Run)
	}
	return s.putOutputs(ws, lineage, serial, c.Outputs)
}

// putOutputs replaces all outputs.
func (s *Store) putOutputs(ws *bbolt.Bucket, lineage string, serial uint64, outputs map[string]state.Output) error {
	var gone [][]byte
	err := ws.Bucket(bucketOutputs).ForEach(func(k, _ []byte) error {
		if _, ok := outputs[string(k)]; !ok {
			gone = append(gone, k)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, k := range gone {
		if err := putRecord(ws, bucketOutputs, k, nil); err != nil {
			return err
		}
	}
	for name, o := range outputs {
		raw, err := encodeOutput(o, lineage, name, serial, s.box)
		if err != nil {
			return err
		}
		if err := putRecord(ws, bucketOutputs, []byte(name), raw); err != nil {
			return err
		}
	}
	return nil
}
