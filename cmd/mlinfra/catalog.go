package main

import (
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
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

// offlineDir is where -offline keeps the fakes' content and a state of its
// own, apart from the real one.
func offlineDir() string { return filepath.Join(".mlinfra", "offline") }
