package aws

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/mlinfra/mlinfra/providers"
)

type volumeAttachment struct {
	ID           string `cty:"id"                             is:"computed"         doc:"DEVICE:VOLUME:INSTANCE."`
	DeviceName   string `cty:"device_name"                    is:"required,replace" doc:"Name of the device, such as /dev/sdf."`
	InstanceID   string `cty:"instance_id"                    is:"required,replace" doc:"Id of the instance."`
	VolumeID     string `cty:"volume_id"                      is:"required,replace" doc:"Id of the volume."`
	ForceDetach  bool   `cty:"force_detach"                   is:"else=false,blind" doc:"Whether it is taken off even when the system holds it."`
	SkipDestroy  bool   `cty:"skip_destroy"                   is:"else=false,blind" doc:"Whether a destroy leaves it attached."`
	StopInstance bool   `cty:"stop_instance_before_detaching" is:"else=false,blind" doc:"Whether the instance is stopped before it is taken off."`
}

var volumeAttachmentType = providers.Resource[*client, volumeAttachment]{
	Type:   "aws_volume_attachment",
	Doc:    "A volume on an instance.",
	Create: createVolumeAttachment,
	Read:   readVolumeAttachment,
	Update: func(_ context.Context, _ *client, was volumeAttachment, x *volumeAttachment) error {
		x.ID = was.ID
		return nil
	},
	Delete: deleteVolumeAttachment,
	List:   listVolumeAttachments,
	Import: importVolumeAttachment,
	// Terraform's id is a hash of the same.
	Migrate: func(x *volumeAttachment) { x.ID = x.name() },
	Lock:    func(x volumeAttachment) string { return volumeLock(x.VolumeID) },
	Unique:  true,
	Grace:   settling,
	Examples: []string{
		`data "aws_ami" "ubuntu" {
  most_recent = true
  owners      = ["099720109477"]

  filter {
    name   = "name"
    values = ["ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*"]
  }
}

resource "aws_instance" "example" {
  ami               = data.aws_ami.ubuntu.id
  instance_type     = "t3.micro"
  availability_zone = "eu-central-1a"
}

resource "aws_ebs_volume" "example" {
  availability_zone = "eu-central-1a"
  size              = 40
}

resource "aws_volume_attachment" "example" {
  device_name = "/dev/sdf"
  instance_id = aws_instance.example.id
  volume_id   = aws_ebs_volume.example.id
}`,
		`data "aws_ami" "ubuntu" {
  most_recent = true
  owners      = ["099720109477"]

  filter {
    name   = "name"
    values = ["ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*"]
  }
}

resource "aws_instance" "example" {
  ami               = data.aws_ami.ubuntu.id
  instance_type     = "t3.micro"
  availability_zone = "eu-central-1a"
}

resource "aws_ebs_volume" "example" {
  availability_zone = "eu-central-1a"
  size              = 40
}

resource "aws_volume_attachment" "example" {
  device_name  = "/dev/sdg"
  instance_id  = aws_instance.example.id
  volume_id    = aws_ebs_volume.example.id
  force_detach = true
}`,
	},
}

func (x *volumeAttachment) name() string { return x.DeviceName + ":" + x.VolumeID + ":" + x.InstanceID }

func createVolumeAttachment(ctx context.Context, c *client, x *volumeAttachment, _ providers.Attempt) error {
	_, err := c.ec2.AttachVolume(ctx, &ec2.AttachVolumeInput{
		Device: aws.String(x.DeviceName), InstanceId: aws.String(x.InstanceID), VolumeId: aws.String(x.VolumeID),
	})
	if err == nil {
		x.ID = x.name()
	}
	return err
}

func readVolumeAttachment(ctx context.Context, c *client, x *volumeAttachment) error {
	got, err := c.ec2.DescribeVolumes(ctx, &ec2.DescribeVolumesInput{VolumeIds: []string{x.VolumeID}})
	if err != nil {
		return gone(err)
	}
	for _, v := range got.Volumes {
		for _, a := range v.Attachments {
			if aws.ToString(a.InstanceId) == x.InstanceID {
				return x.fill(&a)
			}
		}
	}
	return providers.ErrGone
}

// importVolumeAttachment takes device, volume and instance.
func importVolumeAttachment(id string) (volumeAttachment, error) {
	parts := strings.Split(id, ":")
	if len(parts) != 3 || !strings.HasPrefix(parts[1], "vol-") || !strings.HasPrefix(parts[2], "i-") {
		return volumeAttachment{}, fmt.Errorf("%q is not a device, the id of a volume and that of an instance with colons in between, such as /dev/sdf:vol-0123:i-4567", id)
	}
	return volumeAttachment{ID: id, DeviceName: parts[0], VolumeID: parts[1], InstanceID: parts[2]}, nil
}

func deleteVolumeAttachment(ctx context.Context, c *client, x volumeAttachment) error {
	if x.SkipDestroy {
		return providers.ErrGone
	}
	if x.StopInstance {
		now := instance{ID: x.InstanceID}
		switch err := lookAtInstance(ctx, c, &now); {
		case errors.Is(err, providers.ErrGone):
			return err
		case errors.Is(err, providers.ErrNotReady):
			return providers.ErrAgain // still stopping
		case err != nil:
			return err
		case now.InstanceState == string(ec2types.InstanceStateNameRunning):
			if _, err := c.ec2.StopInstances(ctx, &ec2.StopInstancesInput{InstanceIds: []string{x.InstanceID}}); err != nil {
				return err
			}
			return providers.ErrAgain
		}
	}
	// A second call about one that is on its way out would be refused.
	switch err := readVolumeAttachment(ctx, c, &x); {
	case errors.Is(err, providers.ErrNotReady):
		return nil
	case err != nil:
		return err
	}
	_, err := c.ec2.DetachVolume(ctx, &ec2.DetachVolumeInput{
		Device: aws.String(x.DeviceName), InstanceId: aws.String(x.InstanceID), VolumeId: aws.String(x.VolumeID), Force: onlyTrue(x.ForceDetach),
	})
	return gone(err)
}

func listVolumeAttachments(ctx context.Context, c *client, _ volumeAttachment) iter.Seq2[volumeAttachment, error] {
	p := ec2.NewDescribeVolumesPaginator(c.ec2, &ec2.DescribeVolumesInput{MaxResults: aws.Int32(pageSize)})
	return pages(ctx, p, func(o *ec2.DescribeVolumesOutput) []ec2types.VolumeAttachment {
		var all []ec2types.VolumeAttachment
		for _, v := range o.Volumes {
			all = append(all, v.Attachments...)
		}
		return all
	}, (*volumeAttachment).fill)
}

func (x *volumeAttachment) fill(got *ec2types.VolumeAttachment) error {
	x.DeviceName, x.InstanceID, x.VolumeID = aws.ToString(got.Device), aws.ToString(got.InstanceId), aws.ToString(got.VolumeId)
	x.ID = x.name()
	switch got.State {
	case ec2types.VolumeAttachmentStateDetached:
		return providers.ErrGone
	case ec2types.VolumeAttachmentStateAttached, ec2types.VolumeAttachmentStateBusy:
		return nil
	}
	return providers.ErrNotReady // attaching or detaching
}
