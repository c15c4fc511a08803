package google

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"

	"google.golang.org/api/sqladmin/v1"
)

type sqlSettings struct {
	Tier                      string            `cty:"tier"                        is:"required"         doc:"Machine type, such as db-f1-micro or db-custom-2-7680."`
	Edition                   string            `cty:"edition"                     is:"default"          doc:"ENTERPRISE or ENTERPRISE_PLUS."`
	ActivationPolicy          string            `cty:"activation_policy"           is:"else=ALWAYS"      doc:"ALWAYS, or NEVER to stop it."`
	AvailabilityType          string            `cty:"availability_type"           is:"else=ZONAL"       doc:"ZONAL, or REGIONAL for a standby in another zone."`
	Collation                 string            `cty:"collation"                   is:"optional,replace" doc:"Collation of the server, for SQL Server."`
	ConnectorEnforcement      string            `cty:"connector_enforcement"       is:"default"          doc:"REQUIRED if only the Auth Proxy may connect."`
	DeletionProtectionEnabled bool              `cty:"deletion_protection_enabled" is:"optional"         doc:"Whether the API refuses to delete it."`
	DiskAutoresize            bool              `cty:"disk_autoresize"             is:"else=true"        doc:"Whether the disk grows by itself."`
	DiskAutoresizeLimit       int               `cty:"disk_autoresize_limit"       is:"optional"         doc:"GB up to which it does; absent means no limit."`
	DiskSize                  int               `cty:"disk_size"                   is:"default"          doc:"GB of the disk, at least 10; it only grows."`
	DiskType                  string            `cty:"disk_type"                   is:"default"          doc:"PD_SSD, PD_HDD or HYPERDISK_BALANCED."`
	EnableMLIntegration       bool              `cty:"enable_google_ml_integration" is:"optional"        doc:"Whether queries can call Vertex AI."`
	PricingPlan               string            `cty:"pricing_plan"                is:"else=PER_USE"     doc:"PER_USE."`
	RetainBackupsOnDelete     bool              `cty:"retain_backups_on_delete"    is:"optional"         doc:"Whether backups outlive the instance."`
	UserLabels                map[string]string `cty:"user_labels"                 is:"default"          doc:"Labels by key."`
	BackupConfiguration       []sqlBackup       `cty:"backup_configuration"        is:"default,max=1"    doc:"When backups are taken, and for how long they stay."`
	DataCacheConfig           []sqlDataCache    `cty:"data_cache_config"           is:"default,max=1"    doc:"Cache on local disks, of ENTERPRISE_PLUS."`
	DatabaseFlags             []sqlFlag         `cty:"database_flags"              is:"optional,set"     doc:"Settings of the database server."`
	InsightsConfig            []sqlInsights     `cty:"insights_config"             is:"default,max=1"    doc:"Statistics of queries."`
	IPConfiguration           []sqlIP           `cty:"ip_configuration"            is:"default,max=1"    doc:"How it is reached."`
	LocationPreference        []sqlLocation     `cty:"location_preference"         is:"default,max=1"    doc:"Zones of the region that it is in."`
	MaintenanceWindow         []sqlMaintenance  `cty:"maintenance_window"          is:"optional,max=1"   doc:"When it may be restarted for updates, in UTC."`
}

type sqlBackup struct {
	Enabled                     bool                 `cty:"enabled"                        is:"optional"      doc:"Whether there is one every day."`
	StartTime                   string               `cty:"start_time"                     is:"default"       doc:"When it starts in UTC, such as 03:00."`
	Location                    string               `cty:"location"                       is:"optional"      doc:"Region or multi-region where it is kept."`
	BinaryLogEnabled            bool                 `cty:"binary_log_enabled"             is:"optional"      doc:"Whether MySQL can go back to any point in time."`
	PointInTimeRecoveryEnabled  bool                 `cty:"point_in_time_recovery_enabled" is:"optional"      doc:"Whether the others can."`
	TransactionLogRetentionDays int                  `cty:"transaction_log_retention_days" is:"default"       doc:"Days for which they can, 1 to 7, or to 35."`
	BackupRetentionSettings     []sqlBackupRetention `cty:"backup_retention_settings"      is:"default,max=1" doc:"How many backups are kept."`
}

type sqlBackupRetention struct {
	RetainedBackups int    `cty:"retained_backups" is:"required"   doc:"Number of backups."`
	RetentionUnit   string `cty:"retention_unit"   is:"else=COUNT" doc:"COUNT."`
}

type sqlDataCache struct {
	Enabled bool `cty:"data_cache_enabled" is:"else=false" doc:"Whether there is one."`
}

type sqlFlag struct {
	Name  string `cty:"name"  is:"required" doc:"Name of the flag."`
	Value string `cty:"value" is:"required" doc:"Value of the flag."`
}

type sqlInsights struct {
	Enabled               bool `cty:"query_insights_enabled"  is:"optional" doc:"Whether they are kept."`
	QueryPlansPerMinute   int  `cty:"query_plans_per_minute"  is:"default"  doc:"Plans that are kept a minute, 0 to 20."`
	QueryStringLength     int  `cty:"query_string_length"     is:"default"  doc:"Bytes that are kept of a query, 256 to 4500."`
	RecordApplicationTags bool `cty:"record_application_tags" is:"optional" doc:"Whether tags in comments are kept."`
	RecordClientAddress   bool `cty:"record_client_address"   is:"optional" doc:"Whether addresses of clients are kept."`
}

type sqlIP struct {
	IPv4Enabled        bool            `cty:"ipv4_enabled"        is:"else=true"    doc:"Whether it has an address on the internet."`
	PrivateNetwork     string          `cty:"private_network"     is:"optional"     doc:"Network in which it has a private address."`
	AllocatedIPRange   string          `cty:"allocated_ip_range"  is:"optional"     doc:"Name of the range of private addresses."`
	SSLMode            string          `cty:"ssl_mode"            is:"default"      doc:"ENCRYPTED_ONLY, or another rule for connections."`
	PrivatePath        bool            `cty:"enable_private_path_for_google_cloud_services" is:"optional" doc:"Whether BigQuery may use the private address."`
	AuthorizedNetworks []sqlAuthorized `cty:"authorized_networks" is:"optional,set" doc:"Ranges on the internet that may connect."`
}

type sqlAuthorized struct {
	Value          string `cty:"value"           is:"required" doc:"Address or range in CIDR notation."`
	Name           string `cty:"name"            is:"optional" doc:"Name for people."`
	ExpirationTime string `cty:"expiration_time" is:"optional" doc:"Until when, such as 2030-01-31T00:00:00Z."`
}

type sqlLocation struct {
	Zone          string `cty:"zone"           is:"default" doc:"Zone that it is in."`
	SecondaryZone string `cty:"secondary_zone" is:"default" doc:"Zone of the standby."`
}

type sqlMaintenance struct {
	Day         int    `cty:"day"          is:"optional" doc:"Day of the week, 1 for Monday to 7."`
	Hour        int    `cty:"hour"         is:"optional" doc:"Hour of the day, 0 to 23."`
	UpdateTrack string `cty:"update_track" is:"optional" doc:"canary, stable or week5: how early it gets updates."`
}

// change starts one operation.
type change func(ctx context.Context, c *client) (*sqladmin.Operation, error)

// changes returns what turns the instance got into x, in the order in which it
// is done.
func (x *sqlInstance) changes(was sqlInstance, got *sqladmin.DatabaseInstance) ([]change, error) {
	patch := func(with *sqladmin.DatabaseInstance) change {
		return func(ctx context.Context, c *client) (*sqladmin.Operation, error) {
			return c.sql.Instances.Patch(was.Project, was.ID, with).Context(ctx).Do()
		}
	}
	var now sqlInstance
	_ = now.fill(got) // the API says whether it is ready for changes
	wanted := *x
	if len(x.Settings) > 0 {
		wanted.Settings = []sqlSettings{x.Settings[0].sorted()}
	}
	spellSQLInstance(now, &wanted)
	var list []change
	if now.DatabaseVersion != wanted.DatabaseVersion {
		list = append(list, patch(&sqladmin.DatabaseInstance{DatabaseVersion: wanted.DatabaseVersion}))
	}
	if len(wanted.Settings) > 0 && len(now.Settings) > 0 {
		have, want := now.Settings[0].sorted(), wanted.Settings[0]
		if have.privateNetwork() != "" && want.privateNetwork() == "" {
			return nil, fmt.Errorf("settings.ip_configuration.private_network %q cannot be taken away: another network can be set, or a new instance made", have.privateNetwork())
		}
		if want.Edition != "" && have.Edition != want.Edition {
			list = append(list, patch(&sqladmin.DatabaseInstance{Settings: &sqladmin.Settings{
				SettingsVersion: got.Settings.SettingsVersion, Edition: want.Edition, Tier: want.Tier, DataCacheConfig: want.dataCache(),
			}}))
		}
		if !reflect.DeepEqual(have, want) {
			settings := want.settings(have)
			settings.UserLabels = withOwner(settings.UserLabels, now.Owner)
			settings.SettingsVersion = got.Settings.SettingsVersion
			settings.Collation = "" // a new one needs a new instance
			list = append(list, patch(&sqladmin.DatabaseInstance{Settings: settings}))
		}
	}
	if x.RootPassword != was.RootPassword && x.RootPassword != "" {
		list = append(list, func(ctx context.Context, c *client) (*sqladmin.Operation, error) {
			name, host := rootOf(x.DatabaseVersion)
			return c.sql.Users.Update(was.Project, was.ID, &sqladmin.User{Name: name, Password: x.RootPassword}).Name(name).Host(host).Context(ctx).Do()
		})
	}
	return list, nil
}

// rootOf returns the user that comes with an instance.
func rootOf(version string) (name, host string) {
	switch sqlVersion(version).engine {
	case "MYSQL":
		return "root", "%"
	case "SQLSERVER":
		return "sqlserver", ""
	}
	return "postgres", ""
}

// settings returns s for the API, all of it: what is false or empty counts. now
// is what the instance has.
func (s sqlSettings) settings(now sqlSettings) *sqladmin.Settings {
	out := &sqladmin.Settings{
		Tier: s.Tier, Edition: s.Edition, ActivationPolicy: s.ActivationPolicy, AvailabilityType: s.AvailabilityType,
		Collation: s.Collation, ConnectorEnforcement: s.ConnectorEnforcement, DeletionProtectionEnabled: s.DeletionProtectionEnabled,
		StorageAutoResize: ptr(s.DiskAutoresize), StorageAutoResizeLimit: int64(s.DiskAutoresizeLimit), DataDiskType: s.DiskType,
		EnableGoogleMlIntegration: s.EnableMLIntegration, PricingPlan: s.PricingPlan, RetainBackupsOnDelete: s.RetainBackupsOnDelete,
		UserLabels: s.UserLabels, DataCacheConfig: s.dataCache(),
		ForceSendFields: []string{"DeletionProtectionEnabled", "StorageAutoResizeLimit", "EnableGoogleMlIntegration", "RetainBackupsOnDelete", "DatabaseFlags"},
	}
	if s.DiskSize > now.DiskSize {
		out.DataDiskSizeGb = int64(s.DiskSize) // it may have grown by itself
	}
	for key := range now.UserLabels {
		if _, wanted := s.UserLabels[key]; !wanted {
			out.NullFields = append(out.NullFields, "UserLabels."+key)
		}
	}
	if len(out.NullFields) > 0 {
		out.ForceSendFields = append(out.ForceSendFields, "UserLabels")
	}
	for _, f := range s.DatabaseFlags {
		out.DatabaseFlags = append(out.DatabaseFlags, &sqladmin.DatabaseFlags{Name: f.Name, Value: f.Value})
	}
	for _, b := range s.BackupConfiguration {
		out.BackupConfiguration = b.configuration()
	}
	for _, i := range s.InsightsConfig {
		out.InsightsConfig = &sqladmin.InsightsConfig{
			QueryInsightsEnabled: i.Enabled, QueryPlansPerMinute: int64(i.QueryPlansPerMinute), QueryStringLength: int64(i.QueryStringLength),
			RecordApplicationTags: i.RecordApplicationTags, RecordClientAddress: i.RecordClientAddress,
			ForceSendFields: []string{"QueryInsightsEnabled", "RecordApplicationTags", "RecordClientAddress"},
		}
	}
	for _, ip := range s.IPConfiguration {
		out.IpConfiguration = ip.configuration()
	}
	for _, l := range s.LocationPreference {
		out.LocationPreference = &sqladmin.LocationPreference{Zone: l.Zone, SecondaryZone: l.SecondaryZone}
	}
	for _, m := range s.MaintenanceWindow {
		out.MaintenanceWindow = &sqladmin.MaintenanceWindow{Day: int64(m.Day), Hour: int64(m.Hour), UpdateTrack: m.UpdateTrack, ForceSendFields: []string{"Hour"}}
		if m.UpdateTrack == "" {
			out.MaintenanceWindow.NullFields = []string{"UpdateTrack"}
		}
	}
	if len(s.MaintenanceWindow) == 0 && len(now.MaintenanceWindow) > 0 {
		out.NullFields = append(out.NullFields, "MaintenanceWindow")
	}
	return out
}

func (s sqlSettings) dataCache() *sqladmin.DataCacheConfig {
	if len(s.DataCacheConfig) == 0 {
		return nil
	}
	return &sqladmin.DataCacheConfig{DataCacheEnabled: s.DataCacheConfig[0].Enabled, ForceSendFields: []string{"DataCacheEnabled"}}
}

func (s sqlSettings) privateNetwork() string {
	if len(s.IPConfiguration) == 0 {
		return ""
	}
	return s.IPConfiguration[0].PrivateNetwork
}

func (b sqlBackup) configuration() *sqladmin.BackupConfiguration {
	out := &sqladmin.BackupConfiguration{
		Enabled: b.Enabled, StartTime: b.StartTime, Location: b.Location, BinaryLogEnabled: b.BinaryLogEnabled,
		PointInTimeRecoveryEnabled: b.PointInTimeRecoveryEnabled, TransactionLogRetentionDays: int64(b.TransactionLogRetentionDays),
		ForceSendFields: []string{"Enabled", "BinaryLogEnabled", "PointInTimeRecoveryEnabled"},
	}
	if b.Location == "" {
		out.NullFields = []string{"Location"}
	}
	for _, r := range b.BackupRetentionSettings {
		out.BackupRetentionSettings = &sqladmin.BackupRetentionSettings{RetainedBackups: int64(r.RetainedBackups), RetentionUnit: r.RetentionUnit}
	}
	return out
}

func (ip sqlIP) configuration() *sqladmin.IpConfiguration {
	out := &sqladmin.IpConfiguration{
		Ipv4Enabled: ip.IPv4Enabled, PrivateNetwork: path(ip.PrivateNetwork), AllocatedIpRange: ip.AllocatedIPRange, SslMode: ip.SSLMode,
		EnablePrivatePathForGoogleCloudServices: ip.PrivatePath,
		ForceSendFields:                         []string{"Ipv4Enabled", "AuthorizedNetworks"},
	}
	if !ip.PrivatePath {
		out.NullFields = []string{"EnablePrivatePathForGoogleCloudServices"} // SQL Server takes no false
	}
	for _, n := range ip.AuthorizedNetworks {
		out.AuthorizedNetworks = append(out.AuthorizedNetworks, &sqladmin.AclEntry{Value: n.Value, Name: n.Name, ExpirationTime: n.ExpirationTime})
	}
	return out
}

func sqlSettingsOf(got *sqladmin.Settings) sqlSettings {
	s := sqlSettings{
		Tier: got.Tier, Edition: got.Edition, ActivationPolicy: got.ActivationPolicy, AvailabilityType: got.AvailabilityType,
		Collation: got.Collation, ConnectorEnforcement: got.ConnectorEnforcement, DeletionProtectionEnabled: got.DeletionProtectionEnabled,
		DiskAutoresize: got.StorageAutoResize == nil || *got.StorageAutoResize, DiskAutoresizeLimit: int(got.StorageAutoResizeLimit),
		DiskSize: int(got.DataDiskSizeGb), DiskType: got.DataDiskType, EnableMLIntegration: got.EnableGoogleMlIntegration,
		PricingPlan: got.PricingPlan, RetainBackupsOnDelete: got.RetainBackupsOnDelete, UserLabels: withoutOwner(got.UserLabels),
	}
	for _, f := range got.DatabaseFlags {
		s.DatabaseFlags = append(s.DatabaseFlags, sqlFlag{f.Name, f.Value})
	}
	if d := got.DataCacheConfig; d != nil {
		s.DataCacheConfig = []sqlDataCache{{d.DataCacheEnabled}}
	}
	if i := got.InsightsConfig; i != nil {
		s.InsightsConfig = []sqlInsights{{i.QueryInsightsEnabled, int(i.QueryPlansPerMinute), int(i.QueryStringLength), i.RecordApplicationTags, i.RecordClientAddress}}
	}
	if l := got.LocationPreference; l != nil {
		s.LocationPreference = []sqlLocation{{l.Zone, l.SecondaryZone}}
	}
	// Without one the API may show an empty window.
	if m := got.MaintenanceWindow; m != nil && m.Day != 0 {
		s.MaintenanceWindow = []sqlMaintenance{{int(m.Day), int(m.Hour), m.UpdateTrack}}
	}
	if b := got.BackupConfiguration; b != nil {
		backup := sqlBackup{
			Enabled: b.Enabled, StartTime: b.StartTime, Location: b.Location, BinaryLogEnabled: b.BinaryLogEnabled,
			PointInTimeRecoveryEnabled: b.PointInTimeRecoveryEnabled, TransactionLogRetentionDays: int(b.TransactionLogRetentionDays),
		}
		if r := b.BackupRetentionSettings; r != nil {
			backup.BackupRetentionSettings = []sqlBackupRetention{{int(r.RetainedBackups), r.RetentionUnit}}
		}
		s.BackupConfiguration = []sqlBackup{backup}
	}
	if i := got.IpConfiguration; i != nil {
		ip := sqlIP{
			IPv4Enabled: i.Ipv4Enabled, PrivateNetwork: i.PrivateNetwork, AllocatedIPRange: i.AllocatedIpRange,
			SSLMode: i.SslMode, PrivatePath: i.EnablePrivatePathForGoogleCloudServices,
		}
		for _, n := range i.AuthorizedNetworks {
			ip.AuthorizedNetworks = append(ip.AuthorizedNetworks, sqlAuthorized{n.Value, n.Name, n.ExpirationTime})
		}
		s.IPConfiguration = []sqlIP{ip}
	}
	return s
}

// sorted returns a copy of s with what is a set in one order.
func (s sqlSettings) sorted() sqlSettings {
	s.DatabaseFlags = slices.Clone(s.DatabaseFlags)
	slices.SortFunc(s.DatabaseFlags, func(a, b sqlFlag) int { return cmp.Compare(a.Name, b.Name) })
	s.IPConfiguration = slices.Clone(s.IPConfiguration)
	for i := range s.IPConfiguration {
		list := slices.Clone(s.IPConfiguration[i].AuthorizedNetworks)
		slices.SortFunc(list, func(a, b sqlAuthorized) int {
			return cmp.Or(cmp.Compare(a.Value, b.Value), cmp.Compare(a.Name, b.Name))
		})
		s.IPConfiguration[i].AuthorizedNetworks = list
	}
	return s
}

// spellSQLInstance: disks grow by themselves, minor versions of MySQL too.
func spellSQLInstance(was sqlInstance, x *sqlInstance) {
	respell(was.Project, &x.Project)
	respell(was.Region, &x.Region)
	if strings.HasPrefix(was.DatabaseVersion, x.DatabaseVersion+"_") && x.DatabaseVersion == "MYSQL_8_0" {
		x.DatabaseVersion = was.DatabaseVersion
	}
	if len(was.Settings) == 0 || len(x.Settings) == 0 {
		return
	}
	old, s := was.Settings[0], &x.Settings[0]
	if s.DiskAutoresize && s.DiskSize > 0 && s.DiskSize < old.DiskSize {
		s.DiskSize = old.DiskSize
	}
	if dashed := func(t string) string { return strings.ReplaceAll(t, "-", "_") }; strings.EqualFold(dashed(old.DiskType), dashed(s.DiskType)) {
		s.DiskType = old.DiskType
	}
	if len(old.IPConfiguration) > 0 && len(s.IPConfiguration) > 0 {
		respell(old.IPConfiguration[0].PrivateNetwork, &s.IPConfiguration[0].PrivateNetwork)
	}
}

func (s sqlSettings) check(version string) error {
	for _, e := range []struct {
		name, value string
		known       []string
	}{
		{"edition", s.Edition, []string{"ENTERPRISE", "ENTERPRISE_PLUS"}},
		{"activation_policy", s.ActivationPolicy, []string{"ALWAYS", "NEVER", "ON_DEMAND"}},
		{"availability_type", s.AvailabilityType, []string{"ZONAL", "REGIONAL"}},
		{"connector_enforcement", s.ConnectorEnforcement, []string{"NOT_REQUIRED", "REQUIRED"}},
	} {
		if e.value != "" && !slices.Contains(e.known, e.value) {
			return fmt.Errorf("%s %q is none of %s", e.name, e.value, strings.Join(e.known, ", "))
		}
	}
	for _, b := range s.BackupConfiguration {
		if err := b.check(version); err != nil {
			return fmt.Errorf("backup_configuration: %w", err)
		}
	}
	for _, m := range s.MaintenanceWindow {
		if m.Day < 1 || m.Day > 7 || m.Hour < 0 || m.Hour > 23 {
			return fmt.Errorf("maintenance_window: day %d is not between 1 and 7, or hour %d not between 0 and 23", m.Day, m.Hour)
		}
	}
	for _, ip := range s.IPConfiguration {
		for _, n := range ip.AuthorizedNetworks {
			if _, err := netip.ParseAddr(n.Value); err == nil {
				continue
			}
			if _, err := netip.ParsePrefix(n.Value); n.Value != "" && err != nil {
				return fmt.Errorf("ip_configuration: authorized_networks: value %q is neither an address nor a range in CIDR notation", n.Value)
			}
		}
	}
	return checkLabels(s.UserLabels)
}

func (b sqlBackup) check(version string) error {
	switch {
	case b.BinaryLogEnabled && !isMySQL(version):
		return fmt.Errorf("binary_log_enabled is for MySQL, not for %s: use point_in_time_recovery_enabled", version)
	case b.PointInTimeRecoveryEnabled && isMySQL(version):
		return fmt.Errorf("point_in_time_recovery_enabled is not for %s: use binary_log_enabled", version)
	case (b.BinaryLogEnabled || b.PointInTimeRecoveryEnabled) && !b.Enabled:
		return errors.New("binary_log_enabled and point_in_time_recovery_enabled need enabled = true")
	}
	return nil
}
