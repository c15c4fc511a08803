package google

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

func TestCheckSQLInstance(t *testing.T) {
	was := sqlInstance{DatabaseVersion: "POSTGRES_15"}
	for name, tc := range map[string]struct {
		was    *sqlInstance
		change func(*sqlInstance, *sqlSettings)
		want   string
	}{
		"as it is":                     {nil, func(*sqlInstance, *sqlSettings) {}, ""},
		"a name with capitals":         {nil, func(x *sqlInstance, _ *sqlSettings) { x.Name = "ML" }, `name "ML"`},
		"a newer version":              {&was, func(x *sqlInstance, _ *sqlSettings) { x.DatabaseVersion = "POSTGRES_17" }, ""},
		"an older version":             {&was, func(x *sqlInstance, _ *sqlSettings) { x.DatabaseVersion = "POSTGRES_9_6" }, "from POSTGRES_15 to POSTGRES_9_6"},
		"another engine":               {&was, func(x *sqlInstance, _ *sqlSettings) { x.DatabaseVersion = "MYSQL_8_0" }, "another engine"},
		"the default edition":          {nil, func(x *sqlInstance, s *sqlSettings) { x.DatabaseVersion, s.Edition = "POSTGRES_17", "" }, `set edition = "ENTERPRISE"`},
		"the default edition of old":   {nil, func(_ *sqlInstance, s *sqlSettings) { s.Edition = "" }, ""},
		"the default edition of MySQL": {nil, func(x *sqlInstance, s *sqlSettings) { x.DatabaseVersion, s.Edition = "MYSQL_8_4", "" }, "set edition"},
		"the edition it has":           {&was, func(x *sqlInstance, s *sqlSettings) { x.DatabaseVersion, s.Edition = "POSTGRES_17", "" }, ""},
		"another edition":              {nil, func(_ *sqlInstance, s *sqlSettings) { s.Edition = "PLUS" }, `edition "PLUS"`},
		"always off":                   {nil, func(_ *sqlInstance, s *sqlSettings) { s.ActivationPolicy = "OFF" }, `activation_policy "OFF"`},
		"in the world":                 {nil, func(_ *sqlInstance, s *sqlSettings) { s.AvailabilityType = "GLOBAL" }, `availability_type "GLOBAL"`},
		"recovery of PostgreSQL": {nil, func(_ *sqlInstance, s *sqlSettings) {
			s.BackupConfiguration = []sqlBackup{{Enabled: true, PointInTimeRecoveryEnabled: true}}
		}, ""},
		"recovery without backups": {nil, func(_ *sqlInstance, s *sqlSettings) {
			s.BackupConfiguration = []sqlBackup{{PointInTimeRecoveryEnabled: true}}
		}, "enabled = true"},
		"MySQL's recovery": {nil, func(_ *sqlInstance, s *sqlSettings) {
			s.BackupConfiguration = []sqlBackup{{Enabled: true, BinaryLogEnabled: true}}
		}, "use point_in_time_recovery_enabled"},
		"PostgreSQL's recovery": {nil, func(x *sqlInstance, s *sqlSettings) {
			x.DatabaseVersion, s.BackupConfiguration = "MYSQL_8_0", []sqlBackup{{Enabled: true, PointInTimeRecoveryEnabled: true}}
		}, "use binary_log_enabled"},
		"a window on Sunday":     {nil, func(_ *sqlInstance, s *sqlSettings) { s.MaintenanceWindow = []sqlMaintenance{{Day: 7}} }, ""},
		"a window without a day": {nil, func(_ *sqlInstance, s *sqlSettings) { s.MaintenanceWindow = []sqlMaintenance{{Hour: 3}} }, "day 0"},
		"an address that may connect": {nil, func(_ *sqlInstance, s *sqlSettings) {
			s.IPConfiguration = []sqlIP{{AuthorizedNetworks: []sqlAuthorized{{Value: "192.0.2.1"}}}}
		}, ""},
		"a name that may connect": {nil, func(_ *sqlInstance, s *sqlSettings) {
			s.IPConfiguration = []sqlIP{{AuthorizedNetworks: []sqlAuthorized{{Value: "office"}}}}
		}, `value "office"`},
		"a label with a capital letter": {nil, func(_ *sqlInstance, s *sqlSettings) { s.UserLabels = map[string]string{"Team": "ml"} }, `key "Team"`},
	} {
		x := sqlInstance{DatabaseVersion: "POSTGRES_15"}
		s := sqlSettings{Tier: "db-f1-micro", Edition: "ENTERPRISE", ActivationPolicy: "ALWAYS", AvailabilityType: "ZONAL"}
		tc.change(&x, &s)
		x.Settings = []sqlSettings{s}
		refuses(t, name, checkSQLInstance(tc.was, x), tc.want)
	}
}

func TestDisksOfInstancesOnlyGrow(t *testing.T) {
	for name, tc := range map[string]struct {
		was, want, spelled int
		autoresize         bool
		replaces           bool
	}{
		"larger":                      {10, 20, 20, false, false},
		"smaller":                     {20, 10, 10, false, true},
		"it has grown by itself":      {20, 10, 20, true, false},
		"larger than it has grown to": {20, 30, 30, true, false},
		"unknown":                     {20, 0, 0, false, false},
	} {
		was := sqlInstance{Settings: []sqlSettings{{DiskSize: tc.was}}}
		want := sqlInstance{Settings: []sqlSettings{{DiskSize: tc.want, DiskAutoresize: tc.autoresize}}}
		// Without the spelling: settings that are not wholly known have none.
		if got := len(sqlInstanceReplaces(was, want)) > 0; got != tc.replaces {
			t.Errorf("%s: replaces %v, want %v", name, got, tc.replaces)
		}
		if spellSQLInstance(was, &want); want.Settings[0].DiskSize != tc.spelled {
			t.Errorf("%s: disk_size %d, want %d", name, want.Settings[0].DiskSize, tc.spelled)
		}
	}
}

func TestSpellSQLInstanceKeepsWhatTheUserWrote(t *testing.T) {
	const link = "https://www.googleapis.com/compute/v1/projects/p/global/networks/ml"
	was := sqlInstance{Region: "europe-west3", DatabaseVersion: "MYSQL_8_0_40", Settings: []sqlSettings{{DiskType: "pd-ssd", IPConfiguration: []sqlIP{{PrivateNetwork: link}}}}}
	x := sqlInstance{Region: "europe-west3", DatabaseVersion: "MYSQL_8_0", Settings: []sqlSettings{{DiskType: "PD_SSD", IPConfiguration: []sqlIP{{PrivateNetwork: "projects/p/global/networks/ml"}}}}}
	spellSQLInstance(was, &x)
	if diff := cmp.Diff(was, x); diff != "" {
		t.Errorf("spelled (-want +got):\n%s", diff)
	}
}

// wait lets the operation that err has started end.
func wait(t *testing.T, clock *fakecloud.ManualClock, err error) {
	t.Helper()
	if providers.OperationOf(err) == "" {
		t.Fatalf("%v is no operation", err)
	}
	clock.Advance(2 * time.Minute)
}

// newInstance makes an instance and reads it.
func newInstance(t *testing.T, c *client, clock *fakecloud.ManualClock, version string) sqlInstance {
	t.Helper()
	x := sqlInstance{DatabaseVersion: version, Settings: []sqlSettings{{
		Tier: "db-f1-micro", Edition: "ENTERPRISE", ActivationPolicy: "ALWAYS", AvailabilityType: "ZONAL", PricingPlan: "PER_USE", DiskAutoresize: true,
		UserLabels: map[string]string{"team": "ml", "tier": "a"}, MaintenanceWindow: []sqlMaintenance{{Day: 7, Hour: 3}},
		BackupConfiguration: []sqlBackup{{Enabled: true, Location: "eu", PointInTimeRecoveryEnabled: !isMySQL(version)}},
		DatabaseFlags:       []sqlFlag{{"max_connections", "100"}},
	}}}
	wait(t, clock, sqlInstanceType.Create(t.Context(), c, &x, providers.Attempt{Token: strings.ToLower(rand.Text())}))
	if err := sqlInstanceType.Read(t.Context(), c, &x); err != nil {
		t.Fatal(err)
	}
	return x
}

func TestInstanceIsChangedStepByStep(t *testing.T) {
	c, clock := offline(t)
	was := newInstance(t, c, clock, "POSTGRES_15")
	want := was
	want.DatabaseVersion, want.RootPassword = "POSTGRES_16", "secret"
	s := was.Settings[0]
	s.Tier, s.Edition, s.DataCacheConfig = "db-perf-optimized-N-2", "ENTERPRISE_PLUS", []sqlDataCache{{true}}
	s.UserLabels, s.MaintenanceWindow, s.DatabaseFlags = map[string]string{"team": "ml"}, nil, nil
	s.DiskSize = 50
	backup := s.BackupConfiguration[0]
	backup.Location, backup.PointInTimeRecoveryEnabled = "", false
	s.BackupConfiguration = []sqlBackup{backup}
	want.Settings = []sqlSettings{s}
	var err error
	steps := 0
	for again := true; again; steps++ {
		err = sqlInstanceType.Update(t.Context(), c, was, &want)
		again = errors.Is(err, providers.ErrAgain)
		if again && steps == 1 {
			// A second call while the first goes on waits for it.
			if again := sqlInstanceType.Update(t.Context(), c, was, &want); providers.OperationOf(again) != providers.OperationOf(err) {
				t.Errorf("while %v goes on: %v", err, again)
			}
		}
		wait(t, clock, err)
	}
	if steps != 4 {
		t.Errorf("%d operations, want those of the version, the edition, the settings and the password", steps)
	}
	got := want
	if err := sqlInstanceType.Read(t.Context(), c, &got); err != nil {
		t.Fatal(err)
	}
	got.MaintenanceVersion = want.MaintenanceVersion
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("after the updates (-want +got):\n%s", diff)
	}
}

func TestPrivateNetworkIsNotTakenAway(t *testing.T) {
	c, clock := offline(t)
	x := newInstance(t, c, clock, "POSTGRES_15")
	got, err := c.sql.Instances.Get(x.Project, x.ID).Context(t.Context()).Do()
	if err != nil {
		t.Fatal(err)
	}
	got.Settings.IpConfiguration.PrivateNetwork = "projects/p/global/networks/ml"
	_, err = x.changes(x, got)
	refuses(t, "no network any more", err, "private_network")
}

func TestProtectedInstancesAreNotDeleted(t *testing.T) {
	c, clock := offline(t)
	x := newInstance(t, c, clock, "POSTGRES_15")
	x.DeletionProtection = true
	refuses(t, "by us", sqlInstanceType.Delete(t.Context(), c, x), "deletion_protection = false")
	x.DeletionProtection, x.Settings[0].DeletionProtectionEnabled = false, true
	refuses(t, "by the API", sqlInstanceType.Delete(t.Context(), c, x), "settings.deletion_protection_enabled")
	x.Settings[0].DeletionProtectionEnabled = false
	err := sqlInstanceType.Delete(t.Context(), c, x)
	if again := sqlInstanceType.Delete(t.Context(), c, x); again != nil {
		t.Errorf("a second delete: %v", again)
	}
	wait(t, clock, err)
	if err := sqlInstanceType.Delete(t.Context(), c, x); !errors.Is(err, providers.ErrGone) {
		t.Errorf("a third delete: %v, want %v", err, providers.ErrGone)
	}
}

func TestAStoppedInstanceKeepsWhatItHolds(t *testing.T) {
	c, clock := offline(t)
	was := newInstance(t, c, clock, "POSTGRES_15")
	database := sqlDatabase{Instance: was.Name, Name: "mlflow", DeletionPolicy: "DELETE"}
	wait(t, clock, sqlDatabaseType.Create(t.Context(), c, &database, providers.Attempt{Token: "abc123"}))
	user := sqlUser{Instance: was.Name, Name: "mlflow", Password: "secret", Type: "BUILT_IN", DeletionPolicy: "DELETE"}
	wait(t, clock, sqlUserType.Create(t.Context(), c, &user, providers.Attempt{Token: "abc123"}))
	stopped := was
	stopped.Settings = []sqlSettings{was.Settings[0]}
	stopped.Settings[0].ActivationPolicy = "NEVER"
	wait(t, clock, sqlInstanceType.Update(t.Context(), c, was, &stopped))
	haveDatabase, haveUser := database, user
	if err := sqlDatabaseType.Read(t.Context(), c, &database); err != nil || database != haveDatabase {
		t.Errorf("database: %v, %v", database, err)
	}
	if err := sqlUserType.Read(t.Context(), c, &user); err != nil || !cmp.Equal(user, haveUser) {
		t.Errorf("user: %v, %v", user, err)
	}
	wait(t, clock, sqlInstanceType.Delete(t.Context(), c, stopped))
	if err := sqlDatabaseType.Read(t.Context(), c, &database); !errors.Is(err, providers.ErrGone) {
		t.Errorf("database of an instance that is gone: %v", err)
	}
	if err := sqlUserType.Read(t.Context(), c, &user); !errors.Is(err, providers.ErrGone) {
		t.Errorf("user of an instance that is gone: %v", err)
	}
}

// A list that shows nothing while a create goes on would prove a lie.
func TestListOfABusyInstanceIsBusy(t *testing.T) {
	c, clock := offline(t)
	instance := newInstance(t, c, clock, "POSTGRES_15")
	x := sqlDatabase{Instance: instance.Name, Name: "mlflow", DeletionPolicy: "DELETE"}
	started := sqlDatabaseType.Create(t.Context(), c, &x, providers.Attempt{Token: "abc123"})
	for _, err := range sqlDatabaseType.List(t.Context(), c, x) {
		if kind := classify(err).Kind; kind != providers.Busy {
			t.Errorf("%v is of kind %v, want busy", err, kind)
		}
	}
	wait(t, clock, started)
	var names []string
	for x, err := range sqlDatabaseType.List(t.Context(), c, x) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, x.Name)
	}
	if diff := cmp.Diff([]string{"postgres", "mlflow"}, names); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
}

func TestOnlyUsersThatCameWithAnInstanceAreTakenOver(t *testing.T) {
	c, clock := offline(t)
	for _, tc := range []struct{ version, root, host string }{{"POSTGRES_15", "postgres", ""}, {"MYSQL_8_0", "root", "%"}} {
		instance := newInstance(t, c, clock, tc.version)
		user := sqlUser{Instance: instance.Name, Name: "ada", Password: "secret", Type: "BUILT_IN", DeletionPolicy: "DELETE"}
		wait(t, clock, sqlUserType.Create(t.Context(), c, &user, providers.Attempt{Token: "abc123"}))
		if want := "ada/" + tc.host + "/" + instance.Name; user.ID != want {
			t.Errorf("%s: id %q, want %q", tc.version, user.ID, want)
		}
		refuses(t, tc.version+": ada again", sqlUserType.Create(t.Context(), c, &user, providers.Attempt{Token: "abc123"}), "exists already")
		user.Name, user.Host = tc.root, ""
		wait(t, clock, sqlUserType.Create(t.Context(), c, &user, providers.Attempt{Token: "abc123"}))
		if err := sqlUserType.Read(t.Context(), c, &user); err != nil || user.Host != tc.host {
			t.Errorf("%s: %s@%s, %v", tc.version, user.Name, user.Host, err)
		}
	}
}

func TestHostsAreMySQLs(t *testing.T) {
	c, clock := offline(t)
	instance := newInstance(t, c, clock, "POSTGRES_15")
	x := sqlUser{Instance: instance.Name, Name: "ada", Host: "192.0.2.1", Password: "secret", Type: "BUILT_IN"}
	refuses(t, "PostgreSQL", sqlUserType.Create(t.Context(), c, &x, providers.Attempt{Token: "abc123"}), `host "192.0.2.1"`)
}

func TestMySQLShortensTheNamesOfIAMUsers(t *testing.T) {
	was := sqlUser{Name: "ada@example.com", Type: "CLOUD_IAM_USER"}
	x := sqlUser{Name: "ada", Type: "CLOUD_IAM_USER", Host: "%"}
	if spellSQLUser(was, &x); x.Name != was.Name {
		t.Errorf("name %q, want %q", x.Name, was.Name)
	}
	other := sqlUser{Name: "eve", Type: "CLOUD_IAM_USER", Host: "%"}
	if spellSQLUser(was, &other); other.Name != "eve" {
		t.Errorf("name %q, want eve", other.Name)
	}
}

func TestDeletionPolicy(t *testing.T) {
	c, _ := offline(t)
	for policy, want := range map[string]string{"PREVENT": "PREVENT", "ABANDON": providers.ErrGone.Error()} {
		for name, err := range map[string]error{
			"database": sqlDatabaseType.Delete(t.Context(), c, sqlDatabase{DeletionPolicy: policy}),
			"user":     sqlUserType.Delete(t.Context(), c, sqlUser{DeletionPolicy: policy}),
		} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s of a %s: %v, want %q", policy, name, err, want)
			}
		}
	}
	refuses(t, "another policy", checkDeletionPolicy("delete"), `"delete"`)
}

func TestUsersOfIAMHaveNoPassword(t *testing.T) {
	for name, tc := range map[string]struct {
		x    sqlUser
		want string
	}{
		"built in":             {sqlUser{Type: "BUILT_IN", Password: "p", DeletionPolicy: "DELETE"}, ""},
		"of IAM":               {sqlUser{Type: "CLOUD_IAM_USER", DeletionPolicy: "DELETE"}, ""},
		"of IAM with password": {sqlUser{Type: "CLOUD_IAM_USER", Password: "p", DeletionPolicy: "DELETE"}, "password"},
		"of another kind":      {sqlUser{Type: "IAM", DeletionPolicy: "DELETE"}, `type "IAM"`},
	} {
		refuses(t, name, checkSQLUser(nil, tc.x), tc.want)
	}
}
