package aws

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/mlinfra/mlinfra/providers"
)

type instance struct {
	providers.Aside

	ID                       string            `cty:"id"                                   is:"computed"               doc:"Id of the instance."`
	AMI                      string            `cty:"ami"                                  is:"required,replace"       doc:"Id of the image it starts from."`
	InstanceType             string            `cty:"instance_type"                        is:"required"               doc:"Type such as g5.xlarge; a change stops and starts it."`
	AvailabilityZone         string            `cty:"availability_zone"                    is:"default,replace"        doc:"Zone; absent means that of the subnet."`
	SubnetID                 string            `cty:"subnet_id"                            is:"default,replace"        doc:"Id of its subnet; absent means the default one."`
	VPCSecurityGroupIDs      []string          `cty:"vpc_security_group_ids"               is:"default,set"            doc:"Ids of its security groups; absent means the default one."`
	AssociatePublicIPAddress *bool             `cty:"associate_public_ip_address"          is:"default,replace"        doc:"Whether it has a public address; absent means as its subnet says."`
	PrivateIP                string            `cty:"private_ip"                           is:"default,replace"        doc:"IPv4 address in its subnet."`
	SourceDestCheck          bool              `cty:"source_dest_check"                    is:"else=true"              doc:"Whether only its own traffic reaches it; false for routers."`
	KeyName                  string            `cty:"key_name"                             is:"optional,replace"       doc:"Name of the key pair that may log in."`
	UserData                 string            `cty:"user_data"                            is:"optional,blind"         doc:"Data for cloud-init, at most 16 KiB; a change stops and starts it."`
	UserDataBase64           string            `cty:"user_data_base64"                     is:"optional,blind"         doc:"The same in base64, for binary data."`
	UserDataReplaceOnChange  bool              `cty:"user_data_replace_on_change"          is:"else=false,blind"       doc:"Whether a change of user_data makes a new instance."`
	IAMInstanceProfile       string            `cty:"iam_instance_profile"                 is:"optional"               doc:"Name of the instance profile whose role it has."`
	EBSOptimized             *bool             `cty:"ebs_optimized"                        is:"default"                doc:"Whether traffic to volumes has bandwidth of its own."`
	Monitoring               bool              `cty:"monitoring"                           is:"else=false"             doc:"Whether metrics come each minute; costs extra."`
	Tenancy                  string            `cty:"tenancy"                              is:"default,replace"        doc:"default, or dedicated hardware."`
	PlacementGroup           string            `cty:"placement_group"                      is:"optional,replace"       doc:"Name of its placement group."`
	DisableAPITermination    bool              `cty:"disable_api_termination"              is:"else=false,blind"       doc:"Whether the API refuses to delete it."`
	ShutdownBehavior         string            `cty:"instance_initiated_shutdown_behavior" is:"else=stop,blind"        doc:"stop or terminate: what shutdown in the instance does."`
	CreditSpecification      []creditSpec      `cty:"credit_specification"                 is:"optional,blind,max=1"   doc:"CPU credits of types that burst."`
	MetadataOptions          []metadataOptions `cty:"metadata_options"                     is:"default,max=1"          doc:"Settings of the metadata service."`
	MarketOptions            []marketOptions   `cty:"instance_market_options"              is:"default,replace,max=1"  doc:"Makes it a spot instance."`
	RootBlockDevice          []rootDevice      `cty:"root_block_device"                    is:"default,max=1"          doc:"The volume that it boots from."`
	EBSBlockDevices          []ebsDevice       `cty:"ebs_block_device"                     is:"optional,set"           doc:"Volumes that are made and deleted with it."`
	VolumeTags               map[string]string `cty:"volume_tags"                          is:"optional,replace,blind" doc:"Tags of the volumes that are made with it."`
	Tags                     map[string]string `cty:"tags"                                 is:"optional,blind"         doc:"Tags by key; Name is what consoles show."`
	TagsAll                  map[string]string `cty:"tags_all"                             is:"computed,follows=tags"               doc:"Tags with the provider's default_tags."`

	ARN                string `cty:"arn"                          is:"computed"                     doc:"ARN of the instance."`
	InstanceState      string `cty:"instance_state"               is:"computed,after=instance_type" doc:"State such as running or stopped."`
	InstanceLifecycle  string `cty:"instance_lifecycle"           is:"computed"                     doc:"spot for a spot instance."`
	SpotRequestID      string `cty:"spot_instance_request_id"     is:"computed"                     doc:"Id of the request of a spot instance."`
	NetworkInterfaceID string `cty:"primary_network_interface_id" is:"computed"                     doc:"Id of its first network interface."`
	PrivateDNS         string `cty:"private_dns"                  is:"computed"                     doc:"Name within its network."`
	PublicDNS          string `cty:"public_dns"                   is:"computed,after=instance_type,after=user_data,after=user_data_base64" doc:"Public name, if its network gives any."`
	PublicIP           string `cty:"public_ip"                    is:"computed,after=instance_type,after=user_data,after=user_data_base64" doc:"Public IPv4 address."`
}

type creditSpec struct {
	CPUCredits string `cty:"cpu_credits" is:"optional" doc:"standard or unlimited."`
}

type metadataOptions struct {
	HTTPEndpoint string `cty:"http_endpoint"               is:"default" doc:"enabled or disabled."`
	HTTPTokens   string `cty:"http_tokens"                 is:"default" doc:"required or optional: whether requests need a token."`
	HopLimit     int    `cty:"http_put_response_hop_limit" is:"default" doc:"How many hops a token may travel, 1 to 64."`
	HTTPIPv6     string `cty:"http_protocol_ipv6"          is:"default" doc:"enabled or disabled."`
	InstanceTags string `cty:"instance_metadata_tags"      is:"default" doc:"Whether tags are shown: enabled or disabled."`
}

type marketOptions struct {
	MarketType  string        `cty:"market_type"  is:"default,replace"             doc:"spot."`
	SpotOptions []spotOptions `cty:"spot_options" is:"default,replace,blind,max=1" doc:"How the spot instance is asked for."`
}

type spotOptions struct {
	MaxPrice             string `cty:"max_price"                      is:"default,replace" doc:"Most to pay for an hour in USD; absent means the on-demand price."`
	SpotInstanceType     string `cty:"spot_instance_type"             is:"default,replace" doc:"one-time or persistent."`
	InterruptionBehavior string `cty:"instance_interruption_behavior" is:"default,replace" doc:"terminate, stop or hibernate when AWS takes it back."`
	ValidUntil           string `cty:"valid_until"                    is:"default,replace" doc:"End of a persistent request, RFC 3339."`
}

// bothTags is that of tagging: the tags of an instance are described in their own
// words.
func (x *instance) bothTags() (tags, all *map[string]string) { return &x.Tags, &x.TagsAll }

var instanceType = providers.Resource[*client, instance]{
	Type:      "aws_instance",
	Doc:       "A virtual machine.",
	Holds:     "the files on its disks",
	Create:    createInstance,
	Read:      withTags(readInstance),
	Update:    updateInstance,
	Delete:    deleteInstance,
	Find:      findInstance,
	List:      listInstances,
	Mark:      providers.InTags,
	Spell:     spellInstance,
	Check:     checkInstance,
	Replaces:  instanceReplaces,
	Protected: protectedInstance,
	Replay:    true,
	Grace:     settling,
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
  ami           = data.aws_ami.ubuntu.id
  instance_type = "t3.micro"
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
  instance_type     = "g5.xlarge"
  source_dest_check = false
  monitoring        = true
  user_data         = "#!/bin/sh\nnvidia-smi"

  metadata_options {
    http_tokens = "required"
  }

  root_block_device {
    volume_size = 100
    throughput  = 250
  }

  tags = {
    Name = "trainer"
  }
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
  ami           = data.aws_ami.ubuntu.id
  instance_type = "g5.xlarge"

  instance_market_options {
    market_type = "spot"

    spot_options {
      max_price = "0.80"
    }
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = 100
  }

  ebs_block_device {
    device_name = "/dev/sdf"
    volume_type = "gp3"
    volume_size = 200
  }
}`,
	},
}

func createInstance(ctx context.Context, c *client, x *instance, a providers.Attempt) error {
	in, err := x.request(ctx, c, a)
	if err != nil {
		return err
	}
	got, err := c.ec2.RunInstances(ctx, in)
	if err != nil {
		return err
	}
	x.ID = aws.ToString(got.Instances[0].InstanceId)
	if !x.SourceDestCheck {
		return providers.ErrAgain // no argument of RunInstances
	}
	return nil
}

func (x *instance) request(ctx context.Context, c *client, a providers.Attempt) (*ec2.RunInstancesInput, error) {
	in := &ec2.RunInstancesInput{
		ImageId: aws.String(x.AMI), InstanceType: ec2types.InstanceType(x.InstanceType), MinCount: aws.Int32(1), MaxCount: aws.Int32(1),
		ClientToken: optional(a.Token), KeyName: optional(x.KeyName), EbsOptimized: x.EBSOptimized,
		InstanceInitiatedShutdownBehavior: ec2types.ShutdownBehavior(x.ShutdownBehavior),
		Placement:                         x.placement(),
		MetadataOptions:                   x.metadata(),
		InstanceMarketOptions:             x.market(),
		TagSpecifications:                 append(tagSpec(ec2types.ResourceTypeInstance, x.TagsAll, a), tagSpec(ec2types.ResourceTypeVolume, x.VolumeTags, providers.Attempt{})...),
	}
	if x.DisableAPITermination {
		in.DisableApiTermination = aws.Bool(true)
	}
	if x.Monitoring {
		in.Monitoring = &ec2types.RunInstancesMonitoringEnabled{Enabled: aws.Bool(true)}
	}
	if data := x.userData(); data != "" {
		in.UserData = aws.String(data)
	}
	if x.IAMInstanceProfile != "" {
		in.IamInstanceProfile = &ec2types.IamInstanceProfileSpecification{Name: aws.String(x.IAMInstanceProfile)}
	}
	if len(x.CreditSpecification) > 0 {
		in.CreditSpecification = &ec2types.CreditSpecificationRequest{CpuCredits: aws.String(x.CreditSpecification[0].CPUCredits)}
	}
	x.network(in)
	var err error
	in.BlockDeviceMappings, err = x.blockDevices(ctx, c)
	return in, err
}

// network asks for the addresses. Whether one is public can only be said of an
// interface; subnet and groups then belong to it.
func (x *instance) network(in *ec2.RunInstancesInput) {
	if x.AssociatePublicIPAddress == nil {
		in.SubnetId, in.SecurityGroupIds, in.PrivateIpAddress = optional(x.SubnetID), x.VPCSecurityGroupIDs, optional(x.PrivateIP)
		return
	}
	in.NetworkInterfaces = []ec2types.InstanceNetworkInterfaceSpecification{{
		DeviceIndex: aws.Int32(0), AssociatePublicIpAddress: x.AssociatePublicIPAddress, DeleteOnTermination: aws.Bool(true),
		SubnetId: optional(x.SubnetID), Groups: x.VPCSecurityGroupIDs, PrivateIpAddress: optional(x.PrivateIP),
	}}
}

func (x *instance) placement() *ec2types.Placement {
	if x.AvailabilityZone == "" && x.Tenancy == "" && x.PlacementGroup == "" {
		return nil
	}
	return &ec2types.Placement{AvailabilityZone: optional(x.AvailabilityZone), Tenancy: ec2types.Tenancy(x.Tenancy), GroupName: optional(x.PlacementGroup)}
}

func (x *instance) metadata() *ec2types.InstanceMetadataOptionsRequest {
	if len(x.MetadataOptions) == 0 {
		return nil
	}
	m := x.MetadataOptions[0]
	return &ec2types.InstanceMetadataOptionsRequest{
		HttpEndpoint: ec2types.InstanceMetadataEndpointState(m.HTTPEndpoint), HttpTokens: ec2types.HttpTokensState(m.HTTPTokens),
		HttpPutResponseHopLimit: number(m.HopLimit), HttpProtocolIpv6: ec2types.InstanceMetadataProtocolState(m.HTTPIPv6),
		InstanceMetadataTags: ec2types.InstanceMetadataTagsState(m.InstanceTags),
	}
}

func (x *instance) market() *ec2types.InstanceMarketOptionsRequest {
	if len(x.MarketOptions) == 0 {
		return nil
	}
	m := x.MarketOptions[0]
	out := &ec2types.InstanceMarketOptionsRequest{MarketType: ec2types.MarketType(m.MarketType)}
	if out.MarketType == "" {
		out.MarketType = ec2types.MarketTypeSpot
	}
	if len(m.SpotOptions) > 0 {
		s := m.SpotOptions[0]
		out.SpotOptions = &ec2types.SpotMarketOptions{
			MaxPrice: optional(s.MaxPrice), SpotInstanceType: ec2types.SpotInstanceType(s.SpotInstanceType),
			InstanceInterruptionBehavior: ec2types.InstanceInterruptionBehavior(s.InterruptionBehavior), ValidUntil: timeOf(s.ValidUntil),
		}
	}
	return out
}

// userData returns what cloud-init gets, in base64. Text that is base64
// already is taken as such, as Terraform does.
func (x *instance) userData() string {
	if x.UserDataBase64 != "" {
		return x.UserDataBase64
	}
	if _, err := base64.StdEncoding.DecodeString(x.UserData); err == nil {
		return x.UserData
	}
	return base64.StdEncoding.EncodeToString([]byte(x.UserData))
}

func readInstance(ctx context.Context, c *client, x *instance) error {
	imported := x.AMI == ""
	err := lookAtInstance(ctx, c, x)
	if imported && (err == nil || errors.Is(err, providers.ErrNotReady)) {
		err = errors.Join(err, x.uncover(ctx, c))
	}
	return err
}

// lookAtInstance reads what changes by itself.
func lookAtInstance(ctx context.Context, c *client, x *instance) error {
	got, err := c.ec2.DescribeInstances(ctx, &ec2.DescribeInstancesInput{InstanceIds: []string{x.ID}})
	if err != nil {
		return gone(err)
	}
	volumes, err := volumesOf(ctx, c, filter("attachment.instance-id", x.ID))
	if err != nil {
		return err
	}
	return first(instancesOf(got), func(i *ec2types.Instance) error { return x.fill(c, i, volumes) })
}

// Delete is a termination; the instance stays visible for an hour.
func deleteInstance(ctx context.Context, c *client, x instance) error {
	if err := protectedInstance(x); err != nil {
		return err
	}
	_, err := c.ec2.TerminateInstances(ctx, &ec2.TerminateInstancesInput{InstanceIds: []string{x.ID}})
	return gone(err)
}

func protectedInstance(x instance) error {
	if x.DisableAPITermination {
		return errors.New("disable_api_termination is true: set it to false and apply that first")
	}
	return nil
}

func findInstance(ctx context.Context, c *client, x *instance, a providers.Attempt) (bool, error) {
	got, err := c.ec2.DescribeInstances(ctx, &ec2.DescribeInstancesInput{Filters: []ec2types.Filter{filter("client-token", a.Token)}})
	if err != nil {
		return false, err
	}
	return found(instancesOf(got), func(i *ec2types.Instance) error { return x.fill(c, i, nil) })
}

// listInstances asks for all volumes too, a page of 1000 of each.
func listInstances(ctx context.Context, c *client, _ instance) iter.Seq2[instance, error] {
	volumes, err := volumesOf(ctx, c)
	if err != nil {
		return func(yield func(instance, error) bool) { yield(instance{}, err) }
	}
	p := ec2.NewDescribeInstancesPaginator(c.ec2, &ec2.DescribeInstancesInput{MaxResults: aws.Int32(pageSize)})
	return pages(ctx, p, instancesOf, func(x *instance, i *ec2types.Instance) error { return x.fill(c, i, volumes) })
}

func instancesOf(out *ec2.DescribeInstancesOutput) []ec2types.Instance {
	var all []ec2types.Instance
	for _, r := range out.Reservations {
		all = append(all, r.Instances...)
	}
	return all
}

// fill takes what the answers show. volumes are the attached ones by id.
func (x *instance) fill(c *client, got *ec2types.Instance, volumes map[string]ec2types.Volume) error {
	x.ID, x.AMI, x.InstanceType = aws.ToString(got.InstanceId), aws.ToString(got.ImageId), string(got.InstanceType)
	x.ARN, x.InstanceState, x.KeyName = c.arn("instance", x.ID), string(got.State.Name), aws.ToString(got.KeyName)
	switch got.State.Name {
	case ec2types.InstanceStateNameTerminated:
		if got.StateReason != nil {
			return fmt.Errorf("%w: %s", providers.ErrGone, aws.ToString(got.StateReason.Message))
		}
		return providers.ErrGone
	case ec2types.InstanceStateNameShuttingDown:
		return providers.ErrNotReady // it still holds its address and volumes
	}
	x.SubnetID, x.SourceDestCheck, x.EBSOptimized = aws.ToString(got.SubnetId), aws.ToBool(got.SourceDestCheck), got.EbsOptimized
	x.PrivateIP, x.PrivateDNS = aws.ToString(got.PrivateIpAddress), aws.ToString(got.PrivateDnsName)
	x.PublicIP, x.PublicDNS = aws.ToString(got.PublicIpAddress), aws.ToString(got.PublicDnsName)
	x.InstanceLifecycle, x.SpotRequestID = string(got.InstanceLifecycle), aws.ToString(got.SpotInstanceRequestId)
	if got.Placement != nil {
		x.AvailabilityZone, x.Tenancy, x.PlacementGroup = aws.ToString(got.Placement.AvailabilityZone), string(got.Placement.Tenancy), aws.ToString(got.Placement.GroupName)
	}
	if got.Monitoring != nil {
		x.Monitoring = got.Monitoring.State == ec2types.MonitoringStateEnabled || got.Monitoring.State == ec2types.MonitoringStatePending
	}
	x.IAMInstanceProfile = ""
	if got.IamInstanceProfile != nil {
		arn := aws.ToString(got.IamInstanceProfile.Arn)
		x.IAMInstanceProfile = arn[strings.LastIndex(arn, "/")+1:]
	}
	x.VPCSecurityGroupIDs = nil
	for _, g := range got.SecurityGroups {
		x.VPCSecurityGroupIDs = append(x.VPCSecurityGroupIDs, aws.ToString(g.GroupId))
	}
	x.TagsAll, x.Owner = tagsOf(got.Tags, ec2Tag), ownerOf(got.Tags, ec2Tag)
	x.fillMetadata(got.MetadataOptions)
	x.fillMarket()
	x.fillInterface(got)
	complete := x.fillDevices(got, volumes)
	if !complete || (got.State.Name != ec2types.InstanceStateNameRunning && got.State.Name != ec2types.InstanceStateNameStopped) {
		return providers.ErrNotReady
	}
	return nil
}

// fillInterface tells a public address that comes with the instance from one
// that an aws_eip lends it, which says nothing about the instance.
func (x *instance) fillInterface(got *ec2types.Instance) {
	x.NetworkInterfaceID = ""
	for _, n := range got.NetworkInterfaces {
		if n.Attachment == nil || aws.ToInt32(n.Attachment.DeviceIndex) != 0 {
			continue
		}
		x.NetworkInterfaceID = aws.ToString(n.NetworkInterfaceId)
		own := n.Association != nil && aws.ToString(n.Association.IpOwnerId) == "amazon"
		lent := n.Association != nil && !own
		stopped := got.State.Name == ec2types.InstanceStateNameStopped
		if x.AssociatePublicIPAddress == nil || (!lent && !stopped) {
			x.AssociatePublicIPAddress = aws.Bool(own)
		}
	}
}

func (x *instance) fillMetadata(m *ec2types.InstanceMetadataOptionsResponse) {
	x.MetadataOptions = nil
	if m == nil {
		return
	}
	x.MetadataOptions = []metadataOptions{{
		HTTPEndpoint: string(m.HttpEndpoint), HTTPTokens: string(m.HttpTokens), HopLimit: int(aws.ToInt32(m.HttpPutResponseHopLimit)),
		HTTPIPv6: string(m.HttpProtocolIpv6), InstanceTags: string(m.InstanceMetadataTags),
	}}
}

// fillMarket keeps the options of a spot instance, which only its request shows.
func (x *instance) fillMarket() {
	switch {
	case x.InstanceLifecycle != string(ec2types.InstanceLifecycleTypeSpot):
		x.MarketOptions = nil
	case len(x.MarketOptions) == 0:
		x.MarketOptions = []marketOptions{{MarketType: string(ec2types.MarketTypeSpot)}}
	default:
		x.MarketOptions[0].MarketType = string(ec2types.MarketTypeSpot)
	}
}

// spellInstance keeps what a list does not show of the market, one of two ways
// to write the same data, the credits that its type gives, which a state of
// Terraform has, and leaves out the volumes that others have attached.
func spellInstance(was instance, x *instance) {
	if len(was.MarketOptions) > 0 && len(x.MarketOptions) > 0 && len(x.MarketOptions[0].SpotOptions) == 0 {
		x.MarketOptions[0].SpotOptions = was.MarketOptions[0].SpotOptions
	}
	if x.userData() != "" && x.userData() == was.userData() {
		x.UserData, x.UserDataBase64 = was.UserData, was.UserDataBase64
	}
	// Terraform's state had a hash of it until version 6 of the provider.
	if text, err := base64.StdEncoding.DecodeString(x.userData()); err == nil && providers.Hashed(was.UserData, string(text)) {
		x.UserData, x.UserDataBase64 = was.UserData, ""
	}
	if len(x.CreditSpecification) == 0 {
		x.CreditSpecification = was.CreditSpecification
	}
	x.EBSBlockDevices = slices.DeleteFunc(x.EBSBlockDevices, func(d ebsDevice) bool {
		if was.AMI == "" { // an import: those of others outlive the instance
			return !d.DeleteOnTermination
		}
		return d.VolumeID != "" && !slices.ContainsFunc(was.EBSBlockDevices, func(w ebsDevice) bool { return w.DeviceName == d.DeviceName })
	})
}

func checkInstance(_ *instance, want instance) error {
	switch {
	case want.UserData != "" && want.UserDataBase64 != "":
		return errors.New("user_data and user_data_base64 exclude each other")
	case !strings.HasPrefix(want.AMI, "ami-"):
		return fmt.Errorf("ami %q is not the id of an image, such as ami-0abcd1234efgh5678; the data source aws_ami finds one", want.AMI)
	case !strings.Contains(want.InstanceType, "."):
		return fmt.Errorf("instance_type %q is not a type such as t3.micro", want.InstanceType)
	case want.ShutdownBehavior != "stop" && want.ShutdownBehavior != "terminate":
		return fmt.Errorf("instance_initiated_shutdown_behavior %q is neither stop nor terminate", want.ShutdownBehavior)
	}
	if data, err := base64.StdEncoding.DecodeString(want.userData()); err != nil {
		return errors.New("user_data_base64 is not base64")
	} else if len(data) > maxUserData {
		return fmt.Errorf("user_data has %d bytes, EC2 takes at most %d: fetch the rest from a bucket", len(data), maxUserData)
	}
	for _, m := range want.MarketOptions {
		for _, s := range m.SpotOptions {
			if s.InterruptionBehavior != "" && s.InterruptionBehavior != "terminate" && s.SpotInstanceType != "persistent" {
				return fmt.Errorf("instance_interruption_behavior %q needs spot_instance_type = \"persistent\"", s.InterruptionBehavior)
			}
			if s.ValidUntil != "" && timeOf(s.ValidUntil) == nil {
				return fmt.Errorf("valid_until %q is not a time such as 2027-01-31T12:00:00Z", s.ValidUntil)
			}
		}
	}
	return checkDevices(want)
}

const maxUserData = 16 << 10

// instanceReplaces names what cannot be changed by stopping and starting.
func instanceReplaces(was, want instance) []string {
	var names []string
	if want.UserDataReplaceOnChange {
		if was.UserData != want.UserData {
			names = append(names, "user_data")
		}
		if was.UserDataBase64 != want.UserDataBase64 {
			names = append(names, "user_data_base64")
		}
	}
	if was.InstanceLifecycle == string(ec2types.InstanceLifecycleTypeSpot) && !was.persistent() && was.InstanceType != want.InstanceType {
		names = append(names, "instance_type") // a one-time request cannot be stopped
	}
	return append(names, devicesReplace(was, want)...)
}

// persistent reports whether a spot instance can be stopped.
func (x *instance) persistent() bool {
	return len(x.MarketOptions) > 0 && len(x.MarketOptions[0].SpotOptions) > 0 && x.MarketOptions[0].SpotOptions[0].SpotInstanceType == string(ec2types.SpotInstanceTypePersistent)
}
