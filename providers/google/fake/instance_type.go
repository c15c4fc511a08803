package fake

import (
	"strings"
	"time"
)

// instance is a virtual machine.
type instance struct {
	head
	Zone                            string               `json:"zone,omitempty"`
	MachineType                     string               `json:"machineType,omitempty"`
	Status                          string               `json:"status,omitempty"`
	StatusMessage                   string               `json:"statusMessage,omitempty"`
	Disks                           []*attachedDisk      `json:"disks,omitempty"`
	NetworkInterfaces               []*networkInterface  `json:"networkInterfaces,omitempty"`
	Metadata                        *metadata            `json:"metadata,omitempty"`
	Tags                            *tags                `json:"tags,omitempty"`
	Labels                          map[string]string    `json:"labels,omitempty"`
	LabelFingerprint                string               `json:"labelFingerprint,omitempty"`
	Fingerprint                     string               `json:"fingerprint,omitempty"`
	Scheduling                      *scheduling          `json:"scheduling,omitempty"`
	ServiceAccounts                 []*instanceAccount   `json:"serviceAccounts,omitempty"`
	GuestAccelerators               []*guestAccelerator  `json:"guestAccelerators,omitempty"`
	CanIPForward                    bool                 `json:"canIpForward,omitempty"`
	DeletionProtection              bool                 `json:"deletionProtection"`
	Hostname                        string               `json:"hostname,omitempty"`
	MinCPUPlatform                  string               `json:"minCpuPlatform,omitempty"`
	CPUPlatform                     string               `json:"cpuPlatform,omitempty"`
	StartRestricted                 bool                 `json:"startRestricted"`
	ShieldedInstanceConfig          *shieldedConfig      `json:"shieldedInstanceConfig,omitempty"`
	ShieldedInstanceIntegrityPolicy *integrityPolicy     `json:"shieldedInstanceIntegrityPolicy,omitempty"`
	ConfidentialInstanceConfig      *confidentialConfig  `json:"confidentialInstanceConfig,omitempty"`
	AdvancedMachineFeatures         *machineFeatures     `json:"advancedMachineFeatures,omitempty"`
	NetworkPerformanceConfig        *networkPerformance  `json:"networkPerformanceConfig,omitempty"`
	ReservationAffinity             *reservationAffinity `json:"reservationAffinity,omitempty"`
	DisplayDevice                   *displayDevice       `json:"displayDevice,omitempty"`
	ResourcePolicies                []string             `json:"resourcePolicies,omitempty"`
	KeyRevocationActionType         string               `json:"keyRevocationActionType,omitempty" enum:"KEY_REVOCATION_ACTION_TYPE_UNSPECIFIED,NONE,STOP"`
	PrivateIpv6GoogleAccess         string               `json:"privateIpv6GoogleAccess,omitempty" enum:"ENABLE_BIDIRECTIONAL_ACCESS_TO_GOOGLE,ENABLE_OUTBOUND_VM_ACCESS_TO_GOOGLE,INHERIT_FROM_SUBNETWORK"`
	InstanceEncryptionKey           *encryptionKey       `json:"instanceEncryptionKey,omitempty"`
	SourceMachineImage              string               `json:"sourceMachineImage,omitempty"`
	Params                          *instanceParams      `json:"params,omitempty"`
	LastStartTimestamp              string               `json:"lastStartTimestamp,omitempty"`
	LastStopTimestamp               string               `json:"lastStopTimestamp,omitempty"`
	ResourceStatus                  map[string]any       `json:"resourceStatus,omitempty"`
	Book                            instanceBook         `json:"book" wire:"-"`
}

// instanceBook is what the fake remembers of an instance.
type instanceBook struct {
	StartedAt time.Time `json:"started_at"` // for maxRunDuration
}

// attachedDisk is a disk of an instance. The parameters are not kept.
type attachedDisk struct {
	Kind                         string            `json:"kind,omitempty"`
	Type                         string            `json:"type,omitempty" enum:"PERSISTENT,SCRATCH"`
	Mode                         string            `json:"mode,omitempty" enum:"READ_ONLY,READ_WRITE"`
	SavedState                   string            `json:"savedState,omitempty"`
	Source                       string            `json:"source,omitempty"`
	DeviceName                   string            `json:"deviceName,omitempty"`
	Index                        int               `json:"index"`
	Boot                         bool              `json:"boot"`
	InitializeParams             *initializeParams `json:"initializeParams,omitempty"`
	AutoDelete                   bool              `json:"autoDelete"`
	Licenses                     []string          `json:"licenses,omitempty"`
	Interface                    string            `json:"interface,omitempty" enum:"NVME,SCSI"`
	GuestOsFeatures              []*osFeature      `json:"guestOsFeatures,omitempty"`
	DiskEncryptionKey            *encryptionKey    `json:"diskEncryptionKey,omitempty"`
	DiskSizeGb                   int64s            `json:"diskSizeGb,omitempty"`
	ForceAttach                  bool              `json:"forceAttach,omitempty"`
	Architecture                 string            `json:"architecture,omitempty" enum:"ARCHITECTURE_UNSPECIFIED,ARM64,X86_64"`
	ShieldedInstanceInitialState map[string]any    `json:"shieldedInstanceInitialState,omitempty"`
}

// initializeParams describe a disk to be made with an instance.
type initializeParams struct {
	DiskName                  string            `json:"diskName,omitempty"`
	SourceImage               string            `json:"sourceImage,omitempty"`
	SourceSnapshot            string            `json:"sourceSnapshot,omitempty"`
	DiskSizeGb                int64s            `json:"diskSizeGb,omitempty"`
	DiskType                  string            `json:"diskType,omitempty"`
	Description               string            `json:"description,omitempty"`
	Labels                    map[string]string `json:"labels,omitempty"`
	Architecture              string            `json:"architecture,omitempty" enum:"ARCHITECTURE_UNSPECIFIED,ARM64,X86_64"`
	ProvisionedIops           int64s            `json:"provisionedIops,omitempty"`
	ProvisionedThroughput     int64s            `json:"provisionedThroughput,omitempty"`
	EnableConfidentialCompute bool              `json:"enableConfidentialCompute,omitempty"`
	Licenses                  []string          `json:"licenses,omitempty"`
	OnUpdateAction            string            `json:"onUpdateAction,omitempty" enum:"RECREATE_DISK,RECREATE_DISK_IF_SOURCE_CHANGED,USE_EXISTING_DISK"`
	ReplicaZones              []string          `json:"replicaZones,omitempty"`
	ResourceManagerTags       map[string]string `json:"resourceManagerTags,omitempty"`
	ResourcePolicies          []string          `json:"resourcePolicies,omitempty"`
	SourceImageEncryptionKey  *encryptionKey    `json:"sourceImageEncryptionKey,omitempty"`
	StoragePool               string            `json:"storagePool,omitempty"`
}

// networkInterface connects an instance to a subnetwork.
type networkInterface struct {
	Kind                     string          `json:"kind,omitempty"`
	Name                     string          `json:"name,omitempty"`
	Fingerprint              string          `json:"fingerprint,omitempty"`
	Network                  string          `json:"network,omitempty"`
	Subnetwork               string          `json:"subnetwork,omitempty"`
	NetworkIP                string          `json:"networkIP,omitempty"`
	NicType                  string          `json:"nicType,omitempty" enum:"GVNIC,IDPF,IRDMA,MRDMA,UNSPECIFIED_NIC_TYPE,VIRTIO_NET"`
	StackType                string          `json:"stackType,omitempty" enum:"IPV4_IPV6,IPV4_ONLY,IPV6_ONLY"`
	AccessConfigs            []*accessConfig `json:"accessConfigs,omitempty"`
	AliasIPRanges            []*aliasRange   `json:"aliasIpRanges,omitempty"`
	Ipv6AccessConfigs        []*accessConfig `json:"ipv6AccessConfigs,omitempty"`
	Ipv6AccessType           string          `json:"ipv6AccessType,omitempty" enum:"EXTERNAL,INTERNAL"`
	Ipv6Address              string          `json:"ipv6Address,omitempty"`
	InternalIpv6PrefixLength int             `json:"internalIpv6PrefixLength,omitempty"`
	QueueCount               int             `json:"queueCount,omitempty"`
	NetworkAttachment        string          `json:"networkAttachment,omitempty"`
	ParentNicName            string          `json:"parentNicName,omitempty"`
	Vlan                     int             `json:"vlan,omitempty"`
	IgmpQuery                string          `json:"igmpQuery,omitempty" enum:"IGMP_QUERY_DISABLED,IGMP_QUERY_V2"`
}

// accessConfig gives an interface an external address.
type accessConfig struct {
	Kind                     string `json:"kind,omitempty"`
	Type                     string `json:"type,omitempty" enum:"DIRECT_IPV6,ONE_TO_ONE_NAT"`
	Name                     string `json:"name,omitempty"`
	NatIP                    string `json:"natIP,omitempty"`
	NetworkTier              string `json:"networkTier,omitempty" enum:"FIXED_STANDARD,PREMIUM,STANDARD,STANDARD_OVERRIDES_FIXED_STANDARD"`
	SetPublicPtr             bool   `json:"setPublicPtr,omitempty"`
	PublicPtrDomainName      string `json:"publicPtrDomainName,omitempty"`
	ExternalIpv6             string `json:"externalIpv6,omitempty"`
	ExternalIpv6PrefixLength int    `json:"externalIpv6PrefixLength,omitempty"`
	SecurityPolicy           string `json:"securityPolicy,omitempty"`
}

// aliasRange is a range of a subnetwork that belongs to an interface.
type aliasRange struct {
	IPCidrRange         string `json:"ipCidrRange,omitempty"`
	SubnetworkRangeName string `json:"subnetworkRangeName,omitempty"`
}

// metadata is what an instance can read about itself.
type metadata struct {
	Kind        string          `json:"kind,omitempty"`
	Fingerprint string          `json:"fingerprint,omitempty"`
	Items       []*metadataItem `json:"items,omitempty"`
}

// metadataItem is a key with its value.
type metadataItem struct {
	Key   string `json:"key,omitempty"`
	Value string `json:"value"`
}

// tags are network tags.
type tags struct {
	Items       []string `json:"items,omitempty"`
	Fingerprint string   `json:"fingerprint,omitempty"`
}

// scheduling says what happens at maintenance and when the instance ends.
type scheduling struct {
	OnHostMaintenance         string          `json:"onHostMaintenance,omitempty" enum:"MIGRATE,TERMINATE"`
	AutomaticRestart          *bool           `json:"automaticRestart,omitempty"`
	Preemptible               bool            `json:"preemptible"`
	ProvisioningModel         string          `json:"provisioningModel,omitempty" enum:"FLEX_START,RESERVATION_BOUND,SPOT,STANDARD"`
	InstanceTerminationAction string          `json:"instanceTerminationAction,omitempty" enum:"DELETE,INSTANCE_TERMINATION_ACTION_UNSPECIFIED,STOP"`
	MaxRunDuration            *duration       `json:"maxRunDuration,omitempty"`
	TerminationTime           string          `json:"terminationTime,omitempty"`
	MinNodeCpus               int             `json:"minNodeCpus,omitempty"`
	NodeAffinities            []*nodeAffinity `json:"nodeAffinities,omitempty"`
	LocationHint              string          `json:"locationHint,omitempty"`
	AvailabilityDomain        int             `json:"availabilityDomain,omitempty"`
	HostErrorTimeoutSeconds   int             `json:"hostErrorTimeoutSeconds,omitempty"`
	LocalSsdRecoveryTimeout   *duration       `json:"localSsdRecoveryTimeout,omitempty"`
	OnInstanceStopAction      *stopAction     `json:"onInstanceStopAction,omitempty"`
	SkipGuestOsShutdown       bool            `json:"skipGuestOsShutdown,omitempty"`
}

// duration is a span of time.
type duration struct {
	Seconds int64s `json:"seconds,omitempty"`
	Nanos   int    `json:"nanos,omitempty"`
}

// nodeAffinity asks for certain hosts.
type nodeAffinity struct {
	Key      string   `json:"key,omitempty"`
	Operator string   `json:"operator,omitempty" enum:"IN,NOT_IN,OPERATOR_UNSPECIFIED"`
	Values   []string `json:"values,omitempty"`
}

// stopAction says what is lost at a stop.
type stopAction struct {
	DiscardLocalSsd bool `json:"discardLocalSsd,omitempty"`
}

// instanceAccount is who an instance acts as.
type instanceAccount struct {
	Email  string   `json:"email,omitempty"`
	Scopes []string `json:"scopes,omitempty"`
}

// guestAccelerator is GPUs of an instance.
type guestAccelerator struct {
	AcceleratorType  string `json:"acceleratorType,omitempty"`
	AcceleratorCount int    `json:"acceleratorCount,omitempty"`
}

// shieldedConfig is Shielded VM.
type shieldedConfig struct {
	EnableSecureBoot          bool `json:"enableSecureBoot"`
	EnableVtpm                bool `json:"enableVtpm"`
	EnableIntegrityMonitoring bool `json:"enableIntegrityMonitoring"`
}

// integrityPolicy is what a Shielded VM learns.
type integrityPolicy struct {
	UpdateAutoLearnPolicy bool `json:"updateAutoLearnPolicy,omitempty"`
}

// confidentialConfig is Confidential VM.
type confidentialConfig struct {
	EnableConfidentialCompute bool   `json:"enableConfidentialCompute,omitempty"`
	ConfidentialInstanceType  string `json:"confidentialInstanceType,omitempty" enum:"BMSAI,CCA,CONFIDENTIAL_INSTANCE_TYPE_UNSPECIFIED,SEV,SEV_SNP,TDX"`
}

// machineFeatures are settings of the CPU.
type machineFeatures struct {
	EnableNestedVirtualization bool   `json:"enableNestedVirtualization,omitempty"`
	EnableUefiNetworking       bool   `json:"enableUefiNetworking,omitempty"`
	PerformanceMonitoringUnit  string `json:"performanceMonitoringUnit,omitempty" enum:"ARCHITECTURAL,ENHANCED,PERFORMANCE_MONITORING_UNIT_UNSPECIFIED,STANDARD"`
	ThreadsPerCore             int    `json:"threadsPerCore,omitempty"`
	TurboMode                  string `json:"turboMode,omitempty"`
	VisibleCoreCount           int    `json:"visibleCoreCount,omitempty"`
}

// networkPerformance is the bandwidth tier.
type networkPerformance struct {
	TotalEgressBandwidthTier string `json:"totalEgressBandwidthTier,omitempty" enum:"DEFAULT,TIER_1"`
}

// reservationAffinity says which reservations an instance uses.
type reservationAffinity struct {
	ConsumeReservationType string   `json:"consumeReservationType,omitempty" enum:"ANY_RESERVATION,NO_RESERVATION,SPECIFIC_RESERVATION,UNSPECIFIED"`
	Key                    string   `json:"key,omitempty"`
	Values                 []string `json:"values,omitempty"`
}

// displayDevice is a virtual display.
type displayDevice struct {
	EnableDisplay bool `json:"enableDisplay"`
}

// instanceParams are given at insert only, and not shown.
type instanceParams struct {
	ResourceManagerTags     map[string]string `json:"resourceManagerTags,omitempty"`
	RequestValidForDuration *duration         `json:"requestValidForDuration,omitempty"`
}

func (i *instance) assign(m map[string]any) error { return fill(i, m) }

func (i *instance) zone() string   { return strings.Split(i.Key(), "/")[3] }
func (i *instance) region() string { return regionOf(i.zone()) }

func (i *instance) machine() machineType {
	t, _ := findMachineType(i.zone(), base(i.MachineType))
	return t
}
