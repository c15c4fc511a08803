package view

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
)

// references returns what the expression of a diagnostic refers to, sorted.
func references(d *hcl.Diagnostic) []reference {
	list := []reference{}
	if d.Expression == nil || d.EvalContext == nil {
		return list
	}
	for _, t := range d.Expression.Variables() {
		// The whole reference may be what is wrong: say what is known of its
		// longest part that has a value.
		for ; len(t) > 0; t = t[:len(t)-1] {
			v, diags := t.TraverseAbs(d.EvalContext)
			if diags.HasErrors() {
				continue
			}
			list = append(list, reference{traversalText(t), statement(v)})
			break
		}
	}
	slices.SortFunc(list, func(a, b reference) int { return strings.Compare(a.Traversal, b.Traversal) })
	return slices.CompactFunc(list, func(a, b reference) bool { return a.Traversal == b.Traversal })
}

func traversalText(t hcl.Traversal) string {
	var b strings.Builder
	for _, step := range t {
		switch s := step.(type) {
		case hcl.TraverseRoot:
			b.WriteString(s.Name)
		case hcl.TraverseAttr:
			b.WriteString("." + s.Name)
		case hcl.TraverseIndex:
			b.WriteString("[" + brief(s.Key) + "]")
		}
	}
	return b.String()
}

// statement says of a value what helps to understand an error about it. Of a
// value with any mark it says nothing.
func statement(v cty.Value) string {
	switch {
	case v.HasMark(config.Ephemeral):
		return "has an ephemeral value"
	case v.IsMarked():
		return "has a sensitive value"
	}
	if !v.IsKnown() {
		if v.Type() == cty.DynamicPseudoType {
			return "will be known only after apply"
		}
		return "is a " + v.Type().FriendlyName() + ", known only after apply"
	}
	return "is " + brief(v)
}

// brief describes a value on one line. Of collections it tells only the size:
// their elements may be sensitive.
func brief(v cty.Value) string {
	if v.IsMarked() {
		return Hidden
	}
	if !v.IsKnown() {
		return "(not yet known)"
	}
	if v.IsNull() {
		return "null"
	}
	switch ty := v.Type(); {
	case ty == cty.String:
		return shortened(v.AsString())
	case ty == cty.Number:
		return v.AsBigFloat().Text('g', 10)
	case ty == cty.Bool:
		return fmt.Sprint(v.True())
	case ty.IsObjectType():
		return objectSize(ty)
	case ty.IsCollectionType() || ty.IsTupleType():
		return collectionSize(v)
	}
	return v.Type().FriendlyName()
}

// maxText bounds the characters that are shown of a text or a name.
const maxText = 100

// shortened returns s in quotes; of a long text only the beginning, and how
// long it is.
func shortened(s string) string {
	if len(s) <= maxText {
		return quote(s)
	}
	n := 0
	for i := range s {
		if n == maxText {
			return fmt.Sprintf("%s… (%d characters)", quote(s[:i]), utf8.RuneCountInString(s))
		}
		n++
	}
	return quote(s)
}

func objectSize(ty cty.Type) string {
	names := ty.AttributeTypes()
	switch len(names) {
	case 0:
		return "object with no attributes"
	case 1:
		for name := range names {
			return "object with 1 attribute " + shortened(name)
		}
	}
	return fmt.Sprintf("object with %d attributes", len(names))
}

func collectionSize(v cty.Value) string {
	name := v.Type().FriendlyName()
	switch n := v.LengthInt(); n {
	case 0:
		return "empty " + name
	case 1:
		return name + " with 1 element"
	default:
		return fmt.Sprintf("%s with %d elements", name, n)
	}
}

// calling returns the signature of the function whose call has failed, "" for
// none.
func calling(d *hcl.Diagnostic) string {
	call, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d)
	if !ok || call.CalledFunctionName() == "" || d.EvalContext == nil {
		return ""
	}
	name := call.CalledFunctionName()
	f, ok := d.EvalContext.Functions[name]
	if !ok {
		return ""
	}
	var params []string
	for _, p := range f.Params() {
		params = append(params, p.Name)
	}
	if p := f.VarParam(); p != nil {
		params = append(params, p.Name+"...")
	}
	return name + "(" + strings.Join(params, ", ") + ")"
}
