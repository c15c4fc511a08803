// Package fakecloud is what in-memory clouds share: faults decided per request,
// latency, counting, a clock that tests move, ids, paging, rate limits and a
// file that survives the process; Account puts most of them together. It must not
// know any vendor.
package fakecloud

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"sync"
	"time"
)

// maxBody is the largest request body a fake accepts.
const maxBody = 256 << 20

// Options say how a wrapped handler behaves. The zero value changes nothing.
type Options struct {
	// Latency passes for each request, half of it on the way there and half on
	// the way back; it ends with the request's context.
	Latency time.Duration

	// Decide is called once per request with its number, counted from 1, before
	// the handler runs. It may block, and it may kill the client. Nil means None.
	Decide func(n int64, r *http.Request) Fault

	// Pattern names the endpoint for Counts, such as "GET /v2/things/{id}".
	// Nil counts by method and path.
	Pattern func(r *http.Request) string

	// Refuse answers with status in the cloud's own error shape. Nil writes plain text.
	Refuse func(w http.ResponseWriter, r *http.Request, status int)

	// Log is told about every request after it was answered, cut ones included.
	// It may be called by several goroutines at once.
	Log func(Entry)
}

// Entry is one request as Options.Log sees it.
type Entry struct {
	N       int64
	Method  string
	URL     string
	Pattern string
	Body    []byte
	Fault   Fault
	Status  int // what the handler answered; 0 when it did not run
}

// Wrapped is a handler with faults, latency and counters around it.
type Wrapped struct {
	next http.Handler
	o    Options

	mu     sync.Mutex
	total  int64
	counts map[string]int64
}

// Wrap puts o around next.
func Wrap(next http.Handler, o Options) *Wrapped {
	if o.Pattern == nil {
		o.Pattern = func(r *http.Request) string { return r.Method + " " + r.URL.Path }
	}
	if o.Refuse == nil {
		o.Refuse = func(w http.ResponseWriter, _ *http.Request, status int) {
			http.Error(w, http.StatusText(status), status)
		}
	}
	return &Wrapped{next: next, o: o, counts: map[string]int64{}}
}

// Counts returns how many requests arrived, by pattern.
func (h *Wrapped) Counts() map[string]int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.counts)
}

// Total returns how many requests arrived.
func (h *Wrapped) Total() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.total
}

// PatternOf names r by the route of mux that it takes, as Options.Pattern wants it.
func PatternOf(mux *http.ServeMux, r *http.Request) string {
	if _, p := mux.Handler(r); p != "" {
		return p
	}
	return r.Method + " unknown"
}

// ServeHTTP counts the request, waits, asks for a fault and obeys it.
func (h *Wrapped) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e := h.count(r)
	// The body is read before Decide, so that a request whose client dies now
	// can still have its effect.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		h.o.Refuse(w, r, http.StatusBadRequest)
		return
	}
	e.Body = body
	there := h.o.Latency / 2
	if sleep(r.Context(), there) != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if h.o.Decide != nil {
		e.Fault = h.o.Decide(e.N, r)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	// Deferred, because a cut connection leaves by panic.
	defer func() {
		if h.o.Log != nil {
			h.o.Log(e)
		}
	}()
	h.serve(w, r, &e)
	_ = sleep(r.Context(), h.o.Latency-there) // nobody waits any more when it ends early
}

func (h *Wrapped) count(r *http.Request) Entry {
	e := Entry{Method: r.Method, URL: r.URL.String(), Pattern: h.o.Pattern(r)}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.total++
	h.counts[e.Pattern]++
	e.N = h.total
	return e
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
