package hrobot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// settings is the provider block.
type settings struct {
	Username          string  `cty:"username"            is:"optional" doc:"User of the webservice, such as #ws+abcdef; else HROBOT_USERNAME."`
	Password          string  `cty:"password"            is:"optional,sensitive" doc:"Password of that user; else HROBOT_PASSWORD."`
	Endpoint          string  `cty:"endpoint"            is:"optional" doc:"URL of the webservice; else HROBOT_ENDPOINT."`
	RequestsPerSecond float64 `cty:"requests_per_second" is:"optional" doc:"Bound on requests a second; absent means what the API allows."`
}

// endpoint is where the webservice is.
const endpoint = "https://robot-ws.your-server.de"

// client talks to one account.
type client struct {
	http               *http.Client
	endpoint           string
	username, password string
	userAgent          string
}

func connect(_ context.Context, s settings, env providers.Env) (*client, error) {
	c := &client{
		http:      &http.Client{Transport: env.Transport},
		endpoint:  strings.TrimSuffix(cmp.Or(s.Endpoint, env.Getenv("HROBOT_ENDPOINT"), endpoint), "/"),
		username:  cmp.Or(s.Username, env.Getenv("HROBOT_USERNAME")),
		password:  cmp.Or(s.Password, env.Getenv("HROBOT_PASSWORD")),
		userAgent: env.UserAgent,
	}
	if c.username == "" || c.password == "" {
		return nil, errors.New("no user of the Robot webservice: set username and password in the provider block, or the environment variables HROBOT_USERNAME and HROBOT_PASSWORD (the user is made at https://robot.hetzner.com/preferences under web service settings); -offline needs none")
	}
	if u, err := url.Parse(c.endpoint); err != nil || u.Host == "" {
		return nil, fmt.Errorf("endpoint %q is not a URL such as %s", c.endpoint, endpoint)
	}
	env.Pace(s.RequestsPerSecond)
	return c, nil
}

// verify asks for something small, alone: three refused logins shut the machine
// out for ten minutes.
func verify(ctx context.Context, c *client) error {
	_, err := call[[]vSwitchBody](ctx, c, http.MethodGet, "/vswitch", nil)
	if isNotFound(err) {
		return nil
	}
	return err
}

// call sends a request whose body, if any, is form, and decodes the answer.
func call[T any](ctx context.Context, c *client, method, path string, form url.Values) (out T, err error) {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, method, c.endpoint+path, body)
	if err != nil {
		return out, err
	}
	req.SetBasicAuth(c.username, c.password)
	req.Header.Set("User-Agent", c.userAgent)
	req.Header.Set("Accept", "application/json")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return out, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return out, &garbledError{err}
	}
	if resp.StatusCode >= 300 {
		return out, refusal(method+" "+path, resp.StatusCode, raw)
	}
	if len(raw) == 0 {
		return out, nil // of some changes the API says nothing but that it is done
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return out, &garbledError{err}
	}
	return out, nil
}

// send is call for an answer that nobody reads.
func send(ctx context.Context, c *client, method, path string, form url.Values) error {
	_, err := call[json.RawMessage](ctx, c, method, path, form)
	return err
}

// members yields what a collection holds; fill turns an item into T. Of an empty
// one the API says that it is not found.
func members[S, T any](ctx context.Context, c *client, path string, fill func(*T, *S) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		items, err := call[[]S](ctx, c, http.MethodGet, path, nil)
		if err != nil && !isNotFound(err) {
			yield(*new(T), err)
			return
		}
		for i := range items {
			var x T
			if err := fill(&x, &items[i]); !yield(x, err) {
				return
			}
		}
	}
}

// only yields the one setting that a server has of a kind, or none.
func only[T any](x T, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if !errors.Is(err, providers.ErrGone) {
			yield(x, err)
		}
	}
}

// stays is the Delete of what is a setting of something rented: it is forgotten,
// and nothing is called.
func stays[T any](ctx context.Context, _ *client, _ T) error {
	return cmp.Or(ctx.Err(), providers.ErrGone)
}

// serverID returns the number of a server from the id of an import.
func serverID(id string) (int, error) {
	n, err := strconv.Atoi(id)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%q is not the number of a server, such as 1234567", id)
	}
	return n, nil
}
