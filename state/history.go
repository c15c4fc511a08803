package state

import (
	"time"
)

// Run is one command that has written to a state.
type Run struct {
	ID      string    `json:"id"`
	Command string    `json:"command"` // such as apply
	Who     string    `json:"who"`     // user@host
	At      time.Time `json:"at"`
	Version string    `json:"version"`           // of mlinfra
	Commit  string    `json:"commit,omitempty"`  // of Git, when the configuration is in a repository; with + when files differ from it
	Plan    string    `json:"plan,omitempty"`    // digest of the plan
	PlanID  string    `json:"plan_id,omitempty"` // of a saved plan, which can be carried out once
	// First and Last are the serials of its commits. Both are set by the store.
	First uint64 `json:"first,omitempty"`
	Last  uint64 `json:"last,omitempty"`
	// Sources is the name under which the store keeps the configuration; "" when
	// there is none.
	Sources string `json:"sources,omitempty"`
	// Config is the configuration that the run was made from, and PlanText its
	// plan: the store keeps the one sealed, and a digest of the other.
	Config   []byte `json:"-"`
	PlanText []byte `json:"-"`
}

// Event is what a commit has done to one object. Steps on the way, such as
// intents, are none.
type Event struct {
	Serial uint64
	At     time.Time
	Run    string  // ID of the run
	Before *Object // nil for what was made
	After  *Object // nil for what has gone
}

// Addr is the address of the object, the new one if it has moved.
func (e Event) Addr() Addr {
	if e.After != nil {
		return e.After.Addr
	}
	return e.Before.Addr
}

// Holder is who works on a state.
type Holder struct {
	Who     string    `json:"who"` // user@host
	PID     int       `json:"pid"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
	// Epoch is that of the lock; it grows with each holder.
	Epoch uint64 `json:"epoch"`
}
