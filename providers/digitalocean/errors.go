package digitalocean

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

// busyWords stand in refusals that end by themselves: another action is
// running, members are still leaving a network, a cluster is not online, a load
// balancer has a certificate still.
var busyWords = []string{
	"pending event", "with members", "with nat gateways", "with peerings", "not online", "is being", "currently", "not ready",
	"try again", "attached", "processes previous actions", "is not in use before", "being used by one or more load balancers",
}

// busyError says what is in the way of a call: it may leave by itself.
type busyError struct {
	message string
	err     error // what the API has refused; nil when it was not asked
}

func (e *busyError) Error() string { return e.message }

// Unwrap returns the refusal.
func (e *busyError) Unwrap() error { return e.err }

// classify says what an error of the API or of Spaces means.
func classify(err error) providers.Verdict {
	var busy *busyError
	if errors.As(err, &busy) {
		return providers.Verdict{Kind: providers.Busy, Message: busy.message}
	}
	var unmade *noKeyError
	if errors.As(err, &unmade) {
		return unmade.verdict()
	}
	if errors.As(err, new(*newKeyError)) {
		return providers.Verdict{Kind: providers.Busy}
	}
	var unseen *newBucketError
	if errors.As(err, &unseen) {
		v := classify(unseen.error)
		v.Kind = providers.Missing
		return v
	}
	var api *godo.ErrorResponse
	if errors.As(err, &api) && api.Response != nil {
		v := verdict(api.Response, api.Message)
		if errors.As(err, new(*doubtfulError)) {
			v.Kind = providers.Transient
		}
		v.Message = explain(api)
		return v
	}
	var unmoved *unmovedError
	if errors.As(err, &unmoved) {
		return providers.Verdict{Kind: unmoved.kind()}
	}
	var s3 *smithyhttp.ResponseError
	var code smithy.APIError
	var garbled *smithy.DeserializationError
	switch {
	case errors.As(err, &s3) && errors.As(err, &code):
		v := spacesVerdict(s3.HTTPStatusCode(), code.ErrorCode())
		v.Message = fmt.Sprintf("%s (Spaces, HTTP %d, %s%s)", sentence(code.ErrorMessage()), s3.HTTPStatusCode(), code.ErrorCode(), requestID(s3))
		return v
	case errors.As(err, &s3), errors.As(err, &garbled):
		// Not the words of Spaces: a proxy may have answered after the effect.
		return providers.Verdict{Kind: providers.Transient}
	}
	return providers.NetworkVerdict(err)
}

// isState reports whether err says how an object is, and not that it could not
// be looked at.
func isState(err error) bool {
	return errors.Is(err, providers.ErrNotReady) || errors.Is(err, providers.ErrBroken)
}

// doubtfulError is a refusal in spite of which the call may have had its effect.
type doubtfulError struct{ error }

// Unwrap returns the refusal.
func (e *doubtfulError) Unwrap() error { return e.error }

func verdict(resp *http.Response, message string) providers.Verdict {
	status := resp.StatusCode
	switch {
	case status == http.StatusTooManyRequests:
		s, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return providers.Verdict{Kind: providers.Throttled, After: time.Duration(s) * time.Second}
	case status >= 500 || !strings.Contains(resp.Header.Get("Content-Type"), "json"):
		// Not the API's own words: a proxy may have answered after the effect.
		return providers.Verdict{Kind: providers.Transient}
	case status == http.StatusNotFound:
		return providers.Verdict{Kind: providers.Gone}
	case isBusy(resp, message):
		return providers.Verdict{Kind: providers.Busy, Lasts: busyFor(resp)}
	}
	return providers.Verdict{Kind: providers.Fatal}
}

// explain returns an error of the API for people: its own words first.
func explain(api *godo.ErrorResponse) string {
	text := sentence(words(api.Message))
	if text == "" {
		text = http.StatusText(api.Response.StatusCode)
	}
	if req := api.Response.Request; req != nil {
		text += fmt.Sprintf(" (%s %s: HTTP %d", req.Method, req.URL.Path, api.Response.StatusCode)
	} else {
		text += fmt.Sprintf(" (HTTP %d", api.Response.StatusCode)
	}
	if api.RequestID != "" {
		text += ", request " + api.RequestID
	}
	text += ")"
	switch api.Response.StatusCode {
	case http.StatusUnauthorized:
		text += ": check DIGITALOCEAN_TOKEN, or token in the provider block"
	case http.StatusForbidden:
		text += ": check the scopes of the token"
	}
	return text
}

// words returns what the API says. Some refusals, such as those of tags, have
// another shape, of which godo keeps the JSON as the message.
func words(message string) string {
	var other struct {
		Error string `json:"error"`
	}
	if json.Unmarshal([]byte(message), &other) == nil && other.Error != "" {
		return other.Error
	}
	return message
}

// sentence returns a message without its full stop: more follows.
func sentence(s string) string { return strings.TrimRight(strings.TrimSpace(s), ".") }

func requestID(e *smithyhttp.ResponseError) string {
	id := e.Response.Header.Get("X-Amz-Request-Id")
	if id == "" {
		return ""
	}
	return ", request " + id
}

func isBusy(resp *http.Response, message string) bool {
	switch resp.StatusCode {
	case http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity, http.StatusForbidden:
		message = strings.ToLower(message)
		for _, words := range busyWords {
			if strings.Contains(message, words) {
				return true
			}
		}
	}
	// A cluster that is not as far as a request needs it answers so.
	return resp.StatusCode == http.StatusPreconditionFailed && ofDatabases(resp)
}

// ofDatabases reports whether an answer is about clusters of databases.
func ofDatabases(resp *http.Response) bool {
	return resp.Request != nil && strings.HasPrefix(resp.Request.URL.Path, "/v2/databases/")
}

// busyFor returns how long what is in the way of a request may take: a cluster of
// databases is resized, migrated or upgraded for as long as it is made.
func busyFor(resp *http.Response) time.Duration {
	if ofDatabases(resp) {
		return 30 * time.Minute
	}
	return 0
}

func spacesVerdict(status int, code string) providers.Verdict {
	switch {
	case code == "SlowDown" || status == http.StatusTooManyRequests:
		return providers.Verdict{Kind: providers.Throttled}
	case code == "OperationAborted":
		return providers.Verdict{Kind: providers.Busy}
	case status >= 500:
		return providers.Verdict{Kind: providers.Transient}
	case status == http.StatusNotFound:
		return providers.Verdict{Kind: providers.Gone}
	}
	return providers.Verdict{Kind: providers.Fatal}
}
