package config

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// InCheck reports whether b is a check block, or a data source in one. Nothing
// else stands on it.
func (b *Block) InCheck() bool { return b.ID.Kind == Check || b.CheckedBy != ID{} }

// check reads a check block: assertions about the whole, and a data source for
// them.
func (l *loader) check(b *hclsyntax.Block) {
	c := &Block{ID: ID{Module: l.mod.Path, Kind: Check, Name: b.Labels[0]}, Range: b.DefRange()}
	l.attributes(b, nil, []string{"assert", "data"})
	for _, sub := range b.Body.Blocks {
		switch sub.Type {
		case "assert":
			c.Conditions = append(c.Conditions, l.condition(sub, Assert)...)
		case "data":
			l.named(sub, 2, func(sub *hclsyntax.Block) {
				if d := l.instances(sub, Data); d != nil {
					d.CheckedBy = c.ID
				}
			})
		}
	}
	if len(c.Conditions) == 0 {
		l.errorf(b.DefRange(), "Zero assert blocks", "A check block has at least one assert block.")
	}
	l.add(c)
}
