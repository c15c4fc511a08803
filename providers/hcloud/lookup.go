package hcloud

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

// isState reports whether err says how an object is, and not that it could not be
// looked at.
func isState(err error) bool {
	return errors.Is(err, providers.ErrNotReady) || errors.Is(err, providers.ErrBroken)
}

// sought returns what bears the labels of a selector, or the whole collection of a
// type, which the refresh shares, when that is "". Objects need not be ready.
func sought[S, T any](ctx context.Context, c *client, r providers.Resource[*client, T], list fetch[S], selector string, fill func(*T, *S) error) ([]T, error) {
	items := providers.All(ctx, c, r, *new(T))
	if selector != "" {
		items = pages(ctx, list, selector, fill)
	}
	return gathered(items)
}

// gathered returns items, ready or not.
func gathered[T any](items iter.Seq2[T, error]) ([]T, error) {
	var all []T
	for x, err := range items {
		if err != nil && !isState(err) {
			return nil, err
		}
		all = append(all, x)
	}
	return all, nil
}

// catalogued fills x with the item of a catalogue that has the id or the name.
func catalogued[T any](items iter.Seq2[T, error], x *T, id, name string, of func(T) (id, name string)) error {
	all, err := gathered(items)
	if err != nil {
		return err
	}
	*x, err = one(all, nil,
		key[T]{"id", id, func(t T) string { i, _ := of(t); return i }},
		key[T]{"name", name, func(t T) string { _, n := of(t); return n }},
	)
	return err
}

// key is one of the attributes by which a data source finds an object.
type key[T any] struct {
	name, want string
	of         func(T) string // nil for a label selector, which all of them bear
}

// one returns the object that is meant by the only key that is set. Where created
// is not nil it is the newest of several.
func one[T any](all []T, created func(T) time.Time, keys ...key[T]) (T, error) {
	var names []string
	var by []key[T]
	for _, k := range keys {
		names = append(names, k.name)
		if k.want != "" {
			by = append(by, k)
		}
	}
	if len(by) != 1 {
		return *new(T), fmt.Errorf("exactly one of %s has to be set", strings.Join(names, ", "))
	}
	found := slices.DeleteFunc(slices.Clone(all), func(x T) bool { return by[0].of != nil && by[0].of(x) != by[0].want })
	switch {
	case len(found) == 0:
		return *new(T), fmt.Errorf("there is none with %s %q", by[0].name, by[0].want)
	case len(found) == 1:
		return found[0], nil
	case created == nil:
		return *new(T), fmt.Errorf("there are %d with %s %q, one has to be meant", len(found), by[0].name, by[0].want)
	}
	return slices.MaxFunc(found, func(a, b T) int { return created(a).Compare(created(b)) }), nil
}

// newest returns what one is to go by: nothing unless the newest is meant.
func newest[T any](meant bool, created func(T) time.Time) func(T) time.Time {
	if !meant {
		return nil
	}
	return created
}

// newestFirst sorts by time.
func newestFirst[T any](all []T, created func(T) time.Time) {
	slices.SortStableFunc(all, func(a, b T) int { return created(b).Compare(created(a)) })
}

// rows returns items as data sources show them.
func rows[V, T any](all []T) []V {
	out := make([]V, len(all))
	for i, x := range all {
		providers.Shape(&out[i], x)
	}
	return out
}
