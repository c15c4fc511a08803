package fake

import (
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// decode fills the struct in points to with the call's parameters. The tag q
// names the parameter, the field's name if it is missing, and says more:
//
//	required   the parameter must be there and not empty
//	enum=a|b   one of these values
//	item=Name  what items of a list are called besides "member"; not in EC2
//
// Nested structs and lists are as in the API. Pointers tell absent from zero. A
// parameter that no field takes is refused.
func (q *call) decode(in any) error {
	d := decoder{form: q.form, dialect: q.dialect, groups: groupsOf(q.form), used: map[string]bool{"Action": true, "Version": true}}
	if err := d.structure(reflect.ValueOf(in).Elem(), ""); err != nil {
		return err
	}
	var left []string
	for name := range q.form {
		if !d.used[name] && !strings.HasPrefix(name, "X-Amz-") {
			left = append(left, name)
		}
	}
	if len(left) > 0 {
		return refusal("UnknownParameter", "The parameter %s is not recognized", slices.Min(left))
	}
	return nil
}

// decoder walks over a struct and takes its parameters.
type decoder struct {
	form    url.Values
	dialect dialect
	groups  map[string][]string // the names one level below a name
	used    map[string]bool
}

// groupsOf cuts the form's names at their dots: "A.1.B" gives A: 1, A.1: B.
func groupsOf(form url.Values) map[string][]string {
	groups := map[string][]string{}
	for name := range form {
		for at := strings.LastIndexByte(name, '.'); at > 0; at = strings.LastIndexByte(name, '.') {
			parent, child := name[:at], name[at+1:]
			if !slices.Contains(groups[parent], child) {
				groups[parent] = append(groups[parent], child)
			}
			name = parent
		}
	}
	return groups
}

// there tells whether a parameter or one below it was sent.
func (d *decoder) there(name string) bool { return d.form.Has(name) || len(d.groups[name]) > 0 }

// option is a field's tag.
type option struct {
	name     string
	required bool
	enum     []string
	item     string
}

func optionOf(f reflect.StructField) option {
	parts := strings.Split(f.Tag.Get("q"), ",")
	o := option{name: parts[0], item: "member"}
	if o.name == "" {
		o.name = f.Name
	}
	for _, p := range parts[1:] {
		key, value, _ := strings.Cut(p, "=")
		switch key {
		case "required":
			o.required = true
		case "enum":
			o.enum = strings.Split(value, "|")
		case "item":
			o.item = value
		default:
			panic(fmt.Sprintf("field %s: unknown option %q", f.Name, p))
		}
	}
	return o
}

// structure fills v from the parameters below prefix.
func (d *decoder) structure(v reflect.Value, prefix string) error {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous {
			if err := d.structure(v.Field(i), prefix); err != nil {
				return err
			}
			continue
		}
		o := optionOf(f)
		o.name = prefix + o.name
		if o.required && (!d.there(o.name) || d.form.Has(o.name) && d.form.Get(o.name) == "") {
			return d.dialect.missing(o.name)
		}
		if !d.there(o.name) {
			continue
		}
		if err := d.value(v.Field(i), o); err != nil {
			return err
		}
	}
	return nil
}

// value fills v from the parameter o names, which is there.
func (d *decoder) value(v reflect.Value, o option) error {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		return d.scalar(v, o)
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return d.value(v.Elem(), o)
	case v.Kind() == reflect.Struct:
		return d.structure(v, o.name+".")
	case v.Kind() == reflect.Slice:
		return d.list(v, o)
	}
	return d.scalar(v, o)
}

// list fills v from name.1, name.2 and so on, or name.member.1 outside EC2.
// Outside EC2 the name alone, without a value, is an empty list.
func (d *decoder) list(v reflect.Value, o option) error {
	base := o.name
	if !d.dialect.ec2 {
		if d.form.Has(o.name) && d.form.Get(o.name) == "" {
			d.used[o.name] = true
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		base += "." + o.item
		if len(d.groups[base]) == 0 {
			base = o.name + ".member"
		}
	}
	var numbers []int
	for _, child := range d.groups[base] {
		if n, err := strconv.Atoi(child); err == nil && n > 0 {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		item := reflect.New(v.Type().Elem()).Elem()
		if err := d.value(item, option{name: base + "." + strconv.Itoa(n), enum: o.enum}); err != nil {
			return err
		}
		v.Set(reflect.Append(v, item))
	}
	return nil
}

func (d *decoder) scalar(v reflect.Value, o option) error {
	if !d.form.Has(o.name) {
		return nil // something below the name was sent: it is refused as unknown
	}
	d.used[o.name] = true
	text := d.form.Get(o.name)
	if o.enum != nil && !slices.Contains(o.enum, text) {
		return refusal("InvalidParameterValue", "Value (%s) for parameter %s is invalid. Valid values: %s", text, o.name, strings.Join(o.enum, ", "))
	}
	var err error
	switch p := v.Addr().Interface().(type) {
	case *string:
		*p = text
	case *int:
		*p, err = strconv.Atoi(text)
	case *bool:
		*p, err = parseBool(text)
	case *time.Time:
		*p, err = time.Parse(time.RFC3339, text)
	default:
		panic(fmt.Sprintf("parameter %s: cannot read a %s", o.name, v.Type()))
	}
	if err != nil {
		return refusal("InvalidParameterValue", "Invalid value '%s' for %s", text, o.name)
	}
	return nil
}

// parseBool knows fewer spellings than strconv.ParseBool.
func parseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true", "1":
		return true, nil
	case "false", "0":
		return false, nil
	}
	return false, strconv.ErrSyntax
}
