package fake

import (
	"slices"
	"time"
)

// modifyParams are the parameters of ModifyDBInstance.
type modifyParams struct {
	DBInstanceIdentifier     string `q:",required"`
	ApplyImmediately         bool
	AllowMajorVersionUpgrade bool
	DBInstanceClass          string
	EngineVersion            string
	NewDBInstanceIdentifier  string
	MasterUserPassword       *string
	ManageMasterUserPassword *bool
	RotateMasterUserPassword bool
	MasterUserSecretKmsKeyID string `q:"MasterUserSecretKmsKeyId"`
	MultiAZ                  *bool
	DBPortNumber             *int
	DBSubnetGroupName        string
	LicenseModel             string
	CopyTagsToSnapshot       *bool
	DedicatedLogVolume       *bool
	NetworkType              string `q:",enum=IPV4"`
	Logs                     struct {
		Enable  []string `q:"EnableLogTypes"`
		Disable []string `q:"DisableLogTypes"`
	} `q:"CloudwatchLogsExportConfiguration"`
	storageParams
	dbKnobs
}

// modifyDB changes at once what needs no outage. The rest happens in the
// maintenance window, or at once with all that was put off before.
func (c *Cloud) modifyDB(q *call) (any, error) {
	var in modifyParams
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	d, err := c.findDB(q, in.DBInstanceIdentifier)
	if err != nil {
		return nil, err
	}
	if !d.usable() {
		return nil, d.wrongState()
	}
	after, shape := *d, d.Shape
	if d.Pending != nil {
		shape = *d.Pending
	}
	after.Groups = slices.Clone(d.Groups)
	if err := c.reshapeBy(q, d, &shape, in); err != nil {
		return nil, err
	}
	if err := c.turnKnobs(q, &after, &shape, in.dbKnobs); err != nil {
		return nil, err
	}
	if err := c.changeLogin(q, &after, in); err != nil {
		return nil, err
	}
	if after.Logs, err = d.engine().readLogs(shape.Version, wantedLogs(d.Logs, in.Logs.Enable, in.Logs.Disable)); err != nil {
		return nil, err
	}
	assign(&after.CopyTags, in.CopyTagsToSnapshot)
	assign(&after.DedicatedLog, in.DedicatedLogVolume)
	*d = after
	c.moveFirewalls(d)
	c.schedule(q, d, shape, in)
	return dbAnswer{c.dbView(d)}, nil
}

// wantedLogs adds and removes logs.
func wantedLogs(have, enable, disable []string) []string {
	kept := slices.DeleteFunc(slices.Clone(have), func(l string) bool { return slices.Contains(disable, l) })
	return append(kept, enable...)
}

// moveFirewalls gives the interfaces of d its groups and public address.
func (c *Cloud) moveFirewalls(d *dbInstance) {
	for _, id := range d.Interfaces {
		if i, found := c.s.EC2.Interfaces.Find(id); found {
			i.Groups = d.Groups
		}
	}
	c.showInternet(d)
}

// schedule decides when d gets the shape.
func (c *Cloud) schedule(q *call, d *dbInstance, shape dbShape, in modifyParams) {
	// Between two lengths of keeping backups nothing has to be stopped.
	if d.Shape.Retention > 0 && shape.Retention > 0 {
		d.Shape.Retention = shape.Retention
	}
	switch {
	case shape == d.Shape:
		d.Pending, d.DueAt = nil, time.Time{}
		if in.MasterUserPassword != nil || in.RotateMasterUserPassword {
			d.become("resetting-master-credentials", q.now, c.o.Settle)
		}
		return
	case in.ApplyImmediately || shape.Port != d.Shape.Port:
		// For a moment it still says available.
		d.DueAt = q.now.Add(c.o.EventualLag)
	case d.Pending == nil:
		window, _ := readMaintenance(d.Maintenance) // checked when it was set
		d.DueAt = window.next(q.now)
	}
	d.Pending = &shape
}

// reshapeBy lets in change the shape of d.
func (c *Cloud) reshapeBy(q *call, d *dbInstance, shape *dbShape, in modifyParams) error {
	if in.DBInstanceClass != "" {
		if err := shape.setClass(in.DBInstanceClass); err != nil {
			return err
		}
		if c.dbSoldOut(shape.Class, d.Zone) && shape.Class != d.Shape.Class {
			return refusal("InsufficientDBInstanceCapacity", "The DB instance class %s is not available in %s.", shape.Class, d.Zone)
		}
	}
	if in.LicenseModel != "" && in.LicenseModel != d.engine().license {
		return badMix("Invalid license model '%s' for engine '%s'.", in.LicenseModel, d.Shape.Engine)
	}
	if err := shape.upgrade(d, in); err != nil {
		return err
	}
	if err := c.grow(q, d, shape, in.storageParams); err != nil {
		return err
	}
	if err := shape.setPort(in.DBPortNumber); err != nil {
		return err
	}
	assign(&shape.MultiAZ, in.MultiAZ)
	if shape.MultiAZ && !d.Shape.MultiAZ && c.secondZone(d) == "" {
		return refusal("InvalidVPCNetworkStateFault", "The DB subnet group of %s has no second availability zone for a standby.", d.Name)
	}
	if in.DBSubnetGroupName != "" {
		g, err := c.findDBGroup(q, in.DBSubnetGroupName)
		if err != nil {
			return err
		}
		if g.ARN != d.Group {
			return refusal("InvalidVPCNetworkStateFault", "The DB instance cannot be moved: %s is in the same VPC or the instance is in the way of it.", g.Name)
		}
	}
	if in.NewDBInstanceIdentifier == "" {
		return nil
	}
	name, err := checkDBName("NewDBInstanceIdentifier", in.NewDBInstanceIdentifier, 63)
	if err != nil {
		return err
	}
	if name != d.Name && dbTaken(q, c.s.RDS.Instances, name) {
		return refusal("DBInstanceAlreadyExists", "DB instance already exists")
	}
	shape.Name = name
	return nil
}

// upgrade lets in change the version, never to an older one.
func (s *dbShape) upgrade(d *dbInstance, in modifyParams) error {
	if in.EngineVersion == "" || in.EngineVersion == s.Version || in.EngineVersion == d.engine().major(s.Version) {
		return nil
	}
	e := d.engine()
	version, err := e.resolve(in.EngineVersion)
	if err != nil {
		return err
	}
	if older(version, d.Shape.Version) {
		return badMix("Cannot upgrade %s from %s to %s", e.name, d.Shape.Version, version)
	}
	if e.major(version) != e.major(d.Shape.Version) && !in.AllowMajorVersionUpgrade {
		return badMix("The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.")
	}
	s.Version = version
	return nil
}

// grow lets p change the disk, which never gets smaller.
func (c *Cloud) grow(q *call, d *dbInstance, shape *dbShape, p storageParams) error {
	if p == (storageParams{}) {
		return nil
	}
	before := *shape
	keptType := p.StorageType == nil || *p.StorageType == before.StorageType
	if provisioned(before.StorageType) && keptType && (p.AllocatedStorage == nil) != (p.Iops == nil) {
		return badMix("You must specify both the storage size and iops when modifying the storage size or iops on a DB instance that has iops.")
	}
	if p.AllocatedStorage != nil && *p.AllocatedStorage < d.Shape.Storage {
		return badMix("Requested storage size (%d) cannot be less than the current storage size (%d).", *p.AllocatedStorage, d.Shape.Storage)
	}
	// A small step becomes one of ten percent.
	if p.AllocatedStorage != nil && *p.AllocatedStorage > d.Shape.Storage {
		least := (d.Shape.Storage*11 + 9) / 10
		larger := max(least, *p.AllocatedStorage)
		p.AllocatedStorage = &larger
	}
	if err := shape.shapeStorage(p); err != nil {
		return err
	}
	changes := shape.Storage != before.Storage || shape.StorageType != before.StorageType || shape.IOPS != before.IOPS || shape.Throughput != before.Throughput
	recent := !d.GrownAt.IsZero() && q.now.Before(d.GrownAt.Add(c.o.VolumeModifyGap))
	if changes && (recent || d.Status == dbOptimizing) {
		return badMix("You can't currently modify the storage of this DB instance because the previous storage change is being optimized.")
	}
	return nil
}

// changeLogin sets the password, or lets RDS manage it.
func (c *Cloud) changeLogin(q *call, d *dbInstance, in modifyParams) error {
	manage := d.Secret != ""
	assign(&manage, in.ManageMasterUserPassword)
	switch {
	case manage && in.MasterUserPassword != nil:
		return badMix("You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled.")
	case in.RotateMasterUserPassword && !in.ApplyImmediately:
		return badMix("You must apply the change immediately when rotating the master user password.")
	case in.RotateMasterUserPassword && d.Secret == "":
		return badMix("You can't rotate the master user password: RDS does not manage it.")
	case !manage && d.Secret != "" && in.MasterUserPassword == nil:
		return badMix("You must specify MasterUserPassword when you turn off ManageMasterUserPassword.")
	case in.MasterUserPassword != nil:
		if err := d.engine().checkPassword(*in.MasterUserPassword); err != nil {
			return err
		}
	}
	if manage && d.Secret == "" {
		d.Secret = c.newSecret(q)
	}
	if !manage {
		d.Secret = ""
	}
	return nil
}
