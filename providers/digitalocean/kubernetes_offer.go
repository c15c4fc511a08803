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

// kubernetesOffer is what clusters can be made of, which clusters share a look at:
// no type of its own.
type kubernetesOffer struct{ *godo.KubernetesOptions }

var kubernetesOffers = providers.Resource[*client, kubernetesOffer]{
	Type: "options of digitalocean_kubernetes_cluster",
	List: func(ctx context.Context, c *client, _ kubernetesOffer) iter.Seq2[kubernetesOffer, error] {
		return func(yield func(kubernetesOffer, error) bool) {
			got, _, err := c.Kubernetes.GetOptions(ctx)
			yield(kubernetesOffer{got}, err)
		}
	},
}

// foreseeKubernetesCluster refuses a version or a region that the API does not
// offer, and an upgrade that it does not make. What cannot be looked at is left to
// the API.
func foreseeKubernetesCluster(ctx context.Context, c *client, was *kubernetesCluster, want kubernetesCluster) error {
	if was != nil {
		return foreseeUpgrade(ctx, c, *was, want)
	}
	for o, err := range providers.All(ctx, c, kubernetesOffers, kubernetesOffer{}) {
		if err != nil {
			return unlessFatal(err)
		}
		return o.refuse(want)
	}
	return nil
}

// refuse says what of a new cluster the API does not offer; nil for nothing. Zero
// is not known.
func (o kubernetesOffer) refuse(want kubernetesCluster) error {
	var versions, regions []string
	for _, v := range o.Versions {
		versions = append(versions, v.Slug)
	}
	for _, r := range o.Regions {
		regions = append(regions, r.Slug)
	}
	if want.Version != "" && !offersVersion(versions, want.Version) {
		return fmt.Errorf("version %q is not offered for new clusters: there is %s, a minor one of these such as %q, or latest", want.Version, strings.Join(versions, ", "), minorOf(versions))
	}
	if want.Region != "" && len(regions) > 0 && !slices.Contains(regions, want.Region) {
		return fmt.Errorf("region %q has no Kubernetes clusters.%s They are in %s", want.Region, meant(want.Region, regions), strings.Join(regions, ", "))
	}
	return nil
}

// offersVersion reports whether one of versions is meant; an empty list says
// nothing.
func offersVersion(versions []string, want string) bool {
	return len(versions) == 0 || slices.ContainsFunc(versions, func(v string) bool { return sameVersion(want, v) })
}

// minorOf returns the minor version of the first of versions, such as 1.34.
func minorOf(versions []string) string {
	if len(versions) == 0 {
		return ""
	}
	parts := strings.SplitN(versions[0], ".", 3)
	return strings.Join(parts[:min(len(parts), 2)], ".")
}

func foreseeUpgrade(ctx context.Context, c *client, was, want kubernetesCluster) error {
	if want.Version == "" || sameVersion(want.Version, was.Version) || want.AutoUpgrade && patched(want.Version, was.Version) {
		return nil
	}
	all, _, err := c.Kubernetes.GetUpgrades(ctx, was.ID)
	if err != nil {
		return unlessFatal(gone(err))
	}
	var versions []string
	for _, v := range all {
		versions = append(versions, v.Slug)
	}
	if slices.ContainsFunc(versions, func(v string) bool { return sameVersion(want.Version, v) }) {
		return nil
	}
	to := "it is the newest that it can have"
	if len(versions) > 0 {
		to = "one step goes to " + strings.Join(versions, ", ")
	}
	return fmt.Errorf("version %q: the cluster runs %s, from where it cannot be upgraded to that: %s", want.Version, was.Version, to)
}
