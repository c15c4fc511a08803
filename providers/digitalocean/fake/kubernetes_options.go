package fake

import (
	"slices"
	"strconv"
	"strings"
)

// kubernetesVersions are those that new clusters can have, newest first.
var kubernetesVersions = []string{"1.34.1-do.1", "1.33.6-do.0", "1.33.4-do.2", "1.32.10-do.0"}

// kubernetesRegions have clusters.
var kubernetesRegions = []string{"nyc1", "nyc3", "ams3", "sfo2", "sfo3", "sgp1", "lon1", "fra1", "tor1", "blr1", "syd1", "atl1"}

// nodeSize reports whether nodes can have a size: the smallest Droplets are too small.
func nodeSize(slug string) bool {
	return slices.ContainsFunc(sizes, func(s size) bool { return s.slug == slug && s.memory >= 2048 })
}

// kubernetesVersion returns the version that a slug means: one of the list, the
// newest of a minor one, or the newest of all for "latest". It is "" for none.
func kubernetesVersion(slug string) string {
	for _, v := range kubernetesVersions {
		if v == slug || slug == "latest" || strings.HasPrefix(v, slug+".") && strings.Count(slug, ".") == 1 {
			return v
		}
	}
	return ""
}

// upgradesOf returns what a cluster can be upgraded to, newest first: later patches
// of its minor version and of the next one.
func upgradesOf(version string) []string {
	out := []string{}
	for _, v := range kubernetesVersions {
		if newer(v, version) && minor(v) <= minor(version)+1 {
			out = append(out, v)
		}
	}
	return out
}

func minor(version string) int {
	n, _ := strconv.Atoi(strings.Split(version, ".")[1])
	return n
}

// newer compares versions such as 1.33.4-do.2 number by number.
func newer(a, b string) bool {
	numbers := func(s string) (out []int) {
		for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r < '0' || r > '9' }) {
			n, _ := strconv.Atoi(part)
			out = append(out, n)
		}
		return out
	}
	return slices.Compare(numbers(a), numbers(b)) > 0
}

func versionView(slug string) map[string]any {
	number, _, _ := strings.Cut(slug, "-")
	return map[string]any{"slug": slug, "kubernetes_version": number,
		"supported_features": []string{"cluster-autoscaler", "docr-integration", "token-authentication"}}
}

func versionViews(slugs []string) []any {
	views := []any{}
	for _, v := range slugs {
		views = append(views, versionView(v))
	}
	return views
}

func (c *Cloud) kubernetesOptions(*request) (reply, error) {
	var regionList, sizeList []any
	for _, r := range regions {
		if slices.Contains(kubernetesRegions, r.slug) {
			regionList = append(regionList, map[string]any{"name": r.name, "slug": r.slug})
		}
	}
	for _, s := range sizes {
		if nodeSize(s.slug) {
			sizeList = append(sizeList, map[string]any{"name": s.slug, "slug": s.slug})
		}
	}
	return ok(map[string]any{"options": map[string]any{
		"regions": regionList, "versions": versionViews(kubernetesVersions), "sizes": sizeList,
	}})
}
