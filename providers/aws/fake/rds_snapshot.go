package fake

import (
	"strings"
	"time"
)

// dbSnapshot is a backup that somebody asked for. It outlives its instance.
type dbSnapshot struct {
	dbMeta
	Instance  string    `json:"instance"`
	Shape     dbShape   `json:"shape"`
	VPC       string    `json:"vpc_id"`
	Zone      string    `json:"zone"`
	User      string    `json:"user"`
	Encrypted bool      `json:"encrypted"`
	KMSKey    string    `json:"kms_key"`
	BornAt    time.Time `json:"instance_created_at"`
	Resource  string    `json:"resource_id"`
	ReadyAt   time.Time `json:"ready_at"`
}

// dbSnapshotView is a snapshot in an answer.
type dbSnapshotView struct {
	DBSnapshotIdentifier             string
	DBInstanceIdentifier             string
	SnapshotCreateTime               string
	Engine                           string
	AllocatedStorage                 int
	Status                           string
	Port                             int
	AvailabilityZone                 string
	VpcId                            string //nolint:revive // as in the API
	InstanceCreateTime               string
	MasterUsername                   string
	EngineVersion                    string
	LicenseModel                     string
	SnapshotType                     string
	Iops                             int `xml:",omitempty"`
	StorageThroughput                int `xml:",omitempty"`
	OptionGroupName                  string
	PercentProgress                  int
	StorageType                      string
	Encrypted                        bool
	KmsKeyId                         string `xml:",omitempty"` //nolint:revive // as in the API
	DBSnapshotArn                    string
	IAMDatabaseAuthenticationEnabled bool
	DbiResourceId                    string //nolint:revive // as in the API
	TagList                          dbTags
}

func (s *dbSnapshot) view(now time.Time) dbSnapshotView {
	e, _ := findDBEngine(s.Shape.Engine)
	v := dbSnapshotView{DBSnapshotIdentifier: s.Name, DBInstanceIdentifier: s.Instance, SnapshotCreateTime: stamp(s.CreatedAt),
		Engine: s.Shape.Engine, AllocatedStorage: s.Shape.Storage, Status: dbCreating, Port: s.Shape.Port, AvailabilityZone: s.Zone, VpcId: s.VPC,
		InstanceCreateTime: stamp(s.BornAt), MasterUsername: s.User, EngineVersion: s.Shape.Version, LicenseModel: e.license,
		SnapshotType: "manual", Iops: s.Shape.IOPS, StorageThroughput: s.Shape.Throughput, OptionGroupName: e.optionGroup(s.Shape.Version),
		StorageType: s.Shape.StorageType, Encrypted: s.Encrypted, KmsKeyId: s.KMSKey, DBSnapshotArn: s.ARN,
		IAMDatabaseAuthenticationEnabled: s.Shape.IAMAuth, DbiResourceId: s.Resource, TagList: s.tagList()}
	if due(s.ReadyAt, now) {
		v.Status, v.PercentProgress = dbAvailable, 100
	}
	return v
}

func (c *Cloud) dbSnapshotOperations() map[string]operation {
	return map[string]operation{"DescribeDBSnapshots": c.describeDBSnapshots, "DeleteDBSnapshot": c.deleteDBSnapshot}
}

func (c *Cloud) findDBSnapshot(q *call, name string) (*dbSnapshot, error) {
	s, found := dbFind(c, q, c.s.RDS.Snapshots, name)
	if !found {
		return nil, dbNotFound("DBSnapshotNotFound", "DBSnapshot %s not found.", name)
	}
	return s, nil
}

// snapshotDB takes the last snapshot of d.
func (c *Cloud) snapshotDB(q *call, d *dbInstance, name string) error {
	name, err := checkDBName("FinalDBSnapshotIdentifier", name, 255)
	if err != nil {
		return err
	}
	if dbTaken(q, c.s.RDS.Snapshots, name) {
		return refusal("DBSnapshotAlreadyExists", "Cannot create the snapshot because a snapshot with the identifier %s already exists.", name)
	}
	var tags map[string]string
	if d.CopyTags {
		tags = d.Tags
	}
	c.s.RDS.Snapshots.Add(&dbSnapshot{dbMeta: c.newDBMeta(q, "snapshot", name, tags), Instance: d.Name, Shape: d.Shape, VPC: d.VPC, Zone: d.Zone,
		User: d.User, Encrypted: d.Encrypted, KMSKey: d.KMSKey, BornAt: d.CreatedAt, Resource: d.ResourceID, ReadyAt: q.now.Add(c.o.DeleteLag / 2)})
	return nil
}

func (c *Cloud) describeDBSnapshots(q *call) (any, error) {
	var in struct {
		DBInstanceIdentifier, DBSnapshotIdentifier string
		DbiResourceID                              string `q:"DbiResourceId"`
		SnapshotType                               string `q:",enum=automated|manual|shared|public|awsbackup"`
		IncludePublic, IncludeShared               bool
		dbPage
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if in.DBSnapshotIdentifier != "" {
		if _, err := c.findDBSnapshot(q, in.DBSnapshotIdentifier); err != nil {
			return nil, err
		}
	}
	var all []*dbSnapshot
	for _, s := range dbSeen(c, q, c.s.RDS.Snapshots) {
		if (in.DBSnapshotIdentifier == "" || s.Name == strings.ToLower(in.DBSnapshotIdentifier) || s.ARN == in.DBSnapshotIdentifier) &&
			(in.DBInstanceIdentifier == "" || s.Instance == strings.ToLower(in.DBInstanceIdentifier)) &&
			(in.DbiResourceID == "" || s.Resource == in.DbiResourceID) && (in.SnapshotType == "" || in.SnapshotType == "manual") {
			all = append(all, s)
		}
	}
	all, err := dbFiltered(in.Filters, all, map[string]func(*dbSnapshot) []string{
		"db-instance-id":  func(s *dbSnapshot) []string { return []string{s.Instance} },
		"db-snapshot-id":  func(s *dbSnapshot) []string { return []string{s.Name, s.ARN} },
		"dbi-resource-id": func(s *dbSnapshot) []string { return []string{s.Resource} },
		"snapshot-type":   func(*dbSnapshot) []string { return []string{"manual"} },
		"engine":          func(s *dbSnapshot) []string { return []string{s.Shape.Engine} },
	})
	if err != nil {
		return nil, err
	}
	page, next, err := dbPageOf(in.dbPage, all, (*dbSnapshot).dbName)
	if err != nil {
		return nil, err
	}
	out := struct {
		DBSnapshots struct{ DBSnapshot []dbSnapshotView }
		Marker      string `xml:",omitempty"`
	}{Marker: next}
	for _, s := range page {
		out.DBSnapshots.DBSnapshot = append(out.DBSnapshots.DBSnapshot, s.view(q.now))
	}
	return out, nil
}

func (c *Cloud) deleteDBSnapshot(q *call) (any, error) {
	var in struct {
		DBSnapshotIdentifier string `q:",required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	s, err := c.findDBSnapshot(q, in.DBSnapshotIdentifier)
	if err != nil {
		return nil, err
	}
	v := s.view(q.now)
	if v.Status != dbAvailable {
		return nil, refusal("InvalidDBSnapshotState", "Cannot delete the snapshot because it is not currently in the available, failed or incompatible-restore state.")
	}
	c.s.RDS.Snapshots.Drop(s.ARN)
	v.Status = "deleted"
	return struct{ DBSnapshot dbSnapshotView }{v}, nil
}
