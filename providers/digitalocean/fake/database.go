package fake

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

// database is a managed cluster.
type database struct {
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	Engine     string         `json:"engine"`
	Version    string         `json:"version"`
	Size       string         `json:"size"`
	Nodes      int            `json:"num_nodes"`
	StorageMiB int            `json:"storage_size_mib"`
	Region     string         `json:"region"`
	VPC        string         `json:"private_network_uuid"`
	Tags       []string       `json:"tags"`
	Password   string         `json:"password"`
	DBs        []string       `json:"db_names"`
	Users      []*dbUser      `json:"users"`
	Rules      []*dbRule      `json:"rules"`
	Day        string         `json:"maintenance_day"`
	Hour       string         `json:"maintenance_hour"`
	Eviction   string         `json:"eviction_policy"`
	SQLMode    string         `json:"sql_mode"`
	Config     map[string]any `json:"config"`
	Autoscale  *autoscale     `json:"autoscale"` // nil was never configured
	CreatedAt  time.Time      `json:"created_at"`

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

func (d *database) key() string   { return d.ID }
func (d *database) title() string { return d.Name }
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
		Day: "tuesday", Hour: "14:00:00", Config: map[string]any{}, CreatedAt: q.now, home: project,
		Autoscale: cmp.Or(in.Autoscale.Storage, in.Storing)}
	c.makeTags(in.Tags)
	if !e.caching {
		d.DBs = []string{e.defaultDB}
	} else {
		d.Eviction = "noeviction"
	}
	if in.Engine == "mysql" {
		d.SQLMode = "ANSI,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_ZERO_DATE,NO_ZERO_IN_DATE,STRICT_ALL_TABLES"
	}
	d.Users = []*dbUser{{Name: e.primary, Role: "primary", Password: d.Password}}
	c.setRules(q, d, in.Rules)
	d.Busy, d.BusyUntil = "creating", q.now.Add(c.o.DBReady)
	if in.Restore != nil {
		d.Busy = "forking"
	}
	c.s.Databases.add(d)
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
	if !slices.Contains(e.versions, in.Version) {
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
	if nodes < 1 || nodes > 3 {
		return 0, invalid("invalid number of nodes: must be between 1 and 3")
	}
	s, found := e.size(slug, nodes)
	if !found {
		return 0, invalid("invalid size %q for %d nodes", slug, nodes)
	}
	if e.caching {
		return 0, nil
	}
	base := s.disk << 10
	if wanted == 0 {
		return base, nil
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

// settle applies a change that is over.
func (d *database) settle(now time.Time) {
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
		"connection": d.connection(""), "private_connection": d.connection("private-"), "rules": orEmpty(d.Rules),
		"metrics_endpoints":  d.metricsEndpoints(),
		"maintenance_window": map[string]any{"day": d.Day, "hour": d.Hour, "pending": false, "description": []string{}},
	}
	if d.StorageMiB > 0 {
		v["storage_size_mib"] = d.StorageMiB
	}
	if d.Autoscale != nil {
		v["autoscale"] = map[string]any{"storage": d.Autoscale}
	}
	var users []any
	for _, u := range d.Users {
		users = append(users, u.view(d))
	}
	v["users"] = users
	if d.Nodes > 1 {
		v["standby_connection"], v["standby_private_connection"] = d.connection("replica-"), d.connection("private-replica-")
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

func (d *database) connection(prefix string) map[string]any {
	e, host := d.engine(), d.host(prefix)
	uri := fmt.Sprintf("%s://%s:%s@%s:%d", e.scheme, e.primary, d.Password, host, e.port)
	if e.defaultDB != "" {
		uri += "/" + e.defaultDB
	}
	return map[string]any{"uri": uri + e.query, "database": e.defaultDB, "host": host,
		"port": e.port, "user": e.primary, "password": d.Password, "ssl": true}
}

func (c *Cloud) findDatabase(q *request) (*database, error) {
	d, found := c.s.Databases.find(q.PathValue("id"))
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
	c.s.Databases.drop(d.ID)
	return noContent()
}

// children lists what clients made in d, by kind.
func (d *database) children(kind string) []string {
	var out []string
	switch kind {
	case "database_db":
		out = slices.DeleteFunc(slices.Clone(d.DBs), func(n string) bool { return n == d.engine().defaultDB })
	case "database_user":
		for _, u := range d.Users {
			if u.Role != "primary" {
				out = append(out, u.Name)
			}
		}
	case "database_firewall_rule":
		for _, r := range d.Rules {
			out = append(out, r.UUID)
		}
	}
	return out
}

func (d *database) removeChild(kind, name string) bool {
	before := len(d.DBs) + len(d.Users) + len(d.Rules)
	switch kind {
	case "database_db":
		d.DBs = slices.DeleteFunc(d.DBs, func(n string) bool { return n == name })
	case "database_user":
		d.Users = slices.DeleteFunc(d.Users, func(u *dbUser) bool { return u.Name == name })
	case "database_firewall_rule":
		d.Rules = slices.DeleteFunc(d.Rules, func(r *dbRule) bool { return strings.EqualFold(r.UUID, name) })
	}
	return len(d.DBs)+len(d.Users)+len(d.Rules) < before
}
