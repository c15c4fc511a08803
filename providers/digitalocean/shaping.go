package digitalocean

import (
	"context"
	"iter"

	"github.com/mlinfra/mlinfra/providers"
)

// shapedAs yields items as data sources show them.
func shapedAs[T, F any](items iter.Seq2[F, error]) iter.Seq2[T, error] {
	return viewed(items, func(item F) (x T) {
		providers.Shape(&x, item)
		return x
	})
}

// viewed yields items as view has them.
func viewed[T, F any](items iter.Seq2[F, error], view func(F) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for item, err := range items {
			var x T
			if err == nil {
				x = view(item)
			}
			if !yield(x, err) {
				return
			}
		}
	}
}

// shown yields what a list of r shows, ready or not.
func shown[T any](ctx context.Context, c *client, r providers.Resource[*client, T], in T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for x, err := range providers.All(ctx, c, r, in) {
			if isState(err) {
				err = nil
			}
			if !yield(x, err) {
				return
			}
		}
	}
}
