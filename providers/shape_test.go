package providers

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestShape(t *testing.T) {
	type sized struct {
		Size int `cty:"size"`
	}
	type named struct {
		Name string `cty:"name"`
	}
	type disk struct {
		Name string `cty:"name"`
		Size int    `cty:"size"`
		path string
	}
	type machine struct {
		ID string `cty:"id"`
		named
		Tags  []string `cty:"tags"`
		Quiet *bool    `cty:"quiet"`
		Shown *bool    `cty:"shown"`
		Data  string   `cty:"data"`
		Disks []disk   `cty:"disk"`
	}
	type shownDisk struct {
		sized
		Label string `cty:"label"`
	}
	type shown struct {
		Tag   string      `cty:"tag"`
		Tags  []string    `cty:"tags"`
		Name  string      `cty:"name"`
		Quiet bool        `cty:"quiet"`
		Shown bool        `cty:"shown"`
		Disks []shownDisk `cty:"disk"`
	}
	row := shown{Tag: "ml"}
	Shape(&row, machine{
		ID: "3", named: named{"worker"}, Tags: []string{"ml"}, Shown: new(true), Data: "#!/bin/sh",
		Disks: []disk{{Name: "a", Size: 10, path: "/dev/a"}, {Size: 20}},
	})
	want := shown{Tag: "ml", Name: "worker", Tags: []string{"ml"}, Shown: true, Disks: []shownDisk{{sized: sized{10}}, {sized: sized{20}}}}
	if diff := cmp.Diff(want, row, cmp.AllowUnexported(shownDisk{})); diff != "" {
		t.Errorf("shaped (-want +got):\n%s", diff)
	}
}
