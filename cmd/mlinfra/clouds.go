package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
)

// clouds are the connected providers of one command.
type clouds struct {
	app       *app
	offline   string // directory of the fakes' content; "" for the real clouds
	transport *http.Transport
	owner     string // lineage of the state; "" while it has none
	// reach tells providers of the state; nil while there is none.
	reach func(context.Context, providers.Env) providers.Env

	mu       sync.Mutex
	fakes    map[string]*fakeCloud
	conns    map[string]connection
	limiters map[string]*providers.Limiter // by account
	ends     []func() error                // what each connection is closed by
}

// connection is a provider configuration that has been connected, or could not
// be. All phases of a command share it, and so its limits.
type connection struct {
	config  cty.Value
	conn    providers.Conn
	limiter *providers.Limiter
	err     error
}

func (a *app) newClouds(offline string) *clouds {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 128, 128
	return &clouds{app: a, offline: offline, fakes: map[string]*fakeCloud{}, conns: map[string]connection{}, limiters: map[string]*providers.Limiter{}, transport: t}
}

// close ends the connections. The error says what they could not give back.
func (c *clouds) close() error {
	var errs []error
	for _, end := range c.ends {
		errs = append(errs, end())
	}
	c.transport.CloseIdleConnections()
	for _, f := range c.fakes {
		f.Close()
	}
	return errors.Join(errs...)
}

// closeTimeout bounds the last calls of a connection.
const closeTimeout = 30 * time.Second

// closing remembers to close conn at the end, also when ctx has been cancelled
// by then: what it has made would stay behind.
func (c *clouds) closing(ctx context.Context, conn providers.Conn) {
	if conn.Close == nil {
		return
	}
	c.ends = append(c.ends, func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		return conn.Close(ctx)
	})
}

// connect returns the provider whose configuration has the key and the value
// cfg, with retries and limits around its calls. Before the first time it asks
// the cloud whether the credentials are good.
func (c *clouds) connect(ctx context.Context, key string, cfg cty.Value) (providers.Conn, error) {
	id, _ := config.ProviderID(key)
	p := c.app.catalog.Of(id.Type)
	if p == nil {
		return providers.Conn{}, errors.New("unknown provider " + id.Type)
	}
	cfg, sensitive := settingsOf(p, cfg)
	c.app.secrets.hideIn(p.Config, cfg, sensitive)
	c.mu.Lock()
	defer c.mu.Unlock()
	if old, ok := c.conns[key]; ok && old.config.RawEquals(cfg) {
		return old.conn, old.err
	}
	conn, limiter, err := c.dial(ctx, p, cfg)
	err = planner.Discreet(err, cfg, sensitive)
	c.conns[key] = connection{cfg, conn, limiter, err}
	return conn, err
}

// limiterOf returns the limiter of the account that a connected provider leads
// to, nil when it is not connected.
func (c *clouds) limiterOf(key string) *providers.Limiter {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.conns[key].limiter
}

// limiter returns the limiter for settings: those with the same credentials lead
// to one account, and share what it allows.
func (c *clouds) limiter(p *providers.Provider, cfg cty.Value, limits providers.Limits) *providers.Limiter {
	account := p.Name
	for _, a := range p.Config.Attrs {
		if a.Sensitive {
			account += fmt.Sprintf(" %#v", cfg.GetAttr(a.Name))
		}
	}
	if limits.Remaining == "" {
		account += fmt.Sprintf(" %#v", cfg) // nothing to share: limits are of a region, or not known
	}
	if c.limiters[account] == nil {
		l := providers.NewLimiter(limits, c.app.clock, c.app.traced(p.Name, c.transport))
		l.Waiting = func(d time.Duration) {
			fmt.Fprintf(c.app.stderr, "%s allows no more requests for now: waiting %s.\n", p.Name, d.Round(time.Second))
		}
		c.limiters[account] = l
	}
	return c.limiters[account]
}

// identities returns the accounts that the connected providers lead to, by the
// keys of their configurations; "" where ids say as much.
func (c *clouds) identities() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string]string{}
	for key, conn := range c.conns {
		if conn.err == nil {
			all[key] = conn.conn.Identity()
		}
	}
	return all
}

func (c *clouds) dial(ctx context.Context, p *providers.Provider, cfg cty.Value) (providers.Conn, *providers.Limiter, error) {
	getenv, limits := c.app.getenv, p.Limits
	if _, ok := c.app.fakes[p.Name]; ok && c.offline != "" {
		f, err := c.fake(p.Name)
		if err != nil {
			return providers.Conn{}, nil, err
		}
		cfg = override(cfg, f.settings)
		getenv, limits = func(name string) string { return f.environ[name] }, providers.Limits{}
	}
	limiter := c.limiter(p, cfg, limits)
	env := providers.Env{
		Getenv: getenv, Transport: limiter, Pace: limiter.Pace, Isolated: c.offline != "", UserAgent: "mlinfra/" + version, Owner: c.owner,
		Trace: func(next http.RoundTripper) http.RoundTripper { return c.app.traced(p.Name, next) },
	}
	if c.reach != nil {
		env = c.reach(ctx, env)
	}
	var conn providers.Conn
	err := providers.Protect("the connection to "+p.Name, func() (err error) { conn, err = p.Connect(ctx, cfg, env); return err })
	if err != nil {
		return conn, limiter, err
	}
	conn.Ops = watchedOps{conn.Ops, c.app.secrets}
	conn = providers.Guard(providers.Retry(conn, c.app.clock))
	c.closing(ctx, conn)
	if conn.Verify != nil {
		err = conn.Verify(ctx)
	}
	return conn, limiter, err
}

// fake returns the fake of a provider, serving.
func (c *clouds) fake(name string) (*fakeCloud, error) {
	if f := c.fakes[name]; f != nil {
		return f, nil
	}
	f, err := c.app.startFake(name, c.offline)
	if err == nil {
		c.fakes[name] = f
	}
	return f, err
}

// machines returns the fake of the machines that are reached over SSH.
func (c *clouds) machines() (*fakeCloud, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fake("server")
}

// settingsOf returns cfg without marks and the names of what is sensitive in
// it, or empty settings when there is no provider block.
func settingsOf(p *providers.Provider, cfg cty.Value) (cty.Value, []string) {
	if cfg != cty.NilVal {
		return planner.Unmark(cfg)
	}
	vals := map[string]cty.Value{}
	for _, a := range p.Config.Attrs {
		vals[a.Name] = cty.NullVal(a.Type)
	}
	return cty.ObjectVal(vals), nil
}

func override(cfg cty.Value, with map[string]cty.Value) cty.Value {
	vals := cfg.AsValueMap()
	for name, v := range with {
		vals[name] = v
	}
	return cty.ObjectVal(vals)
}
