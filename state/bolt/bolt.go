// Package bolt keeps a state in one bbolt file. Commits of parallel steps
// share one fsync.
package bolt

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	bbolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/mlinfra/mlinfra/state"
)

// format is the version of the file's layout.
const format = "1"

var (
	bucketMeta    = []byte("meta")
	bucketObjects = []byte("objects")
	bucketOutputs = []byte("outputs")
	bucketTokens  = []byte("tokens")
)

// ErrLocked means that another process holds the state.
var ErrLocked = errors.New("another mlinfra is working on this state")

// Store is a state in a file.
type Store struct {
	path   string
	db     *bbolt.DB
	writes chan write
	done   chan struct{}
}

// Mode says what a Store is opened for.
type Mode int

// The modes of Open. Read makes no file.
const (
	Read Mode = iota
	Write
)

// Open opens the state in the file path, waiting for other processes for at
// most wait. For Write a missing file is made; newLineage names its state.
func Open(path string, mode Mode, wait time.Duration, newLineage func() string) (s *Store, err error) {
	switch err := checkFile(path); {
	case err == nil:
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case mode == Read:
		return &Store{path: path}, nil
	default:
		if err := create(path, newLineage()); err != nil {
			return nil, fmt.Errorf("make state: %w", err)
		}
	}
	// A truncated file makes the page map fault: an error, not the end of the
	// process.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if recover() == nil {
			return
		}
		err = damaged(path, "its pages do not fit together")
		if s != nil {
			err = errors.Join(err, s.db.Close())
		}
		s = nil
	}()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: max(wait, time.Millisecond), ReadOnly: mode == Read, FreelistType: bbolt.FreelistMapType, PreLoadFreelist: true})
	if err != nil {
		return nil, openError(path, err)
	}
	s = &Store{path: path, db: db, writes: make(chan write, maxGroup), done: make(chan struct{})}
	if err := s.check(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	go s.run()
	return s, nil
}

// checkFile refuses what is not a state before bbolt maps it into memory.
func checkFile(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, 64)
	n, _ := f.Read(head)
	const magic, magicAt = 0xED0CDAED, 16
	if n < 20 || binary.LittleEndian.Uint32(head[magicAt:]) != magic {
		hint := ""
		if strings.HasPrefix(strings.TrimSpace(string(head[:n])), "{") {
			hint = "; it looks like a Terraform state, which mlinfra does not read"
		}
		return fmt.Errorf("%s is not a state of mlinfra%s: name another file with -state", path, hint)
	}
	return nil
}

func openError(path string, err error) error {
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return fmt.Errorf("%s: %w", path, ErrLocked)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("open state: %w", err)
	}
	return damaged(path, err)
}

// damaged says that a file cannot be read as a state.
func damaged(path string, why any) error {
	return fmt.Errorf("%s is damaged (%v): restore a copy of it, or name another file with -state", path, why)
}

// check refuses a file that is inconsistent or is not a state of this format.
// It reads all of it here before Tx.Check does: that works on a goroutine of its
// own, where a fault is the end of the process.
func (s *Store) check() error {
	if err := checkPages(s.path, s.db.Info().PageSize); err != nil {
		return damaged(s.path, err)
	}
	err := s.db.View(func(tx *bbolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		if meta == nil {
			return fmt.Errorf("%s is a bbolt file of another program: name another file with -state", s.path)
		}
		if got := string(meta.Get([]byte("format"))); got != format {
			return fmt.Errorf("%s has format %q, this mlinfra reads %q: use the version that wrote it", s.path, got, format)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.touch(); err != nil {
		return damaged(s.path, err)
	}
	return s.db.View(func(tx *bbolt.Tx) (first error) {
		// To the end: while it has more to say, Check still reads the pages.
		for err := range tx.Check() {
			if first == nil {
				first = damaged(s.path, err)
			}
		}
		return first
	})
}

// touch reads every byte of every bucket.
func (s *Store) touch() error {
	return s.db.View(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{bucketMeta, bucketObjects, bucketOutputs, bucketTokens} {
			b := tx.Bucket(name)
			if b == nil {
				return fmt.Errorf("it has no %s", name)
			}
			err := b.ForEach(func(_, v []byte) error {
				crc32.ChecksumIEEE(v)
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// create makes an empty state. It appears under its name only when it is
// complete and durable.
func create(path, lineage string) error {
	dir, err := os.MkdirTemp(filepath.Dir(path), ".mlinfra-new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	temp := filepath.Join(dir, "state")
	db, err := bbolt.Open(temp, 0o600, nil)
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{bucketMeta, bucketObjects, bucketOutputs, bucketTokens} {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		meta := tx.Bucket(bucketMeta)
		return errors.Join(meta.Put([]byte("format"), []byte(format)), meta.Put([]byte("lineage"), []byte(lineage)))
	})
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	// Link, not rename: another process may have made the state meanwhile.
	if err := os.Link(temp, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a new name durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Snapshot returns the whole state.
func (s *Store) Snapshot() (state.Snapshot, error) {
	snap := state.Snapshot{Outputs: map[string]state.Output{}}
	if s.db == nil {
		return snap, nil
	}
	err := s.db.View(func(tx *bbolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		snap.Lineage = string(meta.Get([]byte("lineage")))
		snap.Serial = serial(meta)
		err := tx.Bucket(bucketObjects).ForEach(func(k, v []byte) error {
			var o state.Object
			if err := json.Unmarshal(v, &o); err != nil {
				return fmt.Errorf("%s: object %s: %w", s.path, k, err)
			}
			snap.Objects = append(snap.Objects, o)
			return nil
		})
		if err != nil {
			return err
		}
		_ = tx.Bucket(bucketTokens).ForEach(func(k, v []byte) error {
			snap.Marks = append(snap.Marks, state.Mark{Token: string(k), Provider: string(v)})
			return nil
		})
		return tx.Bucket(bucketOutputs).ForEach(func(k, v []byte) error {
			var o state.Output
			if err := json.Unmarshal(v, &o); err != nil {
				return fmt.Errorf("%s: output %s: %w", s.path, k, err)
			}
			snap.Outputs[string(k)] = o
			return nil
		})
	})
	slices.SortFunc(snap.Objects, func(a, b state.Object) int {
		if c := a.Addr.Compare(b.Addr); c != 0 {
			return c
		}
		return strings.Compare(string(a.Key), string(b.Key))
	})
	return snap, err
}

func serial(meta *bbolt.Bucket) uint64 {
	b := meta.Get([]byte("serial"))
	if len(b) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

// Close waits for running commits and releases the file.
func (s *Store) Close() error {
	if s.db == nil {
		return nil
	}
	close(s.writes)
	<-s.done
	return s.db.Close()
}
