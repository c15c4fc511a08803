package digitalocean

import (
	"errors"
	"testing"

	"github.com/mlinfra/mlinfra/providers"
)

// All objects of a run bear one token: a create that was refused must not take
// what another block has made.
func TestAnotherOfTheRunIsNotTaken(t *testing.T) {
	ctx, c := t.Context(), fakeClient(t)
	a := providers.Attempt{Token: providers.TokenPrefix + "1", Known: func(string) bool { return false }}
	must := func(err error) {
		t.Helper()
		if err != nil && !errors.Is(err, providers.ErrAgain) {
			t.Fatal(err)
		}
	}
	taken := func(kind string, mine, others bool, err error) {
		t.Helper()
		if must(err); !mine || others {
			t.Errorf("%s: its own is found: %t, that of another block: %t", kind, mine, others)
		}
	}
	cluster := databaseCluster{Name: "one", Engine: "pg", Version: "16", Size: "db-s-1vcpu-1gb", Region: "fra1", NodeCount: 1}
	must(databaseClusterType.Create(ctx, c, &cluster, a))
	mine, other := databaseCluster{Name: "one"}, databaseCluster{Name: "two"}
	found, err := databaseClusterType.Find(ctx, c, &mine, a)
	must(err)
	wrong, err := databaseClusterType.Find(ctx, c, &other, a)
	taken("cluster", found, wrong, err)

	replica := databaseReplica{ClusterID: cluster.ID, Name: "one", Region: "fra1", Size: "db-s-1vcpu-1gb"}
	must(databaseReplicaType.Create(ctx, c, &replica, a))
	found, err = databaseReplicaType.Find(ctx, c, &databaseReplica{ClusterID: cluster.ID, Name: "one"}, a)
	must(err)
	wrong, err = databaseReplicaType.Find(ctx, c, &databaseReplica{ClusterID: cluster.ID, Name: "two"}, a)
	taken("replica", found, wrong, err)
}
