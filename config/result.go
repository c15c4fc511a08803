package config

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/state"
)

// Status says what a condition gave. The names are Terraform's.
type Status string

// What conditions give.
const (
	Passed    Status = "pass"
	Violated  Status = "fail"
	Errored   Status = "error"   // it could not be evaluated
	Undecided Status = "unknown" // what it needs is not known yet, or nobody has evaluated it
)

// Result is what a condition gave.
type Result struct {
	Status  Status
	Message string // of a violated one; "" when it cannot be shown
}

// Results returns what the conditions of a block gave in one of its instances:
// one for each condition, and those of Report; nil when none was evaluated.
func (s *Scope) Results(id ID, in Instance) []Result {
	return s.results[place{id, in.In.Path()}][in.Key]
}

// Report adds to the results of a check block, in a module instance, one that is
// none of its conditions: of its data source.
func (s *Scope) Report(check ID, m *ModuleInstance, r Result) {
	list := s.resultsOf(s.prog.Block(check), Instance{In: m})
	s.results[place{check, m.Path()}][state.Key{}] = append(list, r)
}

// resultsOf returns the results of an instance to write to, Undecided at first.
func (s *Scope) resultsOf(b *Block, in Instance) []Result {
	at := place{b.ID, in.In.Path()}
	if s.results[at] == nil {
		s.results[at] = map[state.Key][]Result{}
	}
	list := s.results[at][in.Key]
	if list == nil {
		list = slices.Repeat([]Result{{Status: Undecided}}, len(b.Conditions))
		s.results[at][in.Key] = list
	}
	return list
}

// message returns what a violated condition says, and whether that is its own
// message, which may be shown.
func (s *Scope) message(c Condition, in Instance, extra map[string]cty.Value) (string, bool) {
	msg, diags := s.Expr(c.Message, in.In, extra)
	switch {
	case diags.HasErrors() || !msg.IsWhollyKnown() || msg.IsNull() || msg.Type() != cty.String:
		return "The error message of this condition could not be evaluated.", false
	case HasMark(msg, Sensitive) || HasMark(msg, Ephemeral):
		return "The error message of this condition holds sensitive or ephemeral values and is not shown.", false
	}
	msg, _ = msg.Unmark()
	return msg.AsString(), true
}
