package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/mlinfra/mlinfra/providers"
)

// vaultSecret is what the data source of the vault always gives.
const vaultSecret = "data-source-canary-33"

// vaultAPI is a cloud that keeps entries and, when it is told to, repeats all
// that it is sent in its errors.
type vaultAPI struct {
	mu      sync.Mutex
	mode    string // "", refuse or panic; changed while nothing runs
	entries map[string]vaultEntry
	next    atomic.Int64
}

// ServeHTTP answers requests for entries.
func (a *vaultAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if a.mode == "refuse" && r.URL.Path != "/echo" {
		a.repeat(w, r, body)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.entries == nil {
		a.entries = map[string]vaultEntry{}
	}
	id := strings.TrimPrefix(r.URL.Path, "/entries/")
	w.Header().Set("X-Request-Id", fmt.Sprint("r", a.next.Add(1)))
	w.Header().Set("Set-Cookie", "session="+vaultSecret)
	var e vaultEntry
	switch _ = json.Unmarshal(body, &e); {
	case r.Method == http.MethodPost:
		e.ID = fmt.Sprint("e", a.next.Add(1))
		e.Made = "made of " + e.Secret
		a.entries[e.ID] = e
	case r.URL.Path == "/echo":
		fmt.Fprint(w, "ok")
		return
	case a.entries[id].ID == "":
		w.WriteHeader(http.StatusNotFound)
		return
	case r.Method == http.MethodDelete:
		delete(a.entries, id)
		return
	default:
		e = a.entries[id]
	}
	_ = json.NewEncoder(w).Encode(e)
}

// repeat refuses a request and says all that there was in it.
func (a *vaultAPI) repeat(w http.ResponseWriter, r *http.Request, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusForbidden)
	_ = json.NewEncoder(w).Encode(map[string]string{
		"id": "forbidden", "message": fmt.Sprintf("it is wrong: %s %s %q %s", r.Header.Get("Authorization"), r.URL, r.URL.Query(), body),
	})
}

// before returns cloud, which is asked when nothing is to be refused.
func (a *vaultAPI) before(cloud http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.mode != "refuse" || r.Method == http.MethodGet {
			cloud.ServeHTTP(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		a.repeat(w, r, body)
	})
}

// vaultEntry is the attributes of an entry.
type vaultEntry struct {
	ID     string `cty:"id"     is:"computed"`
	Name   string `cty:"name"   is:"required"`
	Secret string `cty:"secret" is:"required,sensitive"`
	Note   string `cty:"note"   is:"optional"`
	Made   string `cty:"made"   is:"computed,sensitive"`
}

type vaultData struct {
	ID    string `cty:"id"    is:"computed"`
	Name  string `cty:"name"  is:"required"`
	Value string `cty:"value" is:"computed,sensitive"`
}

type vaultSettings struct {
	Endpoint string `cty:"endpoint" is:"required"`
	Token    string `cty:"token"    is:"optional,sensitive"`
}

type vaultClient struct {
	vaultSettings
	http *http.Client
}

// send sends a request as careless clients do: with the secret in the query,
// and with everything in the error.
func (c *vaultClient) send(ctx context.Context, method, path string, x *vaultEntry) error {
	raw, err := json.Marshal(x)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, c.Endpoint+path+"?secret="+url.QueryEscape(x.Secret), bytes.NewReader(raw))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return err
	case resp.StatusCode == http.StatusNotFound:
		return providers.ErrGone
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("%s %s with %s and %+v: %d %s, %q", method, req.URL, c.Token, *x, resp.StatusCode, answer, answer)
	case len(answer) == 0:
		return nil
	}
	return json.Unmarshal(answer, x)
}

// vaultProvider returns a provider with sensitive attributes that leaks where
// it can: what is behind it has to hold it back.
func vaultProvider(api *vaultAPI) *providers.Provider {
	lost := func(x *vaultEntry, c *vaultClient) {
		if api.mode == "panic" {
			panic(fmt.Sprintf("%#v with %s", *x, c.Token))
		}
	}
	entry := providers.Resource[*vaultClient, vaultEntry]{
		Type: "vault_entry",
		Create: func(ctx context.Context, c *vaultClient, x *vaultEntry, _ providers.Attempt) error {
			lost(x, c)
			return c.send(ctx, http.MethodPost, "/entries", x)
		},
		Find: func(context.Context, *vaultClient, *vaultEntry, providers.Attempt) (bool, error) {
			return false, nil // what fails here has no effect
		},
		Read: func(ctx context.Context, c *vaultClient, x *vaultEntry) error {
			lost(x, c)
			return c.send(ctx, http.MethodGet, "/entries/"+x.ID, x)
		},
		Delete: func(ctx context.Context, c *vaultClient, x vaultEntry) error {
			lost(&x, c)
			return c.send(ctx, http.MethodDelete, "/entries/"+x.ID, &x)
		},
	}
	entry.Update = func(context.Context, *vaultClient, vaultEntry, *vaultEntry) error {
		return errors.New("entries do not change")
	}
	data := providers.DataSource[*vaultClient, vaultData]{
		Type: "vault_secret",
		Read: func(_ context.Context, _ *vaultClient, x *vaultData) error {
			x.ID, x.Value = x.Name, vaultSecret
			return nil
		},
	}
	return providers.Cloud[*vaultClient, vaultSettings]{
		Name: "vault", Classify: func(error) providers.Verdict { return providers.Verdict{Kind: providers.Fatal} },
		Connect: func(_ context.Context, s vaultSettings, env providers.Env) (*vaultClient, error) {
			return &vaultClient{s, &http.Client{Transport: env.Transport}}, nil
		},
		Resources: []providers.Erasable{entry}, Data: []providers.Erasable{data},
	}.Provider()
}
