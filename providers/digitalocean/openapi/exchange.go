package openapi

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
)

// Exchange is a request and its answer. It can be kept as JSON.
type Exchange struct {
	Method string
	URL    string // path and query, escaped
	Header http.Header
	Body   []byte

	Status       int
	AnswerHeader http.Header
	Answer       []byte
}

// Listen returns a handler that answers as next does and tells hear of each
// exchange, before the client has the answer. hear may be called by several
// goroutines at once.
func Listen(next http.Handler, hear func(Exchange)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		hear(Exchange{
			Method: r.Method, URL: r.URL.RequestURI(), Header: r.Header, Body: body,
			Status: rec.Code, AnswerHeader: rec.Header(), Answer: rec.Body.Bytes(),
		})
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(rec.Code)
		w.Write(rec.Body.Bytes()) //nolint:errcheck // the client may be gone
	})
}
