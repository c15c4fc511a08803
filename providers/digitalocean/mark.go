package digitalocean

import (
	"context"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// unmark deletes the tag that a run has put on what it made. The API takes a
// deleted tag off all its resources.
func unmark(ctx context.Context, c *client, token string) error {
	_, err := c.Tags.Delete(ctx, token)
	if classify(err).Kind == providers.Gone {
		return nil
	}
	return err
}

// isMark reports whether a tag is the mark of a run or of an owner.
func isMark(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, providers.TokenPrefix) || strings.HasPrefix(name, providers.OwnerPrefix)
}

// isKubernetesTag reports whether a tag is one that Kubernetes clusters put on what
// is theirs, or on themselves for Terraform's provider.
func isKubernetesTag(name string) bool {
	return name == "k8s" || strings.HasPrefix(name, "k8s:") || strings.HasPrefix(name, "terraform:")
}

// userTags returns tags without marks, sorted.
func userTags(tags []string) []string {
	tags = slices.DeleteFunc(slices.Clone(tags), isMark)
	slices.Sort(tags)
	return tags
}

// marked returns tags with the marks of the run and of the owner.
func marked(tags []string, a providers.Attempt) []string {
	marks := slices.DeleteFunc([]string{a.Token, a.OwnerMark()}, func(mark string) bool { return mark == "" })
	return append(slices.Clone(tags), marks...)
}

// ownerOf returns the lineage in the ownership mark among tags. What bears two
// is nobody's to take. A worker bears the tags of its Kubernetes cluster and goes
// with it.
func ownerOf(tags []string) string {
	if slices.Contains(tags, "k8s:worker") {
		return ""
	}
	owners := slices.DeleteFunc(slices.Clone(tags), func(t string) bool { return !strings.HasPrefix(t, providers.OwnerPrefix) })
	if len(owners) != 1 {
		return ""
	}
	return strings.TrimPrefix(owners[0], providers.OwnerPrefix)
}
