package google

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/compute/apiv1/computepb"

	"github.com/mlinfra/mlinfra/providers"
)

type image struct {
	ID                string            `cty:"id"                                is:"computed"   doc:"Path: projects/PROJECT/global/images/NAME."`
	Name              string            `cty:"name"                              is:"default"    doc:"Name of the image."`
	Family            string            `cty:"family"                            is:"default"    doc:"Family, of which the newest image that is not deprecated is meant."`
	Filter            string            `cty:"filter"                            is:"optional"   doc:"Filter of the API that one image passes, such as name = trainer-*."`
	MostRecent        bool              `cty:"most_recent"                       is:"else=false" doc:"Whether the newest is meant when filter lets several pass."`
	Project           string            `cty:"project"                           is:"default"    doc:"Project that has it, such as debian-cloud; absent means the provider's."`
	ImageID           string            `cty:"image_id"                          is:"computed"   doc:"Number of the image."`
	Description       string            `cty:"description"                       is:"computed"   doc:"Free text."`
	Status            string            `cty:"status"                            is:"computed"   doc:"State: READY, PENDING, FAILED or DELETING."`
	ArchiveSizeBytes  int               `cty:"archive_size_bytes"                is:"computed"   doc:"Size in bytes of what is stored."`
	DiskSizeGB        int               `cty:"disk_size_gb"                      is:"computed"   doc:"Size in GB that a disk needs to hold it."`
	Labels            map[string]string `cty:"labels"                            is:"computed"   doc:"Labels by key."`
	LabelFingerprint  string            `cty:"label_fingerprint"                 is:"computed"   doc:"Fingerprint of the labels."`
	Licenses          []string          `cty:"licenses"                          is:"computed"   doc:"URLs of its licences."`
	SourceDisk        string            `cty:"source_disk"                       is:"computed"   doc:"URL of the disk that it was made of."`
	SourceDiskID      string            `cty:"source_disk_id"                    is:"computed"   doc:"Number of this disk."`
	SourceImageID     string            `cty:"source_image_id"                   is:"computed"   doc:"Number of the image that it was made of."`
	ImageKeySHA256    string            `cty:"image_encryption_key_sha256"       is:"computed"   doc:"Digest of the key that it is encrypted with."`
	SourceDiskKeySHA  string            `cty:"source_disk_encryption_key_sha256" is:"computed"   doc:"Digest of the key that its disk was encrypted with."`
	CreationTimestamp string            `cty:"creation_timestamp"                is:"computed"   doc:"Time of creation, RFC 3339."`
	SelfLink          string            `cty:"self_link"                         is:"computed"   doc:"URL of the image."`
}

var imageData = providers.DataSource[*client, image]{
	Type: "google_compute_image",
	Doc:  "An image by name, by family or by a filter.",
	Read: lookUpImage,
	Examples: []string{
		`data "google_compute_image" "example" {
  family  = "debian-12"
  project = "debian-cloud"
}`,
		`data "google_compute_image" "example" {
  filter      = "name = common-cu129-*"
  project     = "deeplearning-platform-release"
  most_recent = true
}`,
	},
}

func lookUpImage(ctx context.Context, c *client, x *image) error {
	project, err := c.project(x.Project)
	if err != nil {
		return err
	}
	got, err := c.lookUpImage(ctx, project, *x)
	if err != nil {
		return err
	}
	*x = image{
		ID: path(got.GetSelfLink()), Name: got.GetName(), Family: got.GetFamily(), Filter: x.Filter, MostRecent: x.MostRecent, Project: project,
		ImageID: number(got.GetId()), Description: got.GetDescription(), Status: got.GetStatus(),
		ArchiveSizeBytes: int(got.GetArchiveSizeBytes()), DiskSizeGB: int(got.GetDiskSizeGb()),
		Labels: got.GetLabels(), LabelFingerprint: got.GetLabelFingerprint(), Licenses: got.GetLicenses(),
		SourceDisk: got.GetSourceDisk(), SourceDiskID: got.GetSourceDiskId(), SourceImageID: got.GetSourceImageId(),
		ImageKeySHA256: got.GetImageEncryptionKey().GetSha256(), SourceDiskKeySHA: got.GetSourceDiskEncryptionKey().GetSha256(),
		CreationTimestamp: got.GetCreationTimestamp(), SelfLink: got.GetSelfLink(),
	}
	return nil
}

func (c *client) lookUpImage(ctx context.Context, project string, x image) (*computepb.Image, error) {
	given := 0
	for _, s := range []string{x.Name, x.Family, x.Filter} {
		if s != "" {
			given++
		}
	}
	switch {
	case given != 1:
		return nil, errors.New("exactly one of name, family and filter has to be set")
	case x.Name != "":
		return c.images.Get(ctx, &computepb.GetImageRequest{Project: project, Image: x.Name})
	case x.Family != "":
		return c.images.GetFromFamily(ctx, &computepb.GetFromFamilyImageRequest{Project: project, Family: x.Family})
	}
	return c.filteredImage(ctx, project, x)
}

func (c *client) filteredImage(ctx context.Context, project string, x image) (*computepb.Image, error) {
	it := c.images.List(ctx, &computepb.ListImagesRequest{Project: project, Filter: ptr(x.Filter), MaxResults: ptr(uint32(pageSize))})
	var found []*computepb.Image
	var newest time.Time
	for got, err := range it.All() {
		if err != nil {
			return nil, err
		}
		made, err := time.Parse(time.RFC3339, got.GetCreationTimestamp())
		if err != nil {
			return nil, fmt.Errorf("image %s: creation time: %w", got.GetName(), err)
		}
		if x.MostRecent && len(found) > 0 && !made.After(newest) {
			continue
		} else if x.MostRecent {
			found = nil
		}
		found, newest = append(found, got), made
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%d images of project %s pass filter %q, exactly one has to: refine it, or set most_recent = true", len(found), project, x.Filter)
	}
	return found[0], nil
}
