package apply

import (
	"context"
	"sync"

	"github.com/mlinfra/mlinfra/providers"
)

// births remembers which objects of a collection existed before the run made
// its first one: of types that have no place for a token, what is new can
// then be told.
type births struct {
	mu    sync.Mutex
	lists map[string]*birthList
}

type birthList struct {
	once sync.Once
	ids  []string
	err  error
}

// before lists the collection of c once a run.
func (b *births) before(ctx context.Context, c *call) ([]string, error) {
	key := c.change.Provider + " " + c.typ.Name + " " + c.typ.Within(c.want)
	b.mu.Lock()
	if b.lists == nil {
		b.lists = map[string]*birthList{}
	}
	l := b.lists[key]
	if l == nil {
		l = &birthList{}
		b.lists[key] = l
	}
	b.mu.Unlock()
	l.once.Do(func() {
		listed, err := c.conn.Ops.List(ctx, c.typ, c.want)
		for _, item := range listed {
			l.ids = append(l.ids, providers.ID(item.Value))
		}
		l.err = err
	})
	return l.ids, l.err
}
