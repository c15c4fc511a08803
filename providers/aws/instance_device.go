package aws

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/mlinfra/mlinfra/providers"
)

// deviceVolume is the volume of a device of an instance.
type deviceVolume struct {
	VolumeSize          int    `cty:"volume_size"           is:"default"         doc:"Size in GiB; it only grows."`
	VolumeType          string `cty:"volume_type"           is:"default"         doc:"gp3, gp2, io1, io2, st1, sc1 or standard."`
	IOPS                int    `cty:"iops"                  is:"default,after=volume_type,after=volume_size" doc:"Operations a second."`
	Throughput          int    `cty:"throughput"            is:"default,after=volume_type" doc:"MiB a second of gp3."`
	Encrypted           *bool  `cty:"encrypted"             is:"default,replace" doc:"Whether it is encrypted."`
	KMSKeyID            string `cty:"kms_key_id"            is:"default,replace" doc:"ARN of the key it is encrypted with."`
	DeleteOnTermination bool   `cty:"delete_on_termination" is:"else=true"       doc:"Whether it goes with the instance."`
	VolumeID            string `cty:"volume_id"             is:"computed"        doc:"Id of the volume."`
}

// rootDevice is the volume that an instance boots from.
type rootDevice struct {
	deviceVolume
	DeviceName string `cty:"device_name" is:"computed" doc:"Name of the device."`
}

// ebsDevice is a further volume of an instance.
type ebsDevice struct {
	DeviceName string `cty:"device_name" is:"required,replace" doc:"Name such as /dev/sdf."`
	SnapshotID string `cty:"snapshot_id" is:"optional,replace" doc:"Id of the snapshot it starts from."`
	deviceVolume
}

// blockDevices asks for the volumes. The root device has the name that the
// image gives it.
func (x *instance) blockDevices(ctx context.Context, c *client) ([]ec2types.BlockDeviceMapping, error) {
	var list []ec2types.BlockDeviceMapping
	if len(x.RootBlockDevice) > 0 {
		got, err := c.ec2.DescribeImages(ctx, &ec2.DescribeImagesInput{ImageIds: []string{x.AMI}})
		switch {
		case err != nil:
			return nil, err
		case len(got.Images) == 0:
			return nil, fmt.Errorf("ami %q does not exist in %s", x.AMI, c.region)
		}
		list = append(list, mapping(aws.ToString(got.Images[0].RootDeviceName), "", x.RootBlockDevice[0].deviceVolume))
	}
	for _, d := range x.EBSBlockDevices {
		list = append(list, mapping(d.DeviceName, d.SnapshotID, d.deviceVolume))
	}
	return list, nil
}

func mapping(name, snapshot string, d deviceVolume) ec2types.BlockDeviceMapping {
	return ec2types.BlockDeviceMapping{DeviceName: aws.String(name), Ebs: &ec2types.EbsBlockDevice{
		VolumeSize: number(d.VolumeSize), VolumeType: ec2types.VolumeType(d.VolumeType), Iops: number(d.IOPS), Throughput: number(d.Throughput),
		Encrypted: d.Encrypted, KmsKeyId: optional(d.KMSKeyID), SnapshotId: optional(snapshot), DeleteOnTermination: aws.Bool(d.DeleteOnTermination),
	}}
}

// volumesOf returns the volumes that pass the filters, by id.
func volumesOf(ctx context.Context, c *client, filters ...ec2types.Filter) (map[string]ec2types.Volume, error) {
	volumes := map[string]ec2types.Volume{}
	p := ec2.NewDescribeVolumesPaginator(c.ec2, &ec2.DescribeVolumesInput{Filters: filters, MaxResults: aws.Int32(pageSize)})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, v := range page.Volumes {
			volumes[aws.ToString(v.VolumeId)] = v
		}
	}
	return volumes, nil
}

// fillDevices takes the root device and all others but the volumes that are
// not there yet; it reports whether all are.
func (x *instance) fillDevices(got *ec2types.Instance, volumes map[string]ec2types.Volume) bool {
	had := x.EBSBlockDevices
	x.RootBlockDevice, x.EBSBlockDevices = nil, nil
	complete := len(got.BlockDeviceMappings) > 0
	for _, m := range got.BlockDeviceMappings {
		if m.Ebs == nil {
			continue
		}
		v, ok := volumes[aws.ToString(m.Ebs.VolumeId)]
		if !ok {
			complete = false
			continue
		}
		name, d := aws.ToString(m.DeviceName), deviceVolume{
			VolumeSize: int(aws.ToInt32(v.Size)), VolumeType: string(v.VolumeType), IOPS: int(aws.ToInt32(v.Iops)), Throughput: int(aws.ToInt32(v.Throughput)),
			Encrypted: aws.Bool(aws.ToBool(v.Encrypted)), KMSKeyID: aws.ToString(v.KmsKeyId), DeleteOnTermination: aws.ToBool(m.Ebs.DeleteOnTermination),
			VolumeID: aws.ToString(m.Ebs.VolumeId),
		}
		if name == aws.ToString(got.RootDeviceName) {
			x.RootBlockDevice = []rootDevice{{d, name}}
			continue
		}
		x.EBSBlockDevices = append(x.EBSBlockDevices, ebsDevice{name, snapshotOf(had, name), d})
	}
	return complete
}

// snapshotOf keeps the snapshot that was configured: an image may bring one
// that was not.
func snapshotOf(had []ebsDevice, name string) string {
	for _, d := range had {
		if d.DeviceName == name {
			return d.SnapshotID
		}
	}
	return ""
}

// updateDevices changes size, type and speed of the volumes, one a call, and
// whether they go with the instance.
func updateDevices(ctx context.Context, c *client, was instance, x *instance) error {
	type change struct {
		name      string
		was, want deviceVolume
	}
	var changes []change
	if len(was.RootBlockDevice) > 0 && len(x.RootBlockDevice) > 0 {
		changes = append(changes, change{was.RootBlockDevice[0].DeviceName, was.RootBlockDevice[0].deviceVolume, x.RootBlockDevice[0].deviceVolume})
	}
	for _, w := range was.EBSBlockDevices {
		for _, d := range x.EBSBlockDevices {
			if d.DeviceName == w.DeviceName {
				changes = append(changes, change{w.DeviceName, w.deviceVolume, d.deviceVolume})
			}
		}
	}
	for _, ch := range changes {
		if err := thenAgain(resizeVolume(ctx, c, ch.was, ch.want)); err != nil {
			return err
		}
		if ch.was.DeleteOnTermination == ch.want.DeleteOnTermination {
			continue
		}
		_, err := c.ec2.ModifyInstanceAttribute(ctx, &ec2.ModifyInstanceAttributeInput{InstanceId: aws.String(was.ID), BlockDeviceMappings: []ec2types.InstanceBlockDeviceMappingSpecification{{
			DeviceName: aws.String(ch.name), Ebs: &ec2types.EbsInstanceBlockDeviceSpecification{DeleteOnTermination: aws.Bool(ch.want.DeleteOnTermination)},
		}}})
		if err != nil {
			return err
		}
	}
	return nil
}

// resizeVolume changes a volume to want unless it is so already. AWS takes one
// change of a volume in six hours: a repeated one would be refused.
func resizeVolume(ctx context.Context, c *client, was, want deviceVolume) error {
	got, err := volumesOf(ctx, c, filter("volume-id", was.VolumeID))
	if err != nil {
		return err
	}
	v, ok := got[was.VolumeID]
	in := &ec2.ModifyVolumeInput{VolumeId: aws.String(was.VolumeID)}
	if in.VolumeType = ec2types.VolumeType(want.VolumeType); want.VolumeType == "" || in.VolumeType == v.VolumeType {
		in.VolumeType = ""
	}
	changed := func(want int, is *int32) *int32 {
		if want == int(aws.ToInt32(is)) {
			return nil
		}
		return number(want)
	}
	in.Size = changed(want.VolumeSize, v.Size)
	if want.IOPS != was.IOPS {
		in.Iops = changed(want.IOPS, v.Iops)
	}
	if want.Throughput != was.Throughput {
		in.Throughput = changed(want.Throughput, v.Throughput)
	}
	if !ok || (in.VolumeType == "" && in.Size == nil && in.Iops == nil && in.Throughput == nil) {
		return nil
	}
	// One that is under way shows the old values, and takes no other beside it.
	switch running, err := volumeOperations(ctx, c, []string{was.VolumeID}); {
	case err != nil:
		return err
	case errors.Is(running[0], providers.ErrNotReady):
		return &providers.Started{Operation: was.VolumeID, Then: providers.ErrAgain}
	}
	if _, err := c.ec2.ModifyVolume(ctx, in); err != nil {
		return err
	}
	return &providers.Started{Operation: was.VolumeID}
}

// thenAgain asks for another call when what has been started is over.
func thenAgain(err error) error {
	if operation := providers.OperationOf(err); operation != "" {
		return &providers.Started{Operation: operation, Then: providers.ErrAgain}
	}
	return err
}

// checkDevices refuses two volumes at one name, and keys that are not ARNs.
func checkDevices(want instance) error {
	var names []string
	for _, d := range want.RootBlockDevice {
		if err := checkKey(d.KMSKeyID); err != nil {
			return err
		}
	}
	for _, d := range want.EBSBlockDevices {
		if err := checkKey(d.KMSKeyID); err != nil {
			return err
		}
		if slices.Contains(names, d.DeviceName) {
			return fmt.Errorf("two ebs_block_device have the device_name %q", d.DeviceName)
		}
		names = append(names, d.DeviceName)
	}
	return nil
}

// devicesReplace names the volumes that cannot be changed as wanted: they only
// grow, and those beside the root come and go with the instance.
func devicesReplace(was, want instance) []string {
	var names []string
	if len(was.RootBlockDevice) > 0 && len(want.RootBlockDevice) > 0 && shrinks(was.RootBlockDevice[0].VolumeSize, want.RootBlockDevice[0].VolumeSize) {
		names = append(names, "root_block_device")
	}
	same := len(was.EBSBlockDevices) == len(want.EBSBlockDevices)
	for _, d := range want.EBSBlockDevices {
		i := slices.IndexFunc(was.EBSBlockDevices, func(w ebsDevice) bool { return w.DeviceName == d.DeviceName })
		same = same && i >= 0 && !shrinks(was.EBSBlockDevices[max(i, 0)].VolumeSize, d.VolumeSize)
	}
	if !same {
		names = append(names, "ebs_block_device")
	}
	return names
}

// shrinks reports whether a size gets smaller; 0 is not known.
func shrinks(was, want int) bool { return want != 0 && want < was }
