package fake

import (
	"strings"
	"time"
)

// sqlInstance is a Cloud SQL instance with its databases and users.
type sqlInstance struct {
	Kind                       string            `json:"kind,omitempty"`
	Name                       string            `json:"name,omitempty"`
	Project                    string            `json:"project,omitempty"`
	Region                     string            `json:"region,omitempty"`
	GceZone                    string            `json:"gceZone,omitempty"`
	SecondaryGceZone           string            `json:"secondaryGceZone,omitempty"`
	DatabaseVersion            string            `json:"databaseVersion,omitempty"`
	DatabaseInstalledVersion   string            `json:"databaseInstalledVersion,omitempty"`
	MaintenanceVersion         string            `json:"maintenanceVersion,omitempty"`
	State                      string            `json:"state,omitempty"`
	BackendType                string            `json:"backendType,omitempty"`
	InstanceType               string            `json:"instanceType,omitempty" enum:"SQL_INSTANCE_TYPE_UNSPECIFIED,CLOUD_SQL_INSTANCE,ON_PREMISES_INSTANCE,READ_REPLICA_INSTANCE,READ_POOL_INSTANCE,GREEN_INSTANCE"`
	ConnectionName             string            `json:"connectionName,omitempty"`
	Etag                       string            `json:"etag,omitempty"`
	SelfLink                   string            `json:"selfLink,omitempty"`
	CreateTime                 string            `json:"createTime,omitempty"`
	IPAddresses                []*sqlAddress     `json:"ipAddresses,omitempty"`
	ServerCaCert               *sqlCertificate   `json:"serverCaCert,omitempty"`
	ServiceAccountEmailAddress string            `json:"serviceAccountEmailAddress,omitempty"`
	MasterInstanceName         string            `json:"masterInstanceName,omitempty"`
	ReplicaNames               []string          `json:"replicaNames,omitempty"`
	ReplicaConfiguration       *sqlReplica       `json:"replicaConfiguration,omitempty"`
	RootPassword               string            `json:"rootPassword,omitempty"`
	DiskEncryption             *sqlEncryption    `json:"diskEncryptionConfiguration,omitempty"`
	MaxDiskSize                int64s            `json:"maxDiskSize,omitempty"`
	CurrentDiskSize            int64s            `json:"currentDiskSize,omitempty"`
	SatisfiesPzs               bool              `json:"satisfiesPzs,omitempty"`
	SQLNetworkArchitecture     string            `json:"sqlNetworkArchitecture,omitempty"`
	Tags                       map[string]string `json:"tags,omitempty"`
	Settings                   *sqlSettings      `json:"settings,omitempty"`
	Databases                  []*sqlDatabase    `json:"databases,omitempty" wire:"-"`
	Users                      []*sqlUser        `json:"users,omitempty" wire:"-"`
	CreatedAt                  time.Time         `json:"created_at" wire:"-"`
}

// sqlSettings are what can be changed of an instance.
type sqlSettings struct {
	Kind                         string              `json:"kind,omitempty"`
	SettingsVersion              int64s              `json:"settingsVersion,omitempty"`
	Tier                         string              `json:"tier,omitempty"`
	Edition                      string              `json:"edition,omitempty" enum:"EDITION_UNSPECIFIED,ENTERPRISE,ENTERPRISE_PLUS,DEVELOPER"`
	AvailabilityType             string              `json:"availabilityType,omitempty" enum:"SQL_AVAILABILITY_TYPE_UNSPECIFIED,ZONAL,REGIONAL"`
	ActivationPolicy             string              `json:"activationPolicy,omitempty" enum:"SQL_ACTIVATION_POLICY_UNSPECIFIED,ALWAYS,NEVER,ON_DEMAND"`
	PricingPlan                  string              `json:"pricingPlan,omitempty" enum:"SQL_PRICING_PLAN_UNSPECIFIED,PACKAGE,PER_USE"`
	ReplicationType              string              `json:"replicationType,omitempty" enum:"SQL_REPLICATION_TYPE_UNSPECIFIED,SYNCHRONOUS,ASYNCHRONOUS"`
	DataDiskSizeGb               int64s              `json:"dataDiskSizeGb,omitempty"`
	DataDiskType                 string              `json:"dataDiskType,omitempty" enum:"SQL_DATA_DISK_TYPE_UNSPECIFIED,PD_SSD,PD_HDD,OBSOLETE_LOCAL_SSD,HYPERDISK_BALANCED"`
	DataDiskProvisionedIops      int64s              `json:"dataDiskProvisionedIops,omitempty"`
	DataDiskProvisionedThrougput int64s              `json:"dataDiskProvisionedThroughput,omitempty"`
	StorageAutoResize            *bool               `json:"storageAutoResize,omitempty"`
	StorageAutoResizeLimit       int64s              `json:"storageAutoResizeLimit,omitempty"`
	DeletionProtectionEnabled    bool                `json:"deletionProtectionEnabled"`
	RetainBackupsOnDelete        bool                `json:"retainBackupsOnDelete,omitempty"`
	FinalBackupConfig            *sqlFinalBackup     `json:"finalBackupConfig,omitempty"`
	ConnectorEnforcement         string              `json:"connectorEnforcement,omitempty" enum:"CONNECTOR_ENFORCEMENT_UNSPECIFIED,NOT_REQUIRED,REQUIRED"`
	Collation                    string              `json:"collation,omitempty"`
	TimeZone                     string              `json:"timeZone,omitempty"`
	CrashSafeReplicationEnabled  bool                `json:"crashSafeReplicationEnabled,omitempty"`
	DatabaseReplicationEnabled   bool                `json:"databaseReplicationEnabled,omitempty"`
	EnableGoogleMlIntegration    bool                `json:"enableGoogleMlIntegration,omitempty"`
	EnableDataplexIntegration    bool                `json:"enableDataplexIntegration,omitempty"`
	DataAPIAccess                string              `json:"dataApiAccess,omitempty" enum:"DATA_API_ACCESS_UNSPECIFIED,DISALLOW_DATA_API,ALLOW_DATA_API"`
	AuthorizedGaeApplications    []string            `json:"authorizedGaeApplications,omitempty"`
	UserLabels                   map[string]string   `json:"userLabels,omitempty"`
	DatabaseFlags                []*sqlFlagSetting   `json:"databaseFlags,omitempty"`
	BackupConfiguration          *sqlBackup          `json:"backupConfiguration,omitempty"`
	IPConfiguration              *sqlIPConfiguration `json:"ipConfiguration,omitempty"`
	LocationPreference           *sqlLocation        `json:"locationPreference,omitempty"`
	MaintenanceWindow            *sqlMaintenance     `json:"maintenanceWindow,omitempty"`
	DenyMaintenancePeriods       []*sqlDenyPeriod    `json:"denyMaintenancePeriods,omitempty"`
	InsightsConfig               *sqlInsights        `json:"insightsConfig,omitempty"`
	PasswordValidationPolicy     *sqlPasswordPolicy  `json:"passwordValidationPolicy,omitempty"`
	DataCacheConfig              *sqlDataCache       `json:"dataCacheConfig,omitempty"`
	AdvancedMachineFeatures      *sqlMachineFeatures `json:"advancedMachineFeatures,omitempty"`
	ConnectionPoolConfig         *sqlPool            `json:"connectionPoolConfig,omitempty"`
}

// sqlAddress is an address of an instance.
type sqlAddress struct {
	Type         string `json:"type,omitempty"`
	IPAddress    string `json:"ipAddress,omitempty"`
	TimeToRetire string `json:"timeToRetire,omitempty"`
}

// sqlCertificate is what clients check the server with.
type sqlCertificate struct {
	Kind             string `json:"kind,omitempty"`
	CertSerialNumber string `json:"certSerialNumber,omitempty"`
	Cert             string `json:"cert,omitempty"`
	CommonName       string `json:"commonName,omitempty"`
	Sha1Fingerprint  string `json:"sha1Fingerprint,omitempty"`
	Instance         string `json:"instance,omitempty"`
	CreateTime       string `json:"createTime,omitempty"`
	ExpirationTime   string `json:"expirationTime,omitempty"`
	SelfLink         string `json:"selfLink,omitempty"`
}

// sqlReplica is how a replica follows its primary.
type sqlReplica struct {
	Kind              string `json:"kind,omitempty"`
	FailoverTarget    bool   `json:"failoverTarget,omitempty"`
	CascadableReplica bool   `json:"cascadableReplica,omitempty"`
}

// sqlEncryption is the key of the disk.
type sqlEncryption struct {
	Kind       string `json:"kind,omitempty"`
	KmsKeyName string `json:"kmsKeyName,omitempty"`
}

// sqlFinalBackup is a backup at deletion.
type sqlFinalBackup struct {
	Enabled       bool `json:"enabled,omitempty"`
	RetentionDays int  `json:"retentionDays,omitempty"`
}

// sqlFlagSetting is a setting of the database server.
type sqlFlagSetting struct {
	Name  string `json:"name,omitempty"`
	Value string `json:"value,omitempty"`
}

// sqlBackup says when backups are taken.
type sqlBackup struct {
	Kind                           string              `json:"kind,omitempty"`
	Enabled                        bool                `json:"enabled"`
	StartTime                      string              `json:"startTime,omitempty"`
	Location                       string              `json:"location,omitempty"`
	BinaryLogEnabled               bool                `json:"binaryLogEnabled,omitempty"`
	PointInTimeRecoveryEnabled     bool                `json:"pointInTimeRecoveryEnabled,omitempty"`
	ReplicationLogArchivingEnabled bool                `json:"replicationLogArchivingEnabled,omitempty"`
	TransactionLogRetentionDays    int                 `json:"transactionLogRetentionDays,omitempty"`
	TransactionalLogStorageState   string              `json:"transactionalLogStorageState,omitempty"`
	BackupTier                     string              `json:"backupTier,omitempty"`
	BackupRetentionSettings        *sqlBackupRetention `json:"backupRetentionSettings,omitempty"`
}

// sqlBackupRetention says how many backups are kept.
type sqlBackupRetention struct {
	RetentionUnit   string `json:"retentionUnit,omitempty" enum:"RETENTION_UNIT_UNSPECIFIED,COUNT"`
	RetainedBackups int    `json:"retainedBackups,omitempty"`
}

// sqlIPConfiguration is how an instance is reached.
type sqlIPConfiguration struct {
	Ipv4Enabled                             *bool            `json:"ipv4Enabled,omitempty"`
	PrivateNetwork                          string           `json:"privateNetwork,omitempty"`
	AllocatedIPRange                        string           `json:"allocatedIpRange,omitempty"`
	AuthorizedNetworks                      []*sqlAuthorized `json:"authorizedNetworks,omitempty"`
	RequireSsl                              bool             `json:"requireSsl,omitempty"`
	SslMode                                 string           `json:"sslMode,omitempty" enum:"SSL_MODE_UNSPECIFIED,ALLOW_UNENCRYPTED_AND_ENCRYPTED,ENCRYPTED_ONLY,TRUSTED_CLIENT_CERTIFICATE_REQUIRED"`
	ServerCaMode                            string           `json:"serverCaMode,omitempty" enum:"CA_MODE_UNSPECIFIED,GOOGLE_MANAGED_INTERNAL_CA,GOOGLE_MANAGED_CAS_CA,CUSTOMER_MANAGED_CAS_CA"`
	ServerCaPool                            string           `json:"serverCaPool,omitempty"`
	CustomSubjectAlternativeNames           []string         `json:"customSubjectAlternativeNames,omitempty"`
	EnablePrivatePathForGoogleCloudServices bool             `json:"enablePrivatePathForGoogleCloudServices,omitempty"`
	PscConfig                               *sqlPsc          `json:"pscConfig,omitempty"`
}

// sqlAuthorized is a range that may connect.
type sqlAuthorized struct {
	Kind           string `json:"kind,omitempty"`
	Name           string `json:"name,omitempty"`
	Value          string `json:"value,omitempty"`
	ExpirationTime string `json:"expirationTime,omitempty"`
}

// sqlPsc is Private Service Connect.
type sqlPsc struct {
	PscEnabled              bool     `json:"pscEnabled,omitempty"`
	AllowedConsumerProjects []string `json:"allowedConsumerProjects,omitempty"`
}

// sqlLocation is the zones of an instance.
type sqlLocation struct {
	Kind                 string `json:"kind,omitempty"`
	Zone                 string `json:"zone,omitempty"`
	SecondaryZone        string `json:"secondaryZone,omitempty"`
	FollowGaeApplication string `json:"followGaeApplication,omitempty"`
}

// sqlMaintenance is when an instance may be restarted.
type sqlMaintenance struct {
	Kind        string `json:"kind,omitempty"`
	Day         int    `json:"day,omitempty"`
	Hour        int    `json:"hour"`
	UpdateTrack string `json:"updateTrack,omitempty" enum:"SQL_UPDATE_TRACK_UNSPECIFIED,canary,stable,week5"`
}

// sqlDenyPeriod is when there is no maintenance.
type sqlDenyPeriod struct {
	StartDate string `json:"startDate,omitempty"`
	EndDate   string `json:"endDate,omitempty"`
	Time      string `json:"time,omitempty"`
}

// sqlInsights is query statistics.
type sqlInsights struct {
	QueryInsightsEnabled  bool `json:"queryInsightsEnabled,omitempty"`
	QueryPlansPerMinute   int  `json:"queryPlansPerMinute,omitempty"`
	QueryStringLength     int  `json:"queryStringLength,omitempty"`
	RecordApplicationTags bool `json:"recordApplicationTags,omitempty"`
	RecordClientAddress   bool `json:"recordClientAddress,omitempty"`
}

// sqlPasswordPolicy is what passwords must be like.
type sqlPasswordPolicy struct {
	EnablePasswordPolicy           bool   `json:"enablePasswordPolicy,omitempty"`
	MinLength                      int    `json:"minLength,omitempty"`
	Complexity                     string `json:"complexity,omitempty" enum:"COMPLEXITY_UNSPECIFIED,COMPLEXITY_DEFAULT"`
	ReuseInterval                  int    `json:"reuseInterval,omitempty"`
	DisallowUsernameSubstring      bool   `json:"disallowUsernameSubstring,omitempty"`
	DisallowCompromisedCredentials bool   `json:"disallowCompromisedCredentials,omitempty"`
	PasswordChangeInterval         string `json:"passwordChangeInterval,omitempty"`
}

// sqlDataCache is a cache on local disks.
type sqlDataCache struct {
	DataCacheEnabled bool `json:"dataCacheEnabled,omitempty"`
}

// sqlMachineFeatures are settings of the CPU.
type sqlMachineFeatures struct {
	ThreadsPerCore int `json:"threadsPerCore,omitempty"`
}

// sqlPool is managed connection pooling.
type sqlPool struct {
	ConnectionPoolingEnabled bool              `json:"connectionPoolingEnabled,omitempty"`
	Flags                    []*sqlFlagSetting `json:"flags,omitempty"`
}

func (i *sqlInstance) Key() string   { return "projects/" + i.Project + "/instances/" + i.Name }
func (i *sqlInstance) Title() string { return i.Name }

func (i *sqlInstance) postgres() bool { return strings.HasPrefix(i.DatabaseVersion, "POSTGRES") }

// privateNetwork is the path of the network the instance is in, or "".
func (i *sqlInstance) privateNetwork() string {
	if i.Settings == nil || i.Settings.IPConfiguration == nil {
		return ""
	}
	return shortLink(i.Settings.IPConfiguration.PrivateNetwork)
}
