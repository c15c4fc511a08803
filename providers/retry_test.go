package providers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zclconf/go-cty/cty"
)

// kindError is a failure of a kind.
type kindError struct {
	kind  Kind
	after time.Duration
}

func (e kindError) Error() string { return fmt.Sprint("kind ", int(e.kind)) }

func classifyKind(err error) Verdict {
	var k kindError
	if errors.As(err, &k) {
		return Verdict{Kind: k.kind, After: k.after}
	}
	return Verdict{Kind: Fatal}
}

// failing are Ops whose calls fail until they have been sent often enough.
type failing struct {
	err   error
	until int // the number of the call that succeeds
	calls int
	id    cty.Value // what a create returns beside its error
}

func (f *failing) call() error {
	if f.calls++; f.calls >= f.until {
		return nil
	}
	return f.err
}

func (f *failing) Create(context.Context, *Type, cty.Value, Attempt) (cty.Value, error) {
	return f.id, f.call()
}
func (f *failing) Read(context.Context, *Type, cty.Value) (cty.Value, error) {
	return cty.NilVal, f.call()
}
func (f *failing) Update(context.Context, *Type, cty.Value, cty.Value) (cty.Value, error) {
	return cty.NilVal, f.call()
}
func (f *failing) Delete(context.Context, *Type, cty.Value) error { return f.call() }
func (f *failing) Find(context.Context, *Type, cty.Value, Attempt) (cty.Value, bool, error) {
	return cty.NilVal, true, f.call()
}
func (f *failing) Inspect(context.Context, *Type, cty.Value) (Listed, error) {
	return Listed{}, f.call()
}
func (f *failing) Leaves(context.Context, *Type, cty.Value) ([]Leftover, error) {
	return nil, f.call()
}
func (f *failing) List(context.Context, *Type, cty.Value) ([]Listed, error) { return nil, f.call() }
func (f *failing) Operations(context.Context, []string) ([]error, error) {
	return []error{nil, ErrNotReady, kindError{kind: Busy}}, f.call()
}

// callAll calls each method of Ops, by name.
func callAll(ctx context.Context, o Ops, t *Type) map[string]func() error {
	return map[string]func() error{
		"create":     func() error { _, err := o.Create(ctx, t, cty.NilVal, Attempt{}); return err },
		"read":       func() error { _, err := o.Read(ctx, t, cty.NilVal); return err },
		"leaves":     func() error { _, err := o.Leaves(ctx, t, cty.NilVal); return err },
		"inspect":    func() error { _, err := o.Inspect(ctx, t, cty.NilVal); return err },
		"update":     func() error { _, err := o.Update(ctx, t, cty.NilVal, cty.NilVal); return err },
		"delete":     func() error { return o.Delete(ctx, t, cty.NilVal) },
		"find":       func() error { _, _, err := o.Find(ctx, t, cty.NilVal, Attempt{}); return err },
		"list":       func() error { _, err := o.List(ctx, t, cty.NilVal); return err },
		"operations": func() error { _, err := o.Operations(ctx, nil); return err },
	}
}

func TestRetry(t *testing.T) {
	tests := []struct {
		name  string
		err   error
		again bool // of the type
		// retried is whether calls are sent again, creates whether a create is.
		retried, creates bool
	}{
		{"fatal", kindError{kind: Fatal}, false, false, false},
		{"gone", kindError{kind: Gone}, false, false, false},
		{"throttled", kindError{kind: Throttled}, false, true, true},
		{"unsent", kindError{kind: Unsent}, false, true, true},
		{"busy", kindError{kind: Busy}, false, true, true},
		{"a lost answer", kindError{kind: Transient}, false, true, false},
		{"a lost answer of what can be sent twice", kindError{kind: Transient}, true, true, true},
		{"a refusal of what can be sent twice", kindError{kind: Fatal}, true, false, false},
		{"a reference to nothing", kindError{kind: Missing}, false, false, false},
		{"gone is an answer", ErrGone, false, false, false},
		{"not ready is an answer", ErrNotReady, false, false, false},
		{"an operation is an answer", &Started{Operation: "op"}, false, false, false},
		{"again is an answer", fmt.Errorf("wrapped: %w", ErrAgain), false, false, false},
	}
	for _, tt := range tests {
		for name := range callAll(t.Context(), &failing{}, nil) {
			t.Run(tt.name+", "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					ops := &failing{err: tt.err, until: 3}
					conn := Retry(Conn{Ops: ops, Classify: classifyKind}, WallClock{})
					err := callAll(t.Context(), conn.Ops, &Type{Again: tt.again})[name]()
					want := tt.retried
					if name == "create" {
						want = tt.creates
					}
					switch {
					case want && (err != nil || ops.calls != 3):
						t.Errorf("%d calls, error %v; want 3 calls and success", ops.calls, err)
					case !want && (!errors.Is(err, tt.err) && !errors.Is(tt.err, err) || ops.calls != 1):
						t.Errorf("%d calls, error %v; want 1 call and %v", ops.calls, err, tt.err)
					}
				})
			})
		}
	}
}

func TestRetryEnds(t *testing.T) {
	bubble := func(name string, f func(t *testing.T)) {
		t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
	}
	read := func(ctx context.Context, err error, clock Clock) (int, time.Duration, error) {
		ops := &failing{err: err, until: 1 << 30}
		start := time.Now()
		_, err = Retry(Conn{Ops: ops, Classify: classifyKind}, clock).Ops.Read(ctx, &Type{}, cty.NilVal)
		return ops.calls, time.Since(start), err
	}
	for kind, want := range map[Kind]time.Duration{Throttled: 10 * time.Minute, Unsent: 5 * time.Second, Busy: 2 * time.Minute, Transient: 30 * time.Second} {
		bubble(fmt.Sprintf("kind %d", kind), func(t *testing.T) {
			calls, took, err := read(t.Context(), kindError{kind: kind}, WallClock{})
			if !errors.Is(err, kindError{kind: kind}) || took > want || took < want-2*maxPause || calls < 3 || calls > 200 {
				t.Errorf("%d calls in %s, error %v; want to give up after about %s", calls, took, err, want)
			}
		})
	}
	bubble("who says how long to be patient is heard", func(t *testing.T) {
		for _, d := range []time.Duration{time.Second, 10 * time.Minute} {
			ctx := WithPatience(t.Context(), d)
			if calls, took, _ := read(ctx, kindError{kind: Busy}, WallClock{}); calls < 3 || took > d || took < d-2*maxPause {
				t.Errorf("%d calls in %s, want to give up after about %s", calls, took, d)
			}
			if _, took, _ := read(ctx, kindError{kind: Unsent}, WallClock{}); took > 5*time.Second || took < 3*time.Second {
				t.Errorf("gave up what was not sent after %s, want the usual time", took)
			}
		}
	})
	bubble("a cloud that asks for time gets it", func(t *testing.T) {
		ops := &failing{err: kindError{Throttled, time.Minute}, until: 2}
		start := time.Now()
		if err := Retry(Conn{Ops: ops, Classify: classifyKind}, WallClock{}).Ops.Delete(t.Context(), &Type{}, cty.NilVal); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != time.Minute {
			t.Errorf("waited %s, want a minute", took)
		}
	})
	bubble("a cloud that asks for too much time does not get it", func(t *testing.T) {
		calls, took, _ := read(t.Context(), kindError{Throttled, time.Hour}, WallClock{})
		if calls != 1 || took != 0 {
			t.Errorf("%d calls in %s, want one", calls, took)
		}
	})
	bubble("what is known to take long is waited for", func(t *testing.T) {
		ops := &failing{err: kindError{kind: Busy}, until: 1 << 30}
		slow := func(error) Verdict { return Verdict{Kind: Busy, Lasts: time.Hour} }
		start := time.Now()
		err := Retry(Conn{Ops: ops, Classify: slow}, WallClock{}).Ops.Delete(t.Context(), &Type{}, cty.NilVal)
		if took := time.Since(start); err == nil || took > time.Hour || took < time.Hour-2*maxPause {
			t.Errorf("gave up after %s with %v, want after an hour", took, err)
		}
	})
	bubble("the end of the context ends the wait with the failure", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, took, err := read(ctx, kindError{kind: Throttled}, WallClock{})
		if took != time.Second || !errors.Is(err, kindError{kind: Throttled}) {
			t.Errorf("took %s, error %v", took, err)
		}
	})
	bubble("an object that exists ends a create", func(t *testing.T) {
		object := cty.ObjectVal(map[string]cty.Value{"id": cty.StringVal("x")})
		ops := &failing{err: kindError{kind: Busy}, until: 5, id: object}
		v, err := Retry(Conn{Ops: ops, Classify: classifyKind}, WallClock{}).Ops.Create(t.Context(), &Type{}, cty.NilVal, Attempt{})
		if ops.calls != 1 || ID(v) != "x" || !errors.Is(err, kindError{kind: Busy}) {
			t.Errorf("%d calls, %#v, %v; want one, with its object and error", ops.calls, v, err)
		}
	})
	bubble("taking off marks, and the end, are retried", func(t *testing.T) {
		calls := 0
		third := func() error {
			if calls++; calls%3 > 0 {
				return kindError{kind: Transient}
			}
			return nil
		}
		conn := Retry(Conn{
			Ops: &failing{}, Classify: classifyKind, Close: func(context.Context) error { return third() },
			Unmark: func(context.Context, string) error { return third() },
		}, WallClock{})
		if err := errors.Join(conn.Unmark(t.Context(), "t"), conn.Close(t.Context())); err != nil || calls != 6 {
			t.Errorf("%d calls, error %v", calls, err)
		}
	})
}

func TestNetworkVerdict(t *testing.T) {
	var v any
	syntax := json.Unmarshal([]byte("{"), &v)
	var n int
	mismatch := json.Unmarshal([]byte(`"x"`), &n)
	for _, tt := range []struct {
		name string
		err  error
		want Kind
	}{
		{"a refusal of our own", errors.New("no"), Fatal},
		{"no such host", &url.Error{Op: "Post", URL: "x", Err: &net.OpError{Op: "dial", Err: &net.DNSError{Name: "x"}}}, Unsent},
		{"no connection", &url.Error{Op: "Post", URL: "x", Err: &net.OpError{Op: "dial", Err: errors.New("refused")}}, Unsent},
		{"a connection that breaks", &url.Error{Op: "Post", URL: "x", Err: &net.OpError{Op: "read", Err: errors.New("reset")}}, Transient},
		{"an answer that is cut off", io.ErrUnexpectedEOF, Transient},
		{"no answer", &url.Error{Op: "Post", URL: "x", Err: io.EOF}, Transient},
		{"an answer that is cut in JSON", fmt.Errorf("decode: %w", syntax), Transient},
		{"an answer of another shape", mismatch, Transient},
		{"an answer that takes too long", context.DeadlineExceeded, Transient},
		{"a call that was cancelled", context.Canceled, Transient},
	} {
		if got := NetworkVerdict(tt.err).Kind; got != tt.want {
			t.Errorf("%s (%v): kind %d, want %d", tt.name, tt.err, got, tt.want)
		}
	}
	for kind, want := range map[Kind]bool{Fatal: false, Gone: false, Throttled: false, Unsent: false, Busy: false, Transient: true} {
		if got := kind.Performed(); got != want {
			t.Errorf("kind %d may have had an effect: %v, want %v", kind, got, want)
		}
	}
}

func TestRetryOfWhatIsTooNewToBeSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ops := &failing{until: 1, id: cty.ObjectVal(map[string]cty.Value{"id": cty.StringVal("x")})}
		conn := Retry(Conn{Ops: ops, Classify: classifyKind}, WallClock{})
		if _, err := conn.Ops.Create(t.Context(), &Type{Grace: time.Minute}, cty.NilVal, Attempt{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second)
		*ops = failing{err: kindError{kind: Missing}, until: 3}
		if _, err := conn.Ops.Read(t.Context(), &Type{}, cty.NilVal); err != nil || ops.calls != 3 {
			t.Errorf("%d calls, error %v; want 3 calls and success", ops.calls, err)
		}
		*ops = failing{err: kindError{kind: Missing}, until: 1 << 30}
		start := time.Now()
		if _, err := conn.Ops.Read(t.Context(), &Type{}, cty.NilVal); err == nil {
			t.Error("a reference to nothing was accepted")
		}
		if took := time.Since(start); took > 40*time.Second || took < 20*time.Second {
			t.Errorf("gave up after %s, want the rest of the grace", took)
		}
	})
}

func TestRetryReplaysWhatBearsAToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ops := &failing{err: kindError{kind: Transient}, until: 3}
		conn := Retry(Conn{Ops: ops, Classify: classifyKind}, WallClock{})
		if _, err := conn.Ops.Create(t.Context(), &Type{Replay: true}, cty.NilVal, Attempt{Token: "t"}); err != nil || ops.calls != 3 {
			t.Errorf("%d calls, error %v; want 3 calls and success", ops.calls, err)
		}
	})
}
