package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/mlinfra/mlinfra/providers"
)

type dbInstance struct {
	providers.Aside

	ID                      string     `cty:"id"                                    is:"computed"           doc:"Resource id, which stays when it is renamed."`
	Identifier              string     `cty:"identifier"                            is:"default"            doc:"Name, unique in the region; made up if absent."`
	Engine                  string     `cty:"engine"                                is:"required,replace"   doc:"Engine, such as postgres, mysql or mariadb."`
	EngineVersion           string     `cty:"engine_version"                        is:"default"            doc:"Version; its start, such as 16, takes what begins so."`
	EngineVersionActual     string     `cty:"engine_version_actual"                 is:"computed,after=engine_version" doc:"Version that is running."`
	InstanceClass           string     `cty:"instance_class"                        is:"required"           doc:"Class, such as db.t4g.micro."`
	AllocatedStorage        int        `cty:"allocated_storage"                     is:"required"           doc:"Size of the disk in GiB; it only grows."`
	MaxAllocatedStorage     int        `cty:"max_allocated_storage"                 is:"optional"           doc:"GiB up to which the disk grows by itself."`
	StorageType             string     `cty:"storage_type"                          is:"default"            doc:"Kind of disk: gp2, gp3, io1 or io2."`
	IOPS                    int        `cty:"iops"                                  is:"default,after=storage_type,after=allocated_storage" doc:"Operations a second of gp3, io1 and io2."`
	StorageThroughput       int        `cty:"storage_throughput"                    is:"default,after=storage_type,after=allocated_storage" doc:"MiB a second of gp3."`
	StorageEncrypted        bool       `cty:"storage_encrypted"                     is:"else=false,replace" doc:"Whether disk, backups and snapshots are encrypted."`
	KMSKeyID                string     `cty:"kms_key_id"                            is:"default,replace"    doc:"ARN of the key; absent means that of RDS."`
	DBName                  string     `cty:"db_name"                               is:"default,replace"    doc:"Database that it starts with."`
	Username                string     `cty:"username"                              is:"required,replace"   doc:"Name of the master user."`
	Password                string     `cty:"password"                              is:"optional,sensitive,blind" doc:"Password of the master user."`
	ManageMasterPassword    bool       `cty:"manage_master_user_password"           is:"optional"           doc:"Whether RDS keeps the password in Secrets Manager."`
	MasterUserSecret        []dbSecret `cty:"master_user_secret"                    is:"computed,after=manage_master_user_password" doc:"The password that RDS keeps."`
	Port                    int        `cty:"port"                                  is:"default"            doc:"Port that it listens on."`
	MultiAZ                 bool       `cty:"multi_az"                              is:"default"            doc:"Whether a standby waits in another zone."`
	PubliclyAccessible      bool       `cty:"publicly_accessible"                   is:"else=false"         doc:"Whether it has a public address."`
	SubnetGroupName         string     `cty:"db_subnet_group_name"                  is:"default"            doc:"Subnets it may be in; those of the default VPC if absent."`
	SecurityGroupIDs        []string   `cty:"vpc_security_group_ids"                is:"default,set"        doc:"Ids of its security groups."`
	AvailabilityZone        string     `cty:"availability_zone"                     is:"default,replace"    doc:"Zone that it is in."`
	BackupRetentionPeriod   *int       `cty:"backup_retention_period"               is:"default"            doc:"Days for which backups are kept; 0 means none."`
	BackupWindow            string     `cty:"backup_window"                         is:"default"            doc:"Time of backups in UTC, such as 03:00-03:30."`
	MaintenanceWindow       string     `cty:"maintenance_window"                    is:"default"            doc:"Time of changes in UTC, such as sun:04:00-sun:04:30."`
	AutoMinorUpgrade        bool       `cty:"auto_minor_version_upgrade"            is:"else=true"          doc:"Whether AWS installs minor versions."`
	AllowMajorUpgrade       bool       `cty:"allow_major_version_upgrade"           is:"optional,blind"     doc:"Whether engine_version may change to a new major one."`
	ApplyImmediately        bool       `cty:"apply_immediately"                     is:"else=false,blind"   doc:"Whether changes do not wait for the maintenance window."`
	DeletionProtection      bool       `cty:"deletion_protection"                   is:"else=false"         doc:"Whether deleting it is refused."`
	SkipFinalSnapshot       bool       `cty:"skip_final_snapshot"                   is:"else=false,blind"   doc:"Whether destroying it leaves no snapshot."`
	FinalSnapshotIdentifier string     `cty:"final_snapshot_identifier"             is:"optional,blind"     doc:"Name of the snapshot that destroying it leaves."`
	DeleteAutomatedBackups  bool       `cty:"delete_automated_backups"              is:"else=true,blind"    doc:"Whether destroying it deletes its backups."`
	CopyTagsToSnapshot      bool       `cty:"copy_tags_to_snapshot"                 is:"else=false"         doc:"Whether snapshots get its tags."`
	ParameterGroupName      string     `cty:"parameter_group_name"                  is:"default,after=engine_version" doc:"Parameters of the engine; its default ones if absent."`
	OptionGroupName         string     `cty:"option_group_name"                     is:"default,after=engine_version" doc:"Options of the engine; its default ones if absent."`
	CACertificateID         string     `cty:"ca_cert_identifier"                    is:"default"            doc:"Certificate authority, such as rds-ca-rsa2048-g1."`
	PerformanceInsights     bool       `cty:"performance_insights_enabled"          is:"else=false"         doc:"Whether load is recorded by query."`
	InsightsRetention       int        `cty:"performance_insights_retention_period" is:"default,after=performance_insights_enabled" doc:"Days for which it is kept: 7, months of 31, or 731."`
	MonitoringInterval      int        `cty:"monitoring_interval"                   is:"else=0"             doc:"Seconds between metrics of the system; 0 means none."`
	MonitoringRoleARN       string     `cty:"monitoring_role_arn"                   is:"default,after=monitoring_interval" doc:"ARN of the role that sends those metrics."`
	LogExports              []string   `cty:"enabled_cloudwatch_logs_exports"       is:"optional,set"       doc:"Logs that go to CloudWatch, such as postgresql."`
	IAMAuthentication       bool       `cty:"iam_database_authentication_enabled"   is:"else=false"         doc:"Whether IAM identities may log in."`
	tagging
	Address      string `cty:"address"        is:"computed,after=identifier" doc:"Host name."`
	Endpoint     string `cty:"endpoint"       is:"computed,after=identifier,after=port" doc:"Host name, a colon, port."`
	HostedZoneID string `cty:"hosted_zone_id" is:"computed" doc:"Route 53 zone of the host name."`
	ResourceID   string `cty:"resource_id"    is:"computed" doc:"Resource id, which policies of IAM name."`
	Status       string `cty:"status"         is:"computed" doc:"State, such as available."`
	ARN          string `cty:"arn"            is:"computed,after=identifier" doc:"ARN of the instance."`
}

type dbSecret struct {
	KMSKeyID     string `cty:"kms_key_id"    is:"computed" doc:"ARN of the key that encrypts it."`
	SecretARN    string `cty:"secret_arn"    is:"computed" doc:"ARN of the secret."`
	SecretStatus string `cty:"secret_status" is:"computed" doc:"State, such as active."`
}

var dbInstanceType = providers.Resource[*client, dbInstance]{
	Type:      "aws_db_instance",
	Doc:       "A managed PostgreSQL, MySQL or MariaDB.",
	Holds:     "its databases",
	Create:    createDBInstance,
	Read:      withTags(readDBInstance),
	Update:    updateDBInstance,
	Delete:    deleteDBInstance,
	Find:      findDBInstance,
	List:      listDBInstances,
	Mark:      providers.InTags,
	Normal:    normalDBInstance,
	Check:     checkDBInstance,
	Protected: protectedDB,
	Spell:     spellDBInstance,
	// What is shown depends on what is wanted: the start of a version, changes
	// that wait for the window, a disk that grows by itself.
	Shallow: true,
	Grace:   settling,
	Examples: []string{
		`resource "aws_db_instance" "example" {
  identifier          = "ml-metadata"
  engine              = "postgres"
  engine_version      = "16"
  instance_class      = "db.t4g.micro"
  allocated_storage   = 20
  username            = "mlflow"
  password            = "correct-horse-battery"
  skip_final_snapshot = true
}`,
		`resource "aws_db_instance" "example" {
  identifier              = "ml-metadata"
  engine                  = "postgres"
  engine_version          = "16"
  instance_class          = "db.t4g.small"
  allocated_storage       = 40
  storage_type            = "gp3"
  username                = "mlflow"
  password                = "staple-horse-battery"
  backup_retention_period = 7
  apply_immediately       = true
  skip_final_snapshot     = true

  tags = {
    team = "ml"
  }
}`,
		`resource "aws_db_instance" "example" {
  identifier                  = "ml-metadata"
  engine                      = "mysql"
  engine_version              = "8.0"
  instance_class              = "db.t4g.small"
  allocated_storage           = 20
  db_name                     = "mlflow"
  username                    = "mlflow"
  manage_master_user_password = true
  backup_retention_period     = 0
  skip_final_snapshot         = true
}`,
	},
}

func createDBInstance(ctx context.Context, c *client, x *dbInstance, a providers.Attempt) error {
	in := x.request(a)
	got, err := c.rds.CreateDBInstance(ctx, in)
	if err != nil {
		return err
	}
	x.Identifier = aws.ToString(in.DBInstanceIdentifier)
	x.ID = cmp.Or(aws.ToString(got.DBInstance.DbiResourceId), x.Identifier)
	return nil
}

func (x *dbInstance) request(a providers.Attempt) *rds.CreateDBInstanceInput {
	in := &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: aws.String(generated(x.Identifier, a)), Engine: &x.Engine, EngineVersion: optional(x.EngineVersion),
		DBInstanceClass: &x.InstanceClass, AllocatedStorage: number(x.AllocatedStorage), MaxAllocatedStorage: number(x.MaxAllocatedStorage),
		StorageType: optional(x.StorageType), Iops: number(x.IOPS), StorageThroughput: number(x.StorageThroughput),
		StorageEncrypted: &x.StorageEncrypted, KmsKeyId: optional(x.KMSKeyID),
		DBName: optional(x.DBName), MasterUsername: &x.Username, MasterUserPassword: optional(x.Password), Port: number(x.Port),
		PubliclyAccessible: &x.PubliclyAccessible, DBSubnetGroupName: optional(x.SubnetGroupName),
		VpcSecurityGroupIds: x.SecurityGroupIDs, AvailabilityZone: optional(x.AvailabilityZone),
		BackupRetentionPeriod: int32Of(x.BackupRetentionPeriod), PreferredBackupWindow: optional(x.BackupWindow), PreferredMaintenanceWindow: optional(x.MaintenanceWindow),
		AutoMinorVersionUpgrade: &x.AutoMinorUpgrade, DeletionProtection: &x.DeletionProtection, CopyTagsToSnapshot: &x.CopyTagsToSnapshot,
		DBParameterGroupName: optional(x.ParameterGroupName), OptionGroupName: optional(x.OptionGroupName), CACertificateIdentifier: optional(x.CACertificateID),
		EnablePerformanceInsights: &x.PerformanceInsights, PerformanceInsightsRetentionPeriod: number(x.InsightsRetention),
		MonitoringInterval: aws.Int32(int32(x.MonitoringInterval)), MonitoringRoleArn: optional(x.MonitoringRoleARN),
		EnableCloudwatchLogsExports: x.LogExports, EnableIAMDatabaseAuthentication: &x.IAMAuthentication, Tags: marked(x.TagsAll, a, newRDSTag),
	}
	if x.MultiAZ {
		in.MultiAZ = &x.MultiAZ
	}
	if x.ManageMasterPassword {
		in.ManageMasterUserPassword = &x.ManageMasterPassword
	}
	return in
}

func readDBInstance(ctx context.Context, c *client, x *dbInstance) error {
	got, err := describeDB(ctx, c, x.ID)
	if err != nil {
		return err
	}
	if x.Engine == "" {
		x.DeleteAutomatedBackups = true // an import: the usual value of what the API never shows
	}
	return x.fill(got)
}

// resourceID is an id that RDS gives; an import may give a name instead.
var resourceID = providers.NewPattern(`^db-[A-Z0-9]+$`)

// describeDB returns the instance with an id, or ErrGone.
func describeDB(ctx context.Context, c *client, id string) (*rdstypes.DBInstance, error) {
	in := &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &id}
	if resourceID.MatchString(id) {
		in = &rds.DescribeDBInstancesInput{Filters: []rdstypes.Filter{{Name: aws.String("dbi-resource-id"), Values: []string{id}}}}
	}
	got, err := c.rds.DescribeDBInstances(ctx, in)
	if err != nil {
		return nil, gone(err)
	}
	if len(got.DBInstances) == 0 {
		return nil, providers.ErrGone
	}
	return &got.DBInstances[0], nil
}

// deleteDBInstance looks at the name and the state first: the API refuses to
// delete what is on its way out.
func deleteDBInstance(ctx context.Context, c *client, x dbInstance) error {
	now, err := describeDB(ctx, c, x.ID)
	switch {
	case err != nil:
		return err
	case aws.ToString(now.DBInstanceStatus) == "deleting":
		return nil
	}
	x.DeletionProtection = aws.ToBool(now.DeletionProtection)
	if err := protectedDB(x); err != nil {
		return err
	}
	in := &rds.DeleteDBInstanceInput{
		DBInstanceIdentifier: now.DBInstanceIdentifier, SkipFinalSnapshot: &x.SkipFinalSnapshot, DeleteAutomatedBackups: &x.DeleteAutomatedBackups,
	}
	if !x.SkipFinalSnapshot {
		in.FinalDBSnapshotIdentifier = &x.FinalSnapshotIdentifier
	}
	_, err = c.rds.DeleteDBInstance(ctx, in)
	return gone(err)
}

func protectedDB(x dbInstance) error {
	switch {
	case x.DeletionProtection:
		return errors.New("deletion_protection is true: set it to false, apply that, and destroy then")
	case !x.SkipFinalSnapshot && x.FinalSnapshotIdentifier == "":
		return errors.New(noFinalSnapshot)
	}
	return nil
}

func findDBInstance(ctx context.Context, c *client, x *dbInstance, a providers.Attempt) (bool, error) {
	got, err := describeDB(ctx, c, generated(x.Identifier, a))
	if err != nil {
		return false, absent(err)
	}
	return bears(got.TagList, rdsTag, a), x.fill(got)
}

func listDBInstances(ctx context.Context, c *client, _ dbInstance) iter.Seq2[dbInstance, error] {
	p := rds.NewDescribeDBInstancesPaginator(c.rds, &rds.DescribeDBInstancesInput{MaxRecords: aws.Int32(rdsPage)})
	return pages(ctx, p, func(o *rds.DescribeDBInstancesOutput) []rdstypes.DBInstance { return o.DBInstances },
		func(x *dbInstance, got *rdstypes.DBInstance) error { return x.fill(got) })
}

// normalDBInstance spells x as the API answers.
func normalDBInstance(x *dbInstance) {
	x.Identifier, x.Engine = strings.ToLower(x.Identifier), strings.ToLower(x.Engine)
	x.MaintenanceWindow, x.SubnetGroupName = strings.ToLower(x.MaintenanceWindow), strings.ToLower(x.SubnetGroupName)
}

// fill shows what is there and, unless changes are to be made at once, what
// waits for the maintenance window: it has been asked for.
func (x *dbInstance) fill(got *rdstypes.DBInstance) error {
	waits := !reflect.DeepEqual(pendingOf(got), rdstypes.PendingModifiedValues{})
	x.EngineVersionActual = aws.ToString(got.EngineVersion)
	if !x.ApplyImmediately {
		got = afterWindow(got)
	}
	x.fillServer(got)
	x.fillPlace(got)
	x.fillHabits(got)
	if brokenDB(x.Status) {
		return fmt.Errorf("%w: the state of database %s is %s; the events of RDS say why", providers.ErrBroken, x.Identifier, x.Status)
	}
	if !settledDB(x.Status) || (waits && x.ApplyImmediately) {
		return providers.ErrNotReady
	}
	return nil
}

// settledDB reports whether a state lasts until somebody changes something.
func settledDB(status string) bool {
	return slices.Contains([]string{"available", "storage-full", "stopped", "incompatible-parameters", "incompatible-option-group"}, status)
}

// brokenDB reports whether a database never got to work.
func brokenDB(status string) bool {
	return slices.Contains([]string{"failed", "incompatible-network", "incompatible-create", "incompatible-restore", "inaccessible-encryption-credentials"}, status)
}

// statusOfDB returns the state of an instance. Its disk may be worked on for
// hours after a change, which is not in the way of anything.
func statusOfDB(got *rdstypes.DBInstance) string {
	status := aws.ToString(got.DBInstanceStatus)
	if slices.Contains([]string{"storage-optimization", "storage-initialization", "storage-config-upgrade"}, status) {
		return "available"
	}
	return status
}

func (x *dbInstance) fillServer(got *rdstypes.DBInstance) {
	x.ID, x.ResourceID = aws.ToString(got.DbiResourceId), aws.ToString(got.DbiResourceId)
	x.Identifier, x.ARN, x.Status = aws.ToString(got.DBInstanceIdentifier), aws.ToString(got.DBInstanceArn), statusOfDB(got)
	x.Engine, x.InstanceClass = aws.ToString(got.Engine), aws.ToString(got.DBInstanceClass)
	if version := aws.ToString(got.EngineVersion); !startsVersion(x.EngineVersion, version) {
		x.EngineVersion = version
	}
	x.MaxAllocatedStorage = int(aws.ToInt32(got.MaxAllocatedStorage))
	// What the disk has grown by itself is no change of what was asked for.
	if size := int(aws.ToInt32(got.AllocatedStorage)); x.MaxAllocatedStorage == 0 || x.AllocatedStorage == 0 || size < x.AllocatedStorage {
		x.AllocatedStorage = size
	}
	x.StorageType, x.IOPS, x.StorageThroughput = aws.ToString(got.StorageType), int(aws.ToInt32(got.Iops)), int(aws.ToInt32(got.StorageThroughput))
	x.StorageEncrypted, x.KMSKeyID = aws.ToBool(got.StorageEncrypted), aws.ToString(got.KmsKeyId)
	x.DBName, x.Username = aws.ToString(got.DBName), aws.ToString(got.MasterUsername)
	x.ManageMasterPassword, x.MasterUserSecret = got.MasterUserSecret != nil, nil
	if s := got.MasterUserSecret; s != nil {
		x.MasterUserSecret = []dbSecret{{KMSKeyID: aws.ToString(s.KmsKeyId), SecretARN: aws.ToString(s.SecretArn), SecretStatus: aws.ToString(s.SecretStatus)}}
	}
	x.IAMAuthentication = aws.ToBool(got.IAMDatabaseAuthenticationEnabled)
	x.TagsAll, x.Owner = tagsOf(got.TagList, rdsTag), ownerOf(got.TagList, rdsTag)
}

func (x *dbInstance) fillPlace(got *rdstypes.DBInstance) {
	x.Address, x.Endpoint, x.HostedZoneID = "", "", ""
	if p := int(aws.ToInt32(got.DbInstancePort)); p != 0 {
		x.Port = p
	}
	if e := got.Endpoint; e != nil {
		if p := int(aws.ToInt32(e.Port)); pendingOf(got).Port == nil && p != 0 {
			x.Port = p
		}
		x.Address, x.HostedZoneID = aws.ToString(e.Address), aws.ToString(e.HostedZoneId)
		x.Endpoint = fmt.Sprintf("%s:%d", x.Address, aws.ToInt32(e.Port))
	}
	x.MultiAZ, x.PubliclyAccessible, x.AvailabilityZone = aws.ToBool(got.MultiAZ), aws.ToBool(got.PubliclyAccessible), aws.ToString(got.AvailabilityZone)
	x.SubnetGroupName = ""
	if got.DBSubnetGroup != nil {
		x.SubnetGroupName = aws.ToString(got.DBSubnetGroup.DBSubnetGroupName)
	}
	x.SecurityGroupIDs = nil
	for _, g := range got.VpcSecurityGroups {
		if aws.ToString(g.Status) != "removing" {
			x.SecurityGroupIDs = append(x.SecurityGroupIDs, aws.ToString(g.VpcSecurityGroupId))
		}
	}
}

func (x *dbInstance) fillHabits(got *rdstypes.DBInstance) {
	x.BackupRetentionPeriod = new(int(aws.ToInt32(got.BackupRetentionPeriod)))
	x.BackupWindow, x.MaintenanceWindow = aws.ToString(got.PreferredBackupWindow), aws.ToString(got.PreferredMaintenanceWindow)
	x.AutoMinorUpgrade, x.DeletionProtection = aws.ToBool(got.AutoMinorVersionUpgrade), aws.ToBool(got.DeletionProtection)
	x.CopyTagsToSnapshot, x.CACertificateID = aws.ToBool(got.CopyTagsToSnapshot), aws.ToString(got.CACertificateIdentifier)
	x.ParameterGroupName, x.OptionGroupName = "", ""
	for _, g := range got.DBParameterGroups {
		x.ParameterGroupName = cmp.Or(x.ParameterGroupName, aws.ToString(g.DBParameterGroupName))
	}
	for _, g := range got.OptionGroupMemberships {
		if s := aws.ToString(g.Status); s != "removing" && s != "pending-removal" {
			x.OptionGroupName = cmp.Or(x.OptionGroupName, aws.ToString(g.OptionGroupName))
		}
	}
	x.PerformanceInsights, x.InsightsRetention = aws.ToBool(got.PerformanceInsightsEnabled), int(aws.ToInt32(got.PerformanceInsightsRetentionPeriod))
	x.MonitoringInterval, x.MonitoringRoleARN = int(aws.ToInt32(got.MonitoringInterval)), aws.ToString(got.MonitoringRoleArn)
	x.LogExports = got.EnabledCloudwatchLogsExports
}

// spellDBInstance leaves the version that runs where its start is asked for, as
// after an import, which cannot know what was asked for. Which of its two zones
// serves is up to the last failover.
func spellDBInstance(was dbInstance, x *dbInstance) {
	if was.MultiAZ && x.MultiAZ && was.AvailabilityZone != "" {
		x.AvailabilityZone = was.AvailabilityZone
	}
	if startsVersion(x.EngineVersion, was.EngineVersion) {
		x.EngineVersion = was.EngineVersion
	}
}

// startsVersion reports whether version is what was asked for: 16 asks for
// 16.4, and not for 160.
func startsVersion(asked, version string) bool {
	return asked != "" && (asked == version || strings.HasPrefix(version, asked+"."))
}
