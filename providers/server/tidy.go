package server

import (
	"context"
	"sync"
	"time"
)

// tidyLimit is how long a host may take to forget results at the end of a run.
const tidyLimit = 5 * time.Second

// done notes that nobody will ask for the results of steps after this run; the end
// of an id may be *.
func (m *machine) done(ids ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.over = append(m.over, ids...)
}

// tidy has the hosts forget those results. State has recorded by then what they were.
// What stays behind, as a host is not reached, goes another day.
func (c *client) tidy(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, tidyLimit)
	defer cancel()
	c.mu.Lock()
	var all []*machine
	for _, m := range c.machines {
		all = append(all, m)
	}
	c.mu.Unlock()
	var hosts sync.WaitGroup
	for _, m := range all {
		hosts.Go(func() { m.tidy(ctx) })
	}
	hosts.Wait()
}

func (m *machine) tidy(ctx context.Context) {
	m.mu.Lock()
	ids := m.over
	m.over = nil
	m.mu.Unlock()
	if len(ids) == 0 || m.prepare(ctx) != nil {
		return
	}
	_ = m.forget(ctx, ids...) // best effort
}
