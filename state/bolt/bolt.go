// Package bolt keeps states in one bbolt file, one a workspace. Commits of
// parallel steps share one fsync, and the file is open for as long as they take:
// other processes read it, and write to other workspaces, while a run goes on.
// Beside the file stands a directory with its locks, its copies and the journal
// of emergencies.
package bolt

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	bbolt "go.etcd.io/bbolt"

	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/seal"
)

// Keys are where keys for the secrets come from: a *seal.Keyring.
type Keys interface {
	// Current returns the key to seal with, and where it is.
	Current() (seal.Key, string, error)
	// Find returns the key with an ID.
	Find(id string) (seal.Key, error)
}

// Options name a state and say who asks for it.
type Options struct {
	Path      string // of the file
	Workspace string // "" means default
	Mode      Mode
	// Wait is how long to wait for another process that works on the workspace.
	Wait time.Duration
	// Holder says to others who works on the workspace.
	Holder state.Holder
	// NewLineage names a new workspace for ever.
	NewLineage func() string
	// FirstSerial is the serial of a new workspace; 0 but for a copy of one.
	FirstSerial uint64
	Keys        Keys
	// KeepRuns is how many runs the history keeps; 0 means 500.
	KeepRuns int
	// LastResort is given facts that could be written nowhere, a line each.
	LastResort func(line string)
}

// workspace returns the name of the workspace.
func (o Options) workspace() string {
	if o.Workspace == "" {
		return DefaultWorkspace
	}
	return o.Workspace
}

// beside returns the path of a file in the directory beside the state.
func (o Options) beside(name string) string { return filepath.Join(o.Path+".d", name) }

// Mode says what a Store is opened for.
type Mode int

// The modes of Open. Read makes no file and takes no lock: it shows the state
// of the moment at which it was opened.
const (
	Read Mode = iota
	Write
)

// Store is the state of one workspace.
type Store struct {
	o    Options
	box  *seal.Box
	lock *flock.Flock // of the workspace; nil for Read
	// fence is what our lock has left in the file, and envelope that of the data
	// key: with others there we have been fenced.
	fence    string
	envelope []byte
	reading  state.Snapshot // of Read; of Write, as it was at the beginning

	writes   chan write
	done     chan struct{}
	lineage  string
	expected atomic.Int64 // writers at work
	written  bool         // something was committed
	copied   time.Time    // the file, last
	run      string       // that makes the changes
	lastSeen uint64       // serial after the last commit

	rescue   *os.File // the journal of emergencies
	recorded []fact   // of it, that the state holds now
	marks    []state.Mark
}

// Open opens a state. For Write a missing file or workspace is made.
func Open(o Options) (s *Store, err error) {
	if o.Mode == Read {
		s, err = openRead(o)
	} else {
		s, err = openWrite(o)
	}
	return s, withRemedy(err)
}

func openRead(o Options) (*Store, error) {
	s := &Store{o: o}
	err := view(o.Path, func(tx *bbolt.Tx) error {
		if err := check(o.Path, tx); err != nil {
			return err
		}
		box, locked, err := openBox(o, tx)
		if err != nil {
			return err
		}
		if s.reading, err = snapshot(tx, o.workspace(), box); err != nil {
			return damaged(o.Path, err)
		}
		if s.reading.Locked != nil {
			s.reading.Locked = fmt.Errorf("the secrets of %s cannot be read: %w", o.Path, locked)
		}
		return o.checkSerial(s.reading.Lineage, s.reading.Serial)
	})
	if errors.Is(err, fs.ErrNotExist) {
		if err := o.checkGone(); err != nil {
			return nil, err
		}
		s.reading = state.Snapshot{Outputs: map[string]state.Output{}}
		return s, nil
	}
	return s, err
}

func openWrite(o Options) (s *Store, err error) {
	// Before anything is made beside what is no state.
	err = checkFile(o.Path)
	if errors.Is(err, fs.ErrNotExist) {
		err = o.checkGone()
	}
	if err != nil {
		return nil, err
	}
	if err := prepareDirs(o); err != nil {
		return nil, err
	}
	s = &Store{o: o, writes: make(chan write, maxGroup), done: make(chan struct{}), copied: time.Now()}
	if s.lock, err = acquire(o); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.lock.Unlock())
			s = nil
		}
	}()
	if err = createFile(o); err != nil {
		return s, err
	}
	if err = s.begin(); err != nil {
		return s, err
	}
	if s.rescue, err = openRescue(o); err != nil {
		return s, err
	}
	if err = s.emptyRescue(); err != nil {
		return s, err
	}
	go s.writer()
	return s, nil
}

// begin checks the file, takes the workspace over from whoever had it, and
// records what only the journal of emergencies knows.
func (s *Store) begin() error {
	facts, err := readRescue(s.o)
	if err != nil {
		return err
	}
	return update(s.o.Path, lockPatience, func(tx *bbolt.Tx) error {
		if err := check(s.o.Path, tx); err != nil {
			return err
		}
		var locked error
		if s.box, locked, err = openBox(s.o, tx); err != nil {
			return err
		}
		if locked != nil {
			return fmt.Errorf("%s cannot be written: %w", s.o.Path, locked)
		}
		if !isAt(s.lock, s.o.lockFile()) {
			return ErrFenced
		}
		ws, err := s.o.makeWorkspace(tx)
		if err != nil {
			return err
		}
		snap, err := snapshot(tx, s.o.workspace(), s.box)
		if err != nil {
			return damaged(s.o.Path, err)
		}
		if err := s.o.checkSerial(snap.Lineage, snap.Serial); err != nil {
			return err
		}
		if s.o.Holder.Epoch, s.fence, err = nextEpoch(ws); err != nil {
			return err
		}
		s.envelope = bytes.Clone(tx.Bucket(bucketMeta).Get(keyEnvelope))
		if err := tellHolder(s.o); err != nil {
			return err
		}
		s.lastSeen, s.reading = snap.Serial, snap
		return s.recordFacts(ws, facts)
	})
}

// Snapshot returns the whole state.
func (s *Store) Snapshot() (snap state.Snapshot, err error) {
	if s.lock == nil {
		return s.reading, nil
	}
	err = view(s.o.Path, func(tx *bbolt.Tx) error {
		ws := workspaceOf(tx, s.o.workspace())
		if ws != nil && number(ws.Bucket(bucketMeta), keySerial) == s.reading.Serial {
			snap = s.reading
			snap.Objects, snap.Outputs, snap.Marks = slices.Clone(snap.Objects), maps.Clone(snap.Outputs), slices.Clone(snap.Marks)
			return nil
		}
		snap, err = snapshot(tx, s.o.workspace(), s.box)
		return err
	})
	return snap, err
}

// snapshot reads a workspace; the zero Snapshot when there is none.
func snapshot(tx *bbolt.Tx, name string, box *seal.Box) (state.Snapshot, error) {
	snap := state.Snapshot{Outputs: map[string]state.Output{}}
	ws := workspaceOf(tx, name)
	if ws == nil {
		return snap, nil
	}
	meta := ws.Bucket(bucketMeta)
	snap.Lineage, snap.Serial, snap.Head = string(meta.Get(keyLineage)), number(meta, keySerial), hex.EncodeToString(meta.Get(keyHead))
	var err error
	if snap.Objects, err = objects(ws, snap.Lineage, box); err != nil {
		return snap, err
	}
	if slices.ContainsFunc(snap.Objects, func(o state.Object) bool { return o.Locked }) {
		snap.Locked = errLocked
	}
	err = each(ws, bucketOutputs, func(k string, v []byte) error {
		o, err := decodeOutput(v, snap.Lineage, k, box)
		if err != nil {
			return fmt.Errorf("output %s: %w", k, err)
		}
		if o.Locked {
			snap.Locked = errLocked
		}
		snap.Outputs[k] = o
		return nil
	})
	if err != nil {
		return snap, err
	}
	err = each(ws, bucketTokens, func(k string, v []byte) error {
		snap.Marks = append(snap.Marks, state.Mark{Token: k, Provider: string(v)})
		return nil
	})
	return snap, err
}

// objects returns those of a workspace, sorted by address. They are copied before
// they are decoded: only this goroutine may meet a page that cannot be read.
func objects(ws *bbolt.Bucket, lineage string, box *seal.Box) ([]state.Object, error) {
	var keys []string
	var texts [][]byte
	err := each(ws, bucketObjects, func(k string, v []byte) error {
		keys, texts = append(keys, k), append(texts, bytes.Clone(v))
		return nil
	})
	if err != nil {
		return nil, err
	}
	list := make([]state.Object, len(texts))
	err = state.Shared(len(texts), func(i int) (err error) {
		if list[i], err = decodeObject(texts[i], lineage, box); err != nil {
			return fmt.Errorf("object %s: %w", keys[i], err)
		}
		return nil
	})
	slices.SortFunc(list, func(a, b state.Object) int {
		if c := a.Addr.Compare(b.Addr); c != 0 {
			return c
		}
		return strings.Compare(string(a.Key), string(b.Key))
	})
	return list, err
}

// errLocked stands for the reason, which openBox knows.
var errLocked = errors.New("there is no key")

// Close waits for running commits, copies the file if it has changed, and lets
// others work on the workspace. What was committed is durable, whatever Close
// returns.
func (s *Store) Close() error {
	if s.lock == nil {
		return nil
	}
	close(s.writes)
	<-s.done
	var err error
	if s.written {
		err = errors.Join(s.o.keepHead(s.lineage, s.lastSeen), s.o.copy())
	}
	return errors.Join(err, s.rescue.Close(), forgetHolder(s.o), s.lock.Unlock())
}
