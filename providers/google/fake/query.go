package fake

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strconv"
)

// queryInt is a number from the query, missing when it is not there.
func queryInt(q *request, name string, missing, least, most int) (int, error) {
	s := q.URL.Query().Get(name)
	if s == "" {
		return missing, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		return 0, refusal(400, "invalidParameter", "Invalid value '%s' for %s. Values must be within the range: [%d, %d]", s, name, least, most)
	}
	return n, nil
}

// pageOf returns the page of items that the query asks for with sizeName and
// pageToken, and the token of the next page. Sizes above most count as most.
// Items are in the order of key, so that a page follows the one before even when
// items went meanwhile.
func pageOf[T any](q *request, sizeName string, usual, most int, items []T, key func(T) string) (part []T, next string, err error) {
	size, err := queryInt(q, sizeName, usual, 0, 1<<31-1)
	if err != nil {
		return nil, "", err
	}
	if size == 0 {
		size = usual
	}
	size = min(size, most)
	if token := q.URL.Query().Get("pageToken"); token != "" {
		after, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil {
			return nil, "", refusal(400, "invalidParameter", "Invalid page token: %s", token)
		}
		from := slices.IndexFunc(items, func(x T) bool { return key(x) > string(after) })
		if from < 0 {
			from = len(items)
		}
		items = items[from:]
	}
	if len(items) <= size {
		return items, "", nil
	}
	return items[:size], base64.RawURLEncoding.EncodeToString([]byte(key(items[size-1]))), nil
}

// formValue is a value of a form in the body.
func formValue(q *request, name string) string {
	v, err := url.ParseQuery(string(q.body))
	if err != nil {
		return ""
	}
	return v.Get(name)
}
