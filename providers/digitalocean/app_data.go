package digitalocean

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type appLookup struct {
	AppID              string       `cty:"app_id"               is:"required,ref=digitalocean_app" doc:"UUID of the app."`
	ID                 string       `cty:"id"                   is:"computed" doc:"UUID of the app."`
	Spec               []appSpec    `cty:"spec"                 is:"computed,sensitive" doc:"What the app is made of; secrets are sealed."`
	ProjectID          string       `cty:"project_id"           is:"computed" doc:"UUID of its project."`
	DefaultIngress     string       `cty:"default_ingress"      is:"computed" doc:"URL that the API has given it."`
	LiveURL            string       `cty:"live_url"             is:"computed" doc:"URL of the app."`
	LiveDomain         string       `cty:"live_domain"          is:"computed" doc:"Host name of the app."`
	DedicatedIPs       []appAddress `cty:"dedicated_ips"        is:"computed" doc:"Addresses that it alone calls from."`
	ActiveDeploymentID string       `cty:"active_deployment_id" is:"computed" doc:"UUID of the deployment that serves."`
	URN                string       `cty:"urn"                  is:"computed" doc:"Uniform resource name."`
	CreatedAt          string       `cty:"created_at"           is:"computed" doc:"Time of creation, RFC 3339."`
	UpdatedAt          string       `cty:"updated_at"           is:"computed" doc:"Time of the last change, RFC 3339."`
}

var appData = providers.DataSource[*client, appLookup]{
	Type: "digitalocean_app",
	Doc:  "An app on App Platform by its id.",
	Read: lookUpApp,
	Examples: []string{
		appType.Examples[0] + `

data "digitalocean_app" "example" {
  app_id = digitalocean_app.example.id
}`,
	},
}

// lookUpApp takes the app as it is, whether its last deployment has failed or not.
func lookUpApp(ctx context.Context, c *client, x *appLookup) error {
	got, _, err := c.Apps.Get(ctx, x.AppID)
	if err != nil {
		return err
	}
	var a app
	if err := a.fill(got); err != nil {
		return err
	}
	providers.Shape(x, a)
	return nil
}
