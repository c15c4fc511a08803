package fake

import (
	"slices"
	"strings"
)

// region is a place with zones. auto is the range of its subnetwork in auto mode networks.
type region struct {
	name  string
	auto  string
	zones string // their letters
}

// regions are some of the real ones; an incomplete but true list.
var regions = []region{
	{"asia-east1", "10.140.0.0/20", "abc"},
	{"asia-northeast1", "10.146.0.0/20", "abc"},
	{"asia-southeast1", "10.148.0.0/20", "abc"},
	{"australia-southeast1", "10.152.0.0/20", "abc"},
	{"europe-north1", "10.166.0.0/20", "abc"},
	{"europe-west1", "10.132.0.0/20", "bcd"},
	{"europe-west2", "10.154.0.0/20", "abc"},
	{"europe-west3", "10.156.0.0/20", "abc"},
	{"europe-west4", "10.164.0.0/20", "abc"},
	{"us-central1", "10.128.0.0/20", "abcf"},
	{"us-east1", "10.142.0.0/20", "bcd"},
	{"us-east4", "10.150.0.0/20", "abc"},
	{"us-west1", "10.138.0.0/20", "abc"},
	{"us-west4", "10.182.0.0/20", "abc"},
}

func findRegion(name string) (region, bool) {
	i := slices.IndexFunc(regions, func(r region) bool { return r.name == name })
	if i < 0 {
		return region{}, false
	}
	return regions[i], true
}

func regionExists(name string) bool { _, found := findRegion(name); return found }

// regionOf is the region of a zone.
func regionOf(zone string) string { return zone[:max(0, strings.LastIndexByte(zone, '-'))] }

func zoneExists(name string) bool {
	r, found := findRegion(regionOf(name))
	return found && slices.Contains(r.zoneNames(), name)
}

func (r region) zoneNames() []string {
	var out []string
	for _, letter := range r.zones {
		out = append(out, r.name+"-"+string(letter))
	}
	return out
}

func zoneNames() []string {
	var out []string
	for _, r := range regions {
		out = append(out, r.zoneNames()...)
	}
	return out
}

// places are all scopes of aggregated lists.
func places() []string {
	out := []string{"global"}
	for _, r := range regions {
		out = append(out, "regions/"+r.name)
	}
	for _, z := range zoneNames() {
		out = append(out, "zones/"+z)
	}
	return out
}

func regionView(project string, r region) map[string]any {
	root := "projects/" + project + "/"
	var zones []string
	for _, z := range r.zoneNames() {
		zones = append(zones, link(root+"zones/"+z))
	}
	return map[string]any{
		"kind": "compute#region", "id": fixedID(r.name).String(), "name": r.name, "description": r.name, "status": "UP",
		"creationTimestamp": "1969-12-31T16:00:00.000-08:00", "selfLink": link(root + "regions/" + r.name),
		"zones": zones, "supportsPzs": false,
	}
}

func zoneView(project, name string) map[string]any {
	root := "projects/" + project + "/"
	return map[string]any{
		"kind": "compute#zone", "id": fixedID(name).String(), "name": name, "description": name, "status": "UP",
		"creationTimestamp": "1969-12-31T16:00:00.000-08:00", "selfLink": link(root + "zones/" + name),
		"region": link(root + "regions/" + regionOf(name)), "supportsPzs": false,
		"availableCpuPlatforms": cpuPlatforms,
	}
}

// cpuPlatforms are what minCpuPlatform may ask for.
var cpuPlatforms = []string{
	"AMD Genoa", "AMD Milan", "AMD Rome", "Ampere Altra", "Intel Broadwell", "Intel Cascade Lake", "Intel Emerald Rapids",
	"Intel Haswell", "Intel Ice Lake", "Intel Ivy Bridge", "Intel Sandy Bridge", "Intel Sapphire Rapids", "Intel Skylake",
}

// fixedID is the id of something that was there before the project.
func fixedID(name string) int64s {
	n := int64s(1000)
	for _, b := range []byte(name) {
		n = (n*31 + int64s(b)) % 900_000
	}
	return n + 1000
}

// fixed answers one of items by its name, or that it does not exist.
func fixed(q *request, path string, items []map[string]any) (reply, error) {
	for _, m := range items {
		if pathOf(m) == path {
			return ok(m)
		}
	}
	return fail(notFound(path))
}

func (c *Cloud) regionViews(q *request) []map[string]any {
	var out []map[string]any
	for _, r := range regions {
		v := regionView(q.project(), r)
		v["quotas"] = c.regionQuotas(q.project(), r.name)
		out = append(out, v)
	}
	return out
}

func (c *Cloud) readRegion(q *request) (reply, error) {
	return fixed(q, "projects/"+q.project()+"/regions/"+q.PathValue("name"), c.regionViews(q))
}

func (c *Cloud) listRegions(q *request) (reply, error) {
	return page(q, "compute#regionList", q.project(), c.regionViews(q))
}

func zoneViews(project string) []map[string]any {
	var out []map[string]any
	for _, z := range zoneNames() {
		out = append(out, zoneView(project, z))
	}
	return out
}

func (c *Cloud) readZone(q *request) (reply, error) {
	return fixed(q, "projects/"+q.project()+"/zones/"+q.PathValue("name"), zoneViews(q.project()))
}

func (c *Cloud) listZones(q *request) (reply, error) {
	return page(q, "compute#zoneList", q.project(), zoneViews(q.project()))
}
