package fake

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// service is one of the APIs.
type service string

const (
	computeAPI service = "compute.googleapis.com"
	storageAPI service = "storage.googleapis.com"
	sqlAPI     service = "sqladmin.googleapis.com"
	iamAPI     service = "iam.googleapis.com"
	crmAPI     service = "cloudresourcemanager.googleapis.com"
	oauthAPI   service = "oauth2.googleapis.com"
)

// title is how error messages name s.
func (s service) title() string {
	switch s {
	case computeAPI:
		return "Compute Engine API"
	case storageAPI:
		return "Cloud Storage JSON API"
	case sqlAPI:
		return "Cloud SQL Admin API"
	case iamAPI:
		return "Identity and Access Management (IAM) API"
	}
	return "Cloud Resource Manager API"
}

// legacy tells whether errors of s have the older shape, with a list of reasons.
func (s service) legacy() bool { return s != iamAPI && s != crmAPI }

// serviceOf tells which API a normalised path belongs to.
func serviceOf(path string) service {
	switch {
	case strings.HasPrefix(path, "/storage/"), strings.HasPrefix(path, "/upload/"):
		return storageAPI
	case path == "/oauth2/token":
		return oauthAPI
	case strings.HasPrefix(path, "/v3/"):
		return crmAPI
	case path == "/v1/flags":
		return sqlAPI
	case strings.HasPrefix(path, "/v1/"):
		parts := strings.Split(path, "/") // "", v1, projects, p, collection
		if len(parts) < 5 || strings.HasPrefix(parts[4], ":") {
			return crmAPI
		}
		if parts[4] == "serviceAccounts" {
			return iamAPI
		}
		return sqlAPI
	}
	return computeAPI
}

// normal rewrites the path of u to the one of the routes. Clients differ in what
// they append to an endpoint without a path: the discovery clients omit the base
// path, the generated REST clients keep it and may double a slash.
func normal(u *url.URL) *url.URL {
	p := u.EscapedPath()
	for strings.HasPrefix(p, "//") {
		p = p[1:]
	}
	for _, base := range []string{"/compute/v1", "/storage/v1"} {
		if rest, ok := strings.CutPrefix(p, base+"/"); ok {
			rest = "/" + strings.TrimLeft(rest, "/")
			rest, _ = strings.CutPrefix(rest, base)
			p = base + rest
		}
	}
	switch {
	case strings.HasPrefix(p, "/projects/"):
		p = "/compute/v1" + p
	case p == "/b" || strings.HasPrefix(p, "/b/"):
		p = "/storage/v1" + p
	case strings.HasPrefix(p, "/download/storage/v1/"):
		p = strings.TrimPrefix(p, "/download")
	case strings.HasPrefix(p, "/sql/v1beta4/"):
		p = "/v1/" + strings.TrimPrefix(p, "/sql/v1beta4/")
	case p == "/token":
		p = "/oauth2/token"
	}
	if strings.HasPrefix(p, "/v1/") || strings.HasPrefix(p, "/v3/") {
		// ServeMux has no pattern for "name:verb".
		if i := strings.LastIndexByte(p, ':'); i > strings.LastIndexByte(p, '/') {
			p = p[:i] + "/" + p[i:]
		}
	}
	out := *u
	out.RawPath = p
	if path, err := url.PathUnescape(p); err == nil {
		out.Path = path
	}
	return &out
}

// normalised is r with its path rewritten.
func normalised(r *http.Request) *http.Request {
	out := *r
	out.URL = normal(r.URL)
	return &out
}

// enabled refuses when the API is switched off.
func (c *Cloud) enabled(s service) error {
	if !slices.Contains(c.o.DisabledAPIs, string(s)) {
		return nil
	}
	link := "https://console.developers.google.com/apis/api/" + string(s) + "/overview?project=" + projectNumber(c.o.Projects[0])
	return &apiError{
		status: http.StatusForbidden, reason: "accessNotConfigured", rpc: "PERMISSION_DENIED",
		message: s.title() + " has not been used in project " + projectNumber(c.o.Projects[0]) +
			" before or it is disabled. Enable it by visiting " + link +
			" then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.",
		details: []any{map[string]any{
			"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED", "domain": "googleapis.com",
			"metadata": map[string]any{"service": string(s), "consumer": "projects/" + projectNumber(c.o.Projects[0])},
		}},
	}
}
