package fake

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// reply is an answer. A nil body sends none.
type reply struct {
	status int
	body   any
	raw    []byte // sent as it is, instead of body
	header http.Header
}

func ok(body any) (reply, error)    { return reply{status: http.StatusOK, body: body}, nil }
func noContent() (reply, error)     { return reply{status: http.StatusNoContent}, nil }
func fail(err error) (reply, error) { return reply{}, err }

// request is one call to an API.
type request struct {
	*http.Request
	now  time.Time
	body []byte
}

func (q *request) project() string { return q.PathValue("project") }

// scope is where the resource of the path lives: "global", "regions/r" or "zones/z".
func (q *request) scope() string {
	if z := q.PathValue("zone"); z != "" {
		return "zones/" + z
	}
	if r := q.PathValue("region"); r != "" {
		return "regions/" + r
	}
	return "global"
}

// handler answers a request. The content is locked while it runs; a handler that
// returns an error has changed nothing.
type handler func(*request) (reply, error)

func (c *Cloud) pattern(r *http.Request) string {
	if _, p := c.mux.Handler(normalised(r)); p != "" {
		return p
	}
	return r.Method + " unknown"
}

// refuse answers a fault in Google's shape.
func (c *Cloud) refuse(w http.ResponseWriter, r *http.Request, status int) {
	e := &apiError{status: status, reason: "backendError", message: "Backend Error"}
	switch status {
	case http.StatusTooManyRequests:
		e.reason, e.message = "rateLimitExceeded", "Rate Limit Exceeded"
	case http.StatusBadRequest:
		e.reason, e.message = "badRequest", "Bad Request"
	}
	answer(w, serviceOf(normal(r.URL).Path), reply{}, e)
}

func (c *Cloud) serve(w http.ResponseWriter, r *http.Request) {
	r = normalised(r)
	s := serviceOf(r.URL.Path)
	h, p := c.mux.Handler(r)
	err := c.authorize(r, s)
	if err == nil {
		err = c.enabled(s)
	}
	switch {
	case err != nil:
		answer(w, s, reply{}, err)
	case p == "" && allowsOther(h, r):
		answer(w, s, reply{}, refusal(http.StatusMethodNotAllowed, "httpMethodNotAllowed", "Method Not Allowed"))
	case p == "":
		answer(w, s, reply{}, unknownPath())
	default:
		c.mux.ServeHTTP(w, r)
	}
}

// allowsOther tells whether the mux refused r for its method only.
func allowsOther(h http.Handler, r *http.Request) bool {
	probe := &statusProbe{header: http.Header{}}
	h.ServeHTTP(probe, r)
	return probe.status == http.StatusMethodNotAllowed
}

// statusProbe is a writer that keeps the status only.
type statusProbe struct {
	header http.Header
	status int
}

func (p *statusProbe) Header() http.Header         { return p.header }
func (p *statusProbe) Write(b []byte) (int, error) { return len(b), nil }
func (p *statusProbe) WriteHeader(status int)      { p.status = status }

func (c *Cloud) authorize(r *http.Request, s service) error {
	if s == oauthAPI {
		return nil
	}
	const expected = "Expected OAuth 2 access token, login cookie or other valid authentication credential. " +
		"See https://developers.google.com/identity/sign-in/web/devconsole-project."
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found || token == "" {
		return refusal(http.StatusUnauthorized, "required", "Request is missing required authentication credential. %s", expected)
	}
	if c.o.Token != "" && token != c.o.Token {
		return refusal(http.StatusUnauthorized, "authError", "Request had invalid authentication credentials. %s", expected)
	}
	return nil
}

// locked turns a handler into one for the mux: it runs alone, and what it
// changed is on disk before the client hears of it.
func (c *Cloud) locked(s service, h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			answer(w, s, reply{}, refusal(http.StatusBadRequest, "badRequest", "Bad Request"))
			return
		}
		rep, err := c.run(h, &request{Request: r, now: c.now(), body: body})
		answer(w, s, rep, err)
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
		if rep.raw, err = json.Marshal(rep.body); err != nil {
			return reply{}, err
		}
	}
	if q.Method == http.MethodGet {
		return rep, nil
	}
	return rep, c.save()
}

// answer writes rep or err in the way of s.
func answer(w http.ResponseWriter, s service, rep reply, err error) {
	if err != nil {
		var e *apiError
		if !errors.As(err, &e) {
			e = &apiError{status: http.StatusInternalServerError, reason: "backendError", message: err.Error()}
		}
		rep = reply{status: e.status}
		rep.raw, _ = json.Marshal(e.body(s))
		if e.status == http.StatusUnauthorized {
			w.Header().Set("Www-Authenticate", `Bearer realm="https://accounts.google.com/", error="invalid_token"`)
		}
	}
	for k, v := range rep.header {
		w.Header()[k] = v
	}
	if rep.status != http.StatusNoContent {
		if w.Header().Get("Content-Type") == "" {
			w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(rep.raw)))
	}
	w.WriteHeader(rep.status)
	w.Write(rep.raw) //nolint:errcheck // the client may be gone
}
