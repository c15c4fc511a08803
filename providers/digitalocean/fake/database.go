package fake

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

// database is a managed cluster.
type database struct {
	ID         string                     `json:"id"`
	Name       string                     `json:"name"`
	Engine     string                     `json:"engine"`
	Version    string                     `json:"version"`
	Size       string                     `json:"size"`
	Nodes      int                        `json:"num_nodes"`
	StorageMiB int                        `json:"storage_size_mib"`
	Region     string                     `json:"region"`
	VPC        string                     `json:"private_network_uuid"`
	Tags       []string                   `json:"tags"`
	Password   string                     `json:"password"`
	DBs        []string                   `json:"db_names"`
	Users      []*dbUser                  `json:"users"`
	Rules      []*dbRule                  `json:"rules"`
	Pools      []*dbPool                  `json:"pools"`
	Replicas   []*dbReplica               `json:"replicas"`
	Topics     []*dbTopic                 `json:"topics"`
	Migration  *dbMigration               `json:"migration"`
	Day        string                     `json:"maintenance_day"`
	Hour       string                     `json:"maintenance_hour"`
	Eviction   string                     `json:"eviction_policy"`
	SQLMode    string                     `json:"sql_mode"`
	Config     map[string]json.RawMessage `json:"config"`
	Autoscale  *autoscale                 `json:"autoscale"` // nil was never configured
	CreatedAt  time.Time                  `json:"created_at"`

	// Busy is the status until BusyUntil; then Next becomes true.
	Busy      string        `json:"busy"`
	BusyUntil time.Time     `json:"busy_until"`
	Next      databaseShape `json:"next"`
	home
}

// databaseShape is what resizing, migrating and upgrading change. Empty fields stay.
type databaseShape struct {
	Size       string `json:"size,omitempty"`
	Nodes      int    `json:"num_nodes,omitempty"`
	StorageMiB int    `json:"storage_size_mib,omitempty"`
	Region     string `json:"region,omitempty"`
	VPC        string `json:"private_network_uuid,omitempty"`
	Version    string `json:"version,omitempty"`
}

func (d *database) Key() string   { return d.ID }
func (d *database) Title() string { return d.Name }
func (d *database) urn() string   { return "do:dbaas:" + d.ID }

func (d *database) engine() engine {
	e, _ := findEngine(d.Engine)
	return e
}

// databaseSpec is the body of POST /v2/databases.
type databaseSpec struct {
	Name    string   `json:"name"`
	Engine  string   `json:"engine"`
	Version string   `json:"version"`
	Size    string   `json:"size"`
	Nodes   int      `json:"num_nodes"`
	Storage int      `json:"storage_size_mib"`
	Region  string   `json:"region"`
	VPC     string   `json:"private_network_uuid"`
	Tags    []string `json:"tags"`
	Project string   `json:"project_id"`
	Rules   []dbRule `json:"rules"`
	Restore *struct {
		Name string `json:"database_name"`
	} `json:"backup_restore"`
	// The document has the first of these, the client library sends the second.
	Autoscale struct {
		Storage *autoscale `json:"storage"`
	} `json:"autoscale"`
	Storing *autoscale `json:"storage_autoscale"`
}

var clusterName = providers.NewPattern(`^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$`)

func (c *Cloud) createDatabase(q *request) (reply, error) {
	var in databaseSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if err := c.checkDatabase(q, &in); err != nil {
		return reply{}, err
	}
	project, err := c.homeFor(q, in.Project)
	if err != nil {
		return reply{}, err
	}
	network, err := c.networkFor(q, in.VPC, in.Region)
	if err != nil {
		return reply{}, err
	}
	e, _ := findEngine(in.Engine)
	d := &database{ID: c.s.IDs.UUID(), Name: in.Name, Engine: in.Engine, Version: in.Version, Size: in.Size, Nodes: in.Nodes,
		StorageMiB: in.Storage, Region: in.Region, VPC: network.ID, Tags: c.spell(in.Tags), Password: "AVNS_" + c.s.IDs.Text(19),
		Day: "tuesday", Hour: "14:00:00", Config: map[string]json.RawMessage{}, CreatedAt: q.now, home: project,
		Autoscale: cmp.Or(in.Autoscale.Storage, in.Storing)}
	c.makeTags(in.Tags)
	if e.defaultDB != "" {
		d.DBs = []string{e.defaultDB}
	}
	if e.caching() {
		d.Eviction = "noeviction"
	}
	if e.mysql() {
		d.SQLMode = "ANSI,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_ZERO_DATE,NO_ZERO_IN_DATE,STRICT_ALL_TABLES"
	}
	d.Users = []*dbUser{c.newDBUser(d, e.primary, "primary")}
	d.Rules = c.newRules(q, nil, d.ID, in.Rules)
	d.Busy, d.BusyUntil = "creating", q.now.Add(c.o.DBReady)
	if in.Restore != nil {
		d.Busy = "forking"
	}
	c.s.Databases.Add(d)
	return created(map[string]any{"database": c.databaseView(q, d)})
}

func (c *Cloud) checkDatabase(q *request, in *databaseSpec) error {
	e, found := findEngine(in.Engine)
	switch {
	case !clusterName.MatchString(in.Name):
		return invalid("invalid cluster name")
	case !found:
		return invalid("invalid cluster engine")
	case slices.ContainsFunc(c.s.Databases, func(d *database) bool { return d.Name == in.Name }):
		return invalid("cluster name is not available")
	case len(c.s.Databases) >= c.o.Quota.Databases:
		return invalid("cluster limit exceeded")
	case !slices.Contains(dbRegions(), in.Region):
		return invalid("invalid cluster region")
	}
	if in.Version == "" {
		in.Version = e.defaultVersion()
	}
	if !slices.Contains(e.versions(), in.Version) {
		return invalid("invalid cluster engine version")
	}
	if in.Restore != nil && !slices.ContainsFunc(c.s.Databases, func(d *database) bool { return d.Name == in.Restore.Name }) {
		return invalid("backup_restore: cluster %s not found", in.Restore.Name)
	}
	var err error
	if in.Storage, err = e.storage(in.Size, in.Nodes, in.Storage); err != nil {
		return err
	}
	if err := checkTags(in.Tags); err != nil {
		return err
	}
	if err := cmp.Or(in.Autoscale.Storage, in.Storing).check(e); err != nil {
		return err
	}
	return c.checkDBRules(q, in.Rules)
}

// storage checks a size and returns its disk in MiB, with the wanted extra.
func (e engine) storage(slug string, nodes, wanted int) (int, error) {
	if !slices.Contains(e.nodes(), nodes) {
		return 0, invalid("invalid number of nodes: %s clusters have one of %v", e.slug, e.nodes())
	}
	if !e.offers(slug, nodes) {
		return 0, invalid("invalid size %q for %d nodes", slug, nodes)
	}
	if e.caching() {
		return 0, nil
	}
	base := dbDisk(slug) << 10
	if wanted == 0 {
		return base, nil
	}
	if !e.sql() && wanted != base {
		return 0, invalid("the storage size of %s clusters cannot be set", e.slug)
	}
	if wanted < base || wanted > 10*base {
		return 0, invalid("invalid storage size: must be between %d and %d MiB", base, 10*base)
	}
	return wanted, nil
}

func (d *database) status(now time.Time) string {
	if now.Before(d.BusyUntil) {
		return d.Busy
	}
	return "online"
}

// settle applies changes that are over, its own and those of its parts.
func (d *database) settle(now time.Time) {
	for _, r := range d.Replicas {
		r.settle(now)
	}
	d.Topics = slices.DeleteFunc(d.Topics, func(t *dbTopic) bool { return t.settle(now) })
	if now.Before(d.BusyUntil) {
		return
	}
	n := d.Next
	d.Busy, d.Next = "", databaseShape{}
	for _, f := range []struct {
		field *string
		value string
	}{{&d.Size, n.Size}, {&d.Region, n.Region}, {&d.VPC, n.VPC}, {&d.Version, n.Version}} {
		if f.value != "" {
			*f.field = f.value
		}
	}
	if n.Nodes != 0 {
		d.Nodes, d.StorageMiB = n.Nodes, n.StorageMiB
	}
}

func (c *Cloud) databaseView(q *request, d *database) map[string]any {
	v := map[string]any{
		"id": d.ID, "name": d.Name, "engine": d.Engine, "version": d.Version, "semantic_version": d.Version + ".4",
		"num_nodes": d.Nodes, "size": d.Size, "region": d.Region, "status": d.status(q.now), "created_at": stamp(d.CreatedAt),
		"private_network_uuid": d.VPC, "tags": orEmpty(d.Tags), "db_names": d.DBs, "project_id": d.ProjectID,
		"connection": c.connection(d, ""), "private_connection": c.connection(d, "private-"), "rules": orEmpty(d.Rules),
		"metrics_endpoints":  d.metricsEndpoints(),
		"maintenance_window": map[string]any{"day": d.Day, "hour": d.Hour, "pending": false, "description": []string{}},
	}
	if d.StorageMiB > 0 {
		v["storage_size_mib"] = d.StorageMiB
	}
	var users []any
	for _, u := range d.Users {
		users = append(users, c.laterView(d, u))
	}
	v["users"] = users
	if d.Nodes > 1 {
		v["standby_connection"], v["standby_private_connection"] = c.connection(d, "replica-"), c.connection(d, "private-replica-")
	}
	if d.Engine == "opensearch" {
		v["ui_connection"] = c.uiConnection(d)
	}
	return v
}

func (d *database) host(prefix string) string {
	return fmt.Sprintf("%s%s-do-user-%d-0.g.db.ondigitalocean.com", prefix, d.Name, ownerID)
}

// metricsEndpoints has one entry for the primary and one for all standby nodes.
func (d *database) metricsEndpoints() []any {
	endpoints := []any{map[string]any{"host": d.host(""), "port": 9273}}
	if d.Nodes > 1 {
		endpoints = append(endpoints, map[string]any{"host": d.host("replica-"), "port": 9273})
	}
	return endpoints
}

// connection says how to reach d. Tokens without the scope see no credentials,
// and the URI is without them then.
func (c *Cloud) connection(d *database, prefix string) map[string]any {
	e, host := d.engine(), d.host(prefix)
	credentials := e.primary + ":" + d.Password + "@"
	v := map[string]any{"database": e.defaultDB, "host": host, "port": e.port, "ssl": true}
	if c.o.NoCredentials {
		credentials = ""
	} else {
		v["user"], v["password"] = e.primary, d.Password
	}
	uri := fmt.Sprintf("%s://%s%s:%d", e.scheme, credentials, host, e.port)
	if e.defaultDB != "" {
		uri += "/" + e.defaultDB
	}
	v["uri"] = uri + e.query
	return v
}

// uiConnection says how to reach the dashboards of OpenSearch.
func (c *Cloud) uiConnection(d *database) map[string]any {
	host := d.host("dashboards-")
	v := map[string]any{"host": host, "port": 443, "uri": "https://" + host + ":443", "ssl": true}
	if !c.o.NoCredentials {
		v["user"], v["password"] = d.engine().primary, d.Password
		v["uri"] = fmt.Sprintf("https://%s:%s@%s:443", d.engine().primary, d.Password, host)
	}
	return v
}

func (c *Cloud) findDatabase(q *request) (*database, error) {
	d, found := c.s.Databases.Find(q.PathValue("id"))
	if !found {
		return nil, clusterNotFound()
	}
	return d, nil
}

// onlineDatabase is for calls that only an online cluster accepts.
func (c *Cloud) onlineDatabase(q *request) (*database, error) {
	d, err := c.findDatabase(q)
	if err != nil {
		return nil, err
	}
	if s := d.status(q.now); s != "online" {
		return nil, conflict("cluster is not online: %s", s)
	}
	return d, nil
}

func (c *Cloud) readDatabase(q *request) (reply, error) {
	d, err := c.findDatabase(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"database": c.databaseView(q, d)})
}

// listDatabases answers all of them: this list has no pages.
func (c *Cloud) listDatabases(q *request) (reply, error) {
	tagged := q.URL.Query().Get("tag_name")
	views := []any{}
	for _, d := range c.s.Databases {
		if tagged == "" || hasTag(d.Tags, tagged) {
			views = append(views, c.databaseView(q, d))
		}
	}
	return ok(map[string]any{"databases": views})
}

func (c *Cloud) deleteDatabase(q *request) (reply, error) {
	d, err := c.findDatabase(q)
	if err != nil {
		return reply{}, err
	}
	if len(d.Replicas) > 0 {
		return reply{}, invalid("cluster has read-only replicas: %s", d.Replicas[0].Name)
	}
	c.s.Databases.Drop(d.ID)
	return noContent()
}

// parts are the kinds of what clients make in a cluster, as in Inventory.
var parts = []string{"database_db", "database_user", "database_firewall_rule", "database_pool", "database_replica", "database_topic", "database_migration"}

// children lists what clients made in d, by kind.
func (d *database) children(kind string) []string {
	switch kind {
	case "database_db":
		return slices.DeleteFunc(slices.Clone(d.DBs), func(n string) bool { return n == d.engine().defaultDB })
	case "database_user":
		normal := slices.DeleteFunc(slices.Clone(d.Users), func(u *dbUser) bool { return u.Role == "primary" })
		return names(normal, func(u *dbUser) string { return u.Name })
	case "database_firewall_rule":
		return names(d.Rules, func(r *dbRule) string { return r.UUID })
	case "database_pool":
		return names(d.Pools, func(p *dbPool) string { return p.Name })
	case "database_replica":
		return names(d.Replicas, func(r *dbReplica) string { return r.Name })
	case "database_topic":
		return names(d.Topics, func(t *dbTopic) string { return t.Name })
	case "database_migration":
		if d.Migration != nil {
			return []string{d.Migration.ID}
		}
	}
	return nil
}

func names[T any](list []T, name func(T) string) []string {
	var out []string
	for _, x := range list {
		out = append(out, name(x))
	}
	return out
}

func (d *database) removeChild(kind, name string) bool {
	before := len(d.children(kind))
	switch kind {
	case "database_db":
		d.DBs = slices.DeleteFunc(d.DBs, func(n string) bool { return n == name })
	case "database_user":
		d.Users = slices.DeleteFunc(d.Users, func(u *dbUser) bool { return u.Name == name })
	case "database_firewall_rule":
		d.Rules = slices.DeleteFunc(d.Rules, func(r *dbRule) bool { return strings.EqualFold(r.UUID, name) })
	case "database_pool":
		d.Pools = slices.DeleteFunc(d.Pools, func(p *dbPool) bool { return p.Name == name })
	case "database_replica":
		d.Replicas = slices.DeleteFunc(d.Replicas, func(r *dbReplica) bool { return r.Name == name })
	case "database_topic":
		d.Topics = slices.DeleteFunc(d.Topics, func(t *dbTopic) bool { return t.Name == name })
	case "database_migration":
		d.Migration = nil
	}
	return len(d.children(kind)) < before
}
