package fake

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// dbAccount is an account with a VPC, subnets in two zones, and a subnet group.
type dbAccount struct {
	*queryAccount
	clock   *fakecloud.ManualClock
	vpc     string
	subnets []string
	group   string // the security group
}

func newDBAccount(t *testing.T, o Options) *dbAccount {
	t.Helper()
	clock := fakecloud.NewManualClock(time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)) // a Monday
	o.Clock = clock.Now
	a := &dbAccount{queryAccount: newQueryAccount(t, "rds", o), clock: clock}
	net := a.ec2()
	a.vpc = all(net.do("CreateVpc", "CidrBlock=10.0.0.0/16"), "vpcId")[0]
	clock.Advance(o.EventualLag)
	for i, zone := range []string{"a", "b"} {
		text := net.do("CreateSubnet", "VpcId="+a.vpc, fmt.Sprintf("CidrBlock=10.0.%d.0/24", i), "AvailabilityZone=eu-central-1"+zone)
		a.subnets = append(a.subnets, all(text, "subnetId")[0])
	}
	a.group = all(net.do("CreateSecurityGroup", "VpcId="+a.vpc, "GroupName=db", "GroupDescription=db"), "groupId")[0]
	clock.Advance(o.EventualLag)
	a.do("CreateDBSubnetGroup", "DBSubnetGroupName=Main", "DBSubnetGroupDescription=d", "SubnetIds.SubnetIdentifier.1="+a.subnets[0], "SubnetIds.SubnetIdentifier.2="+a.subnets[1])
	clock.Advance(o.EventualLag)
	return a
}

// usual are the parameters of an instance, with more of them or others.
func usual(more ...string) []string {
	params := []string{"DBInstanceIdentifier=db", "DBInstanceClass=db.t4g.micro", "Engine=postgres", "AllocatedStorage=20", "MasterUsername=app",
		"MasterUserPassword=long-enough", "DBSubnetGroupName=main"}
	for _, m := range more {
		name, value, _ := strings.Cut(m, "=")
		for i, p := range params {
			if strings.HasPrefix(p, name+"=") {
				params = append(params[:i], params[i+1:]...)
				break
			}
		}
		if value != "" {
			params = append(params, m)
		}
	}
	return params
}

// state is the status of the instance db, "gone" without one.
func (a *dbAccount) state() string {
	a.t.Helper()
	status, text := a.call("DescribeDBInstances", "DBInstanceIdentifier=db")
	if status == 404 {
		return "gone"
	}
	return all(text, "DBInstanceStatus")[0]
}

// wantState wants a state now and nothing else.
func (a *dbAccount) wantState(want string) {
	a.t.Helper()
	if got := a.state(); got != want {
		a.t.Errorf("state: got %s, want %s", got, want)
	}
}

func TestDBInstanceLifeCycle(t *testing.T) {
	a := newDBAccount(t, Options{DBReady: 8 * time.Minute, Settle: time.Minute, DeleteLag: 4 * time.Minute})
	text := a.do("CreateDBInstance", usual("VpcSecurityGroupIds.VpcSecurityGroupId.1="+a.group, "Tags.Tag.1.Key=k", "Tags.Tag.1.Value=v")...)
	a.has(text, "<DBInstanceStatus>creating</DBInstanceStatus>", "<DBInstanceArn>arn:aws:rds:eu-central-1:123456789012:db:db</DBInstanceArn>", "<Key>k</Key>")
	if strings.Contains(text, "<Endpoint>") {
		t.Error("an endpoint from the start")
	}
	a.refused("DBInstanceAlreadyExists", "CreateDBInstance", usual("DBInstanceIdentifier=DB")...)
	a.refused("InvalidDBInstanceState", "ModifyDBInstance", "DBInstanceIdentifier=db", "AllocatedStorage=30")
	a.clock.Advance(6 * time.Minute)
	a.wantState("backing-up")
	a.clock.Advance(2 * time.Minute)
	a.wantState("available")
	text = a.do("DescribeDBInstances", "DBInstanceIdentifier=db")
	a.has(text, "<Address>db.", ".eu-central-1.rds.amazonaws.com</Address>", "<Port>5432</Port>", "<EngineVersion>17.4</EngineVersion>",
		"<DBParameterGroupName>default.postgres17</DBParameterGroupName>", "<VpcSecurityGroupId>"+a.group+"</VpcSecurityGroupId>", "<PubliclyAccessible>false<")
	for _, step := range []struct{ action, between, after string }{
		{"RebootDBInstance", "rebooting", "available"}, {"StopDBInstance", "stopping", "stopped"}, {"StartDBInstance", "starting", "available"},
	} {
		a.do(step.action, "DBInstanceIdentifier=db")
		a.wantState(step.between)
		a.refused("InvalidDBInstanceState", step.action, "DBInstanceIdentifier=db")
		a.clock.Advance(time.Minute)
		a.wantState(step.after)
	}
	a.do("StopDBInstance", "DBInstanceIdentifier=db")
	a.clock.Advance(time.Minute + 7*24*time.Hour)
	a.wantState("starting")
	a.clock.Advance(time.Minute)
	a.do("DeleteDBInstance", "DBInstanceIdentifier=db", "SkipFinalSnapshot=true")
	a.wantState("deleting")
	a.refused("InvalidDBInstanceState", "DeleteDBInstance", "DBInstanceIdentifier=db", "SkipFinalSnapshot=true")
	a.clock.Advance(4 * time.Minute)
	a.wantState("gone")
	a.refused("404 DBInstanceNotFound", "DeleteDBInstance", "DBInstanceIdentifier=db", "SkipFinalSnapshot=true")
}

func TestDBParameters(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		params     []string
	}{
		{"no class", "MissingParameter", []string{"DBInstanceClass="}},
		{"no engine", "MissingParameter", []string{"Engine="}},
		{"no storage", "MissingParameter", []string{"AllocatedStorage="}},
		{"a name with two hyphens", "InvalidParameterValue", []string{"DBInstanceIdentifier=a--b"}},
		{"a name with a hyphen at the end", "InvalidParameterValue", []string{"DBInstanceIdentifier=a-"}},
		{"a name from a digit", "InvalidParameterValue", []string{"DBInstanceIdentifier=1a"}},
		{"an unknown engine", "InvalidParameterValue", []string{"Engine=paper"}},
		{"an unknown version", "InvalidParameterCombination", []string{"EngineVersion=3.1"}},
		{"an unknown class", "InvalidParameterValue", []string{"DBInstanceClass=db.t9.micro"}},
		{"another license", "InvalidParameterCombination", []string{"LicenseModel=general-public-license"}},
		{"a small disk", "InvalidParameterCombination", []string{"AllocatedStorage=19"}},
		{"an unknown disk", "InvalidParameterValue", []string{"StorageType=tape"}},
		{"IOPS for gp2", "InvalidParameterCombination", []string{"StorageType=gp2", "Iops=3000"}},
		{"IOPS for a small gp3", "InvalidParameterCombination", []string{"StorageType=gp3", "Iops=3000"}},
		{"few IOPS for a large gp3", "InvalidParameterCombination", []string{"StorageType=gp3", "AllocatedStorage=400", "Iops=3000"}},
		{"io1 without IOPS", "InvalidParameterCombination", []string{"StorageType=io1", "AllocatedStorage=100"}},
		{"io1 with too many IOPS", "InvalidParameterCombination", []string{"StorageType=io1", "AllocatedStorage=100", "Iops=5001"}},
		{"a ceiling too low", "InvalidParameterCombination", []string{"MaxAllocatedStorage=21"}},
		{"a ceiling at the storage", "InvalidParameterCombination", []string{"MaxAllocatedStorage=20"}},
		{"a short password", "InvalidParameterValue", []string{"MasterUserPassword=short"}},
		{"a password with a slash", "InvalidParameterValue", []string{"MasterUserPassword=long/enough"}},
		{"no password", "InvalidParameterValue", []string{"MasterUserPassword="}},
		{"two passwords", "InvalidParameterCombination", []string{"ManageMasterUserPassword=true"}},
		{"no user", "InvalidParameterValue", []string{"MasterUsername="}},
		{"a reserved user", "InvalidParameterValue", []string{"MasterUsername=admin"}},
		{"a bad database", "InvalidParameterValue", []string{"DBName=1a"}},
		{"a low port", "InvalidParameterValue", []string{"Port=80"}},
		{"an unknown subnet group", "404 DBSubnetGroupNotFoundFault", []string{"DBSubnetGroupName=none"}},
		{"a zone without a subnet", "InvalidVPCNetworkStateFault", []string{"AvailabilityZone=eu-central-1c"}},
		{"a zone that does not exist", "InvalidParameterValue", []string{"AvailabilityZone=eu-central-1x"}},
		{"a zone for two", "InvalidParameterCombination", []string{"AvailabilityZone=eu-central-1a", "MultiAZ=true"}},
		{"an unknown firewall", "InvalidParameterValue", []string{"VpcSecurityGroupIds.VpcSecurityGroupId.1=sg-0123456789abcdef0"}},
		{"public without a gateway", "InvalidVPCNetworkStateFault", []string{"PubliclyAccessible=true"}},
		{"a long memory", "InvalidParameterValue", []string{"BackupRetentionPeriod=36"}},
		{"a wrong backup window", "InvalidParameterValue", []string{"PreferredBackupWindow=25:00-26:00"}},
		{"a short backup window", "InvalidParameterValue", []string{"PreferredBackupWindow=03:00-03:29"}},
		{"windows that meet", "InvalidParameterCombination", []string{"PreferredBackupWindow=23:45-00:30", "PreferredMaintenanceWindow=mon:00:00-mon:00:30"}},
		{"an unknown certificate", "404 CertificateNotFound", []string{"CACertificateIdentifier=rds-ca-2019"}},
		{"an unknown parameter group", "404 DBParameterGroupNotFound", []string{"DBParameterGroupName=mine"}},
		{"the parameter group of another version", "InvalidParameterCombination", []string{"DBParameterGroupName=default.postgres16"}},
		{"an unknown option group", "404 OptionGroupNotFoundFault", []string{"OptionGroupName=mine"}},
		{"logs of another engine", "InvalidParameterCombination", []string{"EnableCloudwatchLogsExports.member.1=slowquery"}},
		{"a key without encryption", "InvalidParameterCombination", []string{"KmsKeyId=alias/mine"}},
		{"a key that is none", "KMSKeyNotAccessibleFault", []string{"StorageEncrypted=true", "KmsKeyId=mine"}},
		{"monitoring without a role", "InvalidParameterCombination", []string{"MonitoringInterval=60"}},
		{"monitoring with no such role", "InvalidParameterValue", []string{"MonitoringInterval=60", "MonitoringRoleArn=arn:aws:iam::123456789012:role/none"}},
		{"odd monitoring", "InvalidParameterValue", []string{"MonitoringInterval=7"}},
		{"insights for odd days", "InvalidParameterValue", []string{"EnablePerformanceInsights=true", "PerformanceInsightsRetentionPeriod=8"}},
		{"insights on a small MySQL", "InvalidParameterCombination", []string{"Engine=mysql", "EnablePerformanceInsights=true"}},
		{"a tag of AWS", "InvalidParameterValue", []string{"Tags.Tag.1.Key=aws:x", "Tags.Tag.1.Value=v"}},
		{"an unknown parameter", "UnknownParameter", []string{"Colour=red"}},
		{"sold out", "InsufficientDBInstanceCapacity", []string{"DBInstanceClass=db.m5.large"}},
		{"sold out in the only zone left", "InsufficientDBInstanceCapacity", []string{"DBInstanceClass=db.m6g.large", "MultiAZ=true"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newDBAccount(t, Options{NoStock: map[string]bool{"db.m5.large": true, "db.m6g.large@eu-central-1b": true}})
			a.t = t
			before := a.Inventory()
			a.refused(tt.want, "CreateDBInstance", usual(tt.params...)...)
			if after := a.Inventory(); fmt.Sprint(after) != fmt.Sprint(before) {
				t.Errorf("inventory: %v, was %v", after, before)
			}
			a.ec2().do("DeleteSubnet", "SubnetId="+a.subnets[0]) // no interface was left
		})
	}
}

func TestDBDefaults(t *testing.T) {
	for _, tt := range []struct {
		name   string
		params []string
		want   []string
	}{
		{"a large gp3", []string{"StorageType=gp3", "AllocatedStorage=400"}, []string{"<Iops>12000<", "<StorageThroughput>500<"}},
		{"a small gp3", []string{"StorageType=gp3"}, []string{"<Iops>3000<", "<StorageThroughput>125<"}},
		{"IOPS alone", []string{"Iops=1000", "AllocatedStorage=100"}, []string{"<StorageType>io1<"}},
		{"a major version", []string{"EngineVersion=16"}, []string{"<EngineVersion>16.10<", "default.postgres16", "default:postgres-16"}},
		{"MySQL", []string{"Engine=mysql"}, []string{"<Port>3306<", "default.mysql8.0", "<LicenseModel>general-public-license<"}},
		{"a managed password", []string{"MasterUserPassword=", "ManageMasterUserPassword=true"}, []string{"<SecretArn>arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-"}},
		{"encryption", []string{"StorageEncrypted=true"}, []string{"<KmsKeyId>arn:aws:kms:eu-central-1:123456789012:key/"}},
		{"two zones", []string{"MultiAZ=true"}, []string{"<AvailabilityZone>eu-central-1a<", "<SecondaryAvailabilityZone>eu-central-1b<"}},
		{"sold out in one zone", []string{"DBInstanceClass=db.m6g.large"}, []string{"<AvailabilityZone>eu-central-1b<"}},
		{"a window where ours would be", []string{"PreferredMaintenanceWindow=Mon:03:00-Mon:04:00"}, []string{"<PreferredBackupWindow>04:00-04:30<", "mon:03:00-mon:04:00"}},
		{"the default VPC", []string{"DBSubnetGroupName="}, []string{"<DBSubnetGroupName>default-vpc-", "<PubliclyAccessible>true<"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newDBAccount(t, Options{NoStock: map[string]bool{"db.m6g.large@eu-central-1a": true}})
			a.t = t
			a.do("CreateDBInstance", usual(tt.params...)...)
			a.has(a.do("DescribeDBInstances"), tt.want...)
		})
	}
}

func TestDBQuota(t *testing.T) {
	a := newDBAccount(t, Options{Quota: Quota{Databases: 1}})
	a.do("CreateDBInstance", usual()...)
	a.refused("InstanceQuotaExceeded", "CreateDBInstance", usual("DBInstanceIdentifier=two")...)
}

func TestDBModifiedAtOnce(t *testing.T) {
	a := newDBAccount(t, Options{Settle: time.Minute, EventualLag: time.Second})
	a.do("CreateDBInstance", usual()...)
	a.refused("404 DBInstanceNotFound", "DescribeDBInstances", "DBInstanceIdentifier=db")
	a.clock.Advance(time.Second)
	text := a.do("ModifyDBInstance", "DBInstanceIdentifier=db", "ApplyImmediately=true", "DBInstanceClass=db.t4g.small", "AllocatedStorage=21")
	a.has(text, "<DBInstanceStatus>available<", "<DBInstanceClass>db.t4g.small<", "<AllocatedStorage>22<", "<AllocatedStorage>20<")
	a.clock.Advance(time.Second)
	a.wantState("modifying")
	a.refused("InvalidDBInstanceState", "ModifyDBInstance", "DBInstanceIdentifier=db", "MultiAZ=true")
	a.clock.Advance(time.Minute)
	a.wantState("storage-optimization")
	a.refused("InvalidParameterCombination", "ModifyDBInstance", "DBInstanceIdentifier=db", "AllocatedStorage=40")
	a.clock.Advance(time.Minute)
	text = a.do("DescribeDBInstances")
	a.has(text, "<DBInstanceStatus>available<", "<AllocatedStorage>22<", "<PendingModifiedValues></PendingModifiedValues>")
	a.refused("InvalidParameterCombination", "ModifyDBInstance", "DBInstanceIdentifier=db", "AllocatedStorage=40")
	a.clock.Advance(6 * time.Hour)
	a.refused("InvalidParameterCombination", "ModifyDBInstance", "DBInstanceIdentifier=db", "AllocatedStorage=20")
	a.do("ModifyDBInstance", "DBInstanceIdentifier=db", "AllocatedStorage=40")
}

func TestDBModifiedLater(t *testing.T) {
	a := newDBAccount(t, Options{Settle: time.Minute})
	a.do("CreateDBInstance", usual("PreferredMaintenanceWindow=tue:01:00-tue:02:00")...)
	text := a.do("ModifyDBInstance", "DBInstanceIdentifier=db", "DBInstanceClass=db.t4g.small", "DeletionProtection=true", "BackupRetentionPeriod=3")
	a.has(text, "<DBInstanceClass>db.t4g.micro<", "<DBInstanceClass>db.t4g.small<", "<DeletionProtection>true<", "<BackupRetentionPeriod>3<")
	a.clock.Advance(12*time.Hour + 59*time.Minute) // to Tuesday, 00:59
	a.wantState("available")
	a.clock.Advance(time.Minute)
	a.wantState("modifying")
	a.clock.Advance(time.Minute)
	text = a.do("DescribeDBInstances")
	a.has(text, "<DBInstanceClass>db.t4g.small<", "<PendingModifiedValues></PendingModifiedValues>", "<DBInstanceStatus>available<")
	a.do("ModifyDBInstance", "DBInstanceIdentifier=db", "DBInstanceClass=db.t4g.medium")
	text = a.do("ModifyDBInstance", "DBInstanceIdentifier=db", "DBInstanceClass=db.t4g.small")
	a.has(text, "<PendingModifiedValues></PendingModifiedValues>") // taken back
}

func TestDBModifications(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		params     []string
	}{
		{"a downgrade", "InvalidParameterCombination", []string{"EngineVersion=16.9"}},
		{"a major upgrade without leave", "InvalidParameterCombination", []string{"EngineVersion=18.1"}},
		{"a password that is none", "InvalidParameterValue", []string{"MasterUserPassword=x"}},
		{"a rotation of one's own password", "InvalidParameterCombination", []string{"RotateMasterUserPassword=true", "ApplyImmediately=true"}},
		{"another license", "InvalidParameterCombination", []string{"LicenseModel=bring-your-own-license"}},
		{"a name that is taken", "DBInstanceAlreadyExists", []string{"NewDBInstanceIdentifier=two"}},
		{"a sold out class", "InsufficientDBInstanceCapacity", []string{"DBInstanceClass=db.m5.large"}},
		{"public without a gateway", "InvalidVPCNetworkStateFault", []string{"PubliclyAccessible=true"}},
		{"an unknown firewall", "InvalidParameterValue", []string{"VpcSecurityGroupIds.VpcSecurityGroupId.1=sg-0123456789abcdef0"}},
		{"an unknown parameter", "UnknownParameter", []string{"Engine=mysql"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newDBAccount(t, Options{NoStock: map[string]bool{"db.m5.large": true}})
			a.t = t
			a.do("CreateDBInstance", usual()...)
			a.do("CreateDBInstance", usual("DBInstanceIdentifier=two")...)
			before := a.do("DescribeDBInstances", "DBInstanceIdentifier=db")
			// What is right beside the wrong must not happen either.
			a.refused(tt.want, "ModifyDBInstance", append(tt.params, "DBInstanceIdentifier=db", "DeletionProtection=true")...)
			after := a.do("DescribeDBInstances", "DBInstanceIdentifier=db")
			if cut := func(s string) string { s, _, _ = strings.Cut(s, "<ResponseMetadata>"); return s }; cut(after) != cut(before) {
				t.Errorf("changed from %s to %s", before, after)
			}
		})
	}
}

func TestDBDeletion(t *testing.T) {
	a := newDBAccount(t, Options{DeleteLag: 2 * time.Minute})
	a.do("CreateDBInstance", usual("DeletionProtection=true", "CopyTagsToSnapshot=true", "Tags.Tag.1.Key=k", "Tags.Tag.1.Value=v")...)
	remove := func(params ...string) []string { return append(params, "DBInstanceIdentifier=db") }
	a.refused("InvalidParameterCombination", "DeleteDBInstance", remove("SkipFinalSnapshot=true")...)
	a.do("ModifyDBInstance", "DBInstanceIdentifier=db", "DeletionProtection=false")
	a.refused("InvalidParameterCombination", "DeleteDBInstance", remove()...)
	a.refused("InvalidParameterCombination", "DeleteDBInstance", remove("SkipFinalSnapshot=true", "FinalDBSnapshotIdentifier=last")...)
	a.refused("InvalidParameterValue", "DeleteDBInstance", remove("FinalDBSnapshotIdentifier=-")...)
	a.do("DeleteDBInstance", remove("FinalDBSnapshotIdentifier=Last")...)
	a.refused("InvalidDBSnapshotState", "DeleteDBSnapshot", "DBSnapshotIdentifier=last")
	a.clock.Advance(2 * time.Minute)
	a.wantState("gone")
	text := a.do("DescribeDBSnapshots", "DBInstanceIdentifier=db")
	a.has(text, "<DBSnapshotIdentifier>last<", "<Status>available<", "<SnapshotType>manual<", "<Key>k</Key>")
	a.do("CreateDBInstance", usual()...)
	a.refused("DBSnapshotAlreadyExists", "DeleteDBInstance", remove("FinalDBSnapshotIdentifier=last")...)
	a.do("DeleteDBSnapshot", "DBSnapshotIdentifier=last")
	a.refused("404 DBSnapshotNotFound", "DescribeDBSnapshots", "DBSnapshotIdentifier=last")
}
