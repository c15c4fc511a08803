package builtin

import (
	"context"
	"crypto/x509"

	"github.com/mlinfra/mlinfra/providers"
)

type tlsSelfSignedCert struct {
	ID                string       `cty:"id"                    is:"computed"           doc:"Serial number of the certificate."`
	PrivateKeyPEM     string       `cty:"private_key_pem"       is:"required,replace,sensitive" doc:"Private key of the certificate, in PEM."`
	ValidityHours     int          `cty:"validity_period_hours" is:"required,replace"   doc:"Hours for which it is valid."`
	AllowedUses       []string     `cty:"allowed_uses"        is:"required,replace"   doc:"Uses of the key, such as server_auth."`
	Subject           []tlsSubject `cty:"subject"         is:"optional,max=1"     doc:"Whom it names."`
	DNSNames          []string     `cty:"dns_names"           is:"optional,replace"   doc:"DNS names that it is for."`
	IPAddresses       []string     `cty:"ip_addresses"        is:"optional,replace"   doc:"IP addresses that it is for."`
	URIs              []string     `cty:"uris"                is:"optional,replace"   doc:"URIs that it is for."`
	EarlyRenewalHours int          `cty:"early_renewal_hours"   is:"else=0"             doc:"Hours before the end from which it is replaced."`
	IsCA              bool         `cty:"is_ca_certificate"     is:"else=false,replace" doc:"Whether it is the certificate of an authority."`
	MaxPathLength     *int         `cty:"max_path_length"       is:"optional,replace"   doc:"How many authorities may follow that of this certificate."`
	SetSubjectKeyID   bool         `cty:"set_subject_key_id"    is:"else=false,replace" doc:"Whether it names its key."`
	SetAuthorityKeyID bool         `cty:"set_authority_key_id"  is:"else=false,replace" doc:"Whether it names the key that signs it: the same."`
	KeyAlgorithm      string       `cty:"key_algorithm"         is:"computed"           doc:"Algorithm of the private key."`
	CertPEM           string       `cty:"cert_pem"              is:"computed"           doc:"The certificate in PEM."`
	ReadyForRenewal   bool         `cty:"ready_for_renewal"     is:"computed,after=early_renewal_hours" doc:"Whether the next apply replaces it, because it ends soon."`
	Start             string       `cty:"validity_start_time"   is:"computed"           doc:"Time from which it is valid, RFC 3339."`
	End               string       `cty:"validity_end_time"     is:"computed"           doc:"Time until which it is valid, RFC 3339."`
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
	Check:    func(_ *tlsSelfSignedCert, x tlsSelfSignedCert) error { return x.terms().check() },
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

func (x tlsSelfSignedCert) terms() certTerms {
	return certTerms{x.ValidityHours, x.EarlyRenewalHours, x.AllowedUses, x.IsCA, x.MaxPathLength, x.SetSubjectKeyID, x.SetAuthorityKeyID}
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
	names := certNames{subject: x.Subject, dns: x.DNSNames, ips: x.IPAddresses, uris: x.URIs}
	if err := names.parse(); err != nil {
		return err
	}
	template := &x509.Certificate{Subject: names.name(), DNSNames: names.dns, IPAddresses: names.parsedIPs, URIs: names.parsedURIs}
	cert, err := authority{key: key}.sign(template, key.Public(), x.terms(), c.Now())
	x.ID, x.CertPEM, x.Start, x.End = cert.id, cert.pem, cert.start, cert.end
	return err
}

// readSelfSigned finds out whether it is time for a new one.
func readSelfSigned(ctx context.Context, c providers.Clock, x *tlsSelfSignedCert) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	x.ReadyForRenewal, err = x.terms().due(x.End, c.Now())
	return err
}
