package fake

import (
	"cmp"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

// operation is what Compute answers to every change.
type operation struct {
	Kind                string          `json:"kind"`
	ID                  int64s          `json:"id"`
	Name                string          `json:"name"`
	Zone                string          `json:"zone,omitempty"`
	Region              string          `json:"region,omitempty"`
	ClientOperationID   string          `json:"clientOperationId,omitempty"`
	OperationType       string          `json:"operationType"`
	TargetLink          string          `json:"targetLink"`
	TargetID            int64s          `json:"targetId"`
	Status              string          `json:"status"`
	User                string          `json:"user"`
	Progress            int             `json:"progress"`
	InsertTime          string          `json:"insertTime"`
	StartTime           string          `json:"startTime,omitempty"`
	EndTime             string          `json:"endTime,omitempty"`
	SelfLink            string          `json:"selfLink"`
	Error               *operationError `json:"error,omitempty"`
	HTTPErrorStatusCode int             `json:"httpErrorStatusCode,omitempty"`
	HTTPErrorMessage    string          `json:"httpErrorMessage,omitempty"`
	Book                opBook          `json:"book" wire:"-"`
}

// opBook is what the fake remembers of an operation.
type opBook struct {
	Project  string    `json:"project"`
	Scope    string    `json:"scope"`
	Target   string    `json:"target"`  // the path of the resource
	Request  string    `json:"request"` // method and URL, for the check of a repeated requestId
	StartsAt time.Time `json:"starts_at"`
	EndsAt   time.Time `json:"ends_at"`
	Finished bool      `json:"finished"` // the effect has happened

	// The effect on the target when the operation ends.
	Effect  effect         `json:"effect"`
	Changes map[string]any `json:"changes,omitempty"` // with effectSet; null removes a field
	Failure *failure       `json:"failure,omitempty"`
	// Disks are made by an insert, and go when it fails; or they go with a delete.
	Disks []string `json:"disks,omitempty"`
}

// effect is what the end of an operation does to its target.
type effect string

const (
	effectNone effect = ""
	effectSet  effect = "set"
	effectDrop effect = "drop"
)

// failure is why an operation does not succeed.
type failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Status  int    `json:"status"`
}

// operationError is the error of an operation.
type operationError struct {
	Errors []operationProblem `json:"errors"`
}

// operationProblem is one of the errors of an operation.
type operationProblem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

const computeURL = "https://www.googleapis.com/compute/v1/"

func link(path string) string { return computeURL + path }

func (o *operation) Key() string {
	return "projects/" + o.Book.Project + "/" + o.Book.Scope + "/operations/" + o.Name
}
func (o *operation) Title() string { return o.OperationType }

// start records an operation that takes d from now, and answers it.
func (c *Cloud) start(q *request, o operation, target computeResource, d time.Duration) (reply, error) {
	id, err := requestID(q)
	if err != nil {
		return fail(err)
	}
	h := target.shared()
	n := c.newID()
	o.Kind, o.ID, o.User = "compute#operation", n, caller
	o.Name = "operation-" + n.String() + "-" + c.s.IDs.Text(13)
	o.ClientOperationID, o.InsertTime = id, stamp(q.now)
	o.TargetLink, o.TargetID = h.SelfLink, h.ID
	o.Book.Project, o.Book.Scope, o.Book.Target = q.project(), q.scope(), target.Key()
	o.Book.Request = q.Method + " " + q.URL.Path
	o.Book.StartsAt, o.Book.EndsAt = q.now.Add(d/10), q.now.Add(d)
	kind, place, _ := strings.Cut(q.scope(), "/")
	switch kind {
	case "zones":
		o.Zone = link("projects/" + q.project() + "/zones/" + place)
	case "regions":
		o.Region = link("projects/" + q.project() + "/regions/" + place)
	}
	o.SelfLink = link(o.Key())
	c.s.Operations.Add(&o)
	return ok(o.view(q.now))
}

var uuid = providers.NewPattern(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// requestID is the query parameter of that name, if it is valid.
func requestID(q *request) (string, error) {
	id := q.URL.Query().Get("requestId")
	if id != "" && (!uuid.MatchString(id) || id == "00000000-0000-0000-0000-000000000000") {
		return "", invalidField("requestId", id, "The request ID must be a valid UUID.")
	}
	return id, nil
}

// repeated returns the operation that an earlier request with the same id
// started. Ids count for an hour.
func (c *Cloud) repeated(q *request) (*operation, error) {
	id, err := requestID(q)
	if err != nil || id == "" {
		return nil, err
	}
	for _, o := range c.s.Operations {
		if o.ClientOperationID != id || o.Book.Project != q.project() || q.now.Sub(insertedAt(o)) >= time.Hour {
			continue
		}
		if o.Book.Request != q.Method+" "+q.URL.Path {
			return nil, invalidField("requestId", id, "The request ID was already used for a different request.")
		}
		return o, nil
	}
	return nil, nil
}

func insertedAt(o *operation) time.Time {
	t, _ := time.Parse(time.RFC3339, o.InsertTime) // we wrote it
	return t
}

// mutation wraps handlers that start operations: a repeated request gets the
// operation of the first one.
func (c *Cloud) mutation(h handler) handler {
	return func(q *request) (reply, error) {
		o, err := c.repeated(q)
		if err != nil {
			return fail(err)
		}
		if o != nil {
			return ok(o.view(q.now))
		}
		return h(q)
	}
}

// view is o as of now.
func (o *operation) view(now time.Time) map[string]any {
	v := *o
	switch {
	case !now.Before(o.Book.EndsAt):
		v.Status, v.Progress = "DONE", 100
		v.StartTime, v.EndTime = stamp(o.Book.StartsAt), stamp(o.Book.EndsAt)
		if f := o.Book.Failure; f != nil {
			v.Error = &operationError{[]operationProblem{{f.Code, f.Message}}}
			v.HTTPErrorStatusCode, v.HTTPErrorMessage = f.Status, strings.ToUpper(http.StatusText(f.Status))
		}
	case now.Before(o.Book.StartsAt):
		v.Status = "PENDING"
	default:
		v.Status, v.StartTime = "RUNNING", stamp(o.Book.StartsAt)
	}
	return visible(v)
}

// visible is v without the bookkeeping.
func visible(v any) map[string]any {
	m := document(v)
	delete(m, "book")
	return m
}

// busy refuses while an operation on the resource has not ended.
func (c *Cloud) busy(path string) error {
	if c.pending(path) != nil {
		return notReady(path)
	}
	return nil
}

// pending is the operation on the resource that has not ended, or nil.
func (c *Cloud) pending(path string) *operation {
	for _, o := range c.s.Operations {
		if !o.Book.Finished && o.Book.Target == path {
			return o
		}
	}
	return nil
}

// inserting tells whether the resource is still being made.
func (c *Cloud) inserting(path string) bool {
	o := c.pending(path)
	return o != nil && o.OperationType == "insert"
}

// finish makes the effect of o happen.
func (c *Cloud) finish(o *operation) {
	o.Book.Finished = true
	b := &o.Book
	switch {
	case b.Failure != nil && o.OperationType == "insert":
		c.dropResource(b.Target)
		c.dropDisks(b.Disks)
	case b.Failure != nil:
	case b.Effect == effectDrop:
		c.dropResource(b.Target)
		c.dropDisks(b.Disks)
	case b.Effect == effectSet:
		if r, found := c.resource(b.Target); found {
			// The changes are of our own making: they fit.
			_ = r.assign(replaceFields(document(r), b.Changes))
		}
	}
}

func (c *Cloud) dropDisks(paths []string) {
	for _, p := range paths {
		c.s.Disks.Drop(p)
	}
}

// replaceFields sets the fields of changes in m; null removes.
func replaceFields(m, changes map[string]any) map[string]any {
	for k, v := range changes {
		if v == nil {
			delete(m, k)
			continue
		}
		m[k] = v
	}
	return m
}

// difference is what turns document a into document b, by field.
func difference(a, b map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range b {
		if !reflect.DeepEqual(a[k], v) {
			out[k] = v
		}
	}
	for k := range a {
		if _, kept := b[k]; !kept {
			out[k] = nil
		}
	}
	return out
}

func (c *Cloud) findOperation(q *request) (*operation, error) {
	path := "projects/" + q.project() + "/" + q.scope() + "/operations/" + q.PathValue("name")
	o, found := c.s.Operations.Find(path)
	if !found {
		return nil, notFound(path)
	}
	return o, nil
}

func (c *Cloud) readOperation(q *request) (reply, error) {
	o, err := c.findOperation(q)
	if err != nil {
		return fail(err)
	}
	return ok(o.view(q.now))
}

// deleteOperation removes a finished operation from the list.
func (c *Cloud) deleteOperation(q *request) (reply, error) {
	o, err := c.findOperation(q)
	if err != nil {
		return fail(err)
	}
	if !o.Book.Finished {
		return fail(notReady(o.Key()))
	}
	c.s.Operations.Drop(o.Key())
	return noContent()
}

func (c *Cloud) listOperations(q *request) (reply, error) {
	return page(q, "compute#operationList", q.project(), c.operationViews(q, q.scope()))
}

func (c *Cloud) aggregateOperations(q *request) (reply, error) {
	return aggregate(q, "compute#operationAggregatedList", "operations", c.operationViews(q, ""))
}

// operationViews returns the project's operations, of one scope if it is not "".
func (c *Cloud) operationViews(q *request, scope string) []map[string]any {
	var out []map[string]any
	for _, o := range c.s.Operations {
		if o.Book.Project == q.project() && (scope == "" || o.Book.Scope == scope) {
			out = append(out, o.view(q.now))
		}
	}
	return out
}

// waitOperation answers when the operation is done. With a clock of its own the
// cloud cannot tell how long to wait, and answers at once as the API may.
func (c *Cloud) waitOperation(w http.ResponseWriter, r *http.Request) {
	if c.o.Clock == nil {
		if left := c.untilDone(&request{Request: r}); left > 0 {
			t := time.NewTimer(min(left, 2*time.Minute))
			defer t.Stop()
			select {
			case <-t.C:
			case <-r.Context().Done():
				return
			}
		}
	}
	c.locked(computeAPI, c.compute("operations.get", c.readOperation))(w, r)
}

func (c *Cloud) untilDone(q *request) time.Duration {
	c.Lock()
	defer c.Unlock()
	o, err := c.findOperation(q)
	if err != nil {
		return 0
	}
	return o.Book.EndsAt.Sub(c.Now())
}

// newestFirst is the order "creationTimestamp desc".
func newestFirst(a, b map[string]any) int {
	at := func(m map[string]any) string {
		s, _ := cmp.Or(m["insertTime"], m["creationTimestamp"]).(string)
		return s
	}
	return cmp.Or(cmp.Compare(at(b), at(a)), cmp.Compare(nameOf(a), nameOf(b)))
}

func nameOf(m map[string]any) string {
	s, _ := m["name"].(string)
	return s
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
