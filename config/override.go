package config

import (
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// isOverride reports whether the blocks of a file change those of the others:
// override.tf and *_override.tf, also as .tf.json.
func isOverride(name string) bool {
	name = strings.TrimSuffix(name, ".json")
	base := strings.TrimSuffix(name, path.Ext(name))
	return base == "override" || strings.HasSuffix(base, "_override")
}

// override merges the blocks of an override file into those of the other files:
// arguments replace arguments, nested blocks replace all of their type, except
// that lifecycle and what stands in terraform and locals is merged.
func (l *loader) override(bodies []*hclsyntax.Body, by *hclsyntax.Body) {
	for _, b := range by.Blocks {
		if b.Type == "locals" {
			l.overrideLocals(bodies, b)
			continue
		}
		for _, c := range conditions(b) {
			l.errorf(c.DefRange(), "Cannot override '"+c.Type+"' blocks", "%s blocks stand in normal files only, not in override files: what they check holds with and without those.", c.Type)
		}
		base := findBlock(bodies, b)
		switch {
		case base != nil:
			mergeBody(base.Body, b.Body, b.Type == "terraform")
		case b.Type == "terraform" && len(bodies) > 0:
			bodies[0].Blocks = append(bodies[0].Blocks, b)
		case len(b.Labels) == 0:
			l.errorf(b.DefRange(), "Cannot override '"+b.Type+"' blocks", "%s blocks stand in normal files only, not in override files.", b.Type)
		default:
			l.errorf(b.DefRange(), missingBase(b.Type), "There is no %s block %q in the other files that this one could override.", b.Type, strings.Join(b.Labels, " "))
		}
	}
}

// conditions returns b, if it is a check, and the blocks in it that are conditions.
func conditions(b *hclsyntax.Block) []*hclsyntax.Block {
	if b.Type == "check" {
		return []*hclsyntax.Block{b}
	}
	var found []*hclsyntax.Block
	for _, in := range b.Body.Blocks {
		switch in.Type {
		case "lifecycle":
			found = append(found, conditions(in)...)
		case "validation", "precondition", "postcondition":
			if b.Type == "variable" || b.Type == "output" || b.Type == "lifecycle" {
				found = append(found, in)
			}
		}
	}
	return found
}

// missingBase returns what is wrong with an override of nothing.
func missingBase(block string) string {
	switch block {
	case "variable":
		return "Missing base variable declaration to override"
	case "output":
		return "Missing base output definition to override"
	case "module":
		return "Missing module call to override"
	}
	return "Missing " + block + " to override"
}

// findBlock returns the block that b overrides, or nil.
func findBlock(bodies []*hclsyntax.Body, b *hclsyntax.Block) *hclsyntax.Block {
	for _, body := range bodies {
		for _, other := range body.Blocks {
			if other.Type == b.Type && slices.Equal(other.Labels, b.Labels) && (b.Type != "provider" || sameAlias(other, b)) {
				return other
			}
		}
	}
	return nil
}

func sameAlias(a, b *hclsyntax.Block) bool {
	return aliasText(a) == aliasText(b)
}

func aliasText(b *hclsyntax.Block) string {
	a := b.Body.Attributes["alias"]
	if a == nil {
		return ""
	}
	v, diags := a.Expr.Value(nil)
	if diags.HasErrors() || !v.IsKnown() || v.IsNull() || v.Type().FriendlyName() != "string" {
		return ""
	}
	return v.AsString()
}

func (l *loader) overrideLocals(bodies []*hclsyntax.Body, b *hclsyntax.Block) {
	for _, a := range sortedAttributes(b.Body) {
		found := false
		for _, body := range bodies {
			for _, other := range body.Blocks {
				if other.Type == "locals" && other.Body.Attributes[a.Name] != nil {
					other.Body.Attributes[a.Name], found = a, true
				}
			}
		}
		if !found {
			l.errorf(a.NameRange, "Missing base local value definition to override", "There is no local value %q in the other files that this one could override.", a.Name)
		}
	}
}

// mergeBody puts what by holds into base. all merges nested blocks, too.
func mergeBody(base, by *hclsyntax.Body, all bool) {
	for name, a := range by.Attributes {
		base.Attributes[name] = a
		// A dynamic block or the like is no argument: only count and for_each
		// exclude each other.
		if other := map[string]string{"count": "for_each", "for_each": "count"}[name]; other != "" {
			delete(base.Attributes, other)
		}
	}
	replaced := map[string]bool{}
	for _, b := range by.Blocks {
		i := slices.IndexFunc(base.Blocks, func(o *hclsyntax.Block) bool { return o.Type == b.Type && slices.Equal(o.Labels, b.Labels) })
		if i >= 0 && !replaced[b.Type] && (all || b.Type == "lifecycle") {
			mergeBody(base.Blocks[i].Body, b.Body, all)
			continue
		}
		if !replaced[b.Type] {
			replaced[b.Type] = true
			base.Blocks = slices.DeleteFunc(base.Blocks, func(o *hclsyntax.Block) bool { return blockName(o) == blockName(b) })
		}
		base.Blocks = append(base.Blocks, b)
	}
}

// blockName returns the type of nested blocks that b stands for.
func blockName(b *hclsyntax.Block) string {
	if b.Type == "dynamic" && len(b.Labels) == 1 {
		return b.Labels[0]
	}
	return b.Type
}
