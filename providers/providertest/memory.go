package providertest

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/mlinfra/mlinfra/state"
)

// lineage is that of every state here: a word like no other.
const lineage = "q7kx2m9vw4tz8r5n3b6c"

// memory is a state that outlives the processes of a world. onCommit decides
// for each write, by its number, whether the process dies before or after it.
type memory struct {
	mu       sync.Mutex
	ctx      context.Context // of the process that may write
	serial   uint64
	objects  map[state.ObjectKey]state.Object
	outputs  map[string]state.Output
	marks    map[string]state.Mark
	commits  int
	onCommit func(n int) moment
	kill     func()
}

// moment says when a process dies.
type moment int

const (
	never moment = iota
	before
	after
)

// mortal sets what onCommit decides, and how the process dies.
func (m *memory) mortal(kill func(), onCommit func(n int) moment) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kill, m.onCommit = kill, onCommit
}

func (m *memory) attach(ctx context.Context) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ctx, m.commits = ctx, 0
}

// written returns a number that grows with each write.
func (m *memory) written() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.serial
}

// Snapshot returns the state.
func (m *memory) Snapshot() (state.Snapshot, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := state.Snapshot{Lineage: lineage, Serial: m.serial, Outputs: maps.Clone(m.outputs)}
	s.Objects = slices.SortedFunc(maps.Values(m.objects), func(a, b state.Object) int {
		if c := a.Addr.Compare(b.Addr); c != 0 {
			return c
		}
		if a.Key < b.Key {
			return -1
		}
		return 1
	})
	for _, mark := range m.marks {
		s.Marks = append(s.Marks, mark)
	}
	return s, nil
}

// Enqueue commits at once.
func (m *memory) Enqueue(changes ...state.Change) func() error {
	err := m.Commit(changes...)
	return func() error { return err }
}

// Expect waits for nobody.
func (m *memory) Expect(int) {}

// Commit makes the changes, unless the process has died.
func (m *memory) Commit(changes ...state.Change) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ctx.Err() != nil {
		return errDied
	}
	m.commits++
	when := never
	if m.onCommit != nil {
		when = m.onCommit(m.commits)
	}
	if when == before {
		m.kill()
		return errDied
	}
	m.serial++
	for _, c := range changes {
		switch {
		case c.Put != nil:
			m.objects[c.Put.Key] = *c.Put
		case c.Drop != "":
			delete(m.objects, c.Drop)
		case c.Mark != nil:
			m.marks[c.Mark.Token] = *c.Mark
		case c.Unmark != "":
			delete(m.marks, c.Unmark)
		default:
			m.outputs = maps.Clone(c.Outputs)
		}
	}
	if when == after {
		m.kill()
		return errDied
	}
	return nil
}

// Close does nothing.
func (m *memory) Close() error { return nil }
