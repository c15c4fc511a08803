package google

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/api/sqladmin/v1"

	"github.com/mlinfra/mlinfra/providers"
)

type sqlInstance struct {
	providers.Aside

	ID                  string           `cty:"id"                            is:"computed"           doc:"Name of the instance."`
	Name                string           `cty:"name"                          is:"default,replace"    doc:"Name; one of its own if absent, as none comes free for a week."`
	Project             string           `cty:"project"                       is:"default,replace"    doc:"Id of the project; absent means the provider's."`
	Region              string           `cty:"region"                        is:"default,replace"    doc:"Region; absent means the provider's."`
	DatabaseVersion     string           `cty:"database_version"              is:"required"           doc:"Engine and version, such as POSTGRES_17; it only goes up."`
	Settings            []sqlSettings    `cty:"settings"                      is:"default,max=1"      doc:"Size, network, backups and the like; required."`
	DeletionProtection  bool             `cty:"deletion_protection"           is:"else=true,blind"    doc:"Whether mlinfra refuses to delete it."`
	RootPassword        string           `cty:"root_password"                 is:"optional,sensitive,blind" doc:"Password of root, postgres or sqlserver."`
	EncryptionKeyName   string           `cty:"encryption_key_name"           is:"default,replace"    doc:"Path of the key of Cloud KMS for its disk."`
	ConnectionName      string           `cty:"connection_name"               is:"computed"           doc:"Name for the Auth Proxy: PROJECT:REGION:NAME."`
	FirstIPAddress      string           `cty:"first_ip_address"              is:"computed"           doc:"The first of its addresses."`
	PublicIPAddress     string           `cty:"public_ip_address"             is:"computed"           doc:"Address on the internet."`
	PrivateIPAddress    string           `cty:"private_ip_address"            is:"computed"           doc:"Address in the private network."`
	IPAddress           []sqlAddress     `cty:"ip_address"                    is:"computed"           doc:"All its addresses."`
	ServerCACert        []sqlCertificate `cty:"server_ca_cert"                is:"computed,sensitive" doc:"What clients check the server with."`
	ServiceAccountEmail string           `cty:"service_account_email_address" is:"computed"           doc:"Service account that it acts as."`
	InstanceType        string           `cty:"instance_type"                 is:"computed"           doc:"Kind of the instance."`
	MaintenanceVersion  string           `cty:"maintenance_version"           is:"computed,after=database_version" doc:"Version of the software that runs."`
	SelfLink            string           `cty:"self_link"                     is:"computed"           doc:"URL of the instance."`
}

type sqlAddress struct {
	IPAddress    string `cty:"ip_address"     is:"computed" doc:"The address."`
	Type         string `cty:"type"           is:"computed" doc:"PRIMARY, PRIVATE or OUTGOING."`
	TimeToRetire string `cty:"time_to_retire" is:"computed" doc:"When it goes away."`
}

type sqlCertificate struct {
	Cert            string `cty:"cert"             is:"computed" doc:"The certificate in PEM."`
	CommonName      string `cty:"common_name"      is:"computed" doc:"Whose it is."`
	CreateTime      string `cty:"create_time"      is:"computed" doc:"From when it is good."`
	ExpirationTime  string `cty:"expiration_time"  is:"computed" doc:"Until when it is good."`
	SHA1Fingerprint string `cty:"sha1_fingerprint" is:"computed" doc:"SHA-1 of the certificate."`
}

var sqlInstanceType = providers.Resource[*client, sqlInstance]{
	Type:   "google_sql_database_instance",
	Doc:    "A managed PostgreSQL, MySQL or SQL Server.",
	Holds:  "its databases",
	Create: createSQLInstance,
	Read:   readSQLInstance,
	Import: func(id string) (x sqlInstance, err error) {
		id, err = importPath("projects/PROJECT/instances/NAME", id, 1)
		x.ID, x.Project, x.DeletionProtection = lastPart(id), part(id, "projects"), true
		return x, err
	},
	Update:    updateSQLInstance,
	Delete:    deleteSQLInstance,
	List:      listSQLInstances,
	Mark:      providers.InLabels,
	Within:    func(x sqlInstance) string { return x.Project },
	Spell:     spellSQLInstance,
	Check:     checkSQLInstance,
	Replaces:  sqlInstanceReplaces,
	Protected: protectedSQL,
	Lock:      func(x sqlInstance) string { return sqlLock(x.Name) },
	Examples: []string{
		`resource "google_sql_database_instance" "example" {
  database_version    = "POSTGRES_16"
  deletion_protection = false

  settings {
    tier    = "db-f1-micro"
    edition = "ENTERPRISE"
  }
}`,
		`resource "google_sql_database_instance" "example" {
  database_version    = "POSTGRES_17"
  deletion_protection = false
  root_password       = "correct-horse-battery"

  settings {
    tier              = "db-custom-2-7680"
    edition           = "ENTERPRISE"
    availability_type = "REGIONAL"
    disk_size         = 20

    backup_configuration {
      enabled                        = true
      point_in_time_recovery_enabled = true

      backup_retention_settings {
        retained_backups = 14
      }
    }

    database_flags {
      name  = "max_connections"
      value = "200"
    }

    ip_configuration {
      ssl_mode = "ENCRYPTED_ONLY"

      authorized_networks {
        name  = "office"
        value = "203.0.113.0/24"
      }
    }

    maintenance_window {
      day  = 7
      hour = 3
    }

    insights_config {
      query_insights_enabled = true
    }

    user_labels = {
      team = "ml"
    }
  }
}`,
		`resource "google_sql_database_instance" "example" {
  name                = "ml-metadata"
  database_version    = "MYSQL_8_0"
  deletion_protection = false

  settings {
    tier            = "db-f1-micro"
    edition         = "ENTERPRISE"
    disk_autoresize = false
  }
}`,
	},
}

// sqlLock names an instance: it takes one operation at a time, also those on
// its databases and users.
func sqlLock(instance string) string {
	if instance == "" {
		return ""
	}
	return "Cloud SQL " + lastPart(instance)
}

func createSQLInstance(ctx context.Context, c *client, x *sqlInstance, a providers.Attempt) error {
	project, err := c.project(x.Project)
	if err != nil {
		return err
	}
	region, err := c.region(x.Region)
	if err != nil {
		return err
	}
	if len(x.Settings) == 0 {
		return errors.New("settings is missing: at least tier has to be set in it")
	}
	instance := &sqladmin.DatabaseInstance{
		Name: cmp.Or(x.Name, "mlinfra-"+a.Token), Region: region, DatabaseVersion: x.DatabaseVersion, RootPassword: x.RootPassword,
		Settings: x.Settings[0].settings(sqlSettings{}),
	}
	instance.Settings.UserLabels = withOwner(instance.Settings.UserLabels, a.Owner)
	if x.EncryptionKeyName != "" {
		instance.DiskEncryptionConfiguration = &sqladmin.DiskEncryptionConfiguration{KmsKeyName: x.EncryptionKeyName}
	}
	if instance.RootPassword == "" && isMySQL(x.DatabaseVersion) {
		instance.RootPassword = rand.Text() // MySQL's root would need none
	}
	err = startedSQL(c.sql.Instances.Insert(project, instance).Context(ctx).Do())
	if isAnswer(err) {
		x.ID, x.Name, x.Project, x.Region = instance.Name, instance.Name, project, region
	}
	return err
}

func isMySQL(version string) bool { return strings.HasPrefix(version, "MYSQL") }

func readSQLInstance(ctx context.Context, c *client, x *sqlInstance) error {
	project, err := c.project(x.Project)
	if err != nil {
		return err
	}
	got, err := c.sql.Instances.Get(project, x.ID).Context(ctx).Do()
	if err != nil {
		return gone(err)
	}
	return x.fill(got)
}

// updateSQLInstance makes one change a call. The version and the edition are
// changed alone, as the API demands; the password comes last because nothing
// shows whether it has been set.
func updateSQLInstance(ctx context.Context, c *client, was sqlInstance, x *sqlInstance) error {
	x.ID = was.ID
	got, err := c.sql.Instances.Get(was.Project, was.ID).Context(ctx).Do()
	if err != nil {
		return gone(err)
	}
	changes, err := x.changes(was, got)
	if err != nil || len(changes) == 0 {
		return err
	}
	err = c.busySQL(ctx, was.Project, was.ID, startedSQL(changes[0](ctx, c)))
	if len(changes) > 1 {
		return more(err)
	}
	return err
}

// busySQL returns err, unless it says that an instance is at work: then that
// work is to be waited for, which can take longer than asking again is tried.
func (c *client) busySQL(ctx context.Context, project, instance string, err error) error {
	if reasonOf(err) != "operationInProgress" {
		return err
	}
	if op, failed := c.runningSQL(ctx, project, instance); failed == nil && op != nil {
		return more(startedSQL(op, nil))
	}
	return err
}

// runningSQL returns the operation that keeps an instance at work; nil if none.
func (c *client) runningSQL(ctx context.Context, project, instance string) (*sqladmin.Operation, error) {
	got, err := c.sql.Operations.List(project).Instance(instance).MaxResults(10).Context(ctx).Do()
	if err != nil {
		return nil, err
	}
	for _, op := range got.Items {
		if op.Status != "DONE" {
			return op, nil
		}
	}
	return nil, nil
}

func protectedSQL(x sqlInstance) error {
	switch {
	case x.DeletionProtection:
		return errors.New("deletion_protection is true: set deletion_protection = false and apply that first")
	case len(x.Settings) > 0 && x.Settings[0].DeletionProtectionEnabled:
		return errors.New("settings.deletion_protection_enabled is true: set it to false and apply that first")
	}
	return nil
}

func deleteSQLInstance(ctx context.Context, c *client, x sqlInstance) error {
	if err := protectedSQL(x); err != nil {
		return err
	}
	got, err := c.sql.Instances.Get(x.Project, x.ID).Context(ctx).Do()
	if err != nil {
		return gone(err)
	}
	if got.State == "PENDING_DELETE" {
		return nil
	}
	return gone(c.busySQL(ctx, x.Project, x.ID, startedSQL(c.sql.Instances.Delete(x.Project, x.ID).Context(ctx).Do())))
}

func listSQLInstances(ctx context.Context, c *client, in sqlInstance) iter.Seq2[sqlInstance, error] {
	project, err := c.project(in.Project)
	if err != nil {
		return failed[sqlInstance](err)
	}
	call := c.sql.Instances.List(project).MaxResults(pageSize)
	return pages(ctx, call.Pages, func(p *sqladmin.InstancesListResponse) []*sqladmin.DatabaseInstance { return p.Items }, (*sqlInstance).fill)
}

func (x *sqlInstance) fill(got *sqladmin.DatabaseInstance) error {
	if x.Name == "" {
		// Nothing is known but the id: the usual value of what the API never shows.
		x.DeletionProtection = true
	}
	x.ID, x.Name, x.Project, x.Region, x.DatabaseVersion = got.Name, got.Name, got.Project, got.Region, got.DatabaseVersion
	x.ConnectionName, x.ServiceAccountEmail, x.SelfLink = got.ConnectionName, got.ServiceAccountEmailAddress, got.SelfLink
	x.InstanceType, x.MaintenanceVersion = got.InstanceType, got.MaintenanceVersion
	x.EncryptionKeyName = ""
	if e := got.DiskEncryptionConfiguration; e != nil {
		x.EncryptionKeyName = e.KmsKeyName
	}
	x.FirstIPAddress, x.PublicIPAddress, x.PrivateIPAddress, x.IPAddress, x.ServerCACert = "", "", "", nil, nil
	for _, a := range got.IpAddresses {
		x.IPAddress = append(x.IPAddress, sqlAddress{a.IpAddress, a.Type, a.TimeToRetire})
		x.FirstIPAddress = cmp.Or(x.FirstIPAddress, a.IpAddress)
		switch a.Type {
		case "PRIMARY":
			x.PublicIPAddress = cmp.Or(x.PublicIPAddress, a.IpAddress)
		case "PRIVATE":
			x.PrivateIPAddress = cmp.Or(x.PrivateIPAddress, a.IpAddress)
		}
	}
	if s := got.ServerCaCert; s != nil {
		x.ServerCACert = []sqlCertificate{{s.Cert, s.CommonName, s.CreateTime, s.ExpirationTime, s.Sha1Fingerprint}}
	}
	x.Settings, x.Owner = nil, ""
	if got.Settings != nil {
		x.Owner = got.Settings.UserLabels[ownerLabel]
		x.Settings = []sqlSettings{sqlSettingsOf(got.Settings)}
	}
	switch got.State {
	case "PENDING_CREATE", "PENDING_DELETE", "MAINTENANCE":
		return providers.ErrNotReady
	}
	return nil
}

var sqlNameRule = providers.NewPattern(`^[a-z]([-a-z0-9]{0,95}[a-z0-9])?$`)

func checkSQLInstance(was *sqlInstance, want sqlInstance) error {
	if want.Name != "" && !sqlNameRule.MatchString(want.Name) {
		return fmt.Errorf("name %q: at most 97 lower-case letters, digits and dashes, a letter first and no dash last", want.Name)
	}
	if was != nil {
		from, to := sqlVersion(was.DatabaseVersion), sqlVersion(want.DatabaseVersion)
		if from.engine != to.engine || slices.Compare(to.numbers, from.numbers) < 0 {
			return fmt.Errorf("database_version cannot go from %s to %s: versions only go up, and another engine needs a new instance", was.DatabaseVersion, want.DatabaseVersion)
		}
	}
	for _, s := range want.Settings {
		if err := s.check(want.DatabaseVersion); err != nil {
			return fmt.Errorf("settings: %w", err)
		}
		if was == nil && s.Edition == "" && plusByDefault(want.DatabaseVersion) && enterpriseTier.MatchString(s.Tier) {
			return fmt.Errorf("settings: tier %q is of another edition than %s gets by default: set edition = \"ENTERPRISE\"", s.Tier, want.DatabaseVersion)
		}
	}
	return nil
}

// engineVersion is MYSQL and 8, 0 of MYSQL_8_0.
type engineVersion struct {
	engine  string
	numbers []int
}

func sqlVersion(text string) engineVersion {
	parts := strings.Split(text, "_")
	v := engineVersion{engine: parts[0]}
	for _, p := range parts[1:] {
		if n, err := strconv.Atoi(p); err == nil {
			v.numbers = append(v.numbers, n)
		}
	}
	return v
}

// enterpriseTier are tiers that ENTERPRISE_PLUS does not have.
var enterpriseTier = providers.NewPattern(`^db-(f1-micro|g1-small|custom-.*|n1-.*)$`)

// plusByDefault reports whether instances of a version get ENTERPRISE_PLUS when
// no edition is set.
func plusByDefault(version string) bool {
	v := sqlVersion(version)
	first := map[string][]int{"POSTGRES": {16}, "MYSQL": {8, 4}}[v.engine]
	return first != nil && slices.Compare(v.numbers, first) >= 0
}

// sqlInstanceReplaces makes a new instance for a smaller disk: disks only grow.
// One that has grown by itself stays, see spellSQLInstance.
func sqlInstanceReplaces(was, want sqlInstance) []string {
	if len(was.Settings) == 0 || len(want.Settings) == 0 {
		return nil
	}
	if s := want.Settings[0]; !s.DiskAutoresize && s.DiskSize > 0 && s.DiskSize < was.Settings[0].DiskSize {
		return []string{"settings"}
	}
	return nil
}
