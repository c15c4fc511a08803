package config

import (
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// metaArguments and metaBlocks belong to the language, not to a type's schema.
var (
	metaArguments = []string{"count", "for_each", "depends_on", "provider"}
	metaBlocks    = []string{"lifecycle", "timeouts"}
)

func (l *loader) resource(b *hclsyntax.Block) { l.instances(b, Resource) }

func (l *loader) data(b *hclsyntax.Block) { l.instances(b, Data) }

// instances reads a resource or data block.
func (l *loader) instances(b *hclsyntax.Block, kind Kind) {
	r := &Block{ID: ID{Kind: kind, Type: b.Labels[0], Name: b.Labels[1]}, Range: b.DefRange()}
	if !l.typeOf(r, b) {
		return
	}
	if a := b.Body.Attributes["count"]; a != nil {
		r.Count = a.Expr
	}
	if a := b.Body.Attributes["for_each"]; a != nil {
		r.ForEach = a.Expr
		if r.Count != nil {
			l.errorf(a.NameRange, "Invalid combination of \"count\" and \"for_each\"", "A block has either count or for_each, not both.")
		}
	}
	for _, sub := range b.Body.Blocks {
		switch sub.Type {
		case "lifecycle":
			l.lifecycle(r, sub)
		case "timeouts":
			l.timeouts(r, sub)
		case "provisioner", "connection":
			l.errorf(sub.TypeRange, "Unsupported block type", "This version of mlinfra does not support provisioners yet. Use user_data with cloud-init.")
		}
	}
	r.Body = without(b.Body, metaArguments, metaBlocks)
	r.DependsOn = l.dependsOn(b.Body)
	l.add(r)
}

// timeouts reads how long the operations on an object may take.
func (l *loader) timeouts(r *Block, b *hclsyntax.Block) {
	r.Timeouts = map[string]time.Duration{}
	for name, a := range l.attributes(b, []string{"create", "read", "update", "delete", "default"}, nil) {
		text := ""
		l.literal(a, &text)
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			l.errorf(a.Expr.Range(), "Invalid timeout", "%q is not a duration such as \"30m\" or \"1h\".", text)
			continue
		}
		r.Timeouts[name] = d
	}
}

// typeOf sets the type and the provider configuration of r.
func (l *loader) typeOf(r *Block, b *hclsyntax.Block) bool {
	local, _, _ := strings.Cut(r.ID.Type, "_")
	r.Provider = ID{Kind: Provider, Type: l.cloudName(local)}
	if a := b.Body.Attributes["provider"]; a != nil && !l.providerArgument(r, a) {
		return false
	}
	cloud := l.catalog[r.Provider.Type]
	if cloud == nil {
		l.unknownProvider(b.LabelRanges[0], local)
		return false
	}
	types, what := cloud.Resources, "resource type"
	if r.ID.Kind == Data {
		types, what = cloud.Data, "data source"
	}
	if r.Type = types[r.ID.Type]; r.Type == nil {
		names := make([]string, 0, len(types))
		for n := range types {
			names = append(names, n)
		}
		l.errorf(b.LabelRanges[0], "Invalid "+what, "The provider %s has no %s %q.%s", cloud.Name, what, r.ID.Type, didYouMean(r.ID.Type, names))
		return false
	}
	return true
}

func (l *loader) providerArgument(r *Block, a *hclsyntax.Attribute) bool {
	t, diags := hcl.AbsTraversalForExpr(a.Expr)
	if diags.HasErrors() || len(t) > 2 {
		l.errorf(a.Expr.Range(), "Invalid provider reference", "provider is the name of a provider, or a name and an alias such as digitalocean.fra.")
		return false
	}
	r.Provider.Type = l.cloudName(t.RootName())
	if len(t) == 2 {
		if alias, ok := t[1].(hcl.TraverseAttr); ok {
			r.Provider.Name = alias.Name
		}
	}
	return true
}

func (l *loader) dependsOn(body *hclsyntax.Body) []ID {
	a := body.Attributes["depends_on"]
	if a == nil {
		return nil
	}
	exprs, diags := hcl.ExprList(a.Expr)
	l.diags = append(l.diags, diags...)
	var needs []ID
	for _, e := range exprs {
		t, diags := hcl.AbsTraversalForExpr(e)
		l.diags = append(l.diags, diags...)
		if diags.HasErrors() {
			continue
		}
		if id, ok := l.reference(t); ok {
			needs = append(needs, id)
		} else {
			l.errorf(e.Range(), "Invalid depends_on reference", "depends_on lists resources and data sources, such as digitalocean_vpc.main.")
		}
	}
	return needs
}

func (l *loader) lifecycle(r *Block, b *hclsyntax.Block) {
	lc := &r.Lifecycle
	attrs := l.attributes(b, []string{"create_before_destroy", "prevent_destroy", "ignore_changes", "replace_triggered_by"}, []string{"precondition", "postcondition"})
	l.literal(attrs["create_before_destroy"], &lc.CreateBeforeDestroy)
	l.literal(attrs["prevent_destroy"], &lc.PreventDestroy)
	if a := attrs["prevent_destroy"]; a != nil {
		lc.PreventRange = a.Range()
	}
	if a := attrs["ignore_changes"]; a != nil {
		l.ignoreChanges(r, a)
	}
	if a := attrs["replace_triggered_by"]; a != nil {
		exprs, diags := hcl.ExprList(a.Expr)
		l.diags = append(l.diags, diags...)
		lc.ReplaceTriggeredBy = exprs
	}
	for _, sub := range b.Body.Blocks {
		when := Before
		if sub.Type == "postcondition" {
			when = After
		}
		r.Conditions = append(r.Conditions, l.condition(sub, when)...)
	}
}

func (l *loader) ignoreChanges(r *Block, a *hclsyntax.Attribute) {
	if hcl.ExprAsKeyword(a.Expr) == "all" {
		r.Lifecycle.IgnoreAll = true
		return
	}
	exprs, diags := hcl.ExprList(a.Expr)
	l.diags = append(l.diags, diags...)
	for _, e := range exprs {
		t, diags := hcl.RelTraversalForExpr(e)
		l.diags = append(l.diags, diags...)
		if diags.HasErrors() {
			continue
		}
		name := ""
		if root, ok := t[0].(hcl.TraverseAttr); ok {
			name = root.Name
		}
		if r.Type.Schema.Attr(name) == nil {
			l.errorf(e.Range(), "Invalid ignore_changes", "%s has no attribute %q.%s", r.ID.Type, name, didYouMean(name, r.Type.Schema.Names()))
			continue
		}
		r.Lifecycle.Ignore = append(r.Lifecycle.Ignore, t)
	}
}

// implyProviders declares the default configuration of each provider that is
// used without a block of its own.
func (l *loader) implyProviders() {
	for _, b := range l.prog.Blocks {
		if b.Type == nil || l.prog.byID[b.Provider] != nil {
			continue
		}
		if b.Provider.Name != "" {
			l.errorf(b.Range, "Provider configuration not present", "%s uses %s, and there is no provider %q block with alias = %q.", b.ID, b.Provider, b.Provider.Type, b.Provider.Name)
			continue
		}
		l.add(&Block{ID: b.Provider, Range: b.Range, Cloud: l.catalog[b.Provider.Type], Body: &hclsyntax.Body{SrcRange: b.Range, EndRange: b.Range}})
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
				l.sources[a.Name] = sourceName(a)
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
		if v, diags := p.Value.Value(nil); !diags.HasErrors() && v.Type().FriendlyName() == "string" && v.IsKnown() && !v.IsNull() {
			parts := strings.Split(v.AsString(), "/")
			return parts[len(parts)-1]
		}
	}
	return a.Name
}

func (l *loader) cloudName(local string) string {
	if name, ok := l.sources[local]; ok {
		return name
	}
	return local
}

// TypeOf returns the type of what an address names; nil when no cloud has it.
func (c Catalog) TypeOf(a state.Addr) *providers.Type {
	name, _, _ := strings.Cut(a.Type, "_")
	cloud, ok := c[name]
	switch {
	case !ok:
		return nil
	case a.Data:
		return cloud.Data[a.Type]
	}
	return cloud.Resources[a.Type]
}
