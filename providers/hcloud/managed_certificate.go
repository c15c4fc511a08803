package hcloud

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type managedCertificate struct {
	providers.Aside

	ID          string            `cty:"id"           is:"computed" doc:"Number of the certificate."`
	Name        string            `cty:"name"         is:"required" doc:"Name, unique in the project."`
	DomainNames []string          `cty:"domain_names" is:"required,set,replace" doc:"Names that it certifies; their DNS is Hetzner's."`
	Labels      map[string]string `cty:"labels"       is:"optional" doc:"Labels of the user."`
	Type        string            `cty:"type"         is:"computed" doc:"Always managed."`
	Certificate string            `cty:"certificate"  is:"computed" doc:"Certificate in PEM, with those up to the authority's."`
	certificateLife
}

const managedCertificateExample = `resource "hcloud_managed_certificate" "example" {
  name         = "api"
  domain_names = ["api.example.com"]
}`

var managedCertificateType = providers.Resource[*client, managedCertificate]{
	Type:   "hcloud_managed_certificate",
	Doc:    "A TLS certificate of Let's Encrypt, which Hetzner renews, for load balancers.",
	Create: createManagedCertificate,
	Read:   readManagedCertificate,
	Update: updateManagedCertificate,
	Delete: func(ctx context.Context, c *client, x managedCertificate) error {
		return deleteCertificate(ctx, c, x.ID)
	},
	Find:  findManagedCertificate,
	List:  listManagedCertificates,
	Mark:  providers.InLabels,
	Check: checkManagedCertificate,
	// A load balancer lets go of the old one when it has the new one.
	First:   func(was, want managedCertificate) bool { return was.Name != want.Name },
	Natural: func(x managedCertificate) string { return x.Name },
	Explain: map[string]string{"domain_names": anotherCertificate},
	Examples: []string{
		managedCertificateExample,
		`resource "hcloud_managed_certificate" "example" {
  name         = "api-2026"
  domain_names = ["api.example.com"]
  labels       = { team = "ml" }
}`,
		`resource "hcloud_managed_certificate" "example" {
  name         = "api-2027"
  domain_names = ["api.example.com", "*.ml.example.com"]
}`,
	},
}

func createManagedCertificate(ctx context.Context, c *client, x *managedCertificate, a providers.Attempt) error {
	got, resp, err := c.Certificate.CreateCertificate(ctx, hcloud.CertificateCreateOpts{
		Name: x.Name, Type: hcloud.CertificateTypeManaged, DomainNames: x.DomainNames, Labels: marked(x.Labels, a),
	})
	if err != nil {
		return err
	}
	if err := x.fill(got.Certificate); err != nil && !isState(err) {
		return err
	}
	return started(got.Action, resp, nil)
}

func readManagedCertificate(ctx context.Context, c *client, x *managedCertificate) error {
	got, err := fetchCertificate(ctx, c, x.ID, hcloud.CertificateTypeManaged)
	if err != nil {
		return err
	}
	return x.fill(got)
}

func updateManagedCertificate(ctx context.Context, c *client, was managedCertificate, x *managedCertificate) error {
	got, err := renameCertificate(ctx, c, was.ID, hcloud.CertificateTypeManaged, x.Name, x.Labels)
	if err != nil {
		return err
	}
	return x.fill(got)
}

func findManagedCertificate(ctx context.Context, c *client, x *managedCertificate, a providers.Attempt) (bool, error) {
	list := c.certificatesOf(hcloud.CertificateTypeManaged)
	return born(ctx, list, x, a, (*managedCertificate).fill, func(x *managedCertificate) string { return x.ID })
}

func listManagedCertificates(ctx context.Context, c *client, _ managedCertificate) iter.Seq2[managedCertificate, error] {
	return pages(ctx, c.certificatesOf(hcloud.CertificateTypeManaged), "", (*managedCertificate).fill)
}

// fill says whether it is issued. A renewal that fails leaves a certificate that is
// valid for some weeks more.
func (x *managedCertificate) fill(got *hcloud.Certificate) error {
	show(x, &x.Owner, got)
	switch {
	case got.Status == nil:
		return nil
	case got.Status.Issuance == hcloud.CertificateStatusTypePending:
		return providers.ErrNotReady
	case got.Status.Issuance == hcloud.CertificateStatusTypeFailed:
		reason := "no reason is given"
		if e := got.Status.Error; e != nil {
			reason = fmt.Sprintf("%s (%s)", sentence(e.Message), e.Code)
		}
		return fmt.Errorf("%w: %s is not certified, %s: check that Hetzner's name servers serve the zone and that it is one of this project", providers.ErrBroken, strings.Join(got.DomainNames, ", "), reason)
	}
	return nil
}

func checkManagedCertificate(_ *managedCertificate, want managedCertificate) error {
	switch {
	case want.Name == "":
		return errors.New("name must not be empty")
	case len(want.DomainNames) == 0:
		return errors.New("domain_names must not be empty")
	case slices.Contains(want.DomainNames, ""):
		return errors.New("domain_names: a name must not be empty")
	}
	return checkLabels(want.Labels)
}
