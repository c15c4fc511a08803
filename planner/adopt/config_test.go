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
	providers.Aside

	ID   string `cty:"id" is:"computed"`
	Name string `cty:"name" is:"required"`
}

// club lists its members, who may say so themselves.
type club struct {
	ID      string   `cty:"id" is:"computed"`
	Name    string   `cty:"name" is:"required"`
	Members []string `cty:"members" is:"default,set,ref=*.urn"`
}

// person has settings that nobody needs to say, and secrets of several kinds.
type person struct {
	ID     string    `cty:"id" is:"computed"`
	URN    string    `cty:"urn" is:"computed"`
	Club   string    `cty:"club" is:"optional,ref=toy_club,listed=members"`
	ClubID string    `cty:"club_id" is:"default,ref=toy_club"`
	Key    string    `cty:"key" is:"optional,blind,sensitive"`
	PIN    string    `cty:"pin" is:"optional,writeonly"`
	Again  int       `cty:"pin_version" is:"optional,blind"`
	Color  string    `cty:"color" is:"default" usual:"red"`
	Shade  string    `cty:"shade" is:"default,unless=seen_by"`
	SeenBy string    `cty:"seen_by" is:"optional"`
	Seat   string    `cty:"seat" is:"default" usual:"*"`
	Habit  []habit   `cty:"habit" is:"default"`
	Secret []whisper `cty:"whisper" is:"optional"`
}

type habit struct {
	Smokes bool `cty:"smokes" is:"required" usual:"false"`
	Times  int  `cty:"times" is:"else=1"`
}

type whisper struct {
	Text string `cty:"text" is:"optional,sensitive"`
}

// Open shows what is sealed.
func (w whisper) Open() map[string]string {
	if strings.HasPrefix(w.Text, "sealed") {
		return map[string]string{"text": "in wax"}
	}
	return nil
}

// cloud is what the toy cloud has.
type cloud struct {
	zones  []zone
	nodes  []node
	clubs  []club
	people []person
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
	clubs := providers.Resource[*cloud, club]{
		Type: "toy_club",
		List: func(_ context.Context, c *cloud, _ club) iter.Seq2[club, error] { return listed(c.clubs) },
	}
	people := providers.Resource[*cloud, person]{
		Type: "toy_person",
		List: func(_ context.Context, c *cloud, _ person) iter.Seq2[person, error] { return listed(c.people) },
		Asks: func(x person) []string {
			if x.Color == "blue" {
				return []string{"key", "pin"}
			}
			return nil
		},
	}
	p := providers.Cloud[*cloud, struct{}]{
		Name: "toy", Resources: []providers.Erasable{zones, nodes, clubs, people},
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
		zones: []zone{{ID: "z1", Name: "east"}, {ID: "z2", Name: "default"}},
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
	if n := strings.Count(string(variables), "sensitive   = true"); n != 2 {
		t.Errorf("%d secrets, want 2:\n%s", n, variables)
	}
	if !c.Drop(state.Addr{Type: "toy_zone", Name: "east_2"}) || c.Drop(state.Addr{Type: "toy_zone", Name: "east_2"}) {
		t.Error("a block is not dropped once")
	}
	if blocks, _, _ = c.Write(); !strings.Contains(string(blocks), `zone   = "z1"`) {
		t.Errorf("what referred to a dropped block does not name the object:\n%s", blocks)
	}
}

// What another object makes has no block.
func TestMadeIsGiven(t *testing.T) {
	c := &cloud{
		zones: []zone{{ID: "z1", Name: "east", Aside: providers.Aside{Makes: []providers.Made{{Type: "toy_node", ID: "n1"}}}}},
		nodes: []node{{ID: "n1", Zone: "z1", Name: "a"}, {ID: "n2", Zone: "z1", Name: "b"}},
	}
	for _, o := range survey(t, c) {
		if want := o.ID() == "n1"; o.Given != want {
			t.Errorf("%s is given: %t, want %t", o.ID(), o.Given, want)
		}
	}
}

func TestWhatIsWritten(t *testing.T) {
	const id = "4e1bfbc3-dc3e-41f2-a18f-1b4d7ba71679"
	plain := person{ID: id, Color: "red", Seat: "12a", Habit: []habit{{Times: 1}}}
	in := club{ID: "c1", Name: "chess", Members: []string{"urn:" + id, "urn:gone"}}
	edited := func(f func(*person)) person {
		x := plain
		f(&x)
		return x
	}
	for name, tc := range map[string]struct {
		clubs []club
		x     person
		want  string
	}{
		"what is usual is left out":             {nil, plain, ""},
		"what is not stays":                     {nil, edited(func(x *person) { x.Color = "green" }), "color = \"green\"\n"},
		"a block that says something":           {nil, edited(func(x *person) { x.Habit = []habit{{Times: 2}} }), "\nhabit {\nsmokes = false\ntimes = 2\n}\n"},
		"what stands in the place of nothing":   {nil, edited(func(x *person) { x.Shade = "dark" }), "shade = \"dark\"\n"},
		"what something stands in the place of": {nil, edited(func(x *person) { x.Shade, x.SeenBy = "dark", "moon" }), "seen_by = \"moon\"\n"},
		"members say where they are":            {[]club{in}, edited(func(x *person) { x.URN = "urn:" + id }), "club = toy_club.chess.id\n"},
		"once":                                  {[]club{in}, edited(func(x *person) { x.URN, x.ClubID = "urn:"+id, "c1" }), "club_id = toy_club.chess.id\n"},
		"who is not listed says nothing":        {[]club{in}, edited(func(x *person) { x.URN = "urn:other" }), ""},
		"what nobody can look up is asked for":  {nil, edited(func(x *person) { x.Color = "blue" }), "color = \"blue\"\nkey = var.person_key\npin = var.person_pin\npin_version = 1\n"},
		"a secret":                              {nil, edited(func(x *person) { x.Secret = []whisper{{"s"}} }), "\nwhisper {\ntext = var.person_text\n}\n"},
		"what is sealed":                        {nil, edited(func(x *person) { x.Secret = []whisper{{"sealed s"}} }), "\nwhisper {\ntext = \"sealed s\" # in wax\n}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			c := NewConfig(survey(t, &cloud{clubs: tc.clubs, people: []person{tc.x}}), func(state.Addr) bool { return false })
			blocks, _, _ := c.Write()
			_, got, _ := strings.Cut(spaces.ReplaceAllString(string(blocks), " "), "resource \"toy_person\" \"person\" {\n")
			got = strings.TrimSuffix(strings.ReplaceAll(got, "\n ", "\n"), "}\n")
			if diff := cmp.Diff(tc.want, strings.TrimPrefix(got, " ")); diff != "" {
				t.Errorf("(-want +got):\n%s\n%s", diff, blocks)
			}
			if strings.Contains(string(blocks), "members") {
				t.Errorf("the club lists its members, too:\n%s", blocks)
			}
		})
	}
}

var spaces = providers.NewPattern(` +`)
