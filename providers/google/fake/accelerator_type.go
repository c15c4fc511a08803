package fake

import (
	"slices"
	"strings"
)

// acceleratorType is a GPU. Only those for N1 can be added to an instance; the
// others are built into machine types.
type acceleratorType struct {
	name        string
	description string
	counts      []int  // how many an instance can have
	added       bool   // to N1 instances
	zones       string // as "region:letters", separated by spaces
}

var acceleratorTypes = []acceleratorType{
	{"nvidia-a100-80gb", "NVIDIA A100 80GB", []int{1, 2, 4, 8}, false,
		"us-central1:ac us-east4:c europe-west4:a asia-southeast1:c"},
	{"nvidia-h100-80gb", "NVIDIA H100 80GB", []int{1, 2, 4, 8}, false,
		"us-central1:abc us-east4:abc us-west1:ab us-west4:a europe-west1:bc europe-west4:bc asia-northeast1:b asia-southeast1:bc"},
	{"nvidia-h100-mega-80gb", "NVIDIA H100 80GB Mega", []int{8}, false,
		"us-central1:abc us-east4:abc us-west1:ab us-west4:a europe-west1:b europe-west4:bc asia-northeast1:b asia-southeast1:bc"},
	{"nvidia-l4", "NVIDIA L4", []int{1, 2, 4, 8}, false,
		"us-central1:abc us-east1:bcd us-east4:ac us-west1:abc us-west4:ac europe-west1:bc europe-west2:ab europe-west3:b " +
			"europe-west4:abc asia-east1:abc asia-northeast1:abc asia-southeast1:abc"},
	{"nvidia-tesla-a100", "NVIDIA A100 40GB", []int{1, 2, 4, 8, 16}, false,
		"us-central1:abcf us-east1:b us-west1:b europe-west4:ab asia-northeast1:ac asia-southeast1:bc"},
	{"nvidia-tesla-p100", "NVIDIA Tesla P100", []int{1, 2, 4}, true,
		"us-central1:cf us-east1:bc us-west1:ab europe-west1:bd europe-west4:a asia-east1:ac australia-southeast1:c"},
	{"nvidia-tesla-p4", "NVIDIA Tesla P4", []int{1, 2, 4}, true,
		"us-central1:ac us-east4:abc europe-west4:bc asia-southeast1:bc australia-southeast1:ab"},
	{"nvidia-tesla-t4", "NVIDIA T4", []int{1, 2, 4}, true,
		"us-central1:abcf us-east1:cd us-east4:abc us-west1:ab us-west4:ab europe-west1:bcd europe-west2:ab europe-west3:b " +
			"europe-west4:abc asia-east1:ac asia-northeast1:ac asia-southeast1:abc australia-southeast1:ac"},
	{"nvidia-tesla-v100", "NVIDIA V100", []int{1, 2, 4, 8}, true,
		"us-central1:abcf us-east1:c us-west1:ab europe-west4:abc asia-east1:c"},
}

func (a acceleratorType) in(zone string) bool {
	for _, place := range strings.Fields(a.zones) {
		region, letters, _ := strings.Cut(place, ":")
		if region == regionOf(zone) && strings.Contains(letters, zone[len(zone)-1:]) {
			return true
		}
	}
	return false
}

func findAccelerator(zone, name string) (acceleratorType, bool) {
	i := slices.IndexFunc(acceleratorTypes, func(a acceleratorType) bool { return a.name == name && a.in(zone) })
	if i < 0 {
		return acceleratorType{}, false
	}
	return acceleratorTypes[i], true
}

func acceleratorIn(name, zone string) bool { _, found := findAccelerator(zone, name); return found }

func acceleratorViews(project, zone string) []map[string]any {
	var out []map[string]any
	for _, a := range acceleratorTypes {
		if !a.in(zone) {
			continue
		}
		out = append(out, map[string]any{
			"kind": "compute#acceleratorType", "id": fixedID(a.name).String(), "name": a.name, "description": a.description,
			"creationTimestamp": "1969-12-31T16:00:00.000-08:00", "maximumCardsPerInstance": slices.Max(a.counts),
			"zone":     link("projects/" + project + "/zones/" + zone),
			"selfLink": link("projects/" + project + "/zones/" + zone + "/acceleratorTypes/" + a.name),
		})
	}
	return out
}

func (c *Cloud) readAcceleratorType(q *request) (reply, error) {
	path := "projects/" + q.project() + "/" + q.scope() + "/acceleratorTypes/" + q.PathValue("name")
	return fixed(q, path, acceleratorViews(q.project(), q.PathValue("zone")))
}

func (c *Cloud) listAcceleratorTypes(q *request) (reply, error) {
	return page(q, "compute#acceleratorTypeList", q.project(), acceleratorViews(q.project(), q.PathValue("zone")))
}

func (c *Cloud) aggregateAcceleratorTypes(q *request) (reply, error) {
	return aggregate(q, "compute#acceleratorTypeAggregatedList", "acceleratorTypes", inZones(q, acceleratorViews))
}
