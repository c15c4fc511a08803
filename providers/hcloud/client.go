package hcloud

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

// settings is the provider block.
type settings struct {
	Token             string  `cty:"token"               is:"optional,sensitive" doc:"API token of the project; else HCLOUD_TOKEN."`
	Endpoint          string  `cty:"endpoint"            is:"optional" doc:"URL of the API with its version; else HCLOUD_ENDPOINT."`
	PollInterval      string  `cty:"poll_interval"       is:"optional" doc:"Of Terraform's provider; mlinfra decides itself how often it looks."`
	PollFunction      string  `cty:"poll_function"       is:"optional" doc:"Of Terraform's provider; mlinfra decides itself how often it looks."`
	RequestsPerSecond float64 `cty:"requests_per_second" is:"optional" doc:"Bound on requests a second; absent means what the API allows."`
	OwnershipMarks    *bool   `cty:"ownership_marks"     is:"optional" doc:"Whether objects bear a mark of their state, for mlinfra sweep; else true."`
}

// client talks to one project.
type client struct{ *hcloud.Client }

func connect(_ context.Context, s settings, env providers.Env) (*client, error) {
	token := cmp.Or(s.Token, env.Getenv("HCLOUD_TOKEN"))
	if token == "" {
		return nil, errors.New("no Hetzner Cloud token: set token in the provider block or the environment variable HCLOUD_TOKEN (tokens are made in the project at https://console.hetzner.com, under Security, with read and write access); -offline needs none")
	}
	endpoint := cmp.Or(s.Endpoint, env.Getenv("HCLOUD_ENDPOINT"), hcloud.Endpoint)
	if u, err := url.Parse(endpoint); err != nil || u.Host == "" {
		return nil, fmt.Errorf("endpoint %q is not a URL such as %s", endpoint, hcloud.Endpoint)
	}
	env.Pace(s.RequestsPerSecond)
	return &client{hcloud.NewClient(
		hcloud.WithToken(token),
		hcloud.WithEndpoint(endpoint),
		hcloud.WithApplication(env.UserAgent, ""),
		hcloud.WithHTTPClient(&http.Client{Transport: env.Transport}),
		// It would send what changes something again after a lost answer.
		hcloud.WithRetryOpts(hcloud.RetryOpts{MaxRetries: 0}),
	)}, nil
}

// verify asks for something that every project may see: a wrong token is told
// before anything else is asked for.
func verify(ctx context.Context, c *client) error {
	_, _, err := c.Location.List(ctx, hcloud.LocationListOpts{ListOpts: hcloud.ListOpts{PerPage: 1}})
	return err
}

// pageSize is the largest that the API serves.
const pageSize = 50

// fetch asks for a page of a collection.
type fetch[S any] func(context.Context, hcloud.ListOpts) ([]*S, *hcloud.Response, error)

// pages lists what bears the labels of a selector, or a whole collection when that
// is ""; fill turns an item into T.
func pages[S, T any](ctx context.Context, list fetch[S], selector string, fill func(*T, *S) error) iter.Seq2[T, error] {
	return providers.Pages(ctx, func(ctx context.Context, n int) (providers.Page[*S], error) {
		items, resp, err := list(ctx, hcloud.ListOpts{Page: n, PerPage: pageSize, LabelSelector: selector})
		if err != nil {
			return providers.Page[*S]{}, err
		}
		p := providers.Page[*S]{Items: items, Last: true}
		if m := resp.Meta.Pagination; m != nil {
			p.Last, p.More = m.NextPage == 0, m.LastPage-1
		}
		return p, nil
	}, func(x *T, got **S) error { return fill(x, *got) })
}

// there returns an object that was asked for; the SDK has nil for one that does
// not exist.
func there[S any](got *S, _ *hcloud.Response, err error) (*S, error) {
	if err == nil && got == nil {
		err = providers.ErrGone
	}
	return got, err
}

// byID asks for the object of an id in state.
func byID[S any](ctx context.Context, id string, get func(context.Context, int64) (*S, *hcloud.Response, error)) (*S, error) {
	n, err := number(id)
	if err != nil {
		return nil, err
	}
	return there(get(ctx, n))
}

// gone turns the API's not_found into ErrGone.
func gone(err error) error {
	if hcloud.IsError(err, hcloud.ErrorCodeNotFound) {
		return providers.ErrGone
	}
	return err
}

// number returns an id as the API has it.
func number(id string) (int64, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("id %q is not a number", id)
	}
	return n, nil
}

// text returns an id as attributes have it.
func text(id int64) string { return strconv.FormatInt(id, 10) }

// numbers returns ids as attributes of other objects have them.
func numbers(ids []int64) []int {
	list := make([]int, len(ids))
	for i, id := range ids {
		list[i] = int(id)
	}
	return list
}

// some returns nil for what is absent.
func some[T comparable](v T) *T {
	if v == *new(T) {
		return nil
	}
	return &v
}
