package google

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/compute/apiv1/computepb"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/google/fake"
)

const testZone = "europe-west3-a"

// testClient returns a client of a fake in which everything is ready at once.
func testClient(t *testing.T, o fake.Options) *client {
	t.Helper()
	cloud := fake.New(o)
	server := httptest.NewServer(cloud.Handler())
	t.Cleanup(func() {
		server.Close()
		_ = cloud.Close()
	})
	s := settings{AccessToken: "t", Project: "offline", Region: "europe-west3", Zone: testZone}
	for _, endpoint := range []*string{&s.ComputeEndpoint, &s.StorageEndpoint, &s.SQLEndpoint, &s.IAMEndpoint, &s.ResourceManagerEndpoint} {
		*endpoint = server.URL
	}
	c, err := connect(context.Background(), s, providers.Env{
		Getenv: func(string) string { return "" }, Transport: http.DefaultTransport, Pace: func(float64) {}, Isolated: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func testInstance() instance {
	return instance{
		Name: "worker", MachineType: "e2-small", AllowStoppingForUpdate: true,
		BootDisk:          []bootDisk{{AutoDelete: true, Mode: "READ_WRITE", InitializeParams: []diskParams{{Image: "debian-cloud/debian-12", Type: "pd-balanced", Size: 20}}}},
		NetworkInterfaces: []networkInterface{{Network: "default"}},
	}
}

// ended returns why an operation has failed, or any other error.
func ended(t *testing.T, c *client, err error) error {
	t.Helper()
	name := providers.OperationOf(err)
	if name == "" {
		return err
	}
	results, failed := operations(context.Background(), c, []string{name})
	if failed != nil {
		t.Fatal(failed)
	}
	return results[0]
}

func makeInstance(t *testing.T, c *client, x instance) instance {
	t.Helper()
	if err := ended(t, c, createInstance(context.Background(), c, &x, providers.Attempt{})); err != nil {
		t.Fatal(err)
	}
	return seen(t, c, x)
}

// seen returns the instance as a read shows it.
func seen(t *testing.T, c *client, x instance) instance {
	t.Helper()
	was := x
	if err := readInstance(context.Background(), c, &x); err != nil {
		t.Fatal(err)
	}
	spellInstance(was, &x)
	return x
}

// changed calls updateInstance as the engine does, at most n times.
func changed(t *testing.T, c *client, was, want instance, n int) (done bool, err error) {
	t.Helper()
	for range n {
		x := want
		err := updateInstance(context.Background(), c, was, &x)
		again := errors.Is(err, providers.ErrAgain)
		if providers.OperationOf(err) != "" {
			err = ended(t, c, err)
		}
		if err != nil || !again {
			return err == nil, err
		}
	}
	return false, nil
}

func mustChange(t *testing.T, c *client, was, want instance) instance {
	t.Helper()
	done, err := changed(t, c, was, want, 20)
	if err != nil || !done {
		t.Fatalf("update: done %t, %v", done, err)
	}
	return seen(t, c, want)
}

func TestAnInterruptedChangeEndsWithARunningInstance(t *testing.T) {
	for n := 0; ; n++ {
		c := testClient(t, fake.Options{})
		was := makeInstance(t, c, testInstance())
		want := was
		want.MachineType = "e2-standard-4"
		done, err := changed(t, c, was, want, n)
		if err != nil {
			t.Fatal(err)
		}
		if !done {
			// The next run sees what there is and leaves the state to the cloud.
			was = seen(t, c, was)
			want = was
			want.MachineType = "e2-standard-4"
			if done, err = changed(t, c, was, want, 20); err != nil || !done {
				t.Fatalf("after %d calls: done %t, %v", n, done, err)
			}
		}
		got := seen(t, c, was)
		if got.MachineType != "e2-standard-4" || got.CurrentStatus != running {
			t.Errorf("after %d calls and another run: %s, %s; want e2-standard-4, RUNNING", n, got.MachineType, got.CurrentStatus)
		}
		if n > 4 {
			return // stop, change, start, end
		}
	}
}

func TestAnInstanceThatSomebodyHasStoppedStaysSo(t *testing.T) {
	c := testClient(t, fake.Options{})
	was := makeInstance(t, c, testInstance())
	op, err := c.instances.Stop(context.Background(), &computepb.StopInstanceRequest{Project: "offline", Zone: testZone, Instance: "worker"})
	if err := ended(t, c, started(op, err)); err != nil {
		t.Fatal(err)
	}
	was = seen(t, c, was)
	want := was
	want.MachineType, want.EffectiveLabels = "e2-standard-4", map[string]string{"team": "ml"}
	got := mustChange(t, c, was, want)
	if got.CurrentStatus != terminated || got.MachineType != "e2-standard-4" || got.EffectiveLabels["team"] != "ml" {
		t.Errorf("got %s %s %v, want TERMINATED e2-standard-4 with the label", got.CurrentStatus, got.MachineType, got.EffectiveLabels)
	}
}

func TestARefusedChangeLeavesTheInstanceRunning(t *testing.T) {
	c := testClient(t, fake.Options{})
	was := makeInstance(t, c, testInstance())
	want := was
	want.MachineType = "e2-nothing"
	if _, err := changed(t, c, was, want, 20); err == nil || !strings.Contains(err.Error(), "e2-nothing") {
		t.Errorf("error %v does not name the type", err)
	}
	if got := seen(t, c, was); got.CurrentStatus != running {
		t.Errorf("the instance is %s", got.CurrentStatus)
	}
}

func TestDesiredStatus(t *testing.T) {
	c := testClient(t, fake.Options{})
	x := testInstance()
	x.DesiredStatus = terminated
	created := x
	err := createInstance(context.Background(), c, &created, providers.Attempt{})
	if !errors.Is(err, providers.ErrAgain) {
		t.Fatalf("create: %v, want ErrAgain: it starts and has to be stopped", err)
	}
	if err := ended(t, c, err); err != nil {
		t.Fatal(err)
	}
	was := seen(t, c, created)
	got := mustChange(t, c, was, created)
	for _, status := range []string{terminated, running, suspended, running, terminated, suspended, terminated} {
		want := got
		want.DesiredStatus = status
		if got = mustChange(t, c, got, want); got.CurrentStatus != status {
			t.Fatalf("the instance is %s, want %s", got.CurrentStatus, status)
		}
	}
}

func TestChangesOfAStoppedInstance(t *testing.T) {
	c := testClient(t, fake.Options{})
	x := testInstance()
	x.MachineType = "n2-standard-2"
	was := makeInstance(t, c, x)
	want := was
	want.MinCPUPlatform, want.EnableDisplay, want.CanIPForward, want.Description = "Intel Ice Lake", true, true, "Serves."
	want.ServiceAccount = []instanceAccount{{Scopes: []string{"storage-ro"}}}
	want.ShieldedInstanceConfig = []shieldedConfig{{EnableSecureBoot: true, EnableVTPM: true}}
	want.AdvancedMachineFeatures = []machineFeatures{{ThreadsPerCore: 1}}
	want.Metadata, want.Tags = map[string]string{"a": "b"}, []string{"ssh"}
	if cold := coldChanges(was, was, want); len(cold) != 5 {
		t.Errorf("needs to stop for %v", cold)
	}
	got := mustChange(t, c, was, want)
	if cold := coldChanges(want, got, want); len(cold) > 0 {
		t.Errorf("not changed: %v", cold)
	}
	if got.CurrentStatus != running || !got.CanIPForward || got.Description != "Serves." || got.Metadata["a"] != "b" || !slices.Equal(got.Tags, want.Tags) {
		t.Errorf("got %+v", got)
	}
	want = got
	want.ServiceAccount, want.AdvancedMachineFeatures, want.MinCPUPlatform, want.Metadata, want.Tags = nil, nil, "Automatic", nil, nil
	if got = mustChange(t, c, got, want); len(got.ServiceAccount) > 0 || len(got.AdvancedMachineFeatures) > 0 || !automatic(got.MinCPUPlatform) || len(got.Metadata) > 0 || len(got.Tags) > 0 {
		t.Errorf("got %+v", got)
	}
}

func TestAnInterfaceMovesToAnotherNetwork(t *testing.T) {
	c, ctx := testClient(t, fake.Options{}), context.Background()
	n := network{Name: "ml", RoutingMode: "REGIONAL"}
	if err := ended(t, c, createNetwork(ctx, c, &n, providers.Attempt{})); err != nil {
		t.Fatal(err)
	}
	s := subnetwork{Name: "ml", Network: "ml", IPCIDRRange: "10.20.0.0/24"}
	if err := ended(t, c, createSubnetwork(ctx, c, &s, providers.Attempt{})); err != nil {
		t.Fatal(err)
	}
	x := testInstance()
	x.NetworkInterfaces[0].AccessConfigs = []accessConfig{{}}
	was := makeInstance(t, c, x)
	want := seen(t, c, was) // a copy
	want.NetworkInterfaces[0].Subnetwork = "ml"
	got := mustChange(t, c, was, want).NetworkInterfaces[0]
	if lastPart(got.Network) != "ml" || lastPart(got.Subnetwork) != "ml" || !strings.HasPrefix(got.NetworkIP, "10.20.0.") {
		t.Errorf("got %+v, want it in the network ml", got)
	}
	if len(got.AccessConfigs) != 1 || got.AccessConfigs[0].NatIP == "" {
		t.Errorf("got %+v, want an external address", got)
	}
}

func TestExternalAddresses(t *testing.T) {
	c, ctx := testClient(t, fake.Options{}), context.Background()
	a := address{Name: "ml", AddressType: "EXTERNAL"}
	if err := ended(t, c, createAddress(ctx, c, &a, providers.Attempt{})); err != nil {
		t.Fatal(err)
	}
	if err := readAddress(ctx, c, &a); err != nil {
		t.Fatal(err)
	}
	was := makeInstance(t, c, testInstance())
	for _, tc := range []struct {
		name string
		want []accessConfig
	}{
		{"an address of Google's choice", []accessConfig{{}}},
		{"a reserved one", []accessConfig{{NatIP: a.Address}}},
		{"one of another tier", []accessConfig{{NetworkTier: "STANDARD"}}},
		{"none", nil},
	} {
		want := seen(t, c, was) // a copy
		want.NetworkInterfaces[0].AccessConfigs = tc.want
		got := mustChange(t, c, was, want)
		have := got.NetworkInterfaces[0].AccessConfigs
		if len(have) != len(tc.want) {
			t.Fatalf("%s: got %+v", tc.name, have)
		}
		if len(have) > 0 && (have[0].NatIP == "" || (tc.want[0].NatIP != "" && have[0].NatIP != tc.want[0].NatIP) ||
			(tc.want[0].NetworkTier != "" && have[0].NetworkTier != tc.want[0].NetworkTier)) {
			t.Errorf("%s: got %+v", tc.name, have)
		}
		was = got
	}
}

func TestDisksOfAnInstance(t *testing.T) {
	c, ctx := testClient(t, fake.Options{}), context.Background()
	for _, name := range []string{"one", "two", "three"} {
		d := disk{Name: name, Type: "pd-standard", Size: 10}
		if err := ended(t, c, createDisk(ctx, c, &d, providers.Attempt{})); err != nil {
			t.Fatal(err)
		}
	}
	rw := func(names ...string) (disks []attachedDisk) {
		for _, n := range names {
			disks = append(disks, attachedDisk{Source: n, Mode: "READ_WRITE"})
		}
		return disks
	}
	was := makeInstance(t, c, testInstance())
	other := diskAttachment{Instance: "worker", Disk: "three", Mode: "READ_WRITE"}
	if err := ended(t, c, createAttachedDisk(ctx, c, &other, providers.Attempt{})); err != nil {
		t.Fatal(err)
	}
	for _, want := range [][]attachedDisk{rw("one"), rw("two", "one"), {{Source: "one", Mode: "READ_ONLY"}, {Source: "two", DeviceName: "data", Mode: "READ_WRITE"}}, rw("two"), nil} {
		x := was
		x.AttachedDisks = want
		got := mustChange(t, c, was, x)
		if !slices.Equal(got.AttachedDisks, want) {
			t.Errorf("attached %+v, want %+v", got.AttachedDisks, want)
		}
		was = got
	}
	if err := readAttachedDisk(ctx, c, &other); err != nil {
		t.Errorf("the disk of the other resource: %v", err)
	}
	x := seen(t, c, was) // a copy
	x.BootDisk[0].AutoDelete, x.BootDisk[0].InitializeParams[0].Size = false, 30
	x.BootDisk[0].InitializeParams[0].Labels = map[string]string{"team": "ml"}
	got := mustChange(t, c, was, x)
	d, err := c.disk(ctx, "projects/offline/zones/"+testZone+"/disks/worker")
	if err != nil {
		t.Fatal(err)
	}
	if got.BootDisk[0].AutoDelete || d.GetSizeGb() != 30 || d.GetLabels()["team"] != "ml" {
		t.Errorf("boot disk %+v, %d GB, labels %v", got.BootDisk[0], d.GetSizeGb(), d.GetLabels())
	}
}

func TestAnImportedInstanceKnowsWhatItWasMadeOf(t *testing.T) {
	c := testClient(t, fake.Options{})
	made := makeInstance(t, c, testInstance())
	x := instance{ID: made.ID}
	if err := readInstance(context.Background(), c, &x); err != nil {
		t.Fatal(err)
	}
	if p := x.BootDisk[0].InitializeParams[0]; p.Type != "pd-balanced" || p.Size != 20 || !sameImage(p.Image, "debian-cloud/debian-12") {
		t.Errorf("got %+v", p)
	}
}

func TestAnExhaustedZoneIsTold(t *testing.T) {
	c := testClient(t, fake.Options{NoStock: map[string]bool{"e2-small@" + testZone: true}})
	x := testInstance()
	err := ended(t, c, createInstance(context.Background(), c, &x, providers.Attempt{}))
	if v := classify(err); v.Kind != providers.Fatal || !strings.Contains(v.Message, "ZONE_RESOURCE_POOL_EXHAUSTED") || !strings.Contains(v.Message, "another zone") {
		t.Errorf("verdict %+v of %v", v, err)
	}
	if err := readInstance(context.Background(), c, &x); !errors.Is(err, providers.ErrGone) {
		t.Errorf("read: %v, want gone", err)
	}
}
