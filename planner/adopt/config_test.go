package adopt

import (
	"context"
	"iter"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

func TestIdentifier(t *testing.T) {
	for name, want := range map[string]string{
		"worker": "worker", "ML Net": "ml_net", "a.b-c": "a_b_c", "--a--": "a", "9lives": "_9lives", "192.0.2.1": "_192_0_2_1", "": "_", "été": "t",
	} {
		if got := identifier(name); got != want {
			t.Errorf("%q is called %q, want %q", name, got, want)
		}
	}
}

// node is an object of the toy cloud: it belongs to a zone and may name a peer.
type node struct {
	ID     string `cty:"id" is:"computed"`
	Zone   string `cty:"zone" is:"required,replace,ref=toy_zone"`
	Name   string `cty:"name" is:"required"`
	Peer   string `cty:"peer" is:"optional,ref=toy_node"`
	Secret string `cty:"secret" is:"required,sensitive"`
	Size   string `cty:"size" is:"else=small"`
}

type zone struct {
	ID   string `cty:"id" is:"computed"`
	Name string `cty:"name" is:"required"`
}

// cloud is what the toy cloud has.
type cloud struct {
	zones []zone
	nodes []node
}

func listed[T any](items []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, x := range items {
			if !yield(x, nil) {
				return
			}
		}
	}
}

// survey looks through c.
func survey(t *testing.T, c *cloud) []*Object {
	t.Helper()
	zones := providers.Resource[*cloud, zone]{
		Type:  "toy_zone",
		List:  func(_ context.Context, c *cloud, _ zone) iter.Seq2[zone, error] { return listed(c.zones) },
		Given: func(x zone) bool { return x.Name == "default" },
	}
	nodes := providers.Resource[*cloud, node]{
		Type:   "toy_node",
		Within: func(x node) string { return x.Zone },
		List: func(_ context.Context, c *cloud, in node) iter.Seq2[node, error] {
			var mine []node
			for _, n := range c.nodes {
				if n.Zone == in.Zone {
					mine = append(mine, n)
				}
			}
			return listed(mine)
		},
	}
	p := providers.Cloud[*cloud, struct{}]{
		Name: "toy", Resources: []providers.Erasable{zones, nodes},
		Connect: func(context.Context, struct{}, providers.Env) (*cloud, error) { return c, nil },
	}.Provider()
	conn, err := p.Connect(t.Context(), cty.EmptyObjectVal, providers.Env{})
	if err != nil {
		t.Fatal(err)
	}
	objects, errs := Survey(t.Context(), conn.Ops, p.Resources, func(*Object) bool { return true })
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return objects
}

func TestConfig(t *testing.T) {
	objects := survey(t, &cloud{
		zones: []zone{{"z1", "east"}, {"z2", "default"}},
		nodes: []node{
			{ID: "n1", Zone: "z1", Name: "a", Peer: "n2", Secret: "s", Size: "small"},
			{ID: "n2", Zone: "z1", Name: "a", Peer: "n1", Secret: "s", Size: "large"},
			{ID: "n3", Zone: "z2", Name: "in what nobody makes", Secret: "s"},
		},
	})
	c := NewConfig(objects, func(a state.Addr) bool { return a == state.Addr{Type: "toy_zone", Name: "east"} })
	blocks, imports, variables := c.Write()
	want := `
resource "toy_node" "east_a" {
  name   = "a"
  peer   = toy_node.east_a_2.id
  secret = var.east_a_secret
  zone   = toy_zone.east_2.id
}

resource "toy_node" "east_a_2" {
  name   = "a"
  peer   = "n1"
  secret = var.east_a_2_secret
  size   = "large"
  zone   = toy_zone.east_2.id
}

resource "toy_zone" "east_2" {
  name = "east"
}
`
	if diff := cmp.Diff(want, string(blocks)); diff != "" {
		t.Errorf("blocks (-want +got):\n%s", diff)
	}
	if n := strings.Count(string(imports), "import {"); n != 3 {
		t.Errorf("%d imports, want 3:\n%s", n, imports)
	}
	if n := strings.Count(string(variables), "sensitive = true"); n != 2 {
		t.Errorf("%d secrets, want 2:\n%s", n, variables)
	}
	if !c.Drop(state.Addr{Type: "toy_zone", Name: "east_2"}) || c.Drop(state.Addr{Type: "toy_zone", Name: "east_2"}) {
		t.Error("a block is not dropped once")
	}
	if blocks, _, _ = c.Write(); !strings.Contains(string(blocks), `zone   = "z1"`) {
		t.Errorf("what referred to a dropped block does not name the object:\n%s", blocks)
	}
}
