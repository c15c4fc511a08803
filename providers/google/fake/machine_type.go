package fake

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/mlinfra/mlinfra/providers"
)

// machineType is a size of instances.
type machineType struct {
	name   string
	cpus   int
	memory int // MB
	shared bool
	gpu    string // the accelerator built in
	gpus   int
}

// machineFamily is a row of machine types: name-variant-N has N CPUs with perCPU MB each.
type machineFamily struct {
	name   string
	perCPU int
	cpus   []int
}

var machineFamilies = []machineFamily{
	{"e2-standard", 4096, []int{2, 4, 8, 16, 32}},
	{"e2-highmem", 8192, []int{2, 4, 8, 16}},
	{"e2-highcpu", 1024, []int{2, 4, 8, 16, 32}},
	{"n1-standard", 3840, []int{1, 2, 4, 8, 16, 32, 64, 96}},
	{"n1-highmem", 6656, []int{2, 4, 8, 16, 32, 64, 96}},
	{"n1-highcpu", 922, []int{2, 4, 8, 16, 32, 64, 96}},
	{"n2-standard", 4096, []int{2, 4, 8, 16, 32, 48, 64, 80, 96, 128}},
	{"n2-highmem", 8192, []int{2, 4, 8, 16, 32, 48, 64, 80, 96, 128}},
	{"n2-highcpu", 1024, []int{2, 4, 8, 16, 32, 48, 64, 80, 96}},
	{"n2d-standard", 4096, []int{2, 4, 8, 16, 32, 48, 64, 80, 96, 128, 224}},
	{"n2d-highmem", 8192, []int{2, 4, 8, 16, 32, 48, 64, 80, 96}},
	{"n2d-highcpu", 1024, []int{2, 4, 8, 16, 32, 48, 64, 80, 96, 128, 224}},
	{"n4-standard", 4096, []int{2, 4, 8, 16, 32, 48, 64, 80}},
	{"n4-highmem", 8192, []int{2, 4, 8, 16, 32, 48, 64, 80}},
	{"n4-highcpu", 2048, []int{2, 4, 8, 16, 32, 48, 64, 80}},
	{"c2-standard", 4096, []int{4, 8, 16, 30, 60}},
	{"c2d-standard", 4096, []int{2, 4, 8, 16, 32, 56, 112}},
	{"c3-standard", 4096, []int{4, 8, 22, 44, 88, 176}},
	{"c3-highmem", 8192, []int{4, 8, 22, 44, 88, 176}},
	{"c3-highcpu", 2048, []int{4, 8, 22, 44, 88, 176}},
	{"c3d-standard", 4096, []int{4, 8, 16, 30, 60, 90, 180, 360}},
	{"c4-standard", 3840, []int{2, 4, 8, 16, 24, 32, 48, 96, 144, 192}},
	{"t2d-standard", 4096, []int{1, 2, 4, 8, 16, 32, 48, 60}},
	{"t2a-standard", 4096, []int{1, 2, 4, 8, 16, 32, 48}},
}

// singleTypes are those that are in no row.
var singleTypes = []machineType{
	{"e2-micro", 2, 1024, true, "", 0}, {"e2-small", 2, 2048, true, "", 0}, {"e2-medium", 2, 4096, true, "", 0},
	{"f1-micro", 1, 614, true, "", 0}, {"g1-small", 1, 1740, true, "", 0},
	{"g2-standard-4", 4, 16384, false, "nvidia-l4", 1}, {"g2-standard-8", 8, 32768, false, "nvidia-l4", 1},
	{"g2-standard-12", 12, 49152, false, "nvidia-l4", 1}, {"g2-standard-16", 16, 65536, false, "nvidia-l4", 1},
	{"g2-standard-24", 24, 98304, false, "nvidia-l4", 2}, {"g2-standard-32", 32, 131072, false, "nvidia-l4", 1},
	{"g2-standard-48", 48, 196608, false, "nvidia-l4", 4}, {"g2-standard-96", 96, 393216, false, "nvidia-l4", 8},
	{"a2-highgpu-1g", 12, 87040, false, "nvidia-tesla-a100", 1}, {"a2-highgpu-2g", 24, 174080, false, "nvidia-tesla-a100", 2},
	{"a2-highgpu-4g", 48, 348160, false, "nvidia-tesla-a100", 4}, {"a2-highgpu-8g", 96, 696320, false, "nvidia-tesla-a100", 8},
	{"a2-megagpu-16g", 96, 1392640, false, "nvidia-tesla-a100", 16},
	{"a2-ultragpu-1g", 12, 174080, false, "nvidia-a100-80gb", 1}, {"a2-ultragpu-2g", 24, 348160, false, "nvidia-a100-80gb", 2},
	{"a2-ultragpu-4g", 48, 696320, false, "nvidia-a100-80gb", 4}, {"a2-ultragpu-8g", 96, 1392640, false, "nvidia-a100-80gb", 8},
	{"a3-highgpu-1g", 26, 239616, false, "nvidia-h100-80gb", 1}, {"a3-highgpu-2g", 52, 479232, false, "nvidia-h100-80gb", 2},
	{"a3-highgpu-4g", 104, 958464, false, "nvidia-h100-80gb", 4}, {"a3-highgpu-8g", 208, 1916928, false, "nvidia-h100-80gb", 8},
	{"a3-megagpu-8g", 208, 1916928, false, "nvidia-h100-mega-80gb", 8},
}

// allMachineTypes are the predefined types, sorted by name; made once, because
// every insert counts the CPUs of all instances.
var allMachineTypes = sync.OnceValue(func() []machineType {
	out := slices.Clone(singleTypes)
	for _, f := range machineFamilies {
		for _, n := range f.cpus {
			out = append(out, machineType{name: fmt.Sprintf("%s-%d", f.name, n), cpus: n, memory: n * f.perCPU})
		}
	}
	slices.SortFunc(out, func(a, b machineType) int { return strings.Compare(a.name, b.name) })
	return out
})

// machineTypes returns the predefined types of a zone, sorted by name.
func machineTypes(zone string) []machineType {
	return slices.DeleteFunc(slices.Clone(allMachineTypes()), func(t machineType) bool { return !t.soldIn(zone) })
}

// soldIn tells whether the zone has the type: GPUs and Arm are not everywhere.
func (t machineType) soldIn(zone string) bool {
	switch {
	case t.gpu != "":
		return acceleratorIn(t.gpu, zone)
	case t.family() == "t2a":
		return slices.Contains([]string{"us-central1", "europe-west4", "asia-southeast1"}, regionOf(zone))
	}
	return true
}

// family is the series, such as "n2".
func (t machineType) family() string {
	f, _, _ := strings.Cut(t.name, "-")
	if f == "f1" || f == "g1" || f == "custom" {
		return "n1"
	}
	return f
}

func (t machineType) arm() bool { return t.family() == "t2a" }

// customType matches types with any number of CPUs and any amount of memory.
var customType = providers.NewPattern(`^(?:(e2|n1|n2|n2d|n4)-)?custom-(\d{1,3})-(\d{1,7})(-ext)?$`)

// findMachineType returns a type of a zone, predefined or custom.
func findMachineType(zone, name string) (machineType, bool) {
	all := allMachineTypes()
	if i, found := slices.BinarySearchFunc(all, name, func(t machineType, name string) int { return strings.Compare(t.name, name) }); found {
		return all[i], all[i].soldIn(zone)
	}
	m := customType.FindStringSubmatch(name)
	if m == nil {
		return machineType{}, false
	}
	cpus, _ := strconv.Atoi(m[2])
	memory, _ := strconv.Atoi(m[3])
	fits := cpus >= 1 && cpus <= 128 && (cpus == 1 || cpus%2 == 0) && memory%256 == 0
	perCPU := memory / max(1, cpus)
	if !fits || perCPU < 512 || perCPU > 8192 && m[4] == "" {
		return machineType{}, false
	}
	return machineType{name: name, cpus: cpus, memory: memory}, true
}

func (t machineType) view(project, zone string) map[string]any {
	v := map[string]any{
		"kind": "compute#machineType", "id": fixedID(t.name).String(), "name": t.name, "zone": zone,
		"creationTimestamp": "1969-12-31T16:00:00.000-08:00", "guestCpus": t.cpus, "memoryMb": t.memory, "imageSpaceGb": 0,
		"description":            fmt.Sprintf("%d vCPUs %g GB RAM", t.cpus, float64(t.memory)/1024),
		"maximumPersistentDisks": map[bool]int{true: 16, false: 128}[t.shared], "maximumPersistentDisksSizeGb": "263168",
		"isSharedCpu": t.shared, "architecture": map[bool]string{true: "ARM64", false: "X86_64"}[t.arm()],
		"selfLink": link("projects/" + project + "/zones/" + zone + "/machineTypes/" + t.name),
	}
	if t.gpu != "" {
		v["accelerators"] = []any{map[string]any{"guestAcceleratorType": t.gpu, "guestAcceleratorCount": t.gpus}}
	}
	return v
}

func machineTypeViews(project, zone string) []map[string]any {
	var out []map[string]any
	for _, t := range machineTypes(zone) {
		out = append(out, t.view(project, zone))
	}
	return out
}

func (c *Cloud) readMachineType(q *request) (reply, error) {
	zone, name := q.PathValue("zone"), q.PathValue("name")
	t, found := findMachineType(zone, name)
	if !found {
		return fail(notFound("projects/" + q.project() + "/zones/" + zone + "/machineTypes/" + name))
	}
	return ok(t.view(q.project(), zone))
}

func (c *Cloud) listMachineTypes(q *request) (reply, error) {
	return page(q, "compute#machineTypeList", q.project(), machineTypeViews(q.project(), q.PathValue("zone")))
}

func (c *Cloud) aggregateMachineTypes(q *request) (reply, error) {
	return aggregate(q, "compute#machineTypeAggregatedList", "machineTypes", inZones(q, machineTypeViews))
}

// inZones collects views of all zones.
func inZones(q *request, views func(project, zone string) []map[string]any) []map[string]any {
	var out []map[string]any
	for _, z := range zoneNames() {
		out = append(out, views(q.project(), z)...)
	}
	return out
}
