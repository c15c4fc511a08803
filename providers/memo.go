package providers

import (
	"context"
	"errors"
	"iter"
	"sync"
)

// memo keeps the answers of one look at the clouds: what is listed or read
// twice is asked for once. A plan is made from one; nothing may change during it.
type memo struct {
	mu      sync.Mutex
	answers map[question]*answer
}

// question is what was asked of whom.
type question struct {
	client    any
	what, arg string
}

type answer struct {
	done  chan struct{}
	value any
	err   error
}

type memoKey struct{}

// Remember returns a context in which lists, and reads of data sources, are
// answered once: each list is shared by the objects that it shows and the data
// sources that choose from it.
func Remember(ctx context.Context) context.Context {
	return context.WithValue(ctx, memoKey{}, &memo{answers: map[question]*answer{}})
}

// Remembers reports whether ctx is one of Remember. One list then does for all
// that is read of a type; in another context it may cost more than a read, and lag.
func Remembers(ctx context.Context) bool {
	m, _ := ctx.Value(memoKey{}).(*memo)
	return m != nil
}

// Forget returns a context in which everything is asked for anew.
func Forget(ctx context.Context) context.Context {
	return context.WithValue(ctx, memoKey{}, (*memo)(nil))
}

// Recall returns what f does, which is called once in a context of Remember for
// who and what. Failures are not kept.
func Recall[T any](ctx context.Context, who any, what string, f func() (T, error)) (T, error) {
	return recall(ctx, question{who, what, ""}, f)
}

// recall returns the answer to q in ctx, asking by f when nobody has. Failures
// are not kept.
func recall[T any](ctx context.Context, q question, f func() (T, error)) (T, error) {
	m, _ := ctx.Value(memoKey{}).(*memo)
	if m == nil {
		return f()
	}
	m.mu.Lock()
	a, known := m.answers[q]
	if !known {
		a = &answer{done: make(chan struct{})}
		m.answers[q] = a
	}
	m.mu.Unlock()
	if known {
		select {
		case <-a.done:
			v, _ := a.value.(T)
			return v, a.err
		case <-ctx.Done():
			return *new(T), ctx.Err()
		}
	}
	v, err := f()
	a.value, a.err = v, err
	if err != nil && !isAnswer(err) {
		m.mu.Lock()
		delete(m.answers, q)
		m.mu.Unlock()
	}
	close(a.done)
	return v, err
}

// item is an object of a list, with ErrNotReady or ErrBroken.
type item[T any] struct {
	x   T
	err error
}

// All yields what r.List does, for data sources that choose from a collection.
func All[C, T any](ctx context.Context, c C, r Resource[C, T], in T) iter.Seq2[T, error] {
	return listAll(ctx, c, &r, in)
}

func listAll[C, T any](ctx context.Context, c C, r *Resource[C, T], in T) iter.Seq2[T, error] {
	within := ""
	if r.Within != nil {
		within = r.Within(in)
	}
	if r.View != nil && r.View(in) != "" {
		within += "\n" + r.View(in)
	}
	return func(yield func(T, error) bool) {
		items, err := recall(ctx, question{c, "list " + r.Type, within}, func() ([]item[T], error) {
			var all []item[T]
			for x, err := range r.List(ctx, c, in) {
				if err != nil && !errors.Is(err, ErrNotReady) && !errors.Is(err, ErrBroken) {
					return nil, err
				}
				all = append(all, item[T]{x, err})
			}
			return all, nil
		})
		if err != nil {
			yield(*new(T), err)
			return
		}
		for _, i := range items {
			if !yield(i.x, i.err) {
				return
			}
		}
	}
}
