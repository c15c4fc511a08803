package providers

import "reflect"

// Shape gives to, a pointer to a tagged struct, the attributes of from, a tagged
// struct, that both have, in nested blocks too: data sources show what resources are.
func Shape(to, from any) {
	dst, src := reflect.ValueOf(to).Elem(), reflect.ValueOf(from)
	for _, f := range Fields(src.Type()) {
		field := attributeOf(dst, f.Attr)
		if !field.IsValid() {
			continue
		}
		v := src.FieldByIndex(f.Index)
		if v.Kind() == reflect.Pointer && field.Kind() != reflect.Pointer {
			if v.IsNil() {
				continue
			}
			v = v.Elem()
		}
		if v.Type() == field.Type() {
			field.Set(v)
			continue
		}
		// Blocks are structs of their own on either side.
		field.Set(reflect.MakeSlice(field.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			Shape(field.Index(i).Addr().Interface(), v.Index(i).Interface())
		}
	}
}

// attributeOf returns the field of x that is called name; the zero Value when there
// is none.
func attributeOf(x reflect.Value, name string) reflect.Value {
	for _, f := range Fields(x.Type()) {
		if f.Attr == name {
			return x.FieldByIndex(f.Index)
		}
	}
	return reflect.Value{}
}
