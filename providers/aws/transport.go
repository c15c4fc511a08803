package aws

import (
	"errors"
	"io"
	"net/http"
)

// closingOnce closes the bodies of requests once. The SDK closes them as soon as
// an answer begins and says io.EOF to whoever closes them again; net/http, which
// may not have come to it when the answer is fast, then gives the connection up
// and the answer is lost.
type closingOnce struct{ next http.RoundTripper }

// RoundTrip sends r with a body that can be closed twice.
func (c closingOnce) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		r = r.WithContext(r.Context())
		r.Body = closedOnce{r.Body}
	}
	return c.next.RoundTrip(r)
}

type closedOnce struct{ io.ReadCloser }

// Close forgives io.EOF.
func (c closedOnce) Close() error {
	if err := c.ReadCloser.Close(); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}
