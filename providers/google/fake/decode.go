package fake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// int64s is a 64-bit number, a string in JSON; numbers are read too.
type int64s int64

// MarshalJSON writes n as a string.
func (n int64s) MarshalJSON() ([]byte, error) { return strconv.AppendQuote(nil, n.String()), nil }

// UnmarshalJSON reads a string or a number.
func (n *int64s) UnmarshalJSON(b []byte) error {
	i, err := strconv.ParseInt(strings.Trim(string(b), `"`), 10, 64)
	*n = int64s(i)
	return err
}

// String returns n in decimal.
func (n int64s) String() string { return strconv.FormatInt(int64(n), 10) }

// badPayload is the refusal of a body that does not fit its message.
func badPayload(format string, args ...any) error {
	e := refusal(400, "badRequest", format, args...).(*apiError)
	e.rpc = "INVALID_ARGUMENT"
	return e
}

// decode reads the JSON body strictly into v, a pointer to a struct. root is
// what errors call the body, "resource" in most of Compute.
func (q *request) decode(root string, v any) error {
	raw, err := q.object()
	if err != nil {
		return err
	}
	return fit(root, raw, v)
}

// object reads the JSON body. An empty one is an empty object.
func (q *request) object() (map[string]any, error) {
	if len(bytes.TrimSpace(q.body)) == 0 {
		return map[string]any{}, nil
	}
	var raw any
	d := json.NewDecoder(bytes.NewReader(q.body))
	d.UseNumber()
	if err := d.Decode(&raw); err != nil || d.More() {
		return nil, refusal(400, "parseError", "Parse Error")
	}
	m, isObject := raw.(map[string]any)
	if !isObject {
		return nil, badPayload("Invalid JSON payload received. Unknown name \"\": Root element must be a message.")
	}
	return m, nil
}

// fit checks raw against the type of v, and fills v.
func fit(root string, raw map[string]any, v any) error {
	if err := conform(root, raw, reflect.TypeOf(v).Elem(), ""); err != nil {
		return err
	}
	b, err := json.Marshal(raw)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return badPayload("Invalid JSON payload received. %v", err)
	}
	return nil
}

// conform refuses what t has no place for: unknown names, wrong types, values
// that an enum (the tag of that name) does not have.
func conform(path string, raw any, t reflect.Type, enum string) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if raw == nil {
		return nil
	}
	wrong := func(kind string) error {
		b, _ := json.Marshal(raw)
		return badPayload("Invalid value at '%s' (%s), %s", snake(path), kind, b)
	}
	if t == reflect.TypeFor[int64s]() {
		if _, err := strconv.ParseInt(fmt.Sprint(raw), 10, 64); err != nil {
			return wrong("TYPE_INT64")
		}
		return nil
	}
	switch t.Kind() {
	case reflect.Struct:
		return conformStruct(path, raw, t)
	case reflect.Slice:
		return conformList(path, raw, t, enum)
	case reflect.Map:
		return conformMap(path, raw, t)
	case reflect.String:
		if s, isString := raw.(string); !isString || enum != "" && s != "" && !slices.Contains(strings.Split(enum, ","), s) {
			return wrong("TYPE_" + map[bool]string{true: "ENUM", false: "STRING"}[enum != ""])
		}
	case reflect.Bool:
		if _, isBool := raw.(bool); !isBool {
			return wrong("TYPE_BOOL")
		}
	case reflect.Int:
		_, isString := raw.(string)
		if _, err := strconv.Atoi(fmt.Sprint(raw)); err != nil || isString {
			return wrong("TYPE_INT32")
		}
	case reflect.Float64:
		if _, isNumber := raw.(json.Number); !isNumber {
			return wrong("TYPE_DOUBLE")
		}
	}
	return nil
}

func conformStruct(path string, raw any, t reflect.Type) error {
	m, isObject := raw.(map[string]any)
	if !isObject {
		b, _ := json.Marshal(raw)
		return badPayload("Invalid value at '%s' (%s), %s", snake(path), t.Name(), b)
	}
	fields := wireFields(t)
	for _, name := range slices.Sorted(maps.Keys(m)) {
		f, known := fields[name]
		if !known {
			return badPayload("Invalid JSON payload received. Unknown name \"%s\"%s: Cannot find field.", name, at(path))
		}
		if err := conform(join(path, name), m[name], f.Type, f.Tag.Get("enum")); err != nil {
			return err
		}
	}
	return nil
}

func conformList(path string, raw any, t reflect.Type, enum string) error {
	list, isList := raw.([]any)
	if !isList {
		b, _ := json.Marshal(raw)
		return badPayload("Invalid value at '%s' (repeated field), %s", snake(path), b)
	}
	for i, x := range list {
		if err := conform(fmt.Sprintf("%s[%d]", path, i), x, t.Elem(), enum); err != nil {
			return err
		}
	}
	return nil
}

func conformMap(path string, raw any, t reflect.Type) error {
	m, isObject := raw.(map[string]any)
	if !isObject {
		b, _ := json.Marshal(raw)
		return badPayload("Invalid value at '%s' (map field), %s", snake(path), b)
	}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if err := conform(join(path, k), m[k], t.Elem(), ""); err != nil {
			return err
		}
	}
	return nil
}

// wireFields returns the fields of t that clients may send, by their JSON name.
// The fake's own bookkeeping has the tag wire:"-".
func wireFields(t reflect.Type) map[string]reflect.StructField {
	out := map[string]reflect.StructField{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || name == "" || name == "-" || f.Tag.Get("wire") == "-" {
			continue
		}
		out[name] = f
	}
	return out
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// at says where an unknown name was found.
func at(path string) string {
	if path == "" {
		return ""
	}
	return " at '" + snake(path) + "'"
}

// snake is a JSON path with the field names of the protocol buffers.
func snake(path string) string {
	var b strings.Builder
	for _, r := range path {
		if unicode.IsUpper(r) {
			b.WriteByte('_')
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// document is v as a JSON object.
func document(v any) map[string]any {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own types
	}
	m := map[string]any{}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&m); err != nil {
		panic(err)
	}
	return m
}

// fill overwrites v with the JSON object m. Fields m lacks become zero.
func fill[T any](v *T, m map[string]any) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	var fresh T
	if err := json.Unmarshal(b, &fresh); err != nil {
		return err
	}
	*v = fresh
	return nil
}

// merge applies a patch: objects are merged, all else is replaced, null removes.
func merge(into, patch map[string]any) map[string]any {
	out := maps.Clone(into)
	if out == nil {
		out = map[string]any{}
	}
	for k, v := range patch {
		if v == nil {
			delete(out, k)
			continue
		}
		if sub, isObject := v.(map[string]any); isObject {
			old, _ := out[k].(map[string]any)
			v = merge(old, sub)
		}
		out[k] = v
	}
	return out
}
