package fake

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// reply is an answer.
type reply = fakecloud.Reply

func ok(body any) (reply, error)    { return reply{Status: http.StatusOK, Body: body}, nil }
func noContent() (reply, error)     { return reply{Status: http.StatusNoContent}, nil }
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

func (c *Cloud) pattern(r *http.Request) string { return fakecloud.PatternOf(c.mux, normalised(r)) }

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
		save := r.Method != http.MethodGet
		rep, err := c.Run(save, func(now time.Time) (reply, error) { return h(&request{r, now, body}) })
		answer(w, s, rep, err)
	}
}

// answer writes rep or err in the way of s.
func answer(w http.ResponseWriter, s service, rep reply, err error) {
	if err != nil {
		var e *apiError
		if !errors.As(err, &e) {
			e = &apiError{status: http.StatusInternalServerError, reason: "backendError", message: err.Error()}
		}
		rep = reply{Status: e.status, Body: e.body(s)}
		if e.status == http.StatusUnauthorized {
			w.Header().Set("Www-Authenticate", `Bearer realm="https://accounts.google.com/", error="invalid_token"`)
		}
	}
	rep.Send(w, "application/json; charset=UTF-8")
}
