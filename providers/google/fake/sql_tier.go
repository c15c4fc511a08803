package fake

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/mlinfra/mlinfra/providers"
)

// sqlTier is a size of Cloud SQL instances.
type sqlTier struct {
	name    string
	ram     int64 // MB
	edition string
	engine  string // "" for all
}

func sqlTiers() []sqlTier {
	tiers := []sqlTier{
		{"db-f1-micro", 614, "ENTERPRISE", ""}, {"db-g1-small", 1740, "ENTERPRISE", ""},
	}
	for _, n := range []int{1, 2, 4, 8, 16, 32, 64, 96} {
		tiers = append(tiers, sqlTier{fmt.Sprintf("db-n1-standard-%d", n), int64(n) * 3840, "ENTERPRISE", "MYSQL"})
	}
	for _, n := range []int{2, 4, 8, 16, 32, 64, 96} {
		tiers = append(tiers, sqlTier{fmt.Sprintf("db-n1-highmem-%d", n), int64(n) * 6656, "ENTERPRISE", "MYSQL"})
	}
	for _, n := range []int{2, 4, 8, 16, 32, 48, 64, 80, 96, 128} {
		tiers = append(tiers, sqlTier{fmt.Sprintf("db-perf-optimized-N-%d", n), int64(n) * 8192, "ENTERPRISE_PLUS", ""})
	}
	return tiers
}

var customTier = providers.NewPattern(`^db-custom-(\d{1,3})-(\d{1,6})$`)

// tierFits tells whether instances of an edition and engine can have the tier.
func tierFits(name, edition string, postgres bool) bool {
	engine := map[bool]string{true: "POSTGRES", false: "MYSQL"}[postgres]
	if slices.ContainsFunc(sqlTiers(), func(t sqlTier) bool {
		return t.name == name && t.edition == edition && (t.engine == "" || t.engine == engine)
	}) {
		return true
	}
	m := customTier.FindStringSubmatch(name)
	if m == nil || edition != "ENTERPRISE" {
		return false
	}
	cpus, _ := strconv.Atoi(m[1])
	memory, _ := strconv.Atoi(m[2])
	even := cpus == 1 || cpus%2 == 0
	return cpus >= 1 && cpus <= 96 && even && memory%256 == 0 && memory >= 3840 && memory*10 >= cpus*9216 && memory*10 <= cpus*66560
}

func (c *Cloud) listTiers(*request) (reply, error) {
	var where []string
	for _, r := range regions {
		where = append(where, r.name)
	}
	var items []map[string]any
	for _, t := range sqlTiers() {
		items = append(items, map[string]any{
			"kind": "sql#tier", "tier": t.name, "RAM": int64s(t.ram << 20), "DiskQuota": int64s(70368744177664), "region": where,
		})
	}
	return ok(map[string]any{"kind": "sql#tiersList", "items": items})
}
