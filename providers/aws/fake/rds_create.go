package fake

import (
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// regionUUID is a UUID that belongs to a region: of its keys and endpoints.
func regionUUID(region string) string {
	seed := uint64(7)
	for _, b := range []byte(region) {
		seed = seed*131 + uint64(b)
	}
	ids := fakecloud.IDs{Seed: seed}
	return ids.UUID()
}

// dbParams are the parameters of CreateDBInstance.
type dbParams struct {
	DBInstanceIdentifier     string `q:",required"`
	DBInstanceClass          string `q:",required"`
	Engine                   string `q:",required"`
	EngineVersion            string
	LicenseModel             string
	DBName                   string
	MasterUsername           string
	MasterUserPassword       *string
	ManageMasterUserPassword bool
	MasterUserSecretKmsKeyID string `q:"MasterUserSecretKmsKeyId"`
	DBSubnetGroupName        string
	AvailabilityZone         string
	MultiAZ                  bool
	StorageEncrypted         *bool
	KmsKeyID                 string `q:"KmsKeyId"`
	CopyTagsToSnapshot       bool
	BackupTarget             string `q:",enum=region"`
	NetworkType              string `q:",enum=IPV4"`
	EngineLifecycleSupport   string `q:",enum=open-source-rds-extended-support|open-source-rds-extended-support-disabled"`
	DedicatedLogVolume       bool
	Tags                     []tagParam `q:",item=Tag"`
	Logs                     []string   `q:"EnableCloudwatchLogsExports"`
	Port                     *int
	storageParams
	dbKnobs
}

// dbKnobs are the parameters that creating and modifying share.
type dbKnobs struct {
	AutoMinorVersionUpgrade            *bool
	BackupRetentionPeriod              *int
	CACertificateIdentifier            string
	DBParameterGroupName               string
	OptionGroupName                    string
	DatabaseInsightsMode               string `q:",enum=standard|advanced"`
	DeletionProtection                 *bool
	EnableIAMDatabaseAuthentication    *bool
	EnablePerformanceInsights          *bool
	MaxAllocatedStorage                *int
	MonitoringInterval                 *int
	MonitoringRoleArn                  string
	PerformanceInsightsRetentionPeriod *int
	PreferredBackupWindow              string
	PreferredMaintenanceWindow         string
	PubliclyAccessible                 *bool
	VpcSecurityGroupIDs                []string `q:"VpcSecurityGroupIds,item=VpcSecurityGroupId"`
}

// createDB checks everything before it makes anything.
func (c *Cloud) createDB(q *call) (any, error) {
	var in dbParams
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	tags, err := readDBTags(in.Tags)
	if err != nil {
		return nil, err
	}
	name, err := checkDBName("DBInstanceIdentifier", in.DBInstanceIdentifier, 63)
	if err != nil {
		return nil, err
	}
	d := &dbInstance{dbMeta: c.newDBMeta(q, "db", name, tags), Status: dbCreating, AutoMinor: true, CopyTags: in.CopyTagsToSnapshot,
		Mode: "standard", Network: "IPV4", Lifecycle: in.EngineLifecycleSupport, DedicatedLog: in.DedicatedLogVolume}
	if d.Lifecycle == "" {
		d.Lifecycle = "open-source-rds-extended-support"
	}
	for _, step := range []func(*call, *dbInstance, dbParams) error{c.checkNew, shapeNew, checkUser, c.encrypt} {
		if err := step(q, d, in); err != nil {
			return nil, err
		}
	}
	g, err := c.place(q, d, in)
	if err != nil {
		return nil, err
	}
	if err := c.turnKnobs(q, d, &d.Shape, in.dbKnobs); err != nil {
		return nil, err
	}
	if err := c.connect(q, d, g, d.Zone, d.SecondZone); err != nil {
		return nil, err
	}
	c.finishNew(q, d, in)
	return dbAnswer{c.dbView(d)}, nil
}

// finishNew gives d what cannot fail.
func (c *Cloud) finishNew(q *call, d *dbInstance, in dbParams) {
	d.ResourceID = "db-" + strings.ToUpper(c.s.IDs.Text(26))
	if in.ManageMasterUserPassword {
		d.Secret = c.newSecret(q)
	}
	lasts := c.o.DBReady
	if d.Shape.Retention > 0 {
		lasts -= c.o.DBReady / 4
	}
	d.become(dbCreating, q.now, lasts)
	c.s.RDS.Instances.Add(d)
}

// newSecret is the ARN of a password that RDS manages.
func (c *Cloud) newSecret(q *call) string {
	return c.arn("secretsmanager", q.region, "secret:rds!db-"+c.s.IDs.UUID()+"-"+c.s.IDs.Text(6))
}

// checkNew refuses names that are taken, and more instances than allowed.
func (c *Cloud) checkNew(q *call, d *dbInstance, _ dbParams) error {
	if dbTaken(q, c.s.RDS.Instances, d.Name) {
		return refusal("DBInstanceAlreadyExists", "DB instance already exists")
	}
	if len(c.s.RDS.Instances.Where(func(x *dbInstance) bool { return x.Region == q.region })) >= c.o.Quota.Databases {
		return refusal("InstanceQuotaExceeded", "Quota exceeded: too many DB instances")
	}
	return nil
}

// shapeNew fills the shape of d.
func shapeNew(_ *call, d *dbInstance, in dbParams) error {
	e, err := findDBEngine(in.Engine)
	if err != nil {
		return err
	}
	version, err := e.resolve(in.EngineVersion)
	if err != nil {
		return err
	}
	if in.LicenseModel != "" && in.LicenseModel != e.license {
		return badMix("Invalid license model '%s' for engine '%s'. Valid license models are: %s.", in.LicenseModel, e.name, e.license)
	}
	d.Shape = dbShape{Name: d.Name, Engine: e.name, Version: version, StorageType: "gp2", MultiAZ: in.MultiAZ, Retention: 1,
		CA: "rds-ca-rsa2048-g1", Port: e.port}
	if in.StorageType == nil && in.Iops != nil {
		d.Shape.StorageType = "io1"
	}
	if err := d.Shape.setClass(in.DBInstanceClass); err != nil {
		return err
	}
	if in.AllocatedStorage == nil {
		return missingParameter("AllocatedStorage")
	}
	if err := d.Shape.shapeStorage(in.storageParams); err != nil {
		return err
	}
	if err := d.Shape.setPort(in.Port); err != nil {
		return err
	}
	d.Logs, err = e.readLogs(version, in.Logs)
	return err
}

func (s *dbShape) setClass(class string) error {
	if !slices.Contains(dbClasses(), class) {
		return badValue("Invalid DB Instance class: %s", class)
	}
	s.Class = class
	return nil
}

func (s *dbShape) setPort(port *int) error {
	if port == nil {
		return nil
	}
	if *port < 1150 || *port > 65535 {
		return badValue("The parameter Port must be between 1150 and 65535: %d", *port)
	}
	s.Port = *port
	return nil
}

// readLogs wants logs that the engine has.
func (e dbEngine) readLogs(version string, logs []string) ([]string, error) {
	for _, l := range logs {
		if !slices.Contains(e.logs, l) {
			return nil, badMix("You cannot use the log types '%s' with engine version %s %s. For supported log types, see the documentation.", l, e.name, version)
		}
	}
	out := slices.Clone(logs)
	slices.Sort(out)
	return slices.Compact(out), nil
}

// encrypt sets the key of d.
func (c *Cloud) encrypt(q *call, d *dbInstance, in dbParams) error {
	d.Encrypted = in.StorageEncrypted != nil && *in.StorageEncrypted
	if !d.Encrypted {
		if in.KmsKeyID != "" {
			return badMix("You can't specify KmsKeyId without StorageEncrypted.")
		}
		return nil
	}
	d.KMSKey = c.defaultKey(q.region)
	if in.KmsKeyID == "" {
		return nil
	}
	key, err := c.kmsKey(q, in.KmsKeyID)
	d.KMSKey = key
	return err
}

// kmsKey returns the ARN of a key of the account. There is no key store here:
// any id is taken for a key that exists.
func (c *Cloud) kmsKey(q *call, id string) (string, error) {
	prefix := c.arn("kms", q.region, "")
	bare := strings.TrimPrefix(id, prefix)
	switch {
	case bare == "alias/aws/rds":
		return c.defaultKey(q.region), nil
	case strings.HasPrefix(bare, "alias/"):
		return prefix + bare, nil
	case kmsKeyID.MatchString(strings.TrimPrefix(bare, "key/")):
		return prefix + "key/" + strings.TrimPrefix(bare, "key/"), nil
	}
	return "", refusal("KMSKeyNotAccessibleFault", "The specified KMS key [%s] does not exist, is not enabled or you do not have permissions to access it.", id)
}
