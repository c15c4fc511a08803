package fake

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
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

// reply is an answer.
type reply = fakecloud.Reply

func ok(body any) (reply, error)      { return reply{Status: http.StatusOK, Body: body}, nil }
func created(body any) (reply, error) { return reply{Status: http.StatusCreated, Body: body}, nil }
func done() (reply, error)            { return reply{Status: http.StatusOK}, nil }

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
func (c *Cloud) pattern(r *http.Request) string { return fakecloud.PatternOf(c.mux, r) }

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
	c.Lock()
	if c.limits[pattern] == nil {
		c.limits[pattern] = &fakecloud.Window{PerHour: hourly[pattern]}
	}
	w := c.limits[pattern]
	c.Unlock()
	return w.Take(c.Now()).OK
}

// locked turns a handler into one for the mux: it runs alone, and what it
// changed is on disk before the client hears of it.
func (c *Cloud) locked(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var form url.Values
		raw, err := io.ReadAll(r.Body)
		if err == nil {
			form, err = url.ParseQuery(string(raw))
		}
		if kind := r.Header.Get("Content-Type"); err != nil || len(raw) > 0 && !strings.HasPrefix(kind, "application/x-www-form-urlencoded") {
			answer(w, reply{}, invalid())
			return
		}
		save := r.Method != http.MethodGet || c.o.AnyServer // a GET may bring a server
		rep, err := c.Run(save, func(now time.Time) (reply, error) { return h(&request{r, now, form}) })
		answer(w, rep, err)
	}
}

// answer writes rep or err.
func answer(w http.ResponseWriter, rep reply, err error) {
	if err != nil {
		var e *apiError
		if !errors.As(err, &e) {
			e = &apiError{status: http.StatusInternalServerError, code: "INTERNAL_ERROR", message: err.Error()}
		}
		rep = reply{Status: e.status, Body: e.body()}
	}
	rep.Send(w, "application/json")
}
