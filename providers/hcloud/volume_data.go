package hcloud

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/mlinfra/mlinfra/providers"
)

type volumeLookup struct {
	ID           string   `cty:"id"            is:"default"  doc:"Number of the volume."`
	Name         string   `cty:"name"          is:"default"  doc:"Name of the volume."`
	Selector     string   `cty:"selector"      is:"optional" doc:"Deprecated name of with_selector."`
	WithSelector string   `cty:"with_selector" is:"optional" doc:"Label selector that only this volume matches."`
	WithStatus   []string `cty:"with_status"   is:"optional" doc:"States it may be in, with with_selector: creating, available."`
	volumeFacts
}

var volumeData = providers.DataSource[*client, volumeLookup]{
	Type: "hcloud_volume",
	Doc:  "A volume of the project by id, name or labels.",
	Read: lookUpVolume,
	Examples: []string{
		volumeExample + `

data "hcloud_volume" "example" {
  name = hcloud_volume.example.name
}`,
		`resource "hcloud_volume" "example" {
  name     = "data"
  size     = 10
  location = "fsn1"
  labels   = { team = "ml" }
}

data "hcloud_volume" "example" {
  with_selector = "team=ml"
  with_status   = ["available"]
  depends_on    = [hcloud_volume.example]
}`,
	},
}

func lookUpVolume(ctx context.Context, c *client, x *volumeLookup) error {
	selector := cmp.Or(x.WithSelector, x.Selector)
	if selector == "" && len(x.WithStatus) > 0 {
		return fmt.Errorf("with_status is for with_selector: drop it")
	}
	all, err := volumesIn(ctx, c, selector, x.WithStatus)
	if err != nil {
		return err
	}
	found, err := one(all, nil,
		key[volume]{"id", x.ID, func(v volume) string { return v.ID }},
		key[volume]{"name", x.Name, func(v volume) string { return v.Name }},
		key[volume]{"with_selector", selector, nil},
	)
	if err != nil {
		return err
	}
	providers.Shape(x, found)
	return nil
}

// volumesIn returns the volumes that bear the labels of a selector and are in one of
// the states; none means any.
func volumesIn(ctx context.Context, c *client, selector string, states []string) ([]volume, error) {
	for _, s := range states {
		if s != "creating" && s != "available" {
			return nil, fmt.Errorf("with_status: %q is neither creating nor available", s)
		}
	}
	all, err := sought(ctx, c, volumeType, c.listVolumes, selector, (*volume).fill)
	if len(states) > 0 {
		all = slices.DeleteFunc(all, func(v volume) bool { return !slices.Contains(states, v.status) })
	}
	return all, err
}
