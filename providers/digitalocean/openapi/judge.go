package openapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

// Judge holds exchanges to a document and remembers what breaks it. Its methods
// may be called concurrently.
type Judge struct {
	router  routers.Router
	options *openapi3filter.Options
	known   []fault

	mu         sync.Mutex
	seen       map[[sha256.Size]byte]bool
	found      map[finding]string // where each was met first
	used       map[string]bool    // lines of known
	operations map[string]bool
	exchanges  int
}

// Load reads a document.
func Load(file string) (*Judge, error) {
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return newJudge(doc, knownFaults())
}

func newJudge(doc *openapi3.T, known []fault) (*Judge, error) {
	doc.Servers = nil // the fake is on this machine
	if err := doc.WalkSchemas(letNull); err != nil {
		return nil, err
	}
	router, err := legacy.NewRouter(doc, openapi3.DisableExamplesValidation())
	if err != nil {
		return nil, err
	}
	return &Judge{
		router: router, known: known,
		options: &openapi3filter.Options{
			MultiError: true, IncludeResponseStatus: true, RejectWhenRequestBodyNotSpecified: true, SkipSettingDefaults: true,
			AuthenticationFunc:      openapi3filter.NoopAuthenticationFunc,
			SchemaValidationOptions: []openapi3.SchemaValidationOption{openapi3.WithStringFormatValidators(formats())},
		},
		seen: map[[sha256.Size]byte]bool{}, found: map[finding]string{}, used: map[string]bool{}, operations: map[string]bool{},
	}, nil
}

// letNull makes schemas that say nothing, such as those with a description only,
// take null: they do, but not to the validator.
func letNull(_ string, s *openapi3.SchemaRef) error {
	s.Value.Nullable = s.Value.Nullable || s.Value.IsEmpty()
	return nil
}

// Check judges an exchange that was met somewhere, such as in a test.
func (j *Judge) Check(where string, x Exchange) {
	if !j.isNew(x) {
		return
	}
	operation, all := j.findings(x)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.operations[operation] = true
	for _, f := range all {
		if line, ok := lineOf(j.known, f); ok {
			j.used[line] = true
		} else if j.found[f] == "" {
			j.found[f] = where
		}
	}
}

// isNew counts x and tells whether there was none like it before: most are
// repeated, such as the catalogue of sizes.
func (j *Judge) isNew(x Exchange) bool {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s %s %d %s\n%d ", x.Method, x.URL, x.Header.Get("Content-Type"), x.Status, x.AnswerHeader.Get("Content-Type"), len(x.Body))
	h.Write(x.Body)
	h.Write(x.Answer)
	key := [sha256.Size]byte(h.Sum(nil))
	j.mu.Lock()
	defer j.mu.Unlock()
	j.exchanges++
	if j.seen[key] {
		return false
	}
	j.seen[key] = true
	return true
}

// findings judges x and names the operation that it is of.
func (j *Judge) findings(x Exchange) (operation string, all []finding) {
	add := func(path, side string, details []detail) {
		for _, d := range details {
			all = append(all, finding{x.Method, path, side, d.field, d.reason})
		}
	}
	r, err := x.request()
	if err != nil {
		add(x.URL, "request", detailsOf(err))
		return "", all
	}
	route, params, err := j.route(r)
	if err != nil {
		add(r.URL.Path, "request", []detail{{reason: "the document has no such path and method"}})
		return "", all
	}
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: j.options}
	add(route.Path, "request", j.ofRequest(in, x))
	add(route.Path, fmt.Sprintf("answer %d", x.Status), j.ofAnswer(in, x))
	return x.Method + " " + route.Path, all
}

// route finds the operation. What is escaped in a path, such as a slash in the
// name of a tag, is not of its structure.
func (j *Judge) route(r *http.Request) (*routers.Route, map[string]string, error) {
	escaped := r.Clone(r.Context())
	escaped.URL = &url.URL{Path: r.URL.EscapedPath()}
	route, params, err := j.router.FindRoute(escaped)
	for name, value := range params {
		if plain, err := url.PathUnescape(value); err == nil {
			params[name] = plain
		}
	}
	return route, params, err
}

func (j *Judge) ofRequest(in *openapi3filter.RequestValidationInput, x Exchange) []detail {
	all := detailsOf(openapi3filter.ValidateRequest(in.Request.Context(), in))
	for name := range in.Request.URL.Query() {
		if !takes(in.Route, name) {
			all = append(all, detail{"query parameter " + name, "is not in the document"})
		}
	}
	if body := in.Route.Operation.RequestBody; body != nil {
		all = append(all, unknownIn(body.Value.Content, x.Header, x.Body)...)
	}
	return all
}

// takes tells whether an operation has a query parameter.
func takes(route *routers.Route, name string) bool {
	const query = openapi3.ParameterInQuery
	return route.Operation.Parameters.GetByInAndName(query, name) != nil || route.PathItem.Parameters.GetByInAndName(query, name) != nil
}

func (j *Judge) ofAnswer(in *openapi3filter.RequestValidationInput, x Exchange) []detail {
	all := detailsOf(openapi3filter.ValidateResponse(in.Request.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: x.Status, Header: x.AnswerHeader, Body: io.NopCloser(bytes.NewReader(x.Answer)), Options: j.options,
	}))
	responses := in.Route.Operation.Responses
	answer := responses.Status(x.Status)
	if answer == nil {
		answer = responses.Default()
	}
	switch {
	case answer == nil:
		return all
	case len(answer.Value.Content) == 0 && len(x.Answer) > 0:
		return append(all, detail{"", "has a body, which the document does not say"})
	}
	return append(all, unknownIn(answer.Value.Content, x.AnswerHeader, x.Answer)...)
}

// unknownIn returns the fields of a body that the document does not have.
func unknownIn(content openapi3.Content, header http.Header, body []byte) []detail {
	media := content.Get(header.Get("Content-Type"))
	var v any
	if media == nil || media.Schema == nil || json.Unmarshal(body, &v) != nil {
		return nil // which the validator says
	}
	var all []detail
	for _, field := range unknown([]*openapi3.Schema{media.Schema.Value}, v, nil) {
		all = append(all, detail{field, "is not in the document"})
	}
	return all
}

// request makes the request of x again.
func (x Exchange) request() (*http.Request, error) {
	r, err := http.NewRequest(x.Method, "http://api.digitalocean.com"+x.URL, bytes.NewReader(x.Body))
	if err != nil {
		return nil, err
	}
	r.Header = x.Header.Clone()
	return r, nil
}
