package fake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// apiError is a refusal in the API's shape.
type apiError struct {
	status  int
	id      string
	message string
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s: %s", e.status, e.id, e.message) }

// causedError is a refusal in the other shape, which a few endpoints have.
type causedError struct {
	status  int
	message string
}

func (e *causedError) Error() string { return fmt.Sprintf("%d: %s", e.status, e.message) }

func refusal(status int, id, format string, args ...any) error {
	return &apiError{status, id, fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) error {
	return refusal(http.StatusUnprocessableEntity, "unprocessable_entity", format, args...)
}

func conflict(format string, args ...any) error {
	return refusal(http.StatusConflict, "conflict", format, args...)
}

func forbidden(format string, args ...any) error {
	return refusal(http.StatusForbidden, "forbidden", format, args...)
}

func badRequest(format string, args ...any) error {
	return refusal(http.StatusBadRequest, "bad_request", format, args...)
}

func missing(format string, args ...any) error {
	return refusal(http.StatusNotFound, "not_found", format, args...)
}

func notFound() error { return missing("The resource you were accessing could not be found.") }

func unmet(format string, args ...any) error {
	return refusal(http.StatusPreconditionFailed, "precondition_failed", format, args...)
}

func unauthorized() error {
	return refusal(http.StatusUnauthorized, "unauthorized", "Unable to authenticate you")
}

// reply is an answer.
type reply = fakecloud.Reply

func ok(body any) (reply, error)       { return reply{Status: http.StatusOK, Body: body}, nil }
func created(body any) (reply, error)  { return reply{Status: http.StatusCreated, Body: body}, nil }
func accepted(body any) (reply, error) { return reply{Status: http.StatusAccepted, Body: body}, nil }
func noContent() (reply, error)        { return reply{Status: http.StatusNoContent}, nil }

// request is one call to the API.
type request struct {
	*http.Request
	now  time.Time
	body []byte
}

// handler answers a request. The content is locked while it runs; a handler that
// returns an error has changed nothing.
type handler func(*request) (reply, error)

// decode reads the JSON body. Fields nobody knows are ignored, as the API does.
func (q *request) decode(v any) error {
	if len(bytes.TrimSpace(q.body)) == 0 {
		return badRequest("error parsing request body")
	}
	err := json.Unmarshal(q.body, v)
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) && !q.parsesEarly() {
		return invalid("%s is invalid: expected %s, got %s", mismatch.Field, mismatch.Type, mismatch.Value)
	}
	if err != nil {
		return badRequest("error parsing request body")
	}
	return nil
}

// give sets a field to what was sent for it, if anything was.
func give[T any](field, sent *T) {
	if sent != nil {
		*field = *sent
	}
}

// parsesEarly tells whether the endpoint answers 400 to a wrong type: those
// that document 400 do.
func (q *request) parsesEarly() bool {
	for _, family := range []string{"/v2/firewalls", "/v2/volumes", "/v2/tags"} {
		if strings.HasPrefix(q.URL.Path, family) {
			return true
		}
	}
	return false
}

// number is a numeric path value; a path that has none there does not exist.
func (q *request) number(name string) (int, error) {
	n, err := strconv.Atoi(q.PathValue(name))
	if err != nil || n < 1 {
		return 0, notFound()
	}
	return n, nil
}

// queryNumber is a number in [1, highest] from the query.
func (q *request) queryNumber(name string, missing, highest int) (int, error) {
	s := q.URL.Query().Get(name)
	if s == "" {
		return missing, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > highest {
		return 0, invalid("%s must be between 1 and %d", name, highest)
	}
	return n, nil
}

// list answers a page of items under key.
func list[T, V any](q *request, key string, items []T, view func(T) V) (reply, error) {
	number, err := q.queryNumber("page", 1, 1<<31)
	if err != nil {
		return reply{}, err
	}
	size, err := q.queryNumber("per_page", 20, 200)
	if err != nil {
		return reply{}, err
	}
	part, last := fakecloud.Page(items, number, size)
	views := make([]V, len(part))
	for i, x := range part {
		views[i] = view(x)
	}
	return ok(map[string]any{
		key: views, "links": q.links(number, last), "meta": map[string]any{"total": len(items)},
	})
}

// links is the API's links object; empty when all fits on one page.
func (q *request) links(number, last int) map[string]any {
	if last == 1 {
		return map[string]any{}
	}
	to := func(page int) string {
		u := url.URL{Scheme: "http", Host: q.Host, Path: q.URL.Path}
		if q.TLS != nil {
			u.Scheme = "https"
		}
		query := q.URL.Query()
		query.Set("page", itoa(page))
		u.RawQuery = query.Encode()
		return u.String()
	}
	pages := map[string]any{}
	if number > 1 {
		pages["first"], pages["prev"] = to(1), to(number-1)
	}
	if number < last {
		pages["next"], pages["last"] = to(number+1), to(last)
	}
	return map[string]any{"pages": pages}
}

// only serves one service, through the same counters and faults as the others.
func (c *Cloud) only(s service) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.Account.Handler().ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), serviceKey{}, s)))
	})
}

func (c *Cloud) dispatch(w http.ResponseWriter, r *http.Request) {
	if c.serviceOf(r) == spacesService {
		c.spaces.ServeHTTP(w, r)
		return
	}
	c.api.ServeHTTP(w, r)
}

// pattern names r's endpoint for Counts.
func (c *Cloud) pattern(r *http.Request) string {
	if c.serviceOf(r) == spacesService {
		return spacesPattern(r)
	}
	return fakecloud.PatternOf(c.routesOf(r), r)
}

// refuse answers a fault in the shape of the service it hits.
func (c *Cloud) refuse(w http.ResponseWriter, r *http.Request, status int) {
	if c.serviceOf(r) == spacesService {
		refuseS3(w, r, status)
		return
	}
	e := &apiError{status, "server_error", "Unexpected server-side error"}
	switch status {
	case http.StatusTooManyRequests:
		e = &apiError{status, "too_many_requests", "API Rate limit exceeded."}
	case http.StatusBadRequest:
		e = &apiError{status, "bad_request", "error parsing request body"}
	}
	c.answer(w, reply{}, e)
}

func (c *Cloud) serveAPI(w http.ResponseWriter, r *http.Request) {
	if err := c.authorize(r); err != nil {
		c.answer(w, reply{}, err)
		return
	}
	if err := c.throttle(w, r); err != nil {
		c.answer(w, reply{}, err)
		return
	}
	if _, p := c.routesOf(r).Handler(r); p == "" {
		c.answer(w, reply{}, notFound())
		return
	}
	c.routesOf(r).ServeHTTP(w, r)
}

func (c *Cloud) authorize(r *http.Request) error {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case !found || token == "":
		return unauthorized()
	case r.URL.Path == revokePath:
		return nil
	case strings.HasPrefix(token, oauthPrefix):
		return c.authorizeRegistry(token)
	case c.o.Token != "" && token != c.o.Token:
		return unauthorized()
	}
	return nil
}

// throttle counts r against the limits and tells the client where it stands.
func (c *Cloud) throttle(w http.ResponseWriter, r *http.Request) error {
	tooMany := refusal(http.StatusTooManyRequests, "too_many_requests", "API Rate limit exceeded.")
	if c.o.Limits.PerHour > 0 || c.o.Limits.PerMinute > 0 {
		u := c.limit.Take(c.Now())
		if c.o.Limits.PerHour > 0 {
			tellLimit(w, u)
		}
		if !u.OK {
			setRetryAfter(w, u)
			return tooMany
		}
	}
	if c.o.Limits.ListKeys > 0 && r.Method == http.MethodGet && r.URL.Path == "/v2/account/keys" {
		if u := c.keyList.Take(c.Now()); !u.OK {
			setRetryAfter(w, u)
			return tooMany
		}
	}
	if c.o.Limits.CDN > 0 && strings.HasPrefix(r.URL.Path, "/v2/cdn/endpoints") {
		u := c.cdn.Take(c.Now())
		tellLimit(w, u) // in place of the general one, as the API does
		if !u.OK {
			setRetryAfter(w, u)
			return tooMany
		}
	}
	return nil
}

func tellLimit(w http.ResponseWriter, u fakecloud.Usage) {
	w.Header().Set("ratelimit-limit", itoa(u.Limit))
	w.Header().Set("ratelimit-remaining", itoa(u.Remaining))
	w.Header().Set("ratelimit-reset", strconv.FormatInt(u.Reset.Unix(), 10))
}

// setRetryAfter is for the burst limits; the hourly one only has ratelimit-reset.
func setRetryAfter(w http.ResponseWriter, u fakecloud.Usage) {
	if u.RetryAfter > 0 {
		w.Header().Set("retry-after", itoa(int((u.RetryAfter+time.Second-1)/time.Second)))
	}
}

// locked turns a handler into one for the mux: it runs alone, and what it
// changed is on disk before the client hears of it.
func (c *Cloud) locked(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			c.answer(w, reply{}, badRequest("error parsing request body"))
			return
		}
		save := r.Method != http.MethodGet && r.Method != http.MethodHead
		rep, err := c.Run(save, func(now time.Time) (reply, error) { return h(&request{r, now, body}) })
		c.answer(w, rep, err)
	}
}

func (c *Cloud) requestID() string {
	c.Lock()
	defer c.Unlock()
	return c.requests.UUID()
}

// answer writes rep or err.
func (c *Cloud) answer(w http.ResponseWriter, rep reply, err error) {
	id := c.requestID()
	w.Header().Set("x-request-id", id)
	w.Header().Set("Date", c.Now().Format(http.TimeFormat))
	if err != nil {
		rep = refused(err, id)
	}
	rep.Send(w, "application/json; charset=utf-8")
}

// refused is the answer to a request that is refused.
func refused(err error, request string) reply {
	var caused *causedError
	if errors.As(err, &caused) {
		return reply{Status: caused.status, Body: map[string]any{"error": caused.message, "messages": nil, "root_causes": []string{caused.message}}}
	}
	var e *apiError
	if !errors.As(err, &e) {
		e = &apiError{http.StatusInternalServerError, "server_error", err.Error()}
	}
	return reply{Status: e.status, Body: map[string]string{"id": e.id, "message": e.message, "request_id": request}}
}
