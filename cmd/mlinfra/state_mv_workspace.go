package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
)

// moveToWorkspace moves the objects that addresses mean into another workspace,
// in one transaction, and returns their addresses.
func (a *app) moveToWorkspace(ctx context.Context, flags stateFlags, name string, args []string, dry bool) (moved []state.Addr, err error) {
	o, err := a.stateOptions(flags, bolt.Write)
	if err != nil {
		return nil, err
	}
	if err := a.mayReceive(flags, name, o.Workspace); err != nil {
		return nil, err
	}
	if dry || !a.hasState(flags) {
		o.Mode = bolt.Read // a state that there is not is not made for it
	}
	from, to, closeBoth, err := openBoth(o, name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeBoth()) }()
	here, err := from.Snapshot()
	if err != nil {
		return nil, err
	}
	there, err := to.Snapshot()
	if err != nil {
		return nil, err
	}
	if err := errors.Join(undecided(here), undecided(there)); err != nil {
		return nil, err
	}
	gone, come, moved, err := emigrate(here, there, args)
	if err != nil || dry {
		return moved, err
	}
	run := a.newRun(gitCommit(ctx, ".")())
	again := run
	again.ID = newID()
	start := func(run state.Run) []state.Change { return []state.Change{{Run: &run}} }
	return moved, bolt.Move(from, to, append(start(run), gone...), append(start(again), come...))
}

// mayReceive refuses workspaces that objects cannot move to.
func (a *app) mayReceive(flags stateFlags, name, current string) error {
	names, err := a.workspaces(flags)
	switch {
	case err != nil:
		return err
	case name == current:
		return errorOf("It is the current workspace", fmt.Sprintf("The objects are in workspace %q already: name another with -to-workspace.", name))
	case !slices.Contains(names, name):
		return errorOf(fmt.Sprintf("Workspace %q doesn't exist", name), fmt.Sprintf("There are: %s. Make it with mlinfra workspace new, and select %q again.", strings.Join(names, ", "), current))
	}
	return nil
}

// openBoth opens the workspace of o and the one called name, always in the order
// of their names: two that move in opposite directions do not wait for each
// other.
func openBoth(o bolt.Options, name string) (from, to *bolt.Store, closeBoth func() error, err error) {
	other := o
	other.Workspace = name
	first, second := o, other
	if second.Workspace < first.Workspace {
		first, second = second, first
	}
	a, err := bolt.Open(first)
	if err != nil {
		return nil, nil, nil, err
	}
	b, err := bolt.Open(second)
	if err != nil {
		return nil, nil, nil, errors.Join(err, a.Close())
	}
	closeBoth = func() error { return errors.Join(b.Close(), a.Close()) }
	if first.Workspace == o.Workspace {
		return a, b, closeBoth, nil
	}
	return b, a, closeBoth, nil
}

// emigrate returns the changes of two workspaces that move the objects that
// addresses mean from here to there. What depended on them, or they on, knows
// nothing of it on the other side.
func emigrate(here, there state.Snapshot, args []string) (gone, come []state.Change, moved []state.Addr, err error) {
	going := map[state.ObjectKey]bool{}
	for _, arg := range args {
		t, err := planner.ParseTarget(arg)
		if err != nil {
			return nil, nil, nil, err
		}
		found := false
		for _, o := range here.Objects {
			if t.Has(o.Addr) {
				going[o.Key], found = true, true
			}
		}
		if !found {
			return nil, nil, nil, notInState(t)
		}
	}
	stays, comes := map[state.Addr]bool{}, map[state.Addr]bool{} // blocks
	for _, o := range there.Objects {
		comes[o.Addr.Block()] = true
	}
	for _, o := range here.Objects {
		if !going[o.Key] {
			stays[o.Addr.Block()] = true
			continue
		}
		if err := mayLeave(o, there); err != nil {
			return nil, nil, nil, err
		}
		comes[o.Addr.Block()] = true
		moved = append(moved, o.Addr)
	}
	for _, o := range here.Objects {
		known := stays
		if going[o.Key] {
			known = comes
			gone = append(gone, state.Change{Drop: o.Key})
		}
		deps := slices.DeleteFunc(slices.Clone(o.Deps), func(d state.Addr) bool { return !known[d] })
		changed := len(deps) != len(o.Deps)
		o.Deps = deps
		switch {
		case going[o.Key]:
			come = append(come, state.Change{Put: &o})
		case changed:
			gone = append(gone, state.Change{Put: &o})
		}
	}
	slices.SortFunc(moved, state.Addr.Compare)
	return gone, come, slices.Compact(moved), nil
}

// mayLeave refuses addresses that are taken.
func mayLeave(o state.Object, there state.Snapshot) error {
	if _, ok := currentAt(there, o.Addr); ok && !o.Deposed {
		return errorOf("Invalid destination address", fmt.Sprintf("The other workspace has an object at %s already: give one of them another address first, with mlinfra state mv. Nothing was moved.", o.Addr))
	}
	return nil
}
