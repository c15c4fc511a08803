package digitalocean

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/digitalocean/godo"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

// certificate goes by its name, as with Terraform: one of Let's Encrypt has
// another id after each renewal.
type certificate struct {
	ID               string   `cty:"id"                is:"computed"                         doc:"Name of the certificate."`
	UUID             string   `cty:"uuid"              is:"computed"                         doc:"UUID of the certificate; another one after each renewal."`
	Name             string   `cty:"name"              is:"default,replace"                  doc:"Name, unique in the account; name_prefix makes one up."`
	NamePrefix       string   `cty:"name_prefix"       is:"optional,replace,blind"           doc:"Start of a name that ends with a hash, for rotation in one apply."`
	Type             string   `cty:"type"              is:"else=custom,replace"              doc:"custom or lets_encrypt."`
	PrivateKey       string   `cty:"private_key"       is:"optional,replace,blind,sensitive" doc:"Private key in PEM, of a custom certificate."`
	LeafCertificate  string   `cty:"leaf_certificate"  is:"optional,replace,blind"           doc:"Certificate in PEM, of a custom one."`
	CertificateChain string   `cty:"certificate_chain" is:"optional,replace,blind"           doc:"Certificates in PEM up to the authority's, of a custom one."`
	Domains          []string `cty:"domains"           is:"default,set,replace,ref=digitalocean_domain" doc:"Names that Let's Encrypt certifies; their DNS is DigitalOcean's."`
	State            string   `cty:"state"             is:"computed"                         doc:"State: pending, verified or error."`
	NotAfter         string   `cty:"not_after"         is:"computed"                         doc:"Time at which it expires, RFC 3339."`
	SHA1Fingerprint  string   `cty:"sha1_fingerprint"  is:"computed"                         doc:"SHA-1 fingerprint."`
}

// The types of certificates.
const (
	customCertificate = "custom"
	letsEncrypt       = "lets_encrypt"
)

var certificateType = providers.Resource[*client, certificate]{
	Type:   "digitalocean_certificate",
	Doc:    "A TLS certificate for load balancers: one's own, or one of Let's Encrypt.",
	Create: createCertificate,
	Read:   readCertificate,
	Update: updateCertificate,
	Delete: deleteCertificate,
	List:   listCertificates,
	Spell:  spellCertificate,
	Check:  checkCertificate,
	// A load balancer lets go of the old one when it has the new one.
	First:   func(was, want certificate) bool { return was.Name != want.Name },
	Natural: func(x certificate) string { return x.Name },
	Asks: func(x certificate) []string {
		if x.Type == letsEncrypt {
			return nil
		}
		return []string{"private_key", "leaf_certificate"}
	},
	Examples: []string{
		`resource "digitalocean_certificate" "example" {
  name    = "ml"
  type    = "lets_encrypt"
  domains = ["ml.example.com"]
}`,
		`resource "digitalocean_certificate" "example" {
  name_prefix = "ml-"
  type        = "lets_encrypt"
  domains     = ["ml.example.com", "api.example.com"]
}`,
		`resource "digitalocean_certificate" "example" {
  name_prefix      = "ml-"
  leaf_certificate = <<-EOT
    -----BEGIN CERTIFICATE-----
    MIIBQzCB6qADAgECAgUArUndgTAKBggqhkjOPQQDAjAZMRcwFQYDVQQDEw5tbC5l
    eGFtcGxlLmNvbTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowGTEX
    MBUGA1UEAxMObWwuZXhhbXBsZS5jb20wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
    AAQEr/q/6TEdnapNrBYcn5ib3lXGT64shLfwx9L1ehCmQxf9Q8dEBEFsAgeeFzO+
    INesZN7/KX/VivffekZDx3Rnox0wGzAZBgNVHREEEjAQgg5tbC5leGFtcGxlLmNv
    bTAKBggqhkjOPQQDAgNIADBFAiAu1mfgec6lqK15zMANFvE7xEqcTAmAlR8BB2CL
    hqO7OwIhALk+EKcrJRi9p+pR7IUGjAjqiaYsLExUjHE3s9KhS6XH
    -----END CERTIFICATE-----
  EOT
  private_key      = <<-EOT
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgElXQ8nQa4veO7K6R
    mHJj6RnZnVhEzzz2JZQbNx1Jl9ehRANCAAQEr/q/6TEdnapNrBYcn5ib3lXGT64s
    hLfwx9L1ehCmQxf9Q8dEBEFsAgeeFzO+INesZN7/KX/VivffekZDx3Rn
    -----END PRIVATE KEY-----
  EOT
}`,
	},
}

func createCertificate(ctx context.Context, c *client, x *certificate, _ providers.Attempt) error {
	req := &godo.CertificateRequest{
		Name: x.Name, Type: x.Type, PrivateKey: x.PrivateKey, LeafCertificate: x.LeafCertificate, CertificateChain: x.CertificateChain,
	}
	if x.Type == letsEncrypt {
		req.DNSNames = x.Domains
	}
	got, _, err := c.Certificates.Create(ctx, req)
	if err != nil {
		return nameTaken(ctx, c, x.Name, err)
	}
	x.fill(got)
	return nil
}

// nameTaken says what to do when err refuses a name that another certificate has.
func nameTaken(ctx context.Context, c *client, name string, err error) error {
	var api *godo.ErrorResponse
	if !errors.As(err, &api) || api.Response == nil || api.Response.StatusCode != http.StatusUnprocessableEntity {
		return err
	}
	if same, look := certificatesNamed(ctx, c, name); look != nil || len(same) == 0 {
		return err
	}
	return &providers.CallError{Err: err, Message: fmt.Sprintf("there is a certificate named %q already, and names are unique. To replace one that is in use write name_prefix in place of name; to manage the one that is there, import it; %s", name, explain(api))}
}

func readCertificate(ctx context.Context, c *client, x *certificate) error {
	same, err := certificatesNamed(ctx, c, x.ID)
	switch {
	case err != nil:
		return err
	case len(same) == 0:
		return providers.ErrGone
	}
	// While one is being renewed there may be two: the newest counts.
	got := slices.MaxFunc(same, func(a, b godo.Certificate) int { return strings.Compare(a.Created, b.Created) })
	x.fill(&got)
	return verified(&got)
}

// updateCertificate is for what state learns of a certificate that was imported:
// the API changes nothing of one.
func updateCertificate(ctx context.Context, c *client, was certificate, x *certificate) error {
	x.ID = was.ID
	return readCertificate(ctx, c, x)
}

// deleteCertificate is refused while it is in use, which a load balancer that
// has just been changed or deleted takes some time to forget.
func deleteCertificate(ctx context.Context, c *client, x certificate) error {
	same, err := certificatesNamed(ctx, c, x.ID)
	if err != nil {
		return err
	}
	if len(same) == 0 {
		return providers.ErrGone
	}
	for _, one := range same {
		_, err := c.Certificates.Delete(ctx, one.ID)
		switch kind := classify(err).Kind; {
		case err == nil, kind == providers.Gone:
		case kind == providers.Busy:
			return usedCertificate(ctx, c, one, err)
		default:
			return err
		}
	}
	return nil
}

// usedCertificate says by whom a certificate is used, which err refused to delete.
func usedCertificate(ctx context.Context, c *client, one godo.Certificate, err error) error {
	var users []string
	for got, look := range pages(ctx, c.LoadBalancers.List, whole[godo.LoadBalancer]) {
		if look != nil {
			return err
		}
		if usesCertificate(&got, one.ID) {
			users = append(users, fmt.Sprintf("load balancer %q (%s)", got.Name, got.ID))
		}
	}
	if len(users) == 0 {
		return &busyError{err: err, message: fmt.Sprintf("certificate %q is in use, though no load balancer shows it: what has let go of it may take a while; timeouts { delete = \"15m\" } waits longer, and a CDN endpoint may use it", one.Name)}
	}
	return &busyError{err: err, message: fmt.Sprintf("certificate %q is used by %s: give that another certificate first. One apply can do both when the new one has another name: write name_prefix in place of name", one.Name, strings.Join(users, ", "))}
}

func usesCertificate(b *godo.LoadBalancer, id string) bool {
	return slices.ContainsFunc(b.ForwardingRules, func(r godo.ForwardingRule) bool { return r.CertificateID == id }) ||
		slices.ContainsFunc(b.Domains, func(d *godo.LBDomain) bool { return d.CertificateID == id })
}

func listCertificates(ctx context.Context, c *client, _ certificate) iter.Seq2[certificate, error] {
	return pages(ctx, c.Certificates.List, func(x *certificate, got *godo.Certificate) error {
		x.fill(got)
		return verified(got)
	})
}

// certificatesNamed returns those with a name: one, or two while one is renewed.
func certificatesNamed(ctx context.Context, c *client, name string) ([]godo.Certificate, error) {
	fetch := func(ctx context.Context, opt *godo.ListOptions) ([]godo.Certificate, *godo.Response, error) {
		return c.Certificates.ListByName(ctx, url.QueryEscape(name), opt)
	}
	var out []godo.Certificate
	for got, err := range pages(ctx, fetch, whole[godo.Certificate]) {
		if err != nil {
			return nil, err
		}
		if got.Name == name {
			out = append(out, got)
		}
	}
	return out, nil
}

// verified returns ErrNotReady while Let's Encrypt has not answered, and
// ErrBroken when it has refused.
func verified(got *godo.Certificate) error {
	switch got.State {
	case "pending":
		return providers.ErrNotReady
	case "error":
		return fmt.Errorf("%w: Let's Encrypt does not certify %s: check that DigitalOcean's name servers serve these domains and that they are domains of this account", providers.ErrBroken, strings.Join(got.DNSNames, ", "))
	}
	return nil
}

func (x *certificate) fill(got *godo.Certificate) {
	x.ID, x.Name, x.UUID, x.Type, x.State = got.Name, got.Name, got.ID, got.Type, got.State
	x.NotAfter, x.SHA1Fingerprint = got.NotAfter, got.SHA1Fingerprint
	x.Domains = nil
	if got.Type == letsEncrypt {
		x.Domains = got.DNSNames
	}
}

// spellCertificate leaves what came from Terraform, whose state has hashes of it.
func spellCertificate(was certificate, x *certificate) {
	for _, text := range []struct {
		was string
		now *string
	}{{was.PrivateKey, &x.PrivateKey}, {was.LeafCertificate, &x.LeafCertificate}, {was.CertificateChain, &x.CertificateChain}} {
		if providers.Hashed(text.was, *text.now) {
			*text.now = text.was
		}
	}
}

// madeUp returns the name that follows from name_prefix and what is certified:
// another certificate has another one.
func (x *certificate) madeUp() string {
	content := []string{x.LeafCertificate, x.CertificateChain}
	if x.Type == letsEncrypt {
		content = slices.Sorted(slices.Values(x.Domains))
	}
	sum := sha256.Sum256([]byte(strings.Join(content, "\n")))
	return x.NamePrefix + hex.EncodeToString(sum[:4])
}

// implyCertificate names a certificate that has a name_prefix, as soon as it is
// known what is certified. It looks at the configuration: of what came from
// Terraform, want may have hashes.
func implyCertificate(config, want cty.Value) map[string]cty.Value {
	if !config.GetAttr("name").IsNull() || config.GetAttr("name_prefix").IsNull() {
		return nil
	}
	vals := config.AsValueMap()
	vals["type"] = want.GetAttr("type") // which has a default
	config = cty.ObjectVal(vals)
	for _, name := range []string{"name_prefix", "type", "leaf_certificate", "certificate_chain", "domains"} {
		if !config.GetAttr(name).IsWhollyKnown() {
			return map[string]cty.Value{"name": cty.UnknownVal(cty.String)}
		}
	}
	var x certificate
	if err := providers.Decode(config, &x); err != nil {
		return nil
	}
	return map[string]cty.Value{"name": cty.StringVal(x.madeUp())}
}

func checkCertificate(was *certificate, want certificate) error {
	switch {
	case want.Name == "" && want.NamePrefix == "":
		return errors.New("a certificate needs a name or a name_prefix")
	case was == nil && want.NamePrefix != "" && want.Name != want.madeUp():
		return errors.New("name and name_prefix exclude each other: set one of them")
	case want.Type != customCertificate && want.Type != letsEncrypt:
		return fmt.Errorf("type %q is neither custom nor lets_encrypt", want.Type)
	case was != nil:
		return nil // as it was made
	case want.Type == letsEncrypt:
		return want.checkEncrypted()
	}
	return want.checkCustom()
}

func (x *certificate) checkEncrypted() error {
	switch {
	case len(x.Domains) == 0:
		return errors.New("a certificate of Let's Encrypt needs domains")
	case x.PrivateKey != "" || x.LeafCertificate != "" || x.CertificateChain != "":
		return errors.New("private_key, leaf_certificate and certificate_chain are for certificates of type custom")
	}
	return nil
}

func (x *certificate) checkCustom() error {
	switch {
	case x.PrivateKey == "" || x.LeafCertificate == "":
		return errors.New("a custom certificate needs a private_key and a leaf_certificate; type = \"lets_encrypt\" needs domains")
	case len(x.Domains) > 0:
		return errors.New("domains are for certificates of type lets_encrypt: a custom one names its own")
	}
	// The error may quote what must not be seen.
	if _, err := tls.X509KeyPair([]byte(x.LeafCertificate), []byte(x.PrivateKey)); err != nil {
		return errors.New("leaf_certificate and private_key are not a certificate and its key, both in PEM")
	}
	return nil
}
