package config

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

// provisionerTypes are those there are.
var provisionerTypes = []string{"file", "local-exec", "remote-exec"}

// provisioner reads a provisioner block of r.
func (l *loader) provisioner(r *Block, b *hclsyntax.Block) {
	if len(b.Labels) != 1 || !slices.Contains(provisionerTypes, b.Labels[0]) {
		label := ""
		if len(b.Labels) == 1 {
			label = b.Labels[0]
		}
		l.errorf(b.DefRange(), "Invalid provisioner", "There is no provisioner %q: use local-exec, remote-exec or file.", label)
		return
	}
	p := Provisioner{Type: b.Labels[0], Range: b.DefRange()}
	for _, sub := range b.Body.Blocks {
		if sub.Type == "connection" {
			p.Connection = sub.Body
		}
	}
	if a := b.Body.Attributes["when"]; a != nil {
		switch hcl.ExprAsKeyword(unquoted(a.Expr)) {
		case "create":
		case "destroy":
			p.Destroy = true
		default:
			l.errorf(a.Expr.Range(), "Invalid \"when\" keyword", "when is create or destroy.")
		}
	}
	if a := b.Body.Attributes["on_failure"]; a != nil {
		switch hcl.ExprAsKeyword(unquoted(a.Expr)) {
		case "fail":
		case "continue":
			p.Continue = true
		default:
			l.errorf(a.Expr.Range(), "Invalid \"on_failure\" keyword", "on_failure is fail or continue.")
		}
	}
	p.Body = without(b.Body, []string{"when", "on_failure"}, []string{"connection"})
	if p.Destroy {
		l.destroyReferences(p.Body)
		l.destroyReferences(p.Connection)
	}
	r.Provisioners = append(r.Provisioners, p)
}

// destroyReferences refuses what a provisioner cannot refer to when its object
// goes: everything but the object itself, which is all that is left then.
func (l *loader) destroyReferences(body *hclsyntax.Body) {
	if body == nil {
		return
	}
	for _, t := range bodyVariables(body, nil) {
		if !remains(t) {
			l.errorf(t.SourceRange(), "Invalid reference from destroy provisioner", "A provisioner that runs when its object is destroyed may refer to self, count.index and each.key only: the rest may have changed or be gone by then.")
		}
	}
}

// remains reports whether t has a value when the object of its block goes.
func remains(t hcl.Traversal) bool {
	name := ""
	if len(t) > 1 {
		name, _, _ = stepName(t[1])
	}
	switch t.RootName() {
	case "self", "path", "terraform":
		return true
	case "count":
		return name == "index"
	case "each":
		return name == "key"
	}
	return false
}

// leavingConnection refuses in the connection of a resource, which may be nil, what
// those of its provisioners cannot refer to that run when the object goes.
func (l *loader) leavingConnection(list []Provisioner, connection *hclsyntax.Body) {
	if slices.ContainsFunc(list, func(p Provisioner) bool { return p.Destroy }) {
		l.destroyReferences(connection)
	}
}

// Provision evaluates a provisioner of b and its connection, null when it has
// none, for an object with the value self.
func (s *Scope) Provision(b *Block, p Provisioner, in Instance, self cty.Value, schema, connection *providers.Schema) (cfg, conn cty.Value, diags hcl.Diagnostics) {
	extra := instanceVars(in)
	if extra == nil {
		extra = map[string]cty.Value{}
	}
	extra["self"] = self
	return s.provision(b, p, in.In, extra, schema, connection)
}

// ProvisionUnknown is Provision before it can be evaluated, or for one that is not to
// run. What it refers to, itself with the type self, is unknown, so that errors are
// those of any values.
func (s *Scope) ProvisionUnknown(b *Block, p Provisioner, in Instance, self cty.Type, schema, connection *providers.Schema) (cfg, conn cty.Value, diags hcl.Diagnostics) {
	extra := map[string]cty.Value{}
	for _, body := range []*hclsyntax.Body{p.Body, p.Connection, b.Connection} {
		if body == nil {
			continue
		}
		for _, t := range bodyVariables(body, nil) {
			if root := t.RootName(); root != "path" && root != "terraform" {
				extra[root] = cty.DynamicVal
			}
		}
	}
	extra["self"] = cty.UnknownVal(self)
	return s.provision(b, p, in.In, extra, schema, connection)
}

// provision evaluates a provisioner and its connection with the variables extra.
func (s *Scope) provision(b *Block, p Provisioner, m *ModuleInstance, extra map[string]cty.Value, schema, connection *providers.Schema) (cfg, conn cty.Value, diags hcl.Diagnostics) {
	cfg, diags = s.decode(p.Body, schema, m, extra)
	conn = cty.NullVal(connection.ImpliedType())
	body := b.Connection
	if p.Connection != nil {
		body = p.Connection
		if b.Connection != nil {
			body = mergedConnection(b.Connection, p.Connection)
		}
	}
	if body == nil {
		return cfg, conn, diags
	}
	conn, more := s.decode(body, connection, m, extra)
	return cfg, conn, append(diags, more...)
}

// mergedConnection returns the arguments of a provisioner's connection over
// those of its resource.
func mergedConnection(base, by *hclsyntax.Body) *hclsyntax.Body {
	out := without(base, nil, nil)
	for name, a := range by.Attributes {
		out.Attributes[name] = a
	}
	return out
}
