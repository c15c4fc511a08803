package builtin

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zclconf/go-cty/cty"
	"golang.org/x/crypto/bcrypt"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// lab plans and applies one resource after the other at one address.
type lab struct {
	t     *testing.T
	clock *clock
	cat   config.Catalog
	read  ReadOutputs
	have  cty.Value // what there is; NilVal for nothing
}

func newLab(t *testing.T) *lab {
	l := &lab{t: t, clock: newClock()}
	read := func(path, workspace string) (map[string]Output, error) { return l.read(path, workspace) }
	l.cat = config.NewCatalog(
		terraformProvider(read), randomProvider(hashCost(bcrypt.MinCost)), tlsProvider(l.clock), localProvider(), nullProvider(),
		timeProvider(l.clock), httpProvider(), externalProvider(), cloudinitProvider(),
	)
	return l
}

// typeOf returns the type that src, one block, is of, and its provider's calls.
func (l *lab) typeOf(a state.Addr) (*providers.Type, providers.Ops) {
	l.t.Helper()
	name, _, _ := strings.Cut(a.Type, "_")
	conn, err := l.cat.Of(name).Connect(l.t.Context(), cty.EmptyObjectVal, providers.Env{})
	if err != nil {
		l.t.Fatal(err)
	}
	return l.cat.TypeOf(a), conn.Ops
}

// plan returns the last change of a plan for src, with what there is at its address.
func (l *lab) plan(src string) (planner.Change, error) {
	l.t.Helper()
	prog, diags := config.Load(fstest.MapFS{"main.tf": {Data: []byte(src)}}, ".", l.cat, nil)
	if diags.HasErrors() {
		return planner.Change{}, diags
	}
	in := planner.Input{Program: prog, ReadData: func(_ string, _ cty.Value, t *providers.Type, cfg cty.Value) (cty.Value, error) {
		_, ops := l.typeOf(state.Addr{Data: true, Type: t.Name})
		return ops.Read(l.t.Context(), t, cfg)
	}}
	if l.have != cty.NilVal {
		for _, b := range prog.Blocks {
			if b.ID.Kind != config.Resource {
				continue
			}
			in.Priors = []planner.Prior{{
				Object: state.Object{Key: "k", Addr: b.ID.Addr(), Provider: b.Provider.ID.String(), Status: state.Live},
				Type:   b.Type, Stored: l.have, Value: l.have, Ready: true,
			}}
		}
	}
	plan, diags := planner.Build(in)
	if diags.HasErrors() {
		return planner.Change{}, diags
	}
	return plan.Changes[len(plan.Changes)-1], nil
}

// apply plans src and carries it out. The result has to keep what was planned,
// and a second plan to find nothing.
func (l *lab) apply(src string) (planner.Action, cty.Value) {
	l.t.Helper()
	c, err := l.plan(src)
	if err != nil {
		l.t.Fatalf("%v\n%s", err, src)
	}
	typ, ops := l.typeOf(c.Addr)
	want := planner.Known(c.After)
	switch c.Action {
	case planner.Replace, planner.Create:
		l.have, err = ops.Create(l.t.Context(), typ, want, providers.Attempt{})
	case planner.Update:
		l.have, err = ops.Update(l.t.Context(), typ, c.Before, want)
	case planner.NoOp:
		l.have = c.After
	}
	if err != nil {
		l.t.Fatalf("%s: %v\n%s", c.Action, err, src)
	}
	if path := planner.Refines(c.After, l.have); path != nil {
		l.t.Errorf("%#v is not as planned:\n%#v\n%#v", path, c.After, l.have)
	}
	l.look(typ, ops)
	if again, err := l.plan(src); err != nil || again.Action != planner.NoOp {
		l.t.Errorf("second plan: %s, %v\nbefore %#v\nafter  %#v", again.Action, err, again.Before, again.After)
	}
	return c.Action, l.have
}

// look reads what there is. It reports whether it is still there.
func (l *lab) look(typ *providers.Type, ops providers.Ops) bool {
	l.t.Helper()
	v, err := ops.Read(l.t.Context(), typ, l.have)
	if errors.Is(err, providers.ErrGone) {
		l.have = cty.NilVal
		return false
	}
	if err != nil {
		l.t.Fatal(err)
	}
	l.have = v
	return true
}

// chain applies one source after the other and demands the actions.
func chain(t *testing.T, steps ...[2]string) {
	t.Helper()
	l := newLab(t)
	for i, s := range steps {
		if got, _ := l.apply(s[1]); string(got) != s[0] {
			t.Errorf("step %d: %s, want %s\n%s", i+1, got, s[0], s[1])
		}
	}
}

// refused demands that the plan of each source fails with a text.
func refused(t *testing.T, cases map[string]string) {
	t.Helper()
	for src, want := range cases {
		l := newLab(t)
		l.read = func(string, string) (map[string]Output, error) { return nil, errors.New("no such state") }
		if _, err := l.plan(src); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\nerror %v, want one with %q", src, err, want)
		}
	}
}

func resource(typ, body string) string { return "resource \"" + typ + "\" \"x\" {\n" + body + "\n}\n" }

func data(typ, body string) string { return "data \"" + typ + "\" \"x\" {\n" + body + "\n}\n" }

// text returns an attribute as text.
func text(t *testing.T, v cty.Value, name string) string {
	t.Helper()
	a := v.GetAttr(name)
	if a.IsNull() || !a.IsKnown() || a.Type() != cty.String {
		t.Fatalf("%s is %#v, want a text", name, a)
	}
	return a.AsString()
}

// context of a run that is to stop, and the function that stops it.
func stoppable(t *testing.T) (context.Context, func()) {
	stop := make(chan struct{})
	return providers.WithStop(t.Context(), stop), func() { close(stop) }
}
