package digitalocean

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/mlinfra/mlinfra/providers"
)

type projectLookup struct {
	ID          string   `cty:"id"          is:"default"      doc:"UUID of the project; without it and a name the default project is meant."`
	Name        string   `cty:"name"        is:"default"      doc:"Name of the project."`
	Description string   `cty:"description" is:"computed"     doc:"Free text."`
	Purpose     string   `cty:"purpose"     is:"computed"     doc:"What the project is for."`
	Environment string   `cty:"environment" is:"computed"     doc:"Development, Staging or Production."`
	IsDefault   bool     `cty:"is_default"  is:"computed"     doc:"Whether new resources join it unless they name another."`
	Resources   []string `cty:"resources"   is:"computed,set" doc:"URNs of what the project holds."`
	OwnerUUID   string   `cty:"owner_uuid"  is:"computed"     doc:"UUID of the owner."`
	OwnerID     int      `cty:"owner_id"    is:"computed"     doc:"Number of the owner."`
	CreatedAt   string   `cty:"created_at"  is:"computed"     doc:"Time of creation, RFC 3339."`
	UpdatedAt   string   `cty:"updated_at"  is:"computed"     doc:"Time of the last change, RFC 3339."`
}

var projectData = providers.DataSource[*client, projectLookup]{
	Type: "digitalocean_project",
	Doc:  "A project by id, by name, or the default one.",
	Read: lookUpProject,
	Examples: []string{
		`data "digitalocean_project" "default" {}

resource "digitalocean_project" "example" {
  name = "ml"
}

data "digitalocean_project" "example" {
  name = digitalocean_project.example.name
}`,
	},
}

func lookUpProject(ctx context.Context, c *client, x *projectLookup) error {
	found, err := matching(providers.All(ctx, c, projectType, project{}), func(p project) bool {
		byID, byName := x.ID != "" && p.ID == x.ID, x.ID == "" && x.Name != "" && p.Name == x.Name
		return byID || byName || x.ID == "" && x.Name == "" && p.IsDefault
	})
	if err != nil {
		return err
	}
	if len(found) != 1 {
		return fmt.Errorf("%d projects have the %s, exactly one has to", len(found), cmp.Or(said("id", x.ID, "name", x.Name), "mark of the default one"))
	}
	return x.fill(ctx, c, found[0])
}

func (x *projectLookup) fill(ctx context.Context, c *client, p project) error {
	members, err := membersOf(ctx, c, p.ID)
	providers.Shape(x, p)
	x.Resources = slices.Sorted(maps.Keys(members))
	return err
}

type projectList struct {
	ID       string          `cty:"id"       is:"computed"     doc:"Always projects."`
	Filters  []listFilter    `cty:"filter"   is:"optional,set" doc:"What a project has to match; all of them count."`
	Sorts    []listSort      `cty:"sort"     is:"optional"     doc:"What the projects are ordered by, most important first."`
	Projects []projectLookup `cty:"projects" is:"computed"     doc:"The projects that match."`
}

var projectsData = providers.DataSource[*client, projectList]{
	Type: "digitalocean_projects",
	Doc:  "The projects of the account.",
	Read: readProjectList,
	Examples: []string{
		`resource "digitalocean_project" "example" {
  name        = "ml"
  environment = "Staging"
}

data "digitalocean_projects" "example" {
  filter {
    key    = "environment"
    values = [digitalocean_project.example.environment]
  }

  sort {
    key = "name"
  }
}`,
	},
}

// readProjectList asks only those that match for what they hold.
func readProjectList(ctx context.Context, c *client, x *projectList) error {
	x.ID = "projects"
	found, err := selected(providers.All(ctx, c, projectType, project{}), x.Filters, x.Sorts)
	if err != nil {
		return err
	}
	x.Projects = make([]projectLookup, len(found))
	for i, p := range found {
		if err := x.Projects[i].fill(ctx, c, p); err != nil {
			return err
		}
	}
	return nil
}
