package fake

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// view is an object as the API shows it.
type view = map[string]any

// list answers a page of the items that pass the label selector and the filters in
// the query: names of fields with a text, of which any of those given will do.
func list[T any](q *request, key string, items []T, show func(T) view, filters ...string) (reply, error) {
	query := q.URL.Query()
	sel, err := parseSelector(query.Get("label_selector"))
	if err != nil {
		return fail(err)
	}
	views := []view{}
	for _, x := range items {
		v := show(x)
		labels, _ := v["labels"].(labels)
		keep := sel.matches(labels)
		for _, f := range filters {
			if wanted := query[f]; len(wanted) > 0 && !slices.Contains(wanted, asText(v[f])) {
				keep = false
			}
		}
		if keep {
			views = append(views, v)
		}
	}
	if err := sorted(views, query["sort"]); err != nil {
		return fail(err)
	}
	number, err := q.pageNumber("page", 1, 1<<31)
	if err != nil {
		return fail(err)
	}
	size, err := q.pageNumber("per_page", 25, 50)
	if err != nil {
		return fail(err)
	}
	part, last := fakecloud.Page(views, number, size)
	return ok(view{key: part, "meta": view{"pagination": pagination(number, size, last, len(views))}})
}

// asText is a field of a view as queries have it.
func asText(x any) string {
	s, _ := x.(string)
	return s
}

// pageNumber is a number in [1, highest] from the query.
func (q *request) pageNumber(name string, missing, highest int) (int, error) {
	s := q.URL.Query().Get(name)
	if s == "" {
		return missing, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > highest {
		return 0, invalid(name, "must be between 1 and %d", highest)
	}
	return n, nil
}

func pagination(number, size, last, total int) view {
	v := view{"page": number, "per_page": size, "previous_page": nil, "next_page": nil, "last_page": last, "total_entries": total}
	if number > 1 {
		v["previous_page"] = number - 1
	}
	if number < last {
		v["next_page"] = number + 1
	}
	return v
}

// sorted orders views by fields such as "name:desc", the most important first; by
// id when there are none.
func sorted(views []view, by []string) error {
	for _, s := range slices.Backward(by) {
		field, direction, _ := strings.Cut(s, ":")
		if !slices.Contains([]string{"id", "name", "created", "command", "status", "started", "finished"}, field) {
			return invalid("sort", "%q is no field to sort by", field)
		}
		if !slices.Contains([]string{"", "asc", "desc"}, direction) {
			return invalid("sort", "%q is neither asc nor desc", direction)
		}
		slices.SortStableFunc(views, func(a, b view) int {
			if direction == "desc" {
				a, b = b, a
			}
			idA, _ := a[field].(int64)
			idB, _ := b[field].(int64)
			return cmp.Or(cmp.Compare(idA, idB), cmp.Compare(asText(a[field]), asText(b[field])))
		})
	}
	return nil
}
