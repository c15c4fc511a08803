package apply

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

// looks is a collection that records when it is looked at. An object is ready
// at its time, and gone when that is over.
type looks struct {
	providers.Ops
	typ    *providers.Type
	start  time.Time
	ready  map[string]time.Duration
	gone   map[string]time.Duration
	hidden map[string]bool // from lists
	fail   error

	mu    sync.Mutex
	reads []time.Duration
	lists []time.Duration
}

func newLooks() *looks {
	return &looks{
		typ: toyProvider().Resources.Of("toy_token"), start: time.Now(),
		ready: map[string]time.Duration{}, gone: map[string]time.Duration{}, hidden: map[string]bool{},
	}
}

func (l *looks) value(id string) cty.Value {
	vals := map[string]cty.Value{}
	for name, ty := range l.typ.ImpliedType().AttributeTypes() {
		vals[name] = cty.NullVal(ty)
	}
	vals["id"] = cty.StringVal(id)
	return cty.ObjectVal(vals)
}

func (l *looks) look(id string) error {
	age := time.Since(l.start)
	if at, ok := l.gone[id]; ok && age >= at {
		return providers.ErrGone
	}
	if age < l.ready[id] {
		return providers.ErrNotReady
	}
	return nil
}

func (l *looks) Read(_ context.Context, _ *providers.Type, have cty.Value) (cty.Value, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reads = append(l.reads, time.Since(l.start))
	if l.fail != nil {
		return have, l.fail
	}
	return have, l.look(providers.ID(have))
}

func (l *looks) List(context.Context, *providers.Type, cty.Value) ([]providers.Listed, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lists = append(l.lists, time.Since(l.start))
	if l.fail != nil {
		return nil, l.fail
	}
	var all []providers.Listed
	for id := range l.ready {
		if err := l.look(id); !errors.Is(err, providers.ErrGone) && !l.hidden[id] {
			all = append(all, providers.Listed{Value: l.value(id), Ready: err == nil})
		}
	}
	return all, nil
}

// waitAll waits for n objects at once and returns the errors by object.
func waitAll(w *waiter, l *looks, g goal, n int) []error {
	errs := make([]error, n)
	done := make(chan struct{})
	for i := range n {
		go func() {
			_, errs[i] = w.wait(context.Background(), "toy", l, l.typ, l.value(fmt.Sprint(i)), g, "")
			done <- struct{}{}
		}()
	}
	for range n {
		<-done
	}
	w.running.Wait()
	return errs
}

func TestWaiter(t *testing.T) {
	bubble := func(name string, f func(t *testing.T, w *waiter, l *looks)) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { f(t, newWaiter(providers.WallClock{}), newLooks()) })
		})
	}
	bubble("one object is read, ever more slowly", func(t *testing.T, w *waiter, l *looks) {
		l.ready["0"] = 5 * time.Minute
		diff(t, "errors", []error{nil}, waitAll(w, l, ready, 1))
		diff(t, "lists", 0, len(l.lists))
		if first := l.reads[0]; first != 0 {
			t.Errorf("the first look is after %s, want at once", first)
		}
		pause := time.Duration(0)
		for i := 1; i < len(l.reads); i++ {
			p := l.reads[i] - l.reads[i-1]
			if p < pause || p < minPause || p > maxPause {
				t.Errorf("pause %d is %s after one of %s, want growing from %s to %s", i, p, pause, minPause, maxPause)
			}
			pause = p
		}
		if late := l.reads[len(l.reads)-1] - 5*time.Minute; late > maxPause {
			t.Errorf("seen %s after it was ready", late)
		}
		if len(l.reads) > 60 {
			t.Errorf("%d reads in five minutes", len(l.reads))
		}
	})
	bubble("many objects share their looks", func(t *testing.T, w *waiter, l *looks) {
		const n = 50
		for i := range n {
			l.ready[fmt.Sprint(i)] = time.Duration(i) * time.Second
		}
		for i, err := range waitAll(w, l, ready, n) {
			if err != nil {
				t.Errorf("object %d: %v", i, err)
			}
		}
		// The first to come are looked at before there are many, and the last to
		// become ready are few again.
		if len(l.lists) == 0 || len(l.lists) > 30 || len(l.reads) > 30 {
			t.Errorf("%d lists and %d reads for %d objects in %d seconds", len(l.lists), len(l.reads), n, n)
		}
	})
	bubble("many objects that go share their looks", func(t *testing.T, w *waiter, l *looks) {
		for i := range 10 {
			l.ready[fmt.Sprint(i)], l.gone[fmt.Sprint(i)] = 0, time.Minute
		}
		for i, err := range waitAll(w, l, gone, 10) {
			if err != nil {
				t.Errorf("object %d: %v", i, err)
			}
		}
		if took := time.Since(l.start); took < time.Minute || took > time.Minute+maxPause {
			t.Errorf("took %s, want a minute", took)
		}
		if len(l.reads) > 10 {
			t.Errorf("%d reads, want lists", len(l.reads))
		}
	})
	bubble("what a list does not show yet is read", func(t *testing.T, w *waiter, l *looks) {
		for i := range 5 {
			id := fmt.Sprint(i)
			l.ready[id], l.hidden[id] = time.Second, true
		}
		diff(t, "errors", make([]error, 5), waitAll(w, l, ready, 5))
	})
	bubble("what a list does not show any more is gone", func(t *testing.T, w *waiter, l *looks) {
		for i := range 5 {
			id := fmt.Sprint(i)
			l.ready[id], l.gone[id] = 0, time.Second
		}
		diff(t, "errors", make([]error, 5), waitAll(w, l, gone, 5))
	})
	bubble("a look that fails ends the wait of all", func(t *testing.T, w *waiter, l *looks) {
		for i := range 5 {
			l.ready[fmt.Sprint(i)] = time.Hour
		}
		l.fail = errRefusal
		for i, err := range waitAll(w, l, ready, 5) {
			if !errors.Is(err, errRefusal) {
				t.Errorf("object %d: %v, want %v", i, err, errRefusal)
			}
		}
	})
	bubble("what should become ready and is gone is an error", func(t *testing.T, w *waiter, l *looks) {
		l.ready["0"], l.gone["0"] = time.Minute, time.Second
		if errs := waitAll(w, l, ready, 1); !errors.Is(errs[0], providers.ErrGone) {
			t.Errorf("error %v, want ErrGone", errs[0])
		}
	})
	bubble("a new object may be not found for the time its type grants", func(t *testing.T, w *waiter, l *looks) {
		typ := *l.typ
		typ.Grace = time.Minute
		l.typ = &typ
		l.gone["0"] = 0
		time.AfterFunc(30*time.Second, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			delete(l.gone, "0")
		})
		diff(t, "errors", []error{nil}, waitAll(w, l, ready, 1))
		l.gone["0"] = 0
		if errs := waitAll(w, l, ready, 1); !errors.Is(errs[0], providers.ErrGone) {
			t.Errorf("error %v after the grace, want ErrGone", errs[0])
		}
	})
	bubble("one who leaves does not disturb the others", func(t *testing.T, w *waiter, l *looks) {
		l.ready["0"], l.ready["1"] = time.Minute, time.Minute
		ctx, leave := context.WithTimeout(t.Context(), 10*time.Second)
		defer leave()
		left := make(chan error)
		go func() {
			_, err := w.wait(ctx, "toy", l, l.typ, l.value("1"), ready, "")
			left <- err
		}()
		stays := make(chan error)
		go func() {
			_, err := w.wait(t.Context(), "toy", l, l.typ, l.value("0"), ready, "")
			stays <- err
		}()
		if err := <-left; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want that of its context", err)
		}
		diff(t, "time it took to leave", 10*time.Second, time.Since(l.start))
		if err := <-stays; err != nil {
			t.Error(err)
		}
		w.running.Wait()
	})
	bubble("a newcomer is looked at soon although the others are old", func(t *testing.T, w *waiter, l *looks) {
		l.ready["0"], l.ready["1"] = 10*time.Minute, 0
		go func() { _, _ = w.wait(t.Context(), "toy", l, l.typ, l.value("0"), ready, "") }()
		time.Sleep(9 * time.Minute)
		before := time.Now()
		if _, err := w.wait(t.Context(), "toy", l, l.typ, l.value("1"), ready, ""); err != nil {
			t.Error(err)
		}
		if took := time.Since(before); took > minPause {
			t.Errorf("took %s, want at most %s", took, minPause)
		}
		w.running.Wait()
	})
}
