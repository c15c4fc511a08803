package adopt

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// Config is the configuration of objects, a block each.
type Config struct {
	objects []*Object // that get a block
	addrs   map[*Object]state.Addr
	names   map[providers.Ref]map[string]*Object // what refers to an object, by attribute and value
	needs   map[*Object][]*Object                // what the block of an object refers to
	secrets []state.Addr                         // of variables, in the place of what must not be written
	taken   func(state.Addr) bool
}

// NewConfig returns the configuration of objects. taken reports whether there is
// a block with an address already.
func NewConfig(objects []*Object, taken func(state.Addr) bool) *Config {
	c := &Config{addrs: map[*Object]state.Addr{}, names: map[providers.Ref]map[string]*Object{}, needs: map[*Object][]*Object{}, taken: taken}
	used := map[state.Addr]bool{}
	for _, o := range objects {
		c.index(o)
		if o.Block != nil {
			c.addrs[o] = *o.Block
		}
		if !o.Fresh() {
			continue
		}
		c.objects = append(c.objects, o)
		addr := state.Addr{Type: o.Type.Name}
		addr.Name = unused(identifier(o.label()), func(name string) bool {
			try := state.Addr{Type: o.Type.Name, Name: name}
			return used[try] || taken(try)
		})
		used[addr] = true
		c.addrs[o] = addr
	}
	return c
}

// label returns what the block of o is called after: its name, and that of what
// it is in.
func (o *Object) label() string {
	name := o.Name()
	if kind := textOf(o.Seen.Value, "type"); kind != "" && o.Parent != nil {
		name += " " + kind
	}
	if o.Parent != nil {
		name = o.Parent.Name() + " " + name
	}
	return name
}

// index notes the attributes of o that other objects may name it by.
func (c *Config) index(o *Object) {
	for _, a := range o.Type.Schema.Attrs {
		text := plain(o.Seen.Value.GetAttr(a.Name))
		if text == "" {
			continue
		}
		for _, ref := range []providers.Ref{{Type: o.Type.Name, Attr: a.Name}, {Type: "*", Attr: a.Name}} {
			if c.names[ref] == nil {
				c.names[ref] = map[string]*Object{}
			}
			if c.names[ref][text] == nil {
				c.names[ref][text] = o
			}
		}
	}
}

// Len returns how many blocks there are.
func (c *Config) Len() int { return len(c.objects) }

// Drop takes the block at an address out. What would refer to it says its id, or
// what else it is named by. It reports whether there is one.
func (c *Config) Drop(addr state.Addr) bool {
	i := slices.IndexFunc(c.objects, func(o *Object) bool { return c.addrs[o] == addr })
	if i < 0 {
		return false
	}
	gone := c.objects[i]
	c.objects = slices.Delete(slices.Clone(c.objects), i, i+1)
	delete(c.addrs, gone)
	for _, byText := range c.names {
		for text, o := range byText {
			if o == gone {
				delete(byText, text)
			}
		}
	}
	return true
}

// Write returns the blocks, the imports, and the variables that stand for what
// must not be written, each formatted.
func (c *Config) Write() (blocks, imports, variables []byte) {
	c.needs, c.secrets = map[*Object][]*Object{}, nil
	resources, takeovers, inputs := hclwrite.NewEmptyFile(), hclwrite.NewEmptyFile(), hclwrite.NewEmptyFile()
	for _, o := range c.objects {
		addr := c.addrs[o]
		body := resources.Body()
		body.AppendNewline()
		c.writer(o).Arguments(body.AppendNewBlock("resource", []string{addr.Type, addr.Name}).Body(), o.Type.Schema, o.Seen.Value)

		takeovers.Body().AppendNewline()
		b := takeovers.Body().AppendNewBlock("import", nil).Body()
		b.SetAttributeTraversal("to", traversal(addr.Type, addr.Name))
		b.SetAttributeValue("id", cty.StringVal(o.ID()))
	}
	for _, v := range c.secrets {
		inputs.Body().AppendNewline()
		b := inputs.Body().AppendNewBlock("variable", []string{v.Name}).Body()
		b.SetAttributeTraversal("type", traversal("string"))
		b.SetAttributeValue("sensitive", cty.True)
	}
	return hclwrite.Format(resources.Bytes()), hclwrite.Format(takeovers.Bytes()), hclwrite.Format(inputs.Bytes())
}

// writer returns how the block of o is written.
func (c *Config) writer(o *Object) Writer {
	return Writer{
		Link: func(a *providers.Attr, v cty.Value) hcl.Traversal {
			for _, ref := range a.Refs {
				to := c.names[ref][plain(v)]
				if to == nil || to.Given || to == o || c.reaches(to, o) {
					continue
				}
				c.needs[o] = append(c.needs[o], to)
				addr := c.addrs[to]
				return traversal(addr.Type, addr.Name, ref.Attr)
			}
			return nil
		},
		Implied: func(a *providers.Attr, v cty.Value) bool {
			return slices.ContainsFunc(a.Refs, func(ref providers.Ref) bool {
				to := c.names[ref][plain(v)]
				return to != nil && to.Given
			})
		},
		Secret: func(a *providers.Attr) hcl.Traversal {
			name := unused(c.addrs[o].Name+"_"+a.Name, func(name string) bool {
				v := state.Addr{Type: "var", Name: name}
				return slices.Contains(c.secrets, v) || c.taken(v)
			})
			c.secrets = append(c.secrets, state.Addr{Type: "var", Name: name})
			return traversal("var", name)
		},
	}
}

// reaches reports whether the block of from refers to that of to, also by others
// in between.
func (c *Config) reaches(from, to *Object) bool {
	seen := map[*Object]bool{}
	var visit func(*Object) bool
	visit = func(o *Object) bool {
		if o == to {
			return true
		}
		if seen[o] {
			return false
		}
		seen[o] = true
		return slices.ContainsFunc(c.needs[o], visit)
	}
	return visit(from)
}
