package digitalocean

import (
	"context"
	"iter"
	"slices"

	"github.com/mlinfra/mlinfra/providers"
)

type projectResources struct {
	ID        string   `cty:"id"        is:"computed" doc:"UUID of the project."`
	Project   string   `cty:"project"   is:"required,replace,ref=digitalocean_project" doc:"UUID of the project."`
	Resources []string `cty:"resources" is:"required,set,ref=*.urn" doc:"URNs of what is to be in it; what else is there stays."`
}

var projectResourcesType = providers.Resource[*client, projectResources]{
	Type:   "digitalocean_project_resources",
	Doc:    "Things in a project that somebody else looks after; the attribute project of each is shorter.",
	Create: createProjectResources,
	Read:   readProjectResources,
	Update: updateProjectResources,
	Delete: deleteProjectResources,
	List:   listProjectResources,
	Import: func(id string) (projectResources, error) { return projectResources{ID: id}, nil },
	Within: func(x projectResources) string { return x.Project },
	Normal: normalProjectResources,
	Check:  func(_ *projectResources, x projectResources) error { return checkProjects(x.Project, "") },
	// It is a claim on a project: making it makes nothing.
	Again:     true,
	Shallow:   true,
	Natural:   func(x projectResources) string { return x.Project },
	Redundant: true, // the attribute project of each
	Examples: []string{
		exampleInProject + `

resource "digitalocean_project_resources" "example" {
  project   = digitalocean_project.example.id
  resources = [digitalocean_volume.data.urn]
}`,
		exampleInProject + `

resource "digitalocean_volume" "models" {
  name   = "ml-models"
  region = "fra1"
  size   = 1
}

resource "digitalocean_project_resources" "example" {
  project   = digitalocean_project.example.id
  resources = [digitalocean_volume.data.urn, digitalocean_volume.models.urn]
}`,
		exampleInProject + `

resource "digitalocean_project" "other" {
  name = "ml-archive"
}

resource "digitalocean_project_resources" "example" {
  project   = digitalocean_project.other.id
  resources = [digitalocean_volume.data.urn]
}`,
	},
}

const exampleInProject = `resource "digitalocean_project" "example" {
  name = "ml"
}

resource "digitalocean_volume" "data" {
  name   = "ml-data"
  region = "fra1"
  size   = 1
}`

// createProjectResources only claims the project: updateProjectResources moves.
func createProjectResources(_ context.Context, _ *client, x *projectResources, _ providers.Attempt) error {
	x.ID, x.Resources = x.Project, nil
	return providers.ErrAgain
}

// readProjectResources shows which of the resources are in the project. When all
// have left there is no claim any more.
func readProjectResources(ctx context.Context, c *client, x *projectResources) error {
	if _, _, err := c.Projects.Get(ctx, x.ID); err != nil {
		return gone(err)
	}
	members, err := membersOf(ctx, c, x.ID)
	if err != nil {
		return err
	}
	claimed := len(x.Resources) > 0
	if x.Project == "" { // it is being imported
		if x.Resources, err = resident(ctx, c, members); err != nil {
			return err
		}
	}
	x.Resources = slices.DeleteFunc(x.Resources, func(urn string) bool { return !members[urn] })
	x.Project = x.ID
	if claimed && len(x.Resources) == 0 {
		return providers.ErrGone
	}
	return nil
}

func updateProjectResources(ctx context.Context, c *client, was projectResources, x *projectResources) error {
	x.ID = was.ID
	if err := moveMembers(ctx, c, was.ID, was.Resources, x.Resources); err != nil {
		return err
	}
	return readProjectResources(ctx, c, x)
}

// deleteProjectResources moves to the default project what is still here.
func deleteProjectResources(ctx context.Context, c *client, x projectResources) error {
	if err := moveMembers(ctx, c, x.ID, x.Resources, nil); err != nil {
		return gone(err)
	}
	return providers.ErrGone
}

// listProjectResources yields the claim on the project of in, if there is one.
func listProjectResources(ctx context.Context, c *client, in projectResources) iter.Seq2[projectResources, error] {
	return func(yield func(projectResources, error) bool) {
		if in.Project == "" {
			return
		}
		_, _, err := c.Projects.Get(ctx, in.Project)
		if gone(err) == providers.ErrGone {
			return
		}
		yield(projectResources{ID: in.Project, Project: in.Project}, err)
	}
}

func normalProjectResources(x *projectResources) {
	for i, urn := range x.Resources {
		x.Resources[i] = respellURN(urn)
	}
}
