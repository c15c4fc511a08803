package fake

import (
	"net/http"
	"slices"
	"strings"
)

// engine is a kind of managed database.
type engine struct {
	slug      string
	scheme    string
	query     string // of its URI
	port      int
	versions  []string // oldest first; the last is the default
	caching   bool     // Valkey and Redis: no databases, no users, no disk
	primary   string   // user
	defaultDB string
}

var engines = []engine{
	{"pg", "postgresql", "?sslmode=require", 25060, []string{"13", "14", "15", "16", "17"}, false, "doadmin", "defaultdb"},
	{"mysql", "mysql", "?ssl-mode=REQUIRED", 25060, []string{"8"}, false, "doadmin", "defaultdb"},
	{"valkey", "rediss", "", 25061, []string{"8"}, true, "default", ""},
	{"redis", "rediss", "", 25061, []string{"7"}, true, "default", ""},
}

// dbSize is a node size of clusters.
type dbSize struct {
	slug    string
	disk    int  // GiB of SQL engines
	single  bool // no standby nodes
	engines string
}

const sqlOnly, cachingOnly, allEngines = "pg mysql", "valkey redis", "pg mysql valkey redis"

var dbSizes = []dbSize{
	{"db-s-1vcpu-1gb", 10, true, allEngines},
	{"db-s-1vcpu-2gb", 30, false, allEngines},
	{"db-s-2vcpu-4gb", 60, false, allEngines},
	{"db-s-4vcpu-8gb", 140, false, allEngines},
	{"db-s-6vcpu-16gb", 290, false, allEngines},
	{"db-s-8vcpu-32gb", 580, false, cachingOnly},
	{"db-s-16vcpu-64gb", 1120, false, cachingOnly},
	{"m-2vcpu-16gb", 0, false, cachingOnly},
	{"m-4vcpu-32gb", 0, false, cachingOnly},
	{"m-8vcpu-64gb", 0, false, cachingOnly},
	{"db-intel-1vcpu-1gb", 10, true, sqlOnly},
	{"db-amd-1vcpu-1gb", 10, true, sqlOnly},
	{"db-intel-1vcpu-2gb", 30, false, sqlOnly},
	{"db-amd-1vcpu-2gb", 30, false, sqlOnly},
	{"db-intel-2vcpu-4gb", 60, false, sqlOnly},
	{"db-amd-2vcpu-4gb", 60, false, sqlOnly},
	{"db-intel-2vcpu-8gb", 100, false, sqlOnly},
	{"db-amd-2vcpu-8gb", 100, false, sqlOnly},
	{"db-intel-4vcpu-8gb", 140, false, sqlOnly},
	{"db-amd-4vcpu-8gb", 140, false, sqlOnly},
	{"db-intel-4vcpu-16gb", 210, false, sqlOnly},
	{"db-amd-4vcpu-16gb", 210, false, sqlOnly},
	{"db-intel-8vcpu-32gb", 460, false, sqlOnly},
	{"db-amd-8vcpu-32gb", 460, false, sqlOnly},
	{"db-intel-16vcpu-64gb", 970, false, sqlOnly},
	{"db-amd-16vcpu-64gb", 970, false, sqlOnly},
	{"gd-2vcpu-8gb", 30, false, sqlOnly},
	{"gd-4vcpu-16gb", 60, false, sqlOnly},
	{"gd-8vcpu-32gb", 145, false, sqlOnly},
	{"gd-16vcpu-64gb", 325, false, sqlOnly},
	{"gd-32vcpu-128gb", 695, false, sqlOnly},
	{"gd-40vcpu-160gb", 875, false, sqlOnly},
	{"so1_5-2vcpu-16gb", 400, false, sqlOnly},
	{"so1_5-4vcpu-32gb", 790, false, sqlOnly},
	{"so1_5-8vcpu-64gb", 1620, false, sqlOnly},
	{"so1_5-16vcpu-128gb", 3275, false, sqlOnly},
	{"so1_5-24vcpu-192gb", 4915, false, sqlOnly},
	{"so1_5-32vcpu-256gb", 6565, false, sqlOnly},
}

// dbRegions have managed databases.
func dbRegions() []string {
	return slices.DeleteFunc(regionSlugs(), func(r string) bool { return r == "nyc2" })
}

func findEngine(slug string) (engine, bool) {
	i := slices.IndexFunc(engines, func(e engine) bool { return e.slug == slug })
	if i < 0 {
		return engine{}, false
	}
	return engines[i], true
}

func (e engine) defaultVersion() string { return e.versions[len(e.versions)-1] }

// size finds a node size that e offers with that many nodes.
func (e engine) size(slug string, nodes int) (dbSize, bool) {
	for _, s := range dbSizes {
		if s.slug == slug && slices.Contains(strings.Fields(s.engines), e.slug) && (nodes == 1 || !s.single) {
			return s, true
		}
	}
	return dbSize{}, false
}

// layouts lists the sizes by number of nodes, as the API's options do.
func (e engine) layouts() []any {
	var out []any
	for nodes := 1; nodes <= 3; nodes++ {
		var slugs []string
		for _, s := range dbSizes {
			if _, offered := e.size(s.slug, nodes); offered {
				slugs = append(slugs, s.slug)
			}
		}
		out = append(out, map[string]any{"num_nodes": nodes, "sizes": slugs})
	}
	return out
}

func (c *Cloud) databaseOptions(*request) (reply, error) {
	options, availability := map[string]any{}, map[string]any{}
	for _, e := range engines {
		options[e.slug] = map[string]any{"regions": dbRegions(), "versions": e.versions, "layouts": e.layouts()}
		var versions []any
		for _, v := range e.versions {
			versions = append(versions, map[string]any{"version": v, "end_of_life": nil, "end_of_availability": nil})
		}
		availability[e.slug] = versions
	}
	return ok(map[string]any{"options": options, "version_availability": availability})
}

// clusterNotFound is the database API's own wording.
func clusterNotFound() error { return refusal(http.StatusNotFound, "not_found", "cluster not found") }
