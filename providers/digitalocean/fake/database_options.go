package fake

import (
	_ "embed"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/mlinfra/mlinfra/providers"
)

// engine is a kind of managed database.
type engine struct {
	slug      string
	scheme    string
	query     string // of its URI
	port      int
	primary   string // user
	defaultDB string // "" when its clusters have no databases
}

var engines = []engine{
	{"pg", "postgresql", "?sslmode=require", 25060, "doadmin", "defaultdb"},
	{"mysql", "mysql", "?ssl-mode=REQUIRED", 25060, "doadmin", "defaultdb"},
	{"valkey", "rediss", "", 25061, "default", ""},
	{"redis", "rediss", "", 25061, "default", ""},
	{"mongodb", "mongodb+srv", "?tls=true&authSource=admin", 27017, "doadmin", "admin"},
	{"kafka", "kafka", "", 25073, "doadmin", ""},
	{"opensearch", "https", "", 25060, "doadmin", ""},
	{"advanced_pg", "postgresql", "?sslmode=require", 25060, "doadmin", "defaultdb"},
	{"advanced_mysql", "mysql", "?ssl-mode=REQUIRED", 25060, "doadmin", "defaultdb"},
}

// caching tells Valkey and Redis: no databases, no users, no disk.
func (e engine) caching() bool { return e.slug == "valkey" || e.slug == "redis" }

// postgres and mysql tell the two SQL engines, in each edition.
func (e engine) postgres() bool { return e.slug == "pg" || e.slug == "advanced_pg" }
func (e engine) mysql() bool    { return e.slug == "mysql" || e.slug == "advanced_mysql" }
func (e engine) sql() bool      { return e.postgres() || e.mysql() }

// databaseLayouts are the versions of each engine, oldest first, and its node
// sizes by number of nodes: the example of GET /v2/databases/options.
//
//go:embed database_layouts.json
var databaseLayouts []byte

// layout is what one engine offers.
type layout struct {
	Versions []string
	Layouts  map[int][]string // sizes by number of nodes
}

var layouts = sync.OnceValue(func() (all map[string]layout) {
	if err := json.Unmarshal(databaseLayouts, &all); err != nil {
		panic(err)
	}
	return all
})

func (e engine) versions() []string { return layouts()[e.slug].Versions }

func (e engine) defaultVersion() string { return e.versions()[len(e.versions())-1] }

// nodes are the numbers of nodes that a cluster can have, ascending.
func (e engine) nodes() []int { return slices.Sorted(maps.Keys(layouts()[e.slug].Layouts)) }

// offers reports whether clusters of that many nodes can have a size.
func (e engine) offers(slug string, nodes int) bool {
	return slices.Contains(layouts()[e.slug].Layouts[nodes], slug)
}

// dbDisks are the disks of sizes, in GiB.
var dbDisks = map[string]int{
	"db-s-1vcpu-1gb": 10, "db-s-1vcpu-2gb": 30, "db-s-2vcpu-4gb": 60, "db-s-4vcpu-8gb": 140, "db-s-6vcpu-16gb": 290,
	"db-s-8vcpu-32gb": 580, "db-s-16vcpu-64gb": 1120,
	"db-intel-1vcpu-1gb": 10, "db-intel-1vcpu-2gb": 30, "db-intel-2vcpu-4gb": 60, "db-intel-2vcpu-8gb": 100, "db-intel-4vcpu-8gb": 140,
	"db-intel-4vcpu-16gb": 210, "db-intel-8vcpu-32gb": 460, "db-intel-16vcpu-64gb": 970,
	"db-amd-1vcpu-1gb": 10, "db-amd-1vcpu-2gb": 30, "db-amd-2vcpu-4gb": 60, "db-amd-2vcpu-8gb": 100, "db-amd-4vcpu-8gb": 140,
	"db-amd-4vcpu-16gb": 210, "db-amd-8vcpu-32gb": 460, "db-amd-16vcpu-64gb": 970,
	"gd-2vcpu-8gb": 30, "gd-4vcpu-16gb": 60, "gd-8vcpu-32gb": 145, "gd-16vcpu-64gb": 325, "gd-32vcpu-128gb": 695, "gd-40vcpu-160gb": 875,
	"so1_5-2vcpu-16gb": 400, "so1_5-4vcpu-32gb": 790, "so1_5-8vcpu-64gb": 1620, "so1_5-16vcpu-128gb": 3275, "so1_5-24vcpu-192gb": 4915,
	"so1_5-32vcpu-256gb": 6565,
}

// dbDisk returns the disk of a size in GiB; of those that no source tells it, a
// usual one.
func dbDisk(slug string) int {
	if disk, known := dbDisks[strings.TrimSuffix(slug, "-intel")]; known {
		return disk
	}
	return 5 * dbMemory(slug)
}

var gigabytes = providers.NewPattern(`-(\d+)gb`)

// dbMemory returns the memory of a size in GiB, as its slug says.
func dbMemory(slug string) int {
	found := gigabytes.FindStringSubmatch(slug)
	if found == nil {
		return 1
	}
	n, _ := strconv.Atoi(found[1])
	return n
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

// layouts lists the sizes by number of nodes, as the API's options do.
func (e engine) layouts() []any {
	var out []any
	for _, nodes := range e.nodes() {
		out = append(out, map[string]any{"num_nodes": nodes, "sizes": layouts()[e.slug].Layouts[nodes]})
	}
	return out
}

func (c *Cloud) databaseOptions(*request) (reply, error) {
	options, availability := map[string]any{}, map[string]any{}
	for _, e := range engines {
		options[e.slug] = map[string]any{"regions": dbRegions(), "versions": e.versions(), "layouts": e.layouts()}
		var versions []any
		for _, v := range e.versions() {
			versions = append(versions, map[string]any{"version": v, "end_of_life": nil, "end_of_availability": nil})
		}
		availability[e.slug] = versions
	}
	return ok(map[string]any{"options": options, "version_availability": availability})
}

// clusterNotFound is the database API's own wording.
func clusterNotFound() error { return missing("cluster not found") }
