package view

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/apply"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
)

// Progress writes a line for each event of an apply. It belongs to one
// goroutine.
type Progress struct {
	w  io.Writer
	st Style
}

// NewProgress returns a Progress that writes to w.
func NewProgress(w io.Writer, st Style) *Progress { return &Progress{w, st} }

// Event writes the line of e, if it has one. Failures have none: they are
// diagnostics, written when the apply has ended.
func (p *Progress) Event(e apply.Event) {
	if e.Kind == apply.Failed || e.Kind == apply.Skipped {
		return
	}
	if s := eventMessage(e, true); s != "" {
		fmt.Fprintln(p.w, p.st.Bold(s))
	}
}

// verbs are the words for an operation.
type verbs struct{ start, still, noun string }

func verbsOf(op planner.Op) (verbs, bool) {
	switch op {
	case planner.OpCreate:
		return verbs{"Creating", "creating", "Creation"}, true
	case planner.OpRead:
		return verbs{"Reading", "reading", "Read"}, true
	case planner.OpUpdate:
		return verbs{"Modifying", "modifying", "Modifications"}, true
	case planner.OpDelete:
		return verbs{"Destroying", "destroying", "Destruction"}, true
	case planner.OpAwait:
		return verbs{"Waiting", "waiting", "Creation"}, true
	}
	return verbs{}, false
}

// eventMessage returns what an event says; "" when nothing. withID names the
// object in progress, too.
func eventMessage(e apply.Event, withID bool) string {
	v, ok := verbsOf(e.Op)
	if !ok {
		return ""
	}
	addr, id := cleanLine(e.Addr.String()), ""
	if e.ID != "" {
		id = "id=" + cleanLine(e.ID)
	}
	suffix := ""
	if id != "" {
		suffix = " [" + id + "]"
	}
	switch e.Kind {
	case apply.Provisioning:
		return fmt.Sprintf("%s: Provisioning with '%s'...", addr, e.Source)
	case apply.Output:
		return fmt.Sprintf("%s (%s): %s", addr, e.Source, cleanLine(e.Line))
	case apply.Started:
		if e.Op == planner.OpCreate {
			suffix = ""
		}
		return fmt.Sprintf("%s: %s...%s", addr, v.start, suffix)
	case apply.Progressed:
		if id != "" && withID {
			id += ", "
		} else {
			id = ""
		}
		return fmt.Sprintf("%s: Still %s... [%s%s elapsed]", addr, v.still, id, minutes(e.Elapsed))
	case apply.Completed:
		if e.Op == planner.OpDelete {
			suffix = ""
		}
		return fmt.Sprintf("%s: %s complete after %s%s", addr, v.noun, e.Elapsed.Round(time.Second), suffix)
	case apply.Failed:
		return fmt.Sprintf("%s: %s errored after %s", addr, v.noun, e.Elapsed.Round(time.Second))
	}
	return ""
}

// minutes returns d as 00m10s.
func minutes(d time.Duration) string {
	s := int(d.Round(time.Second).Seconds())
	return fmt.Sprintf("%02dm%02ds", s/60, s%60)
}

// Operation is what a run was asked to do.
type Operation string

// The operations.
const (
	OperationPlan    Operation = "plan"
	OperationApply   Operation = "apply"
	OperationDestroy Operation = "destroy"
)

// ApplySummary writes how an apply has ended.
func ApplySummary(w io.Writer, st Style, r apply.Result, op Operation) {
	fmt.Fprintf(w, "\n%s\n", st.Bold(st.Green(summaryMessage(countsOf(r, op)))))
}

func countsOf(r apply.Result, op Operation) counts {
	return counts{Add: r.Added, Change: r.Changed, Import: r.Imported, Remove: r.Destroyed, Operation: op}
}

// summaryMessage says what an operation has done.
func summaryMessage(n counts) string {
	if n.Operation == OperationDestroy {
		return fmt.Sprintf("Destroy complete! Resources: %d destroyed.", n.Remove)
	}
	imported := ""
	if n.Import > 0 {
		imported = fmt.Sprintf("%d imported, ", n.Import)
	}
	return fmt.Sprintf("Apply complete! Resources: %s%d added, %d changed, %d destroyed.", imported, n.Add, n.Change, n.Remove)
}

// OutputValue is a root output as it is shown.
type OutputValue struct {
	Value     cty.Value // without marks
	Sensitive bool
}

// OutputsOf returns the outputs of a state.
func OutputsOf(outputs map[string]state.Output) map[string]OutputValue {
	vals := make(map[string]OutputValue, len(outputs))
	for name, o := range outputs {
		vals[name] = OutputValue{Value: planner.DecodeOutput(o), Sensitive: o.Sensitive}
	}
	return vals
}

// Outputs writes the block of outputs that stands behind an apply; nothing
// when there are none.
func Outputs(w io.Writer, st Style, outputs map[string]OutputValue) {
	if len(outputs) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n\n%s", st.Bold(st.Green("Outputs:")), OutputLines(outputs))
}

// OutputLines returns a line for each output, as the output command writes
// them.
func OutputLines(outputs map[string]OutputValue) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		o := outputs[name]
		value := "<sensitive>"
		if !o.Sensitive {
			value = Value(o.Value)
		}
		fmt.Fprintf(&b, "%s = %s\n", keyText(name), value)
	}
	return b.String()
}
