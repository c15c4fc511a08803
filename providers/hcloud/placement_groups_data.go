package hcloud

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type placementGroups struct {
	ID              string              `cty:"id"               is:"computed" doc:"Always placement_groups."`
	WithSelector    string              `cty:"with_selector"    is:"optional" doc:"Label selector that the groups match; absent means all."`
	MostRecent      bool                `cty:"most_recent"      is:"optional" doc:"Whether the newest come first."`
	PlacementGroups []placementGroupRow `cty:"placement_groups" is:"computed" doc:"The groups that match."`
}

type placementGroupRow struct {
	ID      string            `cty:"id"      is:"computed"     doc:"Number of the group."`
	Name    string            `cty:"name"    is:"computed"     doc:"Name of the group."`
	Type    string            `cty:"type"    is:"computed"     doc:"How servers are placed."`
	Labels  map[string]string `cty:"labels"  is:"computed"     doc:"Labels of the user."`
	Servers []int             `cty:"servers" is:"computed,set" doc:"Numbers of the servers in it."`
}

var placementGroupsData = providers.DataSource[*client, placementGroups]{
	Type: "hcloud_placement_groups",
	Doc:  "The placement groups of the project.",
	Read: readPlacementGroups,
	Examples: []string{
		placementGroupExample + `

data "hcloud_placement_groups" "example" {
  most_recent = true
  depends_on  = [hcloud_placement_group.example]
}`,
	},
}

func readPlacementGroups(ctx context.Context, c *client, x *placementGroups) error {
	all, err := sought(ctx, c, placementGroupType, c.listPlacementGroups, x.WithSelector, (*placementGroup).fill)
	if x.MostRecent {
		newestFirst(all, placementGroup.createdAt)
	}
	x.ID, x.PlacementGroups = "placement_groups", rows[placementGroupRow](all)
	return err
}
