package oracle

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// document is one of Google's descriptions of an API.
type document struct {
	ServicePath string                       `json:"servicePath"`
	Parameters  map[string]*property         `json:"parameters"`
	Resources   map[string]*documentResource `json:"resources"`
	Schemas     map[string]*property         `json:"schemas"`
}

type documentResource struct {
	Methods   map[string]*documentMethod   `json:"methods"`
	Resources map[string]*documentResource `json:"resources"`
}

type documentMethod struct {
	ID         string               `json:"id"`
	HTTPMethod string               `json:"httpMethod"`
	Path       string               `json:"path"`
	FlatPath   string               `json:"flatPath"`
	Parameters map[string]*property `json:"parameters"`
	Request    *property            `json:"request"`
	Response   *property            `json:"response"`

	matches *regexp.Regexp
	doc     *document
}

// property is a JSON schema in the words of discovery documents.
type property struct {
	Ref                  string               `json:"$ref"`
	Type                 string               `json:"type"`
	Description          string               `json:"description"`
	Format               string               `json:"format"`
	Pattern              string               `json:"pattern"`
	Enum                 []string             `json:"enum"`
	Location             string               `json:"location"`
	Required             bool                 `json:"required"`
	ReadOnly             bool                 `json:"readOnly"`
	Items                *property            `json:"items"`
	Properties           map[string]*property `json:"properties"`
	AdditionalProperties *property            `json:"additionalProperties"`
}

// discovery knows the methods of several APIs.
type discovery []*documentMethod

// loadDiscovery reads documents out of the module google.golang.org/api.
func loadDiscovery(t *testing.T, names ...string) discovery {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "google.golang.org/api").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all discovery
	for _, name := range names {
		raw, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), name))
		if err != nil {
			t.Fatal(err)
		}
		var d document
		if err := json.Unmarshal(raw, &d); err != nil {
			t.Fatal(err)
		}
		for _, r := range d.Resources {
			all = append(all, d.methods(r)...)
		}
	}
	return all
}

var placeholder = regexp.MustCompile(`\\\{[^}]*\\\}`)

func (d *document) methods(r *documentResource) []*documentMethod {
	var list []*documentMethod
	for _, m := range r.Methods {
		path := m.FlatPath
		if path == "" {
			path = m.Path
		}
		pattern := placeholder.ReplaceAllString(regexp.QuoteMeta("/"+d.ServicePath+path), `[^/:]+`)
		m.matches, m.doc = regexp.MustCompile("^"+pattern+"$"), d
		list = append(list, m)
	}
	for _, sub := range r.Resources {
		list = append(list, d.methods(sub)...)
	}
	return list
}

// find returns the method that a request is for; nil when there is none.
func (d discovery) find(r *http.Request) *documentMethod {
	for _, m := range d {
		if m.HTTPMethod == r.Method && m.matches.MatchString(r.URL.Path) {
			return m
		}
	}
	return nil
}

// checkRequest returns what is wrong with a request, a sentence each.
func (d discovery) checkRequest(r *http.Request, body []byte) []string {
	m := d.find(r)
	if m == nil {
		return []string{r.Method + " " + r.URL.Path + " is in no document"}
	}
	var wrong []string
	for name, values := range r.URL.Query() {
		p := m.Parameters[name]
		if p == nil {
			p = m.doc.Parameters[name]
		}
		if p == nil {
			wrong = append(wrong, m.ID+": unknown parameter "+name)
			continue
		}
		for _, v := range values {
			wrong = append(wrong, m.doc.checkText(m.ID+": parameter "+name, p, v)...)
		}
	}
	for name, p := range m.Parameters {
		if p.Required && p.Location == "query" && !r.URL.Query().Has(name) {
			wrong = append(wrong, m.ID+": parameter "+name+" is missing")
		}
	}
	if m.Request != nil && len(body) > 0 {
		wrong = append(wrong, m.doc.checkBody(m.ID+": body", m.Request, body)...)
	}
	// Who replaces a whole object sends back what was read.
	if m.Request != nil && m.HTTPMethod != http.MethodPut {
		var v any
		_ = json.Unmarshal(body, &v) // checkBody says when it is no JSON
		wrong = append(wrong, m.doc.checkSettable(m.ID+": body", m.Request, v)...)
	}
	return wrong
}

// checkSettable returns what v sets that the document says is only for output.
func (d *document) checkSettable(where string, p *property, v any) []string {
	if p != nil && p.Ref != "" {
		p = d.Schemas[p.Ref]
	}
	if p == nil || v == nil {
		return nil
	}
	var wrong []string
	switch v := v.(type) {
	case map[string]any:
		for name, item := range v {
			sub := p.Properties[name]
			if sub != nil && sub.isOutput() {
				wrong = append(wrong, where+"."+name+" is only for output")
			}
			wrong = append(wrong, d.checkSettable(where+"."+name, sub, item)...)
		}
	case []any:
		for _, item := range v {
			wrong = append(wrong, d.checkSettable(where+"[]", p.Items, item)...)
		}
	}
	return wrong
}

// isOutput reports whether the API sets p and nobody else.
func (p *property) isOutput() bool {
	return p.ReadOnly || strings.HasPrefix(p.Description, "[Output Only]") || strings.HasPrefix(p.Description, "Output only.")
}

// checkAnswer returns what is wrong with the answer to a request.
func (d discovery) checkAnswer(r *http.Request, status int, body []byte) []string {
	m := d.find(r)
	if m == nil || m.Response == nil || status >= 300 || len(body) == 0 || r.URL.Query().Get("alt") == "media" {
		return nil
	}
	return m.doc.checkBody(m.ID+": answer", m.Response, body)
}

func (d *document) checkBody(where string, p *property, body []byte) []string {
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return []string{where + " is no JSON"}
	}
	return d.check(where, p, v)
}

func (d *document) check(where string, p *property, v any) []string {
	if p.Ref != "" {
		p = d.Schemas[p.Ref]
	}
	var wrong []string
	switch v := v.(type) {
	case nil:
		return nil
	case map[string]any:
		if p.Type != "object" && p.Type != "any" {
			return []string{where + ": an object, want " + p.Type}
		}
		for name, item := range v {
			sub := p.Properties[name]
			if sub == nil {
				sub = p.AdditionalProperties
			}
			if sub == nil {
				if p.Type != "any" {
					wrong = append(wrong, where+"."+name+" is unknown")
				}
				continue
			}
			wrong = append(wrong, d.check(where+"."+name, sub, item)...)
		}
	case []any:
		if p.Type != "array" {
			return []string{where + ": a list, want " + p.Type}
		}
		for _, item := range v {
			wrong = append(wrong, d.check(where+"[]", p.Items, item)...)
		}
	case string:
		if p.Type != "string" && p.Type != "any" {
			return []string{where + ": text, want " + p.Type}
		}
		return d.checkText(where, p, v)
	case bool:
		if p.Type != "boolean" && p.Type != "any" {
			return []string{where + ": a boolean, want " + p.Type}
		}
	case float64:
		if p.Type != "integer" && p.Type != "number" && p.Type != "any" {
			return []string{fmt.Sprintf("%s: a number, want %s", where, p.Type)}
		}
	}
	return wrong
}

var numeric = regexp.MustCompile(`^-?[0-9]+$`)

func (d *document) checkText(where string, p *property, v string) []string {
	number := p.Type == "integer" || strings.HasSuffix(p.Format, "int64")
	switch {
	case len(p.Enum) > 0 && !slices.Contains(p.Enum, v):
		return []string{fmt.Sprintf("%s: %q is none of %v", where, v, p.Enum)}
	case number && !numeric.MatchString(v):
		return []string{fmt.Sprintf("%s: %q is no number", where, v)}
	case p.Type == "boolean" && v != "true" && v != "false":
		return []string{fmt.Sprintf("%s: %q is no boolean", where, v)}
	case p.Pattern != "":
		if re, err := regexp.Compile("^(?:" + p.Pattern + ")$"); err == nil && !re.MatchString(v) {
			return []string{fmt.Sprintf("%s: %q does not match %s", where, v, p.Pattern)}
		}
	}
	return nil
}
