package config

import (
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// metaArguments and metaBlocks belong to the language, not to a type's schema.
var (
	metaArguments = []string{"count", "for_each", "depends_on", "provider"}
	metaBlocks    = []string{"lifecycle", "timeouts", "provisioner", "connection"}
)

func (l *loader) resource(b *hclsyntax.Block) { l.instances(b, Resource) }

func (l *loader) data(b *hclsyntax.Block) { l.instances(b, Data) }

// instances reads a resource or data block. It returns nil when that failed.
func (l *loader) instances(b *hclsyntax.Block, kind Kind) *Block {
	r := &Block{ID: ID{Module: l.mod.Path, Kind: kind, Type: b.Labels[0], Name: b.Labels[1]}, Range: b.DefRange()}
	if !l.typeOf(r, b) {
		return nil
	}
	l.repetition(r, b.Body)
	seen := map[string]bool{}
	for _, sub := range b.Body.Blocks {
		if seen[sub.Type] && (sub.Type == "lifecycle" || sub.Type == "connection") {
			l.errorf(sub.DefRange(), "Duplicate "+sub.Type+" block", "%s has a %s block already: put both together.", r.ID, sub.Type)
		}
		seen[sub.Type] = true
		switch sub.Type {
		case "lifecycle":
			l.lifecycle(r, sub)
		case "timeouts":
			l.timeouts(r, sub)
		case "provisioner":
			l.provisioner(r, sub)
		case "connection":
			r.Connection = sub.Body
		}
	}
	l.leavingConnection(r.Provisioners, r.Connection)
	r.Body = without(b.Body, l.reserved(r, metaArguments), l.reserved(r, metaBlocks))
	r.explicit = l.dependsOn(b.Body)
	if !l.add(r) {
		return nil
	}
	return r
}

// reserved returns the names among meta that the language keeps for itself in
// b: those of blocks that a schema defines belong to the type.
func (l *loader) reserved(b *Block, meta []string) []string {
	return slices.DeleteFunc(slices.Clone(meta), func(name string) bool {
		return b.ID.Kind == Data && (name == "provisioner" || name == "connection") || b.Type.Schema.Attr(name) != nil && name != "provider"
	})
}

// repetition reads how often b is to be there.
func (l *loader) repetition(b *Block, body *hclsyntax.Body) {
	if a := body.Attributes["count"]; a != nil {
		b.Count = a.Expr
	}
	if a := body.Attributes["for_each"]; a != nil {
		b.ForEach = a.Expr
		if b.Count != nil {
			l.errorf(a.NameRange, "Invalid combination of \"count\" and \"for_each\"", "A block has either count or for_each, not both.")
		}
	}
	if b.Enabled != nil && (b.Count != nil || b.ForEach != nil) {
		l.errorf(b.Enabled.Range(), "Invalid combination of \"enabled\" with \"count\" or \"for_each\"", "enabled is for what is there once or not at all.")
	}
}

// timeouts reads how long the operations on an object may take.
func (l *loader) timeouts(r *Block, b *hclsyntax.Block) {
	if r.Type.Kept {
		l.errorf(b.DefRange(), "Unsupported block type", "%s has no timeouts: no cloud makes it.", r.ID.Type)
		return
	}
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
	r.Provider.ID = ID{Kind: Provider, Type: l.cloudName(local)}
	if a := b.Body.Attributes["provider"]; a != nil {
		p, key, ok := l.providerName(a.Expr)
		if !ok {
			return false
		}
		r.Provider = ProviderRef{ID: ID{Kind: Provider, Type: p.typ, Name: p.alias}, Key: key}
	}
	cloud := l.catalog.Of(r.Provider.ID.Type)
	if cloud == nil {
		l.unknownProvider(b.LabelRanges[0], local)
		return false
	}
	types, what := cloud.Resources, "resource type"
	if r.ID.Kind == Data {
		types, what = cloud.Data, "data source"
	}
	if r.Type = types.Of(r.ID.Type); r.Type == nil {
		names := make([]string, 0, len(types))
		for n := range types {
			names = append(names, n)
		}
		l.errorf(b.LabelRanges[0], "Invalid "+what, "The provider %s has no %s %q.%s", cloud.Name, what, r.ID.Type, didYouMean(r.ID.Type, names))
		return false
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
		t, diags := hcl.AbsTraversalForExpr(unquoted(e))
		l.diags = append(l.diags, diags...)
		if diags.HasErrors() {
			continue
		}
		id, rest, ok := target(l.mod.Path, t)
		if id.Kind == Output {
			id = callID(id.Module)
		}
		switch {
		case !ok:
			l.errorf(e.Range(), "Invalid depends_on reference", "depends_on lists resources, data sources and modules, such as digitalocean_vpc.main or module.net.")
		case id.Kind != Call && namesAttribute(rest):
			l.errorf(e.Range(), "Invalid depends_on reference", "depends_on means whole resources: remove what follows %s.", id)
		default:
			needs = append(needs, id)
		}
	}
	return needs
}

// namesAttribute reports whether rest, which follows the name of a block, goes
// on after an instance key.
func namesAttribute(rest hcl.Traversal) bool {
	if len(rest) > 0 {
		if _, ok := rest[0].(hcl.TraverseIndex); ok {
			rest = rest[1:]
		}
	}
	return len(rest) > 0
}

func (l *loader) lifecycle(r *Block, b *hclsyntax.Block) {
	lc := &r.Lifecycle
	names := []string{"create_before_destroy", "prevent_destroy", "ignore_changes", "replace_triggered_by", "destroy", "enabled", "adopt"}
	if r.ID.Kind == Data {
		names = []string{"enabled"}
	}
	attrs := l.attributes(b, names, []string{"precondition", "postcondition"})
	l.literal(attrs["create_before_destroy"], &lc.CreateBeforeDestroy)
	if a := attrs["prevent_destroy"]; a != nil {
		lc.PreventDestroy = a.Expr
	}
	if a := attrs["destroy"]; a != nil {
		destroy := true
		l.literal(a, &destroy)
		lc.Keep = !destroy
	}
	if a := attrs["adopt"]; a != nil {
		l.adopt(r, a)
	}
	if a := attrs["enabled"]; a != nil {
		if r.Enabled = a.Expr; r.Count != nil || r.ForEach != nil {
			l.errorf(a.NameRange, "Invalid combination of \"enabled\" with \"count\" or \"for_each\"", "enabled is for what is there once or not at all.")
		}
	}
	if a := attrs["ignore_changes"]; a != nil {
		lc.IgnoreChanges = a.Expr
		l.checkIgnored(r, a.Expr)
	}
	if a := attrs["replace_triggered_by"]; a != nil {
		exprs, diags := hcl.ExprList(a.Expr)
		l.diags = append(l.diags, diags...)
		lc.ReplaceTriggeredBy = exprs
		l.checkTriggers(exprs)
	}
	for _, sub := range b.Body.Blocks {
		when := Before
		if sub.Type == "postcondition" {
			when = After
		}
		r.Conditions = append(r.Conditions, l.condition(sub, when)...)
	}
}

// adopt reads lifecycle.adopt, whose only value is "if_exists".
func (l *loader) adopt(r *Block, a *hclsyntax.Attribute) {
	text := ""
	l.literal(a, &text)
	switch {
	case text == "":
	case text != "if_exists":
		l.errorf(a.Expr.Range(), "Invalid adopt argument", "adopt = %q: the one way is \"if_exists\", which takes over the object that is there, and makes it where there is none.", text)
	case !r.Type.HasNatural():
		l.errorf(a.Expr.Range(), "Invalid adopt argument", "Nothing but its id tells a %s apart from another: take it over with an import block.", r.ID.Type)
	default:
		r.Lifecycle.Adopt = true
	}
}

// checkTriggers refuses what has no changes that a plan could show.
func (l *loader) checkTriggers(exprs []hcl.Expression) {
	for _, e := range exprs {
		if !slices.ContainsFunc(e.Variables(), func(t hcl.Traversal) bool {
			id, _, ok := target(l.mod.Path, t)
			return ok && id.Kind == Resource
		}) {
			l.errorf(e.Range(), "Invalid replace_triggered_by expression", "replace_triggered_by lists resources and their attributes, such as digitalocean_vpc.main or digitalocean_vpc.main.id. Put other values into a terraform_data resource and name that.")
		}
	}
}
