package providers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"time"
)

// Answers that resource functions give instead of a value.
var (
	// ErrGone means that the object does not exist (any more).
	ErrGone = errors.New("does not exist")
	// ErrNotReady means that the object exists and is still changing: its
	// id is valid, other attributes may not be.
	ErrNotReady = errors.New("is not ready yet")
	// ErrBroken means that the object exists and will never become ready: its
	// creation has failed.
	ErrBroken = errors.New("is broken")
	// ErrAgain is what Update returns after it has started one of several
	// changes that follow each other. The engine waits until the object is
	// ready and calls Update again with the same arguments.
	ErrAgain = errors.New("has more to change")
	// ErrPartly beside another error of Update means that a part of the change
	// was made, perhaps, before it failed.
	ErrPartly = errors.New("was changed in part")
)

// Started is what Create, Update and Delete return beside their result when
// the cloud goes on with the work as an operation: the engine waits for its end.
type Started struct {
	Operation string // what Cloud.Operations knows it by
	Then      error  // nil, or ErrAgain when more is to follow it
}

func (s *Started) Error() string { return "goes on as operation " + s.Operation }

// Unwrap returns s.Then.
func (s *Started) Unwrap() error { return s.Then }

// OperationOf returns the operation that a call has started; "" for none.
func OperationOf(err error) string {
	var s *Started
	if errors.As(err, &s) {
		return s.Operation
	}
	return ""
}

// ErrStopped means that a request was not sent because the run is to stop.
var ErrStopped = errors.New("stopped; the next apply goes on with it")

// isAnswer reports whether err is an answer rather than a failure.
func isAnswer(err error) bool {
	return errors.Is(err, ErrGone) || errors.Is(err, ErrNotReady) || errors.Is(err, ErrAgain) || errors.Is(err, ErrBroken) || OperationOf(err) != ""
}

// Kind is what a failed call means for the engine.
type Kind int

// The kinds of failure.
const (
	Fatal     Kind = iota // refused; asking again gives the same answer
	Gone                  // the object does not exist
	Throttled             // not performed; too many requests
	Unsent                // not performed; the cloud could not be reached
	Busy                  // not performed; something else has to finish first
	Missing               // not performed; it refers to what does not exist, or is too new to be seen
	Transient             // a lost or garbled answer: the effect is unknown
)

// Performed reports whether a call that failed so may have had an effect.
func (k Kind) Performed() bool { return k == Transient }

// Verdict is a cloud's reading of one of its errors.
type Verdict struct {
	Kind  Kind
	After time.Duration // how long the cloud asks to wait; zero if it did not say
	// Lasts is how long what is in the way may take, where that is known to be
	// longer than usual; zero is usual.
	Lasts time.Duration
	// Message tells people what happened and what to do, with the code and the
	// request id of the cloud; "" leaves the error's own words.
	Message string
}

// CallError is a failed call in words for people: those of its Verdict, or of a
// cloud that knows more.
type CallError struct {
	Message string
	Err     error
}

func (e *CallError) Error() string { return e.Message }

// Unwrap returns the error of the SDK.
func (e *CallError) Unwrap() error { return e.Err }

// explained returns err in the words of v, unless it has found its own.
func explained(err error, v Verdict) error {
	if v.Message == "" || errors.As(err, new(*CallError)) {
		return err
	}
	return &CallError{v.Message, err}
}

// NetworkVerdict reads an error that is no answer of the cloud. A request that
// never left is Unsent; of one whose answer was lost or garbled the effect is
// unknown; anything else is a provider's own refusal.
func NetworkVerdict(err error) Verdict {
	if errors.Is(err, ErrStopped) {
		return Verdict{Kind: Unsent}
	}
	var op *net.OpError
	var dns *net.DNSError
	var sent *url.Error
	errors.As(err, &sent)
	if errors.As(err, &dns) || (errors.As(err, &op) && op.Op == "dial") {
		v := Verdict{Kind: Unsent}
		if u, err := url.Parse(urlOf(sent)); err == nil && u.Host != "" {
			v.Message = fmt.Sprintf("cannot reach %s: %s", u.Host, reason(op, dns))
		}
		return v
	}
	var network net.Error
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	if sent != nil || errors.As(err, &network) || errors.As(err, &syntax) || errors.As(err, &mismatch) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return Verdict{Kind: Transient}
	}
	return Verdict{Kind: Fatal}
}

func urlOf(e *url.Error) string {
	if e == nil {
		return ""
	}
	return e.URL
}

func reason(op *net.OpError, dns *net.DNSError) string {
	if dns != nil {
		return dns.Err
	}
	return op.Err.Error()
}
