package hcloud

import (
	"context"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// certificateType is hcloud_uploaded_certificate under the name that it had before
// there were managed ones. Its objects bear no ownership mark: they would be looked
// for under the other name, too.
func certificateType() providers.Resource[*client, uploadedCertificate] {
	r := uploadedCertificateType
	r.Type, r.Doc = "hcloud_certificate", "Deprecated name of hcloud_uploaded_certificate."
	r.Mark, r.Redundant = providers.Nowhere, true
	r.Create = func(ctx context.Context, c *client, x *uploadedCertificate, a providers.Attempt) error {
		a.Owner = ""
		return createUploadedCertificate(ctx, c, x, a)
	}
	r.Examples = nil
	for _, src := range uploadedCertificateExamples {
		r.Examples = append(r.Examples, strings.ReplaceAll(src, uploadedCertificateType.Type, r.Type))
	}
	return r
}
