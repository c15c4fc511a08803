package fake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/providers/digitalocean/openapi"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// testKey is a public key nobody has the other half of.
const testKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me@example.com"

// account is a cloud, its clock and a client for it.
type account struct {
	*Cloud
	t     *testing.T
	clock *fakecloud.ManualClock
	url   string
}

var testStart = time.Date(2026, 11, 10, 12, 0, 0, 0, time.UTC)

// document reads DigitalOcean's document, if the environment has one, once.
var document = func() func(*testing.T) *openapi.Judge {
	var once sync.Once
	var judge *openapi.Judge
	return func(t *testing.T) *openapi.Judge {
		once.Do(func() { judge = openapi.ForTest(t) })
		return judge
	}
}()

func newAccount(t *testing.T, o Options) *account {
	t.Helper()
	clock := fakecloud.NewManualClock(testStart)
	if o.Clock == nil {
		o.Clock = clock.Now
	}
	judge := document(t).OfAnswers()
	t.Cleanup(func() { judge.Report(t, openapi.Part) })
	o.Wrap = judge.Wrap(t.Name())
	c := New(o)
	server := httptest.NewServer(c.Handler())
	t.Cleanup(server.Close)
	return &account{c, t, clock, server.URL}
}

// jsonObject is a JSON object.
type jsonObject = map[string]any

// try sends a request and returns the status and the body.
func (a *account) try(method, path string, body any) (int, jsonObject) {
	a.t.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			a.t.Fatal(err)
		}
		in = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, a.url+path, in)
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer token")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	var out jsonObject
	if len(text) > 0 {
		if err := json.Unmarshal(text, &out); err != nil {
			a.t.Fatalf("%s %s: %v in %q", method, path, err, text)
		}
	}
	if _, caused := out["root_causes"]; resp.StatusCode >= 400 && !caused {
		for _, f := range []string{"id", "message", "request_id"} {
			if s, _ := out[f].(string); s == "" {
				a.t.Errorf("%s %s: error without %s: %s", method, path, f, text)
			}
		}
		if resp.Header.Get("x-request-id") != out["request_id"] {
			a.t.Errorf("%s %s: x-request-id %q is not %v", method, path, resp.Header.Get("x-request-id"), out["request_id"])
		}
	}
	return resp.StatusCode, out
}

// do is try for a request that must be answered with status.
func (a *account) do(status int, method, path string, body any) jsonObject {
	a.t.Helper()
	got, out := a.try(method, path, body)
	if got != status {
		a.t.Fatalf("%s %s: got %d %v, want %d", method, path, got, out["message"], status)
	}
	return out
}

// refused wants an error with status whose message contains text.
func (a *account) refused(status int, text, method, path string, body any) {
	a.t.Helper()
	out := a.do(status, method, path, body)
	if message := fmt.Sprint(out["message"]); !strings.Contains(message, text) {
		a.t.Errorf("%s %s: got %q, want %q in it", method, path, message, text)
	}
}

// at walks into a decoded body: at(x, "droplet", "networks", "v4", 0, "type").
func at(x any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := x.(jsonObject)
			x = m[p]
		case int:
			l, _ := x.([]any)
			if p >= len(l) {
				return nil
			}
			x = l[p]
		}
	}
	return x
}

func (a *account) expect(x any, want any, path ...any) {
	a.t.Helper()
	x = at(x, path...)
	got, wanted := fmt.Sprint(x), fmt.Sprint(want)
	if f, isNumber := x.(float64); isNumber {
		got = strconv.FormatFloat(f, 'f', -1, 64)
	}
	if f, isNumber := want.(float64); isNumber {
		wanted = strconv.FormatFloat(f, 'f', -1, 64)
	}
	if got != wanted {
		a.t.Errorf("%v: got %v, want %v", path, got, wanted)
	}
}

// droplet makes a small machine, with changes to its body, and returns its id.
func (a *account) droplet(changes jsonObject) string {
	a.t.Helper()
	body := jsonObject{"name": "one", "region": "fra1", "size": "s-1vcpu-1gb", "image": "ubuntu-24-04-x64"}
	for k, v := range changes {
		body[k] = v
	}
	return number(at(a.do(202, "POST", "/v2/droplets", body), "droplet", "id"))
}

// number writes an id that JSON decoded as a float.
func number(x any) string {
	f, _ := x.(float64)
	return fmt.Sprintf("%.0f", f)
}

// intOf is an id as the API wants it in bodies: a number.
func intOf(id string) json.Number { return json.Number(id) }

func TestAuthorization(t *testing.T) {
	a := newAccount(t, Options{Token: "right"})
	a.refused(401, "Unable to authenticate you", "GET", "/v2/account", nil)
	any := newAccount(t, Options{})
	any.do(200, "GET", "/v2/account", nil)
	req := httptest.NewRequest("GET", "/v2/account", nil)
	rec := httptest.NewRecorder()
	any.API().ServeHTTP(rec, req)
	if rec.Code != 401 {
		t.Errorf("without a token: got %d, want 401", rec.Code)
	}
}

func TestUnknownPathsAreNotFound(t *testing.T) {
	a := newAccount(t, Options{})
	for _, path := range []string{"/v2/nothing", "/v2/droplets/x", "/v2/droplets/0", "/v2/vpcs/none", "/v2/volumes/none",
		"/v2/firewalls/none", "/v2/tags/none", "/v2/projects/none", "/v2/databases/none", "/v2/actions/1",
		"/v2/account/keys/1", "/v2/reserved_ips/1.2.3.4", "/v2/images/none"} {
		a.do(404, "GET", path, nil)
	}
}

func TestWrongBodies(t *testing.T) {
	a := newAccount(t, Options{})
	a.refused(400, "error parsing request body", "POST", "/v2/droplets", "{")
	a.refused(400, "error parsing request body", "POST", "/v2/droplets", nil)
	a.refused(422, "name is invalid", "POST", "/v2/droplets", `{"name": 1}`)
	a.refused(400, "error parsing request body", "POST", "/v2/firewalls", `{"name": 1}`)
	a.do(201, "POST", "/v2/tags", `{"name": "x", "surprise": true}`)
}

func TestPaging(t *testing.T) {
	a := newAccount(t, Options{})
	for i := range 45 {
		a.do(201, "POST", "/v2/tags", jsonObject{"name": fmt.Sprintf("t%02d", i)})
	}
	out := a.do(200, "GET", "/v2/tags", nil)
	a.expect(out, 45, "meta", "total")
	a.expect(out, "t00", "tags", 0, "name")
	a.expect(len(at(out, "tags").([]any)), 20)
	var names []string
	for path := "/v2/tags?per_page=20&x=y"; path != ""; {
		out = a.do(200, "GET", path, nil)
		for _, tag := range at(out, "tags").([]any) {
			names = append(names, fmt.Sprint(at(tag, "name")))
		}
		next, _ := at(out, "links", "pages", "next").(string)
		path = strings.TrimPrefix(next, a.url)
	}
	if len(names) != 45 || !slices.IsSorted(names) {
		t.Errorf("following the links gave %d names: %v", len(names), names)
	}
	a.expect(at(out, "links", "pages", "first") != nil && at(out, "links", "pages", "last") == nil, true)
	a.expect(a.do(200, "GET", "/v2/tags?per_page=200", nil), "map[]", "links")
	a.expect(a.do(200, "GET", "/v2/tags?page=9", nil), "[]", "tags")
	a.refused(422, "per_page", "GET", "/v2/tags?per_page=201", nil)
	a.refused(422, "page", "GET", "/v2/tags?page=0", nil)
}

func TestRateLimits(t *testing.T) {
	a := newAccount(t, Options{Limits: Limits{PerHour: 5, PerMinute: 3, ListKeys: 1}})
	a.do(200, "GET", "/v2/account/keys", nil)
	a.do(429, "GET", "/v2/account/keys", nil)
	a.do(200, "GET", "/v2/account", nil)
	req, _ := http.NewRequest("GET", a.url+"/v2/account", nil)
	req.Header.Set("Authorization", "Bearer x")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	for k, want := range map[string]string{"ratelimit-limit": "5", "ratelimit-remaining": "2", "retry-after": "60",
		"ratelimit-reset": fmt.Sprint(testStart.Add(time.Hour).Unix())} {
		if got := resp.Header.Get(k); got != want || resp.StatusCode != 429 {
			t.Errorf("%s: got %q with %d, want %q with 429", k, got, resp.StatusCode, want)
		}
	}
	a.clock.Advance(time.Hour)
	a.do(200, "GET", "/v2/account", nil)
	if RealLimits().PerMinute != 250 {
		t.Error("the documented burst limit is 250")
	}
}

func TestEveryFaultOnTheAPI(t *testing.T) {
	for _, f := range fakecloud.Faults() {
		t.Run(f.String(), func(t *testing.T) {
			c := New(Options{Decide: fakecloud.OnlyAt(1, f)})
			server := httptest.NewServer(c.API())
			defer server.Close()
			req, _ := http.NewRequest("POST", server.URL+"/v2/tags", strings.NewReader(`{"name": "x"}`))
			req.Header.Set("Authorization", "Bearer x")
			resp, err := http.DefaultClient.Do(req)
			if err == nil {
				defer resp.Body.Close()
				if resp.StatusCode == 500 || resp.StatusCode == 429 {
					var body struct{ ID, Message, RequestID string }
					if json.NewDecoder(resp.Body).Decode(&body) != nil || body.ID == "" || body.Message == "" {
						t.Errorf("got %d with %+v", resp.StatusCode, body)
					}
				}
			}
			if got := len(c.Inventory()) == 1; got != f.Effect() {
				t.Errorf("effect: got %v, want %v", got, f.Effect())
			}
			if got := c.Counts()["POST /v2/tags"]; got != 1 || c.Requests() != 1 {
				t.Errorf("counted %d of %d requests", got, c.Requests())
			}
		})
	}
}

func TestContentSurvivesTheProcess(t *testing.T) {
	o := Options{Dir: t.TempDir(), Boot: time.Minute, DeleteLag: time.Minute}
	a := newAccount(t, o)
	o.Clock = a.clock.Now
	id := a.droplet(jsonObject{"tags": []string{"x"}})
	a.do(201, "POST", "/v2/volumes", jsonObject{"name": "data", "region": "fra1", "size_gigabytes": 10})
	a.do(201, "POST", "/v2/databases", jsonObject{"name": "data", "engine": "pg", "size": "db-s-1vcpu-1gb", "region": "fra1", "num_nodes": 1})
	if status, _ := s3Do(a, "PUT", "/kept", "", "fra1"); status != 200 {
		t.Fatalf("create bucket: got %d", status)
	}
	if status, _ := s3Do(a, "PUT", "/kept/key", "content", "fra1"); status != 200 {
		t.Fatalf("put object: got %d", status)
	}
	before := a.Inventory()
	// The first process is killed: nothing is closed.
	b := newAccount(t, o)
	if got := b.Inventory(); !slices.Equal(got, before) {
		t.Errorf("after the reload:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(before, "\n"))
	}
	if _, body := s3Do(b, "GET", "/kept/key", "", "fra1"); body != "content" {
		t.Errorf("object: got %q", body)
	}
	a.expect(b.do(200, "GET", "/v2/droplets/"+id, nil), "new", "droplet", "status")
	a.clock.Advance(time.Minute)
	a.expect(b.do(200, "GET", "/v2/droplets/"+id, nil), "active", "droplet", "status")
	other := b.droplet(jsonObject{"name": "two"})
	if other == id {
		t.Errorf("the id %s was given out twice", id)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Open(Options{Dir: "/dev/null/x"}); err == nil {
		t.Error("an unreadable directory is no error")
	}
}

func TestConcurrentRequests(t *testing.T) {
	a := newAccount(t, Options{Dir: t.TempDir(), Clock: time.Now, Settle: time.Nanosecond})
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for j := range 10 {
				name := fmt.Sprintf("x%d-%d", i, j)
				a.try("POST", "/v2/volumes", jsonObject{"name": name, "region": "fra1", "size_gigabytes": 1, "tags": []string{name}})
				a.try("GET", "/v2/volumes", nil)
				s3Do(a, "PUT", "/"+name, "", "fra1")
				s3Do(a, "PUT", "/"+name+"/key", "body", "fra1")
				a.try("GET", "/v2/projects/default/resources", nil)
				a.Inventory()
			}
		})
	}
	all.Wait()
	if got := len(a.Inventory()); got != 3*40 {
		t.Errorf("got %d objects, want 120", got)
	}
}

func TestDriftBehindTheClient(t *testing.T) {
	a := newAccount(t, Options{})
	id := a.droplet(nil)
	if err := a.Edit("droplet", id, func(d map[string]any) { d["name"], d["size_slug"] = "renamed", "s-2vcpu-2gb" }); err != nil {
		t.Fatal(err)
	}
	out := a.do(200, "GET", "/v2/droplets/"+id, nil)
	a.expect(out, "renamed", "droplet", "name")
	a.expect(out, 2048, "droplet", "memory")
	if err := a.Edit("droplet", "0", func(map[string]any) {}); err == nil {
		t.Error("editing what is not there is no error")
	}
	if !a.Remove("droplet", id) || a.Remove("droplet", id) {
		t.Error("Remove does not tell whether it did something")
	}
	a.do(404, "GET", "/v2/droplets/"+id, nil)
	if got := a.Inventory(); len(got) != 0 {
		t.Errorf("left: %v", got)
	}
}

func TestCatalogue(t *testing.T) {
	a := newAccount(t, Options{})
	out := a.do(200, "GET", "/v2/sizes?per_page=200", nil)
	a.expect(out, len(sizes), "meta", "total")
	a.expect(out, "s-1vcpu-512mb-10gb", "sizes", 0, "slug")
	a.expect(a.do(200, "GET", "/v2/regions", nil), len(regions), "meta", "total")
	a.expect(a.do(200, "GET", "/v2/images/ubuntu-24-04-x64", nil), 155133621, "image", "id")
	a.expect(a.do(200, "GET", "/v2/images/155133621", nil), "ubuntu-24-04-x64", "image", "slug")
	a.expect(a.do(200, "GET", "/v2/images?private=true", nil), 0, "meta", "total")
	for _, s := range sizes {
		if s.hourly <= 0 || s.monthly <= 0 || len(s.regions()) == 0 || s.description() == "" {
			t.Errorf("size %s is incomplete: %+v", s.slug, s)
		}
		for _, r := range s.regions() {
			if !regionExists(r) {
				t.Errorf("size %s is offered in %q, which is no region", s.slug, r)
			}
		}
	}
	for slug := range gpuSizes {
		if _, found := findSize(slug); !found {
			t.Errorf("GPU size %s has no price", slug)
		}
	}
}
