package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
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
	terraform cty.Value            // the object of that name
	paths     map[string]cty.Value // what path is in a module's directory
	values    map[place]cty.Value
	instances map[place]map[state.Key]cty.Value
	unseen    map[place]map[state.Key]func() cty.Value // instances that nobody has asked for
	decoders  map[any]*decoder                         // by body
	expanded  map[string]expansion
	byKey     map[place]map[state.Key]Instance
	bills     map[hcl.Range]*bill // of what values hold
	results   map[place]map[state.Key][]Result
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
	// Cwd is path.cwd: where the command was started, before -chdir. "" means
	// WorkDir.
	Cwd string
	// Workspace is the value of terraform.workspace.
	Workspace string
	// PlanTime is what plantimestamp() gives, in RFC 3339; Time is what
	// timestamp() gives, "" while a plan is made.
	PlanTime, Time string
	// Validate looks for mistakes only: what is not known is none, and where the
	// number of instances is not known, one stands for all.
	Validate bool
	// Observe makes warnings of conditions that do not hold, but for those of
	// variables: what is only looked at is as it is.
	Observe bool
	// Console adds what only a console has: the function type.
	Console bool
	// Secrets is told which values must not be printed, and which may be; nil
	// when nobody prints.
	Secrets Secrets

	budget *budget // of what functions read and evaluate; set by NewScope
}

// Secrets learns while values are evaluated. It has no say in what they are.
type Secrets interface {
	// Hide is told of a value that is sensitive or ephemeral, or holds such.
	Hide(v cty.Value)
	// Show is told of a value that the configuration calls nonsensitive.
	Show(v cty.Value)
}

// hide tells of v, which has just been marked, and returns it.
func (e Env) hide(v cty.Value) cty.Value {
	if e.Secrets != nil {
		e.Secrets.Hide(v)
	}
	return v
}

// NewScope returns a Scope in which only the variables have values.
func NewScope(prog *Program, env Env) *Scope {
	prog.budget.reset()
	env.budget = prog.budget
	return &Scope{
		prog: prog, env: env,
		functions: Functions(env),
		terraform: cty.ObjectVal(map[string]cty.Value{
			"workspace": cty.StringVal(env.Workspace),
			"applying":  cty.BoolVal(env.Time != "").Mark(Ephemeral),
		}),
		paths:     map[string]cty.Value{},
		values:    map[place]cty.Value{},
		instances: map[place]map[state.Key]cty.Value{},
		unseen:    map[place]map[state.Key]func() cty.Value{},
		decoders:  map[any]*decoder{},
		expanded:  map[string]expansion{},
		byKey:     map[place]map[state.Key]Instance{},
		bills:     map[hcl.Range]*bill{},
		results:   map[place]map[state.Key][]Result{},
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
	delete(s.unseen[at], a.Key)
	delete(s.values, at)
}

// SetInstanceTo sets the value of an instance to what see returns. It is called
// when something refers to the block: to most instances nothing does.
func (s *Scope) SetInstanceTo(a state.Addr, see func() cty.Value) {
	at := place{BlockID(a), a.Module}
	if s.unseen[at] == nil {
		s.unseen[at] = map[state.Key]func() cty.Value{}
	}
	s.unseen[at][a.Key] = see
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
	at := place{b.ID, m.Path()}
	for k, see := range s.unseen[at] {
		a := b.ID.Addr()
		a.Module, a.Key = at.module, k
		s.SetInstance(a, see())
	}
	instances := s.instances[at]
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
		return s.env.hide(v.Mark(Sensitive)), diags
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

// InstanceExpr evaluates e as it stands in an instance of a block, or with
// Instance{In: m} anywhere in a module instance.
func (s *Scope) InstanceExpr(e hcl.Expression, in Instance) (cty.Value, hcl.Diagnostics) {
	return s.Expr(e, in.In, instanceVars(in))
}

// Expr evaluates e in a module instance. extra holds roots beside those of the
// program.
func (s *Scope) Expr(e hcl.Expression, m *ModuleInstance, extra map[string]cty.Value) (cty.Value, hcl.Diagnostics) {
	if over := s.prog.budget.spent(); over != nil {
		return cty.DynamicVal, over
	}
	ctx, diags := s.context(e.Variables(), m, extra)
	s.prog.budget.begin()
	v, more := e.Value(ctx)
	diags = append(diags, diagnose(conceal(once(more)))...)
	if more.HasErrors() {
		return cty.DynamicVal, diags
	}
	_, more = s.bounded(v, e.Range())
	if more.HasErrors() {
		v = cty.DynamicVal
	}
	return v, append(diags, more...)
}

func (s *Scope) exprError(e hcl.Expression, in Instance, summary, detail string) *hcl.Diagnostic {
	ctx, _ := s.context(e.Variables(), in.In, instanceVars(in))
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: e.Range().Ptr(), Expression: e, EvalContext: ctx}
}
