package providers

import (
	"context"
	"iter"
	"sync"
)

// Page is one page of a collection.
type Page[S any] struct {
	Items []S
	Last  bool
	More  int // pages behind it; 0 when that is not known
}

// Pages lists a whole collection; fetch asks for a page, from 1, and fill turns an
// item into T. The pages behind the first are asked for at once where that says how
// many there are.
func Pages[S, T any](ctx context.Context, fetch func(ctx context.Context, number int) (Page[S], error), fill func(*T, *S) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var fetching sync.WaitGroup
		defer fetching.Wait()
		defer cancel()
		var ahead []<-chan fetched[S]
		for n := 1; ; n++ {
			var p fetched[S]
			if n-2 < len(ahead) && n > 1 {
				p = <-ahead[n-2]
			} else {
				p = fetchPage(ctx, fetch, n)
			}
			if p.err != nil {
				var none T
				yield(none, p.err)
				return
			}
			for i := range p.Items {
				var x T
				if err := fill(&x, &p.Items[i]); !yield(x, err) {
					return
				}
			}
			if p.Last {
				return
			}
			for n == 1 && len(ahead) < p.More {
				c, number := make(chan fetched[S], 1), len(ahead)+2
				fetching.Go(func() { c <- fetchPage(ctx, fetch, number) })
				ahead = append(ahead, c)
			}
		}
	}
}

// fetched is a page, or why there is none.
type fetched[S any] struct {
	Page[S]
	err error
}

func fetchPage[S any](ctx context.Context, fetch func(context.Context, int) (Page[S], error), n int) (p fetched[S]) {
	p.err = Protect("the look at a page", func() (err error) {
		p.Page, err = fetch(ctx, n)
		return err
	})
	return p
}
