package google

import (
	"context"
	"fmt"
	"strconv"

	"google.golang.org/api/cloudresourcemanager/v1"

	"github.com/mlinfra/mlinfra/providers"
)

type project struct {
	ID              string            `cty:"id"               is:"computed" doc:"Path: projects/PROJECT."`
	ProjectID       string            `cty:"project_id"       is:"default"  doc:"Id of the project; absent means the provider's."`
	Name            string            `cty:"name"             is:"computed" doc:"Name for people."`
	Number          string            `cty:"number"           is:"computed" doc:"Number of the project."`
	OrgID           string            `cty:"org_id"           is:"computed" doc:"Number of the organization that it is right under."`
	FolderID        string            `cty:"folder_id"        is:"computed" doc:"Number of the folder that it is in."`
	Labels          map[string]string `cty:"labels"           is:"computed" doc:"Labels by key."`
	EffectiveLabels map[string]string `cty:"effective_labels" is:"computed" doc:"Labels by key."`
}

var projectData = providers.DataSource[*client, project]{
	Type: "google_project",
	Doc:  "A project of Google Cloud.",
	Read: readProject,
	Examples: []string{
		`data "google_project" "example" {}`,
	},
}

func readProject(ctx context.Context, c *client, x *project) error {
	id, err := c.project(x.ProjectID)
	if err != nil {
		return err
	}
	got, err := c.manager.Projects.Get(id).Context(ctx).Do()
	if err != nil {
		return fmt.Errorf("project %s: %w", id, err)
	}
	if got.LifecycleState != "" && got.LifecycleState != "ACTIVE" {
		return fmt.Errorf("project %s is not active but %s", id, got.LifecycleState)
	}
	x.fill(got)
	return nil
}

func (x *project) fill(got *cloudresourcemanager.Project) {
	*x = project{
		ID: "projects/" + got.ProjectId, ProjectID: got.ProjectId, Name: got.Name, Number: strconv.FormatInt(got.ProjectNumber, 10),
		Labels: got.Labels, EffectiveLabels: got.Labels,
	}
	switch p := got.Parent; {
	case p == nil:
	case p.Type == "organization":
		x.OrgID = p.Id
	case p.Type == "folder":
		x.FolderID = p.Id
	}
}
