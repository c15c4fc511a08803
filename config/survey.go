package config

import "github.com/zclconf/go-cty/cty"

// Every value that an expression gives is looked through, so this goes through
// the attributes of objects by their names: cty's iterator sorts them and makes a
// value of each.

// survey is what one walk through a value finds in it.
type survey struct {
	left     int  // elements that it may still have
	text     int  // bytes of text in it, but for lists and maps of texts
	sorted   int  // elements of sets in it
	beyond   bool // holds a number out of bounds
	infinite bool // holds the result of a division by zero
}

// take looks through v and reports whether it has at most levels, and no more
// elements than are left, counted as often as they stand in it.
func (s *survey) take(v cty.Value, levels int) bool {
	s.left--
	if s.left < 0 || levels < 0 {
		return false
	}
	v, _ = unmarked(v)
	ty := v.Type()
	if v == cty.NilVal || v.IsNull() || !v.IsKnown() {
		return true
	}
	if ty.IsSetType() {
		s.sorted += v.LengthInt()
	}
	switch {
	case ty == cty.String:
		s.text += len(v.AsString())
	case ty == cty.Number:
		f := v.AsBigFloat()
		s.infinite = s.infinite || f.IsInf()
		s.beyond = s.beyond || beyondBounds(f)
	case ty.IsObjectType():
		for name := range ty.AttributeTypes() {
			if !s.take(v.GetAttr(name), levels-1) {
				return false
			}
		}
	case ty.IsCollectionType() && (ty.ElementType() == cty.String || ty.ElementType() == cty.Bool):
		s.left -= v.LengthInt()
		return s.left >= 0
	case v.CanIterateElements() && v.LengthInt() > 0:
		for _, e := range v.Elements() {
			if !s.take(e, levels-1) {
				return false
			}
		}
	}
	return true
}

// HasMark reports whether v or something in it bears m.
func HasMark(v cty.Value, m any) bool {
	return marked(v, func(marks cty.ValueMarks) bool { _, ok := marks[m]; return ok })
}

// Marked reports whether v or something in it bears a mark.
func Marked(v cty.Value) bool {
	return marked(v, func(cty.ValueMarks) bool { return true })
}

// marked reports whether v or something in it bears marks for which is holds.
func marked(v cty.Value, is func(cty.ValueMarks) bool) bool {
	v, marks := unmarked(v)
	if len(marks) > 0 && is(marks) {
		return true
	}
	ty := v.Type()
	switch {
	case v == cty.NilVal || v.IsNull() || !v.IsKnown() || ty.IsPrimitiveType() || ty.IsSetType(): // a set bears the marks of what is in it
	case ty.IsObjectType():
		for name := range ty.AttributeTypes() {
			if marked(v.GetAttr(name), is) {
				return true
			}
		}
	case v.CanIterateElements() && v.LengthInt() > 0:
		for _, e := range v.Elements() {
			if marked(e, is) {
				return true
			}
		}
	}
	return false
}

// unmarked returns v without its own marks, and these: nil when there are none,
// where cty makes a map.
func unmarked(v cty.Value) (cty.Value, cty.ValueMarks) {
	if !v.IsMarked() {
		return v, nil
	}
	return v.Unmark()
}
