// Package fake is an in-memory AWS behind one HTTP port: EC2, STS, IAM, RDS and
// S3 of every region. It refuses what the real APIs refuse, with the same codes.
// It has its own wire types and must not import the client library, so that a
// mistake in one does not hide in the other.
//
// States are functions of the clock: nothing runs in the background.
package fake

import (
	"net/http"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// Options configure a Cloud. The zero value is an unused account in memory where
// everything is ready at once.
type Options struct {
	Clock   fakecloud.Clock // nil is time.Now
	Latency time.Duration   // of every request

	Boot        time.Duration // from an instance's launch or start until it runs
	Settle      time.Duration // of everything else that has an in-between state: stops, volumes, attachments, NAT gateways
	DBReady     time.Duration // from a database's create until it is available
	DeleteLag   time.Duration // how long a deleted object is seen on its way out: shutting-down, deleting
	EventualLag time.Duration // how long a new object is still unknown to reads and references
	IAMLag      time.Duration // how long a new role or instance profile is unknown to other services

	// VolumeModifyGap is how long a volume refuses a second modification. Zero
	// is the real six hours, a negative one is no gap.
	VolumeModifyGap time.Duration

	Quota   Quota
	NoStock map[string]bool // instance and database types that are sold out, by "type" or "type@zone"

	DisabledRegions []string // regions the account has not enabled; opt-in ones are enabled otherwise
	Denied          []string // actions the caller may not do, such as "ec2:RunInstances"
	TakenBuckets    []string // bucket names that belong to somebody else

	AccessKey string // the only access key id accepted; "" accepts any. Secrets are not checked.
	Account   string // the account's number; "" is 123456789012

	Decide func(n int64, r *http.Request) fakecloud.Fault
	Log    func(fakecloud.Entry)

	Dir  string // where the content is kept between runs; "" keeps it in memory
	Seed uint64 // of ids and addresses
}

// Cloud is the account. Its methods may be called concurrently.
type Cloud struct {
	*fakecloud.Account

	o        Options
	services map[string]service
	s3       *s3

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
	if o.Account == "" {
		o.Account = "123456789012"
	}
	if o.VolumeModifyGap == 0 {
		o.VolumeModifyGap = 6 * time.Hour
	}
	c := &Cloud{o: o, requests: fakecloud.IDs{Seed: o.Seed + 1}}
	c.s.IDs.Seed = o.Seed
	var err error
	if c.s3, err = openS3(c); err != nil {
		return nil, err
	}
	c.services = c.allServices()
	c.Account, err = fakecloud.Open(fakecloud.Setup{
		Options: fakecloud.Options{Latency: o.Latency, Decide: o.Decide, Log: o.Log, Pattern: c.pattern, Refuse: c.refuse},
		Clock:   o.Clock, File: fakecloud.FileIn(o.Dir, "aws.json"), Content: &c.s, Settle: c.settle, Serve: c.dispatch,
	})
	return c, err
}

// Handler serves all services and regions: what a request is for is in the
// scope of its signature.
func (c *Cloud) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.Account.Handler().ServeHTTP(w, withTarget(r))
	})
}
