package fake

import (
	"net/http"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

func (c *Cloud) sqlRoutes() map[string]handler {
	const (
		project  = "/v1/projects/{project}"
		all      = project + "/instances"
		one      = all + "/{instance}"
		database = one + "/databases/{name}"
		users    = one + "/users"
	)
	return map[string]handler{
		"POST " + all:                           c.sql("instances.create", c.insertSQL),
		"GET " + all:                            c.sql("instances.list", c.listSQL),
		"GET " + one:                            c.sql("instances.get", c.readSQL),
		"PATCH " + one:                          c.sql("instances.update", c.patchSQL),
		"PUT " + one:                            c.sql("instances.update", c.updateSQL),
		"DELETE " + one:                         c.sql("instances.delete", c.deleteSQL),
		"POST " + one + "/restart":              c.sql("instances.restart", c.restartSQL),
		"GET " + project + "/operations":        c.sql("instances.get", c.listSQLOperations),
		"GET " + project + "/operations/{name}": c.sql("instances.get", c.readSQLOperation),
		"GET " + project + "/tiers":             c.sql("tiers.list", c.listTiers),
		"GET /v1/flags":                         c.sql("flags.list", c.listFlags),
		"POST " + one + "/databases":            c.sql("databases.create", c.insertDatabase),
		"GET " + one + "/databases":             c.sql("databases.list", c.listDatabases),
		"GET " + database:                       c.sql("databases.get", c.readDatabase),
		"PATCH " + database:                     c.sql("databases.update", c.patchDatabase),
		"PUT " + database:                       c.sql("databases.update", c.patchDatabase),
		"DELETE " + database:                    c.sql("databases.delete", c.deleteDatabase),
		"POST " + users:                         c.sql("users.create", c.insertUser),
		"GET " + users:                          c.sql("users.list", c.listUsers),
		"GET " + users + "/{name}":              c.sql("users.get", c.readUser),
		"PUT " + users:                          c.sql("users.update", c.updateUser),
		"DELETE " + users:                       c.sql("users.delete", c.deleteUser),
	}
}

var sqlName = providers.NewPattern(`^[a-z]([-a-z0-9]{0,96}[a-z0-9])?$`)

func (c *Cloud) insertSQL(q *request) (reply, error) {
	i := new(sqlInstance)
	if err := q.decode("", i); err != nil {
		return fail(err)
	}
	switch {
	case i.Name == "":
		return fail(refusal(http.StatusBadRequest, "required", "Required parameter: name"))
	case !sqlName.MatchString(i.Name) || len(q.project()+i.Name) > 97:
		return fail(sqlInvalid("Invalid instance name (%s)", i.Name))
	case i.Settings == nil:
		return fail(refusal(http.StatusBadRequest, "required", "Required parameter: settings"))
	}
	i.Kind, i.Project, i.BackendType, i.State = "sql#instance", q.project(), "SECOND_GEN", "PENDING_CREATE"
	_, taken := c.s.SQL.Find(i.Key())
	if free, used := c.s.SQLNames[i.Key()]; taken || used && q.now.Before(free) {
		return fail(refusal(http.StatusConflict, "instanceAlreadyExists", "The Cloud SQL instance already exists. When you delete an instance, "+
			"you can't reuse the name of the deleted instance until one week from the deletion date."))
	}
	if count(c.s.SQL, q.project(), "", every[*sqlInstance]) >= c.o.Quota.SQLInstances {
		return fail(refusal(http.StatusForbidden, "quotaExceeded", "Failed to create instance because the project or creator has reached the max instance per project/creator limit."))
	}
	if err := c.completeSQL(q, i); err != nil {
		return fail(err)
	}
	password := i.RootPassword
	i.RootPassword, i.CreatedAt = "", q.now
	i.Databases, i.Users = i.ownDatabases(), i.ownUsers(password)
	i.Etag = fingerprint(document(i.Settings))
	ready := new(sqlInstance)
	if err := fill(ready, document(i)); err != nil {
		return fail(err)
	}
	c.makeReachable(ready)
	c.s.SQL.Add(i)
	kind := "CREATE"
	if i.MasterInstanceName != "" {
		kind = "CREATE_REPLICA"
	}
	return c.startSQL(q, i, kind, difference(document(i), document(ready)), c.o.DBReady)
}

// makeReachable is what the end of the creation brings.
func (c *Cloud) makeReachable(i *sqlInstance) {
	i.State = "RUNNABLE"
	i.ServerCaCert = i.certificate()
	if *i.Settings.IPConfiguration.Ipv4Enabled {
		i.IPAddresses = append(i.IPAddresses, &sqlAddress{Type: "PRIMARY", IPAddress: c.publicAddress()})
	}
}

// completeSQL fills what the cloud decides, and checks the rest.
func (c *Cloud) completeSQL(q *request, i *sqlInstance) error {
	if i.Region == "" {
		i.Region = "us-central1"
	}
	r, found := findRegion(i.Region)
	if !found {
		return sqlInvalid("Invalid value for region: %s", i.Region)
	}
	if i.DatabaseVersion == "" {
		i.DatabaseVersion = "MYSQL_8_0"
	}
	if !slices.Contains(sqlVersions, i.DatabaseVersion) {
		return sqlInvalid("Invalid value for databaseVersion: %s", i.DatabaseVersion)
	}
	i.InstanceType, i.ReplicaNames = "CLOUD_SQL_INSTANCE", nil
	if i.MasterInstanceName != "" {
		primary, found := c.s.SQL.Find("projects/" + i.Project + "/instances/" + base(i.MasterInstanceName))
		if !found {
			return sqlInvalid("The primary instance %s does not exist", i.MasterInstanceName)
		}
		if err := c.sqlBusy(primary); err != nil {
			return err
		}
		if b := primary.Settings.BackupConfiguration; !b.Enabled {
			return sqlInvalid("The primary instance must have automated backups enabled")
		}
		if primary.DatabaseVersion != i.DatabaseVersion {
			return sqlInvalid("A replica must have the database version of its primary instance")
		}
		i.InstanceType, i.MasterInstanceName = "READ_REPLICA_INSTANCE", i.Project+":"+primary.Name
	}
	i.GceZone, i.SecondaryGceZone = r.zoneNames()[0], ""
	if l := i.Settings.LocationPreference; l != nil && l.Zone != "" {
		i.GceZone = l.Zone
	}
	if !zoneExists(i.GceZone) || regionOf(i.GceZone) != i.Region {
		return sqlInvalid("The zone %s is not in region %s", i.GceZone, i.Region)
	}
	i.ConnectionName, i.SelfLink = i.Project+":"+i.Region+":"+i.Name, sqlURL+i.Key()
	i.CreateTime, i.IPAddresses, i.ServerCaCert, i.SatisfiesPzs = zulu(q.now), nil, nil, false
	i.ServiceAccountEmailAddress = "p" + projectNumber(i.Project) + "-" + c.s.IDs.Text(6) + "@gcp-sa-cloud-sql.iam.gserviceaccount.com"
	i.DatabaseInstalledVersion, i.MaintenanceVersion = i.DatabaseVersion, i.DatabaseVersion+".R20261001.00_01"
	i.MaxDiskSize, i.CurrentDiskSize, i.SQLNetworkArchitecture = 0, 0, "NEW_NETWORK_ARCHITECTURE"
	i.Settings.SettingsVersion = 1
	return i.completeSettings(nil)
}

// findSQL is the instance of the path.
func (c *Cloud) findSQL(q *request) (*sqlInstance, error) {
	i, found := c.s.SQL.Find("projects/" + q.project() + "/instances/" + q.PathValue("instance"))
	if !found {
		return nil, refusal(http.StatusNotFound, "instanceDoesNotExist", "The Cloud SQL instance does not exist.")
	}
	return i, nil
}

func (c *Cloud) sqlView(i *sqlInstance) map[string]any {
	v := *i
	if o := c.sqlPending(i); o != nil && o.OperationType == "DELETE" {
		v.State = "PENDING_DELETE"
	}
	for _, other := range c.s.SQL {
		if other.Project == i.Project && other.MasterInstanceName == i.Project+":"+i.Name {
			v.ReplicaNames = append(v.ReplicaNames, other.Name)
		}
	}
	m := document(v)
	for _, k := range []string{"databases", "users", "created_at"} {
		delete(m, k)
	}
	return m
}

func (c *Cloud) readSQL(q *request) (reply, error) {
	i, err := c.findSQL(q)
	if err != nil {
		return fail(err)
	}
	return ok(c.sqlView(i))
}

func (c *Cloud) listSQL(q *request) (reply, error) {
	keep, err := parseFilter(q.URL.Query().Get("filter"))
	if err != nil {
		return fail(err)
	}
	var found []map[string]any
	for _, i := range c.s.SQL {
		if v := c.sqlView(i); i.Project == q.project() && keep(v) {
			found = append(found, v)
		}
	}
	slices.SortFunc(found, func(a, b map[string]any) int { return strings.Compare(nameOf(a), nameOf(b)) })
	part, next, err := pageOf(q, "maxResults", 500, 1000, found, nameOf)
	if err != nil {
		return fail(err)
	}
	body := map[string]any{"kind": "sql#instancesList"}
	if len(part) > 0 {
		body["items"] = part
	}
	if next != "" {
		body["nextPageToken"] = next
	}
	return ok(body)
}

// patchSQL merges; null removes.
func (c *Cloud) patchSQL(q *request) (reply, error) {
	return c.replaceSQL(q, func(before, raw map[string]any) map[string]any { return merge(before, raw) })
}

// updateSQL is PUT: settings that are not sent get their default.
func (c *Cloud) updateSQL(q *request) (reply, error) {
	return c.replaceSQL(q, func(before, raw map[string]any) map[string]any {
		delete(before, "settings")
		return merge(before, raw)
	})
}

func (c *Cloud) replaceSQL(q *request, combine func(before, raw map[string]any) map[string]any) (reply, error) {
	raw, err := q.object()
	in := new(sqlInstance)
	if err == nil {
		err = fit("", raw, in)
	}
	if err != nil {
		return fail(err)
	}
	return c.changeSQL(q, "UPDATE", c.o.Settle, func(i *sqlInstance) error {
		old := new(sqlInstance)
		if err := fill(old, document(i)); err != nil {
			return err
		}
		if v := in.settingsVersion(); v != 0 && v != old.Settings.SettingsVersion {
			return refusal(http.StatusPreconditionFailed, "staleData", "Condition does not match.")
		}
		if err := fill(i, combine(document(i), raw)); err != nil {
			return err
		}
		if err := i.checkUnchanged(old); err != nil {
			return err
		}
		if i.Settings == nil {
			return refusal(http.StatusBadRequest, "required", "Required parameter: settings")
		}
		i.Settings.SettingsVersion = old.Settings.SettingsVersion + 1
		if err := i.completeSettings(old); err != nil {
			return err
		}
		i.Etag = fingerprint(document(i.Settings))
		c.readdress(i)
		return nil
	})
}

func (i *sqlInstance) settingsVersion() int64s {
	if i.Settings == nil {
		return 0
	}
	return i.Settings.SettingsVersion
}

// checkUnchanged refuses changes of what an instance keeps for life, and takes
// the fields of the cloud from old.
func (i *sqlInstance) checkUnchanged(old *sqlInstance) error {
	for _, f := range []struct{ name, now, before string }{
		{"name", i.Name, old.Name}, {"region", i.Region, old.Region}, {"instanceType", i.InstanceType, old.InstanceType},
		{"masterInstanceName", i.MasterInstanceName, old.MasterInstanceName},
	} {
		if f.now != f.before {
			return sqlInvalid("The %s of an instance cannot be changed", f.name)
		}
	}
	from, to := slices.Index(sqlVersions, old.DatabaseVersion), slices.Index(sqlVersions, i.DatabaseVersion)
	if to < 0 || to < from || i.postgres() != old.postgres() {
		return sqlInvalid("Cannot change the database version from %s to %s", old.DatabaseVersion, i.DatabaseVersion)
	}
	wanted, settings := i.DatabaseVersion, i.Settings
	*i = *old
	i.DatabaseVersion, i.DatabaseInstalledVersion, i.Settings = wanted, wanted, settings
	return nil
}

// readdress adds or removes the public address.
func (c *Cloud) readdress(i *sqlInstance) {
	public := slices.ContainsFunc(i.IPAddresses, func(a *sqlAddress) bool { return a.Type == "PRIMARY" })
	switch on := *i.Settings.IPConfiguration.Ipv4Enabled; {
	case on && !public:
		i.IPAddresses = append(i.IPAddresses, &sqlAddress{Type: "PRIMARY", IPAddress: c.publicAddress()})
	case !on:
		drop(&i.IPAddresses, func(a *sqlAddress) bool { return a.Type == "PRIMARY" })
	}
	if l := i.Settings.LocationPreference; l != nil && l.Zone != "" {
		i.GceZone = l.Zone
	}
}

func (c *Cloud) deleteSQL(q *request) (reply, error) {
	i, err := c.findSQL(q)
	if err == nil {
		err = c.sqlBusy(i)
	}
	if err != nil {
		return fail(err)
	}
	if i.Settings.DeletionProtectionEnabled {
		return fail(invalid("The instance is protected. Please disable the deletion protection and try again. To disable deletion protection, " +
			"update the instance settings with deletionProtectionEnabled set to false."))
	}
	for _, other := range c.s.SQL {
		if other.Project == i.Project && other.MasterInstanceName == i.Project+":"+i.Name {
			return fail(sqlInvalid("The instance has the read replica %s, which must be deleted first", other.Name))
		}
	}
	return c.startSQL(q, i, "DELETE", nil, c.o.Settle)
}

func (c *Cloud) restartSQL(q *request) (reply, error) {
	return c.changeSQL(q, "RESTART", c.o.Settle, (*sqlInstance).running)
}

// running refuses while the instance is switched off.
func (i *sqlInstance) running() error {
	if i.Settings.ActivationPolicy == "NEVER" || i.State != "RUNNABLE" {
		return sqlInvalid("Invalid request since instance is not running")
	}
	return nil
}
