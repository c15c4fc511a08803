package view

import (
	"bytes"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
)

// stored returns the record of a server in state.
func stored(key string, status state.Status, v cty.Value) *state.Object {
	o := &state.Object{Key: state.ObjectKey(key), Addr: addr("web"), Provider: "toy", Status: status, Sensitive: []string{"size"}}
	planner.EncodeObject(o, toyCatalog().Of("toy").Resources.Of("toy_server"), v)
	return o
}

func TestTurns(t *testing.T) {
	before := web.with(attrs{"size": str("s1" + canary), "password": str(canary), "image": str("old")}).server()
	after := web.with(attrs{"size": str("s2" + canary), "password": str(canary + "2"), "image": str("new")}).server()
	was, now, next := stored("1", state.Live, before), stored("1", state.Live, after), stored("2", state.Live, after)
	locked := *now
	locked.Secrets, locked.Locked = nil, true
	moved := *was
	moved.Addr = addr("other")
	for name, c := range map[string]struct {
		turn Turn
		want []string
	}{
		"made":      {Turn{After: was}, []string{"# toy_server.web was created", `+ resource "toy_server" "web" {`, `= "old"`, "(sensitive value)"}},
		"changed":   {Turn{Before: was, After: now}, []string{"# toy_server.web was changed", `"old" -> "new"`, "~ password", "(sensitive value)"}},
		"replaced":  {Turn{Before: was, After: next, Destroyed: true}, []string{"# toy_server.web was replaced", "-/+ resource", `"old" -> "new"`}},
		"destroyed": {Turn{Before: was, Destroyed: true}, []string{"# toy_server.web was destroyed", `- resource "toy_server" "web" {`}},
		"forgotten": {Turn{Before: was}, []string{"# toy_server.web left the state", `. resource "toy_server" "web" {`}},
		"tainted":   {Turn{Before: was, After: stored("1", state.Tainted, before)}, []string{"# toy_server.web was marked as tainted"}},
		"moved":     {Turn{Before: was, After: &moved}, []string{"# toy_server.other has another address", "(moved from toy_server.web)"}},
		"locked":    {Turn{Before: was, After: &locked}, []string{"# toy_server.web was changed", `"old" -> "new"`}},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			Turns(&b, Style{}, []Turn{c.turn}, toyCatalog())
			raw, err := TurnsJSON([]Turn{c.turn}, toyCatalog())
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				if !strings.Contains(b.String(), want) {
					t.Errorf("%q is missing in:\n%s", want, b.String())
				}
			}
			if strings.Contains(b.String()+string(raw), canary) {
				t.Errorf("a secret is shown:\n%s\n%s", b.String(), raw)
			}
		})
	}
}

func TestTurnsOfUnknownTypes(t *testing.T) {
	o := &state.Object{Key: "1", Addr: state.Addr{Type: "moon_base", Name: "a"}, Status: state.Live, Attrs: []byte(`{"id":"` + canary + `"}`)}
	var b bytes.Buffer
	Turns(&b, Style{}, []Turn{{After: o}}, toyCatalog())
	if got := b.String(); !strings.Contains(got, "moon_base.a was created") || !strings.Contains(got, "cannot be shown") {
		t.Errorf("shown as:\n%s", got)
	}
}
