package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/digitalocean"
	dofake "github.com/mlinfra/mlinfra/providers/digitalocean/fake"
)

// catalog returns the clouds that configurations may name.
func catalog() config.Catalog {
	do := digitalocean.Provider()
	return config.Catalog{do.Name: do}
}

// fakeCloud is a cloud in memory, served on loopback.
type fakeCloud struct {
	server   *http.Server
	close    func() error
	url      string
	settings map[string]cty.Value // of the provider block, to reach it
}

// startFake serves the fake of a provider, its content kept in dir, on a port
// of its own.
func startFake(provider, dir string) (*fakeCloud, error) {
	if provider != "digitalocean" {
		return nil, errors.New("no fake cloud for provider " + provider)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	cloud, err := dofake.Open(offlineOptions(dir))
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &fakeCloud{server: &http.Server{Handler: cloud.Handler(), ReadHeaderTimeout: time.Minute}, close: cloud.Close, url: "http://" + l.Addr().String()}
	f.settings = map[string]cty.Value{
		"token":             cty.StringVal("offline"),
		"api_endpoint":      cty.StringVal(f.url),
		"spaces_endpoint":   cty.StringVal(f.url),
		"spaces_access_id":  cty.StringVal("offline"),
		"spaces_secret_key": cty.StringVal("offline"),
	}
	go func() { _ = f.server.Serve(l) }() // ends with Close
	return f, nil
}

// Close stops serving.
func (f *fakeCloud) Close() {
	_ = f.server.Close()
	_ = f.close()
}

// offlineOptions make a cloud that behaves like DigitalOcean and does not make
// people wait for it.
func offlineOptions(dir string) dofake.Options {
	return dofake.Options{Dir: dir, Boot: 50 * time.Millisecond, Settle: 50 * time.Millisecond, DBReady: 100 * time.Millisecond}
}

// clouds are the connected providers of one command.
type clouds struct {
	app       *app
	offline   string // directory of the fakes' content; "" for the real clouds
	fakes     map[string]*fakeCloud
	transport *http.Transport
}

func (a *app) newClouds(offline string) *clouds {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 128, 128
	return &clouds{app: a, offline: offline, fakes: map[string]*fakeCloud{}, transport: t}
}

func (c *clouds) close() {
	c.transport.CloseIdleConnections()
	for _, f := range c.fakes {
		f.Close()
	}
}

// connect returns the provider whose configuration has the key and the value
// cfg, with retries and limits around its calls. It makes no call.
func (c *clouds) connect(ctx context.Context, key string, cfg cty.Value) (providers.Conn, error) {
	name := config.ProviderID(key).Type
	p := c.app.catalog[name]
	if p == nil {
		return providers.Conn{}, errors.New("unknown provider " + name)
	}
	cfg = settingsOf(p, cfg)
	getenv := c.app.getenv
	if c.offline != "" {
		if c.fakes[name] == nil {
			f, err := startFake(name, c.offline)
			if err != nil {
				return providers.Conn{}, err
			}
			c.fakes[name] = f
		}
		cfg = override(cfg, c.fakes[name].settings)
		getenv = func(string) string { return "" }
	}
	limiter := providers.NewLimiter(p.Limits, c.app.clock, c.transport)
	conn, err := p.Connect(ctx, cfg, providers.Env{
		Getenv: getenv, Transport: limiter, Pace: limiter.Pace, UserAgent: "mlinfra/" + version,
	})
	if err != nil {
		return conn, err
	}
	return providers.Retry(conn, c.app.clock), nil
}

// settingsOf returns cfg without marks, or empty settings when there is no
// provider block.
func settingsOf(p *providers.Provider, cfg cty.Value) cty.Value {
	if cfg != cty.NilVal {
		cfg, _ = cfg.UnmarkDeep()
		return cfg
	}
	vals := map[string]cty.Value{}
	for _, a := range p.Config.Attrs {
		vals[a.Name] = cty.NullVal(a.Type)
	}
	return cty.ObjectVal(vals)
}

func override(cfg cty.Value, with map[string]cty.Value) cty.Value {
	vals := cfg.AsValueMap()
	for name, v := range with {
		vals[name] = v
	}
	return cty.ObjectVal(vals)
}

// offlineDir is where -offline keeps the fakes' content and a state of its
// own, apart from the real one.
func offlineDir() string { return filepath.Join(".mlinfra", "offline") }
