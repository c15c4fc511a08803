package ovh

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/ovh/go-ovh/ovh"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/mlinfra/mlinfra/providers"
)

// settings is the provider block.
type settings struct {
	Endpoint          string  `cty:"endpoint"           is:"optional" doc:"ovh-eu, ovh-ca or ovh-us, or a URL; else OVH_ENDPOINT, else ovh-eu."`
	ApplicationKey    string  `cty:"application_key"    is:"optional,sensitive" doc:"Application key; else OVH_APPLICATION_KEY, else that of ovh.conf."`
	ApplicationSecret string  `cty:"application_secret" is:"optional,sensitive" doc:"Secret of the application; else OVH_APPLICATION_SECRET."`
	ConsumerKey       string  `cty:"consumer_key"       is:"optional,sensitive" doc:"Key that lets the application act; else OVH_CONSUMER_KEY."`
	ClientID          string  `cty:"client_id"          is:"optional" doc:"Service account of OAuth2; else OVH_CLIENT_ID."`
	ClientSecret      string  `cty:"client_secret"      is:"optional,sensitive" doc:"Secret of the service account; else OVH_CLIENT_SECRET."`
	AccessToken       string  `cty:"access_token"       is:"optional,sensitive" doc:"Token of OAuth2 that lives for a while; else OVH_ACCESS_TOKEN."`
	RateLimit         float64 `cty:"api_rate_limit"     is:"optional" doc:"Bound on requests a second; absent means what the API allows."`
}

// client talks to one account.
type client struct {
	http    *http.Client
	account string // set by verify

	mu   sync.Mutex // guards what follows: to prepare a request changes it
	api  *ovh.Client
	time timeTransport
}

// timeTransport sends what the SDK asks by itself, the time of the API, within
// the context of the request that needs it.
type timeTransport struct {
	ctx  context.Context
	base http.RoundTripper
}

func (t *timeTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	return t.base.RoundTrip(req.WithContext(t.ctx))
}

// tokenURLs are where service accounts get tokens.
var tokenURLs = map[string]string{
	ovh.OvhEU: "https://www.ovh.com/auth/oauth2/token",
	ovh.OvhCA: "https://ca.ovh.com/auth/oauth2/token",
	ovh.OvhUS: "https://us.ovhcloud.com/auth/oauth2/token",
}

func connect(ctx context.Context, s settings, env providers.Env) (*client, error) {
	for _, v := range []struct {
		field *string
		name  string
	}{
		{&s.Endpoint, "ENDPOINT"}, {&s.ApplicationKey, "APPLICATION_KEY"}, {&s.ApplicationSecret, "APPLICATION_SECRET"}, {&s.ConsumerKey, "CONSUMER_KEY"},
		{&s.ClientID, "CLIENT_ID"}, {&s.ClientSecret, "CLIENT_SECRET"}, {&s.AccessToken, "ACCESS_TOKEN"},
	} {
		*v.field = cmp.Or(*v.field, env.Getenv("OVH_"+v.name))
	}
	if s.given() == 0 && !env.Isolated {
		if err := s.fromFile(); err != nil {
			return nil, fmt.Errorf("ovh.conf: %w", err)
		}
	}
	switch {
	case s.given() == 0:
		return nil, errors.New("no OVHcloud credentials: set application_key, application_secret and consumer_key in the provider block, or the environment variables OVH_APPLICATION_KEY, OVH_APPLICATION_SECRET and OVH_CONSUMER_KEY (keys are made at https://api.ovh.com/createToken), or client_id and client_secret; -offline needs none")
	case s.given() > 1:
		return nil, errors.New("several kinds of OVHcloud credentials are set: keep one of application_key, client_id and access_token, in the provider block and in the environment")
	case s.ApplicationKey != "" && (s.ApplicationSecret == "" || s.ConsumerKey == ""):
		return nil, errors.New("application_key needs application_secret and consumer_key beside it")
	case s.ClientID != "" && s.ClientSecret == "":
		return nil, errors.New("client_id needs client_secret beside it")
	}
	c := &client{http: &http.Client{Transport: env.Transport}, time: timeTransport{base: env.Transport}}
	// Not ovh.NewClient, which reads the environment and files by itself.
	c.api = &ovh.Client{
		AppKey: s.ApplicationKey, AppSecret: s.ApplicationSecret, ConsumerKey: s.ConsumerKey, AccessToken: s.AccessToken,
		Client: &http.Client{Transport: &c.time}, UserAgent: env.UserAgent,
	}
	where, err := endpointURL(cmp.Or(s.Endpoint, "ovh-eu"))
	if err != nil {
		return nil, err
	}
	if err := c.api.SetEndpoint(where); err != nil {
		return nil, err
	}
	if s.ClientID != "" {
		conf := clientcredentials.Config{ClientID: s.ClientID, ClientSecret: s.ClientSecret, TokenURL: tokenURL(where), Scopes: []string{"all"}}
		ctx = context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: env.Transport})
		c.http.Transport = &oauth2.Transport{Base: env.Transport, Source: conf.TokenSource(ctx)}
	}
	env.Pace(s.RateLimit)
	return c, nil
}

// given counts the kinds of credentials.
func (s *settings) given() int {
	n := 0
	for _, key := range []string{s.ApplicationKey, s.ClientID, s.AccessToken} {
		if key != "" {
			n++
		}
	}
	return n
}

// fromFile takes the credentials of ovh.conf, in the working directory, the home
// or /etc. One that is not there, or has none, gives none.
func (s *settings) fromFile() error {
	found, err := ovh.NewEndpointClient(s.Endpoint)
	switch {
	case err != nil && strings.HasPrefix(err.Error(), "missing authentication information"):
		return nil
	case err != nil:
		return err
	}
	s.Endpoint = found.Endpoint()
	s.ApplicationKey, s.ApplicationSecret, s.ConsumerKey = found.AppKey, found.AppSecret, found.ConsumerKey
	s.ClientID, s.ClientSecret, s.AccessToken = found.ClientID, found.ClientSecret, found.AccessToken
	return nil
}

// endpointURL returns the URL of the API for its name, or for itself.
func endpointURL(endpoint string) (string, error) {
	if where := ovh.Endpoints[endpoint]; where != "" {
		return where, nil
	}
	if u, err := url.Parse(endpoint); err == nil && u.Host != "" {
		return strings.TrimSuffix(endpoint, "/"), nil
	}
	var names []string
	for name := range ovh.Endpoints {
		names = append(names, name)
	}
	slices.Sort(names)
	return "", fmt.Errorf("endpoint %q is neither a URL nor one of %s", endpoint, strings.Join(names, ", "))
}

// tokenURL returns where an API's service accounts get tokens.
func tokenURL(endpoint string) string {
	if known := tokenURLs[endpoint]; known != "" {
		return known
	}
	u, _ := url.Parse(endpoint) // endpointURL has read it
	return u.Scheme + "://" + u.Host + "/auth/oauth2/token"
}

// verify asks whose the credentials are. A key that may not ask leaves that
// unknown.
func verify(ctx context.Context, c *client) error {
	var got struct {
		Account string `json:"account"`
	}
	err := call(ctx, c, http.MethodGet, "/auth/details", nil, &got)
	var api *ovh.APIError
	if errors.As(err, &api) && (api.Code == http.StatusNotFound || api.Code == http.StatusForbidden && strings.HasPrefix(api.Class, "Client::Forbidden")) {
		return nil
	}
	if err == nil && got.Account != "" {
		c.account = "account " + got.Account
	}
	return err
}

// identity names the account that owns everything the credentials lead to.
func identity(c *client) string { return c.account }

// call sends a request and decodes the answer into out, which may be nil.
func call(ctx context.Context, c *client, method, path string, body, out any) error {
	req, err := c.request(ctx, method, path, body)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	return c.api.UnmarshalResponse(resp, out)
}

// request returns a signed request. The SDK asks for the time of the API first,
// once.
func (c *client) request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.time.ctx = ctx
	req, err := c.api.NewRequest(method, path, body, true)
	if err != nil {
		return nil, err
	}
	return req.WithContext(ctx), nil
}

// at joins the parts of a path.
func at(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("/" + url.PathEscape(p))
	}
	return b.String()
}
