package fakecloud

import (
	"fmt"
	"slices"
	"strings"
)

// AnyTable is a Table whose type does not matter.
type AnyTable interface {
	Objects() []Object
	Drop(key string) bool
	Edit(key string, change func(map[string]any)) error
}

// Kinds are the tables of a cloud by what their objects are called in inventories.
type Kinds map[string]AnyTable

// Lines returns the Line of each object, sorted. Objects with a method Hidden that
// says so are left out.
func (k Kinds) Lines() []string {
	var lines []string
	for kind, t := range k {
		for _, o := range t.Objects() {
			if h, ok := o.(interface{ Hidden() bool }); ok && h.Hidden() {
				continue
			}
			lines = append(lines, Line(kind, o.Key(), o.Title()))
		}
	}
	slices.Sort(lines)
	return lines
}

// Line is a line "kind id name" of an inventory; name may be "".
func Line(kind, id, name string) string { return strings.TrimSpace(kind + " " + id + " " + name) }

// Edit passes an object through change by the fields of its JSON. A field that
// change removes is zero afterwards.
func (k Kinds) Edit(kind, key string, change func(map[string]any)) error {
	t, ok := k[kind]
	if !ok {
		return fmt.Errorf("no kind %q", kind)
	}
	if err := t.Edit(key, change); err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	return nil
}
