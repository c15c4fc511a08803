package digitalocean

import (
	"net/http"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

// windows are the limits of parts of the API, from the descriptions in its
// OpenAPI document.
var windows = []providers.Window{
	{Requests: 10, Per: time.Minute, Counts: func(r *http.Request) bool {
		return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/v2/account/keys")
	}},
	{Requests: 5, Per: 10 * time.Second, Counts: func(r *http.Request) bool {
		return strings.Contains(r.URL.Path+"/", "/v2/cdn/endpoints/")
	}},
}
