package planner

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// Action is what a plan does with an object. The names are those of
// Terraform's machine-readable output.
type Action string

// The actions.
const (
	NoOp    Action = "no-op"
	Create  Action = "create"
	Read    Action = "read" // of a data source, during apply
	Update  Action = "update"
	Replace Action = "replace"
	Delete  Action = "delete"
	// Forget leaves an object to itself: it goes from state only.
	Forget Action = "forget"
	// Await waits for an object that an earlier run has created and not seen
	// ready.
	Await Action = "await"
)

// Reason says why an action was chosen when the values do not show it.
type Reason string

// The reasons. The names are Terraform's.
const (
	BecauseTainted      Reason = "tainted"
	BecauseCannotUpdate Reason = "cannot_update"
	BecauseTriggered    Reason = "replace_triggered_by"
	BecauseProvider     Reason = "provider_changed"
	BecauseNoBlock      Reason = "delete_because_no_resource_config"
	BecauseCountIndex   Reason = "delete_because_count_index"
	BecauseEachKey      Reason = "delete_because_each_key"
	BecauseWrongKey     Reason = "delete_because_wrong_repetition"
	BecauseDeposed      Reason = "deposed"
	BecauseUnfinished   Reason = "unfinished"
	BecauseRequested    Reason = "replace_by_request"
	BecauseMoved        Reason = "delete_because_no_move_target"
	BecauseModule       Reason = "delete_because_no_module"
	BecauseDisabled     Reason = "delete_because_enabled_false" // OpenTofu's name
)

// Change is what a plan does with one object. Values bear no marks; what is
// sensitive in them is named in Sensitive.
type Change struct {
	Addr state.Addr
	// MovedFrom is the address that the object has in state; the zero Addr when
	// it is the same.
	MovedFrom state.Addr
	// ImportID is the id by which an object is taken over that is not in state
	// yet; "" for all others.
	ImportID string
	// Keep means that the object is forgotten, not destroyed, when nothing wants
	// it any more.
	Keep     bool
	Provider string // key of the provider configuration
	// HadProvider is that of the object that a replacement deletes, when it is
	// another one.
	HadProvider string
	Key         state.ObjectKey // of the object there is; "" for none
	Action      Action
	Reason      Reason
	// CreateFirst makes a replacement before the old object goes.
	CreateFirst bool
	// TakesOver means that the new object of a replacement that creates first is
	// known to be the one that is there: nothing is deleted. See TakesOver.
	TakesOver bool

	Before, After cty.Value // null where there is none; After may hold unknowns
	Sensitive     []string  // places of sensitive values, see Unmark
	HadSensitive  []string  // those in Before when it was made
	ReplacePaths  []cty.Path

	// Vacated is the object whose id the new one gets: it goes first. "" for none.
	Vacated state.ObjectKey

	Needs []state.Addr // blocks that must be ready before the new object
	Deps  []state.Addr // blocks of resources that the new object will remember
	Had   []state.Addr // blocks of resources that the old object needed
}

// Remember records in o what an object keeps of its configuration.
func (c *Change) Remember(o *state.Object) {
	o.Addr, o.Provider, o.Deps, o.Sensitive, o.Keep = c.Addr, c.Provider, c.Deps, c.Sensitive, c.Keep
}

// Secret are the places of sensitive values in Before and After.
func (c *Change) Secret() []string {
	if slices.Equal(c.Sensitive, c.HadSensitive) {
		return c.Sensitive
	}
	all := slices.Concat(c.Sensitive, c.HadSensitive)
	slices.Sort(all)
	return slices.Compact(all)
}

// Op is what a step does.
type Op string

// The operations of steps.
const (
	OpCreate Op = "create"
	OpRead   Op = "read"
	OpUpdate Op = "update"
	OpDelete Op = "delete"
	OpAwait  Op = "await"
	// OpJoin does nothing. It stands for all of a block's steps, so that n
	// steps waiting for m others need n+m edges.
	OpJoin Op = "join"
)

// Step is one call, or one wait, of a plan.
type Step struct {
	Op     Op    `json:"op"`
	Change int   `json:"change"` // index into Plan.Changes; -1 for a join
	After  []int `json:"after,omitempty"`
}

// OutputChange is what happens to a root output.
type OutputChange struct {
	Name          string
	Action        Action
	Before, After cty.Value
	Sensitive     bool
	HadSensitive  bool // before
	// Kept means that the output was not evaluated: it keeps its value.
	Kept bool
}

// Secret reports whether the output is or was sensitive: neither value is shown.
func (o *OutputChange) Secret() bool { return o.Sensitive || o.HadSensitive }

// Deferred is a block, or an object, that waits for a later plan.
type Deferred struct {
	Addr   state.Addr
	Reason string
}

// Drift is a difference between what state remembers and what is there.
type Drift struct {
	Addr          state.Addr
	Before, After cty.Value // After is null when the object is gone
	Sensitive     []string
}

// Plan is what an apply does.
type Plan struct {
	Lineage string // of the state it was made from; "" when there was none
	Serial  uint64
	Destroy bool
	// RefreshOnly means that nothing but Refresh is carried out.
	RefreshOnly bool
	// Partial means that targets or exclusions leave something out.
	Partial bool

	Changes []Change // sorted by address
	Steps   []Step
	Outputs []OutputChange // sorted by name
	Drift   []Drift
	// Refresh brings state up to what was observed, before the first step.
	Refresh []state.Change
	// Deferred is what cannot be planned before this plan has been applied.
	Deferred []Deferred
	Checks   []Checked // one for each block with conditions
	// Generated are the blocks that were written for this plan, by the addresses
	// of their objects.
	Generated map[state.Addr]string
}

// Count returns how many objects the plan adds, changes and destroys. A
// replacement adds one and destroys one, unless that is the same.
func (p *Plan) Count() (add, change, destroy int) {
	for _, c := range p.Changes {
		switch c.Action {
		case Create:
			add++
		case Update:
			change++
		case Delete:
			destroy++
		case Replace:
			add++
			if !c.TakesOver {
				destroy++
			}
		}
	}
	return add, change, destroy
}

// Empty reports whether an apply would change nothing: neither objects nor
// outputs.
func (p *Plan) Empty() bool {
	if len(p.Steps) > 0 || slices.ContainsFunc(p.Changes, func(c Change) bool { return c.recorded() }) {
		return false
	}
	return !slices.ContainsFunc(p.Outputs, func(o OutputChange) bool { return o.Action != NoOp })
}

// recorded reports whether the change alters what state says of an object,
// without a step.
func (c *Change) recorded() bool {
	return c.Action == Forget || c.ImportID != "" || c.MovedFrom != state.Addr{}
}

// Sum returns a hash of what the plan does.
func (p *Plan) Sum(catalog config.Catalog) []byte {
	h := sha256.New()
	for _, c := range p.Changes {
		fmt.Fprintf(h, "%s %s %s %s\n", c.Addr, c.Action, c.Reason, c.Provider)
		if t := catalog.TypeOf(c.Addr); t != nil && c.Action != NoOp {
			h.Write(JSON(t, c.After))
		}
	}
	for _, o := range p.Outputs {
		fmt.Fprintf(h, "%s %s\n", o.Name, o.Action)
	}
	return h.Sum(nil)
}

// JSON returns the JSON of a value of type t, without marks; what is unknown is
// null. Attributes of any type stand there with the type that they have.
func JSON(t *providers.Type, v cty.Value) json.RawMessage {
	raw, err := encodeJSON(v, t.ImpliedType())
	if err != nil {
		panic("planner: " + err.Error()) // every value of a schema has JSON
	}
	return raw
}
