package builtin

import (
	"context"
	"crypto/x509"

	"github.com/mlinfra/mlinfra/providers"
)

type tlsSelfSignedCert struct {
	ID            string `cty:"id"              is:"computed" doc:"Serial number of the certificate."`
	PrivateKeyPEM string `cty:"private_key_pem" is:"required,replace,sensitive" doc:"Private key of the certificate, in PEM."`
	certTerms
	certNames
	SetAuthorityKeyID bool   `cty:"set_authority_key_id" is:"else=false,replace" doc:"Whether it names the key that signs it: the same."`
	KeyAlgorithm      string `cty:"key_algorithm"        is:"computed"           doc:"Algorithm of the private key."`
	certificate
}

var tlsSelfSignedCertType = providers.Resource[providers.Clock, tlsSelfSignedCert]{
	Type:     "tls_self_signed_cert",
	Doc:      "A certificate that its own key has signed.",
	Create:   createSelfSigned,
	Import:   noImport[tlsSelfSignedCert](importTLS),
	Read:     readSelfSigned,
	Update:   func(context.Context, providers.Clock, tlsSelfSignedCert, *tlsSelfSignedCert) error { return nil },
	Delete:   func(context.Context, providers.Clock, tlsSelfSignedCert) error { return providers.ErrGone },
	Find:     nothingMade[providers.Clock, tlsSelfSignedCert],
	Settle:   noWait,
	Spell:    func(was tlsSelfSignedCert, x *tlsSelfSignedCert) { keepHashed(was.PrivateKeyPEM, &x.PrivateKeyPEM) },
	Replaces: func(was, _ tlsSelfSignedCert) []string { return replaceWhenDue(was.ReadyForRenewal) },
	Examples: []string{
		tlsExampleKey + `resource "tls_self_signed_cert" "example" {
  private_key_pem       = tls_private_key.example.private_key_pem
  validity_period_hours = 24
  allowed_uses          = ["key_encipherment", "digital_signature", "server_auth"]
}`,
		tlsExampleKey + `resource "tls_self_signed_cert" "example" {
  private_key_pem       = tls_private_key.example.private_key_pem
  validity_period_hours = 24
  early_renewal_hours   = 2
  allowed_uses          = ["key_encipherment", "digital_signature", "server_auth"]
}`,
		tlsExampleKey + `resource "tls_self_signed_cert" "example" {
  private_key_pem       = tls_private_key.example.private_key_pem
  validity_period_hours = 8760
  is_ca_certificate     = true
  set_subject_key_id    = true
  allowed_uses          = ["cert_signing"]
  dns_names             = ["ml.example.com"]
  ip_addresses          = ["192.0.2.1"]

  subject {
    common_name  = "ml.example.com"
    organization = "Example"
  }
}`,
	},
}

func createSelfSigned(ctx context.Context, c providers.Clock, x *tlsSelfSignedCert, _ providers.Attempt) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	key, err := parseKey("private_key_pem", x.PrivateKeyPEM)
	if err != nil {
		return err
	}
	if x.KeyAlgorithm, err = algorithmOf(key); err != nil {
		return err
	}
	names := x.certNames
	if err := names.parse(); err != nil {
		return err
	}
	template := &x509.Certificate{Subject: names.name(), DNSNames: names.DNSNames, IPAddresses: names.parsedIPs, URIs: names.parsedURIs}
	ca := authority{key: key, named: x.SetAuthorityKeyID}
	x.ID, x.certificate, err = ca.sign(template, key.Public(), x.certTerms, c.Now())
	return err
}

// readSelfSigned finds out whether it is time for a new one.
func readSelfSigned(ctx context.Context, c providers.Clock, x *tlsSelfSignedCert) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	x.ReadyForRenewal, err = x.due(x.End, c.Now())
	return err
}
