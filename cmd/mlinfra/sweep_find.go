package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/planner/observe"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
)

// orphan is an object that bears the mark of the state without being in it.
type orphan struct {
	typ      *providers.Type
	id, name string
	provider string // key of the configuration that it was seen through
	conn     providers.Conn
	seen     providers.Listed
	blocked  *state.Addr // an unfinished create that may have made it; nil for none
}

// free returns the orphans that no unfinished create may have made, blocked the
// others.
func free(list []orphan) []orphan {
	return slices.DeleteFunc(slices.Clone(list), func(o orphan) bool { return o.blocked != nil })
}

func blocked(list []orphan) []orphan {
	return slices.DeleteFunc(slices.Clone(list), func(o orphan) bool { return o.blocked == nil })
}

// sweepResult is what a sweep has found.
type sweepResult struct {
	orphans []orphan
	unread  []error // objects of which nothing is known
	errs    []error // collections of which nothing is known
}

// collection is one list to look through.
type collection struct {
	provider string
	conn     providers.Conn
	typ      *providers.Type
	in       cty.Value
}

// findOrphans lists the types that have a place for the mark, through the
// provider configurations with the given keys, or all.
func (s *session) findOrphans(ctx context.Context, only []string) (sweepResult, error) {
	keys, err := s.sweptProviders(ctx, only)
	if err != nil {
		return sweepResult{}, err
	}
	known, err := s.knownObjects(s.snap.Objects)
	if err != nil {
		return sweepResult{}, err
	}
	others, err := s.objectsOfOthers()
	if err != nil {
		return sweepResult{}, err
	}
	var found sweepResult
	var mu sync.Mutex // of found
	var wg sync.WaitGroup
	for _, key := range keys {
		collections, err := s.collections(ctx, key, known)
		if err != nil {
			return found, err
		}
		for _, c := range collections {
			wg.Go(func() {
				here, there := known.has(c.typ), others.has(c.typ)
				has := func(id string) bool { return here(id) || there(id) }
				owned, unread, err := observe.Owned(ctx, c.conn.Ops, c.typ, c.in, s.snap.Lineage, has)
				mu.Lock()
				defer mu.Unlock()
				for _, l := range owned {
					found.orphans = append(found.orphans, s.orphan(c, l))
				}
				found.unread = append(found.unread, unread...)
				if err != nil {
					found.errs = append(found.errs, fmt.Errorf("provider %s: %w", c.provider, err))
				}
			})
		}
	}
	wg.Wait()
	return found.sorted(), ctx.Err()
}

// sorted returns r in an order of its own. What two provider configurations
// show, such as a role of IAM in two regions, is there once.
func (r sweepResult) sorted() sweepResult {
	slices.SortFunc(r.orphans, func(a, b orphan) int {
		return cmp.Or(strings.Compare(a.typ.Name, b.typ.Name), strings.Compare(a.id, b.id), strings.Compare(a.provider, b.provider))
	})
	r.orphans = slices.CompactFunc(r.orphans, func(a, b orphan) bool { return a.typ == b.typ && a.id == b.id })
	byText := func(a, b error) int { return strings.Compare(a.Error(), b.Error()) }
	slices.SortFunc(r.unread, byText)
	slices.SortFunc(r.errs, byText)
	return r
}

// orphan returns what a list has shown.
func (s *session) orphan(c collection, l providers.Listed) orphan {
	o := orphan{typ: c.typ, id: providers.ID(l.Value), name: nameOf(l.Value), provider: c.provider, conn: c.conn, seen: l}
	for _, have := range s.snap.Objects {
		if have.Status == state.Intended && have.Addr.Type == c.typ.Name {
			o.blocked = &have.Addr
		}
	}
	return o
}

// nameOf returns the name of an object as people know it, "" if it has none.
func nameOf(v cty.Value) string {
	for _, attr := range []string{"name", "identifier", "bucket"} {
		if !v.Type().HasAttribute(attr) {
			continue
		}
		if name := v.GetAttr(attr); !name.IsNull() && name.Type() == cty.String {
			return name.AsString()
		}
	}
	if !v.Type().HasAttribute("tags_all") || v.GetAttr("tags_all").IsNull() {
		return ""
	}
	if name, ok := v.GetAttr("tags_all").AsValueMap()["Name"]; ok {
		return name.AsString()
	}
	return ""
}

// knownObjects are the objects of state by type. An id counts for all accounts
// and regions: rather is an orphan overlooked than an object taken for one.
type knownObjects map[string][]cty.Value

func (s *session) knownObjects(objects []state.Object) (knownObjects, error) {
	known := knownObjects{}
	for _, o := range objects {
		p, err := planner.Unobserved(o, s.catalog)
		if err != nil {
			return nil, err
		}
		known[p.Type.Name] = append(known[p.Type.Name], p.Stored)
	}
	return known, nil
}

// objectsOfOthers returns the objects of the other workspaces of the file: what
// has moved there keeps the mark of this one.
func (s *session) objectsOfOthers() (knownObjects, error) {
	names, err := bolt.Workspaces(s.stateFile(s.flags.stateFlags))
	if err != nil {
		return nil, err
	}
	var objects []state.Object
	for _, name := range names {
		o, err := s.stateOptions(s.flags.stateFlags, bolt.Read)
		if err != nil {
			return nil, err
		}
		if name == o.Workspace {
			continue
		}
		o.Workspace = name
		store, err := s.openState(o)
		if err != nil {
			return nil, err
		}
		snap, err := store.Snapshot()
		if err := errors.Join(err, store.Close()); err != nil {
			return nil, fmt.Errorf("workspace %s: %w", name, err)
		}
		objects = append(objects, snap.Objects...)
	}
	return s.knownObjects(objects)
}

// has returns a function that reports whether an object of type t is known.
func (k knownObjects) has(t *providers.Type) func(id string) bool {
	ids := map[string]bool{}
	for _, v := range k[t.Name] {
		ids[providers.ID(v)] = true
	}
	return func(id string) bool { return ids[id] }
}

// sweptProviders returns the keys of the provider configurations to look
// through: those of the configuration and of state whose clouds have marks.
func (s *session) sweptProviders(ctx context.Context, only []string) ([]string, error) {
	scope := s.priorScope(ctx)
	keys := map[string]bool{}
	for _, o := range s.snap.Objects {
		keys[o.Provider] = true
	}
	for _, b := range s.prog.Blocks {
		switch {
		case b.ID.Kind == config.Provider && b.ForEach == nil:
			keys[b.ID.String()] = true
		case b.ID.Kind == config.Provider:
			s.eachInstance(scope, b, func(in config.Instance) { keys[b.ID.String()+in.Key.String()] = true })
		case b.ID.Kind == config.Resource && b.Provider.Key == nil:
			keys[b.Provider.ID.String()] = true
		}
	}
	maps.DeleteFunc(keys, func(key string, _ bool) bool { return len(s.markedTypes(key)) == 0 })
	for _, key := range only {
		if !keys[key] {
			return nil, fmt.Errorf("-provider=%s: no such provider configuration with ownership marks; there are: %s", key, strings.Join(slices.Sorted(maps.Keys(keys)), ", "))
		}
	}
	if len(only) > 0 {
		return only, nil
	}
	return slices.Sorted(maps.Keys(keys)), nil
}

// eachInstance calls f with the instances of b that are known, in each module
// instance.
func (s *session) eachInstance(scope *config.Scope, b *config.Block, f func(config.Instance)) {
	modules, _, _ := scope.ModuleInstances(b.Module)
	for _, m := range modules {
		instances, _, _ := scope.Expand(b, m)
		for _, in := range instances {
			f(in)
		}
	}
}

// markedTypes returns the types of a provider configuration that have a place
// for the mark.
func (s *session) markedTypes(key string) []*providers.Type {
	id, _ := config.ProviderID(key)
	p := s.catalog.Of(id.Type)
	if p == nil {
		return nil
	}
	var list []*providers.Type
	for _, t := range p.Resources.All() {
		if t.Mark != providers.Nowhere {
			list = append(list, t)
		}
	}
	return list
}

// collections returns the lists that a provider configuration leads to: those
// that are always there, and those that objects of state are in.
func (s *session) collections(ctx context.Context, key string, known knownObjects) ([]collection, error) {
	cfg, ok, err := providerSettings(s.prog, s.priorScope(ctx), key)
	if err == nil && !ok {
		err = fmt.Errorf("the settings of provider %s are not known before an apply: -provider=KEY looks only through another", key)
	}
	if err != nil {
		return nil, err
	}
	conn, err := s.clouds.connect(ctx, key, cfg)
	if err != nil {
		return nil, s.providerError(key, err)
	}
	var list []collection
	for _, t := range s.markedTypes(key) {
		seen := map[string]bool{}
		for _, in := range append(t.Collections(), known[t.Name]...) {
			if within := t.Within(in); !seen[within] {
				seen[within] = true
				list = append(list, collection{key, conn, t, in})
			}
		}
	}
	return list, nil
}
