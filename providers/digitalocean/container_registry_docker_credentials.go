package digitalocean

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type dockerCredentials struct {
	ID                       string `cty:"id"                         is:"computed"                 doc:"Name of the registry, / and the hash of the first token."`
	RegistryName             string `cty:"registry_name"              is:"required,replace,ref=digitalocean_container_registry.name,ref=digitalocean_container_registries.name" doc:"Name of the registry."`
	Write                    bool   `cty:"write"                      is:"else=false,blind"         doc:"Whether images can be pushed, not only pulled."`
	ExpirySeconds            int    `cty:"expiry_seconds"             is:"else=1576800000,blind"    doc:"Seconds until they expire; 0 for never."`
	DockerCredentials        string `cty:"docker_credentials"         is:"computed,sensitive,after=write,after=expiry_seconds" doc:"Content of a config.json of Docker."`
	CredentialExpirationTime string `cty:"credential_expiration_time" is:"computed,after=write,after=expiry_seconds" doc:"Time at which they expire, RFC 3339."`
}

var dockerCredentialsType = providers.Resource[*client, dockerCredentials]{
	Type:   "digitalocean_container_registry_docker_credentials",
	Doc:    "Credentials for a container registry, made anew when they expire.",
	Create: createDockerCredentials,
	Read:   readDockerCredentials,
	Update: updateDockerCredentials,
	Delete: deleteDockerCredentials,
	Import: func(string) (x dockerCredentials, err error) {
		return x, errors.New("credentials cannot be imported: the API shows a token only when it makes it, so declare them and apply")
	},
	// Terraform's id is the name of the registry, which may have several.
	Migrate: func(x *dockerCredentials) { x.ID = x.handle() },
	Check:   checkDockerCredentials,
	// A lost answer bore a token that nobody knows: another one does no harm.
	Find: func(context.Context, *client, *dockerCredentials, providers.Attempt) (bool, error) { return false, nil },
	Examples: []string{
		exampleRegistry + `

resource "digitalocean_container_registry_docker_credentials" "example" {
  registry_name = digitalocean_container_registry.ml.name
}`,
		exampleRegistry + `

resource "digitalocean_container_registry_docker_credentials" "example" {
  registry_name  = digitalocean_container_registry.ml.name
  write          = true
  expiry_seconds = 86400
}`,
		exampleRegistry + `

resource "digitalocean_container_registry" "other" {
  name                   = "ml-archive"
  subscription_tier_slug = "professional"
}

resource "digitalocean_container_registry_docker_credentials" "example" {
  registry_name = digitalocean_container_registry.other.name
}`,
	},
}

const exampleRegistry = `resource "digitalocean_container_registry" "ml" {
  name                   = "ml"
  subscription_tier_slug = "professional"
}`

func createDockerCredentials(ctx context.Context, c *client, x *dockerCredentials, _ providers.Attempt) error {
	req := &godo.RegistryDockerCredentialsRequest{ReadWrite: x.Write}
	if x.ExpirySeconds > 0 {
		req.ExpirySeconds = &x.ExpirySeconds
	}
	got, resp, err := c.Registries.DockerCredentials(ctx, x.RegistryName, req)
	if err != nil {
		return err
	}
	x.DockerCredentials, x.CredentialExpirationTime = string(got.DockerConfigJSON), ""
	x.ID = cmp.Or(x.ID, x.handle())
	if x.ExpirySeconds > 0 {
		x.CredentialExpirationTime = served(resp).Add(time.Duration(x.ExpirySeconds) * time.Second).Format(time.RFC3339)
	}
	return nil
}

// readDockerCredentials makes new ones when the old have expired. Those that were
// revoked are gone.
func readDockerCredentials(ctx context.Context, c *client, x *dockerCredentials) error {
	_, resp, err := c.Registries.Get(ctx, x.RegistryName)
	if err != nil {
		return gone(err)
	}
	if x.DockerCredentials == "" || expired(x.CredentialExpirationTime, served(resp)) {
		return gone(createDockerCredentials(ctx, c, x, providers.Attempt{}))
	}
	// What the token may not see is forbidden; only one that has ended is unknown.
	err = withToken(ctx, c, "GET", c.BaseURL.JoinPath("/v2/account"), dockerToken(x.DockerCredentials), "")
	var api *godo.ErrorResponse
	if errors.As(err, &api) && api.Response.StatusCode == http.StatusForbidden {
		return nil
	}
	return err
}

// updateDockerCredentials makes new ones and revokes the old.
func updateDockerCredentials(ctx context.Context, c *client, was dockerCredentials, x *dockerCredentials) error {
	x.ID = was.ID
	if err := createDockerCredentials(ctx, c, x, providers.Attempt{}); err != nil {
		return gone(err)
	}
	if err := revoke(ctx, c, was.DockerCredentials); err != nil && err != providers.ErrGone {
		return err
	}
	return nil
}

func deleteDockerCredentials(ctx context.Context, c *client, x dockerCredentials) error {
	if err := revoke(ctx, c, x.DockerCredentials); err != nil {
		return err
	}
	return providers.ErrGone
}

// revoke ends the token in credentials. Anybody who has a token may revoke it, at
// an endpoint of the control panel's; it is ErrGone for one that has ended.
func revoke(ctx context.Context, c *client, credentials string) error {
	token := dockerToken(credentials)
	if token == "" {
		return providers.ErrGone
	}
	host := *c.BaseURL
	host.Host = strings.Replace(host.Host, "api.digitalocean.com", "cloud.digitalocean.com", 1)
	return withToken(ctx, c, "POST", host.JoinPath("/v1/oauth/revoke"), token, url.Values{"token": {token}}.Encode())
}

// withToken sends a form with another token than that of c. It returns ErrGone
// when nobody knows the token.
func withToken(ctx context.Context, c *client, method string, u *url.URL, token, form string) error {
	req, err := http.NewRequestWithContext(ctx, method, u.String(), strings.NewReader(form))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := c.spaces.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusUnauthorized {
		return providers.ErrGone
	}
	return godo.CheckResponse(resp)
}

// handle tells new credentials apart from others of the registry.
func (x *dockerCredentials) handle() string {
	sum := sha256.Sum256([]byte(dockerToken(x.DockerCredentials)))
	return x.RegistryName + "/" + hex.EncodeToString(sum[:8])
}

// dockerToken returns the token in the content of a config.json; "" if there is none.
func dockerToken(credentials string) string {
	var config struct {
		Auths map[string]struct {
			Auth []byte `json:"auth"`
		} `json:"auths"`
	}
	if json.Unmarshal([]byte(credentials), &config) != nil {
		return ""
	}
	_, token, _ := strings.Cut(string(config.Auths[registryHost].Auth), ":")
	return token
}

// served returns when the API has answered by its own clock, which is the one that
// ends tokens.
func served(resp *godo.Response) time.Time {
	t, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return time.Now().UTC()
	}
	return t.UTC()
}

// expired reports whether a time in state, "" for never, has come.
func expired(at string, now time.Time) bool {
	t, err := time.Parse(time.RFC3339, at)
	return err == nil && !now.Before(t)
}

const maxExpirySeconds = 1576800000

func checkDockerCredentials(_ *dockerCredentials, x dockerCredentials) error {
	if x.ExpirySeconds < 0 || x.ExpirySeconds > maxExpirySeconds {
		return fmt.Errorf("expiry_seconds is %d: 0, which is never, to %d can be chosen", x.ExpirySeconds, maxExpirySeconds)
	}
	return nil
}
