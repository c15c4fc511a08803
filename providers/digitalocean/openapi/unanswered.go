package openapi

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// fields are ways to fields, such as droplets[].region.
type fields map[string]bool

// answers are the fields of the answers of one operation: those that the
// document has and those that were met.
type answers struct{ documented, met fields }

// note remembers the fields of a body.
func (a *answers) note(content openapi3.Content, header http.Header, body []byte) {
	media := content.Get(header.Get("Content-Type"))
	var v any
	if media == nil || media.Schema == nil || json.Unmarshal(body, &v) != nil {
		return
	}
	if a.documented == nil {
		a.documented, a.met = fields{}, fields{}
		a.documented.ofSchema(media.Schema.Value, "", nil)
	}
	a.met.ofValue(v, "")
}

// ofSchema adds the fields of s, which is inside of within. Of what contains
// itself it goes one round.
func (f fields) ofSchema(s *openapi3.Schema, at string, within []*openapi3.Schema) {
	for _, s := range applying([]*openapi3.Schema{s}) {
		if slices.Contains(within, s) {
			continue
		}
		inside := append(slices.Clone(within), s)
		if s.Items != nil {
			f.ofSchema(s.Items.Value, at+"[]", inside)
		}
		for name, field := range s.Properties {
			f[join(at, name)] = true
			f.ofSchema(field.Value, join(at, name), inside)
		}
	}
}

func (f fields) ofValue(v any, at string) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			f.ofValue(item, at+"[]")
		}
	case map[string]any:
		for name, field := range v {
			f[join(at, name)] = true
			f.ofValue(field, join(at, name))
		}
	}
}

// missing returns the documented fields that no answer had, without those
// inside of one that is missing itself.
func (a *answers) missing() []string {
	var all []string
	for _, field := range slices.Sorted(maps.Keys(a.documented)) {
		inside := func(outer string) bool {
			return strings.HasPrefix(field, outer+".") || strings.HasPrefix(field, outer+"[]")
		}
		if !a.met[field] && !slices.ContainsFunc(all, inside) {
			all = append(all, field)
		}
	}
	return all
}
