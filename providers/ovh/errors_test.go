package ovh

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/ovh/go-ovh/ovh"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/ovh/fake"
)

func TestClassify(t *testing.T) {
	for name, tc := range map[string]struct {
		err  ovh.APIError
		kind providers.Kind
		text string
	}{
		"limit":       {ovh.APIError{Code: 429, Message: "Too many requests"}, providers.Throttled, ""},
		"internal":    {ovh.APIError{Code: 500, Class: "Server::InternalServerError", Message: "oops"}, providers.Transient, ""},
		"proxy":       {ovh.APIError{Code: 400, Message: " <html>bad</html>"}, providers.Transient, ""},
		"empty":       {ovh.APIError{Code: 404}, providers.Transient, ""},
		"not found":   {ovh.APIError{Code: 404, Class: "Client::NotFound", Message: "The requested object (serviceName = a) does not exist", QueryID: "EU.1"}, providers.Gone, "does not exist (HTTP 404 Client::NotFound, query EU.1)"},
		"conflict":    {ovh.APIError{Code: 409, Class: "Client::Conflict", Message: "Action pending."}, providers.Busy, "Action pending (HTTP 409"},
		"key":         {ovh.APIError{Code: 403, Message: "This application key is invalid"}, providers.Fatal, "check the keys and what they may do"},
		"login":       {ovh.APIError{Code: 401, Class: "Client::Unauthorized", Message: "You must login first"}, providers.Fatal, "check the keys of OVHcloud in the provider block or the environment"},
		"bad request": {ovh.APIError{Code: 400, Class: "Client::BadRequest", Message: "Invalid state"}, providers.Fatal, "Invalid state (HTTP 400 Client::BadRequest)"},
	} {
		got := classify(&tc.err)
		if got.Kind != tc.kind || !strings.Contains(got.Message, tc.text) {
			t.Errorf("%s: kind %d, %q; want %d, %q", name, got.Kind, got.Message, tc.kind, tc.text)
		}
	}
	if got := classify(errors.New("ours")); got.Kind != providers.Fatal {
		t.Errorf("a refusal of ours is of kind %d", got.Kind)
	}
}

// TestCredentials: each kind of credentials is understood, and wrong ones are
// refused in words that name what to set.
func TestCredentials(t *testing.T) {
	const secret = "right"
	for name, tc := range map[string]struct {
		s   settings
		err string
	}{
		"keys":                  {settings{ApplicationKey: "fake", ApplicationSecret: secret, ConsumerKey: "fake"}, ""},
		"a wrong signature":     {settings{ApplicationKey: "fake", ApplicationSecret: "wrong", ConsumerKey: "fake"}, "Invalid signature (HTTP 400"},
		"a wrong consumer":      {settings{ApplicationKey: "fake", ApplicationSecret: secret, ConsumerKey: "x"}, "This credential is not valid (HTTP 403, query EU.ext-1.0000): check the keys"},
		"a service account":     {settings{ClientID: "fake", ClientSecret: secret}, ""},
		"a wrong secret of one": {settings{ClientID: "fake", ClientSecret: "wrong"}, "no token for the service account (HTTP 401 invalid_client): check OVH_CLIENT_ID"},
		"a token":               {settings{AccessToken: "token-of-" + secret}, ""},
		"a wrong token":         {settings{AccessToken: "x"}, "Invalid token (HTTP 401 Client::Unauthorized, query EU.ext-1.0000): check the keys"},
	} {
		c, err := dial(t, fake.New(fake.Options{Secret: secret}), tc.s)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		err = verify(t.Context(), c)
		if tc.err == "" {
			if err != nil || identity(c) != "account xx1111-ovh" {
				t.Errorf("%s: %q, %v", name, identity(c), err)
			}
			continue
		}
		if v := classify(err); v.Kind != providers.Fatal || !strings.Contains(v.Message, tc.err) {
			t.Errorf("%s: %+v, want %q", name, v, tc.err)
		}
	}
}

// A key that may not ask whose it is may do the rest.
func TestVerifyWithoutTheRight(t *testing.T) {
	denied := errors.New("none")
	for code, want := range map[int]error{403: nil, 404: nil, 400: denied} {
		transport := answers(func(r *http.Request) *http.Response {
			w := `{"class":"Client::Forbidden","message":"This call has not been granted"}`
			if strings.HasSuffix(r.URL.Path, "/auth/time") {
				return answer(200, "1")
			}
			return answer(code, w)
		})
		c, err := connect(t.Context(), settings{ApplicationKey: "a", ApplicationSecret: "b", ConsumerKey: "c", Endpoint: "http://x"}, env(nil, transport))
		if err != nil {
			t.Fatal(err)
		}
		if err := verify(t.Context(), c); (err == nil) != (want == nil) || identity(c) != "" {
			t.Errorf("%d: %v, %q", code, err, identity(c))
		}
	}
}

type answers func(r *http.Request) *http.Response

func (f answers) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

func answer(code int, body string) *http.Response {
	return &http.Response{StatusCode: code, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

func TestConnect(t *testing.T) {
	keys := map[string]string{"OVH_APPLICATION_KEY": "a", "OVH_APPLICATION_SECRET": "b", "OVH_CONSUMER_KEY": "c"}
	for name, tc := range map[string]struct {
		s    settings
		vars map[string]string
		err  string
	}{
		"nothing":         {settings{}, nil, "OVH_APPLICATION_KEY, OVH_APPLICATION_SECRET and OVH_CONSUMER_KEY"},
		"the environment": {settings{}, keys, ""},
		"an endpoint":     {settings{Endpoint: "ovh-us"}, keys, ""},
		"no endpoint":     {settings{Endpoint: "ovh"}, keys, `endpoint "ovh" is neither a URL nor one of kimsufi-ca, kimsufi-eu, ovh-ca, ovh-eu, ovh-us`},
		"half a key":      {settings{ApplicationKey: "a"}, nil, "application_key needs application_secret and consumer_key"},
		"half an account": {settings{ClientID: "a"}, nil, "client_id needs client_secret"},
		"two of a kind":   {settings{ClientID: "a", ClientSecret: "b"}, keys, "several kinds of OVHcloud credentials"},
	} {
		_, err := connect(t.Context(), tc.s, env(tc.vars, http.DefaultTransport))
		if (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
			t.Errorf("%s: %v, want %q", name, err, tc.err)
		}
	}
}

// ovh.conf is what the tools of OVHcloud read, where nothing else is set.
func TestConnectByFile(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"ENDPOINT", "APPLICATION_KEY", "APPLICATION_SECRET", "CONSUMER_KEY", "CLIENT_ID", "CLIENT_SECRET", "ACCESS_TOKEN"} {
		t.Setenv("OVH_"+name, "")
	}
	e := env(nil, http.DefaultTransport)
	e.Isolated = false
	for _, tc := range []struct{ file, err string }{
		{"[default]\nendpoint=ovh-ca\n", "no OVHcloud credentials"},
		{"[default]\nendpoint=ovh-ca\n[ovh-ca]\napplication_key=a\n", "ovh.conf: invalid authentication config"},
		{"[default]\nendpoint=ovh-ca\n[ovh-ca]\napplication_key=a\napplication_secret=b\nconsumer_key=c\n", ""},
	} {
		if err := os.WriteFile("ovh.conf", []byte(tc.file), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := connect(t.Context(), settings{}, e)
		if tc.err != "" {
			if err == nil || !strings.Contains(err.Error(), tc.err) {
				t.Errorf("%q: %v", tc.file, err)
			}
			continue
		}
		if err != nil || c.api.AppKey != "a" || c.api.ConsumerKey != "c" || c.api.Endpoint() != ovh.OvhCA {
			t.Errorf("%+v, %v", c, err)
		}
	}
	e.Isolated = true
	if _, err := connect(t.Context(), settings{}, e); err == nil {
		t.Error("an isolated run has read a file")
	}
}

func TestTokenURL(t *testing.T) {
	for endpoint, want := range map[string]string{
		ovh.OvhEU:              "https://www.ovh.com/auth/oauth2/token",
		ovh.OvhUS:              "https://us.ovhcloud.com/auth/oauth2/token",
		"http://127.0.0.1/1.0": "http://127.0.0.1/auth/oauth2/token",
	} {
		if got := tokenURL(endpoint); got != want {
			t.Errorf("%s: %s, want %s", endpoint, got, want)
		}
	}
}
