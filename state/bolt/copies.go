package bolt

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	bbolt "go.etcd.io/bbolt"

	"github.com/gofrs/flock"
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
	dir := Options{Path: path}.beside("copies")
	names, _ := namesIn(dir, ".db") // what cannot be read has none
	var list []Copy
	for _, name := range names {
		at, err := time.Parse(copyTime, name)
		if err == nil {
			list = append(list, Copy{filepath.Join(dir, name+".db"), at})
		}
	}
	slices.SortFunc(list, func(a, b Copy) int { return b.At.Compare(a.At) })
	return list
}

// copy copies the file, as it is now.
func (o Options) copy() error { return o.opened(o.copyOf) }

// opened calls f with the file, open for reading.
func (o Options) opened(f func(*openDB) error) error {
	return guarded(o.Path, func() error {
		db, err := openFile(o.Path, true, lockPatience)
		if err != nil {
			return err
		}
		return db.during(func() error { return f(db) })
	})
}

// checked calls f with the file, open for reading, when it has no faults.
func (o Options) checked(f func(*openDB) error) error {
	return o.opened(func(db *openDB) error {
		if err := db.View(func(tx *bbolt.Tx) error { return check(o.Path, tx) }); err != nil {
			return err
		}
		return f(db)
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
			if err := os.Remove(c.Path); !errors.Is(err, fs.ErrNotExist) { // or another run has
				errs = append(errs, err)
			}
		}
		days[day] = true
	}
	return errors.Join(errs...)
}

// Take copies the file of o to path, where there must be none.
func Take(o Options, path string) error {
	if Exists(path) {
		return fmt.Errorf("%s is there already: name another file", path)
	}
	return o.checked(func(db *openDB) error { return CopyTo(db, path) })
}

// TakeCopy copies the file of o to where its copies are, and returns the copy.
func TakeCopy(o Options) (Copy, error) {
	if err := o.checked(o.copyOf); err != nil {
		return Copy{}, err
	}
	return Copies(o.Path)[0], nil
}

// Restore puts a copy in the place of the file of o, after all of it was
// checked. The file that was there stays beside it; its name is returned. No
// workspace may be in use.
func Restore(o Options, from string) (kept string, err error) {
	unlock, err := o.alone()
	if err != nil {
		return "", err
	}
	defer unlock()
	temp := o.Path + ".new"
	defer os.Remove(temp)
	if err := copyTo(temp, from); err != nil {
		return "", err
	}
	if err := Verify(Options{Path: temp, Keys: o.Keys}); err != nil {
		return "", fmt.Errorf("%s cannot be restored: %w", from, err)
	}
	if strangers(o.Path, temp) {
		return "", fmt.Errorf("%s has no workspace in common with %s: it is a copy of something else, and the next apply would make everything anew. Move %s away first if it is what you want", from, o.Path, o.Path)
	}
	heads, _ := o.heads()
	if err := update(temp, 0, func(tx *bbolt.Tx) error { return advance(tx, heads) }); err != nil {
		return "", err
	}
	if kept, err = o.setAside(); err != nil {
		return "", err
	}
	return kept, errors.Join(os.Rename(temp, o.Path), durable.SyncDir(filepath.Dir(o.Path)))
}

// strangers reports whether two files can be read and no lineage is in both.
func strangers(a, b string) bool {
	first, second := lineages(a), lineages(b)
	return len(first) > 0 && len(second) > 0 && !slices.ContainsFunc(first, func(l string) bool { return slices.Contains(second, l) })
}

// lineages returns those of the workspaces of a file; none when it cannot be read.
func lineages(path string) (list []string) {
	_ = view(path, func(tx *bbolt.Tx) error {
		return eachWorkspace(tx, func(_ string, ws *bbolt.Bucket) error {
			list = append(list, string(ws.Bucket(bucketMeta).Get(keyLineage)))
			return nil
		})
	})
	return list
}

// Accept lets the file of o count though a newer one was here: that stands no
// longer in its way. No workspace may be in use.
func Accept(o Options) error {
	unlock, err := o.alone()
	if err != nil {
		return err
	}
	defer unlock()
	heads, err := o.heads()
	if err != nil {
		return err
	}
	return update(o.Path, lockPatience, func(tx *bbolt.Tx) error {
		if err := check(o.Path, tx); err != nil {
			return err
		}
		return advance(tx, heads)
	})
}

// alone takes the locks of all workspaces that there are or were.
func (o Options) alone() (unlock func(), err error) {
	if err := prepareDirs(o); err != nil {
		return nil, err
	}
	names, err := namesIn(o.Path+".d", ".lock")
	if err != nil {
		return nil, err
	}
	if !slices.Contains(names, o.workspace()) {
		names = append(names, o.workspace())
	}
	slices.Sort(names)
	var locks []*flock.Flock
	unlock = func() {
		for _, l := range locks {
			_ = l.Unlock() // the system does it in any case
		}
	}
	for _, o.Workspace = range names {
		lock, err := acquire(o)
		if err != nil {
			unlock()
			return nil, err
		}
		locks = append(locks, lock)
	}
	return unlock, nil
}

// setAside gives the file of o a second name, under which it stays when another
// is put in its place; "" when there is none.
func (o Options) setAside() (string, error) {
	info, err := os.Lstat(o.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	kept := o.beside("before-restore-" + time.Now().UTC().Format(copyTime) + ".db")
	if !info.Mode().IsRegular() {
		return kept, os.Rename(o.Path, kept)
	}
	return kept, os.Link(o.Path, kept) // not renamed: at any moment there is a state
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
		_, _, err := nextEpoch(ws)
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

// checkSerial refuses a file that is older than what was here before.
func (o Options) checkSerial(lineage string, serial uint64) error {
	heads, err := o.heads()
	if err != nil {
		return err
	}
	if last := heads[lineage]; serial < last {
		return fmt.Errorf("%s is older than what was here last: its serial is %d, and %d was reached. Put the newer file back, or run mlinfra state restore -keep to go on with this one; objects made since then are not in it, and mlinfra sweep finds them", o.Path, serial, last)
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
	return fmt.Errorf("%s is gone: mlinfra state restore -latest brings back the newest copy of it, of %s. To begin without what it knew, move %s.d away", o.Path, copies[0].At.Local().Format(time.DateTime), o.Path)
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
