package digitalocean

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

// databaseOffer is what clusters of an engine can be made of, which clusters share
// a look at: no type of its own.
type databaseOffer struct {
	Engine string
	godo.DatabaseEngineOptions
}

var databaseOffers = providers.Resource[*client, databaseOffer]{
	Type: "options of digitalocean_database_cluster",
	List: listDatabaseOffers,
}

func listDatabaseOffers(ctx context.Context, c *client, _ databaseOffer) iter.Seq2[databaseOffer, error] {
	return func(yield func(databaseOffer, error) bool) {
		var root struct {
			Options map[string]godo.DatabaseEngineOptions `json:"options"`
		}
		if err := call(ctx, c, "GET", "v2/databases/options", nil, &root); err != nil {
			yield(databaseOffer{}, err)
			return
		}
		for engine, o := range root.Options {
			if !yield(databaseOffer{engine, o}, nil) {
				return
			}
		}
	}
}

// foreseeDatabaseCluster refuses a version, a size or a region that the API does
// not offer for the engine. Of a cluster that is there only what changes counts; of
// one that is restored the backup decides the version. What cannot be looked at,
// and an engine that is not listed, are left to the API.
func foreseeDatabaseCluster(ctx context.Context, c *client, was *databaseCluster, want databaseCluster) error {
	for o, err := range providers.All(ctx, c, databaseOffers, databaseOffer{}) {
		if err != nil {
			return unlessFatal(err)
		}
		if o.Engine != want.Engine {
			continue
		}
		if was == nil {
			was = &databaseCluster{}
			if len(want.BackupRestore) > 0 {
				was.Version = want.Version
			}
		}
		return o.refuse(*was, want)
	}
	return nil
}

// refuse says what of want, which was, the API does not offer; nil for nothing.
// Zero is not known.
func (o databaseOffer) refuse(was, want databaseCluster) error {
	if want.Version != "" && want.Version != was.Version && !o.has(want.Version) {
		return fmt.Errorf("version %q of %s is not offered: there is %s", want.Version, o.Engine, strings.Join(o.Versions, ", "))
	}
	if want.Region != "" && want.Region != was.Region && len(o.Regions) > 0 && !slices.Contains(o.Regions, want.Region) {
		return fmt.Errorf("region %q has no clusters of %s.%s They are in %s", want.Region, o.Engine, meant(want.Region, o.Regions), strings.Join(o.Regions, ", "))
	}
	if want.Size == "" || want.NodeCount == 0 || want.Size == was.Size && want.NodeCount == was.NodeCount {
		return nil
	}
	i := slices.IndexFunc(o.Layouts, func(l godo.DatabaseLayout) bool { return l.NodeNum == want.NodeCount })
	if i < 0 || slices.Contains(o.Layouts[i].Sizes, want.Size) {
		return nil // the number of nodes is Check's
	}
	sizes := o.Layouts[i].Sizes
	return fmt.Errorf("size %q is not offered for %s with %s.%s There is %s", want.Size, o.Engine, nodes(want.NodeCount), meant(want.Size, sizes), shortened(sizes))
}

// has reports whether a version is offered, or is one of a version that is, such as
// 8.0 of 8.
func (o databaseOffer) has(version string) bool {
	return slices.ContainsFunc(o.Versions, func(v string) bool { return v == version || strings.HasPrefix(version, v+".") })
}

func nodes(n int) string {
	if n == 1 {
		return "1 node"
	}
	return fmt.Sprintf("%d nodes", n)
}

// maxListed is how many words of a catalogue a message names.
const maxListed = 12

// shortened names the words of a catalogue, or the first of many.
func shortened(words []string) string {
	if len(words) <= maxListed {
		return strings.Join(words, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(words[:maxListed], ", "), len(words)-maxListed)
}
