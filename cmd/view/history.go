package view

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
)

// Turn is what has become of an object, or of an object and the one that took
// its place, between two moments.
type Turn struct {
	Before *state.Object // nil when there was none
	After  *state.Object // nil when there is none any more
	// Destroyed means that mlinfra has destroyed what there was; else, without
	// After, it is only not in state any more.
	Destroyed bool
}

// Addr is the address of the object, the new one if it has moved.
func (t Turn) Addr() state.Addr {
	if t.After != nil {
		return t.After.Addr
	}
	return t.Before.Addr
}

// Action returns what has been done to the object: NoOp when only its address
// has changed, or what mlinfra thinks of it.
func (t Turn) Action() planner.Action {
	switch {
	case t.Before == nil:
		return planner.Create
	case t.After == nil && t.Destroyed:
		return planner.Delete
	case t.After == nil:
		return planner.Forget
	case t.Before.Key != t.After.Key:
		return planner.Replace
	case !sameValues(t.Before, t.After):
		return planner.Update
	}
	return planner.NoOp
}

// sameValues reports whether two records of an object hold the same attributes.
func sameValues(x, y *state.Object) bool {
	return string(x.Attrs) == string(y.Attrs) && x.Locked == y.Locked &&
		maps.EqualFunc(x.Secrets, y.Secrets, func(v, w json.RawMessage) bool { return string(v) == string(w) })
}

// Turns writes what has become of objects, each as a plan shows it.
func Turns(w io.Writer, st Style, turns []Turn, catalog config.Catalog) {
	var b strings.Builder
	for _, t := range turns {
		b.WriteString("\n" + turnText(st, t, catalog) + "\n")
	}
	io.WriteString(w, b.String())
}

func turnText(st Style, t Turn, catalog config.Catalog) string {
	c, err := t.change(catalog)
	head := st.Bold("  # "+cleanLine(t.Addr().String())) + " " + happened(st, t) + "\n"
	if t.moved() {
		head += "  # (moved from " + cleanLine(t.Before.Addr.String()) + ")\n"
	}
	if err != nil {
		return head + "  # (its attributes cannot be shown: " + cleanLine(err.Error()) + ")"
	}
	if c.Action == planner.NoOp {
		return strings.TrimSuffix(head, "\n")
	}
	s := schemaOf(catalog, c.Addr, c.Before, c.After)
	after := c.After
	if c.Action == planner.Forget {
		after = c.Before
	}
	n := diffBlock(s, c.Before, after, covers{hidden: c.Secret()})
	return head + changeSymbol(st, &c) + " " + header(c.Addr) + n.write(0, pen{st: st, symbols: true})
}

func (t Turn) moved() bool {
	return t.Before != nil && t.After != nil && t.Before.Addr != t.After.Addr
}

// happened says what has become of an object.
func happened(st Style, t Turn) string {
	switch t.Action() {
	case planner.Create:
		return "was created" + nowNote(t.After)
	case planner.Update:
		return "was changed" + nowNote(t.After)
	case planner.Replace:
		return "was " + st.Bold(st.Red("replaced")) + nowNote(t.After)
	case planner.Delete:
		return "was " + st.Bold(st.Red("destroyed"))
	case planner.Forget:
		return "left the state, without being destroyed by mlinfra"
	}
	switch {
	case t.After.Status == state.Tainted && t.Before.Status != state.Tainted:
		return "was marked as tainted"
	case t.Before.Status == state.Tainted && t.After.Status != state.Tainted:
		return "is not tainted any more"
	case t.After.Deposed && !t.Before.Deposed:
		return "was deposed: another object is to take its place"
	case t.moved():
		return "has another address"
	}
	return "is recorded anew"
}

// nowNote says what is special about an object now.
func nowNote(o *state.Object) string {
	if note := objectNote(*o); note != "" {
		return " (" + note + ")"
	}
	return ""
}

// change returns the turn as a plan would have it.
func (t Turn) change(catalog config.Catalog) (planner.Change, error) {
	c := planner.Change{Addr: t.Addr(), Action: t.Action()}
	for _, side := range []struct {
		o  *state.Object
		to *cty.Value
	}{{t.Before, &c.Before}, {t.After, &c.After}} {
		if side.o == nil {
			continue
		}
		_, v, err := valueOf(*side.o, catalog)
		if err != nil {
			return c, err
		}
		*side.to = v
		c.Provider, c.Key = side.o.Provider, side.o.Key
		c.Sensitive = append(c.Sensitive, side.o.Sensitive...)
	}
	slices.Sort(c.Sensitive)
	c.Sensitive = slices.Compact(c.Sensitive)
	if t.moved() {
		c.MovedFrom = t.Before.Addr
	}
	return c, nil
}

// TurnsJSON returns what has become of objects as "show -json" has the changes
// of a plan. Sensitive values are null.
func TurnsJSON(turns []Turn, catalog config.Catalog) (json.RawMessage, error) {
	list := []resourceChange{}
	for _, t := range turns {
		c, err := t.change(catalog)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.Addr(), err)
		}
		list = append(list, changeOf(&c, catalog))
	}
	return marshal(list)
}
