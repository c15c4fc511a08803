package providers

import (
	"context"
	"time"

	"github.com/zclconf/go-cty/cty"
)

// Ops are the calls on the objects of one connected provider. Values are of
// the type's schema, without marks, known where they are arguments.
type Ops interface {
	// Create makes the object and returns as soon as its id is known; a
	// returned value with an id is valid also beside an error.
	Create(ctx context.Context, t *Type, want cty.Value, a Attempt) (cty.Value, error)
	// Read returns the object as it is, ErrGone, or the part that is known
	// beside ErrNotReady or ErrBroken. A data source is read the same way.
	Read(ctx context.Context, t *Type, have cty.Value) (cty.Value, error)
	// Inspect reads an object as List shows those of a collection: also when it
	// is not ready or broken, and with what is said of it beside its attributes.
	Inspect(ctx context.Context, t *Type, have cty.Value) (Listed, error)
	// Update changes was to want. It can be called twice; ErrAgain asks for it.
	Update(ctx context.Context, t *Type, was, want cty.Value) (cty.Value, error)
	// Delete can be called twice and may return before the object is gone.
	Delete(ctx context.Context, t *Type, have cty.Value) error
	// Find looks for the object that a lost create has made.
	Find(ctx context.Context, t *Type, want cty.Value, a Attempt) (cty.Value, bool, error)
	// List returns the whole collection that in belongs to; see Type.Within.
	List(ctx context.Context, t *Type, in cty.Value) ([]Listed, error)
	// Leaves returns what outlives the object, of a type that has Leaves.
	Leaves(ctx context.Context, t *Type, have cty.Value) ([]Leftover, error)
	// Operations says of each operation that a call has Started whether it has
	// ended: nil, ErrNotReady while it goes on, or why it has failed.
	Operations(ctx context.Context, names []string) ([]error, error)
}

// Listed is one object of a list.
type Listed struct {
	Value cty.Value
	Ready bool // false while the object is still changing
	// Broken is why the object will never become ready; nil when it may.
	Broken error
	Aside
}

// Attempt identifies one try to create an object.
type Attempt struct {
	// Token is written to the object where the API has a place for it, or sent
	// as the API's own idempotency token. A cloud with Unmark gets one for all
	// objects of a run, another one for each attempt.
	Token string
	// Owner is the lineage of the state that the object is to belong to, for its
	// ownership mark; "" when it is to bear none.
	Owner string
	// Since is when the intent was written.
	Since time.Time
	// Known reports whether an id belongs to another object: one that state
	// records, or one that existed before the attempt.
	Known func(id string) bool
}

// calls are the Ops of one client, without any wrapping.
type calls struct {
	client     any
	operations func(ctx context.Context, names []string) ([]error, error)
	unowned    bool // no ownership marks are wanted
}

func (c calls) Create(ctx context.Context, t *Type, want cty.Value, a Attempt) (cty.Value, error) {
	if c.unowned {
		a.Owner = ""
	}
	return t.fns.create(ctx, c.client, want, a)
}

func (c calls) Read(ctx context.Context, t *Type, have cty.Value) (cty.Value, error) {
	return t.fns.read(ctx, c.client, have)
}

func (c calls) Inspect(ctx context.Context, t *Type, have cty.Value) (Listed, error) {
	return t.fns.inspect(ctx, c.client, have)
}

func (c calls) Update(ctx context.Context, t *Type, was, want cty.Value) (cty.Value, error) {
	return t.fns.update(ctx, c.client, was, want)
}

func (c calls) Delete(ctx context.Context, t *Type, have cty.Value) error {
	return t.fns.delete(ctx, c.client, have)
}

func (c calls) Find(ctx context.Context, t *Type, want cty.Value, a Attempt) (cty.Value, bool, error) {
	return t.fns.find(ctx, c.client, want, a)
}

func (c calls) List(ctx context.Context, t *Type, in cty.Value) ([]Listed, error) {
	return t.fns.list(ctx, c.client, in)
}

func (c calls) Leaves(ctx context.Context, t *Type, have cty.Value) ([]Leftover, error) {
	return t.fns.leaves(ctx, c.client, have)
}

func (c calls) Operations(ctx context.Context, names []string) ([]error, error) {
	return c.operations(ctx, names)
}

// TokenPrefix starts the token of a run. Clouds that keep tokens among the user's
// tags tell the two apart by it.
const TokenPrefix = "mlinfra-run-"
