package fake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

type fields = map[string]any

// project is a client of a fake whose time stands still.
type project struct {
	t     *testing.T
	cloud *Cloud
	clock *fakecloud.ManualClock
}

// settle is how long the actions of a project take.
const settle = time.Second

func newProject(t *testing.T) *project {
	t.Helper()
	return newProjectOf(t, Options{})
}

// start is when a project begins.
var start = time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)

// newProjectOf is newProject with options of its own.
func newProjectOf(t *testing.T, o Options) *project {
	t.Helper()
	clock := fakecloud.NewManualClock(start)
	o.Clock, o.Boot, o.Settle = clock.Now, settle, settle
	return &project{t, New(o), clock}
}

// call sends a request and returns the status and the answer.
func (p *project) call(method, path string, body any) (int, fields) {
	p.t.Helper()
	var b bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&b).Encode(body); err != nil {
			p.t.Fatal(err)
		}
	}
	r := httptest.NewRequest(method, "/v1"+path, &b)
	r.Header.Set("Authorization", "Bearer t")
	w := httptest.NewRecorder()
	p.cloud.Handler().ServeHTTP(w, r)
	out := fields{}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			p.t.Fatalf("%s %s: %v", method, path, err)
		}
	}
	return w.Code, out
}

// do demands that a request is carried out.
func (p *project) do(method, path string, body any) fields {
	p.t.Helper()
	status, out := p.call(method, path, body)
	if status >= http.StatusBadRequest {
		p.t.Fatalf("%s %s %v: %d %v", method, path, body, status, out)
	}
	return out
}

// done is do for what goes on as actions: it waits for their end.
func (p *project) done(method, path string, body any) fields {
	p.t.Helper()
	out := p.do(method, path, body)
	p.clock.Advance(2 * settle)
	return out
}

// refused demands that a request is refused with a code of the API's.
func (p *project) refused(code, method, path string, body any) {
	p.t.Helper()
	status, out := p.call(method, path, body)
	if got := at(out, "error", "code"); status < http.StatusBadRequest || got != code {
		p.t.Errorf("%s %s %v: %d %v, want code %s", method, path, body, status, out, code)
	}
}

// refusedWith is refused for what says in its message, or of its fields, why.
func (p *project) refusedWith(code, text, method, path string, body any) {
	p.t.Helper()
	p.refused(code, method, path, body)
	_, out := p.call(method, path, body)
	if got := fmt.Sprint(at(out, "error", "message"), at(out, "error", "details")); !strings.Contains(got, text) {
		p.t.Errorf("%s %s: %s, want %q in it", method, path, got, text)
	}
}

// expect demands a value of an answer.
func (p *project) expect(out fields, want any, path ...any) {
	p.t.Helper()
	if got := at(out, path...); fmt.Sprint(got) != fmt.Sprint(want) || (got == nil) != (want == nil) {
		p.t.Errorf("%v is %v, want %v", path, got, want)
	}
}

// at returns what a path of names and indexes leads to; nil for nothing.
func at(v any, path ...any) any {
	for _, step := range path {
		switch x := reflect.ValueOf(v); {
		case x.Kind() == reflect.Map:
			v = v.(fields)[step.(string)]
		case x.Kind() == reflect.Slice && step.(int) < x.Len():
			v = x.Index(step.(int)).Interface()
		default:
			return nil
		}
	}
	return v
}

// id returns the number of an object of an answer.
func id(out fields, kind string) int64 {
	n, _ := at(out, kind, "id").(float64)
	return int64(n)
}

// server makes a server of a type that all locations have, and waits until it runs.
func (p *project) server(name, location string) int64 {
	p.t.Helper()
	out := p.done("POST", "/servers", fields{"name": name, "server_type": "ccx13", "image": "debian-12", "location": location})
	return id(out, "server")
}
