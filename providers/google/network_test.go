package google

import (
	"strings"
	"sync"
	"testing"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/providers/google/fake"
)

// TestPlanListsNetworksOnce reads several networks as a plan does.
func TestPlanListsNetworksOnce(t *testing.T) {
	for _, tt := range []struct {
		name        string
		denied      []string
		lists, gets int
	}{
		{"one list", nil, 1, 1}, // and a read of what it does not show
		{"one read each where lists are denied", []string{"compute.networks.list"}, 4, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var mu sync.Mutex
			lists, gets := 0, 0
			c := testClient(t, fake.Options{Denied: tt.denied, Log: func(e fakecloud.Entry) {
				mu.Lock()
				defer mu.Unlock()
				path, _, _ := strings.Cut(e.URL, "?")
				switch {
				case strings.HasSuffix(path, "/networks"):
					lists++
				case strings.Contains(path, "/networks/"):
					gets++
				}
			}})
			plan := providers.Remember(t.Context())
			for _, x := range []networkLookup{{Name: "default"}, {Name: "default", Project: "offline"}} {
				if err := lookUpNetwork(plan, c, &x); err != nil || x.ID != "projects/offline/global/networks/default" || len(x.SubnetworksSelfLinks) == 0 {
					t.Errorf("%+v: %v", x, err)
				}
			}
			n := network{ID: "projects/offline/global/networks/default"}
			if err := readNetwork(plan, c, &n); err != nil || n.Name != "default" {
				t.Errorf("%+v: %v", n, err)
			}
			if err := lookUpNetwork(plan, c, &networkLookup{Name: "none"}); !notFound(err) {
				t.Errorf("a network that does not exist: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			if lists != tt.lists || gets != tt.gets {
				t.Errorf("%d lists and %d reads, want %d and %d", lists, gets, tt.lists, tt.gets)
			}
		})
	}
}
