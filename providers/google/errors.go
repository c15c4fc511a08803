package google

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/api/googleapi"
	"google.golang.org/protobuf/proto"

	"github.com/mlinfra/mlinfra/providers"
)

// operationError is why an operation has failed.
type operationError struct {
	operation string // its name, for people who ask the support
	code      string // such as ZONE_RESOURCE_POOL_EXHAUSTED
	message   string
}

func (e *operationError) Error() string { return e.code + ": " + e.message }

var (
	throttleReasons = []string{"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"}
	busyReasons     = []string{"resourceNotReady", "resourceInUseByAnotherResource", "operationInProgress", "conditionNotMet", "RESOURCE_NOT_READY",
		"RESOURCE_IN_USE_BY_ANOTHER_RESOURCE", "RESOURCE_OPERATION_RATE_EXCEEDED", "aborted", "ABORTED", "instanceAlreadyBeingModified"}
	quotaReasons    = []string{"quotaExceeded", "QUOTA_EXCEEDED", "limitExceeded", "LIMIT_EXCEEDED"}
	capacityReasons = []string{"ZONE_RESOURCE_POOL_EXHAUSTED", "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS", "resourcePoolExhausted", "STOCKOUT"}
	disabledReasons = []string{"accessNotConfigured", "SERVICE_DISABLED"}
)

// classify says what an error of a call, or of an operation, means.
func classify(err error) providers.Verdict {
	var operation *operationError
	if errors.As(err, &operation) {
		return providers.Verdict{
			Kind:    kindOfReason(operation.code, operation.message),
			Message: fmt.Sprintf("%s (%s, operation %s)%s", sentence(operation.message), operation.code, operation.operation, advice(operation.code, operation.message)),
		}
	}
	var api *googleapi.Error
	switch {
	case errors.As(err, &api):
		v := verdict(api)
		if v.Kind != providers.Transient {
			v.Message = explain(api)
		}
		return v
	case errors.Is(err, proto.Error), errors.As(err, new(*json.SyntaxError)):
		return providers.Verdict{Kind: providers.Transient} // a garbled answer
	}
	return providers.NetworkVerdict(err)
}

func verdict(api *googleapi.Error) providers.Verdict {
	reason := reasonOf(api)
	switch {
	case api.Code == http.StatusTooManyRequests || slices.Contains(throttleReasons, reason):
		s, _ := strconv.Atoi(api.Header.Get("Retry-After"))
		return providers.Verdict{Kind: providers.Throttled, After: time.Duration(s) * time.Second}
	case api.Code >= http.StatusInternalServerError || (api.Message == "" && len(api.Errors) == 0):
		// Not the API's own words: a proxy may have answered after the effect.
		return providers.Verdict{Kind: providers.Transient}
	case api.Code == http.StatusNotFound:
		return providers.Verdict{Kind: providers.Missing}
	case api.Code == http.StatusPreconditionFailed:
		return providers.Verdict{Kind: providers.Busy}
	}
	return providers.Verdict{Kind: kindOfReason(reason, api.Message)}
}

func kindOfReason(reason, message string) providers.Kind {
	switch {
	case slices.Contains(busyReasons, reason), strings.Contains(message, "concurrent policy changes"):
		return providers.Busy
	case strings.Contains(message, "Service account") && strings.Contains(message, "does not exist"),
		strings.Contains(message, "or it may not exist"):
		return providers.Missing // too new to be known everywhere
	}
	return providers.Fatal
}

// reasonOf returns the API's own word for an error; "" when it has none.
func reasonOf(err error) string {
	var api *googleapi.Error
	if !errors.As(err, &api) {
		return ""
	}
	if len(api.Errors) > 0 && api.Errors[0].Reason != "" {
		return api.Errors[0].Reason
	}
	var body struct {
		Error struct {
			Status  string `json:"status"`
			Details []struct {
				Reason string `json:"reason"`
			} `json:"details"`
		} `json:"error"`
	}
	_ = json.Unmarshal([]byte(api.Body), &body) // what is no JSON has no reason
	for _, d := range body.Error.Details {
		if d.Reason != "" {
			return d.Reason
		}
	}
	return body.Error.Status
}

func statusOf(err error) int {
	var api *googleapi.Error
	if errors.As(err, &api) {
		return api.Code
	}
	return 0
}

// notFound reports whether the API says that something does not exist.
func notFound(err error) bool {
	return err != nil && statusOf(err) == http.StatusNotFound && reasonOf(err) != ""
}

// isPermission reports whether the API misses a permission.
func isPermission(err error) bool {
	return statusOf(err) == http.StatusForbidden && strings.Contains(err.Error(), "permission")
}

// gone turns the API's 404 into ErrGone.
func gone(err error) error {
	if notFound(err) {
		return providers.ErrGone
	}
	return err
}

// explain returns an error of the API for people: its own words first.
func explain(api *googleapi.Error) string {
	reason := reasonOf(api)
	text := sentence(api.Message)
	if text == "" {
		text = http.StatusText(api.Code)
	}
	text += fmt.Sprintf(" (HTTP %d", api.Code)
	if reason != "" {
		text += " " + reason
	}
	// Cloud Storage names its requests so; the other services do not.
	if id := api.Header.Get("X-Guploader-Uploadid"); id != "" {
		text += ", request " + id
	}
	text += ")"
	if api.Code == http.StatusUnauthorized {
		return text + ": run gcloud auth application-default login, or check GOOGLE_APPLICATION_CREDENTIALS and credentials in the provider block"
	}
	return text + advice(reason, api.Message)
}

// advice says what to do; "" when the message says enough.
func advice(reason, message string) string {
	switch {
	case slices.Contains(quotaReasons, reason):
		return ": ask for a higher quota at https://console.cloud.google.com/iam-admin/quotas, or use less"
	case slices.Contains(capacityReasons, reason):
		return ": Google has none left there now; try another zone or machine type, or later"
	case slices.Contains(disabledReasons, reason):
		return ": enable the API with gcloud services enable, and wait some minutes"
	case reason == "alreadyExists" || reason == "ALREADY_EXISTS":
		return ": somebody else has made it; choose another name, or remove it"
	case reason == "conflict":
		return ": the name is taken, perhaps in another project: names of buckets are global; choose another one"
	case strings.Contains(message, "guest accelerators do not support live migration"):
		return `: set on_host_maintenance = "TERMINATE" in scheduling`
	case strings.Contains(message, "permission"):
		return ": grant a role with this permission to the identity that mlinfra uses"
	}
	return ""
}

// sentence returns a message without its full stop: more follows.
func sentence(s string) string { return strings.TrimRight(strings.TrimSpace(s), ".") }
