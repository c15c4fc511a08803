package fake

import (
	"encoding/base64"
	"time"
)

// ebsParams are the properties of a volume in a block device mapping.
type ebsParams struct {
	DeleteOnTermination *bool
	VolumeSize          *int
	diskParams
}

// mappingParams is a block device mapping as a parameter.
type mappingParams struct {
	DeviceName  string
	VirtualName string
	NoDevice    *string
	Ebs         *ebsParams
}

// interfaceParams is a network interface of a launch.
type interfaceParams struct {
	DeviceIndex              *int
	NetworkCardIndex         *int
	SubnetID                 string   `q:"SubnetId"`
	Groups                   []string `q:"SecurityGroupId"`
	AssociatePublicIPAddress *bool    `q:"AssociatePublicIpAddress"`
	PrivateIPAddress         string   `q:"PrivateIpAddress"`
	DeleteOnTermination      *bool
	Description              string
	InterfaceType            string `q:",enum=interface"`
}

// metadataParams are the metadata options as parameters.
type metadataParams struct {
	HTTPTokens   string `q:"HttpTokens,enum=optional|required"`
	HopLimit     *int   `q:"HttpPutResponseHopLimit"`
	HTTPEndpoint string `q:"HttpEndpoint,enum=enabled|disabled"`
	HTTPIPv6     string `q:"HttpProtocolIpv6,enum=enabled|disabled"`
	Tags         string `q:"InstanceMetadataTags,enum=enabled|disabled"`
}

// spotParams say how a spot instance is asked for.
type spotParams struct {
	MaxPrice                     string
	SpotInstanceType             string `q:",enum=one-time|persistent"`
	ValidUntil                   time.Time
	InstanceInterruptionBehavior string `q:",enum=hibernate|stop|terminate"`
}

// marketParams choose what an instance is bought as.
type marketParams struct {
	MarketType  string `q:",required,enum=spot"`
	SpotOptions spotParams
}

// profileParams name an instance profile.
type profileParams struct {
	Arn  string
	Name string
}

// cpuParams choose fewer cores or threads than a type has.
type cpuParams struct {
	CoreCount      *int
	ThreadsPerCore *int
}

// placementParams choose where an instance runs.
type placementParams struct {
	AvailabilityZone   string
	AvailabilityZoneID string `q:"AvailabilityZoneId"`
	Tenancy            string `q:",enum=default|dedicated|host"`
}

// launchParams are the parameters of RunInstances.
type launchParams struct {
	ImageID             string          `q:"ImageId,required"`
	MinCount            int             `q:",required"`
	MaxCount            int             `q:",required"`
	Mappings            []mappingParams `q:"BlockDeviceMapping"`
	InstanceType        string
	KeyName             string
	SubnetID            string            `q:"SubnetId"`
	GroupIDs            []string          `q:"SecurityGroupId"`
	GroupNames          []string          `q:"SecurityGroup"`
	Interfaces          []interfaceParams `q:"NetworkInterface"`
	PrivateIPAddress    string            `q:"PrivateIpAddress"`
	UserData            string
	ClientToken         string
	EbsOptimized        bool
	IamInstanceProfile  *profileParams
	Placement           placementParams
	CreditSpecification *struct {
		CPUCredits string `q:"CpuCredits,required,enum=standard|unlimited"`
	}
	CPUOptions *cpuParams `q:"CpuOptions"`
	Monitoring *struct {
		Enabled bool `q:",required"`
	}
	MetadataOptions       metadataParams
	InstanceMarketOptions *marketParams
	DisableAPITermination bool   `q:"DisableApiTermination"`
	DisableAPIStop        bool   `q:"DisableApiStop"`
	ShutdownBehavior      string `q:"InstanceInitiatedShutdownBehavior,enum=stop|terminate"`
	tagged
}

// maxUserData is how long user data may be before it is encoded.
const maxUserData = 16384

// check refuses what is wrong whatever the account has.
func (in *launchParams) check() error {
	if in.MinCount < 1 || in.MaxCount < in.MinCount {
		return badValue("Value (%d) for parameter maxCount is invalid. It must be at least minCount (%d), and that at least 1.", in.MaxCount, in.MinCount)
	}
	if err := checkUserData(in.UserData); err != nil {
		return err
	}
	if in.PrivateIPAddress != "" && in.MaxCount > 1 {
		return badMix("A private IP address cannot be assigned to more than one instance")
	}
	if n := len(in.Interfaces); n > 0 {
		first := in.Interfaces[0]
		switch {
		case in.SubnetID != "":
			return badMix("Network interfaces and an instance-level subnet ID may not be specified on the same request")
		case len(in.GroupIDs)+len(in.GroupNames) > 0:
			return badMix("Network interfaces and an instance-level security groups may not be specified on the same request")
		case in.PrivateIPAddress != "":
			return badMix("Network interfaces and an instance-level private IP address may not be specified on the same request")
		case n > 1:
			return refusal("AttachmentLimitExceeded", "Interface count %d exceeds the limit of this account", n)
		case first.DeviceIndex == nil:
			return missingParameter("NetworkInterface.1.DeviceIndex")
		case *first.DeviceIndex != 0 || first.NetworkCardIndex != nil && *first.NetworkCardIndex != 0:
			return badValue("The first network interface must have device index 0 and network card index 0")
		case first.PrivateIPAddress != "" && in.MaxCount > 1:
			return badMix("A private IP address cannot be assigned to more than one instance")
		}
	}
	return in.MetadataOptions.check()
}

func (m metadataParams) check() error {
	if m.HopLimit != nil && (*m.HopLimit < 1 || *m.HopLimit > 64) {
		return badValue("Value (%d) for parameter HttpPutResponseHopLimit is invalid. It must be between 1 and 64.", *m.HopLimit)
	}
	return nil
}

func checkUserData(text string) error {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return refusal("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.")
	}
	if len(b) > maxUserData {
		return badValue("User data is limited to %d bytes", maxUserData)
	}
	return nil
}

// fromInterface makes the parameters of the only interface the instance's own.
func (in *launchParams) fromInterface() (public *bool, keep bool, description string) {
	if len(in.Interfaces) == 0 {
		return nil, false, ""
	}
	n := in.Interfaces[0]
	in.SubnetID, in.GroupIDs, in.PrivateIPAddress = n.SubnetID, n.Groups, n.PrivateIPAddress
	return n.AssociatePublicIPAddress, n.DeleteOnTermination != nil && !*n.DeleteOnTermination, n.Description
}
