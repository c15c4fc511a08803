package fake

import (
	"slices"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

// turnKnobs checks the parameters of k, and sets them in d and its shape s. d is
// a copy or new: when an error comes back it is thrown away.
func (c *Cloud) turnKnobs(q *call, d *dbInstance, s *dbShape, k dbKnobs) error {
	for _, step := range []func() error{
		func() error { return d.turnSwitches(s, k) },
		func() error { return d.setWindows(k) },
		func() error { return checkGroups(d.engine(), s.Version, k) },
		func() error { return d.setInsights(s.Class, k) },
		func() error { return c.setMonitoring(d, k) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	if k.MaxAllocatedStorage != nil {
		d.Ceiling = *k.MaxAllocatedStorage
		// Equal to the storage is how one turns it off.
		if d.Ceiling == s.Storage && d.Status != dbCreating {
			d.Ceiling = 0
		}
	}
	if d.Ceiling != 0 {
		if err := checkCeiling(s.Storage, d.Ceiling); err != nil {
			return err
		}
	}
	if k.VpcSecurityGroupIDs != nil {
		if err := c.checkFirewalls(q, d.VPC, k.VpcSecurityGroupIDs); err != nil {
			return err
		}
		d.Groups = k.VpcSecurityGroupIDs
	}
	if k.PubliclyAccessible != nil {
		d.Public = *k.PubliclyAccessible
	}
	if d.Public {
		return c.checkPublic(d.VPC)
	}
	return nil
}

// assign sets field to value, if there is one.
func assign[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

func (d *dbInstance) turnSwitches(s *dbShape, k dbKnobs) error {
	assign(&d.AutoMinor, k.AutoMinorVersionUpgrade)
	assign(&d.Protected, k.DeletionProtection)
	assign(&s.IAMAuth, k.EnableIAMDatabaseAuthentication)
	assign(&s.Retention, k.BackupRetentionPeriod)
	if s.Retention < 0 || s.Retention > 35 {
		return badValue("Invalid backup retention period: %d. Must be between 0 and 35.", s.Retention)
	}
	if k.CACertificateIdentifier != "" {
		if !slices.Contains([]string{"rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"}, k.CACertificateIdentifier) {
			return dbNotFound("CertificateNotFound", "Certificate not found: %s", k.CACertificateIdentifier)
		}
		s.CA = k.CACertificateIdentifier
	}
	return nil
}

// checkGroups knows the default parameter and option groups only: nobody can
// make others here.
func checkGroups(e dbEngine, version string, k dbKnobs) error {
	family := e.family(version)
	if name := k.DBParameterGroupName; name != "" && name != "default."+family {
		theirs, builtin := strings.CutPrefix(name, "default.")
		if builtin && isFamily(theirs) {
			return badMix("The parameter group %s with DBParameterGroupFamily %s can't be used for this instance. Please use a parameter group with DBParameterGroupFamily %s",
				name, theirs, family)
		}
		return dbNotFound("DBParameterGroupNotFound", "DBParameterGroup not found: %s", name)
	}
	if name := k.OptionGroupName; name != "" && name != e.optionGroup(version) {
		return dbNotFound("OptionGroupNotFoundFault", "Specified OptionGroupName: %s not found.", name)
	}
	return nil
}

func isFamily(name string) bool {
	for _, e := range dbEngines() {
		if slices.ContainsFunc(e.versions, func(v string) bool { return e.family(v) == name }) {
			return true
		}
	}
	return false
}

// setInsights turns Performance Insights on, for seven days or whole months.
func (d *dbInstance) setInsights(class string, k dbKnobs) error {
	assign(&d.Insights, k.EnablePerformanceInsights)
	if k.DatabaseInsightsMode != "" {
		d.Mode = k.DatabaseInsightsMode
	}
	if !d.Insights {
		d.KeepInsight = 0
		switch {
		case k.PerformanceInsightsRetentionPeriod != nil:
			return badMix("You can't specify PerformanceInsightsRetentionPeriod without Performance Insights.")
		case d.Mode == "advanced":
			return badMix("You can't set DatabaseInsightsMode to advanced without Performance Insights.")
		}
		return nil
	}
	if !d.engine().hasInsights(class) {
		return badMix("Performance Insights not supported for this configuration.")
	}
	if d.KeepInsight == 0 {
		d.KeepInsight = 7
	}
	assign(&d.KeepInsight, k.PerformanceInsightsRetentionPeriod)
	if n := d.KeepInsight; n != 7 && n != 731 && (n < 31 || n > 23*31 || n%31 != 0) {
		return badValue("Invalid Performance Insights retention period. Valid values are: [7, month * 31 with month from 1 to 23, 731]")
	}
	if d.Mode == "advanced" && d.KeepInsight < 465 {
		return badMix("Advanced mode of Database Insights needs a retention period of at least 465 days.")
	}
	return nil
}

// setMonitoring wants a role that RDS can see by now.
func (c *Cloud) setMonitoring(d *dbInstance, k dbKnobs) error {
	assign(&d.Monitoring, k.MonitoringInterval)
	if k.MonitoringRoleArn != "" {
		d.Monitor = k.MonitoringRoleArn
	}
	switch {
	case !slices.Contains([]int{0, 1, 5, 10, 15, 30, 60}, d.Monitoring):
		return badValue("Invalid value for MonitoringInterval: %d. Valid values are 0, 1, 5, 10, 15, 30, 60", d.Monitoring)
	case d.Monitoring == 0 && k.MonitoringRoleArn != "":
		return badMix("You must specify a MonitoringInterval value other than 0 when you specify a MonitoringRoleARN value.")
	case d.Monitoring == 0:
		d.Monitor = ""
	case d.Monitor == "":
		return badMix("A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0.")
	case k.MonitoringRoleArn != "" && !c.roleVisible(k.MonitoringRoleArn):
		return badValue("IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING")
	}
	return nil
}

// dbMinutes is a part of the day or week, in minutes from its start.
type dbMinutes struct{ from, to, cycle int }

var (
	backupWindow      = providers.NewPattern(`^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$`)
	maintenanceWindow = providers.NewPattern(`^(sun|mon|tue|wed|thu|fri|sat):([01]\d|2[0-3]):([0-5]\d)-(sun|mon|tue|wed|thu|fri|sat):([01]\d|2[0-3]):([0-5]\d)$`)
	weekdays          = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
)

const day = 24 * 60

func clockMinutes(hours, minutes string) int {
	return numbers(hours)[0]*60 + numbers(minutes)[0]
}

// length is how long w lasts; it may go over the end of its cycle.
func (w dbMinutes) length() int { return (w.to - w.from + w.cycle) % w.cycle }

// readBackup reads "hh24:mi-hh24:mi".
func readBackup(text string) (dbMinutes, error) {
	m := backupWindow.FindStringSubmatch(text)
	if m == nil {
		return dbMinutes{}, badValue("Invalid backup window format: %s. Should be specified as a range hh24:mi-hh24:mi (24H Clock UTC).", text)
	}
	w := dbMinutes{clockMinutes(m[1], m[2]), clockMinutes(m[3], m[4]), day}
	if w.length() < 30 {
		return w, badValue("The backup window must be at least 30 minutes.")
	}
	return w, nil
}

// readMaintenance reads "ddd:hh24:mi-ddd:hh24:mi".
func readMaintenance(text string) (dbMinutes, error) {
	m := maintenanceWindow.FindStringSubmatch(text)
	if m == nil {
		return dbMinutes{}, badValue("Invalid maintenance window format: %s. Should be specified as a range ddd:hh24:mi-ddd:hh24:mi (24H Clock UTC).", text)
	}
	w := dbMinutes{slices.Index(weekdays, m[1])*day + clockMinutes(m[2], m[3]), slices.Index(weekdays, m[4])*day + clockMinutes(m[5], m[6]), 7 * day}
	if w.length() < 30 || w.length() > day {
		return w, badValue("The maintenance window must be between 30 minutes and 24 hours.")
	}
	return w, nil
}

// overlaps tells whether a weekly window meets a daily one.
func (w dbMinutes) overlaps(daily dbMinutes) bool {
	for m := range w.length() {
		if (w.from+m-daily.from+7*day)%day < daily.length() {
			return true
		}
	}
	return false
}

// setWindows fills what is left open with windows that do not meet.
func (d *dbInstance) setWindows(k dbKnobs) error {
	for field, value := range map[*string]string{&d.Backup: k.PreferredBackupWindow, &d.Maintenance: strings.ToLower(k.PreferredMaintenanceWindow)} {
		if value != "" {
			*field = value
		}
	}
	// AWS picks them at random from eight hours of the night.
	for _, w := range []string{"03:00-03:30", "04:00-04:30"} {
		if d.Backup == "" && (d.Maintenance == "" || !meets(d.Maintenance, w)) {
			d.Backup = w
		}
	}
	for _, w := range []string{"sun:05:00-sun:05:30", "sun:06:00-sun:06:30"} {
		if d.Maintenance == "" && !meets(w, d.Backup) {
			d.Maintenance = w
		}
	}
	backup, err := readBackup(d.Backup)
	if err != nil {
		return err
	}
	maintenance, err := readMaintenance(d.Maintenance)
	if err != nil {
		return err
	}
	if maintenance.overlaps(backup) {
		return badMix("The backup window and maintenance window must not overlap.")
	}
	return nil
}

// meets tells whether two windows overlap; wrong ones do not.
func meets(maintenance, backup string) bool {
	m, err := readMaintenance(maintenance)
	b, err2 := readBackup(backup)
	return err == nil && err2 == nil && m.overlaps(b)
}

// next is when w begins again, after now.
func (w dbMinutes) next(now time.Time) time.Time {
	now = now.UTC()
	sunday := time.Date(now.Year(), now.Month(), now.Day()-int(now.Weekday()), 0, 0, 0, 0, time.UTC)
	at := sunday.Add(time.Duration(w.from) * time.Minute)
	if !at.After(now) {
		at = at.AddDate(0, 0, 7)
	}
	return at
}
