package view

import (
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
)

// Hidden stands for a value that is not shown.
const Hidden = "(sensitive value)"

// Value returns v in the syntax of expressions, as outputs are written. Values
// that bear the mark of sensitive ones are not shown.
func Value(v cty.Value) string { return expression(v, 0) }

func expression(v cty.Value, in int) string {
	if v.HasMark(config.Sensitive) {
		return Hidden
	}
	v, _ = v.Unmark()
	switch {
	case v == cty.NilVal:
		return "null"
	case !v.IsKnown():
		return "(known after apply)"
	case v.IsNull():
		return nullText(v.Type())
	}
	switch shapeOf(v) {
	case text:
		return stringText(v.AsString(), in)
	case mapping, object:
		s := mappingText(v, in)
		if v.Type().IsMapType() {
			s = "tomap(" + s + ")"
		}
		return s
	case sequence, set:
		s := sequenceText(v, in)
		switch {
		case v.Type().IsListType():
			s = "tolist(" + s + ")"
		case v.Type().IsSetType():
			s = "toset(" + s + ")"
		}
		return s
	}
	return pen{}.scalar(v)
}

func nullText(ty cty.Type) string {
	switch {
	case ty == cty.DynamicPseudoType:
		return "null"
	case ty.IsPrimitiveType():
		return "to" + ty.FriendlyName() + "(null)"
	case ty.IsListType():
		return "tolist(null) /* of " + ty.ElementType().FriendlyName() + " */"
	case ty.IsSetType():
		return "toset(null) /* of " + ty.ElementType().FriendlyName() + " */"
	case ty.IsMapType():
		return "tomap(null) /* of " + ty.ElementType().FriendlyName() + " */"
	}
	return "null /* " + ty.FriendlyName() + " */"
}

func stringText(s string, in int) string {
	if !strings.Contains(s, "\n") {
		return quote(s)
	}
	start, end := "<<", "EOT"
	if in > 0 {
		start = "<<-"
	}
	parts := strings.Split(s, "\n")
	for i := 0; i < len(parts); i++ {
		if strings.TrimSpace(parts[i]) == end {
			end, i = end+"_", -1
		}
	}
	gap := strings.Repeat(" ", in)
	var b strings.Builder
	b.WriteString(start + end)
	for _, line := range parts {
		b.WriteString("\n" + gap + Clean(line))
	}
	b.WriteString("\n" + gap + end)
	return b.String()
}

func mappingText(v cty.Value, in int) string {
	if v.LengthInt() == 0 {
		return "{}"
	}
	var b strings.Builder
	gap := strings.Repeat(" ", in)
	for k, e := range v.Elements() {
		fmt.Fprintf(&b, "\n%s  %s = %s", gap, quote(k.AsString()), expression(e, in+2))
	}
	return "{" + b.String() + "\n" + gap + "}"
}

func sequenceText(v cty.Value, in int) string {
	if v.LengthInt() == 0 {
		return "[]"
	}
	var b strings.Builder
	gap := strings.Repeat(" ", in)
	for _, e := range v.Elements() {
		fmt.Fprintf(&b, "\n%s  %s,", gap, expression(e, in+2))
	}
	return "[" + b.String() + "\n" + gap + "]"
}
