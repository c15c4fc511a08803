package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// maxNamed bounds the names that a message lists.
const maxNamed = 10

// diagnose adds to the errors of evaluations what the value has instead of what
// was asked of it.
func diagnose(diags hcl.Diagnostics) hcl.Diagnostics {
	for i, d := range diags {
		if i >= maxHints {
			break
		}
		if d.Summary != "Unsupported attribute" && d.Summary != "Invalid index" || d.Subject == nil || d.Expression == nil || d.EvalContext == nil {
			continue
		}
		if hint := instead(d); hint != "" {
			said := *d
			said.Detail += hint
			diags[i] = &said
		}
	}
	return diags
}

// conceal takes keys that may be sensitive from the errors of evaluations: that
// of two items with one key is the only one that tells a computed value, and
// not whether it is marked.
func conceal(diags hcl.Diagnostics) hcl.Diagnostics {
	for i, d := range diags {
		if d.Summary != "Duplicate object key" || d.Expression == nil || d.EvalContext == nil || !anyMarked(d.Expression, d.EvalContext) {
			continue
		}
		said := *d
		said.Detail = "Two different items produced the same key in this 'for' expression. It is not shown because it comes from a sensitive or ephemeral value. If duplicates are expected, use the ellipsis (...) after the value expression to enable grouping by key."
		diags[i] = &said
	}
	return diags
}

// anyMarked reports whether a value that e refers to bears or holds a mark.
func anyMarked(e hcl.Expression, ctx *hcl.EvalContext) bool {
	return slices.ContainsFunc(e.Variables(), func(t hcl.Traversal) bool {
		v, diags := t.TraverseAbs(ctx)
		return diags.HasErrors() || v.ContainsMarked()
	})
}

// instead returns a sentence about what stands where d, an error about one step
// of a reference, found nothing; "" when there is nothing to say.
func instead(d *hcl.Diagnostic) string {
	for _, t := range d.Expression.Variables() {
		for i, step := range t {
			name, at, ok := stepName(step)
			if i == 0 || !ok || at != *d.Subject {
				continue
			}
			v, diags := t[:i].TraverseAbs(d.EvalContext)
			if diags.HasErrors() {
				continue
			}
			return " " + strings.TrimSpace(present(name, v))
		}
	}
	return ""
}

// stepName returns what a step of a reference asks for.
func stepName(step hcl.Traverser) (string, hcl.Range, bool) {
	switch s := step.(type) {
	case hcl.TraverseAttr:
		return s.Name, s.SrcRange, true
	case hcl.TraverseIndex:
		if s.Key.Type() == cty.String && s.Key.IsKnown() && !s.Key.IsNull() && !s.Key.IsMarked() {
			return s.Key.AsString(), s.SrcRange, true
		}
		return "", s.SrcRange, true
	}
	return "", hcl.Range{}, false
}

// present tells the names in v, and which of them may be meant by name. Keys of
// a map that bears a mark are not told.
func present(name string, v cty.Value) string {
	ty := v.Type()
	marked := v.IsMarked()
	v, _ = v.Unmark()
	var names []string
	switch {
	case ty.IsObjectType():
		for n := range ty.AttributeTypes() {
			names = append(names, n)
		}
	case marked || v.IsNull() || !v.IsKnown():
		return ""
	case ty.IsMapType():
		for k := range v.AsValueMap() {
			names = append(names, k)
		}
	case ty.IsListType() || ty.IsTupleType():
		return hasElements(v.LengthInt())
	default:
		return ""
	}
	if hint := didYouMean(name, names); hint != "" || len(names) == 0 || len(names) > maxNamed {
		return hint
	}
	slices.Sort(names)
	return fmt.Sprintf("It has %s.", strings.Join(names, ", "))
}

func hasElements(n int) string {
	switch n {
	case 0:
		return "It is empty."
	case 1:
		return "It has one element, [0]."
	}
	return fmt.Sprintf("It has %d elements, from [0] to [%d].", n, n-1)
}
