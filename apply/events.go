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

	Provisioning    // a provisioner starts
	Output          // of a provisioner, a line
	Provisioned     // a provisioner has ended
	ProvisionFailed // a provisioner has ended with an error
)

// Event is one moment of a step.
type Event struct {
	Kind    EventKind
	Addr    state.Addr
	Op      planner.Op
	ID      string // of the object, when known
	Elapsed time.Duration
	Err     error
	Source  string // type of the provisioner
	Line    string // of an Output
}

// Result counts what an apply did.
type Result struct {
	Imported, Added, Changed, Destroyed int

	NotDone     int     // steps that failed or were not started
	Failed      []Event // those steps, and objects whose postconditions do not hold
	Interrupted bool
	Warnings    []string
	// Outputs are those that state has in the end; nil when they are not recorded.
	Outputs map[string]state.Output
}
