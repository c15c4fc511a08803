package config

import (
	"cmp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/mlinfra/mlinfra/state"
)

// Sensitive marks values that are never printed.
const Sensitive = mark("sensitive")

// Ephemeral marks values that are never written to state or plan.
const Ephemeral = mark("ephemeral")

type mark string

// Scope holds the values that expressions may refer to. It computes values of
// variables, locals and provider blocks when they are first asked for; those
// of resources and data sources are set by the planner and by apply.
// A Scope belongs to one goroutine.
type Scope struct {
	prog      *Program
	env       Env
	functions map[string]function.Function
	values    map[ID]cty.Value
	instances map[ID]map[state.Key]cty.Value
	decoders  map[ID]*decoder
}

// Env is what expressions may see of the process.
type Env struct {
	// WorkDir is the absolute path of the root of the configuration; files
	// are read relative to it.
	WorkDir string
	// Workspace is the value of terraform.workspace.
	Workspace string
	// PlanTime is what plantimestamp() gives, in RFC 3339; Time is what
	// timestamp() gives, "" while a plan is made.
	PlanTime, Time string
}

// NewScope returns a Scope in which only the variables have values.
func NewScope(prog *Program, env Env) *Scope {
	return &Scope{
		prog: prog, env: env,
		functions: Functions(env),
		values:    map[ID]cty.Value{},
		instances: map[ID]map[state.Key]cty.Value{},
		decoders:  map[ID]*decoder{},
	}
}

// SetInstance sets the value of an instance. The values of what refers to the
// block must not have been asked for before.
func (s *Scope) SetInstance(a state.Addr, v cty.Value) {
	id := BlockID(a)
	if s.instances[id] == nil {
		s.instances[id] = map[state.Key]cty.Value{}
	}
	s.instances[id][a.Key] = v
	delete(s.values, id)
}

// SetBlock sets the value of a whole block, of which no instances are known.
func (s *Scope) SetBlock(id ID, v cty.Value) { s.values[id] = v }

// Value returns the value of a block, computing it when need be. A block that
// has no value yet is unknown.
func (s *Scope) Value(id ID) (cty.Value, hcl.Diagnostics) {
	if v, ok := s.values[id]; ok {
		return v, nil
	}
	b := s.prog.Block(id)
	v, diags := s.compute(b)
	if diags.HasErrors() {
		v = cty.DynamicVal // reported once; what refers to it goes on as unknown
	}
	s.values[id] = v
	return v, diags
}

func (s *Scope) compute(b *Block) (cty.Value, hcl.Diagnostics) {
	switch b.ID.Kind {
	case Variable:
		return s.variable(b)
	case Local:
		return s.Expr(b.Expr, nil)
	case Output:
		return s.output(b)
	case Provider:
		return s.Body(b, Instance{})
	}
	return s.assemble(b), nil
}

// assemble builds the value of a resource block from its instances.
func (s *Scope) assemble(b *Block) cty.Value {
	instances := s.instances[b.ID]
	switch {
	case b.Count != nil:
		items := make([]cty.Value, len(instances))
		for i := range items {
			v, ok := instances[state.IndexKey(i)]
			if !ok {
				return cty.DynamicVal
			}
			items[i] = v
		}
		return cty.TupleVal(items)
	case b.ForEach != nil:
		items := make(map[string]cty.Value, len(instances))
		for k, v := range instances {
			name, _ := k.Name()
			items[name] = v
		}
		return cty.ObjectVal(items)
	}
	if v, ok := instances[state.Key{}]; ok {
		return v
	}
	return cty.UnknownVal(b.Type.ImpliedType())
}

// output evaluates an output. Showing a sensitive value needs the author's
// word for it.
func (s *Scope) output(b *Block) (cty.Value, hcl.Diagnostics) {
	diags := s.Check(b, Before, nil)
	v, more := s.Expr(b.Expr, nil)
	diags = append(diags, more...)
	if b.Output.Sensitive {
		return v.Mark(Sensitive), diags
	}
	if HasMark(v, Sensitive) {
		diags = append(diags, &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Output refers to sensitive values",
			Detail:  "To show that exporting the value is intended, write sensitive = true in the output block. It is then kept but not printed.",
			Subject: b.Expr.Range().Ptr(),
		})
	}
	return v, diags
}

// HasMark reports whether v or something in it bears m.
func HasMark(v cty.Value, m any) bool {
	_, marks := v.UnmarkDeep()
	_, ok := marks[m]
	return ok
}

// Expr evaluates e. extra holds roots beside those of the program.
func (s *Scope) Expr(e hcl.Expression, extra map[string]cty.Value) (cty.Value, hcl.Diagnostics) {
	ctx, diags := s.context(e.Variables(), extra)
	v, more := e.Value(ctx)
	return v, append(diags, more...)
}

// context returns what expressions with the traversals ts are evaluated in.
func (s *Scope) context(ts []hcl.Traversal, extra map[string]cty.Value) (*hcl.EvalContext, hcl.Diagnostics) {
	var diags hcl.Diagnostics
	vars := map[string]cty.Value{
		"path": cty.ObjectVal(map[string]cty.Value{
			"module": cty.StringVal("."), "root": cty.StringVal("."), "cwd": cty.StringVal(s.env.WorkDir),
		}),
		"terraform": cty.ObjectVal(map[string]cty.Value{"workspace": cty.StringVal(s.env.Workspace)}),
	}
	tree := map[string]map[string]cty.Value{} // root or data type → name → value
	put := func(root string, id ID) {
		v, more := s.Value(id)
		diags = append(diags, more...)
		if tree[root] == nil {
			tree[root] = map[string]cty.Value{}
		}
		tree[root][id.Name] = v
	}
	l := loader{prog: s.prog}
	dataTypes := map[string]bool{}
	for _, t := range ts {
		id, ok := l.reference(t)
		if !ok || s.prog.Block(id) == nil {
			continue
		}
		if id.Kind == Data {
			dataTypes[id.Type] = true
			put("data "+id.Type, id)
			continue
		}
		put(t.RootName(), id)
	}
	data := map[string]cty.Value{}
	for root, names := range tree {
		if typ, ok := cutData(root); ok {
			data[typ] = cty.ObjectVal(names)
			continue
		}
		vars[root] = cty.ObjectVal(names)
	}
	if len(data) > 0 {
		vars["data"] = cty.ObjectVal(data)
	}
	for name, v := range extra {
		vars[name] = v
	}
	return &hcl.EvalContext{Variables: vars, Functions: s.functions}, diags
}

func cutData(root string) (string, bool) {
	const prefix = "data "
	if len(root) > len(prefix) && root[:len(prefix)] == prefix {
		return root[len(prefix):], true
	}
	return "", false
}

// Instance is one instance of a block with the each value it has.
type Instance struct {
	Key  state.Key
	Each cty.Value // each.value; cty.NilVal without for_each
}

// Expand returns the instances of b, sorted by key; false when their number
// is not known yet.
func (s *Scope) Expand(b *Block) ([]Instance, bool, hcl.Diagnostics) {
	switch {
	case b.Count != nil:
		return s.expandCount(b)
	case b.ForEach != nil:
		return s.expandForEach(b)
	}
	return []Instance{{}}, true, nil
}

// maxInstances bounds count and for_each of one block.
const maxInstances = 100_000

func (s *Scope) expandCount(b *Block) ([]Instance, bool, hcl.Diagnostics) {
	v, diags := s.Expr(b.Count, nil)
	if diags.HasErrors() {
		return nil, true, diags
	}
	v, _ = v.Unmark()
	if !v.IsKnown() {
		return nil, false, diags
	}
	n, err := wholeNumber(v)
	if err != "" || n < 0 || n > maxInstances {
		return nil, true, append(diags, s.exprError(b.Count, "Invalid count argument",
			"count must be a whole number from 0 to 100000"+cmp.Or(err, ".")))
	}
	list := make([]Instance, n)
	for i := range list {
		list[i].Key = state.IndexKey(i)
	}
	return list, true, diags
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

func (s *Scope) expandForEach(b *Block) ([]Instance, bool, hcl.Diagnostics) {
	v, diags := s.Expr(b.ForEach, nil)
	if diags.HasErrors() {
		return nil, true, diags
	}
	if v.IsMarked() || (v.Type().IsSetType() && HasMark(v, Sensitive)) {
		return nil, true, append(diags, s.exprError(b.ForEach, "Invalid for_each argument",
			"Keys of for_each are shown in addresses, and this value is sensitive. Use nonsensitive() on the keys if they may be shown."))
	}
	ty := v.Type()
	switch {
	case !v.IsKnown():
		return nil, false, diags
	case v.IsNull(), !(ty.IsMapType() || ty.IsObjectType() || ty.IsSetType()):
		return nil, true, append(diags, s.exprError(b.ForEach, "Invalid for_each argument",
			"for_each must be a map or a set of strings, not "+kindOf(v)+". Wrap a list in toset()."))
	case ty.IsSetType() && ty.ElementType() != cty.String && v.LengthInt() > 0:
		return nil, true, append(diags, s.exprError(b.ForEach, "Invalid for_each set argument",
			"A set given to for_each must hold strings, not "+ty.ElementType().FriendlyName()+"."))
	case ty.IsSetType() && !v.IsWhollyKnown():
		return nil, false, diags
	case v.LengthInt() > maxInstances:
		return nil, true, append(diags, s.exprError(b.ForEach, "Invalid for_each argument", "for_each may have at most 100000 elements."))
	}
	var list []Instance
	for k, each := range v.Elements() {
		if ty.IsSetType() {
			k = each
		}
		if k.IsNull() {
			return nil, true, append(diags, s.exprError(b.ForEach, "Invalid for_each set argument", "A set given to for_each must not hold null."))
		}
		list = append(list, Instance{Key: state.NameKey(k.AsString()), Each: each})
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

func (s *Scope) exprError(e hcl.Expression, summary, detail string) *hcl.Diagnostic {
	ctx, _ := s.context(e.Variables(), nil)
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: e.Range().Ptr(), Expression: e, EvalContext: ctx}
}

// instanceVars returns what in gives its block to refer to: count or each.
func instanceVars(in Instance) map[string]cty.Value {
	if i, ok := in.Key.Index(); ok {
		return map[string]cty.Value{"count": cty.ObjectVal(map[string]cty.Value{"index": cty.NumberIntVal(int64(i))})}
	}
	if name, ok := in.Key.Name(); ok {
		return map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": cty.StringVal(name), "value": in.Each})}
	}
	return nil
}
