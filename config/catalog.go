package config

import (
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// Catalog is the set of clouds that a configuration may name, by name. Each is
// made when it is first asked for.
type Catalog map[string]func() *providers.Provider

// NewCatalog returns a catalog of clouds that are made.
func NewCatalog(clouds ...*providers.Provider) Catalog {
	c := Catalog{}
	for _, p := range clouds {
		c[p.Name] = func() *providers.Provider { return p }
	}
	return c
}

// Add adds the cloud with a name, which provider makes.
func (c Catalog) Add(name string, provider func() *providers.Provider) {
	c[name] = sync.OnceValue(provider)
}

// Of returns the cloud with a name; nil when there is none.
func (c Catalog) Of(name string) *providers.Provider {
	if c[name] == nil {
		return nil
	}
	return c[name]()
}

// Names returns the names of the clouds, sorted.
func (c Catalog) Names() []string { return slices.Sorted(maps.Keys(c)) }

// All returns the clouds in the order of their names.
func (c Catalog) All() iter.Seq[*providers.Provider] {
	return func(yield func(*providers.Provider) bool) {
		for _, name := range c.Names() {
			if !yield(c[name]()) {
				return
			}
		}
	}
}

// TypeOf returns the type of what an address names; nil when no cloud has it.
func (c Catalog) TypeOf(a state.Addr) *providers.Type {
	name, _, _ := strings.Cut(a.Type, "_")
	cloud := c.Of(name)
	switch {
	case cloud == nil:
		return nil
	case a.Data:
		return cloud.Data.Of(a.Type)
	}
	return cloud.Resources.Of(a.Type)
}
