package digitalocean

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// sameVersion reports whether want, which may be a minor version or "latest", says
// the version have.
func sameVersion(want, have string) bool {
	return want == have || want == "latest" || isMinor(want) && strings.HasPrefix(have, want+".")
}

// isMinor reports whether a version names no patch, such as 1.33.
func isMinor(version string) bool { return strings.Count(version, ".") == 1 }

// patched reports whether have is a later patch of the minor version of want.
func patched(want, have string) bool {
	w, h := versionNumbers(want), versionNumbers(have)
	return len(w) > 2 && len(h) > 2 && slices.Equal(w[:2], h[:2]) && slices.Compare(h, w) >= 0
}

// versionNumbers returns the numbers in a version such as 1.33.6-do.0.
func versionNumbers(version string) []int {
	var out []int
	for part := range strings.FieldsFuncSeq(version, func(r rune) bool { return r < '0' || r > '9' }) {
		n, _ := strconv.Atoi(part)
		out = append(out, n)
	}
	return out
}

// upgradeTo returns the version that want means of those that a cluster can be
// upgraded to, "" when it is the newest already.
func upgradeTo(ctx context.Context, c *client, id, want, have string) (string, error) {
	if want != "latest" && !isMinor(want) {
		return want, nil
	}
	all, _, err := c.Kubernetes.GetUpgrades(ctx, id)
	if err != nil {
		return "", err
	}
	best := ""
	for _, v := range all {
		if sameVersion(want, v.Slug) && (best == "" || slices.Compare(versionNumbers(v.Slug), versionNumbers(best)) > 0) {
			best = v.Slug
		}
	}
	if best == "" {
		return "", fmt.Errorf("version %q: the cluster runs %s, from where it cannot be upgraded to that in one step", want, have)
	}
	return best, nil
}
