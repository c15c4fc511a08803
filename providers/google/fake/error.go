package fake

import (
	"fmt"
	"net/http"
	"strings"
)

// apiError is a refusal, in the shape all of Google's APIs share.
type apiError struct {
	status  int
	reason  string // as in errors[].reason
	message string
	rpc     string // the canonical status, "" for what the HTTP status says
	details []any
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s: %s", e.status, e.reason, e.message) }

func refusal(status int, reason, format string, args ...any) error {
	return &apiError{status: status, reason: reason, message: fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) error {
	return refusal(http.StatusBadRequest, "invalid", format, args...)
}

// invalidField is Compute's refusal of a value; why ends with a full stop or is empty.
func invalidField(field string, value any, why string, args ...any) error {
	return invalid("%s", strings.TrimSpace(fmt.Sprintf("Invalid value for field '%s': '%v'. ", field, value)+fmt.Sprintf(why, args...)))
}

func required(field string) error {
	return refusal(http.StatusBadRequest, "required", "Required field '%s' not specified", field)
}

func notFound(path string) error {
	return refusal(http.StatusNotFound, "notFound", "The resource '%s' was not found", path)
}

func alreadyExists(path string) error {
	return refusal(http.StatusConflict, "alreadyExists", "The resource '%s' already exists", path)
}

func notReady(path string) error {
	return refusal(http.StatusBadRequest, "resourceNotReady", "The resource '%s' is not ready", path)
}

// inUse is the refusal to delete or share what something else uses; noun is the
// kind in words, such as "network".
func inUse(noun, path, user string) error {
	return refusal(http.StatusBadRequest, "resourceInUseByAnotherResource",
		"The %s resource '%s' is already being used by '%s'", noun, path, user)
}

func conditionNotMet(format string, args ...any) error {
	return refusal(http.StatusPreconditionFailed, "conditionNotMet", format, args...)
}

// quotaExceeded is for quotas checked before the operation starts; where is
// "globally" or "in region europe-west1".
func quotaExceeded(metric string, limit int, where string) error {
	return refusal(http.StatusForbidden, "quotaExceeded", "%s", quotaMessage(metric, limit, where))
}

func quotaMessage(metric string, limit int, where string) string {
	return fmt.Sprintf("Quota '%s' exceeded.  Limit: %.1f %s.", metric, float64(limit), where)
}

func forbidden(format string, args ...any) error {
	return refusal(http.StatusForbidden, "forbidden", format, args...)
}

// unknownPath is the refusal of a URL no API has.
func unknownPath() error { return refusal(http.StatusNotFound, "notFound", "Not Found") }

// rpcStatus is the canonical name for an HTTP status.
func rpcStatus(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "INVALID_ARGUMENT"
	case http.StatusUnauthorized:
		return "UNAUTHENTICATED"
	case http.StatusForbidden:
		return "PERMISSION_DENIED"
	case http.StatusNotFound:
		return "NOT_FOUND"
	case http.StatusConflict:
		return "ALREADY_EXISTS"
	case http.StatusPreconditionFailed:
		return "FAILED_PRECONDITION"
	case http.StatusTooManyRequests:
		return "RESOURCE_EXHAUSTED"
	case http.StatusNotImplemented:
		return "UNIMPLEMENTED"
	case http.StatusServiceUnavailable:
		return "UNAVAILABLE"
	}
	return "INTERNAL"
}

// body is e as s writes it: the older APIs list errors[], the newer ones have a
// canonical status.
func (e *apiError) body(s service) map[string]any {
	inner := map[string]any{"code": e.status, "message": e.message}
	rpc := e.rpc
	if rpc == "" {
		rpc = rpcStatus(e.status)
	}
	if s.legacy() {
		item := map[string]any{"message": e.message, "domain": "global", "reason": e.reason}
		switch e.reason {
		case "quotaExceeded", "rateLimitExceeded", "accessNotConfigured":
			item["domain"] = "usageLimits"
		case "authError", "required":
			if e.status == http.StatusUnauthorized {
				item["location"], item["locationType"] = "Authorization", "header"
			}
		case "conditionNotMet":
			item["location"], item["locationType"] = "If-Match", "header"
		}
		inner["errors"] = []any{item}
	}
	if !s.legacy() || e.rpc != "" || e.status == http.StatusUnauthorized {
		inner["status"] = rpc
	}
	if e.details != nil {
		inner["details"] = e.details
	}
	return map[string]any{"error": inner}
}
