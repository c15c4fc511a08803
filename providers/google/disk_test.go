package google

import (
	"slices"
	"testing"
)

func TestCheckDisk(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*disk)
		want   string
	}{
		"as it is":             {func(*disk) {}, ""},
		"a name in capitals":   {func(x *disk) { x.Name = "Data" }, `name "Data"`},
		"two sources":          {func(x *disk) { x.Image, x.Snapshot = "debian-12", "s" }, "only one of image"},
		"odd blocks":           {func(x *disk) { x.PhysicalBlockSizeBytes = 512 }, "physical_block_size_bytes 512"},
		"an unknown mode":      {func(x *disk) { x.AccessMode = "RW" }, `access_mode "RW"`},
		"another architecture": {func(x *disk) { x.Architecture = "arm" }, `architecture "arm"`},
	} {
		x := disk{Name: "data"}
		tc.change(&x)
		refuses(t, name, checkDisk(nil, x), tc.want)
	}
	if got := diskReplaces(disk{Size: 20}, disk{Size: 10}); !slices.Equal(got, []string{"size"}) {
		t.Errorf("a disk that shrinks replaces for %v, want size", got)
	}
	if got := diskReplaces(disk{Size: 20}, disk{Size: 30}); len(got) > 0 {
		t.Errorf("a disk that grows is replaced for %v", got)
	}
}
