package hcloud

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

// certificateLife is what every certificate shows of itself.
type certificateLife struct {
	Fingerprint    string `cty:"fingerprint"      is:"computed" doc:"Fingerprint."`
	Created        string `cty:"created"          is:"computed" doc:"Time of creation, RFC 3339."`
	NotValidBefore string `cty:"not_valid_before" is:"computed" doc:"Time from which it is valid, RFC 3339."`
	NotValidAfter  string `cty:"not_valid_after"  is:"computed" doc:"Time at which it expires, RFC 3339."`
}

// certificateFacts is what data sources show of a certificate beside what names it.
type certificateFacts struct {
	Type        string            `cty:"type"         is:"computed" doc:"uploaded or managed."`
	Certificate string            `cty:"certificate"  is:"computed" doc:"Certificate in PEM, with those up to the authority's."`
	Labels      map[string]string `cty:"labels"       is:"computed" doc:"Labels of the user."`
	DomainNames []string          `cty:"domain_names" is:"computed" doc:"Names that it certifies."`
	certificateLife
}

// certificate is what both types of certificates show.
type certificate struct {
	ID   string `cty:"id"   is:"computed" doc:"Number of the certificate."`
	Name string `cty:"name" is:"computed" doc:"Name of the certificate."`
	certificateFacts
}

// show gives x, an object of either type, what got shows.
func show(x any, owner *string, got *hcloud.Certificate) {
	c := certificate{ID: text(got.ID), Name: got.Name, certificateFacts: certificateFacts{
		Type: string(got.Type), Certificate: got.Certificate, DomainNames: got.DomainNames, certificateLife: certificateLife{
			Fingerprint: got.Fingerprint, Created: got.Created.Format(time.RFC3339),
			NotValidBefore: got.NotValidBefore.Format(time.RFC3339), NotValidAfter: got.NotValidAfter.Format(time.RFC3339),
		},
	}}
	c.Labels, *owner = userLabels(got.Labels)
	providers.Shape(x, c)
}

// certificatesOf asks for pages of the certificates of one type: the API lists both
// together.
func (c *client) certificatesOf(kind hcloud.CertificateType) fetch[hcloud.Certificate] {
	return func(ctx context.Context, o hcloud.ListOpts) ([]*hcloud.Certificate, *hcloud.Response, error) {
		all, resp, err := c.listCertificates(ctx, o)
		var own []*hcloud.Certificate
		for _, got := range all {
			if got.Type == kind {
				own = append(own, got)
			}
		}
		return own, resp, err
	}
}

func fetchCertificate(ctx context.Context, c *client, id string, kind hcloud.CertificateType) (*hcloud.Certificate, error) {
	got, err := byID(ctx, id, c.Certificate.GetByID)
	if err == nil && got.Type != kind {
		return nil, fmt.Errorf("certificate %s is a %s one: its type is hcloud_%s_certificate", id, got.Type, got.Type)
	}
	return got, err
}

// renameCertificate changes what can be changed of a certificate.
func renameCertificate(ctx context.Context, c *client, id string, kind hcloud.CertificateType, name string, labels map[string]string) (*hcloud.Certificate, error) {
	now, err := fetchCertificate(ctx, c, id, kind)
	if err != nil {
		return nil, err
	}
	all := withMarks(labels, now.Labels)
	if now.Name == name && maps.Equal(now.Labels, all) {
		return now, nil
	}
	got, _, err := c.Certificate.Update(ctx, now, hcloud.CertificateUpdateOpts{Name: name, Labels: all})
	return got, gone(err)
}

// deleteCertificate is refused while a load balancer uses it, and says which.
func deleteCertificate(ctx context.Context, c *client, id string) error {
	n, err := number(id)
	if err != nil {
		return err
	}
	_, err = c.Certificate.Delete(ctx, &hcloud.Certificate{ID: n})
	if !hcloud.IsError(err, hcloud.ErrorCodeResourceInUse) {
		return gone(err)
	}
	used, _, look := c.Certificate.GetByID(ctx, n)
	if look != nil || used == nil || len(used.UsedBy) == 0 {
		return err
	}
	var users []string
	for _, u := range used.UsedBy {
		users = append(users, fmt.Sprintf("%s %d", strings.ReplaceAll(string(u.Type), "_", " "), u.ID))
	}
	return &providers.CallError{Err: err, Message: fmt.Sprintf("certificate %q is used by %s: give that another certificate first. One apply can do both when the new one has another name", used.Name, strings.Join(users, ", "))}
}
