package planner

import (
	"context"
	"errors"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// server has an attribute of every kind.
type server struct {
	ID       string            `cty:"id" is:"computed"`
	Name     string            `cty:"name" is:"required"`
	Size     string            `cty:"size" is:"optional"`
	Image    string            `cty:"image" is:"optional,replace"`
	IP       string            `cty:"ip" is:"computed"`
	Price    int               `cty:"price" is:"computed,after=size"`
	Port     int               `cty:"port" is:"default"`
	Kernel   string            `cty:"kernel" is:"default,after=image,after=size"`
	Color    string            `cty:"color" is:"else=red"`
	Replicas *int              `cty:"replicas" is:"optional"`
	Tags     []string          `cty:"tags" is:"optional,set"`
	Labels   map[string]string `cty:"labels" is:"optional"`
	Password string            `cty:"password" is:"optional,sensitive"`
	Disk     []disk            `cty:"disk" is:"optional"`
	Rule     []rule            `cty:"rule" is:"optional,set"`
	Log      []logging         `cty:"log" is:"default"`
}

type disk struct {
	Kind   string `cty:"kind" is:"required,replace"`
	Gigs   int    `cty:"gigs" is:"optional"`
	Device string `cty:"device" is:"computed"`
	Path   string `cty:"path" is:"computed,after=size,after=kind"`
	Key    string `cty:"key" is:"optional,sensitive"`
}

type rule struct {
	Port string `cty:"port" is:"required"`
	Kind string `cty:"kind" is:"optional,replace"`
	Host string `cty:"host" is:"optional"`
	UUID string `cty:"uuid" is:"computed"`
}

type logging struct {
	Target string `cty:"target" is:"required"`
}

// stone cannot be changed in place.
type stone struct {
	ID    string `cty:"id" is:"computed"`
	Shape string `cty:"shape" is:"optional"`
}

// note has attributes of any type, and a block that expressions see as an object.
type note struct {
	ID    string    `cty:"id" is:"computed"`
	Text  cty.Value `cty:"text" is:"optional"`
	Copy  cty.Value `cty:"copy" is:"computed,after=text"`
	Paper []paper   `cty:"paper" is:"optional,single"`
	Parts cty.Value `cty:"parts" is:"optional,hide=secret"`

	Secret []string `cty:"secret" is:"optional"`
}

type paper struct {
	Color string    `cty:"color" is:"optional,sensitive"`
	Any   cty.Value `cty:"any" is:"optional"`
}

// flock has animals, which stay on the pasture that they were put on.
type flock struct {
	ID    string `cty:"id" is:"computed"`
	Where []herd `cty:"herd" is:"optional"`
}

type herd struct {
	Stone string `cty:"stone" is:"optional,binds,ref=toy_stone"`
}

// label has an id that is made of its name.
type label struct {
	ID    string `cty:"id" is:"computed"`
	Name  string `cty:"name" is:"required,replace"`
	Color string `cty:"color" is:"optional"`
}

type image struct {
	ID   string `cty:"id" is:"computed"`
	Slug string `cty:"slug" is:"required"`
}

type client struct{}

// toyCatalog holds a cloud that only plans are made for: no call may be made.
func toyCatalog() config.Catalog {
	cloud := providers.Cloud[client, struct {
		Region string `cty:"region" is:"optional"`
	}]{
		Name: "toy",
		Resources: []providers.Erasable{
			providers.Resource[client, flock]{
				Type:   "toy_flock",
				Update: func(context.Context, client, flock, *flock) error { panic("a plan changes nothing") },
			},
			providers.Resource[client, server]{
				Type:   "toy_server",
				Update: func(context.Context, client, server, *server) error { panic("a plan changes nothing") },
				Check: func(was *server, want server) error {
					if want.Size == "impossible" || (was != nil && was.Size == "large" && want.Size == "small") {
						return errors.New("this size is not possible")
					}
					if was != nil && was.Kernel != want.Kernel && want.Name == "web" && want.Size == was.Size {
						return errors.New("the kernel stays")
					}
					return nil
				},
				Replaces: func(was, want server) []string {
					if was.Replicas != nil && want.Replicas != nil && *want.Replicas < *was.Replicas {
						return []string{"replicas"}
					}
					return nil
				},
				Protected: func(s server) error {
					if s.Color == "kept" {
						return errors.New("its color is kept")
					}
					return nil
				},
				// One address can be spelled in two ways.
				Spell: func(was server, s *server) {
					if "http://"+s.Password == was.Password || s.Password == "http://"+was.Password {
						s.Password = was.Password
					}
				},
				Normal: func(s *server) {
					if s.Name == "NORMAL" {
						s.Name = "normal"
					}
				},
			},
			providers.Resource[client, stone]{
				Type:  "toy_stone",
				First: func(was, want stone) bool { return was.Shape == "arch" && want.Shape != "" },
				Caution: func(want stone) string {
					if want.Shape == "sharp" {
						return "it cuts"
					}
					return ""
				},
			},
			providers.Resource[client, label]{
				Type:   "toy_label",
				Update: func(context.Context, client, label, *label) error { panic("a plan changes nothing") },
				Named:  func(x label) string { return "id of " + x.Name },
			},
			providers.Resource[client, note]{Type: "toy_note", Kept: true},
		},
		Data: []providers.Erasable{providers.DataSource[client, image]{Type: "toy_image"}},
	}
	return config.NewCatalog(cloud.Provider())
}

func serverType() *providers.Type { return toyCatalog().Of("toy").Resources.Of("toy_server") }

type attrs map[string]cty.Value

// object returns an object of the schema; what attrs does not set is null, and
// nested blocks are empty.
func (a attrs) object(s *providers.Schema) cty.Value {
	vals := map[string]cty.Value{}
	for _, attr := range s.Attrs {
		vals[attr.Name] = cty.NullVal(attr.Type)
		if attr.Block != nil {
			vals[attr.Name] = attr.BlockValue(nil)
		}
		if v, ok := a[attr.Name]; ok {
			vals[attr.Name] = v
		}
	}
	return cty.ObjectVal(vals)
}

func (a attrs) server() cty.Value { return a.object(serverType().Schema) }

func noteType() *providers.Type { return toyCatalog().Of("toy").Resources.Of("toy_note") }

func (a attrs) note() cty.Value { return a.object(noteType().Schema) }

// blocks returns nested blocks of a server.
func blocks(name string, list ...attrs) cty.Value {
	a := serverType().Schema.Attr(name)
	var items []cty.Value
	for _, item := range list {
		items = append(items, item.object(a.Block))
	}
	return a.BlockValue(items)
}

// with returns a copy of a with more attributes set.
func (a attrs) with(more attrs) attrs {
	all := attrs{}
	for _, m := range []attrs{a, more} {
		for k, v := range m {
			all[k] = v
		}
	}
	return all
}

func str(s string) cty.Value { return cty.StringVal(s) }

func num(n int64) cty.Value { return cty.NumberIntVal(n) }

var (
	unknownStr = cty.UnknownVal(cty.String)
	unknownNum = cty.UnknownVal(cty.Number)
)

// web is a server that is there.
var web = attrs{
	"id": str("srv-1"), "name": str("web"), "size": str("small"), "image": str("debian"), "ip": str("10.0.0.1"),
	"price": num(5), "port": num(22), "kernel": str("6.1"), "color": str("red"), "log": blocks("log"),
}

// webConfig is the configuration that web was made from.
const webConfig = `
	name  = "web"
	size  = "small"
	image = "debian"
`

func toyProgram(t *testing.T, src string) *config.Program {
	t.Helper()
	p, diags := config.Load(fstest.MapFS{"main.tf": {Data: []byte(src)}}, ".", toyCatalog(), nil)
	if diags.HasErrors() {
		t.Fatalf("load: %v\n%s", diags, src)
	}
	if diags := p.SetInputs(fstest.MapFS{}, nil, nil); diags.HasErrors() {
		t.Fatal(diags)
	}
	return p
}

// prior is an object of state that has been observed as it is remembered.
func prior(t *testing.T, addr string, a attrs) Prior {
	t.Helper()
	ad, err := state.ParseAddr(addr)
	if err != nil {
		t.Fatal(err)
	}
	typ := toyCatalog().TypeOf(ad)
	v := a.object(typ.Schema)
	return Prior{
		Object: state.Object{Key: state.ObjectKey("key of " + addr), Addr: ad, Provider: "toy", Status: state.Live, Attrs: JSON(typ, v)},
		Type:   typ, Stored: v, Value: v, Ready: true,
	}
}

// edited returns p after f has changed it.
func edited(p Prior, f func(*Prior)) Prior {
	f(&p)
	return p
}

func status(p Prior, s state.Status) Prior {
	return edited(p, func(p *Prior) { p.Object.Status = s })
}

// observed returns p as an object that somebody else has changed.
func observed(p Prior, a attrs) Prior {
	return edited(p, func(p *Prior) { p.Value = a.object(p.Type.Schema) })
}

// goneAway returns p as an object that does not exist any more.
func goneAway(p Prior) Prior {
	return edited(p, func(p *Prior) { p.Value = cty.NullVal(p.Value.Type()) })
}

func toyInput(t *testing.T, src string, priors ...Prior) Input {
	t.Helper()
	in := Input{
		Program: toyProgram(t, src), Env: config.Env{WorkDir: "/w", Workspace: "default", PlanTime: "2026-01-02T03:04:05Z"},
		Snapshot: state.Snapshot{Lineage: "l", Serial: 7, Outputs: map[string]state.Output{}},
		Priors:   priors,
		ReadData: func(_ string, _ cty.Value, typ *providers.Type, cfg cty.Value) (cty.Value, error) {
			slug := cfg.GetAttr("slug")
			if slug.AsString() == "missing" {
				return cfg, providers.ErrGone
			}
			return attrs{"id": str("img-" + slug.AsString()), "slug": slug}.object(typ.Schema), nil
		},
	}
	for _, p := range priors {
		in.Snapshot.Objects = append(in.Snapshot.Objects, p.Object)
	}
	return in
}

func build(t *testing.T, src string, priors ...Prior) *Plan {
	t.Helper()
	plan, diags := Build(toyInput(t, src, priors...))
	if diags.HasErrors() {
		t.Fatalf("build: %v", diags)
	}
	return plan
}

// buildErrors returns the summaries of the errors of a plan.
func buildErrors(t *testing.T, src string, priors ...Prior) []string {
	t.Helper()
	_, diags := Build(toyInput(t, src, priors...))
	return summaries(diags)
}

func summaries(diags hcl.Diagnostics) []string {
	var list []string
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			list = append(list, d.Summary)
		}
	}
	return list
}
