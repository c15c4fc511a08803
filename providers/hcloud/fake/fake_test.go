package fake

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"
)

// testKey is a public key nobody has the other half of.
const testKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me@example.com"

// settled lets all actions end.
func (p *project) settled() { p.clock.Advance(5 * settle) }

// act starts an action and lets it end.
func (p *project) act(path string, body any) {
	p.t.Helper()
	p.do("POST", path, body)
	p.settled()
}

// number is the number of an object in an answer, as paths have it.
func number(out fields, kind string) string { return itoa(id(out, kind)) }

// make makes an object and returns its number; extra is laid over body.
func (p *project) make(kind, path string, body, extra fields) string {
	p.t.Helper()
	maps.Copy(body, extra)
	out := p.do("POST", path, body)
	p.settled()
	return number(out, kind)
}

func (p *project) network(extra fields) string {
	p.t.Helper()
	return p.make("network", "/networks", fields{"name": "ml", "ip_range": "10.0.0.0/16", "subnets": []fields{
		{"type": "cloud", "network_zone": "eu-central", "ip_range": "10.0.1.0/24"},
	}}, extra)
}

// machine makes a small server.
func (p *project) machine(extra fields) string {
	p.t.Helper()
	return p.make("server", "/servers", fields{"name": "one", "server_type": "cx23", "image": "debian-12", "location": "fsn1"}, extra)
}

func TestTokensAndPaths(t *testing.T) {
	a := newProjectOf(t, Options{Token: "right"})
	a.refusedWith("unauthorized", "token", "GET", "/servers", nil)
	b := newProjectOf(t, Options{})
	for _, path := range []string{"/nothing", "/servers/1", "/servers/x", "/networks/0", "/images/1", "/locations/none", "/actions/1", "/isos/none"} {
		b.refused("not_found", "GET", path, nil)
	}
	b.refusedWith("deprecated_api_endpoint", "id is required", "GET", "/actions", nil)
}

func TestBodies(t *testing.T) {
	a := newProjectOf(t, Options{})
	a.refused("json_error", "POST", "/ssh_keys", nil)
	a.refusedWith("invalid_input", "is unknown", "POST", "/ssh_keys", fields{"name": "a", "key": testKey})
	a.refusedWith("invalid_input", "must be of type", "POST", "/ssh_keys", fields{"name": 3})
	a.refusedWith("invalid_input", "is required", "POST", "/ssh_keys", fields{"public_key": testKey})
	a.refusedWith("invalid_input", "blank", "POST", "/ssh_keys", fields{"name": "", "public_key": testKey})
	a.refusedWith("invalid_input", "no valid SSH key", "POST", "/ssh_keys", fields{"name": "a", "public_key": "ssh-rsa AAAA"})
	a.refusedWith("invalid_input", "label key", "POST", "/ssh_keys", fields{"name": "a", "public_key": testKey, "labels": fields{"a b": ""}})
	a.do("POST", "/ssh_keys", fields{"name": "a", "public_key": testKey})
	a.refusedWith("uniqueness_error", "name", "POST", "/ssh_keys", fields{"name": "a", "public_key": testKey})
	a.refusedWith("uniqueness_error", "fingerprint", "POST", "/ssh_keys", fields{"name": "b", "public_key": testKey})
}

func TestListsHavePagesFiltersAndOrder(t *testing.T) {
	a := newProjectOf(t, Options{})
	for n := range 30 {
		env := []string{"test", "prod"}[n%2]
		a.make("placement_group", "/placement_groups", fields{"name": fmt.Sprintf("g%02d", n), "type": "spread", "labels": fields{"env": env}}, nil)
	}
	out := a.do("GET", "/placement_groups?page=2", nil)
	a.expect(out, "map[last_page:2 next_page:<nil> page:2 per_page:25 previous_page:1 total_entries:30]", "meta", "pagination")
	a.expect(out, "g25", "placement_groups", 0, "name")
	a.expect(a.do("GET", "/placement_groups?sort=name:desc", nil), "g29", "placement_groups", 0, "name")
	a.expect(a.do("GET", "/placement_groups?sort=created:desc&per_page=50", nil), "g29", "placement_groups", 0, "name")
	a.expect(a.do("GET", "/placement_groups?name=g07", nil), 1, "meta", "pagination", "total_entries")
	a.expect(a.do("GET", "/placement_groups?label_selector=env%3Dprod", nil), 15, "meta", "pagination", "total_entries")
	a.refusedWith("invalid_input", "between 1 and 50", "GET", "/placement_groups?per_page=51", nil)
	a.refusedWith("invalid_input", "no field", "GET", "/placement_groups?sort=color", nil)
	a.refusedWith("invalid_input", "invalid label selector", "GET", "/placement_groups?label_selector=a%20b", nil)
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
	a := newProjectOf(t, Options{PerHour: 3600})
	for range 3600 {
		a.do("GET", "/locations/1", nil)
	}
	r := httptest.NewRequest("GET", "/v1/locations/1", nil)
	r.Header.Set("Authorization", "Bearer t")
	w := httptest.NewRecorder()
	a.cloud.Handler().ServeHTTP(w, r)
	full := strconv.FormatInt(start.Add(time.Hour).Unix(), 10)
	if h := w.Header(); w.Code != 429 || h.Get("RateLimit-Limit") != "3600" || h.Get("RateLimit-Remaining") != "0" || h.Get("RateLimit-Reset") != full {
		t.Errorf("got %d with %v, want 429 with nothing left until %s", w.Code, h, full)
	}
	a.clock.Advance(2 * time.Second)
	a.do("GET", "/locations/1", nil)
	a.do("GET", "/locations/1", nil)
	a.refused("rate_limit_exceeded", "GET", "/locations/1", nil)
}

func TestContentSurvives(t *testing.T) {
	o := Options{Dir: t.TempDir(), Seed: 3}
	a := newProjectOf(t, o)
	n := a.network(nil)
	s := a.machine(fields{"networks": []json.Number{json.Number(n)}})
	a.do("POST", "/servers/"+s+"/actions/poweroff", nil)
	want := a.cloud.Inventory()
	if err := a.cloud.Close(); err != nil {
		t.Fatal(err)
	}
	b := newProjectOf(t, o)
	if got := b.cloud.Inventory(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	b.clock.Advance(time.Minute) // an action goes on where it was
	b.expect(b.do("GET", "/servers/"+s, nil), "off", "server", "status")
}
