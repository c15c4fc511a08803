package hrobot

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

// apiError is a refusal of the API.
type apiError struct {
	Status      int             `json:"status"`
	Code        string          `json:"code"`
	Message     string          `json:"message"`
	Missing     json.RawMessage `json:"missing"` // names, of INVALID_INPUT
	Invalid     json.RawMessage `json:"invalid"`
	MaxRequest  int             `json:"max_request"`  // of RATE_LIMIT_EXCEEDED, as documented
	MaxRequests int             `json:"max_requests"` // as observed
	Interval    int             `json:"interval"`     // seconds

	call string
}

func (e *apiError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s: HTTP %d", strings.TrimRight(e.Message, "."), e.call, e.Status)
	if e.Code != "" {
		b.WriteString(" " + e.Code)
	}
	for _, list := range []struct {
		title string
		raw   json.RawMessage
	}{{"missing", e.Missing}, {"invalid", e.Invalid}} {
		if words := wordsOf(list.raw); len(words) > 0 {
			fmt.Fprintf(&b, "; %s: %s", list.title, strings.Join(words, ", "))
		}
	}
	return b.String() + ")"
}

// wordsOf returns the names in a list, or the keys of an object: the API knows both.
func wordsOf(raw json.RawMessage) []string {
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		return list
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) == nil {
		return slices.Sorted(maps.Keys(object))
	}
	return nil
}

// refusal reads the body of an answer that is an error. One that is not in the
// API's own words has no code.
func refusal(call string, status int, raw []byte) error {
	var body struct {
		Error apiError `json:"error"`
	}
	if json.Unmarshal(raw, &body) != nil {
		body.Error = apiError{}
	}
	e := body.Error
	e.Status, e.call = status, call
	if e.Message == "" {
		e.Message = http.StatusText(status)
	}
	return &e
}

// garbledError is an answer that did not arrive whole.
type garbledError struct{ error }

// Unwrap returns what is wrong with it.
func (e *garbledError) Unwrap() error { return e.error }

// isNotFound reports whether the API says that something does not exist.
func isNotFound(err error) bool {
	var e *apiError
	return errors.As(err, &e) && e.Status == http.StatusNotFound && strings.HasSuffix(e.Code, "NOT_FOUND")
}

// gone turns that into ErrGone.
func gone(err error) error {
	if isNotFound(err) {
		return providers.ErrGone
	}
	return err
}

// busyCodes are of refusals that end by themselves.
var busyCodes = []string{"FIREWALL_IN_PROCESS", "VSWITCH_IN_PROCESS", "FAILOVER_LOCKED", "RESET_MANUAL_ACTIVE", "BOOT_BLOCKED"}

const (
	rateLimited = "RATE_LIMIT_EXCEEDED"
	// processing is how long a firewall, a vSwitch or a switch of addresses takes
	// at most.
	processing = 10 * time.Minute
	// looking is how often is tried whether the hour of a limit is over: it slides.
	looking = time.Minute
)

// classify says what an error of the API means.
func classify(err error) providers.Verdict {
	var e *apiError
	switch {
	case errors.As(err, new(*garbledError)):
		return providers.Verdict{Kind: providers.Transient}
	case !errors.As(err, &e):
		return providers.NetworkVerdict(err)
	}
	v := providers.Verdict{Message: e.Error()}
	switch {
	case e.Code == rateLimited:
		interval := time.Duration(e.Interval) * time.Second
		v.Kind, v.After, v.Lasts = providers.Throttled, min(interval, looking), interval+looking
		v.Message += fmt.Sprintf(": the account may make %d such requests in %s", max(e.MaxRequest, e.MaxRequests), interval)
	case e.Status == http.StatusUnauthorized:
		v.Kind = providers.Fatal
		v.Message += ": check HROBOT_USERNAME and HROBOT_PASSWORD, or username and password in the provider block; after three refused logins Hetzner refuses this machine for ten minutes"
	case e.Code == "" || e.Status >= http.StatusInternalServerError:
		// Not the API's own words, or words that do not say how far it came.
		v.Kind = providers.Transient
	case slices.Contains(busyCodes, e.Code):
		v.Kind, v.Lasts = providers.Busy, processing
	case isNotFound(err):
		v.Kind = providers.Gone
	case e.Code == "BOOT_ALREADY_ENABLED":
		v.Message += ": something else is to start at the next boot; deactivate it in Robot, or let the server boot"
	}
	return v
}
