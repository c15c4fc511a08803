package observe

import (
	"context"
	"iter"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

// A list is asked for once for each view of it that the objects need, and an
// object is shown as its own view has it.
func TestLookAsksForEachView(t *testing.T) {
	var lists []string
	typ := providers.Resource[*toy, server]{
		Type: "toy_server",
		View: func(x server) string { return x.Size },
		Read: func(context.Context, *toy, *server) error { return providers.ErrGone },
		List: func(_ context.Context, _ *toy, in server) iter.Seq2[server, error] {
			return func(yield func(server, error) bool) {
				lists = append(lists, in.Size)
				for _, id := range []string{"1", "2", "3", "4"} {
					if !yield(server{ID: id, Name: "shown to " + in.Size, Size: in.Size}, nil) {
						return
					}
				}
			}
		},
	}
	provider := providers.Cloud[*toy, struct{}]{
		Name: "toy", Connect: func(context.Context, struct{}, providers.Env) (*toy, error) { return &toy{}, nil },
		Resources: []providers.Erasable{typ},
	}.Provider()
	conn, err := provider.Connect(t.Context(), cty.EmptyObjectVal, providers.Env{})
	if err != nil {
		t.Fatal(err)
	}
	object := func(id, size string) cty.Value {
		v := cty.NullVal(cty.String)
		if size != "" {
			v = cty.StringVal(size)
		}
		return cty.ObjectVal(map[string]cty.Value{"id": cty.StringVal(id), "name": cty.StringVal("n"), "size": v})
	}
	have := []cty.Value{object("1", "small"), object("2", ""), object("3", "small"), object("4", "large")}
	sights, err := Look(t.Context(), conn.Ops, provider.Resources.Of("toy_server"), have, func(int) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range sights {
		got = append(got, s.Value.GetAttr("name").AsString())
	}
	want := []string{"shown to small", "shown to ", "shown to small", "shown to large"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	slices.Sort(lists)
	if diff := cmp.Diff([]string{"", "large", "small"}, lists); diff != "" {
		t.Errorf("lists (-want +got):\n%s", diff)
	}
}
