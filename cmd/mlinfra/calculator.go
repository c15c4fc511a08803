package main

import (
	"context"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
)

// calculator evaluates expressions on a state. Data sources are not in state:
// they are read when an expression first needs one.
type calculator struct {
	*session
	scope    *config.Scope // nil before the first expression
	withData bool          // scope has the data sources, too
}

// answer returns what to print for an expression, or for the word help.
func (c *calculator) answer(ctx context.Context, entry string) (string, hcl.Diagnostics) {
	entry = joinLines(entry)
	switch entry {
	case "":
		return "", nil
	case "help":
		return consoleHelp, nil
	}
	e, diags := c.prog.ParseExpression(entry+"\n", "<console-input>")
	if diags.HasErrors() {
		return "", diags
	}
	v, diags := c.value(ctx, e)
	switch {
	case v.HasMark(config.TypeText):
		v, _ = v.Unmark()
		return v.AsString(), diags
	case config.HasMark(v, config.TypeText):
		return "", append(diags, &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Invalid use of type function",
			Detail: "The console-only \"type\" function cannot be used as part of an expression.", Subject: e.Range().Ptr(),
		})
	case v.HasMark(config.Ephemeral):
		return "(ephemeral value)", diags
	}
	return view.Value(withoutEphemeral(v)), diags
}

// withoutEphemeral returns v with what is ephemeral in it marked as what is not
// printed.
func withoutEphemeral(v cty.Value) cty.Value {
	raw, marks := v.UnmarkDeepWithPaths()
	for _, m := range marks {
		if _, ok := m.Marks[config.Ephemeral]; ok {
			m.Marks[config.Sensitive] = struct{}{}
		}
	}
	return raw.MarkWithPaths(marks)
}

// value evaluates an expression in the root module.
func (c *calculator) value(ctx context.Context, e hcl.Expression) (cty.Value, hcl.Diagnostics) {
	refs, diags := c.prog.References(e)
	if diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	if data := c.needData(refs); c.scope == nil || data && !c.withData {
		c.fill(ctx, data)
	}
	return c.scope.Expr(e, nil, nil)
}

// needData reports whether data sources go into the values of refs.
func (c *calculator) needData(refs []config.ID) bool {
	needs := c.prog.Needs(func(id config.ID) bool { return id.Kind == config.Data || id.Kind == config.Resource })
	for _, id := range refs {
		if id.Kind == config.Data {
			return true
		}
		for _, n := range needs[id] {
			if id.Kind != config.Resource && n.Kind == config.Data {
				return true
			}
		}
	}
	return false
}

// fill makes the scope: with the objects of state, and what there is not yet
// unknown.
func (c *calculator) fill(ctx context.Context, data bool) {
	c.scope, c.withData = c.stateScope(), data
	for _, b := range c.prog.Blocks { // each after what it needs
		if b.Type == nil || b.ID.Kind == config.Data && !data {
			continue
		}
		modules, _, _ := c.scope.ModuleInstances(b.Module)
		for _, m := range modules {
			c.fillBlock(ctx, b, m)
		}
	}
}

// stateScope returns a scope in which all resources have the values of state.
func (s *session) stateScope() *config.Scope {
	env := s.env
	env.Console = true
	scope := config.NewScope(s.prog, env)
	for _, o := range s.snap.Objects {
		p, err := planner.Unobserved(o, s.catalog)
		if err != nil || o.Deposed || o.Status == state.Intended || s.prog.Block(config.BlockID(o.Addr)) == nil {
			continue
		}
		scope.SetInstance(o.Addr, planner.MarkSensitive(p.Type.Schema, p.Value, o.Sensitive))
	}
	return scope
}

// fillBlock gives the instances of a block in a module instance that are not in
// state a value.
func (c *calculator) fillBlock(ctx context.Context, b *config.Block, m *config.ModuleInstance) {
	wanted, known, diags := c.scope.Expand(b, m)
	if !known && !c.inState(b, m) {
		c.scope.SetBlock(b.ID, m, cty.DynamicVal)
	}
	if !known || diags.HasErrors() {
		return
	}
	for _, in := range wanted {
		addr := b.ID.Addr()
		addr.Module, addr.Key = m.Path(), in.Key
		if _, ok := currentAt(c.snap, addr); ok {
			continue
		}
		c.scope.SetInstance(addr, cty.UnknownVal(b.Type.ImpliedType()))
		if addr.Data {
			c.readForProvider(ctx, c.scope, b, in)
		}
	}
}

// inState reports whether state has objects of a block in a module instance.
func (c *calculator) inState(b *config.Block, m *config.ModuleInstance) bool {
	for _, o := range c.snap.Objects {
		if o.Addr.Module == m.Path() && o.Addr.Block() == b.ID.Addr() && o.Status != state.Intended {
			return true
		}
	}
	return false
}
