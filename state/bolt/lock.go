package bolt

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
	bbolt "go.etcd.io/bbolt"

	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/durable"
)

// The lock of a workspace is one on a file beside the state, which the system
// releases when its holder dies: there are no stale ones. The file says who
// holds it. Its number, the epoch, stands in the state itself, and each commit
// compares it: a holder whose lock was taken away cannot commit any more.

// LockedError means that another process works on a workspace.
type LockedError struct {
	Workspace string
	Holder    state.Holder // zero when it does not say who it is
}

func (e *LockedError) Error() string {
	if e.Holder.Who == "" {
		return fmt.Sprintf("workspace %s is locked by another mlinfra", e.Workspace)
	}
	h := e.Holder
	return fmt.Sprintf("workspace %s is locked: %s runs mlinfra %s (process %d) since %s. Wait for it with -lock-timeout=5m; if it will never end, mlinfra force-unlock %d takes the lock away",
		e.Workspace, h.Who, h.Command, h.PID, h.Since.Local().Format(time.DateTime), h.Epoch)
}

func (o Options) lockFile() string { return o.beside(o.workspace() + ".lock") }

// acquire takes the lock of the workspace, waiting for as long as o says.
func acquire(o Options) (*flock.Flock, error) {
	for deadline := time.Now().Add(o.Wait); ; time.Sleep(min(50*time.Millisecond, max(poll, o.Wait/10))) {
		l := flock.New(o.lockFile(), flock.SetPermissions(0o600))
		ok, err := l.TryLock()
		switch {
		case err != nil:
			return nil, fmt.Errorf("lock the state: %w", err)
		case ok && isAt(l, o.lockFile()):
			return l, tellHolder(o) // without an epoch yet
		case ok: // it was taken away while we waited for it
			_ = l.Unlock()
			continue
		}
		_ = l.Close()
		if !time.Now().Before(deadline) {
			h, _ := holderOf(o)
			return nil, &LockedError{o.workspace(), h}
		}
	}
}

// holderOf returns who says to hold the lock.
func holderOf(o Options) (h state.Holder, err error) {
	raw, err := os.ReadFile(o.lockFile())
	if err != nil {
		return h, err
	}
	return h, json.Unmarshal(raw, &h)
}

// tellHolder writes who holds the lock into its file.
func tellHolder(o Options) error {
	raw, err := json.Marshal(o.Holder)
	if err != nil {
		return err
	}
	return os.WriteFile(o.lockFile(), raw, 0o600)
}

// forgetHolder empties the file of the lock, which is ours.
func forgetHolder(o Options) error {
	if h, err := holderOf(o); err != nil || h.Epoch != o.Holder.Epoch {
		return nil // it was taken away
	}
	return os.Truncate(o.lockFile(), 0)
}

// nextEpoch fences all earlier holders of a workspace. The epoch is a number for
// people, which repeats when a copy is restored or a workspace is made anew; what
// a holder compares is a random text, which does not.
func nextEpoch(ws *bbolt.Bucket) (epoch uint64, fence string, err error) {
	meta := ws.Bucket(bucketMeta)
	epoch, fence = number(meta, keyEpoch)+1, rand.Text()
	return epoch, fence, errors.Join(putNumber(meta, keyEpoch, epoch), meta.Put(keyFence, []byte(fence)), putSum(meta))
}

// Lock is a lock that is held.
type Lock struct {
	Workspace string
	Holder    state.Holder
}

// Locks returns the locks that are held on the workspaces of a file.
func Locks(path string) ([]Lock, error) {
	o := Options{Path: path}
	names, err := namesIn(o.Path+".d", ".lock")
	if err != nil {
		return nil, err
	}
	var held []Lock
	for _, o.Workspace = range names {
		l := flock.New(o.lockFile(), flock.SetPermissions(0o600))
		ok, err := l.TryLock()
		if err != nil {
			return nil, err
		}
		_ = l.Close()
		if ok {
			continue
		}
		h, _ := holderOf(o)
		held = append(held, Lock{o.workspace(), h})
	}
	return held, nil
}

// namesIn returns the names of the files in a directory that end with suffix,
// without it; none when there is no directory.
func namesIn(dir, suffix string) (names []string, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), suffix); ok {
			names = append(names, name)
		}
	}
	return names, err
}

// ForceUnlock takes the lock of a workspace away from its holder, whose next
// commit then fails. epoch is that of the lock, so that nobody else's is taken.
func ForceUnlock(o Options, epoch uint64) error {
	h, err := holderOf(o)
	// Nothing can be read of one that was stopped before it said who it is: its
	// epoch is 0.
	if errors.Is(err, fs.ErrNotExist) || h.Epoch != epoch {
		return fmt.Errorf("workspace %s has no lock %d: mlinfra lock list shows those that are held", o.workspace(), epoch)
	}
	err = fence(o, lockPatience/5)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // the holder has not made the state yet
	}
	if errors.Is(err, errBusy) {
		// The holder was stopped while it wrote: it keeps the file, and we take
		// a copy. Its commit then goes into a file that is no longer the state.
		if err = replaceWithCopy(o); err == nil {
			err = fence(o, lockPatience)
		}
	}
	if err != nil {
		return err
	}
	return os.Remove(o.lockFile())
}

func fence(o Options, wait time.Duration) error {
	return update(o.Path, wait, func(tx *bbolt.Tx) error {
		ws := workspaceOf(tx, o.workspace())
		if ws == nil {
			return nil // the holder has not made it yet
		}
		_, _, err := nextEpoch(ws)
		return err
	})
}

// replaceWithCopy puts a copy of the file in its place. Whoever has the file may
// go on at any moment: what it still commits before its file is no longer the
// state was acknowledged, and is copied as well. Until that is certain nobody
// can write to the copy.
func replaceWithCopy(o Options) error {
	old, err := os.Open(o.Path)
	if err != nil {
		return err
	}
	defer old.Close()
	for deadline := time.Now().Add(lockPatience); ; time.Sleep(poll) {
		before, err := metaPages(old)
		if err != nil {
			return err
		}
		lock, err := replaceOnce(o, old)
		if err != nil {
			if time.Now().After(deadline) {
				return err
			}
			continue // it was written while it was copied
		}
		defer lock.Unlock() //nolint:errcheck // closing releases it as well
		after, err := metaPages(old)
		if err != nil || bytes.Equal(before, after) {
			return err
		}
	}
}

// metaPages returns the two pages that say which others are in use.
func metaPages(f *os.File) ([]byte, error) {
	b := make([]byte, 2*os.Getpagesize())
	_, err := f.ReadAt(b, 0)
	return b, err
}

// replaceOnce copies an open file and puts the copy, locked, in the place of the
// state.
func replaceOnce(o Options, old *os.File) (*flock.Flock, error) {
	temp := o.Path + ".new"
	defer os.Remove(temp)
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(f, io.NewSectionReader(old, 0, math.MaxInt64))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	if err := verified(temp); err != nil {
		return nil, err
	}
	lock := flock.New(temp, flock.SetPermissions(0o600))
	if _, err := lock.TryLock(); err != nil {
		return nil, err
	}
	if err := errors.Join(os.Rename(temp, o.Path), durable.SyncDir(filepath.Dir(o.Path))); err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	return lock, nil
}
