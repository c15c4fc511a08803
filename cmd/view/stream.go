package view

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/apply"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
)

// Stream writes what happens as one JSON object a line, for programs. It
// belongs to one goroutine.
type Stream struct {
	w   io.Writer
	now func() time.Time
}

// NewStream returns a Stream that writes to w and stamps its lines with now.
func NewStream(w io.Writer, now func() time.Time) *Stream { return &Stream{w, now} }

const streamTime = "2006-01-02T15:04:05.000000Z07:00"

// line writes one message; body holds what is particular to its type.
func (s *Stream) line(level, typ, message string, body map[string]any) {
	m := map[string]any{
		"@level": level, "@message": message, "@module": "mlinfra.ui",
		"@timestamp": s.now().Format(streamTime), "type": typ,
	}
	for k, v := range body {
		m[k] = v
	}
	raw, err := marshal(m)
	if err != nil {
		panic("view: " + err.Error()) // all of it is ours
	}
	_, _ = s.w.Write(append(raw, '\n'))
}

// Version writes the first line of a stream.
func (s *Stream) Version(version string) {
	s.line("info", "version", "mlinfra "+version, map[string]any{"mlinfra": version, "ui": "1.2"})
}

// resource is an address as the stream has it.
type resource struct {
	Addr            string `json:"addr"`
	Module          string `json:"module"`
	Resource        string `json:"resource"`
	ImpliedProvider string `json:"implied_provider"`
	ResourceType    string `json:"resource_type"`
	ResourceName    string `json:"resource_name"`
	ResourceKey     any    `json:"resource_key"`
}

func resourceOf(a state.Addr) resource {
	local := a
	local.Module = ""
	provider, _, _ := strings.Cut(a.Type, "_")
	return resource{
		Addr: a.String(), Module: a.Module, Resource: local.String(), ImpliedProvider: provider,
		ResourceType: a.Type, ResourceName: a.Name, ResourceKey: keyValue(a.Key),
	}
}

func keyValue(k state.Key) any {
	if i, ok := k.Index(); ok {
		return i
	}
	if name, ok := k.Name(); ok {
		return name
	}
	return nil
}

// plannedChange is a change as the stream has it.
type plannedChange struct {
	Resource  resource   `json:"resource"`
	Previous  *resource  `json:"previous_resource,omitempty"`
	Action    string     `json:"action"`
	Reason    string     `json:"reason,omitempty"`
	Importing *importing `json:"importing,omitempty"`
}

// importing names an object that is taken over.
type importing struct {
	ID string `json:"id"`
}

func importingOf(c *planner.Change) *importing {
	if c.ImportID == "" {
		return nil
	}
	return &importing{c.ImportID}
}

func plannedChangeOf(c *planner.Change) plannedChange {
	p := plannedChange{Resource: resourceOf(c.Addr), Action: string(c.Action), Reason: string(c.Reason), Importing: importingOf(c)}
	if moved(c) {
		was := resourceOf(c.MovedFrom)
		p.Previous = &was
	}
	switch {
	case c.Action == planner.Forget:
		p.Action = "remove"
	case c.Action == planner.NoOp && c.ImportID != "":
		p.Action = "import"
	case c.Action == planner.NoOp:
		p.Action = "move"
	}
	if c.Reason == planner.BecauseRequested {
		p.Reason = "requested"
	}
	return p
}

// deferredChange is what waits for a later plan, as the stream has it.
type deferredChange struct {
	Resource resource `json:"resource"`
	Reason   string   `json:"reason"`
}

// Plan writes the drift, the changes, what is deferred, the counts and the outputs of p.
func (s *Stream) Plan(p *planner.Plan) {
	for _, d := range shownDrift(p) {
		c := plannedChange{Resource: resourceOf(d.Addr), Action: string(planner.Update)}
		if d.After == cty.NilVal || d.After.IsNull() {
			c.Action = string(planner.Delete)
		}
		s.line("info", "resource_drift", fmt.Sprintf("%s: Drift detected (%s)", d.Addr, c.Action), map[string]any{"change": c})
	}
	s.Changes(p)
	for _, d := range p.Deferred {
		s.line("info", "deferred_change", fmt.Sprintf("%s: Deferred: %s", d.Addr, d.Reason), map[string]any{
			"change": deferredChange{resourceOf(d.Addr), d.Reason},
		})
	}
	add, change, destroy := p.Count()
	s.summary(planMessage(p), counts{Add: add, Change: change, Import: imports(p), Remove: destroy, Operation: OperationPlan})
	outputs := map[string]output{}
	for _, o := range p.Outputs {
		outputs[o.Name] = output{Sensitive: o.Sensitive, Action: strings.ReplaceAll(string(o.Action), "-", "")}
	}
	s.outputs(outputs)
}

// Changes writes what a plan changes, as for one that was made before.
func (s *Stream) Changes(p *planner.Plan) {
	for _, c := range shownChanges(p) {
		change := plannedChangeOf(c)
		s.line("info", "planned_change", fmt.Sprintf("%s: Plan to %s", c.Addr, change.Action), map[string]any{"change": change})
	}
}

// hook is a moment of a step as the stream has it.
type hook struct {
	Resource resource `json:"resource"`
	Action   string   `json:"action"`
	IDKey    string   `json:"id_key,omitempty"`
	IDValue  string   `json:"id_value,omitempty"`
	Elapsed  *int     `json:"elapsed_seconds,omitempty"`
}

// provision is a moment of a provisioner as the stream has it.
type provision struct {
	Resource    resource `json:"resource"`
	Provisioner string   `json:"provisioner"`
	Output      *string  `json:"output,omitempty"`
}

// provisionEvent writes an event of a provisioner; false when e is none.
func (s *Stream) provisionEvent(e apply.Event) bool {
	p := provision{Resource: resourceOf(e.Addr), Provisioner: e.Source}
	var typ, message string
	switch e.Kind {
	case apply.Provisioning:
		typ, message = "provision_start", fmt.Sprintf("%s: Provisioning with '%s'...", e.Addr, e.Source)
	case apply.Output:
		typ, message = "provision_progress", fmt.Sprintf("%s: (%s): %s", e.Addr, e.Source, e.Line)
		p.Output = &e.Line
	case apply.Provisioned:
		typ, message = "provision_complete", fmt.Sprintf("%s: (%s) Provisioning complete", e.Addr, e.Source)
	case apply.ProvisionFailed:
		typ, message = "provision_errored", fmt.Sprintf("%s: (%s) Provisioning errored", e.Addr, e.Source)
	default:
		return false
	}
	s.line("info", typ, message, map[string]any{"hook": p})
	return true
}

// ApplyEvent writes an event of an apply.
func (s *Stream) ApplyEvent(e apply.Event) {
	if s.provisionEvent(e) {
		return
	}
	message := eventMessage(e, false)
	types := map[apply.EventKind]string{
		apply.Started: "apply_start", apply.Progressed: "apply_progress",
		apply.Completed: "apply_complete", apply.Failed: "apply_errored",
	}
	typ := types[e.Kind]
	if typ == "" || message == "" {
		return
	}
	h := hook{Resource: resourceOf(e.Addr), Action: string(e.Op)}
	if e.Kind != apply.Started {
		seconds := int(e.Elapsed.Round(time.Second).Seconds())
		h.Elapsed = &seconds
	}
	named := e.Kind == apply.Started && e.Op != planner.OpCreate || e.Kind == apply.Completed && e.Op != planner.OpDelete
	if named && e.ID != "" {
		h.IDKey, h.IDValue = "id", e.ID
	}
	s.line("info", typ, message, map[string]any{"hook": h})
}

// Diagnostics writes a line for each diagnostic.
func (s *Stream) Diagnostics(diags hcl.Diagnostics, sources map[string]*hcl.File) {
	for _, d := range problems(diags, sources, scrubOf(s.w)) {
		level, word := "error", "Error: "
		if d.Severity == "warning" {
			level, word = "warn", "Warning: "
		}
		s.line(level, "diagnostic", word+d.Summary, map[string]any{"diagnostic": d})
	}
}

// Summary writes how many objects an apply has changed.
func (s *Stream) Summary(r apply.Result, op Operation) {
	n := countsOf(r, op)
	s.summary(summaryMessage(n), n)
}

// counts is how many objects an operation changes, as the stream has it.
type counts struct {
	Add       int       `json:"add"`
	Change    int       `json:"change"`
	Import    int       `json:"import"`
	Remove    int       `json:"remove"`
	Operation Operation `json:"operation"`
}

func (s *Stream) summary(message string, n counts) {
	s.line("info", "change_summary", message, map[string]any{"changes": n})
}

// output is an output as the stream has it: what happens to it, or its value.
type output struct {
	Sensitive bool            `json:"sensitive"`
	Type      json.RawMessage `json:"type,omitempty"`
	Value     any             `json:"value,omitempty"`
	Action    string          `json:"action,omitempty"`
}

// Outputs writes the values of outputs after an apply.
func (s *Stream) Outputs(outputs map[string]OutputValue) {
	list := map[string]output{}
	for name, o := range outputs {
		item := output{Sensitive: o.Sensitive, Type: typeJSON(o.Value)}
		if !o.Sensitive {
			item.Value = jsonValue(o.Value)
		}
		list[name] = item
	}
	s.outputs(list)
}

func (s *Stream) outputs(list map[string]output) {
	if len(list) > 0 {
		s.line("info", "outputs", fmt.Sprintf("Outputs: %d", len(list)), map[string]any{"outputs": list})
	}
}
