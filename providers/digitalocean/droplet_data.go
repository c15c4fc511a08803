package digitalocean

import (
	"context"
	"errors"
	"fmt"

	"github.com/mlinfra/mlinfra/providers"
)

type dropletLookup struct {
	ID   string `cty:"id"   is:"default"  doc:"Number of the droplet."`
	Name string `cty:"name" is:"default"  doc:"Name of the droplet; exactly one has to have it."`
	Tag  string `cty:"tag"  is:"optional" doc:"Tag of the droplet; exactly one has to bear it."`
	GPU  bool   `cty:"gpu"  is:"optional" doc:"Whether it is sought among GPU droplets, by name or tag."`
	dropletFacts
}

var dropletData = providers.DataSource[*client, dropletLookup]{
	Type: "digitalocean_droplet",
	Doc:  "A droplet by id, by name or by tag.",
	Read: lookUpDroplet,
	Examples: []string{
		dropletExample + `

data "digitalocean_droplet" "example" {
  name = digitalocean_droplet.example.name
}`,
	},
}

func lookUpDroplet(ctx context.Context, c *client, x *dropletLookup) error {
	if (x.ID == "") == (x.Name == "" && x.Tag == "") || (x.Name != "" && x.Tag != "") {
		return errors.New("exactly one of id, name and tag has to be set")
	}
	kind := droplet{}
	if x.GPU {
		kind.Size = "gpu-"
	}
	found, err := matching(providers.All(ctx, c, dropletType, kind), func(d droplet) bool {
		return d.ID == x.ID || (x.Name != "" && d.Name == x.Name) || (x.Tag != "" && spelling(d.Tags, x.Tag) != "")
	})
	if err != nil {
		return err
	}
	if len(found) == 0 && x.ID != "" {
		d := droplet{ID: x.ID} // a GPU droplet, perhaps
		if err := readDroplet(ctx, c, &d); err != nil && !isState(err) {
			return fmt.Errorf("droplet %s: %w", x.ID, err)
		}
		found = append(found, d)
	}
	if len(found) != 1 {
		return fmt.Errorf("%d droplets have the %s, exactly one has to; GPU droplets are only found with gpu = true", len(found), said("name", x.Name, "tag", x.Tag))
	}
	providers.Shape(x, found[0])
	return nil
}
