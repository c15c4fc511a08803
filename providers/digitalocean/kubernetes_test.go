package digitalocean

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/digitalocean/fake"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// platform is a client of an account with a clock.
type platform struct {
	*client
	cloud *fake.Cloud
	clock *fakecloud.ManualClock
}

func newPlatform(t *testing.T, o fake.Options) platform {
	t.Helper()
	clock := fakecloud.NewManualClock(time.Date(2026, 11, 10, 12, 0, 0, 0, time.UTC))
	o.Clock = clock.Now
	cloud := fake.New(o)
	server := httptest.NewServer(cloud.Handler())
	t.Cleanup(server.Close)
	c, err := connect(t.Context(), settings{Token: "t", APIEndpoint: server.URL}, providers.Env{
		Getenv: func(string) string { return "" }, Transport: http.DefaultTransport, Pace: func(float64) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	return platform{c, cloud, clock}
}

func smallCluster() kubernetesCluster {
	return kubernetesCluster{Name: "ml", Region: "fra1", Version: "1.33.4-do.2", SurgeUpgrade: true,
		NodePool: []clusterPool{{Name: "system", Size: "s-2vcpu-4gb", nodePool: nodePool{NodeCount: 2}}}}
}

// drive calls f until it asks for no more, a second apart.
func (p platform) drive(t *testing.T, f func() error) {
	t.Helper()
	for range 50 {
		err := f()
		if err == nil {
			return
		}
		if !errors.Is(err, providers.ErrAgain) && !errors.Is(err, providers.ErrNotReady) {
			t.Fatal(err)
		}
		p.clock.Advance(time.Second)
	}
	t.Fatal("there is no end to it")
}

func (p platform) cluster(t *testing.T) kubernetesCluster {
	t.Helper()
	x := smallCluster()
	if err := createKubernetesCluster(t.Context(), p.client, &x, providers.Attempt{Owner: "a1"}); err != nil {
		t.Fatal(err)
	}
	p.drive(t, func() error { return readKubernetesCluster(t.Context(), p.client, &x) })
	return x
}

// A new size replaces the pool: at every moment there are nodes, and the old pool
// goes only when the new one runs. The cluster stays.
func TestNewSizeReplacesThePool(t *testing.T) {
	p := newPlatform(t, fake.Options{Boot: 3 * time.Second, Settle: 2 * time.Second, DBReady: 4 * time.Second})
	ctx := t.Context()
	was := p.cluster(t)
	want := was
	want.NodePool = []clusterPool{{Name: "system", Size: "s-4vcpu-8gb", nodePool: nodePool{NodeCount: 3}}}
	var story []string
	p.drive(t, func() error {
		x := want
		err := updateKubernetesCluster(ctx, p.client, was, &x)
		got, _, readErr := getCluster(ctx, p.client, was.ID)
		if readErr != nil {
			t.Fatal(readErr)
		}
		var pools []string
		running := 0
		for _, pool := range got.NodePools {
			up := 0
			for _, n := range pool.Nodes {
				if n.Status.State == "running" {
					up++
				}
			}
			running += up
			pools = append(pools, fmt.Sprintf("%s %s %d", strings.ReplaceAll(pool.Name, was.NodePool[0].ID, "ID"), pool.Size, up))
		}
		if running < 2 {
			t.Errorf("%d nodes run: %s", running, pools)
		}
		if s := strings.Join(pools, ", "); len(story) == 0 || story[len(story)-1] != s {
			story = append(story, s)
		}
		want = cluster(want, x, err)
		return err
	})
	end := []string{
		"leaving-ID s-2vcpu-4gb 2",
		"leaving-ID s-2vcpu-4gb 2, system s-4vcpu-8gb 0",
		"leaving-ID s-2vcpu-4gb 0, system s-4vcpu-8gb 3",
		"system s-4vcpu-8gb 3",
	}
	if diff := cmp.Diff(end, story); diff != "" {
		t.Errorf("pools (-want +got):\n%s", diff)
	}
	if want.ID != was.ID || want.NodePool[0].ID == was.NodePool[0].ID {
		t.Errorf("cluster %s, pool %s; want cluster %s and another pool than %s", want.ID, want.NodePool[0].ID, was.ID, was.NodePool[0].ID)
	}
}

// cluster returns x when err is nil, else want.
func cluster(want, x kubernetesCluster, err error) kubernetesCluster {
	if err != nil {
		return want
	}
	return x
}

// A change of mind while the pool is being replaced leads to one pool, too.
func TestNewSizeIsTakenBack(t *testing.T) {
	p := newPlatform(t, fake.Options{Boot: 3 * time.Second, Settle: 2 * time.Second})
	ctx := t.Context()
	was := p.cluster(t)
	for calls := range 6 {
		want := was
		want.NodePool = []clusterPool{{Name: "system", Size: "s-4vcpu-8gb", nodePool: nodePool{NodeCount: 1}}}
		for range calls {
			if err := updateKubernetesCluster(ctx, p.client, was, &want); err != nil && !errors.Is(err, providers.ErrAgain) {
				t.Fatal(err)
			}
			p.clock.Advance(time.Second)
		}
		seen := was
		if err := readKubernetesCluster(ctx, p.client, &seen); err != nil && !errors.Is(err, providers.ErrNotReady) {
			t.Fatal(err)
		}
		back := was
		p.drive(t, func() error {
			back = was
			return updateKubernetesCluster(ctx, p.client, seen, &back)
		})
		got, _, err := getCluster(ctx, p.client, was.ID)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(got.NodePools); n != 1 || got.NodePools[0].Size != "s-2vcpu-4gb" || got.NodePools[0].Name != "system" {
			t.Errorf("after %d calls: %d pools, the first %s of size %s", calls, n, got.NodePools[0].Name, got.NodePools[0].Size)
		}
		was = back
	}
}

func TestTokenIsRenewedOnRead(t *testing.T) {
	p := newPlatform(t, fake.Options{})
	ctx := t.Context()
	x := p.cluster(t)
	first := x.KubeConfig[0]
	if !strings.Contains(first.RawConfig, "token: "+first.Token) || !strings.Contains(first.RawConfig, "current-context: do-fra1-ml\n") {
		t.Errorf("raw_config %s", first.RawConfig)
	}
	for _, step := range []struct {
		name    string
		seconds int
		after   time.Duration
		renewed bool
	}{
		{"a young token stays", 0, 6 * 24 * time.Hour, false},
		{"one that ends within the hour does not", 0, 23*time.Hour + time.Minute, true},
		{"nor does one of another life", 600, 7 * 24 * time.Hour, true},
		{"which stays for most of that", 600, 7 * time.Minute, false},
		{"and not for all of it", 600, time.Minute, true},
	} {
		p.clock.Advance(step.after)
		before := x.KubeConfig[0].Token
		x.KubeconfigExpireSeconds = step.seconds
		if err := readKubernetesCluster(ctx, p.client, &x); err != nil {
			t.Fatal(err)
		}
		if got := x.KubeConfig[0].Token != before; got != step.renewed {
			t.Errorf("%s: renewed is %t", step.name, got)
		}
	}
}

func TestWhatAClusterLeavesBehind(t *testing.T) {
	p := newPlatform(t, fake.Options{})
	ctx := t.Context()
	x := p.cluster(t)
	v := volume{Region: "fra1", Name: "pvc-data", Size: 25, Tags: []string{"k8s:" + x.ID}}
	if err := createVolume(ctx, p.client, &v, providers.Attempt{}); err != nil {
		t.Fatal(err)
	}
	err := p.cloud.Edit("kubernetes_cluster", x.ID, func(m map[string]any) {
		m["load_balancers"] = []any{map[string]any{"id": "b1", "name": "ingress"}}
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := leavesOfCluster(ctx, p.client, x)
	if err != nil {
		t.Fatal(err)
	}
	want := []providers.Leftover{
		{Kind: "load balancer", ID: "b1", Name: "ingress", Monthly: 12},
		{Kind: "volume", ID: v.ID, Name: "pvc-data", Monthly: 2.5},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("leftovers (-want +got):\n%s", diff)
	}
	x.DestroyAllAssociatedResources = true
	if got, err := leavesOfCluster(ctx, p.client, x); err != nil || len(got) != 0 {
		t.Errorf("a cluster that takes all along leaves %v, %v", got, err)
	}
	if err := deleteKubernetesCluster(ctx, p.client, x); err != nil {
		t.Fatal(err)
	}
	if err := readVolume(ctx, p.client, &v); err != providers.ErrGone {
		t.Errorf("the volume: %v", err)
	}
	if got, err := leavesOfCluster(ctx, p.client, x); err != nil || got != nil {
		t.Errorf("a cluster that is gone leaves %v, %v", got, err)
	}
}

func TestClusterStates(t *testing.T) {
	p := newPlatform(t, fake.Options{DeleteLag: time.Minute})
	ctx := t.Context()
	x := p.cluster(t)
	if err := p.cloud.Edit("kubernetes_cluster", x.ID, func(m map[string]any) { m["failure"] = "no capacity in fra1" }); err != nil {
		t.Fatal(err)
	}
	if err := readKubernetesCluster(ctx, p.client, &x); !errors.Is(err, providers.ErrBroken) || !strings.Contains(err.Error(), "no capacity") {
		t.Errorf("a cluster that has failed: %v", err)
	}
	if err := deleteKubernetesCluster(ctx, p.client, x); err != nil {
		t.Fatal(err)
	}
	// godo itself cannot read the state that it is in now.
	if err := readKubernetesCluster(ctx, p.client, &x); !errors.Is(err, providers.ErrNotReady) || x.Status != "deleting" {
		t.Errorf("a cluster that is being deleted: %v, status %s", err, x.Status)
	}
	p.clock.Advance(time.Minute)
	if err := readKubernetesCluster(ctx, p.client, &x); err != providers.ErrGone {
		t.Errorf("a deleted cluster: %v", err)
	}
}

// What godo leaves out when it is empty can be taken away all the same.
func TestClusterSettingsGo(t *testing.T) {
	p := newPlatform(t, fake.Options{})
	ctx := t.Context()
	was := p.cluster(t)
	full := was
	full.Tags = []string{"ml"}
	full.ClusterAutoscaler = []clusterAutoscaler{{ScaleDownUnneededTime: "5m", Expanders: []string{"random"}}}
	full.NodePool = []clusterPool{{Name: "system", Size: "s-2vcpu-4gb", nodePool: nodePool{
		NodeCount: 2, Labels: map[string]string{"a": "b"}, Tags: []string{"x"}, Taint: []nodeTaint{{"gpu", "", "NoSchedule"}},
	}}}
	p.drive(t, func() error {
		x := full
		err := updateKubernetesCluster(ctx, p.client, was, &x)
		full = cluster(full, x, err)
		return err
	})
	bare := full
	bare.SurgeUpgrade, bare.Tags, bare.ClusterAutoscaler = false, nil, nil
	bare.NodePool = []clusterPool{{Name: "system", Size: "s-2vcpu-4gb", nodePool: nodePool{NodeCount: 2}}}
	p.drive(t, func() error {
		x := bare
		err := updateKubernetesCluster(ctx, p.client, full, &x)
		bare = cluster(bare, x, err)
		return err
	})
	pool := bare.NodePool[0]
	if bare.SurgeUpgrade || len(bare.Tags)+len(bare.ClusterAutoscaler)+len(pool.Labels)+len(pool.Tags)+len(pool.Taint) > 0 {
		t.Errorf("cluster %+v", bare)
	}
	if bare.Owner != "a1" {
		t.Errorf("the owner is %q", bare.Owner)
	}
}

func TestRegistryIsIntegrated(t *testing.T) {
	p := newPlatform(t, fake.Options{})
	ctx := t.Context()
	was := p.cluster(t)
	with := was
	with.RegistryIntegration = true
	err := updateKubernetesCluster(ctx, p.client, was, &with)
	if err == nil || !strings.Contains(err.Error(), "no container registry") {
		t.Errorf("without a registry: %v", err)
	}
	r := containerRegistry{Name: "ml", SubscriptionTierSlug: "basic"}
	if err := createContainerRegistry(ctx, p.client, &r, providers.Attempt{}); err != nil && !errors.Is(err, providers.ErrAgain) {
		t.Fatal(err)
	}
	for _, integrated := range []bool{true, false} {
		want := was
		p.drive(t, func() error {
			want = was
			want.RegistryIntegration = integrated
			return updateKubernetesCluster(ctx, p.client, was, &want)
		})
		if got, _, err := getCluster(ctx, p.client, was.ID); err != nil || got.RegistryEnabled != integrated {
			t.Errorf("registry_integration %t: the API shows %t, %v", integrated, got.RegistryEnabled, err)
		}
	}
}

func TestVersionsThatSayTheSame(t *testing.T) {
	for _, tc := range []struct {
		was, x string
		auto   bool
		want   string
	}{
		{"1.33.4-do.2", "1.33", false, "1.33.4-do.2"},
		{"1.33", "1.33.6-do.0", false, "1.33"},
		{"latest", "1.34.1-do.1", false, "latest"},
		{"1.33.4-do.2", "1.33.6-do.0", false, "1.33.6-do.0"},
		{"1.33.6-do.0", "1.33.4-do.2", true, "1.33.6-do.0"},
		{"1.34.1-do.1", "1.33.4-do.2", true, "1.33.4-do.2"},
		{"1.33.4-do.2", "1.3", false, "1.3"},
	} {
		x := kubernetesCluster{Version: tc.x, AutoUpgrade: tc.auto}
		if spellKubernetesCluster(kubernetesCluster{Version: tc.was}, &x); x.Version != tc.want {
			t.Errorf("%q after %q, auto_upgrade %t: got %q, want %q", tc.x, tc.was, tc.auto, x.Version, tc.want)
		}
	}
}

func TestMinorVersionIsUpgraded(t *testing.T) {
	p := newPlatform(t, fake.Options{})
	ctx := t.Context()
	was := p.cluster(t)
	want := was
	want.Version = "1.34"
	p.drive(t, func() error { x := want; return updateKubernetesCluster(ctx, p.client, was, &x) })
	got, _, err := getCluster(ctx, p.client, was.ID)
	if err != nil || got.VersionSlug != "1.34.1-do.1" {
		t.Errorf("version %s, %v", got.VersionSlug, err)
	}
	want.Version = "1.36"
	if err := updateKubernetesCluster(ctx, p.client, was, &want); err == nil || !strings.Contains(err.Error(), "in one step") {
		t.Errorf("an upgrade that there is none of: %v", err)
	}
}

func TestCheckKubernetesCluster(t *testing.T) {
	old := smallCluster()
	old.Version, old.HA = "1.33.6-do.0", new(true)
	for name, tc := range map[string]struct {
		change func(x *kubernetesCluster)
		was    *kubernetesCluster
		want   string
	}{
		"as it is":                  {func(*kubernetesCluster) {}, nil, ""},
		"older than it runs":        {func(x *kubernetesCluster) { x.Version = "1.33.4-do.2" }, &old, `write version = "1.33.6-do.0"`},
		"an older minor one":        {func(x *kubernetesCluster) { x.Version = "1.32" }, &old, "cannot go back"},
		"its minor one":             {func(x *kubernetesCluster) { x.Version = "1.33" }, &old, ""},
		"older, elsewhere":          {func(x *kubernetesCluster) { x.Version, x.Region = "1.32.10-do.0", "ams3" }, &old, ""},
		"ha taken back":             {func(x *kubernetesCluster) { x.Version, x.HA = "1.33.6-do.0", new(false) }, &old, "ha cannot be disabled"},
		"no nodes":                  {func(x *kubernetesCluster) { x.NodePool[0].NodeCount = 0 }, nil, "node_count of at least 1"},
		"bounds without auto_scale": {func(x *kubernetesCluster) { x.NodePool[0].MaxNodes = 3 }, nil, "auto_scale = true"},
		"bounds the wrong way": {func(x *kubernetesCluster) {
			x.NodePool[0].AutoScale, x.NodePool[0].MinNodes, x.NodePool[0].MaxNodes = true, 3, 2
		}, nil, "scales from 3 to 2"},
		"an unknown effect":     {func(x *kubernetesCluster) { x.NodePool[0].Taint = []nodeTaint{{"gpu", "", "Never"}} }, nil, `effect "Never"`},
		"one subnet of two":     {func(x *kubernetesCluster) { x.ClusterSubnet = "10.244.0.0/16" }, nil, "set both or none"},
		"a subnet that is none": {func(x *kubernetesCluster) { x.ClusterSubnet, x.ServiceSubnet = "10.244", "10.245.0.0/16" }, nil, "CIDR"},
		"two plugins for the same": {func(x *kubernetesCluster) {
			x.NvidiaGPUDevicePlugin, x.NvidiaGPUDRADriver = []clusterPlugin{{true}}, []clusterPlugin{{true}}
		}, nil, "exclude each other"},
		"a time that is none": {func(x *kubernetesCluster) {
			x.MaintenancePolicy = []maintenancePolicy{{Day: "Sunday", StartTime: "25:00"}}
		}, nil, `start_time "25:00"`},
		"a tag of DigitalOcean's": {func(x *kubernetesCluster) { x.Tags = []string{"k8s:abc"} }, nil, "made by DigitalOcean"},
		"an expander in Kubernetes'": {func(x *kubernetesCluster) {
			x.ClusterAutoscaler = []clusterAutoscaler{{Expanders: []string{"least-waste"}}}
		}, nil, ""},
		"an expander that is unknown": {func(x *kubernetesCluster) {
			x.ClusterAutoscaler = []clusterAutoscaler{{Expanders: []string{"most-waste"}}}
		}, nil, "none of random"},
	} {
		x := smallCluster()
		tc.change(&x)
		err := checkKubernetesCluster(tc.was, x)
		if got := fmt.Sprint(err); (tc.want == "") != (err == nil) || !strings.Contains(got, tc.want) {
			t.Errorf("%s: error %v, want %q", name, err, tc.want)
		}
	}
}

// An import knows a pool by its id alone.
func TestNodePoolIsFoundByItsID(t *testing.T) {
	p := newPlatform(t, fake.Options{})
	ctx := t.Context()
	k := p.cluster(t)
	made := kubernetesNodePool{ClusterID: k.ID, Name: "batch", Size: "s-2vcpu-4gb", nodePool: nodePool{AutoScale: true, MinNodes: 1, MaxNodes: 3}}
	if err := createNodePool(ctx, p.client, &made, providers.Attempt{}); err != nil {
		t.Fatal(err)
	}
	found := kubernetesNodePool{ID: made.ID}
	if err := readNodePool(ctx, p.client, &found); err != nil || found.ClusterID != k.ID || found.ActualNodeCount != 1 {
		t.Errorf("found %+v, %v", found, err)
	}
	first := kubernetesNodePool{ID: k.NodePool[0].ID}
	if err := readNodePool(ctx, p.client, &first); err == nil || !strings.Contains(err.Error(), "import the cluster") {
		t.Errorf("the first pool: %v", err)
	}
	none := kubernetesNodePool{ID: "none"}
	if err := readNodePool(ctx, p.client, &none); err != providers.ErrGone {
		t.Errorf("an unknown pool: %v", err)
	}
	// The count is for the load to decide once the pool is there.
	if err := p.cloud.Edit("kubernetes_cluster", k.ID, func(m map[string]any) {
		m["node_pools"].([]any)[1].(map[string]any)["count"] = 3.0
	}); err != nil {
		t.Fatal(err)
	}
	was := kubernetesNodePool{ID: made.ID, ClusterID: k.ID, nodePool: nodePool{NodeCount: 1, AutoScale: true}}
	grown := was
	if err := readNodePool(ctx, p.client, &grown); err != nil || grown.NodeCount != 1 || grown.ActualNodeCount != 3 {
		t.Errorf("a pool that has grown: node_count %d, actual_node_count %d, %v", grown.NodeCount, grown.ActualNodeCount, err)
	}
	grown.Name = "renamed"
	if err := updateNodePool(ctx, p.client, was, &grown); err != nil || grown.ActualNodeCount != 3 {
		t.Errorf("a change of the name has made %d nodes of 3, %v", grown.ActualNodeCount, err)
	}
}
