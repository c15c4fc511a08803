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
	s := k.slot(c.change.Provider + " " + key)
	select {
	case s <- struct{}{}:
		return func() { <-s }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// lockKey takes the lock called key.
func (k *keyLocks) lockKey(key string) func() {
	s := k.slot(key)
	s <- struct{}{}
	return func() { <-s }
}
