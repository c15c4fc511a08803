package fakecloud

import (
	"fmt"
	"slices"
)

// Object is what a cloud keeps.
type Object interface {
	Key() string   // no other of its table has it
	Title() string // its name; "" for none
}

// Table keeps objects in the order they were made: pointers to structs, of which
// JSON loses nothing.
type Table[T Object] []T

// Find returns the object with a key.
func (t Table[T]) Find(key string) (found T, ok bool) {
	for _, x := range t {
		if x.Key() == key {
			return x, true
		}
	}
	return found, false
}

// Where returns the objects that test accepts.
func (t Table[T]) Where(test func(T) bool) []T {
	var out []T
	for _, x := range t {
		if test(x) {
			out = append(out, x)
		}
	}
	return out
}

// Objects returns all objects.
func (t Table[T]) Objects() []Object {
	out := make([]Object, len(t))
	for i, x := range t {
		out[i] = x
	}
	return out
}

// Edit passes the object with a key through change by the fields of its JSON.
func (t Table[T]) Edit(key string, change func(map[string]any)) error {
	x, found := t.Find(key)
	if !found {
		return fmt.Errorf("no %q", key)
	}
	return Edit(x, change)
}

// Add puts x behind the others.
func (t *Table[T]) Add(x T) { *t = append(*t, x) }

// Drop takes the object with a key out, and reports whether it was there.
func (t *Table[T]) Drop(key string) bool {
	before := len(*t)
	*t = slices.DeleteFunc(*t, func(x T) bool { return x.Key() == key })
	return len(*t) < before
}
