package fake

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

// filter is one of the conditions of a Describe call; any of its values will do.
type filter struct {
	Name   string   `q:",required"`
	Values []string `q:"Value"`
}

// listing are the parameters that Describe calls share.
type listing struct {
	Filters    []filter `q:"Filter"`
	MaxResults *int
	NextToken  string
}

// fields are the filters of a kind: the values an object has for each.
type fields[T any] map[string]func(T) []string

// one is the field of a single value; "" is no value.
func one[T any](get func(T) string) func(T) []string {
	return func(x T) []string {
		if v := get(x); v != "" {
			return []string{v}
		}
		return nil
	}
}

// flag is the field of a boolean.
func flag[T any](get func(T) bool) func(T) []string {
	return func(x T) []string { return []string{strconv.FormatBool(get(x))} }
}

// list returns the page of t's objects that a Describe call asks for, and the
// token of the next page. With ids, all of them must exist.
func list[T resource](c *Cloud, q *call, t table[T], in listing, ids []string, f fields[T]) ([]T, string, error) {
	found, err := byID(c, q, t, ids)
	if err != nil {
		return nil, "", err
	}
	if found, err = match(found, in.Filters, f); err != nil {
		return nil, "", err
	}
	return page(found, in, 1000, func(_ int, x T) int { return x.common().Serial })
}

// byID returns the objects with ids, all that can be seen if there are none.
func byID[T resource](c *Cloud, q *call, t table[T], ids []string) ([]T, error) {
	if len(ids) == 0 {
		return t.Where(func(x T) bool { return c.seen(q, x) }), nil
	}
	var out []T
	var missing []string
	for _, id := range ids {
		x, err := lookup(c, q, t, id)
		switch {
		case err != nil:
			missing = append(missing, id)
		case !slices.ContainsFunc(out, func(y T) bool { return y.Key() == id }):
			out = append(out, x)
		}
	}
	if len(missing) > 0 {
		var none T
		return nil, none.kind().unknown(missing...)
	}
	return out, nil
}

// maxFilterValues is how many values all filters of a call may have together.
const maxFilterValues = 200

// match returns the resources all filters let through. Every kind has the filters on tags.
func match[T resource](items []T, filters []filter, f fields[T]) ([]T, error) {
	return matchAny(items, filters, func(name string) func(T) []string {
		if key, ok := strings.CutPrefix(name, "tag:"); ok {
			return func(x T) []string {
				if v, tagged := x.common().Tags[key]; tagged {
					return []string{v}
				}
				return nil
			}
		}
		if name == "tag-key" {
			return func(x T) []string { return sortedKeys(x.common().Tags) }
		}
		return f[name]
	})
}

// matchAny is match for anything that has fields.
func matchAny[T any](items []T, filters []filter, field func(name string) func(T) []string) ([]T, error) {
	values := 0
	for _, f := range filters {
		if field(f.Name) == nil {
			return nil, badValue("The filter '%s' is invalid", f.Name)
		}
		if len(f.Values) == 0 {
			return nil, badValue("The filter '%s' must have a value", f.Name)
		}
		if values += len(f.Values); values > maxFilterValues {
			return nil, refusal("FilterLimitExceeded", "The maximum number of filter values specified on a single call is %d", maxFilterValues)
		}
	}
	var out []T
	for _, x := range items {
		if !slices.ContainsFunc(filters, func(f filter) bool { return !f.accepts(field(f.Name)(x)) }) {
			out = append(out, x)
		}
	}
	return out, nil
}

// accepts tells whether one of the values of an object is one of f's.
func (f filter) accepts(values []string) bool {
	return slices.ContainsFunc(values, func(v string) bool {
		return slices.ContainsFunc(f.Values, func(pattern string) bool { return glob(pattern, v) })
	})
}

// glob matches * and ?; a backslash takes their meaning away.
func glob(pattern, s string) bool {
	if pattern == "" {
		return s == ""
	}
	switch pattern[0] {
	case '*':
		rest := strings.TrimLeft(pattern, "*")
		for i := 0; i <= len(s); i++ {
			if glob(rest, s[i:]) {
				return true
			}
		}
		return false
	case '?':
		return s != "" && glob(pattern[1:], s[1:])
	case '\\':
		if len(pattern) > 1 {
			pattern = pattern[1:]
		}
	}
	return s != "" && s[0] == pattern[0] && glob(pattern[1:], s[1:])
}

// page cuts a page out of items. order numbers them, growing; the token is the
// number of the last item of the page before.
func page[T any](items []T, in listing, highest int, order func(i int, x T) int) ([]T, string, error) {
	if in.MaxResults != nil && (*in.MaxResults < 5 || *in.MaxResults > highest) {
		return nil, "", badValue("Value ( %d ) for parameter maxResults is invalid. Expecting a value between 5 and %d.", *in.MaxResults, highest)
	}
	after := 0
	if in.NextToken != "" {
		text, err := base64.RawURLEncoding.DecodeString(in.NextToken)
		if err == nil {
			after, err = strconv.Atoi(strings.TrimPrefix(string(text), "after "))
		}
		if err != nil {
			return nil, "", refusal("InvalidNextToken", "The token '%s' is invalid", in.NextToken)
		}
	}
	var out []T
	last := 0
	for i, x := range items {
		switch n := order(i, x); {
		case n <= after:
		case in.MaxResults != nil && len(out) == *in.MaxResults:
			return out, base64.RawURLEncoding.EncodeToString([]byte("after " + itoa(last))), nil
		default:
			out, last = append(out, x), n
		}
	}
	return out, "", nil
}
