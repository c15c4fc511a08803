package digitalocean

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// listFilter and listSort are the blocks of data sources that list.
type listFilter struct {
	Key     string   `cty:"key"      is:"required"   doc:"Attribute that is compared."`
	Values  []string `cty:"values"   is:"required"   doc:"Values that it is compared with."`
	MatchBy string   `cty:"match_by" is:"else=exact" doc:"How text is compared: exact, substring or re."`
	All     bool     `cty:"all"      is:"else=false" doc:"Whether all values have to match, not any."`
}

type listSort struct {
	Key       string `cty:"key"       is:"required" doc:"Attribute that is compared."`
	Direction string `cty:"direction" is:"optional" doc:"asc, which is usual, or desc."`
}

// selected returns the items that pass all filters, in the order of sorts. A
// key is the name of an attribute of T.
func selected[T any](items iter.Seq2[T, error], filters []listFilter, sorts []listSort) ([]T, error) {
	for _, s := range sorts {
		if err := s.check(reflect.TypeFor[T]()); err != nil {
			return nil, err
		}
	}
	var out []T
	for x, err := range items {
		if err != nil {
			return nil, err
		}
		keep, err := passes(reflect.ValueOf(x), filters)
		if err != nil {
			return nil, err
		}
		if keep {
			out = append(out, x)
		}
	}
	slices.SortStableFunc(out, func(a, b T) int {
		for _, s := range sorts {
			if d := s.compare(reflect.ValueOf(a), reflect.ValueOf(b)); d != 0 {
				return d
			}
		}
		return 0
	})
	return out, nil
}

func passes(x reflect.Value, filters []listFilter) (bool, error) {
	for _, f := range filters {
		a, err := attribute(x.Type(), f.Key)
		if err != nil {
			return false, fmt.Errorf("filter: %w", err)
		}
		ok, err := f.keeps(x.FieldByIndex(a.Index))
		if err != nil {
			return false, fmt.Errorf("filter of %s: %w", f.Key, err)
		}
		if !ok {
			return false, nil
		}
	}
	return true, nil
}

// attribute returns the field of t that is called key.
func attribute(t reflect.Type, key string) (providers.Field, error) {
	var names []string
	for _, f := range providers.Fields(t) {
		if f.Attr == key {
			return f, nil
		}
		names = append(names, f.Attr)
	}
	return providers.Field{}, fmt.Errorf("there is no key %q, only %s", key, strings.Join(names, ", "))
}

func (f listFilter) keeps(v reflect.Value) (bool, error) {
	for _, want := range f.Values {
		ok, err := f.matches(v, want)
		if err != nil {
			return false, err
		}
		if ok != f.All {
			return ok, nil
		}
	}
	return f.All, nil
}

func (f listFilter) matches(v reflect.Value, want string) (bool, error) {
	switch v.Kind() {
	case reflect.String:
		return f.matchesText(v.String(), want)
	case reflect.Bool:
		b, err := strconv.ParseBool(want)
		return v.Bool() == b, err
	case reflect.Int:
		n, err := strconv.ParseInt(want, 10, 64)
		return v.Int() == n, err
	case reflect.Float64:
		n, err := strconv.ParseFloat(want, 64)
		return math.Abs(v.Float()-n) < 1e-6, err
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.String {
			return false, fmt.Errorf("only text and numbers can be compared")
		}
		for i := range v.Len() {
			if ok, err := f.matchesText(v.Index(i).String(), want); ok || err != nil {
				return ok, err
			}
		}
	}
	return false, nil
}

func (f listFilter) matchesText(have, want string) (bool, error) {
	switch f.MatchBy {
	case "exact":
		return strings.EqualFold(have, want), nil
	case "substring":
		return strings.Contains(have, want), nil
	case "re":
		return regexp.MatchString(want, have)
	}
	return false, fmt.Errorf("match_by %q is none of exact, substring and re", f.MatchBy)
}

func (s listSort) check(t reflect.Type) error {
	a, err := attribute(t, s.Key)
	switch {
	case err != nil:
		return fmt.Errorf("sort: %w", err)
	case a.Type.Kind() == reflect.Slice:
		return fmt.Errorf("sort: %s has no order", s.Key)
	case !slices.Contains([]string{"", "asc", "desc"}, s.Direction):
		return fmt.Errorf("sort: direction %q is neither asc nor desc", s.Direction)
	}
	return nil
}

func (s listSort) compare(a, b reflect.Value) int {
	// check has found it.
	by, _ := attribute(a.Type(), s.Key)
	d := compareValues(a.FieldByIndex(by.Index), b.FieldByIndex(by.Index))
	if s.Direction == "desc" {
		return -d
	}
	return d
}

func compareValues(a, b reflect.Value) int {
	switch a.Kind() {
	case reflect.String:
		return strings.Compare(a.String(), b.String())
	case reflect.Int:
		return cmp.Compare(a.Int(), b.Int())
	case reflect.Float64:
		return cmp.Compare(a.Float(), b.Float())
	case reflect.Bool:
		if a.Bool() == b.Bool() {
			return 0
		}
		if b.Bool() {
			return -1
		}
		return 1
	}
	return 0
}

// matching returns the items that match chooses, ready or not.
func matching[T any](items iter.Seq2[T, error], match func(T) bool) ([]T, error) {
	var found []T
	for x, err := range items {
		if err != nil && !isState(err) {
			return nil, err
		}
		if match(x) {
			found = append(found, x)
		}
	}
	return found, nil
}

// chosen returns the one item that match chooses, ready or not.
func chosen[T any](items iter.Seq2[T, error], match func(T) bool) (T, error) {
	found, err := matching(items, match)
	if err != nil {
		return *new(T), err
	}
	switch len(found) {
	case 0:
		return *new(T), errors.New("there is none")
	case 1:
		return found[0], nil
	}
	return *new(T), fmt.Errorf("there are %d, one has to be meant", len(found))
}

// said names the arguments that are set, each with its value: of pairs of words and
// values those whose value is not "".
func said(pairs ...string) string {
	var parts []string
	for pair := range slices.Chunk(pairs, 2) {
		if pair[1] != "" {
			parts = append(parts, fmt.Sprintf("%s %q", pair[0], pair[1]))
		}
	}
	return strings.Join(parts, " and ")
}

// chosenBy returns the one item with an id or, when that is "", with a name.
func chosenBy[T any](id, name string, items iter.Seq2[T, error], of func(T) (id, name string)) (T, error) {
	if (id == "") == (name == "") {
		return *new(T), errors.New("either id or name has to be set")
	}
	x, err := chosen(items, func(x T) bool {
		itsID, itsName := of(x)
		return id != "" && itsID == id || name != "" && itsName == name
	})
	if err != nil {
		return x, fmt.Errorf("with %s: %w", said("id", id, "name", name), err)
	}
	return x, nil
}
