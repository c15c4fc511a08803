package fake

import "slices"

// dbStorageType is a kind of disk.
type dbStorageType struct {
	name              string
	smallest, largest int // GiB
}

func dbStorageTypes() []dbStorageType {
	return []dbStorageType{{"gp2", 20, 65536}, {"gp3", 20, 65536}, {"io1", 100, 65536}, {"io2", 100, 65536}}
}

// The performance of gp3: a large disk is striped and has four times as much.
const (
	stripedFrom                             = 400 // GiB
	baseIOPS, stripedIOPS                   = 3000, 12000
	maxStripedIOPS                          = 64000
	baseThroughput                          = 125
	stripedThroughput, maxStripedThroughput = 500, 4000
)

// provisioned tells whether a storage type wants its IOPS said.
func provisioned(storageType string) bool { return storageType == "io1" || storageType == "io2" }

// storageParams are the parameters about the disk.
type storageParams struct {
	AllocatedStorage  *int
	StorageType       *string
	Iops              *int
	StorageThroughput *int
}

// shapeStorage lets p change the disk of s, and fills what p leaves open.
func (s *dbShape) shapeStorage(p storageParams) error {
	if p.AllocatedStorage != nil {
		s.Storage = *p.AllocatedStorage
	}
	if p.StorageType != nil {
		if *p.StorageType != s.StorageType {
			s.IOPS, s.Throughput = 0, 0
		}
		s.StorageType = *p.StorageType
	}
	all := dbStorageTypes()
	i := slices.IndexFunc(all, func(t dbStorageType) bool { return t.name == s.StorageType })
	if i < 0 {
		return badValue("Invalid storage type: %s", s.StorageType)
	}
	if s.Storage < all[i].smallest || s.Storage > all[i].largest {
		return badMix("Invalid storage size for engine name %s and storage type %s: %d", s.Engine, s.StorageType, s.Storage)
	}
	if p.Iops != nil {
		s.IOPS = *p.Iops
	}
	if p.StorageThroughput != nil {
		s.Throughput = *p.StorageThroughput
	}
	switch {
	case s.StorageType == "gp3":
		return s.shapeGP3(p)
	case provisioned(s.StorageType):
		return s.shapeProvisioned(p)
	case p.Iops != nil && *p.Iops != 0 || p.StorageThroughput != nil && *p.StorageThroughput != 0:
		return badMix("You can't specify IOPS or storage throughput for storage type %s.", s.StorageType)
	}
	s.IOPS, s.Throughput = 0, 0
	return nil
}

func (s *dbShape) shapeGP3(p storageParams) error {
	if s.Storage < stripedFrom {
		if p.Iops != nil || p.StorageThroughput != nil {
			return badMix("You can't specify IOPS or storage throughput for engine %s and a storage size less than %d.", s.Engine, stripedFrom)
		}
		s.IOPS, s.Throughput = baseIOPS, baseThroughput
		return nil
	}
	if p.Iops == nil {
		s.IOPS = max(s.IOPS, stripedIOPS)
	}
	if p.StorageThroughput == nil {
		s.Throughput = max(s.Throughput, stripedThroughput)
	}
	switch {
	case s.IOPS < stripedIOPS || s.IOPS > maxStripedIOPS:
		return badMix("Invalid iops value for engine name %s and storage type gp3: %d", s.Engine, s.IOPS)
	case s.Throughput < stripedThroughput || s.Throughput > maxStripedThroughput || s.Throughput*4 > s.IOPS:
		return badMix("Invalid storage throughput value for engine name %s and storage type gp3: %d", s.Engine, s.Throughput)
	}
	return nil
}

func (s *dbShape) shapeProvisioned(p storageParams) error {
	most := 50
	if s.StorageType == "io2" {
		most = 1000
	}
	switch {
	case s.IOPS == 0:
		return badMix("You must specify the Iops parameter for storage type %s.", s.StorageType)
	case p.StorageThroughput != nil && *p.StorageThroughput != 0:
		return badMix("You can't specify storage throughput for storage type %s.", s.StorageType)
	case s.IOPS < 1000 || s.IOPS > 256000:
		return badMix("Invalid iops value for engine name %s and storage type %s: %d", s.Engine, s.StorageType, s.IOPS)
	case s.IOPS*2 < s.Storage || s.IOPS > s.Storage*most:
		return badMix("The IOPS to GiB ratio must be between 0.5 and %d.0", most)
	}
	s.Throughput = 0
	return nil
}

// checkCeiling wants room to grow below max.
func checkCeiling(storage, most int) error {
	switch {
	case most <= storage:
		return badMix("Max storage size must be greater than storage size")
	case most*10 < storage*11:
		return badMix("The maximum allocated storage must be increased by at least 10 percent.")
	case most > 65536:
		return badMix("Invalid max storage size: %d", most)
	}
	return nil
}
