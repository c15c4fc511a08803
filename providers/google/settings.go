package google

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"golang.org/x/oauth2"
	googleauth "golang.org/x/oauth2/google"
	"google.golang.org/api/impersonate"
	"google.golang.org/api/option"

	"github.com/mlinfra/mlinfra/providers"
)

// settings is the provider block.
type settings struct {
	Credentials               string            `cty:"credentials"                 is:"optional,sensitive" doc:"Key of a service account: JSON or a file; else GOOGLE_CREDENTIALS or ADC."`
	AccessToken               string            `cty:"access_token"                is:"optional,sensitive" doc:"Token of OAuth 2; else GOOGLE_OAUTH_ACCESS_TOKEN."`
	ImpersonateServiceAccount string            `cty:"impersonate_service_account" is:"optional" doc:"Service account to act as; else GOOGLE_IMPERSONATE_SERVICE_ACCOUNT."`
	Delegates                 []string          `cty:"impersonate_service_account_delegates" is:"optional" doc:"Service accounts on the way to it."`
	Scopes                    []string          `cty:"scopes"                      is:"optional" doc:"Scopes of OAuth 2; absent means the whole platform."`
	Project                   string            `cty:"project"                     is:"optional" doc:"Id of the project; else GOOGLE_PROJECT or GOOGLE_CLOUD_PROJECT."`
	Region                    string            `cty:"region"                      is:"optional" doc:"Region such as europe-west3; else GOOGLE_REGION."`
	Zone                      string            `cty:"zone"                        is:"optional" doc:"Zone such as europe-west3-a; else GOOGLE_ZONE."`
	DefaultLabels             map[string]string `cty:"default_labels"              is:"optional" doc:"Labels that all objects get."`
	BillingProject            string            `cty:"billing_project"             is:"optional" doc:"Project whose quota is used; else GOOGLE_BILLING_PROJECT."`
	UserProjectOverride       bool              `cty:"user_project_override"       is:"optional" doc:"Whether quota is that of billing_project."`
	ComputeEndpoint           string            `cty:"compute_custom_endpoint"     is:"optional" doc:"URL of Compute Engine; else GOOGLE_COMPUTE_CUSTOM_ENDPOINT."`
	StorageEndpoint           string            `cty:"storage_custom_endpoint"     is:"optional" doc:"URL of Cloud Storage; else GOOGLE_STORAGE_CUSTOM_ENDPOINT."`
	SQLEndpoint               string            `cty:"sql_custom_endpoint"         is:"optional" doc:"URL of Cloud SQL; else GOOGLE_SQL_CUSTOM_ENDPOINT."`
	IAMEndpoint               string            `cty:"iam_custom_endpoint"         is:"optional" doc:"URL of IAM; else GOOGLE_IAM_CUSTOM_ENDPOINT."`
	ResourceManagerEndpoint   string            `cty:"resource_manager_custom_endpoint" is:"optional" doc:"URL of Resource Manager; else GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT."`
	RequestsPerSecond         float64           `cty:"requests_per_second"         is:"optional" doc:"Bound on requests a second; absent means what the API allows."`
	OwnershipMarks            *bool             `cty:"ownership_marks"             is:"optional" doc:"Whether objects bear a mark of their state, for mlinfra sweep; else true."`
}

// firstSet returns the first of the variables that is set.
func firstSet(env providers.Env, names ...string) string {
	for _, name := range names {
		if v := env.Getenv(name); v != "" {
			return v
		}
	}
	return ""
}

// withEnvironment returns s with what it leaves open taken from the variables
// that Terraform's provider and gcloud know.
func (s settings) withEnvironment(env providers.Env) settings {
	s.Project = cmp.Or(s.Project, firstSet(env, "GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"))
	s.Region = cmp.Or(s.Region, firstSet(env, "GOOGLE_REGION", "GCLOUD_REGION", "CLOUDSDK_COMPUTE_REGION"))
	s.Zone = cmp.Or(s.Zone, firstSet(env, "GOOGLE_ZONE", "GCLOUD_ZONE", "CLOUDSDK_COMPUTE_ZONE"))
	s.Credentials = cmp.Or(s.Credentials, firstSet(env, "GOOGLE_CREDENTIALS", "GOOGLE_CLOUD_KEYFILE_JSON", "GCLOUD_KEYFILE_JSON"))
	s.AccessToken = cmp.Or(s.AccessToken, firstSet(env, "GOOGLE_OAUTH_ACCESS_TOKEN"))
	s.ImpersonateServiceAccount = cmp.Or(s.ImpersonateServiceAccount, firstSet(env, "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT"))
	s.BillingProject = cmp.Or(s.BillingProject, firstSet(env, "GOOGLE_BILLING_PROJECT"))
	s.ComputeEndpoint = cmp.Or(s.ComputeEndpoint, firstSet(env, "GOOGLE_COMPUTE_CUSTOM_ENDPOINT"))
	s.StorageEndpoint = cmp.Or(s.StorageEndpoint, firstSet(env, "GOOGLE_STORAGE_CUSTOM_ENDPOINT"))
	s.SQLEndpoint = cmp.Or(s.SQLEndpoint, firstSet(env, "GOOGLE_SQL_CUSTOM_ENDPOINT"))
	s.IAMEndpoint = cmp.Or(s.IAMEndpoint, firstSet(env, "GOOGLE_IAM_CUSTOM_ENDPOINT"))
	s.ResourceManagerEndpoint = cmp.Or(s.ResourceManagerEndpoint, firstSet(env, "GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT"))
	if s.Region == "" && s.Zone != "" {
		s.Region = regionOf(s.Zone)
	}
	return s
}

// regionOf returns the region of a zone: europe-west3 of europe-west3-a.
func regionOf(zone string) string {
	zone = lastPart(zone)
	if i := strings.LastIndex(zone, "-"); i > 0 {
		return zone[:i]
	}
	return ""
}

// errNoCredentials says what to do without credentials.
var errNoCredentials = errors.New("no Google Cloud credentials: run gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS to the file of a key, or credentials in the provider block; -offline needs none")

// platformScope is what all the APIs used here accept.
const platformScope = "https://www.googleapis.com/auth/cloud-platform"

// tokens returns where access tokens come from. It asks nobody yet.
func tokens(ctx context.Context, s settings, env providers.Env) (oauth2.TokenSource, error) {
	scopes := s.Scopes
	if len(scopes) == 0 {
		scopes = []string{platformScope, "https://www.googleapis.com/auth/userinfo.email"}
	}
	// Tokens are fetched as everything else is, within the limits and the log.
	ctx = context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: env.Transport})
	source, err := ownTokens(ctx, s, env, scopes)
	if err != nil || s.ImpersonateServiceAccount == "" {
		return source, err
	}
	return impersonate.CredentialsTokenSource(ctx, impersonate.CredentialsConfig{
		TargetPrincipal: s.ImpersonateServiceAccount, Delegates: s.Delegates, Scopes: scopes,
	}, option.WithTokenSource(source))
}

func ownTokens(ctx context.Context, s settings, env providers.Env, scopes []string) (oauth2.TokenSource, error) {
	switch {
	case s.AccessToken != "":
		return oauth2.StaticTokenSource(&oauth2.Token{AccessToken: s.AccessToken}), nil
	case s.Credentials != "":
		return keyTokens(ctx, s.Credentials, scopes)
	case env.Isolated:
		return nil, errNoCredentials
	}
	found, err := googleauth.FindDefaultCredentials(ctx, scopes...)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", errNoCredentials, err)
	}
	return found.TokenSource, nil
}

// keyTokens reads credentials that are JSON, or the name of a file of JSON.
func keyTokens(ctx context.Context, text string, scopes []string) (oauth2.TokenSource, error) {
	raw := []byte(text)
	if !json.Valid(raw) {
		var err error
		if raw, err = os.ReadFile(text); err != nil {
			return nil, errors.New("credentials are neither JSON nor a file that can be read: look at credentials in the provider block, else at GOOGLE_CREDENTIALS")
		}
	}
	var kind struct {
		Type googleauth.CredentialsType `json:"type"`
	}
	if err := json.Unmarshal(raw, &kind); err != nil || kind.Type == "" {
		return nil, errors.New("credentials are not those of Google Cloud: the JSON has no type")
	}
	found, err := googleauth.CredentialsFromJSONWithType(ctx, raw, kind.Type, scopes...)
	if err != nil {
		return nil, fmt.Errorf("credentials of type %s: %w", kind.Type, err)
	}
	return found.TokenSource, nil
}

// httpClient sends requests with tokens.
func httpClient(source oauth2.TokenSource, s settings, env providers.Env) *http.Client {
	next := env.Transport
	if s.BillingProject != "" && s.UserProjectOverride {
		next = quotaProject{s.BillingProject, next}
	}
	return &http.Client{Transport: &oauth2.Transport{Base: next, Source: source}}
}

// quotaProject lets another project's quota serve the requests.
type quotaProject struct {
	project string
	next    http.RoundTripper
}

// RoundTrip names the project in a header.
func (q quotaProject) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Goog-User-Project", q.project)
	return q.next.RoundTrip(r)
}

// options are what a client of a service is made with. custom is its endpoint
// as Terraform's provider takes it, with the path that the client adds itself.
func options(hc *http.Client, env providers.Env, custom string, paths ...string) ([]option.ClientOption, error) {
	opts := []option.ClientOption{option.WithHTTPClient(hc), option.WithUserAgent(env.UserAgent)}
	if custom == "" {
		return opts, nil
	}
	u, err := url.Parse(custom)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("custom endpoint %q is not a URL such as https://compute.googleapis.com/compute/v1/", custom)
	}
	for _, path := range paths {
		u.Path = strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), path)
	}
	return append(opts, option.WithEndpoint(strings.TrimSuffix(u.String(), "/"))), nil
}
