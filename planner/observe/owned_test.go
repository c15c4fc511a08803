package observe

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

// marked is an object with an ownership mark.
type marked struct {
	providers.Aside

	ID string `cty:"id" is:"computed"`
}

// shelf is a cloud of marked objects: what its list shows and what a read does.
type shelf struct {
	listed []marked
	read   map[string]marked
	fail   map[string]error // reads
	broken error            // the list
}

func TestOwned(t *testing.T) {
	ours := func(id string) marked { return marked{providers.Aside{Owner: "ours", Monthly: 6}, id} }
	of := func(owner, id string) marked { return marked{providers.Aside{Owner: owner}, id} }
	denied := errors.New("denied")
	tests := []struct {
		name    string
		shelf   shelf
		shallow bool
		want    []string
		unread  int
		err     error
	}{
		{"ours, and nobody else's", shelf{listed: []marked{ours("a"), of("other", "b"), of("", "c"), ours("known")}}, false, []string{"a"}, 0, nil},
		{"what lists show and reads do not is gone", shelf{listed: []marked{ours("a"), ours("b")}, fail: map[string]error{"a": providers.ErrGone}}, false, []string{"b"}, 0, nil},
		{"what is not ready or broken is there", shelf{listed: []marked{ours("a"), ours("b")}, fail: map[string]error{"a": providers.ErrNotReady, "b": providers.ErrBroken}}, false, []string{"a", "b"}, 0, nil},
		{"the read decides", shelf{listed: []marked{ours("a")}, read: map[string]marked{"a": of("other", "a")}}, false, nil, 0, nil},
		{"of a shallow list all are read", shelf{listed: []marked{of("", "a"), of("", "b"), of("", "known")}, read: map[string]marked{"a": ours("a"), "b": of("other", "b")}}, true, []string{"a"}, 0, nil},
		{"what cannot be read is told", shelf{listed: []marked{of("", "a"), of("", "b")}, read: map[string]marked{"a": ours("a")}, fail: map[string]error{"b": denied}}, true, []string{"a"}, 1, nil},
		{"a list that fails", shelf{broken: denied}, false, nil, 0, denied},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			typ := providers.Resource[*shelf, marked]{
				Type: "shelf_marked", Mark: providers.InTags, Shallow: tt.shallow,
				Read: func(_ context.Context, c *shelf, x *marked) error {
					if seen, ok := c.read[x.ID]; ok {
						*x = seen
					} else if i := slices.IndexFunc(c.listed, func(m marked) bool { return m.ID == x.ID }); i >= 0 {
						*x = c.listed[i]
					}
					return c.fail[x.ID]
				},
				List: func(_ context.Context, c *shelf, _ marked) iter.Seq2[marked, error] {
					return func(yield func(marked, error) bool) {
						if c.broken != nil {
							yield(marked{}, c.broken)
							return
						}
						for _, m := range c.listed {
							if !yield(m, nil) {
								return
							}
						}
					}
				},
			}
			p := providers.Cloud[*shelf, struct{}]{
				Name: "shelf", Resources: []providers.Erasable{typ},
				Connect: func(context.Context, struct{}, providers.Env) (*shelf, error) { return &tt.shelf, nil },
			}.Provider()
			conn, err := p.Connect(t.Context(), cty.EmptyObjectVal, providers.Env{})
			if err != nil {
				t.Fatal(err)
			}
			erased := p.Resources.Of("shelf_marked")
			owned, unread, err := Owned(t.Context(), conn.Ops, erased, erased.Collections()[0], "ours", func(id string) bool { return id == "known" })
			var got []string
			for _, l := range owned {
				got = append(got, providers.ID(l.Value))
				if l.Owner != "ours" || l.Monthly != 6 {
					t.Errorf("%s: %s", providers.ID(l.Value), fmt.Sprint(l.Aside))
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("owned (-want +got):\n%s", diff)
			}
			if none, _, err := Owned(t.Context(), conn.Ops, erased, erased.Collections()[0], "", func(string) bool { return false }); len(none) > 0 || err == nil {
				t.Errorf("a state without a lineage owns %v, error %v", none, err)
			}
			if len(unread) != tt.unread || !errors.Is(err, tt.err) {
				t.Errorf("unread %v, error %v; want %d and %v", unread, err, tt.unread, tt.err)
			}
		})
	}
}
