package apply

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/planner/observe"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// diff fails the test when got is not as wanted.
func diff(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func TestJournal(t *testing.T) {
	inBubble(t, "an intent is durable before its create, the id before the first look", func(t *testing.T, w *world) {
		w.must(resource("toy_token", "a", ""))
		diff(t, "log", []string{"write: intended a", "create a", "write: pending a", "read a", "write: live a", "write: unmark"}, w.cloud.log)
	})
	inBubble(t, "so is that of an update", func(t *testing.T, w *world) {
		w.must(resource("toy_token", "a", ""))
		w.must(resource("toy_token", "a", `size = "large"`))
		diff(t, "log", []string{"write: updating a", "update a", "read a", "write: live a"}, w.cloud.log)
	})
	inBubble(t, "so is that of a deletion", func(t *testing.T, w *world) {
		w.must(resource("toy_token", "a", ""))
		w.must("locals {}")
		diff(t, "log", []string{"write: deleting a", "delete a", "read a", "write: drop a"}, w.cloud.log)
	})
	inBubble(t, "a replacement deletes first", func(t *testing.T, w *world) {
		w.must(resource("toy_token", "a", ""))
		w.must(resource("toy_token", "a", `image = "x"`))
		diff(t, "log", []string{
			"write: deleting a", "delete a", "read a", "write: drop a",
			"write: intended a", "create a", "write: pending a", "read a", "write: live a", "write: unmark",
		}, w.cloud.log)
	})
	inBubble(t, "a replacement that creates first deposes the old object with the intent", func(t *testing.T, w *world) {
		const first = "\nlifecycle { create_before_destroy = true }"
		w.must(resource("toy_token", "a", first))
		w.must(resource("toy_token", "a", `image = "x"`+first))
		diff(t, "log", []string{
			"write: deposed a, intended a", "create a", "write: pending a", "read a", "write: live a",
			"write: deleting a", "delete a", "read a", "write: drop a", "write: unmark",
		}, w.cloud.log)
		diff(t, "state", []string{"live a id-2"}, w.states())
	})
	inBubble(t, "one that gets the id of the old object has taken it over, and deletes nothing", func(t *testing.T, w *world) {
		const first = "\nlifecycle { create_before_destroy = true }"
		w.cloud.named = true
		w.must(resource("toy_again", "a", first))
		r := w.must(resource("toy_again", "a", `image = "x"`+first))
		diff(t, "log", []string{"write: deposed a, intended a", "create a again", "write: drop a, pending a", "read a", "write: live a"}, w.cloud.log)
		diff(t, "state", []string{"live a id-a"}, w.states())
		diff(t, "added and destroyed", []int{1, 0}, []int{r.Added, r.Destroyed})
	})
	inBubble(t, "what the plan has observed is written before the first step", func(t *testing.T, w *world) {
		w.must(resource("toy_token", "a", "") + resource("toy_token", "b", ""))
		w.must(resource("toy_token", "a", "depends_on = [toy_token.b]") + resource("toy_token", "b", `size = "x"`))
		diff(t, "first write", "write: live a", w.cloud.log[0])
	})
}

func TestWhatIsOnlyWrittenIsKeptNowhere(t *testing.T) {
	inBubble(t, "it reaches the create, and an update when its version changes", func(t *testing.T, w *world) {
		password := func() string { return w.cloud.objects["id-1"].Password }
		w.must(resource("toy_token", "a", `password_wo = "first"`))
		diff(t, "password of the cloud", "first", password())
		w.cloud.log = nil
		w.must(resource("toy_token", "a", `password_wo = "second"`))
		diff(t, "calls for another password", []string(nil), w.cloud.log)
		w.must(resource("toy_token", "a", "password_wo = \"second\"\npassword_wo_version = 2"))
		diff(t, "password of the cloud", "second", password())
		for _, o := range w.store.objects {
			if text := fmt.Sprint(string(o.Attrs), o.Secrets); strings.Contains(text, "first") || strings.Contains(text, "second") {
				t.Errorf("state keeps it: %s", text)
			}
		}
	})
}

func TestOrderIsHonoured(t *testing.T) {
	// A binary tree: each object needs the one at half its number.
	src := ""
	for i := 1; i < 32; i++ {
		body := ""
		if i > 1 {
			body = fmt.Sprintf("size = toy_token.n%d.ip", i/2)
		}
		src += resource("toy_token", fmt.Sprintf("n%d", i), body)
	}
	for _, parallel := range []int{0, 1, 3} {
		inBubble(t, fmt.Sprintf("with %d at a time", parallel), func(t *testing.T, w *world) {
			w.parallel = parallel
			w.cloud.boot, w.cloud.fade = 3*time.Second, time.Second
			r := w.must(src)
			if r.Added != 31 {
				t.Errorf("added %d objects, want 31", r.Added)
			}
			at := func(entry string) int {
				i := slices.Index(w.cloud.log, entry)
				if i < 0 {
					t.Fatalf("no %q in the log:\n%s", entry, strings.Join(w.cloud.log, "\n"))
				}
				return i
			}
			for i := 2; i < 32; i++ {
				if at(fmt.Sprintf("write: live n%d", i/2)) > at(fmt.Sprintf("write: intended n%d", i)) {
					t.Errorf("n%d is begun before n%d is ready", i, i/2)
				}
			}
			if r := w.must("locals {}"); r.Destroyed != 31 || len(w.cloud.objects) > 0 {
				t.Errorf("destroyed %d objects, %d are left", r.Destroyed, len(w.cloud.objects))
			}
			for i := 2; i < 32; i++ {
				if at(fmt.Sprintf("write: drop n%d", i)) > at(fmt.Sprintf("write: deleting n%d", i/2)) {
					t.Errorf("n%d goes before n%d has gone", i/2, i)
				}
			}
		})
	}
	inBubble(t, "never more steps at a time than allowed", func(t *testing.T, w *world) {
		w.parallel = 2
		var mu sync.Mutex
		now, most := 0, 0
		w.cloud.fault = func(ctx context.Context, call string) (error, bool) {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			_ = providers.WallClock{}.Sleep(ctx, time.Second)
			mu.Lock()
			now--
			mu.Unlock()
			return nil, true
		}
		src := ""
		for i := range 6 {
			src += resource("toy_token", fmt.Sprintf("n%d", i), "")
		}
		w.must(src)
		diff(t, "most calls at a time", 2, most)
	})
	inBubble(t, "a type's lock lets one call through at a time", func(t *testing.T, w *world) {
		w.parallel = 0
		start := time.Now()
		w.cloud.fault = func(ctx context.Context, call string) (error, bool) {
			if strings.HasPrefix(call, "create") {
				_ = providers.WallClock{}.Sleep(ctx, time.Minute)
			}
			return nil, true
		}
		w.must(resource("toy_locked", "a", `size = "x"`) + resource("toy_locked", "b", `size = "x"`) + resource("toy_locked", "c", `size = "y"`))
		diff(t, "time taken", 2*time.Minute, time.Since(start).Truncate(time.Minute))
	})
}

func TestNamed(t *testing.T) {
	of := func(block, name string) string {
		return fmt.Sprintf("resource \"toy_named\" %q {\nname = %s\n}\n", block, name)
	}
	base := resource("toy_token", "t", "")
	inBubble(t, "of two addresses for one object the second is refused before anything is written", func(t *testing.T, w *world) {
		w.cloud.named = true
		r, err := w.apply(t.Context(), base+of("a", "toy_token.t.ip")+of("b", "toy_token.t.ip"))
		if err != nil {
			t.Fatal(err)
		}
		diff(t, "failures", []string{"failed b"}, w.failures(r))
		diff(t, "state", []string{"live a id-ip of id-t", "live t id-t"}, w.states())
		text := r.Failed[0].Err.Error()
		if !strings.Contains(text, "toy_named.a") || !strings.Contains(text, "toy_named.b") {
			t.Errorf("the error does not name both: %s", text)
		}
		diff(t, "creates", []string{"create t", "create ip of id-t"}, w.calls())
	})
	inBubble(t, "an id is free again when its object is gone", func(t *testing.T, w *world) {
		w.cloud.named = true
		w.must(of("a", `"x"`))
		w.must(of("b", `"x"`))
		diff(t, "calls", []string{"delete x", "create x"}, w.calls())
		diff(t, "state", []string{"live b id-x"}, w.states())
	})
	inBubble(t, "so it is when the create was refused", func(t *testing.T, w *world) {
		w.cloud.named = true
		w.cloud.fault = once("create ip of id-t", errRefusal, false)
		r, _ := w.apply(t.Context(), base+of("a", "toy_token.t.ip")+of("b", "toy_token.t.ip"))
		diff(t, "failures", []string{"failed a"}, w.failures(r))
		diff(t, "state", []string{"live b id-ip of id-t", "live t id-t"}, w.states())
	})
}

func TestFailures(t *testing.T) {
	src := resource("toy_token", "a", "") + resource("toy_token", "b", "depends_on = [toy_token.a]") +
		resource("toy_token", "c", "depends_on = [toy_token.b]") + resource("toy_token", "z", "")
	inBubble(t, "what needs a failed step is skipped, the others go on", func(t *testing.T, w *world) {
		w.cloud.fault = once("create b", errRefusal, false)
		r, err := w.apply(t.Context(), src)
		if err != nil {
			t.Fatal(err)
		}
		diff(t, "failures", []string{"failed b", "skipped c"}, w.failures(r))
		diff(t, "state", []string{"live a id-1", "live z id-2"}, w.states())
		diff(t, "added", 2, r.Added)
		w.must(src)
		diff(t, "state after another run", []string{"live a id-1", "live b id-3", "live c id-4", "live z id-2"}, w.states())
	})
	inBubble(t, "a create that was refused leaves nothing", func(t *testing.T, w *world) {
		w.cloud.fault = once("create a", errRefusal, false)
		r, _ := w.apply(t.Context(), resource("toy_token", "a", ""))
		diff(t, "failures", []string{"failed a"}, w.failures(r))
		diff(t, "state", []string(nil), w.states())
		diff(t, "log", []string{"write: intended a", "create a", "find a", "write: drop a", "write: unmark"}, w.cloud.log)
	})
	inBubble(t, "a create that was delivered twice is ours though the second was refused", func(t *testing.T, w *world) {
		for _, typ := range []string{"toy_token", "toy_birth"} {
			w.cloud.fault = once("create "+typ, errRefusal, true)
			w.must(resource(typ, typ, ""))
		}
	})
	inBubble(t, "a create that was refused for something new that bears no mark is left for a person", func(t *testing.T, w *world) {
		w.owner = ""
		w.cloud.fault = once("create a", errRefusal, true)
		r, _ := w.apply(t.Context(), resource("toy_birth", "a", ""))
		diff(t, "failures", []string{"failed a"}, w.failures(r))
		diff(t, "state", []string{"intended a"}, w.states())
	})
	inBubble(t, "a replacement that was refused leaves the old object as it was", func(t *testing.T, w *world) {
		const first = "\nlifecycle { create_before_destroy = true }"
		w.must(resource("toy_token", "a", first))
		w.cloud.fault = once("create a", errRefusal, false)
		r, _ := w.apply(t.Context(), resource("toy_token", "a", `image = "x"`+first))
		diff(t, "failures", []string{"failed a", "skipped a"}, w.failures(r))
		diff(t, "state", []string{"live a id-1"}, w.states())
	})
	inBubble(t, "a half-made object is tainted and replaced by the next run", func(t *testing.T, w *world) {
		w.cloud.fault = once("create a", errHalf, true)
		if r, _ := w.apply(t.Context(), resource("toy_token", "a", "")); len(r.Failed) != 1 {
			t.Fatalf("failures %v, want one", w.failures(r))
		}
		diff(t, "state", []string{"tainted a id-1"}, w.states())
		w.must(resource("toy_token", "a", ""))
		diff(t, "state after another run", []string{"live a id-2"}, w.states())
		diff(t, "objects", 1, len(w.cloud.objects))
	})
	inBubble(t, "an update that was refused leaves the object as it was", func(t *testing.T, w *world) {
		w.must(resource("toy_token", "a", ""))
		w.cloud.fault = once("update a", errRefusal, false)
		r, _ := w.apply(t.Context(), resource("toy_token", "a", `size = "x"`))
		diff(t, "failures", []string{"failed a"}, w.failures(r))
		diff(t, "state", []string{"live a id-1"}, w.states())
	})
	inBubble(t, "an update whose answer was lost stays open", func(t *testing.T, w *world) {
		w.must(resource("toy_token", "a", ""))
		w.cloud.fault = once("update a", errLost, true)
		r, _ := w.apply(t.Context(), resource("toy_token", "a", `size = "x"`))
		diff(t, "failures", []string{"failed a"}, w.failures(r))
		diff(t, "state", []string{"updating a id-1"}, w.states())
		w.must(resource("toy_token", "a", `size = "x"`))
		diff(t, "state after another run", []string{"live a id-1"}, w.states())
	})
	inBubble(t, "a deletion that was refused leaves the object as it was", func(t *testing.T, w *world) {
		w.must(resource("toy_token", "a", ""))
		w.cloud.fault = once("delete a", errRefusal, false)
		r, _ := w.apply(t.Context(), "locals {}")
		diff(t, "failures", []string{"failed a"}, w.failures(r))
		diff(t, "state", []string{"live a id-1"}, w.states())
	})
	inBubble(t, "a deletion whose answer was lost stays open", func(t *testing.T, w *world) {
		w.must(resource("toy_token", "a", ""))
		w.cloud.fault = once("delete a", errLost, true)
		r, _ := w.apply(t.Context(), "locals {}")
		diff(t, "failures", []string{"failed a"}, w.failures(r))
		diff(t, "state", []string{"deleting a id-1"}, w.states())
		w.must("locals {}")
		diff(t, "state after another run", []string(nil), w.states())
	})
	inBubble(t, "an object that is gone is deleted", func(t *testing.T, w *world) {
		w.must(resource("toy_token", "a", ""))
		w.cloud.fault = once("delete a", providers.ErrGone, false)
		w.must("locals {}")
		diff(t, "state", []string(nil), w.states())
	})
	inBubble(t, "an object that vanishes while it is waited for is forgotten", func(t *testing.T, w *world) {
		w.cloud.fault = once("read a", providers.ErrGone, false)
		r, _ := w.apply(t.Context(), resource("toy_token", "a", ""))
		diff(t, "failures", []string{"failed a"}, w.failures(r))
		diff(t, "state", []string(nil), w.states())
	})
	inBubble(t, "a panic of a provider fails one step", func(t *testing.T, w *world) {
		w.cloud.fault = func(_ context.Context, call string) (error, bool) {
			if call == "create b" {
				panic("a bug")
			}
			return nil, true
		}
		r, err := w.apply(t.Context(), src)
		if err != nil {
			t.Fatal(err)
		}
		diff(t, "failures", []string{"failed b", "skipped c"}, w.failures(r))
	})
	inBubble(t, "an output that stands on a failed step keeps its value", func(t *testing.T, w *world) {
		outputs := func(name string) string {
			return resource("toy_token", "a", fmt.Sprintf("size = %q", name)) + `
				output "size" { value = toy_token.a.size }
				output "name" { value = "` + name + `" }`
		}
		w.must(outputs("one"))
		w.cloud.fault = once("update a", errRefusal, false)
		if _, err := w.apply(t.Context(), outputs("two")); err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for name, o := range w.store.snap.Outputs {
			got[name] = planner.DecodeOutput(o).AsString()
		}
		diff(t, "outputs", map[string]string{"size": "one", "name": "two"}, got)
	})
}

func TestAgain(t *testing.T) {
	inBubble(t, "an update is asked for until nothing is left to change", func(t *testing.T, w *world) {
		w.must(resource("toy_token", "a", ""))
		w.cloud.fault = times(2, "update a", providers.ErrAgain, false)
		w.must(resource("toy_token", "a", `size = "x"`))
		diff(t, "log", []string{"write: updating a", "update a", "read a", "update a", "read a", "update a", "read a", "write: live a"}, w.cloud.log)
	})
	inBubble(t, "an update that is refused half way stays open", func(t *testing.T, w *world) {
		w.must(resource("toy_token", "a", ""))
		calls := 0
		w.cloud.fault = func(_ context.Context, call string) (error, bool) {
			if call != "update a" {
				return nil, true
			}
			if calls++; calls == 1 {
				return providers.ErrAgain, true
			}
			return errRefusal, false
		}
		r, _ := w.apply(t.Context(), resource("toy_token", "a", `size = "x"`))
		diff(t, "failures", []string{"failed a"}, w.failures(r))
		diff(t, "state", []string{"updating a id-1"}, w.states())
	})
	inBubble(t, "a create that has more to change is changed when it is ready", func(t *testing.T, w *world) {
		w.cloud.fault = once("create a", providers.ErrAgain, true)
		w.must(resource("toy_token", "a", ""))
		diff(t, "log", []string{"write: intended a", "create a", "write: pending a", "read a", "update a", "read a", "write: live a", "write: unmark"}, w.cloud.log)
	})
	inBubble(t, "a deletion is asked for until it is accepted", func(t *testing.T, w *world) {
		w.must(resource("toy_token", "a", ""))
		w.cloud.fault = times(3, "delete a", providers.ErrAgain, false)
		w.must("locals {}")
		diff(t, "calls", []string{"delete a", "delete a", "delete a", "delete a"}, w.calls())
	})
}

func TestStop(t *testing.T) {
	src := resource("toy_token", "a", "") + resource("toy_token", "b", "depends_on = [toy_token.a]") + resource("toy_token", "c", "")
	inBubble(t, "the first stop lets running calls finish and starts nothing", func(t *testing.T, w *world) {
		w.cloud.boot = time.Hour
		w.cloud.fault = func(ctx context.Context, call string) (error, bool) {
			if call == "create a" {
				close(w.stop)
				_ = providers.WallClock{}.Sleep(ctx, time.Minute) // the call takes a while
			}
			return ctx.Err(), true
		}
		r, err := w.apply(t.Context(), src)
		if err != nil || !r.Interrupted {
			t.Fatalf("error %v, interrupted %v", err, r.Interrupted)
		}
		diff(t, "failures", []string{"skipped a", "skipped b", "skipped c"}, w.failures(r))
		diff(t, "state", []string{"pending a id-1"}, w.states())
		diff(t, "calls", []string{"create a"}, w.calls())

		w.stop, w.cloud.fault = make(chan struct{}), nil
		w.must(src)
		diff(t, "state after another run", []string{"live a id-1", "live b id-3", "live c id-2"}, w.states())
	})
	inBubble(t, "cancelling cancels running calls, and the journal tells the truth", func(t *testing.T, w *world) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		w.cloud.fault = func(ctx context.Context, call string) (error, bool) {
			if call == "create a" {
				cancel()
				<-ctx.Done()
			}
			return ctx.Err(), true
		}
		r, err := w.apply(ctx, src)
		if err != nil || !r.Interrupted {
			t.Fatalf("error %v, interrupted %v", err, r.Interrupted)
		}
		diff(t, "failures", []string{"failed a", "skipped b", "skipped c"}, w.failures(r))
		diff(t, "state", []string{"intended a"}, w.states())
		diff(t, "marks of the run", 1, len(w.store.marks))
	})
	inBubble(t, "a stop ends the wait for a deletion", func(t *testing.T, w *world) {
		w.must(src)
		w.cloud.fade = time.Hour
		time.AfterFunc(time.Minute, func() { close(w.stop) })
		r, _ := w.apply(t.Context(), resource("toy_token", "a", "")+resource("toy_token", "b", "depends_on = [toy_token.a]"))
		diff(t, "failures", []string{"skipped c"}, w.failures(r))
		diff(t, "state", []string{"live a id-1", "live b id-3", "deleting c id-2"}, w.states())
	})
	inBubble(t, "a wait does not last for ever", func(t *testing.T, w *world) {
		w.cloud.boot = 1000 * time.Hour
		r, _ := w.apply(t.Context(), resource("toy_token", "a", ""))
		diff(t, "failures", []string{"failed a"}, w.failures(r))
		diff(t, "state", []string{"pending a id-1"}, w.states())
	})
}

func TestCommitFailureStopsAllCalls(t *testing.T) {
	before := resource("toy_token", "u", "") + resource("toy_token", "d", "") + resource("toy_token", "r", "") + resource("toy_birth", "o", "")
	after := resource("toy_token", "u", `size = "x"`) + resource("toy_token", "r", `image = "x"`) + resource("toy_birth", "c", "") + `
		output "o" { value = 1 }`
	writes := 0
	inBubble(t, "without a failure", func(t *testing.T, w *world) {
		w.must(before)
		w.must(after)
		writes = w.store.writes
	})
	for n := 1; n <= writes; n++ {
		inBubble(t, fmt.Sprintf("write %d of %d fails", n, writes), func(t *testing.T, w *world) {
			w.must(before)
			p := program(t, after)
			plan := w.plan(p)
			w.store.fail = n
			_, err := w.carryOut(t.Context(), p, plan)
			if !errors.Is(err, errDisk) {
				t.Errorf("error %v, want %v", err, errDisk)
			}
			at := slices.Index(w.cloud.log, "write fails")
			for _, entry := range w.cloud.log[at+1:] {
				if !strings.HasPrefix(entry, "read") && !strings.HasPrefix(entry, "list") {
					t.Errorf("%q after a write has failed; log:\n%s", entry, strings.Join(w.cloud.log, "\n"))
				}
			}
		})
	}
}

func TestJournalRefusesAfterAFailure(t *testing.T) {
	w := newWorld(t)
	w.store.fail = 2
	j := &journal{store: w.store, clock: providers.WallClock{}, newID: func() string { return "id" }, tokens: map[string]string{}, ids: map[string]bool{}}
	for i, want := range []error{nil, errDisk, errDisk, errDisk} {
		if err := j.commit(state.Change{Unmark: "t"}); !errors.Is(err, want) {
			t.Errorf("commit %d: %v, want %v", i+1, err, want)
		}
	}
	// What is known of objects then must reach the store, which keeps it elsewhere.
	diff(t, "writes that the store was told of", 4, w.store.writes)
}

func TestLostCreates(t *testing.T) {
	tests := []struct {
		name     string
		typ      string
		lost     int // how many answers
		effect   bool
		failures []string
		state    []string
		calls    []string
		objects  int
	}{
		{"token: made", "toy_token", 1, true, nil, []string{"live a id-2"}, []string{"create a"}, 2},
		{"token: not made, so it is made again", "toy_token", 1, false, nil, []string{"live a id-2"}, []string{"create a", "create a"}, 2},
		{"token: not made, time and again", "toy_token", 5, false, []string{"failed a"}, nil, []string{"create a", "create a", "create a", "create a", "create a"}, 1},
		{"birth: made", "toy_birth", 1, true, nil, []string{"live a id-2"}, []string{"create a"}, 2},
		{"birth: not made, so it is made again", "toy_birth", 1, false, nil, []string{"live a id-2"}, []string{"create a", "create a"}, 2},
		{"again: made", "toy_again", 1, true, nil, []string{"live a id-2"}, []string{"create a"}, 2},
		{"again: not made", "toy_again", 1, false, nil, []string{"live a id-2"}, []string{"create a", "create a"}, 2},
		{"no proof: made", "toy_none", 1, true, []string{"failed a"}, []string{"intended a"}, []string{"create a"}, 2},
		{"no proof: not made", "toy_none", 1, false, []string{"failed a"}, []string{"intended a"}, []string{"create a"}, 1},
	}
	for _, tt := range tests {
		inBubble(t, tt.name, func(t *testing.T, w *world) {
			// Somebody else's object, the same in all that can be seen.
			foreign := server{Name: "a"}
			if tt.typ == "toy_again" {
				foreign.Name = "other"
			}
			if err := w.cloud.create(t.Context(), &foreign, providers.Attempt{}); err != nil {
				t.Fatal(err)
			}
			w.cloud.fault = times(tt.lost, "create a", errLost, tt.effect)
			r, err := w.apply(t.Context(), resource(tt.typ, "a", ""))
			if err != nil {
				t.Fatal(err)
			}
			diff(t, "failures", tt.failures, w.failures(r))
			diff(t, "state", tt.state, w.states())
			diff(t, "calls", tt.calls, w.calls())
			diff(t, "objects in the cloud", tt.objects, len(w.cloud.objects))
		})
	}
	inBubble(t, "absence counts only after the window", func(t *testing.T, w *world) {
		start := time.Now()
		w.cloud.fault = once("create a", errLost, false)
		w.must(resource("toy_token", "a", ""))
		if took := time.Since(start); took < time.Minute {
			t.Errorf("made again after %s, want at least the minute of the window", took)
		}
	})
	inBubble(t, "a search that fails leaves the intent open", func(t *testing.T, w *world) {
		w.cloud.fault = func(_ context.Context, call string) (error, bool) {
			if strings.HasPrefix(call, "create") || strings.HasPrefix(call, "find") {
				return errLost, false
			}
			return nil, true
		}
		r, _ := w.apply(t.Context(), resource("toy_token", "a", ""))
		diff(t, "failures", []string{"failed a"}, w.failures(r))
		diff(t, "state", []string{"intended a"}, w.states())
		diff(t, "marks that still serve", 1, len(w.store.marks))
	})
	inBubble(t, "birth: of two new objects that look alike ours bears the mark", func(t *testing.T, w *world) {
		w.cloud.fault = func(_ context.Context, call string) (error, bool) {
			if call == "create a" {
				w.cloud.mu.Lock()
				w.cloud.objects["id-foreign"] = &object{server: server{ID: "id-foreign", Name: "a"}, made: time.Now()}
				w.cloud.mu.Unlock()
			}
			return nil, true
		}
		lost, foreign := once("create a", errLost, true), w.cloud.fault
		w.cloud.fault = func(ctx context.Context, call string) (error, bool) {
			_, _ = foreign(ctx, call)
			return lost(ctx, call)
		}
		w.must(resource("toy_birth", "a", ""))
		diff(t, "state", []string{"live a id-1"}, w.states())
	})
	inBubble(t, "birth: two new objects that look alike are left for a person", func(t *testing.T, w *world) {
		w.owner = ""
		w.cloud.fault = func(ctx context.Context, call string) (error, bool) {
			if call != "create a" {
				return nil, true
			}
			w.cloud.mu.Lock()
			w.cloud.objects["id-foreign"] = &object{server: server{ID: "id-foreign", Name: "a"}, made: time.Now()}
			w.cloud.mu.Unlock()
			return errLost, true
		}
		r, _ := w.apply(t.Context(), resource("toy_birth", "a", ""))
		diff(t, "state", []string{"intended a"}, w.states())
		var undecided *observe.UndecidedError
		if !errors.As(r.Failed[0].Err, &undecided) {
			t.Fatalf("error %v, want an UndecidedError", r.Failed[0].Err)
		}
		diff(t, "candidates", []string{"id-1", "id-foreign"}, undecided.Candidates)
	})
	inBubble(t, "birth: many lost at once are each found once", func(t *testing.T, w *world) {
		w.parallel = 0
		w.cloud.fault = func(_ context.Context, call string) (error, bool) {
			if strings.HasPrefix(call, "create") {
				return errLost, true
			}
			return nil, true
		}
		w.must(resource("toy_birth", "a", "") + resource("toy_birth", "b", "") + resource("toy_birth", "c", ""))
		diff(t, "objects", 3, len(w.cloud.objects))
		for _, o := range w.store.objects {
			p, _ := planner.Unobserved(o, catalog)
			if got := p.Value.GetAttr("name").AsString(); got != o.Addr.Name {
				t.Errorf("%s is %s", o.Addr, got)
			}
		}
	})
}

func TestLostCreatesOfTheSameName(t *testing.T) {
	inBubble(t, "what another step has made is not taken for one's own", func(t *testing.T, w *world) {
		w.cloud.fault = times(2, "create a", errLost, true)
		w.must(resource("toy_birth", "a", "count = 2"))
		diff(t, "state", []string{"live a id-1", "live a id-2"}, w.states())
	})
}

// TestLostCreatesUnderAnIDThatWasThere replaces an object where ids are made of
// names: that of the old one is no proof against the new one.
func TestLostCreatesUnderAnIDThatWasThere(t *testing.T) {
	inBubble(t, "what replaces an object is found under its id", func(t *testing.T, w *world) {
		w.cloud.named, w.owner = true, ""
		w.must(resource("toy_birth", "b", `image = "x"`))
		w.cloud.fault = once("create b", errLost, true)
		// The list of what was there before is taken for a, while b is there still.
		w.must(resource("toy_birth", "a", "") + resource("toy_birth", "b", `image = "y"`))
		diff(t, "state", []string{"live a id-a", "live b id-b"}, w.states())
		diff(t, "calls", []string{"create a", "delete b", "create b"}, w.calls())
	})
}

func TestMarksAreTakenOff(t *testing.T) {
	inBubble(t, "after a run, and after one that was cut off", func(t *testing.T, w *world) {
		w.store.marks["mlinfra-run-old"] = state.Mark{Token: "mlinfra-run-old", Provider: "toy"}
		w.must(resource("toy_token", "a", "") + resource("toy_token", "b", ""))
		slices.Sort(w.unmarked)
		diff(t, "tokens taken off", []string{providers.TokenPrefix + "key00002", "mlinfra-run-old"}, w.unmarked)
		diff(t, "marks in state", 0, len(w.store.marks))
	})
}

func TestPlanIsAPromise(t *testing.T) {
	inBubble(t, "a value that is not as planned fails the step", func(t *testing.T, w *world) {
		src := resource("toy_token", "a", "") + resource("toy_token", "b", "size = toy_token.a.size")
		p := program(t, src)
		plan := w.plan(p)
		later := program(t, resource("toy_token", "a", "")+resource("toy_token", "b", `size = "other"`))
		r, err := w.carryOut(t.Context(), later, plan)
		if err != nil {
			t.Fatal(err)
		}
		diff(t, "failures", []string{"failed b"}, w.failures(r))
		diff(t, "calls", []string{"create a"}, w.calls())
	})
	inBubble(t, "what the cloud makes of it is only warned about", func(t *testing.T, w *world) {
		w.cloud.fault = func(_ context.Context, call string) (error, bool) {
			if call == "read a" {
				w.cloud.mu.Lock()
				w.cloud.objects["id-1"].Size = "XL"
				w.cloud.mu.Unlock()
			}
			return nil, true
		}
		r := w.must(resource("toy_token", "a", `size = "xl"`))
		if len(r.Warnings) != 1 {
			t.Errorf("warnings %q, want one", r.Warnings)
		}
	})
	inBubble(t, "what the type has to say of it is said", func(t *testing.T, w *world) {
		r := w.must(resource("toy_token", "a", `size = "leaky"`) + resource("toy_token", "b", ""))
		diff(t, "warnings", []string{"toy_token.a: it leaks"}, r.Warnings)
		r = w.must(resource("toy_token", "a", `size = "leaky"`) + resource("toy_token", "b", ""))
		diff(t, "warnings without a change", []string(nil), r.Warnings)
	})
	inBubble(t, "what the plan could not warn of is said", func(t *testing.T, w *world) {
		r := w.must(resource("toy_token", "a", `size = "sharp"`) + resource("toy_token", "b", `size = "sharp ${toy_token.a.ip}"`))
		diff(t, "warnings", []string{"toy_token.b: it cuts"}, r.Warnings)
	})
	inBubble(t, "an object that was not ready is as promised when it is", func(t *testing.T, w *world) {
		src := resource("toy_token", "a", "") + resource("toy_token", "b", "size = toy_token.a.ip")
		w.cloud.boot = time.Hour
		time.AfterFunc(time.Minute, func() { close(w.stop) })
		if _, err := w.apply(t.Context(), src); err != nil {
			t.Fatal(err)
		}
		diff(t, "state", []string{"pending a id-1"}, w.states())
		w.stop = make(chan struct{})
		r := w.must(src)
		diff(t, "warnings", []string(nil), r.Warnings)
		diff(t, "calls", []string{"create b"}, w.calls())
	})
}

func TestUpdatesThatChangeNothingAreNotMade(t *testing.T) {
	inBubble(t, "a value that was unknown comes out as it was", func(t *testing.T, w *world) {
		src := func(image string) string {
			return resource("toy_token", "a", fmt.Sprintf("image = %q", image)) +
				resource("toy_token", "b", `size = toy_token.a.id == "" ? "none" : "some"`)
		}
		w.must(src("one"))
		plan := w.plan(program(t, src("two")))
		if _, change, _ := plan.Count(); change != 1 {
			t.Fatalf("the plan changes %d objects, want b", change)
		}
		r := w.must(src("two"))
		diff(t, "calls", []string{"delete a", "create a"}, w.calls())
		if r.Added != 1 || r.Changed != 0 || r.Destroyed != 1 {
			t.Errorf("%d added, %d changed, %d destroyed, want 1, 0, 1", r.Added, r.Changed, r.Destroyed)
		}
	})
}

func TestEvents(t *testing.T) {
	inBubble(t, "a step starts, tells that it goes on, and ends", func(t *testing.T, w *world) {
		w.cloud.boot = 15 * time.Second
		w.must(resource("toy_token", "a", ""))
		var kinds []EventKind
		for _, e := range w.events {
			kinds = append(kinds, e.Kind)
		}
		diff(t, "events", []EventKind{Started, Progressed, Completed}, kinds)
		last := w.events[len(w.events)-1]
		if last.ID != "id-1" || last.Elapsed < 15*time.Second {
			t.Errorf("last event %+v", last)
		}
	})
}

func TestProvisionersReportWhatTheyDo(t *testing.T) {
	tests := []struct {
		name, command string
		want          []EventKind // the first line says what is run
	}{
		{"one that ends well", "echo one; echo", []EventKind{Provisioning, Output, Output, Output, Provisioned}},
		{"one that fails", "echo one; exit 3", []EventKind{Provisioning, Output, Output, ProvisionFailed}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			_, _ = w.apply(t.Context(), resource("toy_token", "a", fmt.Sprintf("provisioner \"local-exec\" {\ncommand = %q\n}", tt.command)))
			var got []EventKind
			for _, e := range w.events {
				if e.Source != "" {
					got = append(got, e.Kind)
				}
			}
			diff(t, "events", tt.want, got)
		})
	}
}

func TestDestroyProvisioners(t *testing.T) {
	const first = "lifecycle { create_before_destroy = true }\n"
	for _, tt := range []struct {
		name, body, next string
		want             bool
	}{
		{"run before an object goes", "", "", true},
		{"also of one that would be created before it goes", first, "", true},
		{"not of one that has been replaced so", first, first + `image = "x"`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			ran := filepath.Join(t.TempDir(), "ran")
			script := fmt.Sprintf("provisioner \"local-exec\" {\nwhen = destroy\ncommand = %q\n}\n", "echo >>"+ran)
			w.must(resource("toy_token", "a", tt.body+script))
			next := resource("toy_token", "a", tt.next+"\n"+script)
			if tt.next == "" {
				next = resource("toy_token", "a", tt.body+script+"count = 0")
			}
			w.must(next)
			if _, err := os.Stat(ran); (err == nil) != tt.want {
				t.Errorf("it has run: %v, want %v", err == nil, tt.want)
			}
		})
	}
}

func TestOperations(t *testing.T) {
	src := resource("toy_operated", "a", "")
	inBubble(t, "a create is done when its operation is", func(t *testing.T, w *world) {
		start := time.Now()
		w.must(src)
		diff(t, "time taken", time.Minute, time.Since(start).Truncate(30*time.Second))
		diff(t, "begin of the log", []string{"write: intended a", "create a", "write: pending a", "ask for create a"}, w.cloud.log[:4])
		diff(t, "end of the log", []string{"ask for create a", "read a", "write: live a", "write: unmark"}, w.cloud.log[len(w.cloud.log)-4:])
	})
	inBubble(t, "so are an update and a deletion", func(t *testing.T, w *world) {
		w.must(src)
		start := time.Now()
		w.must(resource("toy_operated", "a", `size = "large"`))
		diff(t, "time of the update", time.Minute, time.Since(start).Truncate(30*time.Second))
		start = time.Now()
		w.must("locals {}")
		diff(t, "time of the deletion", time.Minute, time.Since(start).Truncate(30*time.Second))
	})
	inBubble(t, "many are asked for at once", func(t *testing.T, w *world) {
		w.parallel = 0
		w.must(src + resource("toy_operated", "b", "") + resource("toy_operated", "c", ""))
		if n := len(slices.DeleteFunc(w.calls(), func(s string) bool { return !strings.HasPrefix(s, "ask") })); n > 30 {
			t.Errorf("%d questions for operations of a minute, want at most 30", n)
		}
	})
	inBubble(t, "a create that the cloud gives up leaves nothing in state", func(t *testing.T, w *world) {
		w.cloud.broken["create a"] = errRefusal
		r, err := w.apply(t.Context(), src)
		if err != nil || len(r.Failed) != 1 || !errors.Is(r.Failed[0].Err, errRefusal) {
			t.Fatalf("failed %v, %v; want the operation's error", r.Failed, err)
		}
		diff(t, "state", []string(nil), w.states())
	})
	inBubble(t, "an update that the cloud gives up is made again by the next run", func(t *testing.T, w *world) {
		w.must(src)
		w.cloud.broken["update a"] = errRefusal
		r, _ := w.apply(t.Context(), resource("toy_operated", "a", `size = "large"`))
		diff(t, "failures", []string{"failed a"}, w.failures(r))
		diff(t, "state", []string{"updating a id-1"}, w.states())
	})
	inBubble(t, "a deletion that the cloud gives up leaves the object as it was", func(t *testing.T, w *world) {
		w.must(src)
		w.cloud.broken["delete a"] = errRefusal
		r, _ := w.apply(t.Context(), "locals {}")
		diff(t, "failures", []string{"failed a"}, w.failures(r))
		diff(t, "state", []string{"live a id-1"}, w.states())
	})
	inBubble(t, "the next run goes on waiting for what a killed one has started", func(t *testing.T, w *world) {
		w.store.fail = 3 // after the id, before it is live
		if _, err := w.apply(t.Context(), src); !errors.Is(err, errDisk) {
			t.Fatalf("error %v, want that of the disk", err)
		}
		w.store.fail = 0
		w.cloud.operations["create a"] = time.Now().Add(time.Hour)
		start := time.Now()
		w.must(src)
		diff(t, "time taken", time.Hour, time.Since(start).Truncate(30*time.Minute))
		diff(t, "state", []string{"live a id-1"}, w.states())
	})
}

func TestAccount(t *testing.T) {
	inBubble(t, "what is made remembers where", func(t *testing.T, w *world) {
		w.identity = "account 1"
		w.must(resource("toy_token", "a", ""))
		snap, _ := w.store.Snapshot()
		diff(t, "identity", "account 1", snap.Objects[0].Identity)
	})
	for _, change := range []string{"locals {}", resource("toy_token", "a", `size = "large"`), resource("toy_token", "a", `image = "x"`), resource("toy_token", "a", "image = \"x\"\nlifecycle { create_before_destroy = true }")} {
		inBubble(t, "elsewhere nothing is done to it", func(t *testing.T, w *world) {
			w.identity = "account 1"
			w.must(resource("toy_token", "a", ""))
			w.identity = "account 2"
			r, err := w.apply(t.Context(), change)
			if err != nil || len(r.Failed) == 0 || !strings.Contains(r.Failed[0].Err.Error(), "account 1") {
				t.Errorf("failed %v, %v; want the step to name the account", r.Failed, err)
			}
			diff(t, "calls", []string(nil), w.calls())
			diff(t, "state", []string{"live a id-1"}, w.states())
		})
	}
}

func TestChangesThatAreNotTakenEnd(t *testing.T) {
	inBubble(t, "at the time that the block says", func(t *testing.T, w *world) {
		w.must(resource("toy_token", "a", ""))
		w.cloud.fault = times(1<<30, "update a", providers.ErrAgain, false)
		start := time.Now()
		r, err := w.apply(t.Context(), resource("toy_token", "a", "size = \"large\"\ntimeouts { update = \"1m\" }"))
		if err != nil || len(r.Failed) != 1 || !strings.Contains(r.Failed[0].Err.Error(), "does not take the change") {
			t.Fatalf("failed %v, %v; want it to end", r.Failed, err)
		}
		if took := time.Since(start); took < time.Minute || took > 2*time.Minute {
			t.Errorf("it took %s, want about a minute", took)
		}
	})
	inBubble(t, "when the run is to stop", func(t *testing.T, w *world) {
		w.must(resource("toy_token", "a", ""))
		w.cloud.fault = times(1<<30, "update a", providers.ErrAgain, false)
		time.AfterFunc(10*time.Second, func() { close(w.stop) })
		start := time.Now()
		if r, err := w.apply(t.Context(), resource("toy_token", "a", `size = "large"`)); err != nil || len(r.Failed) != 1 {
			t.Fatalf("failed %v, %v; want it to stop", r.Failed, err)
		}
		if took := time.Since(start); took > 15*time.Second {
			t.Errorf("it took %s to stop", took-10*time.Second)
		}
	})
}
