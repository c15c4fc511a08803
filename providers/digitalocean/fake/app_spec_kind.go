package fake

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
)

// kind is a kind of JSON value that a spec of an app may hold.
type kind interface {
	check(path string, v any) error
}

// shape is an object with these fields and no others.
type shape map[string]kind

// listOf is a list of one kind.
type listOf struct{ item kind }

// text is a string: one of the words, or what matches, or any.
type text struct {
	words   []string
	pattern *regexp.Regexp
}

// whole is a number without fraction from low to high.
type whole struct{ low, high int }

// decimal is any number, truth is true or false.
type (
	decimal struct{}
	truth   struct{}
)

func (s shape) check(path string, v any) error {
	m, ok := v.(map[string]any)
	if !ok {
		return invalid("%s: expected an object", path)
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		k, known := s[name]
		if !known {
			return invalid("%s: unknown field %q", path, name)
		}
		if m[name] == nil {
			continue
		}
		if err := k.check(path+"."+name, m[name]); err != nil {
			return err
		}
	}
	return nil
}

func (l listOf) check(path string, v any) error {
	list, ok := v.([]any)
	if !ok {
		return invalid("%s: expected a list", path)
	}
	for i, item := range list {
		if err := l.item.check(fmt.Sprintf("%s[%d]", path, i), item); err != nil {
			return err
		}
	}
	return nil
}

func (t text) check(path string, v any) error {
	s, ok := v.(string)
	switch {
	case !ok:
		return invalid("%s: expected text", path)
	case t.words != nil && !slices.Contains(t.words, s):
		return invalid("%s: invalid value %q, want one of %s", path, s, strings.Join(t.words, ", "))
	case t.pattern != nil && !t.pattern.MatchString(s):
		return invalid("%s: invalid value %q", path, s)
	}
	return nil
}

func (w whole) check(path string, v any) error {
	n, ok := v.(float64)
	if !ok || n != math.Trunc(n) || n < float64(w.low) || n > float64(w.high) {
		return invalid("%s: expected a number from %d to %d", path, w.low, w.high)
	}
	return nil
}

func (decimal) check(path string, v any) error {
	if _, ok := v.(float64); !ok {
		return invalid("%s: expected a number", path)
	}
	return nil
}

func (truth) check(path string, v any) error {
	if _, ok := v.(bool); !ok {
		return invalid("%s: expected true or false", path)
	}
	return nil
}

func words(list ...string) text { return text{words: list} }

// with returns s with the fields of more.
func (s shape) with(more shape) shape {
	out := maps.Clone(s)
	maps.Copy(out, more)
	return out
}
