package builtin

import (
	"context"
	"crypto/rand"
	"crypto/x509"

	"github.com/mlinfra/mlinfra/providers"
)

type tlsCertRequest struct {
	ID            string `cty:"id"              is:"computed" doc:"SHA-1 of the request, hexadecimal."`
	PrivateKeyPEM string `cty:"private_key_pem" is:"required,replace,sensitive" doc:"Private key of the certificate, in PEM."`
	certNames
	KeyAlgorithm   string `cty:"key_algorithm"    is:"computed" doc:"Algorithm of the private key."`
	CertRequestPEM string `cty:"cert_request_pem" is:"computed" doc:"The request in PEM."`
}

var tlsCertRequestType = providers.Resource[providers.Clock, tlsCertRequest]{
	Type:   "tls_cert_request",
	Doc:    "A request for a certificate, for an authority to sign.",
	Kept:   true,
	Create: createCertRequest,
	Import: noImport[tlsCertRequest](importTLS),
	Spell:  func(was tlsCertRequest, x *tlsCertRequest) { keepHashed(was.PrivateKeyPEM, &x.PrivateKeyPEM) },
	Examples: []string{
		tlsExampleKey + `resource "tls_cert_request" "example" {
  private_key_pem = tls_private_key.example.private_key_pem
}`,
		tlsExampleKey + `resource "tls_cert_request" "example" {
  private_key_pem = tls_private_key.example.private_key_pem
  dns_names       = ["ml.example.com"]
  uris            = ["https://ml.example.com/"]

  subject {
    common_name   = "ml.example.com"
    email_address = "ml@example.com"
  }
}`,
	},
}

func createCertRequest(_ context.Context, _ providers.Clock, x *tlsCertRequest, _ providers.Attempt) error {
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
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: names.name(), DNSNames: names.DNSNames, IPAddresses: names.parsedIPs, URIs: names.parsedURIs,
	}, key)
	if err != nil {
		return err
	}
	x.ID, x.CertRequestPEM = hashOf(string(der)), encodePEM(pemRequest, der)
	return nil
}
