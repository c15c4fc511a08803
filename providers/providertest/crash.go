package providertest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/mlinfra/mlinfra/planner/observe"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/state"
)

// stages returns the runs in which a type is cut: to each of its examples and
// to nothing.
func stages(list []string) []string { return append(slices.Clone(list), "") }

// settleDown runs src until it succeeds, at most a few times, and demands that
// nothing remains to be done. Creates that nobody can prove are answered as a
// person would who has looked at the account.
func (w *world) settleDown(typ *providers.Type, src string) bool {
	w.t.Helper()
	var err error
	for range 4 {
		if _, err = w.run(src); err == nil {
			break
		}
		var u *observe.UndecidedError
		if !errors.As(err, &u) {
			continue
		}
		if !w.s.undecided(typ, err) {
			w.t.Errorf("undecided: %v", err)
			return false
		}
		w.answer(u)
	}
	if err != nil {
		w.t.Errorf("the runs after it fail: %v", err)
	}
	if src != "" {
		w.mustBeEmpty(src)
	}
	return !w.t.Failed()
}

// answer adopts the first candidate, or discards the intent.
func (w *world) answer(u *observe.UndecidedError) {
	snap, _ := w.store.Snapshot()
	for _, o := range snap.Objects {
		if o.Addr != u.Addr || o.Status != state.Intended {
			continue
		}
		if len(u.Candidates) == 0 {
			delete(w.store.objects, o.Key)
			continue
		}
		o.Attrs = withID(o.Attrs, u.Candidates[0])
		o.Status, o.Intent = state.Pending, nil
		w.store.objects[o.Key] = o
	}
}

// lost cuts the answer of every request, one at a time, after its effect and
// before it, and garbles it: the run, or the next one, goes on.
func (s Suite) lost(t *testing.T, typ *providers.Type, list []string) {
	for _, fault := range []fakecloud.Fault{fakecloud.CutAfter, fakecloud.CutBefore, fakecloud.FailAfter, fakecloud.FailBefore, fakecloud.Truncate, fakecloud.HTML} {
		t.Run(fmt.Sprint(fault), func(t *testing.T) {
			s.eachRequest(t, typ, list, func(w *world, n int64) func(int64, *http.Request) fakecloud.Fault {
				var seen atomic.Int64
				return func(_ int64, r *http.Request) fakecloud.Fault {
					if r.Method != http.MethodGet && seen.Add(1) == n {
						return fault
					}
					return fakecloud.None
				}
			})
		})
	}
}

// crashAtRequests kills the process at every request, and at every request
// that changes something also before its effect.
func (s Suite) crashAtRequests(t *testing.T, typ *providers.Type, list []string) {
	for _, fault := range []fakecloud.Fault{fakecloud.CutAfter, fakecloud.CutBefore} {
		t.Run(fmt.Sprint(fault), func(t *testing.T) {
			s.eachRequest(t, typ, list, func(w *world, n int64) func(int64, *http.Request) fakecloud.Fault {
				var seen atomic.Int64
				return func(_ int64, r *http.Request) fakecloud.Fault {
					i := seen.Load()
					if i >= n || fault.Effect() || r.Method != http.MethodGet {
						i = seen.Add(1)
					}
					switch {
					case i == n:
						w.kill()
						return fault
					case i > n:
						return fakecloud.CutBefore // sent by a process that is dead
					}
					return fakecloud.None
				}
			})
		})
	}
}

// eachRequest cuts each stage at its first, second, … request until a stage
// ends before its turn.
func (s Suite) eachRequest(t *testing.T, typ *providers.Type, list []string, faults func(*world, int64) func(int64, *http.Request) fakecloud.Fault) {
	for stage := range stages(list) {
		for n := int64(1); ; n++ {
			w := newWorld(t, s)
			was := w.inventory()
			for _, src := range stages(list)[:stage] {
				w.must(src)
			}
			hit := false
			decide := faults(w, n)
			w.decide = func(i int64, r *http.Request) fakecloud.Fault {
				f := decide(i, r)
				hit = hit || f != fakecloud.None
				return f
			}
			_, _ = w.run(stages(list)[stage])
			w.decide = nil
			if !w.converges(typ, list, stage, was) {
				t.Fatalf("stage %d, request %d", stage+1, n)
			}
			if !hit {
				break
			}
		}
	}
}

// crashAtWrites kills the process before and after every state write.
func (s Suite) crashAtWrites(t *testing.T, typ *providers.Type, list []string) {
	for stage := range stages(list) {
		for _, when := range []moment{before, after} {
			for n := 1; ; n++ {
				w := newWorld(t, s)
				was := w.inventory()
				for _, src := range stages(list)[:stage] {
					w.must(src)
				}
				hit := false
				w.store.kill = func() { w.kill() }
				w.store.onCommit = func(i int) moment {
					if i == n {
						hit = true
						return when
					}
					return never
				}
				_, _ = w.run(stages(list)[stage])
				w.store.onCommit = nil
				if !w.converges(typ, list, stage, was) {
					t.Fatalf("stage %d, write %d, moment %d", stage+1, n, when)
				}
				if !hit {
					break
				}
			}
		}
	}
}

// converges runs the stage again, then destroys, and demands that the account
// holds nothing but what was there before: no orphan and no double.
func (w *world) converges(typ *providers.Type, list []string, stage int, was []string) bool {
	w.t.Helper()
	if !w.settleDown(typ, stages(list)[stage]) {
		return false
	}
	if stage < len(list) {
		w.settleDown(typ, "")
	}
	w.mustBeGone(was)
	return !w.t.Failed()
}

// twin lets the create of an object be lost before its effect while somebody
// else has just made the same: it must not be taken.
func (s Suite) twin(t *testing.T, typ *providers.Type, src string) {
	if typ.Again {
		t.Skip("creating it twice is creating it once")
	}
	w := newWorld(t, s)
	prerequisites := without(src, typ.Name)
	if prerequisites != "" {
		w.must(prerequisites)
	}
	other := &world{t: t, s: s, clock: w.clock, fake: w.fake, server: w.server, store: w.store.clone()}
	if _, err := other.run(src); err != nil {
		t.Fatalf("the twin: %v", err)
	}
	_, twin := other.current(typ)
	cut := false
	w.decide = func(_ int64, r *http.Request) fakecloud.Fault {
		if r.Method == http.MethodPost || r.Method == http.MethodPut {
			if !cut {
				cut = true
				return fakecloud.CutBefore
			}
		}
		return fakecloud.None
	}
	_, _ = w.run(src)
	w.decide = nil
	_, _ = w.run(src)
	snap, _ := w.store.Snapshot()
	for _, o := range snap.Objects {
		if o.Addr.Type == typ.Name && idOf(o.Attrs) == providers.ID(twin) {
			t.Errorf("%s has taken the twin %s", o.Addr, providers.ID(twin))
		}
	}
}
