package config

import (
	"github.com/hashicorp/hcl/v2"
)

// References returns what an expression that stands in no file refers to in
// the root module, and says what of it is not declared.
func (p *Program) References(e hcl.Expression) ([]ID, hcl.Diagnostics) {
	root := p.Modules[""]
	l := &loader{mod: root, local: root.local, loading: &loading{prog: p}}
	b := &Block{ID: ID{Kind: Local}, Module: root}
	for _, t := range e.Variables() {
		l.need(b, t)
	}
	return b.Needs, l.diags
}
