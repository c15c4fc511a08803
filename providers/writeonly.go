package providers

import "github.com/zclconf/go-cty/cty"

// Disclose returns v, from which what is only written is absent, with what config
// says of it: what a call of the cloud is to be given. With a config of null it
// returns v without all that.
func (s *Schema) Disclose(v, config cty.Value) cty.Value {
	vals := map[string]cty.Value{}
	for _, a := range s.Attrs {
		if !a.WriteOnly {
			continue
		}
		vals[a.Name] = cty.NullVal(a.Type)
		if !config.IsNull() {
			vals[a.Name] = config.GetAttr(a.Name)
		}
	}
	return With(v, vals)
}

// checkWriteOnly panics on attributes that could not be kept out of state.
func (s *Schema) checkWriteOnly(nested bool) {
	for _, a := range s.Attrs {
		if a.WriteOnly && (nested || a.Mode != Optional || a.Block != nil) {
			panic(a.Name + ": what is only written is an optional attribute of the object itself")
		}
		if a.Block != nil {
			a.Block.checkWriteOnly(true)
		}
	}
}
