package digitalocean

import (
	"errors"
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
// running, members are still leaving a network, a cluster is not online.
var busyWords = []string{"pending event", "with members", "not online", "is being", "currently", "not ready", "try again", "attached"}

// classify says what an error of the API or of Spaces means.
func classify(err error) providers.Verdict {
	var api *godo.ErrorResponse
	if errors.As(err, &api) && api.Response != nil {
		return verdict(api.Response, api.Message)
	}
	var s3 *smithyhttp.ResponseError
	var code smithy.APIError
	var garbled *smithy.DeserializationError
	switch {
	case errors.As(err, &s3) && errors.As(err, &code):
		return spacesVerdict(s3.HTTPStatusCode(), code.ErrorCode())
	case errors.As(err, &s3), errors.As(err, &garbled):
		// Not the words of Spaces: a proxy may have answered after the effect.
		return providers.Verdict{Kind: providers.Transient}
	}
	return providers.NetworkVerdict(err)
}

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
	case isBusy(status, message):
		return providers.Verdict{Kind: providers.Busy}
	}
	return providers.Verdict{Kind: providers.Fatal}
}

func isBusy(status int, message string) bool {
	switch status {
	case http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity, http.StatusForbidden:
		message = strings.ToLower(message)
		for _, words := range busyWords {
			if strings.Contains(message, words) {
				return true
			}
		}
	}
	return false
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
