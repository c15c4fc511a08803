package fake

import (
	"crypto/sha1" //nolint:gosec // the API's fingerprint, no protection
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

// certificate is a TLS certificate of the account. One of Let's Encrypt has
// another id after each renewal.
type certificate struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Type        string    `json:"type"`
	DNSNames    []string  `json:"dns_names"`
	NotAfter    time.Time `json:"not_after"`
	Fingerprint string    `json:"sha1_fingerprint"`
	CreatedAt   time.Time `json:"created_at"`
}

func (x *certificate) Key() string   { return x.ID }
func (x *certificate) Title() string { return x.Name }

// The types of certificates.
const (
	customCertificate = "custom"
	letsEncrypt       = "lets_encrypt"
)

// encryptedFor is how long a certificate of Let's Encrypt is valid.
const encryptedFor = 90 * 24 * time.Hour

// certificateSpec is the body of POST /v2/certificates.
type certificateSpec struct {
	Name     string   `json:"name"`
	Type     string   `json:"type"`
	DNSNames []string `json:"dns_names"`
	Key      string   `json:"private_key"`
	Leaf     string   `json:"leaf_certificate"`
	Chain    string   `json:"certificate_chain"`
}

func (c *Cloud) certificateRoutes() map[string]handler {
	return map[string]handler{
		"POST /v2/certificates":        c.createCertificate,
		"GET /v2/certificates":         c.listCertificates,
		"GET /v2/certificates/{id}":    c.readCertificate,
		"DELETE /v2/certificates/{id}": c.deleteCertificate,
	}
}

func (c *Cloud) createCertificate(q *request) (reply, error) {
	var in certificateSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if in.Name == "" {
		return reply{}, invalid("name is required")
	}
	if slices.ContainsFunc(c.s.Certificates, func(x *certificate) bool { return x.Name == in.Name }) {
		return reply{}, invalid("certificate name is already in use")
	}
	x := &certificate{Name: in.Name, Type: in.Type, CreatedAt: q.now}
	var err error
	switch in.Type {
	case customCertificate, "":
		err = x.upload(q, in)
	case letsEncrypt:
		err = x.order(q, in)
	default:
		err = invalid("type must be custom or lets_encrypt")
	}
	if err != nil {
		return reply{}, err
	}
	x.ID = c.s.IDs.UUID()
	c.s.Certificates.Add(x)
	return created(map[string]any{"certificate": c.certificateView(q, x)})
}

// upload takes a certificate of the user's. Its names are not shown, as the
// documentation has it.
func (x *certificate) upload(q *request, in certificateSpec) error {
	if in.Key == "" || in.Leaf == "" {
		return invalid("private_key and leaf_certificate are required")
	}
	pair, err := tls.X509KeyPair([]byte(in.Leaf), []byte(in.Key))
	if err != nil {
		return invalid("the certificate and the private key do not belong together or are no PEM")
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	switch {
	case err != nil:
		return invalid("leaf_certificate is no X.509 certificate")
	case in.Chain != "" && !strings.Contains(in.Chain, "BEGIN CERTIFICATE"):
		return invalid("certificate_chain is no PEM")
	case q.now.After(leaf.NotAfter):
		return invalid("the certificate has expired")
	}
	sum := sha1.Sum(pair.Certificate[0]) //nolint:gosec // see above
	x.Type, x.DNSNames, x.NotAfter, x.Fingerprint = customCertificate, []string{""}, leaf.NotAfter, hex.EncodeToString(sum[:])
	return nil
}

var fqdn = providers.NewPattern(`^(\*\.)?([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z]{2,}$`)

// order asks Let's Encrypt for a certificate.
func (x *certificate) order(q *request, in certificateSpec) error {
	if len(in.DNSNames) == 0 {
		return invalid("dns_names is required")
	}
	if in.Key != "" || in.Leaf != "" || in.Chain != "" {
		return invalid("private_key, leaf_certificate and certificate_chain are for custom certificates")
	}
	for _, name := range in.DNSNames {
		if !fqdn.MatchString(name) {
			return invalid("%q is not a valid domain name", name)
		}
	}
	sum := sha1.Sum([]byte(in.Name + stamp(q.now))) //nolint:gosec // see above
	x.DNSNames, x.NotAfter, x.Fingerprint = in.DNSNames, q.now.Add(encryptedFor), hex.EncodeToString(sum[:])
	return nil
}

// state is pending until Let's Encrypt has looked at the domains, which takes
// as long as an action. Nobody has the domains under .invalid.
func (c *Cloud) certificateState(q *request, x *certificate) string {
	switch {
	case x.Type == customCertificate:
		return "verified"
	case q.now.Before(x.CreatedAt.Add(c.o.Settle)):
		return "pending"
	case slices.ContainsFunc(x.DNSNames, func(name string) bool { return strings.HasSuffix(name, ".invalid") }):
		return "error"
	}
	return "verified"
}

func (c *Cloud) certificateView(q *request, x *certificate) map[string]any {
	return map[string]any{
		"id": x.ID, "name": x.Name, "type": x.Type, "state": c.certificateState(q, x), "dns_names": orEmpty(x.DNSNames),
		"not_after": stamp(x.NotAfter), "sha1_fingerprint": x.Fingerprint, "created_at": stamp(x.CreatedAt),
	}
}

func (c *Cloud) listCertificates(q *request) (reply, error) {
	name := q.URL.Query().Get("name")
	found := slices.DeleteFunc(slices.Clone(c.s.Certificates), func(x *certificate) bool { return name != "" && x.Name != name })
	return list(q, "certificates", found, func(x *certificate) map[string]any { return c.certificateView(q, x) })
}

func (c *Cloud) readCertificate(q *request) (reply, error) {
	x, found := c.s.Certificates.Find(q.PathValue("id"))
	if !found {
		return reply{}, notFound()
	}
	return ok(map[string]any{"certificate": c.certificateView(q, x)})
}

// deleteCertificate is refused while a load balancer has the certificate, or
// has not yet let go of it. The words are those that Terraform's provider waits for.
func (c *Cloud) deleteCertificate(q *request) (reply, error) {
	x, found := c.s.Certificates.Find(q.PathValue("id"))
	if !found {
		return reply{}, notFound()
	}
	if slices.ContainsFunc(c.s.LoadBalancers, func(b *loadBalancer) bool { return b.holds(q.now, x.ID) }) {
		return reply{}, forbidden("Make sure the certificate is not in use before deleting it")
	}
	c.s.Certificates.Drop(x.ID)
	return noContent()
}

// Renew does to a certificate what happens to those of Let's Encrypt every two
// months: it gets another id and time, everywhere. It reports whether it is there.
func (c *Cloud) Renew(name string) bool {
	c.Lock()
	defer c.Unlock()
	i := slices.IndexFunc(c.s.Certificates, func(x *certificate) bool { return x.Name == name })
	if i < 0 {
		return false
	}
	x := c.s.Certificates[i]
	was := x.ID
	x.ID, x.NotAfter = c.s.IDs.UUID(), c.Now().Add(encryptedFor)
	for _, b := range c.s.LoadBalancers {
		b.exchange(was, x.ID)
	}
	return c.Save() == nil
}
