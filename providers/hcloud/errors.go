package hcloud

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

// busyCodes are those of refusals that end by themselves: another action is
// running, a server is still leaving a firewall, the subnet that an attachment does not
// name is still to be made.
var busyCodes = []hcloud.ErrorCode{
	hcloud.ErrorCodeConflict, hcloud.ErrorCodeLocked, hcloud.ErrorCodeResourceInUse, hcloud.ErrorCodeNoSubnetAvailable,
	hcloud.ErrorCodeMaintenance, hcloud.ErrorCodeRobotUnavailable,
}

// doubtfulCodes are those of failures of the API itself: the call may have had its
// effect.
var doubtfulCodes = []hcloud.ErrorCode{
	hcloud.ErrorCodeServerError, hcloud.ErrorCodeUnknownError, hcloud.ErrorCodeBadGateway, hcloud.ErrorCodeTimeout,
}

// busyError says what has to be there before a call: it may be on its way.
type busyError struct{ message string }

func (e *busyError) Error() string { return e.message }

// classify says what an error of a call, or of an action, means.
func classify(err error) providers.Verdict {
	if errors.As(err, new(*busyError)) {
		return providers.Verdict{Kind: providers.Busy}
	}
	var action hcloud.ActionError
	if errors.As(err, &action) {
		return providers.Verdict{Kind: providers.Fatal, Message: explainAction(action)}
	}
	var api hcloud.Error
	if !errors.As(err, &api) {
		if errors.Is(err, hcloud.ErrStatusCode) {
			// Not the API's own words: a proxy may have answered after the effect.
			return providers.Verdict{Kind: providers.Transient}
		}
		return providers.NetworkVerdict(err)
	}
	v := verdict(api)
	v.Message = explain(api)
	return v
}

func verdict(api hcloud.Error) providers.Verdict {
	switch {
	case api.Code == hcloud.ErrorCodeRateLimitExceeded:
		return providers.Verdict{Kind: providers.Throttled, After: time.Second}
	case slices.Contains(busyCodes, api.Code), api.Code == hcloud.ErrorCodeServiceError && hasAttached(api.Message):
		return providers.Verdict{Kind: providers.Busy}
	case slices.Contains(doubtfulCodes, api.Code), status(api) >= http.StatusInternalServerError:
		return providers.Verdict{Kind: providers.Transient}
	case api.Code == hcloud.ErrorCodeNotFound:
		return providers.Verdict{Kind: providers.Missing}
	}
	return providers.Verdict{Kind: providers.Fatal}
}

// hasAttached reports whether a refusal is for what a subnet still holds: it may be
// leaving.
func hasAttached(message string) bool {
	return strings.Contains(message, "servers are attached") || strings.Contains(message, "attached resources")
}

// status returns that of the answer; 0 when there is none.
func status(api hcloud.Error) int {
	if resp := api.Response(); resp != nil && resp.Response != nil {
		return resp.StatusCode
	}
	return 0
}

// explain returns an error of the API for people: its own words first.
func explain(api hcloud.Error) string {
	text := sentence(api.Message)
	if details, ok := api.Details.(hcloud.ErrorDetailsInvalidInput); ok {
		for _, f := range details.Fields {
			text += fmt.Sprintf("; %s: %s", f.Name, strings.Join(f.Messages, ", "))
		}
	}
	text += " (" + string(api.Code)
	if resp := api.Response(); resp != nil && resp.Response != nil {
		if req := resp.Request; req != nil {
			text += fmt.Sprintf(", %s %s", req.Method, req.URL.Path)
		}
		text += fmt.Sprintf(": HTTP %d", resp.StatusCode)
		if id := resp.Header.Get("X-Correlation-Id"); id != "" {
			text += ", request " + id
		}
	}
	return text + ")" + advice(api.Code)
}

// explainAction returns why an action has failed, for people.
func explainAction(e hcloud.ActionError) string {
	text := sentence(e.Message) + " (" + e.Code
	if a := e.Action(); a != nil {
		text += fmt.Sprintf(", action %d %s", a.ID, a.Command)
	}
	return text + ")" + advice(hcloud.ErrorCode(e.Code))
}

// advice says what to do; "" when the message says enough.
func advice(code hcloud.ErrorCode) string {
	switch code {
	case hcloud.ErrorCodeUnauthorized:
		return ": check HCLOUD_TOKEN, or token in the provider block"
	case hcloud.ErrorCodeForbidden:
		return ": the token may only read; make one with read and write access"
	case hcloud.ErrorCodeResourceLimitExceeded:
		return ": ask for a higher limit at https://console.hetzner.com, under Limits, or use less"
	case hcloud.ErrorCodeResourceUnavailable:
		return ": Hetzner has none left there now; try another location or type, or later"
	case hcloud.ErrorCodePlacementError:
		return ": no host is free that keeps the rules of the placement group; try another location, or later"
	case hcloud.ErrorCodeUniquenessError:
		return ": it is there already, perhaps made by somebody else; choose another name, or import it"
	case hcloud.ErrorCodeDNSZoneNotFound, hcloud.ErrorCodeDNSZoneIsSecondaryZone, hcloud.ErrorCodeCloudNotVerifyDomainDelegatedToZone:
		return ": a managed certificate needs the primary DNS zone of its names in this project, and Hetzner's name servers"
	case hcloud.ErrorCodeVolumeAlreadyAttached:
		return ": detach it there first, it may be in use"
	case hcloud.ErrorCodeProtected:
		return ": take the protection off first"
	case hcloud.ErrorDeprecatedAPIEndpoint:
		return ": Hetzner has taken it away; hcloud_location and hcloud_locations stand for data centers"
	}
	return ""
}

// sentence returns a message without its full stop: more follows.
func sentence(s string) string { return strings.TrimRight(strings.TrimSpace(s), ".") }
