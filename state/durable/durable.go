// Package durable writes files that are there, whole, once a function has
// returned, whatever happens to the machine.
package durable

import (
	"errors"
	"os"
	"path/filepath"
)

// Replace writes data, for the owner only, so that path holds either its old
// content or all of the new.
func Replace(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".mlinfra-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}

// SyncDir makes names in a directory durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
