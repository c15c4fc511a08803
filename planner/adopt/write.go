package adopt

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

// Writer writes the arguments of blocks from what objects have.
type Writer struct {
	// Link returns an expression for a value that names another object; nil when
	// there is none. A nil Link has none for any.
	Link func(a *providers.Attr, v cty.Value) hcl.Traversal
	// Secret returns an expression for a value that must not be written, or that is
	// not known; a nil Secret writes null with a comment.
	Secret func(a *providers.Attr, known bool) hcl.Traversal
	// Asked reports whether an argument is needed that no look shows. A nil Asked
	// is true of none.
	Asked func(a *providers.Attr) bool
	// Implied reports whether a value comes about without being configured, beside
	// those that the schema says. With a nil Implied all that can be configured is
	// written.
	Implied func(a *providers.Attr, v cty.Value) bool
}

// Arguments writes what a configuration may set of v: arguments by name, then
// nested blocks.
func (w Writer) Arguments(body *hclwrite.Body, s *providers.Schema, v cty.Value) {
	attrs := slices.SortedFunc(slices.Values(s.Attrs), func(x, y *providers.Attr) int {
		if (x.Block == nil) != (y.Block == nil) {
			if x.Block == nil {
				return -1
			}
			return 1
		}
		return cmp.Compare(x.Name, y.Name)
	})
	open := s.Open(v)
	for _, a := range attrs {
		word, plain := open[a.Name]
		switch {
		case !a.Configurable():
		case w.Implied != nil && a.Unless != "" && !s.Attr(a.Unless).Absent(v.GetAttr(a.Unless)).IsNull():
			// The cloud decides it then.
		case w.Asked != nil && w.Asked(a):
			body.SetAttributeTraversal(a.Name, w.Secret(a, false))
			if a.WriteOnly {
				body.SetAttributeValue(a.Name+"_version", cty.NumberIntVal(1))
			}
		case a.WriteOnly:
		case a.Block != nil:
			w.blocks(body, a, v.GetAttr(a.Name))
		case plain && !v.GetAttr(a.Name).IsNull():
			body.SetAttributeRaw(a.Name, noted(w.tokens(a, v.GetAttr(a.Name)), word))
		default:
			w.argument(body, a, v.GetAttr(a.Name))
		}
	}
}

// blocks writes the nested blocks of one kind.
func (w Writer) blocks(body *hclwrite.Body, a *providers.Attr, v cty.Value) {
	list := items(v)
	if len(list) == 0 && w.Asked != nil && slices.ContainsFunc(a.Block.Attrs, w.Asked) {
		list = []cty.Value{a.Block.Empty()}
	}
	for _, item := range list {
		if w.Implied != nil && (a.Mode == providers.Default || a.Usual == "empty") && (a.Usual == "*" || !w.says(a.Block, item)) {
			continue
		}
		block := hclwrite.NewBlock(a.Name, nil)
		w.Arguments(block.Body(), a.Block, item)
		if w.Implied != nil {
			body.AppendNewline()
		}
		body.AppendBlock(block)
	}
}

// says reports whether a block says anything that would not come about without it.
func (w Writer) says(s *providers.Schema, v cty.Value) bool {
	return slices.ContainsFunc(s.Attrs, func(a *providers.Attr) bool {
		got := v.GetAttr(a.Name)
		switch {
		case !a.Configurable() || a.WriteOnly:
			return false
		case a.Block != nil:
			return slices.ContainsFunc(items(got), func(item cty.Value) bool { return a.Mode != providers.Default || w.says(a.Block, item) })
		}
		return !a.Absent(got).IsNull() && !w.implied(a, got) && (a.Usual == "" || plain(got) != a.Usual)
	})
}

func (w Writer) argument(body *hclwrite.Body, a *providers.Attr, v cty.Value) {
	required := a.Mode == providers.Required
	switch {
	case !required && (a.Absent(v).IsNull() || w.implied(a, v)):
	case a.Sensitive && w.Secret != nil:
		body.SetAttributeTraversal(a.Name, w.Secret(a, !unknown(a, v)))
	case a.Sensitive:
		body.SetAttributeRaw(a.Name, noted(hclwrite.TokensForIdentifier("null"), "sensitive"))
	case unknown(a, v) && w.Secret != nil:
		body.SetAttributeTraversal(a.Name, w.Secret(a, false))
	case unknown(a, v):
		body.SetAttributeRaw(a.Name, noted(hclwrite.TokensForIdentifier("null"), "required, and not known from the object"))
	default:
		body.SetAttributeRaw(a.Name, w.tokens(a, v))
	}
}

// unknown reports whether the object does not tell a value.
func unknown(a *providers.Attr, v cty.Value) bool {
	return v.IsNull() || a.Blind && v.RawEquals(cty.StringVal(""))
}

// implied reports whether a configuration without the argument comes to the same.
func (w Writer) implied(a *providers.Attr, v cty.Value) bool {
	switch {
	case w.Implied == nil:
		return false
	case a.Else != cty.NilVal:
		return a.Else.RawEquals(v)
	case a.Usual == "*", a.Usual != "" && plain(v) == a.Usual:
		return true
	case a.Mode == providers.Default && (v.RawEquals(cty.StringVal("")) || v.Type().IsCollectionType() && v.LengthInt() == 0 || strings.HasPrefix(a.Doc, "Deprecated")):
		return true
	}
	return a.Mode == providers.Default && w.Implied(a, v)
}

// tokens returns v, with references in the place of what names other objects.
func (w Writer) tokens(a *providers.Attr, v cty.Value) hclwrite.Tokens {
	if w.Link == nil || len(a.Refs) == 0 {
		return hclwrite.TokensForValue(v)
	}
	if ty := v.Type(); ty.IsListType() || ty.IsSetType() {
		var items []hclwrite.Tokens
		for _, item := range v.AsValueSlice() {
			items = append(items, w.linked(a, item))
		}
		return hclwrite.TokensForTuple(items)
	}
	return w.linked(a, v)
}

func (w Writer) linked(a *providers.Attr, v cty.Value) hclwrite.Tokens {
	if t := w.Link(a, v); t != nil {
		return hclwrite.TokensForTraversal(t)
	}
	return hclwrite.TokensForValue(v)
}

// noted returns a value with a comment; without one when that is empty.
func noted(value hclwrite.Tokens, why string) hclwrite.Tokens {
	if why == "" {
		return value
	}
	return append(value, &hclwrite.Token{Type: hclsyntax.TokenComment, Bytes: []byte(" # " + why)})
}

// Comment writes lines as comments.
func Comment(body *hclwrite.Body, lines ...string) {
	for _, line := range lines {
		body.AppendUnstructuredTokens(hclwrite.Tokens{{Type: hclsyntax.TokenComment, Bytes: []byte("# " + line + "\n")}})
	}
}

// traversal returns the expression of names with dots in between.
func traversal(names ...string) hcl.Traversal {
	t := hcl.Traversal{hcl.TraverseRoot{Name: names[0]}}
	for _, name := range names[1:] {
		t = append(t, hcl.TraverseAttr{Name: name})
	}
	return t
}

// plain returns a value as text, to compare the id of an object with what names
// it elsewhere, which may be a number; "" for what is no single value.
func plain(v cty.Value) string {
	switch {
	case v.IsNull() || !v.IsKnown():
		return ""
	case v.Type() == cty.String:
		return v.AsString()
	case v.Type() == cty.Number:
		return v.AsBigFloat().Text('f', -1)
	case v.Type() == cty.Bool:
		return strconv.FormatBool(v.True())
	}
	return ""
}

// identifier returns a name that blocks can have, from what people call an
// object.
func identifier(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	text := strings.Trim(b.String(), "_")
	if text == "" || text[0] >= '0' && text[0] <= '9' {
		text = "_" + text
	}
	return text
}

// unused returns name, or name_2 and so on when that is taken.
func unused(name string, taken func(string) bool) string {
	for n, try := 2, name; ; n++ {
		if !taken(try) {
			return try
		}
		try = fmt.Sprintf("%s_%d", name, n)
	}
}
