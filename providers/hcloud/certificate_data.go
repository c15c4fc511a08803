package hcloud

import (
	"context"
	"iter"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type certificateLookup struct {
	ID           string `cty:"id"            is:"default"  doc:"Number of the certificate."`
	Name         string `cty:"name"          is:"default"  doc:"Name of the certificate."`
	WithSelector string `cty:"with_selector" is:"optional" doc:"Label selector that only this certificate matches."`
	certificateFacts
}

var certificateData = providers.DataSource[*client, certificateLookup]{
	Type: "hcloud_certificate",
	Doc:  "A certificate of the project, uploaded or managed, by id, name or labels.",
	Read: lookUpCertificate,
	Examples: []string{
		managedCertificateExample + `

data "hcloud_certificate" "example" {
  name = hcloud_managed_certificate.example.name
}`,
	},
}

// certificateList is what data sources share of a look: it has those of both types.
var certificateList = providers.Resource[*client, certificate]{
	Type: "certificates of both types",
	List: func(ctx context.Context, c *client, _ certificate) iter.Seq2[certificate, error] {
		return pages(ctx, c.listCertificates, "", (*certificate).fill)
	},
}

func (c *client) listCertificates(ctx context.Context, o hcloud.ListOpts) ([]*hcloud.Certificate, *hcloud.Response, error) {
	return c.Certificate.List(ctx, hcloud.CertificateListOpts{ListOpts: o})
}

func (x *certificate) fill(got *hcloud.Certificate) error {
	show(x, new(string), got)
	return nil
}

func lookUpCertificate(ctx context.Context, c *client, x *certificateLookup) error {
	all, err := sought(ctx, c, certificateList, c.listCertificates, x.WithSelector, (*certificate).fill)
	if err != nil {
		return err
	}
	found, err := one(all, nil,
		key[certificate]{"id", x.ID, func(k certificate) string { return k.ID }},
		key[certificate]{"name", x.Name, func(k certificate) string { return k.Name }},
		key[certificate]{"with_selector", x.WithSelector, nil},
	)
	if err != nil {
		return err
	}
	providers.Shape(x, found)
	return nil
}
