package fake

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// The states of an action.
const (
	running = "running"
	success = "success"
	failed  = "error"
)

// subject is an object that an action is about: it takes part in one at a time.
type subject struct {
	ID   int64  `json:"id"`
	Type string `json:"type"` // server, network, …
}

// action is a change that takes its time. What it brings happens when it ends.
type action struct {
	ID        int64           `json:"id"`
	Command   string          `json:"command"`
	Status    string          `json:"status"`
	StartedAt time.Time       `json:"started"`
	EndsAt    time.Time       `json:"ends_at"`
	Subjects  []subject       `json:"resources"`
	Brings    json.RawMessage `json:"brings,omitempty"` // for its effect
	Failure   *actionFailure  `json:"failure,omitempty"`
}

// actionFailure is why an action does not succeed.
type actionFailure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (a *action) key() int64    { return a.ID }
func (a *action) title() string { return a.Command }

// effect makes happen what an action brings. Its first subject may be gone by then.
type effect func(*action)

// allEffects are the effects of actions by their command, or by the kind of their
// first subject and that where several kinds have it; those that are not there have
// none.
func (c *Cloud) allEffects() map[string]effect {
	all := map[string]effect{}
	for _, family := range []map[string]effect{
		c.firewallEffects(),
		c.floatingIPEffects(),
		c.loadBalancerEffects(),
		c.networkEffects(),
		c.primaryIPEffects(),
		c.serverEffects(),
		c.snapshotEffects(),
		c.volumeEffects(),
	} {
		maps.Copy(all, family)
	}
	return all
}

// start records an action that takes d and returns it. brings is what its effect
// reads with brought; nil for nothing.
func (c *Cloud) start(q *request, command string, d time.Duration, brings any, subjects ...subject) *action {
	a := &action{ID: c.newID(), Command: command, Status: running, StartedAt: q.now, EndsAt: q.now.Add(d), Subjects: subjects}
	if brings != nil {
		a.Brings, _ = json.Marshal(brings) // what is of our own making can be written
	}
	c.s.Actions.add(a)
	return a
}

// brought reads what start was given.
func brought[T any](a *action) (x T) {
	_ = json.Unmarshal(a.Brings, &x) // start has written it
	return x
}

// finish ends a and makes happen what it brings.
func (c *Cloud) finish(a *action) {
	a.Status = success
	if a.Failure != nil {
		a.Status = failed
		return
	}
	f := c.effects[a.Command]
	if f == nil {
		f = c.effects[a.Subjects[0].Type+" "+a.Command]
	}
	if f != nil {
		f(a)
	}
}

// of returns the number of the subject of a type; 0 when there is none.
func (a *action) of(kind string) int64 {
	for _, s := range a.Subjects {
		if s.Type == kind {
			return s.ID
		}
	}
	return 0
}

// idle refuses while one of the subjects takes part in an action.
func (c *Cloud) idle(subjects ...subject) error {
	for _, a := range c.s.Actions {
		if a.Status != running {
			continue
		}
		for _, s := range subjects {
			if slices.Contains(a.Subjects, s) {
				return refusal("locked", "%s %d is locked: action %s is running", strings.ReplaceAll(s.Type, "_", " "), s.ID, a.Command)
			}
		}
	}
	return nil
}

// busy reports whether an object takes part in an action.
func (c *Cloud) busy(s subject) bool { return c.idle(s) != nil }

func (a *action) view() view {
	v := view{
		"id": a.ID, "command": a.Command, "status": a.Status, "progress": 0, "started": stamp(a.StartedAt), "finished": nil,
		"resources": orEmpty(a.Subjects), "error": nil,
	}
	if a.Status != running {
		v["progress"], v["finished"] = 100, stamp(a.EndsAt)
	}
	if a.Status == failed {
		v["error"] = a.Failure
	}
	return v
}

// one is the usual answer to a change that goes on.
func (a *action) reply() (reply, error) { return created(view{"action": a.view()}) }

func (c *Cloud) actionRoutes() map[string]handler {
	return map[string]handler{
		"GET /v1/actions":      c.listActions,
		"GET /v1/actions/{id}": c.readAction,
	}
}

// listActions answers for the ids that are asked for, all of them on one page.
func (c *Cloud) listActions(q *request) (reply, error) {
	ids := q.URL.Query()["id"]
	if len(ids) == 0 {
		return fail(refusal("deprecated_api_endpoint", "listing all actions is not supported any more: the parameter id is required"))
	}
	views := []view{}
	for _, a := range c.s.Actions {
		if slices.Contains(ids, itoa(a.ID)) {
			views = append(views, a.view())
		}
	}
	return ok(view{"actions": views, "meta": view{"pagination": pagination(1, max(25, len(views)), 1, len(views))}})
}

func (c *Cloud) readAction(q *request) (reply, error) {
	a, err := inPath(q, c.s.Actions, "action")
	if err != nil {
		return fail(err)
	}
	return ok(view{"action": a.view()})
}

// listActionsOf answers the actions of an object in the path.
func (c *Cloud) listActionsOf(kind string) handler {
	return func(q *request) (reply, error) {
		id, err := q.id()
		if err != nil {
			return fail(err)
		}
		own := slices.DeleteFunc(slices.Clone(c.s.Actions), func(a *action) bool { return !slices.Contains(a.Subjects, subject{id, kind}) })
		return list(q, "actions", own, (*action).view, "status")
	}
}
