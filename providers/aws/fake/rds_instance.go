package fake

import (
	"slices"
	"strings"
	"time"
)

// The states of an instance that matter to others.
const (
	dbAvailable  = "available"
	dbCreating   = "creating"
	dbBackingUp  = "backing-up"
	dbModifying  = "modifying"
	dbOptimizing = "storage-optimization"
	dbStopped    = "stopped"
	dbDeleting   = "deleting"
)

// stopFor is how long an instance stays stopped before it is started again.
const stopFor = 7 * 24 * time.Hour

// dbShape is what of an instance changes only in a modification, at once or in
// the maintenance window.
type dbShape struct {
	Name        string `json:"name"`
	Engine      string `json:"engine"`
	Class       string `json:"class"`
	Version     string `json:"version"`
	Storage     int    `json:"storage"`
	StorageType string `json:"storage_type"`
	IOPS        int    `json:"iops"`
	Throughput  int    `json:"throughput"`
	MultiAZ     bool   `json:"multi_az"`
	Retention   int    `json:"retention"` // days of backups
	CA          string `json:"ca"`
	IAMAuth     bool   `json:"iam_auth"`
	Port        int    `json:"port"`
}

// dbInstance is a database server.
type dbInstance struct {
	dbMeta
	Shape   dbShape   `json:"shape"`
	Pending *dbShape  `json:"pending"`    // the shape it will have
	DueAt   time.Time `json:"pending_at"` // when it begins to get it

	Status string    `json:"status"`
	Until  time.Time `json:"until"` // when Status ends; zero for never

	ResourceID   string    `json:"resource_id"`
	Group        string    `json:"subnet_group"` // its ARN
	VPC          string    `json:"vpc_id"`
	Zone         string    `json:"zone"`
	SecondZone   string    `json:"second_zone"`
	Groups       []string  `json:"security_groups"`
	Interfaces   []string  `json:"interfaces"`
	Public       bool      `json:"public"`
	User         string    `json:"user"`
	Database     string    `json:"database"`
	Secret       string    `json:"secret"` // the ARN of a managed password
	Encrypted    bool      `json:"encrypted"`
	KMSKey       string    `json:"kms_key"`
	Protected    bool      `json:"deletion_protection"`
	CopyTags     bool      `json:"copy_tags"`
	AutoMinor    bool      `json:"auto_minor"`
	Ceiling      int       `json:"max_storage"`
	Backup       string    `json:"backup_window"`
	Maintenance  string    `json:"maintenance_window"`
	Insights     bool      `json:"insights"`
	KeepInsight  int       `json:"insights_retention"`
	Mode         string    `json:"insights_mode"`
	Monitoring   int       `json:"monitoring_interval"`
	Monitor      string    `json:"monitoring_role"`
	Logs         []string  `json:"logs"`
	Lifecycle    string    `json:"lifecycle_support"`
	Network      string    `json:"network_type"`
	DedicatedLog bool      `json:"dedicated_log_volume"`
	GrownAt      time.Time `json:"grown_at"` // when the disk was last changed
}

func (c *Cloud) dbOperations() map[string]operation {
	return map[string]operation{
		"CreateDBInstance": c.createDB, "DescribeDBInstances": c.describeDBs, "ModifyDBInstance": c.modifyDB, "DeleteDBInstance": c.deleteDB,
		"RebootDBInstance": c.rebootDB, "StopDBInstance": c.stopDB, "StartDBInstance": c.startDB,
	}
}

// findDB returns the instance with that name or ARN.
func (c *Cloud) findDB(q *call, name string) (*dbInstance, error) {
	d, found := dbFind(c, q, c.s.RDS.Instances, name)
	if !found {
		return nil, dbNotFound("DBInstanceNotFound", "DBInstance %s not found.", name)
	}
	return d, nil
}

// engine is that of d, which exists.
func (d *dbInstance) engine() dbEngine {
	e, _ := findDBEngine(d.Shape.Engine)
	return e
}

// settleDB makes happen what is due for d.
func (c *Cloud) settleDB(d *dbInstance, now time.Time) {
	for {
		switch {
		case d.Status == dbAvailable && d.Pending != nil && due(d.DueAt, now):
			d.become(dbModifying, d.DueAt, c.o.Settle)
		case due(d.Until, now):
			c.finishDB(d)
		default:
			return
		}
		if d.Status == "" {
			return // gone
		}
	}
}

// become puts d into a state that lasts for a while.
func (d *dbInstance) become(status string, at time.Time, lasts time.Duration) {
	d.Status, d.Until = status, at.Add(lasts)
}

// finishDB ends the state of d.
func (c *Cloud) finishDB(d *dbInstance) {
	at := d.Until
	d.Until = time.Time{}
	switch d.Status {
	case dbCreating:
		d.Status = dbAvailable
		if d.Shape.Retention > 0 {
			// The first backup is part of the way.
			d.become(dbBackingUp, at, c.o.DBReady/4)
		}
	case dbModifying:
		grows := d.Pending.Storage != d.Shape.Storage || d.Pending.StorageType != d.Shape.StorageType
		c.reshape(d, at)
		d.Status = dbAvailable
		if grows {
			d.GrownAt = at
			d.become(dbOptimizing, at, c.o.Settle)
		}
	case "stopping":
		d.become(dbStopped, at, stopFor)
	case dbStopped:
		d.become("starting", at, c.o.Settle)
	case dbDeleting:
		c.s.RDS.Instances.Drop(d.ARN)
		d.Status = ""
	default:
		d.Status = dbAvailable
	}
}

// reshape gives d its pending shape.
func (c *Cloud) reshape(d *dbInstance, at time.Time) {
	d.Shape, d.Pending, d.DueAt = *d.Pending, nil, time.Time{}
	if d.Shape.Name != d.Name {
		d.ARN, d.Name = strings.TrimSuffix(d.ARN, d.Name)+d.Shape.Name, d.Shape.Name
	}
	switch {
	case d.Shape.MultiAZ && d.SecondZone == "":
		d.SecondZone = c.secondZone(d)
		if g, found := c.s.RDS.Groups.Find(d.Group); found {
			// Without an address the standby has no interface; the change was accepted long ago.
			_ = c.connect(&call{now: at, region: d.Region}, d, g, d.SecondZone)
		}
	case !d.Shape.MultiAZ && d.SecondZone != "":
		d.SecondZone = ""
		for _, id := range d.Interfaces[1:] {
			c.dropInterface(id)
		}
		d.Interfaces = d.Interfaces[:1]
	}
}

// secondZone is where the standby of d goes, "" when there is no such place.
func (c *Cloud) secondZone(d *dbInstance) string {
	g, found := c.s.RDS.Groups.Find(d.Group)
	if !found {
		return ""
	}
	for _, z := range c.dbZones(g) {
		if z != d.Zone && !c.dbSoldOut(d.Shape.Class, z) {
			return z
		}
	}
	return ""
}

// dbZones are the zones of a group, in the order of their names.
func (c *Cloud) dbZones(g *dbSubnetGroup) []string {
	var out []string
	for _, id := range g.Subnets {
		if s, found := c.s.EC2.Subnets.Find(id); found && !slices.Contains(out, s.Zone) {
			out = append(out, s.Zone)
		}
	}
	slices.Sort(out)
	return out
}

// dbSubnetsOf are the subnets in which d has an interface.
func (c *Cloud) dbSubnetsOf(d *dbInstance) []string {
	var out []string
	for _, id := range d.Interfaces {
		if i, found := c.s.EC2.Interfaces.Find(id); found {
			out = append(out, i.Subnet)
		}
	}
	return out
}

// usable tells whether d can be changed.
func (d *dbInstance) usable() bool { return d.Status == dbAvailable || d.Status == dbOptimizing }

func (d *dbInstance) wrongState() error {
	return refusal("InvalidDBInstanceState", "Instance %s is not available: its state is %s.", d.Name, d.Status)
}

func (c *Cloud) describeDBs(q *call) (any, error) {
	var in struct {
		DBInstanceIdentifier string
		dbPage
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	all := dbSeen(c, q, c.s.RDS.Instances)
	if in.DBInstanceIdentifier != "" {
		d, err := c.findDB(q, in.DBInstanceIdentifier)
		if err != nil {
			return nil, err
		}
		all = []*dbInstance{d}
	}
	all, err := dbFiltered(in.Filters, all, map[string]func(*dbInstance) []string{
		"db-instance-id":  func(d *dbInstance) []string { return []string{d.Name, d.ARN} },
		"dbi-resource-id": func(d *dbInstance) []string { return []string{d.ResourceID} },
		"engine":          func(d *dbInstance) []string { return []string{d.Shape.Engine} },
		"db-cluster-id":   func(*dbInstance) []string { return nil },
		"domain":          func(*dbInstance) []string { return nil },
	})
	if err != nil {
		return nil, err
	}
	page, next, err := dbPageOf(in.dbPage, all, (*dbInstance).dbName)
	if err != nil {
		return nil, err
	}
	out := struct {
		DBInstances struct{ DBInstance []dbView }
		Marker      string `xml:",omitempty"`
	}{Marker: next}
	for _, d := range page {
		out.DBInstances.DBInstance = append(out.DBInstances.DBInstance, c.dbView(d))
	}
	return out, nil
}

// dbAnswer is the answer to a call about one instance.
type dbAnswer struct{ DBInstance dbView }

func (c *Cloud) rebootDB(q *call) (any, error) {
	var in struct {
		DBInstanceIdentifier string `q:",required"`
		ForceFailover        bool
	}
	return c.turnDB(q, &in, &in.DBInstanceIdentifier, (*dbInstance).usable, "rebooting", func(d *dbInstance) error {
		if in.ForceFailover && !d.Shape.MultiAZ {
			return badMix("Cannot specify ForceFailover when the instance is not configured for MultiAZ.")
		}
		return nil
	})
}

func (c *Cloud) stopDB(q *call) (any, error) {
	var in struct {
		DBInstanceIdentifier string `q:",required"`
	}
	return c.turnDB(q, &in, &in.DBInstanceIdentifier, (*dbInstance).usable, "stopping", nil)
}

func (c *Cloud) startDB(q *call) (any, error) {
	var in struct {
		DBInstanceIdentifier string `q:",required"`
	}
	isStopped := func(d *dbInstance) bool { return d.Status == dbStopped }
	return c.turnDB(q, &in, &in.DBInstanceIdentifier, isStopped, "starting", nil)
}

// turnDB reads in, which holds name, and puts the instance of it into status if
// it is ready for that.
func (c *Cloud) turnDB(q *call, in any, name *string, ready func(*dbInstance) bool, status string, check func(*dbInstance) error) (any, error) {
	if err := q.decode(in); err != nil {
		return nil, err
	}
	d, err := c.findDB(q, *name)
	if err != nil {
		return nil, err
	}
	if !ready(d) {
		return nil, d.wrongState()
	}
	if check != nil {
		if err := check(d); err != nil {
			return nil, err
		}
	}
	d.become(status, q.now, c.o.Settle)
	return dbAnswer{c.dbView(d)}, nil
}
