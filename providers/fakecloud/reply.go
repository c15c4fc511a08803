package fakecloud

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
)

// Reply is what a fake answers.
type Reply struct {
	Status int
	Body   any         // sent as JSON, []byte as it is; nil sends none
	Header http.Header // beside those that every reply has; it may name another Content-Type
}

// encoded returns r with its body, if it has one, in bytes.
func (r Reply) encoded() (Reply, error) {
	if _, raw := r.Body.([]byte); raw || r.Body == nil {
		return r, nil
	}
	body, err := json.Marshal(r.Body)
	r.Body = body
	return r, err
}

// Send writes r; contentType is that of its JSON. It panics when the body is none.
func (r Reply) Send(w http.ResponseWriter, contentType string) {
	r = Must(r.encoded())
	body, some := r.Body.([]byte)
	if some {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	maps.Copy(w.Header(), r.Header)
	w.WriteHeader(r.Status)
	w.Write(body) //nolint:errcheck // the client may be gone
}
