package config

import (
	"cmp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/mlinfra/mlinfra/state"
)

// Instance is one instance of a block with the each value it has.
type Instance struct {
	In   *ModuleInstance // that the block is in; nil for the root
	Key  state.Key
	Each cty.Value // each.value; cty.NilVal without for_each
	// Any means that this stands for instances of which nothing is known.
	Any bool
}

// Expand returns the instances of b in a module instance, sorted by key; false
// when their number is not known yet.
func (s *Scope) Expand(b *Block, m *ModuleInstance) ([]Instance, bool, hcl.Diagnostics) {
	list, known, diags := s.expand(b, m)
	if !known && s.env.Validate {
		list = []Instance{{In: m, Any: true}}
	}
	return list, known, diags
}

func (s *Scope) expand(b *Block, m *ModuleInstance) ([]Instance, bool, hcl.Diagnostics) {
	in := Instance{In: m}
	switch {
	case b.Count != nil:
		return s.expandCount(b.Count, in)
	case b.ForEach != nil:
		return s.expandForEach(b.ForEach, in)
	case b.Enabled != nil:
		return s.expandEnabled(b.Enabled, in)
	}
	return []Instance{in}, true, nil
}

// InstanceAt returns the instance of b with an address; false when there is
// none, or when that is not known yet.
func (s *Scope) InstanceAt(b *Block, a state.Addr) (Instance, bool, hcl.Diagnostics) {
	m, ok := s.ModuleAt(a.Module)
	if !ok {
		return Instance{}, false, nil
	}
	at := place{b.ID, a.Module}
	byKey := s.byKey[at]
	if byKey == nil {
		list, known, diags := s.Expand(b, m)
		if !known || diags.HasErrors() {
			return Instance{}, false, diags
		}
		byKey = make(map[state.Key]Instance, len(list))
		for _, in := range list {
			byKey[in.Key] = in
		}
		s.byKey[at] = byKey
	}
	in, ok := byKey[a.Key]
	return in, ok, nil
}

// maxInstances bounds count and for_each of one block.
const maxInstances = 100_000

func (s *Scope) expandCount(e hcl.Expression, in Instance) ([]Instance, bool, hcl.Diagnostics) {
	v, diags := s.InstanceExpr(e, in)
	if diags.HasErrors() {
		return nil, true, diags
	}
	if HasMark(v, Ephemeral) {
		return nil, true, append(diags, s.exprError(e, in, "Invalid count argument", "count is kept in state, and this value is ephemeral."))
	}
	v, _ = v.Unmark()
	if !v.IsKnown() {
		return nil, false, diags
	}
	n, err := wholeNumber(v)
	if err != "" || n < 0 || n > maxInstances {
		return nil, true, append(diags, s.exprError(e, in, "Invalid count argument",
			"count must be a whole number from 0 to 100000"+cmp.Or(err, ".")))
	}
	list := make([]Instance, n)
	for i := range list {
		list[i] = Instance{In: in.In, Key: state.IndexKey(i)}
	}
	return list, true, diags
}

func (s *Scope) expandEnabled(e hcl.Expression, in Instance) ([]Instance, bool, hcl.Diagnostics) {
	v, diags := s.InstanceExpr(e, in)
	if diags.HasErrors() {
		return nil, true, diags
	}
	v, _ = v.Unmark()
	if !v.IsKnown() {
		return nil, false, diags
	}
	v, err := convert.Convert(v, cty.Bool)
	if err != nil || v.IsNull() {
		return nil, true, append(diags, s.exprError(e, in, "Invalid enabled argument", "enabled must be true or false."))
	}
	if v.False() {
		return nil, true, diags
	}
	return []Instance{in}, true, diags
}

func wholeNumber(v cty.Value) (int, string) {
	v, err := convert.Convert(v, cty.Number)
	if err != nil || v.IsNull() {
		return 0, ", and this is not a number."
	}
	i, acc := v.AsBigFloat().Int64()
	if acc != 0 {
		return 0, ", and this is a fraction or too large."
	}
	return int(i), ""
}

func (s *Scope) expandForEach(e hcl.Expression, in Instance) ([]Instance, bool, hcl.Diagnostics) {
	v, diags := s.InstanceExpr(e, in)
	if diags.HasErrors() {
		return nil, true, diags
	}
	if v.IsMarked() && HasMark(v, Ephemeral) {
		return nil, true, append(diags, s.exprError(e, in, "Invalid for_each argument", "Keys of for_each are kept in state, and this value is ephemeral."))
	}
	if v.IsMarked() || (v.Type().IsSetType() && HasMark(v, Sensitive)) {
		return nil, true, append(diags, s.exprError(e, in, "Invalid for_each argument",
			"Keys of for_each are shown in addresses, and this value is sensitive. Use nonsensitive() on the keys if they may be shown."))
	}
	ty := v.Type()
	switch {
	case !v.IsKnown():
		return nil, false, diags
	case v.IsNull(), !(ty.IsMapType() || ty.IsObjectType() || ty.IsSetType()):
		return nil, true, append(diags, s.exprError(e, in, "Invalid for_each argument",
			"for_each must be a map or a set of strings, not "+kindOf(v)+". Wrap a list in toset()."))
	case ty.IsSetType() && ty.ElementType() != cty.String && ty.ElementType() != cty.DynamicPseudoType && v.LengthInt() > 0:
		return nil, true, append(diags, s.exprError(e, in, "Invalid for_each set argument",
			"A set given to for_each must hold strings, not "+ty.ElementType().FriendlyName()+"."))
	case ty.IsSetType() && !v.IsWhollyKnown():
		return nil, false, diags
	case v.LengthInt() > maxInstances:
		return nil, true, append(diags, s.exprError(e, in, "Invalid for_each argument", "for_each may have at most 100000 elements."))
	}
	var list []Instance
	for k, each := range v.Elements() {
		if ty.IsSetType() {
			k = each
		}
		if k.IsNull() {
			return nil, true, append(diags, s.exprError(e, in, "Invalid for_each set argument", "A set given to for_each must not hold null."))
		}
		list = append(list, Instance{In: in.In, Key: state.NameKey(k.AsString()), Each: each})
	}
	slices.SortFunc(list, func(a, b Instance) int { return a.Key.Compare(b.Key) })
	return list, true, diags
}

func kindOf(v cty.Value) string {
	switch {
	case v.IsNull():
		return "null"
	case v.Type().IsTupleType():
		return "a list"
	}
	return "a " + v.Type().FriendlyName()
}

// instanceVars returns what in gives its block to refer to: count or each.
func instanceVars(in Instance) map[string]cty.Value {
	if in.Any {
		return map[string]cty.Value{
			"count": cty.ObjectVal(map[string]cty.Value{"index": cty.UnknownVal(cty.Number)}),
			"each":  cty.ObjectVal(map[string]cty.Value{"key": cty.UnknownVal(cty.String), "value": cty.DynamicVal}),
		}
	}
	if i, ok := in.Key.Index(); ok {
		return map[string]cty.Value{"count": cty.ObjectVal(map[string]cty.Value{"index": cty.NumberIntVal(int64(i))})}
	}
	if name, ok := in.Key.Name(); ok {
		return map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": cty.StringVal(name), "value": in.Each})}
	}
	return nil
}
