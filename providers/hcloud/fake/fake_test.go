package fake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// testKey is a public key nobody has the other half of.
const testKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me@example.com"

var testStart = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// jsonObject is a JSON object.
type jsonObject = map[string]any

// account is a project, its clock and a client for it.
type account struct {
	*Cloud
	t     *testing.T
	clock *fakecloud.ManualClock
	url   string
}

// newAccount returns a project where actions take a second each.
func newAccount(t *testing.T, o Options) *account {
	t.Helper()
	clock := fakecloud.NewManualClock(testStart)
	o.Clock, o.Boot, o.Settle = clock.Now, 2*time.Second, time.Second
	c := New(o)
	server := httptest.NewServer(c.Handler())
	t.Cleanup(server.Close)
	return &account{c, t, clock, server.URL + "/v1"}
}

// send sends a request and returns the answer and its body.
func (a *account) send(method, path string, body any) (*http.Response, jsonObject) {
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
	out := jsonObject{}
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil && err != io.EOF {
		a.t.Fatalf("%s %s: %v", method, path, err)
	}
	return resp, out
}

// do is send for a request that must be answered with status.
func (a *account) do(status int, method, path string, body any) jsonObject {
	a.t.Helper()
	resp, out := a.send(method, path, body)
	if resp.StatusCode != status {
		a.t.Fatalf("%s %s: got %d %v, want %d", method, path, resp.StatusCode, out["error"], status)
	}
	return out
}

// refused wants an error with a code, and with text in its message or its details.
func (a *account) refused(status int, code, text, method, path string, body any) {
	a.t.Helper()
	out := a.do(status, method, path, body)
	got := at(out, "error", "code")
	whole := fmt.Sprint(at(out, "error", "message"), at(out, "error", "details"))
	if got != code || !strings.Contains(whole, text) {
		a.t.Errorf("%s %s: got %v, %s; want %s with %q", method, path, got, whole, code, text)
	}
}

// settled lets all actions end.
func (a *account) settled() { a.clock.Advance(5 * time.Second) }

// act starts an action and lets it end.
func (a *account) act(path string, body any) {
	a.t.Helper()
	a.do(201, "POST", path, body)
	a.settled()
}

// at walks into a decoded body: at(x, "server", "private_net", 0, "ip").
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
	if got := fmt.Sprint(at(x, path...)); got != fmt.Sprint(want) {
		a.t.Errorf("%v: got %v, want %v", path, got, want)
	}
}

// id is the number of an object in an answer.
func id(x any, kind string) string {
	n, _ := at(x, kind, "id").(float64)
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// make makes an object and returns its number; extra is laid over body.
func (a *account) make(kind, path string, body jsonObject, extra jsonObject) string {
	a.t.Helper()
	for k, v := range extra {
		body[k] = v
	}
	out := a.do(201, "POST", path, body)
	a.settled()
	return id(out, kind)
}

func (a *account) network(extra jsonObject) string {
	a.t.Helper()
	return a.make("network", "/networks", jsonObject{"name": "ml", "ip_range": "10.0.0.0/16", "subnets": []jsonObject{
		{"type": "cloud", "network_zone": "eu-central", "ip_range": "10.0.1.0/24"},
	}}, extra)
}

func (a *account) server(extra jsonObject) string {
	a.t.Helper()
	return a.make("server", "/servers", jsonObject{"name": "one", "server_type": "cx23", "image": "debian-12", "location": "fsn1"}, extra)
}

func TestTokensAndPaths(t *testing.T) {
	a := newAccount(t, Options{Token: "right"})
	a.refused(401, "unauthorized", "token", "GET", "/servers", nil)
	b := newAccount(t, Options{})
	for _, path := range []string{"/nothing", "/servers/1", "/servers/x", "/networks/0", "/images/1", "/locations/none", "/actions/1", "/isos/none"} {
		b.refused(404, "not_found", "", "GET", path, nil)
	}
	b.refused(410, "deprecated_api_endpoint", "id is required", "GET", "/actions", nil)
}

func TestBodies(t *testing.T) {
	a := newAccount(t, Options{})
	a.refused(400, "json_error", "", "POST", "/ssh_keys", "{")
	a.refused(400, "json_error", "", "POST", "/ssh_keys", nil)
	a.refused(422, "invalid_input", "is unknown", "POST", "/ssh_keys", jsonObject{"name": "a", "key": testKey})
	a.refused(422, "invalid_input", "must be of type", "POST", "/ssh_keys", jsonObject{"name": 3})
	a.refused(422, "invalid_input", "is required", "POST", "/ssh_keys", jsonObject{"public_key": testKey})
	a.refused(422, "invalid_input", "blank", "POST", "/ssh_keys", jsonObject{"name": "", "public_key": testKey})
	a.refused(422, "invalid_input", "no valid SSH key", "POST", "/ssh_keys", jsonObject{"name": "a", "public_key": "ssh-rsa AAAA"})
	a.refused(422, "invalid_input", "label key", "POST", "/ssh_keys", jsonObject{"name": "a", "public_key": testKey, "labels": jsonObject{"a b": ""}})
	a.do(201, "POST", "/ssh_keys", jsonObject{"name": "a", "public_key": testKey})
	a.refused(409, "uniqueness_error", "name", "POST", "/ssh_keys", jsonObject{"name": "a", "public_key": testKey})
	a.refused(409, "uniqueness_error", "fingerprint", "POST", "/ssh_keys", jsonObject{"name": "b", "public_key": testKey})
}

func TestListsHavePagesFiltersAndOrder(t *testing.T) {
	a := newAccount(t, Options{})
	for n := range 30 {
		env := []string{"test", "prod"}[n%2]
		a.make("placement_group", "/placement_groups", jsonObject{"name": fmt.Sprintf("g%02d", n), "type": "spread", "labels": jsonObject{"env": env}}, nil)
	}
	out := a.do(200, "GET", "/placement_groups?page=2", nil)
	a.expect(out, "map[last_page:2 next_page:<nil> page:2 per_page:25 previous_page:1 total_entries:30]", "meta", "pagination")
	a.expect(out, "g25", "placement_groups", 0, "name")
	a.expect(a.do(200, "GET", "/placement_groups?sort=name:desc", nil), "g29", "placement_groups", 0, "name")
	a.expect(a.do(200, "GET", "/placement_groups?sort=created:desc&per_page=50", nil), "g29", "placement_groups", 0, "name")
	a.expect(a.do(200, "GET", "/placement_groups?name=g07", nil), 1, "meta", "pagination", "total_entries")
	a.expect(a.do(200, "GET", "/placement_groups?label_selector=env%3Dprod", nil), 15, "meta", "pagination", "total_entries")
	a.refused(422, "invalid_input", "between 1 and 50", "GET", "/placement_groups?per_page=51", nil)
	a.refused(422, "invalid_input", "no field", "GET", "/placement_groups?sort=color", nil)
	a.refused(422, "invalid_input", "invalid label selector", "GET", "/placement_groups?label_selector=a%20b", nil)
}

func TestLabelSelectors(t *testing.T) {
	have := labels{"env": "prod", "tier": "1", "example.com/team": "ml"}
	for text, want := range map[string]bool{
		"":                          true,
		"env":                       true,
		"!env":                      false,
		"!old":                      true,
		"env=prod":                  true,
		"env==prod":                 true,
		"env!=prod":                 false,
		"color!=red":                true,
		"env in (test, prod)":       true,
		"env notin (test, prod)":    false,
		"color notin (red)":         true,
		"env=prod,tier=2":           false,
		"env in (prod),tier,!old":   true,
		"example.com/team = ml":     true,
		"env=prod, tier in (1,2,3)": true,
	} {
		s, err := parseSelector(text)
		if err != nil || s.matches(have) != want {
			t.Errorf("%q matches: %t, %v; want %t", text, s.matches(have), err, want)
		}
	}
	for _, bad := range []string{"env in prod", "env in (a b)", "a b", "=x", "env of (a)", ","} {
		if _, err := parseSelector(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestRequestsComeBackOneByOne(t *testing.T) {
	a := newAccount(t, Options{PerHour: 3600})
	for range 3600 {
		a.do(200, "GET", "/locations/1", nil)
	}
	resp, out := a.send("GET", "/locations/1", nil)
	a.expect(out, "rate_limit_exceeded", "error", "code")
	full := strconv.FormatInt(testStart.Add(time.Hour).Unix(), 10)
	if h := resp.Header; resp.StatusCode != 429 || h.Get("RateLimit-Limit") != "3600" || h.Get("RateLimit-Remaining") != "0" || h.Get("RateLimit-Reset") != full {
		t.Errorf("got %d with %v, want 429 with nothing left until %s", resp.StatusCode, h, full)
	}
	a.clock.Advance(2 * time.Second)
	a.do(200, "GET", "/locations/1", nil)
	a.do(200, "GET", "/locations/1", nil)
	a.do(429, "GET", "/locations/1", nil)
}

func TestContentSurvives(t *testing.T) {
	o := Options{Dir: t.TempDir(), Seed: 3}
	a := newAccount(t, o)
	n := a.network(nil)
	s := a.server(jsonObject{"networks": []json.Number{json.Number(n)}})
	a.do(201, "POST", "/servers/"+s+"/actions/poweroff", nil)
	want := a.Inventory()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	b := newAccount(t, o)
	if got := b.Inventory(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	b.settled() // an action goes on where it was
	b.expect(b.do(200, "GET", "/servers/"+s, nil), "off", "server", "status")
}
