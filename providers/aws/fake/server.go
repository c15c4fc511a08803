package fake

import (
	"net/http"
	"slices"
)

// service is one AWS service behind the common port.
type service struct {
	pattern func(*http.Request) string // the endpoint's name in Counts
	serve   http.HandlerFunc
	refuse  func(w http.ResponseWriter, r *http.Request, status int) // answers a fault in the service's shape
}

// allServices are the services by the name they are signed for.
func (c *Cloud) allServices() map[string]service {
	return map[string]service{
		"ec2": c.queryService("ec2", ec2Dialect(), c.ec2Operations()),
		"sts": c.queryService("sts", stsDialect(), c.stsOperations()),
		"iam": c.iamService(),
		"rds": c.rdsService(),
		"s3":  c.s3Service(),
	}
}

// serviceOf returns the service of r. What is for none is refused as STS does,
// the way all the younger query services do.
func (c *Cloud) serviceOf(r *http.Request) service {
	if s, ok := c.services[targetOf(r).service]; ok {
		return s
	}
	return c.services["sts"]
}

func (c *Cloud) pattern(r *http.Request) string { return c.serviceOf(r).pattern(r) }

func (c *Cloud) dispatch(w http.ResponseWriter, r *http.Request) { c.serviceOf(r).serve(w, r) }

func (c *Cloud) refuse(w http.ResponseWriter, r *http.Request, status int) {
	c.serviceOf(r).refuse(w, r, status)
}

// denial is why a request is not let in, before anybody looks at what it wants.
type denial int

const (
	unsigned       denial = iota + 1 // no signature
	unknownKey                       // the access key does not exist
	expiredToken                     // the session is over
	badScope                         // signed for a region that does not exist, or a service that is not there
	disabledRegion                   // the account has not enabled the region
)

// admit says who sent r, or why it is refused; then the denial is not zero.
func (c *Cloud) admit(r *http.Request) (identity, denial) {
	t := targetOf(r)
	who, why := c.identify(t)
	switch {
	case why != 0:
		return identity{}, why
	case c.services[t.service].serve == nil || !regionExists(t.region):
		return identity{}, badScope
	case t.service == "iam" && t.region != "us-east-1":
		return identity{}, badScope
	case slices.Contains(c.o.DisabledRegions, t.region):
		return identity{}, disabledRegion
	}
	return who, 0
}

// denied tells whether the caller must not do action, such as "s3:PutObject".
func (c *Cloud) denied(action string) bool { return slices.Contains(c.o.Denied, action) }

// requestID makes the id of an answer.
func (c *Cloud) requestID() string {
	c.Lock()
	defer c.Unlock()
	return c.requests.UUID()
}
