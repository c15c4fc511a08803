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
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// world is a cloud, its clock and a client for it.
type world struct {
	*Cloud
	t     *testing.T
	clock *fakecloud.ManualClock
	url   string
}

var testStart = time.Date(2026, 11, 10, 12, 0, 0, 0, time.UTC)

// Where most tests make things.
const (
	inGlobal = "/compute/v1/projects/offline/global/"
	inRegion = "/compute/v1/projects/offline/regions/europe-west1/"
	inZone   = "/compute/v1/projects/offline/zones/europe-west1-b/"
)

func newWorld(t *testing.T, o Options) *world {
	t.Helper()
	clock := fakecloud.NewManualClock(testStart)
	if o.Clock == nil {
		o.Clock = clock.Now
	}
	c := New(o)
	server := httptest.NewServer(c.Handler())
	t.Cleanup(server.Close)
	return &world{c, t, clock, server.URL}
}

// jsonObject is a JSON object.
type jsonObject = map[string]any

// send sends a request and returns the answer's status, body and header.
func (w *world) send(method, path string, body any, header http.Header) (int, []byte, http.Header) {
	w.t.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			w.t.Fatal(err)
		}
		in = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, w.url+path, in)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer token")
	for k, v := range header {
		req.Header[k] = v
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, text, resp.Header
}

// try sends a request and decodes the answer.
func (w *world) try(method, path string, body any) (int, jsonObject) {
	w.t.Helper()
	status, text, _ := w.send(method, path, body, nil)
	var out jsonObject
	if len(text) > 0 {
		if err := json.Unmarshal(text, &out); err != nil {
			w.t.Fatalf("%s %s: %v in %q", method, path, err, text)
		}
	}
	return status, out
}

// do is try for a request that must be answered with status.
func (w *world) do(status int, method, path string, body any) jsonObject {
	w.t.Helper()
	got, out := w.try(method, path, body)
	if got != status {
		w.t.Fatalf("%s %s: got %d %v, want %d", method, path, got, walk(out, "error", "message"), status)
	}
	return out
}

func (w *world) get(path string) jsonObject {
	w.t.Helper()
	return w.do(200, "GET", path, nil)
}

// refused wants an error with status and, unless it is "", reason, whose message contains text.
func (w *world) refused(status int, reason, text, method, path string, body any) {
	w.t.Helper()
	got, out := w.try(method, path, body)
	message := fmt.Sprint(walk(out, "error", "message"))
	if got != status || !strings.Contains(message, text) {
		w.t.Errorf("%s %s: got %d %q, want %d %q", method, path, got, message, status, text)
		return
	}
	if have := walk(out, "error", "errors", 0, "reason"); reason != "" && have != reason {
		w.t.Errorf("%s %s: got the reason %v, want %s", method, path, have, reason)
	}
	if code := walk(out, "error", "code"); fmt.Sprint(code) != fmt.Sprint(status) {
		w.t.Errorf("%s %s: got the code %v, want %d", method, path, code, status)
	}
}

// change sends a request that starts an operation, and lets it end.
func (w *world) change(method, path string, body any) jsonObject {
	w.t.Helper()
	o := w.do(200, method, path, body)
	w.clock.Advance(max(w.o.Boot, w.o.Settle))
	o = w.operation(o)
	if o["status"] != "DONE" || o["error"] != nil {
		w.t.Fatalf("%s %s: the operation is %v %v", method, path, o["status"], o["error"])
	}
	return o
}

// operation reads o again.
func (w *world) operation(o jsonObject) jsonObject {
	w.t.Helper()
	return w.get("/compute/v1/" + shortLink(fmt.Sprint(o["selfLink"])))
}

// walk goes into a decoded body: walk(x, "networks", 0, "name").
func walk(x any, path ...any) any {
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

func (w *world) expect(x any, want any, path ...any) {
	w.t.Helper()
	x = walk(x, path...)
	got := fmt.Sprint(x)
	if f, isNumber := x.(float64); isNumber {
		got = strconv.FormatFloat(f, 'f', -1, 64)
	}
	if got != fmt.Sprint(want) {
		w.t.Errorf("%v: got %v, want %v", path, got, want)
	}
}

// inventory wants exactly these lines.
func (w *world) inventory(want ...string) {
	w.t.Helper()
	if got := w.Inventory(); !slices.Equal(got, want) {
		w.t.Errorf("inventory:\ngot  %q\nwant %q", got, want)
	}
}

func TestAuthorization(t *testing.T) {
	w := newWorld(t, Options{Token: "right"})
	w.refused(401, "authError", "invalid authentication credentials", "GET", inGlobal+"networks", nil)
	w = newWorld(t, Options{})
	w.get(inGlobal + "networks")
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, httptest.NewRequest("GET", inGlobal+"networks", nil))
	if rec.Code != 401 || !strings.Contains(rec.Body.String(), "UNAUTHENTICATED") {
		t.Errorf("without a token: got %d %s, want 401", rec.Code, rec.Body)
	}
}

func TestTokenEndpoint(t *testing.T) {
	w := newWorld(t, Options{Token: "right"})
	out := w.do(200, "POST", "/oauth2/token", "grant_type=refresh_token&refresh_token=x")
	w.expect(out, "right", "access_token")
	w.refused(400, "", "Invalid grant_type", "POST", "/oauth2/token", "grant_type=x")
}

func TestEveryClientFindsItsPaths(t *testing.T) {
	w := newWorld(t, Options{})
	for _, path := range []string{
		"/compute/v1/projects/offline", "/projects/offline", "//compute/v1/projects/offline",
		"/compute/v1/compute/v1/projects/offline", "/compute/v1//compute/v1/projects/offline",
		"/storage/v1/b?project=offline", "/b?project=offline",
		"/sql/v1beta4/projects/offline/instances", "/v1/projects/offline/instances", "/v1/flags", "/sql/v1beta4/flags",
		"/v1/projects/offline/serviceAccounts", "/v1/projects/offline", "/v3/projects/offline", "/v3/projects:search",
	} {
		if status, out := w.try("GET", path, nil); status != 200 {
			t.Errorf("GET %s: got %d %v, want 200", path, status, out)
		}
	}
	w.refused(404, "notFound", "", "GET", "/compute/v1/nothing", nil)
	w.refused(405, "", "", "DELETE", "/compute/v1/projects/offline", nil)
}

func TestProjectsAndPermissions(t *testing.T) {
	w := newWorld(t, Options{Denied: []string{"compute.networks.create", "iam.serviceAccounts.create", "storage.buckets.create",
		"cloudsql.instances.create", "resourcemanager.projects.setIamPolicy"}, DisabledAPIs: []string{}})
	w.refused(404, "notFound", "The resource 'projects/other' was not found", "GET", "/compute/v1/projects/other/global/networks", nil)
	w.refused(403, "", "does not have permission", "GET", "/v3/projects/other", nil)
	w.refused(403, "notAuthorized", "not authorized", "GET", "/v1/projects/other/instances", nil)
	w.refused(400, "invalid", "Unknown project id: other", "GET", "/storage/v1/b?project=other", nil)

	w.refused(403, "forbidden", "Required 'compute.networks.create' permission for 'projects/offline/global/networks/n'",
		"POST", inGlobal+"networks", jsonObject{"name": "n", "autoCreateSubnetworks": false})
	w.refused(403, "", "Permission 'iam.serviceAccounts.create' denied", "POST", "/v1/projects/offline/serviceAccounts", jsonObject{"accountId": "worker"})
	w.refused(403, "forbidden", "storage.buckets.create", "POST", "/storage/v1/b?project=offline", jsonObject{"name": "bucket"})
	w.refused(403, "notAuthorized", "", "POST", "/v1/projects/offline/instances", jsonObject{"name": "db"})
	w.refused(403, "", "", "POST", "/v1/projects/offline:setIamPolicy", jsonObject{"policy": jsonObject{}})
}

func TestDisabledAPI(t *testing.T) {
	w := newWorld(t, Options{DisabledAPIs: []string{"sqladmin.googleapis.com"}})
	w.refused(403, "accessNotConfigured", "Cloud SQL Admin API has not been used in project", "GET", "/v1/projects/offline/instances", nil)
	w.get(inGlobal + "networks")
}

func TestBodiesAreReadStrictly(t *testing.T) {
	w := newWorld(t, Options{})
	for _, c := range []struct{ name, body, want string }{
		{"an unknown name", `{"name": "n", "x": 1}`, `Unknown name "x" at 'resource': Cannot find field.`},
		{"an unknown name inside", `{"name": "n", "routingConfig": {"x": 1}}`, `Unknown name "x" at 'resource.routing_config': Cannot find field.`},
		{"our own bookkeeping", `{"name": "n", "book": {}}`, `Unknown name "book"`},
		{"a wrong type", `{"name": 1}`, `Invalid value at 'resource.name' (TYPE_STRING), 1`},
		{"a value outside of the enum", `{"name": "n", "routingConfig": {"routingMode": "X"}}`, `Invalid value at 'resource.routing_config.routing_mode'`},
		{"no JSON", `{`, "Parse Error"},
	} {
		t.Run(c.name, func(t *testing.T) { w.refused(400, "", c.want, "POST", inGlobal+"networks", c.body) })
	}
	w.refused(400, "", "Cannot bind query parameter", "GET", inGlobal+"networks?filtre=name=x", nil)
}

func TestFaultsHaveTheShapeOfGoogle(t *testing.T) {
	fault := fakecloud.FailBefore
	w := newWorld(t, Options{Decide: func(int64, *http.Request) fakecloud.Fault { return fault }})
	w.refused(500, "backendError", "", "GET", inGlobal+"networks", nil)
	fault = fakecloud.Throttle
	w.refused(429, "rateLimitExceeded", "", "GET", inGlobal+"networks", nil)
	w.expect(w.do(429, "GET", "/v3/projects/offline", nil), "RESOURCE_EXHAUSTED", "error", "status")
}

func TestContentSurvivesTheProcess(t *testing.T) {
	dir := t.TempDir()
	w := newWorld(t, Options{Dir: dir, Settle: time.Minute})
	o := w.do(200, "POST", inGlobal+"networks", jsonObject{"name": "n", "autoCreateSubnetworks": false})
	w.do(200, "POST", "/storage/v1/b?project=offline", jsonObject{"name": "bucket"})
	clock := w.clock
	w = newWorld(t, Options{Dir: dir, Settle: time.Minute, Clock: clock.Now})
	w.expect(w.operation(o), "PENDING", "status")
	clock.Advance(time.Minute)
	w.expect(w.operation(o), "DONE", "status")
	w.inventory("bucket bucket bucket", "network projects/offline/global/networks/n n")
}

func TestEditAndRemove(t *testing.T) {
	w := newWorld(t, Options{})
	w.change("POST", inGlobal+"networks", jsonObject{"name": "n", "autoCreateSubnetworks": false})
	const id = "projects/offline/global/networks/n"
	if err := w.Edit("network", id, func(m map[string]any) { m["mtu"] = 1500 }); err != nil {
		t.Fatal(err)
	}
	w.expect(w.get(inGlobal+"networks/n"), 1500, "mtu")
	if err := w.Edit("network", "other", func(map[string]any) {}); err == nil {
		t.Error("editing what is not there: no error")
	}
	if !w.Remove("network", id) || w.Remove("network", id) {
		t.Error("Remove must report whether the object was there")
	}
	w.inventory()
}
