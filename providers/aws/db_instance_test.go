package aws

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mlinfra/mlinfra/providers"
)

// anInstance is what RDS answers about a small database.
func anInstance(edit func(*rdstypes.DBInstance)) *rdstypes.DBInstance {
	got := &rdstypes.DBInstance{
		DbiResourceId: aws.String("db-ABC"), DBInstanceIdentifier: aws.String("ml"), DBInstanceArn: aws.String("arn:aws:rds:eu-central-1:123456789012:db:ml"),
		DBInstanceStatus: aws.String("available"), Engine: aws.String("postgres"), EngineVersion: aws.String("16.4"), DBInstanceClass: aws.String("db.t4g.micro"),
		AllocatedStorage: aws.Int32(20), StorageType: aws.String("gp3"), Iops: aws.Int32(3000), StorageThroughput: aws.Int32(125), MasterUsername: aws.String("mlflow"),
		BackupRetentionPeriod: aws.Int32(1), AutoMinorVersionUpgrade: aws.Bool(true),
		Endpoint:              &rdstypes.Endpoint{Address: aws.String("ml.example.rds.amazonaws.com"), Port: aws.Int32(5432)},
		DBSubnetGroup:         &rdstypes.DBSubnetGroup{DBSubnetGroupName: aws.String("default")},
		PendingModifiedValues: &rdstypes.PendingModifiedValues{},
		VpcSecurityGroups:     []rdstypes.VpcSecurityGroupMembership{{VpcSecurityGroupId: aws.String("sg-1"), Status: aws.String("active")}, {VpcSecurityGroupId: aws.String("sg-0"), Status: aws.String("removing")}},
		TagList:               []rdstypes.Tag{newRDSTag("team", "ml"), newRDSTag(markTag, "t")},
	}
	if edit != nil {
		edit(got)
	}
	return got
}

// aState is what state has of the same database.
func aState(edit func(*dbInstance)) dbInstance {
	x := dbInstance{EngineVersion: "16", AllocatedStorage: 20, AutoMinorUpgrade: true, DeleteAutomatedBackups: true, SkipFinalSnapshot: true, Password: "correct-horse"}
	_ = x.fill(anInstance(nil))
	if edit != nil {
		edit(&x)
	}
	return x
}

func TestFillDBInstance(t *testing.T) {
	for name, tc := range map[string]struct {
		have  func(*dbInstance)
		got   func(*rdstypes.DBInstance)
		ready bool
		look  func(dbInstance) any
		want  any
	}{
		"the start of the version stays":         {nil, nil, true, func(x dbInstance) any { return x.EngineVersion + " " + x.EngineVersionActual }, "16 16.4"},
		"another version is a difference":        {nil, func(g *rdstypes.DBInstance) { g.EngineVersion = aws.String("17.1") }, true, func(x dbInstance) any { return x.EngineVersion }, "17.1"},
		"an unknown version is shown in full":    {func(x *dbInstance) { x.EngineVersion = "" }, nil, true, func(x dbInstance) any { return x.EngineVersion }, "16.4"},
		"groups that leave do not count":         {nil, nil, true, func(x dbInstance) any { return strings.Join(x.SecurityGroupIDs, " ") }, "sg-1"},
		"the mark is no tag":                     {nil, nil, true, func(x dbInstance) any { return len(x.TagsAll) }, 1},
		"address and port":                       {nil, nil, true, func(x dbInstance) any { return x.Endpoint }, "ml.example.rds.amazonaws.com:5432"},
		"what waits for the window is asked for": {nil, pendingClass, true, func(x dbInstance) any { return x.InstanceClass }, "db.t4g.large"},
		"what is to come at once is not there":   {func(x *dbInstance) { x.ApplyImmediately = true }, pendingClass, false, func(x dbInstance) any { return x.InstanceClass }, "db.t4g.micro"},
		"a port that waits": {nil, func(g *rdstypes.DBInstance) {
			g.PendingModifiedValues = &rdstypes.PendingModifiedValues{Port: aws.Int32(6000)}
		}, true, func(x dbInstance) any { return x.Port }, 6000},
		"growth by itself is no difference": {func(x *dbInstance) { x.MaxAllocatedStorage = 100 }, func(g *rdstypes.DBInstance) {
			g.AllocatedStorage, g.MaxAllocatedStorage = aws.Int32(30), aws.Int32(100)
		}, true, func(x dbInstance) any { return x.AllocatedStorage }, 20},
		"growth by hand is one": {nil, func(g *rdstypes.DBInstance) { g.AllocatedStorage = aws.Int32(30) }, true, func(x dbInstance) any { return x.AllocatedStorage }, 30},
		"a disk that is optimised is available": {nil, func(g *rdstypes.DBInstance) { g.DBInstanceStatus = aws.String("storage-optimization") }, true,
			func(x dbInstance) any { return x.Status }, "available"},
		"backing up is not": {nil, func(g *rdstypes.DBInstance) { g.DBInstanceStatus = aws.String("backing-up") }, false, func(x dbInstance) any { return x.Status }, "backing-up"},
		"a managed password": {nil, func(g *rdstypes.DBInstance) {
			g.MasterUserSecret = &rdstypes.MasterUserSecret{SecretArn: aws.String("arn")}
		}, true, func(x dbInstance) any { return x.ManageMasterPassword }, true},
		"a password stays": {nil, nil, true, func(x dbInstance) any { return x.Password }, "correct-horse"},
	} {
		x := aState(tc.have)
		err := x.fill(anInstance(tc.got))
		if (err == nil) != tc.ready || (err != nil && !errors.Is(err, providers.ErrNotReady)) {
			t.Errorf("%s: error %v, want ready %t", name, err, tc.ready)
		}
		if got := tc.look(x); got != tc.want {
			t.Errorf("%s: got %v, want %v", name, got, tc.want)
		}
	}
}

func pendingClass(g *rdstypes.DBInstance) {
	g.PendingModifiedValues = &rdstypes.PendingModifiedValues{DBInstanceClass: aws.String("db.t4g.large")}
}

func TestChangesOfDBInstance(t *testing.T) {
	for name, tc := range map[string]struct {
		edit func(*dbInstance)
		now  func(*rdstypes.DBInstance)
		want rds.ModifyDBInstanceInput
	}{
		"none": {func(*dbInstance) {}, nil, rds.ModifyDBInstanceInput{}},
		"the disk names its size and no speed of its own": {func(x *dbInstance) { x.AllocatedStorage = 40 }, nil,
			rds.ModifyDBInstanceInput{AllocatedStorage: aws.Int32(40)}},
		"speed names the size": {func(x *dbInstance) { x.IOPS = 12000 }, nil,
			rds.ModifyDBInstanceInput{AllocatedStorage: aws.Int32(20), Iops: aws.Int32(12000)}},
		"io1 names both": {func(x *dbInstance) { x.StorageType, x.IOPS, x.StorageThroughput = "io1", 3000, 0 }, nil,
			rds.ModifyDBInstanceInput{AllocatedStorage: aws.Int32(20), StorageType: aws.String("io1"), Iops: aws.Int32(3000)}},
		"a disk that has grown does not shrink": {func(x *dbInstance) { x.MaxAllocatedStorage, x.IOPS = 100, 12000 },
			func(g *rdstypes.DBInstance) {
				g.AllocatedStorage, g.MaxAllocatedStorage = aws.Int32(30), aws.Int32(100)
			},
			rds.ModifyDBInstanceInput{AllocatedStorage: aws.Int32(30), Iops: aws.Int32(12000)}},
		"growing by itself ends": {func(*dbInstance) {}, func(g *rdstypes.DBInstance) { g.MaxAllocatedStorage = aws.Int32(100) },
			rds.ModifyDBInstanceInput{MaxAllocatedStorage: aws.Int32(20)}},
		"a new password": {func(x *dbInstance) { x.Password = "staple-horse" }, nil, rds.ModifyDBInstanceInput{MasterUserPassword: aws.String("staple-horse")}},
		"RDS takes the password over": {func(x *dbInstance) { x.Password, x.ManageMasterPassword = "", true }, nil,
			rds.ModifyDBInstanceInput{ManageMasterUserPassword: aws.Bool(true)}},
		"and gives it back": {func(*dbInstance) {}, func(g *rdstypes.DBInstance) { g.MasterUserSecret = &rdstypes.MasterUserSecret{} },
			rds.ModifyDBInstanceInput{ManageMasterUserPassword: aws.Bool(false), MasterUserPassword: aws.String("correct-horse")}},
		"no backups":                  {func(x *dbInstance) { x.BackupRetentionPeriod = new(0) }, nil, rds.ModifyDBInstanceInput{BackupRetentionPeriod: aws.Int32(0)}},
		"a version that runs already": {func(x *dbInstance) { x.EngineVersion = "16.4" }, nil, rds.ModifyDBInstanceInput{}},
		"a major version": {func(x *dbInstance) { x.EngineVersion, x.AllowMajorUpgrade = "17", true }, nil,
			rds.ModifyDBInstanceInput{EngineVersion: aws.String("17"), AllowMajorVersionUpgrade: aws.Bool(true)}},
		"metrics off need no role": {func(x *dbInstance) { x.MonitoringRoleARN = "arn" }, func(g *rdstypes.DBInstance) {
			g.MonitoringInterval, g.MonitoringRoleArn = aws.Int32(60), aws.String("arn")
		}, rds.ModifyDBInstanceInput{MonitoringInterval: aws.Int32(0)}},
		"metrics on name it": {func(x *dbInstance) { x.MonitoringInterval, x.MonitoringRoleARN = 60, "arn" }, nil,
			rds.ModifyDBInstanceInput{MonitoringInterval: aws.Int32(60), MonitoringRoleArn: aws.String("arn")}},
		"logs": {func(x *dbInstance) { x.LogExports = []string{"postgresql"} }, func(g *rdstypes.DBInstance) { g.EnabledCloudwatchLogsExports = []string{"upgrade"} },
			rds.ModifyDBInstanceInput{CloudwatchLogsExportConfiguration: &rdstypes.CloudwatchLogsExportConfiguration{EnableLogTypes: []string{"postgresql"}, DisableLogTypes: []string{"upgrade"}}}},
		"what waits is not asked for twice": {func(x *dbInstance) { x.InstanceClass = "db.t4g.large" }, pendingClass, rds.ModifyDBInstanceInput{}},
		"what waits is taken back":          {func(*dbInstance) {}, pendingClass, rds.ModifyDBInstanceInput{DBInstanceClass: aws.String("db.t4g.micro")}},
		"what waits is made at once": {func(x *dbInstance) { x.InstanceClass, x.ApplyImmediately = "db.t4g.large", true }, pendingClass,
			rds.ModifyDBInstanceInput{DBInstanceClass: aws.String("db.t4g.large"), ApplyImmediately: aws.Bool(true)}},
		"another name": {func(x *dbInstance) { x.Identifier = "ml-2" }, nil, rds.ModifyDBInstanceInput{NewDBInstanceIdentifier: aws.String("ml-2")}},
	} {
		x := aState(tc.edit)
		got := x.changes(aState(nil), anInstance(tc.now))
		tc.want.DBInstanceIdentifier = aws.String("ml")
		if tc.want.ApplyImmediately == nil {
			tc.want.ApplyImmediately = aws.Bool(false)
		}
		if diff := cmp.Diff(&tc.want, got, cmpopts.IgnoreUnexported(rds.ModifyDBInstanceInput{}, rdstypes.CloudwatchLogsExportConfiguration{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestCheckDBInstance(t *testing.T) {
	was := aState(func(x *dbInstance) { x.EngineVersion = "16" })
	managed := aState(func(x *dbInstance) { x.Password, x.ManageMasterPassword = "", true })
	for name, tc := range map[string]struct {
		was  *dbInstance
		edit func(*dbInstance)
		want string
	}{
		"new":                         {nil, func(*dbInstance) {}, ""},
		"the same":                    {&was, func(*dbInstance) {}, ""},
		"no last snapshot":            {&was, func(x *dbInstance) { x.SkipFinalSnapshot = false }, "skip_final_snapshot = true"},
		"a last snapshot":             {&was, func(x *dbInstance) { x.SkipFinalSnapshot, x.FinalSnapshotIdentifier = false, "ml-last" }, ""},
		"its name":                    {&was, func(x *dbInstance) { x.FinalSnapshotIdentifier = "last--one" }, "final_snapshot_identifier"},
		"the name":                    {nil, func(x *dbInstance) { x.Identifier = "ml_metadata" }, `identifier "ml_metadata"`},
		"capitals are spelled small":  {nil, func(x *dbInstance) { x.Identifier = "ML" }, ""},
		"no password":                 {nil, func(x *dbInstance) { x.Password = "" }, "no password"},
		"imported without":            {&was, func(x *dbInstance) { x.Password = "" }, ""},
		"given back without":          {&managed, func(x *dbInstance) { x.Password = "" }, "no password"},
		"two passwords":               {nil, func(x *dbInstance) { x.ManageMasterPassword = true }, "manage_master_user_password"},
		"a short password":            {nil, func(x *dbInstance) { x.Password = "short" }, "at least 8"},
		"a password with a slash":     {nil, func(x *dbInstance) { x.Password = "correct/horse" }, "none of"},
		"a smaller disk":              {&was, func(x *dbInstance) { x.AllocatedStorage = 10 }, "cannot shrink"},
		"a slightly larger one":       {&was, func(x *dbInstance) { x.AllocatedStorage = 21 }, "to 22"},
		"a larger one":                {&was, func(x *dbInstance) { x.AllocatedStorage = 22 }, ""},
		"a smaller one of another":    {&was, func(x *dbInstance) { x.AllocatedStorage, x.DBName = 10, "other" }, ""},
		"no room to grow":             {&was, func(x *dbInstance) { x.MaxAllocatedStorage = 21 }, "max_allocated_storage 21"},
		"a kind of disk":              {nil, func(x *dbInstance) { x.StorageType, x.StorageThroughput = "ssd", 0 }, "storage_type"},
		"io2 without speed":           {nil, func(x *dbInstance) { x.StorageType, x.IOPS, x.StorageThroughput = "io2", 0, 0 }, "needs iops"},
		"throughput of gp2":           {nil, func(x *dbInstance) { x.StorageType = "gp2" }, "storage_throughput"},
		"a key without encryption":    {nil, func(x *dbInstance) { x.KMSKeyID = "arn:aws:kms:eu-central-1:123456789012:key/k" }, "storage_encrypted"},
		"a key's bare id":             {nil, func(x *dbInstance) { x.StorageEncrypted, x.KMSKeyID = true, "k" }, "kms_key_id"},
		"an older version":            {&was, func(x *dbInstance) { x.EngineVersion = "16.3" }, "cannot go back"},
		"an older major one":          {&was, func(x *dbInstance) { x.EngineVersion = "15" }, "cannot go back"},
		"a new major one":             {&was, func(x *dbInstance) { x.EngineVersion = "17" }, "allow_major_version_upgrade"},
		"a new major one, allowed":    {&was, func(x *dbInstance) { x.EngineVersion, x.AllowMajorUpgrade = "17", true }, ""},
		"a newer minor one":           {&was, func(x *dbInstance) { x.EngineVersion = "16.10" }, ""},
		"two zones and one":           {nil, func(x *dbInstance) { x.MultiAZ, x.AvailabilityZone = true, "eu-central-1a" }, "availability_zone"},
		"two zones of what has one":   {&was, func(x *dbInstance) { x.MultiAZ = true }, ""},
		"backup time":                 {nil, func(x *dbInstance) { x.BackupWindow = "3:00-4:00" }, "backup_window"},
		"maintenance time":            {nil, func(x *dbInstance) { x.MaintenanceWindow = "Sun:03:00-Sun:04:00" }, ""},
		"maintenance without day":     {nil, func(x *dbInstance) { x.MaintenanceWindow = "03:00-04:00" }, "maintenance_window"},
		"backups for long":            {nil, func(x *dbInstance) { x.BackupRetentionPeriod = new(36) }, "backup_retention_period 36"},
		"metrics":                     {nil, func(x *dbInstance) { x.MonitoringInterval = 20 }, "monitoring_interval 20"},
		"insights":                    {nil, func(x *dbInstance) { x.InsightsRetention = 30 }, "performance_insights_retention_period 30"},
		"insights of months":          {nil, func(x *dbInstance) { x.InsightsRetention = 62 }, ""},
		"a cluster's engine":          {nil, func(x *dbInstance) { x.Engine = "aurora-postgresql" }, "aurora"},
		"a class of EC2":              {nil, func(x *dbInstance) { x.InstanceClass = "t4g.micro" }, "instance_class"},
		"a port for root":             {nil, func(x *dbInstance) { x.Port = 80 }, "port 80"},
		"what is not known yet is no": {&dbInstance{Engine: "postgres", Username: "mlflow"}, func(*dbInstance) {}, ""},
	} {
		x := aState(tc.edit)
		err := checkDBInstance(tc.was, x)
		if got := errorText(err); (tc.want == "") != (err == nil) || !strings.Contains(got, tc.want) {
			t.Errorf("%s: error %q, want %q", name, got, tc.want)
		}
	}
}

func TestStartsVersion(t *testing.T) {
	for _, tc := range []struct {
		asked, version string
		want           bool
	}{
		{"16", "16.4", true}, {"16.4", "16.4", true}, {"8.0", "8.0.35", true}, {"1", "16.4", false}, {"16.4", "16.40", false}, {"", "16.4", false}, {"17", "16.4", false},
	} {
		if got := startsVersion(tc.asked, tc.version); got != tc.want {
			t.Errorf("%q asks for %q: %t, want %t", tc.asked, tc.version, got, tc.want)
		}
	}
}
