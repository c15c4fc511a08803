package main

import (
	"errors"
	"io/fs"
	"os"

	"github.com/hashicorp/hcl/v2"

	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
)

// editState records, in one transaction, the changes that edit makes of a
// state. A state that there is not is not made for it.
func (a *app) editState(flags stateFlags, edit func(state.Snapshot) ([]state.Change, error)) error {
	mode := bolt.Write
	if _, err := os.Lstat(a.stateFile(flags)); errors.Is(err, fs.ErrNotExist) {
		mode = bolt.Read
	}
	store, err := a.openStore(flags, mode)
	if err != nil {
		return err
	}
	defer store.Close()
	snap, err := store.Snapshot()
	if err != nil {
		return err
	}
	changes, err := edit(snap)
	if err != nil || len(changes) == 0 {
		return err
	}
	return store.Commit(changes...)
}

// errorOf returns an error that is shown as a summary and what to do.
func errorOf(summary, detail string) error {
	return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: summary, Detail: detail}}
}
