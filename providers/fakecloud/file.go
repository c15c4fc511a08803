package fakecloud

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
)

// FileIn returns the path of the file called name in dir; "", which Load and Save
// take for nowhere, when dir is "".
func FileIn(dir, name string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, name)
}

// Must returns cloud, and panics when there is an error.
func Must[C any](cloud C, err error) C {
	if err != nil {
		panic(err)
	}
	return cloud
}

// Save writes v as JSON to path, whole or not at all, readable by the owner only.
// Its directory is made when missing. A kill during Save leaves the old content.
// With "" it does nothing.
func Save(path string, v any) error {
	if path == "" {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	// One process owns the file, so a fixed name is enough, and a killed
	// process leaves at most one of them behind.
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, b, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// Load fills v from path. A missing file, and "", leave v alone.
func Load(path string, v any) error {
	if path == "" {
		return nil
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		return fmt.Errorf("load %s: %w", path, err)
	}
	return nil
}

// Edit passes what v points to through change by the fields of its JSON. A field
// that change removes is zero afterwards.
func Edit(v any, change func(map[string]any)) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	fields := map[string]any{}
	if err := json.Unmarshal(b, &fields); err != nil {
		return err
	}
	change(fields)
	if b, err = json.Marshal(fields); err != nil {
		return err
	}
	old := reflect.ValueOf(v).Elem()
	edited := reflect.New(old.Type())
	if err := json.Unmarshal(b, edited.Interface()); err != nil {
		return err
	}
	old.Set(edited.Elem())
	return nil
}
