package digitalocean

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/digitalocean/godo"
	"golang.org/x/oauth2"

	"github.com/mlinfra/mlinfra/providers"
)

// settings is the provider block.
type settings struct {
	Token             string  `cty:"token"               is:"optional,sensitive" doc:"API token; else DIGITALOCEAN_TOKEN or DIGITALOCEAN_ACCESS_TOKEN."`
	APIEndpoint       string  `cty:"api_endpoint"        is:"optional" doc:"URL of the API; else DIGITALOCEAN_API_URL."`
	SpacesAccessID    string  `cty:"spaces_access_id"    is:"optional,sensitive" doc:"Access key of Spaces; else SPACES_ACCESS_KEY_ID, else one made for the run."`
	SpacesSecretKey   string  `cty:"spaces_secret_key"   is:"optional,sensitive" doc:"Secret key of Spaces; else SPACES_SECRET_ACCESS_KEY."`
	SpacesEndpoint    string  `cty:"spaces_endpoint"     is:"optional" doc:"URL of Spaces, {{.Region}} stands for the region; else SPACES_ENDPOINT_URL."`
	RequestsPerSecond float64 `cty:"requests_per_second" is:"optional" doc:"Bound on requests a second; absent means what the API allows."`
	OwnershipMarks    *bool   `cty:"ownership_marks"     is:"optional" doc:"Whether objects bear a mark of their state, for mlinfra sweep; else true."`
}

// client talks to one account.
type client struct {
	*godo.Client
	spaces *spaces
	owner  string // set by verify
}

func connect(_ context.Context, s settings, env providers.Env) (*client, error) {
	token := cmp.Or(s.Token, env.Getenv("DIGITALOCEAN_TOKEN"), env.Getenv("DIGITALOCEAN_ACCESS_TOKEN"))
	if token == "" {
		return nil, errors.New("no DigitalOcean token: set token in the provider block or the environment variable DIGITALOCEAN_TOKEN (tokens are made at https://cloud.digitalocean.com/account/api/tokens); -offline needs none")
	}
	opts := []godo.ClientOpt{godo.SetUserAgent(env.UserAgent)}
	if endpoint := cmp.Or(s.APIEndpoint, env.Getenv("DIGITALOCEAN_API_URL")); endpoint != "" {
		u, err := url.Parse(endpoint)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("api_endpoint %q is not a URL such as https://api.digitalocean.com", endpoint)
		}
		opts = append(opts, godo.SetBaseURL(endpoint))
	}
	env.Pace(s.RequestsPerSecond)
	// Not godo.NewFromToken: it repeats every method, POST too, after a lost
	// answer, and so creates twice.
	do, err := godo.New(&http.Client{
		Transport: &oauth2.Transport{
			Base:   env.Transport,
			Source: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token}),
		},
	}, opts...)
	if err != nil {
		return nil, err
	}
	return &client{Client: do, spaces: &spaces{
		keys: spacesKeys{
			api: do.SpacesKeys, name: providers.TokenPrefix + cmp.Or(env.Owner, "new"),
			id:     cmp.Or(s.SpacesAccessID, env.Getenv("SPACES_ACCESS_KEY_ID")),
			secret: cmp.Or(s.SpacesSecretKey, env.Getenv("SPACES_SECRET_ACCESS_KEY")),
		},
		endpoint:  cmp.Or(s.SpacesEndpoint, env.Getenv("SPACES_ENDPOINT_URL"), "https://{{.Region}}.digitaloceanspaces.com"),
		userAgent: env.UserAgent,
		http:      &http.Client{Transport: env.Transport},
	}}, nil
}

// pageSize is the largest that the API serves.
const pageSize = 200

// pages lists a whole collection; fill turns an item into T.
func pages[S, T any](ctx context.Context, fetch func(context.Context, *godo.ListOptions) ([]S, *godo.Response, error), fill func(*T, *S) error) iter.Seq2[T, error] {
	return providers.Pages(ctx, func(ctx context.Context, n int) (providers.Page[S], error) {
		items, resp, err := fetch(ctx, &godo.ListOptions{Page: n, PerPage: pageSize})
		if err != nil {
			return providers.Page[S]{}, err
		}
		p := providers.Page[S]{Items: items, Last: resp.Links == nil || resp.Links.IsLastPage()}
		if resp.Meta != nil {
			p.More = (resp.Meta.Total - 1) / pageSize
		}
		return p, nil
	}, fill)
}

// whole lists what the API shows as it is.
func whole[T any](x *T, got *T) error {
	*x = *got
	return nil
}

// natural returns the parts of what tells an object apart as one text; "" when
// one is missing.
func natural(parts ...string) string {
	if slices.Contains(parts, "") {
		return ""
	}
	return strings.Join(parts, " ")
}

// halves splits the id of an import into two parts with a comma between; form
// says in words what they are.
func halves(id, form string) (first, second string, err error) {
	first, second, ok := strings.Cut(id, ",")
	if !ok || first == "" || second == "" {
		return "", "", fmt.Errorf("%q is not %s", id, form)
	}
	return first, second, nil
}

// gone turns the API's 404 into ErrGone.
func gone(err error) error {
	if err != nil && classify(err).Kind == providers.Gone {
		return providers.ErrGone
	}
	return err
}

// call sends a request for which godo has no method, or none that can leave out
// what is not set, and decodes the answer into out, which may be nil.
func call(ctx context.Context, c *client, method, path string, body, out any) error {
	_, err := send(ctx, c, method, path, body, out)
	return err
}

// send is call for who needs the links or headers of the answer.
func send(ctx context.Context, c *client, method, path string, body, out any) (*godo.Response, error) {
	req, err := c.NewRequest(ctx, method, path, body)
	if err != nil {
		return nil, err
	}
	return c.Do(ctx, req, out)
}

// presentOnly yields what a collection of a parent holds: nothing when there is
// no parent, or it is gone.
func presentOnly[T any](parent string, all iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if parent == "" {
			return
		}
		for x, err := range all {
			if gone(err) == providers.ErrGone || !yield(x, err) {
				return
			}
		}
	}
}

// rfc3339 is a time as attributes have it.
func rfc3339(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// number returns the id of an API that counts.
func number(id string) (int, error) {
	n, err := strconv.Atoi(id)
	if err != nil {
		return 0, fmt.Errorf("id %q is not a number", id)
	}
	return n, nil
}

// again turns an action that has been started into ErrAgain.
func again(_ *godo.Action, _ *godo.Response, err error) error {
	if err != nil {
		return err
	}
	return providers.ErrAgain
}
