package main

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestTypesSayWhatTheyHold: types whose names say that they hold data say what
// is lost with them, so that a rollback can.
func TestTypesSayWhatTheyHold(t *testing.T) {
	endings := []string{"_bucket", "_volume", "_disk", "_instance", "_droplet", "_database", "_database_db", "_database_cluster", "_password", "_private_key", "_domain", "_bucket_object",
		"_registry", "_registries", "_kafka_topic", "_autoscale", "_snapshot", "_function_namespace", "_kubernetes_cluster", "hcloud_server", "_primary_ip", "hcloud_floating_ip"}
	nothing := []string{"google_compute_attached_disk"}
	seen := 0
	for p := range newApp(nil).catalog.All() {
		for _, name := range slices.Sorted(maps.Keys(p.Resources)) {
			holds := slices.ContainsFunc(endings, func(end string) bool { return strings.HasSuffix(name, end) }) && !slices.Contains(nothing, name)
			if got := p.Resources.Of(name).Holds; holds != (got != "") {
				t.Errorf("%s holds %q", name, got)
			}
			if holds {
				seen++
			}
		}
	}
	if seen < 15 {
		t.Errorf("only %d types hold data", seen)
	}
}
