package apply

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// orphan makes an object that bears the mark of owner, and is in no state.
func (w *world) orphan(name, owner string) Orphan {
	w.t.Helper()
	x := server{Name: name}
	if err := w.cloud.create(context.Background(), &x, providers.Attempt{Owner: owner}); err != nil {
		w.t.Fatal(err)
	}
	v, err := planner.DecodeObject(catalog.TypeOf(state.Addr{Type: "toy_token"}), state.Object{Attrs: fmt.Appendf(nil, `{"id":%q,"name":%q}`, x.ID, name)})
	if err != nil {
		w.t.Fatal(err)
	}
	return Orphan{
		Addr: state.Addr{Type: "toy_token", Name: name}, Provider: "toy", Value: v,
		Conn: providers.Conn{Ops: w.ops(), Classify: classify, Identity: func() string { return w.identity }},
	}
}

// remove removes orphans and returns for each name what became of it.
func (w *world) remove(orphans ...Orphan) map[string]string {
	w.t.Helper()
	w.cloud.log = nil
	errs := Remove(context.Background(), w.stop, orphans, Options{
		Program: program(w.t, ""), Catalog: catalog, Store: w.store, Owner: "l", Clock: providers.WallClock{},
		NewID:  func() string { return fmt.Sprintf("key%05d", w.ids.Add(1)) },
		Events: func(e Event) { w.events = append(w.events, e) },
	})
	got := map[string]string{}
	for i, err := range errs {
		got[orphans[i].Addr.Name] = fmt.Sprint(err)
	}
	return got
}

func TestRemove(t *testing.T) {
	inBubble(t, "recorded before the call, waited for, forgotten", func(t *testing.T, w *world) {
		w.cloud.fade = time.Minute
		x := w.orphan("a", "l")
		start := time.Now()
		if diff := cmp.Diff(map[string]string{"a": "<nil>"}, w.remove(x)); diff != "" {
			t.Errorf("errors (-want +got):\n%s", diff)
		}
		if age := time.Since(start); age < w.cloud.fade {
			t.Errorf("done after %s, and it was there for %s", age, w.cloud.fade)
		}
		want := []string{"read a", "write: deleting a", "delete a"}
		if diff := cmp.Diff(want, w.cloud.log[:3]); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
		if left := w.states(); len(left) > 0 || len(w.cloud.objects) > 0 {
			t.Errorf("state has %v, the cloud %v", left, w.cloud.objects)
		}
	})
	inBubble(t, "what bears another mark or none stays", func(t *testing.T, w *world) {
		got := w.remove(w.orphan("a", "other"), w.orphan("b", ""))
		const want = "it does not bear the mark of this state any more, and so it stays"
		if diff := cmp.Diff(map[string]string{"a": want, "b": want}, got); diff != "" {
			t.Errorf("errors (-want +got):\n%s", diff)
		}
		if calls := w.calls(); len(calls) > 0 || len(w.states()) > 0 {
			t.Errorf("calls %v, state %v", calls, w.states())
		}
	})
	inBubble(t, "what is gone already is fine", func(t *testing.T, w *world) {
		x := w.orphan("a", "l")
		clear(w.cloud.objects)
		if got := w.remove(x); got["a"] != "<nil>" {
			t.Errorf("error %s", got["a"])
		}
	})
	inBubble(t, "what stands in the way of another goes first", func(t *testing.T, w *world) {
		a, b := w.orphan("a", "l"), w.orphan("b", "l")
		w.cloud.fault = once("delete a", errRefusal, false) // while b is there
		if diff := cmp.Diff(map[string]string{"a": "<nil>", "b": "<nil>"}, w.remove(a, b)); diff != "" {
			t.Errorf("errors (-want +got):\n%s", diff)
		}
	})
	inBubble(t, "what is refused is not in state afterwards", func(t *testing.T, w *world) {
		x := w.orphan("a", "l")
		w.cloud.fault = times(9, "delete a", errRefusal, false)
		if got := w.remove(x); got["a"] != errRefusal.Error() {
			t.Errorf("error %s, want %v", got["a"], errRefusal)
		}
		if left := w.states(); len(left) > 0 {
			t.Errorf("state has %v", left)
		}
		if calls := w.calls(); len(calls) != 1 {
			t.Errorf("calls %v, want one: nothing else has gone", calls)
		}
	})
	inBubble(t, "what may have gone is in state, for the next apply", func(t *testing.T, w *world) {
		x := w.orphan("a", "l")
		w.cloud.fault = once("delete a", errLost, true)
		if got := w.remove(x); got["a"] != errLost.Error() {
			t.Errorf("error %s, want %v", got["a"], errLost)
		}
		if diff := cmp.Diff([]string{"deleting a id-1"}, w.states()); diff != "" {
			t.Errorf("state (-want +got):\n%s", diff)
		}
	})
	inBubble(t, "nothing is deleted when state cannot be written", func(t *testing.T, w *world) {
		x := w.orphan("a", "l")
		w.store.fail = 1
		if got := w.remove(x); got["a"] != errDisk.Error() {
			t.Errorf("error %s, want %v", got["a"], errDisk)
		}
		if calls := w.calls(); len(calls) > 0 {
			t.Errorf("calls %v", calls)
		}
	})
}

// TestApplyMarksWhatItMakes holds that creates are told the owner.
func TestApplyMarksWhatItMakes(t *testing.T) {
	inBubble(t, "a create", func(t *testing.T, w *world) {
		w.must(resource("toy_token", "a", ""))
		conn := w.ops()
		in := catalog.TypeOf(state.Addr{Type: "toy_token"})
		all, err := conn.List(context.Background(), in, cty.NilVal)
		if err != nil || len(all) != 1 || all[0].Owner != "l" {
			t.Errorf("the list is %+v, %v; want one object of l", all, err)
		}
		if _, err := conn.Inspect(context.Background(), in, cty.NullVal(in.ImpliedType())); !errors.Is(err, providers.ErrGone) {
			t.Errorf("inspecting nothing: %v, want %v", err, providers.ErrGone)
		}
	})
}
