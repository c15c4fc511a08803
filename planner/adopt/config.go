package adopt

import (
	"fmt"
	"slices"
	"strings"

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
	lists   map[providers.Ref]bool               // attributes whose elements say so themselves
	inputs  []input                              // in the place of what must not be written, or is not known
	taken   func(state.Addr) bool
}

// input is a variable.
type input struct {
	name, kind, about string
	secret            bool
}

// NewConfig returns the configuration of objects. taken reports whether there is
// a block with an address already.
func NewConfig(objects []*Object, taken func(state.Addr) bool) *Config {
	c := &Config{
		addrs: map[*Object]state.Addr{}, names: map[providers.Ref]map[string]*Object{}, needs: map[*Object][]*Object{},
		lists: map[providers.Ref]bool{}, taken: taken,
	}
	used := map[state.Addr]bool{}
	for _, o := range objects {
		c.index(o)
		if o.Block != nil {
			c.addrs[o] = *o.Block
		}
		if _, err := o.Type.Identify(o.ID()); !o.Fresh() || err != nil {
			continue // or nothing can take it over, such as a key whose secret is gone
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
// it is in, each said once. What has no name is called after its type.
func (o *Object) label() string {
	var words []string
	add := func(word string) {
		if word != "" && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	if o.Parent != nil {
		add(o.Parent.label())
	}
	name := o.Name()
	if ofParent := o.Parent != nil && name == providers.ID(o.Parent.Seen.Value); !ofParent && !uuids.MatchString(name) {
		add(name)
	}
	if o.Parent != nil {
		add(textOf(o.Seen.Value, "type"))
	}
	if len(words) == 0 {
		_, kind, _ := strings.Cut(o.Type.Name, "_")
		add(kind)
	}
	return strings.Join(words, " ")
}

// index notes the attributes of o that other objects may name it by.
func (c *Config) index(o *Object) {
	for _, a := range o.Type.Schema.Attrs {
		for _, ref := range a.Refs {
			if a.Listed != "" {
				c.lists[providers.Ref{Type: ref.Type, Attr: a.Listed}] = true
			}
		}
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

// Inputs returns how many variables the configuration that was written last needs.
func (c *Config) Inputs() int { return len(c.inputs) }

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
// must not be written or is not known, each formatted.
func (c *Config) Write() (blocks, imports, variables []byte) {
	c.needs, c.inputs = map[*Object][]*Object{}, nil
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
	for _, v := range c.inputs {
		inputs.Body().AppendNewline()
		b := inputs.Body().AppendNewBlock("variable", []string{v.name}).Body()
		b.SetAttributeValue("description", cty.StringVal(v.about))
		b.SetAttributeTraversal("type", traversal(v.kind))
		if v.secret {
			b.SetAttributeValue("sensitive", cty.True)
		}
	}
	return hclwrite.Format(resources.Bytes()), hclwrite.Format(takeovers.Bytes()), hclwrite.Format(inputs.Bytes())
}

// writer returns how the block of o is written.
func (c *Config) writer(o *Object) Writer {
	return Writer{
		Link: func(a *providers.Attr, v cty.Value) hcl.Traversal {
			for _, ref := range a.Refs {
				to := c.names[ref][plain(v)]
				if to == nil || c.addrs[to] == (state.Addr{}) || to == o || c.reaches(to, o) {
					continue
				}
				c.needs[o] = append(c.needs[o], to)
				addr := c.addrs[to]
				return traversal(addr.Type, addr.Name, ref.Attr)
			}
			return nil
		},
		Asked: func(a *providers.Attr) bool {
			return slices.ContainsFunc(o.Type.Asks(o.Seen.Value), func(path string) bool { return o.Type.Schema.At(path) == a })
		},
		Implied: func(a *providers.Attr, v cty.Value) bool {
			if c.lists[providers.Ref{Type: o.Type.Name, Attr: a.Name}] && o.Type.Schema.Attr(a.Name) == a {
				return true
			}
			return slices.ContainsFunc(a.Refs, func(ref providers.Ref) bool {
				to := c.names[ref][plain(v)]
				return to != nil && to.Given
			})
		},
		Secret: func(a *providers.Attr, known bool) hcl.Traversal {
			v := input{kind: kindOf(a), about: fmt.Sprintf("%s of %s", a.Name, c.addrs[o]), secret: a.Sensitive}
			if !known {
				v.about += ", which cannot be looked up"
			}
			v.name = unused(c.addrs[o].Name+"_"+a.Name, func(name string) bool {
				used := slices.ContainsFunc(c.inputs, func(v input) bool { return v.name == name })
				return used || c.taken(state.Addr{Type: "var", Name: name})
			})
			c.inputs = append(c.inputs, v)
			return traversal("var", v.name)
		},
	}
}

// kindOf returns the type constraint of a variable for a.
func kindOf(a *providers.Attr) string {
	if a.Type.IsPrimitiveType() {
		return a.Type.FriendlyName()
	}
	return "any"
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
