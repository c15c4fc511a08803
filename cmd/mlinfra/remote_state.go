package main

import (
	"encoding/json"
	"fmt"
	"os"

	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers/builtin"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
)

// readOutputs returns the outputs of the state in a file: one of mlinfra, or
// one of Terraform, since teams use both.
func readOutputs(path, workspace string) (map[string]builtin.Output, error) {
	if workspace != "default" {
		return nil, fmt.Errorf("workspace %q of %s: only the workspace default can be read; set workspace_dir for Terraform's files of others", workspace, path)
	}
	// A missing state is nothing to be read as an empty one.
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the state %s: %w", path, err)
	case info.IsDir():
		return nil, fmt.Errorf("read the state %s: it is a directory; name the file in it", path)
	}
	outputs, err := terraformOutputs(path)
	if outputs == nil && err == nil {
		outputs, err = ownOutputs(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the state %s: %w", path, err)
	}
	all := map[string]builtin.Output{}
	for name, o := range outputs {
		all[name] = builtin.Output{Value: planner.DecodeOutput(o), Sensitive: o.Sensitive}
	}
	return all, nil
}

// terraformState is what is read of a state file of Terraform.
type terraformState struct {
	Version int                     `json:"version"`
	Outputs map[string]state.Output `json:"outputs"`
}

// terraformOutputs returns the outputs of a state file of Terraform; nil when
// the file is something else.
func terraformOutputs(path string) (map[string]state.Output, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	dec := json.NewDecoder(f)
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, nil
	}
	if _, err := f.Seek(0, 0); err != nil {
		return nil, err
	}
	var s terraformState
	if err := json.NewDecoder(f).Decode(&s); err != nil {
		return nil, fmt.Errorf("it is no state of Terraform: %w", err)
	}
	if s.Version != 4 {
		return nil, fmt.Errorf("it is of version %d of Terraform's format: only version 4 can be read", s.Version)
	}
	for name, o := range s.Outputs {
		ty, err := ctyjson.UnmarshalType(o.Type)
		if err == nil {
			_, err = ctyjson.Unmarshal(o.Value, ty)
		}
		if err != nil {
			return nil, fmt.Errorf("output %s: %w", name, err)
		}
	}
	if s.Outputs == nil {
		s.Outputs = map[string]state.Output{}
	}
	return s.Outputs, nil
}

// ownOutputs returns the outputs of a state of mlinfra. It waits for a run that
// holds the other state, as long as commands do.
func ownOutputs(path string) (map[string]state.Output, error) {
	store, err := bolt.Open(path, bolt.Read, lockWait, newID)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	snap, err := store.Snapshot()
	if snap.Outputs == nil {
		snap.Outputs = map[string]state.Output{}
	}
	return snap.Outputs, err
}
