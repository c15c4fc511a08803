package apply

import (
	"fmt"
	"sync"
	"time"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// journal writes the steps of a run into state. After a failed write all others
// fail: what is durable is then unknown, and no call may follow.
type journal struct {
	store state.Store
	clock providers.Clock
	newID func() string

	pending sync.WaitGroup // of writes that nobody waits for

	mu     sync.Mutex
	broken error
	tokens map[string]string     // of this run, by provider configuration
	ids    map[string]bool       // objects in state: provider configuration, type, id
	names  map[string]state.Addr // of those whose ids follow from what is asked for: where they are
	keys   string                // begins the keys of new objects
	made   int                   // how many keys have been made
}

// commit records changes. After a failure the store is told nevertheless: it
// refuses them, and keeps what they say of objects that exist in another place.
func (j *journal) commit(changes ...state.Change) error {
	err := j.store.Commit(changes...)
	j.fail(err)
	return j.failure()
}

// fail remembers the first error.
func (j *journal) fail(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken == nil {
		j.broken = err
	}
}

// later records what can be made again: the next write that is waited for comes
// after it. Its failure shows before the next step.
func (j *journal) later(changes ...state.Change) error {
	wait := j.store.Enqueue(changes...)
	j.pending.Go(func() { j.fail(wait()) })
	return j.failure()
}

// status returns o with a new status, as it is recorded.
func (j *journal) status(o *state.Object, s state.Status) *state.Object {
	o.Status, o.Since = s, j.clock.Now().UTC().Truncate(time.Millisecond)
	if s != state.Intended {
		o.Intent = nil
	}
	if s != state.Pending {
		o.Operation = ""
	}
	record := *o
	return &record
}

// newKey names a new object. The keys of a run follow each other, so that what is
// recorded at about the same time lies together in the store.
func (j *journal) newKey() state.ObjectKey {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.keys == "" {
		j.keys = j.newID()
	}
	j.made++
	return state.ObjectKey(fmt.Sprintf("%s-%05d", j.keys, j.made))
}

// put records o with a new status.
func (j *journal) put(o *state.Object, s state.Status, more ...state.Change) error {
	return j.commit(append(more, state.Change{Put: j.status(o, s)})...)
}

func (j *journal) drop(o *state.Object, more ...state.Change) error {
	return j.commit(append(more, state.Change{Drop: o.Key})...)
}

// mark returns the token of the run for a provider configuration, and the
// change that records it, which must be committed before the first object
// bears it.
func (j *journal) mark(provider string) (string, state.Change) {
	j.mu.Lock()
	defer j.mu.Unlock()
	token := j.tokens[provider]
	if token == "" {
		token = providers.TokenPrefix + j.newID()
		j.tokens[provider] = token
	}
	return token, state.Change{Mark: &state.Mark{Token: token, Provider: provider}}
}

// failure returns the error of the first write that failed.
func (j *journal) failure() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.broken
}

// own remembers that an object of state has the id.
func (j *journal) own(provider, typ, id string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ids[provider+" "+typ+" "+id] = true
}

// disown forgets the id of an object that is gone.
func (j *journal) disown(provider, typ, id string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.ids, provider+" "+typ+" "+id)
}

func (j *journal) owns(provider, typ, id string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.ids[provider+" "+typ+" "+id]
}

// claim gives the id that follows from what is asked for to the object at an
// address, unless another one has it: that one's address is returned then.
func (j *journal) claim(provider, typ, id string, at state.Addr) (other state.Addr, taken bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	key := provider + " " + typ + " " + id
	if has, ok := j.names[key]; ok && has != at {
		return has, true
	}
	j.names[key] = at
	return at, false
}

// release takes that back when the object at the address is gone, or was not made.
func (j *journal) release(provider, typ, id string, at state.Addr) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if key := provider + " " + typ + " " + id; j.names[key] == at {
		delete(j.names, key)
	}
}
