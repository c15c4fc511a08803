package providers

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zclconf/go-cty/cty"
)

// shelf counts how often it is asked.
type shelf struct {
	mu    sync.Mutex
	lists map[string]int
	reads int
	fail  error
}

func (s *shelf) ask(within string) error {
	time.Sleep(time.Second)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lists[within]++
	return s.fail
}

func TestRemember(t *testing.T) {
	r := Resource[*shelf, place]{
		Type:   "x_place",
		Within: func(x place) string { return x.Network },
		List: func(_ context.Context, s *shelf, in place) iter.Seq2[place, error] {
			return func(yield func(place, error) bool) {
				if err := s.ask(in.Network); err != nil {
					yield(place{}, err)
					return
				}
				_ = yield(place{ID: "1"}, nil) && yield(place{ID: "2"}, ErrNotReady)
			}
		},
	}
	data := DataSource[*shelf, place]{Type: "x_place", Read: func(_ context.Context, s *shelf, x *place) error {
		s.reads++
		x.ID = "of " + x.Network
		return nil
	}}
	list, read := r.Erase(), data.Erase()
	value := func(network string) cty.Value { c := newCodec[place](); return c.encode(&place{Network: network}) }
	bubble := func(name string, f func(t *testing.T, ctx context.Context, s *shelf, ops calls)) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &shelf{lists: map[string]int{}}
				f(t, Remember(t.Context()), s, calls{client: s})
			})
		})
	}
	bubble("a list is asked for once, also by many at once", func(t *testing.T, ctx context.Context, s *shelf, ops calls) {
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if all, err := ops.List(ctx, list, value("a")); err != nil || len(all) != 2 || all[1].Ready {
					t.Errorf("list: %v, %v", all, err)
				}
			})
		}
		wg.Wait()
		n := 0
		for range All(ctx, s, r, place{Network: "a"}) {
			n++
		}
		if s.lists["a"] != 1 || n != 2 {
			t.Errorf("asked %d times, want once; %d items", s.lists["a"], n)
		}
	})
	bubble("collections are apart", func(t *testing.T, ctx context.Context, s *shelf, ops calls) {
		for _, network := range []string{"a", "b", "a"} {
			if _, err := ops.List(ctx, list, value(network)); err != nil {
				t.Error(err)
			}
		}
		if s.lists["a"] != 1 || s.lists["b"] != 1 {
			t.Errorf("asked %v, want once each", s.lists)
		}
	})
	bubble("views are apart, and what needs none is the collection", func(t *testing.T, ctx context.Context, s *shelf, _ calls) {
		seen := r
		seen.View = func(x place) string { return strings.Repeat("v", x.Size) }
		for _, size := range []int{0, 1, 1, 2} {
			for range All(ctx, s, seen, place{Network: "a", Size: size}) {
			}
		}
		for range All(ctx, s, r, place{Network: "a"}) {
		}
		if s.lists["a"] != 3 {
			t.Errorf("asked %v, want once for each of three views", s.lists)
		}
	})
	bubble("a failure is not kept", func(t *testing.T, ctx context.Context, s *shelf, ops calls) {
		s.fail = errors.New("down")
		if _, err := ops.List(ctx, list, value("a")); !errors.Is(err, s.fail) {
			t.Errorf("error %v", err)
		}
		s.fail = nil
		if _, err := ops.List(ctx, list, value("a")); err != nil || s.lists["a"] != 2 {
			t.Errorf("asked %v, error %v; want a second try", s.lists, err)
		}
	})
	bubble("equal data sources are read once", func(t *testing.T, ctx context.Context, s *shelf, ops calls) {
		for _, network := range []string{"a", "a", "b"} {
			if v, err := ops.Read(ctx, read, value(network)); err != nil || v.GetAttr("id").AsString() != "of "+network {
				t.Errorf("read: %#v, %v", v, err)
			}
		}
		if s.reads != 2 {
			t.Errorf("read %d times, want twice", s.reads)
		}
	})
	bubble("what is forgotten is asked for anew", func(t *testing.T, ctx context.Context, s *shelf, ops calls) {
		for _, ctx := range []context.Context{ctx, Forget(ctx), t.Context()} {
			if _, err := ops.List(ctx, list, value("a")); err != nil {
				t.Error(err)
			}
		}
		if s.lists["a"] != 3 {
			t.Errorf("asked %v, want three times", s.lists)
		}
	})
}
