package digitalocean

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

// TestRefusalsAreExplained has both shapes of the API's document.
func TestRefusalsAreExplained(t *testing.T) {
	for name, tc := range map[string]struct {
		status     int
		body, want string
	}{
		"the usual shape": {422, `{"id": "unprocessable_entity", "message": "region is not available.", "request_id": "r1"}`,
			"region is not available (HTTP 422, request r1)"},
		"the shape with causes": {400, `{"error": "tag contains invalid characters", "messages": null, "root_causes": ["rpc error"]}`,
			"tag contains invalid characters (HTTP 400)"},
		"no words": {400, `{}`, "Bad Request (HTTP 400)"},
	} {
		err := godo.CheckResponse(&http.Response{
			StatusCode: tc.status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(tc.body)),
		})
		if v := classify(err); v.Message != tc.want || v.Kind != providers.Fatal {
			t.Errorf("%s: got kind %v, %q, want a fatal %q", name, v.Kind, v.Message, tc.want)
		}
	}
}
