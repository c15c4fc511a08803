package providers

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// SchemaOf reads the schema off the tags of a struct:
//
//	Size string `cty:"size" is:"required" doc:"Slug of the size."`
//
// Words of the is tag: required, optional, default, computed, replace,
// sensitive, blind, binds, within, writeonly, set, single, else=VALUE, max=N, min=N, in=A|B, follows=ATTR, hide=ATTR,
// after=ATTR, or=ATTR, listed=ATTR, shows=ATTR, unless=ATTR, renders=ATTR, with=ATTR and ref=TYPE.ATTR (may be repeated). The tag usual holds the value
// that clouds choose. A slice of structs that can be configured is a nested
// block. A field of type cty.Value is an attribute of any type. The attributes of an
// embedded struct stand in its place. It panics on a tag that makes no sense: that
// is a bug of ours, seen by every test.
func SchemaOf(t reflect.Type) *Schema {
	s := &Schema{open: openOf(t)}
	for _, f := range Fields(t) {
		s.Attrs = append(s.Attrs, attrOf(t, f))
	}
	for _, a := range s.Attrs {
		if a.Renders != "" && (s.Attr(a.Renders) == nil || s.Attr(a.With) == nil) {
			panic(fmt.Sprintf("%s.%s: renders and with name attributes", t, a.Name))
		}
	}
	return s
}

func attrOf(t reflect.Type, f Field) *Attr {
	a := &Attr{Name: f.Attr, Doc: f.Tag.Get("doc"), Usual: f.Tag.Get("usual"), ZeroIsSet: f.Type.Kind() == reflect.Pointer}
	set := false
	for word := range strings.SplitSeq(f.Tag.Get("is"), ",") {
		key, arg, _ := strings.Cut(word, "=")
		switch key {
		case "required":
			a.Mode = Required
		case "optional":
			a.Mode = Optional
		case "default":
			a.Mode = Default
		case "computed":
			a.Mode = Computed
		case "replace":
			a.Replace = true
		case "sensitive":
			a.Sensitive = true
		case "blind":
			a.Blind = true
		case "binds":
			a.Binds = true
		case "within":
			a.Within = true
		case "sole":
			a.Sole = true
		case "writeonly":
			a.WriteOnly, a.Sensitive = true, true
		case "ref":
			to, attr, ok := strings.Cut(arg, ".")
			if !ok {
				attr = "id"
			}
			a.Refs = append(a.Refs, Ref{to, attr})
		case "set":
			set = true
		case "single":
			a.Single, a.MaxItems = true, 1
		case "else":
			a.Mode, a.Else = Optional, literal(f.Type, arg)
		case "max":
			a.MaxItems, _ = strconv.Atoi(arg)
		case "min":
			a.Min = literal(reflect.TypeFor[int](), arg)
		case "in":
			a.In = strings.Split(arg, "|")
		case "follows":
			a.Follows = arg
		case "listed":
			a.Listed = arg
		case "hide":
			a.Hide = arg
		case "or":
			a.Or = append(a.Or, arg)
		case "shows":
			a.Shows = append(a.Shows, arg)
		case "unless":
			a.Unless = arg
		case "renders":
			a.Renders = arg
		case "with":
			a.With = arg
		case "after":
			a.After = append(a.After, arg)
		default:
			panic(fmt.Sprintf("%s.%s: unknown word %q in the is tag", t, f.Name, word))
		}
	}
	a.Type = ctyType(f.Type, set)
	if a.Within && (a.Type != cty.String || !slices.ContainsFunc(a.Refs, func(r Ref) bool { return r.Attr == "id" })) {
		panic(fmt.Sprintf("%s.%s: within needs a text and the ref to an id", t, f.Name))
	}
	if (a.In != nil || a.Min != cty.NilVal) && a.Mode != Required && a.Mode != Optional {
		panic(fmt.Sprintf("%s.%s: in and min bind what is configured, and the cloud may choose this", t, f.Name))
	}
	if isStructSlice(f.Type) && a.Mode != Computed {
		a.Block = SchemaOf(f.Type.Elem())
	}
	return a
}

// Opener is implemented by structs of which a sensitive attribute may hold what is
// no secret as it stands, such as what the cloud has sealed.
type Opener interface {
	// Open returns the names of these attributes, each with a word on it for who
	// reads them in a file; "" for none.
	Open() map[string]string
}

// openOf returns Open on the values of a struct; nil when it has none.
func openOf(t reflect.Type) func(cty.Value) map[string]string {
	if !t.Implements(reflect.TypeFor[Opener]()) {
		return nil
	}
	return func(v cty.Value) map[string]string {
		x := reflect.New(t).Elem()
		if decode(v, x) != nil {
			return nil
		}
		return x.Interface().(Opener).Open()
	}
}

// anyType is the Go type of fields that hold a value of any type.
var anyType = reflect.TypeFor[cty.Value]()

func isStructSlice(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct && t.Elem() != anyType
}

func literal(t reflect.Type, text string) cty.Value {
	switch t.Kind() {
	case reflect.String:
		return cty.StringVal(text)
	case reflect.Bool:
		return cty.BoolVal(text == "true")
	case reflect.Int, reflect.Int64:
		return cty.MustParseNumberVal(text)
	}
	panic(fmt.Sprintf("else=%s: %s has no literals", text, t))
}

func ctyType(t reflect.Type, set bool) cty.Type {
	if t == anyType {
		return cty.DynamicPseudoType
	}
	switch t.Kind() {
	case reflect.Pointer:
		return ctyType(t.Elem(), set)
	case reflect.String:
		return cty.String
	case reflect.Bool:
		return cty.Bool
	case reflect.Int, reflect.Int64, reflect.Float64:
		return cty.Number
	case reflect.Map:
		return cty.Map(ctyType(t.Elem(), false))
	case reflect.Struct:
		return SchemaOf(t).ImpliedType()
	case reflect.Slice:
		if set {
			return cty.Set(ctyType(t.Elem(), false))
		}
		return cty.List(ctyType(t.Elem(), false))
	}
	panic(fmt.Sprintf("no cty type for %s", t))
}
