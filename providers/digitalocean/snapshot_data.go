package digitalocean

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// snapshotWanted is what a data source says of the snapshot it means.
type snapshotWanted struct {
	Name       string `cty:"name"        is:"default"    doc:"Name of the snapshot."`
	NameRegex  string `cty:"name_regex"  is:"optional"   doc:"Regular expression that the name has to match, in place of name."`
	Region     string `cty:"region"      is:"optional"   doc:"Slug of a region that has it."`
	MostRecent bool   `cty:"most_recent" is:"else=false" doc:"Whether the newest is taken when several match."`
}

type dropletSnapshotLookup struct {
	ID string `cty:"id" is:"computed" doc:"Number of the snapshot, for image of a droplet."`
	snapshotWanted
	DropletID   string   `cty:"droplet_id"    is:"computed"     doc:"Id of the droplet it was taken of."`
	Regions     []string `cty:"regions"       is:"computed,set" doc:"Slugs of the regions that have it."`
	Size        float64  `cty:"size"          is:"computed"     doc:"Size in GB that is billed."`
	MinDiskSize int      `cty:"min_disk_size" is:"computed"     doc:"Size in GB that a disk needs to hold it."`
	CreatedAt   string   `cty:"created_at"    is:"computed"     doc:"Time of creation, RFC 3339."`
}

type volumeSnapshotLookup struct {
	ID string `cty:"id" is:"computed" doc:"UUID of the snapshot, for snapshot_id of a volume."`
	snapshotWanted
	VolumeID    string   `cty:"volume_id"     is:"computed"     doc:"Id of the volume it was taken of."`
	Tags        []string `cty:"tags"          is:"computed,set" doc:"Names of its tags."`
	Regions     []string `cty:"regions"       is:"computed,set" doc:"Slugs of the regions that have it."`
	Size        float64  `cty:"size"          is:"computed"     doc:"Size in GB that is billed."`
	MinDiskSize int      `cty:"min_disk_size" is:"computed"     doc:"Size in GiB that a volume needs to hold it."`
	CreatedAt   string   `cty:"created_at"    is:"computed"     doc:"Time of creation, RFC 3339."`
}

var dropletSnapshotData = providers.DataSource[*client, dropletSnapshotLookup]{
	Type: "digitalocean_droplet_snapshot",
	Doc:  "A snapshot of a droplet by its name.",
	Read: func(ctx context.Context, c *client, x *dropletSnapshotLookup) error {
		found, err := chosenSnapshot(x.snapshotWanted, providers.All(ctx, c, dropletSnapshotType, dropletSnapshot{}), func(s dropletSnapshot) snapshotFacts {
			return snapshotFacts{s.Name, s.Regions, s.CreatedAt}
		})
		providers.Shape(x, found)
		return err
	},
	Examples: []string{
		dropletExample + `

resource "digitalocean_droplet_snapshot" "example" {
  droplet_id = digitalocean_droplet.example.id
  name       = "worker-1"
}

data "digitalocean_droplet_snapshot" "example" {
  name        = digitalocean_droplet_snapshot.example.name
  region      = "fra1"
  most_recent = true
}`,
	},
}

var volumeSnapshotData = providers.DataSource[*client, volumeSnapshotLookup]{
	Type: "digitalocean_volume_snapshot",
	Doc:  "A snapshot of a volume by its name.",
	Read: func(ctx context.Context, c *client, x *volumeSnapshotLookup) error {
		found, err := chosenSnapshot(x.snapshotWanted, providers.All(ctx, c, volumeSnapshotType, volumeSnapshot{}), func(s volumeSnapshot) snapshotFacts {
			return snapshotFacts{s.Name, s.Regions, s.CreatedAt}
		})
		providers.Shape(x, found)
		return err
	},
	Examples: []string{
		volumeExample + `

resource "digitalocean_volume_snapshot" "example" {
  volume_id = digitalocean_volume.example.id
  name      = "data-1"
}

data "digitalocean_volume_snapshot" "example" {
  name_regex  = "^data-"
  region      = "fra1"
  most_recent = true

  depends_on = [digitalocean_volume_snapshot.example]
}`,
	},
}

// snapshotFacts are what a snapshot is chosen by.
type snapshotFacts struct {
	name      string
	regions   []string
	createdAt string // RFC 3339, UTC: the order of the text is that of the times
}

// chosenSnapshot returns the one snapshot that is wanted.
func chosenSnapshot[T any](w snapshotWanted, items iter.Seq2[T, error], facts func(T) snapshotFacts) (found T, err error) {
	if (w.Name == "") == (w.NameRegex == "") {
		return found, errors.New("exactly one of name and name_regex has to be set")
	}
	pattern, err := regexp.Compile(w.NameRegex)
	if err != nil {
		return found, fmt.Errorf("name_regex: %w", err)
	}
	fit, err := matching(items, func(x T) bool {
		f := facts(x)
		return (w.Name == "" || f.name == w.Name) && pattern.MatchString(f.name) &&
			(w.Region == "" || slices.Contains(f.regions, strings.ToLower(w.Region)))
	})
	if err != nil {
		return found, err
	}
	switch {
	case len(fit) == 0:
		return found, fmt.Errorf("no snapshot matches %s", said("name", w.Name, "name_regex", w.NameRegex, "region", w.Region))
	case len(fit) > 1 && !w.MostRecent:
		return found, fmt.Errorf("%d snapshots match: say more, or set most_recent = true", len(fit))
	}
	return slices.MaxFunc(fit, func(a, b T) int { return strings.Compare(facts(a).createdAt, facts(b).createdAt) }), nil
}
