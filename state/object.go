package state

import (
	"encoding/json"
	"time"
)

// Status says what was last written about an object.
type Status string

// The life of an object. Intended, Updating and Deleting are written before
// the call they announce; finding one means that a run was cut off.
const (
	Intended Status = "intended" // a create may have been sent; no id is known
	Pending  Status = "pending"  // created, the id is known, not ready yet
	Live     Status = "live"
	Updating Status = "updating" // Attrs are those before the update
	Deleting Status = "deleting"
	Tainted  Status = "tainted" // half made: to be replaced
)

// ObjectKey identifies an object in one state for ever, unlike its address,
// which an old and a new object share during a replacement.
type ObjectKey string

// Object is one thing in a cloud, or the intent to make it.
type Object struct {
	Key      ObjectKey `json:"key"`
	Addr     Addr      `json:"addr"`
	Provider string    `json:"provider"` // digitalocean or, with an alias, digitalocean.fra
	Status   Status    `json:"status"`
	// Attrs are the attributes as JSON of the type's schema; of an Intended
	// object the request, with null where the cloud decides. Secrets are null
	// there.
	Attrs json.RawMessage `json:"attrs"`
	// Secrets are the sensitive values that Attrs leaves out, by their place
	// there: /password, /user/0/token. A store seals them.
	Secrets map[string]json.RawMessage `json:"secrets,omitempty"`
	// Locked means that there are secrets, and no key to read them.
	Locked bool `json:"locked,omitempty"`
	// Identity is the account, and the region, that the object is in; "" when
	// its id says as much.
	Identity string `json:"identity,omitempty"`
	// Sensitive are the places whose values came from sensitive ones: names of
	// attributes, and "triggers/password" for a part of one.
	Sensitive []string `json:"sensitive,omitempty"`
	// Deps are the blocks whose values went into the object.
	Deps []Addr `json:"deps,omitempty"`
	// Keep means that the object is forgotten, not destroyed, when nothing wants
	// it any more.
	Keep bool `json:"keep,omitempty"`
	// Deposed means that the object has been replaced and is to be deleted.
	Deposed bool `json:"deposed,omitempty"`
	// Since is when Status was reached.
	Since time.Time `json:"since"`
	// Intent is what settles an Intended object.
	Intent *Intent `json:"intent,omitempty"`
	// Operation is what the cloud is still doing to make a Pending object.
	Operation string `json:"operation,omitempty"`
}

// Elsewhere reports whether o is not in the account and region named by
// identity; "" says nothing about them.
func (o Object) Elsewhere(identity string) bool {
	return o.Identity != "" && identity != "" && o.Identity != identity
}

// Intent says how to recognise the object that a create may have made.
type Intent struct {
	Token string `json:"token,omitempty"`
	// Before are the ids that existed when the intent was written; recorded
	// for types that have no place for a token.
	Before []string `json:"before,omitempty"`
	// Refused means that the create was refused, and that something new may be
	// why: the same request delivered twice, or somebody else's object.
	Refused bool `json:"refused,omitempty"`
}

// Existed returns the ids that existed before the attempt.
func (i *Intent) Existed() map[string]bool {
	ids := map[string]bool{}
	if i == nil {
		return ids
	}
	for _, id := range i.Before {
		ids[id] = true
	}
	return ids
}

// Output is the value of a root output. A store seals those that are sensitive.
type Output struct {
	Type      json.RawMessage `json:"type"`
	Value     json.RawMessage `json:"value"`
	Sensitive bool            `json:"sensitive,omitempty"`
	// Locked means that there is no key to read the value.
	Locked bool `json:"locked,omitempty"`
}

// Snapshot is all of a state at one moment.
type Snapshot struct {
	Lineage string // names the state for ever; "" when there is none yet
	Serial  uint64 // grows by one with each commit
	Head    string // hash of all of the history
	Objects []Object
	Outputs map[string]Output
	// Marks are those that runs have left on objects.
	Marks []Mark
	// Locked says why the secrets could not be read; nil when they could, or
	// when there are none.
	Locked error
}

// Change is one thing that a commit does. Exactly one field is set.
type Change struct {
	Put     *Object
	Drop    ObjectKey
	Outputs map[string]Output // replaces all outputs; empty but not nil removes them
	Mark    *Mark             // a run is about to mark objects
	Unmark  string            // the token whose marks are gone
	Run     *Run              // a run begins: it makes all later changes
}

// Mark is the token that a run puts on the objects it makes.
type Mark struct {
	Token    string
	Provider string // key of the configuration through which it can be removed
}

// Store keeps a state. Its methods may be called from many goroutines.
type Store interface {
	// Snapshot returns the state; the zero Snapshot when there is none.
	Snapshot() (Snapshot, error)
	// Commit makes the changes durable, all or none, and returns after that.
	Commit(changes ...Change) error
	// Enqueue does the same without waiting: the changes are durable when the
	// returned function returns nil, and those of all later calls after them.
	Enqueue(changes ...Change) func() error
	// Expect says how many are at work now whose commits are to come: commits may
	// wait a moment for others then, to be written together.
	Expect(writers int)
	Close() error
}
