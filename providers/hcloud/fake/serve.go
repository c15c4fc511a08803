package fake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// reply is an answer.
type reply = fakecloud.Reply

func ok(body any) (reply, error)      { return reply{Status: http.StatusOK, Body: body}, nil }
func created(body any) (reply, error) { return reply{Status: http.StatusCreated, Body: body}, nil }
func noContent() (reply, error)       { return reply{Status: http.StatusNoContent}, nil }
func fail(err error) (reply, error)   { return reply{}, err }

// request is one call to the API.
type request struct {
	*http.Request
	now  time.Time
	body []byte
}

// handler answers a request. The content is locked while it runs; a handler that
// returns an error has changed nothing.
type handler func(*request) (reply, error)

// decode reads the JSON body. A field nobody knows is refused: a client that sends
// one means something that would not happen.
func (q *request) decode(v any) error {
	if len(bytes.TrimSpace(q.body)) == 0 {
		return refusal("json_error", "invalid JSON in request body")
	}
	d := json.NewDecoder(bytes.NewReader(q.body))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) {
		return invalid(mismatch.Field, "must be of type %s, not %s", mismatch.Type, mismatch.Value)
	}
	if err == nil {
		return nil
	}
	if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return invalid(strings.Trim(name, `"`), "is unknown")
	}
	return refusal("json_error", "invalid JSON in request body")
}

// give sets a field to what was sent for it, if anything was.
func give[T any](field, sent *T) {
	if sent != nil {
		*field = *sent
	}
}

// id is the number in the path; a path that has none there does not exist.
func (q *request) id() (int64, error) {
	n, err := strconv.ParseInt(q.PathValue("id"), 10, 64)
	if err != nil || n < 1 {
		return 0, refusal("not_found", "not found")
	}
	return n, nil
}

// pattern names r's endpoint for Counts.
func (c *Cloud) pattern(r *http.Request) string { return fakecloud.PatternOf(c.mux, r) }

// refuse answers a fault.
func (c *Cloud) refuse(w http.ResponseWriter, _ *http.Request, status int) {
	e := &apiError{code: "server_error", message: "an unexpected error occurred"}
	switch status {
	case http.StatusTooManyRequests:
		e = &apiError{code: "rate_limit_exceeded", message: "limit of 3600 requests per hour reached"}
	case http.StatusBadRequest:
		e = &apiError{code: "json_error", message: "invalid JSON in request body"}
	}
	c.answer(w, reply{}, e)
}

func (c *Cloud) serve(w http.ResponseWriter, r *http.Request) {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	_, p := c.mux.Handler(r)
	switch {
	case !found || token == "" || c.o.Token != "" && token != c.o.Token:
		c.answer(w, reply{}, refusal("unauthorized", "the token you provided is invalid"))
	case !c.bucket.take(c.Now(), w.Header()):
		c.answer(w, reply{}, refusal("rate_limit_exceeded", "limit of %d requests per hour reached", c.o.PerHour))
	case p == "":
		c.answer(w, reply{}, refusal("not_found", "the requested endpoint does not exist"))
	default:
		c.mux.ServeHTTP(w, r)
	}
}

// alone turns a handler into one for the mux: it runs alone, and what it changed is
// on disk before the client hears of it.
func (c *Cloud) alone(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			c.answer(w, reply{}, refusal("json_error", "invalid JSON in request body"))
			return
		}
		save := r.Method != http.MethodGet
		rep, err := c.Run(save, func(now time.Time) (reply, error) { return h(&request{r, now, body}) })
		c.answer(w, rep, err)
	}
}

func (c *Cloud) requestID() string {
	c.Lock()
	defer c.Unlock()
	return c.requests.Text(16)
}

// answer writes rep or err.
func (c *Cloud) answer(w http.ResponseWriter, rep reply, err error) {
	w.Header().Set("X-Correlation-Id", c.requestID())
	w.Header().Set("Date", c.Now().Format(http.TimeFormat))
	if err != nil {
		e := asRefusal(err)
		rep = reply{Status: e.status(), Body: e.body()}
	}
	rep.Send(w, "application/json")
}

// stamp is the API's form of a time.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// orEmpty makes a null list an empty one in JSON.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// itoa writes an id.
func itoa(id int64) string { return fmt.Sprint(id) }
