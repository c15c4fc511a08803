package digitalocean

import (
	"errors"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/providers"
)

func TestWhatADropletLeaves(t *testing.T) {
	ctx, c := t.Context(), fakeClient(t)
	must := func(err error) {
		t.Helper()
		if err != nil && !errors.Is(err, providers.ErrAgain) {
			t.Fatal(err)
		}
	}
	v := volume{Name: "data", Region: "fra1", Size: 20}
	must(createVolume(ctx, c, &v, providers.Attempt{}))
	d := droplet{Name: "worker", Region: "fra1", Size: "s-1vcpu-1gb", Image: "ubuntu-24-04-x64", VolumeIDs: []string{v.ID}}
	must(createDroplet(ctx, c, &d, providers.Attempt{}))
	if list, err := dropletLeaves(ctx, c, droplet{ID: "7"}); err != nil || len(list) > 0 {
		t.Errorf("a droplet that is gone leaves %v, %v", list, err)
	}
	s := dropletSnapshot{Name: "worker-1", DropletID: d.ID}
	must(createDropletSnapshot(ctx, c, &s, providers.Attempt{}))
	must(readDropletSnapshot(ctx, c, &s))
	w := volumeSnapshot{Name: "data-1", VolumeID: v.ID}
	must(createVolumeSnapshot(ctx, c, &w, providers.Attempt{}))
	id, _ := strconv.Atoi(d.ID)
	ip := reservedIP{Region: "fra1", DropletID: id}
	must(createReservedIP(ctx, c, &ip, providers.Attempt{}))

	got, err := dropletLeaves(ctx, c, d)
	must(err)
	want := []providers.Leftover{
		{Kind: "reserved IP", ID: ip.ID, Name: ip.ID, Monthly: 5},
		{Kind: "snapshot", ID: s.ID, Name: "worker-1", Monthly: 0.14},
		{Kind: "volume", ID: v.ID, Name: "data", Monthly: 2},
		{Kind: "volume snapshot", ID: w.ID, Name: "data-1"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the droplet leaves (-want +got):\n%s", diff)
	}
	got, err = volumeLeaves(ctx, c, v)
	must(err)
	if diff := cmp.Diff(want[3:], got); diff != "" {
		t.Errorf("the volume leaves (-want +got):\n%s", diff)
	}
}
