package hcloud

import (
	"context"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

type placementGroupLookup struct {
	ID           string            `cty:"id"            is:"default"      doc:"Number of the group."`
	Name         string            `cty:"name"          is:"default"      doc:"Name of the group."`
	WithSelector string            `cty:"with_selector" is:"optional"     doc:"Label selector that only this group matches."`
	MostRecent   bool              `cty:"most_recent"   is:"optional"     doc:"Whether the newest is meant where several match."`
	Type         string            `cty:"type"          is:"computed"     doc:"How servers are placed."`
	Labels       map[string]string `cty:"labels"        is:"computed"     doc:"Labels of the user."`
	Servers      []int             `cty:"servers"       is:"computed,set" doc:"Numbers of the servers in it."`
}

var placementGroupData = providers.DataSource[*client, placementGroupLookup]{
	Type: "hcloud_placement_group",
	Doc:  "A placement group of the project by id, name or labels.",
	Read: lookUpPlacementGroup,
	Examples: []string{
		placementGroupExample + `

data "hcloud_placement_group" "example" {
  name = hcloud_placement_group.example.name
}`,
	},
}

func lookUpPlacementGroup(ctx context.Context, c *client, x *placementGroupLookup) error {
	all, err := sought(ctx, c, placementGroupType, c.listPlacementGroups, x.WithSelector, (*placementGroup).fill)
	if err != nil {
		return err
	}
	found, err := one(all, newest(x.MostRecent, placementGroup.createdAt),
		key[placementGroup]{"id", x.ID, func(g placementGroup) string { return g.ID }},
		key[placementGroup]{"name", x.Name, func(g placementGroup) string { return g.Name }},
		key[placementGroup]{"with_selector", x.WithSelector, nil},
	)
	if err != nil {
		return err
	}
	providers.Shape(x, found)
	return nil
}

func (x placementGroup) createdAt() time.Time { return x.created }
