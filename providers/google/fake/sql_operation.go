package fake

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// sqlOperation is what Cloud SQL answers to every change.
type sqlOperation struct {
	Kind          string    `json:"kind"`
	Name          string    `json:"name"`
	OperationType string    `json:"operationType"`
	Status        string    `json:"status"`
	User          string    `json:"user"`
	InsertTime    string    `json:"insertTime"`
	StartTime     string    `json:"startTime,omitempty"`
	EndTime       string    `json:"endTime,omitempty"`
	TargetID      string    `json:"targetId"`
	TargetProject string    `json:"targetProject"`
	TargetLink    string    `json:"targetLink"`
	SelfLink      string    `json:"selfLink"`
	Book          sqlOpBook `json:"book" wire:"-"`
}

// sqlOpBook is what the fake remembers of an operation.
type sqlOpBook struct {
	StartsAt time.Time      `json:"starts_at"`
	EndsAt   time.Time      `json:"ends_at"`
	Finished bool           `json:"finished"`
	Changes  map[string]any `json:"changes,omitempty"` // of the instance, at the end
}

const sqlURL = "https://sqladmin.googleapis.com/sql/v1beta4/"

func (o *sqlOperation) Key() string   { return "projects/" + o.TargetProject + "/operations/" + o.Name }
func (o *sqlOperation) Title() string { return o.OperationType }

// startSQL records an operation on i that takes d, and answers it. Its changes,
// which may be nil, happen at its end.
func (c *Cloud) startSQL(q *request, i *sqlInstance, operationType string, changes map[string]any, d time.Duration) (reply, error) {
	o := &sqlOperation{
		Kind: "sql#operation", Name: c.s.IDs.UUID(), OperationType: operationType, User: caller,
		InsertTime: zulu(q.now), TargetID: i.Name, TargetProject: i.Project, TargetLink: i.SelfLink,
		Book: sqlOpBook{StartsAt: q.now.Add(d / 10), EndsAt: q.now.Add(d), Changes: changes},
	}
	o.SelfLink = sqlURL + o.Key()
	c.s.SQLOps.Add(o)
	return ok(o.view(q.now))
}

func (o *sqlOperation) view(now time.Time) map[string]any {
	v := *o
	switch {
	case !now.Before(o.Book.EndsAt):
		v.Status, v.StartTime, v.EndTime = "DONE", zulu(o.Book.StartsAt), zulu(o.Book.EndsAt)
	case now.Before(o.Book.StartsAt):
		v.Status = "PENDING"
	default:
		v.Status, v.StartTime = "RUNNING", zulu(o.Book.StartsAt)
	}
	return visible(v)
}

// settleSQL makes happen what is due.
func (c *Cloud) settleSQL(now time.Time) {
	for _, o := range c.s.SQLOps {
		if o.Book.Finished || now.Before(o.Book.EndsAt) {
			continue
		}
		o.Book.Finished = true
		i, found := c.s.SQL.Find("projects/" + o.TargetProject + "/instances/" + o.TargetID)
		if !found {
			continue
		}
		if o.OperationType == "DELETE" {
			c.s.SQL.Drop(i.Key())
			if c.s.SQLNames == nil {
				c.s.SQLNames = map[string]time.Time{}
			}
			c.s.SQLNames[i.Key()] = o.Book.EndsAt.Add(7 * 24 * time.Hour)
			continue
		}
		// The changes are of our own making: they fit.
		_ = fill(i, replaceFields(document(i), o.Book.Changes))
	}
}

// sqlBusy refuses while an operation on the instance has not ended.
func (c *Cloud) sqlBusy(i *sqlInstance) error {
	if c.sqlPending(i) == nil {
		return nil
	}
	return refusal(http.StatusConflict, "operationInProgress", "Operation failed because another operation was already in progress. "+
		"Try your request after the current operation is complete.")
}

func (c *Cloud) sqlPending(i *sqlInstance) *sqlOperation {
	for _, o := range c.s.SQLOps {
		if !o.Book.Finished && o.TargetProject == i.Project && o.TargetID == i.Name {
			return o
		}
	}
	return nil
}

func (c *Cloud) readSQLOperation(q *request) (reply, error) {
	o, found := c.s.SQLOps.Find("projects/" + q.project() + "/operations/" + q.PathValue("name"))
	if !found {
		return fail(refusal(http.StatusNotFound, "operationDoesNotExist", "The Cloud SQL instance operation does not exist."))
	}
	return ok(o.view(q.now))
}

// listSQLOperations lists the newest first, of one instance if the query names it.
func (c *Cloud) listSQLOperations(q *request) (reply, error) {
	instance := q.URL.Query().Get("instance")
	var found []*sqlOperation
	for _, o := range slices.Backward(c.s.SQLOps) {
		if o.TargetProject == q.project() && (instance == "" || instance == o.TargetID) {
			found = append(found, o)
		}
	}
	limit, err := queryInt(q, "maxResults", 100, 1, 1<<31-1)
	if err != nil {
		return fail(err)
	}
	after := q.URL.Query().Get("pageToken")
	if after != "" {
		i := slices.IndexFunc(found, func(o *sqlOperation) bool { return o.Name == after })
		if i < 0 {
			return fail(invalid("Invalid page token: %s", after))
		}
		found = found[i+1:]
	}
	body := map[string]any{"kind": "sql#operationsList"}
	if len(found) > limit {
		found = found[:limit]
		body["nextPageToken"] = found[limit-1].Name
	}
	var items []map[string]any
	for _, o := range found {
		items = append(items, o.view(q.now))
	}
	if items != nil {
		body["items"] = items
	}
	return ok(body)
}

// sqlInvalid is Cloud SQL's refusal of a value.
func sqlInvalid(format string, args ...any) error {
	return invalid("Invalid request: "+format+".", args...)
}

// sql wraps a handler of Cloud SQL: the permission, without "cloudsql.", and the
// project are checked first.
func (c *Cloud) sql(permission string, h handler) handler {
	return func(q *request) (reply, error) {
		denied := slices.Contains(c.o.Denied, "cloudsql."+permission)
		if denied || !c.hasProject(q.project()) && !strings.HasSuffix(q.URL.Path, "/v1/flags") {
			return fail(refusal(http.StatusForbidden, "notAuthorized", "The client is not authorized to make this request."))
		}
		return h(q)
	}
}

// changeSQL starts an operation that turns the instance of the path into what
// mutate makes of a copy.
func (c *Cloud) changeSQL(q *request, operationType string, d time.Duration, mutate func(i *sqlInstance) error) (reply, error) {
	i, err := c.findSQL(q)
	if err == nil {
		err = c.sqlBusy(i)
	}
	if err != nil {
		return fail(err)
	}
	before := document(i)
	draft := new(sqlInstance)
	if err := fill(draft, before); err != nil {
		return fail(err)
	}
	if err := mutate(draft); err != nil {
		return fail(err)
	}
	return c.startSQL(q, i, operationType, difference(before, document(draft)), d)
}
