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

	"github.com/mlinfra/mlinfra/providers/fakecloud"
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
type reply = fakecloud.Reply

func ok(body any) (reply, error) { return reply{Status: http.StatusOK, Body: body}, nil }

// null is the answer of what returns nothing.
func null() (reply, error) { return ok([]byte("null")) }

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
func (c *Cloud) pattern(r *http.Request) string { return fakecloud.PatternOf(c.mux, r) }

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
		save := r.Method != http.MethodGet || c.o.AnyServer // a GET may bring a server
		rep, err := c.Run(save, func(now time.Time) (reply, error) { return h(&request{r, now, body}) })
		answer(w, rep, err)
	}
}

// answer writes rep or err.
func answer(w http.ResponseWriter, rep reply, err error) {
	if err != nil {
		var e *apiError
		if !errors.As(err, &e) {
			e = &apiError{status: http.StatusInternalServerError, class: "Server::InternalServerError", message: err.Error()}
		}
		rep = reply{Status: e.status, Body: e.body()}
	}
	w.Header().Set("X-Ovh-Queryid", "EU.ext-1.0000")
	rep.Send(w, "application/json; charset=utf-8")
}
