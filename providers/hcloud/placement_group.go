package hcloud

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type placementGroup struct {
	providers.Aside

	ID      string            `cty:"id"      is:"computed"         doc:"Number of the group."`
	Name    string            `cty:"name"    is:"required"         doc:"Name, unique in the project."`
	Type    string            `cty:"type"    is:"required,replace" doc:"How servers are placed: spread, each on another host."`
	Labels  map[string]string `cty:"labels"  is:"optional"         doc:"Labels of the user."`
	Servers []int             `cty:"servers" is:"computed,set"     doc:"Numbers of the servers in it."`

	created time.Time
}

const placementGroupExample = `resource "hcloud_placement_group" "example" {
  name = "ml"
  type = "spread"
}`

var placementGroupType = providers.Resource[*client, placementGroup]{
	Type:    "hcloud_placement_group",
	Doc:     "A group of servers that fail apart: each runs on another host.",
	Create:  createPlacementGroup,
	Read:    readPlacementGroup,
	Update:  updatePlacementGroup,
	Delete:  deletePlacementGroup,
	Find:    findPlacementGroup,
	List:    listPlacementGroups,
	Mark:    providers.InLabels,
	Check:   checkPlacementGroup,
	Natural: func(x placementGroup) string { return x.Name },
	// There is one type only: nothing replaces a group.
	Examples: []string{
		placementGroupExample,
		`resource "hcloud_placement_group" "example" {
  name   = "ml-workers"
  type   = "spread"
  labels = { team = "ml" }
}`,
		`resource "hcloud_placement_group" "example" {
  name   = "ml-workers"
  type   = "spread"
  labels = { "example.com/team" = "research" }
}`,
	},
}

func createPlacementGroup(ctx context.Context, c *client, x *placementGroup, a providers.Attempt) error {
	got, resp, err := c.PlacementGroup.Create(ctx, hcloud.PlacementGroupCreateOpts{
		Name: x.Name, Type: hcloud.PlacementGroupType(x.Type), Labels: marked(x.Labels, a),
	})
	if err != nil {
		return err
	}
	if err := x.fill(got.PlacementGroup); err != nil {
		return err
	}
	return started(got.Action, resp, nil)
}

func readPlacementGroup(ctx context.Context, c *client, x *placementGroup) error {
	got, err := fetchPlacementGroup(ctx, c, x.ID)
	if err != nil {
		return err
	}
	return x.fill(got)
}

// updatePlacementGroup looks for the marks to keep: labels are replaced as a whole.
func updatePlacementGroup(ctx context.Context, c *client, was placementGroup, x *placementGroup) error {
	now, err := fetchPlacementGroup(ctx, c, was.ID)
	if err != nil {
		return err
	}
	got, _, err := c.PlacementGroup.Update(ctx, now, hcloud.PlacementGroupUpdateOpts{Name: x.Name, Labels: withMarks(x.Labels, now.Labels)})
	if err != nil {
		return gone(err)
	}
	return x.fill(got)
}

func deletePlacementGroup(ctx context.Context, c *client, x placementGroup) error {
	id, err := number(x.ID)
	if err != nil {
		return err
	}
	_, err = c.PlacementGroup.Delete(ctx, &hcloud.PlacementGroup{ID: id})
	return gone(err)
}

func findPlacementGroup(ctx context.Context, c *client, x *placementGroup, a providers.Attempt) (bool, error) {
	return born(ctx, c.listPlacementGroups, x, a, (*placementGroup).fill, func(x *placementGroup) string { return x.ID })
}

func listPlacementGroups(ctx context.Context, c *client, _ placementGroup) iter.Seq2[placementGroup, error] {
	return pages(ctx, c.listPlacementGroups, "", (*placementGroup).fill)
}

func (x *placementGroup) fill(got *hcloud.PlacementGroup) error {
	x.ID, x.Name, x.Type = text(got.ID), got.Name, string(got.Type)
	x.Labels, x.Owner = userLabels(got.Labels)
	x.Servers, x.created = numbers(got.Servers), got.Created
	return nil
}

func (c *client) listPlacementGroups(ctx context.Context, o hcloud.ListOpts) ([]*hcloud.PlacementGroup, *hcloud.Response, error) {
	return c.PlacementGroup.List(ctx, hcloud.PlacementGroupListOpts{ListOpts: o})
}

func fetchPlacementGroup(ctx context.Context, c *client, id string) (*hcloud.PlacementGroup, error) {
	return byID(ctx, id, c.PlacementGroup.GetByID)
}

func checkPlacementGroup(_ *placementGroup, want placementGroup) error {
	switch {
	case want.Name == "":
		return errors.New("name must not be empty")
	case want.Type != string(hcloud.PlacementGroupTypeSpread):
		return fmt.Errorf("type %q is not known: write spread, the only one there is", want.Type)
	}
	return checkLabels(want.Labels)
}
