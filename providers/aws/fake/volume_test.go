package fake

import (
	"strings"
	"testing"
	"time"
)

func TestVolumes(t *testing.T) {
	a := newMachineAccount(t, Options{Boot: time.Minute, Settle: 10 * time.Second, DeleteLag: 5 * time.Second, Quota: Quota{Volumes: 3}})
	usual := []string{"AvailabilityZone=eu-central-1a", "Size=10", "VolumeType=gp3", "ClientToken=one"}
	text := a.do("CreateVolume", usual...)
	a.has(text, "<status>creating</status>", "<iops>3000</iops><throughput>125</throughput>")
	v := all(text, "volumeId")[0]
	a.want("volumeId", v, "CreateVolume", usual...)
	a.wrong("IdempotentParameterMismatch", "CreateVolume", with(usual, "Size=11")...)
	i := a.launch("Placement.AvailabilityZone=eu-central-1a")
	attach := []string{"VolumeId=" + v, "InstanceId=" + i, "Device=/dev/sdf"}
	a.wrong("IncorrectState", "AttachVolume", attach...)
	a.wrong("IncorrectState", "DeleteVolume", "VolumeId="+v)
	a.clock.Advance(10 * time.Second)
	a.wrong("IncorrectState", "AttachVolume", attach...)
	a.clock.Advance(time.Minute)
	a.wrong("InvalidParameterValue", "AttachVolume", with(attach, "Device=/dev/sda1")...)
	a.wrong("InvalidParameterValue", "AttachVolume", with(attach, "Device=disk")...)
	a.want("status", "attaching", "AttachVolume", attach...)
	a.want("status", "in-use attaching", "DescribeVolumes", "VolumeId.1="+v)
	a.wrong("VolumeInUse", "AttachVolume", with(attach, "Device=/dev/sdg")...)
	a.wrong("VolumeInUse", "DeleteVolume", "VolumeId="+v)
	a.wrong("IncorrectState", "DetachVolume", "VolumeId="+v)
	a.clock.Advance(10 * time.Second)
	a.want("status", "in-use attached", "DescribeVolumes", "VolumeId.1="+v)
	a.wrong("InvalidAttachment.NotFound", "DetachVolume", "VolumeId="+v, "InstanceId=i-0")
	a.want("status", "detaching", "DetachVolume", "VolumeId="+v)
	a.clock.Advance(10 * time.Second)
	a.want("status", "available", "DescribeVolumes", "VolumeId.1="+v)
	a.wrong("IncorrectState", "DetachVolume", "VolumeId="+v)
	root := a.one("volumeId", "DescribeVolumes", "Filter.1.Name=attachment.instance-id", "Filter.1.Value.1="+i)
	a.wrong("OperationNotPermitted", "DetachVolume", "VolumeId="+root)

	far := a.one("volumeId", "CreateVolume", "AvailabilityZone=eu-central-1b", "Size=1")
	a.clock.Advance(10 * time.Second)
	a.wrong("InvalidVolume.ZoneMismatch", "AttachVolume", with(attach, "VolumeId="+far)...)
	a.wrong("VolumeLimitExceeded", "CreateVolume", with(usual, "ClientToken=")...)
	a.do("DeleteVolume", "VolumeId="+v)
	a.want("status", "deleting", "DescribeVolumes", "VolumeId.1="+v)
	a.clock.Advance(5 * time.Second)
	a.wrong("InvalidVolume.NotFound", "DeleteVolume", "VolumeId="+v)
}

func TestVolumeProperties(t *testing.T) {
	a := newMachineAccount(t, Options{})
	for _, tt := range []struct{ code, params string }{
		{"MissingParameter", "VolumeType=gp3"}, {"InvalidParameterValue", "Size=0 VolumeType=gp3"}, {"InvalidParameterValue", "Size=65537 VolumeType=gp3"},
		{"InvalidParameterValue", "Size=16385 VolumeType=gp2"}, {"InvalidParameterValue", "Size=1 VolumeType=gp9"},
		{"InvalidParameterCombination", "Size=10 VolumeType=gp2 Iops=3000"}, {"InvalidParameterCombination", "Size=10 VolumeType=io2 Iops=3000 Throughput=200"},
		{"MissingParameter", "Size=10 VolumeType=io1"}, {"InvalidParameterValue", "Size=10 VolumeType=io1 Iops=501"}, {"InvalidParameterValue", "Size=10 VolumeType=gp3 Iops=2999"},
		{"InvalidParameterValue", "Size=10 VolumeType=gp3 Iops=5001"}, {"InvalidParameterValue", "Size=200 VolumeType=gp3 Iops=80001"},
		{"InvalidParameterValue", "Size=10 VolumeType=gp3 Throughput=124"}, {"InvalidParameterValue", "Size=10 VolumeType=gp3 Throughput=751"},
		{"InvalidParameterValue", "Size=124 VolumeType=st1"}, {"InvalidSnapshot.NotFound", "SnapshotId=snap-0"}, {"InvalidParameterCombination", "Size=1 KmsKeyId=k"},
		{"InvalidZone.NotFound", "Size=1 AvailabilityZone=us-east-1a"}, {"MissingParameter", "Size=1 AvailabilityZone="},
	} {
		a.wrong(tt.code, "CreateVolume", with([]string{"AvailabilityZone=eu-central-1a"}, strings.Fields(tt.params)...)...)
	}
	a.want("iops", "300", "CreateVolume", "AvailabilityZone=eu-central-1a", "Size=100")
	a.want("iops", "5000", "CreateVolume", "AvailabilityZoneId=euc1-az1", "Size=10", "VolumeType=gp3", "Iops=5000", "Throughput=1250")
	a.has(a.do("CreateVolume", "AvailabilityZone=eu-central-1a", "Size=10", "Encrypted=true"), "<kmsKeyId>arn:aws:kms:eu-central-1:123456789012:key/")
}

func TestVolumeModifications(t *testing.T) {
	a := newMachineAccount(t, Options{Settle: time.Minute})
	v := a.one("volumeId", "CreateVolume", "AvailabilityZone=eu-central-1a", "Size=10", "VolumeType=gp3", "Iops=4000")
	modify := func(params ...string) []string { return append(params, "VolumeId="+v) }
	a.wrong("IncorrectState", "ModifyVolume", modify("Size=20")...)
	a.clock.Advance(time.Minute)
	a.wrong("InvalidVolumeModification.NotFound", "DescribeVolumesModifications", "VolumeId.1="+v)
	a.wrong("InvalidParameterValue", "ModifyVolume", modify("Size=9")...)
	a.wrong("MissingParameter", "ModifyVolume", modify()...)
	a.wrong("UnsupportedOperation", "ModifyVolume", modify("VolumeType=standard")...)
	a.wrong("InvalidParameterValue", "ModifyVolume", modify("VolumeType=io9")...)
	text := a.do("ModifyVolume", modify("Size=20")...)
	a.has(text, "<modificationState>modifying</modificationState>", "<targetSize>20</targetSize><targetIops>4000</targetIops>", "<originalSize>10<")
	a.want("size", "10", "DescribeVolumes", "VolumeId.1="+v)
	a.wrong("IncorrectModificationState", "ModifyVolume", modify("Size=30")...)
	a.clock.Advance(time.Minute)
	a.want("size", "20", "DescribeVolumes", "VolumeId.1="+v)
	a.want("modificationState", "optimizing", "DescribeVolumesModifications", "VolumeId.1="+v)
	a.wrong("IncorrectModificationState", "ModifyVolume", modify("Size=30")...)
	a.clock.Advance(time.Minute)
	a.want("modificationState", "completed", "DescribeVolumesModifications", "Filter.1.Name=volume-id", "Filter.1.Value.1="+v)
	a.wrong("VolumeModificationRateExceeded", "ModifyVolume", modify("Size=30")...)
	a.clock.Advance(6 * time.Hour)
	a.do("ModifyVolume", modify("VolumeType=gp2")...)
	a.clock.Advance(2 * time.Minute)
	a.want("iops", "100", "DescribeVolumes", "VolumeId.1="+v)
}
