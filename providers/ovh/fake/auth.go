package fake

import (
	"crypto/sha1"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// known is the application, the consumer and the service account that there are.
const known = "fake"

// inTime is how old a signature may be. Signatures live in the time of the day,
// also where the clock of the account is another.
const inTime = 5 * time.Minute

// open are the endpoints for everybody.
var open = []string{"GET /1.0/auth/time", "POST /auth/oauth2/token"}

// authorize checks the token or the signature of a request.
func (c *Cloud) authorize(r *http.Request, body []byte) error {
	if token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); found {
		if token != c.token() {
			return refusal(http.StatusUnauthorized, "Client::Unauthorized", "Invalid token")
		}
		return nil
	}
	key, consumer, stamp := r.Header.Get("X-Ovh-Application"), r.Header.Get("X-Ovh-Consumer"), r.Header.Get("X-Ovh-Timestamp")
	switch {
	case key == "":
		return refusal(http.StatusUnauthorized, "Client::Unauthorized", "You must login first")
	case key != known:
		return &apiError{status: http.StatusForbidden, code: "INVALID_KEY", message: "This application key is invalid"}
	case consumer != known:
		return &apiError{status: http.StatusForbidden, code: "INVALID_CREDENTIAL", message: "This credential is not valid"}
	}
	if at, err := strconv.ParseInt(stamp, 10, 64); err != nil || time.Since(time.Unix(at, 0)).Abs() > inTime {
		return &apiError{status: http.StatusBadRequest, code: "QUERY_TIME_OUT", message: "Query out of time"}
	}
	asked := "http://" + r.Host + r.URL.RequestURI()
	signed := strings.Join([]string{c.o.Secret, consumer, r.Method, asked, string(body), stamp}, "+")
	if want := fmt.Sprintf("$1$%x", sha1.Sum([]byte(signed))); r.Header.Get("X-Ovh-Signature") != want {
		return &apiError{status: http.StatusBadRequest, code: "INVALID_SIGNATURE", message: "Invalid signature"}
	}
	return nil
}

// token is that of the service account.
func (c *Cloud) token() string { return "token-of-" + c.o.Secret }

func (c *Cloud) giveToken(q *request) (reply, error) {
	form, err := url.ParseQuery(string(q.body))
	if err != nil {
		return reply{}, badRequest("Invalid body")
	}
	id, secret, basic := q.BasicAuth()
	if !basic {
		id, secret = form.Get("client_id"), form.Get("client_secret")
	}
	if id != known || secret != c.o.Secret || form.Get("grant_type") != "client_credentials" {
		return reply{Status: http.StatusUnauthorized, Body: map[string]string{"error": "invalid_client"}}, nil
	}
	return ok(map[string]any{"access_token": c.token(), "token_type": "Bearer", "expires_in": 3600})
}

func (c *Cloud) readTime(*request) (reply, error) { return ok(time.Now().Unix()) }

func (c *Cloud) readDetails(*request) (reply, error) {
	return ok(map[string]any{"account": "xx1111-ovh", "method": "account", "identities": []string{}, "roles": []string{}, "user": nil, "description": nil})
}
