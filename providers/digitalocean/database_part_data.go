package digitalocean

import (
	"context"
	"fmt"

	"github.com/mlinfra/mlinfra/providers"
)

// lookUpPart returns the part of a cluster that name is the name of; in is one of
// that cluster. The list is shared with the refresh of such parts.
func lookUpPart[T any](ctx context.Context, c *client, t providers.Resource[*client, T], in T, name string) (T, error) {
	for x, err := range providers.All(ctx, c, t, in) {
		if err != nil && !isState(err) {
			return x, err
		}
		if t.Natural(x) == name {
			return x, err
		}
	}
	return in, fmt.Errorf("the database cluster %s has no %s that is called %q", t.Within(in), t.Type, name)
}
