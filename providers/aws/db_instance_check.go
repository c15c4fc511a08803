package aws

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

const noFinalSnapshot = "skip_final_snapshot is false and there is no final_snapshot_identifier: name the snapshot that destroying it leaves, or set skip_final_snapshot = true"

func checkDBInstance(was *dbInstance, x dbInstance) error {
	normalDBInstance(&x)
	if was != nil && x.replaces(*was) {
		was = nil
	}
	for _, check := range []func() error{
		func() error { return checkRDSName("identifier", x.Identifier, 63) },
		func() error { return x.checkEnd() },
		func() error { return x.checkLogin(was) },
		func() error { return x.checkStorage(was) },
		func() error { return x.checkTimes() },
		func() error { return x.checkSettings(was) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// replaces reports whether x needs a new instance, which may be smaller.
func (x dbInstance) replaces(was dbInstance) bool {
	differ := func(want, have string) bool { return want != "" && want != have }
	return x.Engine != was.Engine || x.Username != was.Username || x.StorageEncrypted != was.StorageEncrypted ||
		differ(x.KMSKeyID, was.KMSKeyID) || differ(x.DBName, was.DBName) || differ(x.AvailabilityZone, was.AvailabilityZone)
}

func (x dbInstance) checkEnd() error {
	if !x.SkipFinalSnapshot && x.FinalSnapshotIdentifier == "" {
		return errors.New(noFinalSnapshot)
	}
	return checkRDSName("final_snapshot_identifier", strings.ToLower(x.FinalSnapshotIdentifier), 255)
}

func (x dbInstance) checkLogin(was *dbInstance) error {
	switch {
	case x.ManageMasterPassword && x.Password != "":
		return errors.New("password does not go with manage_master_user_password = true: RDS makes one")
	case !x.ManageMasterPassword && x.Password == "" && (was == nil || was.ManageMasterPassword):
		return errors.New("the master user has no password: write password, or manage_master_user_password = true")
	case x.Password != "" && (len(x.Password) < 8 || strings.ContainsAny(x.Password, `/@" `)):
		return errors.New(`password has at least 8 characters, and none of / @ " and spaces`)
	}
	return nil
}

// diskTypes are the kinds of disk.
var diskTypes = []string{"standard", "gp2", "gp3", "io1", "io2"}

func (x dbInstance) checkStorage(was *dbInstance) error {
	provisioned := x.StorageType == "io1" || x.StorageType == "io2"
	switch {
	case x.StorageType != "" && !slices.Contains(diskTypes, x.StorageType):
		return fmt.Errorf("storage_type %q is none of %s", x.StorageType, strings.Join(diskTypes, ", "))
	case provisioned && x.IOPS == 0 && was == nil:
		return fmt.Errorf("storage_type %q needs iops", x.StorageType)
	case x.StorageThroughput != 0 && x.StorageType != "" && x.StorageType != "gp3":
		return fmt.Errorf(`storage_throughput is for storage_type = "gp3", not for %s`, x.StorageType)
	case x.KMSKeyID != "" && !x.StorageEncrypted:
		return errors.New("kms_key_id needs storage_encrypted = true")
	case x.MaxAllocatedStorage != 0 && x.MaxAllocatedStorage*10 < x.AllocatedStorage*11:
		return fmt.Errorf("max_allocated_storage %d is not 10 %% above allocated_storage %d", x.MaxAllocatedStorage, x.AllocatedStorage)
	case was == nil:
		return checkKey(x.KMSKeyID)
	case x.AllocatedStorage < was.AllocatedStorage:
		return fmt.Errorf("allocated_storage %d: the disk has %d GiB and cannot shrink", x.AllocatedStorage, was.AllocatedStorage)
	case x.AllocatedStorage > was.AllocatedStorage && x.AllocatedStorage*10 < was.AllocatedStorage*11:
		return fmt.Errorf("allocated_storage %d: the disk has %d GiB and grows by 10 %% at least, to %d", x.AllocatedStorage, was.AllocatedStorage, (was.AllocatedStorage*11+9)/10)
	}
	return nil
}

const clockTime = `([01]\d|2[0-3]):[0-5]\d`

var (
	backupWindow      = providers.NewPattern(`^` + clockTime + `-` + clockTime + `$`)
	maintenanceWindow = providers.NewPattern(`^(mon|tue|wed|thu|fri|sat|sun):` + clockTime + `-(mon|tue|wed|thu|fri|sat|sun):` + clockTime + `$`)
)

func (x dbInstance) checkTimes() error {
	switch days := x.BackupRetentionPeriod; {
	case x.BackupWindow != "" && !backupWindow.MatchString(x.BackupWindow):
		return fmt.Errorf("backup_window %q is not a time such as 03:00-03:30", x.BackupWindow)
	case x.MaintenanceWindow != "" && !maintenanceWindow.MatchString(x.MaintenanceWindow):
		return fmt.Errorf("maintenance_window %q is not a time such as sun:04:00-sun:04:30", x.MaintenanceWindow)
	case days != nil && (*days < 0 || *days > 35):
		return fmt.Errorf("backup_retention_period %d is not between 0 and 35 days", *days)
	}
	return nil
}

func (x dbInstance) checkSettings(was *dbInstance) error {
	switch {
	case strings.HasPrefix(x.Engine, "aurora"):
		return fmt.Errorf("engine %q is a cluster's; aws_db_instance has postgres, mysql, mariadb and others", x.Engine)
	case !strings.HasPrefix(x.InstanceClass, "db."):
		return fmt.Errorf("instance_class %q does not begin with db., as in db.t4g.micro", x.InstanceClass)
	case x.Port != 0 && (x.Port < 1150 || x.Port > 65535):
		return fmt.Errorf("port %d is not between 1150 and 65535", x.Port)
	case !slices.Contains([]int{0, 1, 5, 10, 15, 30, 60}, x.MonitoringInterval):
		return fmt.Errorf("monitoring_interval %d is none of 0, 1, 5, 10, 15, 30 and 60", x.MonitoringInterval)
	case !insightsPeriod(x.InsightsRetention):
		return fmt.Errorf("performance_insights_retention_period %d is neither 7 nor 731 nor a multiple of 31 up to 713", x.InsightsRetention)
	case was == nil && x.MultiAZ && x.AvailabilityZone != "":
		return errors.New("availability_zone does not go with multi_az = true: AWS chooses two zones")
	case was == nil || x.EngineVersion == "" || was.EngineVersionActual == "":
	case olderVersion(x.EngineVersion, was.EngineVersionActual):
		return fmt.Errorf("engine_version %s: %s is running and cannot go back; write that, or only its start", x.EngineVersion, was.EngineVersionActual)
	case !x.AllowMajorUpgrade && major(x.Engine, x.EngineVersion) != major(x.Engine, was.EngineVersionActual):
		return fmt.Errorf("engine_version %s: a new major version after %s needs allow_major_version_upgrade = true", x.EngineVersion, was.EngineVersionActual)
	}
	return nil
}

// insightsPeriod reports whether days is a period that can be chosen; 0 leaves
// the choice to AWS.
func insightsPeriod(days int) bool {
	return days == 0 || days == 7 || days == 731 || (days%31 == 0 && days > 0 && days <= 23*31)
}

// olderVersion compares versions such as 16.4 and 8.0 number by number, as far
// as both go.
func olderVersion(a, b string) bool {
	left, right := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(left), len(right)) {
		l, _ := strconv.Atoi(left[i])
		r, _ := strconv.Atoi(right[i])
		if c := cmp.Compare(l, r); c != 0 {
			return c < 0
		}
	}
	return false
}

// major is the part of a version that only goes up when one asks for it.
func major(engine, version string) string {
	parts := strings.Split(version, ".")
	if engine == "postgres" {
		return parts[0]
	}
	return strings.Join(parts[:min(2, len(parts))], ".")
}
