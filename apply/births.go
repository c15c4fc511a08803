package apply

import (
	"context"
	"slices"
	"sync"

	"github.com/zclconf/go-cty/cty"

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
	err  error

	mu  sync.Mutex
	ids []string
}

// before lists the collection of c once a run.
func (b *births) before(ctx context.Context, c *call) ([]string, error) {
	l := b.list(c, c.want)
	l.once.Do(func() {
		listed, err := c.conn.Ops.List(ctx, c.typ, c.want)
		var ids []string
		for _, item := range listed {
			ids = append(ids, providers.ID(item.Value))
		}
		l.set(ids)
		l.err = err
	})
	return l.get(), l.err
}

// forget takes an object out that the run has deleted: what is made in its place may
// get its id.
func (b *births) forget(c *call, v cty.Value) {
	l := b.list(c, v)
	l.set(slices.DeleteFunc(slices.Clone(l.get()), func(id string) bool { return id == providers.ID(v) }))
}

// list returns what is known of the collection that v belongs to.
func (b *births) list(c *call, v cty.Value) *birthList {
	key := c.change.Provider + " " + c.typ.Name + " " + c.typ.Within(v)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.lists == nil {
		b.lists = map[string]*birthList{}
	}
	if b.lists[key] == nil {
		b.lists[key] = &birthList{}
	}
	return b.lists[key]
}

func (l *birthList) get() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ids
}

func (l *birthList) set(ids []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ids = ids
}
