package openapi

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// finding is one way in which a request or an answer breaks the document.
type finding struct {
	method string
	path   string // as the document writes it, or that of the request when it has none like it
	side   string // "request", or "answer" and the status
	field  string // such as droplets[].region; "" for the whole
	reason string
}

func (f finding) String() string {
	return fmt.Sprintf("%s %s: %s: %s: %s", f.method, f.path, f.side, cmp.Or(f.field, "the whole"), f.reason)
}

// detail is the field and the reason of a finding.
type detail struct{ field, reason string }

// detailsOf takes the errors of the validator apart.
func detailsOf(err error) []detail {
	var schema *openapi3.SchemaError
	var request *openapi3filter.RequestError
	switch multi := (openapi3.MultiError)(nil); {
	case err == nil:
		return nil
	case isMulti(err, &multi):
		var all []detail
		for _, e := range multi {
			all = append(all, detailsOf(e)...)
		}
		return all
	case isA(err, &request):
		return ofRequest(request)
	case isA(err, &schema):
		return ofSchema(schema)
	case errors.Unwrap(err) != nil:
		return detailsOf(errors.Unwrap(err))
	}
	return []detail{{reason: firstLine(err.Error())}}
}

// isMulti and isA look at err itself and not at what it wraps.
func isMulti(err error, multi *openapi3.MultiError) (ok bool) {
	*multi, ok = err.(openapi3.MultiError) //nolint:errorlint // see above
	return ok
}

func isA[T error](err error, as *T) (ok bool) {
	*as, ok = err.(T) //nolint:errorlint // see above
	return ok
}

// ofRequest names the parameter that is wrong.
func ofRequest(e *openapi3filter.RequestError) []detail {
	all := detailsOf(e.Err)
	if len(all) == 0 {
		all = []detail{{reason: firstLine(e.Error())}}
	}
	if e.Parameter == nil {
		return all
	}
	for i := range all {
		all[i].field = e.Parameter.In + " parameter " + e.Parameter.Name + all[i].field
	}
	return all
}

func ofSchema(e *openapi3.SchemaError) []detail {
	// Each part of an allOf has errors of its own, which say where they are.
	if e.SchemaField == "allOf" {
		return detailsOf(errors.Unwrap(e.Origin))
	}
	reason := firstLine(cmp.Or(e.Reason, e.SchemaField))
	if e.SchemaField == "oneOf" || e.SchemaField == "anyOf" {
		reason += alternatives(e)
	}
	return []detail{{field: pointer(e.JSONPointer()), reason: reason}}
}

// alternatives says why none of several schemas fits.
func alternatives(e *openapi3.SchemaError) string {
	var text strings.Builder
	for i, s := range append(e.Schema.OneOf, e.Schema.AnyOf...) {
		for _, d := range detailsOf(s.Value.VisitJSON(e.Value, openapi3.MultiErrors())) {
			fmt.Fprintf(&text, "; %d: %s: %s", i, d.field, d.reason)
			break // one is enough to tell them apart
		}
	}
	return text.String()
}

// pointer writes the way to a field, without the indexes of lists.
func pointer(keys []string) string {
	field := ""
	for _, key := range keys {
		switch {
		case strings.Trim(key, "0123456789") == "":
			field += "[]"
		case field == "":
			field = key
		default:
			field += "." + key
		}
	}
	return field
}

func firstLine(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	return first
}
