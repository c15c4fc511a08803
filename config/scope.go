package config

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/mlinfra/mlinfra/state"
)

// Sensitive marks values that are never printed, Ephemeral those that are kept
// neither in state nor in plans.
const (
	Sensitive = mark("sensitive")
	Ephemeral = mark("ephemeral")
)

type mark string

// Scope holds the values that expressions may refer to. It computes values of
// variables, locals and provider blocks when they are first asked for; those
// of resources and data sources are set by the planner and by apply.
// A Scope belongs to one goroutine.
type Scope struct {
	prog      *Program
	env       Env
	functions map[string]function.Function
	values    map[place]cty.Value
	instances map[place]map[state.Key]cty.Value
	decoders  map[any]*decoder // by body
	expanded  map[string]expansion
	byKey     map[place]map[state.Key]Instance
}

// place is a block in a module instance.
type place struct {
	id     ID
	module string // path with instance keys
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
	// Console adds what only a console has: the function type.
	Console bool
}

// NewScope returns a Scope in which only the variables have values.
func NewScope(prog *Program, env Env) *Scope {
	prog.budget.reset()
	return &Scope{
		prog: prog, env: env,
		functions: Functions(env),
		values:    map[place]cty.Value{},
		instances: map[place]map[state.Key]cty.Value{},
		decoders:  map[any]*decoder{},
		expanded:  map[string]expansion{},
		byKey:     map[place]map[state.Key]Instance{},
	}
}

// SetInstance sets the value of an instance. The values of what refers to the
// block must not have been asked for before.
func (s *Scope) SetInstance(a state.Addr, v cty.Value) {
	at := place{BlockID(a), a.Module}
	if s.instances[at] == nil {
		s.instances[at] = map[state.Key]cty.Value{}
	}
	s.instances[at][a.Key] = v
	delete(s.values, at)
}

// SetBlock sets the value of a whole block in a module instance, of which no
// instances are known.
func (s *Scope) SetBlock(id ID, m *ModuleInstance, v cty.Value) { s.values[place{id, m.Path()}] = v }

// Value returns the value of a block of the root module.
func (s *Scope) Value(id ID) (cty.Value, hcl.Diagnostics) { return s.ValueIn(id, nil) }

// ValueIn returns the value of a block in a module instance, computing it when
// need be. A block that has no value yet is unknown.
func (s *Scope) ValueIn(id ID, m *ModuleInstance) (cty.Value, hcl.Diagnostics) {
	at := place{id, m.Path()}
	if v, ok := s.values[at]; ok {
		return v, nil
	}
	b := s.prog.Block(id)
	v, diags := s.compute(b, m)
	if diags.HasErrors() {
		v = cty.DynamicVal // reported once; what refers to it goes on as unknown
	}
	s.values[at] = v
	return v, diags
}

func (s *Scope) compute(b *Block, m *ModuleInstance) (cty.Value, hcl.Diagnostics) {
	switch b.ID.Kind {
	case Variable:
		return s.variable(b, m)
	case Local:
		return s.InstanceExpr(b.Expr, Instance{In: m})
	case Output:
		return s.output(b, m)
	case Provider:
		return s.Body(b, Instance{In: m})
	}
	return s.assemble(b, m), nil
}

// assemble builds the value of a resource block from its instances.
func (s *Scope) assemble(b *Block, m *ModuleInstance) cty.Value {
	instances := s.instances[place{b.ID, m.Path()}]
	keys := make([]state.Key, 0, len(instances))
	for k := range instances {
		keys = append(keys, k)
	}
	if len(keys) == 0 && b.Count == nil && b.ForEach == nil && b.Enabled == nil {
		return cty.UnknownVal(b.Type.ImpliedType())
	}
	return collect(b, keys, instances)
}

// output evaluates an output. Showing a sensitive value needs the author's
// word for it.
func (s *Scope) output(b *Block, m *ModuleInstance) (cty.Value, hcl.Diagnostics) {
	in := Instance{In: m}
	diags := s.Check(b, Before, in, cty.NilVal)
	v, more := s.InstanceExpr(b.Expr, in)
	diags = append(diags, more...)
	if !b.Output.Ephemeral && HasMark(v, Ephemeral) {
		diags = append(diags, &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Ephemeral value not allowed",
			Detail:  "Ephemeral values are not kept, so only an output of a module with ephemeral = true can have them.",
			Subject: b.Expr.Range().Ptr(),
		})
	}
	if b.Output.Ephemeral {
		v = v.Mark(Ephemeral)
	}
	if b.Output.Sensitive {
		return v.Mark(Sensitive), diags
	}
	if m == nil && HasMark(v, Sensitive) {
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

// InstanceExpr evaluates e as it stands in an instance of a block, or with
// Instance{In: m} anywhere in a module instance.
func (s *Scope) InstanceExpr(e hcl.Expression, in Instance) (cty.Value, hcl.Diagnostics) {
	return s.Expr(e, in.In, instanceVars(in))
}

// Expr evaluates e in a module instance. extra holds roots beside those of the
// program.
func (s *Scope) Expr(e hcl.Expression, m *ModuleInstance, extra map[string]cty.Value) (cty.Value, hcl.Diagnostics) {
	ctx, diags := s.context(e.Variables(), m, extra)
	s.prog.budget.begin()
	v, more := e.Value(ctx)
	diags = append(diags, diagnose(once(more))...)
	if more.HasErrors() {
		return cty.DynamicVal, diags
	}
	v, more = s.bounded(v, e.Range())
	return v, append(diags, more...)
}

// context returns what expressions with the traversals ts are evaluated in.
func (s *Scope) context(ts []hcl.Traversal, m *ModuleInstance, extra map[string]cty.Value) (*hcl.EvalContext, hcl.Diagnostics) {
	vars := map[string]cty.Value{
		"path": cty.ObjectVal(map[string]cty.Value{
			"module": cty.StringVal(m.dir()), "root": cty.StringVal("."), "cwd": cty.StringVal(s.env.WorkDir),
		}),
		"terraform": cty.ObjectVal(map[string]cty.Value{"workspace": cty.StringVal(s.env.Workspace)}),
	}
	tree := map[string]map[string]cty.Value{} // root or data type → name → value
	outputs := map[string]*wantedOutputs{}
	var diags hcl.Diagnostics
	put := func(root, name string, v cty.Value, more hcl.Diagnostics) {
		diags = append(diags, more...)
		if tree[root] == nil {
			tree[root] = map[string]cty.Value{}
		}
		tree[root][name] = v
	}
	for _, t := range ts {
		id, ok := target(m.static(), t)
		if !ok || s.prog.Block(id) == nil {
			continue
		}
		switch id.Kind {
		case Call, Output:
			want(outputs, id)
			continue
		}
		root := t.RootName()
		if id.Kind == Data {
			root = dataRoot + id.Type
		}
		if _, done := tree[root][id.Name]; !done {
			v, more := s.ValueIn(id, m)
			put(root, id.Name, v, more)
		}
	}
	for name, w := range outputs {
		v, more := s.moduleValue(s.prog.Block(w.call).Calls, m, w.names, w.all)
		put("module", name, v, more)
	}
	data := map[string]cty.Value{}
	for root, names := range tree {
		if typ, ok := strings.CutPrefix(root, dataRoot); ok {
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

// dataRoot begins the roots of data sources in the tree of a context.
const dataRoot = "data "

// wantedOutputs is what expressions refer to of a module call.
type wantedOutputs struct {
	call  ID
	names []string
	all   bool
}

// want adds what id, a module call or one of its outputs, means.
func want(outputs map[string]*wantedOutputs, id ID) {
	call := id
	if id.Kind == Output {
		call = callID(id.Module)
	}
	w := outputs[call.Name]
	if w == nil {
		w = &wantedOutputs{call: call}
		outputs[call.Name] = w
	}
	if id.Kind == Call {
		w.all = true
	} else if !slices.Contains(w.names, id.Name) {
		w.names = append(w.names, id.Name)
	}
}

// Instance is one instance of a block with the each value it has.
type Instance struct {
	In   *ModuleInstance // that the block is in; nil for the root
	Key  state.Key
	Each cty.Value // each.value; cty.NilVal without for_each
}

// Expand returns the instances of b in a module instance, sorted by key; false
// when their number is not known yet.
func (s *Scope) Expand(b *Block, m *ModuleInstance) ([]Instance, bool, hcl.Diagnostics) {
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
	case ty.IsSetType() && ty.ElementType() != cty.String && v.LengthInt() > 0:
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

func (s *Scope) exprError(e hcl.Expression, in Instance, summary, detail string) *hcl.Diagnostic {
	ctx, _ := s.context(e.Variables(), in.In, instanceVars(in))
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
