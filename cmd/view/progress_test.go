package view

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/apply"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
)

func events() []apply.Event {
	var list []apply.Event
	for _, op := range []planner.Op{planner.OpCreate, planner.OpRead, planner.OpUpdate, planner.OpDelete, planner.OpAwait} {
		id := "srv-1\x1b"
		if op == planner.OpCreate {
			id = ""
		}
		list = append(list,
			apply.Event{Kind: apply.Started, Addr: addr("web"), Op: op, ID: id},
			apply.Event{Kind: apply.Progressed, Addr: addr("web"), Op: op, ID: id, Elapsed: 10 * time.Second},
			apply.Event{Kind: apply.Completed, Addr: addr("web"), Op: op, ID: "srv-1", Elapsed: 71*time.Second + 400*time.Millisecond},
			apply.Event{Kind: apply.Failed, Addr: addr("web"), Op: op, ID: id, Elapsed: 3 * time.Second, Err: errors.New("no")},
			apply.Event{Kind: apply.Skipped, Addr: addr("web"), Op: op},
		)
	}
	for _, e := range []apply.Event{{Kind: apply.Provisioning}, {Kind: apply.Output, Line: "one\x1b[31m"}, {Kind: apply.Output}, {Kind: apply.Provisioned}, {Kind: apply.ProvisionFailed}} {
		e.Addr, e.Op, e.Source = addr("web"), planner.OpCreate, "local-exec"
		list = append(list, e)
	}
	inner := state.Addr{Module: "module.m[0]", Type: "toy_server", Name: "web", Key: state.NameKey("a")}
	return append(list, apply.Event{Kind: apply.Started, Addr: inner, Op: planner.OpCreate})
}

func shownOutputs() map[string]OutputValue {
	return map[string]OutputValue{
		"text":   {Value: str("x")},
		"lines":  {Value: str("a\nEOT\nb")},
		"secret": {Value: str(canary), Sensitive: true},
		"list":   {Value: cty.ListVal(strs("a", "b"))},
		"empty":  {Value: cty.SetValEmpty(cty.String)},
		"tree": {Value: cty.ObjectVal(map[string]cty.Value{
			"map": cty.MapVal(map[string]cty.Value{"k": cty.NumberFloatVal(1.5)}), "null": cty.NullVal(cty.String),
			"text": str("a\nb"), "tuple": cty.TupleVal([]cty.Value{cty.True, cty.EmptyObjectVal}),
		})},
	}
}

func TestApplyReadsLikeTerraforms(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(&b, plain80)
	for _, e := range events() {
		p.Event(e)
	}
	ApplySummary(&b, plain80, apply.Result{Added: 1, Destroyed: 2}, OperationApply)
	ApplySummary(&b, plain80, apply.Result{Destroyed: 2}, OperationDestroy)
	Outputs(&b, plain80, shownOutputs())
	Outputs(&b, plain80, nil)
	golden(t, "apply.txt", b.String())
}

func TestApplyStream(t *testing.T) {
	var b bytes.Buffer
	s := testStream(&b)
	s.Version("0.1.0")
	for _, e := range events() {
		s.ApplyEvent(e)
	}
	s.Summary(apply.Result{Added: 1, Changed: 2, Destroyed: 3}, OperationApply)
	s.Summary(apply.Result{Destroyed: 3}, OperationDestroy)
	s.Outputs(shownOutputs())
	golden(t, "apply.jsonl", b.String())
	if bytes.Contains(b.Bytes(), []byte(canary)) {
		t.Errorf("the stream shows %s:\n%s", canary, b.String())
	}
}
