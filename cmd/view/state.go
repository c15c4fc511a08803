package view

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// State writes what a state remembers: all of it, or what of it the caller
// has left in snap.
func State(w io.Writer, st Style, snap state.Snapshot, catalog config.Catalog) {
	if len(snap.Objects) == 0 && len(snap.Outputs) == 0 {
		fmt.Fprintln(w, "The state file is empty. No resources are represented.")
		return
	}
	var b strings.Builder
	for i, o := range sortedObjects(snap.Objects) {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(objectText(st, o, catalog) + "\n")
	}
	if len(snap.Outputs) > 0 {
		b.WriteString("\n\nOutputs:\n\n")
	}
	outputs := OutputsOf(snap.Outputs)
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		o := outputs[name]
		n := whole(o.Value)
		if o.Sensitive {
			n = hide(n)
		}
		b.WriteString(keyText(name) + " = " + n.write(0, values(st)) + "\n")
	}
	io.WriteString(w, b.String())
}

// values is the pen that writes values instead of changes.
func values(st Style) pen { return pen{st: st, all: true, noNull: true} }

func sortedObjects(objects []state.Object) []state.Object {
	return slices.SortedFunc(slices.Values(objects), func(a, b state.Object) int {
		return cmp.Or(a.Addr.Compare(b.Addr), compareDeposed(a, b), cmp.Compare(a.Key, b.Key))
	})
}

// compareDeposed puts the current object of an address before the others.
func compareDeposed(a, b state.Object) int {
	switch {
	case a.Deposed == b.Deposed:
		return 0
	case b.Deposed:
		return -1
	}
	return 1
}

// valueOf returns the attributes of an object of state and their schema. What
// a catalog does not know has no value.
func valueOf(o state.Object, catalog config.Catalog) (*providers.Schema, cty.Value, error) {
	t := catalog.TypeOf(o.Addr)
	if t == nil {
		return &providers.Schema{}, cty.EmptyObjectVal, fmt.Errorf("%s is of a type that this mlinfra does not know", o.Addr)
	}
	v, err := planner.DecodeObject(t, o)
	return t.Schema, v, err
}

func objectText(st Style, o state.Object, catalog config.Catalog) string {
	head := "# " + cleanLine(o.Addr.String()) + ":"
	if note := objectNote(o); note != "" {
		head += " (" + note + ")"
	}
	s, v, err := valueOf(o, catalog)
	if err != nil {
		return head + "\n# (its attributes cannot be shown: " + cleanLine(err.Error()) + ")"
	}
	n := diffBlock(s, v, v, covers{hidden: o.Sensitive})
	return head + "\n" + header(o.Addr) + n.write(0, values(st))
}

// objectNote says what is special about an object, "" when nothing is.
func objectNote(o state.Object) string {
	if o.Deposed {
		return "deposed object " + cleanLine(string(o.Key))
	}
	switch o.Status {
	case state.Tainted:
		return "tainted"
	case state.Intended:
		return "not known to exist: its creation was not confirmed"
	case state.Pending:
		return "not ready yet"
	case state.Updating:
		return "its update was cut off"
	case state.Deleting:
		return "its destruction was cut off"
	}
	return ""
}
