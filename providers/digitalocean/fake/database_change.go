package fake

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// change makes d busy with status and then shaped like next.
func (c *Cloud) change(q *request, d *database, status string, next databaseShape) {
	d.Busy, d.BusyUntil, d.Next = status, q.now.Add(c.o.Settle), next
}

// resizeDatabase wants both the size and the number of nodes. Disks never shrink.
// The id may be that of a replica.
func (c *Cloud) resizeDatabase(q *request) (reply, error) {
	if d, r := c.findReplica(q.PathValue("id")); r != nil {
		return c.resizeReplica(q, d, r)
	}
	d, err := c.onlineDatabase(q)
	if err != nil {
		return reply{}, err
	}
	var in databaseShape
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if in.Size == "" || in.Nodes == 0 {
		return reply{}, invalid("size and num_nodes are required")
	}
	storage, err := d.engine().storage(in.Size, in.Nodes, in.StorageMiB)
	if err != nil {
		return reply{}, err
	}
	if in.StorageMiB == 0 && in.Size == d.Size {
		storage = d.StorageMiB
	}
	if storage < d.StorageMiB {
		return reply{}, invalid("storage size cannot be decreased: the cluster has %d MiB", d.StorageMiB)
	}
	c.change(q, d, "resizing", databaseShape{Size: in.Size, Nodes: in.Nodes, StorageMiB: storage})
	return reply{Status: 202}, nil
}

func (c *Cloud) migrateDatabase(q *request) (reply, error) {
	d, err := c.onlineDatabase(q)
	if err != nil {
		return reply{}, err
	}
	var in databaseShape
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if !slices.Contains(dbRegions(), in.Region) {
		return reply{}, invalid("invalid cluster region")
	}
	network, err := c.networkFor(q, in.VPC, in.Region)
	if err != nil {
		return reply{}, err
	}
	c.change(q, d, "migrating", databaseShape{Region: in.Region, VPC: network.ID})
	return reply{Status: 202}, nil
}

func (c *Cloud) upgradeDatabase(q *request) (reply, error) {
	d, err := c.onlineDatabase(q)
	if err != nil {
		return reply{}, err
	}
	var in databaseShape
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	versions := d.engine().versions()
	if slices.Index(versions, in.Version) <= slices.Index(versions, d.Version) {
		return reply{}, invalid("invalid cluster engine version")
	}
	c.change(q, d, "migrating", databaseShape{Version: in.Version})
	return noContent()
}

var maintenanceHour = providers.NewPattern(`^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$`)

func (c *Cloud) setMaintenance(q *request) (reply, error) {
	d, err := c.findDatabase(q)
	if err != nil {
		return reply{}, err
	}
	var in struct{ Day, Hour string }
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	day := strings.ToLower(in.Day)
	days := []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
	if !slices.Contains(days, day) || !maintenanceHour.MatchString(in.Hour) {
		return reply{}, invalid("invalid maintenance window")
	}
	d.Day, d.Hour = day, in.Hour
	if len(d.Hour) == len("14:00") {
		d.Hour += ":00"
	}
	return noContent()
}

func (c *Cloud) readEvictionPolicy(q *request) (reply, error) {
	d, err := c.findDatabase(q)
	if err != nil {
		return reply{}, err
	}
	if !d.engine().caching() {
		return reply{}, invalid("eviction policies are for caching clusters only")
	}
	return ok(map[string]any{"eviction_policy": d.Eviction})
}

func (c *Cloud) setEvictionPolicy(q *request) (reply, error) {
	d, err := c.onlineDatabase(q)
	if err != nil {
		return reply{}, err
	}
	var in struct {
		Policy string `json:"eviction_policy"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	policies := []string{"noeviction", "allkeys_lru", "allkeys_random", "volatile_lru", "volatile_random", "volatile_ttl"}
	if !d.engine().caching() || !slices.Contains(policies, in.Policy) {
		return reply{}, invalid("invalid eviction policy")
	}
	d.Eviction = in.Policy
	return noContent()
}

func (c *Cloud) readSQLMode(q *request) (reply, error) {
	d, err := c.findDatabase(q)
	if err != nil {
		return reply{}, err
	}
	if !d.engine().mysql() {
		return reply{}, invalid("sql modes are for MySQL clusters only")
	}
	return ok(map[string]any{"sql_mode": d.SQLMode})
}

func (c *Cloud) setSQLMode(q *request) (reply, error) {
	d, err := c.onlineDatabase(q)
	if err != nil {
		return reply{}, err
	}
	var in struct {
		Mode *string `json:"sql_mode"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if !d.engine().mysql() || in.Mode == nil {
		return reply{}, invalid("invalid sql mode")
	}
	d.SQLMode = *in.Mode
	return noContent()
}

// autoscale says when and by how much a disk grows.
type autoscale struct {
	Enabled   *bool `json:"enabled"`
	Threshold *int  `json:"threshold_percent,omitempty"`
	Increment *int  `json:"increment_gib,omitempty"`
}

// check refuses what the API's bounds do not allow. Nil is fine to check.
func (a *autoscale) check(e engine) error {
	outside := func(n *int, low, high int) bool { return n != nil && (*n < low || *n > high) }
	switch {
	case a == nil:
		return nil
	case e.caching():
		return invalid("not supported for caching clusters")
	case a.Enabled == nil:
		return invalid("enabled is required")
	case outside(a.Threshold, 15, 95):
		return invalid("threshold_percent must be between 15 and 95")
	case outside(a.Increment, 10, 500):
		return invalid("increment_gib must be between 10 and 500")
	}
	return nil
}

// readAutoscale answers in two forms: the document wraps storage, the client
// library, which was tried on the real API, reads it unwrapped.
func (c *Cloud) readAutoscale(q *request) (reply, error) {
	d, err := c.findDatabase(q)
	if err != nil {
		return reply{}, err
	}
	storage := d.Autoscale
	if storage == nil {
		storage = &autoscale{Enabled: new(false)}
	}
	return ok(map[string]any{"storage": storage, "autoscale": map[string]any{"storage": storage}})
}

func (c *Cloud) setAutoscale(q *request) (reply, error) {
	d, err := c.onlineDatabase(q)
	if err != nil {
		return reply{}, err
	}
	var in struct {
		Storage *autoscale `json:"storage"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if in.Storage == nil {
		return reply{}, invalid("storage is required")
	}
	if err := in.Storage.check(d.engine()); err != nil {
		return reply{}, err
	}
	d.Autoscale = in.Storage
	return noContent()
}

func (c *Cloud) readCA(q *request) (reply, error) {
	d, err := c.findDatabase(q)
	if err != nil {
		return reply{}, err
	}
	certificate := pem("CERTIFICATE", "CA of "+d.ID)
	return ok(map[string]any{"ca": map[string]any{"certificate": base64.StdEncoding.EncodeToString([]byte(certificate))}})
}

func (c *Cloud) listBackups(q *request) (reply, error) {
	if _, err := c.findDatabase(q); err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"backups": []any{}})
}

// readMetricsCredentials shows those of all clusters of the account.
func (c *Cloud) readMetricsCredentials(*request) (reply, error) {
	return ok(map[string]any{"credentials": c.s.Metrics})
}

func (c *Cloud) setMetricsCredentials(q *request) (reply, error) {
	var in struct {
		Credentials *metricsCredentials `json:"credentials"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if in.Credentials == nil || in.Credentials.Username == "" || in.Credentials.Password == "" {
		return reply{}, invalid("credentials are required")
	}
	c.s.Metrics = in.Credentials
	return noContent()
}

// metricsCredentials open the metrics endpoints.
type metricsCredentials struct {
	Username string `json:"basic_auth_username"`
	Password string `json:"basic_auth_password"`
}
