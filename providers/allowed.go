package providers

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// allows returns what is known of v and none of the values that its attribute may
// have.
func (s *Schema) allows(v cty.Value) error {
	for _, a := range s.Attrs {
		if err := a.allows(v.GetAttr(a.Name)); err != nil {
			return err
		}
	}
	return nil
}

func (a *Attr) allows(v cty.Value) error {
	switch {
	case !v.IsKnown() || v.IsNull() || a.Block == nil && a.In == nil && a.Min == cty.NilVal:
		return nil
	case v.CanIterateElements() && !a.Type.IsMapType():
		for _, item := range v.Elements() {
			if err := a.allowsItem(item); err != nil {
				return err
			}
		}
		return nil
	case a.Min != cty.NilVal && v.LessThan(a.Min).True():
		return fmt.Errorf("%s is %s: it must be at least %s", a.Name, number(v), number(a.Min))
	case !a.isIn(v):
		return fmt.Errorf("%s is %q: it must be %s", a.Name, v.AsString(), strings.Join(a.In, " or "))
	}
	return nil
}

// allowsItem is allows for an element or a block of a.
func (a *Attr) allowsItem(v cty.Value) error {
	switch {
	case !v.IsKnown() || v.IsNull():
		return nil
	case a.Block != nil:
		return a.Block.allows(v)
	case !a.isIn(v):
		return fmt.Errorf("%s holds %q: it may hold %s", a.Name, v.AsString(), strings.Join(a.In, ", "))
	}
	return nil
}

// isIn reports whether a may be the text v. An empty text is as good as none where
// nothing need be said.
func (a *Attr) isIn(v cty.Value) bool {
	if a.In == nil {
		return true
	}
	text := v.AsString()
	none := text == "" && a.Mode == Optional && a.Else == cty.NilVal && !a.ZeroIsSet
	return none || slices.Contains(a.In, text)
}

// number returns a number as it is written.
func number(v cty.Value) string { return v.AsBigFloat().Text('f', -1) }
