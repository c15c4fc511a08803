package digitalocean

import (
	"context"
	"fmt"

	"github.com/mlinfra/mlinfra/providers"
)

type certificateLookup struct {
	ID              string   `cty:"id"               is:"computed"     doc:"Name of the certificate."`
	Name            string   `cty:"name"             is:"required"     doc:"Name of the certificate."`
	UUID            string   `cty:"uuid"             is:"computed"     doc:"UUID of the certificate; another one after each renewal."`
	Type            string   `cty:"type"             is:"computed"     doc:"custom or lets_encrypt."`
	State           string   `cty:"state"            is:"computed"     doc:"State: pending, verified or error."`
	Domains         []string `cty:"domains"          is:"computed,set" doc:"Names that Let's Encrypt has certified."`
	NotAfter        string   `cty:"not_after"        is:"computed"     doc:"Time at which it expires, RFC 3339."`
	SHA1Fingerprint string   `cty:"sha1_fingerprint" is:"computed"     doc:"SHA-1 fingerprint."`
}

var certificateData = providers.DataSource[*client, certificateLookup]{
	Type: "digitalocean_certificate",
	Doc:  "A certificate by its name.",
	Read: lookUpCertificate,
	Examples: []string{
		`resource "digitalocean_certificate" "example" {
  name    = "ml"
  type    = "lets_encrypt"
  domains = ["ml.example.com"]
}

data "digitalocean_certificate" "example" {
  name = digitalocean_certificate.example.id
}`,
	},
}

func lookUpCertificate(ctx context.Context, c *client, x *certificateLookup) error {
	got, err := chosen(providers.All(ctx, c, certificateType, certificate{}), func(got certificate) bool { return got.Name == x.Name })
	if err != nil {
		return fmt.Errorf("certificate %q: %w", x.Name, err)
	}
	providers.Shape(x, got)
	return nil
}
