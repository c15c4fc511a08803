package providertest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/planner/observe"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/state"
)

// Run tests every resource type and data source of a provider.
func Run(t *testing.T, s Suite) {
	if s.Call == nil {
		s.Call = func(r *http.Request) (string, bool) {
			return r.Method + " " + r.URL.String(), r.Method != http.MethodGet
		}
	}
	t.Run("settings", func(t *testing.T) { checkSchema(t, s.Provider.Config) })
	i := -1
	for name, typ := range s.Provider.Resources.All() {
		i++
		if len(s.Only) > 0 && !slices.Contains(s.Only, name) || Race && !s.Full && s.RaceSample > 0 && i%s.RaceSample > 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.resource(t, typ)
		})
	}
	for name, typ := range s.Provider.Data.All() {
		if len(s.Only) > 0 {
			break
		}
		t.Run("data."+name, func(t *testing.T) {
			t.Parallel()
			checkSchema(t, typ.Schema)
			for _, src := range examples(t, typ) {
				w := newWorld(t, s)
				w.must(src)
				w.mustBeEmpty(src)
			}
		})
	}
}

func (s Suite) resource(t *testing.T, typ *providers.Type) {
	list := examples(t, typ)
	t.Run("schema is documented", func(t *testing.T) { checkSchema(t, typ.Schema) })
	t.Run("each example is reached from the one before", func(t *testing.T) { s.chain(t, typ, list) })
	t.Run("a cancelled context ends every call", func(t *testing.T) { s.cancelled(t, typ, list[0]) })
	if !s.Calm {
		s.importedAll(t, typ, list)
		s.adoptedAll(t, typ, list)
	}
	s.migratedAll(t, typ, list)
	if s.New == nil {
		t.Run("a crash at every state write", func(t *testing.T) { s.crashAtWrites(t, typ, list) })
		return
	}
	t.Run("a list shows what a read shows", func(t *testing.T) { s.listed(t, typ, list[0]) })
	if typ.Mark != providers.Nowhere {
		t.Run("its ownership mark stays and no attribute shows it", func(t *testing.T) { s.marked(t, typ, list) })
		if typ.Mark == providers.InDescription {
			t.Run("its ownership mark stays where no description is set", func(t *testing.T) { s.marked(t, typ, undescribed(list, typ.Name)) })
		}
		t.Run("it bears no mark where none is wanted", func(t *testing.T) { s.unmarked(t, typ, list) })
	}
	if !slices.Contains(s.Stays, typ.Name) {
		t.Run("deleting twice is fine", func(t *testing.T) { s.deleteTwice(t, typ, list[0]) })
		t.Run("what is deleted behind our back is made again", func(t *testing.T) { s.vanished(t, typ, list[0]) })
	}
	t.Run("refusals without effect are met with another try", func(t *testing.T) { s.refused(t, list) })
	if s.Calm {
		return
	}
	t.Run("lost answers", func(t *testing.T) { s.lost(t, typ, list) })
	t.Run("a crash at every request", func(t *testing.T) { s.crashAtRequests(t, typ, list) })
	t.Run("a crash at every state write", func(t *testing.T) { s.crashAtWrites(t, typ, list) })
	t.Run("a foreign twin is left alone", func(t *testing.T) { s.twin(t, typ, list[0], false) })
	t.Run("a foreign twin is left alone after a crash", func(t *testing.T) { s.twin(t, typ, list[0], true) })
}

func examples(t *testing.T, typ *providers.Type) []string {
	if len(typ.Examples) == 0 {
		t.Fatalf("%s has no examples", typ.Name)
	}
	return typ.Examples
}

// checkSchema demands one sentence for each attribute.
func checkSchema(t *testing.T, s *providers.Schema, around ...*providers.Schema) {
	t.Helper()
	around = append(around, s)
	for _, a := range s.Attrs {
		if a.Doc == "" || len(a.Doc) > 80 || !strings.HasSuffix(a.Doc, ".") {
			t.Errorf("attribute %s: doc %q is not one sentence of at most 80 characters", a.Name, a.Doc)
		}
		for _, cause := range a.After {
			// Of the block, or of the object that it is in.
			if s.Attr(cause) == nil && around[0].Attr(cause) == nil {
				t.Errorf("attribute %s: after=%s names no attribute", a.Name, cause)
			}
		}
		if a.Block != nil {
			checkSchema(t, a.Block, around...)
		}
	}
}

// must runs src and demands that everything goes well and as planned.
func (w *world) must(src string) outcome {
	w.t.Helper()
	o, err := w.run(src)
	if err != nil {
		w.t.Fatalf("apply: %v\n%s", err, src)
	}
	for _, warning := range o.result.Warnings {
		if w.s.Warned != nil && w.s.Warned(warning) {
			continue
		}
		w.t.Errorf("warning: %s\n%s", warning, src)
	}
	return o
}

// mustBeEmpty demands that a plan of src finds nothing to do, and no drift.
func (w *world) mustBeEmpty(src string) {
	w.t.Helper()
	defer w.end(context.Background())
	plan, _, err := w.plan(context.Background(), src)
	if err != nil {
		w.t.Fatalf("second plan: %v", err)
	}
	for _, c := range plan.Changes {
		if c.Action != planner.NoOp {
			w.t.Errorf("second plan: %s of %s\nbefore %s\nafter  %s", c.Action, c.Addr, w.json(c.Addr, c.Before), w.json(c.Addr, c.After))
		}
	}
	for _, d := range plan.Drift {
		w.t.Errorf("second plan: drift of %s\nstate %s\ncloud %s", d.Addr, w.json(d.Addr, d.Before), w.json(d.Addr, d.After))
	}
}

// json returns a value of the type of addr for people to read.
func (w *world) json(addr state.Addr, v cty.Value) json.RawMessage {
	return planner.JSON(w.catalog().TypeOf(addr), v)
}

// mustBeGone demands that the account holds what it held before.
func (w *world) mustBeGone(was []string) {
	w.t.Helper()
	now := slices.DeleteFunc(w.inventory(), func(line string) bool { return w.s.Residue != nil && w.s.Residue(line) })
	if diff := cmp.Diff(was, now, cmpopts.EquateEmpty()); diff != "" {
		w.t.Errorf("after destroy, the account has changed (-before +after):\n%s", diff)
	}
	snap, _ := w.store.Snapshot()
	for _, o := range snap.Objects {
		w.t.Errorf("after destroy, state still has %s (%s)", o.Addr, o.Status)
	}
	for _, m := range snap.Marks {
		w.t.Errorf("after destroy, state still has the mark %s", m.Token)
	}
}

func (s Suite) chain(t *testing.T, typ *providers.Type, list []string) {
	w := newWorld(t, s)
	was := w.inventory()
	for i, src := range list {
		o := w.must(src)
		if i > 0 && o.plan.Empty() {
			t.Errorf("example %d changes nothing", i+1)
		}
		w.mustBeEmpty(src)
	}
	w.must("")
	w.mustBeGone(was)
}

// current returns the object of typ in state with its decoded value.
func (w *world) current(typ *providers.Type) (state.Object, cty.Value) {
	w.t.Helper()
	snap, _ := w.store.Snapshot()
	for _, o := range snap.Objects {
		if o.Addr.Type == typ.Name {
			v, err := planner.DecodeObject(typ, o)
			if err != nil {
				w.t.Fatal(err)
			}
			return o, v
		}
	}
	w.t.Fatalf("no %s in state", typ.Name)
	return state.Object{}, cty.NilVal
}

func (s Suite) listed(t *testing.T, typ *providers.Type, src string) {
	if !typ.CanList() {
		t.Skip("the type has no list")
	}
	w := newWorld(t, s)
	w.must(src)
	_, v := w.current(typ)
	conn, err := w.connect(context.Background(), "", cty.NilVal)
	if err != nil {
		t.Fatal(err)
	}
	all, err := conn.Ops.List(context.Background(), typ, v)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		if providers.ID(l.Value) != providers.ID(v) {
			continue
		}
		got := typ.Complete(v, l.Value)
		if !typ.Shallow && !got.RawEquals(v) {
			t.Errorf("list shows\n%s\nread\n%s", planner.JSON(typ, got), planner.JSON(typ, v))
		}
		return
	}
	t.Errorf("the list of %d does not show %s", len(all), providers.ID(v))
}

func (s Suite) deleteTwice(t *testing.T, typ *providers.Type, src string) {
	w := newWorld(t, s)
	w.must(src)
	_, v := w.current(typ)
	w.deleteDirectly(typ, v)
	w.deleteDirectly(typ, v)
}

// deleteDirectly deletes an object without the engine's knowledge.
func (w *world) deleteDirectly(typ *providers.Type, v cty.Value) {
	w.t.Helper()
	conn, err := w.connect(context.Background(), "", cty.NilVal)
	if err != nil {
		w.t.Fatal(err)
	}
	for range 100 {
		err := conn.Ops.Delete(context.Background(), typ, v)
		if err != nil && !errors.Is(err, providers.ErrGone) && !errors.Is(err, providers.ErrAgain) && providers.OperationOf(err) == "" {
			w.t.Fatalf("delete: %v", err)
		}
		if _, err = conn.Ops.Read(context.Background(), typ, v); errors.Is(err, providers.ErrGone) {
			return
		}
		_ = w.clock.Sleep(context.Background(), 1e9)
	}
	w.t.Fatalf("%s %s does not go", typ.Name, providers.ID(v))
}

func (s Suite) vanished(t *testing.T, typ *providers.Type, src string) {
	w := newWorld(t, s)
	w.must(src)
	_, v := w.current(typ)
	w.deleteDirectly(typ, v)
	o := w.must(src)
	if len(o.plan.Drift) == 0 {
		t.Error("the plan does not say that the object is gone")
	}
	if o.result.Added != 1 {
		t.Errorf("%d objects added, want 1", o.result.Added)
	}
	w.mustBeEmpty(src)
}

func (s Suite) cancelled(t *testing.T, typ *providers.Type, src string) {
	w := newWorld(t, s)
	w.must(src)
	_, v := w.current(typ)
	conn, err := w.connect(context.Background(), "", cty.NilVal)
	if err != nil {
		t.Fatal(err)
	}
	n := w.requests.Load()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := conn.Ops.Create(ctx, typ, v, providers.Attempt{}); err == nil {
		t.Error("create with a cancelled context succeeds")
	}
	if _, err := conn.Ops.Read(ctx, typ, v); err == nil {
		t.Error("read with a cancelled context succeeds")
	}
	if got := w.requests.Load() - n; got != 0 {
		t.Errorf("%d requests with a cancelled context", got)
	}
}

// refused throttles every request when it is first made.
func (s Suite) refused(t *testing.T, list []string) {
	w := newWorld(t, s)
	was := w.inventory()
	seen := map[string]bool{}
	w.faults(func(r *http.Request) fakecloud.Fault {
		if call, _ := s.Call(r); !seen[call] {
			seen[call] = true
			return fakecloud.Throttle
		}
		return fakecloud.None
	})
	for _, src := range append(slices.Clone(list), "") {
		w.must(src)
	}
	w.mustBeGone(was)
}

// undecided reports whether err shows a lost create to a human, as the type is
// allowed to.
func (s Suite) undecided(typ *providers.Type, err error) bool {
	var u *observe.UndecidedError
	return errors.As(err, &u) && slices.Contains(s.Undecided, u.Type)
}
