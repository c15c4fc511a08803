package aws

import (
	"context"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/mlinfra/mlinfra/providers"
)

// pendingOf returns what of an instance waits to be changed.
func pendingOf(got *rdstypes.DBInstance) rdstypes.PendingModifiedValues {
	if got.PendingModifiedValues == nil {
		return rdstypes.PendingModifiedValues{}
	}
	return *got.PendingModifiedValues
}

// afterWindow returns an instance as it will be.
func afterWindow(got *rdstypes.DBInstance) *rdstypes.DBInstance {
	out, p := *got, pendingOf(got)
	overlay(&out.AllocatedStorage, p.AllocatedStorage)
	overlay(&out.BackupRetentionPeriod, p.BackupRetentionPeriod)
	overlay(&out.CACertificateIdentifier, p.CACertificateIdentifier)
	overlay(&out.DBInstanceClass, p.DBInstanceClass)
	overlay(&out.DBInstanceIdentifier, p.DBInstanceIdentifier)
	overlay(&out.DbInstancePort, p.Port)
	overlay(&out.EngineVersion, p.EngineVersion)
	overlay(&out.IAMDatabaseAuthenticationEnabled, p.IAMDatabaseAuthenticationEnabled)
	overlay(&out.Iops, p.Iops)
	overlay(&out.MultiAZ, p.MultiAZ)
	overlay(&out.StorageThroughput, p.StorageThroughput)
	overlay(&out.StorageType, p.StorageType)
	if p.DBSubnetGroupName != nil {
		out.DBSubnetGroup = &rdstypes.DBSubnetGroup{DBSubnetGroupName: p.DBSubnetGroupName}
	}
	return &out
}

func overlay[T any](to **T, pending *T) {
	if pending != nil {
		*to = pending
	}
}

// updateDBInstance sends all that differs from what is there in one request.
// It waits until nothing else is under way, which the API would refuse to mix.
func updateDBInstance(ctx context.Context, c *client, was dbInstance, x *dbInstance) error {
	x.ID = was.ID
	now, err := describeDB(ctx, c, was.ID)
	if err != nil {
		return err
	}
	if !settledDB(statusOfDB(now)) {
		return providers.ErrAgain
	}
	if err := retagRDS(ctx, c, aws.ToString(now.DBInstanceArn), was.TagsAll, x.TagsAll); err != nil {
		return err
	}
	in := x.changes(was, now)
	if reflect.DeepEqual(in, unchanged(x, now)) && (!x.ApplyImmediately || reflect.DeepEqual(pendingOf(now), rdstypes.PendingModifiedValues{})) {
		return nil
	}
	_, err = c.rds.ModifyDBInstance(ctx, in)
	return err
}

// unchanged is a request that changes nothing but brings forward what waits.
func unchanged(x *dbInstance, now *rdstypes.DBInstance) *rds.ModifyDBInstanceInput {
	return &rds.ModifyDBInstanceInput{DBInstanceIdentifier: now.DBInstanceIdentifier, ApplyImmediately: &x.ApplyImmediately}
}

// changes is the request that leads from what is there to x.
func (x *dbInstance) changes(was dbInstance, now *rdstypes.DBInstance) *rds.ModifyDBInstanceInput {
	have := dbInstance{EngineVersion: x.EngineVersion, AllocatedStorage: x.AllocatedStorage, ApplyImmediately: x.ApplyImmediately}
	_ = have.fill(now) // that it is settled is known
	in := unchanged(x, now)
	in.NewDBInstanceIdentifier = another(x.Identifier, have.Identifier)
	in.DBInstanceClass = another(x.InstanceClass, have.InstanceClass)
	if v := another(x.EngineVersion, have.EngineVersion); v != nil {
		in.EngineVersion, in.AllowMajorVersionUpgrade = v, &x.AllowMajorUpgrade
	}
	x.changeStorage(in, have, now)
	x.changeLogin(in, was, have)
	in.DBPortNumber = int32Of(another(x.Port, have.Port))
	in.MultiAZ, in.PubliclyAccessible = toggled(x.MultiAZ, have.MultiAZ), toggled(x.PubliclyAccessible, have.PubliclyAccessible)
	in.DBSubnetGroupName = another(x.SubnetGroupName, have.SubnetGroupName)
	if len(x.SecurityGroupIDs) > 0 && !sameItems(x.SecurityGroupIDs, have.SecurityGroupIDs) {
		in.VpcSecurityGroupIds = x.SecurityGroupIDs
	}
	if x.BackupRetentionPeriod != nil && *x.BackupRetentionPeriod != *have.BackupRetentionPeriod {
		in.BackupRetentionPeriod = int32Of(x.BackupRetentionPeriod)
	}
	in.PreferredBackupWindow = another(x.BackupWindow, have.BackupWindow)
	in.PreferredMaintenanceWindow = another(x.MaintenanceWindow, have.MaintenanceWindow)
	in.AutoMinorVersionUpgrade = toggled(x.AutoMinorUpgrade, have.AutoMinorUpgrade)
	in.DeletionProtection = toggled(x.DeletionProtection, have.DeletionProtection)
	in.CopyTagsToSnapshot = toggled(x.CopyTagsToSnapshot, have.CopyTagsToSnapshot)
	in.DBParameterGroupName = another(x.ParameterGroupName, have.ParameterGroupName)
	in.OptionGroupName = another(x.OptionGroupName, have.OptionGroupName)
	in.CACertificateIdentifier = another(x.CACertificateID, have.CACertificateID)
	x.changeWatching(in, have)
	return in
}

// changeStorage names the size beside every change of the disk, as the API
// demands of some kinds, and never less than there is.
func (x *dbInstance) changeStorage(in *rds.ModifyDBInstanceInput, have dbInstance, now *rdstypes.DBInstance) {
	size := max(x.AllocatedStorage, int(aws.ToInt32(afterWindow(now).AllocatedStorage)))
	in.StorageType = another(x.StorageType, have.StorageType)
	in.Iops, in.StorageThroughput = int32Of(another(x.IOPS, have.IOPS)), int32Of(another(x.StorageThroughput, have.StorageThroughput))
	grown := x.AllocatedStorage != have.AllocatedStorage
	if grown || in.StorageType != nil || in.Iops != nil || in.StorageThroughput != nil {
		in.AllocatedStorage = number(size)
		if x.StorageType == "io1" || x.StorageType == "io2" {
			in.Iops = number(x.IOPS)
		}
	}
	switch {
	case x.MaxAllocatedStorage == have.MaxAllocatedStorage:
	case x.MaxAllocatedStorage == 0:
		in.MaxAllocatedStorage = number(size) // which is how growing ends
	default:
		in.MaxAllocatedStorage = number(x.MaxAllocatedStorage)
	}
}

func (x *dbInstance) changeLogin(in *rds.ModifyDBInstanceInput, was, have dbInstance) {
	in.ManageMasterUserPassword = toggled(x.ManageMasterPassword, have.ManageMasterPassword)
	if !x.ManageMasterPassword && x.Password != "" && (x.Password != was.Password || have.ManageMasterPassword) {
		in.MasterUserPassword = &x.Password
	}
	in.EnableIAMDatabaseAuthentication = toggled(x.IAMAuthentication, have.IAMAuthentication)
}

func (x *dbInstance) changeWatching(in *rds.ModifyDBInstanceInput, have dbInstance) {
	in.EnablePerformanceInsights = toggled(x.PerformanceInsights, have.PerformanceInsights)
	if x.PerformanceInsights {
		in.PerformanceInsightsRetentionPeriod = int32Of(another(x.InsightsRetention, have.InsightsRetention))
	}
	if x.MonitoringInterval != have.MonitoringInterval {
		in.MonitoringInterval = aws.Int32(int32(x.MonitoringInterval))
	}
	if x.MonitoringInterval != 0 && (in.MonitoringInterval != nil || x.MonitoringRoleARN != have.MonitoringRoleARN) {
		in.MonitoringRoleArn = optional(x.MonitoringRoleARN)
	}
	on, off := without(x.LogExports, have.LogExports), without(have.LogExports, x.LogExports)
	if len(on)+len(off) > 0 {
		in.CloudwatchLogsExportConfiguration = &rdstypes.CloudwatchLogsExportConfiguration{EnableLogTypes: on, DisableLogTypes: off}
	}
}

// another returns want if it differs from have and is not absent.
func another[T comparable](want, have T) *T {
	if want == have || want == *new(T) {
		return nil
	}
	return &want
}

func toggled(want, have bool) *bool {
	if want == have {
		return nil
	}
	return &want
}

// sameItems reports whether two lists hold the same, in any order.
func sameItems(a, b []string) bool { return len(without(a, b))+len(without(b, a)) == 0 }

// without returns the elements of a that b lacks.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}
