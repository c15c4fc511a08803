package apply

import (
	"context"
	"sync"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/planner"
)

// keyLocks are locks by name. A channel of one slot is a lock whose wait can
// be cancelled.
type keyLocks struct {
	mu    sync.Mutex
	slots map[string]chan struct{}
}

func (k *keyLocks) slot(key string) chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.slots == nil {
		k.slots = map[string]chan struct{}{}
	}
	s := k.slots[key]
	if s == nil {
		s = make(chan struct{}, 1)
		k.slots[key] = s
	}
	return s
}

// lock takes what the type of c says only one call at a time may change.
func (k *keyLocks) lock(ctx context.Context, c *call) (func(), error) {
	v := c.want
	if c.op == planner.OpDelete || c.op == planner.OpAwait {
		v = c.change.Before
	}
	if v == cty.NilVal {
		return func() {}, nil
	}
	key := c.typ.Lock(v)
	if key == "" {
		return func() {}, nil
	}
	s := k.slot(c.via.provider + " " + key)
	select {
	case s <- struct{}{}:
		return func() { <-s }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// turns let creates of a type run together, and a search for a lost one alone.
type turns struct {
	mu    sync.Mutex
	locks map[string]*sync.RWMutex
}

func (t *turns) of(c *call) *sync.RWMutex {
	key := c.change.Provider + " " + c.typ.Name
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.locks == nil {
		t.locks = map[string]*sync.RWMutex{}
	}
	if t.locks[key] == nil {
		t.locks[key] = &sync.RWMutex{}
	}
	return t.locks[key]
}
