package providertest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/mlinfra/mlinfra/planner/observe"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/state"
)

// stages returns the runs in which a type is cut: to each of its examples and
// to what the last of them needs beside it.
func stages(typ *providers.Type, list []string) []string {
	return append(slices.Clone(list), without(list[len(list)-1], typ.Name))
}

// before makes what is there when a stage begins: the examples before it, or
// what the first one needs. The types of that have tests of their own.
func (w *world) before(typ *providers.Type, list []string, stage int) {
	w.t.Helper()
	if needs := without(list[0], typ.Name); stage == 0 && needs != "" {
		w.must(needs)
	}
	for _, src := range list[:stage] {
		w.must(src)
	}
}

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

// kinds are the ways in which a request can fail without the client knowing
// what became of it.
var (
	withEffect    = []fakecloud.Fault{fakecloud.CutAfter, fakecloud.FailAfter, fakecloud.Truncate, fakecloud.HTML}
	withoutEffect = []fakecloud.Fault{fakecloud.CutBefore, fakecloud.FailBefore, fakecloud.HTMLBefore}
)

// lost fails every request that changes something, one at a time, with and
// without its effect: the run, or the next one, goes on. The kinds of failure
// take turns; a full suite tries each at each request.
func (s Suite) lost(t *testing.T, typ *providers.Type, list []string) {
	for name, kinds := range map[string][]fakecloud.Fault{"with effect": withEffect, "without effect": withoutEffect} {
		turns := 1
		if s.Full {
			turns = len(kinds)
		}
		for turn := range turns {
			t.Run(fmt.Sprintf("%s %d", name, turn), func(t *testing.T) {
				s.eachRequest(t, typ, list, func(_ *world, n int) func(*http.Request) fakecloud.Fault {
					seen := 0
					return func(r *http.Request) fakecloud.Fault {
						if _, changes := s.Call(r); !changes {
							return fakecloud.None
						}
						if seen++; seen != n {
							return fakecloud.None
						}
						return kinds[(n+turn)%len(kinds)]
					}
				})
			})
		}
	}
}

// crashAtRequests kills the process at every request, and at every request
// that changes something also before its effect. Of several that only read,
// without a change or a state write between them, one stands for all, unless
// the suite is full: what they leave behind is the same.
func (s Suite) crashAtRequests(t *testing.T, typ *providers.Type, list []string) {
	for _, fault := range []fakecloud.Fault{fakecloud.CutAfter, fakecloud.CutBefore} {
		t.Run(fmt.Sprint(fault), func(t *testing.T) {
			s.eachRequest(t, typ, list, func(w *world, n int) func(*http.Request) fakecloud.Fault {
				seen, serial, fresh := 0, uint64(0), true
				return func(r *http.Request) fakecloud.Fault {
					if seen >= n {
						return fakecloud.CutBefore // sent by a process that is dead
					}
					_, changes := s.Call(r)
					if now := w.store.written(); now != serial {
						serial, fresh = now, true
					}
					if !changes && (!fault.Effect() || (!fresh && !s.Full)) {
						return fakecloud.None
					}
					fresh = changes
					if seen++; seen < n {
						return fakecloud.None
					}
					w.kill()
					return fault
				}
			})
		})
	}
}

// eachRequest cuts each stage at its first, second, … request until a stage
// ends before its turn.
func (s Suite) eachRequest(t *testing.T, typ *providers.Type, list []string, faults func(*world, int) func(*http.Request) fakecloud.Fault) {
	for stage := range stages(typ, list) {
		for n := 1; ; n += s.step() {
			w := newWorld(t, s)
			was := w.inventory()
			w.before(typ, list, stage)
			hit := false
			decide := faults(w, n)
			w.faults(func(r *http.Request) fakecloud.Fault {
				f := decide(r)
				hit = hit || f != fakecloud.None
				return f
			})
			_, _ = w.run(stages(typ, list)[stage])
			w.faults(nil)
			if !w.converges(typ, list, stage, was) {
				t.Fatalf("stage %d, request %d", stage+1, n)
			}
			if !hit {
				break
			}
		}
	}
}

// step is from one cut to the next.
func (s Suite) step() int {
	switch {
	case s.Full:
		return 1
	case Race:
		return max(s.RaceStride, 1)
	}
	return max(s.Stride, 1)
}

// crashAtWrites kills the process before and after every state write.
func (s Suite) crashAtWrites(t *testing.T, typ *providers.Type, list []string) {
	for stage := range stages(typ, list) {
		for _, when := range []moment{before, after} {
			for n := 1; ; n += s.step() {
				w := newWorld(t, s)
				was := w.inventory()
				w.before(typ, list, stage)
				hit := false
				w.store.mortal(w.kill, func(i int) moment {
					if i == n {
						hit = true
						return when
					}
					return never
				})
				_, _ = w.run(stages(typ, list)[stage])
				w.store.mortal(nil, nil)
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
	src := stages(typ, list)[stage]
	if !w.settleDown(typ, src) {
		return false
	}
	if src != "" {
		w.settleDown(typ, "")
	}
	w.mustBeGone(was)
	return !w.t.Failed()
}

// twin lets the create of an object be lost before its effect, or the process
// die then, while somebody else has just made the same: it must not be taken.
func (s Suite) twin(t *testing.T, typ *providers.Type, src string, crash bool) {
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
	w.faults(func(r *http.Request) fakecloud.Fault {
		if _, changes := s.Call(r); cut || !changes {
			return fakecloud.None
		}
		cut = true
		if crash {
			w.kill()
		}
		return fakecloud.CutBefore
	})
	_, _ = w.run(src)
	w.faults(nil)
	_, _ = w.run(src)
	snap, _ := w.store.Snapshot()
	for _, o := range snap.Objects {
		if o.Addr.Type == typ.Name && idOf(o.Attrs) == providers.ID(twin) {
			t.Errorf("%s has taken the twin %s", o.Addr, providers.ID(twin))
		}
	}
}
