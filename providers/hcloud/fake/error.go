package fake

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// apiError is a refusal in the API's shape.
type apiError struct {
	code    string
	message string
	fields  []badField // of invalid_input
}

// badField says what is wrong with a field of the request.
type badField struct {
	Name     string   `json:"name"`
	Messages []string `json:"messages"`
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

// statuses are those of the error codes; 422 is that of the others.
var statuses = map[string]int{
	"json_error":              http.StatusBadRequest,
	"unauthorized":            http.StatusUnauthorized,
	"forbidden":               http.StatusForbidden,
	"protected":               http.StatusForbidden,
	"resource_limit_exceeded": http.StatusForbidden,
	"not_found":               http.StatusNotFound,
	"conflict":                http.StatusConflict,
	"resource_in_use":         http.StatusConflict,
	"uniqueness_error":        http.StatusConflict,
	"deprecated_api_endpoint": http.StatusGone,
	"placement_error":         http.StatusPreconditionFailed,
	"resource_unavailable":    http.StatusPreconditionFailed,
	"locked":                  http.StatusLocked,
	"rate_limit_exceeded":     http.StatusTooManyRequests,
	"server_error":            http.StatusInternalServerError,
}

// status is that of the answer.
func (e *apiError) status() int {
	if s, ok := statuses[e.code]; ok {
		return s
	}
	return http.StatusUnprocessableEntity
}

func refusal(code, format string, args ...any) error {
	return &apiError{code: code, message: fmt.Sprintf(format, args...)}
}

// invalid refuses the value of a field.
func invalid(field, format string, args ...any) error {
	return &apiError{
		code: "invalid_input", message: fmt.Sprintf("invalid input in field '%s'", field),
		fields: []badField{{field, []string{fmt.Sprintf(format, args...)}}},
	}
}

func notFound(kind string, id any) error {
	return refusal("not_found", "%s with ID '%v' not found", strings.ReplaceAll(kind, "_", " "), id)
}

func taken(kind, field string) error {
	return refusal("uniqueness_error", "%s %s is already used", strings.ReplaceAll(kind, "_", " "), field)
}

// body is the refusal as the API writes it.
func (e *apiError) body() any {
	details := map[string]any{}
	if e.fields != nil {
		details["fields"] = e.fields
	}
	return map[string]any{"error": map[string]any{"code": e.code, "message": e.message, "details": details}}
}

// asRefusal returns err in the API's shape.
func asRefusal(err error) *apiError {
	var e *apiError
	if !errors.As(err, &e) {
		e = &apiError{code: "server_error", message: err.Error()}
	}
	return e
}
