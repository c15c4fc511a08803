// Package fake is an in-memory DigitalOcean behind HTTP: the API under /v2 and
// Spaces as S3. It refuses what the real API refuses, with the same status and
// error body. It has its own wire types and must not import the client library,
// so that a mistake in one does not hide in the other.
//
// States are functions of the clock: nothing runs in the background.
package fake

import (
	"net/http"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// Options configure a Cloud. The zero value is an empty account in memory where
// everything is ready at once.
type Options struct {
	Clock   fakecloud.Clock // nil is time.Now
	Latency time.Duration   // of every request

	Boot      time.Duration // from a create until a Droplet, load balancer or NAT gateway is active
	Settle    time.Duration // of every other action: power, resize, attach, assign; of firewall changes; of resizing clusters; of certificates and peerings
	DBReady   time.Duration // from a cluster's create until it is online
	DeleteLag time.Duration // how long a deleted Droplet, load balancer or NAT gateway is still readable and listed
	MemberLag time.Duration // how long after that its VPC counts it, its volumes stay attached and its certificates are used
	KeyLag    time.Duration // how long a new SSH key is refused by Droplet creation
	SpacesLag time.Duration // how long a new Spaces key is refused by Spaces

	// ReplicaLag is how long a new replica of a database is not found; its create
	// is answered so, too.
	ReplicaLag time.Duration
	// NoCredentials means that the token has no scope database:view_credentials.
	NoCredentials bool

	Limits  Limits
	Quota   Quota
	NoStock map[string]bool // sizes that are sold out, by "size" or "size@region"

	// Fresh is an account that was never used: the first VPC of a region becomes
	// its default and can then not be deleted. Otherwise a region has its default
	// VPC before anything else is made in it.
	Fresh bool

	TakenBuckets []string // bucket names that belong to somebody else
	TakenDomains []string // domains that are in somebody else's account

	Decide func(n int64, r *http.Request) fakecloud.Fault
	Log    func(fakecloud.Entry)

	// Wrap puts a handler in front of the API, behind the faults; nil puts none.
	// Tests hold there what comes and goes to the API's document.
	Wrap func(http.Handler) http.Handler

	Team                    string // UUID of the team that the account is; "" gets a usual one
	Token                   string // the only token accepted; "" accepts any
	SpacesKey, SpacesSecret string // the only key pair accepted; "" accepts any. The secret is not checked.

	Dir  string // where the content is kept between runs; "" keeps it in memory
	Seed uint64 // of ids and addresses
}

// Limits are the API's rate limits. Zero is no limit.
type Limits struct {
	PerHour   int
	PerMinute int
	ListKeys  int // of GET /v2/account/keys, per minute
	CDN       int // of everything under /v2/cdn/endpoints, per ten seconds
}

// RealLimits returns the documented limits.
func RealLimits() Limits { return Limits{PerHour: 5000, PerMinute: 250, ListKeys: 10, CDN: 5} }

// Quota is how much the account may have. Zero fields get the default.
type Quota struct {
	Droplets    int // 1000
	Volumes     int // 100
	ReservedIPs int // 100, of each kind
	Buckets     int // 100
	Databases   int // 100

	LoadBalancers int // 100
}

func (q Quota) withDefaults() Quota {
	for _, f := range []struct {
		field *int
		value int
	}{{&q.Droplets, 1000}, {&q.Volumes, 100}, {&q.ReservedIPs, 100}, {&q.Buckets, 100}, {&q.Databases, 100}, {&q.LoadBalancers, 100}} {
		if *f.field == 0 {
			*f.field = f.value
		}
	}
	return q
}

// Cloud is the account. Its methods may be called concurrently.
type Cloud struct {
	*fakecloud.Account

	o       Options
	api     http.Handler
	mux     *http.ServeMux
	pools   *http.ServeMux // of autoscale pools
	spaces  *spaces
	limit   *fakecloud.Window
	keyList *fakecloud.Window
	cdn     *fakecloud.Window

	// What follows is under the lock of Account.
	s        state
	requests fakecloud.IDs
}

// New returns an account, with the content of o.Dir if there is one. It panics
// when that cannot be read; Open returns the error instead.
func New(o Options) *Cloud { return fakecloud.Must(Open(o)) }

// Open is New for callers whose o.Dir may be unreadable.
func Open(o Options) (*Cloud, error) {
	o.Quota = o.Quota.withDefaults()
	c := &Cloud{o: o, requests: fakecloud.IDs{Seed: o.Seed + 1}}
	c.limit = &fakecloud.Window{PerHour: o.Limits.PerHour, PerMinute: o.Limits.PerMinute}
	c.keyList = &fakecloud.Window{PerMinute: o.Limits.ListKeys}
	c.cdn = &fakecloud.Window{PerMinute: o.Limits.CDN, Span: 10 * time.Second}
	c.s.IDs.Seed = o.Seed
	c.mux, c.pools = c.routes(), c.autoscaleRoutes()
	c.api = http.HandlerFunc(c.serveAPI)
	if o.Wrap != nil {
		c.api = o.Wrap(c.api)
	}
	var err error
	if c.spaces, err = openSpaces(c); err != nil {
		return nil, err
	}
	c.Account, err = fakecloud.Open(fakecloud.Setup{
		Options: fakecloud.Options{Latency: o.Latency, Decide: o.Decide, Log: o.Log, Pattern: c.pattern, Refuse: c.refuse},
		Clock:   o.Clock, File: fakecloud.FileIn(o.Dir, "digitalocean.json"), Content: &c.s, Settle: c.settle, Serve: c.dispatch,
	})
	if err != nil {
		return nil, err
	}
	c.furnish()
	return c, nil
}

// furnish gives a new account what it has from the start.
func (c *Cloud) furnish() {
	if len(c.s.Projects) == 0 {
		c.addDefaultProject(c.Now())
	}
	if c.s.Metrics == nil {
		once := fakecloud.IDs{Seed: c.o.Seed + 2}
		c.s.Metrics = &metricsCredentials{Username: "metrics", Password: "AVNS_" + once.Text(19)}
	}
}

// API returns the handler of api.digitalocean.com.
func (c *Cloud) API() http.Handler { return c.only(apiService) }

// Spaces returns the handler of the object storage, path style, all regions in one.
func (c *Cloud) Spaces() http.Handler { return c.only(spacesService) }

// Handler serves both on one port: what is signed for S3 or is not under /v2 goes to Spaces.
func (c *Cloud) Handler() http.Handler { return c.only(anyService) }

// service is the part of the cloud a request is for.
type service int

const (
	anyService service = iota
	apiService
	spacesService
)

type serviceKey struct{}

func (c *Cloud) serviceOf(r *http.Request) service {
	s, _ := r.Context().Value(serviceKey{}).(service)
	if s != anyService {
		return s
	}
	signed := strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256") || r.URL.Query().Has("X-Amz-Signature")
	if !signed && (r.URL.Path == "/v2" || r.URL.Path == revokePath || strings.HasPrefix(r.URL.Path, "/v2/")) {
		return apiService
	}
	return spacesService
}
