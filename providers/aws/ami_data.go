package aws

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/mlinfra/mlinfra/providers"
)

type ami struct {
	ID                  string            `cty:"id"                    is:"computed"     doc:"Id of the image."`
	MostRecent          bool              `cty:"most_recent"           is:"optional"     doc:"Whether the newest counts when several match."`
	Owners              []string          `cty:"owners"                is:"optional"     doc:"Accounts that it may belong to; also self, amazon, aws-marketplace."`
	ExecutableUsers     []string          `cty:"executable_users"      is:"optional"     doc:"Accounts that may launch it; also self and all."`
	Filter              []filterBlock     `cty:"filter"                is:"optional,set" doc:"Conditions of DescribeImages."`
	NameRegex           string            `cty:"name_regex"            is:"optional"     doc:"Regular expression that its name has to match."`
	IncludeDeprecated   bool              `cty:"include_deprecated"    is:"optional"     doc:"Whether deprecated images count."`
	AllowUnsafeFilter   bool              `cty:"allow_unsafe_filter"   is:"optional"     doc:"Whether most_recent is taken without owners."`
	ImageID             string            `cty:"image_id"              is:"computed"     doc:"Id of the image."`
	Name                string            `cty:"name"                  is:"computed"     doc:"Name of the image."`
	Description         string            `cty:"description"           is:"computed"     doc:"Free text of its owner."`
	Architecture        string            `cty:"architecture"          is:"computed"     doc:"x86_64, arm64, and so on."`
	ARN                 string            `cty:"arn"                   is:"computed"     doc:"ARN of the image."`
	BlockDeviceMappings []amiDevice       `cty:"block_device_mappings" is:"computed,set" doc:"Disks of the image."`
	BootMode            string            `cty:"boot_mode"             is:"computed"     doc:"legacy-bios, uefi or uefi-preferred."`
	CreationDate        string            `cty:"creation_date"         is:"computed"     doc:"Time of creation, RFC 3339."`
	DeprecationTime     string            `cty:"deprecation_time"      is:"computed"     doc:"Time from which it is deprecated, RFC 3339."`
	EnaSupport          bool              `cty:"ena_support"           is:"computed"     doc:"Whether enhanced networking is on."`
	Hypervisor          string            `cty:"hypervisor"            is:"computed"     doc:"xen or ovm."`
	ImageLocation       string            `cty:"image_location"        is:"computed"     doc:"Owner and name."`
	ImageOwnerAlias     string            `cty:"image_owner_alias"     is:"computed"     doc:"Alias of the owner: amazon, aws-marketplace."`
	ImageType           string            `cty:"image_type"            is:"computed"     doc:"machine, kernel or ramdisk."`
	IMDSSupport         string            `cty:"imds_support"          is:"computed"     doc:"v2.0 when its instances demand tokens of the metadata service."`
	KernelID            string            `cty:"kernel_id"             is:"computed"     doc:"Id of its kernel, of paravirtual images."`
	LastLaunchedTime    string            `cty:"last_launched_time"    is:"computed"     doc:"Time of the last launch, for owners."`
	OwnerID             string            `cty:"owner_id"              is:"computed"     doc:"Account that it belongs to."`
	Platform            string            `cty:"platform"              is:"computed"     doc:"windows, or nothing."`
	PlatformDetails     string            `cty:"platform_details"      is:"computed"     doc:"What its bill is for, such as Linux/UNIX."`
	ProductCodes        []productCode     `cty:"product_codes"         is:"computed,set" doc:"Products of the marketplace in it."`
	Public              bool              `cty:"public"                is:"computed"     doc:"Whether everybody may launch it."`
	RamdiskID           string            `cty:"ramdisk_id"            is:"computed"     doc:"Id of its RAM disk, of paravirtual images."`
	RootDeviceName      string            `cty:"root_device_name"      is:"computed"     doc:"Device of the root disk, such as /dev/sda1."`
	RootDeviceType      string            `cty:"root_device_type"      is:"computed"     doc:"ebs or instance-store."`
	RootSnapshotID      string            `cty:"root_snapshot_id"      is:"computed"     doc:"Id of the snapshot of the root disk."`
	SriovNetSupport     string            `cty:"sriov_net_support"     is:"computed"     doc:"simple when Intel's enhanced networking is on."`
	State               string            `cty:"state"                 is:"computed"     doc:"State, such as available."`
	StateReason         map[string]string `cty:"state_reason"          is:"computed"     doc:"code and message of the last change of state."`
	Tags                map[string]string `cty:"tags"                  is:"computed"     doc:"Tags by key."`
	TPMSupport          string            `cty:"tpm_support"           is:"computed"     doc:"v2.0 when it has a TPM."`
	UsageOperation      string            `cty:"usage_operation"       is:"computed"     doc:"What its bill is for, as a code."`
	VirtualizationType  string            `cty:"virtualization_type"   is:"computed"     doc:"hvm or paravirtual."`
}

type amiDevice struct {
	DeviceName  string            `cty:"device_name"  is:"computed" doc:"Name of the device."`
	VirtualName string            `cty:"virtual_name" is:"computed" doc:"Name of the instance store volume."`
	NoDevice    string            `cty:"no_device"    is:"computed" doc:"Set when the device is left out."`
	EBS         map[string]string `cty:"ebs"          is:"computed" doc:"The volume, as texts: snapshot_id, volume_size and so on."`
}

type productCode struct {
	ID   string `cty:"product_code_id"   is:"computed" doc:"Id of the product."`
	Type string `cty:"product_code_type" is:"computed" doc:"devpay or marketplace."`
}

var amiData = providers.DataSource[*client, ami]{
	Type: "aws_ami",
	Doc:  "A machine image, such as the newest of a series.",
	Read: lookUpAMI,
	Examples: []string{
		`data "aws_ami" "example" {
  most_recent = true
  owners      = ["099720109477"]

  filter {
    name   = "name"
    values = ["ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*"]
  }
}`,
		`data "aws_ami" "example" {
  most_recent = true
  owners      = ["amazon"]
  name_regex  = "^Deep Learning Base OSS Nvidia Driver GPU AMI \\(Ubuntu 24.04\\)"

  filter {
    name   = "architecture"
    values = ["x86_64"]
  }
}`,
	},
}

func lookUpAMI(ctx context.Context, c *client, x *ami) error {
	if x.MostRecent && !x.AllowUnsafeFilter && !x.pinned() {
		return errors.New("most_recent without owners takes the image of anybody who gives it the right name: set owners, filter by owner-id or image-id, or set allow_unsafe_filter")
	}
	name, err := regexp.Compile(x.NameRegex)
	if err != nil {
		return fmt.Errorf("name_regex: %w", err)
	}
	in := &ec2.DescribeImagesInput{
		Filters: filtersOf(x.Filter, nil), Owners: x.Owners, ExecutableUsers: x.ExecutableUsers, IncludeDeprecated: aws.Bool(x.IncludeDeprecated),
	}
	var match []ec2types.Image
	p := ec2.NewDescribeImagesPaginator(c.ec2, in)
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, i := range page.Images {
			if x.NameRegex == "" || i.Name != nil && name.MatchString(*i.Name) {
				match = append(match, i)
			}
		}
	}
	return x.choose(c, match)
}

// pinned reports whether somebody chosen has made the image.
func (x *ami) pinned() bool {
	for _, f := range x.Filter {
		if f.Name == "owner-id" || f.Name == "image-id" {
			return true
		}
	}
	return len(x.Owners) > 0
}

func (x *ami) choose(c *client, match []ec2types.Image) error {
	switch {
	case len(match) == 0:
		return errors.New("no image matches: images differ from region to region and are deprecated after two years (include_deprecated); change owners, filter or name_regex")
	case len(match) > 1 && !x.MostRecent:
		return fmt.Errorf("%d images match, such as %s and %s: narrow owners, filter or name_regex, or set most_recent = true",
			len(match), aws.ToString(match[0].Name), aws.ToString(match[1].Name))
	}
	newest := match[0]
	for _, i := range match[1:] {
		// All dates are in UTC and of one length.
		if aws.ToString(i.CreationDate) > aws.ToString(newest.CreationDate) {
			newest = i
		}
	}
	x.fill(c, newest)
	return nil
}

func (x *ami) fill(c *client, got ec2types.Image) {
	x.ID, x.ImageID, x.Name, x.Description = aws.ToString(got.ImageId), aws.ToString(got.ImageId), aws.ToString(got.Name), aws.ToString(got.Description)
	x.ARN = fmt.Sprintf("arn:%s:ec2:%s::image/%s", c.partition(), c.region, x.ID)
	x.Architecture, x.BootMode, x.Hypervisor = string(got.Architecture), string(got.BootMode), string(got.Hypervisor)
	x.CreationDate, x.DeprecationTime, x.LastLaunchedTime = aws.ToString(got.CreationDate), aws.ToString(got.DeprecationTime), aws.ToString(got.LastLaunchedTime)
	x.EnaSupport, x.Public = aws.ToBool(got.EnaSupport), aws.ToBool(got.Public)
	x.ImageLocation, x.ImageOwnerAlias, x.OwnerID = aws.ToString(got.ImageLocation), aws.ToString(got.ImageOwnerAlias), aws.ToString(got.OwnerId)
	x.ImageType, x.IMDSSupport, x.TPMSupport = string(got.ImageType), string(got.ImdsSupport), string(got.TpmSupport)
	x.KernelID, x.RamdiskID = aws.ToString(got.KernelId), aws.ToString(got.RamdiskId)
	x.Platform, x.PlatformDetails, x.UsageOperation = string(got.Platform), aws.ToString(got.PlatformDetails), aws.ToString(got.UsageOperation)
	x.RootDeviceName, x.RootDeviceType = aws.ToString(got.RootDeviceName), string(got.RootDeviceType)
	x.SriovNetSupport, x.State, x.VirtualizationType = aws.ToString(got.SriovNetSupport), string(got.State), string(got.VirtualizationType)
	x.StateReason = map[string]string{"code": "UNSET", "message": "UNSET"}
	if r := got.StateReason; r != nil {
		x.StateReason = map[string]string{"code": aws.ToString(r.Code), "message": aws.ToString(r.Message)}
	}
	x.Tags = tagsOf(got.Tags, ec2Tag)
	for _, p := range got.ProductCodes {
		x.ProductCodes = append(x.ProductCodes, productCode{aws.ToString(p.ProductCodeId), string(p.ProductCodeType)})
	}
	for _, b := range got.BlockDeviceMappings {
		d := amiDevice{DeviceName: aws.ToString(b.DeviceName), VirtualName: aws.ToString(b.VirtualName), NoDevice: aws.ToString(b.NoDevice)}
		if b.Ebs != nil {
			d.EBS = ebsTexts(b.Ebs)
			if d.DeviceName == x.RootDeviceName {
				x.RootSnapshotID = aws.ToString(b.Ebs.SnapshotId)
			}
		}
		x.BlockDeviceMappings = append(x.BlockDeviceMappings, d)
	}
}

// ebsTexts returns a volume as the map of texts that Terraform has for it.
func ebsTexts(e *ec2types.EbsBlockDevice) map[string]string {
	return map[string]string{
		"delete_on_termination": strconv.FormatBool(aws.ToBool(e.DeleteOnTermination)),
		"encrypted":             strconv.FormatBool(aws.ToBool(e.Encrypted)),
		"iops":                  strconv.Itoa(int(aws.ToInt32(e.Iops))),
		"snapshot_id":           aws.ToString(e.SnapshotId),
		"throughput":            strconv.Itoa(int(aws.ToInt32(e.Throughput))),
		"volume_size":           strconv.Itoa(int(aws.ToInt32(e.VolumeSize))),
		"volume_type":           string(e.VolumeType),
	}
}
