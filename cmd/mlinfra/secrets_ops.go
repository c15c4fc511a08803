package main

import (
	"context"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

// watchedOps are calls whose sensitive answers become known as secrets before
// anybody can put them into a message.
type watchedOps struct {
	providers.Ops
	secrets *scrubber
}

// Create makes an object.
func (w watchedOps) Create(ctx context.Context, t *providers.Type, want cty.Value, a providers.Attempt) (cty.Value, error) {
	w.secrets.hideIn(t.Schema, want, nil)
	v, err := w.Ops.Create(ctx, t, want, a)
	w.secrets.hideIn(t.Schema, v, nil)
	return v, err
}

// Read returns an object as it is.
func (w watchedOps) Read(ctx context.Context, t *providers.Type, have cty.Value) (cty.Value, error) {
	v, err := w.Ops.Read(ctx, t, have)
	w.secrets.hideIn(t.Schema, v, nil)
	return v, err
}

// Inspect returns an object with what is said of it beside its attributes.
func (w watchedOps) Inspect(ctx context.Context, t *providers.Type, have cty.Value) (providers.Listed, error) {
	l, err := w.Ops.Inspect(ctx, t, have)
	w.secrets.hideIn(t.Schema, l.Value, nil)
	return l, err
}

// Update changes an object.
func (w watchedOps) Update(ctx context.Context, t *providers.Type, was, want cty.Value) (cty.Value, error) {
	w.secrets.hideIn(t.Schema, want, nil)
	v, err := w.Ops.Update(ctx, t, was, want)
	w.secrets.hideIn(t.Schema, v, nil)
	return v, err
}

// Find looks for the object of a lost create.
func (w watchedOps) Find(ctx context.Context, t *providers.Type, want cty.Value, a providers.Attempt) (cty.Value, bool, error) {
	v, found, err := w.Ops.Find(ctx, t, want, a)
	w.secrets.hideIn(t.Schema, v, nil)
	return v, found, err
}

// List returns a collection.
func (w watchedOps) List(ctx context.Context, t *providers.Type, in cty.Value) ([]providers.Listed, error) {
	all, err := w.Ops.List(ctx, t, in)
	for _, l := range all {
		w.secrets.hideIn(t.Schema, l.Value, nil)
	}
	return all, err
}
