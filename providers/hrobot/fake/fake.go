// Package fake is an in-memory Hetzner Robot behind HTTP: an account with
// dedicated servers that nobody has ordered here, and that nobody can order or
// cancel. It refuses what the real webservice refuses, with the same status and
// error body. It has its own wire types and must not import the provider, so
// that a mistake in one does not hide in the other.
//
// States are functions of the clock: nothing runs in the background.
package fake

import (
	"net/http"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// Options configure a Cloud. The zero value is an account in memory with the
// servers 321, 421 and 521, where everything is ready at once.
type Options struct {
	Clock   fakecloud.Clock // nil is time.Now
	Latency time.Duration   // of every request

	Boot   time.Duration // from a reset until the server has booted
	Settle time.Duration // of changes of a firewall, a vSwitch and a failover address

	Limits bool // whether the documented limits on requests an hour are kept

	// AnyServer means that the account has every server, and every address, that a
	// request names: for configurations of real ones.
	AnyServer bool

	Decide func(n int64, r *http.Request) fakecloud.Fault
	Log    func(fakecloud.Entry)

	Password string // the only password that is accepted; "" accepts any

	Dir  string // where the content is kept between runs; "" keeps it in memory
	Seed uint64 // of ids
}

// Cloud is the account. Its methods may be called concurrently.
type Cloud struct {
	*fakecloud.Account

	o      Options
	s      state // under the lock of Account
	mux    *http.ServeMux
	limits map[string]*fakecloud.Window // by pattern
}

// New returns an account, with the content of o.Dir if there is one. It panics
// when that cannot be read; Open returns the error instead.
func New(o Options) *Cloud { return fakecloud.Must(Open(o)) }

// Open is New for callers whose o.Dir may be unreadable.
func Open(o Options) (*Cloud, error) {
	c := &Cloud{o: o, limits: map[string]*fakecloud.Window{}}
	c.s.IDs.Seed, c.mux = o.Seed, c.routes()
	var err error
	c.Account, err = fakecloud.Open(fakecloud.Setup{
		Options: fakecloud.Options{Latency: o.Latency, Decide: o.Decide, Log: o.Log, Pattern: c.pattern, Refuse: c.refuse},
		Clock:   o.Clock, File: fakecloud.FileIn(o.Dir, "hrobot.json"), Content: &c.s, Settle: c.settle, Serve: c.serve,
	})
	if err != nil {
		return nil, err
	}
	if len(c.s.Servers) == 0 {
		c.furnish()
	}
	return c, nil
}
