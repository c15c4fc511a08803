package fake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// apiError is a refusal in the API's shape.
type apiError struct {
	status         int
	class, message string
	code           string // of a refused key, which has no class
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s: %s", e.status, e.class, e.message) }

func (e *apiError) body() map[string]string {
	if e.code != "" {
		return map[string]string{"errorCode": e.code, "httpCode": strconv.Itoa(e.status) + " " + http.StatusText(e.status), "message": e.message}
	}
	return map[string]string{"class": e.class, "message": e.message}
}

func refusal(status int, class, format string, args ...any) error {
	return &apiError{status: status, class: class, message: fmt.Sprintf(format, args...)}
}

func notFound(kind, name string) error {
	return refusal(http.StatusNotFound, "Client::NotFound::TheRequestedObject", "The requested object (%s = %s) does not exist", kind, name)
}

func badRequest(format string, args ...any) error {
	return refusal(http.StatusBadRequest, "Client::BadRequest", format, args...)
}

func conflict(format string, args ...any) error {
	return refusal(http.StatusConflict, "Client::Conflict", format, args...)
}

// reply is an answer.
type reply struct {
	status int
	body   any
}

func ok(body any) (reply, error) { return reply{http.StatusOK, body}, nil }

// request is one call.
type request struct {
	*http.Request
	now  time.Time
	body []byte
}

// handler answers a request. The content is locked while it runs; a handler that
// returns an error has changed nothing.
type handler func(*request) (reply, error)

// decode reads the JSON body; what nobody knows is refused.
func (q *request) decode(v any) error {
	d := json.NewDecoder(bytes.NewReader(q.body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return badRequest("Received not described parameters or values: %v", err)
	}
	return nil
}

// pattern names r's endpoint.
func (c *Cloud) pattern(r *http.Request) string {
	if _, p := c.mux.Handler(r); p != "" {
		return p
	}
	return r.Method + " unknown"
}

// refuse answers a fault in the API's shape.
func (c *Cloud) refuse(w http.ResponseWriter, _ *http.Request, status int) {
	e := &apiError{status: status, class: "Server::InternalServerError", message: "Internal server error"}
	switch status {
	case http.StatusTooManyRequests:
		e.class, e.message = "Client::TooManyRequests", "Too many requests"
	case http.StatusBadRequest:
		e.class, e.message = "Client::BadRequest", "Bad request"
	}
	answer(w, reply{}, e)
}

func (c *Cloud) serve(w http.ResponseWriter, r *http.Request) {
	_, pattern := c.mux.Handler(r)
	if pattern == "" {
		answer(w, reply{}, refusal(http.StatusNotFound, "Client::NotFound", "Got an invalid (or empty) URL"))
		return
	}
	body, err := io.ReadAll(r.Body)
	if err == nil && !slices.Contains(open, pattern) {
		err = c.authorize(r, body)
	}
	if err != nil {
		answer(w, reply{}, err)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	c.mux.ServeHTTP(w, r)
}

// locked turns a handler into one for the mux: it runs alone, and what it
// changed is on disk before the client hears of it.
func (c *Cloud) locked(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			answer(w, reply{}, badRequest("Invalid body"))
			return
		}
		rep, err := c.run(h, &request{Request: r, now: c.now(), body: body})
		answer(w, rep, err)
	}
}

func (c *Cloud) run(h handler, q *request) (reply, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(q.now)
	rep, err := h(q)
	if err != nil {
		return reply{}, err
	}
	// Encoded under the lock: views share slices with the content.
	raw, err := json.Marshal(rep.body)
	if err != nil {
		return reply{}, err
	}
	rep.body = raw
	if q.Method == http.MethodGet && !c.o.AnyServer {
		return rep, nil
	}
	return rep, c.save()
}

// answer writes rep or err. The body of rep is JSON already; "null" is one, too.
func answer(w http.ResponseWriter, rep reply, err error) {
	body, _ := rep.body.([]byte)
	if err != nil {
		var e *apiError
		if !errors.As(err, &e) {
			e = &apiError{status: http.StatusInternalServerError, class: "Server::InternalServerError", message: err.Error()}
		}
		rep.status = e.status
		body, _ = json.Marshal(e.body())
	}
	w.Header().Set("X-Ovh-Queryid", "EU.ext-1.0000")
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(rep.status)
	w.Write(body) //nolint:errcheck // the client may be gone
}
