package fake

import "time"

// bucket is a bucket of Cloud Storage.
type bucket struct {
	Kind                  string            `json:"kind,omitempty"`
	ID                    string            `json:"id,omitempty"`
	SelfLink              string            `json:"selfLink,omitempty"`
	Name                  string            `json:"name,omitempty"`
	ProjectNumber         int64s            `json:"projectNumber,omitempty"`
	Generation            int64s            `json:"generation,omitempty"`
	Metageneration        int64s            `json:"metageneration,omitempty"`
	Location              string            `json:"location,omitempty"`
	LocationType          string            `json:"locationType,omitempty"`
	StorageClass          string            `json:"storageClass,omitempty"`
	Etag                  string            `json:"etag,omitempty"`
	TimeCreated           string            `json:"timeCreated,omitempty"`
	Updated               string            `json:"updated,omitempty"`
	Labels                map[string]string `json:"labels,omitempty"`
	Versioning            *toggle           `json:"versioning,omitempty"`
	Lifecycle             *lifecycle        `json:"lifecycle,omitempty"`
	Cors                  []*corsRule       `json:"cors,omitempty"`
	IamConfiguration      *iamConfiguration `json:"iamConfiguration,omitempty"`
	SoftDeletePolicy      *softDelete       `json:"softDeletePolicy,omitempty"`
	RetentionPolicy       *retention        `json:"retentionPolicy,omitempty"`
	Autoclass             *autoclass        `json:"autoclass,omitempty"`
	Encryption            *bucketEncryption `json:"encryption,omitempty"`
	Rpo                   string            `json:"rpo,omitempty"`
	Website               *website          `json:"website,omitempty"`
	Logging               *accessLogging    `json:"logging,omitempty"`
	Billing               *requesterPays    `json:"billing,omitempty"`
	HierarchicalNamespace *toggle           `json:"hierarchicalNamespace,omitempty"`
	CustomPlacementConfig *placement        `json:"customPlacementConfig,omitempty"`
	ObjectRetention       *objectRetention  `json:"objectRetention,omitempty"`
	DefaultEventBasedHold bool              `json:"defaultEventBasedHold,omitempty"`
	IPFilter              *ipFilter         `json:"ipFilter,omitempty"`
	ACL                   []*accessControl  `json:"acl,omitempty"`
	DefaultObjectACL      []*accessControl  `json:"defaultObjectAcl,omitempty"`
	Owner                 map[string]string `json:"owner,omitempty"`
	SatisfiesPZS          bool              `json:"satisfiesPZS,omitempty"`
	SatisfiesPZI          bool              `json:"satisfiesPZI,omitempty"`
	SoftDeleteTime        string            `json:"softDeleteTime,omitempty"`
	HardDeleteTime        string            `json:"hardDeleteTime,omitempty"`
	Book                  bucketBook        `json:"book" wire:"-"`
}

// bucketBook is what the fake remembers of a bucket.
type bucketBook struct {
	Project   string    `json:"project"`
	CreatedAt time.Time `json:"created_at"`
	Policy    policy    `json:"policy"`
}

// toggle is a feature that is on or off.
type toggle struct {
	Enabled bool `json:"enabled"`
}

// lifecycle is what happens to objects by themselves.
type lifecycle struct {
	Rule []*lifecycleRule `json:"rule,omitempty"`
}

// lifecycleRule is an action and when it happens.
type lifecycleRule struct {
	Action    *lifecycleAction    `json:"action,omitempty"`
	Condition *lifecycleCondition `json:"condition,omitempty"`
}

// lifecycleAction is what a rule does.
type lifecycleAction struct {
	Type         string `json:"type,omitempty"`
	StorageClass string `json:"storageClass,omitempty"`
}

// lifecycleCondition is when a rule applies; all fields that are set must hold.
type lifecycleCondition struct {
	Age                     *int     `json:"age,omitempty"`
	CreatedBefore           string   `json:"createdBefore,omitempty"`
	CustomTimeBefore        string   `json:"customTimeBefore,omitempty"`
	DaysSinceCustomTime     *int     `json:"daysSinceCustomTime,omitempty"`
	DaysSinceNoncurrentTime *int     `json:"daysSinceNoncurrentTime,omitempty"`
	IsLive                  *bool    `json:"isLive,omitempty"`
	MatchesPattern          string   `json:"matchesPattern,omitempty"`
	MatchesPrefix           []string `json:"matchesPrefix,omitempty"`
	MatchesSuffix           []string `json:"matchesSuffix,omitempty"`
	MatchesStorageClass     []string `json:"matchesStorageClass,omitempty"`
	NoncurrentTimeBefore    string   `json:"noncurrentTimeBefore,omitempty"`
	NumNewerVersions        *int     `json:"numNewerVersions,omitempty"`
	SizeAboveBytes          *int64s  `json:"sizeAboveBytes,omitempty"`
	SizeBelowBytes          *int64s  `json:"sizeBelowBytes,omitempty"`
}

// corsRule lets other sites read a bucket.
type corsRule struct {
	Origin         []string `json:"origin,omitempty"`
	Method         []string `json:"method,omitempty"`
	ResponseHeader []string `json:"responseHeader,omitempty"`
	MaxAgeSeconds  int      `json:"maxAgeSeconds,omitempty"`
}

// iamConfiguration says how access is decided.
type iamConfiguration struct {
	UniformBucketLevelAccess *uniformAccess `json:"uniformBucketLevelAccess,omitempty"`
	BucketPolicyOnly         *uniformAccess `json:"bucketPolicyOnly,omitempty"`
	PublicAccessPrevention   string         `json:"publicAccessPrevention,omitempty"`
}

// uniformAccess switches ACLs off.
type uniformAccess struct {
	Enabled    bool   `json:"enabled"`
	LockedTime string `json:"lockedTime,omitempty"`
}

// softDelete keeps deleted objects for a while.
type softDelete struct {
	RetentionDurationSeconds *int64s `json:"retentionDurationSeconds,omitempty"`
	EffectiveTime            string  `json:"effectiveTime,omitempty"`
}

// retention is how long objects cannot be deleted.
type retention struct {
	RetentionPeriod int64s `json:"retentionPeriod,omitempty"`
	EffectiveTime   string `json:"effectiveTime,omitempty"`
	IsLocked        bool   `json:"isLocked,omitempty"`
}

// autoclass moves objects between classes.
type autoclass struct {
	Enabled                        bool   `json:"enabled"`
	ToggleTime                     string `json:"toggleTime,omitempty"`
	TerminalStorageClass           string `json:"terminalStorageClass,omitempty"`
	TerminalStorageClassUpdateTime string `json:"terminalStorageClassUpdateTime,omitempty"`
}

// bucketEncryption is the key of new objects.
type bucketEncryption struct {
	DefaultKmsKeyName string `json:"defaultKmsKeyName,omitempty"`
}

// website serves a bucket as a site.
type website struct {
	MainPageSuffix string `json:"mainPageSuffix,omitempty"`
	NotFoundPage   string `json:"notFoundPage,omitempty"`
}

// accessLogging writes logs to another bucket.
type accessLogging struct {
	LogBucket       string `json:"logBucket,omitempty"`
	LogObjectPrefix string `json:"logObjectPrefix,omitempty"`
}

// requesterPays lets readers pay.
type requesterPays struct {
	RequesterPays bool `json:"requesterPays"`
}

// placement is the pair of regions of a dual-region bucket.
type placement struct {
	DataLocations []string `json:"dataLocations,omitempty"`
}

// objectRetention lets objects have their own retention.
type objectRetention struct {
	Mode string `json:"mode,omitempty"`
}

// ipFilter limits where requests come from.
type ipFilter struct {
	Mode                       string         `json:"mode,omitempty"`
	AllowCrossOrgVpcs          bool           `json:"allowCrossOrgVpcs,omitempty"`
	AllowAllServiceAgentAccess bool           `json:"allowAllServiceAgentAccess,omitempty"`
	PublicNetworkSource        *networkSource `json:"publicNetworkSource,omitempty"`
}

// networkSource is ranges that may send requests.
type networkSource struct {
	AllowedIPCidrRanges []string `json:"allowedIpCidrRanges,omitempty"`
}

// accessControl is an entry of an ACL.
type accessControl struct {
	Kind   string `json:"kind,omitempty"`
	Entity string `json:"entity,omitempty"`
	Role   string `json:"role,omitempty"`
	Email  string `json:"email,omitempty"`
	Domain string `json:"domain,omitempty"`
	Bucket string `json:"bucket,omitempty"`
	Etag   string `json:"etag,omitempty"`
	ID     string `json:"id,omitempty"`
}

func (b *bucket) Key() string   { return b.Name }
func (b *bucket) Title() string { return b.Name }

func (b *bucket) uniform() bool {
	i := b.IamConfiguration
	return i != nil && i.UniformBucketLevelAccess != nil && i.UniformBucketLevelAccess.Enabled
}

func (b *bucket) versioned() bool { return b.Versioning != nil && b.Versioning.Enabled }
