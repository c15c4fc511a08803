package digitalocean

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type cdn struct {
	ID              string `cty:"id"               is:"computed" doc:"UUID of the endpoint."`
	Origin          string `cty:"origin"           is:"required,replace,ref=digitalocean_spaces_bucket.bucket_domain_name" doc:"Host name of the bucket that it serves."`
	TTL             int    `cty:"ttl"              is:"default" usual:"3600"  doc:"Seconds that it keeps content; 3600 if absent."`
	CustomDomain    string `cty:"custom_domain"    is:"optional" doc:"Host name of your own; it needs a certificate."`
	CertificateName string `cty:"certificate_name" is:"default,after=certificate_id,after=custom_domain,ref=digitalocean_certificate.name" doc:"Name of the certificate; needs-cloudflare-cert lets the API make one."`
	CertificateID   string `cty:"certificate_id"   is:"default,after=certificate_name,after=custom_domain,ref=digitalocean_certificate" doc:"Deprecated: name or id of the certificate."`
	Endpoint        string `cty:"endpoint"         is:"computed" doc:"Host name that serves the content."`
	CreatedAt       string `cty:"created_at"       is:"computed" doc:"Time of creation, RFC 3339."`
}

var cdnType = providers.Resource[*client, cdn]{
	Type:    "digitalocean_cdn",
	Doc:     "A content delivery network in front of a bucket of Spaces.",
	Create:  createCDN,
	Read:    readCDN,
	Update:  updateCDN,
	Delete:  deleteCDN,
	List:    listCDNs,
	Natural: func(x cdn) string { return x.Origin },
	Migrate: migrateCDN,
	Check:   checkCDN,
	Unique:  true,
	Grace:   lag,
	Examples: []string{
		exampleOrigin + `

resource "digitalocean_cdn" "example" {
  origin = digitalocean_spaces_bucket.artifacts.bucket_domain_name
}`,
		exampleOrigin + `

resource "digitalocean_cdn" "example" {
  origin           = digitalocean_spaces_bucket.artifacts.bucket_domain_name
  ttl              = 600
  custom_domain    = "artifacts.example.com"
  certificate_name = "needs-cloudflare-cert"
}`,
		exampleOrigin + `

resource "digitalocean_cdn" "example" {
  origin = digitalocean_spaces_bucket.models.bucket_domain_name
}`,
	},
}

const exampleOrigin = `resource "digitalocean_spaces_bucket" "artifacts" {
  name   = "mlinfra-example-artifacts"
  region = "fra1"
}

resource "digitalocean_spaces_bucket" "models" {
  name   = "mlinfra-example-models"
  region = "fra1"
}`

const (
	defaultCDNTTL = 3600
	// madeCertificate stands for a certificate that the API makes itself.
	madeCertificate = "needs-cloudflare-cert"
)

func createCDN(ctx context.Context, c *client, x *cdn, _ providers.Attempt) error {
	id, err := certificateOf(ctx, c, cmp.Or(x.CertificateName, x.CertificateID))
	if err != nil {
		return err
	}
	// The SDK sends 0 for a TTL that is not set, which the API does not know.
	got, _, err := c.CDNs.Create(ctx, &godo.CDNCreateRequest{
		Origin: x.Origin, TTL: uint32(cmp.Or(x.TTL, defaultCDNTTL)), CustomDomain: x.CustomDomain, CertificateID: id,
	})
	if err != nil {
		return err
	}
	// What else there is to know of it comes with the first read.
	name := cmp.Or(x.CertificateName, x.CertificateID)
	x.CertificateName, x.CertificateID = name, cmp.Or(x.CertificateID, name)
	x.show(got)
	return nil
}

func readCDN(ctx context.Context, c *client, x *cdn) error {
	got, _, err := c.CDNs.Get(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	return x.fill(ctx, c, got)
}

// updateCDN makes two calls: the API takes either a TTL or a domain.
func updateCDN(ctx context.Context, c *client, was cdn, x *cdn) error {
	x.ID = was.ID
	if x.TTL != was.TTL && x.TTL != 0 {
		if _, _, err := c.CDNs.UpdateTTL(ctx, was.ID, &godo.CDNUpdateTTLRequest{TTL: uint32(x.TTL)}); err != nil {
			return err
		}
	}
	if x.CustomDomain != was.CustomDomain || x.CertificateName != was.CertificateName || x.CertificateID != was.CertificateID {
		if err := putDomain(ctx, c, was, x); err != nil {
			return err
		}
	}
	return readCDN(ctx, c, x)
}

// putDomain sets the domain with its certificate. Without a domain there is none.
func putDomain(ctx context.Context, c *client, was cdn, x *cdn) error {
	req := &godo.CDNUpdateCustomDomainRequest{CustomDomain: x.CustomDomain}
	if x.CustomDomain != "" {
		name := cmp.Or(x.CertificateName, x.CertificateID, was.CertificateName)
		if x.CertificateName == was.CertificateName && x.CertificateID != was.CertificateID && x.CertificateID != "" {
			name = x.CertificateID
		}
		var err error
		if req.CertificateID, err = certificateOf(ctx, c, name); err != nil {
			return err
		}
	}
	_, _, err := c.CDNs.UpdateCustomDomain(ctx, was.ID, req)
	return err
}

func deleteCDN(ctx context.Context, c *client, x cdn) error {
	_, err := c.CDNs.Delete(ctx, x.ID)
	return gone(err)
}

func listCDNs(ctx context.Context, c *client, _ cdn) iter.Seq2[cdn, error] {
	return pages(ctx, c.CDNs.List, func(x *cdn, got *godo.CDN) error { return x.fill(ctx, c, got) })
}

// certificateOf returns the id of a certificate by its name, or by its id: that
// changes when the certificate is renewed.
func certificateOf(ctx context.Context, c *client, name string) (string, error) {
	if name == "" || name == madeCertificate {
		return name, nil
	}
	found, _, err := c.Certificates.ListByName(ctx, name, nil)
	if err != nil && gone(err) != providers.ErrGone {
		return "", err
	}
	if len(found) > 0 {
		return found[0].ID, nil
	}
	got, _, err := c.Certificates.Get(ctx, name)
	switch {
	case gone(err) == providers.ErrGone:
		return "", fmt.Errorf("no certificate is named %q", name)
	case err != nil:
		return "", err
	}
	return got.ID, nil
}

// fill shows certificates by their names, which stay when they are renewed; an
// id that is configured stays.
func (x *cdn) fill(ctx context.Context, c *client, got *godo.CDN) error {
	x.show(got)
	id := got.CertificateID
	name := id
	if id != "" && id != madeCertificate {
		cert, _, err := c.Certificates.Get(ctx, id)
		switch {
		case err == nil:
			name = cert.Name
		case gone(err) != providers.ErrGone: // one that is gone is shown by its id
			return fmt.Errorf("certificate of the CDN of %s: %w", got.Origin, err)
		}
	}
	if x.CertificateID != id {
		x.CertificateID = name
	}
	x.CertificateName = name
	return nil
}

// show fills in what got itself says.
func (x *cdn) show(got *godo.CDN) {
	x.ID, x.Origin, x.Endpoint, x.TTL = got.ID, got.Origin, got.Endpoint, int(got.TTL)
	x.CustomDomain, x.CreatedAt = got.CustomDomain, rfc3339(got.CreatedAt)
}

// migrateCDN spells the time as all times here: Terraform's provider prints it.
func migrateCDN(x *cdn) {
	if at, err := time.Parse("2006-01-02 15:04:05 -0700 MST", x.CreatedAt); err == nil {
		x.CreatedAt = rfc3339(at)
	}
}

// cdnTTLs are those that the API takes.
var cdnTTLs = []int{60, 600, 3600, 86400, 604800}

func checkCDN(was *cdn, x cdn) error {
	if bucket, ok := strings.CutSuffix(x.Origin, ".digitaloceanspaces.com"); !ok || strings.Count(bucket, ".") != 1 {
		return fmt.Errorf("origin %q is not the host name of a bucket, such as artifacts.fra1.digitaloceanspaces.com; the name of the bucket must not have a dot", x.Origin)
	}
	if x.TTL != 0 && !slices.Contains(cdnTTLs, x.TTL) {
		return fmt.Errorf("ttl %d is none of 60, 600, 3600, 86400 and 604800", x.TTL)
	}
	if was == nil && x.CustomDomain != "" && cmp.Or(x.CertificateName, x.CertificateID) == "" {
		return fmt.Errorf("custom_domain %q needs certificate_name", x.CustomDomain)
	}
	return nil
}
