package providers

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// Mode says who decides the value of an attribute.
type Mode int

// The modes of an attribute.
const (
	Required Mode = iota // the configuration must set it
	Optional             // absent means absent
	Default              // optional; when absent the cloud decides
	Computed             // the cloud decides, the configuration may not
)

// Schema lists the attributes of a resource type, a data source, a provider
// block or a nested block, in the order of the struct they were read from.
type Schema struct {
	Attrs []*Attr

	open func(cty.Value) map[string]string
}

// Open returns the sensitive attributes of v whose values are no secret as they
// stand, each with a word on it; "" for none.
func (s *Schema) Open(v cty.Value) map[string]string {
	if s.open == nil {
		return nil
	}
	return s.open(v)
}

// Attr is one attribute or one kind of nested block.
type Attr struct {
	Name string
	Doc  string
	Type cty.Type // of the attribute; of a nested block a list or set of objects
	Mode Mode

	// Else is the value of an optional attribute that is not configured;
	// cty.NilVal when there is none.
	Else cty.Value
	// Block is the schema of a nested block; nil for an attribute.
	Block *Schema
	// Single means a nested block that expressions see as an object, null when
	// it does not stand. Its Type is a list all the same.
	Single bool
	// MaxItems bounds how often a nested block may stand; 0 means any number.
	MaxItems int
	// In lists the texts that the attribute, or each of its elements, may be; nil for
	// any. Min is the least that a number may be; cty.NilVal for any. The cloud has
	// no say in the attribute.
	In  []string
	Min cty.Value
	// After names the attributes whose change makes the cloud compute this
	// one anew, so that it is planned as unknown: attributes of the same block,
	// or of the object that it is in.
	After []string

	// Shows names attributes whose values may stand in this one: it is sensitive when
	// one of them is.
	Shows []string

	// Renders names the attribute that is to hold the text which the template gives
	// that this one names, the path of a file here; With the one that holds the values
	// for the template. The language renders it, as templatefile() does. "" for none.
	Renders, With string

	// Or names attributes of which, or this one, the configuration of a new object
	// has to set at least one.
	Or []string

	// Unless names the attribute of the same block that stands in the place of this
	// one: where it is set the cloud decides this one. "" when there is none.
	Unless string

	// Usual is the value, as text, that comes about where nothing is said, so that
	// nobody needs to say it: "empty" of a block with nothing else in it, "*" when
	// any that the cloud chooses is as good. "" when there is none.
	Usual string

	// Listed names the attribute in which the object that this one names, by Refs,
	// lists the objects that name it; "" for none.
	Listed string

	// Follows names the attribute with which lifecycle.ignore_changes ignores
	// this one, too: that of which it is what the cloud has.
	Follows string

	// Hide names the attribute that lists which attributes of this object are
	// sensitive; "" for none.
	Hide string

	Replace   bool // a change of the value replaces the object
	Sensitive bool // never printed
	Blind     bool // the API never shows it: the value in state stays
	ZeroIsSet bool // zero is a value of its own, not absence
	// Binds means that the object needs what the value names for as long as it is
	// there, also when the value is changed.
	Binds bool
	// Within means that the object is in what the value names, such as on a host: it
	// is gone when that is gone.
	Within bool
	// Sole means that no two objects can have the same value, where it is set: it
	// proves whose an object is.
	Sole bool

	// WriteOnly means that the value reaches the cloud and is kept nowhere: it is
	// null in plans and in state. An attribute of the same name with _version
	// tells when it is to be sent again.
	WriteOnly bool
	// Refs say what the value, or each element of it, names: an attribute of
	// objects of another type.
	Refs []Ref
}

// Ref is what the value of an attribute names: the attribute Attr of an object of
// the type; "*" is any type that has the attribute.
type Ref struct{ Type, Attr string }

// Attr returns the attribute called name, or nil.
func (s *Schema) Attr(name string) *Attr {
	for _, a := range s.Attrs {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// At returns the attribute at a path with dots between the blocks that it is in,
// or nil.
func (s *Schema) At(path string) *Attr {
	name, rest, within := strings.Cut(path, ".")
	a := s.Attr(name)
	if !within || a == nil || a.Block == nil {
		return a
	}
	return a.Block.At(rest)
}

// Empty returns a value with nothing set.
func (s *Schema) Empty() cty.Value {
	vals := map[string]cty.Value{}
	for _, a := range s.Attrs {
		vals[a.Name] = cty.NullVal(a.Type)
		if a.Block != nil {
			vals[a.Name] = a.BlockValue(nil)
		}
	}
	return cty.ObjectVal(vals)
}

// Names returns the names of the attributes that a configuration may set.
func (s *Schema) Names() []string {
	var names []string
	for _, a := range s.Attrs {
		if a.Mode != Computed {
			names = append(names, a.Name)
		}
	}
	return names
}

// Lacks returns what the configuration of a new object has to set and does not.
func (s *Schema) Lacks(config cty.Value) error {
	for _, a := range s.Attrs {
		if len(a.Or) == 0 {
			continue
		}
		names := append([]string{a.Name}, a.Or...)
		if !slices.ContainsFunc(names, func(name string) bool { return !config.GetAttr(name).IsNull() }) {
			return fmt.Errorf("one of %s has to be set", strings.Join(names, ", "))
		}
	}
	return nil
}

// Resends reports whether a change of the value of a only says that what is
// written and kept nowhere is to be sent again.
func (s *Schema) Resends(a *Attr) bool {
	secret, ok := strings.CutSuffix(a.Name, "_version")
	if !ok {
		return false
	}
	of := s.Attr(secret)
	return of != nil && of.WriteOnly
}

// MaySecret reports whether values of s may hold something sensitive.
func (s *Schema) MaySecret() bool {
	return slices.ContainsFunc(s.Attrs, func(a *Attr) bool {
		return a.Sensitive || a.Hide != "" || a.Block != nil && a.Block.MaySecret()
	})
}

// ImpliedType returns the object type of values of s.
func (s *Schema) ImpliedType() cty.Type {
	attrs := make(map[string]cty.Type, len(s.Attrs))
	for _, a := range s.Attrs {
		attrs[a.Name] = a.Type
	}
	return cty.Object(attrs)
}

// Configurable reports whether a configuration may set a.
func (a *Attr) Configurable() bool { return a.Mode != Computed }

// MayReplace reports whether a change of the value, or of something in the block,
// replaces the object.
func (a *Attr) MayReplace() bool {
	return a.Replace || a.Block != nil && slices.ContainsFunc(a.Block.Attrs, (*Attr).MayReplace)
}

// DecidedByCloud reports whether the cloud chooses the value when the
// configuration does not.
func (a *Attr) DecidedByCloud() bool { return a.Mode == Computed || a.Mode == Default }

// Hidden reports whether something in the value of a is sensitive when what is at
// places is, beside what the schema says.
func (a *Attr) Hidden(places []string) bool {
	return a.Sensitive || a.Holds(places) || a.Follows != "" && holds(a.Follows, places)
}

// Holds reports whether one of places is a, or in it: places are names of attributes,
// or lead into their values with a slash for each step.
func (a *Attr) Holds(places []string) bool { return holds(a.Name, places) }

func holds(name string, places []string) bool {
	return slices.ContainsFunc(places, func(place string) bool {
		rest, ok := strings.CutPrefix(place, name)
		return ok && (rest == "" || rest[0] == '/')
	})
}

// Absent returns v, or null of its type when v is the zero value of an
// attribute for which zero means absent. Terraform's providers treat "", 0,
// false and empty collections of optional attributes the same way. Of an
// attribute of any type every value counts.
func (a *Attr) Absent(v cty.Value) cty.Value {
	if a.Mode != Optional || a.ZeroIsSet || a.Else != cty.NilVal || a.Block != nil || a.Type == cty.DynamicPseudoType {
		return v
	}
	if v.IsKnown() && !v.IsNull() && isZero(v) {
		return cty.NullVal(a.Type)
	}
	return v
}

func isZero(v cty.Value) bool {
	switch ty := v.Type(); {
	case ty == cty.String:
		return v.AsString() == ""
	case ty == cty.Number:
		return v.RawEquals(cty.Zero)
	case ty == cty.Bool:
		return v.False()
	case ty.IsCollectionType():
		return v.LengthInt() == 0
	}
	return false
}

// BlockValue returns the value of a nested block from the values of its
// instances: a list, or a set when the order does not matter to the cloud.
func (a *Attr) BlockValue(items []cty.Value) cty.Value {
	elem := a.Type.ElementType()
	switch {
	case a.Type.IsSetType() && len(items) == 0:
		return cty.SetValEmpty(elem)
	case a.Type.IsSetType():
		return cty.SetVal(items)
	case len(items) == 0:
		return cty.ListValEmpty(elem)
	}
	return cty.ListVal(items)
}
