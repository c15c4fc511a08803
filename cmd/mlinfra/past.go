package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
)

// The functions in this file tell from the events of a history what has become
// of objects, and what there was at a serial.

// parseSerial reads a serial as commands print it.
func parseSerial(text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a serial: a serial is a number, and mlinfra history lists those there are", text)
	}
	return n, nil
}

// runAt returns the run that a serial belongs to: the last that began before
// or with it.
func runAt(h bolt.History, serial uint64) (state.Run, error) {
	if len(h.Runs) == 0 {
		return state.Run{}, errorOf("There is no history", "Nothing has been recorded in this workspace yet; every command that writes to the state is, such as mlinfra apply.")
	}
	if serial > h.Serial {
		return state.Run{}, errorOf(fmt.Sprintf("There is no serial %d", serial), fmt.Sprintf("The state is at serial %d; mlinfra history lists what led there.", h.Serial))
	}
	for _, run := range slices.Backward(h.Runs) {
		if run.First <= serial {
			return run, nil
		}
	}
	return state.Run{}, forgotten(h, serial)
}

func forgotten(h bolt.History, serial uint64) error {
	return errorOf(fmt.Sprintf("Serial %d is not in the history", serial), fmt.Sprintf("It begins with serial %d: earlier runs were forgotten (mlinfra history prune, or MLINFRA_HISTORY_RUNS), or wrote nothing. A copy of the state may still have it: mlinfra state snapshot -list.", h.Runs[0].First))
}

// ofRun returns the events of one run.
func ofRun(events []state.Event, run state.Run) []state.Event {
	var list []state.Event
	for _, e := range events {
		if e.Serial >= run.First && e.Serial <= run.Last {
			list = append(list, e)
		}
	}
	return list
}

// turnsOf returns what events, oldest first, have made of objects.
func turnsOf(events []state.Event, destroyed map[state.ObjectKey]bool) []view.Turn {
	before, after := map[state.ObjectKey]*state.Object{}, map[state.ObjectKey]*state.Object{}
	for _, e := range events {
		key := keyOf(e)
		if _, seen := after[key]; !seen && e.Before != nil {
			before[key] = e.Before
		}
		after[key] = e.After
	}
	maps.DeleteFunc(after, func(_ state.ObjectKey, o *state.Object) bool { return o == nil })
	return turnsBetween(before, after, destroyed)
}

func keyOf(e state.Event) state.ObjectKey {
	if e.After != nil {
		return e.After.Key
	}
	return e.Before.Key
}

// destroyed returns the objects that mlinfra has destroyed: it has announced
// that, or they were of a type that only state keeps. Others have left the state
// to themselves.
func (a *app) destroyed(h bolt.History) map[state.ObjectKey]bool {
	forgetting := map[string]bool{}
	for _, run := range h.Runs {
		forgetting[run.ID] = run.Command == "state rm"
	}
	gone := map[state.ObjectKey]bool{}
	for _, e := range h.Events {
		if e.After != nil || forgetting[e.Run] {
			continue
		}
		t := a.catalog.TypeOf(e.Before.Addr)
		gone[e.Before.Key] = e.Before.Status == state.Deleting || t != nil && t.Kept
	}
	return gone
}

// turnsBetween compares the objects of two moments, by address. What took the
// place of another at its address stands beside that.
func turnsBetween(before, after map[state.ObjectKey]*state.Object, destroyed map[state.ObjectKey]bool) []view.Turn {
	var turns []view.Turn
	place := map[state.Addr]int{} // in turns, of what is new
	for _, key := range slices.Sorted(maps.Keys(after)) {
		was, now := before[key], after[key]
		if was == nil {
			place[now.Addr] = len(turns)
		}
		if t := (view.Turn{Before: was, After: now}); was == nil || differs(t) {
			turns = append(turns, t)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(before)) {
		if after[key] != nil {
			continue
		}
		was := before[key]
		i, ok := place[was.Addr]
		if ok && turns[i].Before == nil {
			turns[i].Before, turns[i].Destroyed = was, destroyed[key]
			continue
		}
		turns = append(turns, view.Turn{Before: was, Destroyed: destroyed[key]})
	}
	slices.SortStableFunc(turns, func(x, y view.Turn) int { return x.Addr().Compare(y.Addr()) })
	return turns
}

// differs reports whether an object is another now, or something else is
// thought of it.
func differs(t view.Turn) bool {
	x, y := t.Before, t.After
	tainted := (x.Status == state.Tainted) != (y.Status == state.Tainted)
	return t.Action() != planner.NoOp || tainted || x.Addr != y.Addr || x.Deposed != y.Deposed || x.Provider != y.Provider
}

// counts returns how many objects were added, changed and removed.
func counts(turns []view.Turn) (added, changed, removed int) {
	for _, t := range turns {
		switch t.Action() {
		case planner.Create:
			added++
		case planner.Replace:
			added++
			removed++
		case planner.Delete, planner.Forget:
			removed++
		default:
			changed++
		}
	}
	return added, changed, removed
}

// objectsAt returns the objects that there were at a serial, by key. objects are
// those of now.
func objectsAt(h bolt.History, objects []state.Object, serial uint64) (map[state.ObjectKey]*state.Object, error) {
	if serial > h.Serial || serial < h.Known {
		_, err := runAt(h, serial)
		if err == nil {
			err = forgotten(h, serial)
		}
		return nil, err
	}
	at := map[state.ObjectKey]*state.Object{}
	touched := map[state.ObjectKey]bool{}
	for _, e := range h.Events { // oldest first
		key := keyOf(e)
		if e.Serial <= serial {
			at[key] = e.After
		} else if !touched[key] {
			at[key] = e.Before
		}
		touched[key] = true
	}
	for i := range objects {
		o := &objects[i]
		if made := o.Status != state.Intended && o.Status != state.Pending; made && !touched[o.Key] {
			at[o.Key] = o
		}
	}
	maps.DeleteFunc(at, func(_ state.ObjectKey, o *state.Object) bool { return o == nil })
	return at, nil
}
