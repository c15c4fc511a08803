// Package fake is an in-memory Google Cloud behind HTTP: Compute Engine, Cloud
// Storage, Cloud SQL, IAM and Resource Manager on one port. It refuses what the
// real APIs refuse, with the same status, reason and message. It has its own wire
// types and must not import the client libraries, so that a mistake in one does
// not hide in the other.
//
// States are functions of the clock: nothing runs in the background.
package fake

import (
	"net/http"
	"slices"
	"time"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// Options configure a Cloud. The zero value is one empty project named "offline",
// in memory, where everything is ready at once.
type Options struct {
	Clock   fakecloud.Clock // nil is time.Now
	Latency time.Duration   // of every request

	Boot        time.Duration // of inserting and starting an instance
	Settle      time.Duration // of every other operation
	DBReady     time.Duration // of creating a Cloud SQL instance
	EventualLag time.Duration // how long a new service account is unknown to reads and policies

	Quota   Quota
	NoStock map[string]bool // what is sold out, by "n2-standard-4@europe-west1-b"; accelerator types too

	Denied       []string // permissions that are missing, such as "compute.instances.create"
	Projects     []string // the projects there are; none means "offline"
	AnyProject   bool     // whether any other project comes to be when it is asked for
	DisabledAPIs []string // services that are switched off, such as "sqladmin.googleapis.com"
	TakenBuckets []string // bucket names that belong to somebody else

	Decide func(n int64, r *http.Request) fakecloud.Fault
	Log    func(fakecloud.Entry)

	Token string // the only access token accepted; "" accepts any
	Dir   string // where the content is kept between runs; "" keeps it in memory
	Seed  uint64 // of ids and addresses
}

// Quota is how much a project may have. Zero fields get the default, negative
// ones mean none at all.
type Quota struct {
	Networks        int // 15
	Subnetworks     int // 275
	Firewalls       int // 200
	Routers         int // 20
	Addresses       int // 20 static external ones in a region
	CPUs            int // 200 in a region
	GPUs            int // 16 in the project (GPUS_ALL_REGIONS)
	DisksGB         int // 8192 of each disk family in a region
	ServiceAccounts int // 100
	SQLInstances    int // 100
}

func (q Quota) withDefaults() Quota {
	for _, f := range []struct {
		field *int
		value int
	}{
		{&q.Networks, 15}, {&q.Subnetworks, 275}, {&q.Firewalls, 200}, {&q.Routers, 20}, {&q.Addresses, 20},
		{&q.CPUs, 200}, {&q.GPUs, 16}, {&q.DisksGB, 8192}, {&q.ServiceAccounts, 100}, {&q.SQLInstances, 100},
	} {
		if *f.field == 0 {
			*f.field = f.value
		}
		*f.field = max(0, *f.field)
	}
	return q
}

// Cloud is the projects and what is in them. Its methods may be called concurrently.
// The root of its Handler may be given to every client as its endpoint; so may the
// usual base paths such as /compute/v1/.
type Cloud struct {
	*fakecloud.Account

	o   Options
	s   state // under the lock of Account
	mux *http.ServeMux
}

// New returns a cloud, with the content of o.Dir if there is one. It panics
// when that cannot be read; Open returns the error instead.
func New(o Options) *Cloud { return fakecloud.Must(Open(o)) }

// Open is New for callers whose o.Dir may be unreadable.
func Open(o Options) (*Cloud, error) {
	o.Quota = o.Quota.withDefaults()
	if len(o.Projects) == 0 {
		o.Projects = []string{"offline"}
	}
	c := &Cloud{o: o}
	c.s.IDs.Seed, c.mux = o.Seed, c.routes()
	var err error
	c.Account, err = fakecloud.Open(fakecloud.Setup{
		Options: fakecloud.Options{Latency: o.Latency, Decide: o.Decide, Log: o.Log, Pattern: c.pattern, Refuse: c.refuse},
		Clock:   o.Clock, File: fakecloud.FileIn(o.Dir, "google.json"), Content: &c.s, Settle: c.settle, Serve: c.serve,
	})
	if err != nil {
		return nil, err
	}
	for _, id := range o.Projects {
		c.addProject(id)
	}
	return c, nil
}

// projectName is the rule for ids of projects; a number is none.
var projectName = providers.NewPattern(`^[a-z][-a-z0-9.:]{4,29}$`)

// hasProject reports whether the caller has a project. The content is locked.
func (c *Cloud) hasProject(id string) bool {
	if c.o.AnyProject && projectName.MatchString(id) {
		c.addProject(id)
		return true
	}
	return slices.Contains(c.o.Projects, id)
}
