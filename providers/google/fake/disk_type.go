package fake

import (
	"fmt"
	"slices"
)

// diskType is a kind of block storage.
type diskType struct {
	name        string
	description string
	least, most int // GB
	usual       int // GB, when a client says nothing
	metric      string
	iops        bool // can be chosen
	throughput  bool // can be chosen
}

var diskTypes = []diskType{
	{"hyperdisk-balanced", "Hyperdisk Balanced Persistent Disk", 4, 65536, 100, "HYPERDISK_TOTAL_GB", true, true},
	{"hyperdisk-extreme", "Hyperdisk Extreme Persistent Disk", 64, 65536, 1000, "HYPERDISK_TOTAL_GB", true, false},
	{"hyperdisk-ml", "Hyperdisk ML Persistent Disk", 4, 65536, 100, "HYPERDISK_TOTAL_GB", false, true},
	{"hyperdisk-throughput", "Hyperdisk Throughput Persistent Disk", 2048, 32768, 2048, "HYPERDISK_TOTAL_GB", false, true},
	{"local-ssd", "Local SSD", 375, 375, 375, "LOCAL_SSD_TOTAL_GB", false, false},
	{"pd-balanced", "Balanced Persistent Disk", 10, 65536, 100, "SSD_TOTAL_GB", false, false},
	{"pd-extreme", "Extreme Persistent Disk", 500, 65536, 1000, "SSD_TOTAL_GB", true, false},
	{"pd-ssd", "SSD Persistent Disk", 10, 65536, 100, "SSD_TOTAL_GB", false, false},
	{"pd-standard", "Standard Persistent Disk", 10, 65536, 500, "DISKS_TOTAL_GB", false, false},
}

func findDiskType(name string) (diskType, bool) {
	i := slices.IndexFunc(diskTypes, func(t diskType) bool { return t.name == name })
	if i < 0 {
		return diskType{}, false
	}
	return diskTypes[i], true
}

// hyperdiskOnly are the machine series that take no Persistent Disks.
var hyperdiskOnly = []string{"c4", "n4"}

// hyperdiskNever are those that take no Hyperdisk.
var hyperdiskNever = []string{"e2", "n1", "n2d", "c2", "c2d", "t2d", "t2a"}

// fits tells whether machines of a series can have disks of the type.
func (t diskType) fits(series string) bool {
	switch t.metric {
	case "HYPERDISK_TOTAL_GB":
		return !slices.Contains(hyperdiskNever, series)
	case "LOCAL_SSD_TOTAL_GB":
		return slices.Contains([]string{"n1", "n2", "n2d", "c2", "c2d", "a2", "g2"}, series)
	}
	return !slices.Contains(hyperdiskOnly, series) && !(t.name == "pd-standard" && slices.Contains([]string{"c3", "c3d", "g2", "a3"}, series))
}

func diskTypeViews(project, zone string) []map[string]any {
	var out []map[string]any
	for _, t := range diskTypes {
		out = append(out, map[string]any{
			"kind": "compute#diskType", "id": fixedID(t.name).String(), "name": t.name, "description": t.description,
			"creationTimestamp": "1969-12-31T16:00:00.000-08:00", "validDiskSize": fmt.Sprintf("%dGB-%dGB", t.least, t.most),
			"defaultDiskSizeGb": fmt.Sprint(t.usual), "zone": link("projects/" + project + "/zones/" + zone),
			"selfLink": link("projects/" + project + "/zones/" + zone + "/diskTypes/" + t.name),
		})
	}
	return out
}

func (c *Cloud) readDiskType(q *request) (reply, error) {
	path := "projects/" + q.project() + "/" + q.scope() + "/diskTypes/" + q.PathValue("name")
	return fixed(q, path, diskTypeViews(q.project(), q.PathValue("zone")))
}

func (c *Cloud) listDiskTypes(q *request) (reply, error) {
	return page(q, "compute#diskTypeList", q.project(), diskTypeViews(q.project(), q.PathValue("zone")))
}

func (c *Cloud) aggregateDiskTypes(q *request) (reply, error) {
	return aggregate(q, "compute#diskTypeAggregatedList", "diskTypes", inZones(q, diskTypeViews))
}
