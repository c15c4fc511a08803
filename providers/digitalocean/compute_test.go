package digitalocean

import (
	"errors"
	"testing"
	"time"

	"github.com/digitalocean/godo"
	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/providers"
)

func TestCheckCustomImage(t *testing.T) {
	good := customImage{Name: "flatcar", URL: "https://example.com/flatcar.qcow2", Regions: []string{"fra1"}, Distribution: "Unknown"}
	for name, tc := range map[string]struct {
		edit func(*customImage)
		want string
	}{
		"smallest":             {func(*customImage) {}, ""},
		"no name":              {func(x *customImage) { x.Name = "" }, "name"},
		"no region":            {func(x *customImage) { x.Regions = nil }, "regions"},
		"a file of one's own":  {func(x *customImage) { x.URL = "/tmp/image.qcow2" }, "DigitalOcean fetches"},
		"unknown distribution": {func(x *customImage) { x.Distribution = "Windows" }, `distribution "Windows"`},
		"tag with a space":     {func(x *customImage) { x.Tags = []string{"a b"} }, "tag"},
	} {
		want := good
		tc.edit(&want)
		checkError(t, name, checkCustomImage(nil, want), tc.want)
	}
}

func TestImagesAreNotTakenOutOfRegions(t *testing.T) {
	was := customImage{Regions: []string{"fra1", "ams3"}}
	for name, tc := range map[string]struct {
		regions []string
		want    []string
	}{
		"the same":    {[]string{"ams3", "fra1"}, nil},
		"one more":    {[]string{"ams3", "fra1", "nyc3"}, nil},
		"one less":    {[]string{"fra1"}, []string{"regions"}},
		"another one": {[]string{"fra1", "nyc3"}, []string{"regions"}},
	} {
		if got := replacesCustomImage(was, customImage{Regions: tc.regions}); !cmp.Equal(got, tc.want) {
			t.Errorf("%s: replaced because of %q, want %q", name, got, tc.want)
		}
	}
}

func TestFetched(t *testing.T) {
	for name, tc := range map[string]struct {
		got  godo.Image
		want error
	}{
		"new":       {godo.Image{Status: "NEW"}, providers.ErrNotReady},
		"pending":   {godo.Image{Status: "pending"}, providers.ErrNotReady},
		"available": {godo.Image{Status: "available"}, nil},
		"retired":   {godo.Image{Status: "retired"}, nil},
		"given up":  {godo.Image{Status: "deleted", ErrorMessage: "no image there."}, providers.ErrBroken},
		"deleted":   {godo.Image{Status: "deleted"}, providers.ErrGone},
	} {
		if err := fetched(&tc.got); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

func TestDuring(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	action := &godo.Action{StartedAt: &godo.Timestamp{Time: start}, CompletedAt: &godo.Timestamp{Time: start.Add(time.Minute)}}
	for at, want := range map[string]bool{
		"2026-01-02T03:04:04Z": false,
		"2026-01-02T03:04:05Z": true,
		"2026-01-02T03:05:05Z": true,
		"2026-01-02T03:05:06Z": false,
		"yesterday":            false,
	} {
		if got := during(action, at); got != want {
			t.Errorf("during(%s) is %t, want %t", at, got, want)
		}
	}
}

func TestCheckPool(t *testing.T) {
	ranged := poolConfig{MinInstances: 1, MaxInstances: 3, TargetCPUUtilization: 0.5}
	for name, tc := range map[string]struct {
		f    poolConfig
		want string
	}{
		"a number":           {poolConfig{TargetNumberInstances: 2}, ""},
		"a range":            {ranged, ""},
		"both":               {poolConfig{TargetNumberInstances: 2, MaxInstances: 3}, "fixed size"},
		"neither":            {poolConfig{}, "min_instances is 0"},
		"upside down":        {poolConfig{MinInstances: 3, MaxInstances: 1, TargetCPUUtilization: 0.5}, "max_instances is 1"},
		"without a target":   {poolConfig{MinInstances: 1, MaxInstances: 3}, "when to grow"},
		"in percent":         {poolConfig{MinInstances: 1, MaxInstances: 3, TargetCPUUtilization: 50}, "shares"},
		"too calm":           {poolConfig{MinInstances: 1, MaxInstances: 3, TargetCPUUtilization: 0.5, CooldownMinutes: 60}, "cooldown_minutes is 60"},
		"more than there is": {poolConfig{TargetNumberInstances: 1001}, "1001"},
	} {
		checkError(t, name, tc.f.check(), tc.want)
	}
	template := poolTemplate{Size: "c-2", Region: "fra1", Image: "ubuntu-24-04-x64"}
	pool := dropletAutoscale{Name: "p", Config: []poolConfig{ranged}, DropletTemplate: []poolTemplate{template}}
	checkError(t, "no keys", checkDropletAutoscale(nil, pool), "ssh_keys")
}

func TestChosen(t *testing.T) {
	all := []snapshotFacts{
		{"data-1", []string{"fra1"}, "2026-01-01T00:00:00Z"},
		{"data-2", []string{"fra1", "ams3"}, "2026-01-03T00:00:00Z"},
		{"data-2", []string{"nyc3"}, "2026-01-02T00:00:00Z"},
	}
	for name, tc := range map[string]struct {
		w       snapshotWanted
		want    string // time of the one that is chosen
		wantErr string
	}{
		"by name":             {snapshotWanted{Name: "data-1"}, "2026-01-01T00:00:00Z", ""},
		"by name and region":  {snapshotWanted{Name: "data-2", Region: "NYC3"}, "2026-01-02T00:00:00Z", ""},
		"the newest":          {snapshotWanted{NameRegex: "^data-", MostRecent: true}, "2026-01-03T00:00:00Z", ""},
		"several":             {snapshotWanted{Name: "data-2"}, "", "most_recent"},
		"none":                {snapshotWanted{Name: "data-3"}, "", "no snapshot"},
		"nothing is said":     {snapshotWanted{}, "", "exactly one"},
		"a broken expression": {snapshotWanted{NameRegex: "("}, "", "name_regex"},
	} {
		items := func(yield func(snapshotFacts, error) bool) {
			for _, f := range all {
				if !yield(f, nil) {
					return
				}
			}
		}
		got, err := chosenSnapshot(tc.w, items, func(f snapshotFacts) snapshotFacts { return f })
		checkError(t, name, err, tc.wantErr)
		if got.createdAt != tc.want {
			t.Errorf("%s: chosen %q, want %q", name, got.createdAt, tc.want)
		}
	}
}

// TestSnapshotOutlivesItsDroplet lists while the droplet that is asked about is
// gone.
func TestSnapshotOutlivesItsDroplet(t *testing.T) {
	ctx, c := t.Context(), fakeClient(t)
	d := droplet{Name: "worker", Region: "fra1", Size: "s-1vcpu-1gb", Image: "ubuntu-24-04-x64"}
	if err := createDroplet(ctx, c, &d, providers.Attempt{}); err != nil {
		t.Fatal(err)
	}
	s := dropletSnapshot{DropletID: d.ID, Name: "worker-1"}
	if err := createDropletSnapshot(ctx, c, &s, providers.Attempt{}); err != nil {
		t.Fatal(err)
	}
	if err := readDropletSnapshot(ctx, c, &s); err != nil {
		t.Fatal(err)
	}
	if err := deleteDroplet(ctx, c, d); err != nil {
		t.Fatal(err)
	}
	if err := readDroplet(ctx, c, &d); !errors.Is(err, providers.ErrGone) {
		t.Fatalf("the droplet: %v, want it gone", err)
	}
	n := 0
	for x, err := range listDropletSnapshots(ctx, c, s) {
		if err != nil || x.ID != s.ID {
			t.Errorf("listed %+v, %v, want %s", x, err, s.ID)
		}
		n++
	}
	if n != 1 {
		t.Errorf("%d snapshots are listed, want 1", n)
	}
}

// TestImportThatFails makes an image of what is none: it is broken, and gone when
// it is to go.
func TestImportThatFails(t *testing.T) {
	ctx, c := t.Context(), fakeClient(t)
	x := customImage{Name: "none", URL: "https://example.com/", Regions: []string{"fra1"}, Distribution: "Unknown"}
	if err := createCustomImage(ctx, c, &x, providers.Attempt{}); err != nil {
		t.Fatal(err)
	}
	if err := readCustomImage(ctx, c, &x); !errors.Is(err, providers.ErrBroken) {
		t.Errorf("reading it: %v, want that it is broken", err)
	}
	for range 2 {
		if err := deleteCustomImage(ctx, c, x); !errors.Is(err, providers.ErrGone) {
			t.Errorf("deleting it: %v, want that it is gone", err)
		}
	}
	for y, err := range listCustomImages(ctx, c, customImage{}) {
		t.Errorf("it is listed: %+v, %v", y, err)
	}
}
