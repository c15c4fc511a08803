package hcloud

import (
	"context"
	"iter"

	"github.com/mlinfra/mlinfra/providers"
)

// partsOf lists what parts returns of each object of a type, whose list the refresh
// shares: the API has no lists of them.
func partsOf[P, T any](ctx context.Context, c *client, of providers.Resource[*client, P], parts func(P) []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for p, err := range providers.All(ctx, c, of, *new(P)) {
			if err != nil && !isState(err) {
				yield(*new(T), err)
				return
			}
			for _, x := range parts(p) {
				if !yield(x, nil) {
					return
				}
			}
		}
	}
}
