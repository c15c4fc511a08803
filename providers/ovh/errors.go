package ovh

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ovh/go-ovh/ovh"
	"golang.org/x/oauth2"

	"github.com/mlinfra/mlinfra/providers"
)

// busyError says what is in the way of a call: it leaves by itself.
type busyError string

func (e busyError) Error() string { return string(e) }

// taskError is why a task has failed.
type taskError struct{ task, status, comment string }

func (e *taskError) Error() string {
	text := fmt.Sprintf("task %s is %s", e.task, e.status)
	if e.comment != "" {
		text += ": " + e.comment
	}
	return text + "; the control panel and OVHcloud's support know more"
}

// busyFor is how long another task of a server may take: an installation.
const busyFor = 30 * time.Minute

// classify says what an error of the API means.
func classify(err error) providers.Verdict {
	var busy busyError
	if errors.As(err, &busy) {
		return providers.Verdict{Kind: providers.Busy, Message: busy.Error(), Lasts: busyFor}
	}
	var token *oauth2.RetrieveError
	if errors.As(err, &token) && token.Response != nil {
		if token.Response.StatusCode >= http.StatusInternalServerError {
			return providers.Verdict{Kind: providers.Transient}
		}
		return providers.Verdict{Message: fmt.Sprintf("no token for the service account (HTTP %d %s): check OVH_CLIENT_ID and OVH_CLIENT_SECRET, or client_id and client_secret in the provider block", token.Response.StatusCode, token.ErrorCode)}
	}
	var api *ovh.APIError
	if !errors.As(err, &api) {
		return providers.NetworkVerdict(err)
	}
	v := providers.Verdict{Message: explain(api)}
	switch {
	case api.Code == http.StatusTooManyRequests:
		v.Kind = providers.Throttled
	case api.Code >= http.StatusInternalServerError || foreign(api):
		v.Kind = providers.Transient
	case api.Code == http.StatusNotFound:
		v.Kind = providers.Gone
	case api.Code == http.StatusConflict:
		v.Kind, v.Lasts = providers.Busy, busyFor
	}
	return v
}

// foreign reports whether an answer is not in the API's own words: a proxy may
// have answered after the effect. The SDK keeps what is no JSON as the message.
func foreign(api *ovh.APIError) bool {
	return api.Class == "" && (api.Message == "" || strings.HasPrefix(strings.TrimSpace(api.Message), "<"))
}

// explain returns an error of the API for people: its own words first.
func explain(api *ovh.APIError) string {
	text := strings.TrimRight(strings.TrimSpace(api.Message), ".")
	if text == "" {
		text = http.StatusText(api.Code)
	}
	text += fmt.Sprintf(" (HTTP %d", api.Code)
	if api.Class != "" {
		text += " " + api.Class
	}
	if api.QueryID != "" {
		text += ", query " + api.QueryID
	}
	text += ")"
	switch api.Code {
	case http.StatusUnauthorized:
		text += ": check the keys of OVHcloud in the provider block or the environment"
	case http.StatusForbidden:
		text += ": check the keys and what they may do: https://api.ovh.com/createToken makes others"
	}
	return text
}

// isNotFound reports whether the API says that something does not exist.
func isNotFound(err error) bool {
	var api *ovh.APIError
	return errors.As(err, &api) && api.Code == http.StatusNotFound && !foreign(api)
}

// gone turns that into ErrGone.
func gone(err error) error {
	if isNotFound(err) {
		return providers.ErrGone
	}
	return err
}
