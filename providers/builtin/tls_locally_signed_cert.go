package builtin

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"github.com/mlinfra/mlinfra/providers"
)

type tlsLocallySignedCert struct {
	ID              string `cty:"id"                 is:"computed"         doc:"Serial number of the certificate."`
	CertRequestPEM  string `cty:"cert_request_pem"   is:"required,replace" doc:"A request for a certificate, in PEM."`
	CAPrivateKeyPEM string `cty:"ca_private_key_pem" is:"required,replace,sensitive" doc:"Private key of the authority, in PEM."`
	CACertPEM       string `cty:"ca_cert_pem"        is:"required,replace" doc:"Certificate of the authority, in PEM."`
	certTerms
	CAKeyAlgorithm string `cty:"ca_key_algorithm" is:"computed" doc:"Algorithm of the authority's private key."`
	certificate
}

var tlsLocallySignedCertType = providers.Resource[providers.Clock, tlsLocallySignedCert]{
	Type:   "tls_locally_signed_cert",
	Doc:    "A certificate that an authority of one's own has signed.",
	Create: createLocallySigned,
	Import: noImport[tlsLocallySignedCert](importTLS),
	Read:   readLocallySigned,
	Update: func(context.Context, providers.Clock, tlsLocallySignedCert, *tlsLocallySignedCert) error { return nil },
	Delete: func(context.Context, providers.Clock, tlsLocallySignedCert) error { return providers.ErrGone },
	Find:   nothingMade[providers.Clock, tlsLocallySignedCert],
	Settle: noWait,
	Spell: func(was tlsLocallySignedCert, x *tlsLocallySignedCert) {
		keepHashed(was.CertRequestPEM, &x.CertRequestPEM)
		keepHashed(was.CAPrivateKeyPEM, &x.CAPrivateKeyPEM)
		keepHashed(was.CACertPEM, &x.CACertPEM)
	},
	Replaces: func(was, _ tlsLocallySignedCert) []string { return replaceWhenDue(was.ReadyForRenewal) },
	Examples: []string{
		tlsExampleAuthority + `resource "tls_locally_signed_cert" "example" {
  cert_request_pem      = tls_cert_request.example.cert_request_pem
  ca_private_key_pem    = tls_private_key.example.private_key_pem
  ca_cert_pem           = tls_self_signed_cert.example.cert_pem
  validity_period_hours = 24
  allowed_uses          = ["server_auth"]
}`,
		tlsExampleAuthority + `resource "tls_locally_signed_cert" "example" {
  cert_request_pem      = tls_cert_request.example.cert_request_pem
  ca_private_key_pem    = tls_private_key.example.private_key_pem
  ca_cert_pem           = tls_self_signed_cert.example.cert_pem
  validity_period_hours = 24
  early_renewal_hours   = 2
  allowed_uses          = ["server_auth"]
}`,
		tlsExampleAuthority + `resource "tls_locally_signed_cert" "example" {
  cert_request_pem      = tls_cert_request.example.cert_request_pem
  ca_private_key_pem    = tls_private_key.example.private_key_pem
  ca_cert_pem           = tls_self_signed_cert.example.cert_pem
  validity_period_hours = 48
  set_subject_key_id    = true
  allowed_uses          = ["server_auth", "client_auth"]
}`,
	},
}

const tlsExampleAuthority = tlsExampleKey + `resource "tls_self_signed_cert" "example" {
  private_key_pem       = tls_private_key.example.private_key_pem
  validity_period_hours = 8760
  is_ca_certificate     = true
  allowed_uses          = ["cert_signing"]

  subject {
    common_name = "Example authority"
  }
}

resource "tls_cert_request" "example" {
  private_key_pem = tls_private_key.example.private_key_pem
  dns_names       = ["ml.example.com"]
}

`

func createLocallySigned(ctx context.Context, c providers.Clock, x *tlsLocallySignedCert, _ providers.Attempt) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	block, _ := pem.Decode([]byte(x.CertRequestPEM))
	if block == nil || block.Type != pemRequest {
		return fmt.Errorf("cert_request_pem holds no PEM block %s", pemRequest)
	}
	req, err := x509.ParseCertificateRequest(block.Bytes)
	if err == nil {
		err = req.CheckSignature()
	}
	if err != nil {
		return fmt.Errorf("cert_request_pem: %w", err)
	}
	ca, err := x.authority()
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		Subject: req.Subject, DNSNames: req.DNSNames, IPAddresses: req.IPAddresses, URIs: req.URIs,
	}
	x.ID, x.certificate, err = ca.sign(template, req.PublicKey, x.certTerms, c.Now())
	return err
}

// authority reads the key and the certificate that sign.
func (x *tlsLocallySignedCert) authority() (ca authority, err error) {
	if ca.key, err = parseKey("ca_private_key_pem", x.CAPrivateKeyPEM); err != nil {
		return ca, err
	}
	if x.CAKeyAlgorithm, err = algorithmOf(ca.key); err != nil {
		return ca, err
	}
	block, _ := pem.Decode([]byte(x.CACertPEM))
	if block == nil || block.Type != pemCertificate {
		return ca, fmt.Errorf("ca_cert_pem holds no PEM block %s", pemCertificate)
	}
	if ca.cert, err = x509.ParseCertificate(block.Bytes); err != nil {
		return ca, fmt.Errorf("ca_cert_pem: %w", err)
	}
	return ca, nil
}

// readLocallySigned finds out whether it is time for a new one.
func readLocallySigned(ctx context.Context, c providers.Clock, x *tlsLocallySignedCert) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	x.ReadyForRenewal, err = x.due(x.End, c.Now())
	return err
}
