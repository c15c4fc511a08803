package hrobot

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/hrobot/fake"
)

func TestClassify(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		body   string
		kind   providers.Kind
		text   string
	}{
		"limit":            {403, `{"error":{"status":403,"code":"RATE_LIMIT_EXCEEDED","message":"rate limit exceeded","max_request":200,"interval":3600}}`, providers.Throttled, "the account may make 200 such requests in 1h0m0s"},
		"limit, as seen":   {403, `{"error":{"status":403,"code":"RATE_LIMIT_EXCEEDED","message":"rate limit exceeded","max_requests":1,"interval":5}}`, providers.Throttled, "1 such requests in 5s"},
		"login":            {401, `{"error":{"status":401,"code":"UNAUTHORIZED","message":"Unauthorized"}}`, providers.Fatal, "for ten minutes"},
		"login at a proxy": {401, `<html>`, providers.Fatal, "check HROBOT_USERNAME"},
		"maintenance":      {503, `<html>503</html>`, providers.Transient, ""},
		"proxy":            {400, `<html>bad</html>`, providers.Transient, ""},
		"internal":         {500, `{"error":{"status":500,"code":"RESET_FAILED","message":"resetting failed"}}`, providers.Transient, ""},
		"server":           {404, `{"error":{"status":404,"code":"SERVER_NOT_FOUND","message":"server not found"}}`, providers.Gone, "server not found (GET /x: HTTP 404 SERVER_NOT_FOUND)"},
		"no firewall":      {404, `{"error":{"status":404,"code":"FIREWALL_NOT_AVAILABLE","message":"no firewall"}}`, providers.Fatal, "no firewall"},
		"firewall":         {409, `{"error":{"status":409,"code":"FIREWALL_IN_PROCESS","message":"in process"}}`, providers.Busy, ""},
		"boot":             {409, `{"error":{"status":409,"code":"BOOT_ALREADY_ENABLED","message":"already"}}`, providers.Fatal, "something else is to start at the next boot"},
		"input":            {400, `{"error":{"status":400,"code":"INVALID_INPUT","message":"invalid input","missing":["vlan"],"invalid":null}}`, providers.Fatal, "INVALID_INPUT; missing: vlan)"},
		"input by field":   {400, `{"error":{"status":400,"code":"INVALID_INPUT","message":"invalid input","missing":null,"invalid":{"rules":{}}}}`, providers.Fatal, "invalid: rules)"},
	} {
		got := classify(refusal("GET /x", tc.status, []byte(tc.body)))
		if got.Kind != tc.kind || !strings.Contains(got.Message, tc.text) {
			t.Errorf("%s: kind %d, %q; want %d, %q", name, got.Kind, got.Message, tc.kind, tc.text)
		}
	}
	if got := classify(errors.New("ours")); got.Kind != providers.Fatal {
		t.Errorf("a refusal of ours is of kind %d", got.Kind)
	}
}

// TestLimits: the hour of a limit is waited out, as long as it slides.
func TestLimits(t *testing.T) {
	a := newAccount(t, fake.Options{Limits: true})
	var err error
	n := 0
	for ; err == nil && n < 300; n++ {
		err = send(t.Context(), a.client, http.MethodGet, "/server", nil)
	}
	v := classify(err)
	if n != 201 || v.Kind != providers.Throttled || v.After != time.Minute || v.Lasts <= time.Hour {
		t.Fatalf("request %d: %v, %+v", n, err, v)
	}
	if err := send(t.Context(), a.client, http.MethodGet, "/server/321", nil); err != nil {
		t.Errorf("another call has a limit of its own: %v", err)
	}
	a.clock.Advance(v.Lasts)
	if err := send(t.Context(), a.client, http.MethodGet, "/server", nil); err != nil {
		t.Error(err)
	}
}

func TestVerify(t *testing.T) {
	a := newAccount(t, fake.Options{Password: "right"})
	if v := classify(verify(t.Context(), a.client)); v.Kind != providers.Fatal || !strings.Contains(v.Message, "HROBOT_PASSWORD") {
		t.Errorf("a wrong password: %+v", v)
	}
	a.password = "right"
	if err := verify(t.Context(), a.client); err != nil {
		t.Error(err)
	}
}

func TestConnectWantsAUser(t *testing.T) {
	env := providers.Env{Getenv: func(name string) string { return map[string]string{"HROBOT_USERNAME": "u"}[name] }, Pace: func(float64) {}}
	if _, err := connect(t.Context(), settings{}, env); err == nil || !strings.Contains(err.Error(), "HROBOT_PASSWORD") {
		t.Error(err)
	}
	if _, err := connect(t.Context(), settings{Password: "p", Endpoint: "robot"}, env); err == nil || !strings.Contains(err.Error(), `endpoint "robot" is not a URL`) {
		t.Error(err)
	}
	if c, err := connect(t.Context(), settings{Password: "p"}, env); err != nil || c.username != "u" || c.endpoint != endpoint {
		t.Errorf("%+v, %v", c, err)
	}
}
