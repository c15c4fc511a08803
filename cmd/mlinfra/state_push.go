package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
)

func (a *app) statePushCommand() *cobra.Command {
	var flags stateFlags
	var force bool
	c := &cobra.Command{
		Use:   "push FILE",
		Short: "Take a state that state pull has printed",
		Long: `Makes the current workspace what a file says that mlinfra state pull has
printed, or standard input with -. The state of another workspace, or an older
one of this, is refused unless that is forced. To an empty workspace anything
may be pushed.

  mlinfra state pull > copy.json
  mlinfra state push copy.json`,
		Args: exactly(1, "a file that mlinfra state pull has printed, or - for standard input"),
		RunE: func(c *cobra.Command, args []string) error {
			raw, name, err := a.readInput(args[0])
			if err != nil {
				return err
			}
			doc, err := a.readPulled(raw)
			if err != nil {
				return errorOf("Cannot push "+name, sentence(err.Error())+".")
			}
			return a.push(c.Context(), flags, doc, force)
		},
	}
	flags.register(c)
	registerLock(c, &flags)
	accept(c, []string{"ignore-remote-version"}, nil)
	c.Flags().BoolVar(&force, "force", false, "push also the state of another workspace, or an older one")
	return c
}

// unmarshalExactly reads JSON without rounding numbers.
func unmarshalExactly(raw []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	return dec.Decode(v)
}

// readPulled reads what state pull has printed.
func (a *app) readPulled(raw []byte) (state.Snapshot, error) {
	var doc pulled
	var terraform struct{ Version int }
	if err := json.Unmarshal(raw, &doc); err != nil {
		return state.Snapshot{}, fmt.Errorf("it is not what mlinfra state pull prints: %w", err)
	}
	if doc.FormatVersion != pulledFormat {
		if json.Unmarshal(raw, &terraform) == nil && terraform.Version > 0 {
			return state.Snapshot{}, errors.New("it is a state of Terraform: mlinfra migrate takes that over")
		}
		return state.Snapshot{}, fmt.Errorf("its format_version is %q, this mlinfra reads %q: use the version that printed it", doc.FormatVersion, pulledFormat)
	}
	if doc.Lineage == "" {
		return state.Snapshot{}, errors.New("it has no lineage: it was pulled before there was a state")
	}
	snap := state.Snapshot{Lineage: doc.Lineage, Serial: doc.Serial, Outputs: map[string]state.Output{}}
	for name, o := range doc.Outputs {
		if err := checkOutput(o); err != nil {
			return snap, fmt.Errorf("output %s: %w", name, err)
		}
		snap.Outputs[name] = o
	}
	seen := map[state.ObjectKey]bool{}
	for _, p := range doc.Objects {
		o, err := a.pushedObject(p)
		switch {
		case err != nil:
			return snap, fmt.Errorf("%s: %w", p.Addr, err)
		case seen[o.Key]:
			return snap, fmt.Errorf("%s: another object has the same key %q", o.Addr, o.Key)
		}
		seen[o.Key] = true
		snap.Objects = append(snap.Objects, o)
	}
	return snap, nil
}

var errPulledLocked = errors.New("it was pulled without the key, and its secrets are missing: pull it again with the key")

func checkOutput(o state.Output) error {
	if o.Locked {
		return errPulledLocked
	}
	ty, err := ctyjson.UnmarshalType(o.Type)
	if err == nil {
		_, err = ctyjson.Unmarshal(o.Value, ty)
	}
	return err
}

// pushedObject returns the object that p shows, with its secrets apart.
func (a *app) pushedObject(p pulledObject) (state.Object, error) {
	known := []state.Status{state.Intended, state.Pending, state.Live, state.Updating, state.Deleting, state.Tainted}
	switch o := p.Object; {
	case o.Locked:
		return o, errPulledLocked
	case o.Key == "" || o.Provider == "":
		return o, errors.New("it has no key, or no provider")
	case !slices.Contains(known, o.Status):
		return o, fmt.Errorf("its status %q is not one that mlinfra knows", o.Status)
	}
	var attrs bytes.Buffer
	if err := json.Compact(&attrs, p.Attrs); err != nil {
		return p.Object, fmt.Errorf("its attrs: %w", err)
	}
	o, t := p.Object, a.catalog.TypeOf(p.Addr)
	if err := planner.HideSecrets(&o, t, attrs.Bytes(), p.Secrets); err != nil || t == nil {
		return o, err
	}
	_, err := planner.DecodeObject(t, o)
	return o, err
}

// push makes the workspace what want says, in one transaction.
func (a *app) push(ctx context.Context, flags stateFlags, want state.Snapshot, force bool) (err error) {
	o, err := a.stateOptions(flags, bolt.Write)
	if err != nil {
		return err
	}
	if !a.hasState(flags) {
		// A copy: the commit below makes the serial that of the original.
		o.NewLineage, o.FirstSerial = func() string { return want.Lineage }, max(want.Serial, 1)-1
	}
	store, err := a.open(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	snap, err := store.Snapshot()
	if err != nil {
		return err
	}
	if err := undecided(snap); err != nil {
		return err
	}
	changes := pushed(snap, want)
	if !force {
		if err := mayPush(snap, want, len(changes) > 0); err != nil {
			return err
		}
	}
	if len(changes) == 0 {
		return nil
	}
	return a.record(ctx, store, changes...)
}

// mayPush refuses what Terraform refuses: another lineage, an older serial, and
// the same serial when something differs.
func mayPush(snap, want state.Snapshot, differs bool) error {
	const force = "With -force it is pushed all the same, and what this workspace says of its objects is lost."
	empty := len(snap.Objects) == 0 && len(snap.Outputs) == 0
	switch {
	case empty:
		return nil
	case snap.Lineage != want.Lineage:
		return errorOf("It is the state of another workspace", fmt.Sprintf("Its lineage is %s, and that of this workspace is %s. %s", want.Lineage, snap.Lineage, force))
	case want.Serial < snap.Serial:
		return errorOf("It is older than the state", fmt.Sprintf("Its serial is %d, and that of this workspace is %d. %s", want.Serial, snap.Serial, force))
	case want.Serial == snap.Serial && differs:
		return errorOf("It differs from the state of the same serial", fmt.Sprintf("Both have the serial %d. Raise that of the file if you have edited it. %s", snap.Serial, force))
	}
	return nil
}

// pushed returns the changes that make snap what want is.
func pushed(snap, want state.Snapshot) []state.Change {
	have := map[state.ObjectKey]state.Object{}
	for _, o := range snap.Objects {
		have[o.Key] = o
	}
	var changes []state.Change
	for _, o := range want.Objects {
		if was, ok := have[o.Key]; !ok || !sameJSON(was, o) {
			changes = append(changes, state.Change{Put: &o})
		}
		delete(have, o.Key)
	}
	for _, o := range snap.Objects {
		if _, ok := have[o.Key]; ok {
			changes = append(changes, state.Change{Drop: o.Key})
		}
	}
	if !sameJSON(snap.Outputs, want.Outputs) {
		changes = append(changes, state.Change{Outputs: want.Outputs})
	}
	return changes
}
