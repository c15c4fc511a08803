package digitalocean

import (
	"context"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

type kubernetesVersions struct {
	ID            string   `cty:"id"             is:"computed" doc:"The prefix, or all."`
	VersionPrefix string   `cty:"version_prefix" is:"optional" doc:"How versions are to start, such as 1.33."`
	LatestVersion string   `cty:"latest_version" is:"computed" doc:"The newest of valid_versions."`
	ValidVersions []string `cty:"valid_versions" is:"computed" doc:"Slugs of the versions for new clusters, newest first."`
}

var kubernetesVersionsData = providers.DataSource[*client, kubernetesVersions]{
	Type: "digitalocean_kubernetes_versions",
	Doc:  "The versions that new Kubernetes clusters can have.",
	Read: readKubernetesVersions,
	Examples: []string{
		`data "digitalocean_kubernetes_versions" "example" {
  version_prefix = "1.33."
}`,
	},
}

func readKubernetesVersions(ctx context.Context, c *client, x *kubernetesVersions) error {
	got, _, err := c.Kubernetes.GetOptions(ctx)
	if err != nil {
		return err
	}
	*x = kubernetesVersions{ID: x.VersionPrefix, VersionPrefix: x.VersionPrefix, ValidVersions: []string{}}
	if x.ID == "" {
		x.ID = "all"
	}
	for _, v := range got.Versions {
		if strings.HasPrefix(v.Slug, x.VersionPrefix) {
			x.ValidVersions = append(x.ValidVersions, v.Slug)
		}
	}
	if len(x.ValidVersions) > 0 {
		x.LatestVersion = x.ValidVersions[0]
	}
	return nil
}
