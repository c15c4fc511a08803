// Package fake is an in-memory Hetzner Cloud behind HTTP: one project of the API
// under /v1. It refuses what the real API refuses, with the same status and error
// body. It has its own wire types and must not import the client library, so that a
// mistake in one does not hide in the other.
//
// States are functions of the clock: nothing runs in the background.
package fake

import (
	"net/http"
	"sync"
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
	o       Options
	front   *fakecloud.Wrapped
	mux     *http.ServeMux
	bucket  *bucket
	effects map[string]effect

	mu       sync.Mutex
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
	c.s.IDs.Seed = o.Seed
	if err := fakecloud.Load(c.file(), &c.s); err != nil {
		return nil, err
	}
	c.mux, c.effects = c.routes(), c.allEffects()
	c.front = fakecloud.Wrap(http.HandlerFunc(c.serve), fakecloud.Options{
		Latency: o.Latency, Decide: o.Decide, Log: o.Log, Pattern: c.pattern, Refuse: c.refuse,
	})
	return c, nil
}

func (c *Cloud) file() string { return fakecloud.FileIn(c.o.Dir, "hcloud.json") }

// save writes the content. c.mu is held.
func (c *Cloud) save() error { return fakecloud.Save(c.file(), &c.s) }

// now is the clock in the API's resolution.
func (c *Cloud) now() time.Time { return c.o.Clock.Now().UTC() }

// Handler serves the API.
func (c *Cloud) Handler() http.Handler { return c.front }

// Counts returns how many requests came in, by "METHOD pattern".
func (c *Cloud) Counts() map[string]int64 { return c.front.Counts() }

// Close writes the content once more. Handlers must not be used after it.
func (c *Cloud) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.save()
}
