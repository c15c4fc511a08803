package fake

import (
	"slices"
	"sync"
)

// regions are the datacenters that take new Droplets. nyc2 is closed to most
// new resources in reality and serves GPU Droplets here.
var regions = []struct{ slug, name string }{
	{"nyc1", "New York 1"}, {"nyc2", "New York 2"}, {"nyc3", "New York 3"}, {"ams3", "Amsterdam 3"},
	{"sfo2", "San Francisco 2"}, {"sfo3", "San Francisco 3"}, {"sgp1", "Singapore 1"},
	{"lon1", "London 1"}, {"fra1", "Frankfurt 1"}, {"tor1", "Toronto 1"}, {"blr1", "Bangalore 1"},
	{"syd1", "Sydney 1"}, {"atl1", "Atlanta 1"}, {"ric1", "Richmond 1"},
}

// spacesRegions have object storage.
var spacesRegions = []string{"nyc3", "ams3", "sfo2", "sfo3", "sgp1", "lon1", "fra1", "tor1", "blr1", "syd1", "atl1", "ric1"}

func regionSlugs() []string {
	var out []string
	for _, r := range regions {
		out = append(out, r.slug)
	}
	return out
}

func regionExists(slug string) bool { return slices.Contains(regionSlugs(), slug) }

// regionViews are the API's region objects by slug, built once.
var regionViews = sync.OnceValue(func() map[string]any {
	views := map[string]any{}
	for _, r := range regions {
		var offered []string
		for _, s := range sizes {
			if slices.Contains(s.regions(), r.slug) {
				offered = append(offered, s.slug)
			}
		}
		views[r.slug] = map[string]any{
			"slug": r.slug, "name": r.name, "available": true, "sizes": offered,
			"features": []string{"backups", "ipv6", "metadata", "install_agent", "storage", "image_transfer"},
		}
	}
	return views
})

// regionView is the API's region object, null for an unknown slug.
func regionView(slug string) any { return regionViews()[slug] }

func (c *Cloud) listRegions(q *request) (reply, error) {
	return list(q, "regions", regionSlugs(), regionView)
}
