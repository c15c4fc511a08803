package digitalocean

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"time"

	"github.com/digitalocean/godo"
)

// kubeConfig is how clients reach a cluster.
type kubeConfig struct {
	RawConfig            string `cty:"raw_config"             is:"computed,sensitive" doc:"Content of a file for kubectl."`
	Host                 string `cty:"host"                   is:"computed"           doc:"URL of the control plane."`
	ClusterCACertificate string `cty:"cluster_ca_certificate" is:"computed"           doc:"Certificate of its authority, in base64."`
	ClientKey            string `cty:"client_key"             is:"computed,sensitive" doc:"Key of clients, for clusters without tokens."`
	ClientCertificate    string `cty:"client_certificate"     is:"computed,sensitive" doc:"Certificate of clients, for clusters without tokens."`
	Token                string `cty:"token"                  is:"computed,sensitive" doc:"Token of clients."`
	ExpiresAt            string `cty:"expires_at"             is:"computed"           doc:"Time at which the token ends, RFC 3339."`
}

// refreshConfig returns a configuration that goes on being good for a while: the one
// there is, or another one, with a new token of the life asked for.
func refreshConfig(ctx context.Context, c *client, have []kubeConfig, k godo.KubernetesCluster, seconds int, now time.Time) ([]kubeConfig, error) {
	if len(have) > 0 && !expired(have[0].ExpiresAt, now.Add(renewal(seconds))) {
		return have, nil
	}
	// Not godo's call: it hides the answer's status from an error.
	path := "/v2/kubernetes/clusters/" + k.ID + "/credentials?expiry_seconds=" + strconv.Itoa(seconds)
	var got godo.KubernetesClusterCredentials
	if err := call(ctx, c, "GET", path, nil, &got); err != nil {
		return nil, err
	}
	return []kubeConfig{configOf(k.Name, k.RegionSlug, &got)}, nil
}

// renewal is how long before its end a token that lives for seconds is replaced: an
// apply may take an hour.
func renewal(seconds int) time.Duration {
	const week = 7 * 24 * time.Hour
	life := time.Duration(seconds) * time.Second
	if seconds == 0 {
		life = week
	}
	return min(time.Hour, life/4)
}

func configOf(name, region string, got *godo.KubernetesClusterCredentials) kubeConfig {
	x := kubeConfig{
		Host: got.Server, ClusterCACertificate: base64.StdEncoding.EncodeToString(got.CertificateAuthorityData),
		ClientKey: string(got.ClientKeyData), ClientCertificate: string(got.ClientCertificateData), Token: got.Token,
	}
	if !got.ExpiresAt.IsZero() {
		x.ExpiresAt = rfc3339(got.ExpiresAt)
	}
	x.RawConfig = x.file("do-" + region + "-" + name)
	return x
}

// outlives reports whether x leads to the same cluster as y and is good for as long.
func (x *kubeConfig) outlives(y kubeConfig) bool {
	return x.Host == y.Host && x.ClusterCACertificate == y.ClusterCACertificate && x.ExpiresAt >= y.ExpiresAt
}

// file returns x as kubectl reads it, with one context called name. Nothing in it
// needs quotes in YAML.
func (x *kubeConfig) file(name string) string {
	user := "    token: " + x.Token + "\n"
	if x.ClientKey != "" {
		user = fmt.Sprintf("    client-key-data: %s\n    client-certificate-data: %s\n%s",
			base64.StdEncoding.EncodeToString([]byte(x.ClientKey)), base64.StdEncoding.EncodeToString([]byte(x.ClientCertificate)), user)
	}
	return fmt.Sprintf(`apiVersion: v1
kind: Config
clusters:
- cluster:
    certificate-authority-data: %[1]s
    server: %[2]s
  name: %[3]s
contexts:
- context:
    cluster: %[3]s
    user: %[3]s-admin
  name: %[3]s
current-context: %[3]s
users:
- name: %[3]s-admin
  user:
%[4]s`, x.ClusterCACertificate, x.Host, name, user)
}
