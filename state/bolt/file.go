package bolt

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	bbolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/mlinfra/mlinfra/state/durable"
	"github.com/mlinfra/mlinfra/state/seal"
)

// format is the version of the file's layout.
const format = "2"

// The layout: meta holds the format and the envelope of the data key;
// workspaces holds a bucket a workspace, and that the others.
var (
	bucketWorkspaces = []byte("workspaces")
	bucketMeta       = []byte("meta")
	bucketObjects    = []byte("objects")
	bucketOutputs    = []byte("outputs")
	bucketTokens     = []byte("tokens")
	bucketHistory    = []byte("history") // by serial and number
	bucketRuns       = []byte("runs")    // by the serial of their first commit
	bucketSources    = []byte("sources") // by digest

	keyFormat   = []byte("format")
	keyEnvelope = []byte("envelope")

	keyLineage = []byte("lineage")
	keySerial  = []byte("serial")
	keyEpoch   = []byte("epoch")
	keyFence   = []byte("fence")  // random, of the lock
	keyDigest  = []byte("digest") // of all records of objects, outputs and tokens
	keyHead    = []byte("head")   // hash of the chain of history
	keyBase    = []byte("base")   // hash before the oldest entry that is kept
)

const (
	// lockPatience is how long a commit of another process may take.
	lockPatience = 10 * time.Second
	// readPatience is after how long a reader takes a copy instead: whoever
	// writes may have been stopped.
	readPatience = 300 * time.Millisecond
	// poll is how often a busy file is tried.
	poll = 2 * time.Millisecond
)

// errBusy means that another process is writing, for longer than it should.
var errBusy = errors.New("another process does not finish writing to it")

// openDB is the file, open and locked.
type openDB struct {
	*bbolt.DB
	file *os.File
}

// openFile opens the file with bbolt. The caller has made sure that panics on
// faults are caught.
func openFile(path string, readOnly bool, wait time.Duration) (*openDB, error) {
	for deadline := time.Now().Add(wait); ; {
		if err := checkFile(path); err != nil {
			return nil, err
		}
		db, err := openBolt(path, readOnly)
		switch {
		case err == nil && isAt(db.file, path):
			return db, nil
		case err == nil: // it was replaced while we waited for it
			if err := db.Close(); err != nil {
				return nil, err
			}
			continue
		case !errors.Is(err, bolterrors.ErrTimeout):
			return nil, openError(path, err)
		case !time.Now().Before(deadline):
			return nil, fmt.Errorf("%s: %w", path, errBusy)
		}
		time.Sleep(poll)
	}
}

// openBolt opens the file if nobody else has it.
func openBolt(path string, readOnly bool) (_ *openDB, err error) {
	var file *os.File
	defer func() {
		if p := recover(); p != nil {
			giveUp(file)
			err = damaged(path, misfit)
		}
	}()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: 1, ReadOnly: readOnly, FreelistType: bbolt.FreelistMapType, PreLoadFreelist: true,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag&^os.O_CREATE, mode)
			file = f
			return f, err
		},
	})
	return &openDB{db, file}, err
}

// misfit is what is wrong when bbolt panics.
const misfit = "its pages do not fit together"

// giveUp lets others have a file that bbolt has panicked over: bbolt's own Close
// would wait for ever.
func giveUp(file *os.File) {
	if file != nil {
		_ = unlock(file)
		_ = file.Close()
	}
}

// during calls f and closes the file after it.
func (db *openDB) during(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			giveUp(db.file)
			err = damaged(db.Path(), misfit)
			return
		}
		err = errors.Join(err, db.Close())
	}()
	return f()
}

// isAt reports whether path still names f, a file.
func isAt(f interface{ Stat() (fs.FileInfo, error) }, path string) bool {
	here, err1 := f.Stat()
	there, err2 := os.Lstat(path)
	return err1 == nil && err2 == nil && os.SameFile(here, there)
}

// guarded calls f, and makes an error of the fault that a truncated file causes
// in memory.
func guarded(path string, f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = damaged(path, misfit)
		}
	}()
	return f()
}

// view reads the file in one transaction.
func view(path string, f func(*bbolt.Tx) error) error {
	return guarded(path, func() error {
		db, err := openFile(path, true, readPatience)
		if errors.Is(err, errBusy) {
			return viewCopy(path, f)
		}
		if err != nil {
			return err
		}
		return db.during(func() error { return db.View(f) })
	})
}

// viewCopy reads a copy of a file that another process holds: it has been
// stopped, or writes all the time. A copy that was made while it wrote shows by
// its checksums, and is made again.
func viewCopy(path string, f func(*bbolt.Tx) error) error {
	dir, err := os.MkdirTemp("", "mlinfra-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for deadline := time.Now().Add(lockPatience); ; time.Sleep(poll) {
		whole := filepath.Join(dir, "copy")
		err := copyTo(whole, path)
		if err == nil {
			err = verified(whole)
		}
		if err == nil {
			return view(whole, f)
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: %w: %w", path, errBusy, err)
		}
	}
}

// verified checks all of a file.
func verified(path string) error {
	return guarded(path, func() error {
		db, err := openFile(path, true, 0)
		if err != nil {
			return err
		}
		return db.during(func() error {
			return db.View(func(tx *bbolt.Tx) error { return check(path, tx) })
		})
	})
}

// copyTo copies the bytes of a file, for the owner only.
func copyTo(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// update changes the file in one transaction.
func update(path string, wait time.Duration, f func(*bbolt.Tx) error) error {
	return guarded(path, func() error {
		db, err := openFile(path, false, wait)
		if err != nil {
			return err
		}
		return db.during(func() error {
			if err := db.Update(f); err != nil {
				return err
			}
			if !isAt(db.file, path) {
				return ErrFenced // another file has taken its place
			}
			return nil
		})
	})
}

// checkFile refuses what is not a state before bbolt maps it into memory.
func checkFile(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file: name the state itself with -state", path)
	}
	if err := checkOwner(path, info); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open state: %w", err)
	}
	defer f.Close()
	head := make([]byte, 64)
	n, _ := f.Read(head)
	const magic, magicAt = 0xED0CDAED, 16
	if n < 20 || binary.LittleEndian.Uint32(head[magicAt:]) != magic {
		hint := ": name another file with -state"
		switch {
		case strings.HasPrefix(strings.TrimSpace(string(head[:n])), "{"):
			hint = "; it looks like a Terraform state: mlinfra migrate takes it over"
		case len(Copies(path)) > 0:
			hint = ": mlinfra state restore -latest brings back the newest copy of it"
		}
		return fmt.Errorf("%s is not a state of mlinfra%s", path, hint)
	}
	return nil
}

func openError(path string, err error) error {
	if err, ok := refusal(err); ok {
		return err
	}
	return damaged(path, err)
}

// refusal returns an error of the system, which says nothing of the file's
// content.
func refusal(err error) (error, bool) {
	var no syscall.Errno
	if !errors.As(err, &no) {
		return err, false
	}
	return fmt.Errorf("open state: %w", err), true
}

// DamagedError means that a file cannot be read as a state.
type DamagedError struct {
	Path string
	Why  string
}

func (e *DamagedError) Error() string {
	if copies := Copies(e.Path); len(copies) > 0 {
		return fmt.Sprintf("%s is damaged (%s): mlinfra state restore -latest brings back the newest copy of it, of %s", e.Path, e.Why, copies[0].At.Local().Format(time.DateTime))
	}
	return fmt.Sprintf("%s is damaged (%s): restore a copy of it, or name another file with -state", e.Path, e.Why)
}

func damaged(path string, why any) error {
	var already *DamagedError
	if err, ok := why.(error); ok {
		if errors.As(err, &already) {
			return err
		}
		if err, ok := refusal(err); ok {
			return err
		}
	}
	return &DamagedError{path, fmt.Sprint(why)}
}

// prepareDirs makes the directories that a state needs.
func prepareDirs(o Options) error {
	for _, dir := range []string{filepath.Dir(o.Path), o.Path + ".d"} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make a directory for the state: %w", err)
		}
	}
	return os.Chmod(o.Path+".d", 0o700)
}

// keepPrivate takes the rights of others to a file away. The owner's stay: who
// has made a state read-only wants it to stay as it is.
func keepPrivate(path string) error {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Perm()&0o077 == 0 {
		return err
	}
	return os.Chmod(path, info.Mode().Perm()&0o700)
}

// createFile makes an empty file, unless there is one. It appears under its
// name only when it is complete and durable.
func createFile(o Options) error {
	if err := checkFile(o.Path); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = keepPrivate(o.Path)
		}
		return err
	}
	dir, err := os.MkdirTemp(filepath.Dir(o.Path), ".mlinfra-new-")
	if err != nil {
		return fmt.Errorf("make state: %w", err)
	}
	defer os.RemoveAll(dir)
	temp := filepath.Join(dir, "state")
	db, err := bbolt.Open(temp, 0o600, nil)
	if err != nil {
		return fmt.Errorf("make state: %w", err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		meta, err1 := tx.CreateBucket(bucketMeta)
		_, err2 := tx.CreateBucket(bucketWorkspaces)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		return errors.Join(meta.Put(keyFormat, []byte(format)), makeEnvelope(o, meta), putSum(meta))
	})
	if err = errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("make state: %w", err)
	}
	// Link, not rename: another process may have made the state meanwhile.
	if err := os.Link(temp, o.Path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make state: %w", err)
	}
	return durable.SyncDir(filepath.Dir(o.Path))
}

// purpose separates the data keys of states from others.
const purpose = "state"

// makeEnvelope makes the data key of a file.
func makeEnvelope(o Options, meta *bbolt.Bucket) error {
	if o.Keys == nil {
		return nil
	}
	key, _, err := o.Keys.Current()
	if err != nil {
		return err
	}
	e, _, err := seal.NewEnvelope(key, purpose)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return meta.Put(keyEnvelope, raw)
}

// openBox returns what opens the secrets of the file; locked says why it is nil.
func openBox(o Options, tx *bbolt.Tx) (box *seal.Box, locked, err error) {
	e, err := envelopeOf(o.Path, tx)
	if err != nil || e.Key == "" {
		return nil, nil, err // made without keys
	}
	if o.Keys == nil {
		return nil, &seal.MissingError{ID: e.Key, Looked: "this program"}, nil
	}
	key, err := o.Keys.Find(e.Key)
	if err != nil {
		return nil, err, nil
	}
	box, err = e.Open(key, purpose)
	return box, err, nil
}
