package fake

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

// certificate is a TLS certificate of the project.
type certificate struct {
	ID          int64     `json:"id"`
	Name        string    `json:"name"`
	Type        string    `json:"type"` // uploaded or managed
	Text        string    `json:"certificate"`
	Domains     []string  `json:"domain_names"`
	Fingerprint string    `json:"fingerprint"`
	NotBefore   time.Time `json:"not_valid_before"`
	NotAfter    time.Time `json:"not_valid_after"`
	Labels      labels    `json:"labels"`
	CreatedAt   time.Time `json:"created"`
}

func (x *certificate) key() int64       { return x.ID }
func (x *certificate) title() string    { return x.Name }
func (x *certificate) subject() subject { return subject{x.ID, "certificate"} }

// managedFor is how long a certificate of Let's Encrypt is valid.
const managedFor = 90 * 24 * time.Hour

func (c *Cloud) certificateRoutes() map[string]handler {
	return map[string]handler{
		"POST /v1/certificates":             c.createCertificate,
		"GET /v1/certificates":              c.listCertificates,
		"GET /v1/certificates/{id}":         c.readCertificate,
		"PUT /v1/certificates/{id}":         c.updateCertificate,
		"DELETE /v1/certificates/{id}":      c.deleteCertificate,
		"GET /v1/certificates/{id}/actions": c.listActionsOf("certificate"),
	}
}

func (c *Cloud) certificateView(x *certificate) view {
	v := view{
		"id": x.ID, "name": x.Name, "type": x.Type, "labels": x.Labels.shown(), "created": stamp(x.CreatedAt), "domain_names": x.Domains,
		"certificate": x.Text, "fingerprint": x.Fingerprint, "not_valid_before": stamp(x.NotBefore), "not_valid_after": stamp(x.NotAfter),
		"status": nil, "used_by": c.usersOf(x),
	}
	if x.Type == "uploaded" {
		return v
	}
	issuance := c.issuance(x)
	v["status"] = view{"issuance": issuance, "renewal": "scheduled", "error": nil}
	if issuance == "completed" {
		return v
	}
	for _, field := range []string{"certificate", "fingerprint", "not_valid_before", "not_valid_after"} {
		v[field] = nil
	}
	v["status"] = view{"issuance": issuance, "renewal": "unavailable", "error": nil}
	if issuance == "failed" {
		v["status"].(view)["error"] = noZone(x)
	}
	return v
}

// issuance says how far Let's Encrypt is with a managed certificate.
func (c *Cloud) issuance(x *certificate) string {
	for _, a := range c.s.Actions {
		if a.Command != "create_certificate" || !slices.Contains(a.Subjects, x.subject()) {
			continue
		}
		return map[string]string{running: "pending", failed: "failed", success: "completed"}[a.Status]
	}
	return "completed"
}

// usersOf shows the load balancers that use a certificate.
func (c *Cloud) usersOf(x *certificate) []view {
	users := []view{}
	for _, b := range c.s.LoadBalancers {
		if slices.Contains(b.certificates(), x.ID) {
			users = append(users, view{"id": b.ID, "type": "load_balancer"})
		}
	}
	return users
}

// noZone is why a certificate is not issued; nil when it is. Nobody has the domains
// under .invalid.
func noZone(x *certificate) *actionFailure {
	for _, name := range x.Domains {
		if strings.HasSuffix(name, ".invalid") {
			return &actionFailure{"dns_zone_not_found", fmt.Sprintf("the DNS zone of %s was not found", name)}
		}
	}
	return nil
}

// certificateSpec is the body of a create.
type certificateSpec struct {
	naming
	Type    *string  `json:"type"`
	Text    string   `json:"certificate"`
	Key     string   `json:"private_key"`
	Domains []string `json:"domain_names"`
}

func (c *Cloud) createCertificate(q *request) (reply, error) {
	var in certificateSpec
	if err := q.decode(&in); err != nil {
		return fail(err)
	}
	if err := checkNew(in.naming, c.s.Certificates, "certificate"); err != nil {
		return fail(err)
	}
	x := &certificate{Name: *in.Name, Type: "uploaded", CreatedAt: q.now}
	give(&x.Type, in.Type)
	give(&x.Labels, in.Labels)
	var err error
	switch x.Type {
	case "uploaded":
		err = x.upload(&in)
	case "managed":
		err = x.order(q, &in)
	default:
		err = invalid("type", "must be one of uploaded, managed")
	}
	if err != nil {
		return fail(err)
	}
	x.ID = c.newID()
	c.s.Certificates.add(x)
	var issuing any
	if x.Type == "managed" {
		a := c.start(q, "create_certificate", c.o.Settle, nil, x.subject())
		a.Failure = noZone(x)
		issuing = a.view()
	}
	return created(view{"certificate": c.certificateView(x), "action": issuing})
}

// upload takes a certificate of the user's.
func (x *certificate) upload(in *certificateSpec) error {
	if in.Domains != nil {
		return invalid("domain_names", "must not be given for type uploaded")
	}
	pair, err := tls.X509KeyPair([]byte(in.Text), []byte(in.Key))
	if err != nil {
		return invalid("certificate", "is no PEM, or private_key does not belong to it")
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return invalid("certificate", "is no X.509 certificate")
	}
	x.Text = in.Text
	x.describe(leaf)
	return nil
}

// describe fills x with what a certificate says.
func (x *certificate) describe(leaf *x509.Certificate) {
	x.Domains, x.NotBefore, x.NotAfter = orEmpty(leaf.DNSNames), leaf.NotBefore, leaf.NotAfter
	x.Fingerprint = strings.ReplaceAll(fmt.Sprintf("% x", sha256.Sum256(leaf.Raw)), " ", ":")
}

var domainName = providers.NewPattern(`^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$`)

// order asks Let's Encrypt for a certificate; the key of this one is nobody's.
func (x *certificate) order(q *request, in *certificateSpec) error {
	switch {
	case in.Text != "" || in.Key != "":
		return invalid("certificate", "must not be given for type managed")
	case len(in.Domains) == 0:
		return invalid("domain_names", "is required for type managed")
	}
	for i, name := range in.Domains {
		if !domainName.MatchString(name) || slices.Contains(in.Domains[:i], name) {
			return invalid("domain_names", "%q is no domain name, or stands there twice", name)
		}
	}
	seed := sha256.Sum256([]byte(x.Name + stamp(q.now)))
	secret := ed25519.NewKeyFromSeed(seed[:])
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: in.Domains[0]}, DNSNames: in.Domains,
		NotBefore: q.now.Truncate(time.Second), NotAfter: q.now.Add(managedFor).Truncate(time.Second),
	}
	der, err := x509.CreateCertificate(nil, template, template, secret.Public(), secret)
	if err != nil {
		return err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	x.Text = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	x.describe(leaf)
	return nil
}

func (c *Cloud) listCertificates(q *request) (reply, error) {
	return list(q, "certificates", c.s.Certificates, c.certificateView, "name", "type")
}

func (c *Cloud) readCertificate(q *request) (reply, error) {
	return read(q, c.s.Certificates, "certificate", c.certificateView)
}

func (c *Cloud) updateCertificate(q *request) (reply, error) {
	return update(q, c.s.Certificates, "certificate", func(x *certificate) (*string, *labels) { return &x.Name, &x.Labels }, c.certificateView)
}

func (c *Cloud) deleteCertificate(q *request) (reply, error) {
	x, err := inPath(q, c.s.Certificates, "certificate")
	if err != nil {
		return fail(err)
	}
	if err := c.idle(x.subject()); err != nil {
		return fail(err)
	}
	if len(c.usersOf(x)) > 0 {
		return fail(refusal("resource_in_use", "certificate is still used by a load balancer"))
	}
	c.s.Certificates.drop(x.ID)
	return noContent()
}
