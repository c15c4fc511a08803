package apply

import (
	"time"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
)

// EventKind is what an Event reports.
type EventKind int

// The kinds of events.
const (
	Started EventKind = iota
	Progressed
	Completed
	Failed
	Skipped // because of what it needs, or because the run is to stop
	Output  // of a provisioner
)

// Event is one moment of a step.
type Event struct {
	Kind    EventKind
	Addr    state.Addr
	Op      planner.Op
	ID      string // of the object, when known
	Elapsed time.Duration
	Err     error
	Source  string // type of the provisioner of an Output
	Line    string // of an Output; "" when the provisioner starts
}

// Result counts what an apply did.
type Result struct {
	Added, Changed, Destroyed int
	NotDone                   int     // steps that failed or were not started
	Failed                    []Event // those steps, and objects whose postconditions do not hold
	Interrupted               bool
	Warnings                  []string
}
