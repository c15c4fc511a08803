package fake

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// target is what a request is for, as its signature and form say.
type target struct {
	service   string // "" when nothing says so
	region    string
	accessKey string
	token     string     // of a session
	form      url.Values // of a query service; nil for others
}

type targetKey struct{}

// targetOf returns what withTarget found.
func targetOf(r *http.Request) target {
	t, _ := r.Context().Value(targetKey{}).(target)
	return t
}

// withTarget looks at the request's head, and at the body if it is a form.
func withTarget(r *http.Request) *http.Request {
	var t target
	t.accessKey, t.region, t.service = scope(r)
	t.token = r.Header.Get("X-Amz-Security-Token")
	if t.token == "" {
		t.token = r.URL.Query().Get("X-Amz-Security-Token")
	}
	form := strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
	if t.service != "s3" && (form || r.URL.Query().Has("Action")) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err == nil {
			t.form = r.URL.Query()
			values, _ := url.ParseQuery(string(body))
			for k, v := range values {
				t.form[k] = append(t.form[k], v...)
			}
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	if t.service == "" && t.form == nil {
		t.service = "s3" // the only service that knows anonymous requests
	}
	return r.WithContext(context.WithValue(r.Context(), targetKey{}, t))
}

// scope takes the credential of a signature apart; all is "" without one.
func scope(r *http.Request) (accessKey, region, service string) {
	credential := r.URL.Query().Get("X-Amz-Credential")
	if head, ok := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 "); ok {
		for part := range strings.SplitSeq(head, ",") {
			if v, ok := strings.CutPrefix(strings.TrimSpace(part), "Credential="); ok {
				credential = v
			}
		}
	}
	parts := strings.Split(credential, "/")
	if len(parts) != 5 || parts[4] != "aws4_request" {
		return "", "", ""
	}
	return parts[0], parts[2], parts[3]
}
