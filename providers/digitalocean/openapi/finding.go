package openapi

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
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
	switch e.SchemaField {
	case "allOf": // each part has errors of its own, which say where they are
		return detailsOf(errors.Unwrap(e.Origin))
	case "oneOf", "anyOf":
		if best := nearest(e); len(best) > 0 {
			return best
		}
	}
	reason := firstLine(cmp.Or(e.Reason, e.SchemaField))
	if shown := []string{"enum", "pattern", "format"}; slices.Contains(shown, e.SchemaField) {
		reason = fmt.Sprintf("%q: %s", fmt.Sprint(e.Value), reason)
	}
	return []detail{{pointer(e.JSONPointer()), reason}}
}

// nearest says what is wrong with the value as the alternative of which it has
// the most; nothing when several fit.
func nearest(e *openapi3.SchemaError) []detail {
	if errors.Is(e.Origin, openapi3.ErrOneOfConflict) {
		return nil
	}
	var best []detail
	for _, s := range append(slices.Clone(e.Schema.OneOf), e.Schema.AnyOf...) {
		if of := chosen(e); of != "" && of != s.Ref {
			continue
		}
		all := detailsOf(s.Value.VisitJSON(e.Value, openapi3.MultiErrors(), openapi3.WithStringFormatValidators(formats())))
		if len(best) == 0 || cmp.Or(cmp.Compare(missing(all), missing(best)), cmp.Compare(len(all), len(best))) < 0 {
			best = all
		}
	}
	for i := range best {
		best[i].field = join(pointer(e.JSONPointer()), best[i].field)
	}
	return best
}

// missing is how many fields a value lacks to be an alternative.
func missing(all []detail) int {
	n := 0
	for _, d := range all {
		if !strings.Contains(d.field, ".") && strings.HasSuffix(d.reason, "is missing") {
			n++
		}
	}
	return n
}

// chosen is the alternative that the discriminator asks for, "" for any.
func chosen(e *openapi3.SchemaError) string {
	fields, ok := e.Value.(map[string]any)
	if !ok || e.Schema.Discriminator == nil {
		return ""
	}
	name, _ := fields[e.Schema.Discriminator.PropertyName].(string)
	return e.Schema.Discriminator.Mapping[name].Ref
}

// pointer writes the way to a field, without the indexes of lists.
func pointer(keys []string) string {
	field := ""
	for _, key := range keys {
		if strings.Trim(key, "0123456789") == "" {
			key = "[]"
		}
		field = join(field, key)
	}
	return field
}

func join(a, b string) string {
	if a == "" || b == "" || strings.HasPrefix(b, "[]") {
		return a + b
	}
	return a + "." + b
}

func firstLine(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	return first
}
