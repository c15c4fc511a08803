package providers

import (
	"iter"
	"maps"
	"reflect"
	"slices"
	"sync"
)

// Types are resource types or data sources by name. Each is made when it is
// first asked for: clouds have hundreds, of which a run needs a few.
type Types map[string]func() *Type

// Of returns the type with a name; nil when there is none.
func (t Types) Of(name string) *Type {
	if t[name] == nil {
		return nil
	}
	return t[name]()
}

// All returns the types by name, in the order of their names.
func (t Types) All() iter.Seq2[string, *Type] {
	return func(yield func(string, *Type) bool) {
		for _, name := range slices.Sorted(maps.Keys(t)) {
			if !yield(name, t[name]()) {
				return
			}
		}
	}
}

// typesOf returns what list declares, each completed by more.
func typesOf(list []Erasable, more func(*Type)) Types {
	types := make(Types, len(list))
	for _, e := range list {
		name := nameOf(e)
		if types[name] != nil {
			panic(name + " is declared twice")
		}
		types[name] = sync.OnceValue(func() *Type {
			t := e.Erase()
			more(t)
			return t
		})
	}
	return types
}

// nameOf returns the name of what e declares. It does not ask e: each type has
// methods of its own, and to call one of every type is to load all of them.
func nameOf(e Erasable) string {
	v := reflect.ValueOf(e)
	if of := v.FieldByName("Of"); of.IsValid() { // of a LookUp
		v = of
	}
	return v.FieldByName("Type").String()
}
