package hcloud

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"iter"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type uploadedCertificate struct {
	providers.Aside

	ID          string            `cty:"id"           is:"computed"         doc:"Number of the certificate."`
	Name        string            `cty:"name"         is:"required"         doc:"Name, unique in the project."`
	PrivateKey  string            `cty:"private_key"  is:"required,replace,blind,sensitive" doc:"Private key in PEM."`
	Certificate string            `cty:"certificate"  is:"required,replace" doc:"Certificate in PEM, with those up to the authority's."`
	Labels      map[string]string `cty:"labels"       is:"optional"         doc:"Labels of the user."`
	Type        string            `cty:"type"         is:"computed"         doc:"Always uploaded."`
	DomainNames []string          `cty:"domain_names" is:"computed"         doc:"Names that it certifies."`
	certificateLife
}

var uploadedCertificateType = providers.Resource[*client, uploadedCertificate]{
	Type:   "hcloud_uploaded_certificate",
	Doc:    "A TLS certificate of one's own, for load balancers.",
	Create: createUploadedCertificate,
	Read:   readUploadedCertificate,
	Update: updateUploadedCertificate,
	Delete: func(ctx context.Context, c *client, x uploadedCertificate) error {
		return deleteCertificate(ctx, c, x.ID)
	},
	Find:  findUploadedCertificate,
	List:  listUploadedCertificates,
	Mark:  providers.InLabels,
	Spell: spellUploadedCertificate,
	Check: checkUploadedCertificate,
	// A load balancer lets go of the old one when it has the new one.
	First:   func(was, want uploadedCertificate) bool { return was.Name != want.Name },
	Natural: func(x uploadedCertificate) string { return x.Name },
	Explain: map[string]string{
		"private_key": anotherCertificate,
		"certificate": anotherCertificate,
	},
	Examples: uploadedCertificateExamples,
}

// anotherCertificate is why the content of a certificate cannot change.
const anotherCertificate = "the API cannot change what a certificate says; give the new one another name, so that it can be made before the old one goes"

func createUploadedCertificate(ctx context.Context, c *client, x *uploadedCertificate, a providers.Attempt) error {
	got, _, err := c.Certificate.Create(ctx, hcloud.CertificateCreateOpts{
		Name: x.Name, Type: hcloud.CertificateTypeUploaded, Certificate: x.Certificate, PrivateKey: x.PrivateKey, Labels: marked(x.Labels, a),
	})
	if err != nil {
		return err
	}
	return x.fill(got)
}

func readUploadedCertificate(ctx context.Context, c *client, x *uploadedCertificate) error {
	got, err := fetchCertificate(ctx, c, x.ID, hcloud.CertificateTypeUploaded)
	if err != nil {
		return err
	}
	return x.fill(got)
}

func updateUploadedCertificate(ctx context.Context, c *client, was uploadedCertificate, x *uploadedCertificate) error {
	got, err := renameCertificate(ctx, c, was.ID, hcloud.CertificateTypeUploaded, x.Name, x.Labels)
	if err != nil {
		return err
	}
	return x.fill(got)
}

func findUploadedCertificate(ctx context.Context, c *client, x *uploadedCertificate, a providers.Attempt) (bool, error) {
	list := c.certificatesOf(hcloud.CertificateTypeUploaded)
	return born(ctx, list, x, a, (*uploadedCertificate).fill, func(x *uploadedCertificate) string { return x.ID })
}

func listUploadedCertificates(ctx context.Context, c *client, _ uploadedCertificate) iter.Seq2[uploadedCertificate, error] {
	return pages(ctx, c.certificatesOf(hcloud.CertificateTypeUploaded), "", (*uploadedCertificate).fill)
}

func (x *uploadedCertificate) fill(got *hcloud.Certificate) error {
	show(x, &x.Owner, got)
	return nil
}

// spellUploadedCertificate keeps the PEM that says the same: lines may end otherwise,
// and text may stand around it.
func spellUploadedCertificate(was uploadedCertificate, x *uploadedCertificate) {
	if bytes.Equal(content(was.Certificate), content(x.Certificate)) {
		x.Certificate = was.Certificate
	}
}

// content returns what is in all the blocks of a text in PEM.
func content(text string) []byte {
	var all []byte
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		all = append(all, block.Bytes...)
	}
	return all
}

func checkUploadedCertificate(was *uploadedCertificate, want uploadedCertificate) error {
	if want.Name == "" {
		return errors.New("name must not be empty")
	}
	if was == nil {
		// The error may quote what must not be seen.
		if _, err := tls.X509KeyPair([]byte(want.Certificate), []byte(want.PrivateKey)); err != nil {
			return errors.New("certificate and private_key are not a certificate and its key, both in PEM")
		}
	}
	return checkLabels(want.Labels)
}
