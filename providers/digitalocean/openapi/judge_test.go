package openapi

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/providers/digitalocean/fake"
)

// small is a document with a little of all that the judge looks at.
const small = `{
  "openapi": "3.0.0", "info": {"title": "small", "version": "1"},
  "paths": {
    "/v2/disks": {
      "get": {
        "parameters": [{"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1}}],
        "responses": {"200": {"description": "", "content": {"application/json": {"schema": {
          "type": "object", "required": ["disks"], "properties": {"disks": {"type": "array", "items": {"$ref": "#/components/schemas/disk"}}}}}}}}
      },
      "post": {
        "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/disk"}}}},
        "responses": {
          "201": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/disk"}}}},
          "default": {"description": "", "content": {"application/json": {"schema": {
            "type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}}}}}
      }
    },
    "/v2/disks/{name}": {"delete": {
      "parameters": [{"name": "name", "in": "path", "required": true, "schema": {"type": "string"}}],
      "responses": {"204": {"description": ""}}}}
  },
  "components": {"schemas": {
    "named": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
    "disk": {"allOf": [{"$ref": "#/components/schemas/named"}, {"type": "object", "properties": {
      "id": {"type": "string", "format": "uuid", "readOnly": true}, "kind": {"type": "string", "enum": ["ssd", "hdd"]},
      "host": {"oneOf": [{"type": "string", "format": "ipv4"}, {"type": "integer"}]},
      "size": {"type": "integer"}, "labels": {"type": "object", "additionalProperties": {"type": "string"}}, "extra": {"type": "object"}}}]}
  }}
}`

func smallJudge(t *testing.T, known ...fault) *Judge {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	j, err := newJudge(doc, known)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// met returns what the judge has found, sorted.
func (j *Judge) met() []string {
	var all []string
	for f := range j.found {
		all = append(all, f.String())
	}
	slices.Sort(all)
	return all
}

// jsonOf is an exchange whose bodies are JSON where they are something.
func jsonOf(method, url, body string, status int, answer string) Exchange {
	x := Exchange{Method: method, URL: url, Header: http.Header{}, Body: []byte(body), Status: status, AnswerHeader: http.Header{}, Answer: []byte(answer)}
	if body != "" {
		x.Header.Set("Content-Type", "application/json")
	}
	if answer != "" {
		x.AnswerHeader.Set("Content-Type", "application/json; charset=utf-8")
	}
	return x
}

func TestJudge(t *testing.T) {
	const created = `{"id": "5a4981aa-9653-4bd1-bef5-d6bff52042e4", "name": "a"}`
	post := func(body string) Exchange { return jsonOf("POST", "/v2/disks", body, 201, created) }
	get := func(answer string) Exchange { return jsonOf("GET", "/v2/disks", "", 200, answer) }
	for name, tc := range map[string]struct {
		x    Exchange
		want string // part of what is found; "" for nothing
	}{
		"a good request and a good answer": {post(`{"name": "a", "kind": "ssd", "labels": {"team": "ml"}, "extra": {"any": 1}}`), ""},
		"a path of nobody":                 {jsonOf("GET", "/v2/discs", "", 200, `{}`), "GET /v2/discs: request: the whole: the document has no such path"},
		"another method":                   {jsonOf("PATCH", "/v2/disks", `{}`, 200, `{}`), "PATCH /v2/disks: request: the whole: the document has no such path"},
		"a parameter of nobody":            {jsonOf("GET", "/v2/disks?size=1", "", 200, `{"disks": []}`), "query parameter size: is not in the document"},
		"a parameter that is too small":    {jsonOf("GET", "/v2/disks?page=0", "", 200, `{"disks": []}`), "query parameter page: number must be at least 1"},
		"a field that is missing":          {post(`{"kind": "ssd"}`), `request: name: property "name" is missing`},
		"a field of nobody":                {post(`{"name": "a", "knid": "ssd"}`), "request: knid: is not in the document"},
		"a field of another type":          {post(`{"name": "a", "size": "1"}`), "request: size: value must be an integer"},
		"a word of nobody":                 {post(`{"name": "a", "kind": "tape"}`), `request: kind: "tape": value is not one of`},
		"a value of another type in a map": {post(`{"name": "a", "labels": {"team": 1}}`), "request: labels.team: value must be a string"},
		"none of the alternatives":         {post(`{"name": "a", "host": "::1"}`), `request: host: "::1": string doesn't match the format "ipv4"`},
		"a field that only answers have":   {post(created), "request: id: readOnly property"},
		"a request that is no JSON":        {post(`name=a`), "request: the whole: "},
		"a request without a body":         {post(``), "request: the whole: value is required but missing"},
		"a field missing in an answer":     {get(`{"disks": [{"name": "a"}, {"size": 1}]}`), `answer 200: disks[].name: property "name" is missing`},
		"a field of nobody in an answer":   {get(`{"disks": [{"name": "a", "nmae": "b"}]}`), "answer 200: disks[].nmae: is not in the document"},
		"an id that is none":               {get(`{"disks": [{"name": "a", "id": "1"}]}`), `answer 200: disks[].id: "1": string doesn't match the format "uuid"`},
		"null where none may be":           {get(`{"disks": [{"name": null}]}`), "answer 200: disks[].name: Value is not nullable"},
		"a status of nobody":               {jsonOf("GET", "/v2/disks", "", 418, `{}`), "answer 418: the whole: status is not supported"},
		"a refusal":                        {jsonOf("POST", "/v2/disks", `{"name": "a"}`, 422, `{"id": "unprocessable_entity"}`), ""},
		"a refusal in another shape":       {jsonOf("POST", "/v2/disks", `{"name": "a"}`, 422, `{"error": "no"}`), "answer 422: "},
		"a path with a slash in a name":    {jsonOf("DELETE", "/v2/disks/a%2Fb", "", 204, ""), ""},
		"a body where none should be":      {jsonOf("DELETE", "/v2/disks/a", "", 204, "{}"), "answer 204: the whole: has a body"},
	} {
		j := smallJudge(t)
		j.Check("here", tc.x)
		got := strings.Join(j.met(), "\n")
		if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
			t.Errorf("%s: found\n%s\nwant %q", name, got, tc.want)
		}
	}
}

// TestKnownFaults shows that a known fault hides what it is about and nothing
// else, and that it fails a whole run that does not meet it.
func TestKnownFaults(t *testing.T) {
	known := fault{"the document forgets tapes", []string{`POST /v2/disks: request: kind: "tape": value is not one of`}}
	tape := jsonOf("POST", "/v2/disks", `{"name": "a", "kind": "tape"}`, 201, `{"name": "a"}`)
	j := smallJudge(t, known)
	log := &recorded{TB: t}
	j.Report(log, Part)
	if j.Report(log, Whole); len(log.errors) != 1 || !strings.Contains(log.errors[0], "forgets tapes") {
		t.Errorf("before it is met: %q, want one error about it", log.errors)
	}
	j.Check("here", tape)
	if got := j.met(); len(got) > 0 {
		t.Errorf("found %q, want nothing", got)
	}
	tape.Body = []byte(`{"name": "a", "kind": "tape", "size": "1"}`)
	j.Check("here", tape)
	log = &recorded{TB: t}
	j.Report(log, Whole)
	if len(log.errors) != 1 || !strings.Contains(log.errors[0], "size: value must be an integer (here)") {
		t.Errorf("reported %q, want the size only, and where it was", log.errors)
	}
}

// recorded keeps errors.
type recorded struct {
	testing.TB
	errors []string
}

func (r *recorded) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func (r *recorded) Logf(string, ...any) {}

func TestRecordIsJudgedLater(t *testing.T) {
	file := filepath.Join(t.TempDir(), "record")
	h := Recorder(file)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"disks": [{}]}`) //nolint:errcheck // a recorder takes all
	}))
	for range 2 {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/v2/disks?page=0", nil))
	}
	j := smallJudge(t)
	if err := j.CheckRecord("there", file); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`GET /v2/disks: answer 200: disks[].name: property "name" is missing`,
		"GET /v2/disks: request: query parameter page: number must be at least 1",
	}
	if diff := cmp.Diff(want, j.met()); diff != "" || j.exchanges != 2 {
		t.Errorf("%d exchanges, want 2; found (-want +got):\n%s", j.exchanges, diff)
	}
}

// TestBrokenFakeIsFound breaks the fake, and a client, and holds both to the
// true document.
func TestBrokenFakeIsFound(t *testing.T) {
	if ForTest(t) == nil {
		t.Skip(Variable + " names no document")
	}
	for name, tc := range map[string]struct {
		body    string
		tamper  [2]string // of the answer: what is replaced, and by what
		finding string
	}{
		"nothing broken":                {`{"name": "a", "region": "fra1"}`, [2]string{}, ""},
		"a field renamed in the answer": {`{"name": "a", "region": "fra1"}`, [2]string{`"ip_range"`, `"iprange"`}, "POST /v2/vpcs: answer 201: vpc.iprange: is not in the document"},
		"a number as text":              {`{"name": "a", "region": "fra1"}`, [2]string{`"default":false`, `"default":"no"`}, "POST /v2/vpcs: answer 201: vpc.default: value must be a boolean"},
		"a request without a region":    {`{"name": "a"}`, [2]string{}, `POST /v2/vpcs: request: region: property "region" is missing`},
		"a request with a typing error": {`{"name": "a", "region": "fra1", "iprange": "10.0.0.0/16"}`, [2]string{}, "POST /v2/vpcs: request: iprange: is not in the document"},
	} {
		j := ForTest(t)
		cloud := fake.New(fake.Options{Wrap: func(next http.Handler) http.Handler {
			return j.Wrap(name)(tampered(next, tc.tamper))
		}})
		r := httptest.NewRequest("POST", "/v2/vpcs", strings.NewReader(tc.body))
		r.Header.Set("Authorization", "Bearer t")
		r.Header.Set("Content-Type", "application/json")
		cloud.Handler().ServeHTTP(httptest.NewRecorder(), r)
		want := []string{tc.finding}
		if tc.finding == "" {
			want = nil
		}
		if diff := cmp.Diff(want, j.met()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// tampered replaces text in the answers of next.
func tampered(next http.Handler, replace [2]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		w.Header().Set("Content-Type", rec.Header().Get("Content-Type"))
		w.WriteHeader(rec.Code)
		answer := rec.Body.Bytes()
		if replace[0] != "" {
			answer = bytes.Replace(answer, []byte(replace[0]), []byte(replace[1]), 1)
		}
		w.Write(answer) //nolint:errcheck // a recorder takes all
	})
}
