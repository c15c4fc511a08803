package digitalocean

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type dockerCredentialsLookup struct {
	ID                       string `cty:"id"                         is:"computed"           doc:"Name of the registry, / and the hash of the token."`
	RegistryName             string `cty:"registry_name"              is:"required,ref=digitalocean_container_registry.name,ref=digitalocean_container_registries.name" doc:"Name of the registry."`
	Write                    bool   `cty:"write"                      is:"else=false"         doc:"Whether images can be pushed, not only pulled."`
	ExpirySeconds            int    `cty:"expiry_seconds"             is:"else=3600"          doc:"Seconds until they expire; 0 for never."`
	DockerCredentials        string `cty:"docker_credentials"         is:"computed,sensitive" doc:"Content of a config.json of Docker."`
	CredentialExpirationTime string `cty:"credential_expiration_time" is:"computed"           doc:"Time at which they expire, RFC 3339."`
}

// dockerCredentialsData is for credentials that live as long as a run: the API shows
// a token only when it makes it, so each look makes one.
var dockerCredentialsData = providers.DataSource[*client, dockerCredentialsLookup]{
	Type: "digitalocean_container_registry_docker_credentials",
	Doc:  "Credentials for a container registry that are made anew by each run, and expire soon: for what is done in that run. The resource of the same name keeps them.",
	Read: lookUpDockerCredentials,
	Examples: []string{
		exampleRegistry + `

data "digitalocean_container_registry_docker_credentials" "example" {
  registry_name = digitalocean_container_registry.ml.name
}`,
		exampleRegistry + `

data "digitalocean_container_registry_docker_credentials" "example" {
  registry_name  = digitalocean_container_registry.ml.name
  write          = true
  expiry_seconds = 600
}`,
	},
}

func lookUpDockerCredentials(ctx context.Context, c *client, x *dockerCredentialsLookup) error {
	made := dockerCredentials{RegistryName: x.RegistryName, Write: x.Write, ExpirySeconds: x.ExpirySeconds}
	if err := checkDockerCredentials(nil, made); err != nil {
		return err
	}
	if err := createDockerCredentials(ctx, c, &made, providers.Attempt{}); err != nil {
		return err
	}
	x.ID, x.DockerCredentials, x.CredentialExpirationTime = made.ID, made.DockerCredentials, made.CredentialExpirationTime
	return nil
}
