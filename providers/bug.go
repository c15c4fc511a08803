package providers

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// BugError says that a part of mlinfra is wrong: it has panicked, or answered
// nothing. What a call has done before that is unknown.
type BugError struct {
	What string // that went wrong, such as "digitalocean_vpc create"
	Text string // of the panic; it may hold values
	At   string // FILE:LINE that panicked; "" for none
}

func (e *BugError) Error() string {
	at := ""
	if e.At != "" {
		at = ", at " + e.At
	}
	return fmt.Sprintf("mlinfra has a bug in %s: %s%s; please report this", e.What, e.Text, at)
}

// maxPanicText bounds what is told of the value of a panic.
const maxPanicText = 500

// Protect calls f and returns its error, or a BugError about what when f
// panics: one object is lost then, not the run.
func Protect(what string, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			text := fmt.Sprint(p)
			if len(text) > maxPanicText {
				text = strings.ToValidUTF8(text[:maxPanicText], "") + "…"
			}
			err = &BugError{What: what, Text: text, At: panickedAt()}
		}
	}()
	return f()
}

// panickedAt returns the place that a deferred function's caller panicked at.
func panickedAt() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	panicking := false
	for {
		f, more := frames.Next()
		inRuntime := strings.HasPrefix(f.Function, "runtime.")
		switch {
		case f.Function == "runtime.gopanic":
			panicking = true
		case panicking && !inRuntime && filepath.IsAbs(f.File): // others are generated
			return fmt.Sprintf("%s/%s:%d", filepath.Base(filepath.Dir(f.File)), filepath.Base(f.File), f.Line)
		}
		if !more {
			return ""
		}
	}
}

// Guard returns conn with calls that end with a BugError where they would panic
// or answer nothing. Whether such a call has had an effect is unknown.
func Guard(conn Conn) Conn {
	conn.Ops = guarded{conn.Ops}
	if classify := conn.Classify; classify != nil {
		conn.Classify = func(err error) Verdict { return classifyBug(classify, err) }
	}
	if verify := conn.Verify; verify != nil {
		conn.Verify = func(ctx context.Context) error {
			return Protect("the check of the credentials", func() error { return verify(ctx) })
		}
	}
	if unmark := conn.Unmark; unmark != nil {
		conn.Unmark = func(ctx context.Context, token string) error {
			return Protect("the removal of a mark", func() error { return unmark(ctx, token) })
		}
	}
	if end := conn.Close; end != nil {
		conn.Close = func(ctx context.Context) error {
			return Protect("the end of a connection", func() error { return end(ctx) })
		}
	}
	return conn
}

func classifyBug(classify func(error) Verdict, err error) Verdict {
	unknown := Verdict{Kind: Transient}
	if errors.As(err, new(*BugError)) {
		return unknown
	}
	v := unknown
	if bug := Protect("the reading of an error", func() error { v = classify(err); return nil }); bug != nil {
		return unknown
	}
	return v
}

// guarded are Ops whose panics are errors.
type guarded struct{ ops Ops }

// answered refuses the absence of both a value and an error.
func answered(what string, v cty.Value, err error) error {
	if err == nil && v == cty.NilVal {
		return &BugError{What: what, Text: "it returned neither a value nor an error"}
	}
	return err
}

func (g guarded) Create(ctx context.Context, t *Type, want cty.Value, a Attempt) (v cty.Value, err error) {
	what := t.Name + " create"
	err = Protect(what, func() error { v, err = g.ops.Create(ctx, t, want, a); return answered(what, v, err) })
	return v, err
}

func (g guarded) Read(ctx context.Context, t *Type, have cty.Value) (v cty.Value, err error) {
	what := t.Name + " read"
	err = Protect(what, func() error { v, err = g.ops.Read(ctx, t, have); return answered(what, v, err) })
	return v, err
}

func (g guarded) Inspect(ctx context.Context, t *Type, have cty.Value) (l Listed, err error) {
	what := t.Name + " read"
	err = Protect(what, func() error { l, err = g.ops.Inspect(ctx, t, have); return answered(what, l.Value, err) })
	return l, err
}

func (g guarded) Leaves(ctx context.Context, t *Type, have cty.Value) (list []Leftover, err error) {
	err = Protect(t.Name+" leaves", func() error { list, err = g.ops.Leaves(ctx, t, have); return err })
	return list, err
}

func (g guarded) Update(ctx context.Context, t *Type, was, want cty.Value) (v cty.Value, err error) {
	what := t.Name + " update"
	err = Protect(what, func() error { v, err = g.ops.Update(ctx, t, was, want); return answered(what, v, err) })
	return v, err
}

func (g guarded) Delete(ctx context.Context, t *Type, have cty.Value) error {
	return Protect(t.Name+" delete", func() error { return g.ops.Delete(ctx, t, have) })
}

func (g guarded) Find(ctx context.Context, t *Type, want cty.Value, a Attempt) (v cty.Value, found bool, err error) {
	what := t.Name + " find"
	err = Protect(what, func() error {
		v, found, err = g.ops.Find(ctx, t, want, a)
		if !found {
			return err
		}
		return answered(what, v, err)
	})
	return v, found && err == nil, err
}

func (g guarded) List(ctx context.Context, t *Type, in cty.Value) (all []Listed, err error) {
	what := t.Name + " list"
	err = Protect(what, func() error {
		all, err = g.ops.List(ctx, t, in)
		for _, l := range all {
			if bad := answered(what, l.Value, nil); bad != nil {
				return bad
			}
		}
		return err
	})
	return all, err
}

func (g guarded) Operations(ctx context.Context, names []string) (errs []error, err error) {
	const what = "the look at what goes on"
	err = Protect(what, func() error {
		errs, err = g.ops.Operations(ctx, names)
		if err == nil && len(errs) != len(names) {
			return &BugError{What: what, Text: fmt.Sprintf("%d answers to %d questions", len(errs), len(names))}
		}
		return err
	})
	return errs, err
}
