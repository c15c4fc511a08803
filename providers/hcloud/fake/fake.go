// Package fake is an in-memory Hetzner Cloud behind HTTP: one project of the API
// under /v1. It refuses what the real API refuses, with the same status and error
// body. It has its own wire types and must not import the client library, so that a
// mistake in one does not hide in the other.
//
// States are functions of the clock: nothing runs in the background.
package fake

import (
	"net/http"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// Options configure a Cloud. The zero value is an empty project in memory where
// everything is ready at once.
type Options struct {
	Clock   fakecloud.Clock // nil is time.Now
	Latency time.Duration   // of every request

	Boot   time.Duration // from a create of a server or load balancer until it runs
	Settle time.Duration // of every other action

	PerHour int             // requests that are allowed in a burst, and come back within an hour; 0 is no limit
	NoStock map[string]bool // server types that are sold out, by "type" or "type@location"
	Quota   Quota

	NoDatacenters bool // as the API is since October 2026

	Decide func(n int64, r *http.Request) fakecloud.Fault
	Log    func(fakecloud.Entry)

	Token string // the only token accepted; "" accepts any

	Dir  string // where the content is kept between runs; "" keeps it in memory
	Seed uint64 // of ids and addresses
}

// RealPerHour is the limit of the real API.
const RealPerHour = 3600

// Quota is how much the project may have. Zero fields get the default.
type Quota struct {
	Servers    int // 100
	PrimaryIPs int // 100
	Networks   int // 100

	FloatingIPs   int // 100
	LoadBalancers int // 100
	Volumes       int // 100
}

func (q Quota) withDefaults() Quota {
	for _, field := range []*int{&q.Servers, &q.PrimaryIPs, &q.Networks, &q.FloatingIPs, &q.LoadBalancers, &q.Volumes} {
		if *field == 0 {
			*field = 100
		}
	}
	return q
}

// Cloud is the project. Its methods may be called concurrently.
type Cloud struct {
	*fakecloud.Account

	o       Options
	mux     *http.ServeMux
	bucket  *bucket
	effects map[string]effect

	// What follows is under the lock of Account.
	s        state
	requests fakecloud.IDs
}

// New returns a project, with the content of o.Dir if there is one. It panics when
// that cannot be read; Open returns the error instead.
func New(o Options) *Cloud { return fakecloud.Must(Open(o)) }

// Open is New for callers whose o.Dir may be unreadable.
func Open(o Options) (*Cloud, error) {
	o.Quota = o.Quota.withDefaults()
	c := &Cloud{o: o, requests: fakecloud.IDs{Seed: o.Seed + 1}, bucket: &bucket{size: o.PerHour}}
	c.s.IDs.Seed, c.mux, c.effects = o.Seed, c.routes(), c.allEffects()
	var err error
	c.Account, err = fakecloud.Open(fakecloud.Setup{
		Options: fakecloud.Options{Latency: o.Latency, Decide: o.Decide, Log: o.Log, Pattern: c.pattern, Refuse: c.refuse},
		Clock:   o.Clock, File: fakecloud.FileIn(o.Dir, "hcloud.json"), Content: &c.s, Settle: c.settle, Serve: c.serve,
	})
	return c, err
}
