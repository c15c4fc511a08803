// Package fake is an in-memory OVHcloud behind HTTP: an account with dedicated
// servers and vRacks that nobody has ordered here, and that nobody can order or
// terminate. It checks signatures and refuses what the real API refuses, with the
// same status and error body. It has its own wire types and must not import the
// client library, so that a mistake in one does not hide in the other.
//
// States are functions of the clock: nothing runs in the background.
package fake

import (
	"net/http"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// Options configure a Cloud. The zero value is an account in memory with the
// servers ns321.ip-192-0-2.eu and ns421.ip-198-51-100.eu and the vRacks pn-1001
// and pn-1002, where everything is done at once.
type Options struct {
	Clock   fakecloud.Clock // nil is time.Now
	Latency time.Duration   // of every request

	Boot   time.Duration // that an installation takes
	Settle time.Duration // that other tasks take, and until a new display name shows

	// AnyServer means that the account has every server, and every vRack, that a
	// request names: for configurations of real ones.
	AnyServer bool

	Decide func(n int64, r *http.Request) fakecloud.Fault
	Log    func(fakecloud.Entry)

	// Secret is that of the application "fake", and of the service account "fake";
	// "" is "fake". The consumer key is "fake".
	Secret string

	Dir  string // where the content is kept between runs; "" keeps it in memory
	Seed uint64 // of ids
}

// Cloud is the account. Its methods may be called concurrently.
type Cloud struct {
	*fakecloud.Account

	o   Options
	s   state // under the lock of Account
	mux *http.ServeMux
}

// New returns an account, with the content of o.Dir if there is one. It panics
// when that cannot be read; Open returns the error instead.
func New(o Options) *Cloud { return fakecloud.Must(Open(o)) }

// Open is New for callers whose o.Dir may be unreadable.
func Open(o Options) (*Cloud, error) {
	if o.Secret == "" {
		o.Secret = known
	}
	c := &Cloud{o: o}
	c.s.IDs.Seed, c.mux = o.Seed, c.routes()
	var err error
	c.Account, err = fakecloud.Open(fakecloud.Setup{
		Options: fakecloud.Options{Latency: o.Latency, Decide: o.Decide, Log: o.Log, Pattern: c.pattern, Refuse: c.refuse},
		Clock:   o.Clock, File: fakecloud.FileIn(o.Dir, "ovh.json"), Content: &c.s, Settle: c.settle, Serve: c.serve,
	})
	if err != nil {
		return nil, err
	}
	if len(c.s.Servers) == 0 {
		c.furnish()
	}
	return c, nil
}
