package bolt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	bbolt "go.etcd.io/bbolt"

	"github.com/mlinfra/mlinfra/state/durable"
)

// Pruned is what Prune has done.
type Pruned struct {
	Runs   int   // that were forgotten
	Before int64 // size of the file, in bytes
	After  int64
}

// Prune forgets all but the newest runs of a workspace, what they did and the
// configurations that only they had, in one transaction. It then writes the
// file anew without the space that this leaves. The state itself stays.
func Prune(o Options, keep int) (p Pruned, err error) {
	if keep < 1 {
		return p, fmt.Errorf("%d runs cannot be kept: keep at least 1", keep)
	}
	if err := checkFile(o.Path); err != nil {
		return p, err
	}
	lock, err := acquire(o)
	if err != nil {
		return p, err
	}
	defer lock.Unlock() //nolint:errcheck // closing releases it as well
	err = guarded(o.Path, func() error {
		db, err := openFile(o.Path, false, lockPatience)
		if err != nil {
			return err
		}
		defer db.Close()
		if p.Before, err = sizeOf(o.Path); err != nil {
			return err
		}
		err = db.Update(func(tx *bbolt.Tx) error {
			if err := check(o.Path, tx); err != nil {
				return err
			}
			p.Runs, err = o.prune(tx, keep)
			return err
		})
		if err != nil {
			return err
		}
		if err := compact(o.Path, db, func() bool { return isAt(lock, o.lockFile()) }); err != nil {
			return fmt.Errorf("the history is shorter, and the file is as long as before: %w", err)
		}
		p.After, err = sizeOf(o.Path)
		return err
	})
	return p, err
}

// prune forgets runs of the workspace and returns how many.
func (o Options) prune(tx *bbolt.Tx, keep int) (int, error) {
	ws := workspaceOf(tx, o.workspace())
	if ws == nil {
		return 0, fmt.Errorf("there is no workspace %q", o.workspace())
	}
	runs := countKeys(ws.Bucket(bucketRuns))
	if err := prune(ws, keep); err != nil {
		return 0, err
	}
	return max(0, runs-keep), putSum(ws.Bucket(bucketMeta))
}

func sizeOf(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// compactStep is after how many bytes compacting begins a new transaction.
const compactStep = 16 << 20

// compact writes the file anew without its free pages, which hold what was
// deleted. db has it open for writing: until it is closed, others wait, and then
// find the new one. still reports whether the lock is ours, until right before
// that.
func compact(path string, db *openDB, still func() bool) error {
	temp := path + ".compact"
	if err := os.Remove(temp); err != nil && !os.IsNotExist(err) {
		return err
	}
	defer os.Remove(temp)
	fresh, err := bbolt.Open(temp, 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return err
	}
	if err := errors.Join(bbolt.Compact(fresh, db.DB, compactStep), fresh.Sync(), fresh.Close()); err != nil {
		return err
	}
	if err := verified(temp); err != nil {
		return err
	}
	if !isAt(db.file, path) || !still() {
		return ErrFenced
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(path))
}
