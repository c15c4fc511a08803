package bolt

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

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

// Commit makes the changes durable. Commits that arrive while another is
// being synced share the next transaction; there is no timer. Once one has
// failed, all that follow do.
func (s *Store) Commit(changes ...state.Change) error { return s.Enqueue(changes...)() }

// Enqueue queues the changes behind those of earlier calls, and returns what
// waits for them.
func (s *Store) Enqueue(changes ...state.Change) func() error {
	if s.db == nil || s.db.IsReadOnly() {
		err := fmt.Errorf("%s is open for reading only", s.path)
		return func() error { return err }
	}
	done := make(chan error, 1)
	s.writes <- write{changes, done}
	return func() error { return <-done }
}

// run is the only writer. It ends when Close closes s.writes. After a failed
// write it refuses all others: what was queued behind that stands on it.
func (s *Store) run() {
	defer close(s.done)
	var broken error
	for w := range s.writes {
		group := []write{w}
	drain:
		for len(group) < maxGroup {
			select {
			case w, ok := <-s.writes:
				if !ok {
					break drain
				}
				group = append(group, w)
			default:
				break drain
			}
		}
		if broken == nil {
			broken = s.write(group)
		}
		for _, w := range group {
			w.done <- broken
		}
	}
}

// write makes a group of writes in one transaction.
func (s *Store) write(group []write) error {
	err := s.db.Update(func(tx *bbolt.Tx) error {
		for _, w := range group {
			if err := apply(tx, w.changes); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	return nil
}

// apply does the changes of one commit and counts it.
func apply(tx *bbolt.Tx, changes []state.Change) error {
	for _, c := range changes {
		if err := applyOne(tx, c); err != nil {
			return err
		}
	}
	meta := tx.Bucket(bucketMeta)
	return meta.Put([]byte("serial"), binary.BigEndian.AppendUint64(nil, serial(meta)+1))
}

func applyOne(tx *bbolt.Tx, c state.Change) error {
	switch {
	case c.Put != nil:
		return putJSON(tx.Bucket(bucketObjects), string(c.Put.Key), c.Put)
	case c.Drop != "":
		return tx.Bucket(bucketObjects).Delete([]byte(c.Drop))
	case c.Mark != nil:
		return tx.Bucket(bucketTokens).Put([]byte(c.Mark.Token), []byte(c.Mark.Provider))
	case c.Unmark != "":
		return tx.Bucket(bucketTokens).Delete([]byte(c.Unmark))
	}
	if err := tx.DeleteBucket(bucketOutputs); err != nil {
		return err
	}
	b, err := tx.CreateBucket(bucketOutputs)
	if err != nil {
		return err
	}
	for name, o := range c.Outputs {
		if err := putJSON(b, name, o); err != nil {
			return err
		}
	}
	return nil
}

func putJSON(b *bbolt.Bucket, key string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return b.Put([]byte(key), raw)
}
