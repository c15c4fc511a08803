package digitalocean

import (
	"context"
	"fmt"

	"github.com/mlinfra/mlinfra/providers"
)

type dropletAutoscaleLookup struct {
	ID                 string            `cty:"id"                  is:"default"  doc:"UUID of the pool."`
	Name               string            `cty:"name"                is:"default"  doc:"Name of the pool; exactly one has to have it."`
	Config             []poolConfig      `cty:"config"              is:"computed" doc:"How many droplets there are."`
	DropletTemplate    []poolTemplate    `cty:"droplet_template"    is:"computed" doc:"What new droplets are made of."`
	CurrentUtilization []poolUtilization `cty:"current_utilization" is:"computed" doc:"How busy the droplets are."`
	Status             string            `cty:"status"              is:"computed" doc:"State: active, deleting or error."`
	CreatedAt          string            `cty:"created_at"          is:"computed" doc:"Time of creation, RFC 3339."`
	UpdatedAt          string            `cty:"updated_at"          is:"computed" doc:"Time of the last change, RFC 3339."`
}

var dropletAutoscaleData = providers.DataSource[*client, dropletAutoscaleLookup]{
	Type: "digitalocean_droplet_autoscale",
	Doc:  "A pool of droplets by id or by name.",
	Read: lookUpDropletAutoscale,
	Examples: []string{
		dropletAutoscaleType.Examples[0] + `

data "digitalocean_droplet_autoscale" "example" {
  name = digitalocean_droplet_autoscale.example.name
}`,
	},
}

func lookUpDropletAutoscale(ctx context.Context, c *client, x *dropletAutoscaleLookup) error {
	got, err := chosenBy(x.ID, x.Name, providers.All(ctx, c, dropletAutoscaleType, dropletAutoscale{}), func(p dropletAutoscale) (string, string) { return p.ID, p.Name })
	if err != nil {
		return fmt.Errorf("autoscale pool: %w", err)
	}
	providers.Shape(x, got)
	return nil
}
