package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

// panicAt makes the n-th call panic.
func panicAt(n int64) (fault func(context.Context, string) (error, bool), happened func() string) {
	var count atomic.Int64
	var at atomic.Value
	at.Store("")
	return func(_ context.Context, call string) (error, bool) {
		if count.Add(1) == n {
			at.Store(call)
			panic(fmt.Sprintf("index %d of %s", n, call))
		}
		return nil, true
	}, func() string { return at.Load().(string) }
}

// TestPanicsAreOfOneObject lets the n-th call panic, for each n, with the calls
// guarded and not: the run ends, only the object of that call fails, state tells
// the truth, and the next run completes the work with nothing left behind.
func TestPanicsAreOfOneObject(t *testing.T) {
	src := ""
	for _, typ := range []string{"toy_token", "toy_birth", "toy_operated", "toy_again"} {
		src += resource(typ, typ[4:]+"1", "") + resource(typ, typ[4:]+"2", "")
	}
	for _, bare := range []bool{false, true} {
		for n := int64(1); n <= 40; n++ {
			inBubble(t, fmt.Sprintf("call %d, bare %v", n, bare), func(t *testing.T, w *world) {
				w.bare, w.parallel = bare, 8
				fault, happened := panicAt(n)
				w.cloud.fault = fault
				result, err := w.apply(t.Context(), src)
				if err != nil {
					t.Fatal(err)
				}
				call := happened()
				if call == "" && n < 20 {
					t.Fatalf("there was no call %d", n)
				}
				w.checkPanic(call, result)
				w.cloud.fault = nil
				w.settleAndCheck(src, call)
			})
		}
	}
}

// checkPanic looks at a run in which the call has panicked.
func (w *world) checkPanic(call string, result Result) {
	w.t.Helper()
	if call == "" {
		if len(result.Failed) > 0 {
			w.t.Fatalf("failed without a panic: %v", w.failures(result))
		}
		return
	}
	// A list, and a question about operations, is for all who wait for it.
	most := 1
	if verb, _, _ := strings.Cut(call, " "); verb == "list" || verb == "ask" {
		most = 2
	}
	if len(result.Failed) == 0 || len(result.Failed) > most || result.Added < 8-most {
		w.t.Errorf("%s panicked: %d added, failed %v", call, result.Added, w.failures(result))
	}
	for _, e := range result.Failed {
		var bug *providers.BugError
		if !errors.As(e.Err, &bug) || !strings.Contains(e.Err.Error(), "mlinfra has a bug in toy_") && !strings.Contains(e.Err.Error(), "what goes on") || !strings.Contains(e.Err.Error(), "apply/panic_test.go:") {
			w.t.Errorf("%s panicked: the error of %s is %v", call, e.Addr, e.Err)
		}
		verb, _, _ := strings.Cut(call, " ")
		if verb == "create" && !slices.Contains(w.states(), "intended "+e.Addr.Name) {
			w.t.Errorf("%s panicked: state has %q, want %s intended", call, w.states(), e.Addr.Name)
		}
	}
}

// settleAndCheck does by hand what the next run's look does with a create that
// was cut off, applies again and compares the cloud with state.
func (w *world) settleAndCheck(src, call string) {
	w.t.Helper()
	for key, o := range w.store.objects {
		if o.Status == "intended" { // the panic came before the effect
			delete(w.store.objects, key)
		}
	}
	time.Sleep(time.Hour)
	w.must(src)
	states := w.states()
	if len(states) != 8 || len(w.cloud.objects) != 8 {
		w.t.Errorf("after the panic of %q and another run state has %q, the cloud %d objects; want 8 each", call, states, len(w.cloud.objects))
	}
}

// TestPanicsOfUpdatesAndDeletes: what the call has done is unknown, and the
// next run finds out.
func TestPanicsOfUpdatesAndDeletes(t *testing.T) {
	a, b := resource("toy_token", "a", ""), resource("toy_token", "b", "")
	for _, tt := range []struct{ name, call, second, want string }{
		{"an update", "update a", resource("toy_token", "a", `size = "l"`) + b, "updating a id-1"},
		{"a delete", "delete a", b, "deleting a id-1"},
	} {
		inBubble(t, tt.name, func(t *testing.T, w *world) {
			w.must(a + b)
			w.cloud.fault = func(_ context.Context, call string) (error, bool) {
				if call == tt.call {
					panic("bug")
				}
				return nil, true
			}
			result, err := w.apply(t.Context(), tt.second)
			if err != nil || len(result.Failed) != 1 || !slices.Contains(w.states(), tt.want) {
				t.Fatalf("%v, failed %v, state %q; want %q in it", err, w.failures(result), w.states(), tt.want)
			}
			w.cloud.fault = nil
			w.must(tt.second)
		})
	}
}

// TestCallsThatNeverReturn: the others go on, and ending the context ends it.
func TestCallsThatNeverReturn(t *testing.T) {
	inBubble(t, "until the context ends", func(t *testing.T, w *world) {
		w.parallel = 4
		w.cloud.fault = func(ctx context.Context, call string) (error, bool) {
			if call == "create stuck" {
				<-ctx.Done()
				return ctx.Err(), false
			}
			return nil, true
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer time.AfterFunc(time.Hour, cancel).Stop()
		result, err := w.apply(ctx, resource("toy_token", "stuck", "")+resource("toy_token", "b", "")+resource("toy_birth", "c", ""))
		if err != nil || result.Added != 2 || !slices.Contains(w.states(), "intended stuck") {
			t.Errorf("%v, %d added, state %q; want two added and one intended", err, result.Added, w.states())
		}
	})
}
