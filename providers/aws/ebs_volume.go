package aws

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/mlinfra/mlinfra/providers"
)

type ebsVolume struct {
	providers.Aside

	ID                 string `cty:"id"                   is:"computed"           doc:"Id of the volume."`
	AvailabilityZone   string `cty:"availability_zone"    is:"required,replace"   doc:"Zone; it can be attached there only."`
	Size               int    `cty:"size"                 is:"default"            doc:"Size in GiB; it only grows. Absent means that of the snapshot."`
	Type               string `cty:"type"                 is:"else=gp2"           doc:"gp2, gp3, io1, io2, st1, sc1 or standard."`
	IOPS               int    `cty:"iops"                 is:"default,after=type,after=size" doc:"Operations a second, of gp3, io1 and io2."`
	Throughput         int    `cty:"throughput"           is:"default,after=type" doc:"MiB a second, of gp3."`
	Encrypted          *bool  `cty:"encrypted"            is:"default,replace"    doc:"Whether it is encrypted; absent means as the account says."`
	KMSKeyID           string `cty:"kms_key_id"           is:"default,replace"    doc:"ARN of the key it is encrypted with."`
	SnapshotID         string `cty:"snapshot_id"          is:"default,replace"    doc:"Id of the snapshot that it starts from."`
	MultiAttachEnabled bool   `cty:"multi_attach_enabled" is:"else=false,replace" doc:"Whether several instances may have it, of io1 and io2."`
	tagging
	ARN        string `cty:"arn"         is:"computed" doc:"ARN of the volume."`
	CreateTime string `cty:"create_time" is:"computed" doc:"Time of creation, RFC 3339."`
}

var ebsVolumeType = providers.Resource[*client, ebsVolume]{
	Type:     "aws_ebs_volume",
	Doc:      "A volume for instances of one zone.",
	Holds:    "the files on it",
	Create:   createEBSVolume,
	Read:     withTags(readEBSVolume),
	Update:   updateEBSVolume,
	Delete:   deleteEBSVolume,
	Find:     findEBSVolume,
	List:     listEBSVolumes,
	Mark:     providers.InTags,
	Check:    checkEBSVolume,
	Replaces: ebsVolumeReplaces,
	Lock:     func(x ebsVolume) string { return volumeLock(x.ID) },
	Replay:   true,
	Grace:    settling,
	Examples: []string{
		`resource "aws_ebs_volume" "example" {
  availability_zone = "eu-central-1a"
  size              = 40
}`,
		`resource "aws_ebs_volume" "example" {
  availability_zone = "eu-central-1a"
  size              = 100
  type              = "gp3"
  throughput        = 250

  tags = {
    Name = "datasets"
  }
}`,
		`resource "aws_ebs_volume" "example" {
  availability_zone = "eu-central-1b"
  size              = 100
  type              = "gp3"
}`,
	},
}

// volumeLock lets one call at a time change a volume.
func volumeLock(id string) string {
	if id == "" {
		return ""
	}
	return "volume " + id
}

func createEBSVolume(ctx context.Context, c *client, x *ebsVolume, a providers.Attempt) error {
	got, err := c.ec2.CreateVolume(ctx, &ec2.CreateVolumeInput{
		AvailabilityZone: aws.String(x.AvailabilityZone), Size: number(x.Size), VolumeType: ec2types.VolumeType(x.Type),
		Iops: number(x.IOPS), Throughput: number(x.Throughput), Encrypted: x.Encrypted, KmsKeyId: optional(x.KMSKeyID),
		SnapshotId: optional(x.SnapshotID), ClientToken: optional(a.Token), TagSpecifications: tagSpec(ec2types.ResourceTypeVolume, x.TagsAll, a),
		MultiAttachEnabled: onlyTrue(x.MultiAttachEnabled),
	})
	if err != nil {
		return err
	}
	x.ID = aws.ToString(got.VolumeId)
	return nil
}

// onlyTrue returns nil for false, where the API takes the word for some kinds only.
func onlyTrue(b bool) *bool {
	if !b {
		return nil
	}
	return aws.Bool(true)
}

func readEBSVolume(ctx context.Context, c *client, x *ebsVolume) error {
	got, err := c.ec2.DescribeVolumes(ctx, &ec2.DescribeVolumesInput{VolumeIds: []string{x.ID}})
	if err != nil {
		return gone(err)
	}
	return first(got.Volumes, func(v *ec2types.Volume) error { return x.fill(c, v) })
}

func updateEBSVolume(ctx context.Context, c *client, was ebsVolume, x *ebsVolume) error {
	x.ID = was.ID
	if err := retag(ctx, c, x.ID, was.TagsAll, x.TagsAll); err != nil {
		return err
	}
	return resizeVolume(ctx, c,
		deviceVolume{VolumeID: was.ID, VolumeSize: was.Size, VolumeType: was.Type, IOPS: was.IOPS, Throughput: was.Throughput},
		deviceVolume{VolumeSize: x.Size, VolumeType: x.Type, IOPS: x.IOPS, Throughput: x.Throughput})
}

func deleteEBSVolume(ctx context.Context, c *client, x ebsVolume) error {
	_, err := c.ec2.DeleteVolume(ctx, &ec2.DeleteVolumeInput{VolumeId: aws.String(x.ID)})
	return gone(err)
}

func findEBSVolume(ctx context.Context, c *client, x *ebsVolume, a providers.Attempt) (bool, error) {
	got, err := c.ec2.DescribeVolumes(ctx, &ec2.DescribeVolumesInput{Filters: tagged(a)})
	if err != nil {
		return false, err
	}
	return found(got.Volumes, func(v *ec2types.Volume) error { return x.fill(c, v) })
}

func listEBSVolumes(ctx context.Context, c *client, _ ebsVolume) iter.Seq2[ebsVolume, error] {
	p := ec2.NewDescribeVolumesPaginator(c.ec2, &ec2.DescribeVolumesInput{MaxResults: aws.Int32(pageSize)})
	return pages(ctx, p, func(o *ec2.DescribeVolumesOutput) []ec2types.Volume { return o.Volumes },
		func(x *ebsVolume, v *ec2types.Volume) error { return x.fill(c, v) })
}

func (x *ebsVolume) fill(c *client, got *ec2types.Volume) error {
	x.ID, x.AvailabilityZone, x.Type = aws.ToString(got.VolumeId), aws.ToString(got.AvailabilityZone), string(got.VolumeType)
	x.Size, x.IOPS, x.Throughput = int(aws.ToInt32(got.Size)), int(aws.ToInt32(got.Iops)), int(aws.ToInt32(got.Throughput))
	x.Encrypted, x.KMSKeyID, x.SnapshotID = aws.Bool(aws.ToBool(got.Encrypted)), aws.ToString(got.KmsKeyId), aws.ToString(got.SnapshotId)
	x.MultiAttachEnabled = aws.ToBool(got.MultiAttachEnabled)
	x.Owner = ownerOf(got.Tags, ec2Tag)
	x.TagsAll, x.ARN, x.CreateTime = tagsOf(got.Tags, ec2Tag), c.arn("volume", x.ID), stamp(got.CreateTime)
	switch got.State {
	case ec2types.VolumeStateCreating:
		return providers.ErrNotReady
	case ec2types.VolumeStateDeleting, ec2types.VolumeStateDeleted:
		return providers.ErrGone
	case ec2types.VolumeStateError:
		return fmt.Errorf("%w: the volume could not be made; the key of kms_key_id may not be usable", providers.ErrGone)
	}
	return nil
}

var volumeTypes = []string{"gp2", "gp3", "io1", "io2", "st1", "sc1", "standard"}

func checkEBSVolume(_ *ebsVolume, want ebsVolume) error {
	switch {
	case !slices.Contains(volumeTypes, want.Type):
		return fmt.Errorf("type %q is none of %v", want.Type, volumeTypes)
	case want.Size == 0 && want.SnapshotID == "":
		return fmt.Errorf("a volume needs size, or snapshot_id")
	}
	return checkKey(want.KMSKeyID)
}

// checkKey takes the ARN of a key only: AWS answers it, whatever else names the
// key, and another spelling would replace the volume.
func checkKey(arn string) error {
	if arn == "" || (strings.HasPrefix(arn, "arn:") && strings.Contains(arn, ":key/")) {
		return nil
	}
	return fmt.Errorf("kms_key_id %q is not the ARN of a key, such as arn:aws:kms:eu-central-1:111122223333:key/…; those of aliases and bare ids do not do", arn)
}

// ebsVolumeReplaces makes a new volume for a smaller size: volumes only grow.
func ebsVolumeReplaces(was, want ebsVolume) []string {
	if shrinks(was.Size, want.Size) {
		return []string{"size"}
	}
	return nil
}
