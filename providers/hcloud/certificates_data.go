package hcloud

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type certificates struct {
	ID           string        `cty:"id"            is:"computed" doc:"Always certificates."`
	WithSelector string        `cty:"with_selector" is:"optional" doc:"Label selector that they match; absent means all."`
	Certificates []certificate `cty:"certificates"  is:"computed" doc:"The certificates that match."`
}

var certificatesData = providers.DataSource[*client, certificates]{
	Type: "hcloud_certificates",
	Doc:  "The certificates of the project, uploaded and managed.",
	Read: readCertificates,
	Examples: []string{
		managedCertificateExample + `

data "hcloud_certificates" "example" {
  depends_on = [hcloud_managed_certificate.example]
}`,
	},
}

func readCertificates(ctx context.Context, c *client, x *certificates) (err error) {
	x.ID = "certificates"
	x.Certificates, err = sought(ctx, c, certificateList, c.listCertificates, x.WithSelector, (*certificate).fill)
	return err
}
