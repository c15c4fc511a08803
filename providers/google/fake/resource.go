package fake

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// head is what every Compute resource has. Clients set name and description.
type head struct {
	Kind              string `json:"kind"`
	ID                int64s `json:"id"`
	CreationTimestamp string `json:"creationTimestamp"`
	Name              string `json:"name"`
	Description       string `json:"description,omitempty"`
	SelfLink          string `json:"selfLink"`
}

func (h *head) shared() *head { return h }
func (h *head) Key() string   { return strings.TrimPrefix(h.SelfLink, computeURL) }
func (h *head) Title() string { return h.Name }

// computeResource is anything that Compute's operations change.
type computeResource interface {
	fakecloud.Object
	shared() *head
	assign(fields map[string]any) error // replaces the whole content
}

// resource finds a Compute resource by its path.
func (c *Cloud) resource(path string) (computeResource, bool) {
	for _, t := range c.s.computeTables() {
		for _, o := range t.Objects() {
			if o.Key() == path {
				r, ok := o.(computeResource)
				return r, ok
			}
		}
	}
	return nil, false
}

func (c *Cloud) dropResource(path string) {
	for _, t := range c.s.computeTables() {
		t.Drop(path)
	}
	// An auto mode network takes its own subnetworks with it.
	c.s.Subnetworks = slices.DeleteFunc(c.s.Subnetworks, func(s *subnetwork) bool {
		return s.Book.Auto && s.Network == link(path)
	})
}

func (s *state) computeTables() []fakecloud.AnyTable {
	return []fakecloud.AnyTable{&s.Networks, &s.Subnetworks, &s.Firewalls, &s.Addrs, &s.Routers, &s.Disks, &s.Instances}
}

// family is a type of Compute resource and what is special about it.
type family[T computeResource] struct {
	c          *Cloud
	collection string // as in paths, such as "networks"
	kind       string // as in "kind", such as "compute#network"
	table      *table[T]
	fresh      func() T
	takes      time.Duration // an insert
	removal    time.Duration // a delete

	// complete checks a resource to be inserted and fills what clients need not
	// send. It may set the failure and the disks of the operation.
	complete func(q *request, x T, o *operation) error
	view     func(q *request, x T) map[string]any
	// guard refuses a deletion, or adds what goes with it to the operation.
	guard func(q *request, x T, o *operation) error
}

var resourceName = providers.NewPattern(`^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$`)

// checkName refuses names that are not those of RFC 1035.
func checkName(field, name string) error {
	if name == "" {
		return required(field)
	}
	if !resourceName.MatchString(name) {
		return invalidField(field, name, "Must be a match of regex '(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'")
	}
	return nil
}

func (f *family[T]) path(q *request, name string) string {
	return "projects/" + q.project() + "/" + q.scope() + "/" + f.collection + "/" + name
}

func (f *family[T]) insert(q *request) (reply, error) {
	x := f.fresh()
	if err := q.decode("resource", x); err != nil {
		return fail(err)
	}
	h := x.shared()
	if err := checkName("resource.name", h.Name); err != nil {
		return fail(err)
	}
	path := f.path(q, h.Name)
	if _, taken := f.table.Find(path); taken {
		return fail(alreadyExists(path))
	}
	*h = head{Kind: f.kind, Name: h.Name, Description: h.Description, SelfLink: link(path), CreationTimestamp: stamp(q.now)}
	o := operation{OperationType: "insert"}
	if err := f.complete(q, x, &o); err != nil {
		return fail(err)
	}
	h.ID = f.c.newID()
	f.table.Add(x)
	return f.c.start(q, o, x, f.takes)
}

// find returns the resource the path of the request names.
func (f *family[T]) find(q *request) (T, error) {
	path := f.path(q, q.PathValue("name"))
	x, found := f.table.Find(path)
	if !found {
		return x, notFound(path)
	}
	return x, nil
}

func (f *family[T]) get(q *request) (reply, error) {
	x, err := f.find(q)
	if err != nil {
		return fail(err)
	}
	return ok(f.view(q, x))
}

// views returns those of the project, of one scope if it is not "".
func (f *family[T]) views(q *request, scope string) []map[string]any {
	var out []map[string]any
	for _, x := range *f.table {
		if strings.HasPrefix(x.Key(), "projects/"+q.project()+"/"+scope) {
			out = append(out, f.view(q, x))
		}
	}
	return out
}

func (f *family[T]) list(q *request) (reply, error) {
	return page(q, f.kind+"List", q.project(), f.views(q, q.scope()+"/"))
}

func (f *family[T]) aggregated(q *request) (reply, error) {
	return aggregate(q, f.kind+"AggregatedList", f.collection, f.views(q, ""))
}

func (f *family[T]) remove(q *request) (reply, error) {
	x, err := f.find(q)
	if err == nil {
		err = f.c.busy(x.Key())
	}
	o := operation{OperationType: "delete"}
	o.Book.Effect = effectDrop
	if err == nil {
		err = f.guard(q, x, &o)
	}
	if err != nil {
		return fail(err)
	}
	return f.c.start(q, o, x, f.removal)
}

// change starts an operation that turns the resource of the path into what
// mutate makes of a copy.
func (f *family[T]) change(q *request, operationType string, mutate func(x T) error) (reply, error) {
	x, err := f.find(q)
	if err == nil {
		err = f.c.busy(x.Key())
	}
	if err != nil {
		return fail(err)
	}
	before := document(x)
	draft := f.fresh()
	if err := draft.assign(before); err != nil {
		return fail(err)
	}
	if err := mutate(draft); err != nil {
		return fail(err)
	}
	o := operation{OperationType: operationType}
	o.Book.Effect, o.Book.Changes = effectSet, difference(before, document(draft))
	return f.c.start(q, o, x, f.c.o.Settle)
}

// patch is change by the fields of the body. allowed are those that can change;
// others may be sent with the value they have.
func (f *family[T]) patch(q *request, allowed []string, check func(old, patched T, sent map[string]any) error) (reply, error) {
	raw, err := q.object()
	if err == nil {
		err = fit("resource", raw, f.fresh())
	}
	if err != nil {
		return fail(err)
	}
	old, err := f.find(q)
	if err != nil {
		return fail(err)
	}
	return f.change(q, "patch", func(x T) error {
		before := document(old)
		after := merge(before, raw)
		for _, k := range sortedKeys(raw) {
			if !slices.Contains(allowed, k) && !outputOnly[k] && !equalText(before[k], after[k]) {
				return invalidField("resource."+k, text(raw[k]), "The field cannot be changed by this method.")
			}
			if outputOnly[k] {
				after[k] = before[k]
			}
		}
		if err := x.assign(after); err != nil {
			return err
		}
		return check(old, x, raw)
	})
}

// outputOnly are fields that clients may send back, to no effect.
var outputOnly = map[string]bool{
	"kind": true, "id": true, "creationTimestamp": true, "selfLink": true, "selfLinkWithId": true, "fingerprint": true,
	"labelFingerprint": true, "status": true, "users": true, "subnetworks": true, "gatewayAddress": true, "region": true,
	"zone": true, "state": true, "peerings": true,
}

// equalText compares two decoded values; references are equal with and without
// the host and version in front.
func equalText(a, b any) bool { return shortLink(text(a)) == shortLink(text(b)) }

func shortLink(s string) string {
	if i := strings.Index(s, "/compute/v1/"); i >= 0 {
		return s[i+len("/compute/v1/"):]
	}
	return s
}

func text(v any) string {
	s, _ := lookup(v, nil)
	if v == nil {
		return ""
	}
	return s
}

// compute wraps a handler of Compute: the permission, without "compute.", the
// project and the place are checked first.
func (c *Cloud) compute(permission string, h handler) handler {
	return func(q *request) (reply, error) {
		if !c.hasProject(q.project()) {
			return fail(notFound("projects/" + q.project()))
		}
		if slices.Contains(c.o.Denied, "compute."+permission) {
			return fail(forbidden("Required 'compute.%s' permission for '%s'", permission, q.target()))
		}
		for _, name := range sortedKeys(q.URL.Query()) {
			if !slices.Contains(computeParameters, name) {
				return fail(badPayload("Invalid JSON payload received. Unknown name \"%s\": Cannot bind query parameter. "+
					"Field '%s' could not be found in request message.", name, name))
			}
		}
		if z := q.PathValue("zone"); z != "" && !zoneExists(z) {
			return fail(invalidField("zone", z, "Unknown zone."))
		}
		if r := q.PathValue("region"); r != "" && !regionExists(r) {
			return fail(invalidField("region", r, "Unknown region."))
		}
		return h(q)
	}
}

// computeParameters are the query parameters any of the methods here has.
var computeParameters = []string{
	"$alt", "$prettyPrint", "$xgafv", "accessConfig", "access_token", "alt", "autoDelete", "callback", "deletionProtection",
	"deviceName", "fields", "filter", "forceAttach", "includeAllScopes", "key", "maxResults", "minimalAction",
	"mostDisruptiveAllowedAction", "networkInterface", "oauth_token", "orderBy", "pageToken", "paths", "port", "prettyPrint",
	"quotaUser", "requestId", "returnPartialSuccess", "serviceProjectNumber", "sourceImage", "sourceInstanceTemplate",
	"sourceMachineImage", "start", "updateMask", "uploadType", "upload_protocol", "userIp", "views", "discardLocalSsd",
	"noGracefulShutdown",
}

// target is what a request is about: the resource, or what is to be made, or the project.
func (q *request) target() string {
	path := strings.TrimPrefix(q.URL.Path, "/compute/v1/")
	if name := q.PathValue("name"); name != "" {
		parts := strings.Split(path, "/")
		return strings.Join(parts[:slices.Index(parts, name)+1], "/")
	}
	if q.Method == http.MethodPost {
		if body, err := q.object(); err == nil && nameOf(body) != "" {
			return path + "/" + nameOf(body)
		}
	}
	return "projects/" + q.project()
}

// reference reads a value that names a resource: a URL, or a path with or
// without the project. It returns the path.
func (q *request) reference(field, value, collection string) (string, error) {
	path := value
	for _, mark := range []string{"/compute/v1/", "/compute/beta/"} {
		if i := strings.Index(value, mark); i >= 0 && strings.HasPrefix(value, "http") {
			path = value[i+len(mark):]
		}
	}
	if !strings.HasPrefix(path, "projects/") {
		path = "projects/" + q.project() + "/" + path
	}
	parts := strings.Split(path, "/")
	global := len(parts) == 5 && parts[2] == "global" && parts[3] == collection
	placed := len(parts) == 6 && (parts[2] == "zones" || parts[2] == "regions") && parts[4] == collection
	if !global && !placed || slices.Contains(parts, "") {
		return "", invalidField(field, value, "The URL is malformed.")
	}
	return path, nil
}

// referTo finds what value names, and refuses what is not there or not ready.
func referTo[T computeResource](c *Cloud, q *request, t table[T], field, value, collection string) (found T, err error) {
	path, err := q.reference(field, value, collection)
	if err != nil {
		return found, err
	}
	found, there := t.Find(path)
	if !there {
		noun := strings.TrimSuffix(collection, "s")
		return found, invalidField(field, value, "The referenced %s resource cannot be found.", noun)
	}
	if o := c.pending(path); o != nil && (o.OperationType == "insert" || o.OperationType == "delete") {
		return found, notReady(path)
	}
	return found, nil
}

// count tells how many of a table the project has, in one place if it is not "".
func count[T fakecloud.Object](t table[T], project, scope string, match func(T) bool) int {
	n := 0
	for _, x := range t {
		if strings.HasPrefix(x.Key(), "projects/"+project+"/"+scope) && match(x) {
			n++
		}
	}
	return n
}

func every[T any](T) bool { return true }
