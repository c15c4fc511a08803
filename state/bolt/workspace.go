package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	bbolt "go.etcd.io/bbolt"

	"github.com/mlinfra/mlinfra/state"
)

// DefaultWorkspace is the one that is there without being made.
const DefaultWorkspace = "default"

// CheckWorkspaceName refuses names that cannot be those of workspaces: they are
// parts of file names.
func CheckWorkspaceName(name string) error {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	if name == "" || len(name) > 90 || !strings.Contains(letters, name[:1]) || strings.TrimLeft(name, letters+"._@-") != "" {
		return fmt.Errorf("%q cannot be the name of a workspace: use up to 90 letters, digits and . _ @ -, with a letter or digit in front", name)
	}
	return nil
}

// workspaceOf returns the bucket of a workspace; nil when there is none.
func workspaceOf(tx *bbolt.Tx, name string) *bbolt.Bucket {
	all := tx.Bucket(bucketWorkspaces)
	if all == nil {
		return nil
	}
	return all.Bucket([]byte(name))
}

// eachWorkspace calls f with each workspace.
func eachWorkspace(tx *bbolt.Tx, f func(name string, ws *bbolt.Bucket) error) error {
	all := tx.Bucket(bucketWorkspaces)
	if all == nil {
		return errors.New("it has no workspaces")
	}
	return all.ForEachBucket(func(k []byte) error { return f(string(k), all.Bucket(k)) })
}

// makeWorkspace returns the bucket of the workspace, which is made if there is
// none.
func (o Options) makeWorkspace(tx *bbolt.Tx) (*bbolt.Bucket, error) {
	name := []byte(o.workspace())
	all := tx.Bucket(bucketWorkspaces)
	if ws := all.Bucket(name); ws != nil {
		return ws, nil
	}
	if err := CheckWorkspaceName(o.workspace()); err != nil {
		return nil, err
	}
	ws, err := all.CreateBucket(name)
	if err != nil {
		return nil, err
	}
	for _, bucket := range [][]byte{bucketMeta, bucketObjects, bucketOutputs, bucketTokens, bucketHistory, bucketRuns, bucketSources} {
		if _, err := ws.CreateBucket(bucket); err != nil {
			return nil, err
		}
	}
	meta := ws.Bucket(bucketMeta)
	return ws, errors.Join(meta.Put(keyLineage, []byte(o.NewLineage())), putNumber(meta, keySerial, o.FirstSerial), putSum(meta))
}

// Workspaces returns the names of the workspaces in a file, sorted; none when
// there is no file.
func Workspaces(path string) ([]string, error) {
	var names []string
	err := view(path, func(tx *bbolt.Tx) error {
		return eachWorkspace(tx, func(name string, _ *bbolt.Bucket) error {
			names = append(names, name)
			return nil
		})
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return names, err
}

// DeleteWorkspace removes the workspace of o, which must not be in use. With
// force it may hold objects: they are forgotten.
func DeleteWorkspace(o Options, force bool) error {
	names, err := Workspaces(o.Path)
	if err != nil {
		return err
	}
	if !slices.Contains(names, o.workspace()) {
		return fmt.Errorf("there is no workspace %q", o.workspace())
	}
	lock, err := acquire(o)
	if err != nil {
		return err
	}
	defer lock.Unlock() //nolint:errcheck // closing releases it as well
	err = update(o.Path, lockPatience, func(tx *bbolt.Tx) error {
		if err := check(o.Path, tx); err != nil {
			return err
		}
		ws := workspaceOf(tx, o.workspace())
		if ws == nil {
			return fmt.Errorf("there is no workspace %q", o.workspace())
		}
		if n := ws.Bucket(bucketObjects).Stats().KeyN; n > 0 && !force {
			return fmt.Errorf("workspace %q still has %d objects: destroy them first, or forget them with -force", o.workspace(), n)
		}
		return tx.Bucket(bucketWorkspaces).DeleteBucket([]byte(o.workspace()))
	})
	if err != nil {
		return err
	}
	return o.copy()
}

// Move takes objects from the workspace of one store into that of the other,
// both of the same file, in one transaction: gone and come are the changes of
// each, which drop and put them.
func Move(from, to *Store, gone, come []state.Change) error {
	if from.o.Path != to.o.Path {
		return errors.New("objects move only between the workspaces of one file")
	}
	return update(from.o.Path, lockPatience, func(tx *bbolt.Tx) error {
		return errors.Join(from.applyIn(tx, gone), to.applyIn(tx, come))
	})
}

// applyIn does the changes of one commit in a transaction that others share.
func (s *Store) applyIn(tx *bbolt.Tx, changes []state.Change) error {
	ws, err := s.mine(tx)
	if err != nil {
		return err
	}
	if err := s.apply(ws, changes); err != nil {
		return err
	}
	meta := ws.Bucket(bucketMeta)
	s.written, s.lastSeen = true, number(meta, keySerial)
	return putSum(meta)
}
