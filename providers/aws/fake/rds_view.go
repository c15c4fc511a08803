package fake

import "strings"

// dbEndpoint is where an instance listens.
type dbEndpoint struct {
	Address      string
	Port         int
	HostedZoneId string `xml:",omitempty"` //nolint:revive // as in the API
}

// dbPendingView are the values an instance will have.
type dbPendingView struct {
	DBInstanceClass                  string `xml:",omitempty"`
	AllocatedStorage                 int    `xml:",omitempty"`
	Port                             int    `xml:",omitempty"`
	BackupRetentionPeriod            *int   `xml:",omitempty"`
	MultiAZ                          *bool  `xml:",omitempty"`
	EngineVersion                    string `xml:",omitempty"`
	Iops                             int    `xml:",omitempty"`
	DBInstanceIdentifier             string `xml:",omitempty"`
	StorageType                      string `xml:",omitempty"`
	CACertificateIdentifier          string `xml:",omitempty"`
	StorageThroughput                int    `xml:",omitempty"`
	IAMDatabaseAuthenticationEnabled *bool  `xml:",omitempty"`
}

// changed returns a pointer to the new value if it is another one.
func changed[T comparable](was, will T) *T {
	if was == will {
		return nil
	}
	return &will
}

// other returns the new value if it is another one, zero otherwise.
func other[T comparable](was, will T) (none T) {
	if was == will {
		return none
	}
	return will
}

// pendingView is what differs between the shape of d and the one it will have.
func (d *dbInstance) pendingView() dbPendingView {
	if d.Pending == nil {
		return dbPendingView{}
	}
	was, will := d.Shape, *d.Pending
	return dbPendingView{DBInstanceClass: other(was.Class, will.Class), AllocatedStorage: other(was.Storage, will.Storage),
		Port: other(was.Port, will.Port), BackupRetentionPeriod: changed(was.Retention, will.Retention),
		MultiAZ: changed(was.MultiAZ, will.MultiAZ), EngineVersion: other(was.Version, will.Version), Iops: other(was.IOPS, will.IOPS),
		DBInstanceIdentifier: other(was.Name, will.Name), StorageType: other(was.StorageType, will.StorageType),
		CACertificateIdentifier: other(was.CA, will.CA), StorageThroughput: other(was.Throughput, will.Throughput),
		IAMDatabaseAuthenticationEnabled: changed(was.IAMAuth, will.IAMAuth)}
}

type dbParameterView struct{ DBParameterGroupName, ParameterApplyStatus string }

type dbOptionView struct{ OptionGroupName, Status string }

type dbFirewallView struct{ VpcSecurityGroupId, Status string } //nolint:revive // as in the API

type dbSecretView struct{ SecretArn, SecretStatus, KmsKeyId string } //nolint:revive // as in the API

type dbCertificateView struct {
	CAIdentifier string
	ValidTill    string
}

// dbView is an instance in an answer.
type dbView struct {
	DBInstanceIdentifier               string
	DBInstanceClass                    string
	Engine                             string
	DBInstanceStatus                   string
	MasterUsername                     string
	DBName                             string      `xml:",omitempty"`
	Endpoint                           *dbEndpoint `xml:",omitempty"`
	AllocatedStorage                   int
	InstanceCreateTime                 string `xml:",omitempty"`
	PreferredBackupWindow              string
	BackupRetentionPeriod              int
	DBSecurityGroups                   struct{}
	VpcSecurityGroups                  []dbFirewallView  `xml:"VpcSecurityGroups>VpcSecurityGroupMembership"`
	DBParameterGroups                  []dbParameterView `xml:"DBParameterGroups>DBParameterGroup"`
	AvailabilityZone                   string            `xml:",omitempty"`
	DBSubnetGroup                      dbGroupView
	PreferredMaintenanceWindow         string
	PendingModifiedValues              dbPendingView
	LatestRestorableTime               string `xml:",omitempty"`
	MultiAZ                            bool
	EngineVersion                      string
	AutoMinorVersionUpgrade            bool
	ReadReplicaDBInstanceIdentifiers   struct{}
	LicenseModel                       string
	Iops                               int            `xml:",omitempty"`
	StorageThroughput                  int            `xml:",omitempty"`
	OptionGroupMemberships             []dbOptionView `xml:"OptionGroupMemberships>OptionGroupMembership"`
	SecondaryAvailabilityZone          string         `xml:",omitempty"`
	PubliclyAccessible                 bool
	StorageType                        string
	DbInstancePort                     int
	StorageEncrypted                   bool
	KmsKeyId                           string `xml:",omitempty"` //nolint:revive // as in the API
	DbiResourceId                      string //nolint:revive // as in the API
	CACertificateIdentifier            string
	DomainMemberships                  struct{}
	CopyTagsToSnapshot                 bool
	MonitoringInterval                 int
	EnhancedMonitoringResourceArn      string `xml:",omitempty"`
	MonitoringRoleArn                  string `xml:",omitempty"`
	DBInstanceArn                      string
	IAMDatabaseAuthenticationEnabled   bool
	DatabaseInsightsMode               string
	PerformanceInsightsEnabled         bool
	PerformanceInsightsKMSKeyId        string   `xml:",omitempty"` //nolint:revive // as in the API
	PerformanceInsightsRetentionPeriod int      `xml:",omitempty"`
	EnabledCloudwatchLogsExports       []string `xml:"EnabledCloudwatchLogsExports>member"`
	DeletionProtection                 bool
	AssociatedRoles                    struct{}
	MaxAllocatedStorage                int `xml:",omitempty"`
	TagList                            dbTags
	AutomaticRestartTime               string `xml:",omitempty"`
	CustomerOwnedIpEnabled             bool
	BackupTarget                       string
	NetworkType                        string

	CertificateDetails     *dbCertificateView `xml:",omitempty"`
	MasterUserSecret       *dbSecretView      `xml:",omitempty"`
	DedicatedLogVolume     bool
	EngineLifecycleSupport string
}

// defaultKey is the key that AWS manages for the databases of a region.
func (c *Cloud) defaultKey(region string) string {
	return c.arn("kms", region, "key/"+regionUUID(region))
}

// dbView shows d as it is now.
func (c *Cloud) dbView(d *dbInstance) dbView {
	e, s := d.engine(), d.Shape
	v := dbView{DBInstanceIdentifier: d.Name, DBInstanceClass: s.Class, Engine: s.Engine, DBInstanceStatus: d.Status, MasterUsername: d.User,
		DBName: d.Database, AllocatedStorage: s.Storage, PreferredBackupWindow: d.Backup, BackupRetentionPeriod: s.Retention,
		DBParameterGroups: []dbParameterView{{"default." + e.family(s.Version), "in-sync"}}, PreferredMaintenanceWindow: d.Maintenance,
		PendingModifiedValues: d.pendingView(), MultiAZ: s.MultiAZ, EngineVersion: s.Version, AutoMinorVersionUpgrade: d.AutoMinor,
		LicenseModel: e.license, Iops: s.IOPS, StorageThroughput: s.Throughput,
		OptionGroupMemberships: []dbOptionView{{e.optionGroup(s.Version), "in-sync"}}, SecondaryAvailabilityZone: d.SecondZone,
		PubliclyAccessible: d.Public, StorageType: s.StorageType, StorageEncrypted: d.Encrypted, KmsKeyId: d.KMSKey, DbiResourceId: d.ResourceID,
		CACertificateIdentifier: s.CA, CopyTagsToSnapshot: d.CopyTags, MonitoringInterval: d.Monitoring, MonitoringRoleArn: d.Monitor,
		DBInstanceArn: d.ARN, IAMDatabaseAuthenticationEnabled: s.IAMAuth, DatabaseInsightsMode: d.Mode, PerformanceInsightsEnabled: d.Insights,
		EnabledCloudwatchLogsExports: d.Logs, DeletionProtection: d.Protected, MaxAllocatedStorage: d.Ceiling, TagList: d.tagList(),
		BackupTarget: "region", NetworkType: d.Network, DedicatedLogVolume: d.DedicatedLog, EngineLifecycleSupport: d.Lifecycle}
	for _, id := range d.Groups {
		v.VpcSecurityGroups = append(v.VpcSecurityGroups, dbFirewallView{id, "active"})
	}
	if g, found := c.s.RDS.Groups.Find(d.Group); found {
		v.DBSubnetGroup = c.dbGroupView(g)
	}
	if d.Insights {
		v.PerformanceInsightsRetentionPeriod, v.PerformanceInsightsKMSKeyId = d.KeepInsight, c.defaultKey(d.Region)
	}
	if d.Secret != "" {
		v.MasterUserSecret = &dbSecretView{d.Secret, "active", c.defaultKey(d.Region)}
		if d.Status == dbCreating {
			v.MasterUserSecret.SecretStatus = "creating"
		}
	}
	if d.Status != dbCreating {
		c.showMade(d, &v)
	}
	if d.Status == dbStopped {
		v.AutomaticRestartTime = stamp(d.Until)
	}
	return v
}

// endpointCode is the account's part of the names of a region's databases.
func endpointCode(region string) string {
	return "c" + strings.ReplaceAll(regionUUID(region), "-", "")[:11]
}

// showMade adds what an instance in the making does not have yet.
func (c *Cloud) showMade(d *dbInstance, v *dbView) {
	v.InstanceCreateTime, v.AvailabilityZone = stamp(d.CreatedAt), d.Zone
	v.Endpoint = &dbEndpoint{d.Name + "." + endpointCode(d.Region) + "." + d.Region + ".rds.amazonaws.com", d.Shape.Port, ""}
	v.CertificateDetails = &dbCertificateView{d.Shape.CA, stamp(d.CreatedAt.AddDate(1, 0, 0))}
	if d.Shape.Retention > 0 && d.Status != dbBackingUp {
		v.LatestRestorableTime = stamp(d.CreatedAt)
	}
	if d.Monitoring > 0 {
		v.EnhancedMonitoringResourceArn = c.arn("logs", d.Region, "log-group:RDSOSMetrics:log-stream:"+d.ResourceID)
	}
}
