package fake

import (
	"bytes"
	"encoding/json"
)

// idName is what names an object by its number or its name: either is taken, as text
// or as a number.
type idName string

// UnmarshalJSON takes text and numbers.
func (n *idName) UnmarshalJSON(b []byte) error {
	var id json.Number
	if !bytes.HasPrefix(b, []byte(`"`)) {
		err := json.Unmarshal(b, &id)
		*n = idName(id)
		return err
	}
	return json.Unmarshal(b, (*string)(n))
}

// acted returns the object in the path that is to be changed by an action, with the
// body of the request: not while it takes part in another one.
func acted[T object](c *Cloud, q *request, t table[T], kind string, in any) (T, error) {
	x, err := inPath(q, t, kind)
	if err != nil {
		return x, err
	}
	if in != nil {
		if err := q.decode(in); err != nil {
			return x, err
		}
	}
	return x, c.idle(subject{x.key(), kind})
}

// protect is acted for a change of what protects an object, which shows at once.
func protect[T object](c *Cloud, q *request, t table[T], kind string, of func(T) *bool) (T, error) {
	var in struct {
		Delete *bool `json:"delete"`
	}
	x, err := acted(c, q, t, kind, &in)
	if err != nil {
		return x, err
	}
	give(of(x), in.Delete)
	return x, nil
}

// locationView shows a location by its name.
func locationView(name string) view {
	l, _ := findLocation(name)
	return l.view()
}

// orNull is the number of an object, null for none.
func orNull(id int64) any {
	if id == 0 {
		return nil
	}
	return id
}
