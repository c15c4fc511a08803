package fake

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// sqlVersions are the database versions, in the order of upgrades.
var sqlVersions = []string{
	"MYSQL_5_7", "MYSQL_8_0", "MYSQL_8_4",
	"POSTGRES_13", "POSTGRES_14", "POSTGRES_15", "POSTGRES_16", "POSTGRES_17", "POSTGRES_18",
}

// plusByDefault are those whose edition is ENTERPRISE_PLUS unless another is given.
var plusByDefault = []string{"POSTGRES_16", "POSTGRES_17", "POSTGRES_18", "MYSQL_8_4"}

// completeSettings fills what a client may leave out and refuses what does not
// fit. old is the instance before a change, nil for a new one.
func (i *sqlInstance) completeSettings(old *sqlInstance) error {
	s := i.Settings
	s.Kind = "sql#settings"
	if s.Edition == "" || s.Edition == "EDITION_UNSPECIFIED" {
		s.Edition = "ENTERPRISE"
		if slices.Contains(plusByDefault, i.DatabaseVersion) {
			s.Edition = "ENTERPRISE_PLUS"
		}
		if old != nil {
			s.Edition = old.Settings.Edition
		}
	}
	if s.Tier == "" {
		return refusal(400, "required", "Required parameter: settings.tier")
	}
	if !tierFits(s.Tier, s.Edition, i.postgres()) {
		return sqlInvalid("Invalid Tier (%s) for (%s) Edition. Use a predefined Tier like %s instead. To see all available Tiers for an Edition "+
			"use `gcloud sql tiers list`", s.Tier, s.Edition, map[string]string{"ENTERPRISE_PLUS": "db-perf-optimized-N-*"}[s.Edition])
	}
	s.defaults()
	for _, check := range []func() error{
		func() error { return s.checkDisk(old) },
		func() error { return i.checkBackup() },
		s.checkIP,
		func() error { return i.checkFlags() },
		s.checkRest,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	if old != nil && s.Collation != old.Settings.Collation {
		return sqlInvalid("The collation of an instance cannot be changed")
	}
	return nil
}

func (s *sqlSettings) defaults() {
	yes, public := true, true
	for _, f := range []struct {
		field *string
		value string
	}{
		{&s.AvailabilityType, "ZONAL"}, {&s.ActivationPolicy, "ALWAYS"}, {&s.PricingPlan, "PER_USE"}, {&s.DataDiskType, "PD_SSD"},
		{&s.ReplicationType, "SYNCHRONOUS"}, {&s.ConnectorEnforcement, "NOT_REQUIRED"},
	} {
		if *f.field == "" {
			*f.field = f.value
		}
	}
	if s.StorageAutoResize == nil {
		s.StorageAutoResize = &yes
	}
	if s.DataDiskSizeGb == 0 {
		s.DataDiskSizeGb = 10
	}
	if s.BackupConfiguration == nil {
		s.BackupConfiguration = &sqlBackup{}
	}
	if s.IPConfiguration == nil {
		s.IPConfiguration = &sqlIPConfiguration{}
	}
	if s.IPConfiguration.Ipv4Enabled == nil {
		s.IPConfiguration.Ipv4Enabled = &public
	}
	if s.IPConfiguration.SslMode == "" {
		s.IPConfiguration.SslMode = "ALLOW_UNENCRYPTED_AND_ENCRYPTED"
	}
	if s.IPConfiguration.ServerCaMode == "" {
		s.IPConfiguration.ServerCaMode = "GOOGLE_MANAGED_INTERNAL_CA"
	}
	if s.LocationPreference != nil {
		s.LocationPreference.Kind = "sql#locationPreference"
	}
	if s.MaintenanceWindow != nil {
		s.MaintenanceWindow.Kind = "sql#maintenanceWindow"
	}
}

func (s *sqlSettings) checkDisk(old *sqlInstance) error {
	if s.DataDiskSizeGb < 10 || s.DataDiskSizeGb > 65536 {
		return sqlInvalid("Disk size must be between 10 GB and 65536 GB: %d", s.DataDiskSizeGb)
	}
	if s.StorageAutoResizeLimit != 0 && s.StorageAutoResizeLimit < s.DataDiskSizeGb {
		return sqlInvalid("The storage auto-resize limit must not be smaller than the disk")
	}
	if old == nil {
		return nil
	}
	if s.DataDiskSizeGb < old.Settings.DataDiskSizeGb {
		return sqlInvalid("Disk size cannot be decreased from %d GB to %d GB", old.Settings.DataDiskSizeGb, s.DataDiskSizeGb)
	}
	if s.DataDiskType != old.Settings.DataDiskType {
		return sqlInvalid("The disk type of an instance cannot be changed")
	}
	return nil
}

var clock24 = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

// checkBackup fills and checks when backups are taken, and what high
// availability needs of them.
func (i *sqlInstance) checkBackup() error {
	s, b := i.Settings, i.Settings.BackupConfiguration
	most := 7
	if s.Edition == "ENTERPRISE_PLUS" {
		most = 35
	}
	b.Kind, b.ReplicationLogArchivingEnabled, b.BackupTier = "sql#backupConfiguration", false, "STANDARD"
	if b.StartTime == "" {
		b.StartTime = "04:00"
	}
	if b.BackupRetentionSettings == nil {
		b.BackupRetentionSettings = &sqlBackupRetention{}
	}
	if b.BackupRetentionSettings.RetentionUnit == "" {
		b.BackupRetentionSettings.RetentionUnit = "COUNT"
	}
	if b.BackupRetentionSettings.RetainedBackups == 0 {
		b.BackupRetentionSettings.RetainedBackups = 7
	}
	if b.TransactionLogRetentionDays == 0 {
		b.TransactionLogRetentionDays = 7
	}
	logs := b.BinaryLogEnabled || b.PointInTimeRecoveryEnabled
	switch {
	case !clock24.MatchString(b.StartTime):
		return sqlInvalid("Invalid backup start time: %s", b.StartTime)
	case b.TransactionLogRetentionDays < 1 || b.TransactionLogRetentionDays > most:
		return sqlInvalid("Transaction log retention days must be between 1 and %d", most)
	case b.BackupRetentionSettings.RetainedBackups < 1 || b.BackupRetentionSettings.RetainedBackups > 365:
		return sqlInvalid("The number of retained backups must be between 1 and 365")
	case b.BinaryLogEnabled && i.postgres():
		return sqlInvalid("Binary logging is not supported for PostgreSQL instances")
	case b.PointInTimeRecoveryEnabled && !i.postgres():
		return sqlInvalid("Point in time recovery is enabled by binary logging for MySQL instances")
	case logs && !b.Enabled:
		return sqlInvalid("Automated backups must be enabled for point in time recovery")
	case s.AvailabilityType == "REGIONAL" && !b.Enabled:
		return sqlInvalid("Regional availability needs automated backups")
	case s.AvailabilityType == "REGIONAL" && !i.postgres() && !b.BinaryLogEnabled:
		return sqlInvalid("Regional availability needs binary logging")
	}
	return nil
}

// checkIP refuses instances nobody reaches. Private addresses need a connection
// of the network to Google's services, which nobody can make here.
func (s *sqlSettings) checkIP() error {
	ip := s.IPConfiguration
	psc := ip.PscConfig != nil && ip.PscConfig.PscEnabled
	if !*ip.Ipv4Enabled && ip.PrivateNetwork == "" && !psc {
		return sqlInvalid("At least one of Public IP or Private IP or Private Service Connect connectivity must be enabled")
	}
	if ip.PrivateNetwork != "" {
		return sqlInvalid("Incorrect Service Networking config for instance: %s:SERVICE_NETWORKING_NOT_ENABLED", base(ip.PrivateNetwork))
	}
	for _, n := range ip.AuthorizedNetworks {
		n.Kind = "sql#aclEntry"
		p, err := netip.ParsePrefix(n.Value)
		if a, addrErr := netip.ParseAddr(n.Value); addrErr == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil || p != p.Masked() {
			return sqlInvalid("Invalid authorized network: %s", n.Value)
		}
		if p.Addr().IsPrivate() {
			return sqlInvalid("Non-routable or private authorized network (%s)", n.Value)
		}
	}
	return nil
}

// checkFlags refuses flags the database version does not have.
func (i *sqlInstance) checkFlags() error {
	seen := map[string]bool{}
	for _, f := range i.Settings.DatabaseFlags {
		known, found := findFlag(f.Name, i.DatabaseVersion)
		switch {
		case !found:
			return sqlInvalid("Invalid flag (%s) for database version %s", f.Name, i.DatabaseVersion)
		case seen[f.Name]:
			return sqlInvalid("Duplicate flag: %s", f.Name)
		case !known.accepts(f.Value):
			return sqlInvalid("Invalid flag value for %s: %s", f.Name, f.Value)
		}
		seen[f.Name] = true
	}
	return nil
}

func (s *sqlSettings) checkRest() error {
	if m := s.MaintenanceWindow; m != nil && (m.Day < 0 || m.Day > 7 || m.Hour < 0 || m.Hour > 23) {
		return sqlInvalid("The maintenance window must have a day of 1 to 7 and an hour of 0 to 23")
	}
	if m := s.InsightsConfig; m != nil {
		if m.QueryStringLength != 0 && (m.QueryStringLength < 256 || m.QueryStringLength > 4500) {
			return sqlInvalid("The query string length must be between 256 and 4500")
		}
		if m.QueryPlansPerMinute < 0 || m.QueryPlansPerMinute > 20 {
			return sqlInvalid("Query plans per minute must be between 0 and 20")
		}
	}
	if d := s.DataCacheConfig; d != nil && d.DataCacheEnabled && s.Edition != "ENTERPRISE_PLUS" {
		return sqlInvalid("The data cache needs the ENTERPRISE_PLUS edition")
	}
	for _, k := range sortedKeys(s.UserLabels) {
		if !isLabel(k, true) || !isLabel(s.UserLabels[k], false) {
			return sqlInvalid("Invalid label: %s=%s", k, s.UserLabels[k])
		}
	}
	if strings.Contains(s.Collation, " ") {
		return sqlInvalid("Invalid collation: %s", s.Collation)
	}
	return nil
}
