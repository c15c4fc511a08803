package digitalocean

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

var (
	weekdays         = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
	evictionPolicies = []string{"noeviction", "allkeys_lru", "allkeys_random", "volatile_lru", "volatile_random", "volatile_ttl"}
)

var databaseEngines = []string{"pg", "mysql", "valkey", "redis", "kafka", "opensearch", "mongodb", "advanced_pg", "advanced_mysql"}

// databaseNodes returns how many nodes a cluster of an engine can have.
func databaseNodes(engine string) (counts []int, known bool) {
	switch engine {
	case "pg", "mysql", "valkey", "advanced_pg":
		return []int{1, 2, 3}, true
	case "mongodb", "advanced_mysql":
		return []int{1, 3}, true
	case "kafka":
		return []int{3, 6, 9, 15}, true
	case "opensearch":
		return []int{1, 3, 6, 9, 15}, true
	}
	return nil, false
}

// oneOf returns "1, 2 or 3".
func oneOf(counts []int) string {
	text := ""
	for i, n := range counts {
		switch {
		case i > 0 && i == len(counts)-1:
			text += " or "
		case i > 0:
			text += ", "
		}
		text += strconv.Itoa(n)
	}
	return text
}

func checkDatabaseCluster(was *databaseCluster, x databaseCluster) error {
	normalDatabaseCluster(&x)
	if err := checkTags(x.Tags); err != nil {
		return err
	}
	if err := checkProjects(x.Project, x.ProjectID); err != nil {
		return err
	}
	nodes, known := databaseNodes(x.Engine)
	switch {
	case !known:
		return fmt.Errorf("engine %q is none of %s", x.Engine, strings.Join(databaseEngines, ", "))
	case !slices.Contains(nodes, x.NodeCount):
		return fmt.Errorf("node_count %d: a cluster of %s has %s nodes", x.NodeCount, x.Engine, oneOf(nodes))
	case x.SQLMode != "" && x.Engine != "mysql":
		return fmt.Errorf("sql_mode is for mysql, not for %s", x.Engine)
	case x.EvictionPolicy != "" && x.Engine != "valkey":
		return fmt.Errorf("eviction_policy is for valkey, not for %s", x.Engine)
	case x.EvictionPolicy != "" && !slices.Contains(evictionPolicies, x.EvictionPolicy):
		return fmt.Errorf("eviction_policy %q is none of %s", x.EvictionPolicy, strings.Join(evictionPolicies, ", "))
	case x.StorageSizeMiB != "" && mib(x.StorageSizeMiB) == 0:
		return fmt.Errorf("storage_size_mib %q is not a number of MiB", x.StorageSizeMiB)
	}
	for _, w := range x.MaintenanceWindow {
		if !slices.Contains(weekdays, w.Day) {
			return fmt.Errorf("day %q of the maintenance_window is not a day of the week", w.Day)
		}
	}
	for _, s := range x.StorageAutoscale {
		if (s.Threshold != 0 && (s.Threshold < 15 || s.Threshold > 95)) || (s.Increment != 0 && s.Increment < 10) {
			return errors.New("storage_autoscale takes a threshold_percent of 15 to 95 and an increment_gib of at least 10")
		}
	}
	if was == nil || x.replaces(*was) {
		return nil
	}
	return checkGrowth(*was, x)
}

// replaces reports whether x needs a new cluster, which may be smaller.
func (x databaseCluster) replaces(was databaseCluster) bool {
	differ := func(want, have string) bool { return want != "" && want != have }
	return x.Name != was.Name || x.Engine != was.Engine ||
		differ(x.PrivateNetworkUUID, was.PrivateNetworkUUID)
}

// checkGrowth refuses what a cluster that stays cannot do.
func checkGrowth(was, x databaseCluster) error {
	if older(x.Version, was.Version) {
		return fmt.Errorf("version %s: the cluster runs %s, which cannot go back; write version = %q", x.Version, was.Version, was.Version)
	}
	if x.Size == was.Size && x.StorageSizeMiB != "" && mib(x.StorageSizeMiB) < mib(was.StorageSizeMiB) {
		return fmt.Errorf("storage_size_mib %s: the disk has %s MiB and cannot shrink", x.StorageSizeMiB, was.StorageSizeMiB)
	}
	return nil
}

// older compares versions such as 16 and 8.0 number by number.
func older(a, b string) bool {
	number := func(s string) int { n, _ := strconv.Atoi(s); return n }
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(a, b string) int {
		return cmp.Compare(number(a), number(b))
	}) < 0
}

// mib reads storage_size_mib, which Terraform has made a string; 0 when it is none.
func mib(s string) uint64 {
	n, _ := strconv.ParseUint(s, 10, 64)
	return n
}
