package fakecloud

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Fault is what goes wrong with one request.
type Fault int

// The faults. "Before" means the request has no effect, "after" that it has.
const (
	None       Fault = iota
	FailBefore       // 500 in the cloud's error shape, no effect
	FailAfter        // effect, then the same 500
	CutBefore        // connection closed without an answer, no effect
	CutAfter         // effect, then connection closed without an answer
	Truncate         // effect, the true status and Content-Length, half of the body
	Throttle         // 429 in the cloud's error shape, retry-after: 1, no effect
	HTML             // effect, then a proxy's 502 page
	HTMLBefore       // the same page, no effect
	Twice            // effect, then the same request again: the answer is that of the second
	Late             // effect and answer come after a while, the effect also when the client is gone
)

var faultNames = [...]string{"None", "FailBefore", "FailAfter", "CutBefore", "CutAfter", "Truncate",
	"Throttle", "HTML", "HTMLBefore", "Twice", "Late"}

// String returns the constant's name.
func (f Fault) String() string {
	if f < 0 || int(f) >= len(faultNames) {
		return "Fault(" + strconv.Itoa(int(f)) + ")"
	}
	return faultNames[f]
}

// Effect tells whether a request with this fault still changes the cloud.
func (f Fault) Effect() bool {
	switch f {
	case FailBefore, CutBefore, Throttle, HTMLBefore:
		return false
	}
	return true
}

// Faults returns the faults that a client sees as a failure.
func Faults() []Fault {
	return []Fault{FailBefore, FailAfter, CutBefore, CutAfter, Truncate, Throttle, HTML, HTMLBefore}
}

// OnlyAt is a Decide that makes fault f happen to request number n and to no other.
func OnlyAt(n int64, f Fault) func(int64, *http.Request) Fault {
	return func(i int64, _ *http.Request) Fault {
		if i == n {
			return f
		}
		return None
	}
}

// RandomFaults is a Decide that lets about rate (0 to 1) of the requests fail with
// one of kinds, all of Faults if none are given. The fault of request n depends
// on seed and n only, so it may be called concurrently.
func RandomFaults(seed uint64, rate float64, kinds ...Fault) func(int64, *http.Request) Fault {
	if len(kinds) == 0 {
		kinds = Faults()
	}
	return func(n int64, _ *http.Request) Fault {
		x := mix(mix(seed) ^ uint64(n))
		if float64(x>>11)/(1<<53) >= rate {
			return None
		}
		return kinds[mix(x)%uint64(len(kinds))]
	}
}

const proxyPage = `<html>
<head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center><hr><center>cloudflare</center></body>
</html>
`

// serve answers r as e.Fault says.
func (h *Wrapped) serve(w http.ResponseWriter, r *http.Request, e *Entry) {
	rec := &recorder{header: http.Header{}}
	switch e.Fault {
	case Twice:
		h.next.ServeHTTP(&recorder{header: http.Header{}}, again(r, e.Body))
	case Late:
		_ = sleep(context.WithoutCancel(r.Context()), lateness)
	}
	if e.Fault == None || e.Fault == Twice || e.Fault == Late {
		pass := &statusWriter{ResponseWriter: w}
		h.next.ServeHTTP(pass, r)
		e.Status = pass.status
		return
	}
	if e.Fault.Effect() {
		h.next.ServeHTTP(rec, r)
		e.Status = rec.code()
	}
	switch e.Fault {
	case FailBefore, FailAfter:
		h.o.Refuse(w, r, http.StatusInternalServerError)
	case Throttle:
		w.Header().Set("Retry-After", "1")
		h.o.Refuse(w, r, http.StatusTooManyRequests)
	case HTML, HTMLBefore:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		w.Write([]byte(proxyPage)) //nolint:errcheck // the client may be gone
	case Truncate:
		rec.truncateTo(w)
		panic(http.ErrAbortHandler)
	default:
		panic(http.ErrAbortHandler)
	}
}

// lateness is how much later.
const lateness = 700 * time.Millisecond

// again returns a request like r with the same body.
func again(r *http.Request, body []byte) *http.Request {
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	return r
}

// statusWriter remembers the status it passes on.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// recorder keeps an answer that the client will not get, or not whole.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

func (r *recorder) code() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}

// truncateTo sends the head and half of the body. An answer without a body has
// no half: nothing is sent.
func (r *recorder) truncateTo(w http.ResponseWriter) {
	b := r.body.Bytes()
	if len(b) == 0 {
		return
	}
	for k, v := range r.header {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(r.code())
	w.Write(b[:len(b)/2])                 //nolint:errcheck // the connection is cut anyway
	http.NewResponseController(w).Flush() //nolint:errcheck
}
