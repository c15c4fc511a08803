package hcloud

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/hcloud/fake"
)

// attemptOf is an attempt with a token.
func attemptOf(token string) providers.Attempt {
	return providers.Attempt{Token: token, Known: func(string) bool { return false }}
}

func TestClassify(t *testing.T) {
	for name, tc := range map[string]struct {
		status     int
		kind, body string
		want       providers.Kind
		words      string
	}{
		"too many requests":   {429, "application/json", `{"error":{"code":"rate_limit_exceeded","message":"limit of 3600 requests per hour reached"}}`, providers.Throttled, "limit of 3600"},
		"another action":      {423, "application/json", `{"error":{"code":"locked","message":"server is locked."}}`, providers.Busy, "server is locked (locked, GET /v1/ssh_keys/1: HTTP 423, request r1)"},
		"changed meanwhile":   {409, "application/json", `{"error":{"code":"conflict","message":"retry"}}`, providers.Busy, "retry"},
		"still in use":        {409, "application/json", `{"error":{"code":"resource_in_use","message":"in use"}}`, providers.Busy, "in use"},
		"still inhabited":     {422, "application/json", `{"error":{"code":"service_error","message":"cannot delete subnet: servers are attached"}}`, providers.Busy, "attached"},
		"some other failure":  {422, "application/json", `{"error":{"code":"service_error","message":"no"}}`, providers.Fatal, "no"},
		"out of stock":        {412, "application/json", `{"error":{"code":"resource_unavailable","message":"none"}}`, providers.Fatal, "another location or type"},
		"no host":             {412, "application/json", `{"error":{"code":"placement_error","message":"none"}}`, providers.Fatal, "placement group"},
		"a name twice":        {409, "application/json", `{"error":{"code":"uniqueness_error","message":"name is used"}}`, providers.Fatal, "import it"},
		"protected":           {403, "application/json", `{"error":{"code":"protected","message":"protected"}}`, providers.Fatal, "protection off"},
		"the limit":           {403, "application/json", `{"error":{"code":"resource_limit_exceeded","message":"full"}}`, providers.Fatal, "higher limit"},
		"a wrong token":       {401, "application/json", `{"error":{"code":"unauthorized","message":"invalid"}}`, providers.Fatal, "HCLOUD_TOKEN"},
		"a reader's token":    {403, "application/json", `{"error":{"code":"forbidden","message":"no"}}`, providers.Fatal, "write access"},
		"a bad field":         {422, "application/json", `{"error":{"code":"invalid_input","message":"invalid input","details":{"fields":[{"name":"name","messages":["is too long"]}]}}}`, providers.Fatal, "name: is too long"},
		"a failure inside":    {500, "application/json", `{"error":{"code":"server_error","message":"oops"}}`, providers.Transient, "oops"},
		"a failure with 2xx":  {200, "application/json", `{"ssh_key":`, providers.Transient, ""},
		"a proxy":             {502, "text/html", `<html>`, providers.Transient, ""},
		"what it does not do": {400, "text/html", `<html>`, providers.Transient, ""},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", tc.kind)
			w.Header().Set("X-Correlation-Id", "r1")
			w.WriteHeader(tc.status)
			fmt.Fprint(w, tc.body)
		}))
		c, err := connect(context.Background(), settings{Token: "t", Endpoint: server.URL + "/v1"}, providers.Env{
			Getenv: func(string) string { return "" }, Transport: http.DefaultTransport, Pace: func(float64) {},
		})
		if err != nil {
			t.Fatal(err)
		}
		err = readSSHKey(t.Context(), c, &sshKey{ID: "1"})
		if v := classify(err); v.Kind != tc.want || !strings.Contains(v.Message, tc.words) {
			t.Errorf("%s: %v is of kind %v, %q; want %v, %q", name, err, v.Kind, v.Message, tc.want, tc.words)
		}
		server.Close()
	}
}

func TestConnectRefusesWhatCannotWork(t *testing.T) {
	for name, tc := range map[string]struct {
		s    settings
		want string
	}{
		"no token":    {settings{}, "HCLOUD_TOKEN"},
		"no URL":      {settings{Token: "t", Endpoint: "api.hetzner.cloud"}, "not a URL"},
		"all of it":   {settings{Token: "t", Endpoint: "https://api.hetzner.cloud/v1"}, ""},
		"a bare one":  {settings{Token: "t"}, ""},
		"with spaces": {settings{Token: "t", Endpoint: " "}, "not a URL"},
	} {
		_, err := connect(context.Background(), tc.s, providers.Env{
			Getenv: func(string) string { return "" }, Transport: http.DefaultTransport, Pace: func(float64) {},
		})
		checkError(t, name, err, tc.want)
	}
	p := newProject(t, fake.Options{Token: "another"})
	err := verify(t.Context(), p.client)
	if classify(err).Kind != providers.Fatal || !strings.Contains(classify(err).Message, "HCLOUD_TOKEN") {
		t.Errorf("a wrong token: %v", err)
	}
}

// TestLimitsComeBackOneByOne uses up what the API allows, and waits for one more.
func TestLimitsComeBackOneByOne(t *testing.T) {
	p := newProject(t, fake.Options{PerHour: 3600})
	server := httptest.NewServer(p.Handler())
	defer server.Close()
	limiter := providers.NewLimiter(Provider().Limits, stepping{p.clock.Now, p.clock.Advance}, http.DefaultTransport)
	c, err := connect(context.Background(), settings{Token: "t", Endpoint: server.URL + "/v1"}, providers.Env{
		Getenv: func(string) string { return "" }, Transport: limiter, Pace: func(float64) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	start := p.clock.Now()
	for n := range 3610 {
		if err := verify(t.Context(), c); err != nil {
			t.Fatalf("request %d after %s: %v", n+1, p.clock.Now().Sub(start), err)
		}
	}
	// Ten more than are allowed at once: a second each.
	if took := p.clock.Now().Sub(start); took < 9*time.Second || took > 15*time.Second {
		t.Errorf("it took %s, want about 10s", took)
	}
}

// stepping is a clock that moves when somebody sleeps.
type stepping struct {
	now     func() time.Time
	advance func(time.Duration)
}

func (s stepping) Now() time.Time { return s.now() }

func (s stepping) Sleep(ctx context.Context, d time.Duration) error {
	s.advance(d)
	return ctx.Err()
}

// TestFailedActionsSayWhy asks for actions that end in either way.
func TestFailedActionsSayWhy(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"actions":[
			{"id":1,"status":"running","command":"create_server"},
			{"id":2,"status":"success","command":"create_server"},
			{"id":3,"status":"error","command":"create_server","error":{"code":"resource_unavailable","message":"None left."}}]}`)
	}))
	defer server.Close()
	c, err := connect(context.Background(), settings{Token: "t", Endpoint: server.URL}, providers.Env{
		Getenv: func(string) string { return "" }, Transport: http.DefaultTransport, Pace: func(float64) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := operations(t.Context(), c, []string{"1", "2", "3", "4"})
	if err != nil {
		t.Fatal(err)
	}
	if !errors.Is(got[0], providers.ErrNotReady) || got[1] != nil || got[3] != nil {
		t.Errorf("got %v", got)
	}
	want := "None left (resource_unavailable, action 3 create_server): Hetzner has none left there now; try another location or type, or later"
	if v := classify(got[2]); v.Kind != providers.Fatal || v.Message != want {
		t.Errorf("got %v, %q, want fatal, %q", v.Kind, v.Message, want)
	}
}
