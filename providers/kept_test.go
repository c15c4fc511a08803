package providers

import (
	"context"
	"errors"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

func TestKept(t *testing.T) {
	errBusy := errors.New("busy")
	var deleted error
	kept := func(r Resource[string, note]) (*Type, Ops) {
		r.Type, r.Kept = "x_note", true
		r.Create = func(_ context.Context, _ string, x *note, _ Attempt) error {
			x.ID, x.Copy = "1", x.Text
			return nil
		}
		typ := r.Erase()
		return typ, calls{client: ""}
	}
	ctx, v := t.Context(), newCodec[note]().encode(&note{Text: cty.True})
	typ, ops := kept(Resource[string, note]{})
	if !typ.Kept || typ.Settle != 0 || typ.CanUpdate() || typ.CanList() {
		t.Errorf("kept %v, settle %s, can update %v, can list %v", typ.Kept, typ.Settle, typ.CanUpdate(), typ.CanList())
	}
	made, err := ops.Create(ctx, typ, v, Attempt{})
	if err != nil || ID(made) != "1" || !made.GetAttr("copy").RawEquals(cty.True) {
		t.Errorf("created %#v, %v", made, err)
	}
	if got, err := ops.Read(ctx, typ, made); err != nil || !got.RawEquals(made) {
		t.Errorf("read %#v, %v; want it as it is", got, err)
	}
	if _, found, err := ops.Find(ctx, typ, v, Attempt{}); found || err != nil {
		t.Errorf("a create that was cut off is found: %v, %v", found, err)
	}
	if err := ops.Delete(ctx, typ, made); !errors.Is(err, ErrGone) {
		t.Errorf("deleted: %v, want that it is gone", err)
	}
	typ, ops = kept(Resource[string, note]{Delete: func(context.Context, string, note) error { return deleted }})
	for want, err := range map[error]error{errBusy: errBusy, ErrGone: nil} {
		if deleted = err; !errors.Is(ops.Delete(ctx, typ, made), want) {
			t.Errorf("delete that says %v does not say %v", err, want)
		}
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := ops.Create(stopped, typ, v, Attempt{}); !errors.Is(err, context.Canceled) {
		t.Errorf("create with a cancelled context: %v", err)
	}
	if _, err := ops.Read(stopped, typ, made); !errors.Is(err, context.Canceled) {
		t.Errorf("read with a cancelled context: %v", err)
	}
}
