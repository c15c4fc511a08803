package digitalocean

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type app struct {
	ID                 string            `cty:"id"                   is:"computed"             doc:"UUID of the app."`
	Spec               []appSpec         `cty:"spec"                 is:"required,max=1"       doc:"What the app is made of."`
	ProjectID          string            `cty:"project_id"           is:"default,after=project,ref=digitalocean_project" doc:"UUID of its project; the default one if absent."`
	Project            string            `cty:"project" is:"optional,ref=digitalocean_project,listed=resources" doc:"The same as project_id; absent leaves it where it is."`
	DeploymentPerPage  int               `cty:"deployment_per_page"  is:"else=20,blind"        doc:"Terraform's page of deployments; it has no effect here."`
	DefaultIngress     string            `cty:"default_ingress"      is:"computed"             doc:"URL that the API has given it."`
	LiveURL            string            `cty:"live_url"             is:"computed,after=spec"  doc:"URL of the app."`
	LiveDomain         string            `cty:"live_domain"          is:"computed,after=spec"  doc:"Host name of the app."`
	DedicatedIPs       []appAddress      `cty:"dedicated_ips"        is:"computed,after=spec"  doc:"Addresses that it alone calls from."`
	ActiveDeploymentID string            `cty:"active_deployment_id" is:"computed,after=spec"  doc:"UUID of the deployment that serves."`
	SealedValues       map[string]string `cty:"sealed_values"        is:"computed,sensitive,after=spec" doc:"What the API shows in place of secrets, by where they are."`
	URN                string            `cty:"urn"                  is:"computed"             doc:"Uniform resource name."`
	CreatedAt          string            `cty:"created_at"           is:"computed"             doc:"Time of creation, RFC 3339."`
	UpdatedAt          string            `cty:"updated_at"           is:"computed,after=spec"  doc:"Time of the last change, RFC 3339."`
}

type appAddress struct {
	IP     string `cty:"ip"     is:"computed" doc:"The address."`
	ID     string `cty:"id"     is:"computed" doc:"UUID of the address."`
	Status string `cty:"status" is:"computed" doc:"ASSIGNING, ASSIGNED or REMOVED."`
}

var appType = providers.Resource[*client, app]{
	Type:    "digitalocean_app",
	Doc:     "An app on App Platform: what it is made of is built, run and served.",
	Create:  createApp,
	Read:    readApp,
	Update:  updateApp,
	Delete:  deleteApp,
	List:    listApps,
	Normal:  normalApp,
	Spell:   spellApp,
	Check:   checkApp,
	View:    func(x app) string { return asksProject(x.Project) },
	Natural: func(x app) string { return x.name() },
	// Whom alerts reach is a request of its own for each.
	Shallow: true,
	// Its name, which no other app has, stands in a block.
	Unique: true,
	Examples: []string{
		`resource "digitalocean_app" "example" {
  spec {
    name   = "ml-api"
    region = "fra"

    service {
      name = "api"

      image {
        registry_type = "DOCR"
        repository    = "ml-api"
        tag           = "1.0"
      }
    }
  }
}`,
		`resource "digitalocean_project" "example" {
  name = "ml"
}

resource "digitalocean_app" "example" {
  project = digitalocean_project.example.id

  spec {
    name   = "ml-api"
    region = "fra"

    env {
      key   = "STAGE"
      value = "production"
    }

    service {
      name               = "api"
      instance_size_slug = "apps-s-1vcpu-1gb"
      instance_count     = 2
      http_port          = 8000

      image {
        registry_type = "DOCR"
        repository    = "ml-api"
        tag           = "1.1"
      }

      env {
        key   = "MODEL"
        value = "churn"
        scope = "RUN_TIME"
      }

      health_check {
        http_path = "/healthz"
      }

      alert {
        rule     = "CPU_UTILIZATION"
        operator = "GREATER_THAN"
        window   = "TEN_MINUTES"
        value    = 80

        destinations {
          emails = ["ml@example.com"]
        }
      }
    }

    worker {
      name        = "features"
      run_command = "python features.py"

      github {
        repo           = "example/ml"
        branch         = "main"
        deploy_on_push = true
      }

      autoscaling {
        min_instance_count = 1
        max_instance_count = 3

        metrics {
          cpu {
            percent = 70
          }
        }
      }
    }

    database {
      name   = "store"
      engine = "PG"
    }

    ingress {
      rule {
        component {
          name = "api"
        }

        match {
          path {
            prefix = "/v1"
          }
        }
      }
    }

    alert {
      rule = "DEPLOYMENT_FAILED"
    }
  }
}`,
		`resource "digitalocean_app" "example" {
  spec {
    name   = "ml-docs"
    region = "ams"

    static_site {
      name          = "docs"
      build_command = "mkdocs build"
      output_dir    = "site"

      git {
        repo_clone_url = "https://example.com/ml/docs.git"
        branch         = "main"
      }
    }

    domain {
      name = "docs.example.com"
    }
  }
}`,
	},
}

// createApp leaves whom alerts reach to updateApp.
func createApp(ctx context.Context, c *client, x *app, _ providers.Attempt) error {
	spec, err := x.Spec[0].godo()
	if err != nil {
		return err
	}
	want := x.Spec[0].destinations()
	got, _, err := c.Apps.Create(ctx, &godo.AppCreateRequest{Spec: spec, ProjectID: cmp.Or(x.ProjectID, x.Project)})
	if err != nil {
		return err
	}
	if err := x.fill(got); err != nil {
		return err
	}
	if len(want) > 0 {
		return providers.ErrAgain
	}
	return nil
}

func readApp(ctx context.Context, c *client, x *app) error {
	got, _, err := c.Apps.Get(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	told := len(x.Spec) == 0 || len(x.Spec[0].destinations()) > 0 // all, of an app that is imported
	if err := x.fill(got); err != nil {
		return err
	}
	if told {
		if err := x.fillDestinations(ctx, c); err != nil {
			return gone(err)
		}
	}
	return deployed(ctx, c, got)
}

// updateApp sends the spec unless the API has it already, and deploys it once more
// where it has failed.
func updateApp(ctx context.Context, c *client, was app, x *app) error {
	now, _, err := c.Apps.Get(ctx, was.ID)
	if err != nil {
		return gone(err)
	}
	shown, err := specOf(now.Spec, nil)
	if err != nil {
		return err
	}
	want := x.Spec[0]
	same, err := sameSpec(&was.Spec[0], was.SealedValues, &want, &shown)
	if err != nil {
		return err
	}
	if same {
		err = redeploy(ctx, c, now)
	} else {
		now, err = sendSpec(ctx, c, was, want)
	}
	if err != nil {
		return err
	}
	x.ID = was.ID
	if err := setDestinations(ctx, c, was, want); err != nil {
		return err
	}
	if to := cmp.Or(x.Project, x.ProjectID, now.ProjectID); to != now.ProjectID {
		if err := putInto(ctx, c, to, []string{now.URN()}); err != nil {
			return err
		}
		now.ProjectID = to
	}
	return x.fill(now)
}

// sendSpec replaces the spec. Secrets that stay are sent sealed.
func sendSpec(ctx context.Context, c *client, was app, want appSpec) (*godo.App, error) {
	body, err := want.clone()
	if err != nil {
		return nil, err
	}
	seal(&was.Spec[0], was.SealedValues, body)
	spec, err := body.godo()
	if err != nil {
		return nil, err
	}
	got, _, err := c.Apps.Update(ctx, was.ID, &godo.AppUpdateRequest{Spec: spec})
	return got, err
}

func deleteApp(ctx context.Context, c *client, x app) error {
	_, err := c.Apps.Delete(ctx, x.ID)
	return gone(err)
}

func listApps(ctx context.Context, c *client, in app) iter.Seq2[app, error] {
	return pages(ctx, c.Apps.List, func(x *app, got **godo.App) error {
		x.Project = in.Project
		if err := x.fill(*got); err != nil {
			return err
		}
		return deployed(ctx, c, *got)
	})
}

func normalApp(x *app) {
	for i := range x.Spec {
		x.Spec[i].Region = strings.ToLower(x.Spec[i].Region)
	}
}

// spellApp keeps the spelling of the spec, and the secrets that the API shows sealed.
func spellApp(was app, x *app) {
	if len(was.Spec) != 1 || len(x.Spec) != 1 {
		return
	}
	unseal(&was.Spec[0], was.SealedValues, &x.Spec[0])
	spellSpec(&was.Spec[0], &x.Spec[0])
}

func (x *app) name() string {
	if len(x.Spec) == 0 {
		return ""
	}
	return x.Spec[0].Name
}

func (x *app) fill(got *godo.App) error {
	if got.Spec == nil {
		return fmt.Errorf("the API shows no spec of the app %s", got.ID)
	}
	var have *appSpec
	if len(x.Spec) > 0 {
		have = &x.Spec[0]
	}
	spec, err := specOf(got.Spec, have)
	if err != nil {
		return err
	}
	if have != nil {
		spec.keepDestinations(have)
	}
	x.ID, x.Spec, x.SealedValues = got.ID, []appSpec{spec}, sealsOf(&spec)
	if x.Project != "" {
		x.Project = cmp.Or(got.ProjectID, x.Project)
	}
	x.ProjectID, x.URN, x.DeploymentPerPage = got.ProjectID, got.URN(), cmp.Or(x.DeploymentPerPage, 20)
	x.DefaultIngress, x.LiveURL, x.LiveDomain = got.DefaultIngress, got.LiveURL, got.LiveDomain
	x.CreatedAt, x.UpdatedAt = rfc3339(got.CreatedAt), rfc3339(got.UpdatedAt)
	x.DedicatedIPs, x.ActiveDeploymentID = nil, ""
	for _, a := range got.DedicatedIps {
		x.DedicatedIPs = append(x.DedicatedIPs, appAddress{IP: a.Ip, ID: a.ID, Status: string(a.Status)})
	}
	if got.ActiveDeployment != nil {
		x.ActiveDeploymentID = got.ActiveDeployment.ID
	}
	return nil
}
