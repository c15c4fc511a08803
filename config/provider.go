package config

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/mlinfra/mlinfra/state"
)

// ProviderRef means a provider configuration: a block and, when that has
// for_each, one of its instances.
type ProviderRef struct {
	ID ID
	// Key chooses the instance; nil for a block without for_each.
	Key hcl.Expression
	// caller is the call that Key stands in; nil when it stands in the block
	// that uses the provider.
	caller *Block
}

// providerKey returns how state names the configuration: digitalocean,
// digitalocean.fra or, of a module, module.a.digitalocean.
func (id ID) providerKey() string {
	key := id.Type
	if id.Name != "" {
		key += "." + id.Name
	}
	if id.Module != "" {
		key = id.Module + "." + key
	}
	return key
}

// ProviderID returns the ID of the provider block with the given key, and the
// key of its instance.
func ProviderID(key string) (ID, state.Key) {
	a, err := state.ParseAddr(key)
	if err == nil {
		return ID{Module: a.Module, Kind: Provider, Type: a.Type, Name: a.Name}, a.Key
	}
	id := ID{Kind: Provider, Type: key}
	if i := strings.LastIndex(key, "."); i >= 0 {
		id.Module, id.Type = key[:i], key[i+1:]
	}
	return id, state.Key{}
}

// ProviderKey returns the key of the provider configuration that an instance of
// b uses.
func (s *Scope) ProviderKey(b *Block, in Instance) (string, hcl.Diagnostics) {
	ref := b.Provider
	key := ref.ID.providerKey()
	if ref.Key == nil {
		return key, nil
	}
	at := in
	if ref.caller != nil {
		at = in.In.callOf(ref.caller)
	}
	v, diags := s.InstanceExpr(ref.Key, at)
	v, _ = v.Unmark()
	v, err := convert.Convert(v, cty.String)
	switch {
	case diags.HasErrors():
		return key, diags
	case s.env.Validate && err == nil && !v.IsKnown():
		return key, diags
	case err != nil || v.IsNull() || !v.IsKnown():
		return key, append(diags, s.exprError(ref.Key, at, "Invalid provider instance key", "The key of a provider configuration must be a string that is known before an apply."))
	}
	return key + state.NameKey(v.AsString()).String(), diags
}

// ProviderOf returns the key of the provider configuration that the object at an
// address is to have; "" when its block is gone.
func (s *Scope) ProviderOf(a state.Addr) string {
	b := s.prog.Block(BlockID(a))
	if b == nil {
		return ""
	}
	if b.Provider.Key == nil {
		return b.Provider.ID.providerKey()
	}
	in, ok, _ := s.InstanceAt(b, a)
	if !ok {
		return ""
	}
	key, diags := s.ProviderKey(b, in)
	if diags.HasErrors() {
		return ""
	}
	return key
}

// callOf returns the instance of the module call c that m is, or is within.
func (m *ModuleInstance) callOf(c *Block) Instance {
	for ; m != nil; m = m.Call.In {
		if m.Module.Call == c {
			return m.Call
		}
	}
	return Instance{}
}

// Provider returns the value of the provider configuration called key: NilVal
// when it has no block, unknown in part when it depends on what is not there
// yet.
func (s *Scope) Provider(key string) (cty.Value, hcl.Diagnostics) {
	id, instance := ProviderID(key)
	b := s.prog.Block(id)
	switch {
	case b == nil:
		return cty.NilVal, nil
	}
	m, ok := s.ModuleAt(id.Module)
	switch {
	case !ok:
		return cty.DynamicVal, nil
	case b.ForEach == nil:
		return s.ValueIn(id, m)
	}
	list, known, diags := s.Expand(b, m)
	for _, in := range list {
		if in.Key == instance {
			v, more := s.Body(b, in)
			return v, append(diags, more...)
		}
	}
	unknown := s.env.Validate && instance == state.Key{}
	if known && !unknown && !diags.HasErrors() {
		diags = append(diags, s.exprError(b.ForEach, Instance{}, "Provider configuration not present",
			"There is no provider configuration "+key+": for_each of its block does not have the key. Put it back until the objects that it has made are destroyed."))
	}
	return cty.DynamicVal, diags
}

// provider reads a provider block.
func (l *loader) provider(b *hclsyntax.Block) {
	p := &Block{ID: ID{Module: l.mod.Path, Kind: Provider, Type: l.cloudName(b.Labels[0])}, Range: b.DefRange()}
	p.Cloud = l.catalog.Of(p.ID.Type)
	if p.Cloud == nil {
		l.unknownProvider(b.LabelRanges[0], b.Labels[0])
		return
	}
	l.literal(b.Body.Attributes["alias"], &p.ID.Name)
	if a := b.Body.Attributes["for_each"]; a != nil && p.Cloud.Config.Attr("for_each") == nil {
		p.ForEach = a.Expr
		if p.ID.Name == "" {
			l.errorf(a.NameRange, "Alias required", "A provider block with for_each needs an alias, by which resources choose: provider = %s.ALIAS[each.key].", b.Labels[0])
		}
	}
	if c := l.mod.repeatedBy(); c != nil {
		l.errorf(b.DefRange(), "Provider configuration in a repeated module", "%s is called with count, for_each or depends_on (%s), so it cannot have provider blocks of its own. Configure the provider in the root module and pass it with providers = {}.", l.mod, c.Range)
	}
	p.Body = without(b.Body, []string{"alias", "version", "for_each"}, nil)
	l.add(p)
}

// repeatedBy returns the call because of which m may not hold provider blocks.
func (m *Module) repeatedBy() *Block {
	for ; m.Call != nil; m = m.Parent {
		if c := m.Call; c.Count != nil || c.ForEach != nil || c.Enabled != nil || len(c.explicit) > 0 {
			return c
		}
	}
	return nil
}

// passedProvider is an entry of a module call's providers map.
type passedProvider struct {
	typ, alias string
}

// passProviders reads the providers map of a call: what configurations in m
// are which of the caller's.
func (l *loader) passProviders(c *Block, m *Module, a *hclsyntax.Attribute) {
	if a == nil {
		return
	}
	pairs, diags := hcl.ExprMap(a.Expr)
	l.diags = append(l.diags, diags...)
	m.passed = map[passedProvider]ProviderRef{}
	inner := &loader{loading: l.loading, mod: m, local: m.local}
	for _, p := range pairs {
		name, _, ok1 := inner.providerName(p.Key)
		ref, key, ok2 := l.providerName(p.Value)
		if ok1 && ok2 {
			m.passed[name] = ProviderRef{ID: ID{Type: ref.typ, Name: ref.alias}, Key: key, caller: c}
		}
	}
}

// providerName reads a reference to a provider configuration: NAME, NAME.ALIAS
// or NAME.ALIAS[KEY].
func (l *loader) providerName(e hcl.Expression) (passedProvider, hcl.Expression, bool) {
	e = unquoted(e)
	var key hcl.Expression
	of := e
	switch x := e.(type) {
	case *hclsyntax.IndexExpr:
		of, key = x.Collection, x.Key
	case *hclsyntax.ScopeTraversalExpr:
		if n := len(x.Traversal); n == 3 {
			if index, ok := x.Traversal[2].(hcl.TraverseIndex); ok {
				of, key = &hclsyntax.ScopeTraversalExpr{Traversal: x.Traversal[:2], SrcRange: x.SrcRange}, hcl.StaticExpr(index.Key, index.SrcRange)
			}
		}
	}
	t, diags := hcl.AbsTraversalForExpr(of)
	if diags.HasErrors() || len(t) > 2 {
		l.errorf(e.Range(), "Invalid provider reference", "A provider configuration is meant by the name of the provider, or by name and alias such as digitalocean.fra, or digitalocean.by_region[each.key].")
		return passedProvider{}, nil, false
	}
	p := passedProvider{typ: l.cloudName(t.RootName())}
	if len(t) == 2 {
		if a, ok := t[1].(hcl.TraverseAttr); ok {
			p.alias = a.Name
		}
	}
	return p, key, true
}

// unquoted returns the expression in a literal text: configurations written
// for Terraform 0.11 have references and keywords in quotes.
func unquoted(e hcl.Expression) hcl.Expression {
	if key, ok := e.(*hclsyntax.ObjectConsKeyExpr); ok {
		e = key.Wrapped
	}
	text, ok := e.(*hclsyntax.TemplateExpr)
	if !ok || !text.IsStringLiteral() {
		return e
	}
	v, _ := text.Value(nil)
	inner, diags := parseExpression(v.AsString(), text.SrcRange.Filename, text.SrcRange.Start, nil)
	if diags.HasErrors() {
		return e
	}
	return inner
}

// resolveProvider finds the block that a reference in the module m means: its
// own, one that its call passes, or by default that of the callers.
func (l *loader) resolveProvider(b *Block) {
	ref := b.Provider
	for m := b.Module; ; m = m.Parent {
		id := ID{Module: m.Path, Kind: Provider, Type: ref.ID.Type, Name: ref.ID.Name}
		if l.prog.byID[id] != nil || m.Call == nil {
			ref.ID = id
			break
		}
		if p, ok := m.passed[passedProvider{ref.ID.Type, ref.ID.Name}]; ok {
			if p.Key == nil {
				p.Key, p.caller = ref.Key, ref.caller
			}
			ref = p
			continue
		}
		if ref.ID.Name != "" {
			l.errorf(b.Range, "Provider configuration not present", "%s uses %s.%s, which %s has to be given: add providers = { %[2]s.%[3]s = … } to the module block.", b.ID, ref.ID.Type, ref.ID.Name, m)
			return
		}
	}
	if ref.ID.Kind != Provider {
		ref.ID.Kind = Provider
	}
	b.Provider = ref
	block := l.prog.byID[ref.ID]
	switch {
	case block == nil && ref.ID.Name != "":
		l.errorf(b.Range, "Provider configuration not present", "%s uses %s, and there is no provider %q block with alias = %q.", b.ID, ref.ID.providerKey(), ref.ID.Type, ref.ID.Name)
	case block == nil:
		l.add(&Block{ID: ref.ID, Range: b.Range, Module: l.prog.Modules[ref.ID.Module], Cloud: l.catalog.Of(ref.ID.Type), Body: &hclsyntax.Body{SrcRange: b.Range, EndRange: b.Range}})
	case block.ForEach != nil && ref.Key == nil:
		l.errorf(b.Range, "Provider instance key required", "%s has for_each: choose one of its configurations, such as provider = %[1]s[each.key].", ref.ID)
	case block.ForEach == nil && ref.Key != nil:
		l.errorf(ref.Key.Range(), "Unexpected provider instance key", "%s has no for_each: remove the brackets.", ref.ID)
	}
}

// requiredProviders learns by what local names a module calls its providers.
func (l *loader) requiredProviders(body *hclsyntax.Body) {
	for _, tf := range body.Blocks {
		if tf.Type != "terraform" {
			continue
		}
		for _, req := range tf.Body.Blocks {
			if req.Type != "required_providers" {
				continue
			}
			for _, a := range sortedAttributes(req.Body) {
				l.local[a.Name] = sourceName(a)
			}
		}
	}
}

// sourceName returns the last part of the source of a required provider.
func sourceName(a *hclsyntax.Attribute) string {
	pairs, _ := hcl.ExprMap(a.Expr)
	for _, p := range pairs {
		if hcl.ExprAsKeyword(p.Key) != "source" {
			continue
		}
		if v, diags := p.Value.Value(nil); !diags.HasErrors() && v.Type() == cty.String && v.IsKnown() && !v.IsNull() {
			parts := strings.Split(v.AsString(), "/")
			return parts[len(parts)-1]
		}
	}
	return a.Name
}

func (l *loader) cloudName(local string) string {
	if name, ok := l.local[local]; ok {
		return name
	}
	return local
}
