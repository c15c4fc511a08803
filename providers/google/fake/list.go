package fake

import (
	"cmp"
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// listing is what the query of a list asks for.
type listing struct {
	keep  filter
	order func(a, b map[string]any) int
	max   int
	after string // the name of the last item of the page before
}

// parseListing reads the query parameters all of Compute's lists have.
func parseListing(q *request) (*listing, error) {
	query := q.URL.Query()
	l := &listing{max: 500, order: byPath}
	var err error
	if l.keep, err = parseFilter(query.Get("filter")); err != nil {
		return nil, err
	}
	if s := query.Get("maxResults"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 || n > 500 {
			return nil, invalidField("maxResults", s, "Must be between 0 and 500, inclusive.")
		}
		l.max = cmp.Or(n, l.max)
	}
	switch s := query.Get("orderBy"); s {
	case "", "name", "name asc":
	case "creationTimestamp desc":
		l.order = newestFirst
	default:
		return nil, invalidField("orderBy", s, "Only sorting by name or creationTimestamp desc is currently supported.")
	}
	if s := query.Get("pageToken"); s != "" {
		b, err := base64.RawURLEncoding.DecodeString(s)
		after, found := strings.CutPrefix(string(b), "after:")
		if err != nil || !found {
			return nil, invalidField("pageToken", s, "Invalid page token.")
		}
		l.after = after
	}
	return l, nil
}

// byPath orders by name, in aggregated lists by place first.
func byPath(a, b map[string]any) int { return cmp.Compare(pathOf(a), pathOf(b)) }

func pathOf(m map[string]any) string {
	s, _ := m["selfLink"].(string)
	return strings.TrimPrefix(s, computeURL)
}

// cut returns the page of items that l asks for, and the token of the next.
func (l *listing) cut(items []map[string]any) (part []map[string]any, next string) {
	items = slices.DeleteFunc(slices.Clone(items), func(m map[string]any) bool { return !l.keep(m) })
	slices.SortFunc(items, l.order)
	if l.after != "" {
		i := slices.IndexFunc(items, func(m map[string]any) bool { return pathOf(m) == l.after })
		if i < 0 {
			// The item went meanwhile: go on behind where it was.
			i = slices.IndexFunc(items, func(m map[string]any) bool { return pathOf(m) > l.after }) - 1
			if i < -1 {
				i = len(items) - 1
			}
		}
		items = items[i+1:]
	}
	if len(items) <= l.max {
		return items, ""
	}
	items = items[:l.max]
	return items, base64.RawURLEncoding.EncodeToString([]byte("after:" + pathOf(items[len(items)-1])))
}

// page answers a page of items. project is the one in the path.
func page(q *request, kind, project string, items []map[string]any) (reply, error) {
	l, err := parseListing(q)
	if err != nil {
		return fail(err)
	}
	part, next := l.cut(items)
	id := strings.TrimPrefix(q.URL.Path, "/compute/v1/")
	body := map[string]any{"kind": kind, "id": id, "selfLink": link(id)}
	if len(part) > 0 {
		body["items"] = part
	}
	if next != "" {
		body["nextPageToken"] = next
	}
	return ok(body)
}

// aggregate answers items grouped by place. Places without any have a warning.
func aggregate(q *request, kind, collection string, items []map[string]any) (reply, error) {
	l, err := parseListing(q)
	if err != nil {
		return fail(err)
	}
	part, next := l.cut(items)
	groups := map[string][]map[string]any{}
	for _, m := range part {
		groups[placeOf(m)] = append(groups[placeOf(m)], m)
	}
	scoped := map[string]any{}
	for _, place := range places() {
		scoped[place] = map[string]any{"warning": map[string]any{
			"code": "NO_RESULTS_ON_PAGE", "message": "There are no results for scope '" + place + "' on this page.",
			"data": []any{map[string]any{"key": "scope", "value": place}},
		}}
	}
	if partial := q.URL.Query().Get("includeAllScopes"); partial == "false" {
		maps.DeleteFunc(scoped, func(string, any) bool { return true })
	}
	for place, list := range groups {
		scoped[place] = map[string]any{collection: list}
	}
	id := strings.TrimPrefix(q.URL.Path, "/compute/v1/")
	body := map[string]any{"kind": kind, "id": id, "selfLink": link(id), "items": scoped}
	if next != "" {
		body["nextPageToken"] = next
	}
	return ok(body)
}

// placeOf is the scope of an item: "global", "regions/r" or "zones/z".
func placeOf(m map[string]any) string {
	parts := strings.Split(pathOf(m), "/") // projects p zones z ...
	if len(parts) > 4 && (parts[2] == "zones" || parts[2] == "regions") {
		return parts[2] + "/" + parts[3]
	}
	return "global"
}
