package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/planner/migrate"
	"github.com/mlinfra/mlinfra/providers/builtin"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
)

// readOutputs returns the outputs of the state in a file: one of mlinfra, or
// one of Terraform, since teams use both.
func (a *app) readOutputs(path, workspace string) (map[string]builtin.Output, error) {
	// A missing state is nothing to be read as an empty one.
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the state %s: %w", path, err)
	case info.IsDir():
		return nil, fmt.Errorf("read the state %s: it is a directory; name the file in it", path)
	}
	outputs, err := terraformOutputs(path)
	switch {
	case outputs == nil && err == nil:
		outputs, err = a.ownOutputs(path, workspace)
	case err == nil && workspace != bolt.DefaultWorkspace:
		err = fmt.Errorf("a file of Terraform holds one workspace: set workspace_dir to the directory of those of %q", workspace)
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
	raw, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	return migrate.ParseOutputs(raw)
}

// ownOutputs returns the outputs of a workspace in a file of mlinfra.
func (a *app) ownOutputs(path, workspace string) (map[string]state.Output, error) {
	names, err := bolt.Workspaces(path)
	if err != nil {
		return nil, err
	}
	if workspace != bolt.DefaultWorkspace && !slices.Contains(names, workspace) {
		return nil, fmt.Errorf("it has no workspace %q, only %s", workspace, strings.Join(names, ", "))
	}
	store, err := a.openState(bolt.Options{Path: path, Workspace: workspace, Mode: bolt.Read, Keys: a.keys})
	if err != nil {
		return nil, err
	}
	defer store.Close()
	snap, err := store.Snapshot()
	for _, o := range snap.Outputs {
		if o.Locked {
			return nil, snap.Locked
		}
	}
	if snap.Outputs == nil {
		snap.Outputs = map[string]state.Output{}
	}
	return snap.Outputs, err
}
