package builtin

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"time"
)

// tlsSubject is the name in a certificate.
type tlsSubject struct {
	CommonName         string   `cty:"common_name"         is:"optional,replace" doc:"CN."`
	Organization       string   `cty:"organization"        is:"optional,replace" doc:"O."`
	OrganizationalUnit string   `cty:"organizational_unit" is:"optional,replace" doc:"OU."`
	StreetAddress      []string `cty:"street_address"      is:"optional,replace" doc:"STREET."`
	Locality           string   `cty:"locality"            is:"optional,replace" doc:"L."`
	Province           string   `cty:"province"            is:"optional,replace" doc:"ST."`
	Country            string   `cty:"country"             is:"optional,replace" doc:"C."`
	PostalCode         string   `cty:"postal_code"         is:"optional,replace" doc:"PC."`
	SerialNumber       string   `cty:"serial_number"       is:"optional,replace" doc:"SERIALNUMBER."`
	EmailAddress       string   `cty:"email_address"       is:"optional,replace" doc:"E-mail address."`
}

func (s tlsSubject) name() pkix.Name {
	one := func(text string) []string {
		if text == "" {
			return nil
		}
		return []string{text}
	}
	n := pkix.Name{
		CommonName: s.CommonName, SerialNumber: s.SerialNumber, StreetAddress: s.StreetAddress,
		Organization: one(s.Organization), OrganizationalUnit: one(s.OrganizationalUnit),
		Locality: one(s.Locality), Province: one(s.Province), Country: one(s.Country), PostalCode: one(s.PostalCode),
	}
	if s.EmailAddress != "" {
		n.ExtraNames = []pkix.AttributeTypeAndValue{{
			Type:  asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1},
			Value: asn1.RawValue{Tag: asn1.TagIA5String, Bytes: []byte(s.EmailAddress)},
		}}
	}
	return n
}

// certNames is whom a certificate is for.
type certNames struct {
	Subject     []tlsSubject `cty:"subject"      is:"optional,max=1"   doc:"Whom it names."`
	DNSNames    []string     `cty:"dns_names"    is:"optional,replace" doc:"DNS names that it is for."`
	IPAddresses []string     `cty:"ip_addresses" is:"optional,replace" doc:"IP addresses that it is for."`
	URIs        []string     `cty:"uris"         is:"optional,replace" doc:"URIs that it is for."`

	parsedIPs  []net.IP
	parsedURIs []*url.URL
}

// parse reads addresses and URIs.
func (n *certNames) parse() error {
	for _, text := range n.IPAddresses {
		ip := net.ParseIP(text)
		if ip == nil {
			return fmt.Errorf("ip_addresses holds %q, which is no IP address", text)
		}
		n.parsedIPs = append(n.parsedIPs, ip)
	}
	for _, text := range n.URIs {
		u, err := url.Parse(text)
		if err != nil || text == "" {
			return fmt.Errorf("uris holds %q, which is no URI", text)
		}
		n.parsedURIs = append(n.parsedURIs, u)
	}
	return nil
}

func (n *certNames) name() pkix.Name {
	if len(n.Subject) == 0 {
		return pkix.Name{}
	}
	return n.Subject[0].name()
}

// certTerms is what a certificate allows, and for how long.
type certTerms struct {
	ValidityHours     int      `cty:"validity_period_hours" is:"required,replace,min=0" doc:"Hours for which it is valid."`
	AllowedUses       []string `cty:"allowed_uses"          is:"required,replace,in=digital_signature|content_commitment|key_encipherment|data_encipherment|key_agreement|cert_signing|crl_signing|encipher_only|decipher_only|any_extended|server_auth|client_auth|code_signing|email_protection|ipsec_end_system|ipsec_tunnel|ipsec_user|timestamping|ocsp_signing|microsoft_server_gated_crypto|netscape_server_gated_crypto|microsoft_commercial_code_signing|microsoft_kernel_code_signing" doc:"Uses of the key, such as server_auth."`
	EarlyRenewalHours int      `cty:"early_renewal_hours"   is:"else=0,min=0" doc:"Hours before the end from which it is replaced."`
	IsCA              bool     `cty:"is_ca_certificate"     is:"else=false,replace" doc:"Whether it is the certificate of an authority."`
	MaxPathLength     *int     `cty:"max_path_length"       is:"optional,replace,min=-1" doc:"How many authorities may follow that of this certificate."`
	SetSubjectKeyID   bool     `cty:"set_subject_key_id"    is:"else=false,replace" doc:"Whether it names its key."`
}

// due reports whether a certificate that ends at end has to be made anew.
func (t certTerms) due(end string, now time.Time) (bool, error) {
	until, err := timestamp("validity_end_time", end, time.Now)
	return !now.Before(until.Add(-time.Duration(t.EarlyRenewalHours) * time.Hour)), err
}

func keyUses() map[string]x509.KeyUsage {
	return map[string]x509.KeyUsage{
		"digital_signature": x509.KeyUsageDigitalSignature, "content_commitment": x509.KeyUsageContentCommitment,
		"key_encipherment": x509.KeyUsageKeyEncipherment, "data_encipherment": x509.KeyUsageDataEncipherment,
		"key_agreement": x509.KeyUsageKeyAgreement, "cert_signing": x509.KeyUsageCertSign, "crl_signing": x509.KeyUsageCRLSign,
		"encipher_only": x509.KeyUsageEncipherOnly, "decipher_only": x509.KeyUsageDecipherOnly,
	}
}

func extendedKeyUses() map[string]x509.ExtKeyUsage {
	return map[string]x509.ExtKeyUsage{
		"any_extended": x509.ExtKeyUsageAny, "server_auth": x509.ExtKeyUsageServerAuth, "client_auth": x509.ExtKeyUsageClientAuth,
		"code_signing": x509.ExtKeyUsageCodeSigning, "email_protection": x509.ExtKeyUsageEmailProtection,
		"ipsec_end_system": x509.ExtKeyUsageIPSECEndSystem, "ipsec_tunnel": x509.ExtKeyUsageIPSECTunnel, "ipsec_user": x509.ExtKeyUsageIPSECUser,
		"timestamping": x509.ExtKeyUsageTimeStamping, "ocsp_signing": x509.ExtKeyUsageOCSPSigning,
		"microsoft_server_gated_crypto": x509.ExtKeyUsageMicrosoftServerGatedCrypto, "netscape_server_gated_crypto": x509.ExtKeyUsageNetscapeServerGatedCrypto,
		"microsoft_commercial_code_signing": x509.ExtKeyUsageMicrosoftCommercialCodeSigning, "microsoft_kernel_code_signing": x509.ExtKeyUsageMicrosoftKernelCodeSigning,
	}
}

// certificate is a certificate in the forms that attributes have.
type certificate struct {
	CertPEM         string `cty:"cert_pem"            is:"computed" doc:"The certificate in PEM."`
	ReadyForRenewal bool   `cty:"ready_for_renewal"   is:"computed,after=early_renewal_hours" doc:"Whether the next apply replaces it, because it ends soon."`
	Start           string `cty:"validity_start_time" is:"computed" doc:"Time from which it is valid, RFC 3339."`
	End             string `cty:"validity_end_time"   is:"computed" doc:"Time until which it is valid, RFC 3339."`
}

// authority signs certificates: a key, and its certificate, nil when it is the
// one that is made.
type authority struct {
	key   crypto.Signer
	cert  *x509.Certificate
	named bool // whether certificates name the key; those of another always do
}

// sign makes template a certificate of pub by the terms.
func (a authority) sign(template *x509.Certificate, pub crypto.PublicKey, t certTerms, now time.Time) (id string, c certificate, err error) {
	if err := t.fill(template, pub, now); err != nil {
		return "", c, err
	}
	parent := a.cert
	if parent == nil {
		parent = template
	}
	if a.named {
		if len(parent.SubjectKeyId) == 0 {
			return "", c, errors.New("set_authority_key_id is true, and the authority has no subject key id: set set_subject_key_id there")
		}
		template.AuthorityKeyId = parent.SubjectKeyId
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, pub, a.key)
	if err != nil {
		return "", c, err
	}
	return template.SerialNumber.String(), certificate{
		CertPEM: encodePEM(pemCertificate, der),
		Start:   template.NotBefore.Format(time.RFC3339), End: template.NotAfter.Format(time.RFC3339),
	}, nil
}

// fill sets in a template what the terms say.
func (t certTerms) fill(template *x509.Certificate, pub crypto.PublicKey, now time.Time) (err error) {
	template.BasicConstraintsValid = true
	template.NotBefore = now.UTC().Truncate(time.Second)
	template.NotAfter = template.NotBefore.Add(time.Duration(t.ValidityHours) * time.Hour)
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128)); err != nil {
		return err
	}
	for _, use := range t.AllowedUses {
		template.KeyUsage |= keyUses()[use]
		if extended, ok := extendedKeyUses()[use]; ok {
			template.ExtKeyUsage = append(template.ExtKeyUsage, extended)
		}
	}
	if t.IsCA {
		if len(template.Subject.ToRDNSequence()) == 0 {
			return errors.New("the certificate of an authority needs a subject: add a block subject { common_name = … }")
		}
		template.IsCA = true
		if t.MaxPathLength != nil && *t.MaxPathLength >= 0 {
			// Terraform's provider leaves a length of zero out.
			template.MaxPathLen, template.MaxPathLenZero = *t.MaxPathLength, *t.MaxPathLength == 0
		}
	}
	if t.IsCA || t.SetSubjectKeyID {
		template.SubjectKeyId, err = subjectKeyID(pub)
	}
	return err
}

// subjectKeyID returns the SHA-1 of a public key, as Terraform's provider makes it.
func subjectKeyID(pub crypto.PublicKey) ([]byte, error) {
	var b []byte
	var err error
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		b = x509.MarshalPKCS1PublicKey(pub)
	case *ecdsa.PublicKey:
		b, err = pub.Bytes()
	case ed25519.PublicKey:
		b, err = asn1.Marshal([]byte(pub))
	default:
		err = fmt.Errorf("a public key of type %T is not supported: use RSA, ECDSA or ED25519", pub)
	}
	sum := sha1.Sum(b)
	return sum[:], err
}

// replaceWhenDue names what replaces a certificate that has to be made anew.
func replaceWhenDue(due bool) []string {
	if due {
		return []string{"ready_for_renewal"}
	}
	return nil
}

// tlsExampleKey is what the examples of certificates begin with.
const tlsExampleKey = `resource "tls_private_key" "example" {
  algorithm   = "ECDSA"
  ecdsa_curve = "P256"
}

`
