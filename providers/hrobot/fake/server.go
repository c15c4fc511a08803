package fake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// apiError is a refusal in the API's shape.
type apiError struct {
	status           int
	code, message    string
	missing, invalid []string // of INVALID_INPUT
	max, interval    int      // of RATE_LIMIT_EXCEEDED
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s: %s", e.status, e.code, e.message) }

func (e *apiError) body() map[string]any {
	body := map[string]any{"status": e.status, "code": e.code, "message": e.message}
	switch {
	case e.code == "INVALID_INPUT":
		body["missing"], body["invalid"] = e.missing, e.invalid // null for none, as documented
	case e.max > 0:
		body["max_request"], body["interval"] = e.max, e.interval
	}
	return map[string]any{"error": body}
}

func refusal(status int, code, format string, args ...any) error {
	return &apiError{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

func notFound(code, format string, args ...any) error {
	return refusal(http.StatusNotFound, code, format, args...)
}

func conflict(code, format string, args ...any) error {
	return refusal(http.StatusConflict, code, format, args...)
}

func invalid(names ...string) error {
	return &apiError{status: http.StatusBadRequest, code: "INVALID_INPUT", message: "invalid input", invalid: names}
}

// reply is an answer. A nil body sends none.
type reply struct {
	status int
	body   any
}

func ok(body any) (reply, error)      { return reply{http.StatusOK, body}, nil }
func created(body any) (reply, error) { return reply{http.StatusCreated, body}, nil }
func done() (reply, error)            { return reply{status: http.StatusOK}, nil }

// request is one call.
type request struct {
	*http.Request
	now  time.Time
	form url.Values
}

// handler answers a request. The content is locked while it runs; a handler that
// returns an error has changed nothing.
type handler func(*request) (reply, error)

// fields demands the required fields of a form, and no others than those and the
// optional ones.
func (q *request) fields(required []string, optional ...string) error {
	e := &apiError{status: http.StatusBadRequest, code: "INVALID_INPUT", message: "invalid input"}
	for _, name := range required {
		if q.form.Get(name) == "" {
			e.missing = append(e.missing, name)
		}
	}
	for name := range q.form {
		if !slices.Contains(required, name) && !slices.Contains(optional, name) {
			e.invalid = append(e.invalid, name)
		}
	}
	slices.Sort(e.invalid)
	if len(e.missing)+len(e.invalid) > 0 {
		return e
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

// refuse answers a fault in the API's shape: too many requests are a 403.
func (c *Cloud) refuse(w http.ResponseWriter, _ *http.Request, status int) {
	switch status {
	case http.StatusTooManyRequests:
		answer(w, reply{}, tooMany(200))
	case http.StatusBadRequest:
		answer(w, reply{}, invalid())
	default:
		answer(w, reply{}, refusal(status, "INTERNAL_ERROR", "Internal error"))
	}
}

func tooMany(limit int) error {
	return &apiError{status: http.StatusForbidden, code: "RATE_LIMIT_EXCEEDED", message: "rate limit exceeded", max: limit, interval: 3600}
}

func (c *Cloud) serve(w http.ResponseWriter, r *http.Request) {
	user, password, found := r.BasicAuth()
	_, pattern := c.mux.Handler(r)
	switch {
	case !found || user == "" || password == "" || c.o.Password != "" && password != c.o.Password:
		answer(w, reply{}, refusal(http.StatusUnauthorized, "UNAUTHORIZED", "Unauthorized"))
	case pattern == "":
		answer(w, reply{}, notFound("NOT_FOUND", "Not Found"))
	case !c.allowed(pattern):
		answer(w, reply{}, tooMany(hourly[pattern]))
	default:
		c.mux.ServeHTTP(w, r)
	}
}

// allowed counts a request against the limit of its endpoint.
func (c *Cloud) allowed(pattern string) bool {
	if !c.o.Limits || hourly[pattern] == 0 {
		return true
	}
	c.mu.Lock()
	if c.limits[pattern] == nil {
		c.limits[pattern] = &fakecloud.Window{PerHour: hourly[pattern]}
	}
	w := c.limits[pattern]
	c.mu.Unlock()
	return w.Take(c.now()).OK
}

// locked turns a handler into one for the mux: it runs alone, and what it
// changed is on disk before the client hears of it.
func (c *Cloud) locked(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := &request{Request: r, now: c.now()}
		raw, err := io.ReadAll(r.Body)
		if err == nil {
			q.form, err = url.ParseQuery(string(raw))
		}
		if kind := r.Header.Get("Content-Type"); err != nil || len(raw) > 0 && !strings.HasPrefix(kind, "application/x-www-form-urlencoded") {
			answer(w, reply{}, invalid())
			return
		}
		rep, err := c.run(h, q)
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
	if rep.body != nil {
		// Encoded under the lock: views share slices with the content.
		if rep.body, err = json.Marshal(rep.body); err != nil {
			return reply{}, err
		}
	}
	if q.Method == http.MethodGet && !c.o.AnyServer {
		return rep, nil
	}
	return rep, c.save()
}

// answer writes rep or err. The body of rep is JSON already.
func answer(w http.ResponseWriter, rep reply, err error) {
	body, _ := rep.body.([]byte)
	if err != nil {
		var e *apiError
		if !errors.As(err, &e) {
			e = &apiError{status: http.StatusInternalServerError, code: "INTERNAL_ERROR", message: err.Error()}
		}
		rep.status = e.status
		body, _ = json.Marshal(e.body())
	}
	if body != nil {
		w.Header().Set("Content-Type", "application/json")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(rep.status)
	w.Write(body) //nolint:errcheck // the client may be gone
}
