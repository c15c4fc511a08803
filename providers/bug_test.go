package providers

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

// wrongOps does what no provider should.
type wrongOps struct {
	Ops
	how func() // nil: answers nothing
}

func (o wrongOps) act() {
	if o.how != nil {
		o.how()
	}
}

func (o wrongOps) Create(context.Context, *Type, cty.Value, Attempt) (cty.Value, error) {
	o.act()
	return cty.NilVal, nil
}

func (o wrongOps) Read(context.Context, *Type, cty.Value) (cty.Value, error) {
	o.act()
	return cty.NilVal, nil
}

func (o wrongOps) Update(context.Context, *Type, cty.Value, cty.Value) (cty.Value, error) {
	o.act()
	return cty.NilVal, nil
}

func (o wrongOps) Delete(context.Context, *Type, cty.Value) error {
	o.act()
	return nil
}

func (o wrongOps) Find(context.Context, *Type, cty.Value, Attempt) (cty.Value, bool, error) {
	o.act()
	return cty.NilVal, true, nil
}

func (o wrongOps) List(context.Context, *Type, cty.Value) ([]Listed, error) {
	o.act()
	return []Listed{{}}, nil
}

func (o wrongOps) Operations(context.Context, []string) ([]error, error) {
	o.act()
	return nil, nil
}

func TestGuard(t *testing.T) {
	var none []int
	ways := []struct {
		name string
		how  func()
		text string // that all errors have
		at   bool
	}{
		{"an index out of range", func() { _ = none[3] }, "index out of range [3]", true},
		{"a panic with text", func() { panic("broken") }, "broken", true},
		{"a panic with an answer", func() { panic(ErrGone) }, "does not exist", true},
		{"a panic with much text", func() { panic(strings.Repeat("é", 4000)) }, "é…", true},
		{"no answer", nil, "", false},
	}
	typ := &Type{Name: "toy_x"}
	v := cty.EmptyObjectVal
	for _, way := range ways {
		ctx := t.Context()
		conn := Guard(Conn{Ops: wrongOps{how: way.how}, Classify: func(error) Verdict { return Verdict{Kind: Fatal} }})
		_, created := conn.Ops.Create(ctx, typ, v, Attempt{})
		_, read := conn.Ops.Read(ctx, typ, v)
		_, updated := conn.Ops.Update(ctx, typ, v, v)
		_, found, find := conn.Ops.Find(ctx, typ, v, Attempt{})
		_, list := conn.Ops.List(ctx, typ, v)
		_, operations := conn.Ops.Operations(ctx, []string{"a"})
		errs := map[string]error{"toy_x create": created, "toy_x read": read, "toy_x update": updated, "toy_x find": find, "toy_x list": list, "the look": operations}
		if way.how != nil {
			errs["toy_x delete"] = conn.Ops.Delete(ctx, typ, v)
		}
		if found {
			t.Errorf("%s: Find has found something", way.name)
		}
		for what, err := range errs {
			var bug *BugError
			switch {
			case !errors.As(err, &bug), errors.Is(err, ErrGone):
				t.Errorf("%s: the error of %s is %v, want a BugError", way.name, what, err)
			case !strings.HasPrefix(err.Error(), "mlinfra has a bug in "+what), !strings.Contains(err.Error(), way.text), len(err.Error()) > 2*maxPanicText,
				way.at != strings.Contains(err.Error(), "at providers/bug_test.go:"):
				t.Errorf("%s: the error of %s is %q", way.name, what, err)
			case !conn.Classify(err).Kind.Performed():
				t.Errorf("%s: %s counts as not performed", way.name, what)
			}
		}
	}
}

func TestGuardOfTheRest(t *testing.T) {
	boom := func() { panic("broken") }
	conn := Guard(Conn{
		Verify: func(context.Context) error { boom(); return nil }, Unmark: func(context.Context, string) error { boom(); return nil },
		Close:    func(context.Context) error { boom(); return nil },
		Classify: func(error) Verdict { boom(); return Verdict{} },
	})
	for name, err := range map[string]error{"Verify": conn.Verify(t.Context()), "Unmark": conn.Unmark(t.Context(), ""), "Close": conn.Close(t.Context())} {
		if !errors.As(err, new(*BugError)) {
			t.Errorf("%s: %v, want a BugError", name, err)
		}
	}
	if got := conn.Classify(errors.New("x")).Kind; got != Transient {
		t.Errorf("an error that cannot be read is of kind %v, want one whose effect is unknown", got)
	}
	if plain := Guard(Conn{}); plain.Verify != nil || plain.Unmark != nil || plain.Close != nil || plain.Classify != nil {
		t.Error("what is not there must stay so")
	}
}
