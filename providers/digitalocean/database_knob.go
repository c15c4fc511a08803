package digitalocean

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// knob is one setting: a field of a tagged struct that the API knows by key.
// The fields are pointers, nil when nothing is said, or blocks of such fields.
//
//	Timeout *int `cty:"timeout" is:"default" in:"0..31536000" doc:"…"`
//
// api is the key, absent when it is the name; ",integer" after it says that a
// text of ours is a number of the API's. On an embedded struct it is what all the
// keys of its settings begin with. in gives bounds, of the choices.
type knob struct {
	name, key string
	text      bool // a number that we spell as text
	low, high string
	choices   []string
	field     reflect.Value
}

// knobsOf returns the settings in the struct x. What says where the object is
// has no place among them.
func knobsOf(x reflect.Value) []knob {
	var all []knob
	for i := range x.NumField() {
		f := x.Type().Field(i)
		if f.Anonymous {
			for _, k := range knobsOf(x.Field(i)) {
				k.key = f.Tag.Get("api") + k.key
				all = append(all, k)
			}
			continue
		}
		name := f.Tag.Get("cty")
		if name == "" || name == "id" || name == "cluster_id" {
			continue
		}
		k := knob{name: name, key: name, field: x.Field(i)}
		key, kind, _ := strings.Cut(f.Tag.Get("api"), ",")
		if key != "" {
			k.key = key
		}
		k.text = kind == "integer"
		k.low, k.high, _ = strings.Cut(f.Tag.Get("in"), "..")
		if of := f.Tag.Get("of"); of != "" {
			k.choices = strings.Split(of, "|")
		}
		all = append(all, k)
	}
	return all
}

// knobValues returns what is set in the struct x, by the API's keys.
func knobValues(x reflect.Value) map[string]any {
	set := map[string]any{}
	for _, k := range knobsOf(x) {
		switch f := k.field; {
		case isBlock(f) && f.Len() > 0:
			if part := knobValues(f.Index(0)); len(part) > 0 {
				set[k.key] = part
			}
		case isBlock(f), f.IsZero():
		case k.text:
			set[k.key] = json.Number(reflect.Indirect(f).String())
		default:
			set[k.key] = reflect.Indirect(f).Interface()
		}
	}
	return set
}

// fillKnobs sets the struct x to what the API says.
func fillKnobs(x reflect.Value, got map[string]json.RawMessage) error {
	for _, k := range knobsOf(x) {
		k.field.SetZero()
		raw, ok := got[k.key]
		if !ok || string(raw) == "null" {
			continue
		}
		if err := k.fill(raw); err != nil {
			return fmt.Errorf("%s: %w", k.key, err)
		}
	}
	return nil
}

func (k knob) fill(raw json.RawMessage) error {
	if isBlock(k.field) {
		var part map[string]json.RawMessage
		if err := json.Unmarshal(raw, &part); err != nil {
			return err
		}
		k.field.Set(reflect.MakeSlice(k.field.Type(), 1, 1))
		return fillKnobs(k.field.Index(0), part)
	}
	if k.field.Kind() != reflect.Pointer {
		return json.Unmarshal(raw, k.field.Addr().Interface())
	}
	target := reflect.New(k.field.Type().Elem())
	switch {
	case k.text:
		target.Elem().SetString(string(bytes.Trim(raw, `"`)))
	case target.Elem().Kind() == reflect.Int:
		// Some whole numbers are written with a fraction, and some are too large.
		f, err := strconv.ParseFloat(string(raw), 64)
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(string(raw), 10, 64)
		if err != nil {
			n = int64(min(f, 1<<62))
		}
		target.Elem().SetInt(n)
	default:
		if err := json.Unmarshal(raw, target.Interface()); err != nil {
			return err
		}
	}
	k.field.Set(target)
	return nil
}

// checkKnobs refuses what the API's document does not allow.
func checkKnobs(x reflect.Value) error {
	for _, k := range knobsOf(x) {
		if isBlock(k.field) {
			for i := range k.field.Len() {
				if err := checkKnobs(k.field.Index(i)); err != nil {
					return fmt.Errorf("%s: %w", k.name, err)
				}
			}
			continue
		}
		if k.field.Kind() != reflect.Pointer || k.field.IsNil() {
			continue
		}
		if err := k.check(k.field.Elem()); err != nil {
			return err
		}
	}
	return nil
}

func (k knob) check(v reflect.Value) error {
	if k.choices != nil {
		text := v.String()
		if strings.HasSuffix(k.key, policyKey) {
			text = strings.ReplaceAll(text, "-", "_")
		}
		if slices.ContainsFunc(k.choices, func(c string) bool { return strings.EqualFold(c, text) }) {
			return nil
		}
		return fmt.Errorf("%s %q is none of %s", k.name, v.String(), strings.Join(k.choices, ", "))
	}
	if k.low == "" && k.high == "" && !k.text {
		return nil
	}
	n, err := strconv.ParseFloat(fmt.Sprint(v.Interface()), 64)
	if err != nil {
		return fmt.Errorf("%s %q is not a number", k.name, v.Interface())
	}
	if low, err := strconv.ParseFloat(k.low, 64); err == nil && n < low {
		return fmt.Errorf("%s is %v, and at least %s is allowed", k.name, v.Interface(), k.low)
	}
	if high, err := strconv.ParseFloat(k.high, 64); err == nil && n > high {
		return fmt.Errorf("%s is %v, and at most %s is allowed", k.name, v.Interface(), k.high)
	}
	return nil
}

func isBlock(f reflect.Value) bool {
	return f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Struct
}
