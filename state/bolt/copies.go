package bolt

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	bbolt "go.etcd.io/bbolt"

	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/durable"
)

// Copies of the file are made at the end of each run that has changed it, and
// each minute of it. The newest ten stay, and one of each of the last fourteen
// days on which there were any.
const (
	copiesKept = 10
	daysKept   = 14
)

// copyTime is how the names of copies begin.
const copyTime = "20060102T150405.000000000Z"

// Copy is a copy of a file of states.
type Copy struct {
	Path string
	At   time.Time
}

// Copies returns the copies of a file, the newest first.
func Copies(path string) []Copy {
	names, _ := filepath.Glob(filepath.Join(Options{Path: path}.beside("copies"), "*.db")) // the pattern is ours
	var list []Copy
	for _, name := range names {
		at, err := time.Parse(copyTime, strings.TrimSuffix(filepath.Base(name), ".db"))
		if err == nil {
			list = append(list, Copy{name, at})
		}
	}
	slices.SortFunc(list, func(a, b Copy) int { return b.At.Compare(a.At) })
	return list
}

// copy copies the file, as it is now.
func (o Options) copy() error {
	return guarded(o.Path, func() error {
		db, err := openFile(o.Path, true, lockPatience)
		if err != nil {
			return err
		}
		return db.during(func() error { return o.copyOf(db) })
	})
}

// copyOf copies an open file, and removes copies that are not kept any more.
func (o Options) copyOf(db *openDB) error {
	dir := o.beside("copies")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return errors.Join(CopyTo(db, filepath.Join(dir, time.Now().UTC().Format(copyTime)+".db")), o.thinOut())
}

// CopyTo writes a consistent copy of an open file, durably.
func CopyTo(db *openDB, path string) error {
	temp, err := os.CreateTemp(filepath.Dir(path), ".mlinfra-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	err = db.View(func(tx *bbolt.Tx) error { _, err := tx.WriteTo(temp); return err })
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(path))
}

// thinOut removes the copies that are not kept.
func (o Options) thinOut() error {
	days := map[string]bool{}
	var errs []error
	for i, c := range Copies(o.Path) {
		day := c.At.Format(time.DateOnly)
		if i >= copiesKept && (days[day] || len(days) >= daysKept) {
			errs = append(errs, os.Remove(c.Path))
		}
		days[day] = true
	}
	return errors.Join(errs...)
}

// Take copies the file of o to path, and returns what is wrong with it if it
// cannot be read.
func Take(o Options, path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s is there already: name another file", path)
	}
	return guarded(o.Path, func() error {
		db, err := openFile(o.Path, true, lockPatience)
		if err != nil {
			return err
		}
		return db.during(func() error { return CopyTo(db, path) })
	})
}

// Verify checks all of a file: pages, checksums, digests, the chains of history
// and, when the key is there, what is sealed.
func Verify(o Options) error {
	return view(o.Path, func(tx *bbolt.Tx) error {
		if err := check(o.Path, tx); err != nil {
			return err
		}
		box, _, err := openBox(o, tx)
		if err != nil {
			return err
		}
		return eachWorkspace(tx, func(name string, ws *bbolt.Bucket) error {
			err := verifyChain(ws)
			if err == nil {
				_, err = snapshot(tx, name, box)
			}
			var h History
			if err == nil {
				err = h.readEvents(ws, string(ws.Bucket(bucketMeta).Get(keyLineage)), box)
			}
			if err != nil {
				return damaged(o.Path, fmt.Errorf("workspace %s: %w", name, err))
			}
			return nil
		})
	})
}

// Restore puts a copy in the place of the file of o, after all of it was
// checked. The file that was there stays beside it; its name is returned.
func Restore(o Options, from string) (kept string, err error) {
	if err := prepareDirs(o); err != nil {
		return "", err
	}
	lock, err := acquire(o)
	if err != nil {
		return "", err
	}
	defer lock.Unlock() //nolint:errcheck // closing releases it as well
	temp := o.Path + ".new"
	defer os.Remove(temp)
	if err := copyTo(temp, from); err != nil {
		return "", err
	}
	if err := verified(temp); err != nil {
		return "", err
	}
	heads, _ := o.heads()
	if err := update(temp, 0, func(tx *bbolt.Tx) error { return advance(tx, heads) }); err != nil {
		return "", err
	}
	if _, err := os.Lstat(o.Path); err == nil {
		kept = o.beside("before-restore-" + time.Now().UTC().Format(copyTime) + ".db")
		// Link, not rename: there is no moment without a state.
		if err := os.Link(o.Path, kept); err != nil {
			return "", err
		}
	}
	return kept, errors.Join(os.Rename(temp, o.Path), durable.SyncDir(filepath.Dir(o.Path)))
}

// advance puts the serials of all workspaces behind all that were ever used, and
// fences whoever holds a lock: plans and holders of before are refused.
func advance(tx *bbolt.Tx, heads map[string]uint64) error {
	return eachWorkspace(tx, func(_ string, ws *bbolt.Bucket) error {
		meta := ws.Bucket(bucketMeta)
		serial := max(number(meta, keySerial), heads[string(meta.Get(keyLineage))]) + 1
		if err := putNumber(meta, keySerial, serial); err != nil {
			return err
		}
		_, err := nextEpoch(ws)
		return err
	})
}

// The highest serial of each lineage stands beside the state: an older file in
// its place shows.

func (o Options) heads() (map[string]uint64, error) {
	heads := map[string]uint64{}
	raw, err := os.ReadFile(o.beside("heads.json"))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return heads, err
	}
	if json.Unmarshal(raw, &heads) != nil {
		heads = map[string]uint64{} // it is an aid only
	}
	return heads, nil
}

func (o Options) checkHead(snap state.Snapshot) error {
	heads, err := o.heads()
	if err != nil {
		return err
	}
	if last := heads[snap.Lineage]; snap.Serial < last {
		return fmt.Errorf("%s is older than what was here last: its serial is %d, and %d was reached. Put the newer file back, or run mlinfra state restore -keep to go on with this one; objects made since then are not in it, and mlinfra sweep finds them", o.Path, snap.Serial, last)
	}
	return nil
}

// checkGone refuses to begin anew where a state was: all that it knew would be
// made a second time.
func (o Options) checkGone() error {
	copies := Copies(o.Path)
	if len(copies) == 0 {
		return nil
	}
	return fmt.Errorf("%s is gone: mlinfra state restore brings back the newest copy of it, of %s. To begin without what it knew, move %s.d away", o.Path, copies[0].At.Local().Format(time.DateTime), o.Path)
}

// keepHead remembers the serial of a lineage.
func (o Options) keepHead(lineage string, serial uint64) error {
	heads, err := o.heads()
	if err != nil {
		return err
	}
	heads[lineage] = max(serial, heads[lineage])
	raw, err := json.Marshal(heads)
	if err != nil {
		return err
	}
	return durable.Replace(o.beside("heads.json"), raw)
}
